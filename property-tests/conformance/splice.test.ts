/** Chapter FS: bytes that go from file to file, and pipes that a ring makes. */
import { expect } from "vitest";
import {
  EFD_NONBLOCK,
  O_APPEND,
  O_CLOEXEC,
  O_DIRECT,
  O_EXCL,
  O_NONBLOCK,
  O_RDONLY,
  O_RDWR,
  SPLICE_F_MOVE,
  SPLICE_F_NONBLOCK,
} from "../../spec/abi/linux.ts";
import {
  IORING_ASYNC_CANCEL_ALL,
  IORING_ASYNC_CANCEL_ANY,
  IORING_FILE_INDEX_ALLOC,
  IOSQE_FIXED_FILE,
  SPLICE_F_FD_IN_FIXED,
  SQE_ADDR,
  SQE_ADDR3,
  SQE_FD,
  SQE_OFF,
  SQE_SPLICE_FD_IN,
} from "../../spec/abi/sqe.ts";
import { EAGAIN, ENOPKG, EPIPE } from "../../spec/errno.ts";
import { UNMAPPED } from "../worlds/memory.ts";
import type { World } from "../worlds/world.ts";
import { chapter } from "./harness/chapter.ts";
import { cancel, cancelFd, linkTimeout } from "./harness/control-entries.ts";
import { expectEach } from "./harness/each.ts";
import { ftruncate } from "./harness/file-entries.ts";
import { flagged, link, nop, read, set32, write, type Entry } from "./harness/entries.ts";
import { anyOf } from "./harness/expectation.ts";
import { fileWith } from "./harness/fixtures.ts";
import { makePipe, splice, tee } from "./harness/splice-entries.ts";
import { haveFiles } from "./harness/registrations.ts";

const scenario = await chapter();

const PAGE = 4096;
const NONBLOCK = SPLICE_F_NONBLOCK;
/** What an interrupted worker leaves: no errno that a program is meant to see. */
const ERESTARTSYS = 512;

/** What lies in a pipe now, or an errno. */
function contentOf(world: World, fd: number): string | number {
  const bytes = world.read(fd, 65_536);
  return typeof bytes === "number" ? bytes : new TextDecoder().decode(bytes);
}

/** Fills a pipe until it takes no more, and returns how many pages that were. */
function fill(world: World, fd: number): number {
  let pages = 0;
  while (world.write(fd, new Uint8Array(PAGE)) > 0) pages += 1;
  return pages;
}

scenario("FS-11", "bytes go from pipe to pipe, in order", (world, ring) => {
  const [from, to] = [world.pipe(), world.pipe()];
  world.write(from.write, "hello world");

  expectEach(ring, 5, [splice(from.read, to.write, 5, SPLICE_F_MOVE)]);
  expectEach(ring, 6, [splice(from.read, to.write, 100)]);

  expect(contentOf(world, to.read)).toBe("hello world");
  expect(contentOf(world, from.read)).toBe(-EAGAIN);
});

scenario("FS-11", "bytes go from a file to a pipe and on to a file", (world, ring) => {
  const fd = fileWith(world, "0123456789");
  world.writeFile(world.tempPath("target"), "");
  const target = world.open(world.tempPath("target"), O_RDWR);
  const pipe = world.pipe();

  ring.submit({
    1: link(splice(fd, pipe.write, 4, 0, 3)),
    2: link(splice(pipe.read, target, 4, 0, -1, 2)),
    3: link(splice(fd, pipe.write, 2)),
    4: splice(pipe.read, target, 2),
  });

  ring.expect({ 1: 4, 2: 4, 3: 2, 4: 2 });
  expect([...world.readFile(world.tempPath("target"))]).toEqual([48, 49, 51, 52, 53, 54]);
  // Only the transfers without a position have moved the files' own.
  expect(contentOf(world, fd)).toBe("23456789");
});

scenario("FS-72", "a pipe takes the pages of a file as they lie in it", (world, ring) => {
  const fd = fileWith(world, "x".repeat(20 * PAGE));
  const [whole, cut] = [world.pipe(), world.pipe()];

  expectEach(ring, 16 * PAGE, [splice(fd, whole.write, 20 * PAGE, NONBLOCK, 0)]);
  expectEach(ring, 16 * PAGE - 100, [splice(fd, cut.write, 20 * PAGE, NONBLOCK, 100)]);
  expectEach(ring, "EAGAIN", [splice(fd, whole.write, 1, NONBLOCK, 0)]);
});

scenario("FS-81", "a pipe shows what is written to the pages that it holds", (world, ring) => {
  const fd = fileWith(world, "abcdefgh");
  const [pipe, moved, copy] = [world.pipe(), world.pipe(), world.pipe()];
  expectEach(ring, 6, [splice(fd, pipe.write, 6, 0, 1)]);
  expectEach(ring, 2, [splice(pipe.read, moved.write, 2), tee(pipe.read, copy.write, 2)]);

  const later = world.memory.allocate(4);
  later.bytes.set(new TextEncoder().encode("WXYZ"));

  expectEach(ring, 4, [write(fd, later, 4, 2)]);

  expect(contentOf(world, moved.read)).toBe("bW");
  expect(contentOf(world, copy.read)).toBe("XY");
  expect(contentOf(world, pipe.read)).toBe("XYZg");
});

scenario("FS-81", "a page that is cut off keeps its bytes, part of one is zero", (world, ring) => {
  const fd = fileWith(world, "abcdef");
  const pipe = world.pipe();
  expectEach(ring, 6, [splice(fd, pipe.write, 6, 0, 0)]);

  expectEach(ring, 0, [ftruncate(fd, 3)]);
  expect(contentOf(world, pipe.read)).toBe("abc\0\0\0");

  expectEach(ring, 3, [splice(fd, pipe.write, 3, 0, 0)]);
  const later = world.memory.allocate(3);
  later.bytes.set(new TextEncoder().encode("xyz"));
  expectEach(ring, 0, [ftruncate(fd, 0)]);
  expectEach(ring, 3, [write(fd, later, 3)]);
  expect(contentOf(world, pipe.read)).toBe("abc");
});

scenario("FS-81", "a file that is open with O_DIRECT gives copies", (world, ring) => {
  const fd = fileWith(world, "x".repeat(PAGE));
  const direct = world.open(world.tempPath("file"), O_RDONLY | O_DIRECT);
  const pipe = world.pipe();
  expectEach(ring, 512, [splice(direct, pipe.write, 512, 0, 0)]);
  const later = world.memory.allocate(1);

  expectEach(ring, 1, [write(fd, later, 1)]);

  expect(contentOf(world, pipe.read)).toBe("x".repeat(512));
});

scenario("FS-72", "nothing is added to bytes that were spliced", (world, ring) => {
  const [from, to] = [world.pipe(), world.pipe()];
  world.write(from.write, "ab");

  expectEach(ring, 1, [splice(from.read, to.write, 1)]);
  world.write(to.write, "c");
  const pages = fill(world, to.write);

  expect(pages).toBe(14);
});

scenario("FS-11 FS-46", "neither side a pipe, the same pipe, or the wrong end", (world, ring) => {
  const fd = fileWith(world, "hello");
  const [pipe, other] = [world.pipe(), world.pipe()];
  world.write(pipe.write, "hello");

  expectEach(ring, "EINVAL", [splice(fd, fd, 1), splice(pipe.read, pipe.write, 1)]);
  expectEach(ring, "EBADF", [
    splice(pipe.write, other.write, 1),
    splice(pipe.read, other.read, 1),
    splice(-1, pipe.write, 0),
    splice(pipe.read, -1, 0),
    splice(100_000, pipe.write, 1),
  ]);
  expectEach(ring, 0, [splice(pipe.write, other.read, 0)]);
});

scenario("FS-73", "files that cannot be spliced", (world, ring) => {
  const pipe = world.pipe();
  world.write(pipe.write, "hello");
  const into = (file: number): Entry => splice(pipe.read, file, 1, NONBLOCK);
  const from = (file: number): Entry => splice(file, pipe.write, 1, NONBLOCK);
  const [left, right] = world.socketPair();
  const nothing = world.open("/dev/null", O_RDWR);

  expectEach(ring, "EINVAL", [
    into(world.eventfd(0, EFD_NONBLOCK)),
    into(ring.queue.ringFd),
    from(world.eventfd(1)),
    from(world.open(world.tempPath(""), O_RDONLY)),
    from(nothing),
    from(ring.queue.ringFd),
  ]);
  expectEach(ring, 1, [
    into(nothing),
    into(left),
    from(right),
    from(world.open("/dev/zero", O_RDONLY)),
  ]);
});

scenario("FS-45", "positions are for files", (world, ring) => {
  const fd = fileWith(world, "hello");
  const pipe = world.pipe();
  world.write(pipe.write, "hello");
  const other = world.pipe();
  const [left] = world.socketPair();

  expectEach(ring, "ESPIPE", [
    splice(pipe.read, fd, 1, 0, 0),
    splice(fd, pipe.write, 1, 0, 0, 0),
    splice(pipe.read, other.write, 1, 0, 0),
    splice(pipe.read, other.write, 1, 0, -1, -2),
  ]);
  expectEach(ring, "EINVAL", [
    splice(pipe.read, fd, 1, 0, -1, -2),
    splice(fd, pipe.write, 1, 0, -2),
    splice(pipe.read, left, 1, 0, -1, 0),
    splice(left, pipe.write, 1, NONBLOCK, 0),
  ]);
});

scenario("FS-47", "flags, and a file in a slot", (world, ring) => {
  const [from, to] = [world.pipe(), world.pipe()];
  world.write(from.write, "hello");

  expectEach(ring, "EINVAL", [
    splice(from.read, to.write, 1, 16),
    tee(from.read, to.write, 1, 16),
    splice(from.read, to.write, 1, 0x40000000),
  ]);
  expectEach(ring, "EBADF", [splice(0, to.write, 1, SPLICE_F_FD_IN_FIXED)]);
  haveFiles(world, ring.queue.ringFd, [from.read, -1]);
  expectEach(ring, "EBADF", [
    splice(1, to.write, 1, SPLICE_F_FD_IN_FIXED),
    splice(2, to.write, 1, SPLICE_F_FD_IN_FIXED),
    tee(-1, to.write, 1, SPLICE_F_FD_IN_FIXED),
  ]);
  expectEach(ring, 2, [
    tee(0, to.write, 2, SPLICE_F_FD_IN_FIXED),
    splice(0, to.write, 2, SPLICE_F_FD_IN_FIXED),
  ]);

  expect(contentOf(world, to.read)).toBe("hehe");
});

scenario("FS-48", "a splice waits for bytes, unless it is told not to", (world, ring) => {
  const [from, to, quick] = [world.pipe(), world.pipe(), world.pipe(O_NONBLOCK)];

  expectEach(ring, "EAGAIN", [
    splice(from.read, to.write, 9, NONBLOCK),
    splice(quick.read, to.write, 9),
    splice(from.read, quick.write, 9),
    tee(from.read, to.write, 9, NONBLOCK),
    tee(quick.read, to.write, 9),
  ]);
  ring.submit({ 1: splice(from.read, to.write, 9) });
  ring.expectQuiet();
  world.write(from.write, "hello");

  ring.expect({ 1: 5 });
  expect(contentOf(world, to.read)).toBe("hello");
});

scenario("FS-48", "a splice waits for room", (world, ring) => {
  const [from, to] = [world.pipe(), world.pipe()];
  world.write(from.write, "hello");
  fill(world, to.write);

  expectEach(ring, "EAGAIN", [splice(from.read, to.write, 9, NONBLOCK)]);
  ring.submit({ 1: splice(from.read, to.write, 9) });
  ring.expectQuiet();
  world.read(to.read, PAGE);

  ring.expect({ 1: 5 });
});

scenario("FS-49", "there is nothing to move at the end of the input", (world, ring) => {
  const fd = fileWith(world, "hello");
  const [ended, to, waiting] = [world.pipe(), world.pipe(), world.pipe()];
  world.closeFd(ended.write);

  expectEach(ring, 0, [
    splice(fd, to.write, 5, 0, 5),
    splice(ended.read, to.write, 5),
    splice(ended.read, fd, 5),
    tee(ended.read, to.write, 5),
  ]);
  ring.submit({ 1: splice(waiting.read, to.write, 5) });
  ring.expectQuiet();
  world.closeFd(waiting.write);

  ring.expect({ 1: 0 });
});

scenario("FS-49", "a file that appends is no target", (world, ring) => {
  const fd = fileWith(world, "", O_RDWR | O_APPEND);
  const pipe = world.pipe();
  world.write(pipe.write, "hello");

  expectEach(ring, "EINVAL", [splice(pipe.read, fd, 5)]);
});

scenario("FS-74", "a pipe without a reader is broken", (world, ring) => {
  const fd = fileWith(world, "hello");
  const [from, to] = [world.pipe(), world.pipe()];
  world.write(from.write, "hello");
  world.closeFd(to.read);

  expectEach(ring, "EPIPE", [
    splice(from.read, to.write, 1),
    tee(from.read, to.write, 1),
    splice(fd, to.write, 1),
  ]);
  expect(contentOf(world, from.read)).toBe("hello");
});

scenario("FS-12", "a tee leaves the bytes where they are", (world, ring) => {
  const [from, to] = [world.pipe(), world.pipe()];
  world.write(from.write, "hello");

  expectEach(ring, 5, [tee(from.read, to.write, 100)]);
  expectEach(ring, 2, [tee(from.read, to.write, 2)]);
  world.write(from.write, "!");

  expect(contentOf(world, to.read)).toBe("hellohe");
  expect(contentOf(world, from.read)).toBe("hello!");
  const fd = fileWith(world, "");
  expectEach(ring, "EINVAL", [
    tee(from.read, from.write, 1),
    tee(fd, to.write, 1),
    tee(from.read, fd, 1),
  ]);
});

scenario("FS-50", "a tee has no positions", (world, ring) => {
  const [from, to] = [world.pipe(), world.pipe()];
  const entry = tee(from.read, to.write, 1, NONBLOCK);

  expectEach(ring, "EINVAL", [
    set32(SQE_OFF, 1, entry),
    set32(SQE_ADDR, 1, entry),
    set32(SQE_OFF, 0xffffffff, set32(SQE_OFF + 4, 0xffffffff, entry)),
  ]);
});

scenario(
  "LINK-7",
  "a splice that moves less than it was asked to breaks a chain",
  (world, ring) => {
    const [from, to] = [world.pipe(), world.pipe()];
    world.write(from.write, "hello");

    ring.submit({ 1: link(splice(from.read, to.write, 5)), 2: nop() });
    ring.expect({ 1: 5, 2: 0 });
    world.write(from.write, "hello");
    ring.submit({ 3: link(splice(from.read, to.write, 6)), 4: nop() });

    ring.expect({ 3: 5, 4: "ECANCELED" });
  },
);

scenario("FS-82", "a splice that is over keeps no pipe open", (world, ring) => {
  const [from, to] = [world.pipe(), world.pipe()];
  ring.submit({ 1: splice(from.read, to.write, 0) });
  world.settle();

  world.closeFd(from.read);

  world.until("the pipe is broken", () => world.write(from.write, "x") === -EPIPE);
  ring.expect({ 1: anyOf(0, "EBADF") });
});

scenario("FS-68 CANCEL-14", "a cancelled splice that waits is interrupted", (world, ring) => {
  const [from, to] = [world.pipe(), world.pipe()];
  ring.submit({ 1: splice(from.read, to.write, 5), 2: tee(from.read, to.write, 5) });
  world.untilWorkersBlock(2);

  ring.submit({ 3: cancel(1), 4: cancel(2) });

  ring.expect({ 1: -ERESTARTSYS, 2: -ERESTARTSYS, 3: "EALREADY", 4: "EALREADY" });
  world.write(from.write, "hello");
  expect(contentOf(world, from.read)).toBe("hello");
});

scenario("CANCEL-22", "with ALL or ANY it is interrupted, and not counted", (world, ring) => {
  const [from, to] = [world.pipe(), world.pipe()];
  const flags = [IORING_ASYNC_CANCEL_ALL, IORING_ASYNC_CANCEL_ANY];
  for (const flag of flags) {
    ring.submit({ 1: splice(from.read, to.write, 5) });
    world.untilWorkersBlock(1);

    ring.submit({ 2: cancel(1, flag) });

    ring.expect({ 1: -ERESTARTSYS, 2: 0 });
  }
});

scenario("FS-68", "a splice is known by the file that it writes to", (world, ring) => {
  const [from, to] = [world.pipe(), world.pipe()];
  ring.submit({ 1: splice(from.read, to.write, 5) });
  world.untilWorkersBlock(1);

  ring.submit({ 2: cancelFd(from.read) });
  ring.expect({ 2: "ENOENT" });
  ring.submit({ 3: cancelFd(to.write) });

  ring.expect({ 1: -ERESTARTSYS, 3: "EALREADY" });
});

scenario("FS-68", "a link timeout does not run while the splice waits", (world, ring) => {
  const [from, to] = [world.pipe(), world.pipe()];
  ring.submit({
    1: link(splice(from.read, to.write, 5)),
    2: linkTimeout(world.memory.milliseconds(1)),
  });
  ring.expectQuiet();

  world.write(from.write, "hello");

  // Once the splice is done they may cross (ND-6): what counts is that it was not stopped.
  ring.expect({ 1: 5, 2: anyOf("ECANCELED", "ENOENT", "EALREADY") });
});

scenario("FS-69", "a ring makes pipes", (world, ring) => {
  const numbers = world.memory.allocate(8);
  expectEach(ring, 0, [makePipe(numbers.address, O_CLOEXEC | O_NONBLOCK)]);
  const [reader, writer] = [numbers.view.getInt32(0, true), numbers.view.getInt32(4, true)];
  for (const fd of [reader, writer]) world.adopt(fd);

  ring.submit({ 1: write(writer, world.memory.of("hello")) });
  ring.expect({ 1: 5 });

  expect(contentOf(world, reader)).toBe("hello");
  expectEach(ring, "EAGAIN", [splice(reader, world.pipe().write, 1)]);
});

scenario("FS-69", "packets of a pipe are read one by one", (world, ring) => {
  const numbers = world.memory.allocate(8);
  expectEach(ring, 0, [makePipe(numbers.address, O_DIRECT)]);
  const [reader, writer] = [numbers.view.getInt32(0, true), numbers.view.getInt32(4, true)];
  for (const fd of [reader, writer]) world.adopt(fd);
  for (const packet of ["first", "second"]) world.write(writer, packet);

  expect([contentOf(world, reader), contentOf(world, reader)]).toEqual(["first", "second"]);

  world.write(writer, "third");
  world.write(writer, "fourth");
  expect(world.read(reader, 2)).toEqual(world.memory.of("th").bytes);
  expect(contentOf(world, reader)).toBe("fourth");
});

scenario("FS-70", "a pipe reserves fields, and needs room for its numbers", (world, ring) => {
  const numbers = world.memory.allocate(8);
  const { address } = numbers;
  const entry = makePipe(address);

  expectEach(ring, "EINVAL", [
    set32(SQE_FD, 1, entry),
    set32(SQE_OFF, 1, entry),
    set32(SQE_ADDR3, 1, entry),
    makePipe(address, 1),
    set32(SQE_SPLICE_FD_IN, 1, makePipe(address, O_CLOEXEC)),
  ]);
  expectEach(ring, "EFAULT", [makePipe(UNMAPPED)]);
  expectEach(ring, "ENXIO", [set32(SQE_SPLICE_FD_IN, 1, entry)]);
  ring.submit({ 1: makePipe(address, O_EXCL) });
  const { res } = ring.next(1);
  // A kernel may have pipes for notifications.
  if (res === 0) for (const at of [0, 4]) world.adopt(numbers.view.getInt32(at, true));
  else expect(res).toBe(-ENOPKG);
});

scenario("FS-71", "the ends of a pipe may go into slots", (world, ring) => {
  const numbers = world.memory.allocate(8);
  const told = (): readonly number[] => [
    numbers.view.getInt32(0, true),
    numbers.view.getInt32(4, true),
  ];
  const into = (slot: number): Entry =>
    set32(SQE_SPLICE_FD_IN, slot + 1, makePipe(numbers.address));
  haveFiles(world, ring.queue.ringFd, [-1, -1, -1, -1]);

  expectEach(ring, 0, [into(1)]);
  expect(told()).toEqual([1, 2]);
  ring.submit({ 1: flagged(IOSQE_FIXED_FILE, write(2, world.memory.of("hello"))) });
  ring.submit({ 2: flagged(IOSQE_FIXED_FILE, read(1, world.memory.allocate(1))) });
  ring.expect({ 1: 5, 2: 1 });

  expectEach(ring, "EINVAL", [into(3), into(4)]);
  expectEach(ring, 0, [
    set32(SQE_SPLICE_FD_IN, IORING_FILE_INDEX_ALLOC, makePipe(numbers.address)),
  ]);
  expect([...told()].sort()).toEqual([0, 3]);
  expectEach(ring, "ENFILE", [
    set32(SQE_SPLICE_FD_IN, IORING_FILE_INDEX_ALLOC, makePipe(numbers.address)),
  ]);
});
