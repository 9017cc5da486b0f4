/** Requests on registered files and buffers, and on provided buffers. */
import fc from "fast-check";
import * as op from "../../../../spec/abi/opcodes.ts";
import * as sqe from "../../../../spec/abi/sqe.ts";
import { DATA, PAGE } from "../../arena.ts";
import * as fixtures from "../../fixtures.ts";
import type { Word } from "../../program.ts";
import type { Family } from "../family.ts";
import { fillingFamilies } from "./provided.ts";
import {
  among,
  buffer,
  descriptor,
  flagBits,
  mostly,
  scratch,
  vectorsAt,
  words,
} from "../values.ts";

const readable = descriptor(fixtures.PIPE_READ, fixtures.UNIX_ONE, fixtures.FILE);
const writable = descriptor(fixtures.PIPE_WRITE, fixtures.UNIX_OTHER, fixtures.FILE);
/** Where the registered buffers lie: see steps.ts. */
const registered: fc.Arbitrary<Word> = mostly(
  12,
  among<Word>(DATA, DATA + 64, DATA + PAGE, DATA + PAGE - 8),
  buffer,
);
const bufferIndex = mostly(12, among(0, 0, 1), among(2, 3, 9));
const transferLength = mostly(12, among(0, 1, 8, 64), among(PAGE, 2 * PAGE, 0xffff_ffff));
const off: fc.Arbitrary<Word> = among<Word>(0, 0, -1, 50);
/** A group of provided buffers. */
const group = mostly(10, among(1, 1, 2), among(0, 7));

function fixed(opcode: number, fd: fc.Arbitrary<number>): Family["draft"] {
  return fc.record({
    opcode: among(opcode),
    fd,
    addr: registered,
    len: transferLength,
    off,
    bufIndex: bufferIndex,
  });
}

function fixedVectors(opcode: number, fd: fc.Arbitrary<number>): Family["draft"] {
  return fc
    .record({
      at: scratch,
      fd,
      off,
      bufIndex: bufferIndex,
      vectors: fc.array(fc.record({ base: registered, len: transferLength }), { maxLength: 3 }),
    })
    .map(({ at, vectors, ...rest }) => ({
      opcode,
      addr: at,
      len: vectors.length,
      ...rest,
      memory: [vectorsAt(at, vectors)],
    }));
}

const selecting = among(sqe.IOSQE_BUFFER_SELECT);

export const registeredFamilies: readonly Family[] = [
  {
    name: "read fixed",
    weight: 2,
    opcodes: [op.IORING_OP_READ_FIXED],
    draft: fixed(op.IORING_OP_READ_FIXED, readable),
  },
  {
    name: "write fixed",
    weight: 2,
    opcodes: [op.IORING_OP_WRITE_FIXED],
    draft: fixed(op.IORING_OP_WRITE_FIXED, writable),
  },
  {
    name: "readv fixed",
    weight: 1,
    opcodes: [op.IORING_OP_READV_FIXED],
    draft: fixedVectors(op.IORING_OP_READV_FIXED, readable),
  },
  {
    name: "writev fixed",
    weight: 1,
    opcodes: [op.IORING_OP_WRITEV_FIXED],
    draft: fixedVectors(op.IORING_OP_WRITEV_FIXED, writable),
  },
  {
    name: "files update",
    weight: 2,
    opcodes: [op.IORING_OP_FILES_UPDATE],
    draft: fc
      .record({
        at: scratch,
        off: mostly(10, among<Word>(0, 1, 2), among<Word>("0xffffffff", 40)),
        len: mostly(10, among(1, 2), among(0, 5, 100)),
        descriptors: fc.tuple(among(-1, 0, 1, 6), among(-1, -2, 3, 30)),
      })
      .map(({ at, descriptors: [one, other], ...rest }) => ({
        opcode: op.IORING_OP_FILES_UPDATE,
        addr: at,
        ...rest,
        memory: [words(at, [(one >>> 0) + (other >>> 0) * 2 ** 32])],
      })),
  },
  {
    name: "fixed fd install",
    weight: 1,
    opcodes: [op.IORING_OP_FIXED_FD_INSTALL],
    draft: fc.record({
      opcode: among(op.IORING_OP_FIXED_FD_INSTALL),
      fd: among(0, 1, 2, 9),
      flags: among(sqe.IOSQE_FIXED_FILE, sqe.IOSQE_FIXED_FILE, 0),
      opFlags: flagBits(8, 0, sqe.IORING_FIXED_FD_NO_CLOEXEC),
    }),
  },
  ...fillingFamilies(group),
  {
    name: "read with a provided buffer",
    weight: 2,
    opcodes: [op.IORING_OP_READ, op.IORING_OP_PROVIDE_BUFFERS],
    draft: fc.record({
      opcode: among(op.IORING_OP_READ, op.IORING_OP_RECV),
      fd: readable,
      len: among(0, 4, 8, 64),
      flags: selecting,
      bufIndex: group,
    }),
  },
  {
    name: "multishot read",
    weight: 2,
    opcodes: [op.IORING_OP_READ_MULTISHOT],
    draft: fc.record({
      opcode: among(op.IORING_OP_READ_MULTISHOT),
      fd: readable,
      len: mostly(12, among(0), among(4)),
      off: among<Word>(0, 0, -1),
      flags: mostly(12, selecting, among(0)),
      bufIndex: group,
    }),
  },
  {
    name: "multishot recv",
    weight: 2,
    opcodes: [op.IORING_OP_RECV, op.IORING_OP_PROVIDE_BUFFERS],
    draft: fc.record({
      opcode: among(op.IORING_OP_RECV),
      fd: descriptor(fixtures.UNIX_ONE),
      len: mostly(12, among(0), among(4)),
      ioprio: among(sqe.IORING_RECV_MULTISHOT),
      flags: selecting,
      bufIndex: group,
    }),
  },
  {
    name: "multishot timeout",
    weight: 1,
    opcodes: [op.IORING_OP_TIMEOUT],
    draft: fc
      .record({ at: scratch, off: among<Word>(1, 2), time: among<Word>(0, 1, 30_000) })
      .map(({ at, off: repeats, time }) => ({
        opcode: op.IORING_OP_TIMEOUT,
        fd: -1,
        addr: at,
        off: repeats,
        len: 1,
        opFlags: sqe.IORING_TIMEOUT_MULTISHOT,
        memory: [words(at, [0, time])],
      })),
  },
];
