/**
 * io_uring_register(2): finds the ring, and hands over to the opcode's own function (REG-1).
 * The order of the checks is the kernel's: opcode, descriptor, issuer, restrictions.
 *
 * An opcode that is not in the table is refused with EINVAL, as by a kernel that does not know it;
 * those are listed in divergences.ts.
 */
import {
  IORING_REGISTER_ENABLE_RINGS,
  IORING_REGISTER_IOWQ_AFF,
  IORING_REGISTER_IOWQ_MAX_WORKERS,
  IORING_REGISTER_PERSONALITY,
  IORING_REGISTER_PROBE,
  IORING_REGISTER_RESTRICTIONS,
  IORING_REGISTER_SEND_MSG_RING,
  IORING_REGISTER_SYNC_CANCEL,
  IORING_UNREGISTER_IOWQ_AFF,
  IORING_UNREGISTER_PERSONALITY,
} from "../../../spec/abi/register.ts";
import { EACCES, EBADF, EEXIST, EINVAL } from "../../../spec/errno.ts";
import type { Core } from "../core.ts";
import { ringOf } from "../ring-file.ts";
import type { Ring } from "../state.ts";
import { enableRings } from "./enable-rings.ts";
import { registerPersonality, unregisterPersonality } from "./personality.ts";
import { probe } from "./probe.ts";
import { registerRestrictions } from "./restrictions.ts";
import { syncCancel } from "./sync-cancel.ts";
import {
  registerWorkerAffinity,
  registerWorkerLimits,
  unregisterWorkerAffinity,
} from "./workers.ts";

/** One register opcode. Returns what the opcode gives, or -errno. */
export type Registration = (core: Core, ring: Ring, address: number, count: number) => number;

const REGISTRATIONS: ReadonlyMap<number, Registration> = new Map<number, Registration>([
  [IORING_REGISTER_PROBE, probe],
  [IORING_REGISTER_PERSONALITY, registerPersonality],
  [IORING_UNREGISTER_PERSONALITY, unregisterPersonality],
  [IORING_REGISTER_RESTRICTIONS, registerRestrictions],
  [IORING_REGISTER_ENABLE_RINGS, enableRings],
  [IORING_REGISTER_IOWQ_AFF, registerWorkerAffinity],
  [IORING_UNREGISTER_IOWQ_AFF, unregisterWorkerAffinity],
  [IORING_REGISTER_IOWQ_MAX_WORKERS, registerWorkerLimits],
  [IORING_REGISTER_SYNC_CANCEL, syncCancel],
]);

/** The system call. Returns what the opcode gives, or -errno. */
export function register(
  core: Core,
  fd: number,
  opcode: number,
  argAddress: number,
  argCount: number,
): number {
  const { profile } = core;
  const exists = opcode < profile.registerOpcodes;
  if (!exists && profile.behaves.registerOpcodeFirst) return -EINVAL;
  if (fd === -1) return registerWithoutRing(core);
  const ring = ringOf(core.files.get(fd));
  if (typeof ring === "number") return ring;
  const registration = REGISTRATIONS.get(opcode);
  if (!exists || registration === undefined) return -EINVAL;
  //= TASK-1, RESTRICT-9
  if (ring.issuer !== undefined && ring.issuer !== core.task) return -EEXIST;
  if (ring.restricted && ring.restrictions?.allowsRegister(opcode) !== true) return -EACCES;
  return registration(core, ring, argAddress, argCount);
}

/** Descriptor -1 is no ring, and has a meaning since SEND_MSG_RING (REG-17). */
function registerWithoutRing(core: Core): number {
  return core.profile.registerOpcodes > IORING_REGISTER_SEND_MSG_RING ? -EINVAL : -EBADF;
}
