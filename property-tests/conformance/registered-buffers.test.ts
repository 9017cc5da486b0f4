/** Chapter RBUF: registering buffers, and the operations on them. */
import { expect } from "vitest";
import {
  IORING_REGISTER_BUFFERS,
  IORING_REGISTER_BUFFERS2,
  IORING_REGISTER_BUFFERS_UPDATE,
  IORING_RSRC_REGISTER_SPARSE,
  IORING_UNREGISTER_BUFFERS,
} from "../../spec/abi/register.ts";
import {
  RSRC_REGISTER_NR,
  RSRC_REGISTER_RESV2,
  RSRC_REGISTER_SIZE,
  RSRC_UPDATE2_NR,
  RSRC_UPDATE2_RESV,
  RSRC_UPDATE2_RESV2,
  RSRC_UPDATE2_SIZE,
} from "../../spec/abi/register-structs.ts";
import { SQE_BUF_INDEX } from "../../spec/abi/sqe.ts";
import { PAGE_BYTES, UNMAPPED, type Memory } from "../worlds/memory.ts";
import type { World } from "../worlds/world.ts";
import { chapter, type ScenarioBody } from "./harness/chapter.ts";
import { read, set16 } from "./harness/entries.ts";
import { equal, type Result } from "./harness/expectation.ts";
import { fileWith } from "./harness/fixtures.ts";
import { Buffers, EMPTY, type Range, rangeOf, readFixed } from "./harness/registered-buffers.ts";
import type { TestRing } from "./harness/test-ring.ts";

const scenario = await chapter();

const GIB = 2 ** 30;

type BuffersBody = (buffers: Buffers, world: World, ring: TestRing) => void;

/** A scenario about the buffers of its ring. */
function withBuffers(body: BuffersBody): ScenarioBody {
  return (world, ring) => body(new Buffers(world, ring.queue.ringFd), world, ring);
}

/** Reads a byte into the first byte of a buffer: 1 where the entry has one. */
function expectUsable(
  world: World,
  ring: TestRing,
  index: number,
  range: Range,
  result: Result,
): void {
  const pipe = world.pipe();
  world.write(pipe.write, "x");
  ring.submit({ 900: readFixed(pipe.read, [range[0], 1], index) });
  ring.expect({ 900: result });
}

scenario(
  "RBUF-1",
  "a table has 1 to 16384 entries, and there is one at a time",
  withBuffers((buffers, world) => {
    const many = world.memory.allocate(16 * 16385).address;

    equal("no entry", buffers.call(IORING_REGISTER_BUFFERS, many, 0), "EINVAL");
    equal("too many", buffers.call(IORING_REGISTER_BUFFERS, many, 16385), "EINVAL");
    equal("as many as can be", buffers.call(IORING_REGISTER_BUFFERS, many, 16384), 0);
    equal("a second table", buffers.register(EMPTY), "EBUSY");
    equal("with no entry", buffers.call(IORING_REGISTER_BUFFERS, many, 0), "EBUSY");
    equal("with too many", buffers.call(IORING_REGISTER_BUFFERS, many, 16385), "EBUSY");
  }),
);

scenario(
  "RBUF-7",
  "the array of iovecs has to be readable, each where it is come to",
  withBuffers((buffers, world) => {
    const buffer = world.memory.pages(1);
    const bad = world.memory.iovecs([rangeOf(buffer), [buffer.address, 0]]).address;

    equal("NULL", buffers.call(IORING_REGISTER_BUFFERS, 0, 1), "EFAULT");
    equal("unmapped", buffers.call(IORING_REGISTER_BUFFERS, UNMAPPED, 1), "EFAULT");
    equal("NULL, and no entry", buffers.call(IORING_REGISTER_BUFFERS, 0, 0), "EFAULT");
    equal("unmapped, and no entry", buffers.call(IORING_REGISTER_BUFFERS, UNMAPPED, 0), "EINVAL");
    equal("a bad second one", buffers.call(IORING_REGISTER_BUFFERS, bad, 2), "EFAULT");
  }),
);

scenario(
  "RBUF-8",
  "a buffer is writable memory of 1 byte to 1 GiB",
  withBuffers((buffers, world) => {
    const buffer = world.memory.pages(1);
    const constant = world.memory.pages(1);
    world.protect(constant);

    equal("length 0", buffers.register([buffer.address, 0]), "EFAULT");
    equal("more than 1 GiB", buffers.register([buffer.address, GIB + 1]), "EFAULT");
    equal("NULL with a length", buffers.register([0, 1]), "EFAULT");
    equal("not mapped", buffers.register([UNMAPPED, 1]), "EFAULT");
    equal("1 GiB, most of it not mapped", buffers.register([UNMAPPED, GIB]), "EFAULT");
    equal("read-only", buffers.register(rangeOf(constant)), "EFAULT");
    equal("1 byte", buffers.register([buffer.address + 7, 1]), 0);
  }),
);

scenario(
  "RBUF-9",
  "a buffer does not wrap around the address space",
  withBuffers((buffers, world) => {
    const iovec = world.memory.allocate(16);
    const register = (base: bigint, byteLength: bigint): number => {
      iovec.view.setBigUint64(0, base, true);
      iovec.view.setBigUint64(8, byteLength, true);
      return buffers.call(IORING_REGISTER_BUFFERS, iovec.address, 1);
    };
    const end = 1n << 64n;

    equal("wraps", register(end - 4096n, 8192n), "EOVERFLOW");
    equal("its last page wraps", register(end - 4096n, 1n), "EOVERFLOW");
    equal("ends with the last page but one", register(end - 4097n, 1n), "EFAULT");
    equal("negative length", register(4096n, 1n << 63n), "EINVAL");
    equal("negative length, and NULL", register(0n, end - 1n), "EINVAL");
    equal("the kernel's half", register(0xffff_8000_0000_0000n, 4096n), "EFAULT");
  }),
);

scenario(
  "RBUF-10",
  "NULL and 0 is an empty entry, which no operation can use",
  withBuffers((buffers, world, ring) => {
    const buffer = world.memory.pages(1);
    const pipe = world.pipe();

    equal("register", buffers.register(EMPTY, rangeOf(buffer)), 0);

    ring.submit({ 1: readFixed(pipe.read, rangeOf(buffer), 0), 2: readFixed(pipe.read, EMPTY, 0) });
    ring.expect({ 1: "EFAULT", 2: "EFAULT" });
    expectUsable(world, ring, 1, rangeOf(buffer), 1);
  }),
);

scenario(
  "RBUF-11",
  "one bad iovec fails the registration, and no tag is told",
  withBuffers((buffers, world, ring) => {
    const good = rangeOf(world.memory.pages(1));

    equal("register", buffers.register(good, [UNMAPPED, 1], good), "EFAULT");
    equal("unregister", buffers.unregister(), "ENXIO");
    equal("tagged", buffers.registerTagged([good, [UNMAPPED, 1]], [71, 72]), "EFAULT");
    equal("unregister", buffers.unregister(), "ENXIO");
    ring.expectQuiet();
  }),
);

scenario(
  "RBUF-2",
  "UNREGISTER returns at once, and takes no argument",
  withBuffers((buffers, world, ring) => {
    const buffer = world.memory.pages(1);
    const pipe = world.pipe();
    equal("without a table", buffers.unregister(), "ENXIO");
    equal("register", buffers.register(rangeOf(buffer)), 0);

    const { address } = buffer;
    equal("an address", buffers.call(IORING_UNREGISTER_BUFFERS, address, 0), "EINVAL");
    equal("a count", buffers.call(IORING_UNREGISTER_BUFFERS, 0, 1), "EINVAL");
    ring.submit({ 1: readFixed(pipe.read, [address + 3, 1]) });
    ring.expectPending(1);
    equal("unregister", buffers.unregister(), 0);
    equal("unregister again", buffers.unregister(), "ENXIO");
    ring.expectPending(1);
    world.write(pipe.write, "x");

    ring.expect({ 1: 1 });
    expect(buffer.text(5)).toBe("\0\0\0x\0");
    expectUsable(world, ring, 0, rangeOf(buffer), "EFAULT");
  }),
);

/** The results of updates of a table of three entries that they do not get to change. */
function refusedUpdate(
  buffers: Buffers,
  world: World,
  spoil: (view: DataView) => void,
  size = RSRC_UPDATE2_SIZE,
): number {
  const argument: Memory = world.memory.allocate(64);
  argument.view.setUint32(RSRC_UPDATE2_NR, 1, true);
  spoil(argument.view);
  return buffers.call(IORING_REGISTER_BUFFERS_UPDATE, argument.address, size);
}

scenario(
  "RBUF-5",
  "REGISTER_BUFFERS2 takes a struct of 32 bytes, checked field by field",
  withBuffers((buffers, world) => {
    const argument = world.memory.allocate(64);
    argument.view.setUint32(RSRC_REGISTER_NR, 1, true);
    const call = (size: number): number =>
      buffers.call(IORING_REGISTER_BUFFERS2, argument.address, size);
    const data = world.memory.iovecs([EMPTY]).address;

    equal("a shorter struct", call(RSRC_REGISTER_SIZE - 1), "EINVAL");
    equal("a longer struct", call(RSRC_REGISTER_SIZE + 8), "EINVAL");
    equal("unreadable", buffers.call(IORING_REGISTER_BUFFERS2, UNMAPPED, 32), "EFAULT");
    equal("NULL", buffers.call(IORING_REGISTER_BUFFERS2, 0, 32), "EFAULT");
    equal("nr 0", buffers.register2({ nr: 0, data }), "EINVAL");
    equal("nr 16385", buffers.register2({ nr: 16385, data }), "EINVAL");
    equal("an unknown flag", buffers.register2({ nr: 1, data, flags: 2 }), "EINVAL");
    equal("sparse, with data", buffers.register2({ nr: 1, data, flags: 1 }), "EINVAL");
    argument.view.setUint32(RSRC_REGISTER_RESV2, 1, true);
    equal("resv2", call(RSRC_REGISTER_SIZE), "EINVAL");
    equal("unreadable data", buffers.register2({ nr: 1, data: UNMAPPED }), "EFAULT");
    equal("unreadable tags", buffers.register2({ nr: 1, data, tags: UNMAPPED }), "EFAULT");
    equal("nothing wrong", buffers.register2({ nr: 1, data }), 0);
    equal("a second table", buffers.register2({ nr: 16385, data }), "EBUSY");
  }),
);

scenario(
  "RBUF-21",
  "a table without data, or a sparse one, is empty, and can be filled",
  withBuffers((buffers, world, ring) => {
    const buffer = world.memory.pages(1);
    for (const flags of [0, IORING_RSRC_REGISTER_SPARSE]) {
      equal("register", buffers.register2({ nr: 4, flags }), 0);
      for (const index of [0, 3]) expectUsable(world, ring, index, rangeOf(buffer), "EFAULT");

      equal("update", buffers.update(3, [rangeOf(buffer)]), 1);
      expectUsable(world, ring, 3, rangeOf(buffer), 1);
      equal("unregister", buffers.unregister(), 0);
    }
  }),
);

scenario(
  "RBUF-22",
  "an empty entry cannot have a tag",
  withBuffers((buffers, world, ring) => {
    const buffer = rangeOf(world.memory.pages(1));

    equal("register", buffers.registerTagged([buffer, EMPTY], [71, 72]), "EINVAL");
    const tags = world.memory.allocate(8);
    tags.view.setUint32(0, 71, true);
    equal("sparse", buffers.register2({ nr: 1, flags: 1, tags: tags.address }), "EINVAL");
    equal("unregister", buffers.unregister(), "ENXIO");
    ring.expectQuiet();
  }),
);

scenario(
  "RBUF-23",
  "an update replaces entries, and answers how many",
  withBuffers((buffers, world, ring) => {
    const [one, two, three] = [world.memory.pages(1), world.memory.pages(1), world.memory.pages(1)];
    equal("register", buffers.register(rangeOf(one), rangeOf(two), EMPTY), 0);

    equal("update", buffers.update(1, [rangeOf(three), rangeOf(two)]), 2);
    expectUsable(world, ring, 0, rangeOf(one), 1);
    expectUsable(world, ring, 1, rangeOf(two), "EFAULT");
    expectUsable(world, ring, 1, rangeOf(three), 1);
    expectUsable(world, ring, 2, rangeOf(two), 1);
    equal("empty one", buffers.update(0, [EMPTY]), 1);
    expectUsable(world, ring, 0, rangeOf(one), "EFAULT");
  }),
);

scenario(
  "RBUF-24",
  "a request in flight stays on the buffer that it found",
  withBuffers((buffers, world, ring) => {
    const [old, fresh] = [world.memory.pages(1), world.memory.pages(1)];
    const pipe = world.pipe();
    equal("register", buffers.register(rangeOf(old)), 0);
    ring.submit({ 1: readFixed(pipe.read, [old.address + 1, 1]) });
    ring.expectPending(1);

    equal("update", buffers.update(0, [rangeOf(fresh)]), 1);
    world.write(pipe.write, "x");

    ring.expect({ 1: 1 });
    expect([old.text(3), fresh.text(3)]).toEqual(["\0x\0", "\0\0\0"]);
  }),
);

scenario(
  "RBUF-25",
  "an update stops at the first entry that it cannot register",
  withBuffers((buffers, world, ring) => {
    const [one, two, three] = [world.memory.pages(1), world.memory.pages(1), world.memory.pages(1)];
    equal("register", buffers.register(rangeOf(one), rangeOf(two)), 0);

    equal("the first one", buffers.update(0, [[UNMAPPED, 8], rangeOf(three)]), "EFAULT");
    equal("the second one", buffers.update(0, [rangeOf(three), [UNMAPPED, 8]]), 1);
    equal("length 0", buffers.update(1, [[two.address, 0]]), "EFAULT");

    expectUsable(world, ring, 0, rangeOf(three), 1);
    expectUsable(world, ring, 1, rangeOf(two), 1);
  }),
);

scenario(
  "RBUF-26",
  "an update checks struct and count, overflow, table, end, data",
  withBuffers((buffers, world) => {
    const data = world.memory.iovecs([EMPTY]).address;
    const past = { offset: 0xffffffff, nr: 1, data };

    equal(
      "a shorter struct",
      refusedUpdate(buffers, world, () => {}, 31),
      "EINVAL",
    );
    equal(
      "a longer struct",
      refusedUpdate(buffers, world, () => {}, 40),
      "EINVAL",
    );
    const update = IORING_REGISTER_BUFFERS_UPDATE;
    equal("unreadable", buffers.call(update, UNMAPPED, RSRC_UPDATE2_SIZE), "EFAULT");
    equal("nr 0", buffers.update2({ offset: 0xffffffff, nr: 0, data }), "EINVAL");
    for (const reserved of [RSRC_UPDATE2_RESV, RSRC_UPDATE2_RESV2]) {
      const spoil = (view: DataView): void => view.setUint32(reserved, 1, true);
      equal("a reserved word", refusedUpdate(buffers, world, spoil), "EINVAL");
    }
    equal("beyond 32 bits", buffers.update2(past), "EOVERFLOW");
    equal("no table", buffers.update2({ offset: 0, nr: 1, data: UNMAPPED }), "ENXIO");
    equal("register", buffers.register(EMPTY, EMPTY), 0);
    equal("beyond 32 bits", buffers.update2(past), "EOVERFLOW");
    equal("past the end", buffers.update2({ offset: 1, nr: 2, data: UNMAPPED }), "EINVAL");
    equal("unreadable data", buffers.update2({ offset: 1, nr: 1, data: UNMAPPED }), "EFAULT");
    equal("unreadable tags", buffers.update2({ offset: 1, nr: 1, data, tags: 8 }), "EFAULT");
    equal("no data", buffers.update2({ offset: 1, nr: 1, data: 0 }), "EFAULT");
  }),
);

scenario(
  "RBUF-27",
  "in an update a tag needs a buffer",
  withBuffers((buffers, world, ring) => {
    const buffer = rangeOf(world.memory.pages(1));
    equal("register", buffers.register(buffer, buffer), 0);

    equal("the first one", buffers.update(0, [EMPTY], [71]), "EINVAL");
    equal("the second one", buffers.update(0, [buffer, EMPTY], [0, 71]), 1);
    expectUsable(world, ring, 1, buffer, 1);
    ring.expectQuiet();
  }),
);

scenario(
  "RBUF-28",
  "the tag of a buffer that nobody uses any more comes as a CQE",
  withBuffers((buffers, world, ring) => {
    const buffer = rangeOf(world.memory.pages(1));
    equal("register", buffers.registerTagged([buffer, buffer, buffer], [71, 0, 73]), 0);
    ring.announce(71);
    equal("update", buffers.update(0, [buffer], [81]), 1);
    ring.expect({ 71: 0 });
    ring.announce(81);
    equal("empty it", buffers.update(0, [EMPTY]), 1);
    ring.expect({ 81: 0 });
    equal("one without a tag", buffers.update(1, [EMPTY]), 1);
    ring.expectQuiet();

    ring.announce(73);
    equal("unregister", buffers.unregister(), 0);
    ring.expect({ 73: 0 });
  }),
);

scenario(
  "RBUF-28",
  "UNREGISTER tells the tags from the last entry to the first",
  withBuffers((buffers, world, ring) => {
    const buffer = rangeOf(world.memory.pages(1));
    equal("register", buffers.registerTagged([buffer, buffer, buffer], [71, 72, 73]), 0);
    for (const tag of [71, 72, 73]) ring.announce(tag);

    equal("unregister", buffers.unregister(), 0);

    ring.expect({ 71: 0, 72: 0, 73: 0 });
    ring.expectOrder(73, 72, 71);
  }),
);

scenario(
  "RBUF-28 RBUF-2",
  "with a request in flight the tag comes behind that one's CQE",
  withBuffers((buffers, world, ring) => {
    const buffer = world.memory.pages(1);
    const pipe = world.pipe();
    equal("register", buffers.registerTagged([rangeOf(buffer)], [71]), 0);
    ring.submit({ 1: readFixed(pipe.read, [buffer.address, 1]) });
    ring.expectPending(1);
    ring.announce(71);

    equal("unregister", buffers.unregister(), 0);
    ring.expectQuiet();
    ring.expectPending(71);
    world.write(pipe.write, "x");

    ring.expect({ 1: 1, 71: 0 });
    ring.expectOrder(1, 71);
  }),
);

scenario(
  "RBUF-28",
  "a table that a second one takes the place of tells its own tags",
  withBuffers((buffers, world, ring) => {
    const buffer = world.memory.pages(1);
    const pipe = world.pipe();
    equal("register", buffers.registerTagged([rangeOf(buffer)], [71]), 0);
    ring.submit({ 1: readFixed(pipe.read, [buffer.address, 1]) });
    ring.expectPending(1);
    equal("unregister", buffers.unregister(), 0);
    equal("register", buffers.registerTagged([rangeOf(buffer)], [72]), 0);
    ring.announce(71);
    world.write(pipe.write, "x");

    ring.expect({ 1: 1, 71: 0 });
    ring.expectQuiet();
    ring.announce(72);
    equal("unregister", buffers.unregister(), 0);
    ring.expect({ 72: 0 });
  }),
);

scenario("RBUF-29", "READ does not look at buf_index", (world, ring) => {
  const pipe = world.pipe();
  world.write(pipe.write, "x");

  ring.submit({ 1: set16(SQE_BUF_INDEX, 77, read(pipe.read, world.memory.allocate(1))) });

  ring.expect({ 1: 1 });
});

scenario(
  "RBUF-17",
  "the kernel writes the pages that were registered, whatever is mapped there later",
  withBuffers((buffers, world, ring) => {
    const buffer = world.memory.pages(2);
    const fd = fileWith(world, "hello");
    equal("register", buffers.register(rangeOf(buffer)), 0);
    buffer.bytes.fill(1);

    world.remap(buffer);
    buffer.bytes.fill(7);
    ring.submit({ 1: readFixed(fd, [buffer.address + PAGE_BYTES, 5]) });

    ring.expect({ 1: 5 });
    expect(buffer.bytes.every((byte) => byte === 7)).toBe(true);
  }),
);

scenario(
  "RBUF-17",
  "two buffers of the same memory are the same pages",
  withBuffers((buffers, world, ring) => {
    const buffer = world.memory.pages(1);
    const fd = fileWith(world, "hello");
    equal("register", buffers.register(rangeOf(buffer), [buffer.address + 8, 16]), 0);

    ring.submit({ 1: readFixed(fd, [buffer.address + 8, 5], 1) });

    ring.expect({ 1: 5 });
    expect(buffer.text(16).slice(8, 13)).toBe("hello");
  }),
);
