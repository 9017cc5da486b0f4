/**
 * Virtual time: it stands still until somebody moves it.
 */
import type { Clock } from "../emulator/host/host.ts";

/**
 * What CLOCK_REALTIME shows when the world starts, unless told otherwise:
 * 2024-01-01 00:00:00 UTC, in nanoseconds since the epoch.
 *
 * A whole number of seconds, which a double holds exactly at this size.
 */
export const REALTIME_AT_START: number = 1_704_067_200 * 1e9;

/** Where time begins. */
export interface SimClockOptions {
  /** `monotonic()` at the start, in nanoseconds; 0 when left out. */
  readonly start?: number;
  /** What CLOCK_REALTIME is ahead, in nanoseconds: a whole number of seconds. */
  readonly realtimeOffset?: number;
}

/** A clock that `advanceTo` alone moves. */
export class SimClock implements Clock {
  #now: number;
  readonly #realtimeOffset: number;

  constructor(options: SimClockOptions = {}) {
    this.#now = options.start ?? 0;
    this.#realtimeOffset = options.realtimeOffset ?? REALTIME_AT_START;
    if (!Number.isSafeInteger(this.#now) || this.#now < 0) {
      throw new RangeError(`start ${this.#now} is no number of nanoseconds`);
    }
    if (!Number.isInteger(this.#realtimeOffset / 1e9)) {
      throw new RangeError(`realtime offset ${this.#realtimeOffset} is no whole number of seconds`);
    }
  }

  monotonic(): number {
    return this.#now;
  }

  realtimeOffset(): number {
    return this.#realtimeOffset;
  }

  /** Moves to `nanoseconds`, which is not before `monotonic()`. */
  advanceTo(nanoseconds: number): void {
    if (!Number.isSafeInteger(nanoseconds) || nanoseconds < this.#now) {
      throw new RangeError(`the clock stands at ${this.#now} and cannot go to ${nanoseconds}`);
    }
    this.#now = nanoseconds;
  }
}
