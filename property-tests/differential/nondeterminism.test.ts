/**
 * What the rules of chapter ND leave open, the search accepts, and nothing else: small programs,
 * each with outcomes that Linux may show, and one that it may not.
 */
import { describe, expect, it } from "vitest";
import * as op from "../../spec/abi/opcodes.ts";
import {
  IORING_TIMEOUT_MULTISHOT,
  IOSQE_ASYNC,
  IOSQE_BUFFER_SELECT,
  IOSQE_IO_LINK,
} from "../../spec/abi/sqe.ts";
import { AT_FDCWD, O_RDONLY } from "../../spec/abi/linux.ts";
import { ECANCELED, ETIME } from "../../spec/errno.ts";
import { DATA, PAGE, pathAt } from "./arena.ts";
import * as fixtures from "./fixtures.ts";
import type { Entry, Step } from "./program.ts";
import {
  call,
  DEFERRED,
  expectBoth,
  isPossible,
  nop,
  PLAIN,
  poll,
  readFile,
  type Seen,
  settle,
  STEP,
  submit,
  timeout,
} from "./what-may-vary.ts";

const open = (userData: number, flags = 0): Entry => ({
  opcode: op.IORING_OP_OPENAT,
  fd: AT_FDCWD,
  addr: pathAt(0),
  opFlags: O_RDONLY,
  userData,
  flags,
});

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
});
