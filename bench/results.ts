/** What a run leaves behind: the shape of results/latest.json. */
import { mkdirSync, writeFileSync } from "node:fs";
import { cpus, release } from "node:os";
import { fileURLToPath } from "node:url";
import type { Figure } from "./figures.ts";
import type { Effort, Measurement } from "./harness.ts";
import type { IdleCost } from "./idle-cost.ts";

/** What was measured under one Node. */
export interface NodeResult {
  readonly version: string;
  readonly measurements: readonly Measurement[];
  readonly figures: readonly Figure[];
  readonly idle: IdleCost;
}

/** One run. */
export interface Results {
  /** When it ended, ISO 8601. */
  readonly date: string;
  readonly machine: Machine;
  readonly effort: Effort;
  readonly nodes: readonly NodeResult[];
  /** What was left out or done differently here, and why. */
  readonly notes: readonly string[];
}

/** Where it was measured. */
export interface Machine {
  readonly processor: string;
  readonly processors: number;
  readonly kernel: string;
}

const FOLDER = fileURLToPath(new URL("../../bench/results/", import.meta.url));

export function thisMachine(): Machine {
  const processors = cpus();
  return {
    processor: processors[0]?.model ?? "unknown processor",
    processors: processors.length,
    kernel: release(),
  };
}

/** Writes results/latest.json and returns its path. */
export function save(results: Results): string {
  const path = `${FOLDER}latest.json`;
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(path, `${JSON.stringify(results, undefined, 2)}\n`);
  return path;
}
