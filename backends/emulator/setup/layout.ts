/**
 * Where the parts of a ring lie in its two pieces of shared memory.
 *
 * One buffer holds both rings' heads, tails and flags, the CQEs and the SQ array; the other one
 * the SQEs. The offsets are the ones that Linux 6.18 reports on x86-64 (MEM-1, MEM-2); a program
 * must use what `io_uring_setup` wrote into its params.
 */
import { CQE_SIZE } from "../../../spec/abi/cqe.ts";
import {
  IORING_SETUP_CQE32,
  IORING_SETUP_NO_SQARRAY,
  IORING_SETUP_SQE128,
} from "../../../spec/abi/setup.ts";
import { SQE_SIZE } from "../../../spec/abi/sqe.ts";

//= MEM-1
/** u32, the kernel writes it: SQEs taken. */
export const SQ_HEAD = 0;
/** u32, the program writes it: SQEs published. */
export const SQ_TAIL = 4;
/** u32, the program writes it: CQEs read. */
export const CQ_HEAD = 8;
/** u32, the kernel writes it: CQEs posted. */
export const CQ_TAIL = 12;
/** u32: entries of the SQ less one. */
export const SQ_MASK = 16;
/** u32: entries of the CQ less one. */
export const CQ_MASK = 20;
/** u32. */
export const SQ_ENTRIES = 24;
/** u32. */
export const CQ_ENTRIES = 28;
/** u32: array entries that named no SQE. */
export const SQ_DROPPED = 32;
/** u32: IORING_SQ_*. */
export const SQ_FLAGS = 36;
/** u32: IORING_CQ_*, written by the program. */
export const CQ_FLAGS = 40;
/** u32: CQEs that were lost. */
export const CQ_OVERFLOW = 44;
/** Where the CQEs begin. */
export const CQES = 64;

/** Offset at which a program maps the region of REGISTER_MEM_REGION. */
export const PARAM_REGION_OFFSET = 0x20000000;

const CACHE_LINE = 64;

/** Sizes and offsets of one ring, in bytes unless the name says entries. */
export interface RingLayout {
  readonly sqEntries: number;
  readonly cqEntries: number;
  readonly sqeSize: number;
  readonly cqeSize: number;
  /** Offset of the SQ array, 0 when the ring has none (MEM-2). */
  readonly arrayOffset: number;
  readonly ringBytes: number;
  readonly sqesBytes: number;
}

/** Computes the layout for entry counts that are powers of two and flags that were accepted. */
export function ringLayout(sqEntries: number, cqEntries: number, flags: number): RingLayout {
  //= MEM-3
  const sqeSize = flags & IORING_SETUP_SQE128 ? 2 * SQE_SIZE : SQE_SIZE;
  //= MEM-15
  const cqeSize = flags & IORING_SETUP_CQE32 ? 2 * CQE_SIZE : CQE_SIZE;
  //= MEM-2, MEM-12
  // With big CQEs Linux doubles the header as well, although it leaves it 64 bytes long.
  const end = roundUp((CQES + cqEntries * CQE_SIZE) * (cqeSize / CQE_SIZE));
  const hasArray = (flags & IORING_SETUP_NO_SQARRAY) === 0;
  return {
    sqEntries,
    cqEntries,
    sqeSize,
    cqeSize,
    //= MEM-13
    arrayOffset: hasArray ? end : 0,
    ringBytes: hasArray ? roundUp(end + 4 * sqEntries) : end,
    sqesBytes: sqEntries * sqeSize,
  };
}

//= MEM-9
/** Writes the words of a ring's header that tell its sizes. */
export function writeSizes(rings: DataView, layout: RingLayout): void {
  rings.setUint32(SQ_MASK, layout.sqEntries - 1, true);
  rings.setUint32(CQ_MASK, layout.cqEntries - 1, true);
  rings.setUint32(SQ_ENTRIES, layout.sqEntries, true);
  rings.setUint32(CQ_ENTRIES, layout.cqEntries, true);
}

function roundUp(byteLength: number): number {
  return Math.ceil(byteLength / CACHE_LINE) * CACHE_LINE;
}
