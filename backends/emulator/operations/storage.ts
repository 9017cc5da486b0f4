/** SYNC_FILE_RANGE, FALLOCATE and FADVISE: calls on the storage of an open file. */
import {
  POSIX_FADV_NORMAL,
  POSIX_FADV_RANDOM,
  POSIX_FADV_SEQUENTIAL,
} from "../../../spec/abi/linux.ts";
import { IOSQE_ASYNC } from "../../../spec/abi/sqe.ts";
import { EBADF, EINVAL } from "../../../spec/errno.ts";
import type { Operation } from "../core.ts";
import { NEVER_FAILS } from "../state.ts";
import { defineOperation } from "./define.ts";

/** FS-13. Always runs on a worker. */
export const syncFileRange: Operation = defineOperation({
  name: "sync file range",
  needsFile: true,
  prepare(_core, request, sqe) {
    //= FS-13
    if (sqe.addr !== 0 || sqe.bufIndex !== 0 || sqe.fileIndex !== 0) return -EINVAL;
    request.offset = sqe.off;
    request.length = sqe.len;
    request.opFlags = sqe.opFlags;
    //= LINK-10
    request.minimum = NEVER_FAILS;
    request.bits |= IOSQE_ASYNC;
    return 0;
  },
  execute(core, { file, offset, length, opFlags }) {
    return file === undefined ? -EBADF : core.files.syncRange(file, offset, length, opFlags);
  },
});

/** FS-2, FS-19 to -21. Always runs on a worker. `addr` is the length, `len` the mode. */
export const fallocate: Operation = defineOperation({
  name: "fallocate",
  needsFile: true,
  prepare(_core, request, sqe) {
    //= FS-21
    if (sqe.bufIndex !== 0 || sqe.opFlags !== 0 || sqe.fileIndex !== 0) return -EINVAL;
    request.offset = sqe.off;
    //= FS-2
    request.length = sqe.signedAddr;
    request.opFlags = sqe.len;
    //= LINK-10
    request.minimum = NEVER_FAILS;
    request.bits |= IOSQE_ASYNC;
    return 0;
  },
  execute(core, { file, offset, length, opFlags }) {
    return file === undefined ? -EBADF : core.files.allocate(file, opFlags, offset, length);
  },
});

/** FS-51. Advice that costs nothing is given at once. */
export const fadvise: Operation = defineOperation({
  name: "fadvise",
  needsFile: true,
  prepare(_core, request, sqe) {
    if (sqe.bufIndex !== 0 || sqe.fileIndex !== 0) return -EINVAL;
    request.offset = sqe.off;
    //= FS-51
    request.length = sqe.signedAddr === 0 ? sqe.len : sqe.signedAddr;
    request.opFlags = sqe.opFlags;
    if (!isCheap(request.opFlags)) request.bits |= IOSQE_ASYNC;
    return 0;
  },
  execute(core, { file, offset, length, opFlags }) {
    return file === undefined ? -EBADF : core.files.advise(file, offset, length, opFlags);
  },
});

function isCheap(advice: number): boolean {
  return (
    advice === POSIX_FADV_NORMAL || advice === POSIX_FADV_RANDOM || advice === POSIX_FADV_SEQUENTIAL
  );
}
