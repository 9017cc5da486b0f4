/** Chapters LINK and LTIMEOUT: chains, what breaks them, and timeouts that bound a request. */
import { expect } from "vitest";
import { MSG_WAITALL, POLLIN } from "../../spec/abi/linux.ts";
import { IORING_OP_FTRUNCATE } from "../../spec/abi/opcodes.ts";
import { IORING_POLL_ADD_MULTI, SQE_LEN, SQE_OFF } from "../../spec/abi/sqe.ts";
import { IORING_SETUP_SUBMIT_ALL } from "../../spec/abi/setup.ts";
import { ENOENT } from "../../spec/errno.ts";
import { UNMAPPED } from "../worlds/memory.ts";
import { chapter } from "./harness/chapter.ts";
import { cancel, linkTimeout, pollAdd, timeout } from "./harness/control-entries.ts";
import { type Entry, hardlink, link, nop, read, set32, write } from "./harness/entries.ts";
import { anyOf, equal, more } from "./harness/expectation.ts";
import { closeFd, fsync, ftruncate, unlinkat } from "./harness/file-entries.ts";
import { recv } from "./harness/socket-entries.ts";
import { failing, fileWith, rejected, waiting } from "./harness/fixtures.ts";

const scenario = await chapter();

scenario("LINK-1", "a linked read sees what the write before it wrote", (world, ring) => {
  const fd = fileWith(world, "");
  const target = world.memory.allocate(5);

  ring.submit({ 1: link(write(fd, world.memory.of("hello"))), 2: read(fd, target) });

  ring.expect({ 1: 5, 2: 5 });
  expect(target.text(5)).toBe("hello");
  ring.expectOrder(1, 2);
});

scenario("LINK-1", "a chain ends with the first SQE that does not link", (world, ring) => {
  const slow = waiting(world);

  ring.submit({ 1: link(slow.entry), 2: nop(), 3: nop() });

  ring.expect({ 3: 0 });
  ring.expectQuiet();
  slow.wake();
  ring.expect({ 1: 1, 2: 0 });
});

scenario("LTIMEOUT-13", "a link timeout with a bad time fails its chain", (world, ring) => {
  const negative = world.memory.timespec(0);
  negative.bytes.fill(0xff);

  ring.submit({ 1: link(waiting(world).entry), 2: linkTimeout(UNMAPPED) });
  ring.submit({ 3: link(waiting(world).entry), 4: linkTimeout(negative.address) });

  ring.expect({ 1: "ECANCELED", 2: "EFAULT", 3: "ECANCELED", 4: "EINVAL" });
});

scenario("LINK-13", "a chain ends with the batch", (world, ring) => {
  const slow = waiting(world);

  ring.submit({ 1: link(slow.entry) });
  ring.submit({ 2: nop() });

  ring.expect({ 2: 0 });
  ring.expectPending(1);
  slow.wake();
  ring.expect({ 1: 1 });
});

scenario("LINK-1", "chains do not touch each other", (world, ring) => {
  ring.submit({ 1: link(failing(world)), 2: nop(), 3: link(nop()), 4: nop() });

  ring.expect({ 1: "EBADF", 2: "ECANCELED", 3: 0, 4: 0 });
  ring.expectOrder(1, 2);
  ring.expectOrder(3, 4);
});

scenario("LINK-2", "a request is issued when the one before it has completed", (world, ring) => {
  const [first, second] = [waiting(world), waiting(world)];
  second.wake();

  ring.submit({ 1: link(first.entry), 2: link(second.entry), 3: nop() });

  ring.expectQuiet();
  first.wake();
  ring.expect({ 1: 1, 2: 1, 3: 0 });
  ring.expectOrder(1, 2, 3);
});

scenario("LINK-2", "its descriptor is looked up then", (world, ring) => {
  const fd = fileWith(world, "hello");

  ring.submit({ 1: link(closeFd(fd)), 2: read(fd, world.memory.allocate(5)) });

  ring.expect({ 1: 0, 2: "EBADF" });
});

scenario("LINK-3 LINK-6", "a failure cancels the rest of the chain", (world, ring) => {
  ring.submit({ 1: link(nop()), 2: link(failing(world)), 3: link(nop()), 4: nop() });

  ring.expect({ 1: 0, 2: "EBADF", 3: "ECANCELED", 4: "ECANCELED" });
  ring.expectOrder(1, 2, 3, 4);
});

scenario("LINK-4", "a hard link goes on after a failure", (world, ring) => {
  ring.submit({ 1: hardlink(failing(world)), 2: hardlink(failing(world)), 3: nop() });

  ring.expect({ 1: "EBADF", 2: "EBADF", 3: 0 });
  ring.expectOrder(1, 2, 3);
});

scenario("LINK-4 LINK-15", "the failing request's own flag decides", (world, ring) => {
  ring.submit({
    1: hardlink(failing(world)),
    2: link(failing(world)),
    3: hardlink(nop()),
    4: nop(),
  });

  ring.expect({ 1: "EBADF", 2: "EBADF", 3: "ECANCELED", 4: "ECANCELED" });
});

scenario("LINK-14", "both flags together are a hard link", (world, ring) => {
  ring.submit({ 1: link(hardlink(failing(world))), 2: nop() });

  ring.expect({ 1: "EBADF", 2: 0 });
});

scenario("LINK-5", "a member that is rejected stops the whole chain", (world, ring) => {
  const fd = fileWith(world, "untouched");

  ring.submit({ 1: link(ftruncate(fd, 0)), 2: link(rejected), 3: nop() });

  ring.expect({ 1: "ECANCELED", 2: "EINVAL", 3: "ECANCELED" });
  expect(world.readFile(world.tempPath("file")).length).toBe(9);
});

scenario("LINK-5", "a hard link is no exception", (_world, ring) => {
  ring.submit({ 1: hardlink(nop()), 2: hardlink(rejected), 3: nop() });

  ring.expect({ 1: "ECANCELED", 2: "EINVAL", 3: "ECANCELED" });
});

scenario("LINK-7", "a short read breaks a chain", (world, ring) => {
  const fd = fileWith(world, "hello");

  ring.submit({ 1: link(read(fd, world.memory.allocate(10))), 2: nop() });

  ring.expect({ 1: 5, 2: "ECANCELED" });
});

scenario(
  "LINK-7",
  "the end of the file breaks a chain, a read of nothing does not",
  (world, ring) => {
    const fd = fileWith(world, "hello");
    const memory = world.memory.allocate(10);

    ring.submit({
      1: link(read(fd, memory, 10, 5)),
      2: nop(),
      3: link(read(fd, memory, 0)),
      4: link(read(fd, memory, 5)),
      5: nop(),
    });

    ring.expect({ 1: 0, 2: "ECANCELED", 3: 0, 4: 5, 5: 0 });
  },
);

scenario("LINK-7", "a hard link survives a short read", (world, ring) => {
  const fd = fileWith(world, "hello");

  ring.submit({ 1: hardlink(read(fd, world.memory.allocate(10))), 2: nop() });

  ring.expect({ 1: 5, 2: 0 });
});

scenario("LINK-8", "a short receive does not break a chain", (world, ring) => {
  const [one, other] = world.socketPair();
  world.write(other, "x");

  ring.submit({ 1: link(recv(one, world.memory.allocate(10))), 2: nop() });

  ring.expect({ 1: 1, 2: 0 });
});

scenario("LINK-16", "a short receive that should have waited for all does", (world, ring) => {
  const [one, other] = world.socketPair();
  world.write(other, "x");
  world.closeFd(other);

  ring.submit({ 1: link(recv(one, world.memory.allocate(10), MSG_WAITALL)), 2: nop() });

  ring.expect({ 1: 1, 2: "ECANCELED" });
});

scenario("LINK-9", "a timeout that expires breaks a chain", (world, ring) => {
  ring.submit({ 1: link(timeout(world.memory.milliseconds(1))), 2: nop() });

  ring.expect({ 1: "ETIME", 2: "ECANCELED" });
});

scenario("LINK-9", "so do a cancellation that finds nothing and a bad close", (_world, ring) => {
  ring.submit({ 1: link(cancel(77)), 2: nop(), 3: link(closeFd(-1)), 4: nop() });

  ring.expect({ 1: "ENOENT", 2: "ECANCELED", 3: "EBADF", 4: "ECANCELED" });
});

scenario("LINK-10", "a path operation that fails does not break a chain", (world, ring) => {
  const path = world.memory.path(world.tempPath("none"));
  const { fd } = waiting(world);

  ring.submit({ 1: link(unlinkat(path)), 2: link(fsync(fd)), 3: nop() });

  ring.expect({ 1: "ENOENT", 2: "EINVAL", 3: 0 });
});

scenario(
  "LINK-10",
  "a truncation that fails does not break a chain, a bad descriptor does",
  { needs: [IORING_OP_FTRUNCATE] },
  (world, ring) => {
    const { fd } = waiting(world);

    ring.submit({ 1: link(ftruncate(fd, 0)), 2: link(fsync(-1)), 3: nop() });

    ring.expect({ 1: "EINVAL", 2: "EBADF", 3: "ECANCELED" });
  },
);

scenario("LINK-11", "a cancelled request breaks a chain", (world, ring) => {
  ring.submit({ 1: link(waiting(world).entry), 2: link(nop()), 3: nop() });

  ring.submit({ 9: cancel(1) });

  ring.expect({ 1: "ECANCELED", 2: "ECANCELED", 3: "ECANCELED", 9: 0 });
});

scenario("LINK-12", "a multishot request holds its successor until it ends", (world, ring) => {
  const { fd, wake } = waiting(world);
  ring.submit({ 1: hardlink(pollAdd(fd, POLLIN, IORING_POLL_ADD_MULTI)), 2: nop() });

  wake();
  ring.expectNext(1, more(POLLIN));
  ring.expectPending(2);
  ring.submit({ 9: cancel(1) });

  ring.expect({ 9: 0, 1: "ECANCELED", 2: 0 });
});

scenario("LTIMEOUT-1", "a linked timeout needs a request before it", (world, ring) => {
  const soon = world.memory.milliseconds(1);

  ring.submit({ 1: linkTimeout(soon) });
  ring.submit({ 2: nop(), 3: linkTimeout(soon) });

  ring.expect({ 1: "EINVAL", 2: 0, 3: "EINVAL" });
});

scenario("LTIMEOUT-8 LINK-5", "one linked timeout cannot bound another", (world, ring) => {
  const late = world.memory.milliseconds(20_000);

  ring.submit({ 1: link(waiting(world).entry), 2: link(linkTimeout(late)), 3: linkTimeout(late) });

  ring.expect({ 1: "ECANCELED", 2: "ECANCELED", 3: "EINVAL" });
});

scenario("LTIMEOUT-2", "when the request is first, its timeout is cancelled", (world, ring) => {
  const slow = waiting(world);
  const late = world.memory.milliseconds(20_000);

  ring.submit({ 1: link(slow.entry), 2: link(linkTimeout(late)), 3: nop() });
  ring.expectQuiet();
  slow.wake();

  ring.expect({ 1: 1, 2: "ECANCELED", 3: 0 });
});

scenario("LTIMEOUT-3", "when the timeout is first, the request is cancelled", (world, ring) => {
  const soon = world.memory.milliseconds(1);

  ring.submit({ 1: link(waiting(world).entry), 2: linkTimeout(soon) });

  ring.expect({ 1: "ECANCELED", 2: "ETIME" });
});

scenario("LTIMEOUT-3", "and so is what is soft-linked to it", (world, ring) => {
  const soon = world.memory.milliseconds(1);

  ring.submit({ 1: link(waiting(world).entry), 2: link(linkTimeout(soon)), 3: nop() });

  ring.expect({ 1: "ECANCELED", 2: "ETIME", 3: "ECANCELED" });
});

scenario("LTIMEOUT-9", "but what is hard-linked to it runs", (world, ring) => {
  const soon = world.memory.milliseconds(1);

  ring.submit({ 1: hardlink(waiting(world).entry), 2: hardlink(linkTimeout(soon)), 3: nop() });

  ring.expect({ 1: "ECANCELED", 2: "ETIME", 3: 0 });
});

scenario("LTIMEOUT-5 ND-6", "timeout and completion may race", (world, ring) => {
  const slow = waiting(world);

  ring.submit({ 1: link(slow.entry), 2: linkTimeout(world.memory.milliseconds(1)) });
  slow.wake();

  ring.expectOneOf([
    { 1: 1, 2: anyOf("ECANCELED", "ENOENT", "EALREADY") },
    { 1: "ECANCELED", 2: "ETIME" },
  ]);
});

scenario("LTIMEOUT-6", "the timeout runs from when its request is issued", (world, ring) => {
  const [first, second] = [waiting(world), waiting(world)];
  const soon = world.memory.milliseconds(5);

  ring.submit({ 1: link(first.entry), 2: link(second.entry), 3: linkTimeout(soon) });
  ring.expectQuiet();
  first.wake();

  ring.expect({ 1: 1, 2: "ECANCELED", 3: "ETIME" });
});

scenario("LTIMEOUT-10", "a request that fails or is cancelled ends its timeout", (world, ring) => {
  const late = world.memory.milliseconds(20_000);
  ring.submit({ 1: link(failing(world)), 2: linkTimeout(late) });
  ring.expect({ 1: "EBADF", 2: "ECANCELED" });

  ring.submit({ 3: link(waiting(world).entry), 4: linkTimeout(late) });
  ring.submit({ 5: cancel(3) });

  ring.expect({ 3: "ECANCELED", 4: "ECANCELED", 5: 0 });
});

scenario("LTIMEOUT-15", "a timeout that has fired holds its request", (world, ring) => {
  const pipe = world.pipe();
  const bad = (): Entry => link(read(pipe.write, world.memory.allocate(1)));
  const now = link(linkTimeout(world.memory.timespec(0).address));
  for (let round = 0; round < 10; round++) {
    const id = (number: number): number => 10 * round + number;
    ring.submit({ [id(1)]: bad(), [id(2)]: now, [id(3)]: nop(), [id(4)]: bad(), [id(5)]: nop() });
    const { res } = ring.next(id(2));
    const failed = { [id(1)]: "EBADF", [id(4)]: "EBADF" } as const;
    ring.expect({ ...failed, [id(3)]: "ECANCELED", [id(5)]: "ECANCELED" });

    if (res === -ENOENT) ring.expectOrder(id(2), id(5), id(3));
    else ring.expectOrder(id(2), id(3), id(5));
  }
});

scenario("LTIMEOUT-7", "a linked timeout counts one time, and nothing else", (world, ring) => {
  const soon = world.memory.milliseconds(1);

  ring.submit({ 1: link(nop()), 2: set32(SQE_OFF, 1, linkTimeout(soon)) });
  ring.submit({ 3: link(nop()), 4: set32(SQE_LEN, 2, linkTimeout(soon)) });

  ring.expect({ 1: "ECANCELED", 2: "EINVAL", 3: "ECANCELED", 4: "EINVAL" });
});

scenario("CANCEL-12", "a linked timeout is not found by a cancellation", (world, ring) => {
  const slow = waiting(world);
  ring.submit({ 1: link(slow.entry), 2: linkTimeout(world.memory.milliseconds(20_000)) });

  ring.submit({ 3: cancel(2) });

  ring.expect({ 3: "ENOENT" });
  slow.wake();
  ring.expect({ 1: 1, 2: "ECANCELED" });
});

scenario(
  "LINK-17",
  "the head of a chain that a call leaves open goes to a worker",
  { rings: "deferred" },
  (_world, ring) => {
    ring.submit({ 1: nop(), 2: link(nop()) });
    equal("completions of the batch", ring.poll(), 1);

    ring.expect({ 1: 0, 2: 0 });
    ring.expectOrder(1, 2);
  },
);

scenario("LINK-18", "a chain goes on behind the batch", (_world, ring) => {
  ring.submit({ 1: link(nop()), 2: nop(), 3: link(nop()), 4: link(nop()), 5: nop(), 6: nop() });

  ring.expect({ 1: 0, 2: 0, 3: 0, 4: 0, 5: 0, 6: 0 });
  ring.expectOrder(1, 3, 6, 2, 4, 5);
});

scenario(
  "LINK-18",
  "the rest of a rejected chain comes behind the batch",
  { flags: IORING_SETUP_SUBMIT_ALL },
  (_world, ring) => {
    ring.submit({ 1: link(nop()), 2: link(rejected), 3: nop(), 4: nop() });

    ring.expect({ 1: "ECANCELED", 2: "EINVAL", 3: "ECANCELED", 4: 0 });
    ring.expectOrder(1, 4, 2, 3);
  },
);

scenario("LINK-18 CANCEL-15", "so does what a cancellation stopped", (world, ring) => {
  ring.submit({ 1: link(nop()), 2: nop(), 3: waiting(world).entry, 4: cancel(3), 5: nop() });

  ring.expect({ 1: 0, 2: 0, 3: "ECANCELED", 4: 0, 5: 0 });
  ring.expectOrder(1, 4, 5, 3, 2);
});
