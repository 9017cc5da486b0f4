/**
 * What Linux looks at before it asks a file to read or write: how it was opened, the rw_flags,
 * metadata, the range (RW-4, RW-5, RW-14, RW-20, RW-40 to -42).
 */
import {
  O_ACCMODE,
  O_APPEND,
  O_PATH,
  O_RDONLY,
  O_WRONLY,
  RWF_APPEND,
  RWF_ATOMIC,
  RWF_DONTCACHE,
  RWF_HIPRI,
  RWF_NOAPPEND,
  RWF_NOWAIT,
} from "../../../spec/abi/linux.ts";
import { IORING_FEAT_RW_ATTR, IORING_SETUP_IOPOLL } from "../../../spec/abi/setup.ts";
import { IORING_RW_ATTR_FLAG_PI } from "../../../spec/abi/sqe.ts";
import { EBADF, EFAULT, EINVAL, EOPNOTSUPP } from "../../../spec/errno.ts";
import { inUserSpace, readSigned, readStruct, readUnsigned } from "../issue/access.ts";
import type { Core } from "../core.ts";
import type { OpenFile } from "../host/host.ts";
import { runsOnWorker } from "../issue/worker-choice.ts";
import type { SqeReader } from "../submission/sqe.ts";
import { BIT_METADATA, BIT_NOWAIT } from "../request-bits.ts";
import type { Request } from "../state.ts";

const BOTH_APPENDS = RWF_APPEND | RWF_NOAPPEND;
/** No position or length is greater. */
const LARGEST = 2 ** 63;

// `struct io_uring_attr_pi`.
const PI_SIZE = 32;
const PI_LENGTH = 4;
const PI_ADDRESS = 8;
const PI_RESERVED = 24;

/**
 * Takes the attributes of a read or write, which can only be protection information (RW-25).
 *
 * @returns 0, -EINVAL or -EFAULT
 */
export function takeAttributes(core: Core, request: Request, sqe: SqeReader): number {
  const types = sqe.pad2;
  if (types === 0 || (core.profile.features & IORING_FEAT_RW_ATTR) === 0) return 0;
  //= RW-25
  if (types !== IORING_RW_ATTR_FLAG_PI) return -EINVAL;
  const view = readStruct(core.memory, sqe.addr3, PI_SIZE);
  if (view === undefined) return -EFAULT;
  //= RW-41
  if (readSigned(view, PI_RESERVED) !== 0) return -EINVAL;
  const address = readUnsigned(view, PI_ADDRESS);
  if (!inUserSpace(address, view.getUint32(PI_LENGTH, true))) return -EFAULT;
  request.bits |= BIT_METADATA;
  return 0;
}

/** Access mode and flags, in the order of Linux. 0 or -errno. */
export function checkFlags(core: Core, request: Request, file: OpenFile, writes: boolean): number {
  const wrongMode = writes ? O_RDONLY : O_WRONLY;
  const mode = file.flags & O_ACCMODE;
  //= RW-4
  if (mode === wrongMode || mode === O_ACCMODE || file.flags & O_PATH) return -EBADF;
  const { opFlags } = request;
  //= RW-5
  if (opFlags & ~core.profile.rwFlags) return -EOPNOTSUPP;
  //= RW-20
  if ((opFlags & BOTH_APPENDS) === BOTH_APPENDS) return -EINVAL;
  //= RW-55
  if (opFlags & RWF_NOWAIT && mayBlock(file)) return -EOPNOTSUPP;
  //= RW-40
  // No file here writes more than a byte at once.
  if (opFlags & RWF_ATOMIC) return -EOPNOTSUPP;
  if (opFlags & RWF_DONTCACHE && file.kind !== "regular") return -EOPNOTSUPP;
  //= SETUP-34, SETUP-35
  // No file here can be polled for.
  if (request.ring.flags & IORING_SETUP_IOPOLL) return -EOPNOTSUPP;
  //= RW-21
  if (opFlags & RWF_HIPRI) return -EINVAL;
  //= RW-41
  // No file here keeps metadata.
  return request.bits & BIT_METADATA ? -EINVAL : 0;
}

/** The range of a transfer. 0, or -EINVAL for a position below -1 or an end beyond the largest. */
export function checkRange({ offset, length }: Request): number {
  //= RW-14
  if (offset < -1) return -EINVAL;
  //= RW-42
  return length > 0 && offset + length >= LARGEST ? -EINVAL : 0;
}

//= RW-27
/**
 * RWF_NOWAIT on a regular file: whether Linux says EAGAIN instead of trying (RW-27). A read finds
 * its pages in the cache, or does not; a write is refused by most file systems.
 */
export function wouldBlock(core: Core, request: Request, file: OpenFile, writes: boolean): boolean {
  if ((request.bits & BIT_NOWAIT) === 0 || file.kind !== "regular") return false;
  if (runsOnWorker(core, request)) return false;
  return core.choices.isCached(request) === writes;
}

//= RW-10
/** Whether a write goes to the end of the file. */
export function appends(request: Request, file: OpenFile): boolean {
  if (request.opFlags & RWF_NOAPPEND) return false;
  return ((file.flags & O_APPEND) | (request.opFlags & RWF_APPEND)) !== 0;
}

/** Files that never promise not to block: RWF_NOWAIT means nothing to them. */
function mayBlock(file: OpenFile): boolean {
  return file.kind === "directory" || file.kind === "ring" || file.epoll !== undefined;
}
