/** Chapter BUF: rings of buffers in shared memory. */
import { IORING_OFF_PBUF_RING, IORING_OFF_PBUF_SHIFT } from "../../spec/abi/setup.ts";
import { MSG_WAITALL, O_WRONLY, RWF_NOWAIT } from "../../spec/abi/linux.ts";
import {
  BUF_REG_RESV,
  BUF_REG_SIZE,
  BUF_SIZE,
  BUF_STATUS_BUF_GROUP,
  BUF_STATUS_RESV,
  BUF_STATUS_SIZE,
} from "../../spec/abi/register-structs.ts";
import {
  IORING_REGISTER_PBUF_RING,
  IORING_REGISTER_PBUF_STATUS,
  IORING_UNREGISTER_PBUF_RING,
  IOU_PBUF_RING_INC,
  IOU_PBUF_RING_MMAP,
} from "../../spec/abi/register.ts";
import { SQE_OP_FLAGS } from "../../spec/abi/sqe.ts";
import { ENOBUFS } from "../../spec/errno.ts";
import { UNMAPPED } from "../worlds/memory.ts";
import type { World } from "../worlds/world.ts";
import { chapter } from "./harness/chapter.ts";
import {
  BufferRing,
  bufferRegistration,
  drainList,
  filledList,
  headOf,
  inBuffer,
  provide,
  readSelect,
  recvBundle,
  recvSelect,
  register,
  registerBuffers,
  remove,
  unregisterBuffers,
} from "./harness/buffers.ts";
import { cancel } from "./harness/control-entries.ts";
import { async, link, nop, set32 } from "./harness/entries.ts";
import { check, equal, type Completion } from "./harness/expectation.ts";
import { fileWith } from "./harness/fixtures.ts";
import { recvmsgSelect } from "./harness/message-entries.ts";
import { mapped } from "./harness/raw-ring.ts";
import type { TestRing } from "./harness/test-ring.ts";

const scenario = await chapter();

const WHOLE = { whole: true };
const GROUP = 1;
const PAGE_SIZE = 4096;

/** Page-aligned memory for a ring of so many entries. */
function ringMemory(world: World, entries: number): number {
  return world.memory.allocate(Math.max(entries * BUF_SIZE, PAGE_SIZE), PAGE_SIZE).address;
}

/** A registration that is well-formed, with a byte spoilt. */
function spoilt(world: World, ring: TestRing, opcode: number, at: number, bytes: number): number {
  const argument = bufferRegistration(world, { address: ringMemory(world, 4), entries: 4 });
  argument.bytes[at] = bytes;
  return register(world, ring, opcode, argument);
}

scenario("BUF-10", "a ring has 1 to 32,768 entries, a power of two", (world, ring) => {
  const large = ringMemory(world, 0x8000);

  for (const entries of [0, 3, 5, 6, 0x8001, 0x10000, 0x80000000]) {
    equal(
      `${entries} entries`,
      registerBuffers(world, ring, { address: large, entries }),
      "EINVAL",
    );
  }
  equal("1 entry", registerBuffers(world, ring, { address: large, entries: 1, group: 1 }), 0);
  const most = registerBuffers(world, ring, { address: large, entries: 0x8000, group: 2 });
  equal("32,768 entries", most, 0);
});

scenario("BUF-10 BUF-44", "its memory is aligned and mapped", (world, ring) => {
  const one = world.memory.allocate(PAGE_SIZE, PAGE_SIZE);
  const at = (address: number, entries = 4): number =>
    registerBuffers(world, ring, { address, entries });

  equal("not aligned", at(one.address + 64), "EINVAL");
  equal("NULL", at(0), "EFAULT");
  equal("not mapped", at(PAGE_SIZE), "EFAULT");
  equal("not aligned, not mapped", at(UNMAPPED), "EINVAL");
  equal("outside of user space", at(2 ** 47), "EFAULT");
  equal("at the very end", at(2 ** 64 - 4096), "EOVERFLOW");
});

scenario("BUF-45", "REGISTER_PBUF_RING checks its argument", (world, ring) => {
  const good = bufferRegistration(world, { address: ringMemory(world, 4), entries: 4 });
  const { backend } = world;
  const call = (address: number, count: number): number =>
    backend.register(ring.queue.ringFd, IORING_REGISTER_PBUF_RING, address, count);

  equal("NULL", call(0, 1), "EINVAL");
  equal("nr_args 0", call(good.address, 0), "EINVAL");
  equal("nr_args 2", call(good.address, 2), "EINVAL");
  equal("unreadable", call(UNMAPPED, 1), "EFAULT");
  equal("unknown flag", spoilt(world, ring, IORING_REGISTER_PBUF_RING, 14, 4), "EINVAL");
  equal("upper flag", spoilt(world, ring, IORING_REGISTER_PBUF_RING, 15, 1), "EINVAL");
  for (const at of [BUF_REG_RESV, BUF_REG_RESV + 9, BUF_REG_SIZE - 1]) {
    equal(`byte ${at}`, spoilt(world, ring, IORING_REGISTER_PBUF_RING, at, 1), "EINVAL");
  }
});

scenario("BUF-11 BUF-46", "a group is a list or a ring", (world, ring) => {
  const address = ringMemory(world, 4);
  const again = (fields: object = {}): number =>
    registerBuffers(world, ring, { address, entries: 4, group: GROUP, ...fields });
  filledList(world, ring, GROUP, 16, 1);

  equal("buffers there", again(), "EEXIST");
  drainList(ring, GROUP);
  equal("emptied list", again(), 0);
  equal("ring there", again(), "EEXIST");
  equal("ring there, bad address", again({ address: UNMAPPED }), "EEXIST");
  equal("ring there, bad entries", again({ entries: 3 }), "EINVAL");
  equal("ring there, bad flag", again({ flags: 4 }), "EINVAL");
});

scenario("BUF-46", "a list that gives way is gone, though the ring is refused", (world, ring) => {
  filledList(world, ring, GROUP, 16, 1);
  drainList(ring, GROUP);

  equal("no memory", registerBuffers(world, ring, { entries: 4, group: GROUP }), "EFAULT");

  equal("the list", drainList(ring, GROUP), "ENOENT");
});

scenario("BUF-13", "lists and rings are not mixed", (world, ring) => {
  BufferRing.open(world, ring);
  const memory = world.memory.allocate(16);

  ring.submit({ 1: provide(GROUP, memory, 16), 2: remove(GROUP, 1) });

  ring.expect({ 1: "EINVAL", 2: "EINVAL" });
});

scenario("BUF-15 BUF-5", "entries and tail lie where they should", WHOLE, (world, ring) => {
  const pipe = world.pipe();
  const group = BufferRing.open(world, ring, { entries: 4 });
  const memory = world.memory.allocate(64);
  group.write(0, memory.address, 4, 11);
  group.write(1, memory.address + 32, 8, 0xfffe);
  group.tail = 2;
  world.write(pipe.write, "abcdefghijklmnop");

  ring.submit({ 1: readSelect(pipe.read, GROUP), 2: readSelect(pipe.read, GROUP) });

  ring.expect({ 1: inBuffer(11, 4), 2: inBuffer(0xfffe, 8) });
  check("both have their bytes", memory.text(40) === `abcd${"\0".repeat(28)}efghijkl`);
  equal("head", headOf(world, ring, GROUP), 2);
});

scenario("BUF-47 BUF-21", "tail and head count on in 16 bits", WHOLE, (world, ring) => {
  const [socket, other] = world.socketPair();
  const at = { entries: 256 };
  const { ring: group, bytes } = BufferRing.filled(world, ring, 256, 1, at);
  for (let round = 1; round <= 256; round++) {
    world.write(other, "x".repeat(256));
    ring.submit({ 1: recvBundle(socket, GROUP, 256) });
    ring.expect({ 1: inBuffer(0, 256) });
    group.tail = (round + 1) * 256;
  }

  equal("the head has come round", headOf(world, ring, GROUP), 0);
  equal("and the tail", group.tail, 256);
  group.tail = 0;
  ring.submit({ 2: recvSelect(socket, GROUP) });
  ring.expect({ 2: "ENOBUFS" });
  group.add(bytes.address, 1, 77);
  world.write(other, "x");
  ring.submit({ 3: recvSelect(socket, GROUP) });
  ring.expect({ 3: inBuffer(77, 1) });
});

scenario("BUF-48", "the tail is taken as it is", (world, ring) => {
  const fd = fileWith(world, "x");
  const memory = world.memory.allocate(PAGE_SIZE, PAGE_SIZE);
  const bytes = world.memory.allocate(4);
  const fields = { address: memory.address, entries: 4, group: GROUP };
  memory.view.setUint16(14, 2, true);
  equal("the registration", registerBuffers(world, ring, fields), 0);
  for (let index = 0; index < 4; index++) {
    memory.view.setBigUint64(index * 16, BigInt(bytes.address), true);
    memory.view.setUint32(index * 16 + 8, 1, true);
    memory.view.setUint16(index * 16 + 12, index, true);
  }

  ring.submit({ 1: readSelect(fd, GROUP), 2: readSelect(fd, GROUP), 3: readSelect(fd, GROUP) });
  ring.expect({ 1: inBuffer(0, 1), 2: inBuffer(1, 1), 3: "ENOBUFS" });
  memory.view.setUint16(14, 8, true);
  for (const index of [2, 3, 0, 1, 2, 3]) {
    ring.submit({ 4: readSelect(fd, GROUP) });
    ring.expect({ 4: inBuffer(index, 1) });
  }
  ring.submit({ 5: readSelect(fd, GROUP) });
  ring.expect({ 5: "ENOBUFS" });
});

scenario("BUF-49", "PBUF_STATUS tells the head", (world, ring) => {
  const fd = fileWith(world, "x");
  BufferRing.filled(world, ring, 2, 1);
  filledList(world, ring, 2, 16, 1);
  equal("at first", headOf(world, ring, GROUP), 0);
  ring.submit({ 1: readSelect(fd, GROUP) });
  ring.expect({ 1: inBuffer(0, 1) });

  equal("after one", headOf(world, ring, GROUP), 1);
  equal("unknown group", headOf(world, ring, 3), "ENOENT");
  equal("a list", headOf(world, ring, 2), "EINVAL");
});

scenario("BUF-49", "PBUF_STATUS checks its argument", (world, ring) => {
  BufferRing.open(world, ring);
  const argument = world.memory.allocate(BUF_STATUS_SIZE);
  const call = (address: number, count: number): number =>
    world.backend.register(ring.queue.ringFd, IORING_REGISTER_PBUF_STATUS, address, count);

  equal("NULL", call(0, 1), "EINVAL");
  equal("nr_args 2", call(argument.address, 2), "EINVAL");
  equal("unreadable", call(UNMAPPED, 1), "EFAULT");
  argument.view.setUint32(BUF_STATUS_BUF_GROUP, 0x10001, true);
  equal("a group of more than 16 bits", call(argument.address, 1), "ENOENT");
  argument.view.setUint32(BUF_STATUS_BUF_GROUP, GROUP, true);
  argument.view.setUint32(4, 99, true);
  equal("an old head", call(argument.address, 1), 0);
  argument.bytes[BUF_STATUS_RESV] = 1;
  equal("reserved", call(argument.address, 1), "EINVAL");
});

scenario("BUF-12 BUF-50", "a ring of the kernel's own is mapped", (world, ring) => {
  const fd = fileWith(world, "xyz");
  const fields = { entries: 4, group: 5, flags: IOU_PBUF_RING_MMAP };
  const offset = IORING_OFF_PBUF_RING + 5 * 2 ** IORING_OFF_PBUF_SHIFT;
  const { backend } = world;
  equal("before", backend.mapRing(ring.queue.ringFd, offset, PAGE_SIZE) as number, "ENOMEM");
  equal("the registration", registerBuffers(world, ring, { ...fields, address: UNMAPPED }), 0);
  const view = new DataView(mapped(world, ring.queue.ringFd, offset, PAGE_SIZE));
  const bytes = world.memory.allocate(16);
  check("it begins as zeros", view.getUint32(12, true) === 0);
  view.setBigUint64(0, BigInt(bytes.address), true);
  view.setUint32(8, 16, true);
  view.setUint16(12, 3, true);
  view.setUint16(14, 1, true);

  ring.submit({ 1: readSelect(fd, 5), 2: readSelect(fd, 5) });
  ring.expect({ 1: inBuffer(3, 3), 2: "ENOBUFS" });

  equal("the end", unregisterBuffers(world, ring, 5), 0);
  view.setUint16(14, 9, true);
  equal("after", backend.mapRing(ring.queue.ringFd, offset, PAGE_SIZE) as number, "ENOMEM");
});

scenario("BUF-12", "only such a ring is mapped", (world, ring) => {
  BufferRing.open(world, ring);
  filledList(world, ring, 2, 16, 1);
  const map = (group: number): unknown =>
    world.backend.mapRing(
      ring.queue.ringFd,
      IORING_OFF_PBUF_RING + group * 2 ** IORING_OFF_PBUF_SHIFT,
      PAGE_SIZE,
    );

  equal("in the program's memory", map(GROUP) as number, "ENOMEM");
  equal("a list", map(2) as number, "ENOMEM");
});

scenario("BUF-14", "UNREGISTER_PBUF_RING ends a ring", (world, ring) => {
  const fd = fileWith(world, "x");
  BufferRing.filled(world, ring, 2, 1);
  filledList(world, ring, 2, 16, 1);
  const spoil = (at: number, byte: number): number => {
    const argument = bufferRegistration(world, { group: GROUP });
    argument.bytes[at] = byte;
    return register(world, ring, IORING_UNREGISTER_PBUF_RING, argument);
  };

  equal("unknown group", unregisterBuffers(world, ring, 3), "ENOENT");
  equal("a list", unregisterBuffers(world, ring, 2), "EINVAL");
  equal("flags", spoil(14, 1), "EINVAL");
  equal("reserved", spoil(BUF_REG_RESV, 1), "EINVAL");
  equal("address, entries and min_left", spoil(0, 1) + spoil(8, 1), -2);
  equal("again", unregisterBuffers(world, ring, GROUP), "ENOENT");
  ring.submit({ 1: readSelect(fd, GROUP) });
  ring.expect({ 1: "ENOBUFS" });
});

scenario("BUF-51", "a request finds what the group is when data comes", WHOLE, (world, ring) => {
  const pipe = world.pipe();
  const [socket, other] = world.socketPair();
  BufferRing.filled(world, ring, 2, 16, { group: 1 });
  BufferRing.filled(world, ring, 2, 16, { group: 2 });
  ring.submit({ 1: readSelect(pipe.read, 1), 2: recvSelect(socket, 2) });
  ring.expectQuiet();

  unregisterBuffers(world, ring, 1);
  unregisterBuffers(world, ring, 2);
  const anew = BufferRing.open(world, ring, { group: 2 });
  anew.add(world.memory.allocate(16).address, 16, 99);
  world.write(pipe.write, "abc");
  world.write(other, "abc");

  ring.expect({ 1: "ENOBUFS", 2: inBuffer(99, 3) });
  equal("bytes that stay", (world.read(pipe.read, 16) as Uint8Array).length, 3);
});

scenario("BUF-16 BUF-22", "what waits holds no buffer of a ring", (world, ring) => {
  const pipe = world.pipe();
  BufferRing.filled(world, ring, 4, 1);
  const reads = [1, 2, 3, 4, 5].map((id) => [id, readSelect(pipe.read, GROUP)] as const);
  ring.submit(Object.fromEntries(reads));
  ring.expectQuiet();
  equal("head while they wait", headOf(world, ring, GROUP), 0);

  const ids: number[] = [];
  for (let count = 1; count <= 3; count++) {
    world.write(pipe.write, "x");
    const { res, flags } = anyNext(ring);
    equal("bytes", res, 1);
    ids.push(flags >>> 16);
    equal("head", headOf(world, ring, GROUP), count);
  }
  check("each buffer is picked once", ids.join() === "0,1,2");
});

/** The next completion of any of the requests 1 to 6. */
function anyNext(ring: TestRing): Completion {
  return ring.nextOf([1, 2, 3, 4, 5, 6]);
}

scenario("BUF-52", "requests that wake up on an empty ring fail", (world, ring) => {
  const pipe = world.pipe();
  BufferRing.filled(world, ring, 1, 1);
  const reads = [1, 2, 3].map((id) => [id, readSelect(pipe.read, GROUP)] as const);
  ring.submit(Object.fromEntries(reads));
  ring.expectQuiet();

  world.write(pipe.write, "xy");

  const ends = [1, 2, 3].map((id) => ring.next(id).res).sort((a, b) => a - b);
  check("one gets the buffer, the others none", ends.join() === `${-ENOBUFS},${-ENOBUFS},1`);
  world.settle();
  check("the rest of the data stays", (world.read(pipe.read, 9) as Uint8Array).length === 1);
});

scenario("BUF-17", "a transfer that fails leaves the buffer in the ring", (world, ring) => {
  const pipe = world.pipe();
  const [socket, other] = world.socketPair();
  const wrongMode = world.pipe().write;
  const group = BufferRing.open(world, ring);
  group.add(UNMAPPED, 16, 0);
  world.write(pipe.write, "x");
  world.write(other, "x");

  ring.submit({ 1: readSelect(pipe.read, GROUP), 2: recvSelect(socket, GROUP) });
  ring.submit({ 3: readSelect(wrongMode, GROUP), 4: readSelect(pipe.read, GROUP, 0, -2) });
  ring.expect({ 1: "EFAULT", 2: "EFAULT", 3: "EBADF", 4: "EINVAL" });
  const empty = world.pipe();
  ring.submit({ 5: set32(SQE_OP_FLAGS, RWF_NOWAIT, readSelect(empty.read, GROUP)) });
  ring.expect({ 5: "EAGAIN" });

  equal("head", headOf(world, ring, GROUP), 0);
});

scenario("BUF-53 BUF-17", "an entry is read when it is picked", (world, ring) => {
  const pipe = world.pipe();
  const group = BufferRing.open(world, ring);
  const memory = world.memory.allocate(16);
  group.add(UNMAPPED, 16, 0);
  world.write(pipe.write, "x");
  ring.submit({ 1: readSelect(pipe.read, GROUP) });
  ring.expect({ 1: "EFAULT" });

  group.write(0, memory.address, 16, 1);
  group.tail = 1;
  ring.submit({ 2: readSelect(pipe.read, GROUP) });

  ring.expect({ 2: inBuffer(1, 1) });
});

scenario("BUF-54", "with IOSQE_ASYNC a READ takes its buffer when it waits", (world, ring) => {
  const pipe = world.pipe();
  BufferRing.filled(world, ring, 1, 16);
  ring.submit({ 1: async(readSelect(pipe.read, GROUP)) });
  world.until("head is 1", () => headOf(world, ring, GROUP) === 1);
  ring.expectPending(1);

  ring.submit({ 2: async(readSelect(pipe.read, GROUP)) });
  ring.expect({ 2: "ENOBUFS" });
  ring.submit({ 3: cancel(1) });

  ring.expect({ 3: 0, 1: inBuffer(0, "ECANCELED") });
});

scenario("BUF-55", "an entry of length 0 is picked and used up", (world, ring) => {
  const pipe = world.pipe();
  const group = BufferRing.open(world, ring);
  group.add(world.memory.allocate(16).address, 0, 4);
  world.write(pipe.write, "x");

  ring.submit({ 1: readSelect(pipe.read, GROUP) });

  ring.expect({ 1: inBuffer(4, 0) });
  equal("head", headOf(world, ring, GROUP), 1);
  check("the data stays", (world.read(pipe.read, 9) as Uint8Array).length === 1);
});

scenario("BUF-9", "a file that cannot be polled uses up a buffer of a ring", (world, ring) => {
  const fd = fileWith(world, "abc");
  const wrongMode = world.open(world.tempPath("new"), O_WRONLY | 0o100);
  BufferRing.filled(world, ring, 4, 2);

  ring.submit({ 1: readSelect(fd, GROUP, 0, 2), 2: readSelect(fd, GROUP, 0, 3) });
  ring.expect({ 1: inBuffer(0, 1), 2: inBuffer(1, 0) });
  ring.submit({ 3: readSelect(wrongMode, GROUP) });
  ring.expect({ 3: inBuffer(2, "EBADF") });

  equal("head", headOf(world, ring, GROUP), 3);
});

scenario("BUF-58", "min_left is for buffers that are used in pieces", (world, ring) => {
  const address = ringMemory(world, 4);

  const refused = registerBuffers(world, ring, { address, entries: 4, minimumLeft: 1 });
  equal("without", refused, "EINVAL");
  const fields = { address, entries: 4, minimumLeft: 1, flags: IOU_PBUF_RING_INC };
  equal("with", registerBuffers(world, ring, fields), 0);
});

scenario("BUF-72 BUF-73", "a buffer of more than an int", (world, ring) => {
  const [socket] = world.socketPair();
  const file = fileWith(world, "abc");
  const { address } = world.memory.allocate(64);
  const header = world.memory.allocate(56);
  BufferRing.open(world, ring).add(address, 0xffff_ffff, 5);

  ring.submit({ 1: readSelect(file, GROUP, 0, 3) });
  ring.expect({ 1: inBuffer(5, 0) });
  equal("head", headOf(world, ring, GROUP), 0);
  ring.submit({ 2: recvSelect(socket, GROUP) });
  ring.expectQuiet();
  ring.submit({ 3: recvmsgSelect(socket, GROUP, header.address) });
  ring.expect({ 3: 0 });
});

scenario("BUF-72", "also where as much is asked for", (world, ring) => {
  const file = fileWith(world, "abc");
  const { address } = world.memory.allocate(64);
  BufferRing.open(world, ring, { flags: IOU_PBUF_RING_INC }).add(address, 0xffff_ffff, 5);

  ring.submit({ 1: readSelect(file, GROUP, 0xffff_ffff) });

  ring.expect({ 1: inBuffer(5, 3) });
  equal("head", headOf(world, ring, GROUP), 0);
});

scenario("BUF-75", "and with MSG_WAITALL it has all", (world, ring) => {
  const [socket] = world.socketPair();
  const header = world.memory.allocate(56);
  const { address } = world.memory.allocate(64);
  BufferRing.open(world, ring).add(address, 0xffff_ffff, 5);

  ring.submit({ 1: link(recvmsgSelect(socket, GROUP, header.address, MSG_WAITALL)), 2: nop() });

  ring.expect({ 1: 0, 2: 0 });
});

scenario("BUF-75", "but RECV waits for the rest", WHOLE, (world, ring) => {
  const [socket, other] = world.socketPair();
  const { address } = world.memory.allocate(64);
  BufferRing.open(world, ring).add(address, 0xffff_ffff, 5);
  ring.submit({ 1: recvSelect(socket, GROUP, 0, MSG_WAITALL) });

  world.write(other, "eight by");
  ring.expectQuiet();
  world.closeFd(other);

  ring.expect({ 1: inBuffer(5, 8) });
});

for (const [receives, length] of [
  ["a message", 8],
  ["a receive", 4],
] as const) {
  scenario("BUF-77", `${receives} that picks a second time`, WHOLE, (world, ring) => {
    const [socket, other] = world.socketPair();
    const pipe = world.pipe();
    const header = world.memory.allocate(56);
    const { address } = world.memory.allocate(24);
    const buffers = BufferRing.open(world, ring);
    buffers.add(address, 4, 0);
    buffers.add(address + 8, 8, 1);
    const isMessage = receives === "a message";
    ring.submit({
      1: isMessage ? recvmsgSelect(socket, GROUP, header.address) : recvSelect(socket, GROUP),
    });
    ring.expectQuiet();
    world.write(pipe.write, "wxyz");
    ring.submit({ 2: readSelect(pipe.read, GROUP) });
    ring.expect({ 2: inBuffer(0, 4) });

    world.write(other, "eight by");

    equal("bytes", ring.next(1).res, length);
  });
}

scenario("BUF-74", "a buffer without an address", (world, ring) => {
  const [socket] = world.socketPair();
  const pipe = world.pipe();
  const header = world.memory.allocate(56);
  BufferRing.open(world, ring).add(0, 8, 5);

  ring.submit({ 1: recvSelect(socket, GROUP) });
  ring.expect({ 1: "ENOBUFS" });
  ring.submit({ 2: recvmsgSelect(socket, GROUP, header.address) });
  ring.submit({ 3: readSelect(pipe.read, GROUP) });

  ring.expect({ 2: inBuffer(5, "ENOBUFS"), 3: "ENOBUFS" });
});
