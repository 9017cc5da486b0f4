/** Pipes, epoll sets, messages between rings, futexes. */
import fc from "fast-check";
import {
  EPOLL_CTL_ADD,
  EPOLL_CTL_DEL,
  EPOLL_CTL_MOD,
  FUTEX2_PRIVATE,
  FUTEX2_SIZE_U32,
  O_CLOEXEC,
  O_NONBLOCK,
  POLLIN,
  POLLOUT,
} from "../../../../spec/abi/linux.ts";
import * as op from "../../../../spec/abi/opcodes.ts";
import { SPLICE_F_FD_IN_FIXED } from "../../../../spec/abi/sqe.ts";
import { DATA, READ_ONLY } from "../../arena.ts";
import * as fixtures from "../../fixtures.ts";
import type { Word } from "../../program.ts";
import type { Family } from "../family.ts";
import {
  among,
  anyDescriptor,
  buffer,
  descriptor,
  flagBits,
  length,
  mostly,
  scratch,
  target,
  words,
} from "../values.ts";

const NOWHERE: Word = -1;
const input = descriptor(fixtures.PIPE_READ, fixtures.OTHER_READ, fixtures.FILE);
const output = descriptor(fixtures.PIPE_WRITE, fixtures.OTHER_WRITE, fixtures.UNIX_ONE);
const watched = descriptor(fixtures.PIPE_READ, fixtures.PIPE_WRITE, fixtures.EVENTFD);

/** Words that futexes are about. What they hold is the pattern. */
const futex: fc.Arbitrary<Word> = mostly(
  10,
  among<Word>(DATA + 256, DATA + 256, DATA + 320),
  among<Word>(DATA + 257, READ_ONLY, 8, 0),
);
const futexFlags = flagBits(12, FUTEX2_SIZE_U32 | FUTEX2_PRIVATE, FUTEX2_SIZE_U32);
/** The pattern's word at DATA + 256, which is so when nobody has written there, and others. */
const futexValue: fc.Arbitrary<Word> = among<Word>(0, 1, "0xffffffff", "0x100000000");

export const pipeFamilies: readonly Family[] = [
  {
    name: "splice",
    weight: 2,
    opcodes: [op.IORING_OP_SPLICE],
    draft: fc.record({
      opcode: among(op.IORING_OP_SPLICE),
      fd: output,
      fileIndex: input.map((fd) => fd >>> 0),
      off: among<Word>(NOWHERE, NOWHERE, NOWHERE, 0),
      addr: among<Word>(NOWHERE, NOWHERE, 0),
      len: mostly(20, among(0, 1, 8, 100), length),
      opFlags: flagBits(10, 0, 0, 2, 4, SPLICE_F_FD_IN_FIXED),
    }),
  },
  {
    name: "tee",
    weight: 1,
    opcodes: [op.IORING_OP_TEE],
    draft: fc.record({
      opcode: among(op.IORING_OP_TEE),
      fd: output,
      fileIndex: input.map((fd) => fd >>> 0),
      len: among(0, 1, 8, 100),
      opFlags: flagBits(10, 0, 0, 2),
    }),
  },
  {
    name: "pipe",
    weight: 1,
    opcodes: [op.IORING_OP_PIPE],
    draft: fc.record({
      opcode: among(op.IORING_OP_PIPE),
      addr: buffer,
      opFlags: flagBits(10, 0, O_NONBLOCK, O_CLOEXEC),
      fileIndex: mostly(6, among(0), among(1, 0xffff_ffff)),
    }),
  },
  {
    name: "epoll ctl",
    weight: 2,
    opcodes: [op.IORING_OP_EPOLL_CTL],
    draft: fc
      .record({
        at: scratch,
        fd: descriptor(fixtures.EPOLL),
        off: watched,
        len: mostly(
          20,
          among(EPOLL_CTL_ADD, EPOLL_CTL_ADD, EPOLL_CTL_DEL, EPOLL_CTL_MOD),
          among(0, 4),
        ),
        events: among(POLLIN, POLLIN | POLLOUT, 0, 0x4000_0000 | POLLIN, 0x8000_0000 | POLLIN),
      })
      .map(({ at, events, ...rest }) => ({
        opcode: op.IORING_OP_EPOLL_CTL,
        addr: at,
        ...rest,
        memory: [words(at, [events + 7 * 2 ** 32, 0])],
      })),
  },
  {
    name: "epoll wait",
    weight: 2,
    opcodes: [op.IORING_OP_EPOLL_WAIT],
    draft: fc.record({
      opcode: among(op.IORING_OP_EPOLL_WAIT),
      fd: descriptor(fixtures.EPOLL),
      addr: buffer,
      len: mostly(12, among(1, 2, 8), among(0, -1 >>> 0)),
    }),
  },
  {
    name: "msg_ring",
    weight: 2,
    opcodes: [op.IORING_OP_MSG_RING],
    draft: fc.record({
      opcode: among(op.IORING_OP_MSG_RING),
      fd: descriptor(fixtures.RING),
      addr: among<Word>(0, 0, 0, 1, 2),
      off: among<Word>(500, 501),
      len: among(0, 7, 0xffff_fff0),
      opFlags: flagBits(10, 0, 0, 1, 2),
      addr3: among<Word>(0, 1),
      fileIndex: among(0, 1, 0xffff_ffff),
    }),
  },
  {
    name: "futex wait",
    weight: 2,
    opcodes: [op.IORING_OP_FUTEX_WAIT],
    draft: fc.record({
      opcode: among(op.IORING_OP_FUTEX_WAIT),
      fd: futexFlags,
      addr: futex,
      off: futexValue,
      addr3: mostly(10, among<Word>(1, "0xffffffff"), among<Word>(0, "0x100000000")),
    }),
  },
  {
    name: "futex wake",
    weight: 2,
    opcodes: [op.IORING_OP_FUTEX_WAKE],
    draft: fc.record({
      opcode: among(op.IORING_OP_FUTEX_WAKE),
      fd: futexFlags,
      addr: futex,
      off: among<Word>(0, 1, 2, 100),
      addr3: mostly(10, among<Word>(1, "0xffffffff"), among<Word>(0)),
    }),
  },
  {
    name: "cancel of another kind",
    weight: 1,
    opcodes: [op.IORING_OP_ASYNC_CANCEL, op.IORING_OP_FUTEX_WAIT],
    draft: fc.record({
      opcode: among(op.IORING_OP_ASYNC_CANCEL),
      fd: anyDescriptor,
      addr: target,
      opFlags: among(0x20, 0x21, 1),
      len: among(op.IORING_OP_FUTEX_WAIT, op.IORING_OP_POLL_ADD, op.IORING_OP_READ),
    }),
  },
];
