import type { FaultPolicy } from "../../emulator/host/faults.ts";
import type { ChoiceKind } from "../../emulator/host/host.ts";
import type { SimBackend } from "../backend.ts";
import type { SimClock } from "../clock.ts";
import type { SimFiles } from "../files/index.ts";
import type { Choice } from "./choice-list.ts";

/** The world that one run of a program gets, new each time. */
export interface SimWorld {
  /** To open rings on: `Ring.open({ backend: world.backend })`. */
  readonly backend: SimBackend;
  /** To put files there before the program uses them, and to look at them afterwards. */
  readonly files: SimFiles;
  readonly clock: SimClock;
}

/**
 * What is explored. It must do the same when it is told the same: no real time, no
 * randomness, no I/O outside the world. Throwing, or rejecting, is a violation.
 */
export type Program = (world: SimWorld) => Promise<unknown>;

/** `"order"`: which event is next. For the others see the emulator's `ChoiceKind`. */
export type ExploredKind = "order" | ChoiceKind;

/** How to explore. */
export interface ExploreOptions {
  /** `"exhaustive"` (every schedule) when left out; `"random"` draws `runs` of them. */
  readonly strategy?: "exhaustive" | "random";
  /** Seed of the random strategy, a safe integer; 1 when left out. */
  readonly seed?: number;
  /** Runs of the random strategy; 1000 when left out. */
  readonly runs?: number;
  /** Bound on the schedules; the result then says that it is not complete. */
  readonly maxSchedules?: number;
  /** Events of one run after which it counts as a livelock; 10,000 when left out. */
  readonly maxSteps?: number;
  /**
   * Kinds of choice that are not explored, and the continuation that they always take:
   * `{ inline: 1 }` lets every request complete late. 0 is Linux's usual way.
   */
  readonly fix?: Readonly<Partial<Record<ExploredKind, number>>>;
  /** What may go wrong beyond what Linux does to everybody; nothing when left out. */
  readonly faults?: FaultPolicy;
  /** A string from a violation: runs exactly that schedule, once. */
  readonly replay?: string;
  /** Called now and then with the schedules run so far. */
  readonly onProgress?: (schedules: number) => void;
}

/**
 * What can be wrong with a run.
 *
 * - `ownership`: the kernel and the library disagree about a buffer, or a rule of the library broke
 * - `deadlock`: a promise waits and nothing can happen
 * - `livelock`: too many events
 * - `unfinished`: the program ended with operations in flight
 * - `error`: the program threw
 * - `nondeterminism`: the program did not do the same again
 */
export type ViolationKind =
  "ownership" | "deadlock" | "livelock" | "unfinished" | "error" | "nondeterminism";

/** The first run in which something was wrong. */
export interface Violation {
  readonly kind: ViolationKind;
  readonly message: string;
  /** What the program threw, for `error`. */
  readonly cause?: unknown;
  /** The choices that led there, in words. */
  readonly choices: readonly Choice[];
  /** `explore(program, { replay })` runs this schedule again. */
  readonly replay: string;
  /** The run drawn: who had what when. */
  readonly timeline: string;
}

/** What an exploration found. */
export interface ExploreResult {
  readonly schedules: number;
  /** Events of the kernel over all schedules. */
  readonly steps: number;
  /** True when there is no schedule that was not run. */
  readonly complete: boolean;
  /** The seed of a random exploration. */
  readonly seed?: number;
  readonly violation?: Violation;
}
