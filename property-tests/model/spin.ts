/** Runs spec/model/ring.pml through spin, where there is one. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Configuration, type Counted, OPERATIONS, REQUEST_FLAGS } from "./configurations.ts";

const MODEL = fileURLToPath(new URL("../../spec/model/ring.pml", import.meta.url));

/** Why spin cannot run here, or undefined when it can. */
export function missingTool(): string | undefined {
  for (const tool of ["spin", "gcc"]) {
    const { error } = spawnSync(tool, [tool === "spin" ? "-V" : "--version"]);
    if (error !== undefined) return `there is no ${tool} here (Debian: apt-get install ${tool})`;
  }
  return undefined;
}

/**
 * Explores the model in one configuration: every state, none of them hashed away, no reduction.
 *
 * @param last - a state also tells which step led to it
 * @throws {Error} with spin's output where it finds an error in the model, or does not finish
 */
export function countWithSpin(configuration: Configuration, last: boolean = false): Counted {
  const folder = mkdtempSync(join(tmpdir(), "safer-ring-spin-"));
  try {
    const model = `${definitions(configuration, last)}\n${readFileSync(MODEL, "utf8")}`;
    writeFileSync(join(folder, "ring.pml"), model);
    // -o2: variables that are only written, such as `last`, belong to the state as well.
    run(folder, "spin", ["-o2", "-a", "ring.pml"]);
    run(folder, "gcc", ["-O0", "-w", "-DSAFETY", "-DNOREDUCE", "-o", "pan", "pan.c"]);
    return read(run(folder, "./pan", ["-m1000000", "-w20", "-n"]));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The configuration as the model wants it. */
export function definitions(configuration: Configuration, last: boolean): string {
  const { requests, sqEntries, cqEntries, feed, whole, submitAll, defer } = configuration;
  const list = (values: readonly (string | number)[]): string => `{ ${values.join(", ")} }`;
  const values: Record<string, string | number> = {
    N: requests.length,
    OPS: list(requests.map(({ op }) => OPERATIONS[op])),
    FLAGS: list(
      requests.map(({ flags = [] }) => flags.reduce((sum, flag) => sum | REQUEST_FLAGS[flag], 0)),
    ),
    ARGS: list(requests.map(({ arg = 0 }) => arg)),
    BUFFERS: list(requests.map(({ buffer }) => buffer ?? 255)),
    SQ: sqEntries,
    CQ: cqEntries,
    FEED: feed,
    WHOLE: Number(whole),
    ALL: Number(submitAll),
    DEFER: Number(defer),
    LAST: Number(last),
  };
  return Object.entries(values)
    .map(([name, value]) => `#define ${name} ${value}`)
    .join("\n");
}

function run(folder: string, command: string, parameters: readonly string[]): string {
  const { error, status, stdout, stderr } = spawnSync(command, parameters, {
    cwd: folder,
    encoding: "utf8",
  });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`${command} failed:\n${stdout}${stderr}`);
  return stdout;
}

/** Reads the numbers out of a report. Spin counts the first state as a transition to it. */
function read(report: string): Counted {
  const number = (pattern: RegExp): number => Number(pattern.exec(report)?.[1]);
  const states = number(/(\S+) states, stored/);
  const transitions = number(/(\S+) transitions \(= stored\+matched\)/) - 1;
  const clean = number(/errors: (\d+)/) === 0 && !report.includes("Search not completed");
  if (!clean || !Number.isSafeInteger(states) || !Number.isSafeInteger(transitions)) {
    throw new Error(`spin did not get through the model:\n${report}`);
  }
  return { states, transitions };
}
