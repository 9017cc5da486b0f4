/** Chapter FS: files, directories and their names. */
import { expect } from "vitest";
import {
  AT_EMPTY_PATH,
  AT_REMOVEDIR,
  O_CREAT,
  O_DIRECTORY,
  O_EXCL,
  O_RDONLY,
  O_RDWR,
  O_TRUNC,
  O_WRONLY,
  RENAME_NOREPLACE,
  S_IFDIR,
  S_IFMT,
  S_IFREG,
  STATX_BASIC_STATS,
  STATX_CTIME,
  STATX_MNT_ID,
  STATX_MNT_ID_UNIQUE,
  STATX_MTIME,
  STATX_SIZE,
  STATX__RESERVED,
} from "../../spec/abi/linux.ts";
import { IORING_OP_FTRUNCATE } from "../../spec/abi/opcodes.ts";
import {
  IORING_FSYNC_DATASYNC,
  SQE_ADDR,
  SQE_BUF_INDEX,
  SQE_LEN,
  SQE_OFF,
  SQE_OP_FLAGS,
  SQE_SPLICE_FD_IN,
} from "../../spec/abi/sqe.ts";
import { UNMAPPED, type Memory } from "../worlds/memory.ts";
import type { World } from "../worlds/world.ts";
import { chapter } from "./harness/chapter.ts";
import { link, read, set16, set32, write, type Entry } from "./harness/entries.ts";
import { check } from "./harness/expectation.ts";
import {
  closeFd,
  fsync,
  ftruncate,
  mkdirat,
  openat,
  renameat,
  statx,
  unlinkat,
} from "./harness/file-entries.ts";
import { fileWith } from "./harness/fixtures.ts";
import type { TestRing } from "./harness/test-ring.ts";

const scenario = await chapter();

// Offsets in `struct statx`.
const STATX_BYTES = 256;
const STX_NLINK = 16;
const STX_MODE = 28;
const STX_SIZE = 40;

/** Runs one request and waits for it: the descriptor it gives belongs to the world. */
function opened(world: World, ring: TestRing, entry: Entry): number {
  ring.submit({ 50: entry });
  const { res } = ring.next(50);
  return res < 0 ? res : world.adopt(res);
}

function stat(memory: Memory): { mode: number; links: number; size: number } {
  const { view } = memory;
  return {
    mode: view.getUint16(STX_MODE, true),
    links: view.getUint32(STX_NLINK, true),
    size: view.getUint32(STX_SIZE, true),
  };
}

scenario("FS-4", "a file that is opened can be read", (world, ring) => {
  const path = world.tempPath("file");
  world.writeFile(path, "hello");
  const target = world.memory.allocate(5);

  const fd = opened(world, ring, openat(world.memory.path(path), O_RDONLY));
  ring.submit({ 1: read(fd, target) });

  ring.expect({ 1: 5 });
  expect(target.text(5)).toBe("hello");
});

scenario("FS-4", "a file can be created, and written", (world, ring) => {
  const path = world.tempPath("new");

  const fd = opened(world, ring, openat(world.memory.path(path), O_CREAT | O_WRONLY, 0o644));
  ring.submit({ 1: write(fd, world.memory.of("hello")) });

  ring.expect({ 1: 5 });
  expect(world.readFile(path).length).toBe(5);
});

scenario("FS-4 FS-24", "O_TRUNC empties, O_EXCL refuses what is there", (world, ring) => {
  const path = world.tempPath("file");
  world.writeFile(path, "hello");
  const name = world.memory.path(path);

  ring.submit({ 1: openat(name, O_CREAT | O_EXCL | O_RDWR, 0o644) });
  ring.expect({ 1: "EEXIST" });
  const fd = opened(world, ring, openat(name, O_TRUNC | O_RDWR));

  expect(fd).toBeGreaterThanOrEqual(0);
  expect(world.readFile(path).length).toBe(0);
});

scenario("FS-24", "paths that lead nowhere", (world, ring) => {
  const file = world.tempPath("file");
  world.writeFile(file, "hello");
  const path = (name: string): number => world.memory.path(name);

  ring.submit({
    1: openat(path(world.tempPath("none")), O_RDONLY),
    2: openat(path(`${file}/below`), O_RDONLY),
    3: openat(path(file), O_RDONLY | O_DIRECTORY),
    4: openat(path(world.tempPath("")), O_RDWR),
    5: openat(path(""), O_RDONLY),
    6: openat(path("relative"), O_RDONLY, 0, -1),
  });

  ring.expect({ 1: "ENOENT", 2: "ENOTDIR", 3: "ENOTDIR", 4: "EISDIR", 5: "ENOENT", 6: "EBADF" });
});

scenario("FS-4", "a path may start at an open directory", (world, ring) => {
  world.writeFile(world.tempPath("file"), "hello");
  const directory = world.open(world.tempPath(""), O_RDONLY | O_DIRECTORY);

  const fd = opened(world, ring, openat(world.memory.path("file"), O_RDONLY, 0, directory));
  ring.submit({ 1: read(fd, world.memory.allocate(8)) });

  ring.expect({ 1: 5 });
});

scenario("FS-25 FS-26", "an open without a path or with a buffer is refused", (world, ring) => {
  const name = world.memory.path(world.tempPath("file"));

  ring.submit({ 1: openat(UNMAPPED, O_RDONLY) });
  ring.submit({ 2: set16(SQE_BUF_INDEX, 1, openat(name, O_RDONLY)) });

  ring.expect({ 1: "EFAULT", 2: "EINVAL" });
});

scenario("FS-6", "a closed descriptor is closed", (world, ring) => {
  const path = world.tempPath("file");
  world.writeFile(path, "hello");
  ring.submit({ 1: openat(world.memory.path(path), O_RDONLY) });
  const { res: fd } = ring.next(1);

  ring.submit({ 2: closeFd(fd) });
  ring.expect({ 2: 0 });

  ring.submit({ 3: read(fd, world.memory.allocate(1)), 4: closeFd(fd) });
  ring.expect({ 3: "EBADF", 4: "EBADF" });
});

scenario("FS-32", "unused fields of a close are refused", (_world, ring) => {
  const wrong: readonly Entry[] = [
    set32(SQE_OFF, 1, closeFd(-1)),
    set32(SQE_ADDR, 1, closeFd(-1)),
    set32(SQE_LEN, 1, closeFd(-1)),
    set32(SQE_OP_FLAGS, 1, closeFd(-1)),
    set16(SQE_BUF_INDEX, 1, closeFd(-1)),
  ];

  for (const entry of wrong) {
    ring.submit({ 1: entry });
    ring.expect({ 1: "EINVAL" });
  }
});

scenario("FILE-43", "a ring cannot be closed through itself", (_world, ring) => {
  ring.submit({ 1: closeFd(ring.queue.ringFd) });

  ring.expect({ 1: "EBADF" });
});

scenario("FS-1", "a file can be synced, with its size and without", (world, ring) => {
  const fd = fileWith(world, "hello");

  ring.submit({ 1: fsync(fd), 2: fsync(fd, IORING_FSYNC_DATASYNC) });

  ring.expect({ 1: 0, 2: 0 });
});

scenario(
  "FS-16 FS-18",
  "a sync with bad flags or fields, or of a pipe, is refused",
  (world, ring) => {
    const fd = fileWith(world, "hello");

    ring.submit({ 1: fsync(fd, 2) });
    ring.submit({ 2: set32(SQE_ADDR, 1, fsync(fd)) });
    ring.submit({ 3: set16(SQE_BUF_INDEX, 1, fsync(fd)) });
    ring.submit({ 4: set32(SQE_SPLICE_FD_IN, 1, fsync(fd)) });
    ring.submit({ 5: fsync(world.pipe().read), 6: fsync(-1) });

    ring.expect({ 1: "EINVAL", 2: "EINVAL", 3: "EINVAL", 4: "EINVAL", 5: "EINVAL", 6: "EBADF" });
  },
);

const needsTruncate = { needs: [IORING_OP_FTRUNCATE] } as const;

scenario("FS-3", "a file can be made shorter and longer", needsTruncate, (world, ring) => {
  const fd = fileWith(world, "hello");

  ring.submit({ 1: link(ftruncate(fd, 2)), 2: ftruncate(fd, 4) });

  ring.expect({ 1: 0, 2: 0 });
  expect([...world.readFile(world.tempPath("file"))]).toEqual([104, 101, 0, 0]);
});

scenario(
  "FS-22 FS-23",
  "a truncation that makes no sense is refused",
  needsTruncate,
  (world, ring) => {
    const fd = fileWith(world, "hello");
    const readOnly = world.open(world.tempPath("file"), O_RDONLY);

    ring.submit({ 1: ftruncate(fd, -1) });
    ring.submit({ 2: ftruncate(readOnly, 0), 3: ftruncate(world.pipe().write, 0) });
    ring.submit({ 4: set32(SQE_LEN, 1, ftruncate(fd, 0)), 5: ftruncate(-1, 0) });

    ring.expect({ 1: "EINVAL", 2: "EINVAL", 3: "EINVAL", 4: "EINVAL", 5: "EBADF" });
  },
);

scenario("FS-7", "statx tells type, mode and size", (world, ring) => {
  const path = world.tempPath("file");
  world.writeFile(path, "hello");
  const [file, directory] = [
    world.memory.allocate(STATX_BYTES),
    world.memory.allocate(STATX_BYTES),
  ];

  ring.submit({
    1: statx(world.memory.path(path), STATX_BASIC_STATS, file.address),
    2: statx(world.memory.path(world.tempPath("")), STATX_BASIC_STATS, directory.address),
  });

  ring.expect({ 1: 0, 2: 0 });
  expect(stat(file)).toEqual({ mode: S_IFREG | 0o644, links: 1, size: 5 });
  expect(stat(directory).mode & S_IFMT).toBe(S_IFDIR);
});

scenario("FS-76", "statx fills in what it was not asked for", (world, ring) => {
  const fd = fileWith(world, "hello");
  const [some, unique] = [world.memory.allocate(STATX_BYTES), world.memory.allocate(STATX_BYTES)];
  const name = world.memory.path("");

  ring.submit({
    1: statx(name, STATX_SIZE, some.address, AT_EMPTY_PATH, fd),
    2: statx(name, STATX_MTIME | STATX_MNT_ID_UNIQUE, unique.address, AT_EMPTY_PATH, fd),
  });

  ring.expect({ 1: 0, 2: 0 });
  const changes = STATX_MTIME | STATX_CTIME;
  const mask = (memory: Memory): number => memory.view.getUint32(0, true);
  expect(mask(some) | changes).toBe(STATX_BASIC_STATS | STATX_MNT_ID);
  expect(mask(unique)).toBe(STATX_BASIC_STATS | STATX_MNT_ID_UNIQUE);
  expect(stat(some)).toEqual(stat(unique));
});

scenario("FS-33", "statx of an open descriptor", (world, ring) => {
  const fd = fileWith(world, "hello");
  const into = world.memory.allocate(STATX_BYTES);

  ring.submit({
    1: statx(world.memory.path(""), STATX_SIZE, into.address, AT_EMPTY_PATH, fd),
  });

  ring.expect({ 1: 0 });
  expect(stat(into).size).toBe(5);
});

scenario("FS-34 FS-35", "a statx that cannot be done", (world, ring) => {
  const fd = fileWith(world, "hello");
  const name = world.memory.path(world.tempPath("file"));
  const into = world.memory.allocate(STATX_BYTES);

  ring.submit({ 1: statx(name, STATX_SIZE, UNMAPPED) });
  ring.submit({ 2: statx(name, STATX__RESERVED, into.address) });
  ring.submit({ 3: statx(world.memory.path(world.tempPath("none")), STATX_SIZE, into.address) });
  ring.submit({ 4: statx(world.memory.path(""), STATX_SIZE, into.address, 0, fd) });
  ring.submit({ 5: statx(UNMAPPED, STATX_SIZE, into.address) });

  ring.expect({ 1: "EFAULT", 2: "EINVAL", 3: "ENOENT", 4: "ENOENT", 5: "EFAULT" });
});

scenario("FS-8", "a file gets another name, in place of what had it", (world, ring) => {
  const [one, other] = [world.tempPath("one"), world.tempPath("other")];
  world.writeFile(one, "hello");
  world.writeFile(other, "");

  ring.submit({ 1: renameat(world.memory.path(one), world.memory.path(other)) });

  ring.expect({ 1: 0 });
  expect([world.exists(one), world.readFile(other).length]).toEqual([false, 5]);
});

scenario("FS-37", "a rename that is not to replace, or has no source", (world, ring) => {
  const [one, other] = [world.tempPath("one"), world.tempPath("other")];
  world.writeFile(one, "hello");
  world.writeFile(other, "");
  const [from, to] = [world.memory.path(one), world.memory.path(other)];

  ring.submit({ 1: renameat(from, to, RENAME_NOREPLACE), 2: renameat(from, to, 1 << 10) });
  ring.submit({ 3: renameat(world.memory.path(world.tempPath("none")), to) });

  ring.expect({ 1: "EEXIST", 2: "EINVAL", 3: "ENOENT" });
  expect([world.readFile(one).length, world.readFile(other).length]).toEqual([5, 0]);
});

scenario("FS-9", "an unlinked file is gone, and readable where it is open", (world, ring) => {
  const fd = fileWith(world, "hello");
  const path = world.tempPath("file");

  ring.submit({
    1: link(unlinkat(world.memory.path(path))),
    2: read(fd, world.memory.allocate(8)),
  });

  ring.expect({ 1: 0, 2: 5 });
  expect(world.exists(path)).toBe(false);
});

scenario("FS-39", "directories are removed by AT_REMOVEDIR only", (world, ring) => {
  const [full, empty] = [world.tempPath("full"), world.tempPath("empty")];
  world.makeDirectory(full);
  world.makeDirectory(empty);
  world.writeFile(`${full}/file`, "");
  const path = (name: string): number => world.memory.path(name);

  ring.submit({ 1: unlinkat(path(empty)), 2: unlinkat(path(full), AT_REMOVEDIR) });
  ring.submit({ 3: unlinkat(path(`${full}/file`), AT_REMOVEDIR) });
  ring.submit({ 4: unlinkat(path(empty), 1), 5: unlinkat(path(world.tempPath("none"))) });
  ring.expect({ 1: "EISDIR", 2: "ENOTEMPTY", 3: "ENOTDIR", 4: "EINVAL", 5: "ENOENT" });
  ring.submit({ 6: unlinkat(path(empty), AT_REMOVEDIR) });

  ring.expect({ 6: 0 });
  expect(world.exists(empty)).toBe(false);
});

scenario("FS-10", "a directory is made once", (world, ring) => {
  const path = world.tempPath("directory");
  const name = world.memory.path(path);

  ring.submit({ 1: link(mkdirat(name, 0o755)), 2: mkdirat(name, 0o755) });
  ring.submit({ 3: mkdirat(world.memory.path(world.tempPath("none/below")), 0o755) });

  ring.expect({ 1: 0, 2: "EEXIST", 3: "ENOENT" });
  expect(world.exists(path)).toBe(true);
});

scenario("FS-44", "unused fields of a mkdir are refused", (world, ring) => {
  const entry = mkdirat(world.memory.path(world.tempPath("directory")), 0o755);

  ring.submit({ 1: set32(SQE_OFF, 1, entry) });
  ring.submit({ 2: set32(SQE_OP_FLAGS, 1, entry) });
  ring.submit({ 3: set16(SQE_BUF_INDEX, 1, entry) });

  ring.expect({ 1: "EINVAL", 2: "EINVAL", 3: "EINVAL" });
});

scenario("FS-4 FS-6 LINK-2", "a whole life in one chain", (world, ring) => {
  const directory = world.tempPath("directory");
  const path = world.memory.path(`${directory}/file`);
  const made = world.memory.path(`${directory}/made`);

  ring.submit({
    1: link(mkdirat(world.memory.path(directory), 0o755)),
    2: openat(path, O_CREAT | O_RDWR, 0o644),
  });
  ring.expectNext(1, 0);
  const { res: fd } = ring.next(2);
  check("openat gives a descriptor", fd >= 0);
  ring.submit({
    3: link(write(fd, world.memory.of("hello"))),
    4: link(fsync(fd)),
    5: link(closeFd(fd)),
    6: link(renameat(path, made)),
    7: link(unlinkat(made)),
    8: unlinkat(world.memory.path(directory), AT_REMOVEDIR),
  });

  ring.expect({ 3: 5, 4: 0, 5: 0, 6: 0, 7: 0, 8: 0 });
  expect(world.exists(directory)).toBe(false);
});
