/** ASYNC_CANCEL (chapter CANCEL). */
import {
  IORING_ASYNC_CANCEL_ALL,
  IORING_ASYNC_CANCEL_ANY,
  IORING_ASYNC_CANCEL_FD,
  IORING_ASYNC_CANCEL_FD_FIXED,
  IORING_ASYNC_CANCEL_OP,
  IOSQE_ASYNC,
  IOSQE_FIXED_FILE,
} from "../../../spec/abi/sqe.ts";
import { knownBits } from "../../../spec/constants.ts";
import { EALREADY, EBADF, EINVAL, ENOENT } from "../../../spec/errno.ts";
import { CANCEL_FLAGS } from "../../../spec/tables/sqe.ts";
import { assignFile } from "../issue/assign-file.ts";
import { cancel, cancelInSteps } from "../cancel/cancel-many.ts";
import { type CancelKey, matches } from "../cancel/cancel.ts";
import type { Core, Operation } from "../core.ts";
import { DEFAULT_KERNEL } from "../profile/profile.ts";
import { BIT_WORKER } from "../request-bits.ts";
import type { Request } from "../state.ts";
import { defineOperation } from "./define.ts";

/** What an older release lacks of these is refused earlier (`usesMissingBits`). */
const KNOWN_FLAGS: number = knownBits(CANCEL_FLAGS, DEFAULT_KERNEL);
const MATCHES_MANY = IORING_ASYNC_CANCEL_ALL | IORING_ASYNC_CANCEL_ANY;
const NOT_WITH_ANY = IORING_ASYNC_CANCEL_FD | IORING_ASYNC_CANCEL_OP;

/** Finds requests by user_data, file or opcode, and stops them. */
export const asyncCancel: Operation = defineOperation({
  name: "cancel",
  prepare(_core, request, sqe) {
    //= CANCEL-8
    if (sqe.offLow !== 0 || sqe.offHigh !== 0 || sqe.fileIndex !== 0) return -EINVAL;
    request.targetLow = sqe.addrLow;
    request.targetHigh = sqe.addrHigh;
    request.opFlags = sqe.opFlags;
    //= CANCEL-26
    request.length = sqe.len & 0xff;
    //= CANCEL-8
    if (request.opFlags & ~KNOWN_FLAGS) return -EINVAL;
    const any = (request.opFlags & IORING_ASYNC_CANCEL_ANY) !== 0;
    //= CANCEL-20
    return any && request.opFlags & NOT_WITH_ANY ? -EINVAL : 0;
  },
  execute(core, request) {
    const { opFlags } = request;
    //= CANCEL-3, CANCEL-18
    if (opFlags & IORING_ASYNC_CANCEL_FD && !assignTargetFile(core, request)) return -EBADF;
    const key: CancelKey = {
      flags: opFlags,
      userDataLow: request.targetLow,
      userDataHigh: request.targetHigh,
      file: request.file,
      opcode: request.length,
    };
    const inSteps = core.onWorker && core.meanwhile !== undefined;
    const result = inSteps ? cancelInSteps(core, request, key) : cancel(core, request.ring, key);
    return result === -ENOENT && findsItself(core, request, key) ? -EALREADY : result;
  },
});

/** On a worker a cancellation is itself work that runs, and may answer to its own key. */
function findsItself(core: Core, request: Request, key: CancelKey): boolean {
  if ((request.bits & BIT_WORKER) === 0 || key.flags & MATCHES_MANY) return false;
  if (!matches(request, key, key.file)) return false;
  if (core.onWorker || (request.bits & IOSQE_ASYNC) !== 0) return true;
  //= ND-31
  return core.choices.staysOnWorker(request);
}

/** The file that FD names becomes the cancellation's own (CANCEL-3). */
function assignTargetFile(core: Core, request: Request): boolean {
  //= CANCEL-17
  const fixed =
    (request.bits & IOSQE_FIXED_FILE) !== 0 ||
    (request.opFlags & IORING_ASYNC_CANCEL_FD_FIXED) !== 0;
  return assignFile(core, request, fixed);
}
