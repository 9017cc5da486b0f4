/** Runs task work: the steps that requests take in the context of their ring's owner. */
import { IORING_CQE_F_MORE, IORING_SQ_TASKRUN } from "../../../spec/abi/cqe.ts";
import { IORING_OP_POLL_ADD } from "../../../spec/abi/opcodes.ts";
import { IORING_SETUP_DEFER_TASKRUN, IORING_SETUP_TASKRUN_FLAG } from "../../../spec/abi/setup.ts";
import { IORING_TIMEOUT_MULTISHOT } from "../../../spec/abi/sqe.ts";
import { ECANCELED, EFAULT, ETIME } from "../../../spec/errno.ts";
import { notify } from "../completion/auxiliary.ts";
import { cancelTarget } from "../cancel/cancel.ts";
import {
  clean,
  completeInline,
  failInline,
  flushCompletions,
  postShot,
  release,
} from "../completion/completion.ts";
import { takeFiles } from "../completion/messages.ts";
import type { Core } from "../core.ts";
import { STAGE_FLUSH, STAGE_WORK } from "../enter/call-position.ts";
import { issue, retry } from "../issue/issue.ts";
import { disarm } from "../issue/arming.ts";
import { isReady } from "../issue/readiness.ts";
import { issueLate } from "../issue/worker.ts";
import { isForcedLate } from "../issue/worker-choice.ts";
import { BIT_FAIL, BIT_MULTISHOT } from "../request-bits.ts";
import {
  WORK_AGAIN,
  WORK_CHILD,
  WORK_FAIL_LINKS,
  WORK_END,
  WORK_FREE,
  WORK_FUTEX,
  WORK_ISSUE,
  WORK_LINK_TIMEOUT,
  WORK_MESSAGE,
  WORK_RETRY,
  WORK_TIMEOUT,
} from "../request-work.ts";
import { setSqFlag } from "../ring-words.ts";
import type { Request, Ring } from "../state.ts";
import { releaseDeferred } from "../submission/drain.ts";
import { interruptOwner, isInterrupting } from "./interrupt.ts";
import { restartTimer } from "../waiting/timers.ts";
import { queueWork } from "./work-queue.ts";

/** A DEFER_TASKRUN ring takes so many steps in a row, or as many as completions are wanted. */
const STEPS_AT_A_TIME = 20;

/**
 * Runs everything that is queued and everything that follows from it, and writes the CQEs. What
 * follows from a request that a worker had may come some time after its CQE: whoever lets go of it
 * last sets that in motion. Only a host that has things happen in the middle of a call could tell.
 */
export function runTaskWork(core: Core, ring: Ring): void {
  const { taskWork } = ring;
  if (taskWork.length === 0 || ring.working) return;
  //= ND-30
  // A worker has written its CQE, and may come to queue what follows only now.
  if (isInterrupting(ring) && core.choices.leavesRest()) return;
  if (ring.sqThread === undefined) core.worked += 1;
  if (ring.flags & IORING_SETUP_TASKRUN_FLAG) setSqFlag(ring, IORING_SQ_TASKRUN, false);
  // What happens in the middle adds to it.
  ring.working = core.meanwhile !== undefined;
  while (taskWork.length > 0) {
    ring.heldByWorker = false;
    runBatch(core, ring);
    finishBatch(core, ring);
    if (taskWork.length > 0) pause(core, 0, 0, 0, 0);
    if (!leavesRest(core, ring)) continue;
    interruptOwner(core, ring);
    break;
  }
  ring.working = false;
  ring.heldByWorker = false;
  if (ring.flags & IORING_SETUP_TASKRUN_FLAG) setSqFlag(ring, IORING_SQ_TASKRUN, false);
}

//= ND-30
/** Whether a worker sets in motion, later, what follows from what was just completed. */
function leavesRest(core: Core, { taskWork, closed, heldByWorker }: Ring): boolean {
  if (core.meanwhile === undefined || taskWork.isEmpty || closed) return false;
  return heldByWorker && core.choices.leavesRest();
}

//= TASK-12
/**
 * The same for the owner of a DEFER_TASKRUN ring, who waits for `wanted` completions: what follows
 * from what is queued now is left for the next time, unless fewer steps than that were taken.
 */
export function runLocalWork(core: Core, ring: Ring, wanted: number): void {
  const { taskWork } = ring;
  pause(core, 0, 0, 0, wanted);
  if (taskWork.length === 0) return;
  const flags = (ring.flags & IORING_SETUP_TASKRUN_FLAG) !== 0;
  if (flags) setSqFlag(ring, IORING_SQ_TASKRUN, false);
  let steps = runBatch(core, ring, 0, wanted);
  for (;;) {
    while (taskWork.length > 0 && steps < wanted) steps += runBatch(core, ring, steps, wanted);
    finishBatch(core, ring, steps, wanted);
    pause(core, steps, 0, 0, wanted);
    if (taskWork.length === 0 || steps >= wanted) break;
    steps += runBatch(core, ring, steps, wanted);
  }
  if (flags && taskWork.length > 0) setSqFlag(ring, IORING_SQ_TASKRUN, true);
}

/**
 * Runs what is queued now, up to a limit, after `steps` steps of those `wanted`. Returns the number
 * of further steps.
 */
function runBatch(core: Core, ring: Ring, steps = 0, wanted = Number.POSITIVE_INFINITY): number {
  const { taskWork } = ring;
  ring.urgent = false;
  const length = Math.min(taskWork.length, Math.max(wanted, STEPS_AT_A_TIME));
  for (let i = 0; i < length; i++) {
    const request = taskWork.shift();
    if (request === undefined) return i;
    if (i > 0) pause(core, steps, length, length - i, wanted);
    runWork(core, request);
  }
  return length;
}

//= TIMEOUT-29
/** Writes the CQEs. A timer may fire between its shot and the look at what counts completions. */
function finishBatch(core: Core, ring: Ring, steps = 0, wanted = 0): void {
  if (ring.counted.length > 0) {
    core.position.at(STAGE_FLUSH, steps, 0, 0, wanted);
    core.meanwhile?.();
  }
  flushCompletions(core, ring);
}

/** Other processors do not wait. */
function pause(core: Core, steps: number, batch: number, left: number, wanted: number): void {
  core.position.at(STAGE_WORK, steps, batch, left, wanted);
  core.meanwhile?.();
}

/**
 * Ends a system call for the task: what it set in motion on other rings than its own runs now.
 */
export function runNotified(core: Core): void {
  const { notified } = core;
  for (let ring = notified.pop(); ring !== undefined; ring = notified.pop()) {
    if ((ring.flags & IORING_SETUP_DEFER_TASKRUN) === 0) runTaskWork(core, ring);
    //= POLL-23
    else if (ring.stirs) stir(core, ring);
  }
}

/**
 * The files that were sent outside of a call of enter are taken, and senders whose rings do not
 * wait for their owner go on.
 */
export function runDeliveries(core: Core): void {
  const senders = core.deliveries.map(({ request }) => request.ring);
  takeFiles(core);
  for (const ring of senders) {
    if ((ring.flags & IORING_SETUP_DEFER_TASKRUN) === 0) runTaskWork(core, ring);
  }
}

/** Has everybody who waits for the ring look at it again. */
function stir(core: Core, ring: Ring): void {
  ring.stirs = false;
  ring.wakeups += 1;
  ring.stirredAt = ring.wakeups;
  for (const request of [...core.armed]) {
    const { file } = request;
    if (file?.kind !== "ring" || file.wakeup(request.checked + 1) !== 0) continue;
    if (isReady(request)) continue;
    if (looksLater(request)) wakeInVain(core, request);
    else request.checked = file.wakeups();
  }
}

/** Whether the look waits for the owner of the ring of the poll to come to it. */
function looksLater({ opcode, ring }: Request): boolean {
  return opcode === IORING_OP_POLL_ADD && (ring.flags & IORING_SETUP_DEFER_TASKRUN) !== 0;
}

function wakeInVain(core: Core, request: Request): void {
  disarm(core, request);
  queueWork(core, request, WORK_RETRY);
}

function runWork(core: Core, request: Request): void {
  if (core.endedTasks.size > 0 && core.endedTasks.has(request.task)) {
    runWithoutTask(core, request);
    return;
  }
  run(core, request);
}

//= LIFE-5
/** Nobody is left to go on with a request: it fails instead. */
function runWithoutTask(core: Core, request: Request): void {
  const tries = request.work === WORK_RETRY || request.work === WORK_AGAIN;
  if (tries) failInline(request, -ECANCELED);
  else if (request.work === WORK_ISSUE) failInline(request, -EFAULT);
  else run(core, request);
}

function run(core: Core, request: Request): void {
  switch (request.work) {
    case WORK_ISSUE:
      if (request.ring.closed) failInline(request, -ECANCELED);
      else if (isForcedLate(request)) issueLate(core, request);
      else issue(core, request);
      return;
    case WORK_RETRY:
      if (returnsToWorker(core, request)) issueLate(core, request);
      else retry(core, request);
      return;
    case WORK_TIMEOUT:
      endTimeout(core, request);
      return;
    case WORK_LINK_TIMEOUT:
      completeLinkTimeout(core, request);
      return;
    case WORK_FAIL_LINKS:
      endCancelledChain(request);
      return;
    case WORK_AGAIN:
    case WORK_CHILD:
      retry(core, request);
      return;
    case WORK_FUTEX:
      core.futexes.remove(request);
      completeInline(request);
      return;
    case WORK_MESSAGE:
      postMessage(core, request);
      return;
    case WORK_END:
      clean(core, request);
      forget(core, request);
      return;
    case WORK_FREE:
      forget(core, request);
      return;
    default:
      completeInline(request);
  }
}

//= ASYNC-3
/** Whether what was woken is a worker's to try again. */
function returnsToWorker(core: Core, request: Request): boolean {
  if (!isForcedLate(request) || request.ring.closed) return false;
  if (request.bits & BIT_MULTISHOT) return false;
  return core.operations[request.opcode]?.woken === undefined;
}

/** Forgets a request that a worker has completed, which drains have waited for. */
function forget(core: Core, request: Request): void {
  const { ring } = request;
  core.free(request);
  if (ring.drainActive) releaseDeferred(core, ring);
}

//= MSG-9
/** MSG-9: the owner of a DEFER_TASKRUN ring posts what another ring sent. */
function postMessage(core: Core, message: Request): void {
  const { ring, userDataLow, userDataHigh, result, cqeFlags } = message;
  notify(core, ring, userDataLow, userDataHigh, result, cqeFlags);
  core.free(message);
}

//= TIMEOUT-11, TIMEOUT-24
/** A fired TIMEOUT posts ETIME; a multishot one with periods left starts again. */
function endTimeout(core: Core, request: Request): void {
  const goesOn =
    (request.opFlags & IORING_TIMEOUT_MULTISHOT) !== 0 &&
    (request.offset === 0 || --request.repeats > 0);
  //= SKIP-10, MSHOT-24
  if (goesOn && postShot(core, request, -ETIME, IORING_CQE_F_MORE)) {
    restartTimer(core, request);
    return;
  }
  completeInline(request);
}

//= LTIMEOUT-3, LTIMEOUT-5
/** A fired LINK_TIMEOUT cancels its target and says how that went. */
function completeLinkTimeout(core: Core, request: Request): void {
  const { ring, head } = request;
  request.head = undefined;
  const result =
    head === undefined ? 0 : cancelTarget(core, ring, head.userDataLow, head.userDataHigh);
  request.result = result === 0 ? -ETIME : result;
  completeInline(request);
  if (head !== undefined) release(core, head);
}

/** Writes down the rest of a broken chain: ECANCELED, or a member's own error (LINK-5). */
function endCancelledChain(first: Request): void {
  let member: Request | undefined = first;
  while (member !== undefined) {
    const next: Request | undefined = member.link;
    member.link = undefined;
    //= LINK-3, LINK-5
    if ((member.bits & BIT_FAIL) === 0) member.result = -ECANCELED;
    completeInline(member);
    member = next;
  }
}
