/**
 * The raw driver of one ring: submission queue, completion queue, and enter.
 *
 * No promises, no ownership, no allocation on the path of an operation. Whoever
 * uses it directly keeps every buffer alive and untouched until the request's
 * last CQE, as a C program would.
 *
 *   const at = queue.nextSqe();             // byte offset of a free SQE, or -1
 *   encodeRead(queue.sqes, at, fd, address, 4096, 0);
 *   setUserData(queue.sqes, at, 7, 0);
 *   queue.submit(1);                        // one io_uring_enter, wait for one CQE
 *   while (queue.next()) use(queue.userDataLow, queue.res, queue.flags);
 */
import {
  CQE_FLAGS,
  CQE_RES,
  CQE_USER_DATA,
  IORING_SQ_CQ_OVERFLOW,
  IORING_SQ_NEED_WAKEUP,
  IORING_SQ_TASKRUN,
} from "../../spec/abi/cqe.ts";
import {
  GETEVENTS_ARG_SIZE,
  GETEVENTS_ARG_TS,
  IORING_ENTER_EXT_ARG,
  IORING_ENTER_GETEVENTS,
  IORING_ENTER_SQ_WAKEUP,
} from "../../spec/abi/enter.ts";
import {
  IORING_SETUP_CQSIZE,
  IORING_SETUP_DEFER_TASKRUN,
  IORING_SETUP_SQPOLL,
  PARAMS_CQ_ENTRIES,
  PARAMS_FEATURES,
  PARAMS_FLAGS,
  PARAMS_SIZE,
} from "../../spec/abi/setup.ts";
import { EINTR } from "../../spec/errno.ts";
import type { Backend, Region } from "../backend.ts";
import { SystemError } from "../errors.ts";
import { setU64 } from "./encode/entry.ts";
import { mapRingMemory, type RingMemory } from "./ring-memory.ts";

/** How a ring is set up. */
export interface QueueOptions {
  /** Submission queue entries, 1 to 32768; the kernel rounds up to a power of two. */
  readonly entries: number;
  /** Completion queue entries; twice the submission queue's when left out. */
  readonly cqEntries?: number;
  /** IORING_SETUP_* flags; IORING_SETUP_CQSIZE is added when `cqEntries` is given. */
  readonly flags?: number;
}

/** Scratch memory for the wait argument: getevents_arg, then a timespec. */
const TIMESPEC_AT = 32;
const NANOSECONDS_PER_SECOND = 1e9;

/** One ring. Not shared between threads: the seam gives every thread its own. */
export class Queue {
  readonly backend: Backend;
  readonly ringFd: number;
  /** IORING_SETUP_* in force, and IORING_FEAT_* that the kernel has. */
  readonly setupFlags: number;
  readonly features: number;
  readonly sqEntries: number;
  readonly cqEntries: number;
  /** The SQEs. Entries are encoded in place at the offset that `nextSqe` gives. */
  readonly sqes: DataView;

  /** The CQE that `next` stands on. */
  userDataLow = 0;
  userDataHigh = 0;
  res = 0;
  flags = 0;

  readonly #memory: RingMemory;
  readonly #sq: Int32Array;
  readonly #cq: Int32Array;
  readonly #cqes: DataView;
  readonly #sqHeadAt: number;
  readonly #sqFlagsAt: number;
  readonly #cqTailAt: number;
  readonly #sqMask: number;
  readonly #cqMask: number;
  readonly #sqeShift: number;
  readonly #cqeShift: number;
  readonly #scratch: Region;
  /** Our copies of the two indices that only we write, and how far the kernel was told. */
  #sqTail: number;
  #cqHead: number;
  #cqHeadShown: number;
  /** The kernel's two indices as last seen. They may have moved on, never back. */
  #sqHeadSeen: number;
  #cqTailSeen: number;
  #closed = false;

  private constructor(
    backend: Backend,
    ringFd: number,
    params: DataView,
    memory: RingMemory,
    scratch: Region,
  ) {
    this.backend = backend;
    this.ringFd = ringFd;
    this.setupFlags = params.getUint32(PARAMS_FLAGS, true);
    this.features = params.getUint32(PARAMS_FEATURES, true);
    this.sqEntries = memory.sqEntries;
    this.cqEntries = memory.cqEntries;
    this.sqes = memory.sqes;
    this.#memory = memory;
    this.#sq = memory.sq;
    this.#cq = memory.cq;
    this.#cqes = memory.cqes;
    this.#sqHeadAt = memory.sqHead;
    this.#sqFlagsAt = memory.sqFlags;
    this.#cqTailAt = memory.cqTail;
    this.#sqMask = memory.sqEntries - 1;
    this.#cqMask = memory.cqEntries - 1;
    this.#sqeShift = Math.log2(memory.sqeSize);
    this.#cqeShift = Math.log2(memory.cqeSize);
    this.#scratch = scratch;
    this.#sqTail = Atomics.load(memory.sq, memory.sqTail);
    this.#sqHeadSeen = Atomics.load(memory.sq, memory.sqHead);
    this.#cqHead = Atomics.load(memory.cq, memory.cqHead);
    this.#cqHeadShown = this.#cqHead;
    this.#cqTailSeen = this.#cqHead;
  }

  /**
   * Sets up a ring and maps it.
   *
   * @throws {SystemError} with what io_uring_setup(2) or mmap(2) answered; nothing stays open
   */
  static open(backend: Backend, options: QueueOptions): Queue {
    const scratch = backend.allocate(PARAMS_SIZE);
    const params = new DataView(scratch.buffer, 0, PARAMS_SIZE);
    let flags = options.flags ?? 0;
    if (options.cqEntries !== undefined) {
      flags |= IORING_SETUP_CQSIZE;
      params.setUint32(PARAMS_CQ_ENTRIES, options.cqEntries, true);
    }
    params.setUint32(PARAMS_FLAGS, flags, true);
    const ringFd = backend.setup(options.entries, scratch.address);
    if (ringFd < 0) {
      scratch.free();
      throw new SystemError(ringFd, "io_uring_setup");
    }
    try {
      return new Queue(backend, ringFd, params, mapRingMemory(backend, ringFd, params), scratch);
    } catch (error) {
      backend.close(ringFd);
      scratch.free();
      throw error;
    }
  }

  /** SQEs handed out by `nextSqe` that the kernel has not consumed yet. */
  get pending(): number {
    return (this.#sqTail - Atomics.load(this.#sq, this.#sqHeadAt)) >>> 0;
  }

  /** CQEs in the ring that `next` has not reached (the overflow backlog not counted). */
  get ready(): number {
    return (Atomics.load(this.#cq, this.#cqTailAt) - this.#cqHead) >>> 0;
  }

  /** True while the kernel holds CQEs, or work that makes CQEs, until the next `flush`. */
  get needsFlush(): boolean {
    const flags = Atomics.load(this.#sq, this.#sqFlagsAt);
    return (flags & (IORING_SQ_CQ_OVERFLOW | IORING_SQ_TASKRUN)) !== 0;
  }

  /**
   * CQEs that the kernel lost for want of memory: 0 on any healthy ring, for a
   * full CQ goes to a backlog instead (CQ-6).
   */
  get overflowCount(): number {
    return Atomics.load(this.#cq, this.#memory.cqOverflow) >>> 0;
  }

  /** SQ array entries that named no SQE (SQ-3): 0, unless the ring was scribbled on. */
  get droppedCount(): number {
    return Atomics.load(this.#sq, this.#memory.sqDropped) >>> 0;
  }

  /**
   * Takes the next free SQE.
   *
   * @returns its byte offset in `sqes`, to be encoded there before `submit`; -1 when the SQ is full
   */
  nextSqe(): number {
    const tail = this.#sqTail;
    if ((tail - this.#sqHeadSeen) >>> 0 >= this.sqEntries) {
      this.#sqHeadSeen = Atomics.load(this.#sq, this.#sqHeadAt);
      if ((tail - this.#sqHeadSeen) >>> 0 >= this.sqEntries) return -1;
    }
    this.#sqTail = (tail + 1) | 0;
    return (tail & this.#sqMask) << this.#sqeShift;
  }

  /**
   * Submits what `nextSqe` handed out, and waits for CQEs when asked.
   *
   * A batch that the kernel stops early (SQ-6) is continued until everything is
   * consumed or nothing moves. A signal during the wait restarts it.
   *
   * @param minComplete - CQEs to wait for; those already in the ring count (ENTER-10)
   * @returns the number of SQEs consumed, or -errno if the kernel took none
   */
  submit(minComplete = 0): number {
    this.#publish();
    if (this.setupFlags & IORING_SETUP_SQPOLL) return this.#submitToThread(minComplete);
    let consumed = 0;
    for (;;) {
      const toSubmit = this.pending;
      const result = this.#enter(toSubmit, minComplete, 0, 0);
      if (result === -EINTR && toSubmit === 0) continue;
      if (result < 0) return consumed > 0 ? consumed : result;
      consumed += result;
      if (result === toSubmit || result === 0) return consumed;
    }
  }

  /**
   * Waits for CQEs with a time limit, submitting nothing.
   *
   * @param timeout - nanoseconds, 0 or more
   * @returns 0, or -ETIME when the CQ is still empty (ENTER-12), or another -errno
   */
  wait(minComplete: number, timeout: number): number {
    this.#publish();
    const { address, buffer } = this.#scratch;
    const view = new DataView(buffer);
    for (let offset = 0; offset < GETEVENTS_ARG_SIZE; offset += 4) view.setUint32(offset, 0, true);
    setU64(view, GETEVENTS_ARG_TS, address + TIMESPEC_AT);
    setU64(view, TIMESPEC_AT, Math.floor(timeout / NANOSECONDS_PER_SECOND));
    setU64(view, TIMESPEC_AT + 8, timeout % NANOSECONDS_PER_SECOND);
    return this.#enter(0, minComplete, IORING_ENTER_EXT_ARG, GETEVENTS_ARG_SIZE);
  }

  /** Runs deferred completions and moves the overflow backlog into the ring (CQ-5). 0 or -errno. */
  flush(): number {
    this.#publish();
    return this.#call(0, 0, IORING_ENTER_GETEVENTS, 0, 0);
  }

  /**
   * Moves to the next CQE and copies it into `userDataLow`, `userDataHigh`, `res`
   * and `flags`. False when the ring is empty.
   */
  next(): boolean {
    const head = this.#cqHead;
    if (head === this.#cqTailSeen) {
      this.#cqTailSeen = Atomics.load(this.#cq, this.#cqTailAt);
      if (head === this.#cqTailSeen) {
        this.#showCqHead();
        return false;
      }
    }
    const at = (head & this.#cqMask) << this.#cqeShift;
    const cqes = this.#cqes;
    this.userDataLow = cqes.getUint32(at + CQE_USER_DATA, true);
    this.userDataHigh = cqes.getUint32(at + CQE_USER_DATA + 4, true);
    this.res = cqes.getInt32(at + CQE_RES, true);
    this.flags = cqes.getUint32(at + CQE_FLAGS, true);
    this.#cqHead = (head + 1) | 0;
    return true;
  }

  /**
   * Closes the descriptor and unmaps the ring.
   *
   * The kernel cancels what is in flight, but it does so later and tells nobody
   * (LIFE-1): memory that a request uses must outlive this call.
   */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.backend.close(this.ringFd);
    for (const mapping of this.#memory.mappings) mapping.unmap();
    this.#scratch.free();
  }

  /** Shows the kernel our two indices. */
  #publish(): void {
    Atomics.store(this.#sq, this.#memory.sqTail, this.#sqTail);
    this.#showCqHead();
  }

  /** Frees the CQEs that `next` has passed. */
  #showCqHead(): void {
    if (this.#cqHeadShown === this.#cqHead) return;
    this.#cqHeadShown = this.#cqHead;
    Atomics.store(this.#cq, this.#memory.cqHead, this.#cqHead);
  }

  #enter(toSubmit: number, minComplete: number, flags: number, argSize: number): number {
    const deferred = (this.setupFlags & IORING_SETUP_DEFER_TASKRUN) !== 0;
    const events = minComplete > 0 || deferred || this.needsFlush ? IORING_ENTER_GETEVENTS : 0;
    const address = argSize > 0 ? this.#scratch.address : 0;
    return this.#call(toSubmit, minComplete, flags | events, address, argSize);
  }

  #submitToThread(minComplete: number): number {
    const asleep = Atomics.load(this.#sq, this.#sqFlagsAt) & IORING_SQ_NEED_WAKEUP;
    const toSubmit = this.pending;
    if (!asleep && minComplete === 0) return toSubmit;
    const result = this.#enter(toSubmit, minComplete, asleep ? IORING_ENTER_SQ_WAKEUP : 0, 0);
    return result < 0 ? result : toSubmit;
  }

  #call(toSubmit: number, min: number, flags: number, address: number, size: number): number {
    return this.backend.enter(this.ringFd, toSubmit, min, flags, address, size);
  }
}
