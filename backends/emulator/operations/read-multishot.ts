/**
 * READ_MULTISHOT: a read that picks a buffer for every piece of data that comes (BUF-20, MSHOT-5,
 * MSHOT-6).
 */
import { IORING_CQE_F_MORE } from "../../../spec/abi/cqe.ts";
import { IOSQE_BUFFER_SELECT } from "../../../spec/abi/sqe.ts";
import { EAGAIN, EBADF, EBADFD, EINVAL } from "../../../spec/errno.ts";
import { putBuffers, recycleBuffer } from "../buffers/select.ts";
import { postShot } from "../completion/completion.ts";
import { type Core, LOOK_AGAIN, type Operation } from "../core.ts";
import { BIT_MULTISHOT } from "../request-bits.ts";
import type { Request } from "../state.ts";
import { defineOperation } from "./define.ts";
import { prepareCommon, readSelected, sides } from "./read-write.ts";

/** Reads whenever there is something, until the end of the file or an error. */
export const readMultishot: Operation = defineOperation({
  name: "read multishot",
  ...sides("read"),
  takesIoprio: false,
  prepare(core, request, sqe) {
    //= MSHOT-5
    if ((request.bits & IOSQE_BUFFER_SELECT) === 0) return -EINVAL;
    const error = prepareCommon(core, request, sqe);
    if (error < 0) return error;
    if (sqe.addr !== 0 || sqe.len !== 0) return -EINVAL;
    request.minimum = 0;
    request.bits |= BIT_MULTISHOT;
    return 0;
  },
  execute(core, request) {
    const { file } = request;
    if (file === undefined) return -EBADF;
    //= MSHOT-6
    if (!file.pollable) return -EBADFD;
    const result = readSelected(core, request, file);
    if (result === -EAGAIN) {
      // The next buffer may be longer than this one.
      if (recycleBuffer(request)) request.length = 0;
      return result;
    }
    return result <= 0 ? end(request, result) : postRead(core, request, result);
  },
});

//= MSHOT-11, MSHOT-31
/** The last CQE names no buffer, given back or not. */
function end(request: Request, result: number): number {
  recycleBuffer(request);
  request.buffers = 0;
  return result;
}

//= BUF-20
function postRead(core: Core, request: Request, result: number): number {
  const flags = putBuffers(request, result);
  if (request.bits & BIT_MULTISHOT) {
    request.length = 0;
    if (postShot(core, request, result, flags | IORING_CQE_F_MORE)) return LOOK_AGAIN;
  }
  request.cqeFlags = flags;
  return result;
}
