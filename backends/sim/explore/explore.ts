/**
 * Running a program over the choices that Linux leaves open.
 *
 *   const result = await explore(async ({ backend, files }) => { ... });
 *   if (result.violation) console.log(result.violation.timeline);
 */
import { decodeChoices, encodeChoices } from "./choice-list.ts";
import { type Failure, Run } from "./run.ts";
import { Exhaustive, RandomWalk, Replay, type Strategy } from "./strategy.ts";
import { drawTimeline } from "./timeline.ts";
import type { ExploreOptions, ExploreResult, Program, Violation } from "./types.ts";

const DEFAULT_RUNS = 1000;
const DEFAULT_SEED = 1;
const PROGRESS_EVERY = 1000;

/**
 * Explores a program on the simulated kernel, each run in a new world, and stops at
 * the first violation.
 *
 * @throws {SyntaxError} when `replay` is no replay string
 */
export async function explore(
  program: Program,
  options: ExploreOptions = {},
): Promise<ExploreResult> {
  const strategy = chooseStrategy(options);
  const limit = options.maxSchedules ?? Infinity;
  const seed = options.strategy === "random" ? { seed: options.seed ?? DEFAULT_SEED } : {};
  let schedules = 0;
  let steps = 0;
  while (schedules < limit && strategy.begin()) {
    const run = new Run(program, strategy, options);
    const failure = await run.go();
    schedules++;
    steps += run.steps;
    if (failure !== undefined) {
      const violation = await tell(program, options, run.choices, failure);
      return { schedules, steps, complete: false, ...seed, violation };
    }
    if (schedules % PROGRESS_EVERY === 0) options.onProgress?.(schedules);
  }
  const complete = strategy instanceof Exhaustive && !strategy.begin();
  return { schedules, steps, complete, ...seed };
}

function chooseStrategy(options: ExploreOptions): Strategy {
  if (options.replay !== undefined) return new Replay(decodeChoices(options.replay));
  if (options.strategy !== "random") return new Exhaustive();
  return new RandomWalk(options.seed ?? DEFAULT_SEED, options.runs ?? DEFAULT_RUNS);
}

/** Runs the failing schedule once more, writing everything down. */
async function tell(
  program: Program,
  options: ExploreOptions,
  choices: readonly number[],
  failure: Failure,
): Promise<Violation> {
  const lines: string[] = [];
  const run = new Run(program, exactly(choices), options, (line) => lines.push(line));
  const again = (await run.go()) ?? failure;
  return {
    kind: again.kind,
    message: again.message,
    ...(again.cause === undefined ? {} : { cause: again.cause }),
    choices: run.named,
    replay: encodeChoices(choices),
    timeline: drawTimeline(lines, again),
  };
}

function exactly(choices: readonly number[]): Strategy {
  const strategy = new Replay(choices);
  strategy.begin();
  return strategy;
}
