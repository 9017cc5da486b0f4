/** Requests that move no data: nop, poll, timers, cancellation. */
import fc from "fast-check";
import { POLLHUP, POLLIN, POLLOUT, POLLRDHUP } from "../../../../spec/abi/linux.ts";
import * as op from "../../../../spec/abi/opcodes.ts";
import * as sqe from "../../../../spec/abi/sqe.ts";
import * as fixtures from "../../fixtures.ts";
import type { Word } from "../../program.ts";
import type { Family } from "../family.ts";
import {
  among,
  anyDescriptor,
  descriptor,
  flagBits,
  mostly,
  scratch,
  target,
  words,
} from "../values.ts";

const MICROSECOND = 1000;
const FOREVER_SECONDS = 100_000;

/** [seconds, nanoseconds]: at once, soon, or never within a program. */
const duration: fc.Arbitrary<readonly [Word, Word]> = mostly(
  10,
  among<readonly [Word, Word]>(
    [0, 0],
    [0, 1],
    [0, 30 * MICROSECOND],
    [FOREVER_SECONDS, 0],
    [FOREVER_SECONDS, 0],
  ),
  among<readonly [Word, Word]>([-1, 0], [0, -1], ["0x7fffffffffffffff", 0]),
);

const waitable = descriptor(
  fixtures.PIPE_READ,
  fixtures.PIPE_READ,
  fixtures.PIPE_WRITE,
  fixtures.OTHER_READ,
  fixtures.UNIX_ONE,
  fixtures.UNIX_OTHER,
  fixtures.LISTENER,
  fixtures.FILE,
);

/** A timer's SQE and its timespec. */
function timer(
  opcode: number,
  off: fc.Arbitrary<Word>,
  opFlags: fc.Arbitrary<number>,
): Family["draft"] {
  return fc
    .record({ at: scratch, duration, off, opFlags, len: mostly(30, among(1), among(0, 2)) })
    .map(({ at, duration: time, ...rest }) => ({
      opcode,
      fd: -1,
      addr: at,
      ...rest,
      memory: [words(at, time)],
    }));
}

export const controlFamilies: readonly Family[] = [
  {
    name: "nop",
    weight: 6,
    opcodes: [op.IORING_OP_NOP],
    draft: fc.record({
      opcode: among(op.IORING_OP_NOP),
      fd: among(-1),
      opFlags: flagBits(12, 0, 0, 0, sqe.IORING_NOP_INJECT_RESULT),
      len: among(0, 0, 7, 0xffff_ffff),
    }),
  },
  {
    name: "poll",
    weight: 6,
    opcodes: [op.IORING_OP_POLL_ADD],
    draft: fc.record({
      opcode: among(op.IORING_OP_POLL_ADD),
      fd: waitable,
      opFlags: flagBits(12, POLLIN, POLLIN, POLLOUT, POLLIN | POLLOUT, POLLRDHUP, POLLHUP, 0),
      len: mostly(30, among(0, 0, sqe.IORING_POLL_ADD_MULTI), among(2, 4, 8, 0x10)),
    }),
  },
  {
    name: "poll remove",
    weight: 2,
    opcodes: [op.IORING_OP_POLL_REMOVE],
    draft: fc.record({
      opcode: among(op.IORING_OP_POLL_REMOVE),
      fd: among(-1),
      addr: target,
      len: mostly(20, among(0, 0, 0, 2, 3, 4, 6, 7), among(1, 8, 16)),
      off: mostly(4, among<Word>(0), target),
      opFlags: mostly(4, among(0), among(POLLIN, POLLOUT)),
    }),
  },
  {
    name: "timeout",
    weight: 5,
    opcodes: [op.IORING_OP_TIMEOUT],
    draft: timer(
      op.IORING_OP_TIMEOUT,
      among<Word>(0, 0, 0, 1, 2, 3),
      flagBits(
        14,
        0,
        0,
        0,
        sqe.IORING_TIMEOUT_ETIME_SUCCESS,
        sqe.IORING_TIMEOUT_BOOTTIME,
        sqe.IORING_TIMEOUT_REALTIME,
      ),
    ),
  },
  {
    name: "timeout remove",
    weight: 2,
    opcodes: [op.IORING_OP_TIMEOUT_REMOVE],
    draft: fc
      .record({
        at: scratch,
        duration,
        addr: target,
        opFlags: flagBits(14, 0, 0, sqe.IORING_TIMEOUT_UPDATE, sqe.IORING_LINK_TIMEOUT_UPDATE),
      })
      .map(({ at, duration: time, ...rest }) => ({
        opcode: op.IORING_OP_TIMEOUT_REMOVE,
        fd: -1,
        off: at,
        ...rest,
        memory: [words(at, time)],
      })),
  },
  {
    name: "link timeout",
    weight: 4,
    opcodes: [op.IORING_OP_LINK_TIMEOUT],
    draft: timer(
      op.IORING_OP_LINK_TIMEOUT,
      mostly(30, among<Word>(0), among<Word>(1)),
      flagBits(20, 0),
    ),
  },
  {
    name: "cancel",
    weight: 5,
    opcodes: [op.IORING_OP_ASYNC_CANCEL],
    draft: fc.record({
      opcode: among(op.IORING_OP_ASYNC_CANCEL),
      fd: mostly(1, among(-1), anyDescriptor),
      addr: target,
      opFlags: flagBits(
        14,
        0,
        0,
        sqe.IORING_ASYNC_CANCEL_ALL,
        sqe.IORING_ASYNC_CANCEL_ANY,
        sqe.IORING_ASYNC_CANCEL_FD,
        sqe.IORING_ASYNC_CANCEL_FD | sqe.IORING_ASYNC_CANCEL_ALL,
        sqe.IORING_ASYNC_CANCEL_OP,
      ),
      len: mostly(3, among(0), fc.nat({ max: 62 })),
    }),
  },
];
