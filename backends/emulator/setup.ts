/**
 * io_uring_setup(2): what its params may say, and what comes back (SETUP-1 to SETUP-20).
 *
 * Set-up flags that are not modelled are refused with EINVAL, as by a kernel that does not know
 * them; they are listed in divergences.ts.
 */
import {
  IORING_FEAT_CQE_SKIP,
  IORING_FEAT_EXT_ARG,
  IORING_FEAT_FAST_POLL,
  IORING_FEAT_LINKED_FILE,
  IORING_FEAT_MIN_TIMEOUT,
  IORING_FEAT_NATIVE_WORKERS,
  IORING_FEAT_NODROP,
  IORING_FEAT_NO_IOWAIT,
  IORING_FEAT_POLL_32BITS,
  IORING_FEAT_REG_REG_RING,
  IORING_FEAT_RW_CUR_POS,
  IORING_FEAT_SINGLE_MMAP,
  IORING_FEAT_SUBMIT_STABLE,
  IORING_SETUP_CLAMP,
  IORING_SETUP_COOP_TASKRUN,
  IORING_SETUP_CQE32,
  IORING_SETUP_CQSIZE,
  IORING_SETUP_DEFER_TASKRUN,
  IORING_SETUP_NO_SQARRAY,
  IORING_SETUP_R_DISABLED,
  IORING_SETUP_SINGLE_ISSUER,
  IORING_SETUP_SQE128,
  IORING_SETUP_SUBMIT_ALL,
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
  PARAMS_SIZE,
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
} from "../../spec/abi/setup.ts";
import { EFAULT, EINVAL } from "../../spec/errno.ts";
import { readStruct } from "./access.ts";
import type { Core } from "./core.ts";
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
import { RingFile } from "./ring-file.ts";
import { Ring } from "./state.ts";

/** IORING_FEAT_* that hold here. */
export const FEATURES: number =
  IORING_FEAT_SINGLE_MMAP |
  IORING_FEAT_NODROP |
  IORING_FEAT_SUBMIT_STABLE |
  IORING_FEAT_RW_CUR_POS |
  IORING_FEAT_FAST_POLL |
  IORING_FEAT_POLL_32BITS |
  IORING_FEAT_EXT_ARG |
  IORING_FEAT_NATIVE_WORKERS |
  IORING_FEAT_CQE_SKIP |
  IORING_FEAT_LINKED_FILE |
  IORING_FEAT_REG_REG_RING |
  IORING_FEAT_MIN_TIMEOUT |
  IORING_FEAT_NO_IOWAIT;

/** IORING_SETUP_* that are modelled. */
export const SETUP_FLAGS: number =
  IORING_SETUP_CQSIZE |
  IORING_SETUP_CLAMP |
  IORING_SETUP_R_DISABLED |
  IORING_SETUP_SUBMIT_ALL |
  IORING_SETUP_COOP_TASKRUN |
  IORING_SETUP_TASKRUN_FLAG |
  IORING_SETUP_SQE128 |
  IORING_SETUP_CQE32 |
  IORING_SETUP_SINGLE_ISSUER |
  IORING_SETUP_DEFER_TASKRUN |
  IORING_SETUP_NO_SQARRAY;

const MAX_SQ_ENTRIES = 32768;
const MAX_CQ_ENTRIES = 2 * MAX_SQ_ENTRIES;

/** The system call. Returns the new ring's descriptor, or -errno; params are written on success. */
export function setup(core: Core, entries: number, paramsAddress: number): number {
  const params = readStruct(core.memory, paramsAddress, PARAMS_SIZE);
  if (params === undefined) return -EFAULT;
  const flags = params.getUint32(PARAMS_FLAGS, true);
  const layout = checkParams(params, entries >>> 0, flags);
  if (typeof layout === "number") return layout;
  const ring = createRing(core, flags, layout);
  describe(params, layout);
  const fd = core.files.install(new RingFile(core, ring), true);
  if (fd < 0) {
    core.rings.delete(ring);
    return fd;
  }
  const written = core.memory.write(paramsAddress, new Uint8Array(params.buffer));
  if (written !== PARAMS_SIZE) {
    core.files.close(fd);
    return -EFAULT;
  }
  return fd;
}

function createRing(core: Core, flags: number, layout: RingLayout): Ring {
  const memory = new ArrayBuffer(layout.ringBytes);
  const disabled = (flags & IORING_SETUP_R_DISABLED) !== 0;
  const ring = new Ring(core.nextRing++, flags, layout, memory, disabled);
  core.rings.add(ring);
  return ring;
}

function checkParams(params: DataView, entries: number, flags: number): RingLayout | number {
  for (let offset = PARAMS_RESV; offset < PARAMS_SQ_OFF_HEAD; offset += 4) {
    if (params.getUint32(offset, true) !== 0) return -EINVAL;
  }
  if (flags & ~SETUP_FLAGS) return -EINVAL;
  const clamps = (flags & IORING_SETUP_CLAMP) !== 0;
  const sqEntries = checkEntries(entries, MAX_SQ_ENTRIES, clamps);
  if (sqEntries < 0 || !taskRunFlagsAgree(flags)) return -EINVAL;
  if ((flags & IORING_SETUP_CQSIZE) === 0) return ringLayout(sqEntries, 2 * sqEntries, flags);
  const wanted = params.getUint32(PARAMS_CQ_ENTRIES, true);
  const cqEntries = checkEntries(wanted, MAX_CQ_ENTRIES, clamps);
  return cqEntries < sqEntries ? -EINVAL : ringLayout(sqEntries, cqEntries, flags);
}

/** The next power of two, or -EINVAL where the count is out of range (SETUP-4, SETUP-7). */
function checkEntries(entries: number, maximum: number, clamps: boolean): number {
  if (entries === 0 || (entries > maximum && !clamps)) return -EINVAL;
  let rounded = 1;
  while (rounded < Math.min(entries, maximum)) rounded *= 2;
  return rounded;
}

function taskRunFlagsAgree(flags: number): boolean {
  const defers = (flags & IORING_SETUP_DEFER_TASKRUN) !== 0;
  if (defers && (flags & IORING_SETUP_SINGLE_ISSUER) === 0) return false;
  const canFlag = defers || (flags & IORING_SETUP_COOP_TASKRUN) !== 0;
  return canFlag || (flags & IORING_SETUP_TASKRUN_FLAG) === 0;
}

function describe(params: DataView, layout: RingLayout): void {
  const fields: readonly (readonly [number, number])[] = [
    [PARAMS_SQ_ENTRIES, layout.sqEntries],
    [PARAMS_CQ_ENTRIES, layout.cqEntries],
    [PARAMS_FEATURES, FEATURES],
    [PARAMS_SQ_OFF_HEAD, SQ_HEAD],
    [PARAMS_SQ_OFF_TAIL, SQ_TAIL],
    [PARAMS_SQ_OFF_RING_MASK, SQ_MASK],
    [PARAMS_SQ_OFF_RING_ENTRIES, SQ_ENTRIES],
    [PARAMS_SQ_OFF_FLAGS, SQ_FLAGS],
    [PARAMS_SQ_OFF_DROPPED, SQ_DROPPED],
    [PARAMS_SQ_OFF_ARRAY, layout.arrayOffset],
    [PARAMS_SQ_OFF_RESV1, 0],
    [PARAMS_SQ_OFF_USER_ADDR, 0],
    [PARAMS_SQ_OFF_USER_ADDR + 4, 0],
    [PARAMS_CQ_OFF_HEAD, CQ_HEAD],
    [PARAMS_CQ_OFF_TAIL, CQ_TAIL],
    [PARAMS_CQ_OFF_RING_MASK, CQ_MASK],
    [PARAMS_CQ_OFF_RING_ENTRIES, CQ_ENTRIES],
    [PARAMS_CQ_OFF_OVERFLOW, CQ_OVERFLOW],
    [PARAMS_CQ_OFF_CQES, CQES],
    [PARAMS_CQ_OFF_FLAGS, CQ_FLAGS],
    [PARAMS_CQ_OFF_RESV1, 0],
    [PARAMS_CQ_OFF_USER_ADDR, 0],
    [PARAMS_CQ_OFF_USER_ADDR + 4, 0],
  ];
  for (const [offset, value] of fields) params.setUint32(offset, value, true);
}
