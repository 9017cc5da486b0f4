/**
 * Tasks: who makes a system call, and what becomes of a task's requests when it ends.
 *
 * The emulated kernel runs one call at a time, but calls may come from several tasks: the host
 * says from which. A task that ended leaves its armed requests behind; with nobody to finish them
 * they are cancelled when their file wakes them (LIFE-5).
 */
import { ECANCELED } from "../../../spec/errno.ts";
import { stop } from "../cancel/cancel.ts";
import type { Core } from "../core.ts";
import { interrupt } from "../issue/worker.ts";
import { BIT_BLOCKING } from "../request-bits.ts";
import { PHASE_ARMED, PHASE_LATE } from "../request-phases.ts";
import type { Request } from "../state.ts";
import { runTaskWork } from "./task-work.ts";

/** Makes `call` as this task. */
export function runAs<Result>(core: Core, task: number, call: () => Result): Result {
  const before = core.task;
  core.task = task;
  try {
    return call();
  } finally {
    core.task = before;
  }
}

//= LIFE-3, LIFE-5
/** A task ends: its workers are stopped, what waits for a file stays. */
export function endTask(core: Core, task: number): void {
  core.endedTasks.add(task);
  for (const ring of core.rings) {
    for (const request of ring.live.slice()) {
      if (request.task === task) stopWork(core, request);
    }
    runTaskWork(core, ring);
  }
}

function stopWork(core: Core, request: Request): void {
  if (request.phase === PHASE_LATE) stop(core, request, -ECANCELED);
  else if (request.phase === PHASE_ARMED && request.bits & BIT_BLOCKING) interrupt(core, request);
}
