/**
 * Programs that fell outside once, kept with what Linux did then: `regressions/`, a file each.
 *
 * What Linux did is replayed on the emulator, without a kernel: a race that it shows once in
 * thousands of times stays protected. The program also runs on Linux again.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { deflateSync, inflateSync } from "node:zlib";
import type { KernelName } from "../../backends/emulator/profile/profile.ts";
import type { Program } from "./program.ts";
import { RUNNING_KERNEL } from "./running-kernel.ts";
import type { Run, Trace } from "./trace.ts";

/** Where they lie. */
export const REGRESSIONS: string = fileURLToPath(new URL("./regressions", import.meta.url));

/** A program, and what came of it on the kernel. */
export interface Saved {
  readonly seed: number;
  /** How it differed when it was saved. */
  readonly why: string;
  readonly program: Program;
  readonly kernel: KernelName;
  /** Left out where Linux hung or crashed. */
  readonly run?: Run | undefined;
}

/** What is in a file: the memory is deflated, in base64. */
interface Stored extends Omit<Saved, "run"> {
  readonly trace?: Trace;
  readonly arena?: string;
}

/** Writes it as a file. @returns the path */
export function save(
  folder: string,
  name: string,
  { seed, why, program, run }: Omit<Saved, "kernel">,
): string {
  const done = run && {
    trace: run.trace,
    ...(run.arena && { arena: deflateSync(run.arena).toString("base64") }),
  };
  const stored: Stored = { seed, why, kernel: RUNNING_KERNEL, program, ...done };
  const path = join(folder, `${name}.json`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(path, `${JSON.stringify(stored, undefined, 1)}\n`);
  return path;
}

/** The names of all. */
export function savedNames(): readonly string[] {
  return readdirSync(REGRESSIONS).map((file) => file.replace(/\.json$/, ""));
}

/** Reads one back. */
export function load(name: string): Saved {
  const text = readFileSync(join(REGRESSIONS, `${name}.json`), "utf8");
  const { trace, arena, ...rest } = JSON.parse(text) as Stored;
  if (trace === undefined) return rest;
  const memory = arena === undefined ? undefined : inflateSync(Buffer.from(arena, "base64"));
  return { ...rest, run: { trace, arena: memory } };
}
