/** CQEs that no request of the ring completes with: messages from other rings, and tags. */
import { postAuxiliary } from "./completion-queue.ts";
import type { Core } from "../core.ts";
import { countOut } from "../waiting/counted.ts";
import { signalPosted } from "./eventfd.ts";
import type { Ring } from "../state.ts";

/**
 * Posts a CQE at once, or queues it behind a full ring. Timeouts count it.
 *
 * What follows from it on another ring than that of the call runs when the call ends.
 */
export function notify(
  core: Core,
  ring: Ring,
  userDataLow: number,
  userDataHigh: number,
  result: number,
  flags: number,
): void {
  //= MSG-5
  postAuxiliary(core, ring, userDataLow, userDataHigh, result, flags);
  if (ring.eventfd !== undefined) signalPosted(core, ring, core.onWorker);
  //= MSG-21
  if (ring.counted.length === 0) return;
  countOut(core, ring);
  if (!core.notified.includes(ring)) core.notified.push(ring);
}
