/** Requests that fill and empty slots of the tables of files and buffers, or use them. */
import fc from "fast-check";
import * as linux from "../../../../spec/abi/linux.ts";
import * as op from "../../../../spec/abi/opcodes.ts";
import * as sqe from "../../../../spec/abi/sqe.ts";
import { DATA, PAGE, pathAt } from "../../arena.ts";
import * as fixtures from "../../fixtures.ts";
import type { Word } from "../../program.ts";
import type { Family } from "../family.ts";
import { among, descriptor, flagBits, mostly, scratch, words } from "../values.ts";

/** A slot's number plus one, or any free one. */
const target = mostly(
  16,
  among(1, 2, 3, 4, sqe.IORING_FILE_INDEX_ALLOC),
  among(0, 5, 40, 0xffff_fffe),
);
const slot = mostly(16, among(0, 1, 2, 3), among(4, 40, -1));
const fixed = mostly(20, among(sqe.IOSQE_FIXED_FILE), among(0));
const bufferAddress = mostly(
  12,
  among<Word>(DATA, DATA + 64, DATA + PAGE, DATA + PAGE - 8),
  among<Word>(DATA + 2 * PAGE - 4, 8),
);

export const slotFamilies: readonly Family[] = [
  {
    name: "openat into a slot",
    weight: 3,
    opcodes: [op.IORING_OP_OPENAT],
    draft: fc.record({
      opcode: among(op.IORING_OP_OPENAT),
      fd: among(linux.AT_FDCWD),
      addr: among<Word>(pathAt(0), pathAt(0), pathAt(2), pathAt(3)),
      opFlags: among(linux.O_RDONLY, linux.O_RDWR, linux.O_RDWR | linux.O_CREAT, linux.O_CLOEXEC),
      len: among(0o644),
      fileIndex: target,
    }),
  },
  {
    name: "socket into a slot",
    weight: 2,
    opcodes: [op.IORING_OP_SOCKET],
    draft: fc.record({
      opcode: among(op.IORING_OP_SOCKET),
      fd: among(linux.AF_INET, linux.AF_UNIX),
      off: among<Word>(
        linux.SOCK_STREAM,
        linux.SOCK_STREAM,
        linux.SOCK_STREAM | linux.SOCK_CLOEXEC,
      ),
      fileIndex: target,
    }),
  },
  {
    name: "accept into a slot",
    weight: 2,
    opcodes: [op.IORING_OP_ACCEPT],
    draft: fc.record({
      opcode: among(op.IORING_OP_ACCEPT),
      fd: descriptor(fixtures.LISTENER),
      fileIndex: target,
      ioprio: mostly(4, among(0), among(sqe.IORING_ACCEPT_MULTISHOT)),
    }),
  },
  {
    name: "pipe into slots",
    weight: 2,
    opcodes: [op.IORING_OP_PIPE],
    draft: fc.record({
      opcode: among(op.IORING_OP_PIPE),
      addr: mostly(12, among<Word>(DATA + PAGE, DATA + 2 * PAGE), among<Word>(0, 8)),
      opFlags: among(0, 0, linux.O_NONBLOCK),
      fileIndex: target,
    }),
  },
  {
    name: "close of a slot",
    weight: 3,
    opcodes: [op.IORING_OP_CLOSE],
    draft: fc.record({
      opcode: among(op.IORING_OP_CLOSE),
      fd: mostly(20, among(0), among(1)),
      fileIndex: target,
    }),
  },
  {
    name: "files update",
    weight: 4,
    opcodes: [op.IORING_OP_FILES_UPDATE],
    draft: fc
      .record({
        at: scratch,
        off: mostly(10, among<Word>(0, 1, 2, "0xffffffff"), among<Word>(40)),
        len: mostly(10, among(1, 2), among(0, 5, 100)),
        descriptors: fc.tuple(
          among(-1, fixtures.PIPE_READ, fixtures.PIPE_WRITE, fixtures.FILE),
          among(-1, -2, fixtures.OTHER_WRITE, 30, fixtures.RING),
        ),
      })
      .map(({ at, descriptors: [one, other], ...rest }) => ({
        opcode: op.IORING_OP_FILES_UPDATE,
        addr: at,
        ...rest,
        memory: [
          words(at, [`0x${((BigInt(other >>> 0) << 32n) + BigInt(one >>> 0)).toString(16)}`]),
        ],
      })),
  },
  {
    name: "fixed fd install",
    weight: 3,
    opcodes: [op.IORING_OP_FIXED_FD_INSTALL],
    draft: fc.record({
      opcode: among(op.IORING_OP_FIXED_FD_INSTALL),
      fd: slot,
      flags: fixed,
      opFlags: flagBits(12, 0, sqe.IORING_FIXED_FD_NO_CLOEXEC),
    }),
  },
  {
    name: "transfer on a slot",
    weight: 5,
    opcodes: [op.IORING_OP_READ, op.IORING_OP_WRITE, op.IORING_OP_RECV, op.IORING_OP_SEND],
    draft: fc.record({
      opcode: among(op.IORING_OP_READ, op.IORING_OP_WRITE, op.IORING_OP_RECV, op.IORING_OP_SEND),
      fd: slot,
      flags: fixed,
      addr: among<Word>(DATA, DATA + PAGE),
      len: among(1, 8, 64),
    }),
  },
  {
    name: "transfer on a slot and a registered buffer",
    weight: 5,
    opcodes: [op.IORING_OP_READ_FIXED, op.IORING_OP_WRITE_FIXED],
    draft: fc.record({
      opcode: among(op.IORING_OP_READ_FIXED, op.IORING_OP_WRITE_FIXED),
      fd: mostly(2, slot, among(fixtures.PIPE_READ, fixtures.PIPE_WRITE, fixtures.FILE)),
      flags: mostly(2, fixed, among(0)),
      addr: bufferAddress,
      len: mostly(12, among(1, 8, 64), among(0, PAGE, 2 * PAGE)),
      bufIndex: mostly(12, among(0, 1, 2), among(3, 9)),
    }),
  },
  {
    name: "poll of a slot",
    weight: 2,
    opcodes: [op.IORING_OP_POLL_ADD],
    draft: fc.record({
      opcode: among(op.IORING_OP_POLL_ADD),
      fd: slot,
      flags: fixed,
      opFlags: among(linux.POLLIN, linux.POLLIN | linux.POLLOUT),
      len: among(0, 0, sqe.IORING_POLL_ADD_MULTI),
    }),
  },
  {
    name: "splice from a slot",
    weight: 1,
    opcodes: [op.IORING_OP_SPLICE],
    draft: fc.record({
      opcode: among(op.IORING_OP_SPLICE),
      fd: among(fixtures.OTHER_WRITE, fixtures.PIPE_WRITE),
      fileIndex: slot.map((number) => number >>> 0),
      off: among<Word>(-1),
      addr: among<Word>(-1),
      len: among(1, 8),
      opFlags: among(sqe.SPLICE_F_FD_IN_FIXED),
    }),
  },
  {
    name: "cancel by slot",
    weight: 2,
    opcodes: [op.IORING_OP_ASYNC_CANCEL],
    draft: fc.record({
      opcode: among(op.IORING_OP_ASYNC_CANCEL),
      fd: slot,
      opFlags: among(
        sqe.IORING_ASYNC_CANCEL_FD | sqe.IORING_ASYNC_CANCEL_FD_FIXED,
        sqe.IORING_ASYNC_CANCEL_FD | sqe.IORING_ASYNC_CANCEL_FD_FIXED | sqe.IORING_ASYNC_CANCEL_ALL,
      ),
    }),
  },
  {
    name: "message with a file",
    weight: 2,
    opcodes: [op.IORING_OP_MSG_RING],
    draft: fc.record({
      opcode: among(op.IORING_OP_MSG_RING),
      fd: among(fixtures.RING),
      addr: among<Word>(1),
      off: among<Word>(500, 501),
      opFlags: mostly(6, among(0, 1), among(2)),
      addr3: among<Word>(0, 1, 2),
      fileIndex: target,
    }),
  },
];
