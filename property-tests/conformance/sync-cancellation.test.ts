/** Chapter SYNCCANCEL: cancelling by a system call that waits, instead of by a request. */
import { IORING_OP_POLL_ADD, IORING_OP_READ, IORING_OP_TIMEOUT } from "../../spec/abi/opcodes.ts";
import { POLLIN } from "../../spec/abi/linux.ts";
import {
  SYNC_CANCEL_ADDR,
  SYNC_CANCEL_FD,
  SYNC_CANCEL_FLAGS,
  SYNC_CANCEL_OPCODE,
  SYNC_CANCEL_PAD,
  SYNC_CANCEL_PAD2,
  SYNC_CANCEL_SIZE,
  SYNC_CANCEL_TIMEOUT_NSEC,
  SYNC_CANCEL_TIMEOUT_SEC,
} from "../../spec/abi/register-structs.ts";
import { IORING_REGISTER_SYNC_CANCEL } from "../../spec/abi/register.ts";
import {
  IORING_ASYNC_CANCEL_ALL,
  IORING_ASYNC_CANCEL_ANY,
  IORING_ASYNC_CANCEL_FD,
  IORING_ASYNC_CANCEL_FD_FIXED,
  IORING_ASYNC_CANCEL_OP,
  IORING_ASYNC_CANCEL_USERDATA,
} from "../../spec/abi/sqe.ts";
import { ETIME } from "../../spec/errno.ts";
import { setU64 } from "../../src/queue/index.ts";
import { UNMAPPED, type Memory } from "../worlds/memory.ts";
import type { World } from "../worlds/world.ts";
import { chapter } from "./harness/chapter.ts";
import { pollAdd, timeout } from "./harness/control-entries.ts";
import { drain, link, nop } from "./harness/entries.ts";
import { check, equal } from "./harness/expectation.ts";
import { waiting } from "./harness/fixtures.ts";
import type { TestRing } from "./harness/test-ring.ts";

const scenario = await chapter();

const ALL = IORING_ASYNC_CANCEL_ALL;
const ANY = IORING_ASYNC_CANCEL_ANY;
const FD = IORING_ASYNC_CANCEL_FD;
const OP = IORING_ASYNC_CANCEL_OP;

/** What to cancel, and how long to wait for it; for ever when left out. */
interface Key {
  readonly userData?: number;
  readonly flags?: number;
  readonly fd?: number;
  readonly opcode?: number;
  readonly nanoseconds?: number;
}

/** A `struct io_uring_sync_cancel_reg`. */
function argument(world: World, key: Key): Memory {
  const memory = world.memory.allocate(SYNC_CANCEL_SIZE);
  const { view } = memory;
  setU64(view, SYNC_CANCEL_ADDR, key.userData ?? 0);
  view.setInt32(SYNC_CANCEL_FD, key.fd ?? 0, true);
  view.setUint32(SYNC_CANCEL_FLAGS, key.flags ?? 0, true);
  view.setUint8(SYNC_CANCEL_OPCODE, key.opcode ?? 0);
  const { nanoseconds } = key;
  view.setBigInt64(SYNC_CANCEL_TIMEOUT_SEC, nanoseconds === undefined ? -1n : 0n, true);
  view.setBigInt64(SYNC_CANCEL_TIMEOUT_NSEC, BigInt(nanoseconds ?? -1), true);
  return memory;
}

function hand(world: World, ring: TestRing, address: number, count = 1): number {
  const { ringFd } = ring.queue;
  return world.backend.register(ringFd, IORING_REGISTER_SYNC_CANCEL, address, count);
}

function cancel(world: World, ring: TestRing, key: Key): number {
  return hand(world, ring, argument(world, key).address);
}

scenario("SYNCCANCEL-1 SYNCCANCEL-5", "one request is cancelled, or none", (world, ring) => {
  ring.submit({ 1: waiting(world).entry, 2: waiting(world).entry });

  equal("cancel", cancel(world, ring, { userData: 1 }), 0);
  ring.expect({ 1: "ECANCELED" });
  equal("again", cancel(world, ring, { userData: 1 }), "ENOENT");
  ring.expectPending(2);
});

scenario("SYNCCANCEL-1", "a timer and a poll are cancelled", (world, ring) => {
  ring.submit({
    1: timeout(world.memory.milliseconds(20_000)),
    2: pollAdd(waiting(world).fd, POLLIN),
  });

  equal("the timer", cancel(world, ring, { userData: 1 }), 0);
  equal("the poll", cancel(world, ring, { userData: 2 }), 0);

  ring.expect({ 1: "ECANCELED", 2: "ECANCELED" });
});

scenario("SYNCCANCEL-6", "ALL counts what has the user_data", (world, ring) => {
  for (let i = 0; i < 3; i++) ring.pushOne(7, waiting(world).entry);
  ring.submit({ 1: waiting(world).entry });

  equal("all of 7", cancel(world, ring, { userData: 7, flags: ALL }), 3);
  for (let i = 0; i < 3; i++) ring.expectNext(7, "ECANCELED");
  equal("none", cancel(world, ring, { userData: 7, flags: ALL }), 0);
  ring.expectPending(1);
});

scenario("SYNCCANCEL-6", "ANY counts everything", (world, ring) => {
  ring.submit({
    1: waiting(world).entry,
    2: timeout(world.memory.milliseconds(20_000)),
    3: pollAdd(waiting(world).fd, POLLIN),
  });

  equal("any", cancel(world, ring, { flags: ANY }), 3);

  ring.expect({ 1: "ECANCELED", 2: "ECANCELED", 3: "ECANCELED" });
  equal("none", cancel(world, ring, { flags: ANY }), 0);
});

scenario("SYNCCANCEL-1", "a file or an opcode is a key", (world, ring) => {
  const [one, other] = [waiting(world), waiting(world)];
  ring.submit({ 1: one.entry, 2: other.entry, 3: pollAdd(one.fd, POLLIN) });

  equal("by file", cancel(world, ring, { fd: other.fd, flags: FD }), 0);
  ring.expect({ 2: "ECANCELED" });
  const poll = { opcode: IORING_OP_POLL_ADD, flags: OP };
  equal("by opcode", cancel(world, ring, poll), 0);
  ring.expect({ 3: "ECANCELED" });
  const named = { userData: 9, opcode: IORING_OP_READ, flags: OP | IORING_ASYNC_CANCEL_USERDATA };
  equal("by opcode and user_data", cancel(world, ring, named), "ENOENT");
  equal(
    "by opcode and file",
    cancel(world, ring, { ...poll, fd: one.fd, flags: OP | FD }),
    "ENOENT",
  );
});

scenario("SYNCCANCEL-3", "unknown flags and padding are refused", (world, ring) => {
  const spoilt = (offset: number): number => {
    const memory = argument(world, { userData: 1 });
    memory.bytes[offset] = 1;
    return hand(world, ring, memory.address);
  };

  equal("a flag", cancel(world, ring, { flags: 64 }), "EINVAL");
  equal("the first byte of padding", spoilt(SYNC_CANCEL_PAD), "EINVAL");
  equal("the last of the first", spoilt(SYNC_CANCEL_PAD2 - 1), "EINVAL");
  equal("the second padding", spoilt(SYNC_CANCEL_PAD2), "EINVAL");
  equal("its last byte", spoilt(SYNC_CANCEL_SIZE - 1), "EINVAL");
});

scenario("SYNCCANCEL-7", "the argument is one readable struct", (world, ring) => {
  const { address } = argument(world, { userData: 1 });

  equal("NULL", hand(world, ring, 0), "EINVAL");
  equal("none", hand(world, ring, address, 0), "EINVAL");
  equal("two", hand(world, ring, address, 2), "EINVAL");
  equal("unmapped", hand(world, ring, UNMAPPED), "EFAULT");
});

scenario("SYNCCANCEL-8", "FD wants a good descriptor", (world, ring) => {
  const fixed = FD | IORING_ASYNC_CANCEL_FD_FIXED;

  equal("-1", cancel(world, ring, { fd: -1, flags: FD }), "EBADF");
  equal("not open", cancel(world, ring, { fd: 999, flags: FD | ALL }), "EBADF");
  equal("no table", cancel(world, ring, { fd: 0, flags: fixed }), "EBADF");
  equal("a good one", cancel(world, ring, { fd: world.pipe().read, flags: FD }), "ENOENT");
  equal("FD_FIXED alone", cancel(world, ring, { flags: IORING_ASYNC_CANCEL_FD_FIXED }), "ENOENT");
});

scenario("SYNCCANCEL-9", "ANY may have other keys besides, and ignores them", (world, ring) => {
  const slow = waiting(world);
  ring.submit({ 1: slow.entry });
  equal("a bad descriptor", cancel(world, ring, { fd: -1, flags: ANY | FD }), "EBADF");
  ring.expectPending(1);

  equal("ANY and FD", cancel(world, ring, { fd: world.pipe().read, flags: ANY | FD }), 1);
  ring.expect({ 1: "ECANCELED" });

  ring.submit({ 2: waiting(world).entry });
  equal("ANY and OP", cancel(world, ring, { opcode: IORING_OP_TIMEOUT, flags: ANY | OP }), 1);
  ring.expect({ 2: "ECANCELED" });
});

scenario("SYNCCANCEL-9", "with ANY and FD timers are left alone", (world, ring) => {
  ring.submit({ 1: timeout(world.memory.milliseconds(20_000)) });

  equal("cancel", cancel(world, ring, { fd: world.pipe().read, flags: ANY | FD }), 0);

  ring.expectPending(1);
});

scenario("SYNCCANCEL-10", "what has not been issued is not found", (world, ring) => {
  const slow = waiting(world);
  ring.submit({ 1: link(slow.entry), 2: nop() });
  equal("a member of a chain", cancel(world, ring, { userData: 2 }), "ENOENT");

  slow.wake();
  ring.expect({ 1: 1, 2: 0 });
});

scenario("DRAIN-4 SYNCCANCEL-10", "what waits for a drain is not found", (world, ring) => {
  const slow = waiting(world);
  ring.submit({ 1: slow.entry, 2: drain(nop()), 3: nop() });

  equal("the drained one", cancel(world, ring, { userData: 2 }), "ENOENT");
  equal("what is behind it", cancel(world, ring, { userData: 3 }), "ENOENT");
  equal("ANY", cancel(world, ring, { flags: ANY }), 1);

  ring.expect({ 1: "ECANCELED", 2: 0, 3: 0 });
});

/** A read that blocks a worker: the head of a chain that the submit left open. */
function blocked(world: World, ring: TestRing): void {
  ring.submit({ 1: link(waiting(world).entry) });
  world.untilWorkersBlock(1);
}

scenario(
  "SYNCCANCEL-2",
  "it waits for what runs in a worker",
  { rings: "plain" },
  (world, ring) => {
    blocked(world, ring);

    equal("cancel", cancel(world, ring, { userData: 1 }), 0);

    ring.poll();
    ring.expect({ 1: "EINTR" });
  },
);

scenario("SYNCCANCEL-2", "it waits no longer than its limit", (world, ring) => {
  blocked(world, ring);

  const result = cancel(world, ring, { userData: 1, nanoseconds: 0 });

  equal("it ends with the limit", result, "ETIME");
  ring.expect({ 1: "EINTR" });
});

scenario(
  "SYNCCANCEL-4",
  "a deferred ring may miss the end",
  { rings: "deferred" },
  (world, ring) => {
    blocked(world, ring);

    const result = cancel(world, ring, { userData: 1, nanoseconds: 20_000_000 });

    check("it ends with the target, or with the limit", result === 0 || result === -ETIME);
    ring.expect({ 1: "EINTR" });
  },
);
