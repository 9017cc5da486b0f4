/**
 * The wake-ups of those who wait for a file, counted, and what the latest were about.
 *
 * Linux tells each waiter of each wake-up. Here waiters look later, and may ask then what came
 * first since they looked last.
 */

/** So many are remembered. Of older ones nobody knows what they were about. */
const KEPT = 4;

/** A count of wake-ups, and the events that the last few named. */
export class Wakes {
  count = 0;
  /** POLL* events, the latest one's last. */
  readonly named: number[] = [];

  /** @param events - POLL* events that it is about; 0 where it does not say */
  add(events = 0): void {
    this.count += 1;
    if (this.named.length === KEPT) this.named.shift();
    this.named.push(events);
  }

  /** The events of wake-up number `n`, where the first one has number 1; 0 if not known. */
  at(n: number): number {
    const index = n - this.count + this.named.length - 1;
    return this.named[index] ?? 0;
  }
}
