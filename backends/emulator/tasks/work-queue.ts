/**
 * Task work: what a request has still to do in the context of the ring's owner.
 *
 * A plain ring runs it at the end of every call and event; with DEFER_TASKRUN it waits until the
 * owner enters with GETEVENTS, and TASKRUN tells the program so (TASK-3, TASK-4).
 */
import { IORING_SQ_TASKRUN } from "../../../spec/abi/cqe.ts";
import { IORING_SETUP_DEFER_TASKRUN, IORING_SETUP_TASKRUN_FLAG } from "../../../spec/abi/setup.ts";
import { announce } from "../completion/completion-queue.ts";
import type { Core } from "../core.ts";
import { signalQueued } from "../completion/eventfd.ts";
import { PHASE_WORK } from "../request-phases.ts";
import { setSqFlag } from "../ring-words.ts";
import type { Request } from "../state.ts";

/**
 * Queues a request's next step.
 *
 * @param work - one of WORK_*
 * @param lazy - the owner, if it waits, need not hear of it before it has enough (TASK-10)
 */
export function queueWork(core: Core, request: Request, work: number, lazy = false): void {
  const { ring } = request;
  if (!lazy) ring.urgent = true;
  request.phase = PHASE_WORK;
  request.work = work;
  const first = ring.taskWork.isEmpty;
  ring.taskWork.push(request);
  //= TASK-3, TIMEOUT-19
  if ((ring.flags & IORING_SETUP_DEFER_TASKRUN) === 0) return;
  //= REG-25
  if (first && ring.eventfd !== undefined) signalQueued(core, ring);
  //= TASK-4
  if (ring.flags & IORING_SETUP_TASKRUN_FLAG) setSqFlag(ring, IORING_SQ_TASKRUN, true);
  //= POLL-44
  announce(core, ring);
}
