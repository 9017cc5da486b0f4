/** Reads and writes of several buffers: all of them move, or none. */
import type { BufferList } from "../buffer-list.ts";
import type { Engine } from "../engine/engine.ts";
import type { OperationKind } from "../engine/operation.ts";
import { RingError } from "../errors.ts";
import { checkTarget } from "../handles/handle.ts";
import type { Lease } from "../memory/lease.ts";
import { checkBuffer, moveBuffer } from "../memory/owned-buffer.ts";
import { READV, type ReadvResult, WRITEV, type WritevResult } from "../operations/vectored.ts";
import { setU64 } from "../queue/encode/entry.ts";
import { checkPosition, describe } from "../validate.ts";
import { type Abortable, checkOptions } from "./options.ts";

/** `struct iovec`: address, then length, 8 bytes each. */
const IOVEC_SIZE = 16;
/** Most iovecs of one call (readv(2)). */
const UIO_MAXIOV = 1024;

/** Where to read or write; every buffer takes part whole. */
export interface VectoredOptions extends Abortable {
  /** As `TransferOptions.position`. */
  readonly position?: number | null | undefined;
}

function checkBuffers(engine: Engine, buffers: readonly object[], name: string): Lease[] {
  if (!Array.isArray(buffers)) {
    throw new RingError(
      "ERR_RING_INVALID_ARGUMENT",
      `${name}: the buffers must be in an array; got ${describe(buffers)}`,
    );
  }
  if (buffers.length > UIO_MAXIOV) {
    throw new RingError(
      "ERR_RING_OUT_OF_RANGE",
      `${name}: Linux takes up to ${String(UIO_MAXIOV)} buffers at once; ` +
        `got ${String(buffers.length)}`,
    );
  }
  const leases = buffers.map((buffer) => checkBuffer(buffer, engine, name));
  if (new Set(leases).size === leases.length) return leases;
  throw new RingError(
    "ERR_RING_INVALID_ARGUMENT",
    `${name}: the same buffer stands twice in the list; it can move only once`,
  );
}

function start<Result>(
  engine: Engine,
  kind: OperationKind,
  target: object | number,
  buffers: readonly object[],
  options: VectoredOptions,
  lengthOf: (lease: Lease) => number,
): Promise<Result> {
  const { name } = kind;
  const leases = checkBuffers(engine, buffers, name);
  const descriptor = checkTarget(engine, target, name);
  const signal = checkOptions(name, options);
  const position = checkPosition(name, options.position);
  const operation = engine.begin(kind);
  const iovecs = engine.scratch(operation, Math.max(leases.length, 1) * IOVEC_SIZE);
  leases.forEach((lease, index) => {
    setU64(iovecs, index * IOVEC_SIZE, lease.address);
    setU64(iovecs, index * IOVEC_SIZE + 8, lengthOf(lease));
    engine.lend(operation, lease);
  });
  for (const buffer of buffers) moveBuffer(buffer, name, operation.serial);
  operation.fd = descriptor === undefined ? (target as number) : descriptor.fd;
  operation.address = operation.scratch?.address ?? 0;
  operation.length = leases.length;
  operation.offset = position;
  operation.leases = leases;
  engine.hold(operation, descriptor);
  return engine.launch(operation, signal);
}

/** See `Ring.readv`. */
export function readv<Id, Buffers extends BufferList<Id>>(
  engine: Engine,
  target: object | number,
  buffers: Buffers,
  options: VectoredOptions = {},
): Promise<ReadvResult<Id, Buffers>> {
  return start(engine, READV, target, buffers, options, (lease) => lease.capacity);
}

/** See `Ring.writev`. */
export function writev<Id, Buffers extends BufferList<Id>>(
  engine: Engine,
  target: object | number,
  buffers: Buffers,
  options: VectoredOptions = {},
): Promise<WritevResult<Id, Buffers>> {
  return start(engine, WRITEV, target, buffers, options, (lease) => lease.length);
}
