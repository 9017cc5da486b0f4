/** Who decides on the simulated kernel: which event is next, and every choice within it. */
import type { Latency } from "../emulator/core.ts";
import type { Decider } from "../emulator/host/host.ts";
import type { Kernel, KernelEvent } from "../emulator/kernel.ts";

/** Picks the next event, and answers every choice within it. */
export interface Scheduler extends Decider {
  /** How late a request completes; left out: due at once, in whatever order `next` picks. */
  readonly latency?: Latency;
  /** The event that happens next, of `kernel.runnable()`, or undefined where there is none. */
  next(kernel: Kernel): KernelEvent | undefined;
}
