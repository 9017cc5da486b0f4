/**
 * The completion queue: CQEs into the ring, or into the backlog when it is full (NODROP).
 *
 * While the backlog holds anything, new CQEs join it even if the ring has room, so that order is
 * kept (CQ-3, CQ-4). It moves into the ring only when the program enters with GETEVENTS (CQ-5).
 */
import { CQE_FLAGS, CQE_RES, IORING_SQ_CQ_OVERFLOW } from "../../spec/abi/cqe.ts";
import type { Core } from "./core.ts";
import { CQ_HEAD, CQ_OVERFLOW, CQ_TAIL, CQES } from "./layout.ts";
import { requestName } from "./names.ts";
import { type Request, type Ring, setSqFlag } from "./state.ts";

/** Writes the CQE of a request, or queues it behind a full ring. */
export function postCompletion(core: Core, request: Request): void {
  const { ring, userDataLow, userDataHigh, result, cqeFlags } = request;
  if (core.trace !== undefined) traceCompletion(core, request, result, cqeFlags);
  post(core, ring, userDataLow, userDataHigh, result, cqeFlags);
}

/** Writes a CQE that belongs to no request, or queues it behind a full ring. */
export function postAuxiliary(
  core: Core,
  ring: Ring,
  userDataLow: number,
  userDataHigh: number,
  result: number,
  flags: number,
): void {
  core.trace?.(`cqe without a request on ring ${ring.id} res=${result} flags=${flags}`);
  post(core, ring, userDataLow, userDataHigh, result, flags);
}

/**
 * Writes a CQE of a request that goes on (F_MORE).
 *
 * @returns false when the ring has no room: the request has to end (CQ-7)
 */
export function postMore(core: Core, request: Request, result: number, flags: number): boolean {
  const { ring, userDataLow, userDataHigh } = request;
  if (ring.closed || !writeCqe(ring, userDataLow, userDataHigh, result, flags)) return false;
  if (core.trace !== undefined) traceCompletion(core, request, result, flags);
  wake(core, ring);
  return true;
}

/** Moves as much of the backlog into the ring as fits. */
export function flushBacklog(ring: Ring): void {
  const { backlog } = ring;
  if (backlog.length === 0) return;
  let moved = 0;
  while (moved < backlog.length && hasRoom(ring)) {
    const entry = backlog[moved];
    if (entry === undefined) break;
    store(ring, entry.userDataLow, entry.userDataHigh, entry.result, entry.flags);
    moved += 1;
  }
  backlog.splice(0, moved);
  if (backlog.length === 0) setSqFlag(ring, IORING_SQ_CQ_OVERFLOW, false);
}

/** Notes that whoever watches the ring should look at it. */
export function wake(core: Core, ring: Ring): void {
  ring.wakeups += 1;
  if (ring.woken) return;
  ring.woken = true;
  core.woken.push(ring);
}

function post(
  core: Core,
  ring: Ring,
  userDataLow: number,
  userDataHigh: number,
  result: number,
  flags: number,
): void {
  if (!ring.closed && !writeCqe(ring, userDataLow, userDataHigh, result, flags)) {
    if (core.profile.behaves.backlog) {
      ring.backlog.push({ userDataLow, userDataHigh, result, flags });
      setSqFlag(ring, IORING_SQ_CQ_OVERFLOW, true);
    } else {
      lose(ring);
    }
  }
  wake(core, ring);
}

//= CQ-19
/** A CQE without a place is lost, and counted. */
function lose({ view }: Ring): void {
  view.setUint32(CQ_OVERFLOW, view.getUint32(CQ_OVERFLOW, true) + 1, true);
}

function writeCqe(ring: Ring, low: number, high: number, result: number, flags: number): boolean {
  if (ring.backlog.length > 0 || !hasRoom(ring)) return false;
  store(ring, low, high, result, flags);
  return true;
}

function hasRoom(ring: Ring): boolean {
  const used = (ring.cqTail - ring.view.getUint32(CQ_HEAD, true)) >>> 0;
  return used < ring.layout.cqEntries;
}

function store(ring: Ring, low: number, high: number, result: number, flags: number): void {
  const { view, layout } = ring;
  const at = CQES + (ring.cqTail & (layout.cqEntries - 1)) * layout.cqeSize;
  view.setUint32(at, low, true);
  view.setUint32(at + 4, high, true);
  view.setInt32(at + CQE_RES, result, true);
  view.setUint32(at + CQE_FLAGS, flags, true);
  for (let extra = at + 16; extra < at + layout.cqeSize; extra += 4) view.setUint32(extra, 0, true);
  ring.cqTail = (ring.cqTail + 1) >>> 0;
  view.setUint32(CQ_TAIL, ring.cqTail, true);
  ring.postedCount += 1;
}

function traceCompletion(core: Core, request: Request, result: number, flags: number): void {
  core.trace?.(`cqe ${requestName(core.operations, request)} res=${result} flags=${flags}`);
}
