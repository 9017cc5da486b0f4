/**
 * The default scheduler: a discrete-event simulation, drawn from one seed.
 *
 * A request that does not complete at submit gets a virtual latency, and the earliest due event is
 * next; timers interleave by virtual time. Latency is uniform over a range that depends on the
 * kind of work (see `RANGES`, in nanoseconds), and one request in 256 takes 16 times as long.
 *
 * Choices go as on a healthy Linux machine unless told otherwise: half of the requests that may
 * complete inline do, streams move all they can, allowed faults happen rarely, and a race of a
 * cancellation may end in any way.
 */
import type { Latency } from "../emulator/core.ts";
import type { ChoiceKind } from "../emulator/host/host.ts";
import type { Kernel, KernelEvent } from "../emulator/kernel.ts";
import { PHASE_ARMED } from "../emulator/request-phases.ts";
import type { Request } from "../emulator/state.ts";
import { Random } from "./random.ts";
import type { Scheduler } from "./scheduler.ts";

/** Probabilities from 0 to 1 of what is not Linux's usual way. */
export interface SeededOptions {
  /** A request that may complete at submit does not (default 0.5). */
  readonly late?: number;
  /** A stream moves fewer bytes than it could (default 0). */
  readonly short?: number;
  /** A fault that the policy allows happens (default 1/16). */
  readonly fault?: number;
  /** Multiplies every latency; a non-negative integer (default 1). */
  readonly slowness?: number;
}

interface Range {
  readonly minimum: number;
  readonly spread: number;
}

const WAKE_UP: Range = { minimum: 1_000, spread: 9_000 };
const OTHER: Range = { minimum: 5_000, spread: 45_000 };
const DISK: Range = { minimum: 20_000, spread: 100_000 };
const METADATA: Range = { minimum: 30_000, spread: 170_000 };
const FLUSH: Range = { minimum: 200_000, spread: 800_000 };
const RANGES: ReadonlyMap<string, Range> = new Map([
  ["read", DISK],
  ["readv", DISK],
  ["write", DISK],
  ["writev", DISK],
  ["fsync", FLUSH],
  ["ftruncate", METADATA],
  ["openat", METADATA],
  ["statx", METADATA],
  ["unlinkat", METADATA],
  ["renameat", METADATA],
  ["mkdirat", METADATA],
]);
const STRAGGLERS = 256;
const STRAGGLER_FACTOR = 16;

/** Draws everything from a seed: same seed, same calls, same world. */
export class SeededScheduler implements Scheduler {
  readonly seed: number;
  readonly latency: Latency;
  readonly #inline: Random;
  readonly #races: Random;
  readonly #transfers: Random;
  readonly #faults: Random;
  readonly #late: number;
  readonly #short: number;
  readonly #fault: number;

  constructor(seed: number, options: SeededOptions = {}) {
    this.seed = seed;
    this.latency = new SeededLatency(new Random(seed, "latency"), options.slowness ?? 1);
    this.#inline = new Random(seed, "inline");
    this.#races = new Random(seed, "races");
    this.#transfers = new Random(seed, "transfers");
    this.#faults = new Random(seed, "faults");
    this.#late = options.late ?? 0.5;
    this.#short = options.short ?? 0;
    this.#fault = options.fault ?? 1 / 16;
  }

  next(kernel: Kernel): KernelEvent | undefined {
    return kernel.earliest();
  }

  choose(
    count: number,
    _point: () => string,
    _option: (index: number) => string,
    kind: ChoiceKind,
  ): number {
    switch (kind) {
      case "inline":
        return this.#inline.chance(this.#late) ? 1 : 0;
      case "short":
        return unusual(this.#transfers, this.#short, count);
      case "fault":
        return unusual(this.#faults, this.#fault, count);
      case "lookup":
      case "worker":
      case "eager":
      case "bundle":
      case "cache":
      case "count":
      case "end":
      case "hint":
      case "notice":
      case "notification":
      case "number":
      case "position":
      case "rest":
      case "signal":
      case "usage":
        return 0;
      case "cancel":
      case "match":
      case "close":
        return this.#races.below(count);
    }
  }
}

/** 0, or with the given probability one of the others. */
function unusual(random: Random, probability: number, count: number): number {
  return random.chance(probability) ? 1 + random.below(count - 1) : 0;
}

class SeededLatency implements Latency {
  readonly #random: Random;
  readonly #slowness: number;

  constructor(random: Random, slowness: number) {
    this.#random = random;
    this.#slowness = slowness;
  }

  sample(request: Request, name: string): number {
    const range = request.phase === PHASE_ARMED ? WAKE_UP : (RANGES.get(name) ?? OTHER);
    const latency = range.minimum + this.#random.below(range.spread);
    const straggles = this.#random.below(STRAGGLERS) === 0;
    return latency * this.#slowness * (straggles ? STRAGGLER_FACTOR : 1);
  }
}
