/**
 * The baseline in C, compiled when the benchmark runs.
 *
 * With liburing if it is installed; else the same loop on bare system calls, which
 * needs only the kernel's header. Without a compiler there is no baseline, and the
 * table says so.
 */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  IORING_SETUP_DEFER_TASKRUN,
  IORING_SETUP_SINGLE_ISSUER,
  IORING_SETUP_SUBMIT_ALL,
} from "../spec/abi/setup.ts";
import { openNativeBackend } from "../backends/native/index.ts";
import { openQueue } from "../src/open-queue.ts";
import { ENTRIES } from "./workload.ts";

/** A program in C, ready to be run. */
export interface Baseline {
  /** What it was built with: `"liburing"` or `"system calls"`. */
  readonly ring: string;
  readonly program: string;
}

const BUILDS = [
  { ring: "liburing", flags: ["-luring"] },
  { ring: "system calls", flags: ["-DRAW_RING"] },
];

/** The source, seen from the compiled file in `dist/bench`. */
const SOURCE = fileURLToPath(new URL("../../bench/c/random-read.c", import.meta.url));

/**
 * IORING_SETUP_* that read fastest, with the ring's descriptor registered: not the driver's
 * choice.
 */
export const BEST_FLAGS: number =
  IORING_SETUP_SUBMIT_ALL | IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN;

/** Compiles into `folder`; a string says why there is no baseline. */
export function buildBaseline(folder: string): Baseline | string {
  const reasons: string[] = [];
  for (const { ring, flags } of BUILDS) {
    const program = join(folder, "random-read");
    const { error, status, stderr } = spawnSync("cc", ["-O2", "-o", program, SOURCE, ...flags], {
      encoding: "utf8",
    });
    if (status === 0) return { ring, program };
    reasons.push(`${ring}: ${error?.message ?? firstError(stderr)}`);
  }
  return reasons.join("; ");
}

function firstError(stderr: string): string {
  return stderr.split("\n").find((line) => line.includes("error")) ?? "cc failed";
}

/** The flags that a ring of this library has here: the fair baseline uses the same. */
export async function ownFlags(): Promise<number> {
  const queue = openQueue(await openNativeBackend(), ENTRIES);
  queue.close();
  return queue.setupFlags;
}
