import { expect, test } from "vitest";
import * as errno from "../../../spec/errno.ts";
import {
  POLLERR,
  POLLHUP,
  POLLIN,
  POLLOUT,
  POLLRDNORM,
  POLLWRNORM,
} from "../../../spec/abi/linux.ts";
import type { OpenFile } from "../../emulator/host/host.ts";
import { newFiles, opened, readText, writeText } from "./testing/transfer.ts";

function newPipe(capacity?: number): { reader: OpenFile; writer: OpenFile } {
  const files = newFiles();
  const { reader, writer } = files.makePipe(capacity);
  return { reader: opened(files.get(reader)), writer: opened(files.get(writer)) };
}

test("gives what is there, in order, and then waits (RW-7)", () => {
  const { reader, writer } = newPipe();
  expect(readText(reader, 10)).toBe(-errno.EAGAIN);
  writeText(writer, "abc", 77);
  writeText(writer, "def");
  expect(readText(reader, 4)).toBe("abcd");
  expect(readText(reader, 10)).toBe("ef");
  expect(readText(reader, 10)).toBe(-errno.EAGAIN);
});

test("takes a write in part, or waits, when it is full (RW-8)", () => {
  const { reader, writer } = newPipe(4096);
  expect(writeText(writer, "x".repeat(10_000))).toBe(4096);
  expect(writeText(writer, "y")).toBe(-errno.EAGAIN);
  expect(writer.poll()).toBe(0);
  expect(readText(reader, 4095)).toHaveLength(4095);
  expect(writeText(writer, "y")).toBe(-errno.EAGAIN);
  expect(readText(reader, 1)).toBe("x");
  expect(writer.poll()).toBe(POLLOUT | POLLWRNORM);
});

test("never splits a write of up to 4096 bytes", () => {
  const { writer } = newPipe(8192);
  expect(writeText(writer, "x".repeat(3000))).toBe(3000);
  expect(writeText(writer, "x".repeat(3000))).toBe(3000);
  expect(writeText(writer, "x".repeat(2000))).toBe(-errno.EAGAIN);
  expect(writeText(writer, "x".repeat(1000))).toBe(1000);
});

test("ends for the reader when the writer closes, and for the writer when the reader does", () => {
  const one = newPipe();
  writeText(one.writer, "z");
  one.writer.release();
  expect(one.reader.poll()).toBe(POLLIN | POLLRDNORM | POLLHUP);
  expect(readText(one.reader, 9)).toBe("z");
  expect(readText(one.reader, 9)).toBe("");
  expect(one.reader.poll()).toBe(POLLHUP);
  const two = newPipe();
  two.reader.release();
  expect(writeText(two.writer, "z")).toBe(-errno.EPIPE);
  expect(writeText(two.writer, "")).toBe(0);
  expect(two.writer.poll()).toBe(POLLOUT | POLLWRNORM | POLLERR);
});

test("keeps what was not delivered, and stores only what was fetched", () => {
  const { reader, writer } = newPipe();
  expect(writeText(writer, "abcdef", -1, 4)).toBe(4);
  expect(writeText(writer, "abcdef", -1, 0)).toBe(-errno.EFAULT);
  expect(readText(reader, 9, -1, 0)).toBe(-errno.EFAULT);
  expect(readText(reader, 9, -1, 1)).toBe("a");
  expect(readText(reader, 9)).toBe("bcd");
});

test("wakes readers on every write and on the end, writers when it is no longer full", () => {
  const { reader, writer } = newPipe(4096);
  const before = reader.wakeups();
  writeText(writer, "x".repeat(2000));
  writeText(writer, "x".repeat(2000));
  expect(reader.wakeups()).toBe(before + 2);
  const full = writer.wakeups();
  readText(reader, 3999);
  expect(writer.wakeups()).toBe(full);
  readText(reader, 1);
  expect(writer.wakeups()).toBe(full + 1);
  writer.release();
  expect(reader.wakeups()).toBe(before + 3);
});

test("can be used in one direction only, and is neither synced nor cut", () => {
  const { reader, writer } = newPipe();
  expect(writeText(reader, "x")).toBe(-errno.EBADF);
  expect(readText(writer, 1)).toBe(-errno.EBADF);
  expect(readText(reader, 1, -2)).toBe(-errno.EINVAL);
  expect(writeText(writer, "x", -2)).toBe(-errno.EINVAL);
  expect(reader.fsync(false, 0, 0)).toBe(-errno.EINVAL);
  expect(writer.truncate(0)).toBe(-errno.EINVAL);
});
