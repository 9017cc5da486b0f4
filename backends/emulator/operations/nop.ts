/** NOP: nothing, with an injected result or an injected failure (NOP-1, NOP-2). */
import { IORING_NOP_INJECT_RESULT } from "../../../spec/abi/sqe.ts";
import { EBADF, EFAULT, EINVAL } from "../../../spec/errno.ts";
import { findBuffer } from "../registered-buffers.ts";
import { assignFile } from "../assign-file.ts";
import { type Operation } from "../core.ts";
import { defineOperation } from "./define.ts";

const NOP_FILE = 2;
const NOP_FIXED_FILE = 4;
const NOP_FIXED_BUFFER = 8;
const NOP_TASK_WORK = 16;
const VALID =
  IORING_NOP_INJECT_RESULT | NOP_FILE | NOP_FIXED_FILE | NOP_FIXED_BUFFER | NOP_TASK_WORK;

/** Completes with 0, or as its flags say. */
export const nop: Operation = defineOperation({
  name: "nop",
  prepare(core, request, sqe) {
    //= NOP-20
    request.opFlags = core.profile.behaves.nopHasFlags ? sqe.opFlags : 0;
    if (request.opFlags & ~VALID) return -EINVAL;
    request.bufferIndex = sqe.bufIndex;
    request.offset = request.opFlags & IORING_NOP_INJECT_RESULT ? sqe.len | 0 : 0;
    return 0;
  },
  execute(core, request) {
    const { opFlags } = request;
    // The op's own flags say whether its file is fixed; the SQE's flag is ignored (ERR-14).
    if (opFlags & NOP_FILE) {
      if (!assignFile(core, request, (opFlags & NOP_FIXED_FILE) !== 0)) return -EBADF;
    }
    if (opFlags & NOP_FIXED_BUFFER && findBuffer(request) === undefined) return -EFAULT;
    return request.offset;
  },
});
