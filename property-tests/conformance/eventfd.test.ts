/** Chapters REG and CQ: the eventfd of a ring, and when it is signalled. */
import { IORING_CQ_EVENTFD_DISABLED } from "../../spec/abi/cqe.ts";
import { IORING_ENTER_GETEVENTS } from "../../spec/abi/enter.ts";
import {
  IORING_REGISTER_EVENTFD,
  IORING_REGISTER_EVENTFD_ASYNC,
  IORING_UNREGISTER_EVENTFD,
} from "../../spec/abi/register.ts";
import { PARAMS_CQ_OFF_FLAGS, PARAMS_CQ_OFF_TAIL } from "../../spec/abi/setup.ts";
import { EAGAIN } from "../../spec/errno.ts";
import { UNMAPPED } from "../worlds/memory.ts";
import type { World } from "../worlds/world.ts";
import { chapter } from "./harness/chapter.ts";
import { cancel, timeout } from "./harness/control-entries.ts";
import { async, nop, skip, type Entry } from "./harness/entries.ts";
import { check, equal } from "./harness/expectation.ts";
import { waiting } from "./harness/fixtures.ts";
import { RawRing } from "./harness/raw-ring.ts";
import type { TestRing } from "./harness/test-ring.ts";

const scenario = await chapter();

/** These make a ring of their own. */
const once = { rings: "plain" } as const;
const deferred = { rings: "deferred" } as const;

/** The address of a descriptor's number. */
function number(world: World, fd: number): number {
  const memory = world.memory.allocate(4);
  memory.view.setInt32(0, fd, true);
  return memory.address;
}

function call(world: World, fd: number, opcode: number, address = 0, count = 0): number {
  return world.backend.register(fd, opcode, address, count);
}

/** Gives a ring a new eventfd. */
function watched(world: World, ringFd: number, opcode: number = IORING_REGISTER_EVENTFD): number {
  const fd = world.eventfd();
  equal("register", call(world, ringFd, opcode, number(world, fd), 1), 0);
  return fd;
}

/** Takes what an eventfd was signalled. */
function signals(world: World, fd: number): number {
  const bytes = world.read(fd, 8);
  if (typeof bytes === "number") {
    equal("read of the eventfd", bytes, "EAGAIN");
    return 0;
  }
  return bytes[0] ?? 0;
}

/** A raw ring with these SQEs published. */
function ringWith(world: World, ...entries: readonly Entry[]): RawRing {
  const ring = RawRing.open(world, 8);
  entries.forEach((entry, index) => {
    ring.fill(index, index + 1, entry);
    ring.point(index, index);
  });
  ring.setTail(entries.length);
  return ring;
}

scenario("REG-8", "a ring has one eventfd at a time", (world, ring) => {
  const fd = watched(world, ring.queue.ringFd);
  const again = (opcode: number): number =>
    call(world, ring.queue.ringFd, opcode, number(world, fd), 1);

  equal("again", again(IORING_REGISTER_EVENTFD), "EBUSY");
  equal("for workers", again(IORING_REGISTER_EVENTFD_ASYNC), "EBUSY");
  equal("unregister", call(world, ring.queue.ringFd, IORING_UNREGISTER_EVENTFD), 0);
  equal("again", again(IORING_REGISTER_EVENTFD_ASYNC), 0);
});

scenario("REG-8 REG-21", "it has to be an eventfd", (world, ring) => {
  const register = (address: number, count: number): number =>
    call(world, ring.queue.ringFd, IORING_REGISTER_EVENTFD, address, count);
  const fd = number(world, world.eventfd());

  equal("not open", register(number(world, -1), 1), "EBADF");
  equal("a pipe", register(number(world, world.pipe().read), 1), "EINVAL");
  equal("the ring", register(number(world, ring.queue.ringFd), 1), "EINVAL");
  equal("two", register(fd, 2), "EINVAL");
  equal("none", register(fd, 0), "EINVAL");
  equal("NULL", register(0, 1), "EFAULT");
  equal("unmapped", register(UNMAPPED, 1), "EFAULT");
  watched(world, ring.queue.ringFd);
  equal("unmapped, when there is one", register(UNMAPPED, 1), "EBUSY");
});

scenario("REG-22", "what is not there cannot be unregistered", (world, ring) => {
  const remove = (address: number, count: number): number =>
    call(world, ring.queue.ringFd, IORING_UNREGISTER_EVENTFD, address, count);

  equal("none", remove(0, 0), "ENXIO");
  watched(world, ring.queue.ringFd);
  equal("an address", remove(8, 0), "EINVAL");
  equal("a count", remove(0, 1), "EINVAL");
  equal("unregister", remove(0, 0), 0);
  equal("again", remove(0, 0), "ENXIO");
});

scenario("REG-9", "CQEs that are posted together signal once", once, (world) => {
  const ring = ringWith(world, nop(), nop(), nop());
  const fd = watched(world, ring.fd);

  equal("enter", ring.enter(3), 3);

  equal("signals", signals(world, fd), 1);
  equal("a look", ring.enter(0, 0, IORING_ENTER_GETEVENTS), 0);
  equal("signals", signals(world, fd), 0);
});

scenario("REG-9", "what was posted before it was registered signals nothing", once, (world) => {
  const ring = ringWith(world, nop(), nop());
  ring.enter(1);
  const fd = watched(world, ring.fd);
  equal("signals", signals(world, fd), 0);

  ring.enter(1);

  equal("signals", signals(world, fd), 1);
});

scenario("REG-9", "an unregistered eventfd is not signalled", once, (world) => {
  const ring = ringWith(world, nop());
  const fd = watched(world, ring.fd);
  call(world, ring.fd, IORING_UNREGISTER_EVENTFD);

  ring.enter(1);

  equal("signals", signals(world, fd), 0);
});

scenario("REG-9", "a request that completes later signals", once, (world) => {
  const slow = waiting(world);
  const ring = ringWith(world, slow.entry);
  const fd = watched(world, ring.fd);
  ring.enter(1);
  equal("signals", signals(world, fd), 0);

  slow.wake();
  world.until("the CQE is there", () => ring.word(PARAMS_CQ_OFF_TAIL) === 1);

  equal("signals", signals(world, fd), 1);
});

scenario("REG-9", "closing the descriptor of the eventfd changes nothing", once, (world) => {
  const ring = ringWith(world, nop());
  const fd = watched(world, ring.fd);
  equal("close", world.closeFd(fd), 0);

  equal("enter", ring.enter(1), 1);
  equal("unregister", call(world, ring.fd, IORING_UNREGISTER_EVENTFD), 0);
});

scenario("CQ-12", "EVENTFD_DISABLED keeps the eventfd quiet", once, (world) => {
  const ring = ringWith(world, nop(), nop(), nop());
  const fd = watched(world, ring.fd);
  ring.setWord(PARAMS_CQ_OFF_FLAGS, IORING_CQ_EVENTFD_DISABLED);
  ring.enter(1);
  equal("signals", signals(world, fd), 0);

  ring.setWord(PARAMS_CQ_OFF_FLAGS, 0);
  equal("signals", signals(world, fd), 0);
  ring.enter(1);

  equal("signals", signals(world, fd), 1);
});

scenario("REG-45", "what came while it was disabled may be signalled for later", once, (world) => {
  const ring = ringWith(world, nop(), skip(nop()));
  const fd = watched(world, ring.fd);
  ring.setWord(PARAMS_CQ_OFF_FLAGS, IORING_CQ_EVENTFD_DISABLED);
  ring.enter(1);
  ring.setWord(PARAMS_CQ_OFF_FLAGS, 0);

  ring.enter(1);

  equal("CQ tail", ring.word(PARAMS_CQ_OFF_TAIL), 1);
  equal("signals", signals(world, fd), 1);
});

scenario("REG-24", "a skipped CQE signals nothing", once, (world) => {
  const ring = ringWith(world, skip(nop()), skip(nop()));
  const fd = watched(world, ring.fd);

  equal("enter", ring.enter(2), 2);

  equal("signals", signals(world, fd), 0);
});

scenario("REG-24", "the backlog signals when it moves", { entries: 2, cqEntries: 2 }, overflow);

function overflow(world: World, ring: TestRing): void {
  const { queue } = ring;
  ring.submit({ 1: nop(), 2: nop() });
  const fd = watched(world, queue.ringFd);

  ring.submit({ 3: nop() });
  equal("signals", signals(world, fd), 0);
  ring.expect({ 1: 0, 2: 0 });
  signals(world, fd);
  queue.flush();

  ring.expect({ 3: 0 });
}

scenario("REG-23", "an eventfd for workers is signalled for workers", once, (world) => {
  const slow = waiting(world);
  const soon = timeout(world.memory.milliseconds(1));
  const ring = ringWith(world, nop(), slow.entry, soon, cancel(9), async(nop()));
  const fd = watched(world, ring.fd, IORING_REGISTER_EVENTFD_ASYNC);
  ring.enter(4);
  slow.wake();
  world.until("the others are over", () => ring.word(PARAMS_CQ_OFF_TAIL) === 4);
  equal("signals", signals(world, fd), 0);

  ring.enter(1);
  world.until("the worker is done", () => ring.word(PARAMS_CQ_OFF_TAIL) === 5);

  world.until("there is a signal", () => signals(world, fd) === 1);
});

scenario("REG-25", "a deferred ring signals for work, and for the CQE", deferred, (world, ring) => {
  const slow = waiting(world);
  const fd = watched(world, ring.queue.ringFd);
  ring.submit({ 1: slow.entry });
  equal("signals", signals(world, fd), 0);

  slow.wake();
  world.until("there is a signal", () => signals(world, fd) === 1);
  equal("CQEs", ring.queue.ready, 0);
  ring.queue.flush();

  equal("signals", signals(world, fd), 1);
  ring.expect({ 1: 1 });
});

scenario("REG-25", "more work signals no more", deferred, (world, ring) => {
  const [one, other] = [waiting(world), waiting(world)];
  const fd = watched(world, ring.queue.ringFd);
  ring.submit({ 1: one.entry, 2: other.entry });

  one.wake();
  world.until("there is a signal", () => signals(world, fd) === 1);
  other.wake();
  world.settle();

  equal("signals", signals(world, fd), 0);
  ring.queue.flush();
  check("the CQEs signal", signals(world, fd) === 1);
  ring.expect({ 1: 1, 2: 1 });
});

scenario("REG-23 REG-25", "work of a worker on a deferred ring counts", deferred, (world, ring) => {
  const fd = watched(world, ring.queue.ringFd, IORING_REGISTER_EVENTFD_ASYNC);
  ring.submit({ 1: async(nop()) });

  world.until("there is a signal", () => Number(world.read(fd, 8)) !== -EAGAIN);
  ring.queue.flush();

  equal("signals", signals(world, fd), 0);
  ring.expect({ 1: 0 });
});
