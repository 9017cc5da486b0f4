/** Timeouts that complete after a number of completions (TIMEOUT-8). */
import type { Core } from "./core.ts";
import { type Request, type Ring, WORK_COMPLETE } from "./state.ts";
import { fire, isExpired } from "./timers.ts";
import { queueWork } from "./work-queue.ts";

/** Completes, with 0, the timeouts whose number of completions has been reached. */
export function countOut(core: Core, ring: Ring): void {
  const { counted } = ring;
  if (counted.length === 0) return;
  const reached = ring.postedCount - ring.timeoutCount;
  let taken = 0;
  while (taken < counted.length && (counted[taken] as Request).target <= reached) taken += 1;
  if (taken === 0) return;
  for (const timeout of counted.splice(0, taken)) {
    // One that has expired as well may have fired before (ND-8).
    if (isExpired(core, timeout) && core.choices.firesFirst(timeout)) {
      fire(core, timeout);
      continue;
    }
    core.agenda.remove(timeout);
    ring.timeoutCount += 1;
    timeout.result = 0;
    queueWork(core, timeout, WORK_COMPLETE);
  }
}
