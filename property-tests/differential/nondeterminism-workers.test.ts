/**
 * What the rules of chapter ND leave open where workers are: what they go on with, and what a
 * cancellation finds of that.
 */
import { describe, expect, it } from "vitest";
import * as op from "../../spec/abi/opcodes.ts";
import {
  IOSQE_ASYNC,
  IOSQE_IO_DRAIN,
  IOSQE_IO_HARDLINK,
  IOSQE_IO_LINK,
} from "../../spec/abi/sqe.ts";
import { EAGAIN, EALREADY, EBADF, ECANCELED, EINTR, ENOENT, ETIME } from "../../spec/errno.ts";
import { DATA } from "./arena.ts";
import * as fixtures from "./fixtures.ts";
import { words } from "./generator/values.ts";
import type { Entry, Step } from "./program.ts";
import {
  call,
  cancelAll,
  cancelOf,
  connect,
  DEFERRED,
  expectBoth,
  isPossible,
  NO_DESCRIPTOR,
  nop,
  PLAIN,
  poll,
  readFile,
  readPipe,
  type Seen,
  settle,
  type Shown,
  STEP,
  submit,
  timeout,
} from "./what-may-vary.ts";

describe("what may vary with workers", () => {
  //= ND-36
  it("what a worker cancels may complete before it has cancelled the rest", () => {
    const end = (earlier: readonly Seen[], later: readonly Seen[]): boolean => {
      const steps = [submit(poll(1), poll(2)), submit(cancelAll(3, IOSQE_ASYNC)), call, settle];
      const nothing = { result: -EAGAIN, cqes: earlier };
      return isPossible(PLAIN, steps, [[], [], nothing, later], { order: "any" });
    };

    const one: Seen = [1, -ECANCELED];
    const two: Seen = [2, -ECANCELED];
    expect(end([], [two, one, [3, 2]])).toBe(true);
    expect(end([one], [two, [3, 2]])).toBe(true);
    expect(end([one], [two, [3, 1]])).toBe(false);
  });

  //= ND-24
  it("what is completing counts for a cancellation of everything, or does not", () => {
    expectBoth({
      steps: [submit(readFile(1, IOSQE_ASYNC)), submit(cancelAll(2)), settle],
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

  //= ND-24
  it("what a worker begins with hides what waits, or counts as well", () => {
    const late = (userData: number): Entry => readFile(userData, IOSQE_ASYNC);
    const steps = [submit(late(1), late(3)), submit(cancelAll(2)), settle];
    const counted = (count: number): Shown[] => [
      [],
      [
        [2, count],
        [3, -ECANCELED],
      ],
      [[1, 8]],
    ];

    const possible = [0, 1, 2, 3].map((count) => isPossible(PLAIN, steps, counted(count)));

    expect(possible).toEqual([true, true, true, false]);
  });

  //= ND-24
  it("a cancellation on a worker counts itself if another one runs, and else does not", () => {
    const counts = (...cancellations: readonly [userData: number, count: number][]): boolean => {
      const entries = cancellations.map(([userData]) => cancelAll(userData, IOSQE_ASYNC));
      return isPossible(PLAIN, [submit(...entries), settle], [[], cancellations], { order: "any" });
    };

    expect([0, 1].map((count) => counts([2, count]))).toEqual([true, false]);
    expect([0, 1, 2, 3].map((count) => counts([2, count], [3, 0]))).toEqual([
      true,
      true,
      true,
      false,
    ]);
  });

  //= ND-32
  it("a write to an eventfd is found by a cancellation, or is between two tries", () => {
    const write: Entry = {
      opcode: op.IORING_OP_WRITE,
      fd: fixtures.EVENTFD,
      addr: DATA,
      len: 8,
      userData: 1,
      memory: [words(DATA, [1])],
    };
    expectBoth({
      steps: [submit(write), submit(cancelOf(2, 1)), settle],
      both: [
        [
          [],
          [
            [2, 0],
            [1, -ECANCELED],
          ],
          [],
        ],
        [[], [[2, -ENOENT]], [[1, 8]]],
      ],
      never: [[], [[2, -ENOENT]], [[1, -ECANCELED]]],
    });
  });

  //= ND-34
  it("a connection that a worker waits for stands, or the wait is interrupted", () => {
    const end = (answer: number, ofConnect: number): readonly Shown[] => [
      [],
      [[2, answer]],
      [[1, ofConnect]],
    ];
    expectBoth({
      steps: [submit(connect(1, IOSQE_ASYNC)), submit(cancelOf(2, 1)), settle],
      both: [end(-EALREADY, 0), end(-EALREADY, -EINTR)],
      never: end(0, -EINTR),
    });
  });

  //= ND-35
  it("a worker finds its file before or after that is closed", () => {
    const step: Step = { do: "close", fd: fixtures.FILE };
    expectBoth({
      steps: [submit(readFile(1, IOSQE_ASYNC)), step, settle],
      both: [
        [[], [], [[1, 8]]],
        [[], [], [[1, -EBADF]]],
      ],
      never: [[], [], [[1, 0]]],
    });
  });

  //= ND-33
  it("a cancellation takes any of two equal requests with workers", () => {
    const late = (len: number): Entry => ({ ...readFile(1, IOSQE_ASYNC), len });
    const stopped: Seen = [1, -ECANCELED];
    expectBoth({
      order: "any",
      steps: [submit(late(8), late(4)), submit(cancelOf(2, 1)), settle],
      both: [
        [[], [[2, 0], stopped], [[1, 4]]],
        [[], [[2, 0], stopped], [[1, 8]]],
      ],
      never: [[], [[2, 0], stopped], [stopped]],
    });
  });

  //= ND-33, CANCEL-25
  it("a cancellation takes the last poll that was armed, the first timer that was started", () => {
    const other: Entry = { ...poll(1), fd: fixtures.UNIX_OTHER };
    const write: Step = { do: "write", fd: fixtures.PIPE_WRITE, length: 4 };
    const stopped: Seen[] = [
      [2, 0],
      [1, -ECANCELED],
    ];
    const written = (...cqes: Seen[]): Shown => ({ cqes, result: 4 });
    const pollsOf = (first: Entry, second: Entry, ...cqes: Seen[]): boolean => {
      const steps = [submit(first, second), submit(cancelOf(2, 1)), write, settle];
      return isPossible(PLAIN, steps, [[], stopped, written(...cqes), []]);
    };
    const timersOf = (first: number, second: number, ...cqes: Seen[]): boolean => {
      const timers = [timeout(1, first), { ...timeout(3, second), userData: 1 }];
      const steps = [submit(...timers), submit(cancelOf(2, 1)), settle];
      return isPossible(PLAIN, steps, [[], stopped, cqes]);
    };

    expect([pollsOf(poll(1), other, [1, 1]), pollsOf(poll(1), other)]).toEqual([true, false]);
    expect([pollsOf(other, poll(1)), pollsOf(other, poll(1), [1, 1])]).toEqual([true, false]);
    const [short, long] = [2 * STEP + 1, 50 * STEP];
    expect([timersOf(long, short, [1, -ETIME]), timersOf(long, short)]).toEqual([true, false]);
    expect([timersOf(short, long), timersOf(short, long, [1, -ETIME])]).toEqual([true, false]);
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

  //= ND-30
  it("the rest of a chain that failed on a worker comes with its CQE, or later", () => {
    const failed: Seen = [1, -EBADF];
    const cancelled: Seen = [2, -ECANCELED];
    const fails: Entry = { ...readFile(1, IOSQE_ASYNC | IOSQE_IO_LINK), fd: NO_DESCRIPTOR };
    expectBoth({
      steps: [submit(fails, nop(2)), call, settle],
      both: [
        [[], [failed, cancelled], []],
        [[], [failed], [cancelled]],
      ],
      never: [[], [cancelled], [failed]],
    });
  });

  //= ND-30
  it("the rest of a chain that no worker had comes at once", () => {
    const steps = [submit(timeout(1, 30_000, { flags: IOSQE_IO_LINK }), nop(2)), call, settle];
    const expired: Seen = [1, -ETIME];
    const cancelled: Seen = [2, -ECANCELED];
    expect(isPossible(PLAIN, steps, [[], [expired, cancelled], []])).toBe(true);
    expect(isPossible(PLAIN, steps, [[], [], [expired, cancelled]])).toBe(true);
    expect(isPossible(PLAIN, steps, [[], [expired], [cancelled]])).toBe(false);
  });

  //= ND-30, DRAIN-11
  it("what follows a drained request that was seen is behind the drain, or is not", () => {
    const drained: Seen = [1, 0];
    const free: Seen = [3, 0];
    expectBoth({
      steps: [submit(nop(1, IOSQE_IO_DRAIN)), call, submit(poll(2)), submit(nop(3)), settle],
      both: [
        [[], [drained], [], [free], []],
        [[], [drained], [], [], []],
      ],
      never: [[], [], [], [free], [drained]],
    });
  });

  //= ND-31
  it("behind an error on a worker the chain goes on there, or in its owner's context", () => {
    const failed: Seen = [1, -EBADF];
    const fails: Entry = { ...readFile(1, IOSQE_ASYNC | IOSQE_IO_HARDLINK), fd: NO_DESCRIPTOR };
    expectBoth({
      steps: [submit(fails, cancelOf(2, 2)), settle],
      both: [
        [[], [failed, [2, -EALREADY]]],
        [[], [failed, [2, -ENOENT]]],
      ],
      never: [[], [failed, [2, 0]]],
    });
    expectBoth({
      steps: [submit(fails, readPipe(2)), call, submit(cancelOf(3, 2)), settle],
      both: [
        [[], [failed], [[3, -EALREADY]], [[2, -EINTR]]],
        [
          [],
          [failed],
          [
            [3, 0],
            [2, -ECANCELED],
          ],
          [],
        ],
      ],
      never: [[], [failed], [[3, 0]], [[2, -EINTR]]],
    });
  });

  //= ND-31
  it("behind a success on a worker the chain goes on there", () => {
    const steps = [submit(nop(1, IOSQE_ASYNC | IOSQE_IO_LINK), cancelOf(2, 2)), settle];
    const ends = (result: number): Shown[] => [
      [],
      [
        [1, 0],
        [2, result],
      ],
    ];

    const possible = [-EALREADY, -ENOENT].map((result) => isPossible(PLAIN, steps, ends(result)));

    expect(possible).toEqual([true, false]);
    expect(isPossible(DEFERRED, steps, ends(-ENOENT))).toBe(true);
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
