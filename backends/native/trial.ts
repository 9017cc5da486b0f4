/**
 * io_uring tried for real: a small ring, a NOP, a read of a file whose bytes are known.
 *
 * A system call that exists may still be refused later, and an emulated kernel may
 * accept work and never do it; only completions tell. The wait is bounded, and does
 * not block the thread.
 */
import { closeSync, openSync, readSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { Backend, Region } from "../../src/backend.ts";
import { EINTR, EIO } from "../../spec/errno.ts";
import type { TrialOutcome } from "./classify.ts";
import { RawRing, nop, read } from "./raw-ring.ts";
import type { RawCompletion } from "./raw-ring.ts";

const WAIT_MILLISECONDS = 1000;
/** How much of the executable is read. */
export const READ_BYTES = 64;
const NOP = 1;
const READ = 2;
const OPERATIONS = new Map([
  [NOP, "NOP"],
  [READ, "READ"],
]);

/** How a trial is bounded; for tests. */
export interface TrialOptions {
  /** How long an accepted operation may take; 1000 when left out. */
  readonly waitMilliseconds?: number;
}

/** Runs the trial. Memory that the kernel may still write is left to it. */
export async function tryRing(backend: Backend, options: TrialOptions = {}): Promise<TrialOutcome> {
  const ring = RawRing.open(backend, OPERATIONS.size);
  if (!(ring instanceof RawRing)) return { stage: "call", ...ring };
  try {
    return await readFile(backend, ring, options);
  } finally {
    ring.close();
  }
}

async function readFile(
  backend: Backend,
  ring: RawRing,
  { waitMilliseconds = WAIT_MILLISECONDS }: TrialOptions,
): Promise<TrialOutcome> {
  const file = openExecutable();
  if (typeof file !== "number") return file;
  try {
    const region = backend.allocate(READ_BYTES);
    const completions: RawCompletion[] = [];
    ring.push(nop(NOP), read(READ, file, region));
    const failure =
      enter(ring, OPERATIONS.size) ?? (await collect(ring, completions, waitMilliseconds));
    if (failure !== undefined) return failure;
    const outcome = judge(completions, file, region);
    region.free();
    return outcome;
  } finally {
    closeSync(file);
  }
}

/** Opens the link of /proc: it works even after an upgrade removed the file. */
function openExecutable(): number | TrialOutcome {
  try {
    return openSync("/proc/self/exe", "r");
  } catch (error) {
    const errno = error instanceof Error && "errno" in error ? Number(error.errno) : -EIO;
    return { stage: "call", call: "open", errno: -errno };
  }
}

/** Submits and flushes. A signal is no failure. */
function enter(ring: RawRing, toSubmit: number): TrialOutcome | undefined {
  const result = ring.enter(toSubmit);
  return result >= 0 || result === -EINTR
    ? undefined
    : { stage: "call", call: "io_uring_enter", errno: -result };
}

/** Waits for both completions; says what is missing when the time is over. */
async function collect(
  ring: RawRing,
  completions: RawCompletion[],
  waitMilliseconds: number,
): Promise<TrialOutcome | undefined> {
  for (let waited = 0; waited <= waitMilliseconds; waited += 1) {
    completions.push(...ring.reap());
    if (completions.length >= OPERATIONS.size) return undefined;
    await sleep(1);
    const failure = enter(ring, 0);
    if (failure !== undefined) return failure;
  }
  const seen = new Set(completions.map(({ userData }) => userData));
  const missing = [...OPERATIONS].find(([userData]) => !seen.has(userData))?.[1] ?? "NOP";
  return { stage: "wait", operation: missing, waitedMilliseconds: waitMilliseconds };
}

function judge(completions: readonly RawCompletion[], file: number, region: Region): TrialOutcome {
  const expected = Buffer.alloc(READ_BYTES);
  const wanted = new Map([
    [NOP, 0],
    [READ, readSync(file, expected, 0, READ_BYTES, 0)],
  ]);
  const wrong = completions.find(({ userData, res }) => wanted.get(userData) !== res);
  if (wrong !== undefined) {
    const operation = OPERATIONS.get(wrong.userData) ?? "an unknown operation";
    return { stage: "result", operation, res: wrong.res };
  }
  const same = expected.equals(new Uint8Array(region.buffer));
  return same ? { stage: "done" } : { stage: "result", operation: "READ", res: READ_BYTES };
}
