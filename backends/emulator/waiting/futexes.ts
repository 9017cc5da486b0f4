/**
 * The futexes of the program: who waits for which word (futex(2), FUTEX_WAIT and FUTEX_WAITV).
 *
 * Waiters stand in one list, the one that waited longest first. A word is known by its address,
 * and apart for private and for shared use (FUTEX-12). The memory there is looked at when somebody
 * begins to wait, and never again (FUTEX-13).
 */
import type { Request } from "../state.ts";

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

  /** `request` waits for a word from now on. It is parked by the caller. */
  add(request: Request, address: number, shared: boolean, mask: number, index: number): void {
    //= FUTEX-10, FUTEX-13
    this.waiters.push(new Waiter(request, address, shared, mask, index));
  }

  //= FUTEX-4, FUTEX-18
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
   * Takes the one out of the list who waited longest, of those who wait for a word with a mask
   * that has a bit in common. Undefined: nobody.
   */
  next(address: number, shared: boolean, mask: number): Waiter | undefined {
    const index = this.waiters.findIndex(
      (waiter) =>
        //= FUTEX-2, FUTEX-12
        waiter.address === address && waiter.shared === shared && (waiter.mask & mask) !== 0,
    );
    return index < 0 ? undefined : this.waiters.splice(index, 1)[0];
  }
}
