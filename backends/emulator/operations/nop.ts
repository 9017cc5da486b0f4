/** NOP: nothing, with what it can be told to look up, to wait for and to answer (chapter NOP). */
import { IORING_CQE_F_32 } from "../../../spec/abi/cqe.ts";
import { IORING_SETUP_CQE32, IORING_SETUP_CQE_MIXED } from "../../../spec/abi/setup.ts";
import {
  IORING_NOP_CQE32,
  IORING_NOP_FILE,
  IORING_NOP_FIXED_BUFFER,
  IORING_NOP_FIXED_FILE,
  IORING_NOP_INJECT_RESULT,
  IORING_NOP_TW,
  IOSQE_FIXED_FILE,
  SQE_OFF,
} from "../../../spec/abi/sqe.ts";
import { EBADF, EFAULT, EINVAL } from "../../../spec/errno.ts";
import { assignFile } from "../issue/assign-file.ts";
import { setResult } from "../completion/completion.ts";
import { type Core, type Operation, PENDING } from "../core.ts";
import { findBuffer } from "../buffers/registered-buffers.ts";
import { WORK_COMPLETE } from "../request-work.ts";
import type { Request } from "../state.ts";
import { queueWork } from "../tasks/work-queue.ts";
import { defineOperation } from "./define.ts";

/** `off` and `addr` lie side by side, as the two words of a big CQE do. */
const BIG_SIZE = 16;

/** Completes with 0, or as its flags say. */
export const nop: Operation = defineOperation({
  name: "nop",
  prepare(core, request, sqe) {
    //= NOP-20
    const flags = core.profile.behaves.nopHasFlags ? sqe.opFlags : 0;
    request.opFlags = flags;
    //= NOP-1
    if (flags & ~core.profile.nopFlags) return -EINVAL;
    //= NOP-4
    request.offset = flags & IORING_NOP_INJECT_RESULT ? sqe.len | 0 : 0;
    //= NOP-5
    if (flags & IORING_NOP_FIXED_FILE) request.bits |= IOSQE_FIXED_FILE;
    request.bufferIndex = sqe.bufIndex;
    if ((flags & IORING_NOP_CQE32) === 0) return 0;
    //= NOP-8
    if ((request.ring.flags & (IORING_SETUP_CQE32 | IORING_SETUP_CQE_MIXED)) === 0) return -EINVAL;
    //= NOP-8
    request.bytes = sqe.copy(SQE_OFF, BIG_SIZE);
    return 0;
  },
  execute(core, request) {
    const result = lookUp(core, request);
    if (request.opFlags & IORING_NOP_CQE32) {
      request.big = request.bytes;
      //= CQ-15
      if (request.ring.flags & IORING_SETUP_CQE_MIXED) request.cqeFlags = IORING_CQE_F_32;
    }
    //= NOP-7
    if ((request.opFlags & IORING_NOP_TW) === 0) return result;
    setResult(request, result);
    queueWork(core, request, WORK_COMPLETE);
    return PENDING;
  },
});

//= NOP-2
/** The injected result, or the error of the first thing that is not there. */
function lookUp(core: Core, request: Request): number {
  const { opFlags } = request;
  //= NOP-5
  if (opFlags & IORING_NOP_FILE && !assignFile(core, request)) return -EBADF;
  //= NOP-6, NOP-9
  if (opFlags & IORING_NOP_FIXED_BUFFER && findBuffer(request) === undefined) return -EFAULT;
  return request.offset;
}
