/**
 * The SQ thread of a ring made with SQPOLL: it takes SQEs by itself (chapter SQPOLL).
 *
 * A thread is a source of events. Awake, it has one event on the agenda: to take what its rings
 * have published, as soon as one has, or else to fall asleep when its idle time is over. Asleep
 * it has none; IORING_SQ_NEED_WAKEUP tells the program so. The event is a request of no program,
 * like the timers of a blocked enter. Several rings may share a thread (ATTACH_WQ).
 */
import { IORING_SQ_NEED_WAKEUP } from "../../../spec/abi/cqe.ts";
import type { Core } from "../core.ts";
import { OPCODE_SQ_THREAD } from "../own-opcodes.ts";
import { PHASE_THREAD, PHASE_TIMED } from "../request-phases.ts";
import { setSqFlag, sqPending } from "../ring-words.ts";
import { type Request, type Ring, SqThread } from "../state.ts";
import { passKernel } from "../enter/wait.ts";
import { interruptOwner } from "../tasks/interrupt.ts";
import { submit } from "./submit.ts";
import { runTaskWork } from "../tasks/task-work.ts";

/** Taken from each ring in one go when a thread serves several. */
const SHARED_BATCH = 8;
const MILLISECOND = 1_000_000;
/** What SQ threads are as tasks: none of the program's. */
const THREAD_TASK = 0;
const IDLE_WHEN_ZERO = 1000;

//= SQPOLL-9
/** Starts a thread for a new ring. It has nothing to do yet, and sleeps soon. */
export function startSqThread(core: Core, ring: Ring): void {
  const thread = new SqThread();
  core.sqThreads.add(thread);
  join(thread, ring);
  thread.idleUntil = core.clock.monotonic();
  schedule(core, thread, PHASE_TIMED);
}

//= SQPOLL-12
/** Has a ring served by the thread of another one: that is woken, and stays awake for a while. */
export function attachSqThread(core: Core, ring: Ring, thread: SqThread): void {
  join(thread, ring);
  wakeSqThread(core, thread);
}

/** Takes a ring that is closed away from its thread, which ends with its last ring. */
export function leaveSqThread(core: Core, ring: Ring): void {
  const thread = ring.sqThread;
  if (thread === undefined) return;
  ring.sqThread = undefined;
  thread.rings.splice(thread.rings.indexOf(ring), 1);
  const [other] = thread.rings;
  const { event } = thread;
  if (other !== undefined) {
    if (event !== undefined) event.ring = other;
    return;
  }
  core.sqThreads.delete(thread);
  core.workerLimits.delete(thread);
  if (event !== undefined) dropEvent(core, thread, event);
}

/** Wakes a thread that sleeps: it will run, and stay awake for its idle time (SQPOLL-7). */
export function wakeSqThread(core: Core, thread: SqThread): void {
  //= SQPOLL-7
  thread.idleUntil = core.clock.monotonic() + idleTime(thread);
  const { event } = thread;
  if (event?.phase === PHASE_THREAD) return;
  if (event !== undefined) dropEvent(core, thread, event);
  schedule(core, thread, PHASE_THREAD);
}

//= SQPOLL-8, SQPOLL-10
/** Task work of a ring wakes its thread as well, which then takes what is queued. */
export function stirSqThread(core: Core, thread: SqThread): void {
  for (const ring of thread.rings) setSqFlag(ring, IORING_SQ_NEED_WAKEUP, false);
  wakeSqThread(core, thread);
}

/** Puts on the agenda what the threads do next, now that the program may have moved a tail. */
export function refreshSqThreads(core: Core): void {
  for (const thread of core.sqThreads) {
    const { event } = thread;
    if (event?.phase !== PHASE_TIMED || !hasWork(thread)) continue;
    dropEvent(core, thread, event);
    schedule(core, thread, PHASE_THREAD);
  }
}

/** Runs the thread's event: it takes SQEs, or falls asleep. */
export function runSqThread(core: Core, event: Request): void {
  const thread = event.ring.sqThread;
  if (thread === undefined) throw new Error("an SQ thread ran that no ring has");
  const sleeps = event.phase === PHASE_TIMED;
  dropEvent(core, thread, event);
  //= SQPOLL-2
  for (const ring of thread.rings) setSqFlag(ring, IORING_SQ_NEED_WAKEUP, sleeps);
  if (sleeps) return;
  if (takeAll(core, thread)) thread.idleUntil = core.clock.monotonic() + idleTime(thread);
  //= SQ-11
  schedule(core, thread, hasWork(thread) ? PHASE_THREAD : PHASE_TIMED);
}

/** Takes what every ring has published, as a task of its own. Whether there was anything. */
function takeAll(core: Core, thread: SqThread): boolean {
  const { task } = core;
  let taken = 0;
  core.task = THREAD_TASK;
  const most = thread.rings.length > 1 ? SHARED_BATCH : Infinity;
  for (const ring of thread.rings) {
    //= SQPOLL-13
    if (!ring.disabled) {
      taken += Math.max(submit(core, ring, Math.min(sqPending(ring), most)), 0);
    }
    // The program may look in between.
    if (core.meanwhile !== undefined && !ring.taskWork.isEmpty && core.choices.leavesRest()) {
      interruptOwner(core, ring);
    } else {
      runTaskWork(core, ring);
    }
  }
  passKernel(core);
  core.task = task;
  return taken > 0;
}

//= SQPOLL-1
function hasWork({ rings }: SqThread): boolean {
  return rings.some((ring) => !ring.disabled && sqPending(ring) > 0);
}

function join(thread: SqThread, ring: Ring): void {
  thread.rings.push(ring);
  ring.sqThread = thread;
}

/** The longest idle time of its rings, in nanoseconds. */
function idleTime({ rings }: SqThread): number {
  const idle = Math.max(...rings.map((ring) => ring.sqThreadIdle));
  return idle * MILLISECOND;
}

/** An idle time of 0 means a second (SQPOLL-2). In milliseconds. */
export function idleMilliseconds(wanted: number): number {
  //= SQPOLL-2
  return wanted === 0 ? IDLE_WHEN_ZERO : wanted;
}

function schedule(core: Core, thread: SqThread, phase: number): void {
  const [ring] = thread.rings;
  if (ring === undefined) throw new Error("an SQ thread without a ring has nothing to do");
  const event = core.allocateUnlisted(ring);
  const now = core.clock.monotonic();
  event.opcode = OPCODE_SQ_THREAD;
  event.bits = 0;
  event.phase = phase;
  //= ND-18
  const latency = core.latency?.sample(event, "sq thread") ?? 0;
  event.due = phase === PHASE_TIMED ? Math.max(thread.idleUntil, now + latency) : now + latency;
  thread.event = event;
  core.agenda.push(event);
}

function dropEvent(core: Core, thread: SqThread, event: Request): void {
  core.agenda.remove(event);
  thread.event = undefined;
  core.free(event);
}
