/** Chapter RBUF, continued: READ_FIXED, WRITE_FIXED and their vectored forms. */
import { expect } from "vitest";
import { O_WRONLY } from "../../spec/abi/linux.ts";
import { IOSQE_BUFFER_SELECT, SQE_IOPRIO, SQE_PAD2 } from "../../spec/abi/sqe.ts";
import { UNMAPPED, type Memory } from "../worlds/memory.ts";
import type { World } from "../worlds/world.ts";
import { chapter, type ScenarioBody } from "./harness/chapter.ts";
import { async, flagged, link, nop, set16, set32, type Entry } from "./harness/entries.ts";
import { anyOf, equal } from "./harness/expectation.ts";
import { fileWith } from "./harness/fixtures.ts";
import {
  Buffers,
  type Range,
  rangeOf,
  readFixed,
  readvFixed,
  writeFixed,
  writevFixed,
} from "./harness/registered-buffers.ts";
import type { TestRing } from "./harness/test-ring.ts";

const scenario = await chapter();

const PAGE = 4096;
/** Of so many pages the kernel can keep something. */
const MAX_PAGES = 2 ** 18;

/** A scenario on a ring whose buffer 0 is `buffer`, one page. */
function withBuffer(body: (buffer: Memory, world: World, ring: TestRing) => void): ScenarioBody {
  return (world, ring) => {
    const buffer = world.memory.pages(1);
    equal("register", new Buffers(world, ring.queue.ringFd).register(rangeOf(buffer)), 0);
    body(buffer, world, ring);
  };
}

scenario(
  "RBUF-3",
  "READ_FIXED and WRITE_FIXED transfer at a position of the file",
  withBuffer((buffer, world, ring) => {
    const fd = fileWith(world, "0123456789");

    ring.submit({ 1: readFixed(fd, [buffer.address + 100, 4], 0, 3) });
    ring.expect({ 1: 4 });
    expect(new TextDecoder().decode(buffer.bytes.slice(100, 105))).toBe("3456\0");

    ring.submit({ 2: writeFixed(fd, [buffer.address + 101, 3], 0, 8) });
    ring.expect({ 2: 3 });
    expect(world.read(fd, 20)).toEqual(world.memory.of("01234567456").bytes);
  }),
);

scenario(
  "RBUF-3",
  "the whole range has to lie in the buffer, whose last byte is inside",
  withBuffer((buffer, world, ring) => {
    const fd = fileWith(world, "0123456789");
    const end = buffer.address + buffer.byteLength;
    const outside: readonly Range[] = [
      [end - 1, 2],
      [buffer.address - 1, 2],
      [buffer.address, buffer.byteLength + 1],
      [buffer.address, 0xffffffff],
      [UNMAPPED, 1],
      [0, 1],
      [2 ** 47, 1],
    ];

    outside.forEach((range, index) => {
      ring.submit({
        [2 * index + 1]: readFixed(fd, range),
        [2 * index + 2]: writeFixed(fd, range),
      });
      ring.expect({ [2 * index + 1]: "EFAULT", [2 * index + 2]: "EFAULT" });
    });
    ring.submit({ 100: readFixed(fd, [end - 1, 1]), 101: readFixed(fd, rangeOf(buffer)) });
    ring.expect({ 100: 1, 101: 10 });
  }),
);

scenario(
  "RBUF-12",
  "an index without a buffer fails the operation",
  withBuffer((buffer, world, ring) => {
    const fd = fileWith(world, "abc");
    const range: Range = [buffer.address, 1];

    ring.submit({ 1: readFixed(fd, range, 1), 2: writeFixed(fd, range, 0xffff) });

    ring.expect({ 1: "EFAULT", 2: "EFAULT" });
  }),
);

scenario("RBUF-12", "so does a ring without a table", (world, ring) => {
  const { address } = world.memory.pages(1);
  const iovecs = world.memory.iovecs([[address, 1]]).address;
  const fd = fileWith(world, "abc");

  ring.submit({ 1: readFixed(fd, [address, 1]), 2: writevFixed(fd, iovecs, 1) });
  ring.expect({ 1: "EFAULT", 2: "EFAULT" });
  ring.submit({ 3: readvFixed(fd, iovecs, 0) });
  ring.expect({ 3: "EFAULT" });
});

scenario(
  "RBUF-13",
  "a transfer of no bytes names a place in the buffer, its end included",
  withBuffer((buffer, world, ring) => {
    const fd = fileWith(world, "abc");
    const end = buffer.address + buffer.byteLength;

    ring.submit({ 1: readFixed(fd, [end, 0]), 2: writeFixed(fd, [buffer.address, 0]) });
    ring.expect({ 1: 0, 2: 0 });
    ring.submit({ 3: readFixed(fd, [end + 1, 0]), 4: writeFixed(fd, [buffer.address - 1, 0]) });
    ring.expect({ 3: "EFAULT", 4: "EFAULT" });
    ring.submit({ 5: readFixed(fd, [0, 0]) });
    ring.expect({ 5: "EFAULT" });
  }),
);

scenario(
  "RBUF-14",
  "the buffer is looked up before the access mode of the file",
  withBuffer((buffer, world, ring) => {
    const pipe = world.pipe();
    const range: Range = [buffer.address, 1];
    const file = fileWith(world, "abc", O_WRONLY);

    ring.submit({ 1: readFixed(pipe.write, range, 1), 2: writeFixed(pipe.read, range, 1) });
    ring.expect({ 1: "EFAULT", 2: "EFAULT" });
    ring.submit({ 3: readFixed(pipe.write, range), 4: writeFixed(pipe.read, range) });
    ring.expect({ 3: "EBADF", 4: "EBADF" });
    ring.submit({ 5: readFixed(file, [UNMAPPED, 1]), 6: readFixed(file, range) });
    ring.expect({ 5: "EFAULT", 6: "EBADF" });
  }),
);

scenario(
  "ERR-13",
  "the descriptor is looked up before the buffer",
  withBuffer((buffer, _world, ring) => {
    const range: Range = [buffer.address, 1];

    ring.submit({ 1: readFixed(-1, range, 9), 2: writeFixed(-1, [UNMAPPED, 1]) });

    ring.expect({ 1: "EBADF", 2: "EBADF" });
  }),
);

scenario(
  "RBUF-15",
  "the fixed operations transfer short as READ does",
  withBuffer((buffer, world, ring) => {
    const fd = fileWith(world, "012345");

    ring.submit({ 1: link(readFixed(fd, [buffer.address, 40])), 2: nop() });

    ring.expect({ 1: 6, 2: "ECANCELED" });
    expect(buffer.text(7)).toBe("012345\0");
  }),
);

scenario(
  "RBUF-16",
  "a registered buffer cannot be a selected one as well",
  withBuffer((buffer, world, ring) => {
    const fd = fileWith(world, "abc");
    const range: Range = [buffer.address, 1];
    const iovecs = world.memory.iovecs([range]).address;
    const operations = [
      readFixed(fd, range),
      writeFixed(fd, range),
      readvFixed(fd, iovecs, 1),
      writevFixed(fd, iovecs, 1),
    ];

    operations.forEach((entry, index) => {
      ring.submit({ [index]: flagged(IOSQE_BUFFER_SELECT, entry) });
      ring.expect({ [index]: "EOPNOTSUPP" });
    });
  }),
);

scenario(
  "RBUF-4",
  "the vectored forms transfer vector by vector within one buffer",
  withBuffer((buffer, world, ring) => {
    const fd = fileWith(world, "0123456789");
    const { address } = buffer;
    const into = world.memory.iovecs([
      [address + 10, 3],
      [address, 2],
    ]).address;

    ring.submit({ 1: readvFixed(fd, into, 2) });
    ring.expect({ 1: 5 });
    expect(buffer.text(3)).toBe("34\0");
    expect(buffer.text(14).slice(9)).toBe("\x00012\0");

    const from = world.memory.iovecs([
      [address, 2],
      [address + 10, 3],
    ]).address;
    ring.submit({ 2: writevFixed(fd, from, 2) });
    ring.expect({ 2: 5 });
    expect(world.read(fd, 10)).toEqual(world.memory.of("3401256789").bytes);
  }),
);

scenario(
  "RBUF-38",
  "an eventfd counts vectors",
  withBuffer((buffer, world, ring) => {
    const fd = world.eventfd();
    if (typeof fd !== "number") throw new Error("no eventfd");
    const { address } = buffer;
    const iovecs = world.memory.iovecs([[address, 8]]).address;

    ring.submit({ 1: writevFixed(fd, iovecs, 1), 2: writeFixed(fd, [address, 8]) });

    ring.expect({ 1: "EINVAL", 2: 8 });
  }),
);

scenario(
  "RBUF-4",
  "a vector outside of the buffer fails all of it",
  withBuffer((buffer, world, ring) => {
    const fd = fileWith(world, "0123456789");
    const { address, byteLength } = buffer;
    const iovecs = world.memory.iovecs([
      [address, 3],
      [address + byteLength - 1, 2],
    ]).address;

    ring.submit({ 1: readvFixed(fd, iovecs, 2), 2: writevFixed(fd, iovecs, 2) });
    ring.expect({ 1: "EFAULT", 2: "EFAULT" });
    expect(buffer.text(3)).toBe("\0\0\0");
    ring.submit({ 3: readvFixed(fd, iovecs, 1) });
    ring.expect({ 3: 3 });
  }),
);

scenario(
  "RBUF-18",
  "a vector of length 0 is refused",
  withBuffer((buffer, world, ring) => {
    const fd = fileWith(world, "0123456789");
    const { address } = buffer;
    const inside = world.memory.iovecs([
      [address, 3],
      [address, 0],
    ]).address;
    const nowhere = world.memory.iovecs([[0, 0]]).address;

    ring.submit({ 1: readvFixed(fd, inside, 2), 2: writevFixed(fd, inside, 2) });
    ring.expect({ 1: "EFAULT", 2: "EFAULT" });
    ring.submit({ 3: readvFixed(fd, nowhere, 1) });
    ring.expect({ 3: "EFAULT" });
  }),
);

scenario(
  "RBUF-46",
  "vectors of too many pages are refused before they are looked at",
  withBuffer((buffer, world, ring) => {
    const fd = fileWith(world, "0123456789");
    const oneOf = (byteLength: number): number =>
      world.memory.iovecs([[buffer.address, byteLength]]).address;
    const most = PAGE * (MAX_PAGES - 2);

    ring.submit({ 1: readvFixed(fd, oneOf(most), 1), 2: readvFixed(fd, oneOf(most + PAGE), 1) });
    ring.expect({ 1: "EFAULT", 2: "ENOMEM" });
    const longest = PAGE * 2 ** 31;
    ring.submit({ 3: readvFixed(fd, oneOf(longest), 1), 4: readvFixed(fd, oneOf(longest), 1, 5) });
    ring.expect({ 3: "EOVERFLOW", 4: "EFAULT" });
  }),
);

scenario(
  "RBUF-19",
  "up to 1024 vectors are taken, or none",
  withBuffer((buffer, world, ring) => {
    const fd = fileWith(world, "0123456789");
    const pairs = Array.from({ length: 1025 }, (): Range => [buffer.address, 1]);
    const iovecs = world.memory.iovecs(pairs).address;

    ring.submit({ 1: readvFixed(fd, iovecs, 1025), 2: writevFixed(-1, UNMAPPED, 1025) });
    ring.expect({ 1: "EINVAL", 2: "EINVAL" });
    ring.submit({ 3: readvFixed(-1, UNMAPPED, 262_144) });
    ring.expect({ 3: "EINVAL" });
    ring.submit({ 4: readvFixed(fd, iovecs, 1024), 5: readvFixed(fd, UNMAPPED, 0) });
    ring.expect({ 4: 10, 5: 0 });
  }),
);

scenario(
  "RBUF-34",
  "more than 262144 vectors are more than the kernel can allocate",
  withBuffer((_buffer, _world, ring) => {
    ring.submit({ 1: readvFixed(-1, UNMAPPED, 262_145), 2: writevFixed(-1, 0, 0xffffffff) });

    ring.expect({ 1: "ENOMEM", 2: "ENOMEM" });
  }),
);

scenario(
  "RBUF-20",
  "the vectors are copied at submission, before the descriptor is looked up",
  withBuffer((buffer, world, ring) => {
    const pipe = world.pipe();
    const { address } = buffer;
    const iovecs = world.memory.iovecs([[address, 1]]);
    const negative = world.memory.iovecs([[address, 1]]);
    negative.view.setBigInt64(8, -1n, true);

    ring.submit({ 1: readvFixed(-1, UNMAPPED, 1), 2: readvFixed(-1, negative.address, 1) });
    ring.expect({ 1: "EFAULT", 2: "EINVAL" });
    ring.submit({ 3: readvFixed(pipe.read, iovecs.address, 1) });
    ring.expectPending(3);
    iovecs.bytes.fill(0xff);
    world.write(pipe.write, "x");

    ring.expect({ 3: 1 });
    expect(buffer.text(1)).toBe("x");
  }),
);

scenario(
  "RBUF-20",
  "of several bad vectors the first one counts",
  withBuffer((buffer, world, ring) => {
    const page = world.memory.pages(1);
    const last = new DataView(page.bytes.buffer, page.bytes.byteOffset + 4096 - 16, 16);
    last.setBigUint64(0, BigInt(buffer.address), true);
    last.setBigInt64(8, -1n, true);
    const address = page.address + 4096 - 16;

    // The second one lies behind the page, where the simulated memory ends.
    ring.submit({ 1: readvFixed(-1, address, 2) });

    ring.expect({ 1: "EINVAL" });
  }),
);

scenario(
  "RBUF-35 RBUF-2",
  "a worker looks its buffer up when it runs, so an update may come before",
  withBuffer((buffer, world, ring) => {
    const buffers = new Buffers(world, ring.queue.ringFd);
    const fd = fileWith(world, "x");
    ring.submit({ 1: async(readFixed(fd, [buffer.address, 1])) });

    equal("unregister", buffers.unregister(), 0);

    ring.expect({ 1: anyOf(1, "EFAULT") });
  }),
);

scenario(
  "RBUF-36",
  "the fields that READ reserves are reserved in the fixed operations too",
  withBuffer((buffer, world, ring) => {
    const fd = fileWith(world, "x");
    const range: Range = [buffer.address, 1];
    const iovecs = world.memory.iovecs([range]).address;
    const forms: readonly ((fd: number) => Entry)[] = [
      (file) => readFixed(file, range, 9),
      (file) => writeFixed(file, range, 9),
      (file) => readvFixed(file, iovecs, 1, 9),
      (file) => writevFixed(file, iovecs, 1, 9),
    ];

    forms.forEach((form, index) => {
      ring.submit({
        [2 * index]: set16(SQE_IOPRIO, 1, form(fd)),
        [2 * index + 1]: set32(SQE_PAD2, 2, form(-1)),
      });
      ring.expect({ [2 * index]: "EINVAL", [2 * index + 1]: "EINVAL" });
    });
  }),
);
