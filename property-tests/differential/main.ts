/**
 * `npm run differential -- --programs N --seed S [--single]`: random programs on Linux and on the
 * emulator.
 *
 * The last line says how many ran, how many were excluded and why, how many are undecided, and how
 * many fell outside of what the emulator allows; the exit status is 1 where any did.
 */
import { program, singleProgram, themes } from "./generator/programs.ts";
import { type Options, parseOptions } from "./options.ts";
import { RealKernel } from "./real/client.ts";
import { whatIsMissing } from "./real/needed.ts";
import { emptySummary, type Failure, runSeed, seedOf, type Summary } from "./runner.ts";
import { REGRESSIONS, save } from "./saved.ts";

const USAGE = `npm run differential -- [--programs N] [--seed S] [--single | --about THEME]
                        [--only=SEED] [--stop-after N] [--save FOLDER]
`;
const PROGRESS_MILLISECONDS = 10_000;

function summaryLine(
  { ran, reordered, undecided, excluded, failures }: Summary,
  seconds: number,
): string {
  const reasons = [...excluded].map(([name, times]) => `${times} ${name}`);
  const all = [...excluded.values()].reduce((sum, times) => sum + times, 0);
  const why = reasons.length === 0 ? "" : ` (${reasons.join(", ")})`;
  return (
    `${ran} programs in ${seconds.toFixed(1)} s: ${all} excluded${why}, ` +
    `${reordered} in another order, ${undecided} undecided, ${failures.length} outside`
  );
}

/** Prints a failure, and keeps it: one that fell outside is run first from then on. */
function report(kind: string, failure: Failure, folder: string | undefined): void {
  console.log(`${kind} --only=${failure.seed}: ${failure.why}`);
  if (folder !== undefined) {
    console.log(`  ${save(folder, `${kind}-${failure.seed >>> 0}`, failure)}`);
  }
}

async function runAll(kernel: RealKernel, summary: Summary, options: Options): Promise<void> {
  const { only, seed, about } = options;
  const whole = about === undefined ? program : (themes[about] ?? program);
  const programs = options.single ? singleProgram : whole;
  const start = performance.now();
  let told = start;
  const tell = (): void => {
    told = performance.now();
    console.log(summaryLine(summary, (told - start) / 1000));
  };
  const total = only === undefined ? options.programs : 1;
  for (let index = 0; index < total; index++) {
    const [failures, doubts] = [summary.failures.length, summary.doubts.length];
    await runSeed(kernel, programs, only ?? seedOf(seed, index), summary);
    const kept = options.save ?? REGRESSIONS;
    for (const failure of summary.failures.slice(failures)) report("outside", failure, kept);
    for (const doubt of summary.doubts.slice(doubts)) report("undecided", doubt, options.save);
    if (summary.failures.length >= options.stopAfter) break;
    if (performance.now() - told >= PROGRESS_MILLISECONDS) tell();
  }
  if (kernel.missing.length > 0) console.log(`not contained: ${kernel.missing.join("; ")}`);
  tell();
}

async function main(options: Options): Promise<void> {
  const missing = await whatIsMissing();
  if (missing !== undefined) {
    console.error(missing);
    process.exitCode = 2;
    return;
  }
  console.log(`seed ${options.seed}`);
  const [kernel, summary] = [new RealKernel(), emptySummary()];
  try {
    await runAll(kernel, summary, options);
  } finally {
    await kernel.stop();
  }
  process.exitCode = summary.failures.length > 0 ? 1 : 0;
}

/** What is asked for, or nothing, after the person was told why. */
function asked(): Options | undefined {
  try {
    return parseOptions(process.argv.slice(2), Object.keys(themes));
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n${USAGE}`);
    process.exitCode = 2;
    return undefined;
  }
}

const options = asked();
if (options !== undefined) await main(options);
