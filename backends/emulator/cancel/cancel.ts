/**
 * Finding requests and stopping them (chapter CANCEL).
 *
 * What only waits is stopped for certain. What could complete at this very moment may also win
 * (the cancellation then finds nothing: ENOENT) or be past stopping (EALREADY, and it ends with
 * its own result): that is a choice (ND-4, ND-7).
 */
import {
  IORING_OP_RECV,
  IORING_OP_RECVMSG,
  IORING_OP_TIMEOUT,
  IORING_OP_WAITID,
} from "../../../spec/abi/opcodes.ts";
import {
  IORING_ASYNC_CANCEL_ANY,
  IORING_ASYNC_CANCEL_FD,
  IORING_ASYNC_CANCEL_OP,
  IORING_ASYNC_CANCEL_USERDATA,
} from "../../../spec/abi/sqe.ts";
import { EALREADY, ECANCELED, EINTR, ENOBUFS, ENOENT } from "../../../spec/errno.ts";
import { firstForCancellation, isWorkersOwn } from "./cancel-order.ts";
import { leaveChild } from "../waiting/child-waits.ts";
import {
  CANCEL_FORGOTTEN,
  CANCEL_INTERRUPTED,
  CANCEL_LOST,
  CANCEL_MISSED,
  CANCEL_TOO_LATE,
  CANCEL_UNHEARD,
  CANCEL_WON,
} from "../choices.ts";
import { failAsWork, failQueued, setResult } from "../completion/completion.ts";
import type { Core } from "../core.ts";
import { isReady } from "../issue/readiness.ts";
import type { OpenFile } from "../host/host.ts";
import { disarm } from "../issue/arming.ts";
import { retry } from "../issue/issue.ts";
import { interrupt, resumeOnWorker, runLate } from "../issue/worker.ts";
import { OPCODE_NOTIFICATION } from "../own-opcodes.ts";
import {
  BIT_BLOCKING,
  BIT_CANCELLED,
  BIT_ENDED,
  BIT_EXECUTED,
  BIT_MULTISHOT,
  BIT_PARKED_WOKEN,
  BIT_STOPPED,
  BIT_UNCANCELLABLE,
} from "../request-bits.ts";
import {
  PHASE_ARMED,
  PHASE_LATE,
  PHASE_PARKED,
  PHASE_TIMED,
  PHASE_WORK,
} from "../request-phases.ts";
import { WORK_RETRY } from "../request-work.ts";
import type { Request, Ring } from "../state.ts";
import { fire, isExpired, stopCounting } from "../waiting/timers.ts";

/** What to look for. */
export interface CancelKey {
  /** IORING_ASYNC_CANCEL_*. */
  readonly flags: number;
  readonly userDataLow: number;
  readonly userDataHigh: number;
  readonly file: OpenFile | undefined;
  readonly opcode: number;
}

//= LTIMEOUT-5
/**
 * Cancels one request by its user_data for a LINK_TIMEOUT, which does not find what a worker runs
 * (LTIMEOUT-5). 0, -ENOENT or -EALREADY.
 */
export function cancelTarget(core: Core, ring: Ring, low: number, high: number): number {
  const key = {
    flags: 0,
    userDataLow: low,
    userDataHigh: high,
    file: undefined,
    opcode: 0,
  };
  return cancelSingle(core, findAll(ring, key), -ENOENT);
}

/** Cancels one of `found`; `running` is the answer where a worker goes on with it. */
export function cancelSingle(core: Core, found: readonly Request[], running: number): number {
  //= CANCEL-11
  const target = pick(core, preferred(found));
  //= CANCEL-1
  if (target === undefined) return -ENOENT;
  const parked = target.phase === PHASE_PARKED;
  const ofWorker = isWorkersOwn(target);
  const result = cancelOne(core, target);
  //= CANCEL-13, FUTEX-22, WAITID-12
  if (result === 0) return parked ? 1 : 0;
  return ofWorker && result === -EALREADY ? running : result;
}

/** What matches, of what a cancellation can see. */
export function findAll({ live }: Ring, key: CancelKey): Request[] {
  const found: Request[] = [];
  for (let i = 0; i < live.length; i++) {
    const request = live[i] as Request;
    if (isCancellable(request) && matches(request, key)) found.push(request);
  }
  return found;
}

/** Cancels one request that was found. 0, -ENOENT or -EALREADY. */
export function cancelOne(core: Core, target: Request): number {
  //= CANCEL-23
  if (target.bits & BIT_CANCELLED) return 0;
  const outcome = couldComplete(core, target) ? chooseOutcome(core, target) : CANCEL_WON;
  //= ND-32
  if (outcome === CANCEL_MISSED) return -ENOENT;
  //= ND-34
  if (outcome === CANCEL_INTERRUPTED) setResult(target, -EINTR);
  if (outcome === CANCEL_TOO_LATE || outcome === CANCEL_INTERRUPTED) {
    target.bits |= BIT_UNCANCELLABLE;
    return -EALREADY;
  }
  if (outcome === CANCEL_LOST) {
    completeNow(core, target);
    // Woken in vain, it waits again.
    if (!isCancellable(target)) return -ENOENT;
  }
  if (!core.profile.behaves.receiveIsCanceled && isMultishotReceive(target)) {
    stop(core, target, -ENOBUFS);
    return -ENOENT;
  }
  if (target.phase === PHASE_ARMED && target.bits & BIT_BLOCKING) {
    // It runs, on a worker, which is interrupted (CANCEL-2).
    interrupt(core, target);
    return -EALREADY;
  }
  if (outcome === CANCEL_UNHEARD || outcome === CANCEL_FORGOTTEN) {
    // The worker finds it so when it begins.
    target.bits |= BIT_UNCANCELLABLE | BIT_STOPPED;
    if (outcome === CANCEL_UNHEARD) return -EALREADY;
    runLate(core, target);
    return -ENOENT;
  }
  const waits = target.phase === PHASE_ARMED || target.phase === PHASE_WORK;
  //= CANCEL-2
  stop(core, target, -ECANCELED);
  if (waits) target.bits |= BIT_CANCELLED;
  return 0;
}

//= MSHOT-21
function isMultishotReceive({ opcode, bits }: Request): boolean {
  if ((bits & BIT_MULTISHOT) === 0) return false;
  return opcode === IORING_OP_RECV || opcode === IORING_OP_RECVMSG;
}

/** Ends a waiting request with `result`, as a failure. */
export function stop(core: Core, target: Request, result: number): void {
  if (target.phase === PHASE_WORK) {
    failQueued(core, target, result);
    return;
  }
  detach(core, target);
  failAsWork(core, target, result);
}

/** Takes a request off everything that would make it go on, task work included. */
export function withdraw(core: Core, target: Request): void {
  detach(core, target);
  if (target.phase !== PHASE_WORK) return;
  // Woken, but not yet tried again.
  target.ring.taskWork.remove(target);
}

/** Takes a request off the lists on which it waits. */
export function detach(core: Core, target: Request): void {
  if (target.phase === PHASE_ARMED) disarm(core, target);
  else if (target.phase === PHASE_PARKED) unpark(core, target);
  else core.agenda.remove(target);
  if (target.opcode === IORING_OP_TIMEOUT) stopCounting(target);
}

function unpark(core: Core, target: Request): void {
  if (target.opcode === IORING_OP_WAITID) leaveChild(core, target);
  else core.futexes.remove(target);
}

//= CANCEL-10, CANCEL-12, CANCEL-21, DRAIN-4, SYNCCANCEL-10
/** Whether a cancellation can see the request at all. */
export function isCancellable(request: Request): boolean {
  switch (request.phase) {
    case PHASE_LATE:
      return (request.bits & BIT_ENDED) === 0;
    case PHASE_PARKED:
      return (request.bits & BIT_PARKED_WOKEN) === 0;
    case PHASE_ARMED:
      //= NET-66
      return request.opcode !== OPCODE_NOTIFICATION;
    case PHASE_TIMED:
      return request.opcode === IORING_OP_TIMEOUT;
    case PHASE_WORK:
      return request.work === WORK_RETRY || (request.bits & BIT_CANCELLED) !== 0;
    default:
      return false;
  }
}

/** Whether the request has this user_data. */
export function hasUserData(request: Request, low: number, high: number): boolean {
  return request.userDataLow === low && request.userDataHigh === high;
}

/** Whether `key` means `request`, whose file is `file`. */
export function matches(
  request: Request,
  key: CancelKey,
  file: OpenFile | undefined = request.file,
): boolean {
  const { flags } = key;
  const byFile = (flags & IORING_ASYNC_CANCEL_FD) !== 0;
  //= CANCEL-9
  // Timers and what is parked have no file; with ANY everything goes (CANCEL-7, CANCEL-9).
  if (byFile && (request.phase === PHASE_TIMED || request.phase === PHASE_PARKED)) return false;
  //= CANCEL-7
  if (flags & IORING_ASYNC_CANCEL_ANY) return true;
  //= CANCEL-3, CANCEL-4, OWN-26
  if (byFile && file !== key.file) return false;
  const byOpcode = (flags & IORING_ASYNC_CANCEL_OP) !== 0;
  //= CANCEL-5
  if (byOpcode && request.opcode !== key.opcode) return false;
  //= CANCEL-19
  if ((byFile || byOpcode) && (flags & IORING_ASYNC_CANCEL_USERDATA) === 0) return true;
  return hasUserData(request, key.userDataLow, key.userDataHigh);
}

/**
 * Of several matches, the kind that Linux looks through first: workers, waiters, what is parked,
 * timers. Of what is parked the last comes first.
 */
function preferred(found: readonly Request[]): readonly Request[] {
  if (found.length < 2) return found;
  const rank = (request: Request): number => {
    if (request.phase === PHASE_LATE) return 0;
    if (request.phase === PHASE_PARKED) return request.opcode === IORING_OP_WAITID ? 2 : 3;
    return request.phase === PHASE_TIMED ? 4 : 1;
  };
  const first = Math.min(...found.map(rank));
  const equals = found.filter((request) => rank(request) === first);
  if (equals[0]?.phase !== PHASE_PARKED) return equals;
  return [equals.reduce((last, one) => (one.sequence > last.sequence ? one : last))];
}

//= ND-33
/** One of several that Linux looks through together: which worker has what is left open. */
function pick(core: Core, equals: readonly Request[]): Request | undefined {
  const ofWorkers = equals.some((one) => one.phase === PHASE_LATE || isWorkersOwn(one));
  return ofWorkers ? core.choices.match(equals) : firstForCancellation(equals);
}

function couldComplete(core: Core, target: Request): boolean {
  switch (target.phase) {
    case PHASE_LATE:
      return true;
    case PHASE_ARMED:
      return isReady(target);
    case PHASE_TIMED:
      return isExpired(core, target);
    default:
      return false;
  }
}

function chooseOutcome(core: Core, target: Request): number {
  if (target.bits & BIT_EXECUTED) return core.choices.endsFirst(target);
  if (target.bits & BIT_UNCANCELLABLE) return CANCEL_TOO_LATE;
  //= ND-4, ND-7
  return core.choices.cancel(target, core.meanwhile !== undefined);
}

/** The target gets ahead of its cancellation. */
function completeNow(core: Core, target: Request): void {
  if (target.phase === PHASE_LATE) {
    runLate(core, target);
  } else if (target.phase === PHASE_TIMED) {
    fire(core, target);
  } else if (target.bits & BIT_BLOCKING) {
    resumeOnWorker(core, target);
  } else {
    disarm(core, target);
    retry(core, target);
  }
}
