/**
 * Chapter ENTER: what ends a wait that has begun, and what does not.
 *
 * Something has to happen while the call waits, and not be a timeout request, which would end the
 * wait by itself: a read is cancelled by its LINK_TIMEOUT, which makes two CQEs.
 */
import {
  GETEVENTS_ARG_MIN_WAIT_USEC,
  GETEVENTS_ARG_SIZE,
  GETEVENTS_ARG_TS,
  IORING_ENTER_EXT_ARG,
  IORING_ENTER_EXT_ARG_REG,
  IORING_ENTER_GETEVENTS,
  IORING_ENTER_REGISTERED_RING,
  IORING_ENTER_SQ_WAKEUP,
} from "../../spec/abi/enter.ts";
import { POLLIN } from "../../spec/abi/linux.ts";
import { IORING_SETUP_SQPOLL, PARAMS_SQ_THREAD_IDLE } from "../../spec/abi/setup.ts";
import { setU64 } from "../../src/queue/index.ts";
import type { Memory } from "../worlds/memory.ts";
import type { World } from "../worlds/world.ts";
import { chapter, type ScenarioOptions } from "./harness/chapter.ts";
import { linkTimeout, pollAdd, timeout } from "./harness/control-entries.ts";
import { type Entry, hardlink, link, nop, read, write } from "./harness/entries.ts";
import { equal } from "./harness/expectation.ts";
import { RawRing } from "./harness/raw-ring.ts";
import type { Entries } from "./harness/test-ring.ts";

const scenario = await chapter();

const GETEVENTS = IORING_ENTER_GETEVENTS;
const EXT = GETEVENTS | IORING_ENTER_EXT_ARG;
/** user_data of the timer that ends a wait which lasts too long. */
const WATCHDOG = 99;

const timer = (world: World, milliseconds: number, count = 0): Entry =>
  timeout(world.memory.milliseconds(milliseconds), count);

/** Two requests that complete after so long, both at once. */
function pairAfter(world: World, milliseconds: number): Entries {
  return {
    10: link(read(world.pipe().read, world.memory.allocate(8))),
    11: linkTimeout(world.memory.milliseconds(milliseconds)),
  };
}

/** A `struct io_uring_getevents_arg`. */
function limits(world: World, milliseconds: number, minimumMicroseconds: number): Memory {
  const argument = world.memory.allocate(GETEVENTS_ARG_SIZE);
  setU64(argument.view, GETEVENTS_ARG_TS, world.memory.milliseconds(milliseconds));
  argument.view.setUint32(GETEVENTS_ARG_MIN_WAIT_USEC, minimumMicroseconds, true);
  return argument;
}

/** Needs threads whose event loop has no ring of its own. */
const UNTOUCHED: ScenarioOptions =
  Number(process.versions.node.split(".")[0]) < 24
    ? {}
    : { without: { native: "threads of this Node.js use a ring for their event loop" } };

scenario("ENTER-25", "a timer that expired earlier does not end the wait", (world, ring) => {
  ring.submit({ 1: timer(world, 2), 2: timer(world, 40) });
  ring.expectNext(1, "ETIME");

  equal("enter", ring.enter(0, 2, GETEVENTS), 0);

  equal("completions", ring.queue.ready, 1);
  ring.expect({ 2: "ETIME" });
});

scenario("ENTER-25", "nor one whose CQE nobody took", (world, ring) => {
  ring.submit({ 1: timer(world, 2) });
  equal("enter", ring.enter(0, 1, GETEVENTS), 0);
  ring.submit({ 2: timer(world, 40) });

  equal("enter again", ring.enter(0, 3, GETEVENTS), 0);

  equal("completions", ring.queue.ready, 2);
  ring.expect({ 1: "ETIME", 2: "ETIME" });
});

scenario("ENTER-29", "a minimum wait without any CQE goes on for the first", (world, ring) => {
  ring.submit({ [WATCHDOG]: timer(world, 20_000), ...pairAfter(world, 20) });
  const argument = limits(world, 10_000, 1000);

  equal("enter", ring.enter(0, 6, EXT, argument.address, GETEVENTS_ARG_SIZE), 0);

  ring.expect({ 10: "ECANCELED", 11: "ETIME" });
  ring.expectPending(WATCHDOG);
});

scenario("ENTER-29", "or until the limit", (world, ring) => {
  ring.submit({ [WATCHDOG]: timer(world, 20_000) });
  const argument = limits(world, 5, 1000);

  equal("enter", ring.enter(0, 6, EXT, argument.address, GETEVENTS_ARG_SIZE), "ETIME");

  ring.expectPending(WATCHDOG);
});

scenario("ENTER-32", "EXT_ARG_REG alone says nothing", (world, ring) => {
  const flags = GETEVENTS | IORING_ENTER_EXT_ARG_REG;
  const mask = world.memory.allocate(64);
  ring.submit({ 1: nop() });

  equal("enough is there", ring.enter(0, 1, flags, 8, 64), 0);
  equal("a signal mask of 64 bytes", ring.enter(0, 2, flags, mask.address, 64), "EINVAL");

  ring.expect({ 1: 0 });
});

scenario(
  "ENTER-33",
  "a task that has used no ring has none registered",
  UNTOUCHED,
  async (world, ring) => {
    const thread = world.otherTask(0);
    equal("index 0", await thread.enter(0, 0, IORING_ENTER_REGISTERED_RING), "EINVAL");
    const last = world.otherTask(15);
    equal("index 15", await last.enter(0, 0, IORING_ENTER_REGISTERED_RING), "EINVAL");

    const { backend } = world;
    const here = backend.enter(0, 0, 0, IORING_ENTER_REGISTERED_RING, 0, 0);
    equal("a task with a ring", here, "EBADF");
    ring.expect({});
  },
);

scenario("ENTER-33", "submitting is using", { rings: "plain", ...UNTOUCHED }, async (world) => {
  const ring = RawRing.open(world, 1);
  const thread = world.otherTask(ring.fd);
  const entering = IORING_ENTER_REGISTERED_RING;
  const index = ring.fd < 16 ? "EBADF" : "EINVAL";

  equal("before", await thread.enter(0, 0, entering), "EINVAL");
  equal("an empty submit", await thread.enter(1), 0);
  equal("after", await thread.enter(0, 0, entering), index);
});

scenario("ENTER-34", "a count that is reached ends a wait", (world, ring) => {
  ring.submit({ 1: timer(world, 20_000, 2), ...pairAfter(world, 10) });

  equal("enter", ring.enter(0, 6, GETEVENTS), 0);

  equal("completions", ring.queue.ready, 3);
  ring.expect({ 1: 0, 10: "ECANCELED", 11: "ETIME" });
});

scenario(
  "TASK-10",
  "the owner of a deferred ring is woken when enough is due",
  { rings: "deferred" },
  async (world, ring) => {
    await whenEarlierRingsAreGone();
    const pipe = world.pipe();
    ring.submit({
      1: pollAdd(pipe.read, POLLIN),
      2: timer(world, 20_000, 1),
      [WATCHDOG]: timer(world, 60),
    });
    writeLater(world, pipe.write, 15);

    equal("enter", ring.enter(0, 3, GETEVENTS), 0);

    // The poll was due long before; had its CQE been posted, the count would have ended the wait.
    equal("completions", ring.queue.ready, 3);
    ring.expect({ 1: POLLIN, 2: 0, [WATCHDOG]: "ETIME" });
  },
);

scenario("TASK-10", "as when the wait begins", { rings: "deferred" }, (world, ring) => {
  const pipe = world.pipe();
  ring.submit({ 1: pollAdd(pipe.read, POLLIN), 2: timer(world, 20_000, 1) });
  world.write(pipe.write, "x");
  world.settle();

  equal("enter", ring.enter(0, 2, GETEVENTS), 0);

  ring.expect({ 1: POLLIN, 2: 0 });
});

/** The kernel ends a ring some time after it was closed, and interrupts its owner for that. */
function whenEarlierRingsAreGone(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 150));
}

/** Has the SQ thread of another ring write into a pipe. */
function writeLater(world: World, pipe: number, milliseconds: number): void {
  const thread = RawRing.open(world, 2, IORING_SETUP_SQPOLL, { [PARAMS_SQ_THREAD_IDLE]: 1 });
  const time = world.memory.milliseconds(milliseconds);
  const entries = [hardlink(timeout(time, 0)), write(pipe, world.memory.allocate(1))];
  for (const [index, entry] of entries.entries()) {
    thread.fill(index, index, entry);
    thread.point(index, index);
  }
  thread.setTail(2);
  equal("wake", thread.enter(2, 0, IORING_ENTER_SQ_WAKEUP), 2);
}
