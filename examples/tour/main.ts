/**
 * The tour (`npm start`): what works on this machine, a real file copied, that copy
 * on every schedule, and a bug that only one schedule shows.
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { randomBytes } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { explore, type ExploreResult } from "../../backends/sim/index.ts";
import { compareFiles } from "../../src/cli/compare-files.ts";
import { copyFile } from "../../src/cli/copy-file.ts";
import { Ring } from "../../src/index.ts";
import { probeBackends } from "../../src/pick-backend.ts";
import { HastyEngine } from "./hasty-engine.ts";
import { abandonedRead, copyProgram } from "./programs.ts";

const MEBIBYTE = 2 ** 20;
const COPY_SIZE = 64 * MEBIBYTE;

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

function heading(text: string): void {
  say(`\n${text}\n${"-".repeat(text.length)}`);
}

async function doctorLine(): Promise<boolean> {
  heading("1. What works here");
  const { available, reason, remedy, opcodes } = await probeBackends();
  if (available) say(`${reason}; ${String(opcodes.length)} opcodes.`);
  else say(`${reason}. ${remedy ?? ""}\nThe tour goes on with the simulated kernel alone.`);
  return available;
}

async function realCopy(): Promise<void> {
  heading("2. A real file, copied through the ring");
  const folder = await mkdtemp(join(tmpdir(), "safer-ring-"));
  const source = join(folder, "source");
  const copy = join(folder, "copy");
  await writeFile(source, randomBytes(COPY_SIZE));
  const ring = await Ring.open();
  try {
    const started = performance.now();
    await copyFile(ring, source, copy);
    const seconds = (performance.now() - started) / 1000;
    const rate = (COPY_SIZE / MEBIBYTE / seconds).toFixed(0);
    say(`64 MiB in ${seconds.toFixed(3)} s (${rate} MiB/s) on '${ring.backend.name}'.`);
    const [left, right] = [await ring.openFile(source), await ring.openFile(copy)];
    const difference = await compareFiles(ring, left, right, COPY_SIZE);
    if (difference >= 0) throw new Error(`the copy differs at byte ${String(difference)}`);
    say("Read back and compared: every byte is the same.");
  } finally {
    await ring.close();
    await rm(folder, { recursive: true });
  }
}

function schedules(result: ExploreResult): string {
  const all = result.complete ? "all" : "the first";
  const events = result.steps.toLocaleString("en");
  return `${all} ${result.schedules.toLocaleString("en")} schedules (${events} events)`;
}

async function exploredCopy(): Promise<void> {
  heading("3. The same copy, on every schedule of the simulated kernel");
  const started = performance.now();
  const result = await explore(copyProgram(4), { fix: { inline: 1 } });
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  if (result.violation !== undefined) throw new Error(result.violation.timeline);
  say(`Four blocks in flight, every order of completion: ${schedules(result)}, ${seconds} s.`);
  say("Every copy was right, and every buffer had one owner after every event.");
}

async function plantedBug(): Promise<void> {
  heading("4. A bug: the buffer comes back with the answer to the cancel, not with the read's own");
  const right = await explore(abandonedRead());
  say(`The real ring: ${schedules(right)}, nothing wrong.`);
  const { violation, ...wrong } = await explore(abandonedRead(HastyEngine));
  if (violation === undefined) throw new Error("the planted bug was not found");
  say(`The ring with the bug: found at schedule ${String(wrong.schedules)}.\n`);
  say(violation.timeline);
  say(`\nTo see exactly this schedule again: explore(program, { replay: "${violation.replay}" })`);
}

// A reader that has seen enough (`npm start | head`) ends the tour, and is no error.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit();
});
if (await doctorLine()) await realCopy();
await exploredCopy();
await plantedBug();
say("\nNext: README.md, and npm test.");
