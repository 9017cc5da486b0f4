/**
 * Many programs, each from a seed of its own, counted by their verdicts.
 *
 * A program that falls outside is shrunk by fast-check: the same seed makes it again, and every
 * smaller one is run on both kernels.
 */
import fc from "fast-check";
import { type Doubt, evaluate, type Outcome } from "./evaluate.ts";
import type { Program } from "./program.ts";
import type { RealKernel } from "./real/client.ts";

/** A program outside of what the emulator allows, made as small as it gets. */
export interface Failure extends Doubt {
  readonly seed: number;
  readonly program: Program;
}

/** What became of all of them. */
export interface Summary {
  ran: number;
  /** Possible, but for the order of CQEs that have no order. */
  reordered: number;
  undecided: number;
  /** How many, by the name of the exclusion. */
  readonly excluded: Map<string, number>;
  readonly failures: Failure[];
  readonly doubts: Failure[];
}

/** How often a program that is to be shrunk is tried: what Linux does may differ each time. */
const SHRINK_TRIES = 3;
/** For how long one program is made smaller, at most. */
const SHRINK_MILLISECONDS = 20_000;

export function emptySummary(): Summary {
  return { ran: 0, reordered: 0, undecided: 0, excluded: new Map(), failures: [], doubts: [] };
}

/** Counts an outcome. */
function count(summary: Summary, outcome: Outcome): void {
  summary.ran += 1;
  if (outcome.kind === "undecided") summary.undecided += 1;
  if (outcome.kind === "possible" && outcome.reordered) summary.reordered += 1;
  if (outcome.kind !== "excluded") return;
  summary.excluded.set(outcome.name, (summary.excluded.get(outcome.name) ?? 0) + 1);
}

/** Runs the program of one seed, and adds what became of it to the summary. */
export async function runSeed(
  kernel: RealKernel,
  programs: fc.Arbitrary<Program>,
  seed: number,
  summary: Summary,
): Promise<void> {
  let first: Outcome | undefined;
  let doubt: Doubt | undefined;
  const deadline = performance.now() + SHRINK_MILLISECONDS;
  const property = fc.asyncProperty(programs, async (program) => {
    if (first !== undefined && performance.now() > deadline) return true;
    const outcome = await evaluate(kernel, program);
    if (first === undefined) {
      first = outcome;
      count(summary, outcome);
      if (outcome.kind === "undecided") summary.doubts.push({ ...outcome, seed, program });
    }
    const worst = outcome.kind === "outside" ? outcome : await tryAgain(kernel, program, first);
    if (worst.kind !== "outside") return true;
    doubt = worst;
    return false;
  });
  const result = await fc.check(property, { seed, numRuns: 1 });
  if (doubt === undefined && result.failed) throw result.errorInstance;
  const program = result.counterexample?.[0];
  if (program !== undefined) summary.failures.push({ why: "", ...doubt, seed, program });
}

/** While a program is shrunk: what Linux does only at times is looked for more than once. */
async function tryAgain(kernel: RealKernel, program: Program, first: Outcome): Promise<Outcome> {
  let outcome: Outcome = first.kind === "outside" ? { kind: "possible", reordered: false } : first;
  if (first.kind !== "outside") return outcome;
  for (let i = 1; i < SHRINK_TRIES && outcome.kind !== "outside"; i++) {
    outcome = await evaluate(kernel, program);
  }
  return outcome;
}

/** The seed of program number `index` of a run. */
export function seedOf(seed: number, index: number): number {
  return (Math.imul(seed, 0x9e37_79b1) + index) | 0;
}
