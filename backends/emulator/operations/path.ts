/** Operations on one path: STATX, UNLINKAT, MKDIRAT. Paths are copied (SQ-5). */
import { AT_EMPTY_PATH, AT_REMOVEDIR, STATX__RESERVED } from "../../../spec/abi/linux.ts";
import { IOSQE_ASYNC, IOSQE_FIXED_FILE } from "../../../spec/abi/sqe.ts";
import { EBADF, EFAULT, EINVAL } from "../../../spec/errno.ts";
import { readPath } from "../issue/access.ts";
import type { Core, Operation } from "../core.ts";
import type { SqeReader } from "../submission/sqe.ts";
import { NEVER_FAILS, type Request } from "../state.ts";
import { defineOperation } from "./define.ts";

const STATX_SIZE = 256;
const AT_STATX_SYNC_TYPE = 0x6000;
/** The path that `AT_EMPTY_PATH` takes for the descriptor itself. */
export const NO_PATH: Uint8Array = new Uint8Array(0);

/** FS-7. */
export const statx: Operation = defineOperation({
  name: "statx",
  direction: "kernel writes",
  poisons: true,
  prepare(core, request, sqe) {
    //= FS-36
    if (sqe.bufIndex !== 0 || sqe.fileIndex !== 0) return -EINVAL;
    //= ERR-20
    if (request.bits & IOSQE_FIXED_FILE) return -EBADF;
    request.opFlags = sqe.opFlags;
    //= FS-33, FS-35
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
    //= FS-34
    if (mask >= STATX__RESERVED || (opFlags & AT_STATX_SYNC_TYPE) === AT_STATX_SYNC_TYPE) {
      return -EINVAL;
    }
    const into = new Uint8Array(STATX_SIZE);
    //= FS-7
    const result = core.files.statx(request.fd, request.bytes ?? NO_PATH, opFlags, mask, into);
    if (result < 0) return result;
    //= FS-35
    return core.memory.write(request.address, into) === STATX_SIZE ? 0 : -EFAULT;
  },
});

/** FS-9. */
export const unlinkat: Operation = defineOperation({
  name: "unlinkat",
  prepare(core, request, sqe) {
    //= FS-61
    if (sqe.off !== 0 || sqe.len !== 0 || sqe.bufIndex !== 0 || sqe.fileIndex !== 0) {
      return -EINVAL;
    }
    //= ERR-20
    if (request.bits & IOSQE_FIXED_FILE) return -EBADF;
    request.opFlags = sqe.opFlags;
    //= FS-39
    if (request.opFlags & ~AT_REMOVEDIR) return -EINVAL;
    const error = takePath(core, request, sqe.addr, false);
    return error < 0 ? error : runsOnWorker(request);
  },
  execute(core, request) {
    //= FS-9
    return core.files.unlink(request.fd, request.bytes ?? NO_PATH, request.opFlags);
  },
});

/** FS-10. */
export const mkdirat: Operation = defineOperation({
  name: "mkdirat",
  prepare(core, request, sqe: SqeReader) {
    //= FS-44
    if (sqe.off !== 0 || sqe.opFlags !== 0 || sqe.bufIndex !== 0 || sqe.fileIndex !== 0) {
      return -EINVAL;
    }
    //= ERR-20
    if (request.bits & IOSQE_FIXED_FILE) return -EBADF;
    request.length = sqe.len;
    const error = takePath(core, request, sqe.addr, false);
    return error < 0 ? error : runsOnWorker(request);
  },
  execute(core, request) {
    //= FS-10
    return core.files.mkdir(request.fd, request.bytes ?? NO_PATH, request.length);
  },
});

//= SQ-5
/** Copies a path into `bytes`: 0, -EFAULT, -ENAMETOOLONG, or -ENOENT if it must not be empty. */
export function takePath(
  core: Core,
  request: Request,
  address: number,
  mayBeEmpty: boolean,
): number {
  const path = readPath(core.memory, address, mayBeEmpty);
  if (typeof path === "number") return path;
  request.bytes = path;
  return 0;
}

/** These may sleep, so a worker runs them; and their errors do not break a chain (LINK-10). */
export function runsOnWorker(request: Request): number {
  request.bits |= IOSQE_ASYNC;
  //= LINK-10, SKIP-7
  request.minimum = NEVER_FAILS;
  return 0;
}
