/**
 * Reads and writes of one buffer: check everything, then move the buffer.
 *
 * Nothing may throw between `begin` and `launch`: a check that fails leaves the
 * buffer with its owner and the ring as it was.
 */
import type { Engine } from "../engine/engine.ts";
import type { OperationKind } from "../engine/operation.ts";
import { checkTarget } from "../handles/handle.ts";
import type { Lease } from "../memory/lease.ts";
import { checkBuffer, moveBuffer, type OwnedBuffer } from "../memory/owned-buffer.ts";
import {
  READ,
  type ReadResult,
  RECV,
  SEND,
  WRITE,
  type WriteResult,
} from "../operations/transfer.ts";
import { checkCount, checkFlags, checkPosition, MAX_TRANSFER } from "../validate.ts";
import { type Abortable, type BufferRange, checkOptions, type TransferOptions } from "./options.ts";

type Target = object | number;

/** One transfer, every argument checked by now. */
function start<Result>(
  engine: Engine,
  kind: OperationKind,
  target: Target,
  buffer: object,
  lease: Lease,
  range: BufferRange & Abortable,
  position: number,
  flags: number,
): Promise<Result> {
  const { name } = kind;
  const descriptor = checkTarget(engine, target, name);
  const { signal } = range;
  const room = kind === READ || kind === RECV ? lease.capacity : lease.length;
  const offset = range.offset === undefined ? 0 : checkCount(name, "offset", range.offset, room);
  const rest = room - offset;
  const length =
    range.length === undefined
      ? Math.min(rest, MAX_TRANSFER)
      : checkCount(name, "length", range.length, rest);
  const operation = engine.begin(kind);
  operation.fd = descriptor === undefined ? (target as number) : descriptor.fd;
  operation.address = lease.address + offset;
  operation.length = length;
  operation.offset = position;
  operation.flags = flags;
  operation.bufferOffset = offset;
  operation.lease = lease;
  engine.hold(operation, descriptor);
  engine.lend(operation, lease);
  moveBuffer(buffer, name, operation.serial);
  return engine.launch(operation, signal);
}

const NO_OPTIONS: TransferOptions = {};

/** See `Ring.read`. */
export function read<Id>(
  engine: Engine,
  target: Target,
  buffer: OwnedBuffer<Id>,
  options: TransferOptions = NO_OPTIONS,
): Promise<ReadResult<Id>> {
  const lease = checkBuffer(buffer, engine, "read");
  checkOptions("read", options);
  const position = checkPosition("read", options.position);
  // Bytes before `offset` stay data, so they must be data now (O10).
  if (options.offset !== undefined) checkCount("read", "offset", options.offset, lease.length);
  return start(engine, READ, target, buffer, lease, options, position, 0);
}

/** See `Ring.write`. */
export function write<Id>(
  engine: Engine,
  target: Target,
  buffer: OwnedBuffer<Id>,
  options: TransferOptions = NO_OPTIONS,
): Promise<WriteResult<Id>> {
  const lease = checkBuffer(buffer, engine, "write");
  checkOptions("write", options);
  const position = checkPosition("write", options.position);
  return start(engine, WRITE, target, buffer, lease, options, position, 0);
}

/** Which part of the buffer, and how to move it: MSG_* of recv(2) and send(2). */
export interface MessageOptions extends Abortable, BufferRange {
  readonly flags?: number | undefined;
}

/** See `Socket.recv`. */
export function recv<Id>(
  engine: Engine,
  target: Target,
  buffer: OwnedBuffer<Id>,
  options: MessageOptions = NO_OPTIONS,
): Promise<ReadResult<Id>> {
  const lease = checkBuffer(buffer, engine, "recv");
  checkOptions("recv", options);
  if (options.offset !== undefined) checkCount("recv", "offset", options.offset, lease.length);
  const flags = checkFlags("recv", options.flags);
  return start(engine, RECV, target, buffer, lease, options, 0, flags);
}

/** See `Socket.send`. */
export function send<Id>(
  engine: Engine,
  target: Target,
  buffer: OwnedBuffer<Id>,
  options: MessageOptions = NO_OPTIONS,
): Promise<WriteResult<Id>> {
  const lease = checkBuffer(buffer, engine, "send");
  checkOptions("send", options);
  const flags = checkFlags("send", options.flags);
  return start(engine, SEND, target, buffer, lease, options, 0, flags);
}
