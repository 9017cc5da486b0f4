/**
 * Whether the emulator can do what Linux did.
 *
 * The first replay takes the likeliest way at each choice. Where it fails, ways that turn off from
 * it are tried, then ways that turn off from those, and so on: every way once, see ways.ts.
 * When none is left, what Linux did is outside of what the emulator allows.
 *
 * Many ways lead to the same states, by other orders of what has nothing to do with each other. A
 * way that comes to a state where another one has been is given up: that one went on from there,
 * and the ways that turn off behind it stand in the list.
 */
import { type Program, setupsOf } from "../program.ts";
import type { FinalState, Trace } from "../trace.ts";
import { describeMismatch, Mismatch, Revisit } from "./mismatch.ts";
import { Observed } from "./observed.ts";
import { type Leniency, Replay } from "./replay.ts";
import { VisitedStates } from "./state-key.ts";
import { LIKELIEST, pathOf, type Way, Ways } from "./ways.ts";

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
  const observed = setupsOf(program).map((_, ring) => new Observed(trace, ring));
  const visited = new VisitedStates();
  const ways = new Ways();
  ways.add(LIKELIEST, 0);
  let best: Failure = { reach: -1, why: "" };
  for (let replays = 0; ;) {
    const way = ways.next();
    if (way === undefined) return { kind: "outside", replays, why: best.why };
    if (replays === limit) return { kind: "undecided", replays, why: best.why };
    replays += 1;
    const states = replays > rememberAfter ? visited : undefined;
    const replay = new Replay(program, trace, observed, pathOf(way), measure, states);
    const failure = attempt(replay, measure);
    if (failure === undefined) return { kind: "possible", replays };
    if (failure.reach > best.reach) best = failure;
    branch(replay, way, ways);
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
    const { stepNumber, reach } = replay;
    return { reach, why: `step ${stepNumber}: ${describeMismatch()}` };
  }
}

/** Adds the ways that turn off behind this one's own choices: the likeliest last. */
function branch(replay: Replay, way: Way, ways: Ways): void {
  const { taken, counts, reaches } = replay.chooser;
  const differences = way.differences + 1;
  for (let at = way.at + 1; at < taken.length; at++) {
    for (let rank = (counts[at] ?? 0) - 1; rank > 0; rank--) {
      ways.add({ along: taken, at, rank, differences }, reaches[at] ?? 0);
    }
  }
}
