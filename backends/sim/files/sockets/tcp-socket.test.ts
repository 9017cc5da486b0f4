import { expect, test } from "vitest";
import * as errno from "../../../../spec/errno.ts";
import * as linux from "../../../../spec/abi/linux.ts";
import type { OpenFile } from "../../../emulator/host/host.ts";
import { SimClock } from "../../clock.ts";
import { SimFiles } from "../files.ts";
import { newFiles, opened, readText, recvText, sendText, writeText } from "../testing/transfer.ts";

const { AF_INET, AF_INET6, SOCK_STREAM } = linux;
const CONNECTED = linux.POLLOUT | linux.POLLWRNORM;

function inet(port: number, ...host: number[]): Uint8Array {
  return Uint8Array.of(AF_INET, 0, port >> 8, port & 255, ...host, 0, 0, 0, 0, 0, 0, 0, 0);
}

const loopback = (port: number): Uint8Array => inet(port, 127, 0, 0, 1);

function newSocket(files: SimFiles): OpenFile {
  return opened(files.socket(AF_INET, SOCK_STREAM, 0));
}

function newListener(files: SimFiles, port: number, backlog: number): OpenFile {
  const listener = newSocket(files);
  expect(listener.bind(loopback(port))).toBe(0);
  expect(listener.listen(backlog)).toBe(0);
  return listener;
}

function accepted(listener: OpenFile): OpenFile {
  const result = listener.accept(0);
  if (typeof result === "number") throw new Error(errno.errnoName(result));
  return result.file;
}

/** connect(2) begins a connection, and the next call says how it went. */
function connectTwice(socket: OpenFile, address: Uint8Array): number {
  expect(socket.connect(address)).toBe(-errno.EINPROGRESS);
  return socket.connect(address);
}

function newConnection(files: SimFiles): { client: OpenFile; server: OpenFile } {
  const listener = newListener(files, 80, 1);
  const client = newSocket(files);
  expect(connectTwice(client, loopback(80))).toBe(0);
  const server = accepted(listener);
  listener.release();
  return { client, server };
}

test("carries bytes both ways, by send and recv or by write and read", () => {
  const { client, server } = newConnection(newFiles());
  expect(recvText(server, 10)).toBe(-errno.EAGAIN);
  expect(sendText(client, "hello")).toBe(5);
  expect(recvText(server, 2, linux.MSG_PEEK)).toBe("he");
  expect(readText(server, 10, 99)).toBe(-errno.ESPIPE);
  expect(readText(server, 10, 0)).toBe("hello");
  expect(writeText(server, "back", 99)).toBe(-errno.ESPIPE);
  expect(writeText(server, "back")).toBe(4);
  expect(recvText(client, 10)).toBe("back");
});

test("chooses ports in order, and tells the listener who came", () => {
  const files = newFiles();
  const listener = newListener(files, 80, 1);
  for (const port of [32_768, 32_769]) {
    const client = newSocket(files);
    client.connect(inet(80, 0, 0, 0, 0));
    const result = listener.accept(linux.SOCK_NONBLOCK | linux.SOCK_CLOEXEC);
    if (typeof result === "number") throw new Error(errno.errnoName(result));
    expect(result.peer).toEqual(loopback(port));
    expect(result.file.flags & linux.O_NONBLOCK).toBe(linux.O_NONBLOCK);
  }
  expect(listener.accept(1)).toBe(-errno.EINVAL);
});

test("refuses addresses of other machines, lengths and families as Linux does", () => {
  const socket = newSocket(newFiles());
  expect(socket.connect(inet(80, 10, 0, 0, 1))).toBe(-errno.ENETUNREACH);
  expect(socket.bind(inet(80, 10, 0, 0, 1))).toBe(-errno.EADDRNOTAVAIL);
  expect(socket.connect(loopback(80).subarray(0, 15))).toBe(-errno.EINVAL);
  expect(socket.bind(new Uint8Array(129))).toBe(-errno.EINVAL);
  expect(socket.bind(Uint8Array.of(10, ...loopback(80).subarray(1)))).toBe(-errno.EAFNOSUPPORT);
  expect(connectTwice(socket, loopback(80))).toBe(-errno.ECONNREFUSED);
});

test("lets nobody else have a port, on its address or the wildcard, until it is closed", () => {
  const files = newFiles();
  const one = newSocket(files);
  expect(one.bind(loopback(80))).toBe(0);
  expect(one.bind(loopback(81))).toBe(-errno.EINVAL);
  const other = newSocket(files);
  expect(other.bind(loopback(80))).toBe(-errno.EADDRINUSE);
  expect(other.bind(inet(80, 0, 0, 0, 0))).toBe(-errno.EADDRINUSE);
  expect(newSocket(files).bind(inet(80, 127, 0, 0, 2))).toBe(0);
  one.release();
  expect(other.bind(loopback(80))).toBe(0);
});

test("makes a connection wait while the backlog is full, and finishes it later", () => {
  const files = newFiles();
  const listener = newListener(files, 80, 0);
  newSocket(files).connect(loopback(80));
  const client = newSocket(files);
  expect(connectTwice(client, loopback(80))).toBe(-errno.EALREADY);
  expect(client.poll()).toBe(0);
  expect(sendText(client, "x")).toBe(-errno.EAGAIN);
  const before = client.wakeups();
  accepted(listener);
  expect(client.wakeups()).toBeGreaterThan(before);
  expect(client.poll()).toBe(CONNECTED);
  expect(client.connect(loopback(80))).toBe(0);
  expect(client.connect(loopback(80))).toBe(-errno.EISCONN);
});

test("refuses those who wait, and resets those not accepted, when the listener closes", () => {
  const files = newFiles();
  const listener = newListener(files, 80, 0);
  const pending = newSocket(files);
  pending.connect(loopback(80));
  const waiting = newSocket(files);
  waiting.connect(loopback(80));
  listener.release();
  expect(recvText(pending, 1)).toBe(-errno.ECONNRESET);
  expect(recvText(pending, 1)).toBe("");
  expect(waiting.poll() & (linux.POLLERR | linux.POLLHUP)).toBe(linux.POLLERR | linux.POLLHUP);
  expect(waiting.connect(loopback(80))).toBe(-errno.ECONNREFUSED);
});

test("connects to itself, where it is bound to what it connects to", () => {
  const socket = newSocket(newFiles());
  expect(socket.bind(loopback(80))).toBe(0);
  expect(connectTwice(socket, loopback(80))).toBe(0);
  expect(sendText(socket, "echo")).toBe(4);
  expect(recvText(socket, 9)).toBe("echo");
  expect(socket.shutdown(linux.SHUT_WR)).toBe(0);
  expect(recvText(socket, 9)).toBe("");
});

test("tells once that it was refused, whoever asks first", () => {
  const socket = newSocket(newFiles());
  expect(socket.connect(loopback(80))).toBe(-errno.EINPROGRESS);
  expect(recvText(socket, 1)).toBe(-errno.ECONNREFUSED);
  expect(recvText(socket, 1)).toBe("");
  expect(socket.connect(loopback(80))).toBe(-errno.ECONNABORTED);
  expect(connectTwice(socket, loopback(80))).toBe(-errno.ECONNREFUSED);
});

test("forgets one who waits and closes", () => {
  const files = newFiles();
  const listener = newListener(files, 80, 0);
  newSocket(files).connect(loopback(80));
  const waiting = newSocket(files);
  waiting.connect(loopback(80));
  waiting.release();
  accepted(listener);
  expect(listener.accept(0)).toBe(-errno.EAGAIN);
});

test("takes what fits, then waits until a third of the buffer is free", () => {
  const { client, server } = newConnection(newFiles({ socketBuffer: 90 }));
  expect(sendText(client, "x".repeat(100))).toBe(90);
  expect(sendText(client, "x")).toBe(-errno.EAGAIN);
  expect(client.poll()).toBe(0);
  const before = client.wakeups();
  recvText(server, 29);
  expect([client.poll(), client.wakeups()]).toEqual([0, before]);
  recvText(server, 1);
  expect([client.poll(), client.wakeups()]).toEqual([CONNECTED, before + 1]);
});

test("ends with a FIN: what was sent can be read, then nothing comes", () => {
  const { client, server } = newConnection(newFiles());
  sendText(client, "last");
  const before = server.wakeups();
  client.release();
  expect(server.wakeups()).toBeGreaterThan(before);
  expect(recvText(server, 9)).toBe("last");
  expect(recvText(server, 9)).toBe("");
  expect(sendText(server, "x")).toBe(1);
  expect(sendText(server, "x")).toBe(-errno.EPIPE);
});

test("keeps the bytes in the socket when the program's memory faults (NET-15)", () => {
  const { client, server } = newConnection(newFiles());
  sendText(client, "abc");
  expect(server.recv(9, 0, () => 0)).toBe(-errno.EFAULT);
  expect(server.recv(9, 0, () => 1)).toBe(1);
  expect(recvText(server, 9)).toBe("bc");
  expect(client.send(3, 0, () => 0)).toBe(-errno.EFAULT);
  expect(client.send(3, 0, () => 2)).toBe(2);
});

test("keeps an urgent byte apart from the others", () => {
  const { client, server } = newConnection(newFiles());
  expect(sendText(client, "abU", linux.MSG_OOB)).toBe(3);
  sendText(client, "cd");
  expect(server.poll() & linux.POLLPRI).toBe(linux.POLLPRI);
  expect(recvText(server, 9)).toBe("ab");
  expect(recvText(server, 9, linux.MSG_OOB)).toBe("U");
  expect(recvText(server, 9, linux.MSG_OOB)).toBe(-errno.EINVAL);
  expect(recvText(server, 9)).toBe("cd");
});

test("leaves the port taken for a minute on the side that closes first", () => {
  const clock = new SimClock();
  const files = new SimFiles({ clock });
  const listener = newListener(files, 80, 1);
  const client = newSocket(files);
  client.connect(loopback(80));
  accepted(listener).release();
  client.release();
  listener.release();
  expect(newSocket(files).bind(loopback(80))).toBe(-errno.EADDRINUSE);
  clock.advanceTo(60e9);
  expect(newSocket(files).bind(loopback(80))).toBe(0);
});

test("is as new after AF_UNSPEC, and resets the other side", () => {
  const { client, server } = newConnection(newFiles());
  expect(client.connect(new Uint8Array(16))).toBe(0);
  expect(recvText(server, 1)).toBe(-errno.ECONNRESET);
  expect(recvText(client, 1)).toBe(-errno.ECONNRESET);
  expect(recvText(client, 1)).toBe(-errno.ENOTCONN);
});

test("connects over ::1 as well, apart from IPv4", () => {
  const files = newFiles();
  const address = new Uint8Array(28);
  address.set([AF_INET6, 0, 0, 80]);
  address[23] = 1;
  newListener(files, 80, 1);
  const listener = opened(files.socket(AF_INET6, SOCK_STREAM, 0));
  expect(listener.bind(address)).toBe(0);
  listener.listen(1);
  const client = opened(files.socket(AF_INET6, SOCK_STREAM, 0));
  expect(connectTwice(client, address)).toBe(0);
  const result = listener.accept(0);
  expect(typeof result === "number" ? [] : [...result.peer.subarray(0, 8)]).toEqual([
    10, 0, 128, 0, 0, 0, 0, 0,
  ]);
  expect(client.bind(loopback(1))).toBe(-errno.EINVAL);
});
