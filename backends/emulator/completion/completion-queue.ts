/**
 * The completion queue: CQEs into the ring, or into the backlog when it is full (NODROP).
 *
 * While the backlog holds anything, new CQEs join it even if the ring has room, so that order is
 * kept (CQ-3, CQ-4). It moves into the ring only when the program enters with GETEVENTS (CQ-5).
 */
import {
  CQE_BIG,
  CQE_FLAGS,
  CQE_RES,
  CQE_SIZE,
  IORING_CQE_F_32,
  IORING_SQ_CQ_OVERFLOW,
} from "../../../spec/abi/cqe.ts";
import type { Core } from "../core.ts";
import { takeSlot } from "./cq-slots.ts";
import { CQ_OVERFLOW, CQ_TAIL, CQES } from "../setup/layout.ts";
import { requestName } from "../names.ts";
import { cqPending, setSqFlag } from "../ring-words.ts";
import type { Request, Ring } from "../state.ts";

/** Writes the CQE of a request, or queues it behind a full ring. */
export function postCompletion(core: Core, request: Request): void {
  const { ring, userDataLow, userDataHigh, result, cqeFlags, big } = request;
  if (core.trace !== undefined) traceCompletion(core, request, result, cqeFlags);
  post(core, ring, userDataLow, userDataHigh, result, cqeFlags, big);
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
  post(core, ring, userDataLow, userDataHigh, result, flags, undefined);
}

/**
 * Writes a CQE of a request that goes on (F_MORE).
 *
 * @returns false when the ring has no room: the request has to end (CQ-7)
 */
export function postMore(core: Core, request: Request, result: number, flags: number): boolean {
  const { ring, userDataLow, userDataHigh } = request;
  const posted = !ring.closed && write(ring, false, userDataLow, userDataHigh, result, flags);
  if (!posted) return false;
  if (core.trace !== undefined) traceCompletion(core, request, result, flags);
  wake(core, ring);
  return true;
}

//= CQ-5
/** Moves as much of the backlog into the ring as fits. */
export function flushBacklog(core: Core, ring: Ring): void {
  const { backlog } = ring;
  if (backlog.length === 0 || cqPending(ring) === ring.layout.cqEntries) return;
  let moved = 0;
  for (const entry of backlog) {
    const { userDataLow, userDataHigh, result, flags, big } = entry;
    if (!write(ring, true, userDataLow, userDataHigh, result, flags, big)) break;
    moved += 1;
  }
  backlog.splice(0, moved);
  //= CQ-14
  if (backlog.length === 0) setSqFlag(ring, IORING_SQ_CQ_OVERFLOW, false);
  //= POLL-28
  wake(core, ring);
}

/** Notes that whoever watches the ring should look at it. */
export function wake(core: Core, ring: Ring): void {
  //= POLL-23
  // Until all have looked again, nobody hears of it (POLL-23).
  if (!ring.stirs) ring.wakeups += 1;
  announce(core, ring);
}

/** Notes for the host that the ring's owner should look at it; who polls it sleeps on. */
export function announce(core: Core, ring: Ring): void {
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
  big: Uint8Array | undefined,
): void {
  if (!ring.closed && !write(ring, false, userDataLow, userDataHigh, result, flags, big)) {
    if (core.profile.behaves.backlog) {
      //= CQ-3
      ring.backlog.push({ userDataLow, userDataHigh, result, flags, big });
      setSqFlag(ring, IORING_SQ_CQ_OVERFLOW, true);
    } else {
      lose(ring);
    }
  }
  wake(core, ring);
}

//= CQ-21, CQ-6
/** A CQE without a place is lost, and counted. */
function lose({ view }: Ring): void {
  view.setUint32(CQ_OVERFLOW, view.getUint32(CQ_OVERFLOW, true) + 1, true);
}

/** False where the ring has no room, or what is not `fromBacklog` has to wait behind that. */
function write(
  ring: Ring,
  fromBacklog: boolean,
  low: number,
  high: number,
  result: number,
  flags: number,
  big?: Uint8Array,
): boolean {
  const { view, layout } = ring;
  const wide = (flags & IORING_CQE_F_32) !== 0;
  const slot = takeSlot(ring, fromBacklog, wide);
  if (slot < 0) return false;
  const at = CQES + slot * layout.cqeSize;
  //= MEM-5
  view.setUint32(at, low, true);
  view.setUint32(at + 4, high, true);
  view.setInt32(at + CQE_RES, result, true);
  view.setUint32(at + CQE_FLAGS, flags, true);
  if (wide || layout.cqeSize > CQE_SIZE) writeBig(view, at + CQE_BIG, big);
  //= MEM-10
  view.setUint32(CQ_TAIL, ring.cqTail, true);
  return true;
}

//= CQ-8
/** The second half of a CQE is 0 unless the operation fills it. */
function writeBig(view: DataView, at: number, big: Uint8Array | undefined): void {
  for (let i = 0; i < CQE_SIZE; i++) view.setUint8(at + i, big?.[i] ?? 0);
}

function traceCompletion(core: Core, request: Request, result: number, flags: number): void {
  core.trace?.(`cqe ${requestName(core.operations, request)} res=${result} flags=${flags}`);
}
