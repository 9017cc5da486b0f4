/**
 * Native memory: zeroed, at a stable address, outside the isolate.
 *
 * Up to LARGEST_SLOT_BYTES it comes from size classes (powers of two, so up to half
 * of a slot is unused; pages never touched cost nothing). Larger pieces are mapped
 * and unmapped one by one. The ArrayBuffer has exactly the length asked for, so no
 * view reaches past the lease.
 *
 * The memory belongs to this thread's backend and outlives the thread: see pages.ts.
 */
import type { Region } from "../../src/backend.ts";
import type { Library } from "./library.ts";
import { mapPages, roundUp } from "./pages.ts";
import { NativeRegion } from "./region.ts";
import { LARGEST_SLOT_BYTES, SLAB_BYTES, SlotPool } from "./slab.ts";
import type { Slot } from "./slab.ts";
import type { SystemCalls } from "./system-calls.ts";
import { detach } from "./transfer.ts";
import type { Transfer } from "./transfer.ts";

const DEFAULT_ALIGNMENT = 64;
/** More than a 47-bit address space could give: refused before any arithmetic loses precision. */
const BYTES_LIMIT = 2 ** 47;

/** Allocates what the kernel may address, for one backend. */
export class NativeMemory {
  readonly #library: Library;
  readonly #calls: SystemCalls;
  readonly #transfer: Transfer;
  /** By log2 of the slot size. */
  readonly #pools = new Map<number, SlotPool>();

  constructor(library: Library, calls: SystemCalls, transfer: Transfer) {
    this.#library = library;
    this.#calls = calls;
    this.#transfer = transfer;
  }

  /** `Backend.allocate`. */
  allocate(byteLength: number, alignment: number = DEFAULT_ALIGNMENT): Region {
    checkSize(byteLength);
    checkAlignment(alignment);
    const slotBytes = Math.max(byteLength, alignment, DEFAULT_ALIGNMENT);
    return slotBytes <= LARGEST_SLOT_BYTES
      ? this.#lease(this.#pool(slotBytes), byteLength)
      : this.#map(byteLength, alignment);
  }

  #pool(slotBytes: number): SlotPool {
    const shift = 32 - Math.clz32(slotBytes - 1);
    let pool = this.#pools.get(shift);
    if (pool === undefined) {
      pool = new SlotPool(2 ** shift, () => mapPages(this.#calls, SLAB_BYTES, SLAB_BYTES));
      this.#pools.set(shift, pool);
    }
    return pool;
  }

  #lease(pool: SlotPool, byteLength: number): Region {
    const slot = pool.take();
    if (typeof slot === "number") throw outOfMemory(byteLength, slot);
    const buffer = this.#bufferOf(slot, byteLength);
    if (slot.used) new Uint8Array(buffer).fill(0);
    return new NativeRegion(slot.address, buffer, this.#transfer, (last) => pool.give(slot, last));
  }

  /** The slot's own ArrayBuffer when its length fits, else a new one (2 to 3 µs). */
  #bufferOf(slot: Slot, byteLength: number): ArrayBuffer {
    const kept = slot.buffer;
    slot.buffer = undefined;
    return kept?.byteLength === byteLength ? kept : this.#library.view(slot.address, byteLength);
  }

  #map(byteLength: number, alignment: number): Region {
    const mappedBytes = roundUp(byteLength, this.#calls.pageSize);
    const address = mapPages(this.#calls, mappedBytes, alignment);
    if (address < 0) throw outOfMemory(byteLength, address);
    const buffer = this.#library.view(address, byteLength);
    return new NativeRegion(address, buffer, this.#transfer, (last) => {
      if (last !== undefined) detach(this.#transfer, last);
      this.#calls.munmap(address, mappedBytes);
    });
  }
}

function checkSize(byteLength: number): void {
  if (!Number.isInteger(byteLength) || byteLength < 1 || byteLength > BYTES_LIMIT) {
    throw new RangeError(`byteLength must be an integer of 1 or more, not ${byteLength}`);
  }
}

function checkAlignment(alignment: number): void {
  const power = Math.log2(alignment);
  if (!Number.isInteger(power) || power < 0 || power > 30) {
    throw new RangeError(`alignment must be a power of two up to 2^30, not ${alignment}`);
  }
}

function outOfMemory(byteLength: number, result: number): RangeError {
  return new RangeError(`no memory for ${byteLength} bytes: mmap gave errno ${-result}`);
}
