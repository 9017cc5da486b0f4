/** Chapter TIMEOUT: timers, counted timers, multishot timers, and how they are changed. */
import {
  IORING_TIMEOUT_ABS,
  IORING_TIMEOUT_BOOTTIME,
  IORING_TIMEOUT_ETIME_SUCCESS,
  IORING_TIMEOUT_MULTISHOT,
  IORING_TIMEOUT_REALTIME,
  IORING_TIMEOUT_UPDATE,
  IORING_LINK_TIMEOUT_UPDATE,
  SQE_ADDR3,
  SQE_BUF_INDEX,
  SQE_LEN,
  SQE_OP_FLAGS,
  SQE_PAD2,
  SQE_SPLICE_FD_IN,
} from "../../spec/abi/sqe.ts";
import { EALREADY, ENOENT } from "../../spec/errno.ts";
import { UNMAPPED } from "../worlds/memory.ts";
import type { World } from "../worlds/world.ts";
import { chapter } from "./harness/chapter.ts";
import {
  linkTimeout,
  pollAdd,
  timeout,
  timeoutRemove,
  timeoutUpdate,
} from "./harness/control-entries.ts";
import { link, nop, set16, set32, type Entry, skip } from "./harness/entries.ts";
import { equal, more } from "./harness/expectation.ts";
import { waiting } from "./harness/fixtures.ts";

const scenario = await chapter();

const soon = (world: World): number => world.memory.milliseconds(1);
/** Never reached in a scenario that goes well. */
const late = (world: World): number => world.memory.milliseconds(20_000);

scenario("TIMEOUT-1 TIMEOUT-5", "a timeout that expires gives ETIME", (world, ring) => {
  ring.submit({ 1: timeout(soon(world)) });

  ring.expect({ 1: "ETIME" });
});

scenario("TIMEOUT-2", "len is 1, and unused fields are 0", (world, ring) => {
  const entry = timeout(soon(world));

  ring.submit({ 1: set32(SQE_LEN, 0, entry), 2: set32(SQE_LEN, 2, entry) });
  ring.submit({ 3: set16(SQE_BUF_INDEX, 1, entry), 4: set32(SQE_SPLICE_FD_IN, 1, entry) });
  ring.submit({ 5: set32(SQE_ADDR3, 1, entry), 6: set32(SQE_PAD2, 1, entry) });

  ring.expect({ 1: "EINVAL", 2: "EINVAL", 3: "EINVAL", 4: "EINVAL", 5: "EINVAL", 6: "EINVAL" });
});

scenario(
  "TIMEOUT-3 TIMEOUT-20",
  "the timespec must be readable and not negative",
  (world, ring) => {
    const { memory } = world;

    ring.submit({
      1: timeout(UNMAPPED),
      2: timeout(memory.timespec(-1, 0).address),
      3: timeout(memory.timespec(0, -1).address),
      4: timeout(memory.timespec(0, 1_000_000_001).address),
    });

    ring.expect({ 1: "EFAULT", 2: "EINVAL", 3: "EINVAL", 4: "ETIME" });
  },
);

scenario(
  "TIMEOUT-4 TIMEOUT-21",
  "flags that contradict each other, or mean nothing here",
  (world, ring) => {
    const time = late(world);
    const wrong: readonly number[] = [
      IORING_TIMEOUT_UPDATE,
      IORING_LINK_TIMEOUT_UPDATE,
      IORING_TIMEOUT_BOOTTIME | IORING_TIMEOUT_REALTIME,
      IORING_TIMEOUT_MULTISHOT | IORING_TIMEOUT_ABS,
      1 << 12,
    ];

    for (const flags of wrong) {
      ring.submit({ 1: timeout(time, 0, flags) });
      ring.expect({ 1: "EINVAL" });
    }
  },
);

scenario("TIMEOUT-4", "each clock can be chosen", (world, ring) => {
  ring.submit({
    1: timeout(soon(world), 0, IORING_TIMEOUT_BOOTTIME),
    2: timeout(soon(world), 0, IORING_TIMEOUT_REALTIME),
  });

  ring.expect({ 1: "ETIME", 2: "ETIME" });
});

scenario("TIMEOUT-5 TIMEOUT-22", "a moment in the past, or none, fires at once", (world, ring) => {
  const past = world.memory.timespec(0, 1).address;

  ring.submit({
    1: timeout(past, 0, IORING_TIMEOUT_ABS),
    2: timeout(past, 0, IORING_TIMEOUT_ABS | IORING_TIMEOUT_REALTIME),
    3: timeout(world.memory.timespec(0).address),
  });

  ring.expect({ 1: "ETIME", 2: "ETIME", 3: "ETIME" });
});

scenario("TIMEOUT-6 TIMEOUT-9", "so many completions end a counted timeout", (world, ring) => {
  ring.submit({ 1: timeout(late(world), 2) });

  ring.submit({ 2: nop() });
  ring.expectPending(1);
  ring.submit({ 3: nop() });

  ring.expect({ 1: 0, 2: 0, 3: 0 });
  ring.expectOrder(2, 3, 1);
});

scenario("TIMEOUT-6", "completions before it do not count", (world, ring) => {
  ring.submit({ 1: nop(), 2: nop() });
  ring.submit({ 3: timeout(late(world), 1) });
  ring.expect({ 1: 0, 2: 0 });

  ring.expectQuiet();
  ring.submit({ 4: nop() });

  ring.expect({ 3: 0, 4: 0 });
});

scenario("TIMEOUT-6", "a counted timeout also expires", (world, ring) => {
  ring.submit({ 1: timeout(soon(world), 5) });

  ring.expect({ 1: "ETIME" });
});

scenario("TIMEOUT-7", "other timeouts do not count", (world, ring) => {
  ring.submit({ 1: timeout(late(world), 1) });

  ring.submit({ 2: timeout(soon(world)) });
  ring.expect({ 2: "ETIME" });
  ring.expectPending(1);
  ring.submit({ 3: nop() });

  ring.expect({ 1: 0, 3: 0 });
});

scenario("TIMEOUT-8", "counted timeouts end in the order of their targets", (world, ring) => {
  ring.submit({ 1: timeout(late(world), 3), 2: timeout(late(world), 1) });

  ring.submit({ 3: nop() });
  ring.expect({ 2: 0, 3: 0 });
  ring.expectPending(1);
  ring.submit({ 4: nop(), 5: nop(), 6: nop() });

  ring.expect({ 1: 0, 4: 0, 5: 0, 6: 0 });
});

scenario("TIMEOUT-10", "with ETIME_SUCCESS an expiry does not break a chain", (world, ring) => {
  ring.submit({ 1: link(timeout(soon(world), 0, IORING_TIMEOUT_ETIME_SUCCESS)), 2: nop() });

  ring.expect({ 1: "ETIME", 2: 0 });
});

scenario("TIMEOUT-11", "a multishot timeout ends after its count", (world, ring) => {
  ring.submit({ 1: timeout(soon(world), 3, IORING_TIMEOUT_MULTISHOT) });

  ring.expectNext(1, more("ETIME"));
  ring.expectNext(1, more("ETIME"));
  ring.expectNext(1, "ETIME");
  ring.expectQuiet();
});

scenario("TIMEOUT-13 TIMEOUT-24", "an endless one goes on until it is removed", (world, ring) => {
  ring.submit({ 1: timeout(world.memory.milliseconds(2), 0, IORING_TIMEOUT_MULTISHOT) });
  for (let shot = 0; shot < 4; shot++) ring.expectNext(1, more("ETIME"));

  // While it fires it cannot be removed (ND-7): then the next attempt is.
  let removal = -ENOENT;
  while (removal === -ENOENT || removal === -EALREADY) {
    ring.submit({ 2: timeoutRemove(1) });
    removal = ring.next(2).res;
  }
  equal("the removal", removal, 0);

  let last = ring.next(1);
  while (last.flags !== 0) last = ring.next(1);
  equal("its last result", last.res, "ECANCELED");
  ring.expectQuiet();
});

scenario("TIMEOUT-13 TIMEOUT-1", "a removed timeout gives ECANCELED", (world, ring) => {
  ring.submit({ 1: timeout(late(world)) });

  ring.submit({ 2: timeoutRemove(1), 3: timeoutRemove(1) });

  ring.expect({ 1: "ECANCELED", 2: 0, 3: "ENOENT" });
});

scenario("TIMEOUT-25", "one removal removes one of several", (world, ring) => {
  ring.pushOne(5, timeout(late(world)));
  ring.pushOne(5, timeout(late(world)));
  ring.submit({});

  ring.submit({ 6: timeoutRemove(5) });

  ring.expect({ 5: "ECANCELED", 6: 0 });
  ring.expectPending(5);
});

scenario("TIMEOUT-25", "only timeouts can be removed", (world, ring) => {
  const { fd } = waiting(world);
  ring.submit({ 1: pollAdd(fd, 1) });

  ring.submit({ 2: timeoutRemove(1) });

  ring.expect({ 2: "ENOENT" });
  ring.expectPending(1);
});

scenario("TIMEOUT-14", "a removal has no other flags and no other fields", (_world, ring) => {
  const wrong: readonly Entry[] = [
    set32(SQE_OP_FLAGS, IORING_TIMEOUT_ABS, timeoutRemove(1)),
    set32(SQE_LEN, 1, timeoutRemove(1)),
    set16(SQE_BUF_INDEX, 1, timeoutRemove(1)),
    set32(SQE_SPLICE_FD_IN, 1, timeoutRemove(1)),
    set32(SQE_ADDR3, 1, timeoutRemove(1)),
  ];

  for (const entry of wrong) {
    ring.submit({ 1: entry });
    ring.expect({ 1: "EINVAL" });
  }
});

scenario("TIMEOUT-15", "an update gives a timeout a new time", (world, ring) => {
  ring.submit({ 1: timeout(late(world)) });

  ring.submit({ 2: timeoutUpdate(1, soon(world)) });

  ring.expect({ 1: "ETIME", 2: 0 });
});

scenario("TIMEOUT-15", "the new time may be absolute", (world, ring) => {
  ring.submit({ 1: timeout(late(world)) });

  ring.submit({ 2: timeoutUpdate(1, world.memory.timespec(0, 1).address, IORING_TIMEOUT_ABS) });

  ring.expect({ 1: "ETIME", 2: 0 });
});

scenario(
  "TIMEOUT-26 TIMEOUT-27",
  "an update that cannot be done changes nothing",
  (world, ring) => {
    ring.submit({ 1: timeout(late(world)) });

    ring.submit({ 2: timeoutUpdate(1, UNMAPPED) });
    ring.submit({ 3: timeoutUpdate(1, world.memory.timespec(-1).address) });
    ring.submit({ 4: timeoutUpdate(1, soon(world), IORING_TIMEOUT_ETIME_SUCCESS) });
    ring.submit({ 5: timeoutUpdate(1, soon(world), IORING_TIMEOUT_BOOTTIME) });
    ring.submit({ 6: timeoutUpdate(77, soon(world)) });

    ring.expect({ 2: "EFAULT", 3: "EINVAL", 4: "EINVAL", 5: "EINVAL", 6: "ENOENT" });
    ring.expectPending(1);
  },
);

scenario("TIMEOUT-17", "a linked timeout is updated as one, by its own name", (world, ring) => {
  const slow = waiting(world);
  ring.submit({ 1: link(slow.entry), 2: linkTimeout(late(world)) });

  ring.submit({ 3: timeoutUpdate(2, soon(world)), 4: timeoutRemove(2) });
  ring.submit({ 5: timeoutUpdate(1, soon(world), IORING_LINK_TIMEOUT_UPDATE) });
  ring.expect({ 3: "ENOENT", 4: "ENOENT", 5: "ENOENT" });
  ring.expectPending(1);
  ring.submit({ 6: timeoutUpdate(2, soon(world), IORING_LINK_TIMEOUT_UPDATE) });

  ring.expect({ 1: "ECANCELED", 2: "ETIME", 6: 0 });
});

scenario("ND-7 TIMEOUT-13", "a timeout that is due, and its removal", (world, ring) => {
  ring.submit({ 1: timeout(world.memory.timespec(0).address) });

  ring.submit({ 2: timeoutRemove(1) });

  ring.expectOneOf([
    { 1: "ECANCELED", 2: 0 },
    { 1: "ETIME", 2: "ENOENT" },
    { 1: "ETIME", 2: "EALREADY" },
  ]);
});

scenario("TIMEOUT-29", "a silent count sets off the other ones", (world, ring) => {
  ring.submit({ 1: skip(timeout(late(world), 1)), 2: timeout(late(world), 50) });

  ring.submit({ 3: nop() });

  ring.expect({ 2: 0, 3: 0 });
  ring.expectSilent(1);
});

scenario("TIMEOUT-12", "a period begins with the shot before it", (world, ring) => {
  const period = 3e6;
  ring.submit({
    1: timeout(world.memory.timespec(0, period).address, 3, IORING_TIMEOUT_MULTISHOT),
  });
  // A timer that is started behind a shot and is shorter ends before the next shot.
  for (let shot = 1; shot < 3; shot++) {
    ring.expectNext(1, more("ETIME"));
    ring.submit({ 2: timeout(world.memory.timespec(0, period / 100).address) });
    ring.next(2);
  }
  ring.expectNext(1, "ETIME");

  ring.expectQuiet();
});

scenario("TIMEOUT-16", "an update takes the count away", (world, ring) => {
  ring.submit({ 1: timeout(late(world), 2) });
  ring.submit({ 2: timeoutUpdate(1, late(world)) });
  ring.expect({ 2: 0 });

  ring.submit({ 3: nop(), 4: nop(), 5: nop() });
  ring.expect({ 3: 0, 4: 0, 5: 0 });

  ring.expectPending(1);
});

scenario("TIMEOUT-30", "a moment that a repeated timeout is given is one shot", (world, ring) => {
  ring.submit({ 1: timeout(late(world), 1, IORING_TIMEOUT_MULTISHOT) });
  const moment = world.memory.timespec(1).address;

  ring.submit({ 2: timeoutUpdate(1, moment, IORING_TIMEOUT_ABS) });
  ring.expect({ 2: 0 });
  ring.expectNext(1, more("ETIME"));
  ring.submit({ 3: timeout(soon(world)) });

  ring.expectNext(3, "ETIME");
  ring.expectPending(1);
});

scenario(
  "TIMEOUT-19",
  "an expired timeout posts when its owner enters",
  { rings: "deferred" },
  (world, ring) => {
    ring.submit({ 1: timeout(world.memory.timespec(0, 100_000).address) });
    for (let round = 0; round < 200; round++) {
      world.settle();
      ring.enter(0);
      equal("completions", ring.queue.ready, 0);
    }

    ring.expect({ 1: "ETIME" });
  },
);

scenario("TIMEOUT-28", "an update makes a counted multishot timeout endless", (world, ring) => {
  ring.submit({ 1: timeout(late(world), 2, IORING_TIMEOUT_MULTISHOT) });

  ring.submit({ 2: timeoutUpdate(1, world.memory.milliseconds(2)) });

  ring.expect({ 2: 0 });
  for (let shot = 0; shot < 5; shot++) ring.expectNext(1, more("ETIME"));
});
