/**
 * Small programs with outcomes that Linux may show: whether the search finds a way to each.
 *
 * An outcome is written by hand, as the CQEs that each step showed; what is not written is as
 * usual.
 */
import { expect } from "vitest";
import type { KernelName } from "../../backends/emulator/profile/profile.ts";
import { POLLIN } from "../../spec/abi/linux.ts";
import * as op from "../../spec/abi/opcodes.ts";
import { IORING_SETUP_DEFER_TASKRUN, IORING_SETUP_SINGLE_ISSUER } from "../../spec/abi/setup.ts";
import { IORING_ASYNC_CANCEL_ALL, IORING_ASYNC_CANCEL_ANY } from "../../spec/abi/sqe.ts";
import { EAGAIN } from "../../spec/errno.ts";
import { DATA, RESULTS, SCRATCH, socketAddressAt } from "./arena.ts";
import { EmulatedMachine, type Surroundings } from "./emulated/emulated-machine.ts";
import { type Measure, search } from "./emulated/search.ts";
import { hexOf } from "./encode.ts";
import * as fixtures from "./fixtures.ts";
import { setUp } from "./machine.ts";
import { words } from "./generator/values.ts";
import type { Entry, Setup, Step } from "./program.ts";
import type { Cqe, FinalState, RingSetup } from "./trace.ts";

/** A CQE: user_data, res, and flags where they are not 0. */
export type Seen = readonly [userData: number, res: number, flags?: number];

/** What a step showed: its CQEs, and what its call returned. */
export type Shown =
  | readonly Seen[]
  | {
      readonly cqes: readonly Seen[];
      /** As usual when left out: what was submitted, -EAGAIN for a read. */
      readonly result?: number;
      /** Where the SQ head stands then. Left out: behind all that was submitted. */
      readonly sqHead?: number;
      /** CQEs of the other ring, whose SQ nobody uses. */
      readonly other?: readonly Seen[];
    };

/** What else of an outcome is given. */
export interface Measured {
  /** "any": where the emulator shows one order only, and the harness is content with others. */
  readonly order?: "as seen" | "any";
  /** Whether everything lies in the end as it should. */
  readonly ends?: (final: FinalState, arena: Uint8Array) => boolean;
  /** Left out: the newest. */
  readonly kernel?: KernelName;
  /** A ring that the program has besides. */
  readonly other?: Setup;
}

export const PLAIN: Setup = { entries: 8, flags: 0 };
export const DEFERRED: Setup = {
  entries: 8,
  flags: IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN,
};
/** Every step of a trace takes so long, in nanoseconds. */
export const STEP = 2_000_000;
const WAYS = 3000;
const RUN = 1;

export const settle: Step = { do: "settle" };
export const submit = (...entries: Entry[]): Step => ({ do: "submit", entries });
/** A call that does nothing and has nothing to do with the ring. */
export const call: Step = { do: "read", fd: fixtures.PIPE_READ, length: 1, at: RESULTS };

export const nop = (userData: number, flags = 0): Entry => ({
  opcode: op.IORING_OP_NOP,
  userData,
  flags,
});
export const readFile = (userData: number, flags = 0): Entry => ({
  opcode: op.IORING_OP_READ,
  fd: fixtures.FILE,
  addr: DATA,
  len: 8,
  userData,
  flags,
});
export const poll = (userData: number): Entry => ({
  opcode: op.IORING_OP_POLL_ADD,
  fd: fixtures.PIPE_READ,
  opFlags: POLLIN,
  userData,
});
export const timeout = (
  userData: number,
  nanoseconds: number,
  more: Partial<Entry> = {},
): Entry => ({
  opcode: op.IORING_OP_TIMEOUT,
  fd: -1,
  addr: SCRATCH + 128 * userData,
  len: 1,
  userData,
  memory: [words(SCRATCH + 128 * userData, [0, nanoseconds])],
  ...more,
});

/** A kernel on which rings are made, and nothing else happens. */
const NOTHING_HAPPENS: Surroundings = {
  clock: { monotonic: () => 0, realtimeOffset: () => 0 },
  decider: { choose: () => 0 },
  block: () => {
    throw new Error("nothing happens here");
  },
};

/** Set-up leaves nothing open. */
function setUpOn(machine: EmulatedMachine, setup: Setup): RingSetup {
  const { result, params } = setUp(machine, setup);
  return { setup: result, params: hexOf(params) };
}

function cqeOf([userData, res, flags = 0]: Seen): Cqe {
  return { userData, res, flags };
}

export const readPipe = (userData: number): Entry => ({
  opcode: op.IORING_OP_READ,
  fd: fixtures.PIPE_READ,
  addr: DATA,
  len: 1,
  userData,
});

export const cancelOf = (userData: number, target: number): Entry => ({
  opcode: op.IORING_OP_ASYNC_CANCEL,
  fd: -1,
  addr: target,
  userData,
});

export const cancelAll = (userData: number, flags = 0): Entry => ({
  opcode: op.IORING_OP_ASYNC_CANCEL,
  opFlags: IORING_ASYNC_CANCEL_ALL | IORING_ASYNC_CANCEL_ANY,
  userData,
  flags,
});

/** To the listener of the fixtures. */
export const connect = (userData: number, flags: number): Entry => {
  const { address: addr, length: off } = socketAddressAt(0);
  const opcode = op.IORING_OP_CONNECT;
  return { opcode, fd: fixtures.FRESH_SOCKET, addr, off, userData, flags };
};

/** A number that no descriptor has. */
export const NO_DESCRIPTOR = 99;

/** Whether the emulator can do what is shown for each step. */
export function isPossible(
  setup: Setup,
  steps: readonly Step[],
  shown: readonly Shown[],
  { order = "as seen", ends = () => true, kernel, other }: Measured = {},
): boolean {
  let sqHead = 0;
  const traces = steps.map((step, index) => {
    const given = shown[index] ?? [];
    const what = "cqes" in given ? given : { cqes: given };
    const { cqes } = what;
    const taken = step.do === "submit" ? step.entries.length : 0;
    const usual = step.do === "read" ? -EAGAIN : taken;
    sqHead = what.sqHead ?? sqHead + taken;
    return {
      result: what.result ?? usual,
      start: (index + 1) * STEP,
      end: (index + 2) * STEP - 1,
      cqes: cqes.map(cqeOf),
      sqHead,
      dropped: 0,
      other: { cqes: (what.other ?? []).map(cqeOf), sqHead: 0, dropped: 0 },
    };
  });
  const machine = new EmulatedMachine(RUN, {
    ...NOTHING_HAPPENS,
    ...(kernel === undefined ? {} : { kernel }),
  });
  const first = setUpOn(machine, setup);
  const rings = other === undefined ? first : { ...first, other: setUpOn(machine, other) };
  const trace = { run: RUN, start: STEP, ...rings, steps: traces };
  const judge: Measure["judge"] = (final, arena) =>
    final !== undefined && ends(final, arena) ? undefined : "another end";
  const measure = { mayBeSlow: false, order, judge, kernel };
  const program = { setup, steps, ...(other === undefined ? {} : { other }) };
  const verdict = search(program, trace, measure, WAYS, Number.POSITIVE_INFINITY);
  // It loses nothing by remembering the states that it has come through.
  if (verdict.kind !== "undecided") {
    expect(search(program, trace, measure, WAYS, 0).kind).toBe(verdict.kind);
  }
  return verdict.kind === "possible";
}

export interface Case extends Measured {
  readonly setup?: Setup;
  readonly steps: readonly Step[];
  readonly both: readonly [readonly Shown[], readonly Shown[]];
  readonly never: readonly Shown[];
}

/** Both outcomes are right, and the third is not. */
export function expectBoth({ setup = PLAIN, steps, both, never, ...measured }: Case): void {
  const possible = both.map((shown) => isPossible(setup, steps, shown, measured));
  expect(possible).toEqual([true, true]);
  expect(isPossible(setup, steps, never, measured)).toBe(false);
}
