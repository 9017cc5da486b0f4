/** Chapter OWN: until when the kernel needs memory, descriptors and rings, and how it says so. */
import { expect } from "vitest";
import { IORING_CQE_F_NOTIF } from "../../spec/abi/cqe.ts";
import { O_CREAT, O_DIRECT, O_RDONLY, O_RDWR, POLLIN } from "../../spec/abi/linux.ts";
import { IORING_OP_SEND_ZC } from "../../spec/abi/opcodes.ts";
import {
  PARAMS_CQ_OFF_HEAD,
  PARAMS_CQ_OFF_TAIL,
  PARAMS_SQ_OFF_HEAD,
} from "../../spec/abi/setup.ts";
import { IORING_ASYNC_CANCEL_ALL, SQE_IOPRIO, SQE_SIZE } from "../../spec/abi/sqe.ts";
import { EAGAIN, EPIPE } from "../../spec/errno.ts";
import { encodeEntry } from "../../src/queue/index.ts";
import { PAGE_BYTES, UNMAPPED, type Memory } from "../worlds/memory.ts";
import type { World } from "../worlds/world.ts";
import { BufferRing, headOf, inBuffer, readSelect, unregisterBuffers } from "./harness/buffers.ts";
import { chapter } from "./harness/chapter.ts";
import { listener, needsListener, SOCKADDR_SIZE, tcpSocket } from "./harness/connections.ts";
import { cancel, cancelFd, pollAdd } from "./harness/control-entries.ts";
import { async, link, nop, read, write, writev, type Entry } from "./harness/entries.ts";
import { check, equal, withFlags } from "./harness/expectation.ts";
import { openat, statx } from "./harness/file-entries.ts";
import { failing, fileWith } from "./harness/fixtures.ts";
import { RawRing } from "./harness/raw-ring.ts";
import { accept, connect } from "./harness/socket-entries.ts";
import { splice } from "./harness/splice-entries.ts";
import type { TestRing } from "./harness/test-ring.ts";

const scenario = await chapter();

/** These make a ring of their own. */
const once = { rings: "plain" } as const;
const WHOLE = { whole: true };
const GROUP = 1;
/** What an interrupted worker leaves: no errno that a program is meant to see. */
const ERESTARTSYS = 512;

/** A raw ring that has taken these SQEs, with user_data 1, 2 ... */
function ringWith(world: World, ...entries: Entry[]): RawRing {
  const ring = RawRing.open(world, 4);
  for (const [index, entry] of entries.entries()) {
    ring.fill(index, index + 1, entry);
    ring.point(index, index);
  }
  ring.setTail(entries.length);
  equal("submit", ring.enter(entries.length), entries.length);
  return ring;
}

const hasCqe = (ring: RawRing): boolean =>
  ring.word(PARAMS_CQ_OFF_TAIL) !== ring.word(PARAMS_CQ_OFF_HEAD);

/** Opens files until one of them has the number `fd`. */
function takeNumber(world: World, fd: number): void {
  for (let tries = 0; tries < 64; tries++) if (world.eventfd() === fd) return;
  throw new Error(`descriptor ${fd} is not given again`);
}

/** Fills a pipe until it takes no more, and returns how many bytes that were. */
function fill(world: World, fd: number): number {
  let count = 0;
  for (let more = 1; more > 0; count += Math.max(more, 0)) {
    more = world.write(fd, new Uint8Array(PAGE_BYTES));
  }
  return count;
}

/** Waits until a worker has picked the first buffer of the group. */
function untilPicked(world: World, ring: TestRing): void {
  world.until("a buffer is picked", () => headOf(world, ring, GROUP) === 1);
}

function sendZc(fd: number, memory: Memory): Entry {
  return (sqes, at) => {
    encodeEntry(sqes, at, IORING_OP_SEND_ZC, fd, 0, memory.address, memory.byteLength, 0);
  };
}

/** An entry with all that a slot can hold but an opcode and flags: it is refused. */
const spoiled: Entry = (sqes, at) => {
  for (let offset = SQE_IOPRIO; offset < SQE_SIZE; offset++) sqes.setUint8(at + offset, 0xff);
};

scenario("OWN-15", "nothing is left of a slot's last request", { entries: 1 }, (world, ring) => {
  const fd = fileWith(world, "hello");
  const memory = world.memory.allocate(5);

  for (const [entry, result] of [[nop(), 0] as const, [read(fd, memory), 5] as const]) {
    ring.submit({ 1: spoiled });
    ring.expect({ 1: "EINVAL" });
    ring.submit({ 2: entry });
    ring.expect({ 2: result });
  }
});

scenario(
  "OWN-20",
  "a read goes to what is mapped when it transfers",
  { whole: true },
  (world, ring) => {
    const pipe = world.pipe();
    const memory = world.memory.pages(1);
    ring.submit({ 1: read(pipe.read, memory, 5) });
    ring.expectQuiet();

    world.remap(memory);
    world.write(pipe.write, "hello");

    ring.expect({ 1: 5 });
    expect(memory.text(5)).toBe("hello");
  },
);

scenario("OWN-21", "a buffer that is gone fails its read, and takes nothing", (world, ring) => {
  const pipe = world.pipe();
  const memory = world.memory.pages(1);
  ring.submit({ 1: read(pipe.read, memory, 5) });
  ring.expectQuiet();

  world.hide(memory);
  world.write(pipe.write, "hello");

  ring.expect({ 1: "EFAULT" });
  expect(world.read(pipe.read, 8)).toEqual(new TextEncoder().encode("hello"));
});

scenario("OWN-22", "a write that waits sends what is there when it can", (world, ring) => {
  const pipe = world.pipe();
  const filled = fill(world, pipe.write);
  const memory = world.memory.of("before");
  ring.submit({ 1: write(pipe.write, memory) });
  ring.expectQuiet();

  memory.bytes.set(new TextEncoder().encode("after!"));
  for (let left = filled; left > 0;) left -= (world.read(pipe.read, left) as Uint8Array).length;

  const { res } = ring.next(1);
  check(`bytes were written: ${res}`, res > 0);
  expect(world.read(pipe.read, 8)).toEqual(new TextEncoder().encode("after!".slice(0, res)));
});

scenario("OWN-23", "a cancellation answers for itself alone", (world, ring) => {
  const [from, to] = [world.pipe(), world.pipe()];
  ring.submit({ 1: splice(from.read, to.write, 5) });
  ring.submit({ 2: read(to.read, world.memory.allocate(8)) });
  world.untilWorkersBlock(1);

  ring.submit({ 3: cancel(1), 4: cancel(2) });

  ring.expect({ 3: "EALREADY", 4: 0 });
  ring.expect({ 1: -ERESTARTSYS, 2: "ECANCELED" });
});

scenario("OWN-24", "a read and its cancellation end once each", (world, ring) => {
  const pipe = world.pipe();
  const memory = world.memory.allocate(1);
  world.write(pipe.write, "x");

  ring.submit({ 1: read(pipe.read, memory), 2: cancel(1) });

  ring.expectOneOf([
    { 1: 1, 2: "ENOENT" },
    { 1: "ECANCELED", 2: 0 },
  ]);
  ring.expectQuiet();
});

scenario("OWN-26", "a closed number does not name its requests any more", (world, ring) => {
  const pipe = world.pipe();
  ring.submit({ 1: read(pipe.read, world.memory.allocate(1)) });
  ring.expectQuiet();
  world.closeFd(pipe.read);
  takeNumber(world, pipe.read);

  ring.submit({ 2: cancelFd(pipe.read) });
  ring.expect({ 2: "ENOENT" });
  ring.submit({ 3: pollAdd(pipe.read, POLLIN) });
  ring.submit({ 4: cancelFd(pipe.read, IORING_ASYNC_CANCEL_ALL) });

  ring.expect({ 3: "ECANCELED", 4: 1 });
  ring.expectPending(1);
});

scenario("OWN-27", "a ring that is closed and mapped goes on", once, (world) => {
  const pipe = world.pipe();
  const memory = world.memory.allocate(1);
  const ring = ringWith(world, read(pipe.read, memory));

  ring.close();
  world.write(pipe.write, "x");
  world.until("the read completes", () => hasCqe(ring));

  equal("read", ring.reap()[0]?.res ?? 0, 1);
  expect(memory.text(1)).toBe("x");
  expect(world.read(pipe.read, 1)).toBe(-EAGAIN);
});

scenario("OWN-28", "a ring that is gone takes nothing", once, (world) => {
  const [kept, gone] = [world.pipe(), world.pipe()];
  const memory = world.memory.allocate(1);
  const ring = ringWith(world, read(kept.read, memory), pollAdd(gone.read, POLLIN));
  ring.close();
  world.closeFd(gone.read);

  ring.unmap();
  world.until("its requests end", () => world.write(gone.write, "x") === -EPIPE);
  world.write(kept.write, "y");

  expect(world.read(kept.read, 8)).toEqual(new TextEncoder().encode("y"));
  expect([...memory.bytes]).toEqual([0]);
});

scenario("OWN-29", "an enter that fails takes no SQE", once, (world) => {
  const ring = RawRing.open(world, 4);
  ring.fill(0, 1, nop());
  ring.point(0, 0);
  ring.setTail(1);

  equal("enter with a bad flag", ring.enter(1, 0, 1 << 20), "EINVAL");
  equal("head", ring.word(PARAMS_SQ_OFF_HEAD), 0);
  equal("enter", ring.enter(1), 1);

  equal("CQEs", ring.reap().length, 1);
});

scenario("OWN-30", "what is only read may change after the submit", (world, ring) => {
  const pipe = world.pipe();
  const path = world.memory.of(`${world.tempPath("new")}\0`);
  const text = world.memory.of("hello");
  const vectors = world.memory.iovecs([[text.address, 5]]);

  ring.submit({
    1: async(openat(path.address, O_RDWR | O_CREAT, 0o600)),
    2: async(writev(pipe.write, vectors.address, 1)),
  });
  path.bytes.fill(0xff);
  vectors.bytes.fill(0xff);

  const { res } = ring.next(1);
  check(`a descriptor: ${res}`, res >= 0);
  world.adopt(res);
  check("the file is there", world.exists(world.tempPath("new")));
  check("bytes were written", ring.next(2).res > 0);
  expect((world.read(pipe.read, 1) as Uint8Array)[0]).toBe(0x68);
});

scenario("OWN-30", "so may the address of a connect", needsListener, (world, ring) => {
  const { fd, port } = listener(world, ring);
  const address = world.memory.loopback(port);
  const client = tcpSocket(world, ring);

  ring.submit({ 1: async(connect(client, address.address, SOCKADDR_SIZE)) });
  address.bytes.fill(0xff);

  ring.submit({ 2: accept(fd) });
  const { res } = ring.next(2);
  check(`a descriptor: ${res}`, res >= 0);
  world.adopt(res);
  ring.expect({ 1: 0 });
});

scenario("OWN-30", "what is written is needed until the end", needsListener, (world, ring) => {
  const { fd, address } = listener(world, ring);
  const [name, room] = [world.memory.pages(1), world.memory.pages(1)];
  name.view.setUint32(0, SOCKADDR_SIZE, true);
  const path = world.memory.path(world.tempPath(""));
  const client = tcpSocket(world, ring);
  ring.submit({ 1: accept(fd, 0, name.address + 8, name.address) });
  ring.expectQuiet();

  world.hide(name);
  world.hide(room);
  ring.submit({ 2: connect(client, address, SOCKADDR_SIZE) });
  ring.submit({ 3: statx(path, 0, room.address), 4: statx(path, 0, UNMAPPED) });

  ring.expect({ 1: "EFAULT", 2: 0, 3: "EFAULT", 4: "EFAULT" });
});

scenario("OWN-31", "a socket outlives the ring that accepted it", needsListener, (world, ring) => {
  const { fd, address } = listener(world, ring);
  const client = tcpSocket(world, ring);
  const other = ringWith(world, accept(fd));
  ring.submit({ 1: connect(client, address, SOCKADDR_SIZE) });
  ring.expect({ 1: 0 });
  equal("wait", other.enter(0, 1, 1), 0);
  const [accepted] = other.peek();

  other.close();
  other.unmap();

  const socket = world.adopt(accepted?.res ?? -1);
  equal("write", world.write(socket, "hello"), 5);
  const memory = world.memory.allocate(5);
  ring.submit({ 2: read(client, memory, 1) });
  ring.expect({ 2: 1 });
});

scenario("OWN-32", "an error too gives a picked buffer back", (world, ring) => {
  const pipe = world.pipe();
  BufferRing.filled(world, ring, 2, 16);
  ring.submit({ 1: async(readSelect(pipe.read, GROUP)) });
  untilPicked(world, ring);

  ring.submit({ 2: cancel(1) });

  ring.expect({ 1: inBuffer(0, "ECANCELED"), 2: 0 });
  world.write(pipe.write, "x");
  ring.submit({ 3: readSelect(pipe.read, GROUP) });
  ring.expect({ 3: inBuffer(1, 1) });
});

scenario("OWN-33", "a buffer that was picked outlives its ring", WHOLE, (world, ring) => {
  const pipe = world.pipe();
  const { bytes } = BufferRing.filled(world, ring, 1, 16);
  ring.submit({ 1: async(readSelect(pipe.read, GROUP)) });
  untilPicked(world, ring);

  equal("unregister", unregisterBuffers(world, ring, GROUP), 0);
  world.write(pipe.write, "hello");

  ring.expect({ 1: inBuffer(0, 5) });
  expect(bytes.text(5)).toBe("hello");
});

scenario("OWN-34", "a zero-copy send that never ran has a notification", (world, ring) => {
  const [socket] = world.socketPair();
  ring.announce(2);

  ring.submit({ 1: link(failing(world)), 2: sendZc(socket, world.memory.of("hello")) });

  ring.expect({ 1: "EBADF" });
  ring.expectNext(2, "ECANCELED");
  ring.expectNext(2, withFlags(0, IORING_CQE_F_NOTIF));
});

scenario("OWN-35", "a direct read may write beyond its result", (world, ring) => {
  const fd = fileWith(world, "abc", O_RDONLY | O_DIRECT);
  const memory = world.memory.pages(1);
  memory.bytes.fill(0xee);

  ring.submit({ 1: read(fd, memory) });

  ring.expect({ 1: 3 });
  expect([...memory.bytes.subarray(0, 4)]).toEqual([0x61, 0x62, 0x63, 0]);
});
