/** Chapter RW: rw_flags, metadata, O_DIRECT, and what a transfer does to memory. */
import { expect } from "vitest";
import {
  IOPRIO_CLASS_BE,
  IOPRIO_CLASS_IDLE,
  IOPRIO_CLASS_RT,
  IOPRIO_CLASS_SHIFT,
  O_APPEND,
  O_DIRECT,
  O_DIRECTORY,
  O_RDONLY,
  O_RDWR,
  RWF_APPEND,
  RWF_ATOMIC,
  RWF_DONTCACHE,
  RWF_DSYNC,
  RWF_NOAPPEND,
  RWF_NOSIGNAL,
  RWF_NOWAIT,
  RWF_SYNC,
} from "../../spec/abi/linux.ts";
import {
  IORING_RW_ATTR_FLAG_PI,
  SQE_ADDR3,
  SQE_IOPRIO,
  SQE_OP_FLAGS,
  SQE_PAD2,
} from "../../spec/abi/sqe.ts";
import { EAGAIN, EFAULT } from "../../spec/errno.ts";
import { setU64 } from "../../src/queue/index.ts";
import { UNMAPPED } from "../worlds/memory.ts";
import type { World } from "../worlds/world.ts";
import { chapter } from "./harness/chapter.ts";
import { expectEach } from "./harness/each.ts";
import { read, readTo, readv, set16, set32, write, writev, type Entry } from "./harness/entries.ts";
import { LIKE_EXT4 } from "./harness/file-system.ts";
import { fileWith } from "./harness/fixtures.ts";

const scenario = await chapter();

const LARGEST = 2 ** 63 - 1024;
const SECTOR = 512;
const PI_SIZE = 32;

const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const contentOf = (world: World): string => textOf(world.readFile(world.tempPath("file")));

/** The entry with these rw_flags. */
const withFlags = (flags: number, entry: Entry): Entry => set32(SQE_OP_FLAGS, flags, entry);

scenario("RW-10 RW-40", "RWF_APPEND writes at the end of any file", (world, ring) => {
  const fd = fileWith(world, "hello");

  expectEach(ring, 1, [withFlags(RWF_APPEND, write(fd, world.memory.of("!"), 1, 0))]);

  expect(contentOf(world)).toBe("hello!");
});

scenario("RW-10 RW-40", "RWF_NOAPPEND writes where it is told", (world, ring) => {
  const fd = fileWith(world, "hello", O_RDWR | O_APPEND);

  expectEach(ring, 1, [withFlags(RWF_NOAPPEND, write(fd, world.memory.of("J"), 1, 0))]);

  expect(contentOf(world)).toBe("Jello");
});

scenario("RW-20", "both at once are refused, in reads too", (world, ring) => {
  const fd = fileWith(world, "hello");
  const memory = world.memory.allocate(1);
  const both = RWF_APPEND | RWF_NOAPPEND;

  expectEach(ring, "EINVAL", [
    withFlags(both, read(fd, memory)),
    withFlags(both, write(fd, memory)),
  ]);
  expectEach(ring, "EBADF", [withFlags(both, read(-1, memory))]);
});

scenario("RW-22", "flags for writes say nothing to a read", (world, ring) => {
  const fd = fileWith(world, "hello");
  const pipe = world.pipe();
  world.write(pipe.write, "hello");
  const memory = world.memory.allocate(1);
  const flags = [RWF_DSYNC, RWF_SYNC, RWF_APPEND, RWF_NOAPPEND, RWF_NOSIGNAL];

  expectEach(
    ring,
    1,
    flags.map((flag) => withFlags(flag, read(fd, memory))),
  );
  expectEach(
    ring,
    1,
    flags.map((flag) => withFlags(flag, read(pipe.read, memory))),
  );
});

scenario("RW-40", "a write may be synced, or go without the cache", (world, ring) => {
  const fd = fileWith(world, "hello");
  const [memory, pipe] = [world.memory.of("H"), world.pipe()];

  expectEach(ring, 1, [
    withFlags(RWF_DSYNC, write(fd, memory)),
    withFlags(RWF_SYNC, write(fd, memory)),
    withFlags(RWF_NOSIGNAL, write(fd, memory)),
    withFlags(RWF_SYNC | RWF_APPEND, write(pipe.write, memory)),
  ]);
  expectEach(ring, "EOPNOTSUPP", [
    withFlags(RWF_DONTCACHE, write(pipe.write, memory)),
    withFlags(RWF_ATOMIC, write(fd, memory)),
    withFlags(RWF_ATOMIC, read(fd, memory)),
  ]);
});

scenario("RW-40", "the file system says whether it can go without", LIKE_EXT4, (world, ring) => {
  const fd = fileWith(world, "hello");
  const memory = world.memory.of("H");

  expectEach(ring, 1, [
    withFlags(RWF_DONTCACHE, write(fd, memory)),
    withFlags(RWF_DONTCACHE, read(fd, memory)),
  ]);
});

scenario("RW-27", "RWF_NOWAIT reads what is in the cache", LIKE_EXT4, (world, ring) => {
  const fd = fileWith(world, "hello");
  const memory = world.memory.allocate(8);

  expectEach(ring, 5, [withFlags(RWF_NOWAIT, read(fd, memory))]);
  expectEach(ring, "EAGAIN", [withFlags(RWF_NOWAIT, write(fd, memory, 1))]);
  expectEach(ring, "EOPNOTSUPP", [
    withFlags(RWF_NOWAIT, read(world.open(world.tempPath(""), O_RDONLY | O_DIRECTORY), memory)),
  ]);
});

scenario("RW-55", "a ring does not promise to keep anybody from waiting", (world, ring) => {
  const memory = world.memory.allocate(1);

  expectEach(ring, "EOPNOTSUPP", [
    withFlags(RWF_NOWAIT, read(ring.queue.ringFd, memory)),
    withFlags(RWF_NOWAIT, write(ring.queue.ringFd, memory)),
  ]);
});

scenario("RW-41", "metadata needs a file that keeps it", (world, ring) => {
  const fd = fileWith(world, "hello");
  const memory = world.memory.allocate(1);
  const information = world.memory.allocate(PI_SIZE);
  const wrong = world.memory.allocate(PI_SIZE);
  wrong.bytes[24] = 1;
  const metadata = (types: number, pointer: number, entry: Entry): Entry => {
    return (sqes, at) => {
      entry(sqes, at);
      setU64(sqes, at + SQE_ADDR3, pointer);
      setU64(sqes, at + SQE_PAD2, types);
    };
  };
  const pi = IORING_RW_ATTR_FLAG_PI;

  expectEach(ring, "EINVAL", [
    metadata(2, information.address, read(fd, memory)),
    metadata(pi | 2, information.address, read(fd, memory)),
    metadata(2 ** 32, information.address, read(fd, memory)),
    metadata(pi, wrong.address, readTo(fd, UNMAPPED, 1)),
    metadata(pi, information.address, read(fd, memory)),
    metadata(pi, information.address, write(world.pipe().write, memory)),
  ]);
  expectEach(ring, "EFAULT", [metadata(pi, UNMAPPED, read(fd, memory))]);
  expectEach(ring, "EBADF", [metadata(pi, information.address, read(-1, memory))]);
  expectEach(ring, 1, [metadata(0, UNMAPPED, read(fd, memory))]);
});

scenario("RW-42", "a transfer ends before the largest position", (world, ring) => {
  const fd = fileWith(world, "hello");
  const pipe = world.pipe();
  world.write(pipe.write, "hello");
  const memory = world.memory.allocate(4096);

  expectEach(ring, "EINVAL", [
    read(fd, memory, 4096, LARGEST),
    write(fd, memory, 4096, LARGEST),
    read(pipe.read, memory, 4096, LARGEST),
  ]);
  expectEach(ring, 0, [read(fd, memory, 0, LARGEST), read(fd, memory, 1, LARGEST - 4096)]);
  expectEach(ring, "EFBIG", [write(fd, memory, 1, LARGEST - 4096)]);
});

scenario("RW-17", "a length beyond two gigabytes is cut", (world, ring) => {
  const fd = fileWith(world, "hello");
  const memory = world.memory.allocate(8);

  expectEach(ring, 5, [readTo(fd, memory.address, 0xffffffff)]);

  expect(memory.text(5)).toBe("hello");
});

scenario("RW-32", "the vectors are copied before the file is looked up", (world, ring) => {
  const pipe = world.pipe();
  const [one, other] = [world.memory.allocate(8), world.memory.allocate(8)];
  const vectors = world.memory.iovecs([[one.address, 8]]);

  expectEach(ring, "EFAULT", [readv(-1, UNMAPPED, 1), writev(-1, UNMAPPED, 1)]);
  ring.submit({ 1: readv(pipe.read, vectors.address, 1) });
  setU64(vectors.view, 0, other.address);
  world.write(pipe.write, "x");

  ring.expect({ 1: 1 });
  expect([one.text(1), other.text(1)]).toEqual(["x", "\0"]);
});

scenario("RW-34 ND-13", "a fault leaves what is in a pipe where it is", (world, ring) => {
  const pipe = world.pipe();
  world.write(pipe.write, "0123456789");
  const target = world.memory.allocate(4);
  const vectors = world.memory.iovecs([
    [target.address, 4],
    [UNMAPPED, 6],
  ]);

  expectEach(ring, "EFAULT", [readTo(pipe.read, UNMAPPED, 2)]);
  ring.submit({ 1: readv(pipe.read, vectors.address, 2) });
  const { res } = ring.next(1);

  // Short for another reason, it has not come to the fault.
  const taken = res === -EFAULT ? 0 : res;
  expect(taken).toBeLessThanOrEqual(4);
  const rest = world.read(pipe.read, 20);
  expect(typeof rest === "number" ? rest : textOf(rest)).toBe("0123456789".slice(taken));
  expectEach(ring, "EFAULT", [writev(pipe.write, vectors.address, 2)]);
  expect(world.read(pipe.read, 20)).toBe(-EAGAIN);
});

scenario("RW-34", "but a page before the fault is read", (world, ring) => {
  const pipe = world.pipe();
  world.write(pipe.write, "a".repeat(4096));
  world.write(pipe.write, "b".repeat(10));
  const target = world.memory.allocate(4096);
  const vectors = world.memory.iovecs([
    [target.address, 4096],
    [UNMAPPED, 6],
  ]);

  ring.submit({ 1: readv(pipe.read, vectors.address, 2) });

  const { res } = ring.next(1);
  // A read of a pipe may be short, of the first page as well.
  expect([4096, 2048, 1]).toContain(res);
  const rest = world.read(pipe.read, 8192);
  expect(typeof rest === "number" ? rest : rest.length).toBe(4096 + 10 - res);
});

scenario("RW-37", "what lies behind the bytes that came keeps its content", (world, ring) => {
  const fd = fileWith(world, "abc");
  const pipe = world.pipe();
  world.write(pipe.write, "x");
  const [one, other] = [world.memory.of("#".repeat(32)), world.memory.of("#".repeat(32))];

  ring.submit({ 1: read(fd, one), 2: read(pipe.read, other) });

  ring.expect({ 1: 3, 2: 1 });
  expect([one.text(5), other.text(5)]).toEqual(["abc##", "x####"]);
});

scenario("RW-39", "a request keeps its file when the number is used again", (world, ring) => {
  const pipe = world.pipe();
  const target = world.memory.allocate(4);
  ring.submit({ 1: read(pipe.read, target) });
  ring.expectQuiet();

  world.closeFd(pipe.read);
  const again = world.open("/dev/null", O_RDONLY);
  expect(again).toBe(pipe.read);
  world.write(pipe.write, "old");

  const { res } = ring.next(1);
  expect(res).toBeGreaterThan(0);
  expect("old".startsWith(target.text(res))).toBe(true);
});

scenario("RW-43", "O_DIRECT moves whole sectors, as ext4 says", LIKE_EXT4, (world, ring) => {
  const fd = fileWith(world, "x".repeat(SECTOR + 10), O_RDWR | O_DIRECT);
  const memory = world.memory.allocate(8 * SECTOR);
  const start = (SECTOR - (memory.address % SECTOR)) % SECTOR;
  const at = memory.address + start;

  expectEach(ring, SECTOR, [readTo(fd, at, SECTOR)]);
  expectEach(ring, 10, [readTo(fd, at, SECTOR, SECTOR)]);
  expectEach(ring, 0, [readTo(fd, at, 100, 3 * SECTOR + 1)]);
  expectEach(ring, "EINVAL", [readTo(fd, at, 100)]);
  expectEach(ring, "EINVAL", [readTo(fd, at, SECTOR, 1)]);
  expectEach(ring, 0, [readTo(fd, at, 0, 1)]);
});

scenario("RW-35", "memory that can only be read is as good as none", (world, ring) => {
  const fd = fileWith(world, "hello");
  const pipe = world.pipe();
  world.write(pipe.write, "hello");
  const memory = world.memory.pages(1);
  memory.bytes.set(world.memory.of("constant").bytes);
  world.protect(memory);

  expectEach(ring, "EFAULT", [read(fd, memory, 5), read(pipe.read, memory, 5)]);
  expectEach(ring, 8, [write(fd, memory, 8)]);

  expect(contentOf(world)).toBe("constant");
  expect(world.read(pipe.read, 8)).toEqual(world.memory.of("hello").bytes);
});

scenario("RW-24", "the real-time class is for the privileged", (world, ring) => {
  const fd = fileWith(world, "hello");
  const memory = world.memory.allocate(5);
  const withClass = (priorityClass: number, file: number): Entry =>
    set16(SQE_IOPRIO, priorityClass << IOPRIO_CLASS_SHIFT, read(file, memory));

  world.withoutPrivileges(() => {
    expectEach(ring, "EPERM", [withClass(IOPRIO_CLASS_RT, fd), withClass(IOPRIO_CLASS_RT, -1)]);
    expectEach(ring, 5, [withClass(IOPRIO_CLASS_BE, fd), withClass(IOPRIO_CLASS_IDLE, fd)]);
  });
});
