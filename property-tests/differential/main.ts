/**
 * `npm run differential -- --programs N --seed S [--single]`: random programs on Linux and on the
 * emulator.
 *
 * The last line says how many ran, how many were excluded and why, how many are undecided, and how
 * many fell outside of what the emulator allows; the exit status is 1 where any did.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { program, singleProgram, themes } from "./generator/programs.ts";
import { RealKernel } from "./real/client.ts";
import { type Failure, emptySummary, runSeed, seedOf, type Summary } from "./runner.ts";

const { values } = parseArgs({
  options: {
    programs: { type: "string", default: "2000" },
    seed: { type: "string", default: String(Date.now() & 0xffffff) },
    single: { type: "boolean", default: false },
    /** Only programs about this: a name of `themes`. */
    about: { type: "string" },
    /** The seed of one program, as a failure prints it. */
    only: { type: "string" },
    "stop-after": { type: "string", default: "20" },
    /** Where failures are kept. */
    save: { type: "string", default: fileURLToPath(new URL("./regressions", import.meta.url)) },
  },
});

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

/** Prints a failure, and keeps it to be run first from then on. */
function report(kind: string, failure: Failure): void {
  const path = join(values.save, `${kind}${failure.seed}.json`);
  mkdirSync(values.save, { recursive: true });
  writeFileSync(path, `${JSON.stringify(failure, undefined, 1)}\n`);
  console.log(`${kind} --only=${failure.seed}: ${failure.why}\n  ${path}`);
}

const kernel = new RealKernel();
const summary = emptySummary();
const seed = Number(values.seed);
const about = values.about === undefined ? undefined : themes[values.about];
if (values.about !== undefined && about === undefined) throw new Error(`no ${values.about}`);
const programs = about ?? (values.single ? singleProgram : program);
const start = performance.now();
const seconds = (): number => (performance.now() - start) / 1000;
console.log(`seed ${seed}`);
let told = start;
try {
  const total = values.only === undefined ? Number(values.programs) : 1;
  for (let index = 0; index < total; index++) {
    const one = values.only === undefined ? seedOf(seed, index) : Number(values.only);
    const { length } = summary.failures;
    const doubts = summary.doubts.length;
    await runSeed(kernel, programs, one, summary);
    for (const failure of summary.failures.slice(length)) report("outside", failure);
    for (const failure of summary.doubts.slice(doubts)) report("undecided", failure);
    if (summary.failures.length >= Number(values["stop-after"])) break;
    if (performance.now() - told < PROGRESS_MILLISECONDS) continue;
    told = performance.now();
    console.log(summaryLine(summary, seconds()));
  }
} finally {
  await kernel.stop();
}
if (kernel.missing.length > 0) console.log(`not contained: ${kernel.missing.join("; ")}`);
console.log(summaryLine(summary, seconds()));
process.exitCode = summary.failures.length > 0 ? 1 : 0;
