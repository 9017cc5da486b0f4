import { expect, test } from "vitest";
import { EBADF, EMFILE } from "../../../spec/errno.ts";
import { AT_FDCWD } from "../../../spec/abi/linux.ts";
import { bytes, newFiles, opened, readText } from "./testing/transfer.ts";

function open(files: ReturnType<typeof newFiles>): number {
  return files.install(opened(files.open(AT_FDCWD, bytes("/dev/null"), 0, 0)), false);
}

test("gives the lowest free number from 3 on", () => {
  const files = newFiles();
  expect([open(files), open(files), open(files)]).toEqual([3, 4, 5]);
  expect(files.close(4)).toBe(0);
  expect(files.close(3)).toBe(0);
  expect([open(files), open(files), open(files)]).toEqual([3, 4, 6]);
});

test("answers EMFILE at the limit, and leaves the reference with the caller", () => {
  const files = newFiles({ descriptorLimit: 4 });
  open(files);
  const file = opened(files.open(AT_FDCWD, bytes("/dev/null"), 0, 0));
  expect(files.install(file, false)).toBe(-EMFILE);
  file.release();
  expect(() => file.release()).toThrow(/closed/);
});

test.each([-1, 0, 2, 3, 1e9])("has nothing open at %i in a new world", (fd) => {
  const files = newFiles();
  expect(files.get(fd)).toBeUndefined();
  expect(files.close(fd)).toBe(-EBADF);
});

test("keeps a file that something retains when its number is closed", () => {
  const files = newFiles();
  files.writeFile("/tmp/f", bytes("text"));
  const fd = files.install(opened(files.open(AT_FDCWD, bytes("/tmp/f"), 0, 0)), true);
  const file = opened(files.get(fd));
  expect(files.closeOnExec(fd)).toBe(true);
  file.retain();
  files.close(fd);
  expect(files.get(fd)).toBeUndefined();
  expect(files.closeOnExec(fd)).toBeUndefined();
  expect(readText(file, 10)).toBe("text");
  file.release();
  expect(() => file.retain()).toThrow(/closed/);
});
