/**
 * Signals on the simulated kernel: those that the program has handlers for, and blocks or not.
 * SIGPIPE alone it ignores, as Node.js does.
 *
 * A handler runs when the program is in a call that waits, or when it makes its next one: nothing
 * in between could tell. What is blocked stays pending, once for each number.
 */
import { SIGPIPE } from "../../spec/abi/linux.ts";
import type { Signals } from "../emulator/host/host.ts";

/** The pending and the blocked signals of one program, and a timer that sends one. */
export class SimSignals implements Signals {
  readonly #pending = new Set<number>();
  readonly #blocked = new Set<number>();
  #due = Number.POSITIVE_INFINITY;
  #period = 0;
  #signal = 0;

  /** When the timer sends a signal next, in nanoseconds on the monotonic clock; Infinity: never. */
  get due(): number {
    return this.#due;
  }

  /** kill(2) of the program itself; `signal` is 1 to 64. What is ignored is kept while blocked. */
  send(signal: number): void {
    if (signal !== SIGPIPE || this.#blocked.has(signal)) this.#pending.add(signal);
  }

  /** sigpending(2): whether a signal waits for the program to unblock it. */
  isPending(signal: number): boolean {
    return this.#pending.has(signal);
  }

  /** sigprocmask(2) with SIG_BLOCK. */
  block(signal: number): void {
    this.#blocked.add(signal);
  }

  /** sigprocmask(2) with SIG_UNBLOCK. */
  unblock(signal: number): void {
    this.#blocked.delete(signal);
    if (signal === SIGPIPE) this.#pending.delete(signal);
  }

  /** Sends `signal` every `period` nanoseconds from `now` on, until `stop`. */
  repeat(signal: number, period: number, now: number): void {
    this.#signal = signal;
    this.#period = period;
    this.#due = now + period;
  }

  /** The timer sends nothing any more. */
  stop(): void {
    this.#due = Number.POSITIVE_INFINITY;
  }

  /** The timer's time has come. */
  expire(): void {
    this.send(this.#signal);
    this.#due += this.#period;
  }

  interrupt(mask?: Uint8Array): boolean {
    let interrupted = false;
    for (const signal of this.#pending) {
      if (mask === undefined ? this.#blocked.has(signal) : isIn(mask, signal)) continue;
      this.#pending.delete(signal);
      interrupted = true;
    }
    return interrupted;
  }
}

/** Whether a sigset_t has a signal. */
function isIn(mask: Uint8Array, signal: number): boolean {
  const bit = signal - 1;
  return (((mask[bit >> 3] ?? 0) >> (bit & 7)) & 1) === 1;
}
