/**
 * What the rules of chapter ND leave open, the search accepts, and nothing else: small programs,
 * each with outcomes that Linux may show, and one that it may not.
 */
import { describe, expect, it } from "vitest";
import { POLLIN } from "../../spec/abi/linux.ts";
import * as op from "../../spec/abi/opcodes.ts";
import { IORING_SETUP_DEFER_TASKRUN, IORING_SETUP_SINGLE_ISSUER } from "../../spec/abi/setup.ts";
import {
  IORING_ASYNC_CANCEL_ALL,
  IORING_ASYNC_CANCEL_ANY,
  IORING_TIMEOUT_MULTISHOT,
  IOSQE_ASYNC,
  IOSQE_BUFFER_SELECT,
  IOSQE_IO_LINK,
} from "../../spec/abi/sqe.ts";
import { AT_FDCWD, O_RDONLY } from "../../spec/abi/linux.ts";
import { EAGAIN, ECANCELED, ENOENT, ETIME } from "../../spec/errno.ts";
import { DATA, PAGE, pathAt, RESULTS, SCRATCH } from "./arena.ts";
import { search } from "./emulated/search.ts";
import * as fixtures from "./fixtures.ts";
import { words } from "./generator/values.ts";
import type { Entry, Setup, Step } from "./program.ts";

/** A CQE: user_data, res, and flags where they are not 0. */
type Seen = readonly [userData: number, res: number, flags?: number];

/** What a step showed: its CQEs, and what its call returned. */
type Shown = readonly Seen[] | { readonly result: number; readonly cqes: readonly Seen[] };

const PLAIN: Setup = { entries: 8, flags: 0 };
const DEFERRED: Setup = {
  entries: 8,
  flags: IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN,
};
/** Every step of a trace takes so long, in nanoseconds. */
const STEP = 2_000_000;
const WAYS = 3000;

const settle: Step = { do: "settle" };
const submit = (...entries: Entry[]): Step => ({ do: "submit", entries });
/** A call that does nothing and has nothing to do with the ring. */
const call: Step = { do: "read", fd: fixtures.PIPE_READ, length: 1, at: RESULTS };

const nop = (userData: number, flags = 0): Entry => ({ opcode: op.IORING_OP_NOP, userData, flags });
const readFile = (userData: number, flags = 0): Entry => ({
  opcode: op.IORING_OP_READ,
  fd: fixtures.FILE,
  addr: DATA,
  len: 8,
  userData,
  flags,
});
const poll = (userData: number): Entry => ({
  opcode: op.IORING_OP_POLL_ADD,
  fd: fixtures.PIPE_READ,
  opFlags: POLLIN,
  userData,
});
const timeout = (userData: number, nanoseconds: number, more: Partial<Entry> = {}): Entry => ({
  opcode: op.IORING_OP_TIMEOUT,
  fd: -1,
  addr: SCRATCH + 128 * userData,
  len: 1,
  userData,
  memory: [words(SCRATCH + 128 * userData, [0, nanoseconds])],
  ...more,
});
const open = (userData: number, flags = 0): Entry => ({
  opcode: op.IORING_OP_OPENAT,
  fd: AT_FDCWD,
  addr: pathAt(0),
  opFlags: O_RDONLY,
  userData,
  flags,
});

/** Whether the emulator can do what is shown for each step. */
function isPossible(
  setup: Setup,
  steps: readonly Step[],
  shown: readonly Shown[],
  order: "as seen" | "any" = "as seen",
): boolean {
  let sqHead = 0;
  const traces = steps.map((step, index) => {
    const what = shown[index] ?? [];
    const taken = step.do === "submit" ? step.entries.length : 0;
    const usual = step.do === "read" ? -EAGAIN : taken;
    const { result, cqes } = "cqes" in what ? what : { result: usual, cqes: what };
    sqHead += taken;
    return {
      result,
      start: (index + 1) * STEP,
      end: (index + 2) * STEP - 1,
      cqes: cqes.map(([userData, res, flags = 0]) => ({ userData, res, flags })),
      sqHead,
      dropped: 0,
    };
  });
  const trace = { run: 1, setup: fixtures.RING, params: "", start: STEP, steps: traces };
  const measure = { mayBeSlow: false, order, judge: () => undefined };
  const program = { setup, steps };
  const verdict = search(program, trace, measure, WAYS, Number.POSITIVE_INFINITY);
  // It loses nothing by remembering the states that it has come through.
  expect(search(program, trace, measure, WAYS, 0).kind).toBe(verdict.kind);
  return verdict.kind === "possible";
}

interface Case {
  /** "any": where the emulator shows one order only, and the harness is content with others. */
  readonly order?: "any";
  readonly setup?: Setup;
  readonly steps: readonly Step[];
  readonly both: readonly [readonly Shown[], readonly Shown[]];
  readonly never: readonly Shown[];
}

/** Both outcomes are right, and the third is not. */
function expectBoth({ setup = PLAIN, steps, both, never, order }: Case): void {
  expect(both.map((shown) => isPossible(setup, steps, shown, order))).toEqual([true, true]);
  expect(isPossible(setup, steps, never, order)).toBe(false);
}

describe("what may vary", () => {
  //= ND-1
  it("a read of a file is over when it is submitted, or later", () => {
    expectBoth({
      steps: [submit(readFile(1)), settle],
      both: [
        [[[1, 8]], []],
        [[], [[1, 8]]],
      ],
      never: [[], []],
    });
  });

  //= ND-2
  it("requests of one batch complete in any order", () => {
    expectBoth({
      steps: [submit(readFile(1), nop(2)), settle],
      both: [
        [
          [
            [1, 8],
            [2, 0],
          ],
        ],
        [
          [
            [2, 0],
            [1, 8],
          ],
        ],
      ],
      never: [
        [
          [1, 8],
          [1, 8],
        ],
      ],
    });
  });

  //= ND-3
  it("another request completes in the middle of a chain, or behind it", () => {
    expectBoth({
      steps: [submit(nop(1, IOSQE_IO_LINK), nop(2), readFile(3)), settle],
      both: [
        [
          [
            [1, 0],
            [3, 8],
            [2, 0],
          ],
        ],
        [
          [
            [1, 0],
            [2, 0],
            [3, 8],
          ],
        ],
      ],
      never: [
        [
          [2, 0],
          [1, 0],
          [3, 8],
        ],
      ],
    });
  });

  //= ND-5
  it("a cancellation is told before its target, or behind it", () => {
    const cancel: Entry = {
      opcode: op.IORING_OP_ASYNC_CANCEL,
      addr: 1,
      userData: 2,
      flags: IOSQE_ASYNC,
    };
    expectBoth({
      order: "any",
      steps: [submit(poll(1)), submit(cancel), settle],
      both: [
        [
          [],
          [],
          [
            [2, 0],
            [1, -ECANCELED],
          ],
        ],
        [
          [],
          [],
          [
            [1, -ECANCELED],
            [2, 0],
          ],
        ],
      ],
      never: [[], [], [[2, 0]]],
    });
  });

  //= ND-8
  it("a timer fires late, and timers for one moment fire in any order, but none early", () => {
    expectBoth({
      steps: [submit(timeout(1, 30_000), timeout(2, 30_000)), call, settle],
      both: [
        [
          [],
          [
            [2, -ETIME],
            [1, -ETIME],
          ],
          [],
        ],
        [
          [],
          [],
          [
            [1, -ETIME],
            [2, -ETIME],
          ],
        ],
      ],
      never: [[], [], [[1, -ETIME]]],
    });
    const long = [submit(timeout(1, 10 * STEP)), settle];
    expect(isPossible(PLAIN, long, [[], [[1, -ETIME]]])).toBe(false);
    expect(isPossible(PLAIN, long, [[], []])).toBe(true);
  });

  //= ND-15
  it("a multishot request that finds no room ends sooner, or later", () => {
    const repeats = { off: 4, opFlags: IORING_TIMEOUT_MULTISHOT };
    const shot: Seen = [1, -ETIME, 2];
    expectBoth({
      setup: { entries: 1, flags: 0, cqEntries: 2 },
      steps: [submit(timeout(1, 30_000, repeats)), settle, settle],
      both: [
        [[], [shot, shot, shot, [1, -ETIME]], []],
        [[shot], [shot, [1, -ETIME]], []],
      ],
      never: [[], [shot, shot, shot, shot], []],
    });
  });

  //= ND-16
  it("a wait that ends with its limit tells of the CQE, or of the limit", () => {
    const wait: Step = { do: "submit", entries: [], wait: { count: 1, microseconds: 100 } };
    expectBoth({
      steps: [submit(timeout(1, STEP + 100_000)), wait, settle],
      both: [
        [[], { result: 0, cqes: [[1, -ETIME]] }, []],
        [[], { result: -ETIME, cqes: [] }, [[1, -ETIME]]],
      ],
      never: [[], { result: 0, cqes: [] }, [[1, -ETIME]]],
    });
  });

  //= ND-17
  it("the owner of a deferred ring sees what was done later when it asks for it", () => {
    expectBoth({
      setup: DEFERRED,
      steps: [submit(readFile(1)), call, settle],
      both: [
        [[[1, 8]], [], []],
        [[], [], [[1, 8]]],
      ],
      never: [[], [[1, 8]], []],
    });
  });

  //= ND-20
  it("a new descriptor has the lowest number, or the one behind that of a worker", () => {
    const [first, second] = [fixtures.FIRST_FREE, fixtures.FIRST_FREE + 1];
    expectBoth({
      steps: [submit(open(1, IOSQE_ASYNC), open(2)), settle],
      both: [
        [
          [],
          [
            [2, first],
            [1, second],
          ],
        ],
        [
          [],
          [
            [2, second],
            [1, first],
          ],
        ],
      ],
      never: [
        [],
        [
          [2, second + 1],
          [1, first],
        ],
      ],
    });
  });

  //= ND-21
  it("two requests that share a group get its buffers in either order", () => {
    const provide: Entry = {
      opcode: op.IORING_OP_PROVIDE_BUFFERS,
      fd: 2,
      addr: DATA + PAGE,
      len: 8,
      bufIndex: 1,
      userData: 3,
    };
    const select = (userData: number): Entry => ({
      ...readFile(userData, IOSQE_ASYNC | IOSQE_BUFFER_SELECT),
      addr: 0,
      bufIndex: 1,
    });
    const [first, second] = [1, 1 | (1 << 16)];
    expectBoth({
      steps: [submit(provide), submit(select(1), select(2)), settle],
      both: [
        [
          [[3, 0]],
          [],
          [
            [1, 8, first],
            [2, 8, second],
          ],
        ],
        [
          [[3, 0]],
          [],
          [
            [1, 8, second],
            [2, 8, first],
          ],
        ],
      ],
      never: [
        [[3, 0]],
        [],
        [
          [1, 8, first],
          [2, 8, first],
        ],
      ],
    });
  });

  //= ND-24
  it("what is completing counts for a cancellation of everything, or does not", () => {
    const cancel: Entry = {
      opcode: op.IORING_OP_ASYNC_CANCEL,
      opFlags: IORING_ASYNC_CANCEL_ALL | IORING_ASYNC_CANCEL_ANY,
      userData: 2,
    };
    expectBoth({
      steps: [submit(readFile(1, IOSQE_ASYNC)), submit(cancel), settle],
      both: [
        [
          [],
          [
            [2, 1],
            [1, -ECANCELED],
          ],
          [],
        ],
        [[], [[2, 0]], [[1, 8]]],
      ],
      never: [
        [],
        [
          [2, 2],
          [1, -ECANCELED],
        ],
        [],
      ],
    });
  });

  //= ND-25
  it("workers take requests in any order", () => {
    expectBoth({
      steps: [submit(readFile(1, IOSQE_ASYNC), readFile(2, IOSQE_ASYNC)), settle],
      both: [
        [
          [],
          [
            [1, 8],
            [2, 8],
          ],
        ],
        [
          [],
          [
            [2, 8],
            [1, 8],
          ],
        ],
      ],
      never: [
        [],
        [
          [2, 8],
          [2, 8],
        ],
      ],
    });
  });

  //= CANCEL-23
  it("a request that was cancelled is found again, or is not there any more", () => {
    const cancel = (userData: number): Entry => ({
      opcode: op.IORING_OP_ASYNC_CANCEL,
      fd: -1,
      addr: 1,
      userData,
      flags: IOSQE_ASYNC,
    });
    expectBoth({
      steps: [submit(poll(1)), submit(cancel(2), cancel(3)), settle],
      both: [
        [
          [],
          [],
          [
            [2, 0],
            [3, 0],
            [1, -ECANCELED],
          ],
        ],
        [
          [],
          [],
          [
            [2, 0],
            [1, -ECANCELED],
            [3, -ENOENT],
          ],
        ],
      ],
      never: [
        [],
        [],
        [
          [2, -ENOENT],
          [3, -ENOENT],
          [1, -ECANCELED],
        ],
      ],
    });
  });
});
