/** io_uring_register(2): PROBE, ENABLE_RINGS and SYNC_CANCEL; the rest is refused (REG-1). */
import {
  IO_URING_OP_SUPPORTED,
  IORING_REGISTER_ENABLE_RINGS,
  IORING_REGISTER_PROBE,
  IORING_REGISTER_SYNC_CANCEL,
} from "../../spec/abi/register.ts";
import {
  IORING_ASYNC_CANCEL_ANY,
  IORING_ASYNC_CANCEL_FD_FIXED,
  IORING_ASYNC_CANCEL_OP,
} from "../../spec/abi/sqe.ts";
import { EALREADY, EBADFD, EFAULT, EINVAL, ENOENT, ETIME } from "../../spec/errno.ts";
import { readSigned, readStruct } from "./access.ts";
import { cancel, type CancelKey } from "./cancel.ts";
import type { Core } from "./core.ts";
import { CANCEL_FLAGS, fileToCancel } from "./operations/cancel.ts";
import { ringOf } from "./ring-file.ts";
import type { Ring } from "./state.ts";
import { waitUntil } from "./wait.ts";

const PROBE_MAX = 256;
const PROBE_HEADER = 16;
const PROBE_ENTRY = 8;

const SYNC_CANCEL_SIZE = 64;
const SYNC_CANCEL_ADDR = 0;
const SYNC_CANCEL_FD = 8;
const SYNC_CANCEL_FLAGS = 12;
const SYNC_CANCEL_TIMEOUT = 16;
const SYNC_CANCEL_OPCODE = 32;
const SYNC_CANCEL_PADDING = 33;
const NANOSECONDS = 1_000_000_000;

/** The system call. Returns what the opcode gives, or -errno. */
export function register(
  core: Core,
  fd: number,
  opcode: number,
  argAddress: number,
  argCount: number,
): number {
  switch (opcode) {
    case IORING_REGISTER_PROBE:
    case IORING_REGISTER_ENABLE_RINGS:
    case IORING_REGISTER_SYNC_CANCEL:
      break;
    default:
      return -EINVAL;
  }
  if (fd === -1) return -EINVAL;
  const ring = ringOf(core.files.get(fd));
  if (typeof ring === "number") return ring;
  if (opcode === IORING_REGISTER_PROBE) return probe(core, argAddress, argCount);
  if (opcode === IORING_REGISTER_ENABLE_RINGS) return enableRings(ring, argAddress, argCount);
  return syncCancel(core, ring, argAddress, argCount);
}

/** REG-4. The opcodes that are modelled, and no others. */
function probe(core: Core, address: number, count: number): number {
  if (address === 0 || count > PROBE_MAX) return -EINVAL;
  const view = readStruct(core.memory, address, PROBE_HEADER + count * PROBE_ENTRY);
  if (view === undefined) return -EFAULT;
  const bytes = new Uint8Array(view.buffer);
  if (bytes.some((byte) => byte !== 0)) return -EINVAL;
  const listed = Math.min(count, core.operations.length);
  view.setUint8(0, core.operations.length - 1);
  view.setUint8(1, listed);
  for (let opcode = 0; opcode < listed; opcode++) {
    const at = PROBE_HEADER + opcode * PROBE_ENTRY;
    view.setUint8(at, opcode);
    const supported = core.operations[opcode] !== undefined;
    view.setUint16(at + 2, supported ? IO_URING_OP_SUPPORTED : 0, true);
  }
  return core.memory.write(address, bytes) === bytes.length ? 0 : -EFAULT;
}

/** REG-7. */
function enableRings(ring: Ring, address: number, count: number): number {
  if (address !== 0 || count !== 0) return -EINVAL;
  if (!ring.disabled) return -EBADFD;
  ring.disabled = false;
  return 0;
}

/** SYNCCANCEL-1 to -3: cancels, and waits for a target that is past stopping. */
function syncCancel(core: Core, ring: Ring, address: number, count: number): number {
  if (address === 0 || count !== 1) return -EINVAL;
  const view = readStruct(core.memory, address, SYNC_CANCEL_SIZE);
  if (view === undefined) return -EFAULT;
  const flags = view.getUint32(SYNC_CANCEL_FLAGS, true);
  if (flags & ~CANCEL_FLAGS || hasPadding(view)) return -EINVAL;
  const fixed = (flags & IORING_ASYNC_CANCEL_FD_FIXED) !== 0;
  const file = fileToCancel(core, flags, view.getInt32(SYNC_CANCEL_FD, true), fixed);
  if (typeof file === "number") return file;
  const key: CancelKey = {
    flags: flags & IORING_ASYNC_CANCEL_ANY ? flags & ~IORING_ASYNC_CANCEL_OP : flags,
    userDataLow: view.getUint32(SYNC_CANCEL_ADDR, true),
    userDataHigh: view.getUint32(SYNC_CANCEL_ADDR + 4, true),
    file,
    opcode: view.getUint8(SYNC_CANCEL_OPCODE),
  };
  const first = cancel(core, ring, key);
  return first === -EALREADY ? waitForTarget(core, ring, key, readTimeout(core, view)) : first;
}

function waitForTarget(
  core: Core,
  ring: Ring,
  key: CancelKey,
  deadline: number | undefined,
): number {
  let result = -EALREADY;
  const ended = waitUntil(core, ring, deadline, () => {
    result = cancel(core, ring, key);
    return result !== -EALREADY;
  });
  if (!ended) return -ETIME;
  return result === -ENOENT ? 0 : result;
}

/** When to stop waiting; {-1, -1} is no limit (SYNCCANCEL-2). */
function readTimeout(core: Core, view: DataView): number | undefined {
  const seconds = readSigned(view, SYNC_CANCEL_TIMEOUT);
  const nanoseconds = readSigned(view, SYNC_CANCEL_TIMEOUT + 8);
  if (seconds === -1 && nanoseconds === -1) return undefined;
  return core.clock.monotonic() + seconds * NANOSECONDS + nanoseconds;
}

function hasPadding(view: DataView): boolean {
  for (let at = SYNC_CANCEL_PADDING; at < SYNC_CANCEL_SIZE; at++) {
    if (view.getUint8(at) !== 0) return true;
  }
  return false;
}
