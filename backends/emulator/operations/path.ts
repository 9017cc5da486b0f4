/** Operations on paths: OPENAT, STATX, UNLINKAT, RENAMEAT, MKDIRAT. Paths are copied (SQ-5). */
import {
  AT_EMPTY_PATH,
  AT_REMOVEDIR,
  O_CLOEXEC,
  O_CREAT,
  O_DIRECTORY,
  O_TMPFILE,
  O_TRUNC,
  STATX__RESERVED,
} from "../../../spec/abi/linux.ts";
import { IOSQE_ASYNC, IOSQE_FIXED_FILE } from "../../../spec/abi/sqe.ts";
import { EBADF, EFAULT, EINVAL, EMFILE } from "../../../spec/errno.ts";
import { readPath } from "../access.ts";
import { type Core, type Operation, PLACE_EITHER } from "../core.ts";
import type { SqeReader } from "../sqe.ts";
import { NEVER_FAILS, type Request } from "../state.ts";
import { defineOperation } from "./define.ts";
import { installFile, lacksDescriptor } from "./file.ts";

const STATX_SIZE = 256;
const AT_STATX_SYNC_TYPE = 0x6000;
const NO_PATH = new Uint8Array(0);

/** FS-4. Inline where nothing has to be made or cut, and the path is in the cache. */
export const openat: Operation = defineOperation({
  name: "openat",
  placement: PLACE_EITHER,
  prepare(core, request, sqe) {
    if (sqe.bufIndex !== 0) return -EINVAL;
    if (request.bits & IOSQE_FIXED_FILE) return -EBADF;
    const error = takePath(core, request, sqe.addr, false);
    if (error < 0) return error;
    request.opFlags = sqe.opFlags;
    request.length = sqe.len;
    request.fileIndex = sqe.fileIndex;
    if (request.fileIndex !== 0 && request.opFlags & O_CLOEXEC) return -EINVAL;
    if (request.opFlags & (O_CREAT | O_TRUNC | (O_TMPFILE & ~O_DIRECTORY))) {
      request.bits |= IOSQE_ASYNC;
    }
    return 0;
  },
  execute(core, request) {
    const { fd, opFlags, length } = request;
    if (lacksDescriptor(core, request)) return -EMFILE;
    const file = core.files.open(fd, request.bytes ?? NO_PATH, opFlags, length);
    if (typeof file === "number") return file;
    return installFile(core, request, file, (opFlags & O_CLOEXEC) !== 0);
  },
});

/** FS-7. */
export const statx: Operation = defineOperation({
  name: "statx",
  direction: "kernel writes",
  poisons: true,
  prepare(core, request, sqe) {
    if (sqe.bufIndex !== 0 || sqe.fileIndex !== 0) return -EINVAL;
    if (request.bits & IOSQE_FIXED_FILE) return -EBADF;
    request.opFlags = sqe.opFlags;
    const error = takePath(core, request, sqe.addr, (request.opFlags & AT_EMPTY_PATH) !== 0);
    if (error < 0) return error;
    request.offset = sqe.len;
    request.address = sqe.addr2;
    request.length = STATX_SIZE;
    return runsOnWorker(request);
  },
  execute(core, request) {
    const mask = request.offset;
    const { opFlags } = request;
    if (mask >= STATX__RESERVED || (opFlags & AT_STATX_SYNC_TYPE) === AT_STATX_SYNC_TYPE) {
      return -EINVAL;
    }
    const into = new Uint8Array(STATX_SIZE);
    const result = core.files.statx(request.fd, request.bytes ?? NO_PATH, opFlags, mask, into);
    if (result < 0) return result;
    return core.memory.write(request.address, into) === STATX_SIZE ? 0 : -EFAULT;
  },
});

/** FS-9. */
export const unlinkat: Operation = defineOperation({
  name: "unlinkat",
  prepare(core, request, sqe) {
    if (sqe.off !== 0 || sqe.len !== 0 || sqe.bufIndex !== 0 || sqe.fileIndex !== 0) {
      return -EINVAL;
    }
    if (request.bits & IOSQE_FIXED_FILE) return -EBADF;
    request.opFlags = sqe.opFlags;
    if (request.opFlags & ~AT_REMOVEDIR) return -EINVAL;
    const error = takePath(core, request, sqe.addr, false);
    return error < 0 ? error : runsOnWorker(request);
  },
  execute(core, request) {
    return core.files.unlink(request.fd, request.bytes ?? NO_PATH, request.opFlags);
  },
});

/** FS-8. `len` is the new path's directory. */
export const renameat: Operation = defineOperation({
  name: "renameat",
  prepare(core, request, sqe) {
    if (sqe.bufIndex !== 0 || sqe.fileIndex !== 0) return -EINVAL;
    if (request.bits & IOSQE_FIXED_FILE) return -EBADF;
    request.offset = sqe.len | 0;
    request.opFlags = sqe.opFlags;
    const error = takePath(core, request, sqe.addr, false);
    if (error < 0) return error;
    const second = readPath(core.memory, sqe.addr2, false);
    if (typeof second === "number") return second;
    request.secondBytes = second;
    return runsOnWorker(request);
  },
  execute(core, request) {
    const from = request.bytes ?? NO_PATH;
    const to = request.secondBytes ?? NO_PATH;
    return core.files.rename(request.fd, from, request.offset, to, request.opFlags);
  },
});

/** FS-10. */
export const mkdirat: Operation = defineOperation({
  name: "mkdirat",
  prepare(core, request, sqe: SqeReader) {
    if (sqe.off !== 0 || sqe.opFlags !== 0 || sqe.bufIndex !== 0 || sqe.fileIndex !== 0) {
      return -EINVAL;
    }
    if (request.bits & IOSQE_FIXED_FILE) return -EBADF;
    request.length = sqe.len;
    const error = takePath(core, request, sqe.addr, false);
    return error < 0 ? error : runsOnWorker(request);
  },
  execute(core, request) {
    return core.files.mkdir(request.fd, request.bytes ?? NO_PATH, request.length);
  },
});

function takePath(core: Core, request: Request, address: number, mayBeEmpty: boolean): number {
  const path = readPath(core.memory, address, mayBeEmpty);
  if (typeof path === "number") return path;
  request.bytes = path;
  return 0;
}

/** These may sleep, so a worker runs them; and their errors do not break a chain (LINK-10). */
function runsOnWorker(request: Request): number {
  request.bits |= IOSQE_ASYNC;
  request.minimum = NEVER_FAILS;
  return 0;
}
