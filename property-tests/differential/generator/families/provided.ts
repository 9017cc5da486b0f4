/** Requests that take their memory from a group of provided buffers, and those that fill one. */
import fc from "fast-check";
import * as op from "../../../../spec/abi/opcodes.ts";
import * as sqe from "../../../../spec/abi/sqe.ts";
import { MSG_DONTWAIT, MSG_TRUNC, MSG_WAITALL } from "../../../../spec/abi/linux.ts";
import { ARENA_END, DATA, PAGE } from "../../arena.ts";
import * as fixtures from "../../fixtures.ts";
import type { Word } from "../../program.ts";
import type { Family } from "../family.ts";
import { among, buffer, descriptor, flagBits, mostly, scratch, words } from "../values.ts";

const { IORING_RECV_MULTISHOT, IORING_RECVSEND_BUNDLE, IORING_RECVSEND_POLL_FIRST } = sqe;

const readable = descriptor(fixtures.PIPE_READ, fixtures.UNIX_ONE, fixtures.FILE);
const peer = descriptor(fixtures.UNIX_ONE, fixtures.UNIX_ONE, fixtures.UNIX_OTHER);
/** A group of provided buffers: steps.ts and this file fill the first two. */
const group = mostly(16, among(1, 1, 2), among(0, 7));
const selecting = mostly(20, among(sqe.IOSQE_BUFFER_SELECT), among(0));
const shortLength = mostly(10, among(0, 0, 4, 8, 64, 200), among(PAGE, 0x7fff_ffff, 0xffff_ffff));
const messageFlags = flagBits(16, 0, 0, 0, MSG_DONTWAIT, MSG_WAITALL, MSG_TRUNC);
const receivePriority = mostly(
  16,
  among(
    0,
    0,
    IORING_RECV_MULTISHOT,
    IORING_RECV_MULTISHOT,
    IORING_RECVSEND_BUNDLE,
    IORING_RECVSEND_BUNDLE | IORING_RECV_MULTISHOT,
    IORING_RECVSEND_POLL_FIRST | IORING_RECV_MULTISHOT,
  ),
  fc.nat({ max: 31 }),
);

/** A message whose one vector, or none, stands beside it: with selection only its length counts. */
function message(opcode: number, ioprio: fc.Arbitrary<number>): Family["draft"] {
  return fc
    .record({
      at: scratch,
      fd: peer,
      vectors: mostly(3, among<Word>(1, 0), among<Word>(2)),
      byteLength: shortLength,
      nameLength: mostly(8, among<Word>(0), among<Word>(8, 200)),
      controlLength: mostly(8, among<Word>(0), among<Word>(8, 200)),
      opFlags: messageFlags,
      ioprio,
      flags: selecting,
      bufIndex: group,
    })
    .map(({ at, vectors, byteLength, nameLength, controlLength, ...rest }) => ({
      opcode,
      addr: at,
      len: 1,
      ...rest,
      // name, namelen, iov, iovlen, control, controllen, flags; then the vector.
      memory: [words(at, [0, nameLength, at + 56, vectors, 0, controlLength, 0, 0, byteLength])],
    }));
}

/** Those that fill a group and empty it. */
export function fillingFamilies(bufIndex: fc.Arbitrary<number>): readonly Family[] {
  return [
    {
      name: "provide buffers",
      weight: 3,
      opcodes: [op.IORING_OP_PROVIDE_BUFFERS],
      draft: fc.record({
        opcode: among(op.IORING_OP_PROVIDE_BUFFERS),
        fd: mostly(20, among(1, 2, 4), among(0, -1, 0x1_0000)),
        addr: mostly(20, among<Word>(DATA + PAGE, DATA + 2 * PAGE), among<Word>(ARENA_END)),
        len: mostly(12, among(4, 16, 64), among(0, 0xffff_ffff)),
        off: mostly(12, among<Word>(0, 4, 100), among<Word>(0xffff, 0x1_0000)),
        bufIndex,
      }),
    },
    {
      name: "remove buffers",
      weight: 1,
      opcodes: [op.IORING_OP_REMOVE_BUFFERS],
      draft: fc.record({
        opcode: among(op.IORING_OP_REMOVE_BUFFERS),
        fd: mostly(12, among(1, 2, 100), among(0, -1, 0x1_0000)),
        bufIndex,
      }),
    },
  ];
}

export const providedFamilies: readonly Family[] = [
  ...fillingFamilies(group),
  {
    name: "selecting read",
    weight: 4,
    opcodes: [op.IORING_OP_READ],
    draft: fc.record({
      opcode: among(op.IORING_OP_READ),
      fd: readable,
      off: among<Word>(0, -1, 50),
      len: shortLength,
      flags: selecting,
      bufIndex: group,
    }),
  },
  {
    name: "selecting readv",
    weight: 1,
    opcodes: [op.IORING_OP_READV],
    draft: fc
      .record({
        at: scratch,
        fd: readable,
        off: among<Word>(0, -1),
        len: mostly(6, among(1), among(0, 2)),
        base: buffer,
        byteLength: shortLength,
        flags: selecting,
        bufIndex: group,
      })
      .map(({ at, base, byteLength, ...rest }) => ({
        opcode: op.IORING_OP_READV,
        addr: at,
        ...rest,
        memory: [words(at, [base, byteLength])],
      })),
  },
  {
    name: "multishot read",
    weight: 4,
    opcodes: [op.IORING_OP_READ_MULTISHOT],
    draft: fc.record({
      opcode: among(op.IORING_OP_READ_MULTISHOT),
      fd: readable,
      len: mostly(6, among(0), among(4, 64)),
      off: among<Word>(0, 0, -1),
      flags: selecting,
      bufIndex: group,
    }),
  },
  {
    name: "selecting recv",
    weight: 8,
    opcodes: [op.IORING_OP_RECV],
    draft: fc.record({
      opcode: among(op.IORING_OP_RECV),
      fd: peer,
      len: mostly(1, among(0), shortLength),
      opFlags: messageFlags,
      ioprio: receivePriority,
      flags: selecting,
      bufIndex: group,
      // How much a multishot receive takes in all.
      fileIndex: mostly(6, among(0), among(1, 8, 100)),
    }),
  },
  {
    name: "selecting recvmsg",
    weight: 3,
    opcodes: [op.IORING_OP_RECVMSG],
    draft: message(op.IORING_OP_RECVMSG, receivePriority),
  },
  {
    name: "selecting send",
    weight: 4,
    opcodes: [op.IORING_OP_SEND],
    draft: fc.record({
      opcode: among(op.IORING_OP_SEND),
      fd: peer,
      len: shortLength,
      opFlags: messageFlags,
      ioprio: mostly(10, among(0, IORING_RECVSEND_BUNDLE), fc.nat({ max: 31 })),
      flags: selecting,
      bufIndex: group,
    }),
  },
  {
    name: "selecting sendmsg",
    weight: 1,
    opcodes: [op.IORING_OP_SENDMSG],
    draft: message(op.IORING_OP_SENDMSG, among(0, 0, IORING_RECVSEND_BUNDLE)),
  },
];
