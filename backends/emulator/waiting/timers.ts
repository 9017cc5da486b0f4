/**
 * Timers: TIMEOUT, LINK_TIMEOUT, and the deadline of a blocked enter.
 *
 * A running timer is a request on the agenda, due at its expiry on the monotonic clock. It never
 * fires early; how late it fires is the scheduler's business (ND-8).
 */
import { IORING_OP_LINK_TIMEOUT } from "../../../spec/abi/opcodes.ts";
import {
  IORING_TIMEOUT_ABS,
  IORING_TIMEOUT_ETIME_SUCCESS,
  IORING_TIMEOUT_MULTISHOT,
  IORING_TIMEOUT_REALTIME,
} from "../../../spec/abi/sqe.ts";
import { ETIME } from "../../../spec/errno.ts";
import type { Core } from "../core.ts";
import { setFailed } from "../completion/failure.ts";
import { unlinkNext } from "../submission/links.ts";
import {
  BIT_HELD,
  OPCODE_WAIT,
  PHASE_FREE,
  PHASE_TIMED,
  type Request,
  WORK_LINK_TIMEOUT,
  WORK_TIMEOUT,
} from "../state.ts";
import { queueWork } from "../tasks/work-queue.ts";

/** The shortest time between two shots, in nanoseconds. */
const SHOT_DISTANCE = 1000;

/** Starts the timer that the request's `duration` and `opFlags` describe. */
export function startTimer(core: Core, request: Request): void {
  request.phase = PHASE_TIMED;
  core.armings += 1;
  request.arming = core.armings;
  request.due = expiry(core, request.duration, request.opFlags);
  core.agenda.push(request);
}

/**
 * Starts a multishot timer again. Some time passes between two shots, however short the period:
 * else a period of 0 would keep the world where it is for ever.
 */
export function restartTimer(core: Core, request: Request): void {
  //= TIMEOUT-30
  request.opFlags &= ~IORING_TIMEOUT_ABS;
  startTimer(core, request);
  core.agenda.remove(request);
  request.due = Math.max(request.due, core.clock.monotonic() + SHOT_DISTANCE);
  core.agenda.push(request);
}

/** When a time given with `flags` comes, on the monotonic clock: a safe integer. */
export function expiry(core: Core, duration: number, flags: number): number {
  let due = duration;
  if ((flags & IORING_TIMEOUT_ABS) === 0) due += core.clock.monotonic();
  // CLOCK_BOOTTIME does not differ from CLOCK_MONOTONIC: this machine never sleeps.
  else if (flags & IORING_TIMEOUT_REALTIME) due -= core.clock.realtimeOffset();
  return Math.min(due, Number.MAX_SAFE_INTEGER);
}

/** Whether the timer may fire now. */
export function isExpired(core: Core, request: Request): boolean {
  const { clock } = core;
  return request.due <= (clock.latest === undefined ? clock.monotonic() : clock.latest());
}

/** Fires a timer. The clock has reached its expiry. */
export function fire(core: Core, request: Request): void {
  core.agenda.remove(request);
  if (request.opcode === OPCODE_WAIT) {
    request.phase = PHASE_FREE;
    request.done = 1;
  } else if (request.opcode === IORING_OP_LINK_TIMEOUT) {
    fireLinkTimeout(core, request);
  } else {
    fireTimeout(core, request);
  }
}

/** Takes a TIMEOUT off the list of those that also count completions. */
export function stopCounting(request: Request): void {
  const { counted } = request.ring;
  const index = counted.indexOf(request);
  if (index >= 0) counted.splice(index, 1);
}

/** Whether a timeout completes after a number of completions. */
export function countsCompletions(request: Request): boolean {
  return request.offset !== 0 && (request.opFlags & IORING_TIMEOUT_MULTISHOT) === 0;
}

function fireTimeout(core: Core, request: Request): void {
  stopCounting(request);
  request.ring.timeoutCount += 1;
  if ((request.opFlags & IORING_TIMEOUT_ETIME_SUCCESS) === 0) setFailed(request);
  request.result = -ETIME;
  queueWork(core, request, WORK_TIMEOUT);
}

function fireLinkTimeout(core: Core, request: Request): void {
  const { head } = request;
  if (head !== undefined) {
    unlinkNext(head);
    head.bits |= BIT_HELD;
  }
  queueWork(core, request, WORK_LINK_TIMEOUT);
}
