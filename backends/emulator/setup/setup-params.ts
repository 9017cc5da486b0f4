/**
 * What the params of io_uring_setup(2) may say (chapter SETUP), and how they come back.
 *
 * The checks run in the kernel's order; the first that fails gives the error. SETUP-16 and what
 * else depends on other rings and on memory is checked where the ring is made.
 */
import {
  IORING_SETUP_CLAMP,
  IORING_SETUP_COOP_TASKRUN,
  IORING_SETUP_CQE32,
  IORING_SETUP_CQE_MIXED,
  IORING_SETUP_CQSIZE,
  IORING_SETUP_DEFER_TASKRUN,
  IORING_SETUP_HYBRID_IOPOLL,
  IORING_SETUP_IOPOLL,
  IORING_SETUP_NO_MMAP,
  IORING_SETUP_NO_SQARRAY,
  IORING_SETUP_REGISTERED_FD_ONLY,
  IORING_SETUP_SINGLE_ISSUER,
  IORING_SETUP_SQPOLL,
  IORING_SETUP_TASKRUN_FLAG,
  PARAMS_CQ_ENTRIES,
  PARAMS_CQ_OFF_CQES,
  PARAMS_CQ_OFF_FLAGS,
  PARAMS_CQ_OFF_HEAD,
  PARAMS_CQ_OFF_OVERFLOW,
  PARAMS_CQ_OFF_RESV1,
  PARAMS_CQ_OFF_RING_ENTRIES,
  PARAMS_CQ_OFF_RING_MASK,
  PARAMS_CQ_OFF_TAIL,
  PARAMS_CQ_OFF_USER_ADDR,
  PARAMS_FEATURES,
  PARAMS_FLAGS,
  PARAMS_RESV,
  PARAMS_SQ_ENTRIES,
  PARAMS_SQ_OFF_ARRAY,
  PARAMS_SQ_OFF_DROPPED,
  PARAMS_SQ_OFF_FLAGS,
  PARAMS_SQ_OFF_HEAD,
  PARAMS_SQ_OFF_RESV1,
  PARAMS_SQ_OFF_RING_ENTRIES,
  PARAMS_SQ_OFF_RING_MASK,
  PARAMS_SQ_OFF_TAIL,
  PARAMS_SQ_OFF_USER_ADDR,
} from "../../../spec/abi/setup.ts";
import { EINVAL, EOVERFLOW } from "../../../spec/errno.ts";
import {
  CQ_ENTRIES,
  CQ_FLAGS,
  CQ_HEAD,
  CQ_MASK,
  CQ_OVERFLOW,
  CQ_TAIL,
  CQES,
  type RingLayout,
  ringLayout,
  SQ_DROPPED,
  SQ_ENTRIES,
  SQ_FLAGS,
  SQ_HEAD,
  SQ_MASK,
  SQ_TAIL,
} from "./layout.ts";

const MAX_SQ_ENTRIES = 32768;
const MAX_CQ_ENTRIES = 2 * MAX_SQ_ENTRIES;
/** A 32-byte CQE takes two slots (SETUP-28). */
const MIXED_CQ_ENTRIES = 2;

/** Flag, and flags of which it needs one. */
const NEEDS: readonly (readonly [flag: number, oneOf: number])[] = [
  //= SETUP-12, SETUP-9, SETUP-15, SETUP-10
  [IORING_SETUP_REGISTERED_FD_ONLY, IORING_SETUP_NO_MMAP],
  [IORING_SETUP_TASKRUN_FLAG, IORING_SETUP_COOP_TASKRUN | IORING_SETUP_DEFER_TASKRUN],
  [IORING_SETUP_HYBRID_IOPOLL, IORING_SETUP_IOPOLL],
  [IORING_SETUP_DEFER_TASKRUN, IORING_SETUP_SINGLE_ISSUER],
];

/** Flag, and flags that cannot be with it. */
const EXCLUDES: readonly (readonly [flag: number, noneOf: number])[] = [
  //= SETUP-8, SETUP-14
  [
    IORING_SETUP_SQPOLL,
    IORING_SETUP_COOP_TASKRUN | IORING_SETUP_TASKRUN_FLAG | IORING_SETUP_DEFER_TASKRUN,
  ],
  [IORING_SETUP_CQE32, IORING_SETUP_CQE_MIXED],
];

/**
 * Checks params for a kernel that knows the set-up flags `known`.
 *
 * @returns the layout of the ring that they ask for, or -errno
 */
export function checkParams(params: DataView, entries: number, known: number): RingLayout | number {
  const flags = params.getUint32(PARAMS_FLAGS, true);
  for (let offset = PARAMS_RESV; offset < PARAMS_SQ_OFF_HEAD; offset += 4) {
    //= SETUP-2
    if (params.getUint32(offset, true) !== 0) return -EINVAL;
  }
  //= SETUP-3
  if (flags & ~known || !flagsAgree(flags)) return -EINVAL;
  return checkSizes(params, entries, flags);
}

/** Writes into params what io_uring_setup answers: which ring came out, and what the kernel has. */
export function describe(params: DataView, layout: RingLayout, features: number): void {
  describeRings(params, layout);
  //= SETUP-17
  params.setUint32(PARAMS_FEATURES, features, true);
  if ((params.getUint32(PARAMS_FLAGS, true) & IORING_SETUP_NO_SQARRAY) === 0) {
    //= SETUP-37
    params.setUint32(PARAMS_SQ_OFF_ARRAY, layout.arrayOffset, true);
  }
}

/**
 * Sizes, and the offsets that are the same in all rings. The rest stays as the caller filled it.
 */
export function describeRings(params: DataView, layout: RingLayout): void {
  const flags = params.getUint32(PARAMS_FLAGS, true);
  const fields: (readonly [number, number])[] = [
    //= SETUP-5
    [PARAMS_SQ_ENTRIES, layout.sqEntries],
    [PARAMS_CQ_ENTRIES, layout.cqEntries],
    [PARAMS_SQ_OFF_HEAD, SQ_HEAD],
    [PARAMS_SQ_OFF_TAIL, SQ_TAIL],
    [PARAMS_SQ_OFF_RING_MASK, SQ_MASK],
    [PARAMS_SQ_OFF_RING_ENTRIES, SQ_ENTRIES],
    [PARAMS_SQ_OFF_FLAGS, SQ_FLAGS],
    [PARAMS_SQ_OFF_DROPPED, SQ_DROPPED],
    [PARAMS_SQ_OFF_RESV1, 0],
    [PARAMS_CQ_OFF_HEAD, CQ_HEAD],
    [PARAMS_CQ_OFF_TAIL, CQ_TAIL],
    [PARAMS_CQ_OFF_RING_MASK, CQ_MASK],
    [PARAMS_CQ_OFF_RING_ENTRIES, CQ_ENTRIES],
    [PARAMS_CQ_OFF_OVERFLOW, CQ_OVERFLOW],
    [PARAMS_CQ_OFF_CQES, CQES],
    [PARAMS_CQ_OFF_FLAGS, CQ_FLAGS],
    [PARAMS_CQ_OFF_RESV1, 0],
  ];
  //= MEM-14
  if ((flags & IORING_SETUP_NO_MMAP) === 0) {
    for (const at of [PARAMS_SQ_OFF_USER_ADDR, PARAMS_CQ_OFF_USER_ADDR]) {
      fields.push([at, 0], [at + 4, 0]);
    }
  }
  for (const [offset, value] of fields) params.setUint32(offset, value, true);
}

function flagsAgree(flags: number): boolean {
  const unmet = NEEDS.some(([flag, oneOf]) => flags & flag && (flags & oneOf) === 0);
  return !unmet && !EXCLUDES.some(([flag, noneOf]) => flags & flag && flags & noneOf);
}

/** The layout for so many SQ entries, and for the CQ entries that params ask for; or -errno. */
export function checkSizes(params: DataView, entries: number, flags: number): RingLayout | number {
  const clamps = (flags & IORING_SETUP_CLAMP) !== 0;
  const sqEntries = checkEntries(entries, MAX_SQ_ENTRIES, clamps);
  if (sqEntries < 0) return -EINVAL;
  //= SETUP-6
  let cqEntries = 2 * sqEntries;
  if (flags & IORING_SETUP_CQSIZE) {
    //= SETUP-7, SETUP-23
    cqEntries = checkEntries(params.getUint32(PARAMS_CQ_ENTRIES, true), MAX_CQ_ENTRIES, clamps);
    //= SETUP-24
    if (cqEntries < sqEntries) return -EINVAL;
  }
  //= SETUP-28
  const tooSmall = flags & IORING_SETUP_CQE_MIXED && cqEntries < MIXED_CQ_ENTRIES;
  return tooSmall ? -EOVERFLOW : ringLayout(sqEntries, cqEntries, flags);
}

/** The next power of two, or -EINVAL where the count is out of range (SETUP-4, SETUP-7). */
function checkEntries(entries: number, maximum: number, clamps: boolean): number {
  //= SETUP-4, SETUP-22
  if (entries === 0 || (entries > maximum && !clamps)) return -EINVAL;
  let rounded = 1;
  while (rounded < Math.min(entries, maximum)) rounded *= 2;
  return rounded;
}
