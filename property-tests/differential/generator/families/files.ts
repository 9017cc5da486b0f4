/** Paths, and what is done with files beside reading and writing. */
import fc from "fast-check";
import * as linux from "../../../../spec/abi/linux.ts";
import * as op from "../../../../spec/abi/opcodes.ts";
import { IORING_FILE_INDEX_ALLOC, IORING_FSYNC_DATASYNC } from "../../../../spec/abi/sqe.ts";
import { ARENA_END, DATA, nameAt, PAGE, READ_ONLY } from "../../arena.ts";
import * as fixtures from "../../fixtures.ts";
import type { Word } from "../../program.ts";
import type { Family } from "../family.ts";
import {
  among,
  descriptor,
  directory,
  flagBits,
  mostly,
  path,
  position,
  scratch,
  statxSlot,
  words,
} from "../values.ts";

const regular = descriptor(fixtures.FILE, fixtures.FILE, fixtures.READ_ONLY_FILE);
const anyFile = descriptor(
  fixtures.FILE,
  fixtures.DIRECTORY,
  fixtures.PIPE_READ,
  fixtures.UNIX_ONE,
);
const openFlags = flagBits(
  14,
  linux.O_RDONLY,
  linux.O_RDWR,
  linux.O_WRONLY,
  linux.O_RDWR | linux.O_CREAT,
  linux.O_RDWR | linux.O_CREAT,
  linux.O_RDWR | linux.O_CREAT | linux.O_EXCL,
  linux.O_RDWR | linux.O_TRUNC,
  linux.O_RDWR | linux.O_APPEND,
  linux.O_RDONLY | linux.O_DIRECTORY,
  linux.O_PATH,
);
const mode = mostly(8, among(0o644, 0o600, 0o755, 0), among(0o7777, 0o10_000));
/** A slot of registered files, plus one; 0 is a descriptor. */
const slot = mostly(10, among(0, 0, 0, 1, 2), among(IORING_FILE_INDEX_ALLOC, 40));
const rangeLength: fc.Arbitrary<number> = mostly(
  10,
  among(0, 1, 50, 100, 200, PAGE),
  among(0x7fff_ffff, 0xffff_ffff),
);

const openHow: Family["draft"] = fc
  .record({
    at: scratch,
    fd: directory,
    addr: path,
    flags: openFlags,
    mode: among<Word>(0, 0, 0o644),
    resolve: mostly(6, among<Word>(0, 0, 8, 0x10), among<Word>(1, 2, 4, 0x20, 0x40, "0x100000000")),
    len: mostly(20, among(24), among(0, 23, 25, 32, 5000)),
    fileIndex: slot,
  })
  .map(({ at, flags, mode: creation, resolve, ...rest }) => ({
    opcode: op.IORING_OP_OPENAT2,
    off: at,
    ...rest,
    memory: [words(at, [flags, creation, resolve, 0, 0])],
  }));

function attribute(opcode: number, names: "path" | "fd"): Family["draft"] {
  return fc.record({
    opcode: among(opcode),
    fd: names === "fd" ? anyFile : among(0),
    addr: fc.nat({ max: 4 }).map(nameAt),
    off: among<Word>(DATA, DATA + PAGE, READ_ONLY, ARENA_END),
    addr3: names === "path" ? path : among<Word>(0),
    len: mostly(10, among(0, 4, 8, 64), among(0xffff_ffff, 0x1_0001)),
    opFlags: flagBits(10, 0, 0, linux.XATTR_CREATE, linux.XATTR_REPLACE),
  });
}

function twoPaths(opcode: number, flags: fc.Arbitrary<number>): Family["draft"] {
  return fc.record({
    opcode: among(opcode),
    fd: directory,
    addr: path,
    off: path,
    len: directory.map((fd) => fd >>> 0),
    opFlags: flags,
  });
}

export const fileFamilies: readonly Family[] = [
  {
    name: "openat",
    weight: 6,
    opcodes: [op.IORING_OP_OPENAT],
    draft: fc.record({
      opcode: among(op.IORING_OP_OPENAT),
      fd: directory,
      addr: path,
      opFlags: openFlags,
      len: mode,
      fileIndex: slot,
    }),
  },
  { name: "openat2", weight: 2, opcodes: [op.IORING_OP_OPENAT2], draft: openHow },
  {
    name: "close",
    weight: 3,
    opcodes: [op.IORING_OP_CLOSE],
    draft: fc.oneof(
      fc.record({
        opcode: among(op.IORING_OP_CLOSE),
        fd: mostly(2, fc.nat({ max: fixtures.FIRST_FREE + 2 }), anyFile),
      }),
      fc.record({ opcode: among(op.IORING_OP_CLOSE), fd: among(0, 0, 0, 1), fileIndex: slot }),
    ),
  },
  {
    name: "statx",
    weight: 2,
    opcodes: [op.IORING_OP_STATX],
    draft: fc.record({
      opcode: among(op.IORING_OP_STATX),
      fd: directory,
      addr: path,
      off: statxSlot,
      len: flagBits(10, linux.STATX_BASIC_STATS, linux.STATX_SIZE, 0),
      opFlags: flagBits(10, 0, linux.AT_EMPTY_PATH, linux.AT_SYMLINK_NOFOLLOW),
    }),
  },
  {
    name: "unlinkat",
    weight: 2,
    opcodes: [op.IORING_OP_UNLINKAT],
    draft: fc.record({
      opcode: among(op.IORING_OP_UNLINKAT),
      fd: directory,
      addr: path,
      opFlags: flagBits(10, 0, 0, linux.AT_REMOVEDIR),
    }),
  },
  {
    name: "renameat",
    weight: 2,
    opcodes: [op.IORING_OP_RENAMEAT],
    draft: twoPaths(
      op.IORING_OP_RENAMEAT,
      flagBits(10, 0, 0, linux.RENAME_NOREPLACE, linux.RENAME_EXCHANGE),
    ),
  },
  {
    name: "linkat",
    weight: 2,
    opcodes: [op.IORING_OP_LINKAT],
    draft: twoPaths(op.IORING_OP_LINKAT, flagBits(10, 0, 0, linux.AT_SYMLINK_FOLLOW)),
  },
  {
    name: "symlinkat",
    weight: 2,
    opcodes: [op.IORING_OP_SYMLINKAT],
    draft: fc.record({
      opcode: among(op.IORING_OP_SYMLINKAT),
      fd: directory,
      addr: path,
      off: path,
    }),
  },
  {
    name: "mkdirat",
    weight: 2,
    opcodes: [op.IORING_OP_MKDIRAT],
    draft: fc.record({ opcode: among(op.IORING_OP_MKDIRAT), fd: directory, addr: path, len: mode }),
  },
  {
    name: "fsync",
    weight: 1,
    opcodes: [op.IORING_OP_FSYNC],
    draft: fc.record({
      opcode: among(op.IORING_OP_FSYNC),
      fd: anyFile,
      off: among<Word>(0, 0, 50),
      len: rangeLength,
      opFlags: flagBits(10, 0, IORING_FSYNC_DATASYNC),
    }),
  },
  {
    name: "sync_file_range",
    weight: 1,
    opcodes: [op.IORING_OP_SYNC_FILE_RANGE],
    draft: fc.record({
      opcode: among(op.IORING_OP_SYNC_FILE_RANGE),
      fd: anyFile,
      off: position,
      len: rangeLength,
      opFlags: flagBits(10, 0, 2, 7),
    }),
  },
  {
    name: "fallocate",
    weight: 2,
    opcodes: [op.IORING_OP_FALLOCATE],
    draft: fc.record({
      opcode: among(op.IORING_OP_FALLOCATE),
      fd: regular,
      off: among<Word>(0, 0, 50, PAGE, -1),
      addr: among<Word>(0, 1, 100, PAGE, 2 * PAGE, -1),
      len: flagBits(10, 0, 0, 1, 3, 8, 0x10, 0x11, 0x20),
    }),
  },
  {
    name: "ftruncate",
    weight: 2,
    opcodes: [op.IORING_OP_FTRUNCATE],
    draft: fc.record({
      opcode: among(op.IORING_OP_FTRUNCATE),
      fd: regular,
      off: mostly(10, among<Word>(0, 1, 50, 100, 200, PAGE), position),
    }),
  },
  {
    name: "fadvise",
    weight: 1,
    opcodes: [op.IORING_OP_FADVISE],
    draft: fc.record({
      opcode: among(op.IORING_OP_FADVISE),
      fd: anyFile,
      off: among<Word>(0, 50),
      addr: among<Word>(0, 0, 100),
      len: rangeLength,
      opFlags: mostly(8, fc.nat({ max: 5 }), among(6, 100)),
    }),
  },
  {
    name: "madvise",
    weight: 1,
    opcodes: [op.IORING_OP_MADVISE],
    draft: fc.record({
      opcode: among(op.IORING_OP_MADVISE),
      addr: among<Word>(DATA, DATA, DATA + PAGE, DATA + 1, ARENA_END, 8, PAGE),
      len: among(0, 1, PAGE, PAGE + 1, 2 * PAGE),
      opFlags: mostly(8, fc.nat({ max: 4 }), among(5, 99)),
    }),
  },
  {
    name: "fsetxattr",
    weight: 1,
    opcodes: [op.IORING_OP_FSETXATTR],
    draft: attribute(op.IORING_OP_FSETXATTR, "fd"),
  },
  {
    name: "setxattr",
    weight: 1,
    opcodes: [op.IORING_OP_SETXATTR],
    draft: attribute(op.IORING_OP_SETXATTR, "path"),
  },
  {
    name: "fgetxattr",
    weight: 1,
    opcodes: [op.IORING_OP_FGETXATTR],
    draft: attribute(op.IORING_OP_FGETXATTR, "fd"),
  },
  {
    name: "getxattr",
    weight: 1,
    opcodes: [op.IORING_OP_GETXATTR],
    draft: attribute(op.IORING_OP_GETXATTR, "path"),
  },
];
