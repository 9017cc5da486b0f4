/**
 * The operations that need a file system or sockets, on the simulated kernel's own.
 *
 * Everything runs late or inline as the SQE asks; `result` lets the world go on until its CQE.
 */
import { describe, expect, it } from "vitest";
import {
  AF_INET,
  AF_UNIX,
  AT_EMPTY_PATH,
  AT_FDCWD,
  AT_REMOVEDIR,
  MSG_DONTWAIT,
  MSG_WAITALL,
  O_CLOEXEC,
  O_CREAT,
  O_DIRECTORY,
  O_RDWR,
  O_WRONLY,
  RENAME_NOREPLACE,
  RWF_NOWAIT,
  SHUT_WR,
  SOCK_CLOEXEC,
  SOCK_STREAM,
  STATX__RESERVED,
} from "../../../spec/abi/linux.ts";
import * as op from "../../../spec/abi/opcodes.ts";
import {
  IORING_ACCEPT_DONTWAIT,
  IORING_FILE_INDEX_ALLOC,
  IORING_RECVSEND_POLL_FIRST,
  IOSQE_BUFFER_SELECT,
  IOSQE_FIXED_FILE,
} from "../../../spec/abi/sqe.ts";
import * as errno from "../../../spec/errno.ts";
import type { Region } from "../../../src/backend.ts";
import { type Fields, Machine, UNMAPPED } from "../testing/machine.ts";

const NONBLOCKING_NOTHING = 0x10;

function text(region: Region, length: number): string {
  return new TextDecoder().decode(new Uint8Array(region.buffer, 0, length));
}

describe("paths", () => {
  const OPEN = op.IORING_OP_OPENAT;

  it("opens, creates and refuses", () => {
    const machine = new Machine();
    const addr = machine.path("/tmp/new");
    const fd = machine.run(OPEN, { fd: AT_FDCWD, addr, opFlags: O_CREAT | O_RDWR, len: 0o644 });

    expect(fd).toBeGreaterThan(0);
    expect(machine.files.closeOnExec(fd ?? -1)).toBe(false);
    const second = machine.run(OPEN, { fd: AT_FDCWD, addr, opFlags: O_CLOEXEC });
    expect(machine.files.closeOnExec(second ?? -1)).toBe(true);
  });

  it.each<[string, (machine: Machine) => Fields, number]>([
    ["a missing file", (m) => ({ addr: m.path("/tmp/none") }), -errno.ENOENT],
    ["an empty path", (m) => ({ addr: m.path("") }), -errno.ENOENT],
    ["a path that is not mapped", () => ({ addr: UNMAPPED }), -errno.EFAULT],
    ["a path without end", (m) => ({ addr: m.path("x".repeat(5000)) }), -errno.ENAMETOOLONG],
    ["buf_index", (m) => ({ addr: m.path("/tmp"), bufIndex: 1 }), -errno.EINVAL],
    ["a fixed file", (m) => ({ addr: m.path("/tmp"), flags: IOSQE_FIXED_FILE }), -errno.EBADF],
    ["a slot of no table", (m) => ({ addr: m.path("/tmp"), fileIndex: 1 }), -errno.ENXIO],
    [
      "any slot of no table",
      (m) => ({ addr: m.path("/tmp"), fileIndex: IORING_FILE_INDEX_ALLOC }),
      -errno.ENFILE,
    ],
    [
      "a slot with O_CLOEXEC",
      (m) => ({ addr: m.path("/tmp"), fileIndex: 1, opFlags: O_CLOEXEC }),
      -errno.EINVAL,
    ],
  ])("OPENAT answers %s", (_name, fields, expected) => {
    const machine = new Machine();
    const open = machine.files.openDescriptors();

    expect(machine.run(OPEN, { fd: AT_FDCWD, ...fields(machine) })).toBe(expected);
    expect(machine.files.openDescriptors()).toEqual(open);
  });

  it("STATX fills its buffer, also for an empty path", () => {
    const machine = new Machine();
    machine.files.writeFile("/tmp/f", new Uint8Array(123));
    const into = machine.region(256);
    const statx = (fields: Fields): number | undefined =>
      machine.run(op.IORING_OP_STATX, { fd: AT_FDCWD, off: into.address, len: 0x7ff, ...fields });

    expect(statx({ addr: machine.path("/tmp/f") })).toBe(0);
    expect(new DataView(into.buffer).getUint32(40, true)).toBe(123);
    const fd = machine.run(OPEN, { fd: AT_FDCWD, addr: machine.path("/tmp") }) ?? -1;
    expect(statx({ fd, addr: machine.path(""), opFlags: AT_EMPTY_PATH })).toBe(0);
    expect(statx({ addr: machine.path("") })).toBe(-errno.ENOENT);
    expect(statx({ addr: machine.path("/tmp/f"), off: UNMAPPED })).toBe(-errno.EFAULT);
    expect(statx({ addr: machine.path("/tmp/f"), len: STATX__RESERVED })).toBe(-errno.EINVAL);
  });

  it("MKDIRAT, RENAMEAT and UNLINKAT do as their system calls", () => {
    const machine = new Machine();
    const fd = AT_FDCWD;
    const [first, second] = [machine.path("/tmp/a"), machine.path("/tmp/b")];
    const rename = { fd, addr: first, off: second, len: AT_FDCWD >>> 0 };

    expect(machine.run(op.IORING_OP_MKDIRAT, { fd, addr: first, len: 0o755 })).toBe(0);
    expect(machine.run(op.IORING_OP_MKDIRAT, { fd, addr: first, len: 0o755 })).toBe(-errno.EEXIST);
    expect(machine.run(op.IORING_OP_RENAMEAT, rename)).toBe(0);
    expect(machine.files.readDirectory("/tmp")).toEqual(["b"]);
    machine.files.mkdirp("/tmp/a");
    const keep = { ...rename, opFlags: RENAME_NOREPLACE };
    expect(machine.run(op.IORING_OP_RENAMEAT, keep)).toBe(-errno.EEXIST);
    expect(machine.run(op.IORING_OP_UNLINKAT, { fd, addr: second })).toBe(-errno.EISDIR);
    const remove = { fd, addr: second, opFlags: AT_REMOVEDIR };
    expect(machine.run(op.IORING_OP_UNLINKAT, remove)).toBe(0);
    expect(machine.run(op.IORING_OP_UNLINKAT, { ...remove, opFlags: 1 })).toBe(-errno.EINVAL);
  });

  it("FTRUNCATE and FSYNC act on the file", () => {
    const machine = new Machine();
    machine.files.writeFile("/tmp/f", new Uint8Array(10));
    const open = { fd: AT_FDCWD, addr: machine.path("/tmp/f"), opFlags: O_WRONLY };
    const fd = machine.run(OPEN, open) ?? -1;

    expect(machine.run(op.IORING_OP_FTRUNCATE, { fd, off: 4 })).toBe(0);
    expect(machine.files.readFile("/tmp/f")).toHaveLength(4);
    expect(machine.run(op.IORING_OP_FTRUNCATE, { fd, off: -1 })).toBe(-errno.EINVAL);
    expect(machine.run(op.IORING_OP_FSYNC, { fd })).toBe(0);
    expect(machine.run(op.IORING_OP_FSYNC, { fd, opFlags: 2 })).toBe(-errno.EINVAL);
    expect(machine.run(op.IORING_OP_FSYNC, { fd: 77 })).toBe(-errno.EBADF);
  });

  it("CLOSE closes what is open, but no ring and no slot", () => {
    const machine = new Machine();
    const fd = machine.run(OPEN, { fd: AT_FDCWD, addr: machine.path("/tmp") }) ?? -1;

    expect(machine.run(op.IORING_OP_CLOSE, { fd })).toBe(0);
    expect(machine.run(op.IORING_OP_CLOSE, { fd })).toBe(-errno.EBADF);
    expect(machine.run(op.IORING_OP_CLOSE, { fd: machine.queue.ringFd })).toBe(-errno.EBADF);
    expect(machine.run(op.IORING_OP_CLOSE, { fileIndex: 1 })).toBe(-errno.ENXIO);
    expect(machine.run(op.IORING_OP_CLOSE, { fd, fileIndex: 1 })).toBe(-errno.EINVAL);
  });

  it("a directory gives no bytes, and none when asked for none", () => {
    const machine = new Machine();
    const open = { fd: AT_FDCWD, addr: machine.path("/tmp"), opFlags: O_DIRECTORY };
    const fd = machine.run(OPEN, open) ?? -1;
    const { address } = machine.region(4);
    const read = (fields: Fields): number | undefined =>
      machine.run(op.IORING_OP_READ, { fd, addr: address, len: 4, ...fields });

    expect(read({})).toBe(-errno.EISDIR);
    expect(read({ len: 0 })).toBe(0);
    expect(read({ opFlags: RWF_NOWAIT })).toBe(-errno.EOPNOTSUPP);
    expect(read({ opFlags: 0x10000 })).toBe(-errno.EOPNOTSUPP);
    expect(read({ off: -2 })).toBe(-errno.EINVAL);
    expect(machine.run(op.IORING_OP_WRITE, { fd, addr: address, len: 4 })).toBe(-errno.EBADF);
  });
});

describe("sockets", () => {
  it("connect, accept, and learn the peer's address", () => {
    const machine = new Machine();
    const listener = machine.listener(8080);
    const peer = machine.region(32);
    const room = machine.region(4);
    new DataView(room.buffer).setUint32(0, 32, true);
    const accept = machine.start(op.IORING_OP_ACCEPT, {
      fd: listener,
      addr: peer.address,
      off: room.address,
      opFlags: SOCK_CLOEXEC,
    });
    expect(machine.result(accept)).toBeUndefined();
    const client = machine.run(op.IORING_OP_SOCKET, { fd: AF_INET, off: SOCK_STREAM }) ?? -1;

    const connect = { fd: client, addr: machine.address(8080), off: 16 };
    expect(machine.run(op.IORING_OP_CONNECT, connect)).toBe(0);
    const server = machine.result(accept) ?? -1;
    expect(machine.files.closeOnExec(server)).toBe(true);
    expect(new DataView(peer.buffer).getUint16(0, true)).toBe(AF_INET);
    expect(new DataView(room.buffer).getUint32(0, true)).toBe(16);
    expect(machine.run(op.IORING_OP_CONNECT, connect)).toBe(-errno.EISCONN);
  });

  it.each<[string, number, Fields, number]>([
    ["SOCKET: a family that is none", op.IORING_OP_SOCKET, { fd: 99, off: 1 }, -errno.EAFNOSUPPORT],
    ["SOCKET: unknown type bits", op.IORING_OP_SOCKET, { fd: 2, off: 0x10001 }, -errno.EINVAL],
    ["CONNECT: a long address", op.IORING_OP_CONNECT, { off: 129 }, -errno.EINVAL],
    ["CONNECT: an unmapped address", op.IORING_OP_CONNECT, { addr: 8, off: 16 }, -errno.EFAULT],
    ["BIND: an unused field", op.IORING_OP_BIND, { len: 1 }, -errno.EINVAL],
    ["LISTEN: an unused field", op.IORING_OP_LISTEN, { addr: 1 }, -errno.EINVAL],
    ["ACCEPT: len", op.IORING_OP_ACCEPT, { len: 1 }, -errno.EINVAL],
    [
      "ACCEPT: multishot to a slot",
      op.IORING_OP_ACCEPT,
      { ioprio: 1, fileIndex: 1 },
      -errno.EINVAL,
    ],
    ["ACCEPT: unknown flags", op.IORING_OP_ACCEPT, { opFlags: 1 }, -errno.EINVAL],
    ["SHUTDOWN: an unused field", op.IORING_OP_SHUTDOWN, { addr: 1 }, -errno.EINVAL],
    ["SEND: a negative length", op.IORING_OP_SEND, { len: 0x80000000 }, -errno.EINVAL],
    ["SEND: padding", op.IORING_OP_SEND, { fileIndex: 0x10000 }, -errno.EINVAL],
    ["SEND: unknown flags", op.IORING_OP_SEND, { ioprio: 0x100 }, -errno.EINVAL],
    ["RECV: addr2", op.IORING_OP_RECV, { off: 8 }, -errno.EINVAL],
    ["RECV: file_index", op.IORING_OP_RECV, { fileIndex: 1 }, -errno.EINVAL],
  ])("%s", (_name, opcode, fields, expected) => {
    expect(new Machine().run(opcode, fields)).toBe(expected);
  });

  it("calls on what is no socket", () => {
    const machine = new Machine();
    const fd = machine.files.makePipe().reader;
    const { address } = machine.region(16);

    for (const opcode of [op.IORING_OP_LISTEN, op.IORING_OP_ACCEPT, op.IORING_OP_SHUTDOWN]) {
      expect(machine.run(opcode, { fd })).toBe(-errno.ENOTSOCK);
    }
    for (const opcode of [op.IORING_OP_SEND, op.IORING_OP_RECV]) {
      expect(machine.run(opcode, { fd, addr: address, len: 4 })).toBe(-errno.ENOTSOCK);
    }
  });

  it("ACCEPT with DONTWAIT does not wait, and needs a listening socket", () => {
    const machine = new Machine();
    const accept = { fd: machine.listener(8080), ioprio: IORING_ACCEPT_DONTWAIT };
    const idle = machine.run(op.IORING_OP_SOCKET, { fd: AF_INET, off: SOCK_STREAM });

    expect(machine.run(op.IORING_OP_ACCEPT, accept)).toBe(-errno.EAGAIN);
    expect(machine.run(op.IORING_OP_ACCEPT, { fd: idle ?? -1 })).toBe(-errno.EINVAL);
    expect(
      machine.run(op.IORING_OP_SOCKET, { fd: AF_UNIX, off: NONBLOCKING_NOTHING }),
    ).toBeLessThan(0);
  });
});

describe("messages", () => {
  const { IORING_OP_RECV: RECV, IORING_OP_SEND: SEND } = op;

  it("go from one end to the other, and wait for each other", () => {
    const machine = new Machine();
    const { left, right } = machine.files.makeSocketPair();
    const into = machine.region(16);
    const receiving = machine.start(RECV, { fd: right, addr: into.address, len: 16 });
    expect(machine.result(receiving)).toBeUndefined();
    const hello = machine.region(new TextEncoder().encode("hello"));

    expect(machine.run(SEND, { fd: left, addr: hello.address, len: 5 })).toBe(5);
    expect(machine.result(receiving)).toBe(5);
    expect(text(into, 5)).toBe("hello");
    expect(machine.flags(receiving)).toBe(0);
  });

  it("say whether more is there", () => {
    const machine = new Machine();
    const { left, right } = machine.files.makeSocketPair();
    const bytes = machine.region(8);
    machine.run(SEND, { fd: left, addr: bytes.address, len: 8 });
    const first = machine.start(RECV, { fd: right, addr: bytes.address, len: 3 });

    expect(machine.result(first)).toBe(3);
    expect(machine.flags(first)).toBe(4);
  });

  it("with MSG_WAITALL gather until everything is there, or the end", () => {
    const machine = new Machine();
    const { left, right } = machine.files.makeSocketPair();
    const into = machine.region(8);
    const bytes = machine.region(new TextEncoder().encode("abcd"));
    const fields = { fd: right, addr: into.address, len: 8, opFlags: MSG_WAITALL };
    const receiving = machine.start(RECV, fields);
    const send = { fd: left, addr: bytes.address, len: 4 };
    machine.run(SEND, send);
    expect(machine.result(receiving)).toBeUndefined();
    machine.run(SEND, send);
    expect(machine.result(receiving)).toBe(8);
    expect(text(into, 8)).toBe("abcdabcd");

    const cut = machine.start(RECV, fields);
    machine.run(SEND, send);
    expect(machine.run(op.IORING_OP_SHUTDOWN, { fd: left, len: SHUT_WR })).toBe(0);
    expect(machine.result(cut)).toBe(4);
    expect(machine.run(RECV, fields)).toBe(0);
  });

  it("with MSG_DONTWAIT answer EAGAIN", () => {
    const machine = new Machine();
    const { right } = machine.files.makeSocketPair();
    const { address } = machine.region(8);
    const fields = { fd: right, addr: address, len: 8, opFlags: MSG_DONTWAIT };

    expect(machine.run(RECV, fields)).toBe(-errno.EAGAIN);
  });

  it("with POLL_FIRST wait before they try, also where they need not", () => {
    const machine = new Machine();
    const { left, right } = machine.files.makeSocketPair();
    const { address } = machine.region(8);
    machine.run(SEND, { fd: left, addr: address, len: 8 });
    const ioprio = IORING_RECVSEND_POLL_FIRST;
    const fields = { fd: right, addr: address, len: 8, ioprio };

    expect(machine.run(RECV, { ...fields, opFlags: MSG_DONTWAIT })).toBe(-errno.EAGAIN);
    expect(machine.run(RECV, fields)).toBe(8);
  });

  it("leave the data where it is when the memory is not there", () => {
    const machine = new Machine();
    const { left, right } = machine.files.makeSocketPair();
    const { address } = machine.region(8);
    machine.run(SEND, { fd: left, addr: address, len: 8 });

    expect(machine.run(RECV, { fd: right, addr: UNMAPPED, len: 8 })).toBe(-errno.EFAULT);
    expect(machine.run(RECV, { fd: right, addr: address, len: 8 })).toBe(8);
  });

  it("find no buffer in a group that does not exist", () => {
    const machine = new Machine();
    const { right } = machine.files.makeSocketPair();

    expect(machine.run(RECV, { fd: right, flags: IOSQE_BUFFER_SELECT })).toBe(-errno.ENOBUFS);
    expect(machine.run(RECV, { fd: 77, flags: IOSQE_BUFFER_SELECT })).toBe(-errno.EBADF);
  });

  it("to a peer that is gone fail with EPIPE", () => {
    const machine = new Machine();
    const { left, right } = machine.files.makeSocketPair();
    const { address } = machine.region(8);
    machine.files.close(right);

    expect(machine.run(SEND, { fd: left, addr: address, len: 8 })).toBe(-errno.EPIPE);
  });

  it.each([SEND, op.IORING_OP_WRITE])("whose memory ends early send nothing (%i)", (opcode) => {
    const machine = new Machine();
    const { left, right } = machine.files.makeSocketPair();
    const { address, byteLength } = machine.region(8);
    const fields = { fd: left, addr: address, len: byteLength + 1 };

    expect(machine.run(opcode, fields)).toBe(-errno.EFAULT);

    const nothing = { fd: right, addr: address, len: 8, opFlags: MSG_DONTWAIT };
    expect(machine.run(RECV, nothing)).toBe(-errno.EAGAIN);
  });
});
