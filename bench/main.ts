/**
 * `npm run bench [-- --node PATH]... [--rounds N] [--milliseconds N]`
 *
 * Measures every contender under this Node, and under each further one that is named,
 * prints the table and writes results/latest.json. A missed target is no error.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { type Baseline, BEST_FLAGS, buildBaseline, ownFlags } from "./baseline.ts";
import { figuresOf } from "./figures.ts";
import { type Effort, measure } from "./harness.ts";
import { measureIdleCost } from "./idle-cost.ts";
import type { ContenderProgram } from "./process.ts";
import { type NodeResult, save, thisMachine } from "./results.ts";
import { render } from "./table.ts";
import { DEPTH_MAX, makeFile } from "./workload.ts";

const DEPTHS = [DEPTH_MAX, 1];
const ROUNDS_MIN = 5;
const CHILD = fileURLToPath(new URL("./child.js", import.meta.url));

const ON_LINUX = {
  queue: "src/queue",
  ring: "Ring",
  "ring-looking": "Ring, bytes looked at",
  "file-handle": "FileHandle.read",
};
/** The library alone: see null-kernel.ts. */
const WITHOUT_KERNEL = {
  "queue-null": "src/queue, no kernel",
  "ring-null": "Ring, no kernel",
  "ring-looking-null": "Ring, bytes looked at, no kernel",
};
const SIMULATED = { sim: "Ring, simulated kernel" };
/** Three tasks of five completions. */
const EXPLORED = { explore: "Schedules explored" };
const TASKS = 3;
const CORE = { core: "Emulator's core, transitions" };
const SEARCHED = { search: "States searched" };

function programsInC(baseline: Baseline, flags: number, path: string): ContenderProgram[] {
  const program = (name: string, title: string, set: number, registered: string) => ({
    name,
    title,
    waits: false,
    command: baseline.program,
    parameters: [path, set.toString(16), registered],
  });
  return [
    program("c", `C, ${baseline.ring}, same flags`, flags, "0"),
    program("c-best", `C, ${baseline.ring}, best flags`, BEST_FLAGS, "1"),
  ];
}

function programsUnder(
  node: string,
  titles: Readonly<Record<string, string>>,
  path: string,
): ContenderProgram[] {
  return Object.entries(titles).map(([name, title]) => ({
    name,
    title,
    waits: name === "file-handle",
    command: node,
    parameters: [CHILD, name, path],
  }));
}

async function measureNode(
  node: string,
  path: string,
  inC: readonly ContenderProgram[],
  effort: Effort,
): Promise<NodeResult> {
  const version = spawnSync(node, ["--version"], { encoding: "utf8" }).stdout.trim();
  process.stderr.write(`measuring under Node ${version} ...\n`);
  const programs = (titles: Readonly<Record<string, string>>): ContenderProgram[] =>
    programsUnder(node, titles, path);
  const measurements = [
    ...(await measure([...inC, ...programs(ON_LINUX)], DEPTHS, effort)),
    ...(await measure(programs(WITHOUT_KERNEL), DEPTHS, effort)),
    ...(await measure(programs(SIMULATED), [DEPTH_MAX], effort)),
    ...(await measure(programs(EXPLORED), [TASKS], effort)),
    ...(await measure(programs(CORE), [DEPTH_MAX], effort)),
    ...(await measure(programs(SEARCHED), [1], effort)),
  ];
  const idle = measureIdleCost(node, path);
  return { version, measurements, figures: figuresOf(measurements), idle };
}

async function main(nodes: readonly string[], effort: Effort): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "safer-ring-bench-"));
  try {
    const path = makeFile(folder);
    const baseline = buildBaseline(folder);
    const absent = typeof baseline === "string";
    const notes = absent ? [`No baseline in C: ${baseline}.`] : [];
    const inC = absent ? [] : programsInC(baseline, await ownFlags(), path);
    const results: NodeResult[] = [];
    for (const node of nodes) results.push(await measureNode(node, path, inC, effort));
    const date = new Date().toISOString();
    const all = { date, machine: thisMachine(), effort, nodes: results, notes };
    process.stdout.write(`${render(all)}\n\nWritten to ${save(all)}\n`);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const USAGE = `Usage: npm run bench -- [options]

  --node PATH         also measure under this Node.js; may be repeated
  --rounds N          measured rounds of each contender (default 15, at least ${ROUNDS_MIN})
  --milliseconds N    length of a round (default 80)
  --help              print this
`;

const { values } = parseArgs({
  options: {
    help: { type: "boolean", default: false },
    node: { type: "string", multiple: true, default: [] },
    rounds: { type: "string", default: "15" },
    milliseconds: { type: "string", default: "80" },
  },
});
const effort = {
  rounds: Math.max(Number(values.rounds), ROUNDS_MIN),
  milliseconds: Number(values.milliseconds),
};
if (values.help) process.stdout.write(USAGE);
else await main([process.execPath, ...values.node], effort);
