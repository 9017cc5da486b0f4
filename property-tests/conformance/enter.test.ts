/**
 * Chapter ENTER: what io_uring_enter(2) waits for, and what it answers.
 *
 * Where a rule says that a wait ends early, a timer of 20 s is in flight meanwhile: it would
 * end the wait as well (ENTER-11), so a wait that was too long is seen by the timer's CQE, and
 * nothing is measured.
 */
import { expect } from "vitest";
import {
  GETEVENTS_ARG_MIN_WAIT_USEC,
  GETEVENTS_ARG_SIGMASK,
  GETEVENTS_ARG_SIGMASK_SZ,
  GETEVENTS_ARG_SIZE,
  GETEVENTS_ARG_TS,
  IORING_ENTER_ABS_TIMER,
  IORING_ENTER_EXT_ARG,
  IORING_ENTER_GETEVENTS,
  IORING_ENTER_NO_IOWAIT,
  IORING_ENTER_REGISTERED_RING,
  IORING_ENTER_SQ_WAIT,
  IORING_ENTER_SQ_WAKEUP,
} from "../../spec/abi/enter.ts";
import { IORING_TIMEOUT_ETIME_SUCCESS } from "../../spec/abi/sqe.ts";
import { setU64 } from "../../src/queue/index.ts";
import { UNMAPPED, type Memory } from "../worlds/memory.ts";
import type { World } from "../worlds/world.ts";
import { chapter } from "./harness/chapter.ts";
import { timeout } from "./harness/control-entries.ts";
import { nop, read, skip } from "./harness/entries.ts";
import { equal, type Result } from "./harness/expectation.ts";
import type { TestRing } from "./harness/test-ring.ts";

const scenario = await chapter();

const GETEVENTS = IORING_ENTER_GETEVENTS;
const EXT = IORING_ENTER_GETEVENTS | IORING_ENTER_EXT_ARG;
/** user_data of the timer that ends a wait which lasts too long. */
const WATCHDOG = 99;

function startWatchdog(world: World, ring: TestRing): void {
  ring.submit({ [WATCHDOG]: timeout(world.memory.milliseconds(20_000)) });
}

/** A `struct io_uring_getevents_arg` with a time limit. */
function waitArgument(world: World, seconds: number, nanoseconds: number): Memory {
  const argument = world.memory.allocate(GETEVENTS_ARG_SIZE);
  const time = world.memory.timespec(seconds, nanoseconds);
  setU64(argument.view, GETEVENTS_ARG_TS, time.address);
  return argument;
}

function waitFor(ring: TestRing, minComplete: number, argument: Memory, flags = 0): number {
  return ring.enter(0, minComplete, EXT | flags, argument.address, GETEVENTS_ARG_SIZE);
}

scenario(
  "ENTER-1",
  "unknown flags are refused before the descriptor is looked at",
  (world, ring) => {
    equal("enter", ring.enter(0, 0, 1 << 8), "EINVAL");
    equal("enter of no ring", world.backend.enter(-1, 0, 0, 1 << 30, 0, 0), "EINVAL");
  },
);

scenario("ENTER-2", "what is not open, or no ring, is refused", (world) => {
  equal("a closed descriptor", world.backend.enter(-1, 0, 0, 0, 0, 0), "EBADF");
  equal("a pipe", world.backend.enter(world.pipe().read, 0, 0, 0, 0, 0), "EOPNOTSUPP");
});

scenario("ENTER-3", "a registered ring index has to be below 16, and used", (world) => {
  const enter = (index: number): number =>
    world.backend.enter(index, 0, 0, IORING_ENTER_REGISTERED_RING, 0, 0);

  equal("index 16", enter(16), "EINVAL");
  equal("an empty slot", enter(3), "EBADF");
});

scenario("ENTER-5", "the result counts the SQEs that were consumed", (_world, ring) => {
  ring.publish({ 1: nop(), 2: nop(), 3: nop() });

  equal("enter of 2", ring.enter(2), 2);
  equal("enter of 2 more", ring.enter(2), 1);
  equal("enter of an empty queue", ring.enter(2), 0);

  ring.expect({ 1: 0, 2: 0, 3: 0 });
});

scenario("ENTER-6", "with fewer SQEs than asked for it does not wait", (world, ring) => {
  startWatchdog(world, ring);
  ring.publish({ 1: nop() });

  equal("enter", ring.enter(3, 5, GETEVENTS), 1);

  ring.expect({ 1: 0 });
  ring.expectPending(WATCHDOG);
});

scenario("ENTER-7", "what was consumed is told even if the wait fails", (world, ring) => {
  const pipe = world.pipe();
  const argument = waitArgument(world, 0, 1_000_000);
  ring.publish({ 1: read(pipe.read, world.memory.allocate(1)) });

  equal("enter", ring.enter(1, 1, EXT, argument.address, GETEVENTS_ARG_SIZE), 1);

  ring.expectPending(1);
});

scenario("ENTER-8", "GETEVENTS for 0 completions does not sleep", (world, ring) => {
  startWatchdog(world, ring);

  equal("enter", ring.enter(0, 0, GETEVENTS), 0);

  ring.expectPending(WATCHDOG);
});

scenario(
  "ENTER-9",
  "no wait is for more completions than the queue holds",
  { entries: 4, cqEntries: 4 },
  (world, ring) => {
    startWatchdog(world, ring);
    ring.submit({ 1: nop(), 2: nop(), 3: nop(), 4: nop() });

    equal("enter", ring.enter(0, 1000, GETEVENTS), 0);

    ring.expect({ 1: 0, 2: 0, 3: 0, 4: 0 });
    ring.expectPending(WATCHDOG);
  },
);

scenario("ENTER-40", "a minimum of 2^31 and more is negative", (world, ring) => {
  startWatchdog(world, ring);
  const wait = (minimum: number, mask = 0): number => {
    const argument = waitArgument(world, 0, 5_000_000);
    if (mask > 0) setU64(argument.view, GETEVENTS_ARG_SIGMASK, world.memory.allocate(8).address);
    argument.view.setUint32(GETEVENTS_ARG_SIGMASK_SZ, mask, true);
    return ring.enter(0, minimum, EXT, argument.address, GETEVENTS_ARG_SIZE);
  };

  equal("2^32 - 1", wait(0xffffffff), 0);
  equal("2^31 + 1", wait(0x80000001), 0);
  equal("2^31", wait(0x80000000), "ETIME");
  equal("with a mask of 3 bytes", wait(0xffffffff, 3), "EINVAL");
  equal("the watchdog did not end it", ring.enter(0, 0xffffffff, GETEVENTS), 0);

  ring.expectPending(WATCHDOG);
});

scenario("ENTER-10", "completions that nobody reaped count", (world, ring) => {
  startWatchdog(world, ring);
  ring.submit({ 1: nop(), 2: nop() });

  equal("enter", ring.enter(0, 2, GETEVENTS), 0);

  ring.expect({ 1: 0, 2: 0 });
  ring.expectPending(WATCHDOG);
});

scenario("ENTER-11", "a timeout that completes ends the wait", (world, ring) => {
  startWatchdog(world, ring);
  ring.submit({ 1: timeout(world.memory.milliseconds(1)) });

  equal("enter", ring.enter(0, 3, GETEVENTS), 0);

  ring.expect({ 1: "ETIME" });
  ring.expectPending(WATCHDOG);
});

scenario("ENTER-11", "what a silent timeout ended, another wait takes up", (world, ring) => {
  const silent = timeout(world.memory.milliseconds(1), 0, IORING_TIMEOUT_ETIME_SUCCESS);
  ring.submit({ 1: skip(silent), 2: timeout(world.memory.milliseconds(10)) });

  ring.expect({ 2: "ETIME" });
  ring.expectSilent(1);
});

scenario("ENTER-12", "a wait that times out: ETIME if nothing is there", (world, ring) => {
  equal("enter", waitFor(ring, 1, waitArgument(world, 0, 1_000_000)), "ETIME");
});

scenario("ENTER-12", "a wait that times out: 0 if anything is there", (world, ring) => {
  ring.submit({ 1: nop() });

  equal("enter", waitFor(ring, 2, waitArgument(world, 0, 1_000_000)), 0);

  ring.expect({ 1: 0 });
});

scenario("ENTER-14", "the wait argument has one size, and must be readable", (world, ring) => {
  const { address } = waitArgument(world, 1, 0);
  const badTime = world.memory.allocate(GETEVENTS_ARG_SIZE);
  setU64(badTime.view, GETEVENTS_ARG_TS, UNMAPPED);

  for (const minComplete of [0, 1]) {
    equal("a wrong size", ring.enter(0, minComplete, EXT, address, 16), "EINVAL");
    equal("no argument", ring.enter(0, minComplete, EXT, UNMAPPED, GETEVENTS_ARG_SIZE), "EFAULT");
    equal("no timespec", waitFor(ring, minComplete, badTime), "EFAULT");
  }
});

scenario("ENTER-24", "without GETEVENTS nobody looks at the argument", (_world, ring) => {
  equal("enter", ring.enter(0, 0, IORING_ENTER_EXT_ARG, UNMAPPED, 3), 0);
});

scenario("ENTER-15", "a signal mask is looked at only by a wait", (world, ring) => {
  const mask = world.memory.allocate(8);
  const withMask = (address: number, size: number): Memory => {
    const argument = waitArgument(world, 0, 1_000_000);
    setU64(argument.view, GETEVENTS_ARG_SIGMASK, address);
    argument.view.setUint32(GETEVENTS_ARG_SIGMASK_SZ, size, true);
    return argument;
  };

  equal("a wrong size", waitFor(ring, 1, withMask(mask.address, 4)), "EINVAL");
  equal("a bad pointer", waitFor(ring, 1, withMask(UNMAPPED, 8)), "EFAULT");
  equal("no need to wait", waitFor(ring, 0, withMask(UNMAPPED, 4)), 0);
  equal("a proper mask", waitFor(ring, 1, withMask(mask.address, 8)), "ETIME");
});

scenario("ENTER-16", "a time limit of zero or less is over at once", (world, ring) => {
  startWatchdog(world, ring);

  equal("zero", waitFor(ring, 1, waitArgument(world, 0, 0)), "ETIME");
  equal("negative", waitFor(ring, 1, waitArgument(world, -1, 0)), "ETIME");
  equal("more than a second's nanoseconds", waitFor(ring, 1, waitArgument(world, 0, 1e9)), "ETIME");

  ring.expectPending(WATCHDOG);
});

scenario("ENTER-17", "an absolute time limit in the past is over at once", (world, ring) => {
  startWatchdog(world, ring);

  const result = waitFor(ring, 1, waitArgument(world, 0, 1), IORING_ENTER_ABS_TIMER);

  equal("enter", result, "ETIME");
  ring.expectPending(WATCHDOG);
});

scenario("ENTER-18", "after the minimum wait one completion is enough", (world, ring) => {
  const argument = waitArgument(world, 30, 0);
  argument.view.setUint32(GETEVENTS_ARG_MIN_WAIT_USEC, 1000, true);
  startWatchdog(world, ring);
  ring.submit({ 1: nop() });

  equal("enter", waitFor(ring, 2, argument), 0);

  ring.expect({ 1: 0 });
  ring.expectPending(WATCHDOG);
});

scenario("ENTER-28", "without a time limit the minimum wait is the limit", (world, ring) => {
  const argument = world.memory.allocate(GETEVENTS_ARG_SIZE);
  argument.view.setUint32(GETEVENTS_ARG_MIN_WAIT_USEC, 1000, true);
  startWatchdog(world, ring);

  equal("enter", waitFor(ring, 1, argument), "ETIME");

  ring.expectPending(WATCHDOG);
});

const harmless: readonly (readonly [name: string, flag: number])[] = [
  ["SQ_WAKEUP", IORING_ENTER_SQ_WAKEUP],
  ["SQ_WAIT", IORING_ENTER_SQ_WAIT],
  ["NO_IOWAIT", IORING_ENTER_NO_IOWAIT],
];

scenario("ENTER-20", "flags about the SQ thread mean nothing without one", (_world, ring) => {
  for (const [name, flag] of harmless) {
    ring.publish({ 1: nop() });
    const expected: Result = 1;
    equal(`enter with ${name}`, ring.enter(1, 1, GETEVENTS | flag), expected);
    ring.expect({ 1: 0 });
  }
});

scenario("ENTER-10 CQ-11", "submit and wait in one call", (_world, ring) => {
  ring.publish({ 1: nop(), 2: nop(), 3: nop() });

  equal("enter", ring.enter(3, 3, GETEVENTS), 3);

  expect(ring.queue.ready).toBe(3);
  ring.expect({ 1: 0, 2: 0, 3: 0 });
  ring.expectOrder(1, 2, 3);
});
