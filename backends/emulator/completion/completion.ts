/**
 * The end of a request: result, CQE, and what its end sets in motion.
 *
 * Completions are collected and written in batches, as Linux does: what completes inline in one
 * submit has its CQEs written when the submit ends (so a TIMEOUT of the same batch counts them,
 * TIMEOUT-6), and only then do chains go on, as task work.
 */
import { IORING_SETUP_DEFER_TASKRUN } from "../../../spec/abi/setup.ts";
import { IOSQE_ASYNC, IOSQE_CQE_SKIP_SUCCESS } from "../../../spec/abi/sqe.ts";
import { dropBuffer } from "../buffers/registered-buffers.ts";
import { dropBuffers } from "../buffers/select.ts";
import { postCompletion, postMore, wake } from "./completion-queue.ts";
import type { Core } from "../core.ts";
import { countOut } from "../waiting/counted.ts";
import { releaseDeferred } from "../submission/drain.ts";
import { signalFromWorker, signalPosted } from "./eventfd.ts";
import { setFailed } from "./failure.ts";
import { putRequestFile } from "../files/file-nodes.ts";
import { cancelLinkTimeout } from "../submission/link-timeout.ts";
import { endChainLink, isLockless } from "../submission/links.ts";
import { notificationFlag, releaseNotification } from "./notification.ts";
import { unpoison } from "../issue/poison.ts";
import { schedule } from "../tasks/schedule.ts";
import {
  BIT_ARM_LINK_TIMEOUT,
  BIT_BY_WORKER,
  BIT_ENDED,
  BIT_EXECUTED,
  BIT_HELD,
  BIT_LINK_TIMEOUT,
  BIT_WORKER,
} from "../request-bits.ts";
import { PHASE_DONE, PHASE_LATE } from "../request-phases.ts";
import { WORK_COMPLETE, WORK_END, WORK_FREE } from "../request-work.ts";
import type { Request, Ring } from "../state.ts";
import { queueWork } from "../tasks/work-queue.ts";

/**
 * Gives a request its result, from which follows whether it failed. One that ends with an error
 * uses up the provided buffer that it holds (BUF-40).
 */
export function setResult(request: Request, result: number): void {
  request.result = result;
  request.cqeFlags |= notificationFlag(request);
  //= BUF-40
  if (result < 0 && request.buffers !== 0) request.cqeFlags |= dropBuffers(request);
  //= LINK-9, SKIP-2
  if (result < request.minimum) setFailed(request);
}

/** Ends a request with an error, or with what it moved before that. It failed in any case. */
function setError(request: Request, result: number): void {
  setFailed(request);
  request.result = request.done > 0 ? request.done : result;
  request.cqeFlags |= notificationFlag(request);
  if (request.buffers !== 0) request.cqeFlags |= dropBuffers(request);
}

/** Completes a request while its ring's submit or task work runs. */
export function completeInline(request: Request): void {
  const { ring } = request;
  request.phase = PHASE_DONE;
  ring.completions[ring.completionCount] = request;
  ring.completionCount += 1;
}

/**
 * Completes a request on the worker that ran it, which writes the CQE itself, beside what its owner
 * is doing; on a ring whose CQ has no lock that is left to the owner.
 */
export function completeOnWorker(core: Core, request: Request): void {
  request.bits |= BIT_BY_WORKER;
  if (core.meanwhile === undefined) {
    endOnWorker(core, request);
    return;
  }
  // What it did shows before its CQE does.
  request.bits |= BIT_EXECUTED;
  request.phase = PHASE_LATE;
  schedule(core, request);
}

/** Writes the CQE of a request that a worker is done with. */
export function endOnWorker(core: Core, request: Request): void {
  const { ring } = request;
  if (isLockless(ring)) {
    // It is the worker that tells the eventfd of the work that it queues.
    const { onWorker } = core;
    core.onWorker = true;
    completeAsWork(core, request);
    core.onWorker = onWorker;
    return;
  }
  unpoison(core, request);
  request.phase = PHASE_DONE;
  writeCompletion(core, request);
  countOut(core, ring);
  if (ring.eventfd !== undefined) signalFromWorker(core, ring);
  if (!end(core, request)) return;
  //= DRAIN-11
  // Where nothing can happen before its owner is interrupted, it is forgotten at once.
  if (core.meanwhile !== undefined && ring.drainActive) {
    queueWork(core, request, WORK_FREE);
    return;
  }
  core.free(request);
  if (ring.drainActive) releaseDeferred(core, ring);
}

/** Completes a request from elsewhere: a timer, a cancellation. */
export function completeAsWork(core: Core, request: Request): void {
  unpoison(core, request);
  queueWork(core, request, WORK_COMPLETE);
}

/** Ends a request that was interrupted on its worker: always a failure. */
export function failOnWorker(core: Core, request: Request, result: number): void {
  setError(request, result);
  completeOnWorker(core, request);
}

//= LINK-11
/** Ends a request that was stopped: -ECANCELED or the like, always a failure. */
export function failAsWork(core: Core, request: Request, result: number): void {
  setError(request, result);
  completeAsWork(core, request);
}

//= CANCEL-24
/** The same for one that is task work already: it keeps its place there. */
export function failQueued(core: Core, request: Request, result: number): void {
  setError(request, result);
  unpoison(core, request);
  request.work = WORK_COMPLETE;
}

/** Ends a request that was refused while it was taken in or issued. */
export function failInline(request: Request, result: number): void {
  setError(request, result);
  completeInline(request);
}

/**
 * Writes a CQE of a request that goes on (F_MORE), behind those of all that is done already.
 *
 * @returns false when the ring has no room: the request has to end (CQ-7, MSHOT-22)
 */
export function postShot(core: Core, request: Request, result: number, flags: number): boolean {
  const { ring } = request;
  //= MSHOT-34
  postCompleted(core, ring);
  //= CQ-7, MSHOT-22
  if (!postMore(core, request, result, flags)) return false;
  ring.hasShots = true;
  return true;
}

/** Writes the CQEs of all that is done already, if anything is. */
export function postCompleted(core: Core, ring: Ring): void {
  if (ring.completionCount > 0) flushCompletions(core, ring);
}

/** Whether one of those that are done got its result from a worker, which posts it itself. */
function isByWorker(ring: Ring): boolean {
  if (isLockless(ring)) return false;
  const { completions, completionCount } = ring;
  for (let i = 0; i < completionCount; i++) {
    if ((completions[i] as Request).bits & BIT_BY_WORKER) return true;
  }
  return false;
}

/**
 * Writes the CQEs of everything that is done, then lets go of the requests.
 *
 * @param inline - a submit does so, for what completed in it
 */
export function flushCompletions(core: Core, ring: Ring, inline = false): void {
  const { completions, completionCount } = ring;
  if (completionCount === 0 && !ring.hasShots) return;
  ring.hasShots = false;
  //= CQ-11
  for (let i = 0; i < completionCount; i++) writeCompletion(core, completions[i] as Request);
  countOut(core, ring);
  if (ring.eventfd !== undefined) signalPosted(core, ring, isByWorker(ring), inline);
  //= LINK-18
  for (let i = 0; i < completionCount; i++) letGo(core, completions[i] as Request);
  ring.completionCount = 0;
  if (ring.drainActive) releaseDeferred(core, ring);
}

function writeCompletion(core: Core, request: Request): void {
  //= SKIP-1, SKIP-6
  if ((request.bits & IOSQE_CQE_SKIP_SUCCESS) === 0) postCompletion(core, request);
  //= POLL-27
  else wake(core, request.ring);
  //= NET-95
  // The try gave it up; where there was none, it goes with the request, behind what is chained.
  if (request.notification?.sentOn !== undefined) releaseNotification(core, request);
}

function letGo(core: Core, request: Request): void {
  const { ring } = request;
  const ofWorker = (request.bits & (BIT_WORKER | IOSQE_ASYNC)) !== 0;
  if (ofWorker) ring.heldByWorker = true;
  if (!end(core, request)) return;
  if (ofWorker && staysHeld(core, ring)) holdForWorker(core, request);
  else core.free(request);
}

/** Its worker lets go of it later, and then it is its owner's to forget. */
function holdForWorker(core: Core, request: Request): void {
  request.bits |= BIT_EXECUTED | BIT_ENDED;
  request.phase = PHASE_LATE;
  schedule(core, request);
}

//= ND-30
/** Whether a worker still holds what its DEFER_TASKRUN owner has completed: drains wait for it. */
function staysHeld(core: Core, ring: Ring): boolean {
  if (core.meanwhile === undefined || !ring.drainActive || ring.closed) return false;
  return (ring.flags & IORING_SETUP_DEFER_TASKRUN) !== 0 && core.choices.leavesRest();
}

//= LTIMEOUT-15
/** A LINK_TIMEOUT that has fired lets go of its target, which may have ended meanwhile. */
export function release(core: Core, target: Request): void {
  const hasEnded = (target.bits & BIT_ENDED) !== 0;
  target.bits &= ~(BIT_HELD | BIT_ENDED);
  if (!hasEnded) return;
  endChainLink(core, target);
  queueWork(core, target, WORK_END);
}

/**
 * Ends a request whose CQE stands: what is chained to it goes on, and what it holds is free. False
 * where it has to wait for its LINK_TIMEOUT.
 */
function end(core: Core, request: Request): boolean {
  if (request.bits & (BIT_ARM_LINK_TIMEOUT | BIT_LINK_TIMEOUT)) cancelLinkTimeout(core, request);
  if (request.bits & BIT_HELD) {
    request.bits |= BIT_ENDED;
    return false;
  }
  //= LINK-12
  endChainLink(core, request);
  clean(core, request);
  return true;
}

/** Gives back what a request has held. */
export function clean(core: Core, request: Request): void {
  if (request.notification !== undefined) releaseNotification(core, request);
  dropBuffer(core, request);
  putRequestFile(core, request);
}
