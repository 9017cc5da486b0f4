/** READ, WRITE and their vectored forms. */
import fc from "fast-check";
import { RWF_NOWAIT, RWF_SYNC } from "../../../../spec/abi/linux.ts";
import * as op from "../../../../spec/abi/opcodes.ts";
import * as fixtures from "../../fixtures.ts";
import type { Word } from "../../program.ts";
import type { Family } from "../family.ts";
import {
  among,
  buffer,
  descriptor,
  flagBits,
  length,
  mostly,
  position,
  scratch,
  vectorsAt,
} from "../values.ts";

const readable = descriptor(
  fixtures.PIPE_READ,
  fixtures.PIPE_READ,
  fixtures.OTHER_READ,
  fixtures.UNIX_ONE,
  fixtures.FILE,
  fixtures.READ_ONLY_FILE,
  fixtures.NULL_DEVICE,
);
const writable = descriptor(
  fixtures.PIPE_WRITE,
  fixtures.PIPE_WRITE,
  fixtures.OTHER_WRITE,
  fixtures.UNIX_OTHER,
  fixtures.FILE,
  fixtures.FILE,
  fixtures.NULL_DEVICE,
);
const opFlags = flagBits(20, 0, 0, 0, RWF_NOWAIT, RWF_SYNC);
const off: fc.Arbitrary<Word> = mostly(2, among<Word>(0, -1), position);

function single(opcode: number, fd: fc.Arbitrary<number>): Family["draft"] {
  return fc.record({ opcode: among(opcode), fd, addr: buffer, len: length, off, opFlags });
}

function vectored(opcode: number, fd: fc.Arbitrary<number>): Family["draft"] {
  const vector = fc.record({ base: buffer, len: length });
  return fc
    .record({
      at: scratch,
      fd,
      vectors: fc.array(vector, { maxLength: 4 }),
      off,
      opFlags,
      more: mostly(30, among(0), among(1, 2000)),
    })
    .map(({ at, fd: file, vectors, more, ...rest }) => ({
      opcode,
      fd: file,
      addr: at,
      len: vectors.length + more,
      ...rest,
      memory: [vectorsAt(at, vectors)],
    }));
}

export const readWriteFamilies: readonly Family[] = [
  {
    name: "read",
    weight: 8,
    opcodes: [op.IORING_OP_READ],
    draft: single(op.IORING_OP_READ, readable),
  },
  {
    name: "write",
    weight: 8,
    opcodes: [op.IORING_OP_WRITE],
    draft: single(op.IORING_OP_WRITE, writable),
  },
  {
    name: "readv",
    weight: 3,
    opcodes: [op.IORING_OP_READV],
    draft: vectored(op.IORING_OP_READV, readable),
  },
  {
    name: "writev",
    weight: 3,
    opcodes: [op.IORING_OP_WRITEV],
    draft: vectored(op.IORING_OP_WRITEV, writable),
  },
];
