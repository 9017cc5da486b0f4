/**
 * A kernel that does what the test says, and nothing by itself.
 *
 * It takes SQEs, keeps them, and posts a CQE when the test asks for one, so that a
 * test can bring about what a real kernel does once in a million runs: a CQE after
 * the bounded wait of a close, an EAGAIN from io_uring_enter, a full CQ. The rings
 * are laid out as Linux 6.18 lays them out (MEM-1, MEM-2); files and memory are
 * not simulated.
 */
import {
  CQE_FLAGS,
  CQE_RES,
  CQE_SIZE,
  CQE_USER_DATA,
  IORING_SQ_CQ_OVERFLOW,
} from "../../spec/abi/cqe.ts";
import { IORING_ENTER_GETEVENTS } from "../../spec/abi/enter.ts";
import {
  IORING_FEAT_NODROP,
  IORING_FEAT_SINGLE_MMAP,
  IORING_OFF_SQES,
  PARAMS_CQ_ENTRIES,
  PARAMS_CQ_OFF_CQES,
  PARAMS_CQ_OFF_HEAD,
  PARAMS_CQ_OFF_OVERFLOW,
  PARAMS_CQ_OFF_TAIL,
  PARAMS_FEATURES,
  PARAMS_SIZE,
  PARAMS_SQ_ENTRIES,
  PARAMS_SQ_OFF_ARRAY,
  PARAMS_SQ_OFF_DROPPED,
  PARAMS_SQ_OFF_FLAGS,
  PARAMS_SQ_OFF_HEAD,
  PARAMS_SQ_OFF_TAIL,
} from "../../spec/abi/setup.ts";
import {
  SQE_ADDR,
  SQE_FD,
  SQE_FLAGS,
  SQE_LEN,
  SQE_OFF,
  SQE_OP_FLAGS,
  SQE_OPCODE,
  SQE_SIZE,
  SQE_USER_DATA,
} from "../../spec/abi/sqe.ts";
import type { Backend, Mapping, Region, Watch } from "../backend.ts";

/** Where the words of the rings are: what 6.18 reports on x86-64. */
const SQ_HEAD = 0;
const SQ_TAIL = 4;
const CQ_HEAD = 8;
const CQ_TAIL = 12;
const SQ_DROPPED = 32;
const SQ_FLAGS = 36;
const CQ_OVERFLOW = 44;
const CQES = 64;

const FIRST_ADDRESS = 0x10000;
const RING_FD = 1000;

/** One SQE as the kernel took it. */
export interface Submission {
  readonly opcode: number;
  readonly flags: number;
  readonly fd: number;
  /** The `off` field as two words: -1 is twice 0xffffffff. */
  readonly offsetLow: number;
  readonly offsetHigh: number;
  readonly address: number;
  readonly length: number;
  readonly operationFlags: number;
  readonly userDataLow: number;
  readonly userDataHigh: number;
}

interface Completion {
  readonly low: number;
  readonly high: number;
  readonly res: number;
  readonly flags: number;
}

/** One ring of a kernel that a test drives. */
export class ScriptedBackend implements Backend {
  readonly name = "sim";
  /** Every SQE consumed so far, in order. */
  readonly submitted: Submission[] = [];
  /** Answers of the coming calls of io_uring_enter, instead of doing anything: -EAGAIN. */
  readonly refusals: number[] = [];
  /** SQEs that the coming calls of io_uring_enter take at most. */
  readonly limits: number[] = [];
  /** What io_uring_enter was asked: one flags word per call. */
  readonly entered: number[] = [];
  /** Gives the result of a request that completes while it is submitted, else undefined. */
  inline: (submission: Submission) => number | undefined = () => undefined;
  /** Whether the ring keeps the process alive. */
  referenced = false;
  closed = false;
  /** What io_uring_setup answers instead of making a ring, and mmap instead of mapping it. */
  setupRefusal: number | undefined;
  mapRefusal: number | undefined;
  /** Where the four indices of the ring start: close to 2^32, they soon wrap. */
  firstIndex = 0;
  /** Mappings that were made and not unmapped. */
  mapped = 0;
  /** Regions that were allocated and not freed. */
  readonly regions: Map<number, Region> = new Map<number, Region>();

  #nextAddress = FIRST_ADDRESS;
  #entries = 0;
  #rings = new DataView(new ArrayBuffer(0));
  #sqes = new DataView(new ArrayBuffer(0));
  readonly #backlog: Completion[] = [];
  #onReadable: (() => void) | undefined;

  setup(entries: number, paramsAddress: number): number {
    if (this.setupRefusal !== undefined) return this.setupRefusal;
    this.#entries = entries;
    const cqEntries = 2 * entries;
    const arrayAt = CQES + Math.ceil((cqEntries * CQE_SIZE) / 64) * 64;
    this.#rings = new DataView(new ArrayBuffer(arrayAt + 4 * entries));
    this.#sqes = new DataView(new ArrayBuffer(entries * SQE_SIZE));
    const region = this.regions.get(paramsAddress);
    if (region === undefined) throw new Error("params are not in memory of this backend");
    const params = new DataView(region.buffer, 0, PARAMS_SIZE);
    const fields: readonly (readonly [number, number])[] = [
      [PARAMS_SQ_ENTRIES, entries],
      [PARAMS_CQ_ENTRIES, cqEntries],
      [PARAMS_FEATURES, IORING_FEAT_SINGLE_MMAP | IORING_FEAT_NODROP],
      [PARAMS_SQ_OFF_HEAD, SQ_HEAD],
      [PARAMS_SQ_OFF_TAIL, SQ_TAIL],
      [PARAMS_SQ_OFF_FLAGS, SQ_FLAGS],
      [PARAMS_SQ_OFF_DROPPED, SQ_DROPPED],
      [PARAMS_SQ_OFF_ARRAY, arrayAt],
      [PARAMS_CQ_OFF_HEAD, CQ_HEAD],
      [PARAMS_CQ_OFF_TAIL, CQ_TAIL],
      [PARAMS_CQ_OFF_OVERFLOW, CQ_OVERFLOW],
      [PARAMS_CQ_OFF_CQES, CQES],
    ];
    for (const [offset, value] of fields) params.setUint32(offset, value, true);
    for (const at of [SQ_HEAD, SQ_TAIL, CQ_HEAD, CQ_TAIL]) this.#setWord(at, this.firstIndex);
    return RING_FD;
  }

  enter(_ringFd: number, toSubmit: number, _minComplete: number, flags: number): number {
    this.#assertOpen();
    this.entered.push(flags);
    const refusal = this.refusals.shift();
    if (refusal !== undefined) return refusal;
    const most = Math.min(toSubmit, this.limits.shift() ?? Infinity);
    let consumed = 0;
    while (consumed < most && this.#take()) consumed++;
    if (flags & IORING_ENTER_GETEVENTS) this.#flush();
    return consumed;
  }

  #take(): boolean {
    const head = this.#word(SQ_HEAD);
    if (head === this.#word(SQ_TAIL)) return false;
    const at = (head & (this.#entries - 1)) * SQE_SIZE;
    const sqe = this.#sqes;
    const submission: Submission = {
      opcode: sqe.getUint8(at + SQE_OPCODE),
      flags: sqe.getUint8(at + SQE_FLAGS),
      fd: sqe.getInt32(at + SQE_FD, true),
      offsetLow: sqe.getUint32(at + SQE_OFF, true),
      offsetHigh: sqe.getUint32(at + SQE_OFF + 4, true),
      address:
        sqe.getUint32(at + SQE_ADDR, true) + sqe.getUint32(at + SQE_ADDR + 4, true) * 2 ** 32,
      length: sqe.getUint32(at + SQE_LEN, true),
      operationFlags: sqe.getUint32(at + SQE_OP_FLAGS, true),
      userDataLow: sqe.getUint32(at + SQE_USER_DATA, true),
      userDataHigh: sqe.getUint32(at + SQE_USER_DATA + 4, true),
    };
    this.#setWord(SQ_HEAD, (head + 1) >>> 0);
    this.submitted.push(submission);
    const res = this.inline(submission);
    if (res !== undefined) this.post(submission, res);
    return true;
  }

  /** Posts a CQE for a request, without telling anybody. */
  post({ userDataLow, userDataHigh }: Submission, res: number, flags = 0): void {
    this.#backlog.push({ low: userDataLow, high: userDataHigh, res, flags });
    if (this.#backlog.length === 1) this.#flush();
    else this.#showOverflow();
  }

  /** Posts a CQE and wakes the event loop, as a kernel does. */
  complete(submission: Submission, res: number, flags = 0): void {
    this.post(submission, res, flags);
    this.wake();
  }

  /** Calls what watches the ring. */
  wake(): void {
    this.#assertOpen();
    this.#onReadable?.();
  }

  /** Moves completions into the CQ as far as they fit (CQ-5). */
  #flush(): void {
    const cqEntries = 2 * this.#entries;
    while (this.#backlog.length > 0) {
      const tail = this.#word(CQ_TAIL);
      if ((tail - this.#word(CQ_HEAD)) >>> 0 >= cqEntries) break;
      const { low, high, res, flags } = this.#backlog.shift() as Completion;
      const at = CQES + (tail & (cqEntries - 1)) * CQE_SIZE;
      this.#rings.setUint32(at + CQE_USER_DATA, low, true);
      this.#rings.setUint32(at + CQE_USER_DATA + 4, high, true);
      this.#rings.setInt32(at + CQE_RES, res, true);
      this.#rings.setUint32(at + CQE_FLAGS, flags, true);
      this.#setWord(CQ_TAIL, (tail + 1) >>> 0);
    }
    this.#showOverflow();
  }

  #showOverflow(): void {
    this.#setWord(SQ_FLAGS, this.#backlog.length > 0 ? IORING_SQ_CQ_OVERFLOW : 0);
  }

  register(): number {
    throw new Error("nothing is registered here");
  }

  mapRing(_ringFd: number, offset: number): Mapping | number {
    if (offset === IORING_OFF_SQES && this.mapRefusal !== undefined) return this.mapRefusal;
    this.mapped++;
    const buffer = (offset === IORING_OFF_SQES ? this.#sqes : this.#rings).buffer;
    // Whoever looks at a ring that is no longer mapped gets a TypeError here, not a SIGSEGV.
    const unmap = (): void => {
      structuredClone(buffer, { transfer: [buffer] });
      this.mapped--;
    };
    return { buffer, unmap };
  }

  allocate(byteLength: number): Region {
    const address = this.#nextAddress;
    this.#nextAddress += Math.ceil(byteLength / 4096) * 4096;
    const region: Region = {
      address,
      byteLength,
      buffer: new ArrayBuffer(byteLength),
      free: () => {
        if (!this.regions.delete(address)) throw new Error("region freed twice");
      },
    };
    this.regions.set(address, region);
    return region;
  }

  /** The bytes at an address that an SQE named, as the kernel reaches them. */
  memory(address: number, length: number): Uint8Array {
    for (const region of this.regions.values()) {
      const offset = address - region.address;
      if (offset >= 0 && offset + length <= region.byteLength) {
        return new Uint8Array(region.buffer, offset, length);
      }
    }
    throw new Error(`EFAULT: ${String(address)}`);
  }

  watch(_ringFd: number, onReadable: () => void): Watch {
    this.#onReadable = onReadable;
    return {
      ref: () => (this.referenced = true),
      unref: () => (this.referenced = false),
      close: () => (this.#onReadable = undefined),
    };
  }

  close(): number {
    this.#assertOpen();
    this.closed = true;
    return 0;
  }

  #assertOpen(): void {
    if (this.closed) throw new Error("the ring was used after it was closed");
  }

  #word(at: number): number {
    return this.#rings.getUint32(at, true);
  }

  #setWord(at: number, value: number): void {
    this.#rings.setUint32(at, value, true);
  }
}
