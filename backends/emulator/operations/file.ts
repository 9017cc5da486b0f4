/** FSYNC, FTRUNCATE and CLOSE. */
import {
  IORING_OP_ACCEPT,
  IORING_OP_OPENAT,
  IORING_OP_OPENAT2,
  IORING_OP_SOCKET,
} from "../../../spec/abi/opcodes.ts";
import { IORING_FSYNC_DATASYNC, IOSQE_ASYNC, IOSQE_FIXED_FILE } from "../../../spec/abi/sqe.ts";
import { EBADF, EINVAL } from "../../../spec/errno.ts";
import type { Core, Operation } from "../core.ts";
import { fileOrPlaceOf } from "../files/descriptors.ts";
import { adoptFilesOf } from "../issue/assign-file.ts";
import type { OpenFile } from "../host/host.ts";
import { releaseOnExit } from "../files/file-nodes.ts";
import { installDirect, removeDirect } from "../files/registered-files.ts";
import { BIT_EXECUTED, BIT_WORKER } from "../request-bits.ts";
import { PHASE_ARMED, PHASE_LATE } from "../request-phases.ts";
import { NEVER_FAILS, type Request } from "../state.ts";
import { defineOperation } from "./define.ts";

/** FS-1. Always runs on a worker. */
export const fsync: Operation = defineOperation({
  name: "fsync",
  needsFile: true,
  prepare(_core, request, sqe) {
    //= FS-16
    if (sqe.addr !== 0 || sqe.bufIndex !== 0 || sqe.fileIndex !== 0) return -EINVAL;
    request.opFlags = sqe.opFlags;
    if (request.opFlags & ~IORING_FSYNC_DATASYNC) return -EINVAL;
    request.offset = sqe.off;
    //= FS-17
    if (request.offset < 0) return -EINVAL;
    request.length = sqe.len;
    //= LINK-10
    request.minimum = NEVER_FAILS;
    request.bits |= IOSQE_ASYNC;
    return 0;
  },
  execute(_core, request) {
    const datasync = (request.opFlags & IORING_FSYNC_DATASYNC) !== 0;
    //= FS-1
    return request.file?.fsync(datasync, request.offset, request.length) ?? -EBADF;
  },
});

/** FS-3. Always runs on a worker. */
export const ftruncate: Operation = defineOperation({
  name: "ftruncate",
  needsFile: true,
  prepare(_core, request, sqe) {
    //= FS-23
    if (sqe.opFlags !== 0 || sqe.addr !== 0 || sqe.len !== 0) return -EINVAL;
    if (sqe.bufIndex !== 0 || sqe.fileIndex !== 0 || sqe.hasAddr3) return -EINVAL;
    request.offset = sqe.off;
    //= LINK-10
    request.minimum = NEVER_FAILS;
    request.bits |= IOSQE_ASYNC;
    return 0;
  },
  execute(_core, request) {
    //= FS-22
    if (request.offset < 0) return -EINVAL;
    //= FS-3
    return request.file?.truncate(request.offset) ?? -EBADF;
  },
});

/** FS-6, FILE-12. A request that has its file keeps it. */
export const close: Operation = defineOperation({
  name: "close",
  prepare(_core, request, sqe) {
    //= FS-32
    if (sqe.off !== 0 || sqe.addr !== 0 || sqe.len !== 0) return -EINVAL;
    if (sqe.opFlags !== 0 || sqe.bufIndex !== 0) return -EINVAL;
    //= ERR-20, FILE-42
    if (request.bits & IOSQE_FIXED_FILE) return -EBADF;
    request.fileIndex = sqe.fileIndex;
    //= FILE-41
    return request.fileIndex !== 0 && request.fd !== 0 ? -EINVAL : 0;
  },
  execute(core, request) {
    const { fileIndex } = request;
    //= FILE-12
    if (fileIndex !== 0) return removeDirect(core, request.ring, fileIndex - 1);
    const file = fileOrPlaceOf(core, request.fd);
    //= FILE-43
    if (file === undefined || file.kind === "ring") return -EBADF;
    adoptFilesOf(core, request.fd);
    file.retain();
    //= FS-6
    const result = core.files.close(request.fd);
    releaseOnExit(core, request.ring, file);
    return result;
  },
});

/**
 * Gives a new file its descriptor, or the slot that the request's `fileIndex` names. The file's
 * reference passes on, or is released on failure.
 *
 * @returns the descriptor; for a slot 0, or its number if it was picked; or -errno
 */
export function installFile(
  core: Core,
  request: Request,
  file: OpenFile,
  closeOnExec: boolean,
): number {
  const { ring, fileIndex } = request;
  //= FILE-8, FILE-38
  if (fileIndex !== 0) return installDirect(core, ring, file, fileIndex);
  //= ND-20
  const fd = core.files.install(file, closeOnExec, heldNumbers(core, request));
  if (fd < 0) file.release();
  return fd;
}

//= ND-20
/** How many of the lowest free descriptors workers hold, for one that the request makes. */
export function heldNumbers(core: Core, request: Request): number {
  return core.choices.heldNumbers(request, rivalsOf(core, request));
}

/** Linux takes the number for a new descriptor first, and keeps it while it makes the file. */
const MAKERS: ReadonlySet<number> = new Set([
  IORING_OP_OPENAT,
  IORING_OP_OPENAT2,
  IORING_OP_SOCKET,
  IORING_OP_ACCEPT,
]);

/** Requests on workers that may hold the number of a descriptor that they are about to make. */
function rivalsOf(core: Core, request: Request): number {
  let rivals = 0;
  for (const { live } of core.rings) {
    for (const other of live) if (other !== request && mayHoldNumber(other)) rivals += 1;
  }
  return rivals;
}

function mayHoldNumber({ opcode, fileIndex, bits, phase }: Request): boolean {
  if (
    (bits & (BIT_WORKER | BIT_EXECUTED)) !== BIT_WORKER ||
    fileIndex !== 0 ||
    !MAKERS.has(opcode)
  ) {
    return false;
  }
  return phase === PHASE_LATE || phase === PHASE_ARMED;
}

//= FILE-53, FILE-59
/** No number is free for the descriptor that the request makes: found before the file. */
export function lacksDescriptor(core: Core, request: Request): boolean {
  return request.fileIndex === 0 && core.files.isFull;
}
