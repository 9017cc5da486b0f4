import { expect, test } from "vitest";
import * as errno from "../../../../spec/errno.ts";
import * as linux from "../../../../spec/abi/linux.ts";
import type { OpenFile } from "../../../emulator/host/host.ts";
import type { SimFiles } from "../files.ts";
import { bytes, newFiles, opened, recvText, sendText } from "../testing/transfer.ts";

const WRITABLE = linux.POLLOUT | linux.POLLWRNORM | linux.POLLWRBAND;

function address(name: string): Uint8Array {
  return Uint8Array.of(linux.AF_UNIX, 0, ...bytes(name));
}

function newSocket(files: SimFiles): OpenFile {
  return opened(files.socket(linux.AF_UNIX, linux.SOCK_STREAM, 0));
}

function newListener(files: SimFiles, name: string, backlog: number): OpenFile {
  const listener = newSocket(files);
  expect(listener.bind(address(name))).toBe(0);
  expect(listener.listen(backlog)).toBe(0);
  return listener;
}

function newPair(files: SimFiles): { left: OpenFile; right: OpenFile } {
  const { left, right } = files.makeSocketPair();
  return { left: opened(files.get(left)), right: opened(files.get(right)) };
}

test("meets at a path, which outlives the socket", () => {
  const files = newFiles();
  const listener = newListener(files, "/tmp/s\0tail", 1);
  const client = newSocket(files);
  client.bind(address("/tmp/c"));
  expect(client.connect(address("/tmp/s"))).toBe(0);
  const result = listener.accept(0);
  expect(typeof result === "number" ? result : result.peer).toEqual(address("/tmp/c\0"));
  expect(newSocket(files).bind(address("/tmp/s"))).toBe(-errno.EADDRINUSE);
  listener.release();
  expect(newSocket(files).connect(address("/tmp/s"))).toBe(-errno.ECONNREFUSED);
  expect(files.open(linux.AT_FDCWD, bytes("/tmp/s"), 0, 0)).toBe(-errno.ENXIO);
  expect(files.unlink(linux.AT_FDCWD, bytes("/tmp/s"), 0)).toBe(0);
  expect(newSocket(files).connect(address("/tmp/s"))).toBe(-errno.ENOENT);
});

test("meets at an abstract name, which is free again when the socket is closed", () => {
  const files = newFiles();
  const listener = newListener(files, "\0name", 1);
  expect(files.exists("/name")).toBe(false);
  const client = newSocket(files);
  expect(client.connect(address("\0nam"))).toBe(-errno.ECONNREFUSED);
  expect(client.connect(address("\0name"))).toBe(0);
  const result = listener.accept(0);
  expect(typeof result === "number" ? result : result.peer).toEqual(Uint8Array.of(1, 0));
  listener.release();
  expect(newSocket(files).bind(address("\0name"))).toBe(0);
});

test("refuses bad addresses, and files that are no sockets", () => {
  const files = newFiles();
  const socket = newSocket(files);
  expect(socket.connect(Uint8Array.of(2, 0, 65))).toBe(-errno.EINVAL);
  expect(socket.connect(address(""))).toBe(-errno.EINVAL);
  expect(socket.bind(address("/".repeat(109)))).toBe(-errno.EINVAL);
  expect(socket.bind(address("/none/s"))).toBe(-errno.ENOENT);
  expect(socket.connect(address("/dev/null"))).toBe(-errno.ECONNREFUSED);
  expect(socket.listen(1)).toBe(-errno.EINVAL);
  expect(socket.bind(address(""))).toBe(0);
  expect(socket.bind(address("/tmp/again"))).toBe(-errno.EINVAL);
  expect(files.exists("/tmp/again")).toBe(false);
});

test("makes a connection wait while the backlog is full, until it is called again", () => {
  const files = newFiles();
  const listener = newListener(files, "\0l", 0);
  newSocket(files).connect(address("\0l"));
  const client = newSocket(files);
  expect(client.connect(address("\0l"))).toBe(-errno.EAGAIN);
  expect(client.poll()).toBe(0);
  const before = client.wakeups();
  listener.accept(0);
  expect(client.wakeups()).toBe(before + 1);
  expect(client.poll() & linux.POLLOUT).toBe(linux.POLLOUT);
  expect(client.connect(address("\0l"))).toBe(0);
});

test("resets those not accepted, and wakes those who wait, when the listener closes", () => {
  const files = newFiles();
  const listener = newListener(files, "\0l", 0);
  const pending = newSocket(files);
  pending.connect(address("\0l"));
  const waiting = newSocket(files);
  waiting.connect(address("\0l"));
  const before = waiting.wakeups();
  listener.release();
  expect(recvText(pending, 1)).toBe(-errno.ECONNRESET);
  expect(waiting.wakeups()).toBe(before + 1);
  expect(waiting.connect(address("\0l"))).toBe(-errno.ECONNREFUSED);
});

test("takes what fits, then waits until three quarters of the buffer are free", () => {
  const { left, right } = newPair(newFiles({ socketBuffer: 4 * 768 }));
  for (const text of ["aa", "b", "c", "d"]) expect(sendText(left, text)).toBe(text.length);
  expect(sendText(left, "x")).toBe(-errno.EAGAIN);
  const before = left.wakeups();
  expect(recvText(right, 4)).toBe("aabc");
  expect([left.poll(), left.wakeups()]).toEqual([WRITABLE, before + 1]);
});

test("gives room back only when a piece is read to its end", () => {
  const { left, right } = newPair(newFiles({ socketBuffer: 768 }));
  expect(sendText(left, "abc")).toBe(3);
  const before = left.wakeups();
  recvText(right, 2);
  expect([left.poll(), left.wakeups()]).toEqual([0, before]);
  recvText(right, 1);
  expect([left.poll(), left.wakeups()]).toEqual([WRITABLE, before + 1]);
});

test("tells the other side whether it left bytes unread", () => {
  const files = newFiles();
  const one = newPair(files);
  sendText(one.left, "abc");
  sendText(one.right, "d");
  one.right.release();
  expect(recvText(one.left, 9)).toBe("d");
  expect(recvText(one.left, 9)).toBe(-errno.ECONNRESET);
  expect(recvText(one.left, 9)).toBe("");
  const two = newPair(files);
  two.right.release();
  expect(recvText(two.left, 9)).toBe("");
  expect(sendText(two.left, "x")).toBe(-errno.EPIPE);
});
