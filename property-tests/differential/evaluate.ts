/** One program on both kernels, and the verdict. */
import type { KernelName } from "../../backends/emulator/profile/profile.ts";
import { compareEnds } from "./compare.ts";

import { type Measure, search, type Verdict } from "./emulated/search.ts";
import { exclusionOf } from "./excluded.ts";
import { brokenOrder } from "./order.ts";
import type { Program } from "./program.ts";
import type { RealKernel } from "./real/client.ts";
import { RUNNING_KERNEL } from "./running-kernel.ts";
import type { Run } from "./trace.ts";

export type Outcome =
  /** `reordered`: CQEs of different requests came in an order that the emulator does not show. */
  | { readonly kind: "possible"; readonly reordered: boolean }
  | { readonly kind: "excluded"; readonly name: string }
  | ({ readonly kind: "undecided" } & Doubt)
  | ({ readonly kind: "outside" } & Doubt);

/** Why an outcome is what it is, for a person. */
export function reasonOf(outcome: Outcome): string {
  return "why" in outcome ? outcome.why : outcome.kind;
}

/** Why a program is not known to be possible, and what Linux did. */
export interface Doubt {
  readonly why: string;
  readonly run?: Run;
}

/**
 * For how long nothing must happen before a program believes that nothing will, in nanoseconds. A
 * machine that is busy may need longer, so what happens too late is tried again with more patience.
 */
const QUIET = [1e6, 10e6, 100e6, 500e6, 2e9];

/** Ways that the search goes in the very order. */
const WAYS_IN_ORDER = 300;
/**
 * Ways that it goes in any order: most that is possible is found soon, some takes seconds, and a
 * few in 100,000 take a minute.
 */
const WAYS = [1000, 10_000, 60_000];

/** Runs a program on Linux, and says whether the emulator can do the same. */
export async function evaluate(kernel: RealKernel, program: Program): Promise<Outcome> {
  const exclusion = exclusionOf(program);
  if (exclusion !== undefined) return { kind: "excluded", name: exclusion.name };
  let outcome: Outcome = { kind: "possible", reordered: false };
  let last: Run | undefined;
  for (const quiet of QUIET) {
    let result = await kernel.run(program, quiet);
    // Others may have had the machine all the time.
    if (result.kind === "hang") result = await kernel.run(program, quiet);
    if (result.kind === "hang") return judgeHang(program);
    if (result.kind === "crash") return { kind: "outside", why: `crash: ${result.message}` };
    const { isOver, verdict } = judge(program, result);
    if (isOver) return verdict;
    outcome = verdict;
    last = result;
  }
  if (outcome.kind !== "undecided" || last === undefined) return outcome;
  return judgeAgain(program, last, RUNNING_KERNEL);
}

function judgeHang(program: Program): Outcome {
  const exclusion = exclusionOf(program, "hang");
  if (exclusion !== undefined) return { kind: "excluded", name: exclusion.name };
  return { kind: "outside", why: "Linux hangs" };
}

/** The verdict on what a kernel of that release did once. */
export function judgeAgain(program: Program, run: Run, kernel: KernelName): Outcome {
  return decide(program, run, { mayBeSlow: false, kernel }, WAYS.at(-1) ?? 0);
}

/** The verdict on one run. It is not over where things may still have been to come. */
function judge(program: Program, run: Run): { isOver: boolean; verdict: Outcome } {
  let verdict: Outcome = { kind: "undecided", why: "" };
  for (const ways of WAYS) {
    verdict = decide(program, run, { mayBeSlow: false, kernel: RUNNING_KERNEL }, ways);
    if (verdict.kind === "possible") return { isOver: true, verdict };
    // Possible if some things are still to come: Linux may only have been slow.
    const later = decide(program, run, { mayBeSlow: true, kernel: RUNNING_KERNEL }, ways);
    if (later.kind === "possible") return { isOver: false, verdict };
    // What is not possible even then is not possible at all.
    if (later.kind === "outside") return { isOver: true, verdict: later };
  }
  // What only slowness could explain, if anything does, is run again, with more patience.
  return { isOver: verdict.kind !== "outside", verdict };
}

/** What is held against a run. */
type Standard = Pick<Measure, "mayBeSlow" | "kernel">;

function decide(program: Program, run: Run, standard: Standard, ways: number): Outcome {
  const broken = brokenOrder(program, run.trace);
  if (broken !== undefined) return { kind: "outside", why: broken, run };
  const inOrder = tryAll(program, run, { ...standard, order: "as seen" }, WAYS_IN_ORDER);
  if (inOrder.kind === "possible") return { kind: "possible", reordered: false };
  const verdict = tryAll(program, run, { ...standard, order: "any" }, ways);
  if (verdict.kind === "possible") return { kind: "possible", reordered: true };
  return { kind: verdict.kind, why: verdict.why, run };
}

function tryAll(
  program: Program,
  run: Run,
  leniency: Omit<Measure, "judge">,
  limit: number,
): Verdict {
  // What was still to come when the program ended may have left its traces.
  const judgeEnd = leniency.mayBeSlow
    ? (): undefined => undefined
    : compareEnds.bind(undefined, run);
  const measure = { ...leniency, judge: judgeEnd };
  try {
    return search(program, run.trace, measure, limit);
  } catch (error) {
    // The emulator asserts its own invariants by throwing.
    const why = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { kind: "outside", replays: 0, why: `the emulator fails: ${why}` };
  }
}
