/** Calls on an open descriptor that move no data. */
import { IORING_FSYNC_DATASYNC } from "../../spec/abi/sqe.ts";
import type { Engine } from "../engine/engine.ts";
import type { Operation, OperationKind } from "../engine/operation.ts";
import { checkTarget } from "../handles/handle.ts";
import type { Stats } from "../handles/stats.ts";
import { FSYNC, SHUTDOWN, TRUNCATE } from "../operations/plain.ts";
import { STAT, STATX_BYTES } from "../operations/stat.ts";
import { checkCount } from "../validate.ts";
import { type Abortable, checkOptions } from "./options.ts";

/** A slot for an operation on an open file, which it keeps open. */
export function beginOn(engine: Engine, kind: OperationKind, target: object | number): Operation {
  const descriptor = checkTarget(engine, target, kind.name);
  const operation = engine.begin(kind);
  operation.fd = descriptor === undefined ? (target as number) : descriptor.fd;
  engine.hold(operation, descriptor);
  return operation;
}

/** See `FileHandle.sync` and `FileHandle.datasync`. */
export function sync(
  engine: Engine,
  target: object | number,
  dataOnly: boolean,
  options: Abortable,
): Promise<void> {
  const signal = checkOptions("sync", options);
  const operation = beginOn(engine, FSYNC, target);
  operation.flags = dataOnly ? IORING_FSYNC_DATASYNC : 0;
  return withoutResult(engine.launch(operation, signal));
}

/** See `FileHandle.truncate`. */
export function truncate(
  engine: Engine,
  target: object | number,
  length: number,
  options: Abortable,
): Promise<void> {
  const signal = checkOptions("truncate", options);
  const offset = checkCount("truncate", "length", length, Number.MAX_SAFE_INTEGER);
  const operation = beginOn(engine, TRUNCATE, target);
  operation.offset = offset;
  return withoutResult(engine.launch(operation, signal));
}

/** See `FileHandle.stat`. */
export function statFile(
  engine: Engine,
  target: object | number,
  options: Abortable,
): Promise<Stats> {
  const signal = checkOptions("stat", options);
  const operation = beginOn(engine, STAT, target);
  engine.scratch(operation, STATX_BYTES + 1); // the empty path is one NUL
  operation.address = operation.scratch?.address ?? 0;
  return engine.launch(operation, signal);
}

/** See `Socket.shutdown`. */
export function shutdown(
  engine: Engine,
  target: object,
  how: number,
  options: Abortable,
): Promise<void> {
  const signal = checkOptions("shutdown", options);
  const operation = beginOn(engine, SHUTDOWN, target);
  operation.length = how;
  return withoutResult(engine.launch(operation, signal));
}

/** For calls that promise nothing but to be done. */
export async function withoutResult(promise: Promise<unknown>): Promise<void> {
  await promise;
}
