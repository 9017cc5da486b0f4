/**
 * The seam: what a process has when it talks to io_uring, and no more.
 *
 * Three system calls, mapped memory, memory that the kernel can address, and a
 * wake-up. Everything is binary: addresses and lengths as the system calls take
 * them, structures laid out as `spec/abi` says, results as the kernel returns
 * them (a count, or a negative errno). So one driver (`src/queue`), one set of
 * encoders and one conformance suite serve every backend.
 *
 * Addresses are plain numbers: user space ends below 2^47 on x86-64 and 2^48
 * on arm64, and both fit a double exactly.
 */

/**
 * What a region's `buffer` is set to when its ArrayBuffer was garbage-collected: there
 * is no view left to detach, and no ArrayBuffer to use again.
 */
export const COLLECTED: ArrayBuffer = new ArrayBuffer(0);

/** Memory at an address that stays the same until `free`. */
export interface Region {
  /** Where the kernel finds it. Stable for the life of the region. */
  readonly address: number;
  readonly byteLength: number;
  /**
   * The one ArrayBuffer over the memory.
   *
   * Whoever detaches it (to make every view of it useless) stores its
   * successor here (or `COLLECTED`): the backend reads the memory through this field.
   */
  buffer: ArrayBuffer;
  /**
   * Gives the memory back to the backend. The caller has made sure that the
   * kernel no longer uses it and that `buffer` has no view left in use.
   */
  free(): void;
}

/** A part of a ring, mapped: what mmap(2) on the ring's descriptor gives. */
export interface Mapping {
  readonly buffer: ArrayBuffer;
  /** Ends the mapping. No view of `buffer` may be used afterwards. */
  unmap(): void;
}

/** A wake-up on the event loop, for one ring. */
export interface Watch {
  /** Let the wake-up keep the process alive (operations are in flight). */
  ref(): void;
  /** Let the process end although the ring is open (nothing is in flight). */
  unref(): void;
  close(): void;
}

/** One piece of memory that the library accounts for, as an auditor sees it. */
export interface LedgerEntry {
  readonly address: number;
  readonly byteLength: number;
  /** Name of the owner: a state of the machine in `spec/ownership.ts`. */
  readonly owner: string;
  /** `user_data` of the operation that owns it, as two words, if one does. */
  readonly userDataLow: number;
  readonly userDataHigh: number;
}

/**
 * The library's own book of who owns what.
 *
 * A simulated kernel compares it, after every step, with what it knows itself
 * to hold (see `backends/sim/audit.ts`); the real one never looks.
 */
export interface Ledger {
  entries(): Iterable<LedgerEntry>;
  /** What the library still waits for, one line each: the deadlock report. */
  waiting(): readonly string[];
}

/** A kernel that can be talked to: the system calls of io_uring, memory, and a wake-up. */
export interface Backend {
  readonly name: "native" | "epoll" | "sim";

  /**
   * io_uring_setup(2).
   *
   * @param paramsAddress - a `struct io_uring_params` in memory of `allocate`, read and written
   * @returns the ring's descriptor, or -errno
   */
  setup(entries: number, paramsAddress: number): number;

  /**
   * io_uring_enter(2). Blocks the thread while it waits (`minComplete` > 0).
   *
   * @param argAddress - 0, or the address of what `flags` says (sigset or getevents_arg)
   * @returns the number of SQEs consumed, or -errno
   */
  enter(
    ringFd: number,
    toSubmit: number,
    minComplete: number,
    flags: number,
    argAddress: number,
    argSize: number,
  ): number;

  /** io_uring_register(2). Returns what the opcode gives, or -errno. */
  register(ringFd: number, opcode: number, argAddress: number, argCount: number): number;

  /** mmap(2) of the ring at one of IORING_OFF_*, or -errno. */
  mapRing(ringFd: number, offset: number, byteLength: number): Mapping | number;

  /**
   * Zeroed memory that the kernel can address and that outlives the JS isolate.
   *
   * @param byteLength - 1 or more
   * @param alignment - a power of two; 64 when left out
   * @throws {RangeError} when there is no memory
   */
  allocate(byteLength: number, alignment?: number): Region;

  /** Calls `onReadable` from the event loop when the ring may have completions. */
  watch(ringFd: number, onReadable: () => void): Watch;

  /** close(2) of the ring's descriptor. Returns 0 or -errno. */
  close(ringFd: number): number;

  /**
   * Present on a backend that explores: takes a broken invariant of the library, which
   * elsewhere is thrown, uncaught, and ends the process.
   */
  reportBroken?(error: Error): void;

  /** Present on a backend that audits: the library announces its ledger here. */
  attachLedger?(ledger: Ledger): void;
  detachLedger?(ledger: Ledger): void;
}
