/**
 * io_uring_setup(2): from params to a ring with a descriptor (chapter SETUP).
 *
 * Set-up flags that are not modelled are refused with EINVAL, as by a kernel that does not know
 * them; they are listed in divergences.ts.
 */
import {
  IORING_FEAT_CQE_SKIP,
  IORING_FEAT_CUR_PERSONALITY,
  IORING_FEAT_EXT_ARG,
  IORING_FEAT_FAST_POLL,
  IORING_FEAT_LINKED_FILE,
  IORING_FEAT_MIN_TIMEOUT,
  IORING_FEAT_NATIVE_WORKERS,
  IORING_FEAT_NODROP,
  IORING_FEAT_NO_IOWAIT,
  IORING_FEAT_POLL_32BITS,
  IORING_FEAT_REG_REG_RING,
  IORING_FEAT_RSRC_TAGS,
  IORING_FEAT_RW_CUR_POS,
  IORING_FEAT_SINGLE_MMAP,
  IORING_FEAT_SQPOLL_NONFIXED,
  IORING_FEAT_SUBMIT_STABLE,
  IORING_SETUP_ATTACH_WQ,
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
  IORING_SETUP_R_DISABLED,
  IORING_SETUP_SINGLE_ISSUER,
  IORING_SETUP_SQE128,
  IORING_SETUP_SQPOLL,
  IORING_SETUP_SQ_AFF,
  IORING_SETUP_SUBMIT_ALL,
  IORING_SETUP_TASKRUN_FLAG,
  PARAMS_CQ_OFF_USER_ADDR,
  PARAMS_FLAGS,
  PARAMS_SIZE,
  PARAMS_SQ_OFF_USER_ADDR,
  PARAMS_SQ_THREAD_CPU,
  PARAMS_SQ_THREAD_IDLE,
  PARAMS_WQ_FD,
} from "../../../spec/abi/setup.ts";
import { EBADF, EFAULT, EINVAL, ENXIO } from "../../../spec/errno.ts";
import { readStruct } from "../issue/access.ts";
import type { Core } from "../core.ts";
import { CQES, type RingLayout, writeSizes } from "./layout.ts";
import { ANY_INDEX, registerRing, useRing } from "../files/ring-descriptors.ts";
import { RingFile, ringOf } from "./ring-file.ts";
import type { RingMemory } from "../holdings.ts";
import { allocateRingMemory, pinRingMemory } from "./ring-memory.ts";
import { checkParams, describe } from "./setup-params.ts";
import { attachSqThread, idleMilliseconds, startSqThread } from "../submission/sq-thread.ts";
import { Ring } from "../state.ts";
import { teardown } from "./teardown.ts";
import { beginWorkers } from "../tasks/worker-limits.ts";

/** IORING_FEAT_* that hold here. */
export const FEATURES: number =
  IORING_FEAT_SINGLE_MMAP |
  IORING_FEAT_NODROP |
  IORING_FEAT_SUBMIT_STABLE |
  IORING_FEAT_RW_CUR_POS |
  IORING_FEAT_CUR_PERSONALITY |
  IORING_FEAT_FAST_POLL |
  IORING_FEAT_POLL_32BITS |
  IORING_FEAT_SQPOLL_NONFIXED |
  IORING_FEAT_EXT_ARG |
  IORING_FEAT_NATIVE_WORKERS |
  IORING_FEAT_RSRC_TAGS |
  IORING_FEAT_CQE_SKIP |
  IORING_FEAT_LINKED_FILE |
  IORING_FEAT_REG_REG_RING |
  IORING_FEAT_RSRC_TAGS |
  IORING_FEAT_MIN_TIMEOUT |
  IORING_FEAT_NO_IOWAIT;

/** IORING_SETUP_* that are modelled. */
export const SETUP_FLAGS: number =
  IORING_SETUP_IOPOLL |
  IORING_SETUP_SQPOLL |
  IORING_SETUP_SQ_AFF |
  IORING_SETUP_CQSIZE |
  IORING_SETUP_CLAMP |
  IORING_SETUP_ATTACH_WQ |
  IORING_SETUP_R_DISABLED |
  IORING_SETUP_SUBMIT_ALL |
  IORING_SETUP_COOP_TASKRUN |
  IORING_SETUP_TASKRUN_FLAG |
  IORING_SETUP_SQE128 |
  IORING_SETUP_CQE32 |
  IORING_SETUP_SINGLE_ISSUER |
  IORING_SETUP_DEFER_TASKRUN |
  IORING_SETUP_NO_SQARRAY |
  IORING_SETUP_HYBRID_IOPOLL |
  IORING_SETUP_CQE_MIXED |
  IORING_SETUP_NO_MMAP |
  IORING_SETUP_REGISTERED_FD_ONLY;

/** The system call. Returns the new ring's descriptor, or -errno; params are written on success. */
export function setup(core: Core, entries: number, paramsAddress: number): number {
  const params = readStruct(core.memory, paramsAddress, PARAMS_SIZE);
  //= SETUP-1
  if (params === undefined) return -EFAULT;
  const { profile } = core;
  const layout = checkParams(params, entries >>> 0, SETUP_FLAGS & profile.setupFlags);
  if (typeof layout === "number") return layout;
  const ring = createRing(core, params, layout);
  if (typeof ring === "number") return ring;
  const file = new RingFile(core, ring);
  const error = startThread(core, ring, params);
  if (error < 0) return abandon(core, ring, error);
  beginWorkers(core, ring);
  describe(params, layout, FEATURES & profile.features);
  //= SETUP-18, SETUP-31
  const written = core.memory.write(paramsAddress, new Uint8Array(params.buffer));
  //= SETUP-33
  if (written !== PARAMS_SIZE) return abandon(core, ring, -EFAULT);
  useRing(core);
  if (ring.flags & IORING_SETUP_REGISTERED_FD_ONLY) {
    //= SETUP-26
    const index = registerRing(core, file, ANY_INDEX);
    file.release();
    return index;
  }
  //= SETUP-19
  const fd = core.files.install(file, true);
  return fd < 0 ? abandon(core, ring, fd) : fd;
}

function createRing(core: Core, params: DataView, layout: RingLayout): Ring | number {
  const flags = params.getUint32(PARAMS_FLAGS, true);
  const memory = createMemory(core, params, layout, flags);
  if (typeof memory === "number") return memory;
  const disabled = (flags & IORING_SETUP_R_DISABLED) !== 0;
  const ring = new Ring(core.nextRing++, flags, layout, memory, disabled);
  core.rings.add(ring);
  //= TASK-1, TASK-8
  if (flags & IORING_SETUP_SINGLE_ISSUER && !disabled) ring.issuer = core.task;
  return ring;
}

/** The ring's memory, with the sizes in its header, or -errno (SETUP-13, SETUP-27). */
function createMemory(
  core: Core,
  params: DataView,
  layout: RingLayout,
  flags: number,
): RingMemory | number {
  let memory: RingMemory | number = allocateRingMemory(layout);
  //= SETUP-27
  if (flags & IORING_SETUP_NO_MMAP) {
    const rings = params.getBigUint64(PARAMS_CQ_OFF_USER_ADDR, true);
    const sqes = params.getBigUint64(PARAMS_SQ_OFF_USER_ADDR, true);
    memory = pinRingMemory(core, layout, rings, sqes);
    if (typeof memory === "number") return memory;
    //= SETUP-38
    for (let at = 0; at < CQES; at += 4) memory.rings.setUint32(at, 0, true);
  }
  writeSizes(memory.rings, layout);
  return memory;
}

function abandon(core: Core, ring: Ring, error: number): number {
  teardown(core, ring);
  return error;
}

/** What is said about workers and the SQ thread. 0 or -errno (SETUP-16, SETUP-29, SETUP-30). */
function startThread(core: Core, ring: Ring, params: DataView): number {
  const { flags } = ring;
  const polls = (flags & IORING_SETUP_SQPOLL) !== 0;
  //= SETUP-30
  const other = flags & IORING_SETUP_ATTACH_WQ ? attachedRing(core, params) : undefined;
  if (typeof other === "number") return other;
  //= SETUP-11
  if (!polls) return flags & IORING_SETUP_SQ_AFF ? -EINVAL : 0;
  ring.sqThreadIdle = idleMilliseconds(params.getUint32(PARAMS_SQ_THREAD_IDLE, true));
  if (other !== undefined) {
    //= SETUP-29
    if (other.sqThread === undefined) return -EINVAL;
    //= SETUP-36
    attachSqThread(core, ring, other.sqThread);
    return 0;
  }
  //= SETUP-25
  const processor = params.getUint32(PARAMS_SQ_THREAD_CPU, true);
  if (flags & IORING_SETUP_SQ_AFF && processor >= core.processors) return -EINVAL;
  startSqThread(core, ring);
  return 0;
}

/** The ring that `wq_fd` names, or -errno. */
function attachedRing(core: Core, params: DataView): Ring | number {
  const ring = ringOf(core.files.get(params.getInt32(PARAMS_WQ_FD, true)));
  if (typeof ring !== "number") return ring;
  //= SETUP-16
  return ring === -EBADF ? -ENXIO : -EINVAL;
}
