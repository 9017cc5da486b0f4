/** REGISTER_SYNC_CANCEL: a cancellation that waits for its target. */
import {
  SYNC_CANCEL_ADDR,
  SYNC_CANCEL_FD,
  SYNC_CANCEL_FLAGS,
  SYNC_CANCEL_OPCODE,
  SYNC_CANCEL_PAD,
  SYNC_CANCEL_SIZE,
  SYNC_CANCEL_TIMEOUT_NSEC,
  SYNC_CANCEL_TIMEOUT_SEC,
} from "../../../spec/abi/register-structs.ts";
import { IORING_SETUP_DEFER_TASKRUN } from "../../../spec/abi/setup.ts";
import {
  IORING_ASYNC_CANCEL_ANY,
  IORING_ASYNC_CANCEL_FD,
  IORING_ASYNC_CANCEL_FD_FIXED,
  IORING_ASYNC_CANCEL_OP,
} from "../../../spec/abi/sqe.ts";
import { EALREADY, EBADF, EFAULT, EINVAL, ENOENT } from "../../../spec/errno.ts";
import { CANCEL_FLAGS } from "../../../spec/tables/sqe.ts";
import { readSigned, readStruct } from "../issue/access.ts";
import { cancel } from "../cancel/cancel-many.ts";
import type { CancelKey } from "../cancel/cancel.ts";
import type { Core } from "../core.ts";
import { fileOf } from "../files/descriptors.ts";
import type { OpenFile } from "../host/host.ts";
import type { Ring } from "../state.ts";
import { waitUntil } from "../enter/wait.ts";

const NANOSECONDS = 1_000_000_000;

/** Cancels (chapter SYNCCANCEL), and waits for a target that is past stopping. */
export function syncCancel(core: Core, ring: Ring, address: number, count: number): number {
  //= SYNCCANCEL-7
  if (address === 0 || count !== 1) return -EINVAL;
  const view = readStruct(core.memory, address, SYNC_CANCEL_SIZE);
  if (view === undefined) return -EFAULT;
  const flags = view.getUint32(SYNC_CANCEL_FLAGS, true);
  //= SYNCCANCEL-3
  if (flags & ~core.profile.known(CANCEL_FLAGS) || hasPadding(view)) return -EINVAL;
  const file = fileToCancel(core, ring, flags, view.getInt32(SYNC_CANCEL_FD, true));
  //= SYNCCANCEL-8
  if (typeof file === "number") return file;
  const key: CancelKey = {
    //= SYNCCANCEL-9
    flags: flags & IORING_ASYNC_CANCEL_ANY ? flags & ~IORING_ASYNC_CANCEL_OP : flags,
    userDataLow: view.getUint32(SYNC_CANCEL_ADDR, true),
    userDataHigh: view.getUint32(SYNC_CANCEL_ADDR + 4, true),
    file,
    opcode: view.getUint8(SYNC_CANCEL_OPCODE),
  };
  //= SYNCCANCEL-1, SYNCCANCEL-5, SYNCCANCEL-6
  const first = cancel(core, ring, key);
  return first === -EALREADY ? waitForTarget(core, ring, key, readTimeout(core, view)) : first;
}

/** The file that FD names, undefined without FD, or -EBADF (CANCEL-3). */
function fileToCancel(
  core: Core,
  ring: Ring,
  flags: number,
  fd: number,
): OpenFile | undefined | number {
  if ((flags & IORING_ASYNC_CANCEL_FD) === 0) return undefined;
  const fixed = (flags & IORING_ASYNC_CANCEL_FD_FIXED) !== 0;
  return (fixed ? ring.files?.get(fd)?.file : fileOf(core, fd)) ?? -EBADF;
}

function waitForTarget(
  core: Core,
  ring: Ring,
  key: CancelKey,
  deadline: number | undefined,
): number {
  let result = -EALREADY;
  //= SYNCCANCEL-4
  const deferred = (ring.flags & IORING_SETUP_DEFER_TASKRUN) !== 0;
  if (deferred && core.choices.missesEnd()) {
    return waitUntil(core, ring, deadline, () => false);
  }
  const ended = waitUntil(core, ring, deadline, () => {
    result = cancel(core, ring, key);
    return result !== -EALREADY;
  });
  //= SYNCCANCEL-2, SYNCCANCEL-11
  if (ended < 0) return ended;
  return result === -ENOENT ? 0 : result;
}

/** When to stop waiting; {-1, -1} is no limit (SYNCCANCEL-2). */
function readTimeout(core: Core, view: DataView): number | undefined {
  const seconds = readSigned(view, SYNC_CANCEL_TIMEOUT_SEC);
  const nanoseconds = readSigned(view, SYNC_CANCEL_TIMEOUT_NSEC);
  if (seconds === -1 && nanoseconds === -1) return undefined;
  return core.clock.monotonic() + seconds * NANOSECONDS + nanoseconds;
}

function hasPadding(view: DataView): boolean {
  for (let at = SYNC_CANCEL_PAD; at < SYNC_CANCEL_SIZE; at++) {
    if (view.getUint8(at) !== 0) return true;
  }
  return false;
}
