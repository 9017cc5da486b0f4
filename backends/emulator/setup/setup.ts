/**
 * io_uring_setup(2): from params to a ring with a descriptor (chapter SETUP).
 *
 * Every flag and every feature of the emulated release is there: which these are stands in spec/.
 */
import {
  IORING_SETUP_ATTACH_WQ,
  IORING_SETUP_NO_MMAP,
  IORING_SETUP_REGISTERED_FD_ONLY,
  IORING_SETUP_R_DISABLED,
  IORING_SETUP_SINGLE_ISSUER,
  IORING_SETUP_SQPOLL,
  IORING_SETUP_SQ_AFF,
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
import { fileOf } from "../files/descriptors.ts";
import { CQES, type RingLayout, writeSizes } from "./layout.ts";
import { ANY_INDEX, registerRing, useRing } from "../files/ring-descriptors.ts";
import { RingFile, ringOf } from "./ring-file.ts";
import type { RingMemory } from "../holdings.ts";
import { allocateRingMemory, pinRingMemory } from "./ring-memory.ts";
import { checkParams, describe } from "./setup-params.ts";
import { attachSqThread, idleMilliseconds, startSqThread } from "../submission/sq-thread.ts";
import { Ring } from "../state.ts";
import { teardown } from "./teardown.ts";
import { giveThreadWorkers } from "../tasks/worker-limits.ts";

/** The system call. Returns the new ring's descriptor, or -errno; params are written on success. */
export function setup(core: Core, entries: number, paramsAddress: number): number {
  const params = readStruct(core.memory, paramsAddress, PARAMS_SIZE);
  //= SETUP-1
  if (params === undefined) return -EFAULT;
  const { profile } = core;
  const layout = checkParams(params, entries >>> 0, profile.setupFlags);
  if (typeof layout === "number") return layout;
  const ring = createRing(core, params, layout);
  if (typeof ring === "number") return ring;
  const file = new RingFile(core, ring);
  const error = startThread(core, ring, params);
  if (error < 0) return abandon(core, ring, error);
  giveThreadWorkers(core, ring);
  //= SETUP-39
  describe(params, layout, profile.features);
  //= SETUP-18, SETUP-31
  const written = core.memory.write(paramsAddress, new Uint8Array(params.buffer));
  //= SETUP-33
  if (written !== PARAMS_SIZE) return abandon(core, ring, -EFAULT);
  useRing(core, ring);
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
  const ring = ringOf(fileOf(core, params.getInt32(PARAMS_WQ_FD, true)));
  if (typeof ring !== "number") return ring;
  //= SETUP-16
  return ring === -EBADF ? -ENXIO : -EINVAL;
}
