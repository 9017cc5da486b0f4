/** Chapter CANCEL: what ASYNC_CANCEL finds, what it answers, and what its target then says. */
import { POLLERR, POLLIN } from "../../spec/abi/linux.ts";
import { expect } from "vitest";
import { IORING_ENTER_GETEVENTS } from "../../spec/abi/enter.ts";
import { IORING_OP_POLL_ADD, IORING_OP_READ } from "../../spec/abi/opcodes.ts";
import {
  IORING_ASYNC_CANCEL_ALL,
  IORING_ASYNC_CANCEL_ANY,
  IORING_ASYNC_CANCEL_FD,
  IORING_ASYNC_CANCEL_OP,
  IORING_ASYNC_CANCEL_USERDATA,
  SQE_LEN,
  SQE_OFF,
  SQE_SPLICE_FD_IN,
} from "../../spec/abi/sqe.ts";
import { IORING_SETUP_DEFER_TASKRUN, IORING_SETUP_SINGLE_ISSUER } from "../../spec/abi/setup.ts";
import { ECANCELED, ENOENT } from "../../spec/errno.ts";
import type { World } from "../worlds/world.ts";
import { chapter } from "./harness/chapter.ts";
import { cancel, cancelFd, pollAdd, timeout } from "./harness/control-entries.ts";
import { async, type Entry, link, nop, read, set32 } from "./harness/entries.ts";
import { anyOf, check, equal, type Expected } from "./harness/expectation.ts";
import { fsync } from "./harness/file-entries.ts";
import { fileWith, waiting } from "./harness/fixtures.ts";
import { RawRing } from "./harness/raw-ring.ts";
import { TestRing, type Expectations } from "./harness/test-ring.ts";

const scenario = await chapter();

scenario("CANCEL-1 CANCEL-2", "a cancelled read completes with ECANCELED", (world, ring) => {
  const pipe = world.pipe();

  ring.submit({ 1: read(pipe.read, world.memory.allocate(8)) });
  ring.submit({ 2: cancel(1) });

  ring.expect({ 1: "ECANCELED", 2: 0 });
});

scenario("CANCEL-1", "a cancellation that finds nothing answers ENOENT", (_world, ring) => {
  ring.submit({ 1: cancel(7) });

  ring.expect({ 1: "ENOENT" });
});

scenario("CANCEL-1", "a request that completed is not found any more", (_world, ring) => {
  ring.submit({ 1: nop() });
  ring.expect({ 1: 0 });

  ring.submit({ 2: cancel(1) });

  ring.expect({ 2: "ENOENT" });
});

scenario("CANCEL-2 RW-38", "a cancelled read takes no byte from the pipe", (world, ring) => {
  const pipe = world.pipe();
  const [first, second] = [world.memory.allocate(8), world.memory.allocate(8)];
  ring.submit({ 1: read(pipe.read, first) });
  ring.submit({ 2: cancel(1) });
  ring.expect({ 1: "ECANCELED", 2: 0 });

  world.write(pipe.write, "x");
  ring.submit({ 3: read(pipe.read, second) });

  ring.expect({ 3: 1 });
});

scenario("CANCEL-2", "a cancelled timeout completes with ECANCELED", (world, ring) => {
  ring.submit({ 1: timeout(world.memory.milliseconds(60_000)) });

  ring.submit({ 2: cancel(1) });

  ring.expect({ 1: "ECANCELED", 2: 0 });
});

scenario("CANCEL-15", "a read and its cancellation may share a batch", (world, ring) => {
  const pipe = world.pipe();

  ring.submit({ 1: read(pipe.read, world.memory.allocate(8)), 2: cancel(1) });

  ring.expect({ 1: "ECANCELED", 2: 0 });
});

scenario("CANCEL-23", "a read that is being cancelled is found again", (world, ring) => {
  const pipe = world.pipe();
  ring.submit({ 1: read(pipe.read, world.memory.allocate(8)) });

  ring.submit({ 2: cancel(1), 3: cancel(1) });

  ring.expect({ 1: "ECANCELED", 2: 0, 3: 0 });
});

scenario("CANCEL-23", "until its task work has run", { rings: "deferred" }, (world) => {
  const { ring, submit } = deferredRing(world);
  submit(1, read(world.pipe().read, world.memory.allocate(8)));
  submit(2, cancel(1));
  submit(3, cancel(1));

  equal("enter", ring.enter(0, 3, IORING_ENTER_GETEVENTS), 0);
  submit(4, cancel(1));

  expect(ordered(ring)).toBe(`2:0 3:0 1:${-ECANCELED} 4:${-ENOENT}`);
});

scenario("CANCEL-24", "a woken read keeps its place", { rings: "deferred" }, (world) => {
  const { ring, submit } = deferredRing(world);
  const pipes = [world.pipe(), world.pipe()];
  for (const [index, pipe] of pipes.entries()) {
    submit(index + 1, read(pipe.read, world.memory.allocate(1)));
  }
  for (const pipe of pipes) {
    world.write(pipe.write, "x");
    world.settle();
  }

  submit(3, cancel(1));
  equal("enter", ring.enter(0, 3, IORING_ENTER_GETEVENTS), 0);

  expect(ordered(ring)).toBe(`3:0 1:${-ECANCELED} 2:1`);
});

/** A DEFER_TASKRUN ring, and how to submit one SQE to it that nothing else goes with. */
function deferredRing(world: World): {
  readonly ring: RawRing;
  readonly submit: (userData: number, entry: Entry) => void;
} {
  const ring = RawRing.open(world, 4, IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN);
  let tail = 0;
  const submit = (userData: number, entry: Entry): void => {
    ring.fill(tail & 3, userData, entry);
    ring.point(tail & 3, tail & 3);
    tail += 1;
    ring.setTail(tail);
    equal("submit", ring.enter(1), 1);
  };
  return { ring, submit };
}

/** The CQEs that are there, in their order. */
function ordered(ring: RawRing): string {
  return ring
    .reap()
    .map(({ userData, res }) => `${userData}:${res}`)
    .join(" ");
}

scenario("CANCEL-3 CANCEL-19", "the FD key finds a request by its open file", (world, ring) => {
  const [one, other] = [world.pipe(), world.pipe()];
  ring.submit({ 1: pollAdd(one.read, POLLIN), 2: pollAdd(other.read, POLLIN) });

  ring.submit({ 3: cancelFd(other.read) });

  ring.expect({ 2: "ECANCELED", 3: 0 });
  ring.expectQuiet();
});

scenario("CANCEL-3", "the FD key of a descriptor that is not open gives EBADF", (_world, ring) => {
  ring.submit({ 1: cancelFd(-1) });

  ring.expect({ 1: "EBADF" });
});

scenario("CANCEL-6", "ALL cancels every match and counts them", (world, ring) => {
  const pipe = world.pipe();
  for (let i = 0; i < 3; i++) ring.pushOne(5, pollAdd(pipe.read, POLLIN));
  ring.submit({ 6: pollAdd(pipe.read, POLLIN) });

  ring.submit({ 9: cancel(5, IORING_ASYNC_CANCEL_ALL) });

  ring.expect({ 9: 3 });
  for (let i = 0; i < 3; i++) ring.expectNext(5, "ECANCELED");
  ring.expectQuiet();
});

scenario("CANCEL-6", "ALL without a match answers 0, not ENOENT", (_world, ring) => {
  ring.submit({ 1: cancel(7, IORING_ASYNC_CANCEL_ALL) });

  ring.expect({ 1: 0 });
});

scenario("CANCEL-7 CANCEL-10 CANCEL-21", "ANY cancels everything but itself", (world, ring) => {
  const pipe = world.pipe();
  ring.submit({
    1: read(pipe.read, world.memory.allocate(8)),
    2: pollAdd(pipe.read, POLLIN),
    3: timeout(world.memory.milliseconds(60_000)),
  });

  ring.submit({ 4: cancel(0, IORING_ASYNC_CANCEL_ANY) });

  ring.expect({ 1: "ECANCELED", 2: "ECANCELED", 3: "ECANCELED", 4: 3 });
});

scenario("CANCEL-25", "timers are cancelled in the order of their list", (world, ring) => {
  const pipe = world.pipe();
  const later = world.memory.milliseconds(60_000);
  ring.submit({
    1: timeout(later),
    2: timeout(later, 9),
    3: timeout(later),
    4: timeout(later, 5),
    5: read(pipe.read, world.memory.allocate(4)),
  });

  ring.submit({ 6: cancel(0, IORING_ASYNC_CANCEL_ANY | IORING_ASYNC_CANCEL_ALL) });

  const canceled = "ECANCELED";
  ring.expect({ 6: 5, 1: canceled, 2: canceled, 3: canceled, 4: canceled, 5: canceled });
  ring.expectOrder(6, 5, 4, 2, 1, 3);
});

scenario("CANCEL-20", "ANY together with FD or OP is refused", (_world, ring) => {
  ring.submit({
    1: cancel(0, IORING_ASYNC_CANCEL_ANY | IORING_ASYNC_CANCEL_FD),
    2: cancel(0, IORING_ASYNC_CANCEL_ANY | IORING_ASYNC_CANCEL_OP),
  });

  ring.expect({ 1: "EINVAL", 2: "EINVAL" });
});

scenario("CANCEL-8", "unknown flags and unused fields are refused", (_world, ring) => {
  ring.submit({
    1: cancel(7, 1 << 20),
    2: set32(SQE_OFF, 1, cancel(7)),
    3: set32(SQE_SPLICE_FD_IN, 1, cancel(7)),
  });

  ring.expect({ 1: "EINVAL", 2: "EINVAL", 3: "EINVAL" });
});

scenario("CANCEL-9", "a timeout is not found by FD", (world, ring) => {
  const pipe = world.pipe();
  ring.submit({ 1: timeout(world.memory.milliseconds(60_000)) });

  ring.submit({ 2: cancelFd(pipe.read) });

  ring.expect({ 2: "ENOENT" });
});

scenario("CANCEL-11", "without ALL exactly one of several equal requests ends", (world, ring) => {
  const pipe = world.pipe();
  ring.pushOne(5, pollAdd(pipe.read, POLLIN));
  ring.pushOne(5, pollAdd(pipe.read, POLLIN));
  ring.submit({});

  ring.submit({ 9: cancel(5) });

  ring.expect({ 9: 0, 5: "ECANCELED" });
  ring.expectQuiet();
});

scenario("CANCEL-5 CANCEL-19", "the OP key finds requests by opcode", (world, ring) => {
  const pipe = world.pipe();
  ring.submit({ 1: read(pipe.read, world.memory.allocate(8)), 2: pollAdd(pipe.read, POLLIN) });

  ring.submit({ 3: set32(SQE_LEN, IORING_OP_POLL_ADD, cancel(0, IORING_ASYNC_CANCEL_OP)) });

  ring.expect({ 2: "ECANCELED", 3: 0 });
  ring.expectQuiet();
});

scenario("CANCEL-26", "of the opcode eight bits count", (world, ring) => {
  const { read: source } = world.pipe();
  const byOpcode = (length: number): Entry =>
    set32(SQE_LEN, length, cancel(0, IORING_ASYNC_CANCEL_OP));
  ring.submit({ 1: pollAdd(source, POLLIN) });

  ring.submit({ 2: byOpcode(256 + IORING_OP_READ) });
  ring.expect({ 2: "ENOENT" });
  ring.submit({ 3: byOpcode(0x1000100 + IORING_OP_POLL_ADD) });

  ring.expect({ 1: "ECANCELED", 3: 0 });
});

scenario("CANCEL-5", "OP and USERDATA must both match", (world, ring) => {
  const pipe = world.pipe();
  const both = IORING_ASYNC_CANCEL_OP | IORING_ASYNC_CANCEL_USERDATA;
  ring.submit({ 1: read(pipe.read, world.memory.allocate(8)), 2: pollAdd(pipe.read, POLLIN) });

  ring.submit({ 3: set32(SQE_LEN, IORING_OP_READ, cancel(2, both)) });
  ring.submit({ 4: set32(SQE_LEN, IORING_OP_READ, cancel(1, both)) });

  ring.expect({ 3: "ENOENT", 4: 0, 1: "ECANCELED" });
});

scenario("CANCEL-12 LINK-11", "a later member of a chain is not found", (world, ring) => {
  const pipe = world.pipe();
  ring.submit({ 1: link(read(pipe.read, world.memory.allocate(1))), 2: nop() });

  ring.submit({ 3: cancel(2) });
  ring.expect({ 3: "ENOENT" });
  world.write(pipe.write, "x");

  ring.expect({ 1: 1, 2: 0 });
});

/** How a cancellation and the request that it wants may end when both could win (ND-4). */
const raceOf = (own: Expected): Expectations[] => [
  { 1: "ECANCELED", 2: 0 },
  { 1: own, 2: "ENOENT" },
  { 1: anyOf(own, "ECANCELED"), 2: "EALREADY" },
];

scenario(
  "ND-4 CANCEL-2",
  "a read that has just been woken, and its cancellation",
  (world, ring) => {
    const slow = waiting(world);
    ring.submit({ 1: slow.entry });

    slow.wake();
    ring.submit({ 2: cancel(1) });

    ring.expectOneOf(raceOf(1));
  },
);

scenario("ND-4 CANCEL-15", "a read of a file and its cancellation", (world, ring) => {
  const fd = fileWith(world, "hello");

  ring.submit({ 1: async(read(fd, world.memory.allocate(5))), 2: cancel(1) });

  ring.expectOneOf(raceOf(5));
});

scenario("ND-4 CANCEL-12", "a sync and its cancellation", (world, ring) => {
  const fd = fileWith(world, "hello");
  ring.submit({ 1: fsync(fd) });

  ring.submit({ 2: cancel(1) });

  ring.expectOneOf(raceOf(0));
});

scenario("CANCEL-2", "no byte is lost, whoever wins", (world, ring) => {
  const slow = waiting(world);
  ring.submit({ 1: slow.entry });

  slow.wake();
  ring.submit({ 2: cancel(1) });
  const { res } = ring.next(1);
  ring.next(2);

  const left = world.read(slow.fd, 8);
  check("the byte was read, or is still there", (res === 1) !== (typeof left !== "number"));
});

scenario(
  "LIFE-1",
  "closing a ring cancels its requests, and lets their files go",
  (world, ring) => {
    const pipe = world.pipe();
    const other = TestRing.open(world, { entries: 4 });
    other.submit({ 1: read(pipe.read, world.memory.allocate(1)) });
    ring.submit({ 1: pollAdd(pipe.write, 0) });
    world.closeFd(pipe.read);
    ring.expectQuiet();

    other.queue.close();

    ring.expect({ 1: POLLERR });
  },
);
