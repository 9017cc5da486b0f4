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
import { installDirect, removeDirect } from "../files/registered-files.ts";
import {
  BIT_EXECUTED,
  BIT_WORKER,
  NEVER_FAILS,
  PHASE_ARMED,
  PHASE_LATE,
  type Request,
} from "../state.ts";
import { defineOperation } from "./define.ts";

/** FS-1. Always runs on a worker. */
export const fsync: Operation = defineOperation({
  name: "fsync",
  needsFile: true,
  prepare(_core, request, sqe) {
    if (sqe.addr !== 0 || sqe.bufIndex !== 0 || sqe.fileIndex !== 0) return -EINVAL;
    request.opFlags = sqe.opFlags;
    if (request.opFlags & ~IORING_FSYNC_DATASYNC) return -EINVAL;
    request.offset = sqe.off;
    if (request.offset < 0) return -EINVAL;
    request.length = sqe.len;
    request.minimum = NEVER_FAILS;
    request.bits |= IOSQE_ASYNC;
    return 0;
  },
  execute(_core, request) {
    const datasync = (request.opFlags & IORING_FSYNC_DATASYNC) !== 0;
    return request.file?.fsync(datasync, request.offset, request.length) ?? -EBADF;
  },
});

/** FS-3. Always runs on a worker. */
export const ftruncate: Operation = defineOperation({
  name: "ftruncate",
  needsFile: true,
  prepare(_core, request, sqe) {
    if (sqe.opFlags !== 0 || sqe.addr !== 0 || sqe.len !== 0) return -EINVAL;
    if (sqe.bufIndex !== 0 || sqe.fileIndex !== 0 || sqe.hasAddr3) return -EINVAL;
    request.offset = sqe.off;
    request.minimum = NEVER_FAILS;
    request.bits |= IOSQE_ASYNC;
    return 0;
  },
  execute(_core, request) {
    if (request.offset < 0) return -EINVAL;
    return request.file?.truncate(request.offset) ?? -EBADF;
  },
});

/** FS-6, FILE-12. A request that has its file keeps it. */
export const close: Operation = defineOperation({
  name: "close",
  prepare(_core, request, sqe) {
    if (sqe.off !== 0 || sqe.addr !== 0 || sqe.len !== 0) return -EINVAL;
    if (sqe.opFlags !== 0 || sqe.bufIndex !== 0) return -EINVAL;
    if (request.bits & IOSQE_FIXED_FILE) return -EBADF;
    request.fileIndex = sqe.fileIndex;
    return request.fileIndex !== 0 && request.fd !== 0 ? -EINVAL : 0;
  },
  execute(core, request) {
    const { fileIndex } = request;
    if (fileIndex !== 0) return removeDirect(core, request.ring, fileIndex - 1);
    const file = fileOrPlaceOf(core, request.fd);
    if (file === undefined || file.kind === "ring") return -EBADF;
    adoptFilesOf(core, request.fd);
    keepUntilExit(core, file);
    return core.files.close(request.fd);
  },
});

/** The task lets go of the file on its way out of the call; a worker at once. */
function keepUntilExit(core: Core, file: OpenFile): void {
  if (core.onWorker || !core.inCall) return;
  file.retain();
  core.released.push(file);
}

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
  if (fileIndex !== 0) return installDirect(core, ring, file, fileIndex);
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

/** No number is free for the descriptor that the request makes: found before the file (FILE-53). */
export function lacksDescriptor(core: Core, request: Request): boolean {
  return request.fileIndex === 0 && core.files.isFull;
}
