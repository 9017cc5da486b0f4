/** Chapter SQ: how io_uring_enter(2) consumes the submission queue. */
import { expect } from "vitest";
import { IORING_ENTER_GETEVENTS } from "../../spec/abi/enter.ts";
import {
  IORING_SETUP_NO_SQARRAY,
  IORING_SETUP_SUBMIT_ALL,
  PARAMS_SQ_OFF_HEAD,
} from "../../spec/abi/setup.ts";
import { SQE_IOPRIO } from "../../spec/abi/sqe.ts";
import { setUserData } from "../../src/queue/index.ts";
import { chapter } from "./harness/chapter.ts";
import { timeout } from "./harness/control-entries.ts";
import { link, nop, read, readv, set16 } from "./harness/entries.ts";
import { equal } from "./harness/expectation.ts";
import { RawRing } from "./harness/raw-ring.ts";

const scenario = await chapter();

/** These make a ring of their own. */
const once = { rings: "plain" } as const;

/** Rejected when the request is set up: before it is issued. */
const rejected = set16(SQE_IOPRIO, 1, nop());

/** A raw ring whose SQ array names its SQEs one to one; every SQE is a NOP. */
function ringOfNops(world: Parameters<typeof RawRing.open>[0], flags = 0): RawRing {
  const ring = RawRing.open(world, 4, flags);
  for (let index = 0; index < ring.sqEntries; index++) {
    ring.fill(index, index + 1, nop());
    if ((flags & IORING_SETUP_NO_SQARRAY) === 0) ring.point(index, index);
  }
  return ring;
}

const ids = (ring: RawRing): number[] => ring.reap().map(({ userData }) => userData);

scenario("SQ-1 ENTER-5", "no more is taken than asked for", once, (world) => {
  const ring = ringOfNops(world);
  ring.setTail(3);

  equal("enter of 2", ring.enter(2), 2);

  expect(ring.word(PARAMS_SQ_OFF_HEAD)).toBe(2);
  expect(ids(ring)).toEqual([1, 2]);
  equal("enter of the rest", ring.enter(2), 1);
  expect(ids(ring)).toEqual([3]);
});

scenario("SQ-1 ENTER-5", "no more is taken than there is", once, (world) => {
  const ring = ringOfNops(world);

  equal("enter of an empty queue", ring.enter(4), 0);
  ring.setTail(2);
  equal("enter", ring.enter(4), 2);
  equal("enter of 0", ring.enter(0), 0);
});

scenario("SQ-12", "a tail too far ahead counts as a full queue", once, (world) => {
  const ring = ringOfNops(world);
  ring.setTail(100);

  equal("enter", ring.enter(100), 4);

  expect(ids(ring)).toEqual([1, 2, 3, 4]);
});

scenario("SQ-2", "the SQ array says which SQE comes next", once, (world) => {
  const ring = ringOfNops(world);
  [3, 0, 2, 1].forEach((index, slot) => ring.point(slot, index));
  ring.setTail(4);

  equal("enter", ring.enter(4), 4);

  expect(ids(ring)).toEqual([4, 1, 3, 2]);
});

scenario("SQ-2", "one SQE may be named several times", once, (world) => {
  const ring = ringOfNops(world);
  for (let slot = 0; slot < 3; slot++) ring.point(slot, 2);
  ring.setTail(3);

  equal("enter", ring.enter(3), 3);

  expect(ids(ring)).toEqual([3, 3, 3]);
});

scenario("SQ-3", "a slot that names no SQE is dropped, and ends the batch", once, (world) => {
  const ring = ringOfNops(world);
  ring.point(1, 4);
  ring.setTail(3);

  equal("enter", ring.enter(3), 1);

  expect(ring.dropped).toBe(1);
  expect(ring.word(PARAMS_SQ_OFF_HEAD)).toBe(2);
  expect(ids(ring)).toEqual([1]);
  equal("enter of the rest", ring.enter(1), 1);
  expect(ids(ring)).toEqual([3]);
});

scenario("SQ-13", "it also ends the chain that is being built", once, (world) => {
  const ring = ringOfNops(world);
  ring.fill(0, 1, link(nop()));
  ring.fill(1, 2, link(nop()));
  ring.point(2, 4);
  ring.setTail(4);

  equal("enter", ring.enter(4), 2);

  // A worker runs what was not finished (LINK-17).
  equal("wait", ring.enter(0, 2, IORING_ENTER_GETEVENTS), 0);
  expect(ids(ring)).toEqual([1, 2]);
  equal("enter of the rest", ring.enter(1), 1);
  expect(ids(ring)).toEqual([4]);
});

scenario("SQ-14", "without an SQ array no slot is dropped", once, (world) => {
  const ring = ringOfNops(world, IORING_SETUP_NO_SQARRAY);
  // What was the array's first word elsewhere is a CQE here, or nothing.
  for (let round = 1; round <= 3; round++) {
    ring.setTail(4 * round);
    equal("enter", ring.enter(4), 4);
    expect(ids(ring)).toEqual([1, 2, 3, 4]);
  }
  ring.setTail(1000);
  equal("enter with a tail too far ahead", ring.enter(1000), 4);

  expect(ring.dropped).toBe(0);
});

scenario("SQ-4", "without an SQ array the SQEs come in their own order", once, (world) => {
  const ring = ringOfNops(world, IORING_SETUP_NO_SQARRAY);
  ring.setTail(3);
  equal("enter", ring.enter(3), 3);
  expect(ids(ring)).toEqual([1, 2, 3]);

  ring.setTail(5);
  equal("enter", ring.enter(2), 2);

  expect(ids(ring)).toEqual([4, 1]);
});

scenario("SQ-5 TIMEOUT-18", "a timespec may be overwritten after the submit", (world, ring) => {
  const time = world.memory.timespec(0, 1_000_000);

  ring.submit({ 1: timeout(time.address) });
  time.bytes.fill(0xff);

  ring.expect({ 1: "ETIME" });
});

scenario("SQ-5", "iovecs may be overwritten after the submit", (world, ring) => {
  const pipe = world.pipe();
  const target = world.memory.allocate(1);
  const iovecs = world.memory.iovecs([[target.address, 1]]);

  ring.submit({ 1: readv(pipe.read, iovecs.address, 1) });
  iovecs.bytes.fill(0xff);
  world.write(pipe.write, "x");

  ring.expect({ 1: 1 });
  expect(target.text(1)).toBe("x");
});

scenario("SQ-6", "an SQE that is rejected ends its batch", (_world, ring) => {
  ring.publish({ 1: nop(), 2: rejected, 3: nop() });

  equal("enter", ring.enter(3), 2);
  ring.expect({ 1: 0, 2: "EINVAL" });
  ring.expectQuiet();
  equal("enter of the rest", ring.enter(1), 1);

  ring.expect({ 3: 0 });
});

scenario(
  "SQ-7",
  "with SUBMIT_ALL the batch goes on",
  { flags: IORING_SETUP_SUBMIT_ALL },
  (_world, ring) => {
    ring.publish({ 1: nop(), 2: rejected, 3: nop() });

    equal("enter", ring.enter(3), 3);

    ring.expect({ 1: 0, 2: "EINVAL", 3: 0 });
  },
);

scenario("SQ-8", "a rejected member of a chain does not end the batch", (_world, ring) => {
  ring.publish({ 1: link(rejected), 2: nop(), 3: nop() });

  equal("enter", ring.enter(3), 3);

  ring.expect({ 1: "EINVAL", 2: "ECANCELED", 3: 0 });
});

scenario("SQ-15", "the rejected last member of a chain does", (_world, ring) => {
  ring.publish({ 1: link(nop()), 2: rejected, 3: nop() });

  equal("enter", ring.enter(3), 2);
  ring.expect({ 1: "ECANCELED", 2: "EINVAL" });
  equal("enter of the rest", ring.enter(1), 1);

  ring.expect({ 3: 0 });
});

scenario("SQ-9", "an error of the operation itself does not end the batch", (world, ring) => {
  ring.publish({ 1: read(-1, world.memory.allocate(1)), 2: nop() });

  equal("enter", ring.enter(2), 2);

  ring.expect({ 1: "EBADF", 2: 0 });
});

scenario("SQ-10", "all 64 bits of user_data come back", once, (_world, ring) => {
  const { queue } = ring;
  const at = queue.nextSqe();
  nop()(queue.sqes, at);
  setUserData(queue.sqes, at, 0x89abcdef, 0xfedcba98);

  equal("submit", queue.submit(1), 1);

  expect(queue.next()).toBe(true);
  expect([queue.userDataLow, queue.userDataHigh]).toEqual([0x89abcdef, 0xfedcba98]);
});

scenario("SQ-1", "the driver submits what does not fit in one batch", (_world, ring) => {
  for (let round = 0; round < 5; round++) {
    const entries = Object.fromEntries(Array.from({ length: 16 }, (_, i) => [i + 1, nop()]));
    equal("submit", ring.submit(entries), 16);
    ring.expect(Object.fromEntries(Array.from({ length: 16 }, (_, i) => [i + 1, 0])));
  }
  expect(ring.queue.pending).toBe(0);
  expect(ring.queue.droppedCount).toBe(0);
});
