/** Chapter BUF: groups of buffers that PROVIDE_BUFFERS fills. */
import { O_RDONLY, O_WRONLY, RWF_NOWAIT, MSG_PEEK, MSG_WAITALL } from "../../spec/abi/linux.ts";
import {
  SQE_ADDR,
  SQE_ADDR3,
  SQE_FD,
  SQE_IOPRIO,
  SQE_LEN,
  SQE_OFF,
  SQE_OP_FLAGS,
  SQE_SPLICE_FD_IN,
} from "../../spec/abi/sqe.ts";
import { UNMAPPED } from "../worlds/memory.ts";
import { chapter } from "./harness/chapter.ts";
import {
  BufferRing,
  drainList,
  filledList,
  inBuffer,
  provide,
  provideAt,
  readSelect,
  recvSelect,
  remove,
  selecting,
} from "./harness/buffers.ts";
import { cancel } from "./harness/control-entries.ts";
import { read, readv, set16, set32, type Entry } from "./harness/entries.ts";
import { check, equal } from "./harness/expectation.ts";
import { fileWith } from "./harness/fixtures.ts";

const scenario = await chapter();

const GROUP = 7;
const WHOLE = { whole: true };
const USER_SPACE_END = 2 ** 47 - 4096;

/** Sets a 64-bit field. */
function set64(field: number, low: number, high: number, entry: Entry): Entry {
  return set32(field, low, set32(field + 4, high, entry));
}

scenario(
  "BUF-1 BUF-4 BUF-5",
  "buffers are picked in order, and named by id",
  WHOLE,
  (world, ring) => {
    const pipe = world.pipe();
    const memory = world.memory.allocate(3 * 16);
    ring.submit({ 1: provide(GROUP, memory, 16, 40) });
    ring.expect({ 1: 0 });

    for (const [id, text] of [
      [40, "one"],
      [41, "second"],
      [42, "3"],
    ] as const) {
      world.write(pipe.write, text);
      ring.submit({ 2: readSelect(pipe.read, GROUP) });
      ring.expect({ 2: inBuffer(id, text.length) });
    }

    check("the first holds its text", memory.text(3) === "one");
    check("the second does as well", memory.text(22).slice(16) === "second");
  },
);

scenario("BUF-24", "1 to 65,536 buffers are taken at a time", (world, ring) => {
  const memory = world.memory.allocate(0x10000);
  const entry = provideAt(GROUP, memory.address, 1, 1);

  for (const count of [0, -1, 0x10001, 0x7fffffff]) {
    ring.submit({ 1: set32(SQE_FD, count, entry) });
    ring.expect({ 1: "E2BIG" });
  }
  ring.submit({ 1: set32(SQE_FD, 0x10000, entry) });
  ring.expect({ 1: 0 });
});

scenario("BUF-25", "ids end at 65,535", (_world, ring) => {
  const at = (first: number, count: number): Entry => provideAt(GROUP, 4096, 1, count, first);

  ring.submit({ 1: at(65_535, 1), 2: at(65_535, 2), 3: at(65_536, 1) });
  ring.submit({ 4: set64(SQE_OFF, 0, 1, at(0, 1)) });

  ring.expect({ 1: 0, 2: "EINVAL", 3: "E2BIG", 4: "E2BIG" });
});

scenario("BUF-26", "a buffer has at least one byte", (_world, ring) => {
  ring.submit({ 1: provideAt(GROUP, 4096, 0, 1) });

  ring.expect({ 1: "EINVAL" });
});

scenario("BUF-2", "buffers lie in user space, mapped or not", (_world, ring) => {
  ring.submit({
    1: provideAt(GROUP, UNMAPPED, 16, 1),
    2: provideAt(GROUP, USER_SPACE_END, 1, 1),
    3: set64(SQE_ADDR, 0xffffffff, 0xffffffff, provideAt(GROUP, 0, 16, 1)),
    4: provideAt(GROUP, 0, 16, 1),
    // Right below the end of all addresses, where only exact sums tell.
    5: set64(SQE_ADDR, 0xffffff00, 0xffffffff, provideAt(GROUP, 0, 16, 1)),
  });

  ring.expect({ 1: 0, 2: "EFAULT", 3: "EOVERFLOW", 4: 0, 5: "EFAULT" });
});

scenario("BUF-27", "fields that mean nothing have to be 0, but addr3", (_world, ring) => {
  const entry = provideAt(GROUP, 4096, 16, 1);

  ring.submit({
    1: set32(SQE_OP_FLAGS, 1, entry),
    2: set32(SQE_SPLICE_FD_IN, 1, entry),
    3: set16(SQE_IOPRIO, 1, entry),
    4: set32(SQE_ADDR3, 1, entry),
  });

  ring.expect({ 1: "EINVAL", 2: "EINVAL", 3: "EINVAL", 4: 0 });
});

scenario("BUF-28", "the first thing wrong is told", (_world, ring) => {
  const wrongId = provideAt(GROUP, 4096, 16, 2, 65_535);
  const beyond = set32(SQE_OFF, 65_536, wrongId);
  const unreachable = set64(SQE_ADDR, 0, 0x8000, beyond);
  const wrapping = set64(SQE_ADDR, 0xffffffff, 0xffffffff, beyond);
  const empty = set32(SQE_LEN, 0, wrapping);
  const none = set32(SQE_FD, 0, empty);

  ring.submit({ 1: set32(SQE_OP_FLAGS, 1, none), 2: none, 3: empty, 4: wrapping });
  ring.submit({ 5: unreachable, 6: beyond, 7: wrongId });

  ring.expect({ 1: "EINVAL", 2: "E2BIG", 3: "EINVAL", 4: "EOVERFLOW" });
  ring.expect({ 5: "EFAULT", 6: "E2BIG", 7: "EINVAL" });
});

scenario("BUF-29 BUF-3", "a list holds 65,535 buffers, and drops what is over", (_world, ring) => {
  ring.submit({ 1: provideAt(GROUP, 4096, 1, 65_530), 2: provideAt(GROUP, 4096, 1, 10) });
  ring.submit({ 3: provideAt(GROUP, 4096, 1, 1) });

  ring.expect({ 1: 0, 2: 0, 3: "EOVERFLOW" });
  ring.submit({ 4: remove(GROUP, 5), 5: remove(GROUP, 0x10000), 6: remove(GROUP, 1) });
  ring.expect({ 4: 5, 5: 65_530, 6: 0 });
});

scenario("BUF-30", "an id may be there twice", (world, ring) => {
  const pipe = world.pipe();
  const memory = world.memory.allocate(16);
  ring.submit({ 1: provide(GROUP, memory, 16, 5), 2: provide(GROUP, memory, 16, 5) });
  ring.expect({ 1: 0, 2: 0 });
  world.write(pipe.write, "ab");

  ring.submit({ 3: readSelect(pipe.read, GROUP, 1), 4: readSelect(pipe.read, GROUP, 1) });

  ring.expect({ 3: inBuffer(5, 1), 4: inBuffer(5, 1) });
});

scenario("BUF-3 BUF-4", "the oldest are removed first", (world, ring) => {
  const pipe = world.pipe();
  filledList(world, ring, GROUP, 16, 4);
  world.write(pipe.write, "x");

  ring.submit({ 1: remove(GROUP, 2), 2: readSelect(pipe.read, GROUP) });

  ring.expect({ 1: 2, 2: inBuffer(2, 1) });
  equal("buffers left", drainList(ring, GROUP), 1);
});

scenario("BUF-31", "REMOVE_BUFFERS needs a group and a count", (world, ring) => {
  filledList(world, ring, GROUP, 16, 1);
  const wrong: readonly Entry[] = [
    remove(GROUP, 0),
    remove(GROUP, -1),
    remove(GROUP, 0x10001),
    set32(SQE_ADDR, 1, remove(GROUP, 1)),
    set32(SQE_LEN, 1, remove(GROUP, 1)),
    set32(SQE_OFF, 1, remove(GROUP, 1)),
    set32(SQE_OP_FLAGS, 1, remove(GROUP, 1)),
    set32(SQE_SPLICE_FD_IN, 1, remove(GROUP, 1)),
    set16(SQE_IOPRIO, 1, remove(GROUP, 1)),
  ];

  for (const entry of wrong) {
    ring.submit({ 1: entry });
    ring.expect({ 1: "EINVAL" });
  }
  ring.submit({ 2: remove(GROUP + 1, 1), 3: set32(SQE_ADDR3, 1, remove(GROUP, 1)) });
  ring.expect({ 2: "ENOENT", 3: 1 });
});

scenario("BUF-32", "the smaller of len and the buffer limits a transfer", WHOLE, (world, ring) => {
  const pipe = world.pipe();
  const [one, other] = world.socketPair();
  filledList(world, ring, GROUP, 16, 6);
  world.write(pipe.write, "x".repeat(50));
  world.write(other, "x".repeat(50));

  ring.submit({ 1: readSelect(pipe.read, GROUP, 100), 2: readSelect(pipe.read, GROUP, 4) });
  ring.submit({ 3: readSelect(pipe.read, GROUP, 0), 4: recvSelect(one, GROUP, 100) });
  ring.submit({ 5: recvSelect(one, GROUP, 4), 6: recvSelect(one, GROUP, 0) });

  ring.expect({ 1: inBuffer(0, 16), 2: inBuffer(1, 4), 3: inBuffer(2, 16) });
  ring.expect({ 4: inBuffer(3, 16), 5: inBuffer(4, 4), 6: inBuffer(5, 16) });
});

scenario("BUF-33", "the address in the SQE is ignored", (world, ring) => {
  const pipe = world.pipe();
  const buffers = filledList(world, ring, GROUP, 16, 2);
  const decoy = world.memory.of("unchanged");
  world.write(pipe.write, "12");

  ring.submit({ 1: selecting(GROUP, read(pipe.read, decoy, 1)) });
  ring.submit({ 2: set32(SQE_ADDR, UNMAPPED, readSelect(pipe.read, GROUP, 1)) });

  ring.expect({ 1: inBuffer(0, 1), 2: inBuffer(1, 1) });
  check("nothing is written to the address", decoy.text(9) === "unchanged");
  check("but to the buffers", buffers.text(1) === "1" && buffers.text(17)[16] === "2");
});

scenario("BUF-6", "an empty or missing group fails a request at once", (world, ring) => {
  const pipe = world.pipe();
  const [socket] = world.socketPair();
  filledList(world, ring, GROUP, 16, 1);
  drainList(ring, GROUP);

  ring.submit({ 1: readSelect(pipe.read, GROUP), 2: recvSelect(socket, GROUP) });
  ring.submit({ 3: readSelect(pipe.read, 99), 4: recvSelect(socket, 99) });

  ring.expect({ 1: "ENOBUFS", 2: "ENOBUFS", 3: "ENOBUFS", 4: "ENOBUFS" });
});

scenario("BUF-35 BUF-43", "descriptor and kind of file come first", (world, ring) => {
  const pipe = world.pipe();
  filledList(world, ring, GROUP, 16, 1);

  ring.submit({ 1: readSelect(-1, 99), 2: recvSelect(pipe.read, 99), 3: readSelect(-1, GROUP) });
  ring.submit({ 4: readSelect(pipe.write, 99), 5: recvSelect(pipe.read, GROUP) });

  ring.expect({ 1: "EBADF", 2: "ENOTSOCK", 3: "EBADF", 4: "ENOBUFS", 5: "ENOTSOCK" });
  equal("buffers left", drainList(ring, GROUP), 1);
});

scenario(
  "BUF-7",
  "READV picks with one vector, of which the length counts",
  WHOLE,
  (world, ring) => {
    const pipe = world.pipe();
    filledList(world, ring, GROUP, 16, 4);
    world.write(pipe.write, "x".repeat(60));
    const vector = (length: number): number => world.memory.iovecs([[UNMAPPED, length]]).address;
    const select = (address: number, count: number): Entry =>
      selecting(GROUP, readv(pipe.read, address, count));

    ring.submit({ 1: select(vector(4), 1), 2: select(vector(0), 1), 3: select(vector(100), 1) });
    ring.submit({ 4: select(vector(4), 0), 5: select(vector(4), 2), 6: select(UNMAPPED, 1) });
    ring.submit({ 7: select(vector(2 ** 32 + 3), 1) });

    ring.expect({ 1: inBuffer(0, 4), 2: inBuffer(1, 16), 3: inBuffer(2, 16) });
    ring.expect({ 4: "EINVAL", 5: "EINVAL", 6: "EFAULT", 7: inBuffer(3, 3) });
  },
);

scenario("BUF-37", "MSG_WAITALL gathers until the picked buffer is full", (world, ring) => {
  const [one, other] = world.socketPair();
  const memory = filledList(world, ring, GROUP, 8, 2);
  ring.submit({ 1: recvSelect(one, GROUP, 0, MSG_WAITALL) });

  world.write(other, "abcde");
  ring.expectQuiet();
  world.write(other, "fghij");
  ring.expect({ 1: inBuffer(0, 8) });
  check("the buffer is full", memory.text(8) === "abcdefgh");

  ring.submit({ 2: recvSelect(one, GROUP, 0, MSG_WAITALL) });
  ring.expectQuiet();
  ring.submit({ 3: cancel(2) });
  ring.expect({ 2: inBuffer(1, 2), 3: 0 });
});

scenario("BUF-38", "MSG_PEEK uses up a buffer", WHOLE, (world, ring) => {
  const [one, other] = world.socketPair();
  filledList(world, ring, GROUP, 8, 2);
  world.write(other, "abc");

  ring.submit({ 1: recvSelect(one, GROUP, 0, MSG_PEEK) });
  ring.expect({ 1: inBuffer(0, 3) });
  ring.submit({ 2: recvSelect(one, GROUP) });

  ring.expect({ 2: inBuffer(1, 3) });
});

scenario("BUF-8 BUF-40", "a READ that waits holds a buffer, and keeps it", (world, ring) => {
  const pipe = world.pipe();
  filledList(world, ring, GROUP, 16, 2);

  ring.submit({ 1: readSelect(pipe.read, GROUP), 2: readSelect(pipe.read, GROUP) });
  ring.submit({ 3: readSelect(pipe.read, GROUP), 4: remove(GROUP, 2) });
  ring.expect({ 3: "ENOBUFS", 4: 0 });
  ring.submit({ 5: cancel(1) });
  ring.expect({ 5: 0, 1: inBuffer(0, "ECANCELED") });

  equal("buffers that came back", drainList(ring, GROUP), 0);
  world.write(pipe.write, "x");
  ring.expect({ 2: inBuffer(1, 1) });
});

scenario("BUF-39 BUF-41", "a RECV that waits holds none", (world, ring) => {
  const [socket, other] = world.socketPair();
  const memory = filledList(world, ring, GROUP, 16, 2);

  ring.submit({ 1: recvSelect(socket, GROUP), 2: recvSelect(socket, GROUP) });
  ring.submit({ 3: cancel(1) });
  ring.expect({ 3: 0, 1: "ECANCELED" });
  equal("buffers there", drainList(ring, GROUP), 2);
  ring.submit({ 4: provide(GROUP, memory, 16, 50) });
  ring.expect({ 4: 0 });
  world.write(other, "x");

  ring.expect({ 2: inBuffer(50, 1) });
});

scenario("BUF-40", "a READ that fails uses up the buffer that it picked", (world, ring) => {
  const pipe = world.pipe();
  const wrongMode = world.open(world.tempPath("new"), O_WRONLY | 0o100);
  const memory = filledList(world, ring, GROUP, 16, 3);
  ring.submit({ 1: provideAt(GROUP, UNMAPPED, 16, 1, 3), 2: provide(GROUP, memory, 48, 4) });
  ring.expect({ 1: 0, 2: 0 });
  world.write(pipe.write, "x");

  ring.submit({ 3: readSelect(pipe.write, GROUP), 4: readSelect(wrongMode, GROUP) });
  ring.submit({ 5: readSelect(pipe.read, GROUP, 0, -2), 6: readSelect(pipe.read, GROUP) });
  ring.expect({ 3: inBuffer(0, "EBADF"), 4: inBuffer(1, "EBADF") });
  ring.expect({ 5: inBuffer(2, "EINVAL"), 6: inBuffer(3, "EFAULT") });

  const empty = world.pipe();
  ring.submit({ 7: set32(SQE_OP_FLAGS, RWF_NOWAIT, readSelect(empty.read, GROUP)) });
  ring.expect({ 7: inBuffer(4, "EAGAIN") });
});

scenario("BUF-41", "a RECV that fails, or finds the end, uses up nothing", (world, ring) => {
  const [one, other] = world.socketPair();
  ring.submit({ 1: provideAt(GROUP, UNMAPPED, 16, 1) });
  ring.expect({ 1: 0 });
  world.write(other, "x");

  ring.submit({ 2: recvSelect(one, GROUP) });
  ring.expect({ 2: "EFAULT" });
  equal("buffers left", drainList(ring, GROUP), 1);
  filledList(world, ring, GROUP, 16, 1);
  ring.submit({ 3: recvSelect(one, GROUP) });
  ring.expect({ 3: inBuffer(0, 1) });
  filledList(world, ring, GROUP, 16, 1);
  world.closeFd(other);
  ring.submit({ 4: recvSelect(one, GROUP) });

  ring.expect({ 4: 0 });
  equal("buffers left", drainList(ring, GROUP), 1);
});

scenario("BUF-42", "the end of a pipe uses up a buffer of a READ", (world, ring) => {
  const pipe = world.pipe();
  filledList(world, ring, GROUP, 16, 1);
  BufferRing.filled(world, ring, 1, 16, { group: 1 });
  world.closeFd(pipe.write);

  ring.submit({ 1: readSelect(pipe.read, GROUP), 2: readSelect(pipe.read, 1) });

  ring.expect({ 1: inBuffer(0, 0), 2: inBuffer(0, 0) });
  equal("buffers left", drainList(ring, GROUP), 0);
});

scenario("BUF-9", "a READ of a file that cannot be polled uses up its buffer", (world, ring) => {
  const fd = fileWith(world, "abc");
  world.makeDirectory(world.tempPath("directory"));
  const directory = world.open(world.tempPath("directory"), O_RDONLY);
  filledList(world, ring, GROUP, 16, 3);

  ring.submit({ 1: readSelect(fd, GROUP, 0, 1) });
  ring.expect({ 1: inBuffer(0, 2) });
  ring.submit({ 2: readSelect(fd, GROUP, 0, 3) });
  ring.expect({ 2: inBuffer(1, 0) });
  ring.submit({ 3: readSelect(directory, GROUP) });
  ring.expect({ 3: inBuffer(2, "EISDIR") });

  equal("buffers left", drainList(ring, GROUP), 0);
});

scenario("BUF-9", "two READs of directories need two buffers", (world, ring) => {
  world.makeDirectory(world.tempPath("directory"));
  const directory = world.open(world.tempPath("directory"), O_RDONLY);
  filledList(world, ring, GROUP, 16, 1);

  ring.submit({ 1: readSelect(directory, GROUP), 2: readSelect(directory, GROUP) });

  ring.expect({ 1: inBuffer(0, "EISDIR"), 2: "ENOBUFS" });
});
