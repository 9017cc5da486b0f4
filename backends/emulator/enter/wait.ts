/**
 * The waiting half of enter: until enough CQEs are there, or a timer says so (chapter ENTER).
 *
 * A blocked thread is modelled by letting the world go on, one event at a time, from inside the
 * call. The deadlines are timers on the agenda like any other, so that virtual time reaches them.
 */
import { IORING_SETUP_DEFER_TASKRUN } from "../../../spec/abi/setup.ts";
import { EINTR, ETIME } from "../../../spec/errno.ts";
import { flushBacklog } from "../completion/completion-queue.ts";
import { PLACE_ASLEEP, PLACE_AWAKE, STAGE_ASLEEP, STAGE_RELEASE } from "./call-position.ts";
import type { Core } from "../core.ts";
import { countOut } from "../waiting/counted.ts";
import { signalPosted } from "../completion/eventfd.ts";
import { takeFiles } from "../completion/messages.ts";
import { OPCODE_WAIT } from "../own-opcodes.ts";
import { PHASE_TIMED } from "../request-phases.ts";
import { cqPending } from "../ring-words.ts";
import type { Request, Ring } from "../state.ts";
import { runLocalWork, runNotified, runTaskWork } from "../tasks/task-work.ts";

/** How long a wait lasts, on the monotonic clock; undefined: for ever. */
export interface WaitLimits {
  /** When to give up. */
  readonly deadline: number | undefined;
  /** When to be content with a single CQE. */
  readonly minimumUntil: number | undefined;
}

/** The argument of a call that waits: its limits, and where a signal mask lies. */
export interface WaitArgument {
  readonly limits: WaitLimits;
  /** Address of the mask; 0: none. */
  readonly sigmask: number;
  readonly sigmaskSize: number;
}

/**
 * Waits until `minComplete` CQEs are in the ring; `collect` has been called.
 *
 * @param minComplete - an int, which may be negative (ENTER-40)
 * @param mask - the signals that do not end the wait; left out: those that the program blocks
 * @returns 0, or where no CQE is there -ETIME or -EINTR (ENTER-13)
 */
export function waitForCompletions(
  core: Core,
  ring: Ring,
  minComplete: number,
  limits: WaitLimits,
  mask?: Uint8Array,
): number {
  let reason = -ETIME;
  let wanted = Math.min(minComplete, ring.layout.cqEntries);
  //= ENTER-25
  const timeoutsBefore = ring.timeoutCount;
  const settle = startWaitTimer(core, ring, limits.minimumUntil);
  const deadline = startWaitTimer(core, ring, limits.deadline);
  core.position.timeoutsBefore = timeoutsBefore;
  core.position.settle = settle;
  core.position.deadline = deadline;
  //= POLL-23
  // What it has set in motion elsewhere goes on before it sleeps.
  if (core.notified.length > 0) runNotified(core);
  try {
    for (;;) {
      //= ENTER-11, ENTER-34
      // A timeout request that fired ends the wait as well (ENTER-11).
      if (isEnough(cqPending(ring), wanted) || ring.timeoutCount !== timeoutsBefore) return 0;
      //= ENTER-12
      if (hasFired(deadline)) break;
      if (hasFired(settle) && wanted > 1) {
        //= ENTER-18
        if (deadline === undefined || cqPending(ring) > 0) break;
        //= ENTER-29
        wanted = 1;
      }
      //= ENTER-28
      if (hasFired(settle) && deadline === undefined) break;
      core.position.wanted = wanted;
      const interrupted = sleep(core, ring, wanted - cqPending(ring), settle, deadline, mask);
      core.position.place = PLACE_AWAKE;
      collect(core, ring, Math.max(wanted - cqPending(ring), 0));
      // What a worker has set in motion elsewhere comes behind that.
      if (core.notified.length > 0) runNotified(core);
      if (!interrupted) continue;
      //= ENTER-13, ENTER-27
      reason = -EINTR;
      break;
    }
  } finally {
    core.position.settle = undefined;
    core.position.deadline = undefined;
    stopWaitTimer(core, settle);
    stopWaitTimer(core, deadline);
  }
  //= ENTER-12, ENTER-13
  return cqPending(ring) > 0 ? 0 : reason;
}

//= ENTER-40
/** Whether the tail of the queue has come to where it is wanted: indices of 32 bits, which wrap. */
function isEnough(pending: number, wanted: number): boolean {
  return ((pending - wanted) | 0) >= 0;
}

//= TASK-10
/**
 * Lets the world go on until something wakes the task. The owner of a DEFER_TASKRUN ring is not
 * woken for `missing` CQEs before so many are due, as long as all of them come from woken files.
 * Returns whether a signal woke it (ENTER-13).
 */
function sleep(
  core: Core,
  ring: Ring,
  missing: number,
  settle: Request | undefined,
  deadline: Request | undefined,
  mask: Uint8Array | undefined,
): boolean {
  const { taskWork } = ring;
  const lazy = (ring.flags & IORING_SETUP_DEFER_TASKRUN) !== 0 && core.profile.behaves.wakesLazily;
  // It does not sleep with work to do.
  if (lazy && !taskWork.isEmpty) return false;
  const { worked } = core;
  let awake = false;
  while (!awake) {
    //= ENTER-39
    if (core.signals?.interrupt(mask) === true) return true;
    core.position.at(STAGE_ASLEEP);
    core.position.place = PLACE_ASLEEP;
    core.position.missing = missing;
    core.position.worked = core.worked !== worked;
    core.block();
    awake = !lazy || ring.urgent || taskWork.length >= missing || core.worked !== worked;
    awake ||= core.notified.length > 0 || hasFired(settle) || hasFired(deadline);
  }
  return false;
}

/**
 * Lets the world go on until `isOver`.
 *
 * @returns 0, -ETIME when `deadline` came first, or -EINTR when a signal did
 */
export function waitUntil(
  core: Core,
  ring: Ring,
  deadline: number | undefined,
  isOver: () => boolean,
): number {
  const timer = startWaitTimer(core, ring, deadline);
  try {
    while (!isOver()) {
      if (hasFired(timer)) return -ETIME;
      if (core.signals?.interrupt() === true) return -EINTR;
      core.block();
      runTaskWork(core, ring);
    }
    return 0;
  } finally {
    stopWaitTimer(core, timer);
  }
}

/** Lets go of what was closed during the call, and takes what was sent. Whether there was any. */
export function passKernel(core: Core): boolean {
  const { released, releasedFirst } = core;
  if (released.length + releasedFirst.length > 0 && core.meanwhile !== undefined) {
    // A worker that was started meanwhile may come before.
    core.position.at(STAGE_RELEASE);
    core.meanwhile();
  }
  releaseFirst(core);
  for (let file = released.pop(); file !== undefined; file = released.pop()) file.release();
  return core.deliveries.length > 0 && takeFiles(core);
}

/** Lets go of what was closed when there was task work already. */
export function releaseFirst({ releasedFirst }: Core): void {
  for (let file = releasedFirst.pop(); file !== undefined; file = releasedFirst.pop()) {
    file.release();
  }
}

/**
 * Runs what waits for the ring's owner, and makes room in the backlog (ENTER-8). The owner is
 * content with `wanted` completions (TASK-3).
 */
export function collect(core: Core, ring: Ring, wanted: number): void {
  //= TASK-3
  if (ring.flags & IORING_SETUP_DEFER_TASKRUN) {
    runLocalWork(core, ring, wanted);
  } else {
    releaseFirst(core);
    runTaskWork(core, ring);
  }
  if (passKernel(core) && (ring.flags & IORING_SETUP_DEFER_TASKRUN) === 0) {
    runTaskWork(core, ring);
  }
  //= CQ-5
  if (ring.backlog.length > 0) {
    flushBacklog(core, ring);
    countOut(core, ring);
  }
  if (ring.eventfd !== undefined) signalPosted(core, ring, false);
}

function startWaitTimer(core: Core, ring: Ring, due: number | undefined): Request | undefined {
  if (due === undefined) return undefined;
  const timer = core.allocateUnlisted(ring);
  timer.opcode = OPCODE_WAIT;
  timer.bits = 0;
  timer.phase = PHASE_TIMED;
  timer.due = due;
  core.agenda.push(timer);
  return timer;
}

function hasFired(timer: Request | undefined): boolean {
  return timer?.done === 1;
}

function stopWaitTimer(core: Core, timer: Request | undefined): void {
  if (timer === undefined) return;
  core.agenda.remove(timer);
  core.free(timer);
}
