/**
 * io_uring_register(2): finds the ring, and hands over to the opcode's own function (REG-1).
 * The order of the checks is the kernel's: opcode, descriptor, issuer, restrictions.
 */
import * as opcodes from "../../../spec/abi/register.ts";
import { IORING_FEAT_REG_REG_RING, IORING_SETUP_DEFER_TASKRUN } from "../../../spec/abi/setup.ts";
import { EACCES, EBADF, EEXIST, EINVAL } from "../../../spec/errno.ts";
import type { Core } from "../core.ts";
import { findRing } from "../files/ring-descriptors.ts";
import type { Ring } from "../state.ts";
import { runDeliveries, runNotified, runTaskWork } from "../tasks/task-work.ts";
import { registerBuffers, registerBuffers2, unregisterBuffers, updateBuffers } from "./buffers.ts";
import { registerClock } from "./clock.ts";
import { cloneBuffers } from "./clone-buffers.ts";
import { enableRings } from "./enable-rings.ts";
import { registerEventfd, registerWorkersEventfd, unregisterEventfd } from "./eventfd.ts";
import { fileAllocRange, files, files2, filesUpdate, filesUpdate2, removeFiles } from "./files.ts";
import { registerMemoryRegion } from "./memory-region.ts";
import { registerNapi, unregisterNapi } from "./napi.ts";
import { bufferRingStatus, registerBufferRing, unregisterBufferRing } from "./pbuf-ring.ts";
import { registerPersonality, unregisterPersonality } from "./personality.ts";
import { probe } from "./probe.ts";
import { query } from "./query.ts";
import { resizeRings } from "./resize-rings.ts";
import { registerRestrictions } from "./restrictions.ts";
import { removeRingDescriptors, ringDescriptors } from "./ring-descriptors.ts";
import { sendMessage } from "./send-message.ts";
import { syncCancel } from "./sync-cancel.ts";
import {
  registerWorkerAffinity,
  registerWorkerLimits,
  unregisterWorkerAffinity,
} from "./workers.ts";
import { registerReceiveQueue } from "./zero-copy-receive.ts";

/** One register opcode. Returns what the opcode gives, or -errno. */
export type Registration = (core: Core, ring: Ring, address: number, count: number) => number;

/** One that takes -1 in place of a ring (REG-17). */
export type RinglessRegistration = (core: Core, address: number, count: number) => number;

const REGISTRATIONS: ReadonlyMap<number, Registration> = new Map<number, Registration>([
  [opcodes.IORING_REGISTER_BUFFERS, registerBuffers],
  [opcodes.IORING_UNREGISTER_BUFFERS, unregisterBuffers],
  [opcodes.IORING_REGISTER_FILES, files],
  [opcodes.IORING_UNREGISTER_FILES, removeFiles],
  [opcodes.IORING_REGISTER_EVENTFD, registerEventfd],
  [opcodes.IORING_UNREGISTER_EVENTFD, unregisterEventfd],
  [opcodes.IORING_REGISTER_FILES_UPDATE, filesUpdate],
  [opcodes.IORING_REGISTER_EVENTFD_ASYNC, registerWorkersEventfd],
  [opcodes.IORING_REGISTER_PROBE, probe],
  [opcodes.IORING_REGISTER_PERSONALITY, registerPersonality],
  [opcodes.IORING_UNREGISTER_PERSONALITY, unregisterPersonality],
  [opcodes.IORING_REGISTER_RESTRICTIONS, registerRestrictions],
  [opcodes.IORING_REGISTER_ENABLE_RINGS, enableRings],
  [opcodes.IORING_REGISTER_FILES2, files2],
  [opcodes.IORING_REGISTER_FILES_UPDATE2, filesUpdate2],
  [opcodes.IORING_REGISTER_BUFFERS2, registerBuffers2],
  [opcodes.IORING_REGISTER_BUFFERS_UPDATE, updateBuffers],
  [opcodes.IORING_REGISTER_IOWQ_AFF, registerWorkerAffinity],
  [opcodes.IORING_UNREGISTER_IOWQ_AFF, unregisterWorkerAffinity],
  [opcodes.IORING_REGISTER_IOWQ_MAX_WORKERS, registerWorkerLimits],
  [opcodes.IORING_REGISTER_RING_FDS, ringDescriptors],
  [opcodes.IORING_UNREGISTER_RING_FDS, removeRingDescriptors],
  [opcodes.IORING_REGISTER_PBUF_RING, registerBufferRing],
  [opcodes.IORING_UNREGISTER_PBUF_RING, unregisterBufferRing],
  [opcodes.IORING_REGISTER_SYNC_CANCEL, syncCancel],
  [opcodes.IORING_REGISTER_FILE_ALLOC_RANGE, fileAllocRange],
  [opcodes.IORING_REGISTER_PBUF_STATUS, bufferRingStatus],
  [opcodes.IORING_REGISTER_NAPI, registerNapi],
  [opcodes.IORING_UNREGISTER_NAPI, unregisterNapi],
  [opcodes.IORING_REGISTER_CLOCK, registerClock],
  [opcodes.IORING_REGISTER_CLONE_BUFFERS, cloneBuffers],
  [opcodes.IORING_REGISTER_RESIZE_RINGS, resizeRings],
  [opcodes.IORING_REGISTER_MEM_REGION, registerMemoryRegion],
  [opcodes.IORING_REGISTER_ZCRX_IFQ, registerReceiveQueue],
  [opcodes.IORING_REGISTER_QUERY, (core, _ring, address, count) => query(core, address, count)],
]);

const RINGLESS: ReadonlyMap<number, RinglessRegistration> = new Map<number, RinglessRegistration>([
  [opcodes.IORING_REGISTER_SEND_MSG_RING, sendMessage],
  [opcodes.IORING_REGISTER_QUERY, query],
]);

const USE_REGISTERED_RING = opcodes.IORING_REGISTER_USE_REGISTERED_RING;

/** The system call. Returns what the opcode gives, or -errno. */
export function register(
  core: Core,
  fd: number,
  opcode: number,
  argAddress: number,
  argCount: number,
): number {
  const { profile } = core;
  const bit = profile.features & IORING_FEAT_REG_REG_RING ? USE_REGISTERED_RING : 0;
  const plain = (opcode & ~bit) >>> 0;
  const exists = plain < profile.registerOpcodes;
  //= REG-1, REG-46
  if (!exists && profile.behaves.registerOpcodeFirst) return -EINVAL;
  const result =
    (fd | 0) === -1
      ? registerWithoutRing(core, plain, argAddress, argCount >>> 0)
      : registerOn(core, findRing(core, fd, (opcode & bit) !== 0), plain, argAddress, argCount);
  if (core.deliveries.length > 0) runDeliveries(core);
  if (core.notified.length > 0) runNotified(core);
  return result;
}

/** Descriptor -1 is no ring, and has a meaning since SEND_MSG_RING (REG-17). */
function registerWithoutRing(core: Core, opcode: number, address: number, count: number): number {
  if (core.profile.registerOpcodes <= opcodes.IORING_REGISTER_SEND_MSG_RING) return -EBADF;
  //= REG-17
  return RINGLESS.get(opcode)?.(core, address, count) ?? -EINVAL;
}

function registerOn(
  core: Core,
  ring: Ring | number,
  opcode: number,
  argAddress: number,
  argCount: number,
): number {
  //= REG-18
  if (typeof ring === "number") return ring;
  const exists = opcode < core.profile.registerOpcodes;
  const registration = exists ? REGISTRATIONS.get(opcode) : undefined;
  const error = checkCaller(core, ring, opcode);
  const result =
    error < 0 ? error : (registration?.(core, ring, argAddress, argCount >>> 0) ?? -EINVAL);
  // On its way back to the program a task runs what is queued for it (TASK-5).
  if ((ring.flags & IORING_SETUP_DEFER_TASKRUN) === 0) runTaskWork(core, ring);
  return result;
}

/** Whether the calling task may use this opcode on this ring. 0 or -errno. */
function checkCaller(core: Core, ring: Ring, opcode: number): number {
  //= TASK-1
  if (ring.issuer !== undefined && ring.issuer !== core.task) return -EEXIST;
  //= RESTRICT-9
  const forbidden = ring.restricted && ring.restrictions?.allowsRegister(opcode) !== true;
  return forbidden ? -EACCES : 0;
}
