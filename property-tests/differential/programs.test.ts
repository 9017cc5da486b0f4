/**
 * The differential test: what was wrong once, then 2,000 random programs on Linux and the emulator.
 *
 * The same programs in every run, though Linux need not do the same: SAFER_RING_DIFFERENTIAL_SEED
 * gives others, and `npm run differential -- --only=SEED` runs a single one again.
 *
 * What falls outside is made small, and kept with what Linux did (saved.ts).
 */
import { afterAll, describe, expect, it } from "vitest";
import { evaluate, reasonOf } from "./evaluate.ts";
import { program } from "./generator/programs.ts";
import { RealKernel } from "./real/client.ts";
import { whatIsMissing } from "./real/needed.ts";
import { emptySummary, runSeed, seedOf } from "./runner.ts";
import { load, REGRESSIONS, save, savedNames } from "./saved.ts";

const SEED = Number(process.env["SAFER_RING_DIFFERENTIAL_SEED"] ?? 20_261_122);
const PROGRAMS = 2000;
/** On two cores it takes less than a minute; on a machine that does other things, longer. */
const LIMIT = { timeout: 1_800_000 };

const missing = await whatIsMissing();
if (missing !== undefined) console.warn(`random programs are skipped: ${missing}`);

describe.skipIf(missing !== undefined)("random programs", () => {
  const kernel = new RealKernel();
  afterAll(() => kernel.stop());

  it.each(savedNames())("do again what was wrong once: %s", LIMIT, async (name) => {
    const outcome = await evaluate(kernel, load(name).program);
    expect(outcome.kind, reasonOf(outcome)).toBe("possible");
  });

  it(`end as the emulator allows, from seed ${SEED}`, LIMIT, async () => {
    console.log(`npm run differential -- --programs ${PROGRAMS} --seed ${SEED}`);
    const summary = emptySummary();
    for (let index = 0; index < PROGRAMS && summary.failures.length === 0; index++) {
      await runSeed(kernel, program, seedOf(SEED, index), summary);
    }
    for (const { seed, why } of summary.doubts) console.log(`undecided --only=${seed}: ${why}`);
    const failed = summary.failures.map((failure) => {
      const path = save(REGRESSIONS, `outside-${failure.seed >>> 0}`, failure);
      return `--only=${failure.seed}: ${failure.why} (${path})`;
    });
    expect(failed).toEqual([]);
  });
});
