/**
 * What can happen next in the world of the kernel, one event at a time.
 *
 * An event is a request: one that runs late, one whose file is ready, or a timer. The scheduler
 * picks; running the event moves data, fires the timer, and posts CQEs where the ring lets it.
 */
import { IORING_SETUP_DEFER_TASKRUN } from "../../spec/abi/setup.ts";
import { IORING_OP_ACCEPT, IORING_OP_POLL_ADD } from "../../spec/abi/opcodes.ts";
import { IOSQE_IO_HARDLINK, IOSQE_IO_LINK } from "../../spec/abi/sqe.ts";
import type { Core } from "./core.ts";
import { STAGE_INTERRUPT } from "./enter/call-position.ts";
import { passKernel } from "./enter/wait.ts";
import { disarm } from "./issue/arming.ts";
import { resumeOnWorker, runLate } from "./issue/worker.ts";
import { isForcedLate } from "./issue/worker-choice.ts";
import { eventName } from "./names.ts";
import { signalPosted } from "./completion/eventfd.ts";
import { completeNotification } from "./completion/notification.ts";
import { isReady, skipForeignWakes } from "./issue/readiness.ts";
import { schedule } from "./tasks/schedule.ts";
import { refreshSqThreads, runSqThread, stirSqThread } from "./submission/sq-thread.ts";
import {
  OPCODE_INTERRUPT,
  OPCODE_NOTIFICATION,
  OPCODE_RING_END,
  OPCODE_SIGNAL,
  OPCODE_SQ_THREAD,
  OPCODE_WAIT,
} from "./own-opcodes.ts";
import { BIT_BLOCKING, BIT_EXCLUSIVE, BIT_MULTISHOT, BIT_WORKER } from "./request-bits.ts";
import { PHASE_ARMED, PHASE_LATE, PHASE_TIMED } from "./request-phases.ts";
import { WORK_RETRY } from "./request-work.ts";
import type { Request, Ring } from "./state.ts";
import { canInterrupt, interruptOwner } from "./tasks/interrupt.ts";
import { runDeliveries, runNotified, runTaskWork } from "./tasks/task-work.ts";
import { endIfIdle, endLater } from "./setup/teardown.ts";
import { fire } from "./waiting/timers.ts";
import { queueWork } from "./tasks/work-queue.ts";

const CHAINED = IOSQE_IO_LINK | IOSQE_IO_HARDLINK;

/** Puts every waiting request whose file has become ready on the agenda. */
function refresh(core: Core): void {
  const { armed } = core;
  if (core.sqThreads.size > 0) refreshSqThreads(core);
  for (let i = 0; i < armed.length; i++) {
    const request = armed[i] as Request;
    if (request.agendaIndex >= 0) continue;
    skipForeignWakes(request);
    if (!isReady(request)) continue;
    schedule(core, request.bits & BIT_EXCLUSIVE ? firstExclusive(core, request) : request);
  }
}

/** Which of the exclusive polls on a file its wake-up reaches: the oldest. The others miss it. */
function firstExclusive(core: Core, request: Request): Request {
  const rivals = core.armed.filter(
    (other) =>
      (other.bits & BIT_EXCLUSIVE) !== 0 &&
      other.agendaIndex < 0 &&
      other.file === request.file &&
      isReady(other),
  );
  const first = rivals.reduce((a, b) => (b.sequence < a.sequence ? b : a), request);
  const missed = first.bits & BIT_MULTISHOT ? (first.file?.wakeups() ?? 0) - first.checked : 1;
  for (const rival of rivals) if (rival !== first) rival.checked += missed;
  return first;
}

/** The event that is due first, or undefined when nothing can happen. */
export function earliest(core: Core): Request | undefined {
  refresh(core);
  const { agenda } = core;
  for (let event = agenda.first(); event !== undefined; event = agenda.first()) {
    if (isRunnable(core, event)) return event;
    // Somebody else took what it was woken for.
    agenda.remove(event);
  }
  return undefined;
}

/**
 * Every event that may be next, in the order of their sequence numbers.
 *
 * Of the timers only those that have expired or that expire first: the others cannot fire before
 * them, because time has to pass the first one.
 */
export function runnable(core: Core): Request[] {
  refresh(core);
  const entries = core.agenda.entries();
  let horizon = Number.POSITIVE_INFINITY;
  for (let i = 0; i < entries.length; i++) {
    const { phase, due } = entries[i] as Request;
    if (phase === PHASE_TIMED && due < horizon) horizon = due;
  }
  if (horizon !== Number.POSITIVE_INFINITY) horizon = Math.max(horizon, core.clock.monotonic());
  const events: Request[] = [];
  for (let i = 0; i < entries.length; i++) {
    const entry = entries[i] as Request;
    const isNext = entry.phase === PHASE_TIMED ? entry.due <= horizon : isRunnable(core, entry);
    if (isNext) insert(events, entry);
  }
  return events;
}

/** Puts an event behind those with smaller sequence numbers. There are few. */
function insert(events: Request[], event: Request): void {
  let place = events.push(event) - 1;
  for (; place > 0; place--) {
    const before = events[place - 1] as Request;
    if (before.sequence < event.sequence) break;
    events[place] = before;
  }
  events[place] = event;
}

/** Runs an event that was offered. The clock has been moved to its time. */
export function run(core: Core, event: Request): void {
  const { ring } = event;
  core.trace?.(`${core.clock.monotonic()} ${eventName(core.operations, event)}`);
  if (runOwn(core, event)) return;
  const byWorker = isByWorker(event);
  if (ring.sqThread !== undefined && isThreadsWork(event)) stirSqThread(core, ring.sqThread);
  switch (event.phase) {
    case PHASE_LATE:
      runLate(core, event);
      break;
    case PHASE_ARMED:
      if (event.bits & BIT_BLOCKING) {
        resumeOnWorker(core, event);
        break;
      }
      if (blocksAfterAll(core, event)) break;
      disarm(core, event);
      if (event.opcode === OPCODE_NOTIFICATION) completeNotification(core, event);
      else queueWork(core, event, WORK_RETRY, isLazy(event));
      break;
    case PHASE_TIMED:
      fire(core, event);
      break;
    default:
      throw new Error("an event ran that was not offered");
  }
  const defers = (ring.flags & IORING_SETUP_DEFER_TASKRUN) !== 0 || ring.submitting;
  if (!defers && byWorker && core.meanwhile !== undefined) {
    interruptOwner(core, ring);
  } else if (!defers || ring.closed) {
    // The owner has to be interrupted for it: workers go on until then.
    if (ring.taskWork.length > 0) {
      core.position.at(STAGE_INTERRUPT);
      core.meanwhile?.();
    }
    runTaskWork(core, ring);
  }
  if (byWorker && core.notified.length > 0 && leavesNotified(core)) endIfIdle(core, ring);
  else endEvent(core, ring);
}

/** Runs an event of the kernel's own, which no SQE asked for. Whether it was one. */
function runOwn(core: Core, event: Request): boolean {
  const { ring } = event;
  switch (event.opcode) {
    case OPCODE_SQ_THREAD:
      runSqThread(core, event);
      if (core.deliveries.length > 0) runDeliveries(core);
      if (core.notified.length > 0) runNotified(core);
      return true;
    case OPCODE_RING_END:
      endLater(core, event);
      return true;
    case OPCODE_INTERRUPT:
      core.agenda.remove(event);
      runTaskWork(core, ring);
      endEvent(core, ring);
      return true;
    case OPCODE_SIGNAL:
      core.agenda.remove(event);
      signalPosted(core, ring, true);
      endEvent(core, ring);
      return true;
    default:
      return false;
  }
}

/** What a worker set in motion on other rings is their owner's to run, sooner or later. */
function leavesNotified(core: Core): boolean {
  return core.meanwhile !== undefined && core.choices.leavesRest();
}

function endEvent(core: Core, ring: Ring): void {
  if (!core.inCall && core.released.length + core.releasedFirst.length > 0) passKernel(core);
  if (core.deliveries.length > 0) runDeliveries(core);
  if (core.notified.length > 0) runNotified(core);
  endIfIdle(core, ring);
}

//= ASYNC-4
/**
 * Whether the worker of a request with IOSQE_ASYNC had still been about to wait for the file when
 * that woke it: then it tries again at once, and blocks. That matters where others may get ahead.
 */
function blocksAfterAll(core: Core, request: Request): boolean {
  if (core.meanwhile === undefined || !isForcedLate(request)) return false;
  if (request.bits & BIT_MULTISHOT || request.opcode === IORING_OP_POLL_ADD) return false;
  if (!hasRival(core, request) || !core.choices.blocks(request)) return false;
  core.agenda.remove(request);
  request.bits |= BIT_WORKER | BIT_BLOCKING;
  request.checked = -1;
  return true;
}

/** Whether another request may take what the file of this one has. */
function hasRival(core: Core, request: Request): boolean {
  for (const { live } of core.rings) {
    if (live.some((other) => other !== request && other.file === request.file)) return true;
  }
  return false;
}

/** Whether a worker runs the event, beside what the owner of its ring is doing. */
function isByWorker({ phase, bits, ring }: Request): boolean {
  if (ring.closed) return false;
  if (phase === PHASE_LATE) return (bits & BIT_WORKER) !== 0;
  return phase === PHASE_ARMED && (bits & BIT_BLOCKING) !== 0;
}

/** What is left to do after a poll or a timer is the SQ thread's work (SQPOLL-10). */
function isThreadsWork(event: Request): boolean {
  if (event.phase === PHASE_TIMED) return event.opcode !== OPCODE_WAIT;
  return event.phase === PHASE_ARMED && (event.bits & BIT_BLOCKING) === 0;
}

/** Nobody else takes what it was woken for, and nothing is chained to it (TASK-10). */
function isLazy(event: Request): boolean {
  return event.opcode !== IORING_OP_ACCEPT && (event.bits & CHAINED) === 0;
}

function isRunnable(core: Core, event: Request): boolean {
  if (event.opcode === OPCODE_INTERRUPT) return canInterrupt(core, event.ring);
  return event.phase !== PHASE_ARMED || isReady(event);
}
