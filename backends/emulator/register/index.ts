/**
 * io_uring_register(2): finds the ring, and hands over to the opcode's own function (REG-1).
 *
 * An opcode that is not in the table is refused with EINVAL, as by a kernel that does not know it;
 * those are listed in divergences.ts.
 */
import {
  IORING_REGISTER_ENABLE_RINGS,
  IORING_REGISTER_PBUF_RING,
  IORING_REGISTER_PBUF_STATUS,
  IORING_REGISTER_PROBE,
  IORING_REGISTER_SYNC_CANCEL,
  IORING_UNREGISTER_PBUF_RING,
} from "../../../spec/abi/register.ts";
import { EINVAL } from "../../../spec/errno.ts";
import type { Core } from "../core.ts";
import { ringOf } from "../ring-file.ts";
import type { Ring } from "../state.ts";
import { enableRings } from "./enable-rings.ts";
import { bufferRingStatus, registerBufferRing, unregisterBufferRing } from "./pbuf-ring.ts";
import { probe } from "./probe.ts";
import { syncCancel } from "./sync-cancel.ts";

/** One register opcode. Returns what the opcode gives, or -errno. */
export type Registration = (core: Core, ring: Ring, address: number, count: number) => number;

const REGISTRATIONS: ReadonlyMap<number, Registration> = new Map<number, Registration>([
  [IORING_REGISTER_PROBE, probe],
  [IORING_REGISTER_ENABLE_RINGS, enableRings],
  [IORING_REGISTER_SYNC_CANCEL, syncCancel],
  [IORING_REGISTER_PBUF_RING, registerBufferRing],
  [IORING_UNREGISTER_PBUF_RING, unregisterBufferRing],
  [IORING_REGISTER_PBUF_STATUS, bufferRingStatus],
]);

/** The system call. Returns what the opcode gives, or -errno. */
export function register(
  core: Core,
  fd: number,
  opcode: number,
  argAddress: number,
  argCount: number,
): number {
  const registration = REGISTRATIONS.get(opcode);
  if (registration === undefined || fd === -1) return -EINVAL;
  const ring = ringOf(core.files.get(fd));
  return typeof ring === "number" ? ring : registration(core, ring, argAddress, argCount);
}
