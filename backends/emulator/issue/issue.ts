/**
 * Issuing a request: find its file, try it, and see when it completes.
 *
 * Three ways lead on from a first try: it has its result (inline), its file would block and it is
 * armed, or it goes to a worker and runs when the scheduler says (late). Data moves in `attempt`
 * and nowhere else.
 */
import {
  O_NONBLOCK,
  POLLERR,
  POLLHUP,
  POLLNVAL,
  POLLPRI,
  POLLRDHUP,
} from "../../../spec/abi/linux.ts";
import { IORING_OP_EPOLL_WAIT } from "../../../spec/abi/opcodes.ts";
import { IORING_SETUP_IOPOLL } from "../../../spec/abi/setup.ts";
import { IOSQE_ASYNC, IOSQE_BUFFER_SELECT } from "../../../spec/abi/sqe.ts";
import { EAGAIN, EBADF, EBADFD, ECANCELED, EFAULT, EINTR, EINVAL } from "../../../spec/errno.ts";
import { inUserSpace } from "./access.ts";
import { assignFile } from "./assign-file.ts";
import { recycleBuffer, runsUnlocked } from "../buffers/select.ts";
import {
  completeAsWork,
  completeInline,
  completeOnWorker,
  endOnWorker,
  failAsWork,
  failInline,
  failOnWorker,
  setResult,
} from "../completion/completion.ts";
import {
  type Core,
  LOOK_AGAIN,
  type Operation,
  PENDING,
  PLACE_EITHER,
  TAKE_TURNS,
  WAIT_FIRST,
} from "../core.ts";
import type { OpenFile } from "../host/host.ts";
import { startLinkTimeout } from "../submission/link-timeout.ts";
import { poison, unpoison } from "./poison.ts";
import { readyEvents, wokenEvents } from "./readiness.ts";
import { schedule } from "../tasks/schedule.ts";
import {
  BIT_BLOCKING,
  BIT_BUNDLES,
  BIT_EXECUTED,
  BIT_INTERRUPTED,
  BIT_MULTISHOT,
  BIT_NOWAIT,
  BIT_POLLED,
  BIT_STOPPED,
  BIT_UNCANCELLABLE,
  BIT_UNISSUED,
  BIT_WORKER,
  PHASE_ARMED,
  PHASE_LATE,
  PHASE_PREPARED,
  type Request,
  type Ring,
  WORK_AGAIN,
  WORK_ISSUE,
  WORK_RETRY,
} from "../state.ts";
import { queueWork } from "../tasks/work-queue.ts";

/** Events that wake a waiter whatever it asked for. */
export const ALWAYS_POLLED: number = POLLERR | POLLHUP | POLLNVAL | POLLRDHUP;

/** Whether these run on a worker shows before they would block. */
const SHOWS_WORKER = IOSQE_BUFFER_SELECT | BIT_MULTISHOT | BIT_BUNDLES;

/** The offset that means the file's own position. */
const CURRENT_POSITION = -1;

/** Stands in `seen` of a request that is to look at its file itself. */
const LOOKS_ITSELF = -1;

/** Issues a request that is not forced to a worker. */
export function issue(core: Core, request: Request): void {
  const operation = operationOf(core, request);
  if (operation.needsFile && !assignFile(core, request)) {
    failInline(request, -EBADF);
    return;
  }
  if (request.bits & SHOWS_WORKER && operation.waitEvents !== 0) {
    decideWorker(core, request);
    const postsMore = (request.bits & (BIT_MULTISHOT | BIT_BUNDLES)) !== 0;
    if (postsMore && request.bits & BIT_BLOCKING) {
      watchFromWorker(core, request, operation);
      return;
    }
  }
  if (goesLate(core, operation, request)) {
    const error = operation.select?.(request) ?? 0;
    if (error < 0) {
      failInline(request, error);
      return;
    }
    if (request.file?.pollable !== true) request.bits |= BIT_WORKER;
    queueLate(core, request);
    startLinkTimeout(core, request);
    return;
  }
  const result = attempt(core, request, operation);
  startLinkTimeout(core, request);
  if (result === PENDING) return;
  setResult(request, result);
  completeInline(request);
}

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
    endOnWorker(core, request);
    return;
  }
  if ((request.bits & (BIT_UNISSUED | BIT_STOPPED)) === BIT_UNISSUED) {
    core.agenda.remove(request);
    request.bits &= ~BIT_UNISSUED;
    queueWork(core, request, WORK_ISSUE);
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

/** Tries an armed request again after its file woke it, in its owner's context. */
export function retry(core: Core, request: Request): void {
  const operation = operationOf(core, request);
  let result: number;
  if (operation.woken !== undefined) result = operation.woken(core, request);
  else if (request.bits & BIT_MULTISHOT) result = shoot(core, request, operation);
  else if (request.bits & BIT_BUNDLES && runsUnlocked(request)) result = -ECANCELED;
  else result = attempt(core, request, operation);
  // What a worker only armed is tried now for the first time.
  if (request.bits & (BIT_MULTISHOT | BIT_BUNDLES)) startLinkTimeout(core, request);
  if (result === PENDING) return;
  setResult(request, result);
  completeInline(request);
}

/** Makes a request wait until its file has one of `events`. */
export function arm(core: Core, request: Request, events: number): void {
  const { file } = request;
  if (file === undefined) throw new Error("a request without a file cannot wait for one");
  armOn(core, request, file, events);
}

/** Makes a request wait until a file, its own or another that it holds, has one of `events`. */
export function armOn(core: Core, request: Request, file: OpenFile, events: number): void {
  if (file !== request.file) request.awaited = file;
  poison(core, request);
  request.phase = PHASE_ARMED;
  request.bits = (request.bits | BIT_POLLED) & ~BIT_UNCANCELLABLE;
  request.events = events;
  request.checked = file.wakeups();
  request.seen = 0;
  if (request.arming === 0 || (request.bits & BIT_MULTISHOT) === 0) {
    core.armings += 1;
    request.arming = core.armings;
  }
  request.armedIndex = core.armed.length;
  core.armed.push(request);
}

/** Takes an armed request off the lists of those that wait. */
export function disarm(core: Core, request: Request): void {
  core.agenda.remove(request);
  const { armed } = core;
  const last = armed.pop() as Request;
  if (last !== request) {
    armed[request.armedIndex] = last;
    last.armedIndex = request.armedIndex;
  }
  request.armedIndex = -1;
  request.awaited = undefined;
}

/** The operation of a request that has been accepted. */
function operationOf(core: Core, request: Request): Operation {
  const operation = core.operations[request.opcode];
  if (operation === undefined) throw new Error(`no operation ${request.opcode} was accepted`);
  return operation;
}

function queueLate(core: Core, request: Request): void {
  request.phase = PHASE_LATE;
  if (request.offset === CURRENT_POSITION) notePosition(core, request);
  poison(core, request);
  schedule(core, request);
}

/** Where the file stands that the request, not yet with a file, will have. */
function notePosition({ files }: Core, request: Request): void {
  const file = request.file ?? files.get(request.fd);
  request.position = file?.position ?? -1;
}

function goesLate(core: Core, operation: Operation, request: Request): boolean {
  if (operation.placement !== PLACE_EITHER) return false;
  if (request.bits & (BIT_NOWAIT | BIT_MULTISHOT)) return false;
  // What cannot be polled for is refused at once.
  if (request.ring.flags & IORING_SETUP_IOPOLL) return false;
  const { file } = request;
  if (file?.pollable === true) {
    // Where the first try would only arm, there is nothing to choose.
    if ((file.poll() & operation.waitEvents) === 0) return false;
    // Nor where it shows: provided buffers are picked in the order of the submission (BUF-4).
    if (request.bits & IOSQE_BUFFER_SELECT) return false;
  }
  return !core.choices.inline(request);
}

/**
 * Workers post no CQE but the last one, so a multishot request is only armed there (MSHOT-29). One
 * whose file cannot be read without blocking has a single shot instead. A SEND of bundles is armed
 * as well; one with IOSQE_ASYNC comes back to the worker once there is room, and fails (BUF-71).
 */
function watchFromWorker(core: Core, request: Request, operation: Operation): void {
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
  // Once it is armed nobody runs it: a cancellation finds it waiting.
  request.bits &= ~(BIT_WORKER | BIT_BLOCKING);
  if (request.bits & BIT_MULTISHOT) {
    watch(core, request, operation);
    return;
  }
  const events = operation.waitEvents | POLLPRI | ALWAYS_POLLED;
  if (file.poll() & events) failAsWork(core, request, -ECANCELED);
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

//= ERR-22
/** Whether a buffer lies where no program can have it, which older kernels found only now. */
function isOutside({ direction }: Operation, request: Request): boolean {
  const own = direction !== undefined && (request.bits & IOSQE_BUFFER_SELECT) === 0;
  return own && request.vectors === undefined && !inUserSpace(request.address, request.length);
}

/** Executes once, with the fault that was chosen; arms the request if its file would block. */
function attempt(core: Core, request: Request, operation: Operation): number {
  const result = execute(core, request, operation);
  if (!waitsAfter(result)) return result;
  const waits = operation.waitEvents;
  if (waits === 0 || request.file?.pollable !== true) {
    if ((request.bits & BIT_MULTISHOT) === 0 || request.bits & BIT_NOWAIT) return -EAGAIN;
    // A worker takes no multishot request that it cannot poll for, and says so itself.
    if (core.onWorker) return -EBADFD;
    request.bits |= BIT_WORKER;
    queueLate(core, request);
    return PENDING;
  }
  // A worker that blocks does not poll, neither first nor later.
  const blocks = blocksWorker(core, request);
  //= NET-88
  const waitsAnyway = blocks && operation.refusesOnWorker !== true;
  if (request.bits & BIT_NOWAIT && !waitsAnyway) return -EAGAIN;
  //= RW-57
  if (waitsAnyway && request.file.flags & O_NONBLOCK) return -EAGAIN;
  if (blocks && result === WAIT_FIRST) return -EAGAIN;
  // Rings and epoll sets only pretend that one could wait for a transfer.
  if (blocks && request.file.kind === "ring") return -EINVAL;
  if (blocks && request.file.epoll !== undefined) {
    return request.opcode === IORING_OP_EPOLL_WAIT ? -EAGAIN : -EINVAL;
  }
  if (request.bits & BIT_MULTISHOT) {
    watch(core, request, operation);
    return PENDING;
  }
  const events = request.file.poll();
  // Errors and hang-ups count as well (NET-89).
  if (result === WAIT_FIRST && events & (waits | POLLPRI | ALWAYS_POLLED)) {
    request.bits |= BIT_POLLED;
    queueWork(core, request, WORK_AGAIN);
    return PENDING;
  }
  arm(core, request, waits | POLLPRI | ALWAYS_POLLED);
  // Ready all the same, if it is not yet full (MSG_WAITALL).
  // An eventfd with room for less than a write waits for somebody who reads it.
  if (events & waits && request.file.kind !== "eventfd") request.checked = -1;
  return PENDING;
}

function execute(core: Core, request: Request, operation: Operation): number {
  unpoison(core, request);
  if (core.faults !== undefined) {
    const fault = core.choices.fault(request, core.faults.faults(request));
    if (fault?.kind === "error") return -fault.errno;
    if (fault?.kind === "short") core.transfer.limit = fault.bytes;
  }
  if (!core.profile.behaves.addressCheckedWhenPrepared && isOutside(operation, request)) {
    return -EFAULT;
  }
  return operation.execute(core, request);
}

function waitsAfter(result: number): boolean {
  const goesOn = result === WAIT_FIRST || result === TAKE_TURNS || result === LOOK_AGAIN;
  return goesOn || result === -EAGAIN;
}

/** Arms a multishot request; if its file is ready already, it is tried again as task work. */
function watch(core: Core, request: Request, operation: Operation): void {
  const { file } = request;
  const events = operation.waitEvents | POLLPRI | ALWAYS_POLLED;
  const ready = (file?.poll() ?? 0) & events;
  if (ready === 0) {
    arm(core, request, events);
    return;
  }
  request.bits |= BIT_POLLED;
  request.events = events;
  request.checked = (file?.wakeups() ?? 0) - 1;
  request.seen = ready;
  queueWork(core, request, WORK_RETRY);
}

/**
 * The turn of a multishot request whose file woke it. Linux does not look for what is left after a
 * turn, but for two cases: the operation asks for it, or several wake-ups are due and one of them
 * may have been about the end of the stream.
 */
function shoot(core: Core, request: Request, operation: Operation): number {
  const { file } = request;
  if (file === undefined) throw new Error("a multishot request lost its file");
  for (;;) {
    const wakes = file.wakeups() - request.checked;
    const seen = eventsSeen(request, wakes);
    if (seen === 0) break;
    const result = execute(core, request, operation);
    if (!waitsAfter(result)) return result;
    request.seen = LOOKS_ITSELF;
    if (result === TAKE_TURNS) {
      queueWork(core, request, WORK_RETRY);
      return PENDING;
    }
    const ending = (seen & (POLLHUP | POLLRDHUP)) !== 0 && wakes > 1;
    if (result !== LOOK_AGAIN && !ending) break;
    request.checked = file.wakeups() - 1;
  }
  arm(core, request, request.events);
  return PENDING;
}

/** What a woken multishot request believes to hold: what it was told, or what it finds. */
function eventsSeen(request: Request, wakes: number): number {
  if (request.seen === LOOKS_ITSELF || wakes !== 1) return readyEvents(request);
  return request.seen !== 0 ? request.seen : wokenEvents(request);
}

/** Decides, when the request would block, whether it does so on a worker. */
function blocksWorker(core: Core, request: Request): boolean {
  decideWorker(core, request);
  return (request.bits & BIT_BLOCKING) !== 0;
}

/** Decides whether a request that follows one on a worker in its chain runs there as well. */
function decideWorker(core: Core, request: Request): void {
  const undecided = (request.bits & (BIT_WORKER | BIT_BLOCKING | BIT_POLLED)) === BIT_WORKER;
  if (!undecided || isForcedLate(request)) return;
  if (core.choices.staysOnWorker(request)) request.bits |= BIT_BLOCKING;
  else if (request.bits & SHOWS_WORKER) request.bits &= ~BIT_WORKER;
}

/** Whether a request is tried by a worker, which may wait. */
export function runsOnWorker(core: Core, request: Request): boolean {
  if ((request.bits & BIT_WORKER) === 0) return false;
  return isForcedLate(request) || blocksWorker(core, request);
}

/** Whether a request asked for a worker. */
export function isForcedLate(request: Request): boolean {
  return (request.bits & IOSQE_ASYNC) !== 0;
}
