import { expect, test } from "vitest";
import * as errno from "../../../spec/errno.ts";
import {
  AT_FDCWD,
  O_APPEND,
  O_CREAT,
  O_RDONLY,
  O_RDWR,
  O_WRONLY,
} from "../../../spec/abi/linux.ts";
import type { OpenFile } from "../../emulator/host/host.ts";
import { bytes, newFiles, opened, readText, writeText } from "./testing/transfer.ts";

function newFile(flags: number, text = "", maxFileSize = 2 ** 44): OpenFile {
  const files = newFiles({ maxFileSize });
  files.writeFile("/tmp/f", bytes(text));
  return opened(files.open(AT_FDCWD, bytes("/tmp/f"), flags | O_CREAT, 0o600));
}

test("reads and writes at its own position, or elsewhere without moving it (RW-1)", () => {
  const file = newFile(O_RDWR, "0123456789");
  expect(readText(file, 3)).toBe("012");
  expect(readText(file, 2, 8)).toBe("89");
  expect(writeText(file, "ab")).toBe(2);
  expect(writeText(file, "z", 0)).toBe(1);
  expect(readText(file, 20)).toBe("56789");
  expect(readText(file, 20)).toBe("");
  expect(readText(file, 20, 0)).toBe("z12ab56789");
});

test("writes at the end with O_APPEND, whatever the position (RW-10)", () => {
  const file = newFile(O_RDWR | O_APPEND, "ab");
  expect(writeText(file, "c", 0)).toBe(1);
  expect(readText(file, 9, 0)).toBe("abc");
});

test("fills the gap before a far write with zeroes (RW-11)", () => {
  const file = newFile(O_RDWR);
  writeText(file, "x", 3);
  expect(readText(file, 9, 0)).toBe("\0\0\0x");
});

test("counts the bytes before a fault, and answers EFAULT when there is none", () => {
  const file = newFile(O_RDWR, "0123456789");
  expect(readText(file, 5, -1, 2)).toBe("01");
  expect(readText(file, 5, -1, 0)).toBe(-errno.EFAULT);
  expect(readText(file, 3)).toBe("234");
  expect(writeText(file, "abc", 0, 1)).toBe(1);
  expect(writeText(file, "abc", 0, 0)).toBe(-errno.EFAULT);
  expect(readText(file, 4, 0)).toBe("a123");
});

test("refuses what its access mode does not allow, and positions below 0", () => {
  expect(writeText(newFile(O_RDONLY), "x")).toBe(-errno.EBADF);
  expect(readText(newFile(O_WRONLY), 1)).toBe(-errno.EBADF);
  expect(readText(newFile(3), 1)).toBe(-errno.EBADF);
  expect(readText(newFile(O_RDWR), 1, -2)).toBe(-errno.EINVAL);
  expect(writeText(newFile(O_RDWR), "x", -2)).toBe(-errno.EINVAL);
  expect(newFile(O_RDONLY).truncate(0)).toBe(-errno.EINVAL);
});

test("ends at the largest size of a file", () => {
  const file = newFile(O_RDWR, "", 10);
  expect(writeText(file, "abcdef", 7)).toBe(3);
  expect(writeText(file, "a", 10)).toBe(-errno.EFBIG);
  expect(writeText(file, "", 10)).toBe(0);
  expect(file.truncate(11)).toBe(-errno.EFBIG);
  expect(file.truncate(10)).toBe(0);
});

test("checks the range of fsync, and is no socket", () => {
  const file = newFile(O_RDONLY);
  expect(file.fsync(true, 0, 0)).toBe(0);
  expect(file.fsync(true, -1, 0)).toBe(-errno.EINVAL);
  expect(file.bind(new Uint8Array(16))).toBe(-errno.ENOTSOCK);
  expect(file.send(1, 0, () => 1)).toBe(-errno.ENOTSOCK);
});
