/**
 * READ, WRITE, READV and WRITEV.
 *
 * A result other than the length asked for breaks a soft chain, end of file included (LINK-7).
 */
import { IOVEC_SIZE } from "../../../spec/abi/linux-structs.ts";
import {
  IOPRIO_CLASS_IDLE,
  IOPRIO_CLASS_NONE,
  IOPRIO_CLASS_RT,
  IOPRIO_CLASS_SHIFT,
  O_NONBLOCK,
  POLLIN,
  POLLOUT,
  POLLRDNORM,
  POLLWRNORM,
  RWF_DSYNC,
  RWF_NOSIGNAL,
  RWF_NOWAIT,
  RWF_SYNC,
  SIGPIPE,
} from "../../../spec/abi/linux.ts";
import { IOSQE_BUFFER_SELECT } from "../../../spec/abi/sqe.ts";
import { EAGAIN, EBADF, EFAULT, EINVAL, EPERM, EPIPE } from "../../../spec/errno.ts";
import {
  checkAddress,
  inUserSpace,
  MAX_TRANSFER,
  readStruct,
  readVectors,
} from "../issue/access.ts";
import { putBuffers, recycleBuffer, selectBuffer, UNCOMMITTED } from "../buffers/select.ts";
import { completeAsWork, setResult } from "../completion/completion.ts";
import { type Core, type Operation, PENDING, PLACEMENT_EITHER } from "../core.ts";
import type { OpenFile } from "../host/host.ts";
import type { SqeReader } from "../submission/sqe.ts";
import { BIT_BLOCKING, BIT_NOWAIT, BIT_POLLED, BIT_WORKER } from "../request-bits.ts";
import type { Request } from "../state.ts";
import { defineOperation } from "./define.ts";
import { blocksWorker } from "../issue/worker-choice.ts";
import { appends, checkFlags, checkRange, takeAttributes, wouldBlock } from "./rw-flags.ts";

/** A pipe takes so many bytes in one piece or not at all. */
const PIPE_ATOMIC = 4096;
const NEVER_SPLITS = Number.POSITIVE_INFINITY;
const VECTOR_LENGTH = 8;
const IOPRIO_LEVEL_MASK = 7;

/** One buffer, at a position or the file's own. */
export const read: Operation = defineOperation({
  name: "read",
  ...sides("read"),
  prepare: prepareSingle,
  execute: executeRead,
});

/** As READ, into several ranges. */
export const readv: Operation = defineOperation({
  name: "readv",
  ...sides("read"),
  prepare: prepareVectors,
  execute: executeRead,
});

/** One buffer, at a position or the file's own. */
export const write: Operation = defineOperation({
  name: "write",
  ...sides("write"),
  prepare: prepareSingle,
  execute: executeWrite,
});

/** As WRITE, out of several ranges. */
export const writev: Operation = defineOperation({
  name: "writev",
  ...sides("write"),
  prepare: prepareVectors,
  execute: executeWrite,
});

/** What the operations that read, or those that write, have in common. */
export function sides(side: "read" | "write"): Partial<Operation> {
  const reads = side === "read";
  return {
    ...(reads ? { select: (request: Request) => selectBuffer(request, request.length) } : {}),
    needsFile: true,
    takesIoprio: true,
    takesBufferSelect: reads,
    placement: PLACEMENT_EITHER,
    waitEvents: reads ? POLLIN | POLLRDNORM : POLLOUT | POLLWRNORM,
    direction: reads ? "kernel writes" : "kernel reads",
    poisons: reads,
  };
}

function prepareSingle(core: Core, request: Request, sqe: SqeReader): number {
  const error = prepareCommon(core, request, sqe);
  if (error < 0) return error;
  request.address = sqe.addr;
  //= RW-17, LINK-7
  request.minimum = Math.min(sqe.len, MAX_TRANSFER);
  //= BUF-72
  // A buffer is picked, and may be used up, before the transfer is cut to what is possible.
  const selects = (request.bits & IOSQE_BUFFER_SELECT) !== 0;
  request.length = selects ? sqe.len : request.minimum;
  if (selects) return 0;
  return checkAddress(core.profile, request.address, request.length);
}

function prepareVectors(core: Core, request: Request, sqe: SqeReader): number {
  const error = prepareCommon(core, request, sqe);
  if (error < 0) return error;
  if (request.bits & IOSQE_BUFFER_SELECT) return prepareSelectedVector(core, request, sqe);
  //= RW-32
  const vectors = readVectors(core.memory, sqe.addr, sqe.len);
  if (typeof vectors === "number") return vectors;
  let total = 0;
  for (let i = 1; i < vectors.length; i += 2) total += vectors[i] ?? 0;
  request.vectors = vectors;
  request.length = total;
  request.minimum = total;
  return 0;
}

//= BUF-7
/** The one vector of a READV that selects: only its length counts, as 32 bits. */
function prepareSelectedVector(core: Core, request: Request, sqe: SqeReader): number {
  if (sqe.len !== 1) return -EINVAL;
  const vector = readStruct(core.memory, sqe.addr, IOVEC_SIZE);
  if (vector === undefined) return -EFAULT;
  request.length = vector.getUint32(VECTOR_LENGTH, true);
  return 0;
}

/** The part of the preparation that every read and write has. 0 or -errno. */
export function prepareCommon(core: Core, request: Request, sqe: SqeReader): number {
  request.offset = sqe.off;
  request.opFlags = sqe.opFlags;
  if (request.ioprio !== 0) {
    const error = checkPriority(core, request.ioprio);
    if (error < 0) return error;
  }
  //= RW-26
  if (request.opFlags & RWF_NOWAIT) request.bits |= BIT_NOWAIT;
  return takeAttributes(core, request, sqe);
}

//= RW-23, RW-24
/** A class of 1 to 3 and a level, or 0; the first class is for the privileged. */
function checkPriority(core: Core, ioprio: number): number {
  const priorityClass = ioprio >> IOPRIO_CLASS_SHIFT;
  if (priorityClass === IOPRIO_CLASS_NONE) return ioprio & IOPRIO_LEVEL_MASK ? -EINVAL : 0;
  if (priorityClass > IOPRIO_CLASS_IDLE) return -EINVAL;
  if (priorityClass !== IOPRIO_CLASS_RT) return 0;
  return core.capable("CAP_SYS_ADMIN") || core.capable("CAP_SYS_NICE") ? 0 : -EPERM;
}

/** Reads into the memory of the request. */
export function executeRead(core: Core, request: Request): number {
  const { file } = request;
  if (file === undefined) return -EBADF;
  if ((request.bits & IOSQE_BUFFER_SELECT) === 0) return readFrom(core, request, file);
  const result = readSelected(core, request, file);
  request.minimum = Math.min(request.length, MAX_TRANSFER);
  //= BUF-42
  if (result >= 0) request.cqeFlags = putBuffers(request, result);
  //= BUF-17
  else if (request.buffers & UNCOMMITTED) recycleBuffer(request);
  return result;
}

/** Picks a buffer, unless the request holds one, and reads into it. */
export function readSelected(core: Core, request: Request, file: OpenFile): number {
  //= BUF-35
  const error = selectBuffer(request, request.length);
  if (error < 0) return error;
  if (!inUserSpace(request.address, request.length)) return -EFAULT;
  return readFrom(core, request, file);
}

function readFrom(core: Core, request: Request, file: OpenFile): number {
  const error = checkFlags(core, request, file, false);
  if (error < 0) return error;
  //= RW-19
  // A ring refuses reads, but is asked for its data first, and may have none.
  if (isAskedFirst(file) && (file.poll() & POLLIN) === 0) return -EAGAIN;
  const outside = checkRange(request);
  if (outside < 0 || (request.length === 0 && file.kind === "directory")) return outside;
  if (wouldBlock(core, request, file, false)) return -EAGAIN;
  const { transfer } = core;
  findPosition(core, request, file);
  transfer.begin(request, isStream(file) ? 2 : NEVER_SPLITS, file.kind === "socket");
  const result = transfer.end(file.read(request.length, request.offset, transfer.deliver));
  if (result > 0 && hasBlocked(request) && file.poll() & POLLIN) file.wakeAgain?.(true);
  return result;
}

//= POLL-43
/** Whether the request has waited on its worker: on its way out it wakes the next one. */
function hasBlocked({ bits }: Request): boolean {
  return (bits & (BIT_BLOCKING | BIT_POLLED)) === (BIT_BLOCKING | BIT_POLLED);
}

/** Writes out of the memory of the request. */
export function executeWrite(core: Core, request: Request): number {
  const { file } = request;
  if (file === undefined) return -EBADF;
  const error = checkFlags(core, request, file, true);
  if (error < 0) return error;
  // A ring refuses writes, but waits until it has room for SQEs.
  if (isAskedFirst(file) && (file.poll() & POLLOUT) === 0) return -EAGAIN;
  if (wouldBlock(core, request, file, true)) return -EAGAIN;
  const outside = checkRange(request);
  if (outside < 0) return outside;
  const result = writeTo(core, request, file);
  //= POLL-42
  if (result === -EAGAIN && !blocksWorker(core, request)) file.wakeAgain?.(true);
  if (result >= 0) {
    if (hasBlocked(request) && file.poll() & POLLOUT) file.wakeAgain?.(false);
    return result;
  }
  if (result === -EAGAIN && (request.bits & BIT_NOWAIT) === 0) return result;
  if (core.onWorker) return result;
  //= RW-30
  if (result === -EPIPE && !(request.opFlags & RWF_NOSIGNAL)) core.signals?.send(SIGPIPE);
  // Unlike a read, what the file refuses goes through task work.
  setResult(request, result);
  completeAsWork(core, request);
  return PENDING;
}

function writeTo(core: Core, request: Request, file: OpenFile): number {
  if (file.kind === "eventfd") return writeEventfd(core, request, file);
  const { transfer } = core;
  findPosition(core, request, file);
  transfer.begin(request, splitsWritesFrom(file), file.kind === "socket");
  const { length, offset } = request;
  const end = appends(request, file);
  const begin = file.position;
  const result = transfer.end(file.write(length, offset, transfer.fetch, end));
  //= RW-56
  if (result < length && begin !== undefined && offset < 0) file.seek?.(begin);
  const syncs = (request.opFlags & (RWF_DSYNC | RWF_SYNC)) !== 0 && file.kind === "regular";
  if (result > 0 && syncs) {
    const synced = file.fsync((request.opFlags & RWF_SYNC) === 0, 0, 0);
    if (synced < 0) return synced;
  }
  return result;
}

//= ND-25
/**
 * Linux looks at the position of a file when it first tries, and moves it when it is done: what
 * ran at the same time may have begun at the same place (ND-25).
 */
function findPosition(core: Core, request: Request, file: OpenFile): void {
  const { position } = request;
  if (position < 0 || file.position === undefined || file.position === position) return;
  if (core.choices.beginsEarlier(request)) file.seek?.(position);
}

/** An eventfd takes each vector as a write of its own (RW-50), and may block (RW-51). */
function writeEventfd(core: Core, request: Request, file: OpenFile): number {
  const { transfer } = core;
  const { vectors } = request;
  const mayNotWait = (request.opFlags & RWF_NOWAIT) !== 0 && (file.flags & O_NONBLOCK) === 0;
  //= RW-51
  if (mayNotWait && !blocksWorker(core, request)) return -EAGAIN;
  if (request.length === 0) return 0;
  transfer.begin(request);
  if (vectors === undefined) return transfer.end(file.write(request.length, 0, transfer.fetch));
  let next = 1;
  for (let done = request.done; done > 0; next += 2) done -= vectors[next] ?? 0;
  let written = request.done;
  //= RW-50
  for (; next < vectors.length && written < request.length; next += 2) {
    const result = transfer.end(file.write(vectors[next] ?? 0, 0, transfer.fetch));
    if (result < 0) return giveUp(request, file, written, result);
    written += result;
  }
  return written;
}

/**
 * A vector after others finds no room: it waits for that, unless the eventfd keeps it from it. The
 * first one had room, so Linux does not poll, but blocks a worker.
 */
function giveUp(request: Request, file: OpenFile, written: number, result: number): number {
  if (written === 0) return result;
  if (result !== -EAGAIN || file.flags & O_NONBLOCK) return written;
  request.done = written;
  request.bits |= BIT_WORKER | BIT_BLOCKING;
  return result;
}

/** Rings and epoll sets cannot be read or written, but Linux waits until they say they can. */
function isAskedFirst(file: OpenFile): boolean {
  return file.kind === "ring" || file.epoll !== undefined;
}

function isStream(file: OpenFile): boolean {
  return file.kind === "pipe" || file.kind === "socket";
}

function splitsWritesFrom(file: OpenFile): number {
  if (file.kind === "socket") return 2;
  return file.kind === "pipe" ? PIPE_ATOMIC + 1 : NEVER_SPLITS;
}
