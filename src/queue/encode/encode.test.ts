/**
 * Every encoder, field by field: what stands in the entry, and that nothing else does,
 * whatever the slot held before (hazard 8). Offsets are those of MEM-4, written out.
 */
import { describe, expect, it } from "vitest";
import { AT_FDCWD } from "../../../spec/abi/linux.ts";
import {
  encodeAccept,
  encodeBind,
  encodeCancel,
  encodeCancelFd,
  encodeClose,
  encodeConnect,
  encodeFsync,
  encodeFtruncate,
  encodeLinkTimeout,
  encodeListen,
  encodeMkdirat,
  encodeNop,
  encodeOpenat,
  encodePollAdd,
  encodePollRemove,
  encodePollUpdate,
  encodeRead,
  encodeReadv,
  encodeRecv,
  encodeRenameat,
  encodeSend,
  encodeShutdown,
  encodeSocket,
  encodeStatx,
  encodeTimeout,
  encodeTimeoutRemove,
  encodeTimeoutUpdate,
  encodeUnlinkat,
  encodeWrite,
  encodeWritev,
  setSqeFlags,
  setU64,
  setUserData,
} from "../index.ts";

interface Entry {
  readonly opcode: number;
  readonly flags: number;
  readonly ioprio: number;
  readonly fd: number;
  readonly off: bigint;
  readonly addr: bigint;
  readonly len: number;
  readonly opFlags: number;
  readonly userData: bigint;
  readonly bufIndex: number;
  readonly personality: number;
  readonly spliceFdIn: number;
  readonly addr3: bigint;
  readonly pad2: bigint;
}

const EMPTY: Omit<Entry, "opcode" | "fd"> = {
  flags: 0,
  ioprio: 0,
  off: 0n,
  addr: 0n,
  len: 0,
  opFlags: 0,
  userData: 0n,
  bufIndex: 0,
  personality: 0,
  spliceFdIn: 0,
  addr3: 0n,
  pad2: 0n,
};

function decode(view: DataView, at: number): Entry {
  return {
    opcode: view.getUint8(at),
    flags: view.getUint8(at + 1),
    ioprio: view.getUint16(at + 2, true),
    fd: view.getInt32(at + 4, true),
    off: view.getBigUint64(at + 8, true),
    addr: view.getBigUint64(at + 16, true),
    len: view.getUint32(at + 24, true),
    opFlags: view.getUint32(at + 28, true),
    userData: view.getBigUint64(at + 32, true),
    bufIndex: view.getUint16(at + 40, true),
    personality: view.getUint16(at + 42, true),
    spliceFdIn: view.getInt32(at + 44, true),
    addr3: view.getBigUint64(at + 48, true),
    pad2: view.getBigUint64(at + 56, true),
  };
}

const ADDRESS = 0x7f12_3456_7890;
const OTHER = 0x7fff_0000_1000;
const CURRENT = 0xffff_ffff_ffff_ffffn;
const a = BigInt(ADDRESS);
const b = BigInt(OTHER);

type Encode = (sqes: DataView, at: number) => void;

const ROWS: readonly (readonly [name: string, encode: Encode, expected: Partial<Entry>])[] = [
  ["nop", (s, at) => encodeNop(s, at), { opcode: 0, fd: -1 }],
  ["poll", (s, at) => encodePollAdd(s, at, 3, 5, 1), { opcode: 6, fd: 3, len: 1, opFlags: 5 }],
  [
    "poll remove",
    (s, at) => encodePollRemove(s, at, 1, 2),
    { opcode: 7, fd: -1, addr: 0x2_0000_0001n },
  ],
  [
    "poll update",
    (s, at) => encodePollUpdate(s, at, 1, 2, 3, 4, 5, 6),
    { opcode: 7, fd: -1, addr: 0x2_0000_0001n, off: 0x4_0000_0003n, opFlags: 5, len: 6 },
  ],
  [
    "timeout",
    (s, at) => encodeTimeout(s, at, ADDRESS, 3, 32),
    { opcode: 11, fd: -1, off: 3n, addr: a, len: 1, opFlags: 32 },
  ],
  [
    "timeout remove",
    (s, at) => encodeTimeoutRemove(s, at, 1, 2),
    { opcode: 12, fd: -1, addr: 0x2_0000_0001n },
  ],
  [
    "timeout update",
    (s, at) => encodeTimeoutUpdate(s, at, 1, 2, ADDRESS, 1),
    { opcode: 12, fd: -1, addr: 0x2_0000_0001n, off: a, opFlags: 3 },
  ],
  [
    "link timeout",
    (s, at) => encodeLinkTimeout(s, at, ADDRESS, 1),
    { opcode: 15, fd: -1, addr: a, len: 1, opFlags: 1 },
  ],
  [
    "cancel",
    (s, at) => encodeCancel(s, at, 0xffffffff, 0xfffffffe, 1),
    { opcode: 14, fd: -1, addr: 0xffff_fffe_ffff_ffffn, opFlags: 1 },
  ],
  ["cancel fd", (s, at) => encodeCancelFd(s, at, 4, 1), { opcode: 14, fd: 4, opFlags: 3 }],
  [
    "openat",
    (s, at) => encodeOpenat(s, at, AT_FDCWD, ADDRESS, 0o100, 0o644),
    { opcode: 18, fd: -100, addr: a, len: 0o644, opFlags: 0o100 },
  ],
  ["close", (s, at) => encodeClose(s, at, 9), { opcode: 19, fd: 9 }],
  ["fsync", (s, at) => encodeFsync(s, at, 9, 1), { opcode: 3, fd: 9, opFlags: 1 }],
  [
    "ftruncate",
    (s, at) => encodeFtruncate(s, at, 9, 2 ** 40 + 1),
    { opcode: 55, fd: 9, off: 0x100_0000_0001n },
  ],
  [
    "statx",
    (s, at) => encodeStatx(s, at, 9, ADDRESS, 0x1000, 0x7ff, OTHER),
    { opcode: 21, fd: 9, addr: a, off: b, len: 0x7ff, opFlags: 0x1000 },
  ],
  [
    "unlinkat",
    (s, at) => encodeUnlinkat(s, at, 9, ADDRESS, 0x200),
    { opcode: 36, fd: 9, addr: a, opFlags: 0x200 },
  ],
  [
    "renameat",
    (s, at) => encodeRenameat(s, at, ADDRESS, OTHER, 1),
    { opcode: 35, fd: -100, addr: a, off: b, len: 0xffffff9c, opFlags: 1 },
  ],
  [
    "mkdirat",
    (s, at) => encodeMkdirat(s, at, 9, ADDRESS, 0o755),
    { opcode: 37, fd: 9, addr: a, len: 0o755 },
  ],
  [
    "read",
    (s, at) => encodeRead(s, at, 9, ADDRESS, 0x7ffff000, -1),
    { opcode: 22, fd: 9, addr: a, len: 0x7ffff000, off: CURRENT },
  ],
  [
    "write",
    (s, at) => encodeWrite(s, at, 9, ADDRESS, 5, Number.MAX_SAFE_INTEGER),
    { opcode: 23, fd: 9, addr: a, len: 5, off: 0x1f_ffff_ffff_ffffn },
  ],
  [
    "readv",
    (s, at) => encodeReadv(s, at, 9, ADDRESS, 2, 0),
    { opcode: 1, fd: 9, addr: a, len: 2, off: 0n },
  ],
  [
    "writev",
    (s, at) => encodeWritev(s, at, 9, ADDRESS, 2, -1),
    { opcode: 2, fd: 9, addr: a, len: 2, off: CURRENT },
  ],
  ["socket", (s, at) => encodeSocket(s, at, 2, 1, 6), { opcode: 45, fd: 2, off: 1n, len: 6 }],
  ["bind", (s, at) => encodeBind(s, at, 9, ADDRESS, 16), { opcode: 56, fd: 9, addr: a, off: 16n }],
  ["listen", (s, at) => encodeListen(s, at, 9, 511), { opcode: 57, fd: 9, len: 511 }],
  [
    "accept",
    (s, at) => encodeAccept(s, at, 9, ADDRESS, OTHER, 0x80000),
    { opcode: 13, fd: 9, addr: a, off: b, opFlags: 0x80000 },
  ],
  [
    "connect",
    (s, at) => encodeConnect(s, at, 9, ADDRESS, 16),
    { opcode: 16, fd: 9, addr: a, off: 16n },
  ],
  [
    "send",
    (s, at) => encodeSend(s, at, 9, ADDRESS, 5, 0x4000),
    { opcode: 26, fd: 9, addr: a, len: 5, opFlags: 0x4000 },
  ],
  [
    "recv",
    (s, at) => encodeRecv(s, at, 9, ADDRESS, 5, 0x100),
    { opcode: 27, fd: 9, addr: a, len: 5, opFlags: 0x100 },
  ],
  ["shutdown", (s, at) => encodeShutdown(s, at, 9, 2), { opcode: 34, fd: 9, len: 2 }],
];

describe("an encoder", () => {
  it.each(ROWS)("of %s fills its fields and clears the others", (_, encode, expected) => {
    const bytes = new Uint8Array(192).fill(0xff);

    encode(new DataView(bytes.buffer), 64);

    expect(decode(new DataView(bytes.buffer), 64)).toEqual({ ...EMPTY, ...expected });
    expect(bytes.subarray(0, 64).every((byte) => byte === 0xff)).toBe(true);
    expect(bytes.subarray(128).every((byte) => byte === 0xff)).toBe(true);
  });

  it("is followed by user_data and flags, which leave the rest as it is", () => {
    const view = new DataView(new ArrayBuffer(64));
    encodeRead(view, 0, 9, ADDRESS, 5, 0);
    const before = decode(view, 0);

    setUserData(view, 0, 0xdeadbeef, 0xfeedf00d);
    setSqeFlags(view, 0, 0x44);

    expect(decode(view, 0)).toEqual({ ...before, userData: 0xfeed_f00d_dead_beefn, flags: 0x44 });
  });
});

describe("a u64", () => {
  it.each([
    [0, 0n],
    [1, 1n],
    [2 ** 32 - 1, 0xffff_ffffn],
    [2 ** 32, 0x1_0000_0000n],
    [Number.MAX_SAFE_INTEGER, 0x1f_ffff_ffff_ffffn],
    [-1, 0xffff_ffff_ffff_ffffn],
    [-2, 0xffff_ffff_ffff_fffen],
  ])("of %d is written as two words", (value, expected) => {
    const view = new DataView(new ArrayBuffer(8));

    setU64(view, 0, value);

    expect(view.getBigUint64(0, true)).toBe(expected);
  });
});
