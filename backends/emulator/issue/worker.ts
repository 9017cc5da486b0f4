/**
 * What workers (io-wq) do with a request: find its file, wait for it if they may, and complete.
 *
 * A worker begins when the scheduler says. A request that blocks it is armed like any other, but
 * resumed on the worker; one that is interrupted notices when the worker comes to it.
 */
import { POLLPRI } from "../../../spec/abi/linux.ts";
import { EBADF, EBADFD, ECANCELED, EINTR } from "../../../spec/errno.ts";
import { recycleBuffer } from "../buffers/select.ts";
import {
  completeAsWork,
  completeOnWorker,
  endOnWorker,
  failAsWork,
  failOnWorker,
  setResult,
} from "../completion/completion.ts";
import { type Core, type Operation, PENDING } from "../core.ts";
import {
  BIT_BLOCKING,
  BIT_BUNDLES,
  BIT_ENDED,
  BIT_EXECUTED,
  BIT_INTERRUPTED,
  BIT_MULTISHOT,
  BIT_STOPPED,
  BIT_UNCANCELLABLE,
  BIT_UNISSUED,
  BIT_WORKER,
} from "../request-bits.ts";
import { PHASE_PREPARED } from "../request-phases.ts";
import { WORK_FREE } from "../request-work.ts";
import type { Request, Ring } from "../state.ts";
import { startLinkTimeout } from "../submission/link-timeout.ts";
import { queueWork } from "../tasks/work-queue.ts";
import { ALWAYS_POLLED, arm, disarm } from "./arming.ts";
import { assignFile } from "./assign-file.ts";
import { attempt } from "./attempt.ts";
import { operationOf } from "./execute.ts";
import { queueLate } from "./late.ts";
import { watch } from "./multishot.ts";
import { unpoison } from "./poison.ts";
import { isForcedLate } from "./worker-choice.ts";

/**
 * Sends a request to a worker before any try: IOSQE_ASYNC, drained, or the head of a chain that
 * the submit left open. The worker looks its file up itself.
 */
export function issueLate(core: Core, request: Request): void {
  request.bits |= BIT_WORKER;
  // The worker polls only for those that asked for it.
  const canBlock = operationOf(core, request).waitEvents !== 0;
  if (canBlock && !isForcedLate(request)) request.bits |= BIT_BLOCKING;
  queueLate(core, request);
  // Where the world goes on during a submit, that is no choice of its own.
  if (core.meanwhile !== undefined || !goesOnAfter(request.ring)) return;
  if (core.choices.runsWithinSubmit(request)) runLate(core, request);
}

/** Whether a submit is not over when a worker gets its request: the worker may be done before. */
function goesOnAfter({ sqesLeft, completionCount, taskWork }: Ring): boolean {
  return sqesLeft > 0 || completionCount > 0 || !taskWork.isEmpty;
}

/** Runs a request that was sent to a worker, or that completes late. */
export function runLate(core: Core, request: Request): void {
  if (request.bits & BIT_EXECUTED) {
    core.agenda.remove(request);
    request.bits &= ~BIT_EXECUTED;
    if (request.bits & BIT_ENDED) queueWork(core, request, WORK_FREE);
    else endOnWorker(core, request);
    return;
  }
  if ((request.bits & (BIT_UNISSUED | BIT_STOPPED)) === BIT_UNISSUED) {
    core.agenda.remove(request);
    request.bits &= ~BIT_UNISSUED;
    issueLate(core, request);
    return;
  }
  const { onWorker } = core;
  core.onWorker = (request.bits & BIT_WORKER) !== 0;
  work(core, request);
  core.onWorker = onWorker;
}

function work(core: Core, request: Request): void {
  core.agenda.remove(request);
  request.phase = PHASE_PREPARED;
  const operation = operationOf(core, request);
  unpoison(core, request);
  if (request.bits & BIT_STOPPED) {
    failAsWork(core, request, -ECANCELED);
    return;
  }
  if (request.bits & BIT_INTERRUPTED) {
    if (operation.recycles === true) recycleBuffer(request);
    startLinkTimeout(core, request);
    //= CANCEL-14
    failOnWorker(core, request, operation.interrupted ?? -EINTR);
    return;
  }
  if (operation.needsFile && !assignFile(core, request)) {
    failAsWork(core, request, -EBADF);
    return;
  }
  if (request.bits & (BIT_MULTISHOT | BIT_BUNDLES) && operation.waitEvents !== 0) {
    watchFromWorker(core, request, operation);
    return;
  }
  runOnWorker(core, request, operation);
}

/** Wakes a request that blocks its worker. */
export function resumeOnWorker(core: Core, request: Request): void {
  disarm(core, request);
  core.onWorker = true;
  runOnWorker(core, request, operationOf(core, request));
  core.onWorker = false;
}

/** Interrupts a request that blocks its worker; the worker notices when it comes to it. */
export function interrupt(core: Core, request: Request): void {
  disarm(core, request);
  request.bits |= BIT_INTERRUPTED | BIT_UNCANCELLABLE;
  queueLate(core, request);
}

//= MSHOT-29, BUF-71, MSHOT-32
/**
 * Workers post no CQE but the last one, so a multishot request is only armed there (MSHOT-29). One
 * whose file cannot be read without blocking has a single shot instead. A SEND of bundles is armed
 * as well; one with IOSQE_ASYNC comes back to the worker once there is room, and fails (BUF-71).
 */
export function watchFromWorker(core: Core, request: Request, operation: Operation): void {
  const { file } = request;
  if (file?.pollable !== true) {
    failAsWork(core, request, -EBADFD);
    return;
  }
  if (file.kind === "ring" || file.epoll !== undefined) {
    request.bits &= ~(BIT_MULTISHOT | BIT_BUNDLES);
    runOnWorker(core, request, operation);
    return;
  }
  const events = operation.waitEvents | POLLPRI | ALWAYS_POLLED;
  const shoots = (request.bits & BIT_MULTISHOT) !== 0;
  if (!shoots && file.poll() & events) {
    // What is chained to it may find the worker still there.
    failAsWork(core, request, -ECANCELED);
    return;
  }
  // Once it is armed nobody runs it: a cancellation finds it waiting.
  request.bits &= ~(BIT_WORKER | BIT_BLOCKING);
  if (shoots) watch(core, request, operation);
  else arm(core, request, events);
}

function runOnWorker(core: Core, request: Request, operation: Operation): void {
  const result = attempt(core, request, operation);
  // The timer of a LINK_TIMEOUT starts after the first try, so not while that blocks the worker.
  if (result !== PENDING || (request.bits & BIT_BLOCKING) === 0) startLinkTimeout(core, request);
  if (result === PENDING) return;
  setResult(request, result);
  if (core.onWorker) completeOnWorker(core, request);
  else completeAsWork(core, request);
}
