/**
 * REGISTER_NAPI and UNREGISTER_NAPI: busy polling of network devices while a call waits.
 *
 * There is no device to poll here, as there is none behind a loopback socket: what can be set is
 * kept and told, and a wait is the same with and without it.
 */
import {
  IO_URING_NAPI_REGISTER_OP,
  IO_URING_NAPI_STATIC_ADD_ID,
  IO_URING_NAPI_STATIC_DEL_ID,
  IO_URING_NAPI_TRACKING_DYNAMIC,
  IO_URING_NAPI_TRACKING_INACTIVE,
  IO_URING_NAPI_TRACKING_STATIC,
} from "../../../spec/abi/register.ts";
import {
  NAPI_BUSY_POLL_TO,
  NAPI_OP_PARAM,
  NAPI_OPCODE,
  NAPI_PAD,
  NAPI_PREFER_BUSY_POLL,
  NAPI_RESV,
  NAPI_SIZE,
} from "../../../spec/abi/register-structs.ts";
import { IORING_SETUP_IOPOLL } from "../../../spec/abi/setup.ts";
import { EEXIST, EFAULT, EINVAL, ENOENT } from "../../../spec/errno.ts";
import { isZero, readStruct } from "../issue/access.ts";
import type { BusyPolling } from "../enter/busy-polling.ts";
import type { Core } from "../core.ts";
import type { Ring } from "../state.ts";

/** No device has a smaller id: those stand for the processors that the kernel was built for. */
const FIRST_ID = 257;
/** The longest time to poll for, in microseconds; longer ones become this. */
const LONGEST_POLL = 10_000;

/** REG-33, REG-47, REG-48: writes back what was set, and then does what is asked. */
export function registerNapi(core: Core, ring: Ring, address: number, count: number): number {
  //= REG-33
  if (address === 0 || count !== 1 || ring.flags & IORING_SETUP_IOPOLL) return -EINVAL;
  const asked = readStruct(core.memory, address, NAPI_SIZE);
  if (asked === undefined) return -EFAULT;
  const padded = !isZero(asked, NAPI_PAD, NAPI_OP_PARAM) || !isZero(asked, NAPI_RESV, NAPI_SIZE);
  if (padded) return -EINVAL;
  const { busyPolling } = ring;
  //= REG-48
  if (!tell(core, address, busyPolling, busyPolling.tracking)) return -EFAULT;
  const parameter = asked.getUint32(NAPI_OP_PARAM, true);
  switch (asked.getUint8(NAPI_OPCODE)) {
    case IO_URING_NAPI_REGISTER_OP:
      return set(busyPolling, asked, parameter);
    case IO_URING_NAPI_STATIC_ADD_ID:
      return add(busyPolling, parameter);
    case IO_URING_NAPI_STATIC_DEL_ID:
      return remove(busyPolling, parameter);
    default:
      return -EINVAL;
  }
}

/** Back to how it was at first; tells what was set, but for the kind of tracking. */
export function unregisterNapi(core: Core, ring: Ring, address: number, count: number): number {
  if (count !== 1) return -EINVAL;
  const { busyPolling } = ring;
  //= REG-49
  if (address !== 0 && !tell(core, address, busyPolling, 0)) return -EFAULT;
  busyPolling.microseconds = 0;
  busyPolling.preferred = false;
  busyPolling.tracking = IO_URING_NAPI_TRACKING_INACTIVE;
  return 0;
}

function tell(core: Core, address: number, now: BusyPolling, tracking: number): boolean {
  const view = new DataView(new ArrayBuffer(NAPI_SIZE));
  view.setUint32(NAPI_BUSY_POLL_TO, now.microseconds, true);
  view.setUint8(NAPI_PREFER_BUSY_POLL, now.preferred ? 1 : 0);
  view.setUint32(NAPI_OP_PARAM, tracking, true);
  return core.memory.write(address, new Uint8Array(view.buffer)) === NAPI_SIZE;
}

function set(polling: BusyPolling, asked: DataView, tracking: number): number {
  const known =
    tracking === IO_URING_NAPI_TRACKING_DYNAMIC || tracking === IO_URING_NAPI_TRACKING_STATIC;
  if (!known) return -EINVAL;
  //= REG-47
  polling.ids.clear();
  polling.tracking = tracking;
  //= REG-48
  polling.microseconds = Math.min(asked.getUint32(NAPI_BUSY_POLL_TO, true), LONGEST_POLL);
  polling.preferred = asked.getUint8(NAPI_PREFER_BUSY_POLL) !== 0;
  return 0;
}

//= REG-47
function add(polling: BusyPolling, id: number): number {
  if (polling.tracking !== IO_URING_NAPI_TRACKING_STATIC || id < FIRST_ID) return -EINVAL;
  if (polling.ids.has(id)) return -EEXIST;
  polling.ids.add(id);
  return 0;
}

function remove(polling: BusyPolling, id: number): number {
  if (polling.tracking !== IO_URING_NAPI_TRACKING_STATIC || id < FIRST_ID) return -EINVAL;
  return polling.ids.delete(id) ? 0 : -ENOENT;
}
