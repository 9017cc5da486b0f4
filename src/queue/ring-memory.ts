/**
 * The memory that a ring shares with the kernel, seen through typed arrays.
 *
 *   SQ ring   head  tail  mask  flags  ... array[sq_entries]    (indices of SQEs)
 *   CQ ring   head  tail  mask  flags  ... cqes[cq_entries]
 *   SQEs      sqes[sq_entries]
 *
 * Heads and tails run freely and are masked on use (MEM-8). Each is written by
 * one side only: the program stores the SQ tail and the CQ head, the kernel the
 * other two, always with release and acquire semantics (MEM-10).
 */
import { CQE_SIZE } from "../../spec/abi/cqe.ts";
import {
  IORING_FEAT_SINGLE_MMAP,
  IORING_OFF_CQ_RING,
  IORING_OFF_SQES,
  IORING_OFF_SQ_RING,
  IORING_SETUP_CQE32,
  IORING_SETUP_NO_SQARRAY,
  IORING_SETUP_SQE128,
  PARAMS_CQ_ENTRIES,
  PARAMS_CQ_OFF_CQES,
  PARAMS_CQ_OFF_FLAGS,
  PARAMS_CQ_OFF_HEAD,
  PARAMS_CQ_OFF_OVERFLOW,
  PARAMS_CQ_OFF_TAIL,
  PARAMS_FEATURES,
  PARAMS_FLAGS,
  PARAMS_SQ_ENTRIES,
  PARAMS_SQ_OFF_ARRAY,
  PARAMS_SQ_OFF_DROPPED,
  PARAMS_SQ_OFF_FLAGS,
  PARAMS_SQ_OFF_HEAD,
  PARAMS_SQ_OFF_TAIL,
} from "../../spec/abi/setup.ts";
import { SQE_SIZE } from "../../spec/abi/sqe.ts";
import type { Backend, Mapping } from "../backend.ts";
import { SystemError } from "../errors.ts";

/** A ring's shared memory, mapped and ready to drive. */
export interface RingMemory {
  readonly sqEntries: number;
  readonly cqEntries: number;
  readonly sqeSize: number;
  readonly cqeSize: number;
  /** The SQ ring as 32-bit words, and where in it the fields are. */
  readonly sq: Int32Array;
  readonly sqHead: number;
  readonly sqTail: number;
  readonly sqFlags: number;
  readonly sqDropped: number;
  /** The CQ ring likewise (the same memory, with FEAT_SINGLE_MMAP). */
  readonly cq: Int32Array;
  readonly cqHead: number;
  readonly cqTail: number;
  readonly cqFlags: number;
  readonly cqOverflow: number;
  readonly cqes: DataView;
  readonly sqes: DataView;
  readonly mappings: readonly Mapping[];
}

function map(
  backend: Backend,
  ringFd: number,
  offset: number,
  byteLength: number,
  mapped: Mapping[],
): ArrayBuffer {
  const mapping = backend.mapRing(ringFd, offset, byteLength);
  if (typeof mapping === "number") {
    for (const earlier of mapped) earlier.unmap();
    throw new SystemError(mapping, "mmap");
  }
  mapped.push(mapping);
  return mapping.buffer;
}

/**
 * Maps a ring that io_uring_setup(2) has made.
 *
 * @param params - the `struct io_uring_params` as the kernel filled it
 * @throws {SystemError} when a mapping fails; nothing stays mapped then
 */
export function mapRingMemory(backend: Backend, ringFd: number, params: DataView): RingMemory {
  const field = (offset: number): number => params.getUint32(offset, true);
  const flags = field(PARAMS_FLAGS);
  const sqEntries = field(PARAMS_SQ_ENTRIES);
  const cqEntries = field(PARAMS_CQ_ENTRIES);
  const sqeSize = flags & IORING_SETUP_SQE128 ? 2 * SQE_SIZE : SQE_SIZE;
  const cqeSize = flags & IORING_SETUP_CQE32 ? 2 * CQE_SIZE : CQE_SIZE;
  const hasArray = !(flags & IORING_SETUP_NO_SQARRAY);
  const sqBytes = field(PARAMS_SQ_OFF_ARRAY) + (hasArray ? sqEntries * 4 : 0);
  const cqBytes = field(PARAMS_CQ_OFF_CQES) + cqEntries * cqeSize;
  const single = (field(PARAMS_FEATURES) & IORING_FEAT_SINGLE_MMAP) !== 0;

  const mappings: Mapping[] = [];
  const sqLength = single ? Math.max(sqBytes, cqBytes) : sqBytes;
  const sqBuffer = map(backend, ringFd, IORING_OFF_SQ_RING, sqLength, mappings);
  const cqBuffer = single ? sqBuffer : map(backend, ringFd, IORING_OFF_CQ_RING, cqBytes, mappings);
  const sqes = map(backend, ringFd, IORING_OFF_SQES, sqEntries * sqeSize, mappings);

  if (hasArray) fillIdentity(sqBuffer, field(PARAMS_SQ_OFF_ARRAY), sqEntries);
  return {
    sqEntries,
    cqEntries,
    sqeSize,
    cqeSize,
    sq: new Int32Array(sqBuffer, 0, sqBuffer.byteLength >> 2),
    sqHead: field(PARAMS_SQ_OFF_HEAD) >> 2,
    sqTail: field(PARAMS_SQ_OFF_TAIL) >> 2,
    sqFlags: field(PARAMS_SQ_OFF_FLAGS) >> 2,
    sqDropped: field(PARAMS_SQ_OFF_DROPPED) >> 2,
    cq: new Int32Array(cqBuffer, 0, cqBuffer.byteLength >> 2),
    cqHead: field(PARAMS_CQ_OFF_HEAD) >> 2,
    cqTail: field(PARAMS_CQ_OFF_TAIL) >> 2,
    cqFlags: field(PARAMS_CQ_OFF_FLAGS) >> 2,
    cqOverflow: field(PARAMS_CQ_OFF_OVERFLOW) >> 2,
    cqes: new DataView(cqBuffer, field(PARAMS_CQ_OFF_CQES), cqEntries * cqeSize),
    sqes: new DataView(sqes),
    mappings,
  };
}

/** Slot i of the SQ array names SQE i, once and for all: submitting moves only the tail. */
function fillIdentity(ring: ArrayBuffer, offset: number, entries: number): void {
  const array = new Uint32Array(ring, offset, entries);
  for (let index = 0; index < entries; index++) array[index] = index;
}
