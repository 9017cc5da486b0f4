/**
 * Linux's io_uring behind the seam. No emulator and no policy: what the kernel
 * answers is what the caller gets.
 *
 * One backend serves one JS thread. It keeps, per ring, what a wake-up needs to know
 * (the setup flags) and the watch itself, because a descriptor must not be closed
 * while libuv polls it.
 */
import type { Backend, Mapping, Region, Watch } from "../../src/backend.ts";
import {
  IORING_SETUP_REGISTERED_FD_ONLY,
  PARAMS_FLAGS,
  PARAMS_SIZE,
} from "../../spec/abi/setup.ts";
import type { Library } from "./library.ts";
import { NativeMemory } from "./memory.ts";
import { mapRing } from "./ring-mapping.ts";
import type { SystemCalls } from "./system-calls.ts";
import type { Transfer } from "./transfer.ts";
import { openWatch } from "./watch.ts";
import type { NativeWatch } from "./watch.ts";

interface RingState {
  /** IORING_SETUP_* as the kernel returned them. */
  readonly setupFlags: number;
  watch: NativeWatch | undefined;
}

export class NativeBackend implements Backend {
  readonly name = "native";
  readonly #library: Library;
  readonly #calls: SystemCalls;
  readonly #transfer: Transfer;
  readonly #memory: NativeMemory;
  readonly #rings = new Map<number, RingState>();

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
    const ringFd = this.#calls.setup(entries, paramsAddress);
    if (ringFd < 0) return ringFd;
    const params = new DataView(this.#library.view(paramsAddress, PARAMS_SIZE));
    const setupFlags = params.getUint32(PARAMS_FLAGS, true);
    if ((setupFlags & IORING_SETUP_REGISTERED_FD_ONLY) === 0) {
      this.#rings.set(ringFd, { setupFlags, watch: undefined });
    }
    return ringFd;
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
   * Starts unreferenced. One watch per ring.
   *
   * @throws {Error} for a descriptor that is no ring of this backend, or is already watched
   */
  watch(ringFd: number, onReadable: () => void): Watch {
    const ring = this.#rings.get(ringFd);
    if (ring === undefined) throw new Error(`descriptor ${ringFd} is no ring of this thread`);
    if (ring.watch?.active === true) throw new Error(`ring ${ringFd} is already watched`);
    const context = {
      library: this.#library,
      calls: this.#calls,
      allocate: (byteLength: number) => this.allocate(byteLength),
    };
    ring.watch = openWatch(context, ringFd, ring.setupFlags, onReadable);
    return ring.watch;
  }

  /** Ends the ring's watch, then close(2). Requests in flight end later, or never. */
  close(ringFd: number): number {
    this.#rings.get(ringFd)?.watch?.close();
    this.#rings.delete(ringFd);
    return this.#calls.close(ringFd);
  }
}
