/**
 * What the rules of chapter ND leave open of a ring as a whole: its overflow, its SQ thread, its
 * eventfd, its end, and the kernel that it is on.
 */
import { describe, expect, it } from "vitest";
import {
  IORING_CQE_F_MORE,
  IORING_CQE_F_NOTIF,
  IORING_CQE_F_SOCK_NONEMPTY,
  IORING_SQ_NEED_WAKEUP,
} from "../../spec/abi/cqe.ts";
import { IORING_ENTER_SQ_WAKEUP } from "../../spec/abi/enter.ts";
import { POLLOUT } from "../../spec/abi/linux.ts";
import type { KernelName } from "../../backends/emulator/profile/profile.ts";
import * as op from "../../spec/abi/opcodes.ts";
import { IORING_REGISTER_EVENTFD, IORING_REGISTER_FILES } from "../../spec/abi/register.ts";
import { IORING_SETUP_SQPOLL } from "../../spec/abi/setup.ts";
import {
  IORING_NOP_INJECT_RESULT,
  IORING_NOTIF_USAGE_ZC_COPIED,
  IORING_POLL_ADD_MULTI,
  IORING_SEND_ZC_REPORT_USAGE,
  IOSQE_ASYNC,
  IOSQE_IO_DRAIN,
  IOSQE_IO_LINK,
} from "../../spec/abi/sqe.ts";
import { EAGAIN, ECANCELED, EIO, ETIME } from "../../spec/errno.ts";
import { ARENA, DATA, PAGE, RESULTS, SCRATCH } from "./arena.ts";
import * as fixtures from "./fixtures.ts";
import { words } from "./generator/values.ts";
import type { Entry, Setup, Step } from "./program.ts";
import { profileOf } from "./running-kernel.ts";
import {
  call,
  connect,
  DEFERRED,
  expectBoth,
  isPossible,
  nop,
  PLAIN,
  poll,
  readFile,
  type Seen,
  settle,
  type Shown,
  submit,
  timeout,
} from "./what-may-vary.ts";

const THREAD: Setup = { entries: 8, flags: IORING_SETUP_SQPOLL };
const MICROSECOND = 1000;

/** Publishes, and wakes the thread where it sleeps. */
const publish = (...entries: Entry[]): Step => ({
  do: "submit",
  entries,
  flags: IORING_ENTER_SQ_WAKEUP,
});

describe("what may vary of a ring", () => {
  //= ND-9
  it("a worker that polls a ring first may tell of it twice, as its owner wakes the poll", () => {
    const drained = { opFlags: POLLOUT, len: IORING_POLL_ADD_MULTI, flags: IOSQE_IO_DRAIN };
    const shot: Seen = [1, POLLOUT, IORING_CQE_F_MORE];
    expectBoth({
      other: DEFERRED,
      steps: [submit({ ...poll(1), fd: fixtures.OTHER_RING, ...drained }), settle],
      both: [
        [[], [shot]],
        [[], [shot, shot]],
      ],
      never: [[], [shot, shot, shot]],
    });
  });

  //= ND-14
  it("a ring overflows if its program reaps too late, and what follows waits as well", () => {
    const late = (userData: number): Entry => readFile(userData, IOSQE_ASYNC);
    expectBoth({
      setup: { entries: 2, flags: 0, cqEntries: 2 },
      steps: [
        submit(late(1), late(2)),
        submit(late(3)),
        call,
        { do: "reap" },
        submit(nop(4)),
        settle,
      ],
      both: [
        [
          [],
          [],
          [
            [1, 8],
            [2, 8],
          ],
          [],
          [],
          [
            [3, 8],
            [4, 0],
          ],
        ],
        [
          [],
          [],
          [
            [1, 8],
            [2, 8],
          ],
          [],
          [[4, 0]],
          [[3, 8]],
        ],
      ],
      never: [
        [],
        [],
        [
          [1, 8],
          [2, 8],
          [3, 8],
        ],
        [],
        [[4, 0]],
        [],
      ],
    });
  });

  //= ND-18
  it("an SQ thread takes entries soon, or later", () => {
    expectBoth({
      setup: THREAD,
      steps: [publish(nop(1)), call, settle],
      both: [
        [{ cqes: [], sqHead: 0 }, { cqes: [[1, 0]], sqHead: 1 }, []],
        [
          { cqes: [], sqHead: 0 },
          { cqes: [], sqHead: 0 },
          { cqes: [[1, 0]], sqHead: 1 },
        ],
      ],
      never: [
        { cqes: [], sqHead: 0 },
        { cqes: [], sqHead: 0 },
        { cqes: [], sqHead: 0 },
      ],
    });
  });

  //= ND-18
  it("the batch of an SQ thread ends before the rest of a chain is there, or behind it", () => {
    const fails: Entry = {
      ...nop(1, IOSQE_IO_LINK),
      opFlags: IORING_NOP_INJECT_RESULT,
      len: -EIO >>> 0,
    };
    const failed: Seen = [1, -EIO];
    const cancelled: Seen = [2, -ECANCELED];
    const alone: Seen = [2, 0];
    const taken = (sqHead: number, result: number, ...cqes: Seen[]): Shown => ({
      cqes,
      result,
      sqHead,
    });
    const none = taken(0, -EAGAIN);
    expectBoth({
      setup: THREAD,
      steps: [publish(fails), call, publish(nop(2)), settle],
      both: [
        [taken(0, 1), none, taken(0, 2), taken(2, 0, failed, cancelled)],
        [taken(0, 1), taken(1, -EAGAIN, failed), taken(1, 1), taken(2, 0, alone)],
      ],
      never: [taken(0, 1), none, taken(0, 2), taken(2, 0, failed, alone)],
    });
  });

  //= ND-18
  it("an SQ thread has gone to sleep, or is still awake", () => {
    const endsWith = (flags: number): boolean =>
      isPossible(THREAD, [call, call], [[], []], { ends: ({ sqFlags }) => sqFlags === flags });

    expect([0, IORING_SQ_NEED_WAKEUP].map(endsWith)).toEqual([true, true]);
    expect(endsWith(IORING_SQ_NEED_WAKEUP << 1)).toBe(false);
  });

  //= ND-19
  it("what is drained on an SQ thread completes with the timer before it, or later", () => {
    const drained = nop(2, IOSQE_IO_DRAIN);
    const start = { cqes: [], sqHead: 0 };
    const fired = [1, -ETIME] as const;
    expectBoth({
      setup: THREAD,
      steps: [publish(timeout(1, 100 * MICROSECOND), drained), call, call, settle],
      both: [
        [start, { cqes: [], sqHead: 2 }, { cqes: [fired, [2, 0]], sqHead: 2 }, []],
        [start, { cqes: [], sqHead: 2 }, { cqes: [fired], sqHead: 2 }, [[2, 0]]],
      ],
      never: [start, { cqes: [], sqHead: 2 }, { cqes: [[2, 0], fired], sqHead: 2 }, []],
    });
  });

  //= ND-23
  it("the notification of a zero-copy send comes sooner or later, and says copied or not", () => {
    const send: Entry = {
      opcode: op.IORING_OP_SEND_ZC,
      fd: fixtures.FRESH_SOCKET,
      ioprio: IORING_SEND_ZC_REPORT_USAGE,
      addr: DATA,
      len: 8,
      userData: 2,
    };
    const sent: Seen = [2, 8, IORING_CQE_F_MORE];
    const copied: Seen = [2, IORING_NOTIF_USAGE_ZC_COPIED | 0, IORING_CQE_F_NOTIF];
    const notCopied: Seen = [2, 0, IORING_CQE_F_NOTIF];
    const steps = [submit(connect(1, IOSQE_IO_LINK), send), call, settle];
    const outcome = (...shown: Shown[]): boolean => isPossible(PLAIN, steps, shown);

    for (const told of [copied, notCopied]) {
      expect(outcome([[1, 0], sent, told], [], [])).toBe(true);
      expect(outcome([[1, 0], sent], [told], [])).toBe(true);
      expect(outcome([[1, 0], told, sent], [], [])).toBe(false);
    }
    expect(outcome([[1, 0], sent], [], [])).toBe(false);
  });

  //= ND-11
  it("a receive tells that more is waiting, if the rest was there in time", () => {
    const write = (userData: number): Entry => ({
      opcode: op.IORING_OP_WRITE,
      fd: fixtures.UNIX_ONE,
      addr: DATA,
      len: 4,
      userData,
      flags: IOSQE_ASYNC,
    });
    const receive: Entry = {
      opcode: op.IORING_OP_RECV,
      fd: fixtures.UNIX_OTHER,
      addr: DATA + PAGE,
      len: 4,
      userData: 3,
    };
    const rest: Step = { do: "read", fd: fixtures.UNIX_OTHER, length: 8, at: RESULTS };
    const written: readonly Seen[] = [
      [1, 4],
      [2, 4],
    ];
    const shown = (flags: number, left: number): readonly Shown[] => [
      [],
      [],
      [[3, 4, flags], ...written],
      { cqes: [], result: left },
    ];
    expectBoth({
      order: "any",
      steps: [submit(receive), submit(write(1), write(2)), settle, rest],
      both: [shown(IORING_CQE_F_SOCK_NONEMPTY, 4), shown(0, 4)],
      never: shown(IORING_CQE_F_SOCK_NONEMPTY, 8),
    });
  });

  //= ND-22
  it("an eventfd counts what came together once, or one by one", () => {
    const register: Step = {
      do: "register",
      opcode: IORING_REGISTER_EVENTFD,
      address: SCRATCH,
      count: 1,
      memory: [words(SCRATCH, [fixtures.EVENTFD])],
    };
    const count: Step = { do: "read", fd: fixtures.EVENTFD, length: 8, at: RESULTS };
    const timers = [1, 2, 3].map((userData) => timeout(userData, 30 * MICROSECOND));
    const fired: readonly Seen[] = [
      [1, -ETIME],
      [2, -ETIME],
      [3, -ETIME],
    ];
    const shown: readonly Shown[] = [{ cqes: [], result: 0 }, [], fired, { cqes: [], result: 8 }];
    const counts = (number: number): boolean =>
      isPossible(PLAIN, [register, submit(...timers), settle, count], shown, {
        ends: (_, arena) => arena[RESULTS - ARENA] === number,
      });

    expect([1, 2, 3].map(counts)).toEqual([true, true, true]);
    expect([0, 4].map(counts)).toEqual([false, false]);
  });

  //= ND-26
  it("the files of a closed ring are released with it, or later", () => {
    const register: Step = {
      do: "register",
      opcode: IORING_REGISTER_FILES,
      address: SCRATCH,
      count: 1,
      memory: [words(SCRATCH, [fixtures.PIPE_WRITE])],
    };
    const close = (fd: number): Step => ({ do: "close", fd });
    const look: Step = { do: "read", fd: fixtures.PIPE_READ, length: 1, at: RESULTS };
    const done: Shown = { cqes: [], result: 0 };
    const open: Shown = { cqes: [], result: -EAGAIN };
    const before: readonly Shown[] = [done, done, open, done];
    expectBoth({
      steps: [register, close(fixtures.PIPE_WRITE), look, close(fixtures.RING), look, look],
      both: [
        [...before, done, done],
        [...before, open, done],
      ],
      never: [...before, done, open],
    });
  });

  //= ND-28
  it("what older kernels do is right on their profile, and on no other", () => {
    const remove: Entry = { opcode: op.IORING_OP_POLL_REMOVE, addr: 1, userData: 2 };
    const steps = [submit(poll(1)), submit(remove), settle];
    const removed = (res: number): Shown[] => [
      [],
      [
        [2, 0],
        [1, res],
      ],
      [],
    ];
    const on = (kernel: KernelName, res: number): boolean =>
      isPossible(PLAIN, steps, removed(res), { kernel, order: "any" });

    expect([on("6.18", -ECANCELED), on("6.18", 0)]).toEqual([true, false]);
    expect([on("5.4", -ECANCELED), on("5.4", 0)]).toEqual([false, true]);
  });

  //= ND-28
  it("a kernel is compared with the newest profile that is not newer than itself", () => {
    const names = [
      "6.18.44-custom",
      "7.2.0",
      "6.17.1",
      "6.12",
      "6.8.0-45-generic",
      "5.4.0",
      "4.19",
    ];

    const profiles = names.map(profileOf);

    expect(profiles).toEqual(["6.18", "6.18", "6.12", "6.12", "6.6", "5.4", "5.4"]);
  });
});
