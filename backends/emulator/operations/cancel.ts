/** ASYNC_CANCEL (CANCEL-1 to CANCEL-16). */
import {
  IORING_ASYNC_CANCEL_ALL,
  IORING_ASYNC_CANCEL_ANY,
  IORING_ASYNC_CANCEL_FD,
  IORING_ASYNC_CANCEL_FD_FIXED,
  IORING_ASYNC_CANCEL_OP,
  IORING_ASYNC_CANCEL_USERDATA,
  IOSQE_FIXED_FILE,
} from "../../../spec/abi/sqe.ts";
import { EBADF, EINVAL } from "../../../spec/errno.ts";
import { cancel } from "../cancel.ts";
import type { Core, Operation } from "../core.ts";
import type { OpenFile } from "../host.ts";
import { defineOperation } from "./define.ts";

/** Every flag that a cancellation may have, here and in REGISTER_SYNC_CANCEL. */
export const CANCEL_FLAGS: number =
  IORING_ASYNC_CANCEL_ALL |
  IORING_ASYNC_CANCEL_FD |
  IORING_ASYNC_CANCEL_ANY |
  IORING_ASYNC_CANCEL_FD_FIXED |
  IORING_ASYNC_CANCEL_USERDATA |
  IORING_ASYNC_CANCEL_OP;
const NOT_WITH_ANY = IORING_ASYNC_CANCEL_FD | IORING_ASYNC_CANCEL_OP;

export const asyncCancel: Operation = defineOperation({
  name: "cancel",
  prepare(_core, request, sqe) {
    if (sqe.offLow !== 0 || sqe.offHigh !== 0 || sqe.fileIndex !== 0) return -EINVAL;
    request.targetLow = sqe.addrLow;
    request.targetHigh = sqe.addrHigh;
    request.opFlags = sqe.opFlags;
    request.length = sqe.len;
    if (request.opFlags & ~CANCEL_FLAGS) return -EINVAL;
    const any = (request.opFlags & IORING_ASYNC_CANCEL_ANY) !== 0;
    return any && request.opFlags & NOT_WITH_ANY ? -EINVAL : 0;
  },
  execute(core, request) {
    const { opFlags } = request;
    const fixed = (request.bits & IOSQE_FIXED_FILE) !== 0;
    const file = fileToCancel(core, opFlags, request.fd, fixed);
    if (typeof file === "number") return file;
    return cancel(core, request.ring, {
      flags: opFlags,
      userDataLow: request.targetLow,
      userDataHigh: request.targetHigh,
      file,
      opcode: request.length,
    });
  },
});

/** The file that FD names, undefined without FD, or -EBADF: no fixed file exists (CANCEL-3). */
export function fileToCancel(
  core: Core,
  flags: number,
  fd: number,
  fixed: boolean,
): OpenFile | undefined | number {
  if ((flags & IORING_ASYNC_CANCEL_FD) === 0) return undefined;
  if (fixed || flags & IORING_ASYNC_CANCEL_FD_FIXED) return -EBADF;
  return core.files.get(fd) ?? -EBADF;
}
