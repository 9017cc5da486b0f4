/**
 * Requests that wait for a child.
 *
 * Linux wakes the last one first, and whoever is woken looks again: one takes what the child has
 * done, and the others wait on, or find that there is no such child any more (WAITID-9).
 */
import type { Core } from "../core.ts";
import { BIT_PARKED_WOKEN } from "../request-bits.ts";
import { PHASE_PARKED } from "../request-phases.ts";
import { WORK_CHILD } from "../request-work.ts";
import type { Request } from "../state.ts";
import { queueWork } from "../tasks/work-queue.ts";

/** Bytes of a siginfo_t that waitid(2) fills, with a gap that it leaves alone. */
const HEAD_SIZE = 12;
const CHILD_OFFSET = 16;

/** Parks a WAITID until one of its children does something. */
export function parkForChild(core: Core, request: Request): void {
  request.bits &= ~BIT_PARKED_WOKEN;
  request.phase = PHASE_PARKED;
  //= WAITID-11
  core.childWaits.unshift(request);
}

//= WAITID-10
/** Ends the wait of a request that is stopped, and says nothing about any child. */
export function leaveChild(core: Core, request: Request): void {
  const index = core.childWaits.indexOf(request);
  if (index >= 0) core.childWaits.splice(index, 1);
  tellChild(core, request, 0, 0, 0, 0, 0);
}

//= WAITID-9
/** A child has ended, stopped or gone on: those who wait for it look again. */
export function childChanged(core: Core, pid: number): void {
  for (const request of core.childWaits.slice()) {
    if (!core.children.fits(request.length, request.fd, pid)) continue;
    core.childWaits.splice(core.childWaits.indexOf(request), 1);
    request.bits |= BIT_PARKED_WOKEN;
    queueWork(core, request, WORK_CHILD);
  }
}

/** Fills the siginfo_t of a WAITID, if it has one. False where it cannot be written. */
export function tellChild(
  core: Core,
  request: Request,
  signal: number,
  code: number,
  pid: number,
  uid: number,
  status: number,
): boolean {
  const { address } = request;
  if (address === 0) return true;
  const head = new Uint8Array(Int32Array.of(signal, 0, code).buffer);
  const child = new Uint8Array(Int32Array.of(pid, uid, status).buffer);
  if (core.memory.write(address, head) < HEAD_SIZE) return false;
  return core.memory.write(address + CHILD_OFFSET, child) === child.length;
}
