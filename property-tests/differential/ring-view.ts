/**
 * A ring as the program sees it: shared memory, at the offsets that io_uring_setup(2) gave.
 *
 * The same on both kernels, and without any of the care of a driver: a program of the generator
 * may leave SQEs behind, or name wrong ones.
 */
import {
  CQE32_SIZE,
  CQE_BIG,
  CQE_FLAGS,
  CQE_RES,
  CQE_SIZE,
  IORING_CQE_F_32,
} from "../../spec/abi/cqe.ts";
import {
  IORING_SETUP_CQE32,
  IORING_SETUP_CQE_MIXED,
  IORING_SETUP_NO_SQARRAY,
  IORING_SETUP_SQE128,
  IORING_SETUP_SQPOLL,
  PARAMS_CQ_ENTRIES,
  PARAMS_CQ_OFF_CQES,
  PARAMS_CQ_OFF_FLAGS,
  PARAMS_CQ_OFF_HEAD,
  PARAMS_CQ_OFF_OVERFLOW,
  PARAMS_CQ_OFF_TAIL,
  PARAMS_FLAGS,
  PARAMS_SQ_ENTRIES,
  PARAMS_SQ_OFF_ARRAY,
  PARAMS_SQ_OFF_DROPPED,
  PARAMS_SQ_OFF_FLAGS,
  PARAMS_SQ_OFF_HEAD,
  PARAMS_SQ_OFF_TAIL,
} from "../../spec/abi/setup.ts";
import { SQE128_SIZE, SQE_SIZE } from "../../spec/abi/sqe.ts";
import { applyPatches, encodeEntry } from "./encode.ts";
import type { Entry } from "./program.ts";
import type { Cqe, RingEnd } from "./trace.ts";

/** How large the two pieces of shared memory are. */
export interface RingSizes {
  readonly ringBytes: number;
  readonly sqeBytes: number;
}

/** The sizes that params name. */
export function ringSizes(params: DataView): RingSizes {
  const word = (offset: number): number => params.getUint32(offset, true);
  const flags = word(PARAMS_FLAGS);
  const cqeSize = flags & IORING_SETUP_CQE32 ? CQE32_SIZE : CQE_SIZE;
  const arrayEnd = word(PARAMS_SQ_OFF_ARRAY) + 4 * word(PARAMS_SQ_ENTRIES);
  const cqesEnd = word(PARAMS_CQ_OFF_CQES) + word(PARAMS_CQ_ENTRIES) * cqeSize;
  const sqeSize = flags & IORING_SETUP_SQE128 ? SQE128_SIZE : SQE_SIZE;
  return {
    ringBytes: Math.max(arrayEnd, cqesEnd),
    sqeBytes: word(PARAMS_SQ_ENTRIES) * sqeSize,
  };
}

/** The SQ array is aligned to so many bytes. */
const CACHE_LINE = 64;

/** Fills in where the SQ array lies, behind the CQEs: a ring of other sizes does not tell. */
export function tellArray(params: DataView): void {
  const flags = params.getUint32(PARAMS_FLAGS, true);
  if (flags & IORING_SETUP_NO_SQARRAY) return;
  const cqes = params.getUint32(PARAMS_CQ_OFF_CQES, true);
  const end = cqes + params.getUint32(PARAMS_CQ_ENTRIES, true) * CQE_SIZE;
  // With long CQEs Linux doubles all of it.
  const doubled = flags & IORING_SETUP_CQE32 ? 2 * end : end;
  params.setUint32(PARAMS_SQ_OFF_ARRAY, Math.ceil(doubled / CACHE_LINE) * CACHE_LINE, true);
}

export class RingView {
  readonly fd: number;
  #ring: DataView;
  #sqes: DataView;
  #params: DataView;
  readonly #sqeSize: number;
  readonly #cqeSize: number;
  readonly #hasArray: boolean;
  readonly #mixed: boolean;
  /** The program's own indices. */
  #sqTail = 0;
  #cqHead = 0;
  /** CQEs that `look` has shown. */
  #seen = 0;

  constructor(fd: number, params: DataView, ring: DataView, sqes: DataView) {
    const flags = params.getUint32(PARAMS_FLAGS, true);
    this.fd = fd;
    this.#params = params;
    this.#ring = ring;
    this.#sqes = sqes;
    this.#sqeSize = flags & IORING_SETUP_SQE128 ? SQE128_SIZE : SQE_SIZE;
    this.#cqeSize = flags & IORING_SETUP_CQE32 ? CQE32_SIZE : CQE_SIZE;
    this.#mixed = (flags & IORING_SETUP_CQE_MIXED) !== 0;
    this.#hasArray = (flags & IORING_SETUP_NO_SQARRAY) === 0;
  }

  /**
   * The ring has got other sizes: other memory, in which the counts are what they were. The kernel
   * moves what is queued, but not the SQ array.
   */
  move(params: DataView, ring: DataView, sqes: DataView): void {
    this.#params = params;
    this.#ring = ring;
    this.#sqes = sqes;
    if (!this.#hasArray) return;
    const mask = this.sqEntries - 1;
    for (let at = this.sqHead; at !== this.#sqTail; at = (at + 1) >>> 0) {
      this.#name(at & mask, at & mask);
    }
  }

  get sqEntries(): number {
    return this.#params.getUint32(PARAMS_SQ_ENTRIES, true);
  }

  get cqEntries(): number {
    return this.#params.getUint32(PARAMS_CQ_ENTRIES, true);
  }

  get sqHead(): number {
    return this.#word(PARAMS_SQ_OFF_HEAD);
  }

  get dropped(): number {
    return this.#word(PARAMS_SQ_OFF_DROPPED);
  }

  get sqFlags(): number {
    return this.#word(PARAMS_SQ_OFF_FLAGS);
  }

  get cqFlags(): number {
    return this.#word(PARAMS_CQ_OFF_FLAGS);
  }

  get overflow(): number {
    return this.#word(PARAMS_CQ_OFF_OVERFLOW);
  }

  /** SQEs that were published and not taken. */
  get queued(): number {
    return (this.#sqTail - this.sqHead) >>> 0;
  }

  /** CQEs that were seen and not reaped. */
  get unreaped(): number {
    return (this.#seen - this.#cqHead) >>> 0;
  }

  /** Publishes SQEs, and stores what they point to, as long as there is room. */
  fill(entries: readonly Entry[], arena: Uint8Array): void {
    const mask = this.sqEntries - 1;
    for (const entry of entries) {
      if (this.queued >= this.sqEntries) break;
      applyPatches(arena, entry.memory);
      const slot = this.#sqTail & mask;
      encodeEntry(this.#sqes, slot * this.#sqeSize, entry);
      if (this.#hasArray) this.#name(slot, entry.index ?? slot);
      this.#sqTail = (this.#sqTail + 1) >>> 0;
    }
    this.#setWord(PARAMS_SQ_OFF_TAIL, this.#sqTail);
  }

  /** Whether a thread of the kernel takes the SQEs. */
  get hasThread(): boolean {
    return (this.#params.getUint32(PARAMS_FLAGS, true) & IORING_SETUP_SQPOLL) !== 0;
  }

  /** Up to where there are CQEs. */
  get cqTail(): number {
    return this.#word(PARAMS_CQ_OFF_TAIL);
  }

  /** How it lies when the program is over. */
  get end(): RingEnd {
    const { sqFlags, cqFlags, overflow } = this;
    return { sqFlags, cqFlags, overflow };
  }

  /**
   * Calls `visit` with each CQE that came since the last look, up to `tail`, and whether it is the
   * last. Where that returns false, it and all behind it are left for the next look.
   */
  look(visit: (cqe: Cqe, isLast: boolean) => boolean, tail: number = this.cqTail): void {
    while (this.#seen !== tail) {
      const cqe = this.#read(this.#seen);
      const next = (this.#seen + (this.#isPair(cqe) ? 2 : 1)) >>> 0;
      if (!visit(cqe, next === tail)) return;
      this.#seen = next;
    }
  }

  /** Gives up to `count` of the CQEs that were seen back to the kernel. */
  reap(count: number = Number.POSITIVE_INFINITY): void {
    this.#cqHead = (this.#cqHead + Math.min(count, this.unreaped)) >>> 0;
    this.#setWord(PARAMS_CQ_OFF_HEAD, this.#cqHead);
  }

  /** What of it is still of interest, for whoever compares states. */
  parts(): readonly unknown[] {
    const unseen: Cqe[] = [];
    const tail = this.cqTail;
    for (let at = this.#seen; at !== tail; at = (at + 1) >>> 0) unseen.push(this.#read(at));
    return [this.#sqTail, this.#cqHead, this.#seen, unseen];
  }

  #read(position: number): Cqe {
    const view = this.#ring;
    const at =
      this.#params.getUint32(PARAMS_CQ_OFF_CQES, true) +
      (position & (this.cqEntries - 1)) * this.#cqeSize;
    const cqe = {
      userData: view.getUint32(at + 4, true) * 2 ** 32 + view.getUint32(at, true),
      res: view.getInt32(at + CQE_RES, true),
      flags: view.getUint32(at + CQE_FLAGS, true),
    };
    if (this.#cqeSize === CQE_SIZE && !this.#isPair(cqe)) return cqe;
    const low = view.getBigUint64(at + CQE_BIG, true);
    const high = view.getBigUint64(at + CQE_BIG + 8, true);
    return low === 0n && high === 0n ? cqe : { ...cqe, extra: `${low} ${high}` };
  }

  /** Whether a CQE of a mixed CQ takes two slots. */
  #isPair({ flags }: Cqe): boolean {
    return this.#mixed && (flags & IORING_CQE_F_32) !== 0;
  }

  #name(slot: number, index: number): void {
    const array = this.#params.getUint32(PARAMS_SQ_OFF_ARRAY, true);
    this.#ring.setUint32(array + 4 * slot, index, true);
  }

  #word(field: number): number {
    return this.#ring.getUint32(this.#params.getUint32(field, true), true);
  }

  #setWord(field: number, value: number): void {
    this.#ring.setUint32(this.#params.getUint32(field, true), value, true);
  }
}
