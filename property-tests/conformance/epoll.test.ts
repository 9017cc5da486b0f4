/** Chapter EPOLL: epoll sets, changed and waited for through the ring. */
import { expect } from "vitest";
import {
  EPOLL_CTL_ADD,
  EPOLL_CTL_DEL,
  EPOLL_CTL_MOD,
  EPOLLET,
  EPOLLEXCLUSIVE,
  EPOLLHUP,
  EPOLLIN,
  EPOLLONESHOT,
  EPOLLOUT,
  EPOLLRDHUP,
  POLLIN,
} from "../../spec/abi/linux.ts";
import {
  SQE_ADDR3,
  SQE_BUF_INDEX,
  SQE_IOPRIO,
  SQE_OFF,
  SQE_OP_FLAGS,
  SQE_SPLICE_FD_IN,
} from "../../spec/abi/sqe.ts";
import { UNMAPPED } from "../worlds/memory.ts";
import type { Pipe, World } from "../worlds/world.ts";
import { chapter } from "./harness/chapter.ts";
import { cancel, pollAdd } from "./harness/control-entries.ts";
import { async, link, nop, set16, set32, type Entry } from "./harness/entries.ts";
import { epollCtl, epollEvent, epollWait, EventList } from "./harness/epoll-entries.ts";
import type { ErrnoName } from "./harness/expectation.ts";
import { fileWith } from "./harness/fixtures.ts";
import { fixed } from "./harness/registered-entries.ts";
import type { TestRing } from "./harness/test-ring.ts";

const scenario = await chapter();

/** Adds a file to a set. */
function add(
  world: World,
  ring: TestRing,
  set: number,
  fd: number,
  events: number,
  data = 0,
): void {
  ring.submit({ 40: epollCtl(set, EPOLL_CTL_ADD, fd, epollEvent(world, events, data)) });
  ring.expect({ 40: 0 });
}

/** A set with an empty pipe in it. */
function withPipe(world: World, ring: TestRing, events: number): Pipe & { readonly set: number } {
  const set = world.epoll();
  const pipe = world.pipe();
  add(world, ring, set, pipe.read, events, 42);
  return { set, ...pipe };
}

/** Nothing of the set is ready: an EPOLL_WAIT goes on waiting, and is cancelled. */
function expectNothing(world: World, ring: TestRing, set: number): void {
  ring.submit({ 41: epollWait(set, new EventList(world, 1).address, 1) });
  ring.expectQuiet();
  ring.submit({ 42: cancel(41) });
  ring.expect({ 41: "ECANCELED", 42: 0 });
}

scenario("EPOLL-1 EPOLL-4", "what was added is told when it is ready", (world, ring) => {
  const { set, write } = withPipe(world, ring, EPOLLIN);
  const list = new EventList(world, 4);
  ring.submit({ 1: epollWait(set, list.address, 4) });
  ring.expectPending(1);

  world.write(write, "x");

  ring.expect({ 1: 1 });
  expect(list.at(0)).toEqual([EPOLLIN, 42]);
});

scenario("EPOLL-4", "no more events than were asked for", (world, ring) => {
  const set = world.epoll();
  const list = new EventList(world, 4);
  for (const data of [1, 2, 3]) {
    const pipe = world.pipe();
    world.write(pipe.write, "x");
    add(world, ring, set, pipe.read, EPOLLIN, data);
  }

  ring.submit({ 1: epollWait(set, list.address, 2) });
  ring.expect({ 1: 2 });
  expect([list.at(0)[1], list.at(1)[1], list.at(2)]).toEqual([1, 2, [0, 0]]);
  ring.submit({ 2: epollWait(set, list.address, 4) });

  ring.expect({ 2: 3 });
  expect([list.at(0)[1], list.at(1)[1], list.at(2)[1]]).toEqual([3, 1, 2]);
});

scenario("EPOLL-1", "what is there twice, or not, is refused", (world, ring) => {
  const { set, read } = withPipe(world, ring, EPOLLIN);
  const other = world.pipe().read;
  const event = epollEvent(world, EPOLLIN);
  const refused: readonly (readonly [Entry, ErrnoName])[] = [
    [epollCtl(set, EPOLL_CTL_ADD, read, event), "EEXIST"],
    [epollCtl(set, EPOLL_CTL_MOD, other, event), "ENOENT"],
    [epollCtl(set, EPOLL_CTL_DEL, other, event), "ENOENT"],
    [epollCtl(set, 0, read, event), "EINVAL"],
    [epollCtl(set, 4, read, event), "EINVAL"],
    [epollCtl(set, EPOLL_CTL_ADD, set, event), "EINVAL"],
    [epollCtl(set, EPOLL_CTL_ADD, fileWith(world, "abc"), event), "EPERM"],
    [epollCtl(read, EPOLL_CTL_ADD, other, event), "EINVAL"],
  ];

  for (const [entry, errno] of refused) {
    ring.submit({ 1: link(entry), 2: nop() });
    ring.expect({ 1: errno, 2: "ECANCELED" });
  }
  ring.submit({ 3: epollCtl(set, EPOLL_CTL_DEL, read, 0) });
  ring.expect({ 3: 0 });
  ring.submit({ 4: epollCtl(set, EPOLL_CTL_ADD, read, event) });
  ring.expect({ 4: 0 });
});

scenario("EPOLL-1 EPOLL-6", "events can be changed and taken out", (world, ring) => {
  const { set, read, write } = withPipe(world, ring, EPOLLOUT);
  world.write(write, "x");
  expectNothing(world, ring, set);
  const list = new EventList(world, 1);

  ring.submit({ 1: epollCtl(set, EPOLL_CTL_MOD, read, epollEvent(world, EPOLLIN, 7)) });
  ring.expect({ 1: 0 });
  ring.submit({ 2: epollWait(set, list.address, 1) });
  ring.expect({ 2: 1 });
  expect(list.at(0)).toEqual([EPOLLIN, 7]);

  ring.submit({ 3: epollCtl(set, EPOLL_CTL_DEL, read, UNMAPPED) });
  ring.expect({ 3: 0 });
  expectNothing(world, ring, set);
});

scenario("EPOLL-2", "the event is read at submission, and not to delete", (world, ring) => {
  const set = world.epoll();
  const { read } = world.pipe();

  ring.submit({ 1: epollCtl(set, EPOLL_CTL_ADD, read, UNMAPPED) });
  ring.submit({ 2: epollCtl(-1, EPOLL_CTL_MOD, -1, UNMAPPED) });
  ring.submit({ 3: epollCtl(set, EPOLL_CTL_DEL, read, UNMAPPED) });
  ring.submit({ 4: epollCtl(set, 0, read, UNMAPPED) });

  ring.expect({ 1: "EFAULT", 2: "EFAULT", 3: "ENOENT", 4: "EFAULT" });
});

scenario("EPOLL-3", "descriptors are looked up by the operation", (world, ring) => {
  const set = world.epoll();
  const { read } = world.pipe();
  const event = epollEvent(world, EPOLLIN);

  ring.submit({ 1: epollCtl(-1, EPOLL_CTL_ADD, read, event) });
  ring.submit({ 2: epollCtl(set, EPOLL_CTL_ADD, -1, event) });
  ring.submit({ 3: set16(SQE_BUF_INDEX, 1, epollCtl(set, EPOLL_CTL_ADD, -1, event)) });
  ring.submit({ 4: set32(SQE_SPLICE_FD_IN, 1, epollCtl(set, EPOLL_CTL_ADD, -1, event)) });
  ring.submit({ 5: set16(SQE_IOPRIO, 1, epollCtl(set, EPOLL_CTL_ADD, -1, event)) });
  ring.expect({ 1: "EBADF", 2: "EBADF", 3: "EINVAL", 4: "EINVAL", 5: "EINVAL" });

  ring.submit({ 6: fixed(epollCtl(set, EPOLL_CTL_ADD, read, event)) });
  ring.expect({ 6: 0 });
  ring.submit({ 7: set32(SQE_OP_FLAGS, 1, epollCtl(set, EPOLL_CTL_MOD, read, event)) });
  ring.submit({ 8: set32(SQE_OFF + 4, 1, epollCtl(set, EPOLL_CTL_MOD, read, event)) });
  ring.submit({ 9: set32(SQE_ADDR3, 1, epollCtl(set, EPOLL_CTL_MOD, read, event)) });
  ring.expect({ 7: 0, 8: 0, 9: 0 });
});

scenario("EPOLL-4", "a wait that is cancelled takes no event", (world, ring) => {
  const { set, write } = withPipe(world, ring, EPOLLIN | EPOLLONESHOT);
  const list = new EventList(world, 1);
  ring.submit({ 1: epollWait(set, list.address, 1) });
  ring.expectPending(1);
  ring.submit({ 2: cancel(1) });
  ring.expect({ 1: "ECANCELED", 2: 0 });

  world.write(write, "x");
  ring.submit({ 3: epollWait(set, list.address, 1) });

  ring.expect({ 3: 1 });
  expect(list.at(0)).toEqual([EPOLLIN, 42]);
});

scenario("EPOLL-5", "a wait with bad fields is refused", (world, ring) => {
  const { set, read, write } = withPipe(world, ring, EPOLLIN);
  world.write(write, "x");
  const { address } = new EventList(world, 1);
  const entry = epollWait(set, address, 1);
  const refused: readonly (readonly [Entry, ErrnoName])[] = [
    [set32(SQE_OFF, 1, entry), "EINVAL"],
    [set32(SQE_OFF + 4, 1, entry), "EINVAL"],
    [set32(SQE_OP_FLAGS, 1, entry), "EINVAL"],
    [set16(SQE_BUF_INDEX, 1, entry), "EINVAL"],
    [set32(SQE_SPLICE_FD_IN, 1, entry), "EINVAL"],
    [set16(SQE_IOPRIO, 1, entry), "EINVAL"],
    [epollWait(-1, UNMAPPED, 0), "EBADF"],
    [epollWait(set, address, 0), "EINVAL"],
    [epollWait(set, address, -1), "EINVAL"],
    [epollWait(set, address, 178_956_971), "EINVAL"],
    [epollWait(read, UNMAPPED, 1), "EINVAL"],
    [epollWait(read, 2 ** 47, 1), "EFAULT"],
    [epollWait(set, UNMAPPED, 1), "EFAULT"],
  ];

  for (const [one, errno] of refused) {
    ring.submit({ 1: one });
    ring.expect({ 1: errno });
  }
  ring.submit({ 2: set32(SQE_ADDR3, 1, entry), 3: epollWait(set, address, 178_956_970) });
  ring.expect({ 2: 1, 3: 1 });
});

scenario("EPOLL-6", "an entry is told as long as it is ready", (world, ring) => {
  const { set, read, write } = withPipe(world, ring, EPOLLIN);
  const list = new EventList(world, 1);
  world.write(write, "xy");

  for (let count = 0; count < 3; count++) {
    ring.submit({ 1: epollWait(set, list.address, 1) });
    ring.expect({ 1: 1 });
  }
  world.read(read, 2);

  expectNothing(world, ring, set);
});

scenario("EPOLL-7", "with EPOLLET for each wake-up once", (world, ring) => {
  const { set, write } = withPipe(world, ring, EPOLLIN | EPOLLET);
  const list = new EventList(world, 1);

  for (let count = 0; count < 2; count++) {
    world.write(write, "x");
    ring.submit({ 1: epollWait(set, list.address, 1) });
    ring.expect({ 1: 1 });
    expectNothing(world, ring, set);
  }
});

scenario("EPOLL-7", "with EPOLLONESHOT once until it is changed", (world, ring) => {
  const events = EPOLLIN | EPOLLONESHOT;
  const { set, read, write } = withPipe(world, ring, events);
  const list = new EventList(world, 1);
  world.write(write, "x");
  ring.submit({ 1: epollWait(set, list.address, 1) });
  ring.expect({ 1: 1 });
  world.write(write, "y");
  expectNothing(world, ring, set);

  ring.submit({ 2: epollCtl(set, EPOLL_CTL_MOD, read, epollEvent(world, events, 8)) });
  ring.expect({ 2: 0 });
  ring.submit({ 3: epollWait(set, list.address, 1) });

  ring.expect({ 3: 1 });
  expect(list.at(0)).toEqual([EPOLLIN, 8]);
});

scenario("EPOLL-6", "a hang-up is told unasked", (world, ring) => {
  const { set, write } = withPipe(world, ring, 0);
  const list = new EventList(world, 1);
  ring.submit({ 1: epollWait(set, list.address, 1) });
  ring.expectPending(1);

  world.closeFd(write);

  ring.expect({ 1: 1 });
  expect(list.at(0)).toEqual([EPOLLHUP, 42]);
});

scenario("EPOLL-8", "EPOLLEXCLUSIVE goes with few others", (world, ring) => {
  const set = world.epoll();
  const { read } = world.pipe();
  const control = (operation: number, events: number, fd = read): Entry =>
    epollCtl(set, operation, fd, epollEvent(world, events));

  ring.submit({ 1: control(EPOLL_CTL_ADD, EPOLLEXCLUSIVE | EPOLLIN | EPOLLONESHOT) });
  ring.submit({ 2: control(EPOLL_CTL_ADD, EPOLLEXCLUSIVE | EPOLLIN | EPOLLRDHUP) });
  ring.submit({ 3: control(EPOLL_CTL_ADD, EPOLLEXCLUSIVE | EPOLLIN, world.epoll()) });
  ring.submit({ 4: control(EPOLL_CTL_MOD, EPOLLEXCLUSIVE | EPOLLIN) });
  ring.expect({ 1: "EINVAL", 2: "EINVAL", 3: "EINVAL", 4: "EINVAL" });

  ring.submit({ 5: control(EPOLL_CTL_ADD, EPOLLEXCLUSIVE | EPOLLIN | EPOLLET) });
  ring.expect({ 5: 0 });
  ring.submit({ 6: control(EPOLL_CTL_MOD, EPOLLIN) });
  ring.expect({ 6: "EINVAL" });
});

scenario("EPOLL-9", "sets may lie in sets, but not in a circle", (world, ring) => {
  const { set: inner, write } = withPipe(world, ring, EPOLLIN);
  const outer = world.epoll();
  const list = new EventList(world, 1);
  add(world, ring, outer, inner, EPOLLIN, 5);
  ring.submit({ 1: epollCtl(inner, EPOLL_CTL_ADD, outer, epollEvent(world, EPOLLIN)) });
  ring.expect({ 1: "ELOOP" });
  ring.submit({ 2: epollWait(outer, list.address, 1) });
  ring.expectPending(2);

  world.write(write, "x");

  ring.expect({ 2: 1 });
  expect(list.at(0)).toEqual([EPOLLIN, 5]);
});

scenario("EPOLL-9", "and no deeper than five", (world, ring) => {
  let set = world.epoll();
  for (let depth = 0; depth < 4; depth++) {
    const outer = world.epoll();
    add(world, ring, outer, set, EPOLLIN);
    set = outer;
  }

  ring.submit({ 1: epollCtl(world.epoll(), EPOLL_CTL_ADD, set, epollEvent(world, EPOLLIN)) });

  ring.expect({ 1: "ELOOP" });
});

scenario("EPOLL-10", "an entry goes with its file, not with its descriptor", (world, ring) => {
  const { set, read, write } = withPipe(world, ring, EPOLLIN);
  const other = world.duplicate(read);
  const list = new EventList(world, 1);
  world.write(write, "x");
  world.closeFd(read);

  ring.submit({ 1: epollWait(set, list.address, 1) });
  ring.expect({ 1: 1 });
  world.closeFd(other);

  expectNothing(world, ring, set);
});

scenario("EPOLL-11", "a set can be polled, and so can a ring in it", (world, ring) => {
  const { set, write } = withPipe(world, ring, EPOLLIN);
  ring.submit({ 1: pollAdd(set, POLLIN) });
  ring.expectPending(1);

  world.write(write, "x");
  ring.expect({ 1: POLLIN });
  ring.submit({ 2: epollCtl(set, EPOLL_CTL_ADD, ring.fd, epollEvent(world, EPOLLIN)) });

  ring.expect({ 2: 0 });
});

scenario("EPOLL-12", "with IOSQE_ASYNC a wait waits all the same", (world, ring) => {
  const { set, read, write } = withPipe(world, ring, EPOLLIN);
  const list = new EventList(world, 1);
  ring.submit({ 1: async(epollWait(set, list.address, 1)) });
  ring.expectPending(1);
  world.write(write, "x");
  ring.expect({ 1: 1 });

  ring.submit({ 2: async(epollCtl(set, EPOLL_CTL_DEL, read, 0)) });
  ring.expect({ 2: 0 });
});

scenario("EPOLL-12", "on a worker that it did not ask for it does not", (world, ring) => {
  const { set } = withPipe(world, ring, EPOLLIN);
  const { address } = new EventList(world, 1);
  ring.submit({ 1: link(async(nop())), 2: epollWait(set, address, 1) });
  ring.expect({ 1: 0 });
  world.settle();
  ring.expectQuiet();

  ring.submit({ 3: cancel(2) });

  ring.expectOneOf([
    { 2: "EAGAIN", 3: "ENOENT" },
    { 2: "ECANCELED", 3: 0 },
  ]);
});
