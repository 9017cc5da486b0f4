/**
 * The copy of `safer-ring cp` on the simulated kernel, over schedules and failures: whatever the
 * kernel does, there is the whole copy or what was there before, and nothing else.
 */
import { describe, expect, it } from "vitest";
import type { Fault, FaultPolicy, Program, SimWorld } from "../../backends/sim/index.ts";
import { explore } from "../../backends/sim/index.ts";
import {
  IORING_OP_CLOSE,
  IORING_OP_FSYNC,
  IORING_OP_OPENAT,
  IORING_OP_READ,
  IORING_OP_RENAMEAT,
  IORING_OP_STATX,
  IORING_OP_WRITE,
} from "../../spec/abi/opcodes.ts";
import { EIO, ENOSPC } from "../../spec/errno.ts";
import { copyFile, type CopyOptions } from "../../src/cli/copy-file.ts";
import { Failure } from "../../src/cli/exit.ts";
import { Ring } from "../../src/index.ts";

const BLOCK = 8;
const SEED = Number(process.env["SAFER_RING_SEED"] ?? 20_260_101);
const RUNS = 200;
const OLD = new Uint8Array([1, 2, 3]);
const DATA = new Uint8Array(2 * BLOCK + 3).map((_, index) => index + 10);

function same(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && left.every((byte, index) => byte === right[index]);
}

function check(holds: boolean, what: string): void {
  if (!holds) throw new Error(what);
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === "AbortError";
}

/**
 * Copies over an older file and looks at what is left; `outcomes` counts how it ended.
 *
 * @param abortAfter - aborts the copy after so many other operations of the ring
 */
function copying(outcomes: Map<string, number>, options: CopyOptions, abortAfter: number): Program {
  return async ({ backend, files }: SimWorld) => {
    files.writeFile("/source", DATA);
    files.writeFile("/copy", OLD);
    const ring = await Ring.open({ entries: 8, backend });
    const controller = new AbortController();
    const aborting = abortLater(ring, controller, abortAfter);
    const small = { blockSize: BLOCK, depth: 3, signal: controller.signal };
    let outcome = "copied";
    try {
      await copyFile(ring, "/source", "/copy", { ...small, ...options });
      check(same(files.readFile("/copy"), DATA), "the copy is not the source");
    } catch (error) {
      if (!(error instanceof Failure || isAbort(error))) throw error;
      outcome = "failed";
      check(same(files.readFile("/copy"), OLD), "a copy that failed changed the destination");
    }
    check(!files.exists("/copy.partial"), "the partial file is still there");
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    await aborting;
    await ring.close();
  };
}

async function abortLater(ring: Ring, controller: AbortController, nops: number): Promise<void> {
  if (nops === 0) return;
  for (let done = 0; done < nops; done++) await ring.nop();
  controller.abort();
}

/** Lets these faults happen to the opcode. */
function policy(opcode: number, ...faults: readonly Fault[]): FaultPolicy {
  return { faults: (site) => (site.opcode === opcode ? faults : []) };
}

async function sample(
  faults: FaultPolicy | undefined,
  options: CopyOptions = {},
  abortAfter = 0,
): Promise<Map<string, number>> {
  const outcomes = new Map<string, number>();
  const { violation } = await explore(copying(outcomes, options, abortAfter), {
    strategy: "random",
    seed: SEED,
    runs: RUNS,
    ...(faults === undefined ? {} : { faults }),
  });
  if (violation !== undefined) {
    throw new Error(`replay "${violation.replay}": ${violation.message}\n${violation.timeline}`);
  }
  return outcomes;
}

describe(`the copy, over ${RUNS} schedules from seed ${SEED}`, () => {
  it("is whole in every order of completions", async () => {
    expect(await sample(undefined)).toEqual(new Map([["copied", RUNS]]));
  });

  it.each([
    ["reads", IORING_OP_READ],
    ["writes", IORING_OP_WRITE],
  ])("is whole when %s are short", async (_what, opcode) => {
    const short = policy(opcode, { kind: "short", bytes: 1 }, { kind: "short", bytes: BLOCK - 1 });

    expect(await sample(short, { verify: true })).toEqual(new Map([["copied", RUNS]]));
  });

  it.each([
    ["a read", IORING_OP_READ, EIO],
    ["a write", IORING_OP_WRITE, ENOSPC],
    ["a sync", IORING_OP_FSYNC, EIO],
    ["a stat", IORING_OP_STATX, EIO],
    ["an open", IORING_OP_OPENAT, EIO],
    ["a rename", IORING_OP_RENAMEAT, EIO],
    ["the close of what was written", IORING_OP_CLOSE, EIO],
  ])("leaves what was there when %s fails", async (_what, opcode, errno) => {
    const outcomes = await sample(policy(opcode, { kind: "error", errno }), { verify: true });

    expect(outcomes.get("failed")).toBeGreaterThan(0);
    expect(outcomes.get("copied")).toBeGreaterThan(0);
  });

  it.each([1, 2, 4, 8, 12])("leaves all or nothing when aborted after %i turns", async (nops) => {
    const outcomes = await sample(undefined, { verify: true }, nops);

    expect([...outcomes.values()].reduce((sum, count) => sum + count)).toBe(RUNS);
    expect(outcomes.get("failed")).toBeGreaterThan(0);
  });
});
