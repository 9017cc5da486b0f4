/**
 * READ_FIXED, WRITE_FIXED and their vectored forms: transfers within one registered buffer.
 *
 * The buffer is found when the request is issued, before the file's access mode is looked at
 * (RBUF-14); from then on they are READ and WRITE on its pages.
 */
import { EINVAL, ENOMEM } from "../../../spec/errno.ts";
import { readRegisteredVectors, totalLength } from "../issue/access.ts";
import type { Core, Operation } from "../core.ts";
import { acquireBuffer } from "../buffers/registered-buffers.ts";
import type { SqeReader } from "../submission/sqe.ts";
import { BIT_FIXED_BUFFER } from "../request-bits.ts";
import type { Request } from "../state.ts";
import { defineOperation } from "./define.ts";
import { executeRead, executeWrite, prepareCommon, sides } from "./read-write.ts";

const MAX_VECTORS = 1024;
/** What a write to an eventfd has to have. */
const COUNTER_SIZE = 8;
/** More than the kernel can allocate in one piece, 4 MiB: it notices this before the rest. */
const MAX_ALLOCATED_VECTORS = 2 ** 18;

/** Into a registered buffer. */
export const readFixed: Operation = defineOperation({
  name: "read fixed",
  ...sides("read"),
  //= RBUF-16
  takesBufferSelect: false,
  prepare: prepareSingle,
  select: acquireBuffer,
  execute: readRegistered,
});

/** Out of a registered buffer. */
export const writeFixed: Operation = defineOperation({
  name: "write fixed",
  ...sides("write"),
  prepare: prepareSingle,
  select: acquireBuffer,
  execute: writeRegistered,
});

/** Into several ranges of one registered buffer. */
export const readvFixed: Operation = defineOperation({
  name: "readv fixed",
  ...sides("read"),
  //= RBUF-16
  takesBufferSelect: false,
  prepare: prepareVectors,
  select: acquireBuffer,
  execute: readRegistered,
});

/** Out of several ranges of one registered buffer. */
export const writevFixed: Operation = defineOperation({
  name: "writev fixed",
  ...sides("write"),
  prepare: prepareVectors,
  select: acquireBuffer,
  execute: writeRegistered,
});

function prepareSingle(core: Core, request: Request, sqe: SqeReader): number {
  const error = prepareBuffer(core, request, sqe);
  if (error < 0) return error;
  request.address = sqe.addr;
  request.length = sqe.len;
  request.minimum = request.length;
  return 0;
}

function prepareVectors(core: Core, request: Request, sqe: SqeReader): number {
  const error = prepareBuffer(core, request, sqe);
  if (error < 0) return error;
  const count = sqe.len;
  //= RBUF-34
  if (count > MAX_ALLOCATED_VECTORS) return -ENOMEM;
  //= RBUF-19
  if (count > MAX_VECTORS) return -EINVAL;
  //= RBUF-20
  const vectors = readRegisteredVectors(core.memory, sqe.addr, count);
  if (typeof vectors === "number") return vectors;
  request.vectors = vectors;
  request.length = totalLength(vectors);
  request.minimum = request.length;
  return 0;
}

//= RBUF-14, ERR-13
function readRegistered(core: Core, request: Request): number {
  const error = acquireBuffer(request);
  return error < 0 ? error : executeRead(core, request);
}

function writeRegistered(core: Core, request: Request): number {
  const error = acquireBuffer(request);
  if (error < 0) return error;
  const { file, vectors, length } = request;
  //= RBUF-38
  const counts = file?.kind === "eventfd" && vectors !== undefined && length > 0;
  if (counts && vectors.length < 2 * COUNTER_SIZE) return -EINVAL;
  return executeWrite(core, request);
}

function prepareBuffer(core: Core, request: Request, sqe: SqeReader): number {
  request.bits |= BIT_FIXED_BUFFER;
  request.bufferIndex = sqe.bufIndex;
  //= RBUF-36
  return prepareCommon(core, request, sqe);
}
