/**
 * Whether a request runs on a worker, which may wait for its file without polling it.
 *
 * One that asked for a worker does. One that follows it in its chain may, or runs elsewhere: Linux
 * leaves that open, and it is decided when it first matters.
 */
import { IOSQE_ASYNC, IOSQE_BUFFER_SELECT } from "../../../spec/abi/sqe.ts";
import type { Core } from "../core.ts";
import {
  BIT_BLOCKING,
  BIT_BUNDLES,
  BIT_MULTISHOT,
  BIT_POLLED,
  BIT_WORKER,
} from "../request-bits.ts";
import type { Request } from "../state.ts";

/** Whether these run on a worker shows before they would block. */
export const SHOWS_WORKER: number = IOSQE_BUFFER_SELECT | BIT_MULTISHOT | BIT_BUNDLES;

/** Decides whether a request that follows one on a worker in its chain runs there as well. */
export function decideWorker(core: Core, request: Request): void {
  const undecided = (request.bits & (BIT_WORKER | BIT_BLOCKING | BIT_POLLED)) === BIT_WORKER;
  if (!undecided || isForcedLate(request)) return;
  if (core.choices.staysOnWorker(request)) request.bits |= BIT_BLOCKING;
  else if (request.bits & SHOWS_WORKER) request.bits &= ~BIT_WORKER;
}

/** Decides, when the request would block, whether it does so on a worker. */
export function blocksWorker(core: Core, request: Request): boolean {
  decideWorker(core, request);
  return (request.bits & BIT_BLOCKING) !== 0;
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
