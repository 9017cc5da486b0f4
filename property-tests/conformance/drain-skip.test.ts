/** Chapters DRAIN, SKIP and ASYNC: the flags of an SQE that change when, and whether, it tells. */
import { expect } from "vitest";
import { IORING_ENTER_GETEVENTS } from "../../spec/abi/enter.ts";
import { POLLIN } from "../../spec/abi/linux.ts";
import { IORING_POLL_ADD_MULTI } from "../../spec/abi/sqe.ts";
import { IORING_SETUP_COOP_TASKRUN } from "../../spec/abi/setup.ts";
import { EALREADY } from "../../spec/errno.ts";
import { chapter } from "./harness/chapter.ts";
import { cancel, linkTimeout, pollAdd, timeout } from "./harness/control-entries.ts";
import { async, drain, link, nop, read, skip, write } from "./harness/entries.ts";
import { anyOf, check, equal, more } from "./harness/expectation.ts";
import { failing, fileWith, waiting } from "./harness/fixtures.ts";
import { TestRing } from "./harness/test-ring.ts";

const scenario = await chapter();

scenario("DRAIN-1", "with nothing before it a drained request runs", (_world, ring) => {
  ring.submit({ 1: drain(nop()) });

  ring.expect({ 1: 0 });
});

scenario("DRAIN-1", "a drained request waits for every earlier one", (world, ring) => {
  const [one, other] = [waiting(world), waiting(world)];

  ring.submit({ 1: one.entry, 2: other.entry, 3: drain(nop()) });
  ring.expectQuiet();
  one.wake();
  ring.expect({ 1: 1 });
  ring.expectQuiet();
  other.wake();

  ring.expect({ 2: 1, 3: 0 });
  ring.expectOrder(1, 2, 3);
});

scenario("DRAIN-1 DRAIN-6", "what is submitted later waits behind it", (world, ring) => {
  const slow = waiting(world);
  ring.submit({ 1: slow.entry, 2: drain(nop()) });

  ring.submit({ 3: nop() });
  ring.expectQuiet();
  slow.wake();

  ring.expect({ 1: 1, 2: 0, 3: 0 });
  ring.expectOrder(1, 2);
});

scenario("DRAIN-1", "a failed request is over for a drain, too", (world, ring) => {
  ring.submit({ 1: failing(world), 2: drain(nop()) });

  ring.expect({ 1: "EBADF", 2: 0 });
  ring.expectOrder(1, 2);
});

scenario("DRAIN-2", "a drain inside a chain holds the whole chain", (world, ring) => {
  const slow = waiting(world);

  ring.submit({ 1: slow.entry, 2: link(nop()), 3: drain(nop()), 4: nop() });
  ring.expectQuiet();
  slow.wake();

  ring.expect({ 1: 1, 2: 0, 3: 0, 4: 0 });
  ring.expectOrder(1, 2, 3, 4);
});

scenario("DRAIN-3", "an armed multishot request holds a drain until it ends", (world, ring) => {
  const { fd, wake } = waiting(world);
  const stop = waiting(world);
  ring.submit({
    1: pollAdd(fd, POLLIN, IORING_POLL_ADD_MULTI),
    2: link(stop.entry),
    3: cancel(1),
    4: drain(nop()),
  });

  wake();
  ring.expectNext(1, more(POLLIN));
  ring.expectQuiet();
  stop.wake();

  ring.expect({ 1: "ECANCELED", 2: 1, 3: 0, 4: 0 });
});

scenario("DRAIN-5", "a cancellation behind a drain waits, too", (world, ring) => {
  const slow = waiting(world);
  ring.submit({ 1: slow.entry, 2: drain(nop()) });

  ring.submit({ 3: cancel(1) });
  ring.expectQuiet();
  slow.wake();

  ring.expect({ 1: 1, 2: 0, 3: "ENOENT" });
});

scenario("SKIP-1", "a success says nothing, a failure does", (world, ring) => {
  ring.submit({ 1: skip(nop()), 2: skip(failing(world)) });

  ring.expect({ 2: "EBADF" });
  ring.expectSilent(1);
});

scenario("SKIP-1", "a silent write has written", (world, ring) => {
  const pipe = world.pipe();

  ring.submit({ 1: skip(write(pipe.write, world.memory.of("x"))) });
  ring.expectSilent(1);

  expect(world.read(pipe.read, 8)).toEqual(Uint8Array.of(120));
});

scenario("SKIP-1", "a silent member lets its chain go on", (_world, ring) => {
  ring.submit({ 1: link(skip(nop())), 2: link(skip(nop())), 3: nop() });

  ring.expect({ 3: 0 });
  ring.expectSilent(1, 2);
});

scenario("SKIP-2", "a short read in a chain is a failure, and tells", (world, ring) => {
  const fd = fileWith(world, "hello");

  ring.submit({ 1: link(skip(read(fd, world.memory.allocate(10)))), 2: nop() });

  ring.expect({ 1: 5 });
  ring.expectSilent(2);
});

scenario("SKIP-3", "a silent request that fails silences the rest of its chain", (world, ring) => {
  ring.submit({ 1: link(skip(failing(world))), 2: link(nop()), 3: nop() });

  ring.expect({ 1: "EBADF" });
  ring.expectSilent(2, 3);
});

scenario("SKIP-8", "one that is not silent has all the rest tell", (world, ring) => {
  ring.submit({ 1: link(failing(world)), 2: link(skip(nop())), 3: nop() });

  ring.expect({ 1: "EBADF", 2: "ECANCELED", 3: "ECANCELED" });
});

scenario("SKIP-4", "a silent linked timeout says nothing either way", (world, ring) => {
  const slow = waiting(world);
  const [soon, late] = [world.memory.milliseconds(1), world.memory.milliseconds(20_000)];
  ring.submit({ 1: link(waiting(world).entry), 2: skip(linkTimeout(soon)) });
  ring.submit({ 3: link(slow.entry), 4: skip(linkTimeout(late)) });

  ring.expect({ 1: "ECANCELED" });
  slow.wake();
  ring.expect({ 3: 1 });

  ring.expectSilent(2, 4);
});

scenario("SKIP-5", "a multishot poll cannot be silent", (world, ring) => {
  const { fd } = waiting(world);

  ring.submit({ 1: skip(pollAdd(fd, POLLIN, IORING_POLL_ADD_MULTI)) });

  ring.expect({ 1: "EINVAL" });
});

scenario("SKIP-6", "a silent completion does not count for a timeout", (world, ring) => {
  ring.submit({ 1: timeout(world.memory.milliseconds(20_000), 1) });

  ring.submit({ 2: skip(nop()) });
  ring.expectSilent(2);
  ring.expectPending(1);
  ring.submit({ 3: nop() });

  ring.expect({ 1: 0, 3: 0 });
});

scenario("ASYNC-1", "IOSQE_ASYNC changes no result", (world, ring) => {
  const fd = fileWith(world, "hello");
  const target = world.memory.allocate(5);

  ring.submit({
    1: async(nop()),
    2: async(read(fd, target)),
    3: async(failing(world)),
    4: async(cancel(77)),
  });

  ring.expect({ 1: 0, 2: 5, 3: "EBADF", 4: "ENOENT" });
  expect(target.text(5)).toBe("hello");
});

scenario("DRAIN-11", "a drain is over once its owner was in the kernel", (world) => {
  const ring = TestRing.open(world, { entries: 8, flags: IORING_SETUP_COOP_TASKRUN });
  const slow = waiting(world);
  ring.submit({ 1: drain(nop()) });
  ring.expect({ 1: 0 });
  ring.expectQuiet();

  ring.submit({ 2: slow.entry });
  ring.submit({ 3: nop() });

  ring.expect({ 3: 0 });
  ring.expectPending(2);
  slow.wake();
  ring.expect({ 2: 1 });
});

scenario(
  "ASYNC-2",
  "an asynchronous request never completes in its submit",
  { rings: "deferred" },
  (_world, ring) => {
    ring.publish({ 1: async(nop()), 2: async(nop()), 3: nop() });

    equal("enter", ring.enter(3), 3);

    equal("completions", ring.poll(), 1);
    ring.expect({ 1: 0, 2: 0, 3: 0 });
    ring.expectOrder(3, 1);
    ring.expectOrder(3, 2);
  },
);

scenario(
  "ASYNC-3",
  "a woken asynchronous read is tried by a worker",
  { rings: "deferred" },
  (world, ring) => {
    const slow = waiting(world);
    ring.submit({ 1: async(slow.entry) });
    world.settle();

    slow.wake();
    world.settle();
    equal("the first enter", ring.enter(0, 0, IORING_ENTER_GETEVENTS), 0);

    equal("completions", ring.poll(), 0);
    ring.expect({ 1: 1 });
  },
);

scenario("ASYNC-1 ND-4", "an asynchronous read of a pipe can be cancelled", (world, ring) => {
  const slow = waiting(world);
  ring.submit({ 1: async(slow.entry) });

  ring.submit({ 2: cancel(1) });
  const { res } = ring.next(2);

  // Caught while a worker tries it, the read may also go on: then it takes what comes.
  check("the read is found", res === 0 || res === -EALREADY);
  if (res === -EALREADY) slow.wake();
  ring.expect({ 1: res === 0 ? "ECANCELED" : anyOf("ECANCELED", "EINTR", 1) });
});
