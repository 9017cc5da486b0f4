/** Calls that wait: for time, for readiness, for nothing. */
import type { Engine } from "../engine/engine.ts";
import { SystemError } from "../errors.ts";
import { NOP, POLL, TIMEOUT } from "../operations/plain.ts";
import { setU64 } from "../queue/encode/entry.ts";
import { checkCount } from "../validate.ts";
import { beginOn, withoutResult } from "./files.ts";
import { type Abortable, checkOptions } from "./options.ts";

const TIMESPEC_SIZE = 16;
const NANOSECONDS_PER_MILLISECOND = 1e6;
const POLL_EVENTS_MASK = 0xffff;

/** See `Ring.nop`. */
export function nop(engine: Engine, options: Abortable): Promise<void> {
  const signal = checkOptions("nop", options);
  return withoutResult(engine.launch(engine.begin(NOP), signal));
}

/** See `Ring.poll`. */
export function poll(
  engine: Engine,
  target: object | number,
  events: number,
  options: Abortable,
): Promise<number> {
  const signal = checkOptions("poll", options);
  const mask = checkCount("poll", "events", events, POLL_EVENTS_MASK);
  const operation = beginOn(engine, POLL, target);
  operation.flags = mask;
  return engine.launch(operation, signal);
}

/** See `Ring.sleep`. */
export function sleep(engine: Engine, milliseconds: number, options: Abortable): Promise<void> {
  const signal = checkOptions("sleep", options);
  const whole = Math.floor(milliseconds);
  checkCount("sleep", "milliseconds", whole, Number.MAX_SAFE_INTEGER);
  const operation = engine.begin(TIMEOUT);
  const timespec = engine.scratch(operation, TIMESPEC_SIZE);
  setU64(timespec, 0, Math.floor(milliseconds / 1000));
  setU64(timespec, 8, Math.round((milliseconds % 1000) * NANOSECONDS_PER_MILLISECOND));
  operation.address = operation.scratch?.address ?? 0;
  return engine.launch<number>(operation, signal).then(() => undefined, expired);
}

/** A timer that ran out says ETIME: for a sleep that is success. */
function expired(error: unknown): void {
  if (!(error instanceof SystemError && error.code === "ETIME")) throw error;
}
