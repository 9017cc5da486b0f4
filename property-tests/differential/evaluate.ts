/** One program on both kernels, and the verdict. */
import { compareEnds } from "./compare.ts";
import type { Leniency } from "./emulated/replay.ts";
import { search, type Verdict } from "./emulated/search.ts";
import { exclusionOf } from "./excluded.ts";
import { brokenOrder } from "./order.ts";
import type { Program } from "./program.ts";
import type { RealKernel } from "./real/client.ts";
import type { Run, Trace } from "./trace.ts";

export type Outcome =
  /** `reordered`: CQEs of different requests came in an order that the emulator does not show. */
  | { readonly kind: "possible"; readonly reordered: boolean }
  | { readonly kind: "excluded"; readonly name: string }
  | ({ readonly kind: "undecided" } & Doubt)
  | ({ readonly kind: "outside" } & Doubt);

/** Why a program is not known to be possible, and what Linux did. */
export interface Doubt {
  readonly why: string;
  readonly trace?: Trace;
}

/**
 * For how long nothing must happen before a program believes that nothing will, in nanoseconds. A
 * machine that is busy may need longer, so what happens too late is tried again with more patience.
 */
const QUIET = [1e6, 10e6, 100e6, 500e6, 2e9];

/** Ways that the search goes before it gives up: in the very order, and in any. */
const WAYS_IN_ORDER = 300;
const WAYS = 10_000;

/** Runs a program on Linux, and says whether the emulator can do the same. */
export async function evaluate(kernel: RealKernel, program: Program): Promise<Outcome> {
  const exclusion = exclusionOf(program);
  if (exclusion !== undefined) return { kind: "excluded", name: exclusion.name };
  let outcome: Outcome = { kind: "possible", reordered: false };
  for (const quiet of QUIET) {
    const result = await kernel.run(program, quiet);
    if (result.kind === "hang") return { kind: "outside", why: "Linux hangs" };
    if (result.kind === "crash") return { kind: "outside", why: `crash: ${result.message}` };
    outcome = decide(program, result, false);
    if (outcome.kind === "possible") return outcome;
    // Possible if some things are still to come: Linux may only have been slow.
    if (decide(program, result, true).kind !== "possible") return outcome;
  }
  return outcome;
}

function decide(program: Program, run: Run, mayBeSlow: boolean): Outcome {
  const { trace } = run;
  const broken = brokenOrder(program, trace);
  if (broken !== undefined) return { kind: "outside", why: broken, trace };
  const inOrder = tryAll(program, run, { mayBeSlow, order: "as seen" }, WAYS_IN_ORDER);
  if (inOrder.kind === "possible") return { kind: "possible", reordered: false };
  const verdict = tryAll(program, run, { mayBeSlow, order: "any" }, WAYS);
  if (verdict.kind === "possible") return { kind: "possible", reordered: true };
  return { kind: verdict.kind, why: verdict.why, trace };
}

function tryAll(program: Program, run: Run, leniency: Leniency, limit: number): Verdict {
  // What was still to come when the program ended may have left its traces.
  const judge = leniency.mayBeSlow ? (): undefined => undefined : compareEnds.bind(undefined, run);
  const measure = { ...leniency, judge };
  try {
    return search(program, run.trace, measure, limit);
  } catch (error) {
    // The emulator asserts its own invariants by throwing.
    const why = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { kind: "outside", replays: 0, why: `the emulator fails: ${why}` };
  }
}
