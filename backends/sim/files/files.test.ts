import { expect, test } from "vitest";
import * as errno from "../../../spec/errno.ts";
import * as linux from "../../../spec/abi/linux.ts";
import { SimClock } from "../clock.ts";
import { SimFiles } from "./files.ts";
import { bytes, newFiles, opened, readText, writeText } from "./testing/transfer.ts";

const { AT_FDCWD } = linux;

function statxOf(files: SimFiles, path: string, flags = 0, directory = AT_FDCWD): DataView {
  const into = new Uint8Array(256);
  const mask = linux.STATX_BASIC_STATS | linux.STATX_BTIME;
  expect(files.statx(directory, bytes(path), flags, mask, into)).toBe(0);
  return new DataView(into.buffer);
}

test("has /tmp, /dev/null and /dev/zero, and is otherwise empty", () => {
  const files = newFiles();
  expect(files.readDirectory("/")).toEqual(["dev", "tmp"]);
  const zero = opened(files.open(AT_FDCWD, bytes("/dev/zero"), linux.O_RDWR, 0));
  expect(readText(zero, 3)).toBe("\0\0\0");
  expect(writeText(zero, "abc")).toBe(3);
  const nothing = opened(files.open(AT_FDCWD, bytes("/dev/null"), linux.O_RDWR, 0));
  expect(readText(nothing, 3)).toBe("");
  expect(writeText(nothing, "abc", -1, 0)).toBe(3);
  expect(nothing.fsync(false, 0, 0)).toBe(-errno.EINVAL);
});

test("shows an inode in struct statx: type, links, size, blocks, device and times", () => {
  const clock = new SimClock();
  const files = new SimFiles({ clock });
  files.writeFile("/tmp/f", new Uint8Array(5000));
  clock.advanceTo(3_000_000_007);
  const file = opened(files.open(AT_FDCWD, bytes("/tmp/f"), linux.O_RDWR, 0));
  writeText(file, "x", 6000);
  const view = statxOf(files, "/tmp/f");
  expect(view.getUint32(0, true)).toBe(
    linux.STATX_BASIC_STATS | linux.STATX_BTIME | linux.STATX_MNT_ID,
  );
  expect(view.getUint32(16, true)).toBe(1);
  expect(view.getUint16(28, true)).toBe(linux.S_IFREG | 0o644);
  expect(view.getUint32(40, true)).toBe(6001);
  expect(view.getUint32(48, true)).toBe(16);
  expect(view.getBigInt64(112, true)).toBe(1_704_067_203n);
  expect(view.getUint32(120, true)).toBe(7);
  expect(view.getBigInt64(80, true)).toBe(1_704_067_200n);
  const device = statxOf(files, "/dev/null");
  expect([device.getUint32(128, true), device.getUint32(132, true)]).toEqual([1, 3]);
});

test("tells of an open descriptor by AT_EMPTY_PATH: a pipe, a socket, what is not its own", () => {
  const files = newFiles();
  const { reader } = files.makePipe();
  const { left } = files.makeSocketPair();
  const typeAt = (fd: number): number =>
    statxOf(files, "", linux.AT_EMPTY_PATH, fd).getUint16(28, true) & linux.S_IFMT;
  expect([typeAt(reader), typeAt(left)]).toEqual([linux.S_IFIFO, linux.S_IFSOCK]);
  const into = new Uint8Array(256);
  expect(files.statx(99, bytes(""), linux.AT_EMPTY_PATH, 0, into)).toBe(-errno.EBADF);
  expect(files.statx(AT_FDCWD, bytes(""), 0, 0, into)).toBe(-errno.ENOENT);
});

test("follows absolute paths and symbolic links from the root, up to 40 of them", () => {
  const files = newFiles();
  files.mkdirp("/a/b");
  files.writeFile("/a/b/f", bytes("hello"));
  files.makeSymlink("/a/b", "/tmp/l0");
  for (let i = 1; i <= 40; i++) files.makeSymlink(`l${i - 1}`, `/tmp/l${i}`);
  const open = (path: string) => files.open(AT_FDCWD, bytes(path), 0, 0);
  expect(readText(opened(open("//tmp/./../tmp/l39//f")), 9)).toBe("hello");
  expect(open("/tmp/l40/f")).toBe(-errno.ELOOP);
  files.makeSymlink("self", "/tmp/self");
  expect(open("/tmp/self")).toBe(-errno.ELOOP);
  expect(open("/../..")).not.toBe(-errno.ENOENT);
});

test("refuses paths and names that are too long, or empty", () => {
  const files = newFiles();
  const open = (path: string) => files.open(AT_FDCWD, bytes(path), 0, 0);
  expect(open("")).toBe(-errno.ENOENT);
  expect(open(`/tmp/${"n".repeat(256)}`)).toBe(-errno.ENAMETOOLONG);
  expect(open("/".repeat(4096))).toBe(-errno.ENAMETOOLONG);
  expect(typeof open("/".repeat(4095))).toBe("object");
});

test("looks at the directory descriptor only for relative paths", () => {
  const files = newFiles();
  files.writeFile("/f", bytes("x"));
  const fd = files.install(opened(files.open(AT_FDCWD, bytes("/f"), 0, 0)), false);
  expect(files.mkdir(fd, bytes("d"), 0o755)).toBe(-errno.ENOTDIR);
  expect(files.mkdir(77, bytes("d"), 0o755)).toBe(-errno.EBADF);
  expect(files.mkdir(77, bytes("/d"), 0o755)).toBe(0);
  const place = files.install(opened(files.open(AT_FDCWD, bytes("/d"), linux.O_PATH, 0)), false);
  expect(files.mkdir(place, bytes("e"), 0o755)).toBe(0);
  expect(files.exists("/d/e")).toBe(true);
});

test("keeps a file without a name while it is open", () => {
  const files = newFiles();
  files.writeFile("/tmp/f", bytes("kept"));
  const fd = files.install(opened(files.open(AT_FDCWD, bytes("/tmp/f"), 0, 0)), false);
  expect(files.unlink(AT_FDCWD, bytes("/tmp/f"), 0)).toBe(0);
  expect(files.exists("/tmp/f")).toBe(false);
  expect(readText(opened(files.get(fd)), 9)).toBe("kept");
  expect(statxOf(files, "", linux.AT_EMPTY_PATH, fd).getUint32(16, true)).toBe(0);
});

test("makes files without a name, which may get one", () => {
  const files = newFiles();
  const open = (path: string, flags: number) => files.open(AT_FDCWD, bytes(path), flags, 0o600);
  const fd = files.install(opened(open("/tmp", linux.O_TMPFILE | linux.O_RDWR)), false);
  const hidden = files.install(
    opened(open("/tmp", linux.O_TMPFILE | linux.O_RDWR | linux.O_EXCL)),
    false,
  );
  const named = (from: number, name: string): number =>
    files.link(from, bytes(""), AT_FDCWD, bytes(name), linux.AT_EMPTY_PATH);

  expect(named(hidden, "/tmp/g")).toBe(-errno.ENOENT);
  expect(statxOf(files, "", linux.AT_EMPTY_PATH, fd).getUint32(16, true)).toBe(0);
  expect(named(fd, "/tmp/f")).toBe(0);

  expect(files.readDirectory("/tmp")).toEqual(["f"]);
  expect(open("/tmp", linux.O_TMPFILE)).toBe(-errno.EINVAL);
  expect(open("/tmp/none", linux.O_TMPFILE | linux.O_RDWR)).toBe(-errno.ENOENT);
  expect(open("/tmp/f", linux.O_TMPFILE | linux.O_RDWR)).toBe(-errno.ENOTDIR);
});

test("leaves a device that nobody can open where a rename leaves a whiteout", () => {
  const files = newFiles();
  files.writeFile("/tmp/f", bytes(""));
  const [from, to] = [bytes("/tmp/f"), bytes("/tmp/g")];

  expect(files.rename(AT_FDCWD, from, AT_FDCWD, to, linux.RENAME_WHITEOUT)).toBe(0);

  expect(files.readDirectory("/tmp")).toEqual(["f", "g"]);
  expect(files.open(AT_FDCWD, from, linux.O_RDONLY, 0)).toBe(-errno.ENXIO);
});

test("moves and links names within a file system only", () => {
  const files = newFiles();
  files.writeFile("/tmp/f", bytes(""));
  const [from, to] = [bytes("/tmp/f"), bytes("/dev/g")];

  expect(files.rename(AT_FDCWD, from, AT_FDCWD, to, 0)).toBe(-errno.EXDEV);
  expect(files.link(AT_FDCWD, from, AT_FDCWD, to, 0)).toBe(-errno.EXDEV);
});

test("answers EBADF to everything on what O_PATH opened", () => {
  const files = newFiles();
  const file = opened(files.open(AT_FDCWD, bytes("/tmp"), linux.O_PATH, 0));
  expect(readText(file, 1)).toBe(-errno.EBADF);
  expect(file.listen(1)).toBe(-errno.EBADF);
  expect(file.fsync(false, 0, 0)).toBe(-errno.EBADF);
});

test("holds a file of 64 MiB", () => {
  const files = newFiles();
  const size = 64 * 2 ** 20;
  files.writeFile("/tmp/big", new Uint8Array(size).fill(1));
  const file = opened(files.open(AT_FDCWD, bytes("/tmp/big"), 0, 0));
  let count = 0;
  const result = file.read(size, 0, (data) => {
    count = data.length;
    return data.length;
  });
  expect([result, count]).toEqual([size, size]);
});
