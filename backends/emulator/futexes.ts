/**
 * The futexes of the program: who waits for which word (futex(2), FUTEX_WAIT and FUTEX_WAITV).
 *
 * Waiters stand in one list, the one that waited longest first. A word is known by its address,
 * and apart for private and for shared use (FUTEX-12). The memory there is looked at when somebody
 * begins to wait, and never again (FUTEX-13).
 */
import type { Core } from "./core.ts";
import { BIT_PARKED_WOKEN, type Request, WORK_FUTEX } from "./state.ts";
import { queueWork } from "./work-queue.ts";

/** One word that a request waits for. */
export class Waiter {
  readonly request: Request;
  readonly address: number;
  readonly shared: boolean;
  readonly mask: number;
  /** Which of the request's words it is. */
  readonly index: number;

  constructor(request: Request, address: number, shared: boolean, mask: number, index: number) {
    this.request = request;
    this.address = address;
    this.shared = shared;
    this.mask = mask;
    this.index = index;
  }
}

/** Every waiter of the process. */
export class Futexes {
  /** Who waits, in order. Only a snapshot looks at it from outside. */
  readonly waiters: Waiter[] = [];
  readonly #core: Core;

  constructor(core: Core) {
    this.#core = core;
  }

  /** `request` waits for a word from now on. It is parked by the caller. */
  add(request: Request, address: number, shared: boolean, mask: number, index: number): void {
    this.waiters.push(new Waiter(request, address, shared, mask, index));
  }

  /** `request` waits no more, for none of its words. */
  remove(request: Request): void {
    const waiters = this.waiters;
    let kept = 0;
    for (const waiter of waiters) {
      if (waiter.request !== request) waiters[kept++] = waiter;
    }
    waiters.length = kept;
  }

  /**
   * Wakes those who wait for a word with a mask that has a bit in common.
   *
   * @param limit - as an int: 0 wakes nobody, a negative number one (FUTEX-20)
   * @returns how many places in the list were woken; those of one FUTEX_WAITV count each
   */
  wake(address: number, shared: boolean, limit: number, mask: number): number {
    if (limit === 0) return 0;
    let woken = 0;
    for (const waiter of this.waiters.slice()) {
      if (waiter.address !== address || waiter.shared !== shared) continue;
      if ((waiter.mask & mask) === 0) continue;
      this.#wakeOne(waiter);
      woken += 1;
      if (woken >= limit) break;
    }
    return woken;
  }

  /** A request is woken once; its other words are let go of when it completes. */
  #wakeOne(waiter: Waiter): void {
    const { request } = waiter;
    if (request.bits & BIT_PARKED_WOKEN) return;
    request.bits |= BIT_PARKED_WOKEN;
    request.result = waiter.index;
    this.waiters.splice(this.waiters.indexOf(waiter), 1);
    queueWork(this.#core, request, WORK_FUTEX);
  }
}
