/** Chapter FS: allocating, syncing and advising; memory as well. */
import { expect } from "vitest";
import {
  FALLOC_FL_COLLAPSE_RANGE,
  FALLOC_FL_INSERT_RANGE,
  FALLOC_FL_KEEP_SIZE,
  FALLOC_FL_PUNCH_HOLE,
  FALLOC_FL_UNSHARE_RANGE,
  FALLOC_FL_ZERO_RANGE,
  MADV_DONTNEED,
  MADV_REMOVE,
  MADV_WILLNEED,
  O_DIRECTORY,
  O_PATH,
  O_RDONLY,
  O_RDWR,
  POSIX_FADV_DONTNEED,
  POSIX_FADV_NOREUSE,
  POSIX_FADV_NORMAL,
  POSIX_FADV_SEQUENTIAL,
  POSIX_FADV_WILLNEED,
  SYNC_FILE_RANGE_WAIT_AFTER,
  SYNC_FILE_RANGE_WAIT_BEFORE,
  SYNC_FILE_RANGE_WRITE,
} from "../../spec/abi/linux.ts";
import {
  SQE_ADDR,
  SQE_ADDR3,
  SQE_BUF_INDEX,
  SQE_IOPRIO,
  SQE_OP_FLAGS,
  SQE_SPLICE_FD_IN,
} from "../../spec/abi/sqe.ts";
import { UNMAPPED } from "../worlds/memory.ts";
import type { World } from "../worlds/world.ts";
import { chapter } from "./harness/chapter.ts";
import { link, nop, set16, set32, type Entry } from "./harness/entries.ts";
import { LIKE_EXT4 } from "./harness/file-system.ts";
import { fsync, ftruncate } from "./harness/file-entries.ts";
import { fileWith } from "./harness/fixtures.ts";
import {
  fadvise,
  fallocate,
  fsyncRange,
  madvise,
  syncFileRange,
} from "./harness/storage-entries.ts";
import type { TestRing } from "./harness/test-ring.ts";

const scenario = await chapter();

const PAGE = 4096;
const HUGE = 2 ** 62;
const ALL_OF_IT = SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER;

const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const contentOf = (world: World): string => textOf(world.readFile(world.tempPath("file")));

/** Every one of these entries by itself is refused with EINVAL. */
function expectRefused(ring: TestRing, entries: readonly Entry[]): void {
  for (const entry of entries) {
    ring.submit({ 1: entry });
    ring.expect({ 1: "EINVAL" });
  }
}

scenario("FS-17", "a range is synced wherever it lies, but not before the start", (world, ring) => {
  const fd = fileWith(world, "hello");

  ring.submit({
    1: fsyncRange(fd, 0, 0),
    2: fsyncRange(fd, 3, 1),
    3: fsyncRange(fd, 1 << 30, 5),
    4: fsyncRange(fd, -1, 0),
  });

  ring.expect({ 1: 0, 2: 0, 3: 0, 4: "EINVAL" });
});

scenario("FS-1", "a file that is open for reading and a directory can be synced", (world, ring) => {
  world.writeFile(world.tempPath("file"), "");

  ring.submit({
    1: fsync(world.open(world.tempPath("file"), O_RDONLY)),
    2: fsync(world.open(world.tempPath(""), O_RDONLY | O_DIRECTORY)),
  });

  ring.expect({ 1: 0, 2: 0 });
});

scenario("FS-13", "a range is written back, started or awaited", (world, ring) => {
  const fd = fileWith(world, "hello");

  ring.submit({
    1: syncFileRange(fd, 0, 0, ALL_OF_IT),
    2: syncFileRange(fd, 2, 1, SYNC_FILE_RANGE_WRITE),
    3: syncFileRange(fd, 0, 0, 0),
    4: syncFileRange(world.open(world.tempPath(""), O_RDONLY | O_DIRECTORY), 0, 0, ALL_OF_IT),
  });

  ring.expect({ 1: 0, 2: 0, 3: 0, 4: 0 });
});

scenario("FS-13", "a range that is none, or of what has none, is refused", (world, ring) => {
  const fd = fileWith(world, "hello");
  const whole = (of: number): Entry => syncFileRange(of, 0, 0, ALL_OF_IT);

  expectRefused(ring, [
    syncFileRange(fd, 0, 0, 8),
    syncFileRange(fd, -1, 0, ALL_OF_IT),
    set32(SQE_ADDR, 1, whole(fd)),
    set16(SQE_BUF_INDEX, 1, whole(fd)),
    set32(SQE_SPLICE_FD_IN, 1, whole(fd)),
    set16(SQE_IOPRIO, 1, whole(fd)),
  ]);
  ring.submit({
    1: whole(world.pipe().read),
    2: whole(world.socketPair()[0]),
    3: whole(world.open("/dev/null", O_RDWR)),
    4: whole(world.eventfd()),
    5: whole(-1),
  });

  ring.expect({ 1: "ESPIPE", 2: "ESPIPE", 3: "ESPIPE", 4: "ESPIPE", 5: "EBADF" });
});

scenario(
  "FS-2",
  "a file is as long as what is allocated, unless it keeps its size",
  (world, ring) => {
    const fd = fileWith(world, "hello");

    ring.submit({ 1: fallocate(fd, 0, 100, FALLOC_FL_KEEP_SIZE) });
    ring.expect({ 1: 0 });
    expect(contentOf(world)).toBe("hello");
    ring.submit({ 2: fallocate(fd, 6, 2) });
    ring.expect({ 2: 0 });
    ring.submit({ 3: fallocate(fd, 0, 1) });

    ring.expect({ 3: 0 });
    expect(contentOf(world)).toBe("hello\0\0\0");
  },
);

scenario("FS-62", "a hole reads as zeros, and so does a range of zeros", (world, ring) => {
  const fd = fileWith(world, "0123456789");
  const hole = FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE;

  ring.submit({ 1: fallocate(fd, 1, 2, hole) });
  ring.expect({ 1: 0 });
  expect(contentOf(world)).toBe("0\0\x003456789");
  ring.submit({ 2: fallocate(fd, 8, 100, hole) });
  ring.expect({ 2: 0 });

  expect(contentOf(world)).toBe("0\0\x0034567\0\0");
});

scenario("FS-62", "a file system may know zeros, and more", LIKE_EXT4, (world, ring) => {
  const fd = fileWith(world, "a".repeat(PAGE) + "b".repeat(PAGE) + "c");
  const before = world.readFile(world.tempPath("file")).length;

  ring.submit({ 1: fallocate(fd, 0, PAGE, FALLOC_FL_COLLAPSE_RANGE) });
  ring.expect({ 1: 0 });
  expect(contentOf(world).startsWith("b")).toBe(true);
  ring.submit({ 2: fallocate(fd, 0, PAGE, FALLOC_FL_INSERT_RANGE) });
  ring.expect({ 2: 0 });
  expect(world.readFile(world.tempPath("file")).length).toBe(before);
  expect(contentOf(world)[0]).toBe("\0");

  ring.submit({ 3: fallocate(fd, 2 * PAGE, 3, FALLOC_FL_ZERO_RANGE) });
  ring.expect({ 3: 0 });
  ring.submit({ 4: fallocate(fd, 0, PAGE, FALLOC_FL_UNSHARE_RANGE) });
  ring.expect({ 4: "EOPNOTSUPP" });
});

scenario(
  "FS-62",
  "blocks are taken out and put in whole, before the end",
  LIKE_EXT4,
  (world, ring) => {
    const fd = fileWith(world, "a".repeat(3 * PAGE));

    ring.submit({
      1: fallocate(fd, 1, PAGE, FALLOC_FL_COLLAPSE_RANGE),
      2: fallocate(fd, 0, PAGE + 1, FALLOC_FL_INSERT_RANGE),
      3: fallocate(fd, 2 * PAGE, PAGE, FALLOC_FL_COLLAPSE_RANGE),
      4: fallocate(fd, 3 * PAGE, PAGE, FALLOC_FL_INSERT_RANGE),
    });

    ring.expect({ 1: "EINVAL", 2: "EINVAL", 3: "EINVAL", 4: "EINVAL" });
  },
);

scenario("FS-19", "a length and an offset come before the mode", (world, ring) => {
  const fd = fileWith(world, "hello");

  ring.submit({
    1: fallocate(fd, 0, 0, 0x100),
    2: fallocate(fd, 0, -1, 0x100),
    3: fallocate(fd, -1, 1, 0x100),
    4: fallocate(fd, 0, 1, 0x100),
    5: fallocate(fd, 0, 1, FALLOC_FL_PUNCH_HOLE),
    6: fallocate(fd, 0, PAGE, FALLOC_FL_COLLAPSE_RANGE | FALLOC_FL_KEEP_SIZE),
    7: fallocate(fd, 0, 1, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE | FALLOC_FL_ZERO_RANGE),
  });

  ring.expect({ 1: "EINVAL", 2: "EINVAL", 3: "EINVAL" });
  ring.expect({ 4: "EOPNOTSUPP", 5: "EOPNOTSUPP", 6: "EOPNOTSUPP", 7: "EOPNOTSUPP" });
});

scenario("FS-20", "only a regular file that is written can be allocated for", (world, ring) => {
  world.writeFile(world.tempPath("file"), "hello");
  const [reader] = [world.open(world.tempPath("file"), O_RDONLY)];
  const writer = world.open(world.tempPath("file"), O_RDWR);

  ring.submit({
    1: fallocate(reader, 0, 1),
    2: fallocate(world.pipe().write, 0, 1),
    3: fallocate(world.socketPair()[0], 0, 1),
    4: fallocate(world.open("/dev/null", O_RDWR), 0, 1),
    5: fallocate(world.open(world.tempPath(""), O_RDONLY | O_DIRECTORY), 0, 1),
    6: fallocate(writer, HUGE, 1),
    7: fallocate(-1, 0, 1),
  });

  ring.expect({ 1: "EBADF", 2: "ESPIPE", 3: "ENODEV", 4: "ENODEV", 5: "EBADF", 7: "EBADF" });
  ring.expect({ 6: "EFBIG" });
});

scenario("FS-21", "a fallocate reserves what it does not use", (world, ring) => {
  const entry = fallocate(fileWith(world, ""), 0, 1);

  expectRefused(ring, [
    set32(SQE_OP_FLAGS, 1, entry),
    set16(SQE_BUF_INDEX, 1, entry),
    set32(SQE_SPLICE_FD_IN, 1, entry),
  ]);
  ring.submit({ 1: set32(SQE_ADDR3, 1, entry) });

  ring.expect({ 1: 0 });
});

scenario(
  "LINK-10",
  "storage that refuses breaks no chain, advice that does breaks it",
  (world, ring) => {
    const pipe = world.pipe();

    ring.submit({ 1: link(fallocate(pipe.write, 0, 1)), 2: nop() });
    ring.submit({ 3: link(syncFileRange(pipe.write, 0, 0, 0)), 4: nop() });
    ring.submit({ 5: link(fadvise(pipe.write, POSIX_FADV_NORMAL)), 6: nop() });
    ring.submit({ 7: link(madvise(UNMAPPED, 1, MADV_WILLNEED)), 8: nop() });

    ring.expect({ 1: "ESPIPE", 2: 0, 3: "ESPIPE", 4: 0, 5: "ESPIPE", 6: "ECANCELED" });
    ring.expect({ 7: "EINVAL", 8: 0 });
  },
);

scenario("FS-22", "a truncation beyond what a file can hold is refused", (world, ring) => {
  const fd = fileWith(world, "hello");

  ring.submit({ 1: ftruncate(fd, HUGE), 2: ftruncate(world.open("/dev/null", O_RDWR), 0) });

  ring.expect({ 1: "EFBIG", 2: "EINVAL" });
});

scenario("FS-51", "advice about a file", (world, ring) => {
  const fd = fileWith(world, "hello");
  const [left] = world.socketPair();

  ring.submit({
    1: fadvise(fd, POSIX_FADV_NORMAL),
    2: fadvise(fd, POSIX_FADV_SEQUENTIAL, 2),
    3: fadvise(fd, POSIX_FADV_WILLNEED, 2, HUGE),
    4: fadvise(fd, POSIX_FADV_DONTNEED),
    5: fadvise(left, POSIX_FADV_NOREUSE),
    6: fadvise(fd, 6),
    7: fadvise(fd, POSIX_FADV_NORMAL, 0, -1),
    8: fadvise(left, 6),
  });
  ring.expect({ 1: 0, 2: 0, 3: 0, 4: 0, 5: 0, 6: "EINVAL", 7: "EINVAL", 8: "EINVAL" });
  ring.submit({
    9: fadvise(world.pipe().read, 6),
    10: fadvise(world.open(world.tempPath("file"), O_PATH), POSIX_FADV_NORMAL),
  });

  ring.expect({ 9: "ESPIPE", 10: "EBADF" });
  expectRefused(ring, [
    set16(SQE_BUF_INDEX, 1, fadvise(fd, POSIX_FADV_NORMAL)),
    set32(SQE_SPLICE_FD_IN, 1, fadvise(fd, POSIX_FADV_NORMAL)),
  ]);
});

scenario("FS-52", "pages that are not needed are empty", (world, ring) => {
  // Of the pages behind an allocation, those that begin in the middle of it are all its own.
  const memory = world.memory.allocate(16 * PAGE);
  memory.bytes.fill(7);
  const start = Math.ceil(memory.address / PAGE) * PAGE;
  const at = start - memory.address;

  ring.submit({ 1: madvise(start + PAGE, 1, MADV_DONTNEED) });
  ring.submit({ 2: madvise(start + 3 * PAGE, 1, MADV_DONTNEED, 2 * PAGE) });
  ring.expect({ 1: 0, 2: 0 });

  const pages = [0, 1, 2, 3, 4, 5].map((page) => memory.bytes[at + page * PAGE]);
  expect(pages).toEqual([7, 0, 7, 0, 0, 7]);
});

scenario("FS-53", "advice about memory that cannot be taken", (world, ring) => {
  const memory = world.memory.allocate(16 * PAGE);
  const start = Math.ceil(memory.address / PAGE) * PAGE;

  ring.submit({
    1: madvise(start, PAGE, 5),
    2: madvise(start + 1, PAGE, MADV_WILLNEED),
    3: madvise(PAGE, PAGE, MADV_WILLNEED),
    4: madvise(start, 0, MADV_WILLNEED),
    5: madvise(start, 0, MADV_WILLNEED, -1),
    6: madvise(start, PAGE, MADV_REMOVE),
    7: madvise(PAGE, 0, MADV_WILLNEED),
  });

  ring.expect({ 1: "EINVAL", 2: "EINVAL", 3: "ENOMEM", 4: 0, 5: "EINVAL", 6: "EINVAL", 7: 0 });
  expectRefused(ring, [
    set16(SQE_BUF_INDEX, 1, madvise(start, PAGE, MADV_WILLNEED)),
    set32(SQE_SPLICE_FD_IN, 1, madvise(start, PAGE, MADV_WILLNEED)),
    set16(SQE_IOPRIO, 1, madvise(start, PAGE, MADV_WILLNEED)),
  ]);
});
