/**
 * io_uring_register(2): finds the ring, and hands over to the opcode's own function (REG-1).
 *
 * An opcode that is not in the table is refused with EINVAL, as by a kernel that does not know it;
 * those are listed in divergences.ts.
 */
import * as opcodes from "../../../spec/abi/register.ts";
import { IORING_SETUP_DEFER_TASKRUN } from "../../../spec/abi/setup.ts";
import { EINVAL } from "../../../spec/errno.ts";
import type { Core } from "../core.ts";
import { findRing } from "../ring-descriptors.ts";
import type { Ring } from "../state.ts";
import { runNotified, runTaskWork } from "../task-work.ts";
import { enableRings } from "./enable-rings.ts";
import { fileAllocRange, files, files2, filesUpdate, filesUpdate2, removeFiles } from "./files.ts";
import { probe } from "./probe.ts";
import { removeRingDescriptors, ringDescriptors } from "./ring-descriptors.ts";
import { sendMessage } from "./send-message.ts";
import { syncCancel } from "./sync-cancel.ts";

/** One register opcode. Returns what the opcode gives, or -errno. */
export type Registration = (core: Core, ring: Ring, address: number, count: number) => number;

/** One that takes -1 in place of a ring (REG-17). */
export type RinglessRegistration = (core: Core, address: number, count: number) => number;

const REGISTRATIONS: ReadonlyMap<number, Registration> = new Map<number, Registration>([
  [opcodes.IORING_REGISTER_FILES, files],
  [opcodes.IORING_UNREGISTER_FILES, removeFiles],
  [opcodes.IORING_REGISTER_FILES_UPDATE, filesUpdate],
  [opcodes.IORING_REGISTER_PROBE, probe],
  [opcodes.IORING_REGISTER_ENABLE_RINGS, enableRings],
  [opcodes.IORING_REGISTER_FILES2, files2],
  [opcodes.IORING_REGISTER_FILES_UPDATE2, filesUpdate2],
  [opcodes.IORING_REGISTER_RING_FDS, ringDescriptors],
  [opcodes.IORING_UNREGISTER_RING_FDS, removeRingDescriptors],
  [opcodes.IORING_REGISTER_SYNC_CANCEL, syncCancel],
  [opcodes.IORING_REGISTER_FILE_ALLOC_RANGE, fileAllocRange],
]);

const RINGLESS: ReadonlyMap<number, RinglessRegistration> = new Map<number, RinglessRegistration>([
  [opcodes.IORING_REGISTER_SEND_MSG_RING, sendMessage],
]);

/** The system call. Returns what the opcode gives, or -errno. */
export function register(
  core: Core,
  fd: number,
  opcode: number,
  argAddress: number,
  argCount: number,
): number {
  const registered = (opcode & opcodes.IORING_REGISTER_USE_REGISTERED_RING) !== 0;
  const plain = (opcode & ~opcodes.IORING_REGISTER_USE_REGISTERED_RING) >>> 0;
  const registration = REGISTRATIONS.get(plain);
  const ringless = RINGLESS.get(plain);
  if (registration === undefined && ringless === undefined) return -EINVAL;
  const result =
    (fd | 0) === -1
      ? (ringless?.(core, argAddress, argCount >>> 0) ?? -EINVAL)
      : registerOn(core, findRing(core, fd, registered), registration, argAddress, argCount);
  if (core.notified.length > 0) runNotified(core);
  return result;
}

function registerOn(
  core: Core,
  ring: Ring | number,
  registration: Registration | undefined,
  argAddress: number,
  argCount: number,
): number {
  if (typeof ring === "number") return ring;
  const result = registration?.(core, ring, argAddress, argCount >>> 0) ?? -EINVAL;
  // On its way back to the program a task runs what is queued for it (TASK-5).
  if ((ring.flags & IORING_SETUP_DEFER_TASKRUN) === 0) runTaskWork(core, ring);
  return result;
}
