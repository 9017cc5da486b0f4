/** Chapter FS: epoll sets, changed and waited for by a ring. */
import { expect } from "vitest";
import {
  EPOLL_EVENT_DATA,
  EPOLL_EVENT_EVENTS,
  EPOLL_EVENT_SIZE,
} from "../../spec/abi/linux-structs.ts";
import {
  EPOLL_CTL_ADD,
  EPOLL_CTL_DEL,
  EPOLL_CTL_MOD,
  EPOLLIN,
  EPOLLOUT,
} from "../../spec/abi/linux.ts";
import { IORING_OP_EPOLL_CTL, IORING_OP_EPOLL_WAIT } from "../../spec/abi/opcodes.ts";
import {
  IOSQE_FIXED_FILE,
  SQE_BUF_INDEX,
  SQE_OFF,
  SQE_OP_FLAGS,
  SQE_SPLICE_FD_IN,
} from "../../spec/abi/sqe.ts";
import { encodeEntry } from "../../src/queue/index.ts";
import { UNMAPPED, type Memory } from "../worlds/memory.ts";
import type { World } from "../worlds/world.ts";
import { chapter } from "./harness/chapter.ts";
import { cancel } from "./harness/control-entries.ts";
import { flagged, set16, set32, type Entry } from "./harness/entries.ts";
import type { Result } from "./harness/expectation.ts";
import { fileWith } from "./harness/fixtures.ts";
import type { TestRing } from "./harness/test-ring.ts";

const scenario = await chapter();

const NOT_OPEN = 100_000;
const NO_OPERATION = 99;
const NEGATIVE = 0xffffffff;
/** One more than fits into an int of bytes. */
const TOO_MANY = Math.floor(0x7fffffff / EPOLL_EVENT_SIZE) + 1;

/** A `struct epoll_event`. */
function event(world: World, events: number, data: number): Memory {
  const memory = world.memory.allocate(EPOLL_EVENT_SIZE);
  memory.view.setUint32(EPOLL_EVENT_EVENTS, events, true);
  memory.view.setUint32(EPOLL_EVENT_DATA, data, true);
  return memory;
}

/** EPOLL_CTL; `address` is that of the event. */
function control(set: number, operation: number, fd: number, address: number): Entry {
  return (sqes, at) => encodeEntry(sqes, at, IORING_OP_EPOLL_CTL, set, fd, address, operation, 0);
}

/** EPOLL_WAIT for up to `count` events. */
function wait(set: number, address: number, count: number): Entry {
  return (sqes, at) => encodeEntry(sqes, at, IORING_OP_EPOLL_WAIT, set, 0, address, count, 0);
}

/** Each entry by itself gives this result. */
function expectEach(ring: TestRing, expected: Result, entries: readonly Entry[]): void {
  for (const entry of entries) {
    ring.submit({ 1: entry });
    ring.expect({ 1: expected });
  }
}

/** Events and data of the first `count` events in memory. */
function told({ view }: Memory, count: number): readonly (readonly number[])[] {
  return Array.from({ length: count }, (_, index) => [
    view.getUint32(index * EPOLL_EVENT_SIZE + EPOLL_EVENT_EVENTS, true),
    view.getUint32(index * EPOLL_EVENT_SIZE + EPOLL_EVENT_DATA, true),
  ]);
}

scenario("FS-14", "files are put into a set, changed and taken out once", (world, ring) => {
  const [set, { read }] = [world.epoll(), world.pipe()];
  const { address } = event(world, EPOLLIN, 7);
  const each = (expected: Result, operation: number, fd = read): void =>
    expectEach(ring, expected, [control(set, operation, fd, address)]);

  each("ENOENT", EPOLL_CTL_MOD);
  each("ENOENT", EPOLL_CTL_DEL);
  each(0, EPOLL_CTL_ADD);
  each("EEXIST", EPOLL_CTL_ADD);
  each(0, EPOLL_CTL_MOD);
  each(0, EPOLL_CTL_DEL);
  each("EINVAL", NO_OPERATION);
  each("EPERM", EPOLL_CTL_ADD, fileWith(world, ""));
  each("EINVAL", EPOLL_CTL_ADD, set);
});

scenario("FS-54", "the event is read by a submission that needs one", (world, ring) => {
  const [set, { read }] = [world.epoll(), world.pipe()];
  const { address } = event(world, EPOLLIN, 7);

  expectEach(ring, "EFAULT", [
    control(set, EPOLL_CTL_ADD, read, UNMAPPED),
    control(set, EPOLL_CTL_MOD, read, UNMAPPED),
    control(NOT_OPEN, EPOLL_CTL_ADD, read, UNMAPPED),
  ]);
  expectEach(ring, 0, [
    control(set, EPOLL_CTL_ADD, read, address),
    control(set, EPOLL_CTL_DEL, read, UNMAPPED),
  ]);
});

scenario("FS-55", "its descriptors are numbers, whatever its flags say", (world, ring) => {
  const [set, pipe] = [world.epoll(), world.pipe()];
  const { address } = event(world, EPOLLIN, 7);
  const add = control(set, EPOLL_CTL_ADD, pipe.read, address);

  expectEach(ring, "EBADF", [
    control(NOT_OPEN, EPOLL_CTL_ADD, pipe.read, address),
    control(set, EPOLL_CTL_ADD, NOT_OPEN, address),
    control(set, EPOLL_CTL_DEL, -1, 0),
  ]);
  expectEach(ring, "EINVAL", [
    control(pipe.write, EPOLL_CTL_ADD, pipe.read, address),
    set16(SQE_BUF_INDEX, 1, add),
    set32(SQE_SPLICE_FD_IN, 1, add),
  ]);
  expectEach(ring, 0, [flagged(IOSQE_FIXED_FILE, add)]);
});

scenario("FS-56", "a wait is told of what is ready, as many as it has room for", (world, ring) => {
  const [set, one, other] = [world.epoll(), world.pipe(), world.pipe()];
  const room = world.memory.allocate(4 * EPOLL_EVENT_SIZE);
  expectEach(ring, 0, [
    control(set, EPOLL_CTL_ADD, one.read, event(world, EPOLLIN, 7).address),
    control(set, EPOLL_CTL_ADD, other.write, event(world, EPOLLOUT, 8).address),
  ]);

  expectEach(ring, 1, [wait(set, room.address, 4)]);
  expect(told(room, 1)).toEqual([[EPOLLOUT, 8]]);
  world.write(one.write, "x");
  expectEach(ring, 2, [wait(set, room.address, 4)]);
  expect(told(room, 2)).toEqual(
    expect.arrayContaining([
      [EPOLLIN, 7],
      [EPOLLOUT, 8],
    ]),
  );
  expectEach(ring, 1, [wait(set, room.address, 1)]);
});

scenario("FS-56", "where nothing is ready it waits, and can be cancelled", (world, ring) => {
  const [set, pipe] = [world.epoll(), world.pipe()];
  const room = world.memory.allocate(EPOLL_EVENT_SIZE);
  const { address } = event(world, EPOLLIN, 7);
  expectEach(ring, 0, [control(set, EPOLL_CTL_ADD, pipe.read, address)]);

  ring.submit({ 2: wait(set, room.address, 1) });
  ring.expectQuiet();
  ring.submit({ 3: cancel(2) });
  ring.expect({ 2: "ECANCELED", 3: 0 });
  ring.submit({ 4: wait(set, room.address, 1) });
  ring.expectQuiet();
  world.write(pipe.write, "x");

  ring.expect({ 4: 1 });
  expect(told(room, 1)).toEqual([[EPOLLIN, 7]]);
});

scenario("FS-57", "a wait with bad fields is refused", (world, ring) => {
  const [set, pipe] = [world.epoll(), world.pipe()];
  const { address } = world.memory.allocate(EPOLL_EVENT_SIZE);
  const good = wait(set, address, 1);
  const ready = event(world, EPOLLOUT, 7).address;
  expectEach(ring, 0, [control(set, EPOLL_CTL_ADD, pipe.write, ready)]);

  expectEach(ring, "EINVAL", [
    set32(SQE_OFF, 1, good),
    set32(SQE_OP_FLAGS, 1, good),
    set16(SQE_BUF_INDEX, 1, good),
    set32(SQE_SPLICE_FD_IN, 1, good),
    set32(SQE_OFF, 1, wait(NOT_OPEN, address, 1)),
    wait(set, address, 0),
    wait(set, address, NEGATIVE),
    wait(set, address, TOO_MANY),
    wait(pipe.read, address, 1),
  ]);
  expectEach(ring, "EBADF", [wait(NOT_OPEN, address, 0)]);
  expectEach(ring, "EFAULT", [wait(set, UNMAPPED, 1)]);
});
