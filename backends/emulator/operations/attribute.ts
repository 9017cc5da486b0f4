/** The operations on extended attributes. Names, paths and values to set are copied (FS-59). */
import { XATTR_CREATE, XATTR_REPLACE } from "../../../spec/abi/linux.ts";
import { IOSQE_FIXED_FILE } from "../../../spec/abi/sqe.ts";
import { E2BIG, EBADF, EFAULT, EINVAL, ERANGE } from "../../../spec/errno.ts";
import type { Core, Operation } from "../core.ts";
import type { OpenFile } from "../host/host.ts";
import type { SqeReader } from "../submission/sqe.ts";
import type { Request } from "../state.ts";
import { defineOperation } from "./define.ts";
import { runsOnWorker, takePath } from "./path.ts";

const LONGEST_NAME = 255;
const LARGEST_VALUE = 65_536;
const NOTHING = new Uint8Array(0);

/** FS-15. */
export const fsetxattr: Operation = defineOperation({
  name: "fsetxattr",
  needsFile: true,
  prepare(core, request, sqe) {
    const error = prepareSet(core, request, sqe);
    return error < 0 ? error : runsOnWorker(request);
  },
  execute(core, request) {
    return request.file === undefined ? -EBADF : executeSet(core, request, request.file);
  },
});

/** FS-15. The path is at `addr3` and starts at the working directory. */
export const setxattr: Operation = defineOperation({
  name: "setxattr",
  prepare(core, request, sqe) {
    //= ERR-20, FS-67
    if (request.bits & IOSQE_FIXED_FILE) return -EBADF;
    const error = prepareSet(core, request, sqe);
    return error < 0 ? error : preparePath(core, request, sqe);
  },
  execute(core, request) {
    return executeSet(core, request, request.bytes ?? NOTHING);
  },
});

/** FS-58. */
export const fgetxattr: Operation = defineOperation({
  name: "fgetxattr",
  needsFile: true,
  direction: "kernel writes",
  prepare(core, request, sqe) {
    const error = prepareGet(core, request, sqe);
    return error < 0 ? error : runsOnWorker(request);
  },
  execute(core, request) {
    return request.file === undefined ? -EBADF : executeGet(core, request, request.file);
  },
});

/** FS-58. The path is at `addr3` and starts at the working directory. */
export const getxattr: Operation = defineOperation({
  name: "getxattr",
  direction: "kernel writes",
  prepare(core, request, sqe) {
    //= ERR-20, FS-67
    if (request.bits & IOSQE_FIXED_FILE) return -EBADF;
    const error = prepareGet(core, request, sqe);
    return error < 0 ? error : preparePath(core, request, sqe);
  },
  execute(core, request) {
    return executeGet(core, request, request.bytes ?? NOTHING);
  },
});

function preparePath(core: Core, request: Request, sqe: SqeReader): number {
  const error = takePath(core, request, sqe.addr3, false);
  return error < 0 ? error : runsOnWorker(request);
}

/** Copies the value: the program may change it as soon as it has submitted. */
function prepareSet(core: Core, request: Request, sqe: SqeReader): number {
  request.opFlags = sqe.opFlags;
  //= FS-15
  if (request.opFlags & ~(XATTR_CREATE | XATTR_REPLACE)) return -EINVAL;
  const error = takeName(core, request, sqe.addr);
  if (error < 0) return error;
  const size = sqe.len;
  //= FS-59
  if (size > LARGEST_VALUE) return -E2BIG;
  const value = new Uint8Array(size);
  request.detail = value;
  return core.memory.read(sqe.addr2, value) < size ? -EFAULT : 0;
}

function prepareGet(core: Core, request: Request, sqe: SqeReader): number {
  //= FS-58
  if (sqe.opFlags !== 0) return -EINVAL;
  request.address = sqe.addr2;
  request.length = sqe.len;
  return takeName(core, request, sqe.addr);
}

/** Copies a name of 1 to 255 bytes into `secondBytes`. */
function takeName(core: Core, request: Request, address: number): number {
  const bytes = new Uint8Array(LONGEST_NAME + 1);
  const got = core.memory.read(address, bytes);
  const end = bytes.subarray(0, got).indexOf(0);
  if (end < 0) return got < bytes.length ? -EFAULT : -ERANGE;
  if (end === 0) return -ERANGE;
  request.secondBytes = bytes.slice(0, end);
  return 0;
}

function executeSet(core: Core, request: Request, target: OpenFile | Uint8Array): number {
  const { secondBytes, detail, opFlags } = request;
  const value = detail instanceof Uint8Array ? detail : NOTHING;
  return core.files.setAttribute(target, secondBytes ?? NOTHING, value, opFlags);
}

function executeGet(core: Core, request: Request, target: OpenFile | Uint8Array): number {
  const { secondBytes, address, length } = request;
  const value = core.files.getAttribute(target, secondBytes ?? NOTHING);
  if (typeof value === "number") return value;
  if (length === 0 || value.length === 0) return value.length;
  if (value.length > length) return -ERANGE;
  return core.memory.write(address, value) < value.length ? -EFAULT : value.length;
}
