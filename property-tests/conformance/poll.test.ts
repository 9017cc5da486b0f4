/** Chapter POLL: one-shot and multishot polls, their removal and their update. */
import {
  EPOLL_CTL_ADD,
  EPOLLEXCLUSIVE,
  EPOLLIN,
  EPOLLONESHOT,
  O_RDWR,
  POLLERR,
  POLLHUP,
  POLLIN,
  POLLOUT,
  RWF_NOWAIT,
  POLLPRI,
  POLLRDHUP,
  POLLRDNORM,
  SHUT_WR,
} from "../../spec/abi/linux.ts";
import { IORING_CQE_F_MORE } from "../../spec/abi/cqe.ts";
import { IORING_ENTER_GETEVENTS } from "../../spec/abi/enter.ts";
import { IORING_REGISTER_EVENTFD } from "../../spec/abi/register.ts";
import { IORING_SETUP_DEFER_TASKRUN, IORING_SETUP_SINGLE_ISSUER } from "../../spec/abi/setup.ts";
import {
  IORING_POLL_ADD_LEVEL,
  IORING_POLL_ADD_MULTI,
  IORING_POLL_UPDATE_EVENTS,
  IORING_POLL_UPDATE_USER_DATA,
  SQE_ADDR,
  SQE_BUF_INDEX,
  SQE_LEN,
  SQE_OFF,
  SQE_OP_FLAGS,
  SQE_SPLICE_FD_IN,
} from "../../spec/abi/sqe.ts";
import { UNMAPPED } from "../worlds/memory.ts";
import { chapter } from "./harness/chapter.ts";
import { cancel, pollAdd, pollRemove, pollUpdate, timeout } from "./harness/control-entries.ts";
import { epollCtl, epollEvent } from "./harness/epoll-entries.ts";
import { nop, read, set16, set32, type Entry, write, writeFrom } from "./harness/entries.ts";
import { check, equal, more } from "./harness/expectation.ts";
import { fileWith, waiting } from "./harness/fixtures.ts";
import { RawRing } from "./harness/raw-ring.ts";
import { sendFrom, shutdown } from "./harness/socket-entries.ts";

const scenario = await chapter();

const MULTI = IORING_POLL_ADD_MULTI;

scenario("POLL-1", "a poll that is ready completes with what holds", (world, ring) => {
  const pipe = world.pipe();
  world.write(pipe.write, "x");

  ring.submit({ 1: pollAdd(pipe.read, POLLIN | POLLOUT), 2: pollAdd(pipe.write, POLLOUT) });

  ring.expect({ 1: POLLIN, 2: POLLOUT });
});

scenario("POLL-1", "a poll that is not ready waits", (world, ring) => {
  const slow = waiting(world);

  ring.submit({ 1: pollAdd(slow.fd, POLLIN) });
  ring.expectQuiet();
  slow.wake();

  ring.expect({ 1: POLLIN });
});

scenario("POLL-1", "the result holds nothing that was not asked for", (world, ring) => {
  const slow = waiting(world);
  slow.wake();

  ring.submit({ 1: pollAdd(slow.fd, POLLIN | POLLRDNORM), 2: pollAdd(slow.fd, POLLRDNORM) });

  ring.expect({ 1: POLLIN | POLLRDNORM, 2: POLLRDNORM });
});

scenario("POLL-2", "unknown modes and unused fields are refused", (world, ring) => {
  const entry = pollAdd(world.pipe().read, POLLIN);
  const wrong: readonly Entry[] = [
    set32(SQE_LEN, IORING_POLL_ADD_LEVEL, entry),
    set32(SQE_LEN, 1 << 5, entry),
    set32(SQE_OFF, 1, entry),
    set32(SQE_ADDR, 1, entry),
    set16(SQE_BUF_INDEX, 1, entry),
  ];

  for (const one of wrong) {
    ring.submit({ 1: one });
    ring.expect({ 1: "EINVAL" });
  }
});

scenario("POLL-15 ERR-15", "splice_fd_in is not looked at", (world, ring) => {
  const { write } = world.pipe();

  ring.submit({ 1: set32(SQE_SPLICE_FD_IN, 1, pollAdd(write, POLLOUT)) });

  ring.expect({ 1: POLLOUT });
});

scenario("POLL-3", "a regular file is always ready for reading and writing", (world, ring) => {
  const fd = fileWith(world, "", O_RDWR);

  ring.submit({ 1: pollAdd(fd, POLLIN), 2: pollAdd(fd, POLLIN | POLLOUT | POLLPRI) });
  ring.submit({ 3: pollAdd(fd, POLLOUT, MULTI), 4: pollAdd(fd, POLLPRI) });

  ring.expect({ 1: POLLIN, 2: POLLIN | POLLOUT, 3: POLLOUT, 4: "EINVAL" });
});

scenario("POLL-4", "a hang-up is told even if nothing was asked for", (world, ring) => {
  const pipe = world.pipe();
  ring.submit({ 1: pollAdd(pipe.read, 0) });
  ring.expectQuiet();

  world.closeFd(pipe.write);

  ring.expect({ 1: POLLHUP });
});

scenario("POLL-4", "a pipe without a reader is in error", (world, ring) => {
  const pipe = world.pipe();
  world.closeFd(pipe.read);

  ring.submit({ 1: pollAdd(pipe.write, 0), 2: pollAdd(pipe.write, POLLOUT) });

  ring.expect({ 1: POLLERR, 2: POLLERR | POLLOUT });
});

scenario("POLL-5", "a multishot poll tells what holds at once, and again", (world, ring) => {
  const slow = waiting(world);
  slow.wake();

  ring.submit({ 1: pollAdd(slow.fd, POLLIN, MULTI) });
  ring.expectNext(1, more(POLLIN));
  ring.expectQuiet();
  slow.wake();
  ring.expectNext(1, more(POLLIN));

  ring.expectPending(1);
});

scenario("POLL-5 POLL-7 ND-9", "several wake-ups give at least one shot", (world, ring) => {
  const slow = waiting(world);
  ring.submit({ 1: pollAdd(slow.fd, POLLIN, MULTI) });

  slow.wake();
  slow.wake();

  ring.expectNext(1, more(POLLIN));
  ring.submit({ 2: pollRemove(1) });
  ring.expect({ 2: 0 });
  let last = ring.next(1);
  if (last.flags & IORING_CQE_F_MORE) last = ring.next(1);
  check("it ends with ECANCELED", last.res === -125 && last.flags === 0);
});

scenario("POLL-6", "a multishot poll stays armed after a hang-up", (world, ring) => {
  const pipe = world.pipe();
  ring.submit({ 1: pollAdd(pipe.read, POLLIN, MULTI) });

  world.closeFd(pipe.write);

  ring.expectNext(1, more(POLLHUP));
  ring.expectPending(1);
});

scenario("POLL-8", "a removed poll completes with ECANCELED", (world, ring) => {
  ring.submit({ 1: pollAdd(world.pipe().read, POLLIN) });

  ring.submit({ 2: pollRemove(1), 3: pollRemove(1) });

  ring.expect({ 1: "ECANCELED", 2: 0, 3: "ENOENT" });
});

scenario("POLL-16", "only polls can be removed", (world, ring) => {
  ring.submit({ 1: waiting(world).entry, 2: timeout(world.memory.milliseconds(20_000)) });

  ring.submit({ 3: pollRemove(1), 4: pollRemove(2), 5: pollRemove(77) });

  ring.expect({ 3: "ENOENT", 4: "ENOENT", 5: "ENOENT" });
});

scenario("POLL-9", "an update's fields and flags must fit together", (_world, ring) => {
  const wrong: readonly Entry[] = [
    set32(SQE_LEN, MULTI, pollRemove(7)),
    set32(SQE_LEN, 1 << 5, pollRemove(7)),
    set32(SQE_OFF, 1, pollRemove(7)),
    set32(SQE_OP_FLAGS, POLLIN, pollRemove(7)),
    pollUpdate(7, IORING_POLL_UPDATE_USER_DATA, { events: POLLIN }),
    pollUpdate(7, IORING_POLL_UPDATE_EVENTS, { userData: 8 }),
  ];

  for (const entry of wrong) {
    ring.submit({ 1: entry });
    ring.expect({ 1: "EINVAL" });
  }
});

scenario("POLL-10", "an update changes what is waited for", (world, ring) => {
  const [one, other] = world.socketPair();
  ring.submit({ 1: pollAdd(one, POLLPRI) });
  world.write(other, "x");
  ring.expectQuiet();

  ring.submit({ 2: pollUpdate(1, IORING_POLL_UPDATE_EVENTS, { events: POLLIN }) });

  ring.expect({ 1: POLLIN, 2: 0 });
});

scenario("POLL-10", "an update that finds nothing ready leaves it armed", (world, ring) => {
  const slow = waiting(world);
  ring.submit({ 1: pollAdd(slow.fd, POLLPRI) });

  ring.submit({ 2: pollUpdate(1, IORING_POLL_UPDATE_EVENTS, { events: POLLIN }) });
  ring.expect({ 2: 0 });
  ring.expectQuiet();
  slow.wake();

  ring.expect({ 1: POLLIN });
});

scenario("POLL-8", "a poll that is about to tell is not removed", (world, ring) => {
  const pipe = world.pipe();
  world.write(pipe.write, "x");

  ring.submit({ 1: pollAdd(pipe.read, POLLIN, MULTI), 2: pollRemove(1) });

  ring.expectNext(1, more(POLLIN));
  ring.expect({ 2: "EALREADY" });
  ring.submit({ 3: pollRemove(1) });
  ring.expect({ 1: "ECANCELED", 3: 0 });
});

scenario("POLL-10", "an update of what is not there", (_world, ring) => {
  ring.submit({ 1: pollUpdate(7, IORING_POLL_UPDATE_EVENTS, { events: POLLIN }) });

  ring.expect({ 1: "ENOENT" });
});

scenario("POLL-11", "a multishot poll of its own ring ends by itself", (_world, ring) => {
  ring.submit({ 1: pollAdd(ring.queue.ringFd, POLLIN, MULTI) });
  ring.expectPending(1);

  ring.submit({ 2: pollRemove(77) });
  ring.expect({ 2: "ENOENT" });

  // On a deferred ring its own first shot may wake it once more.
  let shot = ring.next(1);
  while (shot.flags & IORING_CQE_F_MORE) shot = ring.next(1);
  check("the ring was readable", shot.res === POLLIN);
});

scenario("POLL-11", "and so does one of the ring's eventfd", (world, ring) => {
  const fd = world.eventfd();
  const { address, view } = world.memory.allocate(4);
  view.setInt32(0, fd, true);
  const register = [ring.queue.ringFd, IORING_REGISTER_EVENTFD, address, 1] as const;
  equal("register", world.backend.register(...register), 0);
  ring.submit({ 1: pollAdd(fd, POLLIN, MULTI) });
  ring.expectPending(1);

  ring.submit({ 2: nop() });

  ring.expect({ 1: POLLIN, 2: 0 });
});

scenario("POLL-11", "and of an epoll set with the ring", (world, ring) => {
  const set = world.epoll();
  ring.submit({ 1: epollCtl(set, EPOLL_CTL_ADD, ring.fd, epollEvent(world, EPOLLIN)) });
  ring.expect({ 1: 0 });
  ring.submit({ 2: pollAdd(set, POLLIN, MULTI) });
  ring.expectPending(2);

  ring.submit({ 3: nop() });

  ring.expect({ 2: POLLIN, 3: 0 });
});

scenario(
  "POLL-26",
  "behind a completion it tells twice, then ends",
  { rings: "plain" },
  (world, ring) => {
    const pipe = world.pipe();
    ring.submit({ 1: pollAdd(pipe.read, POLLIN), 2: nop() });

    // The completion of the second request is in the queue.
    ring.submit({ 3: cancel(1), 4: pollAdd(ring.queue.ringFd, POLLIN, MULTI) });

    ring.expectNext(4, more(POLLIN));
    ring.expectNext(4, more(POLLIN));
    ring.expectNext(4, POLLIN);
    ring.expect({ 1: "ECANCELED", 2: 0, 3: 0 });
  },
);

scenario(
  "POLL-24",
  "a multishot poll tells what it found, though it is gone",
  { rings: "deferred" },
  (world) => {
    const ring = RawRing.open(world, 4, IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN);
    const pipe = world.pipe();
    world.write(pipe.write, "x");
    ring.fill(0, 1, pollAdd(pipe.read, POLLIN, MULTI));
    ring.point(0, 0);
    ring.setTail(1);
    equal("submit", ring.enter(1), 1);

    check("the byte is read", typeof world.read(pipe.read, 1) === "object");
    equal("enter", ring.enter(0, 0, IORING_ENTER_GETEVENTS), 0);

    const [shot] = ring.reap();
    check("POLLIN is told", shot?.res === POLLIN && (shot.flags & IORING_CQE_F_MORE) !== 0);
  },
);

scenario(
  "POLL-29",
  "a one-shot poll tells what woke it first, a multishot one what holds",
  { rings: "deferred" },
  (world) => {
    const ring = RawRing.open(world, 4, IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN);
    const pipe = world.pipe();
    [pollAdd(pipe.read, POLLIN), pollAdd(pipe.read, POLLIN, MULTI)].forEach((entry, index) => {
      ring.fill(index, index + 1, entry);
      ring.point(index, index);
    });
    ring.setTail(2);
    equal("submit", ring.enter(2), 2);

    world.write(pipe.write, "x");
    world.closeFd(pipe.write);
    equal("enter", ring.enter(0, 2, IORING_ENTER_GETEVENTS), 0);

    const told = new Map(ring.reap().map(({ userData, res }) => [userData, res]));
    equal("one-shot", told.get(1) ?? 0, POLLIN);
    equal("multishot", told.get(2) ?? 0, POLLIN | POLLHUP);
  },
);

scenario("POLL-25", "a send that faults wakes those who wait for room", (world, ring) => {
  const [fd] = world.socketPair();
  ring.submit({ 1: pollAdd(fd, POLLOUT, MULTI) });
  check("there is room", ring.next(1).res === POLLOUT);

  ring.submit({ 2: sendFrom(fd, UNMAPPED, 8) });

  ring.expect({ 2: "EFAULT" });
  check("it is told again", ring.next(1).res === POLLOUT);
});

scenario("POLL-12", "closing the descriptor does not end the poll", (world, ring) => {
  const pipe = world.pipe();
  ring.submit({ 1: pollAdd(pipe.read, POLLIN) });

  world.closeFd(pipe.read);
  ring.expectQuiet();
  world.write(pipe.write, "x");

  ring.expect({ 1: POLLIN });
});

scenario("POLL-13", "two polls of one file both complete", (world, ring) => {
  const slow = waiting(world);
  ring.submit({ 1: pollAdd(slow.fd, POLLIN), 2: pollAdd(slow.fd, POLLIN) });

  slow.wake();

  ring.expect({ 1: POLLIN, 2: POLLIN });
});

scenario("POLL-13", "a poll takes nothing away", (world, ring) => {
  const slow = waiting(world);
  slow.wake();

  ring.submit({ 1: pollAdd(slow.fd, POLLIN) });
  ring.expect({ 1: POLLIN });
  ring.submit({ 2: read(slow.fd, world.memory.allocate(8)) });

  ring.expect({ 2: 1 });
});

scenario("POLL-1 NET-19", "a socket tells that its peer will send no more", (world, ring) => {
  const [one, other] = world.socketPair();
  ring.submit({ 1: pollAdd(one, POLLRDHUP) });
  ring.expectQuiet();

  ring.submit({ 2: shutdown(other, SHUT_WR) });

  ring.expect({ 1: POLLRDHUP, 2: 0 });
});

scenario(
  "POLL-1 ND-9",
  "a poll that was woken completes, though the data is gone",
  (world, ring) => {
    const slow = waiting(world);
    ring.submit({ 1: pollAdd(slow.fd, POLLIN) });
    ring.expectQuiet();

    slow.wake();
    world.read(slow.fd, 8);

    ring.expect({ 1: POLLIN });
  },
);

scenario("ND-7 POLL-8", "a poll that has just been woken, and its removal", (world, ring) => {
  const slow = waiting(world);
  ring.submit({ 1: pollAdd(slow.fd, POLLIN) });

  slow.wake();
  ring.submit({ 2: pollRemove(1) });

  ring.expectOneOf([
    { 1: "ECANCELED", 2: 0 },
    { 1: POLLIN, 2: "ENOENT" },
    { 1: POLLIN, 2: "EALREADY" },
  ]);
});

scenario("POLL-12 OWN-25", "closing the descriptor does not end a read either", (world, ring) => {
  const pipe = world.pipe();
  ring.submit({ 1: read(pipe.read, world.memory.allocate(8)) });

  world.closeFd(pipe.read);
  ring.expectQuiet();
  world.write(pipe.write, "x");

  ring.expect({ 1: 1 });
});

scenario(
  "POLL-18",
  "a poll gets another name, and says nothing under the old one",
  (world, ring) => {
    const slow = waiting(world);
    ring.submit({ 1: pollAdd(slow.fd, POLLIN, MULTI) });
    ring.expectQuiet();

    ring.submit({ 2: pollUpdate(1, IORING_POLL_UPDATE_USER_DATA, { userData: 5 }) });
    ring.expect({ 2: 0 });
    ring.rename(1, 5);
    slow.wake();

    ring.expectNext(5, more(POLLIN));
  },
);

scenario("POLL-14", "a wake-up reaches one of the exclusive polls", (world, ring) => {
  const slow = waiting(world);
  const exclusive = POLLIN | EPOLLEXCLUSIVE;
  ring.submit({ 1: pollAdd(slow.fd, exclusive), 2: pollAdd(slow.fd, exclusive) });
  ring.submit({ 3: pollAdd(slow.fd, POLLIN) });

  slow.wake();

  ring.expect({ 1: POLLIN, 3: POLLIN });
  ring.expectQuiet();
  slow.wake();
  ring.expect({ 2: POLLIN });
});

scenario("POLL-21", "EPOLLONESHOT makes a multishot poll a single one", (world, ring) => {
  const ready = waiting(world);
  ready.wake();
  const slow = waiting(world);
  const once = POLLIN | EPOLLONESHOT;

  ring.submit({ 1: pollAdd(ready.fd, once, MULTI), 2: pollAdd(slow.fd, once, MULTI) });
  ring.expect({ 1: POLLIN });
  slow.wake();

  ring.expect({ 2: POLLIN });
});

scenario("POLL-42", "a write that finds a pipe full wakes readers", (world, ring) => {
  const pipe = world.pipe();
  while (world.write(pipe.write, "x".repeat(4096)) > 0);
  ring.submit({ 1: pollAdd(pipe.read, POLLIN, MULTI) });
  ring.expectNext(1, more(POLLIN));

  ring.submit({ 2: write(pipe.write, world.memory.of("y")) });

  ring.expectNext(1, more(POLLIN));
  ring.expectPending(2);
  ring.submit({ 3: set32(SQE_OP_FLAGS, RWF_NOWAIT, write(pipe.write, world.memory.of("y"))) });
  ring.expect({ 3: "EAGAIN" });
  ring.expectNext(1, more(POLLIN));
});

scenario("POLL-41", "a write that fails wakes all the same", (world, ring) => {
  const pipe = world.pipe();
  ring.submit({ 1: pollAdd(pipe.read, POLLIN, MULTI), 2: pollAdd(pipe.read, POLLIN) });

  ring.submit({ 3: writeFrom(pipe.write, UNMAPPED, 8) });

  ring.expect({ 2: POLLIN, 3: "EFAULT" });
  ring.expectNext(1, more(POLLIN));
});
