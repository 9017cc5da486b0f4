/**
 * Whether the emulator can do what Linux did.
 *
 * The first replay takes the likeliest way at each choice. Where it fails, ways that differ from it
 * in one choice are tried, then in two, and so on: every way once, the least unlikely ones first.
 * When none is left, what Linux did is outside of what the emulator allows.
 *
 * Many ways lead to the same states, by other orders of what has nothing to do with each other. A
 * way that comes to a state where another one has been is given up: that one went on from there,
 * and the ways that turn off behind it stand in the list.
 */
import type { Program } from "../program.ts";
import type { FinalState, Trace } from "../trace.ts";
import { describeMismatch, Mismatch, Revisit } from "./mismatch.ts";
import { Observed } from "./observed.ts";
import { type Leniency, Replay } from "./replay.ts";
import { VisitedStates } from "./state-key.ts";

/** What a replay is measured by. */
export interface Measure extends Leniency {
  /** Says what is wrong with a replay that has come to its end, or undefined. */
  readonly judge: (final: FinalState | undefined, arena: Uint8Array) => string | undefined;
}

/** The verdict on one run. */
export type Verdict =
  | { readonly kind: "possible"; readonly replays: number }
  /** No way leads there; `why` is how the one ended that went along for longest. */
  | { readonly kind: "outside"; readonly replays: number; readonly why: string }
  /** There are more ways than were tried. */
  | { readonly kind: "undecided"; readonly replays: number; readonly why: string };

/** How a replay ended that did not succeed. */
interface Failure {
  /** How far it came: greater is farther. */
  readonly reach: number;
  readonly why: string;
}

const NOTHING_NEW: Failure = { reach: -1, why: "" };

/** Most programs need a few ways: so many are tried before states are remembered. */
const AT_LARGE = 30;

/**
 * Tries up to `limit` ways.
 *
 * @param rememberAfter - after how many ways it begins to remember the states that it comes through
 */
export function search(
  program: Program,
  trace: Trace,
  measure: Measure,
  limit: number,
  rememberAfter: number = AT_LARGE,
): Verdict {
  const observed = new Observed(trace);
  // By the number of choices in which they differ from the likeliest way.
  const ways: number[][][] = [[[]]];
  let best: Failure = { reach: -1, why: "" };
  const visited = new VisitedStates();
  let replays = 0;
  for (;;) {
    const differences = ways.findIndex((list) => list.length > 0);
    const path = ways[differences]?.pop();
    if (path === undefined) return { kind: "outside", replays, why: best.why };
    if (replays === limit) return { kind: "undecided", replays, why: best.why };
    replays += 1;
    const states = replays > rememberAfter ? visited : undefined;
    const replay = new Replay(program, trace, observed, path, measure, states);
    const failure = attempt(replay, measure);
    if (failure === undefined) return { kind: "possible", replays };
    if (failure.reach > best.reach) best = failure;
    ways[differences + 1] ??= [];
    branch(replay, path.length, ways[differences + 1] ?? []);
  }
}

function attempt(replay: Replay, measure: Measure): Failure | undefined {
  try {
    const final = replay.go();
    const why = measure.judge(final, replay.machine.arena);
    return why === undefined ? undefined : { reach: Number.POSITIVE_INFINITY, why };
  } catch (error) {
    if (error instanceof Revisit) return NOTHING_NEW;
    if (!(error instanceof Mismatch)) throw error;
    const { stepNumber, shown } = replay;
    return { reach: stepNumber * 1000 + shown, why: `step ${stepNumber}: ${describeMismatch()}` };
  }
}

/** Adds the ways that turn off behind the first `length` choices: what is popped first, last. */
function branch(replay: Replay, length: number, ways: number[][]): void {
  const { taken, counts } = replay.chooser;
  for (let at = length; at < taken.length; at++) {
    for (let rank = (counts[at] ?? 0) - 1; rank > 0; rank--) {
      ways.push([...taken.slice(0, at), rank]);
    }
  }
}
