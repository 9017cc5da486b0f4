/** What a request on a worker waits for, and for how long, as far as it is open. */
import { expect, it } from "vitest";
import { IORING_CQE_F_BUFFER, IORING_CQE_F_MORE } from "../../spec/abi/cqe.ts";
import { POLLIN } from "../../spec/abi/linux.ts";
import * as op from "../../spec/abi/opcodes.ts";
import {
  IORING_RECVSEND_BUNDLE,
  IORING_POLL_ADD_MULTI,
  IOSQE_ASYNC,
  IOSQE_BUFFER_SELECT,
  IOSQE_IO_HARDLINK,
  IOSQE_IO_LINK,
} from "../../spec/abi/sqe.ts";
import { EALREADY, ECANCELED, EINTR, EPIPE } from "../../spec/errno.ts";
import { DATA } from "./arena.ts";
import * as fixtures from "./fixtures.ts";
import type { Entry, Step } from "./program.ts";
import { isPossible, PLAIN, poll, type Seen, settle, type Shown, submit } from "./what-may-vary.ts";

const readPipe = (userData: number, flags = 0): Entry => ({
  opcode: op.IORING_OP_READ,
  fd: fixtures.PIPE_READ,
  addr: DATA,
  len: 8,
  userData,
  flags,
});

const cancel = (userData: number, target: number): Entry => ({
  opcode: op.IORING_OP_ASYNC_CANCEL,
  fd: -1,
  addr: target,
  userData,
});

const write: Step = { do: "write", fd: fixtures.PIPE_WRITE, length: 1 };
const wrote: Shown = { result: 1, cqes: [] };

//= ASYNC-4
it("an asynchronous read whose data is taken waits for its file, or blocks its worker", () => {
  const end = (result: number, ofTarget: number): boolean => {
    const steps = [submit(readPipe(1, IOSQE_ASYNC), readPipe(2)), write, settle];
    const cqes: Shown = [
      [3, result],
      [1, ofTarget],
    ];
    const shown = [[], wrote, [[2, 1]], cqes] as const;
    const all = [...steps, submit(cancel(3, 1)), settle];
    return isPossible(PLAIN, all, shown, { order: "any" });
  };

  expect(end(0, -ECANCELED)).toBe(true);
  expect(end(-EALREADY, -EINTR)).toBe(true);
  expect(end(0, -EINTR)).toBe(false);
});

//= ASYNC-4
it("one that nobody gets ahead of does not block", () => {
  const steps = [submit(readPipe(1, IOSQE_ASYNC)), settle, submit(cancel(3, 1)), settle];
  const end = (...shown: readonly Shown[]): boolean =>
    isPossible(PLAIN, steps, [[], [], ...shown], { order: "any" });

  const canceled: Shown = [
    [3, 0],
    [1, -ECANCELED],
  ];
  expect(end(canceled)).toBe(true);
  expect(end([[3, -EALREADY]], [[1, -EINTR]])).toBe(false);
});

const bundle = (userData: number): Entry => ({
  opcode: op.IORING_OP_SEND,
  fd: fixtures.FRESH_SOCKET,
  len: 4,
  ioprio: IORING_RECVSEND_BUNDLE,
  bufIndex: 1,
  userData,
  flags: IOSQE_BUFFER_SELECT | IOSQE_IO_HARDLINK,
});

const provide = (userData: number): Entry => ({
  opcode: op.IORING_OP_PROVIDE_BUFFERS,
  fd: 2,
  addr: DATA,
  len: 4,
  bufIndex: 1,
  userData,
});

//= BUF-71
it("what is chained to a bundle that a worker gives up is its owner's, or the worker's", () => {
  const steps = [submit(provide(1)), submit(bundle(2), bundle(3)), settle];
  const end = (...after: Seen[]): boolean => {
    const shown = [[[1, 0]], [], [[2, -ECANCELED], ...after]] as const;
    return isPossible(PLAIN, steps, shown, { order: "any" });
  };

  expect(end([3, -EPIPE, IORING_CQE_F_BUFFER])).toBe(true);
  expect(end([3, -ECANCELED])).toBe(true);
  expect(end()).toBe(false);
});

//= POLL-43
it("a read that blocked its worker has a poll tell once more of what it left, or once", () => {
  const pollPipe: Entry = { ...poll(1), len: IORING_POLL_ADD_MULTI };
  const blocking: Entry = { ...readPipe(2, IOSQE_IO_LINK), len: 1 };
  const steps = [submit(pollPipe), submit(blocking), settle, { ...write, length: 2 }, settle];
  const end = (shots: number): boolean => {
    const told: Seen[] = Array.from({ length: shots }, () => [1, POLLIN, IORING_CQE_F_MORE]);
    const seen: Seen[] = [[2, 1], ...told];
    const shown = [[], [], [], { result: 2, cqes: [] }, seen] as const;
    return isPossible(PLAIN, steps, shown, { order: "any" });
  };

  expect(end(1)).toBe(true);
  expect(end(2)).toBe(true);
  expect(end(3)).toBe(false);
});
