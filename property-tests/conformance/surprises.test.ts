/**
 * Rules that are easily got wrong, of several chapters: each was expected to be otherwise until
 * Linux was asked.
 */
import { POLLIN, POLLOUT, POLLPRI } from "../../spec/abi/linux.ts";
import {
  IORING_POLL_ADD_MULTI,
  IORING_POLL_UPDATE_EVENTS,
  IORING_TIMEOUT_ETIME_SUCCESS,
  IORING_TIMEOUT_MULTISHOT,
  IORING_TIMEOUT_REALTIME,
  IORING_TIMEOUT_BOOTTIME,
  SQE_IOPRIO,
  SQE_OPCODE,
  SQE_SPLICE_FD_IN,
} from "../../spec/abi/sqe.ts";
import { IORING_ENTER_GETEVENTS } from "../../spec/abi/enter.ts";
import { chapter } from "./harness/chapter.ts";
import {
  linkTimeout,
  pollAdd,
  pollRemove,
  pollUpdate,
  timeout,
  timeoutRemove,
} from "./harness/control-entries.ts";
import { drain, hardlink, link, nop, set16, set32, set8, skip } from "./harness/entries.ts";
import { check, more } from "./harness/expectation.ts";
import { fsync, unlinkat } from "./harness/file-entries.ts";
import { rejected, waiting } from "./harness/fixtures.ts";

const scenario = await chapter();

scenario("SKIP-7", "some errors are silent, too", (world, ring) => {
  const path = world.memory.path(world.tempPath("none"));
  ring.submit({ 1: skip(fsync(waiting(world).fd)), 2: skip(unlinkat(path)) });

  ring.expectSilent(1, 2);
});

scenario("SKIP-9", "a silent first member silences a rejected one", (_world, ring) => {
  ring.submit({ 1: skip(link(nop())), 2: link(rejected), 3: nop() });

  ring.expect({ 1: "ECANCELED" });
  ring.expectSilent(2, 3);
});

scenario(
  "SKIP-10",
  "the last shot of a silent timer is silent only as a success",
  (world, ring) => {
    const soon = world.memory.milliseconds(1);
    ring.submit({ 1: skip(timeout(soon, 2, IORING_TIMEOUT_MULTISHOT)) });
    ring.expectNext(1, more("ETIME"));
    ring.expectNext(1, "ETIME");

    ring.submit({
      2: skip(timeout(soon, 2, IORING_TIMEOUT_MULTISHOT | IORING_TIMEOUT_ETIME_SUCCESS)),
    });
    ring.expectNext(2, more("ETIME"));
    ring.expectSilent(2);
  },
);

scenario("DRAIN-6", "what follows a drained request waits until that is over", (world, ring) => {
  const slow = waiting(world);
  ring.submit({ 1: nop(), 2: drain(slow.entry), 3: nop() });
  ring.expect({ 1: 0 });
  ring.expectQuiet();

  slow.wake();

  ring.expect({ 2: 1, 3: 0 });
  ring.expectOrder(2, 3);
});

scenario("DRAIN-8", "a rejected drained request does not wait", (world, ring) => {
  const slow = waiting(world);
  ring.submit({ 1: slow.entry, 2: drain(rejected) });
  ring.expect({ 2: "EINVAL" });
  ring.expectPending(1);
  slow.wake();

  ring.expect({ 1: 1 });
});

scenario("DRAIN-10", "but what follows a rejected drained request waits", (world, ring) => {
  const slow = waiting(world);
  ring.submit({ 1: slow.entry, 2: drain(rejected) });
  ring.submit({ 3: nop() });
  ring.expect({ 2: "EINVAL" });
  ring.expectQuiet();

  slow.wake();

  ring.expect({ 1: 1, 3: 0 });
  ring.expectOrder(1, 3);
});

scenario(
  "DRAIN-9",
  "what follows a chain with a drained member waits for the chain",
  (world, ring) => {
    const slow = waiting(world);
    ring.submit({ 1: nop(), 2: link(nop()), 3: drain(link(slow.entry)), 4: nop(), 5: nop() });
    ring.expect({ 1: 0, 2: 0 });
    ring.expectQuiet();

    slow.wake();

    ring.expect({ 3: 1, 4: 0, 5: 0 });
    ring.expectOrder(4, 5);
  },
);

scenario("TIMEOUT-23", "the end of a removed timeout counts for another one", (world, ring) => {
  const late = world.memory.milliseconds(20_000);
  ring.submit({ 1: timeout(late, 2), 2: timeout(late) });
  ring.submit({ 3: skip(timeoutRemove(2)) });
  ring.expect({ 2: "ECANCELED" });
  ring.expectPending(1);

  ring.submit({ 4: nop() });

  ring.expect({ 4: 0, 1: 0 });
});

scenario("TIMEOUT-7", "the end of a counted timeout does not count", (world, ring) => {
  const late = world.memory.milliseconds(20_000);
  ring.submit({ 1: timeout(late, 2), 2: timeout(late, 1) });

  ring.submit({ 3: nop() });
  ring.expect({ 3: 0, 2: 0 });
  ring.expectPending(1);
  ring.submit({ 4: nop() });

  ring.expect({ 4: 0, 1: 0 });
});

scenario("POLL-19", "an update makes no poll multishot", (world, ring) => {
  const [one] = world.socketPair();
  ring.submit({ 1: pollAdd(one, POLLPRI) });

  const flags = IORING_POLL_UPDATE_EVENTS | IORING_POLL_ADD_MULTI;
  ring.submit({ 2: pollUpdate(1, flags, { events: POLLOUT }) });

  ring.expect({ 1: POLLOUT, 2: 0 });
});

scenario("POLL-19 POLL-20", "an update ends no multishot poll", (world, ring) => {
  const [one] = world.socketPair();
  ring.submit({ 1: pollAdd(one, POLLPRI, IORING_POLL_ADD_MULTI) });

  ring.submit({ 2: pollUpdate(1, IORING_POLL_UPDATE_EVENTS, { events: POLLOUT }) });

  ring.expect({ 2: 0 });
  ring.expectNext(1, more(POLLOUT));
  ring.expectPending(1);
});

scenario("POLL-17", "a removal looks at splice_fd_in", (_world, ring) => {
  ring.submit({ 1: set32(SQE_SPLICE_FD_IN, 1, pollRemove(7)) });

  ring.expect({ 1: "EINVAL" });
});

scenario("ERR-16", "a rejected SQE may have shown CQE_SKIP_SUCCESS", (_world, ring) => {
  ring.submit({ 1: skip(set8(SQE_OPCODE, 200, nop())) });
  ring.submit({ 2: drain(nop()) });
  ring.expect({ 1: "EINVAL", 2: 0 });

  ring.submit({ 3: skip(set16(SQE_IOPRIO, 1, nop())) });
  ring.submit({ 4: drain(nop()) });

  ring.expect({ 3: "EINVAL", 4: "EOPNOTSUPP" });
});

scenario("LTIMEOUT-11", "the link of the target decides", (world, ring) => {
  const soon = world.memory.milliseconds(1);
  ring.submit({ 1: hardlink(waiting(world).entry), 2: link(linkTimeout(soon)), 3: nop() });
  ring.expect({ 1: "ECANCELED", 2: "ETIME", 3: 0 });

  ring.submit({ 4: link(waiting(world).entry), 5: hardlink(linkTimeout(soon)), 6: nop() });

  ring.expect({ 4: "ECANCELED", 5: "ETIME", 6: "ECANCELED" });
});

scenario(
  "LTIMEOUT-12",
  "a linked timeout has one clock, and fires once whatever it is told",
  (world, ring) => {
    const soon = world.memory.milliseconds(1);
    const shot = IORING_TIMEOUT_MULTISHOT;
    ring.submit({ 1: link(waiting(world).entry), 2: linkTimeout(soon, shot) });
    ring.expect({ 1: "ECANCELED", 2: "ETIME" });

    const clocks = IORING_TIMEOUT_BOOTTIME | IORING_TIMEOUT_REALTIME;
    ring.submit({ 3: link(nop()), 4: linkTimeout(soon, clocks) });
    ring.expect({ 3: "ECANCELED", 4: "EINVAL" });
  },
);

scenario("LTIMEOUT-14", "each of several linked timeouts has its own target", (world, ring) => {
  const [first, second] = [waiting(world), waiting(world)];
  const late = world.memory.milliseconds(20_000);
  const soon = world.memory.milliseconds(1);
  ring.submit({
    1: link(first.entry),
    2: link(linkTimeout(late)),
    3: link(second.entry),
    4: linkTimeout(soon),
  });
  ring.expectQuiet();
  first.wake();

  ring.expect({ 1: 1, 2: "ECANCELED", 3: "ECANCELED", 4: "ETIME" });
});

scenario("ENTER-26", "a linked timeout that fires ends no wait", (world, ring) => {
  ring.submit({ 1: link(waiting(world).entry), 2: linkTimeout(world.memory.milliseconds(1)) });
  ring.submit({ 3: timeout(world.memory.milliseconds(60)) });

  ring.enter(0, 10, IORING_ENTER_GETEVENTS);

  check("three completions are there", ring.queue.ready === 3);
  ring.expect({ 1: "ECANCELED", 2: "ETIME", 3: "ETIME" });
});

scenario("TASK-3", "a submit alone brings nothing", { rings: "deferred" }, (world, ring) => {
  const slow = waiting(world);
  ring.submit({ 1: pollAdd(slow.fd, POLLIN) });
  ring.publish({ 2: nop() });
  slow.wake();
  world.settle();

  ring.enter(1);

  check("only the NOP is there", ring.queue.ready === 1);
  ring.expect({ 1: POLLIN, 2: 0 });
});
