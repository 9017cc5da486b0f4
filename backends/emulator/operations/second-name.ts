/** LINKAT and SYMLINKAT. Paths are copied (FS-43). */
import { AT_EMPTY_PATH } from "../../../spec/abi/linux.ts";
import { IOSQE_FIXED_FILE } from "../../../spec/abi/sqe.ts";
import { EBADF, EINVAL } from "../../../spec/errno.ts";
import type { Operation } from "../core.ts";
import { defineOperation } from "./define.ts";
import { NO_PATH, runsOnWorker, takePath, takeSecondPath } from "./path.ts";

/** FS-41, FS-42. `len` is the new path's directory. */
export const linkat: Operation = defineOperation({
  name: "linkat",
  prepare(core, request, sqe) {
    if (sqe.bufIndex !== 0 || sqe.fileIndex !== 0) return -EINVAL;
    if (request.bits & IOSQE_FIXED_FILE) return -EBADF;
    request.offset = sqe.len | 0;
    request.opFlags = sqe.opFlags;
    const mayBeEmpty = (request.opFlags & AT_EMPTY_PATH) !== 0;
    const error = takePath(core, request, sqe.addr, mayBeEmpty);
    if (error < 0) return error;
    const second = takeSecondPath(core, request, sqe.addr2);
    return second < 0 ? second : runsOnWorker(request);
  },
  execute(core, request) {
    const from = request.bytes ?? NO_PATH;
    const to = request.secondBytes ?? NO_PATH;
    return core.files.link(request.fd, from, request.offset, to, request.opFlags);
  },
});

/** FS-40. `addr` is what the link says, `addr2` where it is. */
export const symlinkat: Operation = defineOperation({
  name: "symlinkat",
  prepare(core, request, sqe) {
    if (sqe.len !== 0 || sqe.opFlags !== 0 || sqe.bufIndex !== 0 || sqe.fileIndex !== 0) {
      return -EINVAL;
    }
    if (request.bits & IOSQE_FIXED_FILE) return -EBADF;
    const error = takePath(core, request, sqe.addr, false);
    if (error < 0) return error;
    const second = takeSecondPath(core, request, sqe.addr2);
    return second < 0 ? second : runsOnWorker(request);
  },
  execute(core, request) {
    const target = request.bytes ?? NO_PATH;
    return core.files.symlink(target, request.fd, request.secondBytes ?? NO_PATH);
  },
});
