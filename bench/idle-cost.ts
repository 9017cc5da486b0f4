/** What an open ring costs while nobody uses it. */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

/** What the idle process told of itself, and whether it ended. */
export interface IdleCost {
  /** Processor time in one second of waiting. */
  readonly cpuMilliseconds: number;
  /** Whether the process ended by itself with the ring open. */
  readonly ended: boolean;
}

const PROGRAM = fileURLToPath(new URL("./idle.js", import.meta.url));
/** Idles for one second; the rest is for starting and ending. */
const PATIENCE_MILLISECONDS = 10_000;

/** @throws {Error} when the process fails */
export function measureIdleCost(node: string, path: string): IdleCost {
  const { status, signal, stdout, stderr } = spawnSync(node, [PROGRAM, path], {
    encoding: "utf8",
    timeout: PATIENCE_MILLISECONDS,
  });
  if (stdout === "") throw new Error(`the idle process failed: ${stderr}`);
  const { cpuMilliseconds } = JSON.parse(stdout) as { cpuMilliseconds: number };
  return { cpuMilliseconds, ended: status === 0 && signal === null };
}
