/**
 * Where a ring's leases come from and go back to.
 *
 * Free memory is kept by size class (powers of two), as leases whose ArrayBuffer
 * is reused from one owner to the next: moved, never made again. What a program
 * drops without releasing is reclaimed by the garbage collector, in two steps,
 * because a view that was taken may outlive the handle.
 */
import { type Backend, COLLECTED, type Region } from "../backend.ts";
import { Lease, STEPS } from "./lease.ts";

const SMALLEST_CLASS = 64;
/**
 * Free bytes that a pool keeps per size class; what is released beyond goes back to the backend.
 */
const KEPT_BYTES_PER_CLASS = 16 * 2 ** 20;
const PAGE = 4096;
const LARGEST_POWER = 2 ** 20;

/** Frees the memory once no view of it can exist any more. */
const views = new FinalizationRegistry<Region>((region) => {
  region.free();
});

/** Runs when a lease was dropped: by the user, who alone owned it. */
const leases = new FinalizationRegistry<Region>((region) => {
  // The lease is gone, and so is what it knew; a view may live, and holds the ArrayBuffer.
  const { buffer } = region;
  region.buffer = COLLECTED;
  views.register(buffer, region);
});

/** Counts for people and tests. */
export interface PoolStats {
  /** Bytes in free leases, ready for reuse. */
  readonly freeBytes: number;
  readonly freeBuffers: number;
}

/** The free leases of one ring. */
export class Pool {
  readonly #backend: Backend;
  readonly #free = new Map<number, Lease[]>();
  /** Every lease, for a backend that audits; else not kept, so that leases can be collected. */
  readonly #all: Set<Lease> | undefined;
  #closed = false;

  constructor(backend: Backend) {
    this.#backend = backend;
    if (backend.attachLedger !== undefined) this.#all = new Set();
  }

  /** Every lease there is, on a backend that audits; none elsewhere. */
  get all(): Iterable<Lease> {
    return this.#all ?? [];
  }

  get stats(): PoolStats {
    let freeBytes = 0;
    let freeBuffers = 0;
    for (const [size, list] of this.#free) {
      freeBytes += size * list.length;
      freeBuffers += list.length;
    }
    return { freeBytes, freeBuffers };
  }

  /**
   * A lease for the user, with `byteLength` bytes that are data.
   *
   * @param zeroed - false: the bytes are whatever they were
   */
  take(byteLength: number, zeroed: boolean): Lease {
    const size = sizeClass(byteLength);
    const reused = this.#free.get(size)?.pop();
    const lease = reused ?? this.#make(size);
    lease.step(STEPS.alloc);
    lease.capacity = byteLength;
    lease.length = byteLength;
    if (zeroed && reused !== undefined) lease.zero(0, byteLength);
    return lease;
  }

  /** Takes a lease back whose state machine says `pool` again. */
  give(lease: Lease): void {
    lease.hide();
    const size = lease.region.byteLength;
    const list = this.#free.get(size) ?? [];
    if (this.#closed || (list.length + 1) * size > KEPT_BYTES_PER_CLASS) {
      this.#drop(lease);
      return;
    }
    if (list.length === 0) this.#free.set(size, list);
    list.push(lease);
  }

  /** Frees what is free now, and from now on whatever comes back. */
  close(): void {
    this.#closed = true;
    for (const list of this.#free.values()) for (const lease of list) this.#drop(lease);
    this.#free.clear();
  }

  #make(size: number): Lease {
    const region = this.#backend.allocate(size, size >= PAGE ? PAGE : SMALLEST_CLASS);
    const lease = new Lease(region);
    if (this.#all === undefined) leases.register(lease, region, lease);
    else this.#all.add(lease);
    return lease;
  }

  #drop(lease: Lease): void {
    lease.step(STEPS.free);
    leases.unregister(lease);
    this.#all?.delete(lease);
    lease.region.free();
  }
}

/** Powers of two up to a MiB; above it pages, because half a large buffer is a lot to waste. */
function sizeClass(byteLength: number): number {
  if (byteLength <= SMALLEST_CLASS) return SMALLEST_CLASS;
  if (byteLength > LARGEST_POWER) return Math.ceil(byteLength / PAGE) * PAGE;
  return 2 ** Math.ceil(Math.log2(byteLength));
}
