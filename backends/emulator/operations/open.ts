/**
 * OPENAT and OPENAT2.
 *
 * OPENAT forgives what it does not know: its flags and mode become a `struct open_how` that holds
 * only what is known (FS-27). OPENAT2 brings its own, which is checked when the request runs
 * (FS-29).
 */
import {
  O_ACCMODE,
  O_CLOEXEC,
  O_CREAT,
  O_DIRECTORY,
  O_NOFOLLOW,
  O_NONBLOCK,
  O_PATH,
  O_RDONLY,
  O_TMPFILE,
  O_TRUNC,
  POLLIN,
  RESOLVE_BENEATH,
  RESOLVE_CACHED,
  RESOLVE_IN_ROOT,
} from "../../../spec/abi/linux.ts";
import {
  OPEN_HOW_FLAGS,
  OPEN_HOW_MODE,
  OPEN_HOW_RESOLVE,
  OPEN_HOW_SIZE,
} from "../../../spec/abi/linux-structs.ts";
import { IOSQE_ASYNC, IOSQE_FIXED_FILE } from "../../../spec/abi/sqe.ts";
import { E2BIG, EAGAIN, EBADF, EFAULT, EINVAL, EMFILE, ENXIO } from "../../../spec/errno.ts";
import { inUserSpace, readStruct } from "../issue/access.ts";
import { type Core, type Operation, PENDING, PLACEMENT_EITHER } from "../core.ts";
import type { OpenFile } from "../host/host.ts";
import { armOn } from "../issue/arming.ts";
import type { SqeReader } from "../submission/sqe.ts";
import { BIT_BLOCKING, BIT_WORKER } from "../request-bits.ts";
import type { Request } from "../state.ts";
import { defineOperation, ERESTARTSYS } from "./define.ts";
import { installFile, lacksDescriptor } from "./file.ts";
import { NO_PATH, takePath } from "./path.ts";

/** Every O_* that open(2) knows, by bits. */
const KNOWN_FLAGS = 0x7fffc3;
const PATH_FLAGS = O_DIRECTORY | O_NOFOLLOW | O_PATH | O_CLOEXEC;
/** The bit that O_TMPFILE has beside O_DIRECTORY. */
const TMPFILE_BIT = O_TMPFILE & ~O_DIRECTORY;
const CHANGES_SOMETHING = O_CREAT | O_TRUNC | TMPFILE_BIT;
const KNOWN_MODE = 0o7777;
const KNOWN_RESOLVE = 0x3f;
const CHUNK = 4096;
/** Stands for 64-bit words that hold more than is known: of flags, mode or resolve. */
const UNKNOWN = -1;

/** FS-4. Inline where nothing has to be made or cut, and the path is in the cache. */
export const openat: Operation = defineOperation({
  name: "openat",
  placement: PLACEMENT_EITHER,
  prepare(core, request, sqe) {
    //= FS-27
    const flags = sqe.opFlags & KNOWN_FLAGS;
    request.opFlags = flags & O_PATH ? flags & PATH_FLAGS : flags;
    request.length = request.opFlags & (O_CREAT | TMPFILE_BIT) ? sqe.len & KNOWN_MODE : 0;
    request.offset = 0;
    return prepareOpen(core, request, sqe);
  },
  execute: executeOpen,
  interrupted: -ERESTARTSYS,
});

/** FS-5, FS-28 to -31. `off` is the address of the `struct open_how`, `len` its size. */
export const openat2: Operation = defineOperation({
  name: "openat2",
  placement: PLACEMENT_EITHER,
  prepare(core, request, sqe) {
    const error = readHow(core, request, sqe.addr2, sqe.len);
    return error < 0 ? error : prepareOpen(core, request, sqe);
  },
  execute: executeOpen,
  interrupted: -ERESTARTSYS,
});

function prepareOpen(core: Core, request: Request, sqe: SqeReader): number {
  //= FS-26
  if (sqe.bufIndex !== 0) return -EINVAL;
  //= ERR-20
  if (request.bits & IOSQE_FIXED_FILE) return -EBADF;
  //= FS-25
  const error = takePath(core, request, sqe.addr, false);
  if (error < 0) return error;
  request.fileIndex = sqe.fileIndex;
  //= FILE-11
  if (request.fileIndex !== 0 && request.opFlags & O_CLOEXEC) return -EINVAL;
  if (request.opFlags & CHANGES_SOMETHING) request.bits |= IOSQE_ASYNC;
  return 0;
}

/** Takes flags (`opFlags`), mode (`length`) and resolve (`offset`). */
function readHow(core: Core, request: Request, address: number, size: number): number {
  //= FS-5
  if (size < OPEN_HOW_SIZE) return -EINVAL;
  //= FS-28
  // What lies behind the known part is looked at first.
  const error = checkZeroed(core, address + OPEN_HOW_SIZE, size - OPEN_HOW_SIZE);
  if (error < 0) return error;
  const view = readStruct(core.memory, address, OPEN_HOW_SIZE);
  if (view === undefined) return -EFAULT;
  request.opFlags = view.getUint32(OPEN_HOW_FLAGS, true);
  const known = view.getUint32(OPEN_HOW_FLAGS + 4, true) === 0;
  request.length = knownWord(view, OPEN_HOW_MODE, KNOWN_MODE);
  request.offset = known ? knownWord(view, OPEN_HOW_RESOLVE, KNOWN_RESOLVE) : UNKNOWN;
  return 0;
}

/** -E2BIG where something is not zero, -EFAULT where it cannot be read, whichever is first. */
function checkZeroed(core: Core, address: number, byteLength: number): number {
  if (!inUserSpace(address, byteLength)) return -EFAULT;
  const bytes = new Uint8Array(Math.min(byteLength, CHUNK));
  for (let done = 0; done < byteLength; done += CHUNK) {
    const part = bytes.subarray(0, byteLength - done);
    const got = core.memory.read(address + done, part);
    if (part.subarray(0, got).some((byte) => byte !== 0)) return -E2BIG;
    if (got < part.length) return -EFAULT;
  }
  return 0;
}

function knownWord(view: DataView, offset: number, known: number): number {
  const low = view.getUint32(offset, true);
  const high = view.getUint32(offset + 4, true);
  return high !== 0 || (low & ~known) !== 0 ? UNKNOWN : low;
}

function executeOpen(core: Core, request: Request): number {
  const { fd, opFlags, length, offset } = request;
  if (request.file !== undefined) return installEnd(core, request, request.file);
  const refused = checkHow(opFlags, length, offset);
  if (refused < 0) return refused;
  //= FILE-53, FILE-59
  if (lacksDescriptor(core, request)) return -EMFILE;
  //= FS-31
  if (offset & RESOLVE_CACHED && !core.choices.isCached(request)) return -EAGAIN;
  //= FS-4
  const file = core.files.open(fd, request.bytes ?? NO_PATH, opFlags, length, offset);
  if (typeof file === "number") return file;
  const waits = file.partner !== undefined && (opFlags & O_NONBLOCK) === 0;
  if (waits) return openEnd(core, request, file, file.partner);
  return installFile(core, request, file, (opFlags & O_CLOEXEC) !== 0);
}

//= FS-78, FS-79
/** The first end of a FIFO: waits for the other in a worker, and nowhere else. */
function openEnd(core: Core, request: Request, file: OpenFile, partner: OpenFile): number {
  request.file = file;
  if (request.bits & BIT_WORKER) {
    request.bits |= BIT_BLOCKING;
    armOn(core, request, partner, POLLIN);
    return PENDING;
  }
  if ((request.opFlags & O_ACCMODE) === O_RDONLY) return installEnd(core, request, file);
  request.file = undefined;
  file.release();
  return -ENXIO;
}

/** Gives an end of a FIFO, which the request has held, its descriptor. */
function installEnd(core: Core, request: Request, file: OpenFile): number {
  request.file = undefined;
  return installFile(core, request, file, (request.opFlags & O_CLOEXEC) !== 0);
}

//= FS-29
/** The checks of openat2(2), in its order. What OPENAT makes up passes all but two of them. */
function checkHow(flags: number, mode: number, resolve: number): number {
  if (flags & ~KNOWN_FLAGS || resolve === UNKNOWN) return -EINVAL;
  if (resolve & RESOLVE_BENEATH && resolve & RESOLVE_IN_ROOT) return -EINVAL;
  const creates = (flags & (O_CREAT | TMPFILE_BIT)) !== 0;
  if (creates ? mode === UNKNOWN : mode !== 0) return -EINVAL;
  if (flags & O_DIRECTORY && flags & O_CREAT) return -EINVAL;
  if (flags & TMPFILE_BIT) {
    if ((flags & O_DIRECTORY) === 0 || (flags & O_ACCMODE) === O_RDONLY) return -EINVAL;
  }
  if (flags & O_PATH && flags & ~PATH_FLAGS) return -EINVAL;
  //= FS-31
  return resolve & RESOLVE_CACHED && flags & CHANGES_SOMETHING ? -EAGAIN : 0;
}
