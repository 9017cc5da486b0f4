/**
 * Timeouts that complete after a number of completions (TIMEOUT-8).
 *
 * Linux counts in 32 bits from where it looked last. A counted timeout that completes in silence
 * (CQE_SKIP_SUCCESS) takes its number back, so the next look finds a count that lies behind the
 * last one, takes it for a very large step, and completes all that still count (TIMEOUT-29).
 */
import type { Core } from "../core.ts";
import { WORK_COMPLETE } from "../request-work.ts";
import type { Request, Ring } from "../state.ts";
import { fire, isExpired } from "./timers.ts";
import { queueWork } from "../tasks/work-queue.ts";

//= TIMEOUT-7
/** The number of completions now, without those of timeouts. */
function countNow(ring: Ring): number {
  return (ring.postedCount - ring.timeoutCount) >>> 0;
}

/** Notes at how many CQEs a timeout completes; the list stays sorted (TIMEOUT-6). */
export function startCounting(request: Request): void {
  const { ring } = request;
  const now = countNow(ring);
  ring.countedUntil = now;
  request.target = (now + request.offset) >>> 0;
  let place = ring.counted.length;
  while (place > 0) {
    const left = ((ring.counted[place - 1] as Request).target - now) >>> 0;
    if (left <= request.offset) break;
    place -= 1;
  }
  //= TIMEOUT-8
  ring.counted.splice(place, 0, request);
}

/** Completes, with 0, the timeouts whose number of completions has been reached. */
export function countOut(core: Core, ring: Ring): void {
  const { counted } = ring;
  if (counted.length === 0) return;
  const now = countNow(ring);
  //= TIMEOUT-29
  const step = (now - ring.countedUntil) >>> 0;
  let taken = 0;
  while (taken < counted.length) {
    const needed = ((counted[taken] as Request).target - ring.countedUntil) >>> 0;
    if (step < needed) break;
    taken += 1;
  }
  ring.countedUntil = now;
  if (taken === 0) return;
  for (const timeout of counted.splice(0, taken)) {
    // One that has expired as well may have fired before (ND-8).
    if (isExpired(core, timeout) && core.choices.firesFirst(timeout)) {
      fire(core, timeout);
      continue;
    }
    core.agenda.remove(timeout);
    //= ENTER-34
    ring.timeoutCount += 1;
    //= TIMEOUT-1, TIMEOUT-6
    timeout.result = 0;
    //= TIMEOUT-9
    queueWork(core, timeout, WORK_COMPLETE);
  }
}
