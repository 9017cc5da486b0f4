/**
 * Chains: what happens to the next members when one has ended (LINK-1 to LINK-12).
 *
 * A member knows only its successor. A LINK_TIMEOUT is taken out of the chain as soon as its
 * target ends or the timer fires, so that the chain goes on behind it.
 */
import { IORING_SETUP_DEFER_TASKRUN, IORING_SETUP_IOPOLL } from "../../../spec/abi/setup.ts";
import {
  IOSQE_ASYNC,
  IOSQE_CQE_SKIP_SUCCESS,
  IOSQE_IO_HARDLINK,
  IOSQE_IO_LINK,
} from "../../../spec/abi/sqe.ts";
import type { Core } from "../core.ts";
import {
  BIT_BLOCKING,
  BIT_BY_WORKER,
  BIT_FAIL,
  BIT_LINK_TIMEOUT,
  BIT_SKIP_LINKS,
  BIT_UNISSUED,
  BIT_WORKER,
  PHASE_LATE,
  type Request,
  type Ring,
  WORK_FAIL_LINKS,
  WORK_ISSUE,
} from "../state.ts";
import { schedule } from "../tasks/schedule.ts";
import { queueWork } from "../tasks/work-queue.ts";

const LINK_FLAGS = IOSQE_IO_LINK | IOSQE_IO_HARDLINK;

/** Whether the SQE asked for the next one to wait for it. */
export function isLinked(request: Request): boolean {
  return (request.bits & LINK_FLAGS) !== 0;
}

/** Takes the LINK_TIMEOUT that follows `request` out of the chain. */
export function unlinkNext(request: Request): void {
  const next = request.link;
  if (next === undefined) return;
  request.link = next.link;
  next.link = undefined;
}

/** The number of requests in the chain that begins with `head`. */
export function chainLength(head: Request): number {
  let length = 0;
  for (let member: Request | undefined = head; member !== undefined; member = member.link) {
    length += 1;
  }
  return length;
}

/** Cancels or starts what waited for `request`, which has just posted its last CQE. */
export function endChainLink(core: Core, request: Request): void {
  const next = request.link;
  if (next === undefined) return;
  if ((request.bits & BIT_FAIL) !== 0 && (request.bits & IOSQE_IO_HARDLINK) === 0) {
    cancelRest(core, request, next);
    return;
  }
  request.link = undefined;
  next.bits |= request.bits & BIT_WORKER;
  const onWorker = (request.bits & BIT_BY_WORKER) !== 0 && !isLockless(request.ring);
  if (onWorker && core.meanwhile !== undefined && !isLeftToOwner(core, request, next)) {
    // The worker goes on with it in its own time, which is now where nobody can see the difference.
    next.bits |= BIT_UNISSUED;
    next.phase = PHASE_LATE;
    schedule(core, next);
    return;
  }
  queueWork(core, next, WORK_ISSUE);
}

//= ND-31
/**
 * Whether the owner goes on with the chain. A read that completes late need not have had a worker,
 * an operation that returns an error fails in its owner's context, and a CQE that finds no room is
 * written there.
 */
function isLeftToOwner(core: Core, request: Request, next: Request): boolean {
  const { bits, ring } = request;
  const hadWorker = (bits & (IOSQE_ASYNC | BIT_BLOCKING)) !== 0;
  const letGo = (bits & (BIT_FAIL | BIT_LINK_TIMEOUT)) === 0 && ring.backlog.length === 0;
  if ((hadWorker && letGo) || core.choices.staysOnWorker(next)) return false;
  next.bits &= ~BIT_WORKER;
  return true;
}

/** Whether the ring's CQ has no lock: only its owner posts. */
export function isLockless({ flags }: Ring): boolean {
  return (flags & (IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_IOPOLL)) !== 0;
}

/** Cancels the rest of a soft chain, silently where the failed member had SKIP (SKIP-3). */
function cancelRest(core: Core, request: Request, first: Request): void {
  request.link = undefined;
  for (let member: Request | undefined = first; member !== undefined; member = member.link) {
    if (request.bits & BIT_SKIP_LINKS) member.bits |= IOSQE_CQE_SKIP_SUCCESS;
    else member.bits &= ~IOSQE_CQE_SKIP_SUCCESS;
  }
  queueWork(core, first, WORK_FAIL_LINKS);
}
