/**
 * Rounds, alternating: A B C, then B C A, then C A B ...
 *
 * A machine's speed drifts, with its temperature and its neighbours. Two contenders are
 * therefore compared by the ratio of rounds that stand side by side, and the figure is
 * the median of those ratios.
 *
 * A loop that never waits, and yet did not have a processor all the time, was pushed aside
 * by another process; such a round is run again, a few times at most.
 */
import { ContenderProcess, type ContenderProgram } from "./process.ts";
import type { Round } from "./protocol.ts";
import { summarize, type Summary } from "./statistics.ts";

/** How much to measure. */
export interface Effort {
  /** Measured rounds of each contender at each depth; 5 or more. */
  readonly rounds: number;
  /** Length of a round. */
  readonly milliseconds: number;
}

/** What one contender did at one depth. */
export interface Measurement {
  readonly name: string;
  readonly title: string;
  readonly depth: number;
  readonly operationsPerSecond: Summary;
  readonly cpuMicrosecondsPerOperation: Summary;
  /** Rounds, of those counted, in which others had the processor although it did not wait. */
  readonly disturbed: number;
}

/** Rounds of this much time are not counted: compilers learn, caches fill. */
const WARM_UP_MILLISECONDS = 300;
/** Below this share of a processor a loop that never waits was kept from running. */
const UNDISTURBED = 0.95;
/** How often a round is run for want of an undisturbed one. */
const ATTEMPTS = 4;

/** Runs every program at every depth. All of them live until the last round is over. */
export async function measure(
  programs: readonly ContenderProgram[],
  depths: readonly number[],
  effort: Effort,
): Promise<Measurement[]> {
  const started: ContenderProcess[] = [];
  try {
    for (const program of programs) started.push(await ContenderProcess.start(program));
    const measurements: Measurement[] = [];
    for (const depth of depths) measurements.push(...(await alternate(started, depth, effort)));
    return measurements;
  } finally {
    for (const contender of started) contender.end();
  }
}

async function alternate(
  contenders: readonly ContenderProcess[],
  depth: number,
  { rounds, milliseconds }: Effort,
): Promise<Measurement[]> {
  const results = contenders.map((): Round[] => []);
  const uncounted = Math.ceil(WARM_UP_MILLISECONDS / milliseconds);
  for (let round = 0; round < uncounted + rounds; round++) {
    for (let turn = 0; turn < contenders.length; turn++) {
      const index = (turn + round) % contenders.length;
      const contender = contenders[index];
      if (contender === undefined) continue;
      const result = await runRound(contender, depth, milliseconds);
      if (round >= uncounted) results[index]?.push(result);
    }
  }
  return contenders.map(({ program }, index) => describe(program, depth, results[index] ?? []));
}

async function runRound(
  contender: ContenderProcess,
  depth: number,
  milliseconds: number,
): Promise<Round> {
  for (let attempt = 1; ; attempt++) {
    const round = await contender.run(depth, milliseconds);
    if (attempt === ATTEMPTS || !isDisturbed(contender.program, round)) return round;
  }
}

function isDisturbed({ waits }: ContenderProgram, { cpuSeconds, seconds }: Round): boolean {
  return !waits && cpuSeconds / seconds < UNDISTURBED;
}

function describe(program: ContenderProgram, depth: number, rounds: readonly Round[]): Measurement {
  const { name, title } = program;
  return {
    name,
    title,
    depth,
    operationsPerSecond: summarize(rounds.map((round) => round.operations / round.seconds)),
    cpuMicrosecondsPerOperation: summarize(
      rounds.map((round) => (1e6 * round.cpuSeconds) / round.operations),
    ),
    disturbed: rounds.filter((round) => isDisturbed(program, round)).length,
  };
}

/** How many times faster `over` was than `under`: ratios of rounds side by side. */
export function ratio(over: Measurement, under: Measurement): Summary {
  const denominators = under.operationsPerSecond.values;
  return summarize(
    over.operationsPerSecond.values.map((value, round) => value / (denominators[round] ?? NaN)),
  );
}
