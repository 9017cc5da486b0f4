/**
 * Linux's io_uring behind the seam. No emulator and no policy: what the kernel
 * answers is what the caller gets.
 *
 * One backend serves one JS thread. All it remembers of a ring is its watch, which has
 * to end before the ring's descriptor is closed.
 */
import type { Backend, Mapping, Region, Watch } from "../../src/backend.ts";
import type { Library } from "./library.ts";
import { NativeMemory } from "./memory.ts";
import { mapRing } from "./ring-mapping.ts";
import type { SystemCalls } from "./system-calls.ts";
import type { Transfer } from "./transfer.ts";
import { openWatch } from "./watch.ts";
import type { NativeWatch } from "./watch.ts";

/** The struct passed to register an eventfd, and the two descriptors of a pipe. */
const WATCH_SCRATCH_BYTES = 8;

/** The seam over Linux's own system calls, for one thread. */
export class NativeBackend implements Backend {
  readonly name = "native";
  readonly #library: Library;
  readonly #calls: SystemCalls;
  readonly #transfer: Transfer;
  readonly #memory: NativeMemory;
  /** By descriptor of the ring. */
  readonly #watches = new Map<number, NativeWatch>();

  /** Use `openNativeBackend`: it finds the parts and shares one backend per thread. */
  constructor(library: Library, calls: SystemCalls, transfer: Transfer) {
    this.#library = library;
    this.#calls = calls;
    this.#transfer = transfer;
    this.#memory = new NativeMemory(library, calls, transfer);
  }

  /**
   * io_uring_setup(2). A ring that is only a registered index
   * (IORING_SETUP_REGISTERED_FD_ONLY) can be entered, but neither watched nor closed here.
   */
  setup(entries: number, paramsAddress: number): number {
    return this.#calls.setup(entries, paramsAddress);
  }

  /**
   * io_uring_enter(2).
   *
   * Nothing is retried: -EINTR (a signal handler ran; no SQE was consumed, or the
   * wait ended early), -EAGAIN and -EBUSY are for the queue above to decide about.
   * The thread sleeps in the kernel while it waits, and no JS runs on it.
   */
  enter(
    ringFd: number,
    toSubmit: number,
    minComplete: number,
    flags: number,
    argAddress: number,
    argSize: number,
  ): number {
    return this.#calls.enter(ringFd, toSubmit, minComplete, flags, argAddress, argSize);
  }

  register(ringFd: number, opcode: number, argAddress: number, argCount: number): number {
    return this.#calls.register(ringFd, opcode, argAddress, argCount);
  }

  mapRing(ringFd: number, offset: number, byteLength: number): Mapping | number {
    return mapRing(this.#library, this.#calls, this.#transfer, ringFd, offset, byteLength);
  }

  /** See memory.ts. The caller frees a region only when the kernel no longer uses it. */
  allocate(byteLength: number, alignment?: number): Region {
    return this.#memory.allocate(byteLength, alignment);
  }

  /**
   * See watch.ts: starts unreferenced, may wake for nothing, one per ring.
   *
   * @throws {Error} for a descriptor that is no ring, or a ring that has a watch (or an
   *   eventfd of somebody else), or when descriptors run out
   */
  watch(ringFd: number, onReadable: () => void): Watch {
    const scratch = this.allocate(WATCH_SCRATCH_BYTES);
    try {
      const watch = openWatch(this.#calls, scratch, ringFd, onReadable);
      this.#watches.set(ringFd, watch);
      return watch;
    } finally {
      scratch.free();
    }
  }

  /** Ends the ring's watch, then close(2). Requests in flight end later, or never. */
  close(ringFd: number): number {
    this.#watches.get(ringFd)?.close();
    this.#watches.delete(ringFd);
    return this.#calls.close(ringFd);
  }
}
