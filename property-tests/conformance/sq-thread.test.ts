/**
 * Chapter SQPOLL: a kernel thread that takes entries without a system call.
 *
 * The thread of the real kernel keeps a processor busy while it is awake, so it is given a few
 * milliseconds at most.
 */
import { IORING_SQ_NEED_WAKEUP } from "../../spec/abi/cqe.ts";
import {
  IORING_ENTER_GETEVENTS,
  IORING_ENTER_SQ_WAIT,
  IORING_ENTER_SQ_WAKEUP,
} from "../../spec/abi/enter.ts";
import { POLLIN } from "../../spec/abi/linux.ts";
import {
  IORING_SETUP_ATTACH_WQ,
  IORING_SETUP_R_DISABLED,
  IORING_SETUP_SQPOLL,
  PARAMS_CQ_OFF_TAIL,
  PARAMS_SQ_OFF_FLAGS,
  PARAMS_SQ_OFF_HEAD,
  PARAMS_SQ_OFF_TAIL,
  PARAMS_SQ_THREAD_IDLE,
  PARAMS_WQ_FD,
} from "../../spec/abi/setup.ts";
import { IORING_REGISTER_ENABLE_RINGS } from "../../spec/abi/register.ts";
import type { World } from "../worlds/world.ts";
import { chapter } from "./harness/chapter.ts";
import { pollAdd, timeout } from "./harness/control-entries.ts";
import { nop, read, type Entry } from "./harness/entries.ts";
import { check, equal } from "./harness/expectation.ts";
import { rejected, waiting } from "./harness/fixtures.ts";
import { RawRing, type ParamsFields } from "./harness/raw-ring.ts";

const scenario = await chapter();

/** These make a ring of their own. */
const once = { rings: "plain" } as const;

const SHORT = { [PARAMS_SQ_THREAD_IDLE]: 1 };
/** Long enough for a thread that is awake to be met awake. */
const LONGER = { [PARAMS_SQ_THREAD_IDLE]: 100 };
const WAKE = IORING_ENTER_SQ_WAKEUP;

function open(world: World, fields: ParamsFields = SHORT, flags = 0): RawRing {
  return RawRing.open(world, 4, IORING_SETUP_SQPOLL | flags, fields);
}

const isAsleep = (ring: RawRing): boolean =>
  (ring.word(PARAMS_SQ_OFF_FLAGS) & IORING_SQ_NEED_WAKEUP) !== 0;

function untilAsleep(world: World, ring: RawRing): void {
  world.until("the thread sleeps", () => isAsleep(ring));
}

/** A ring whose thread sleeps. */
function asleep(world: World, fields: ParamsFields = SHORT): RawRing {
  const ring = open(world, fields);
  untilAsleep(world, ring);
  return ring;
}

/** Publishes entries under these user_data, and calls nobody. */
function publish(ring: RawRing, entries: Readonly<Record<number, Entry>>): void {
  let tail = ring.word(PARAMS_SQ_OFF_TAIL);
  for (const [userData, entry] of Object.entries(entries)) {
    const slot = tail & (ring.sqEntries - 1);
    ring.fill(slot, Number(userData), entry);
    ring.point(slot, slot);
    tail += 1;
  }
  ring.setTail(tail);
}

function untilPosted(world: World, ring: RawRing, count: number): void {
  world.until(`${count} CQEs were posted`, () => posted(ring) === count);
}

const posted = (ring: RawRing): number => ring.word(PARAMS_CQ_OFF_TAIL);

const head = (ring: RawRing): number => ring.word(PARAMS_SQ_OFF_HEAD);

scenario("SQPOLL-9", "the thread of a new ring falls asleep", once, (world) => {
  untilAsleep(world, open(world, LONGER));
});

scenario("SQPOLL-7", "SQ_WAKEUP wakes the thread", once, (world) => {
  const ring = asleep(world, LONGER);
  publish(ring, { 1: nop(), 2: nop() });

  equal("enter", ring.enter(2, 0, WAKE), 2);

  untilPosted(world, ring, 2);
  equal("SQ head", head(ring), 2);
  check("the thread is awake", !isAsleep(ring));
});

scenario("SQPOLL-1", "a thread that is awake takes entries by itself", once, (world) => {
  const ring = asleep(world, LONGER);
  publish(ring, { 1: nop() });
  ring.enter(0, 0, WAKE);
  untilPosted(world, ring, 1);

  publish(ring, { 2: nop() });
  untilPosted(world, ring, 2);

  equal("SQ head", head(ring), 2);
});

scenario("SQPOLL-2", "after a time without work the thread falls asleep", once, (world) => {
  const ring = asleep(world);
  publish(ring, { 1: nop() });
  ring.enter(0, 0, WAKE);
  untilPosted(world, ring, 1);

  untilAsleep(world, ring);
});

scenario("SQPOLL-3", "while it sleeps nothing else submits", once, (world) => {
  const ring = asleep(world);
  publish(ring, { 1: nop() });

  equal("enter", ring.enter(1), 1);
  equal("enter for events", ring.enter(0, 0, IORING_ENTER_GETEVENTS), 0);
  world.settle();

  equal("SQ head", head(ring), 0);
  check("the thread sleeps", isAsleep(ring));
});

scenario("SQPOLL-4", "the result is to_submit, whatever is queued", once, (world) => {
  const ring = asleep(world);

  equal("enter", ring.enter(7), 7);
  equal("enter for events", ring.enter(7, 0, IORING_ENTER_GETEVENTS), 7);
  equal("enter of nothing", ring.enter(0, 0, IORING_ENTER_GETEVENTS), 0);
});

scenario("SQPOLL-5", "SQ_WAIT waits for room", once, (world) => {
  const ring = asleep(world);
  publish(ring, { 1: nop(), 2: nop(), 3: nop(), 4: nop() });

  // Task work that is due to the caller ends the wait early.
  for (let calls = 0; calls < 3 && head(ring) === 0; calls++) {
    equal("enter", ring.enter(0, 0, WAKE | IORING_ENTER_SQ_WAIT), 0);
  }

  check("SQ head has moved", head(ring) > 0);
  untilPosted(world, ring, 4);
});

scenario("SQPOLL-5", "SQ_WAIT does not wait where there is room", once, (world) => {
  const ring = asleep(world);
  publish(ring, { 1: nop() });

  equal("enter", ring.enter(1, 0, IORING_ENTER_SQ_WAIT), 1);

  equal("SQ head", head(ring), 0);
});

scenario("SQPOLL-8", "requests complete while the thread sleeps", once, (world) => {
  const ring = asleep(world);
  const slow = waiting(world);
  publish(ring, { 1: slow.entry, 2: timeout(world.memory.milliseconds(30)) });
  ring.enter(0, 0, WAKE);
  world.until("the entries are taken", () => head(ring) === 2);
  untilAsleep(world, ring);

  slow.wake();

  untilPosted(world, ring, 2);
});

scenario("SQPOLL-10", "a request that its file completes wakes the thread", once, (world) => {
  const ring = asleep(world);
  const slow = waiting(world);
  publish(ring, { 1: pollAdd(slow.fd, POLLIN) });
  ring.enter(0, 0, WAKE);
  world.until("the poll is taken", () => head(ring) === 1);
  untilAsleep(world, ring);
  publish(ring, { 2: nop() });

  slow.wake();

  untilPosted(world, ring, 2);
});

scenario("SQPOLL-10", "a timer that expires wakes the thread", once, (world) => {
  const ring = asleep(world);
  publish(ring, { 1: timeout(world.memory.milliseconds(40)) });
  ring.enter(0, 0, WAKE);
  world.until("the timer is taken", () => head(ring) === 1);
  untilAsleep(world, ring);

  publish(ring, { 2: nop() });
  // On a slow machine the timer may have expired before there was anything to take.
  if (posted(ring) > 0) ring.enter(0, 0, WAKE);

  untilPosted(world, ring, 2);
});

scenario("SQ-11", "a rejected entry does not keep the others waiting", once, (world) => {
  const ring = asleep(world);
  publish(ring, { 1: rejected, 2: nop(), 3: nop() });

  ring.enter(0, 0, WAKE);

  untilPosted(world, ring, 3);
});

scenario("SQPOLL-4", "a wait on the ring collects what the thread completes", once, (world) => {
  const ring = asleep(world);
  const pipe = world.pipe();
  world.write(pipe.write, "x");
  publish(ring, { 1: read(pipe.read, world.memory.allocate(1)) });

  equal("enter", ring.enter(0, 1, WAKE | IORING_ENTER_GETEVENTS), 0);

  equal("CQEs", ring.word(PARAMS_CQ_OFF_TAIL), 1);
});

scenario("SQPOLL-12", "one thread can serve several rings", once, (world) => {
  const ring = asleep(world);
  const attached = { ...SHORT, [PARAMS_WQ_FD]: ring.fd };
  const other = open(world, attached, IORING_SETUP_ATTACH_WQ);
  publish(ring, { 1: nop() });
  publish(other, { 2: nop() });

  ring.enter(0, 0, WAKE);

  untilPosted(world, ring, 1);
  untilPosted(world, other, 1);
  untilAsleep(world, ring);
  untilAsleep(world, other);
});

scenario("SQPOLL-13", "the thread takes nothing from a disabled ring", once, (world) => {
  const ring = open(world, SHORT, IORING_SETUP_R_DISABLED);
  untilAsleep(world, ring);

  equal("enter", ring.enter(0, 0, WAKE), "EBADFD");
  equal("enable", world.backend.register(ring.fd, IORING_REGISTER_ENABLE_RINGS, 0, 0), 0);
  publish(ring, { 1: nop() });
  equal("enter", ring.enter(0, 0, WAKE), 0);

  untilPosted(world, ring, 1);
});
