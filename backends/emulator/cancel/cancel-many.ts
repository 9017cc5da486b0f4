/**
 * Cancelling all that matches (CANCEL-6, CANCEL-13).
 *
 * Work that waits for a worker counts as one, and usually only while none runs. Linux looks twice,
 * though: what a worker is just beginning with may be missed at first, and then it hides nothing,
 * or is counted itself (ND-24). A worker cancels beside the owner of the ring, who may complete one
 * request before the next is found (ND-36).
 */
import { IORING_OP_ASYNC_CANCEL, IORING_OP_WAITID } from "../../../spec/abi/opcodes.ts";
import { IORING_ASYNC_CANCEL_ALL, IORING_ASYNC_CANCEL_ANY } from "../../../spec/abi/sqe.ts";
import { EALREADY } from "../../../spec/errno.ts";
import { type Core, PENDING } from "../core.ts";
import { queueLate } from "../issue/late.ts";
import { BIT_UNCANCELLABLE } from "../request-bits.ts";
import { PHASE_LATE, PHASE_PARKED } from "../request-phases.ts";
import type { CancelProgress, Request, Ring } from "../state.ts";
import { isWorkersOwn, sortForCancellation } from "./cancel-order.ts";
import { type CancelKey, cancelOne, cancelSingle, findAll, isCancellable } from "./cancel.ts";

const MATCHES_MANY = IORING_ASYNC_CANCEL_ALL | IORING_ASYNC_CANCEL_ANY;

/**
 * Cancels what matches.
 *
 * @returns 0, -ENOENT or -EALREADY for a single match; with ALL or ANY how many were stopped. A
 * request that is parked counts also by itself, and with ALL all of them count as one (FUTEX-22)
 */
export function cancel(core: Core, ring: Ring, key: CancelKey): number {
  if ((key.flags & MATCHES_MANY) === 0) return cancelSingle(core, findAll(ring, key), -EALREADY);
  const progress = begin(core, ring, key);
  while (progress.rest.length > 0) cancelNext(core, progress);
  return countOf(core, ring, progress);
}

//= ND-36
/** The same for an ASYNC_CANCEL on a worker: PENDING where the rest is left for later. */
export function cancelInSteps(core: Core, request: Request, key: CancelKey): number {
  const { ring } = request;
  if ((key.flags & MATCHES_MANY) === 0) return cancel(core, ring, key);
  const progress = request.progress ?? begin(core, ring, key);
  request.progress = undefined;
  while (progress.rest.length > 0) {
    const acted = cancelNext(core, progress);
    if (!acted || progress.rest.length === 0 || !core.choices.leavesRest()) continue;
    request.progress = progress;
    request.bits |= BIT_UNCANCELLABLE;
    queueLate(core, request);
    return PENDING;
  }
  return countOf(core, ring, progress);
}

function begin(core: Core, ring: Ring, key: CancelKey): CancelProgress {
  const found = findAll(ring, key);
  const asOne = (key.flags & IORING_ASYNC_CANCEL_ALL) !== 0;
  const parked = found.filter((request) => request.phase === PHASE_PARKED);
  return {
    //= CANCEL-6
    rest: sortForCancellation(found, ring.layout.cqEntries),
    surplus: asOne ? Math.max(0, parked.length - kindsOf(parked)) : 0,
    stopped: 0,
    waiting: 0,
    beginning: 0,
    // A cancellation of everything that a worker runs finds itself.
    running: core.onWorker && (key.flags & IORING_ASYNC_CANCEL_ANY) !== 0,
  };
}

/** Cancels the next one. Whether there was something to cancel. */
function cancelNext(core: Core, progress: CancelProgress): boolean {
  const request = progress.rest.shift();
  if (request === undefined || !isCancellable(request)) return false;
  const ofWorker = isWorkersOwn(request);
  const begins = request.phase === PHASE_LATE;
  const result = cancelOne(core, request);
  if (!ofWorker && result === 0) progress.stopped += 1;
  if (ofWorker && result === 0) progress.waiting = 1;
  //= CANCEL-22
  if (ofWorker && result === -EALREADY) {
    progress.running = true;
    if (begins) progress.beginning = 1;
  }
  return true;
}

//= ND-24, CANCEL-13
/** What the cancellation says in the end. */
function countOf(core: Core, ring: Ring, progress: CancelProgress): number {
  const { surplus, stopped, waiting, beginning, running } = progress;
  // Two that run at once may find each other, and so themselves, once more.
  const again = core.onWorker && cancellationsOf(ring) > 1 ? 1 : 0;
  const sum = stopped - surplus;
  if (!running) return sum + waiting + core.choices.countOfWork(again);
  return sum + core.choices.countOfWork(waiting + beginning + again);
}

/** How many cancellations the ring has now. */
function cancellationsOf({ live }: Ring): number {
  let count = 0;
  for (const { opcode } of live) if (opcode === IORING_OP_ASYNC_CANCEL) count += 1;
  return count;
}

/** Linux keeps a list for each kind of what is parked: futexes, children. */
function kindsOf(parked: readonly Request[]): number {
  const children = parked.filter(({ opcode }) => opcode === IORING_OP_WAITID).length;
  return Number(children > 0) + Number(parked.length > children);
}
