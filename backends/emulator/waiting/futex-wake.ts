/** FUTEX_WAKE, whoever does it: a request, or a thread of the program. */
import type { Core } from "../core.ts";
import { BIT_PARKED_WOKEN } from "../request-bits.ts";
import { WORK_FUTEX } from "../request-work.ts";
import { queueWork } from "../tasks/work-queue.ts";

/**
 * Wakes those who wait for a word with a mask that has a bit in common. A request is woken once;
 * its other words are let go of when it completes.
 *
 * @param limit - as an int: 0 wakes nobody, a negative number one (FUTEX-20)
 * @returns how many places in the list were woken; those of one FUTEX_WAITV count each
 */
export function wakeFutex(
  core: Core,
  address: number,
  shared: boolean,
  limit: number,
  mask: number,
): number {
  //= FUTEX-9
  if (limit === 0) return 0;
  let woken = 0;
  //= FUTEX-20
  do {
    const waiter = core.futexes.next(address, shared, mask);
    if (waiter === undefined) break;
    woken += 1;
    const { request, index } = waiter;
    if (request.bits & BIT_PARKED_WOKEN) continue;
    request.bits |= BIT_PARKED_WOKEN;
    request.result = index;
    queueWork(core, request, WORK_FUTEX);
  } while (woken < limit);
  return woken;
}
