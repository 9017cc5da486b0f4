/** Chapter CQ: completions, and what happens to those that do not fit. */
import { expect } from "vitest";
import { IORING_CQE_F_MORE } from "../../spec/abi/cqe.ts";
import { IORING_ENTER_GETEVENTS } from "../../spec/abi/enter.ts";
import { POLLIN, POLLOUT, POLLRDNORM } from "../../spec/abi/linux.ts";
import { IORING_SETUP_DEFER_TASKRUN, IORING_SETUP_SINGLE_ISSUER } from "../../spec/abi/setup.ts";
import { IORING_POLL_ADD_MULTI } from "../../spec/abi/sqe.ts";
import { chapter } from "./harness/chapter.ts";
import { pollAdd } from "./harness/control-entries.ts";
import { nop, type Entry, read, skip, write } from "./harness/entries.ts";
import { check, equal, more } from "./harness/expectation.ts";
import { TestRing } from "./harness/test-ring.ts";
import type { World } from "../worlds/world.ts";

const scenario = await chapter();

/** Twice as many SQEs as completions fit. */
const small = { entries: 4, cqEntries: 4 } as const;
/** Every SQE can be shown at once, so that submits need not flush. */
const roomy = { entries: 16, cqEntries: 16 } as const;

const GETEVENTS = IORING_ENTER_GETEVENTS;

/** NOPs with user_data from `first` on. */
function nops(first: number, count: number): Record<number, Entry> {
  return Object.fromEntries(Array.from({ length: count }, (_, i) => [first + i, nop()]));
}

function zeros(first: number, count: number): Record<number, number> {
  return Object.fromEntries(Array.from({ length: count }, (_, i) => [first + i, 0]));
}

const range = (first: number, count: number): number[] =>
  Array.from({ length: count }, (_, i) => first + i);

scenario(
  "CQ-3 CQ-6",
  "what does not fit waits in a backlog, and is not lost",
  small,
  (_w, ring) => {
    ring.submit(nops(1, 4));
    check("no backlog yet", !ring.queue.needsFlush);
    ring.submit(nops(5, 2));

    check("the overflow is flagged", ring.queue.needsFlush);
    expect(ring.queue.ready).toBe(4);
    expect(ring.queue.overflowCount).toBe(0);

    ring.expect(zeros(1, 6));
    expect(ring.queue.overflowCount).toBe(0);
  },
);

scenario("CQ-3", "the backlog keeps the order", small, (_world, ring) => {
  for (let batch = 0; batch < 5; batch++) ring.submit(nops(1 + 4 * batch, 4));

  ring.expect(zeros(1, 20));

  ring.expectOrder(...range(1, 20));
});

scenario(
  "CQ-4 CQ-5 CQ-13 CQ-14",
  "a plain submit does not flush, and joins the backlog",
  roomy,
  (_w, ring) => {
    ring.submit(nops(1, 16));
    ring.publish(nops(17, 3));
    equal("the submit that overflows", ring.enter(2), 2);
    check("the overflow is flagged", ring.queue.needsFlush);
    expect(ring.poll()).toBe(16);

    equal("a submit with room in the ring", ring.enter(1), 1);

    expect(ring.poll()).toBe(0);
    check("the overflow is still flagged", ring.queue.needsFlush);
    equal("enter with GETEVENTS", ring.enter(0, 0, GETEVENTS), 0);
    expect(ring.poll()).toBe(3);
    check("the overflow is not flagged any more", !ring.queue.needsFlush);
    ring.expect(zeros(1, 19));
    ring.expectOrder(...range(1, 19));
  },
);

scenario("CQ-5 ENTER-8", "a flush moves as much as fits", small, (_world, ring) => {
  for (let batch = 0; batch < 3; batch++) ring.submit(nops(1 + 4 * batch, 4));

  for (const rest of [true, true, false]) {
    equal("enter with GETEVENTS", ring.enter(0, 0, GETEVENTS), 0);
    expect(ring.queue.ready).toBe(4);
    expect(ring.queue.needsFlush || !rest).toBe(true);
    ring.poll();
  }

  check("the backlog is empty", !ring.queue.needsFlush);
  ring.expect(zeros(1, 12));
});

scenario("CQ-5", "flushing a full ring moves nothing", small, (_world, ring) => {
  ring.submit(nops(1, 4));
  ring.submit(nops(5, 1));

  equal("enter with GETEVENTS", ring.enter(0, 0, GETEVENTS), 0);

  expect(ring.queue.ready).toBe(4);
  check("the overflow is still flagged", ring.queue.needsFlush);
  ring.expect(zeros(1, 5));
});

scenario("CQ-18 ENTER-10", "a wait is content with the backlog", small, (_world, ring) => {
  ring.submit(nops(1, 4));
  ring.submit(nops(5, 2));
  expect(ring.poll()).toBe(4);

  equal("enter", ring.enter(0, 2, GETEVENTS), 0);

  expect(ring.poll()).toBe(2);
  ring.expect(zeros(1, 6));
});

scenario("ENTER-23", "a ring with a backlog takes submissions", small, (_world, ring) => {
  ring.submit(nops(1, 4));

  for (let first = 5; first <= 13; first += 4) equal("submit", ring.submit(nops(first, 4)), 4);

  ring.expect(zeros(1, 16));
});

scenario("CQ-7", "a multishot request that cannot post ends", small, (world, ring) => {
  const pipe = world.pipe();
  ring.submit({ 9: pollAdd(pipe.read, POLLIN, IORING_POLL_ADD_MULTI) });
  ring.submit(nops(1, 4));

  world.write(pipe.write, "x");
  world.settle();
  equal("enter with GETEVENTS", ring.enter(0, 0, GETEVENTS), 0);
  ring.expect(zeros(1, 4));

  const last = ring.next(9);
  check("its result is the mask", last.res === POLLIN);
  check("it is the last one", (last.flags & IORING_CQE_F_MORE) === 0);
});

scenario("CQ-10 POLL-11", "a ring is readable when it holds completions", (world, ring) => {
  const other = TestRing.open(world, { entries: 4 });
  ring.submit({ 1: pollAdd(other.queue.ringFd, POLLIN) });
  ring.expectQuiet();

  other.submit({ 1: nop() });

  ring.expect({ 1: POLLIN });
  other.expect({ 1: 0 });
});

scenario("POLL-22", "a completion wakes those that wait for POLLIN", (world, ring) => {
  const other = TestRing.open(world, { entries: 4 });
  const { ringFd } = other.queue;
  ring.submit({ 1: pollAdd(ringFd, POLLIN | POLLRDNORM), 2: pollAdd(ringFd, POLLRDNORM) });
  ring.expectQuiet();

  other.submit({ 1: nop() });

  ring.expect({ 1: POLLIN });
  ring.expectPending(2);
  other.expect({ 1: 0 });
});

scenario("POLL-27", "a request that ends in silence wakes them as well", (world, ring) => {
  const other = TestRing.open(world, { entries: 4 });
  ring.submit({ 1: pollAdd(other.queue.ringFd, POLLIN) });
  ring.expectQuiet();

  other.submit({ 1: skip(nop()) });

  ring.expect({ 1: POLLIN });
  equal("completions", other.poll(), 0);
});

scenario("POLL-44", "work for the owner of a deferred ring wakes nobody", (world, ring) => {
  const flags = IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_SINGLE_ISSUER;
  const other = TestRing.open(world, { entries: 4, flags });
  const pipe = world.pipe();
  other.submit({ 1: read(pipe.read, world.memory.allocate(1)) });
  ring.submit({ 1: pollAdd(other.queue.ringFd, POLLIN) });
  ring.expectQuiet();

  world.write(pipe.write, "x");

  ring.expectQuiet();
  other.expect({ 1: 1 });
  ring.expect({ 1: POLLIN });
});

scenario("POLL-28", "so does a completion that comes out of the backlog", (world, ring) => {
  const other = TestRing.open(world, { entries: 4, cqEntries: 4 });
  other.submit(nops(1, 4));
  other.submit(nops(5, 1));
  ring.submit({ 1: pollAdd(other.queue.ringFd, POLLIN, IORING_POLL_ADD_MULTI) });
  ring.expectNext(1, more(POLLIN));
  ring.expectPending(1);

  other.expect(zeros(1, 5));

  ring.expect({ 1: POLLIN });
});

/** A write to its own ring, as the last entry of a full submission queue. */
function writeToFullRing(world: World, ring: TestRing): void {
  ring.submit({ 1: nop(), 2: write(ring.queue.ringFd, world.memory.of("x")) });
  ring.expect({ 1: 0 });
}

scenario(
  "POLL-22",
  "a write to a ring that is full waits, though it has room soon",
  { entries: 2, rings: "plain" },
  (world, ring) => {
    writeToFullRing(world, ring);

    ring.submit({ 3: nop() });

    ring.expect({ 3: 0 });
    ring.expectPending(2);
  },
);

scenario(
  "POLL-23",
  "but where nobody has waited for the ring before, it looks again",
  { entries: 2, rings: "deferred" },
  (world, ring) => {
    writeToFullRing(world, ring);

    ring.expect({ 2: "EINVAL" });
  },
);

scenario("CQ-17", "a ring is writable while its submission queue has room", (world, ring) => {
  const other = TestRing.open(world, { entries: 4 });

  ring.submit({ 1: pollAdd(other.queue.ringFd, POLLIN | POLLOUT) });

  ring.expect({ 1: POLLOUT });
});

scenario("CQ-11", "what completes inline does so in the order of submission", (_world, ring) => {
  ring.submit(nops(1, 16));

  ring.expect(zeros(1, 16));

  ring.expectOrder(...range(1, 16));
});

scenario("CQ-1", "the indices wrap around the rings", { entries: 2, cqEntries: 2 }, (_w, ring) => {
  for (let round = 0; round < 9; round++) {
    ring.submit(nops(1, 1 + (round & 1)));
    ring.expect(zeros(1, 1 + (round & 1)));
  }
  expect(ring.queue.pending).toBe(0);
});
