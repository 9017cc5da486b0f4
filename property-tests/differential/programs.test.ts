/**
 * The differential test: what was wrong once, then 2,000 random programs on Linux and the emulator.
 *
 * The same programs in every run, though Linux need not do the same: SAFER_RING_DIFFERENTIAL_SEED
 * gives others, and `npm run differential -- --only SEED` runs a single one again.
 */
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { probeNative } from "../../backends/native/index.ts";
import { evaluate } from "./evaluate.ts";
import { program } from "./generator/programs.ts";
import type { Program } from "./program.ts";
import { RealKernel } from "./real/client.ts";
import { emptySummary, runSeed, seedOf } from "./runner.ts";

const SEED = Number(process.env["SAFER_RING_DIFFERENTIAL_SEED"] ?? 20_261_122);
const PROGRAMS = 2000;
/** On two cores it takes less than a minute; on a machine that does other things, longer. */
const LIMIT = { timeout: 1_800_000 };

const REGRESSIONS = fileURLToPath(new URL("./regressions", import.meta.url));

/** The child is root in a root directory of its own, which it may not make for itself otherwise. */
const runs = (await probeNative()).available && process.getuid?.() === 0;

describe.skipIf(!runs)("random programs", () => {
  const kernel = new RealKernel();
  afterAll(() => kernel.stop());

  it.each(readdirSync(REGRESSIONS))("do again what was wrong once: %s", LIMIT, async (name) => {
    const saved = JSON.parse(readFileSync(`${REGRESSIONS}/${name}`, "utf8")) as {
      program: Program;
    };
    const outcome = await evaluate(kernel, saved.program);
    expect(outcome.kind, JSON.stringify(outcome)).not.toBe("outside");
  });

  it(`end as the emulator allows, from seed ${SEED}`, LIMIT, async () => {
    console.log(`npm run differential -- --programs ${PROGRAMS} --seed ${SEED}`);
    const summary = emptySummary();
    for (let index = 0; index < PROGRAMS && summary.failures.length === 0; index++) {
      await runSeed(kernel, program, seedOf(SEED, index), summary);
    }
    const told = summary.failures.map(({ seed, why }) => `--only ${seed}: ${why}`);
    expect(told).toEqual([]);
    expect(summary.ran).toBe(PROGRAMS);
  });
});
