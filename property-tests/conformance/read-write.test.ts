/** Chapter RW: READ, WRITE, READV and WRITEV on files and pipes. */
import { expect } from "vitest";
import {
  O_APPEND,
  O_DIRECTORY,
  O_NONBLOCK,
  O_PATH,
  O_RDONLY,
  O_RDWR,
  O_WRONLY,
  RWF_HIPRI,
  RWF_NOWAIT,
} from "../../spec/abi/linux.ts";
import { SQE_IOPRIO, SQE_OP_FLAGS, SQE_PAD2 } from "../../spec/abi/sqe.ts";
import { UNMAPPED } from "../worlds/memory.ts";
import { chapter } from "./harness/chapter.ts";
import { link, nop, read, readTo, readv, set16, set32, write, writev } from "./harness/entries.ts";
import { fileWith } from "./harness/fixtures.ts";
import { TestRing } from "./harness/test-ring.ts";

const scenario = await chapter();

/** `off` that stands for the file's own position. */
const CURRENT = -1;

const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

scenario("RW-1", "a read at a position leaves the file's own position", (world, ring) => {
  const fd = fileWith(world, "0123456789");
  const target = world.memory.allocate(4);

  ring.submit({ 1: read(fd, target, 4, 3) });

  ring.expect({ 1: 4 });
  expect(target.text(4)).toBe("3456");
  expect(world.read(fd, 4)).toEqual(world.memory.of("0123").bytes);
});

scenario("RW-1", "a read at -1 uses the file's own position, and moves it", (world, ring) => {
  const fd = fileWith(world, "0123456789");
  const [first, second] = [world.memory.allocate(4), world.memory.allocate(4)];

  ring.submit({ 1: read(fd, first, 4, CURRENT) });
  ring.expect({ 1: 4 });
  ring.submit({ 2: read(fd, second, 4, CURRENT) });
  ring.expect({ 2: 4 });

  expect([first.text(4), second.text(4)]).toEqual(["0123", "4567"]);
  expect(world.read(fd, 4)).toEqual(world.memory.of("89").bytes);
});

scenario("RW-1", "so does a write", (world, ring) => {
  const fd = fileWith(world, "");

  ring.submit({ 1: write(fd, world.memory.of("one"), 3, CURRENT) });
  ring.expect({ 1: 3 });
  ring.submit({ 2: write(fd, world.memory.of("two"), 3, CURRENT) });
  ring.expect({ 2: 3 });
  ring.submit({ 3: write(fd, world.memory.of("X"), 1, 1) });
  ring.expect({ 3: 1 });

  expect(textOf(world.readFile(world.tempPath("file")))).toBe("oXetwo");
});

scenario("RW-14", "a position below -1 is refused", (world, ring) => {
  const fd = fileWith(world, "hello");
  const memory = world.memory.allocate(1);

  ring.submit({ 1: read(fd, memory, 1, -2), 2: write(fd, memory, 1, -1000) });

  ring.expect({ 1: "EINVAL", 2: "EINVAL" });
});

scenario("RW-2", "a pipe has no positions", (world, ring) => {
  const pipe = world.pipe();

  ring.submit({ 1: write(pipe.write, world.memory.of("x"), 1, 1000) });
  ring.expect({ 1: 1 });
  ring.submit({ 2: read(pipe.read, world.memory.allocate(1), 1, 77) });

  ring.expect({ 2: 1 });
});

scenario("RW-3", "at the end of the file there is nothing to read", (world, ring) => {
  const fd = fileWith(world, "hello");
  const memory = world.memory.allocate(10);

  ring.submit({ 1: read(fd, memory, 10, 5), 2: read(fd, memory, 10, 1000) });

  ring.expect({ 1: 0, 2: 0 });
});

scenario("RW-3 RW-13", "a read of a file stops at its end and nowhere else", (world, ring) => {
  const fd = fileWith(world, "x".repeat(10_000));
  const memory = world.memory.allocate(20_000);

  ring.submit({ 1: read(fd, memory, 10_000) });
  ring.expect({ 1: 10_000 });
  ring.submit({ 2: read(fd, memory, 20_000, 1) });

  ring.expect({ 2: 9_999 });
});

scenario("RW-16", "a read of nothing gives 0", (world, ring) => {
  const fd = fileWith(world, "hello");

  ring.submit({ 1: read(fd, world.memory.allocate(1), 0) });

  ring.expect({ 1: 0 });
});

scenario("RW-4", "a descriptor opened for the other direction is a bad one", (world, ring) => {
  const path = world.tempPath("file");
  world.writeFile(path, "hello");
  const memory = world.memory.allocate(1);
  const pipe = world.pipe();

  ring.submit({
    1: read(world.open(path, O_WRONLY), memory),
    2: write(world.open(path, O_RDONLY), memory),
    3: read(world.open(path, O_PATH), memory),
    4: read(pipe.write, memory),
    5: write(pipe.read, memory),
  });

  ring.expect({ 1: "EBADF", 2: "EBADF", 3: "EBADF", 4: "EBADF", 5: "EBADF" });
});

scenario("RW-18", "a directory cannot be read", (world, ring) => {
  const path = world.tempPath("directory");
  world.makeDirectory(path);
  const fd = world.open(path, O_RDONLY | O_DIRECTORY);

  ring.submit({ 1: read(fd, world.memory.allocate(1)) });

  ring.expect({ 1: "EISDIR" });
});

scenario("RW-19 SETUP-19", "a ring that is readable cannot be read either", (world, ring) => {
  // An idle ring would have the read wait until it is readable, and refuse it then.
  const other = TestRing.open(world, { entries: 4 });
  other.submit({ 1: nop() });

  ring.submit({ 1: read(other.queue.ringFd, world.memory.allocate(1)) });

  ring.expect({ 1: "EINVAL" });
  other.expect({ 1: 0 });
});

scenario("RW-5 RW-21 RW-23 RW-25", "unknown flags and priorities are refused", (world, ring) => {
  const entry = read(fileWith(world, "hello"), world.memory.allocate(1));

  ring.submit({ 1: set32(SQE_OP_FLAGS, 1 << 20, entry) });
  ring.submit({ 2: set32(SQE_OP_FLAGS, RWF_HIPRI, entry) });
  ring.submit({ 3: set16(SQE_IOPRIO, 0xffff, entry), 4: nop() });
  ring.submit({ 5: set32(SQE_PAD2, 1 << 20, entry) });

  ring.expect({ 1: "EOPNOTSUPP", 2: "EINVAL", 3: "EINVAL", 4: 0, 5: "EINVAL" });
});

scenario("RW-6", "a read of an empty pipe waits", (world, ring) => {
  const pipe = world.pipe();
  const target = world.memory.allocate(8);

  ring.submit({ 1: read(pipe.read, target) });
  ring.expectQuiet();
  world.write(pipe.write, "x");

  ring.expect({ 1: 1 });
  expect(target.text(1)).toBe("x");
});

scenario("RW-6", "also if the pipe does not block others", (world, ring) => {
  const pipe = world.pipe(O_NONBLOCK);

  ring.submit({ 1: read(pipe.read, world.memory.allocate(8)) });
  ring.expectQuiet();
  world.write(pipe.write, "x");

  ring.expect({ 1: 1 });
});

scenario("RW-26", "with RWF_NOWAIT it does not", (world, ring) => {
  const pipe = world.pipe();

  ring.submit({
    1: set32(SQE_OP_FLAGS, RWF_NOWAIT, read(pipe.read, world.memory.allocate(8))),
  });

  ring.expect({ 1: "EAGAIN" });
});

scenario("RW-7 ND-13", "a read of a pipe takes what is there", (world, ring) => {
  const pipe = world.pipe();
  world.write(pipe.write, "hello");
  const target = world.memory.allocate(10);

  ring.submit({ 1: read(pipe.read, target) });
  const first = ring.next(1);
  expect(first.res).toBeGreaterThanOrEqual(1);
  expect(first.res).toBeLessThanOrEqual(5);

  const rest = world.read(pipe.read, 10);
  const left = typeof rest === "number" ? "" : textOf(rest);
  expect(target.text(first.res) + left).toBe("hello");
});

scenario("RW-28", "a pipe without a writer has ended", (world, ring) => {
  const pipe = world.pipe();
  const memory = world.memory.allocate(8);
  ring.submit({ 1: read(pipe.read, memory) });
  ring.expectQuiet();

  world.closeFd(pipe.write);

  ring.expect({ 1: 0 });
  ring.submit({ 2: read(pipe.read, memory) });
  ring.expect({ 2: 0 });
});

scenario("RW-8", "a write takes the room that a pipe has", { whole: true }, (world, ring) => {
  const pipe = world.pipe();

  ring.submit({ 1: write(pipe.write, world.memory.allocate(100_000)) });

  ring.expect({ 1: 65_536 });
});

scenario("RW-8", "a write to a full pipe waits for room", (world, ring) => {
  const pipe = world.pipe();
  let first = 0;
  while (world.write(pipe.write, new Uint8Array(4096)) > 0) first += 4096;
  expect(first).toBeGreaterThan(0);

  ring.submit({ 1: write(pipe.write, world.memory.of("x")) });
  ring.expectQuiet();
  for (let taken = 0; taken < first; taken += 4096) world.read(pipe.read, 4096);

  ring.expect({ 1: 1 });
  expect(world.read(pipe.read, 8)).toEqual(Uint8Array.of(120));
});

scenario("RW-29", "a pipe without a reader is broken", (world, ring) => {
  const pipe = world.pipe();
  world.closeFd(pipe.read);

  ring.submit({ 1: write(pipe.write, world.memory.of("x")) });

  ring.expect({ 1: "EPIPE" });
});

scenario("RW-9", "a vectored read fills one vector after the other", (world, ring) => {
  const fd = fileWith(world, "hello world");
  const [first, second] = [world.memory.allocate(5), world.memory.allocate(20)];
  const iovecs = world.memory.iovecs([
    [first.address, 5],
    [UNMAPPED, 0],
    [second.address, 20],
  ]);

  ring.submit({ 1: readv(fd, iovecs.address, 3) });

  ring.expect({ 1: 11 });
  expect([first.text(5), second.text(6)]).toEqual(["hello", " world"]);
});

scenario("RW-9", "a vectored write takes one vector after the other", (world, ring) => {
  const fd = fileWith(world, "........");
  const iovecs = world.memory.iovecs([
    [world.memory.of("one").address, 3],
    [world.memory.of("two").address, 3],
  ]);

  ring.submit({ 1: writev(fd, iovecs.address, 2, 1) });

  ring.expect({ 1: 6 });
  expect(textOf(world.readFile(world.tempPath("file")))).toBe(".onetwo.");
});

scenario("RW-31", "vectors are 0 to 1024, and not longer than a signed count", (world, ring) => {
  const fd = fileWith(world, "hello");
  const memory = world.memory.allocate(1);
  const many = world.memory.iovecs(Array.from({ length: 1025 }, () => [memory.address, 1]));
  const negative = world.memory.iovecs([[memory.address, -1]]);

  ring.submit({ 1: readv(fd, many.address, 1025) });
  ring.submit({ 2: readv(fd, negative.address, 1) });
  ring.submit({ 3: readv(fd, many.address, 0) });

  ring.expect({ 1: "EINVAL", 2: "EINVAL", 3: 0 });
});

scenario("RW-33", "a fault in a later vector leaves what came before it", (world, ring) => {
  const fd = fileWith(world, "hello");
  const target = world.memory.allocate(3);
  const iovecs = world.memory.iovecs([
    [target.address, 3],
    [UNMAPPED, 2],
  ]);

  ring.submit({ 1: readv(fd, iovecs.address, 2), 2: readTo(fd, UNMAPPED, 2) });

  ring.expect({ 1: 3, 2: "EFAULT" });
  expect(target.text(3)).toBe("hel");
});

scenario("RW-10", "an appending file is written at its end", (world, ring) => {
  const fd = fileWith(world, "hello", O_RDWR | O_APPEND);

  ring.submit({ 1: write(fd, world.memory.of("!"), 1, 0) });

  ring.expect({ 1: 1 });
  expect(textOf(world.readFile(world.tempPath("file")))).toBe("hello!");
});

scenario("RW-11", "a write past the end leaves zeros between", (world, ring) => {
  const fd = fileWith(world, "a");

  ring.submit({ 1: write(fd, world.memory.of("z"), 1, 4) });

  ring.expect({ 1: 1 });
  expect([...world.readFile(world.tempPath("file"))]).toEqual([97, 0, 0, 0, 122]);
});

scenario("RW-56", "a write that faults half-way leaves the file's own position", (world, ring) => {
  const fd = fileWith(world, "");
  const vectors = world.memory.iovecs([
    [world.memory.of("abc").address, 3],
    [UNMAPPED, 2],
  ]).address;

  ring.submit({ 1: writev(fd, vectors, 2, CURRENT) });
  ring.expect({ 1: 3 });
  ring.submit({ 2: write(fd, world.memory.of("z"), 1, CURRENT) });

  ring.expect({ 2: 1 });
  expect(textOf(world.readFile(world.tempPath("file")))).toBe("zbc");
});

scenario("RW-54", "a write past the end that faults makes the file longer", (world, ring) => {
  const fd = fileWith(world, "a");
  const nowhere = world.memory.iovecs([[UNMAPPED, 2]]).address;

  ring.submit({ 1: writev(fd, nowhere, 1), 2: writev(fd, nowhere, 1, 4) });

  ring.expect({ 1: "EFAULT", 2: "EFAULT" });
  expect([...world.readFile(world.tempPath("file"))]).toEqual([97, 0, 0, 0]);
});

scenario("RW-1 LINK-7", "a copy of a file, block by block", (world, ring) => {
  const content = Array.from({ length: 26 }, (_, i) => String.fromCharCode(97 + i)).join("");
  const source = fileWith(world, content);
  const path = world.tempPath("copy");
  world.writeFile(path, "");
  const target = world.open(path, O_RDWR);

  for (let at = 0; at < content.length; at += 13) {
    const block = world.memory.allocate(13);
    ring.submit({ 1: link(read(source, block, 13, at)), 2: write(target, block, 13, at) });
    ring.expect({ 1: 13, 2: 13 });
  }

  expect(textOf(world.readFile(path))).toBe(content);
});
