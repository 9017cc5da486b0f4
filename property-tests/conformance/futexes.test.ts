/** Chapter FUTEX: waiting for a word in memory, and waking those who wait. */
import { expect } from "vitest";
import { FUTEX2_NUMA } from "../../spec/abi/linux.ts";
import {
  IORING_ASYNC_CANCEL_ALL,
  IORING_ASYNC_CANCEL_ANY,
  SQE_ADDR3,
  SQE_BUF_INDEX,
  SQE_FD,
  SQE_IOPRIO,
  SQE_LEN,
  SQE_OFF,
  SQE_OP_FLAGS,
  SQE_SPLICE_FD_IN,
} from "../../spec/abi/sqe.ts";
import { UNMAPPED, type Memory } from "../worlds/memory.ts";
import type { World } from "../worlds/world.ts";
import { chapter } from "./harness/chapter.ts";
import { cancel, cancelFd, linkTimeout } from "./harness/control-entries.ts";
import { expectEach } from "./harness/each.ts";
import { async, link, nop, set16, set32, type Entry } from "./harness/entries.ts";
import { TestRing } from "./harness/test-ring.ts";
import {
  futexWait,
  futexWaitv,
  futexWake,
  PRIVATE,
  SHARED,
  words,
} from "./harness/waiting-entries.ts";

const scenario = await chapter();

const LARGE = 2 ** 32;
const ANY_MASK = 0xffffffff;
/** A word outside of what programs can have. */
const OUTSIDE = 2 ** 47;

/** A word that holds 1, aligned, with others behind it. */
function word(world: World): Memory {
  const memory = world.memory.allocate(64);
  for (let at = 0; at < 64; at += 4) memory.view.setUint32(at, 1, true);
  return memory;
}

scenario("FUTEX-1 FUTEX-2", "a wait ends when somebody wakes the word", (world, ring) => {
  const { address } = word(world);

  ring.submit({ 1: futexWait(address, 1) });
  ring.expectQuiet();
  ring.submit({ 2: futexWake(address, 1) });

  ring.expect({ 1: 0, 2: 1 });
  expectEach(ring, 0, [futexWake(address, 1)]);
});

scenario("FUTEX-1", "a word with another value is not waited for", (world, ring) => {
  const { address } = word(world);

  expectEach(ring, "EAGAIN", [futexWait(address, 2), futexWait(address, 0, ANY_MASK, SHARED)]);
});

scenario(
  "FUTEX-5",
  "value and mask have 32 bits, and a mask has one that is set",
  (world, ring) => {
    const { address } = word(world);

    expectEach(ring, "EINVAL", [
      futexWait(address, LARGE),
      futexWait(address, 1, LARGE),
      futexWait(address, 2, 0),
      futexWake(address, 1, 0),
      futexWake(address, LARGE),
      futexWake(address, 1, LARGE),
    ]);
  },
);

scenario("FUTEX-6", "a word has 32 bits, and stands at a multiple of its size", (world, ring) => {
  const { address } = word(world);
  const sizes = [0, 1, 3, 0x10 | PRIVATE, 0x100 | PRIVATE];

  expectEach(
    ring,
    "EINVAL",
    sizes.flatMap((flags) => [
      futexWait(address, 2, ANY_MASK, flags),
      futexWake(address, 1, ANY_MASK, flags),
    ]),
  );
  expectEach(ring, "EINVAL", [
    futexWait(address + 1, 2),
    futexWait(address + 2, 2),
    futexWake(address + 2, 1),
    futexWait(OUTSIDE + 2, 2),
  ]);
});

scenario("FUTEX-7", "a word that cannot be read cannot be waited for", (_world, ring) => {
  expectEach(ring, "EFAULT", [
    futexWait(0, 1),
    futexWait(UNMAPPED, 1),
    futexWait(OUTSIDE, 1),
    futexWait(UNMAPPED, 1, ANY_MASK, SHARED),
  ]);
});

scenario("FUTEX-11", "only a shared word has to be there to be woken", (_world, ring) => {
  expectEach(ring, 0, [futexWake(0, 1), futexWake(UNMAPPED, 1)]);
  expectEach(ring, "EFAULT", [
    futexWake(UNMAPPED, 1, ANY_MASK, SHARED),
    futexWake(UNMAPPED, 0, ANY_MASK, SHARED),
    futexWake(OUTSIDE, 1),
  ]);
});

scenario("FUTEX-8", "waits and wakes reserve what they do not use", (world, ring) => {
  const { address } = word(world);
  const entries = [futexWait(address, 1), futexWake(address, 1)];

  expectEach(
    ring,
    "EINVAL",
    entries.flatMap((entry) => [
      set32(SQE_LEN, 1, entry),
      set32(SQE_OP_FLAGS, 1, entry),
      set16(SQE_BUF_INDEX, 1, entry),
      set32(SQE_SPLICE_FD_IN, 1, entry),
      set16(SQE_IOPRIO, 1, entry),
    ]),
  );
});

scenario("FUTEX-2", "a wake and a wait meet where their masks overlap", (world, ring) => {
  const { address } = word(world);
  ring.submit({
    1: futexWait(address, 1, 1),
    2: futexWait(address, 1, 2),
    3: futexWait(address, 1, 3),
  });

  ring.submit({ 4: futexWake(address, 9, 4) });
  ring.expect({ 4: 0 });
  ring.submit({ 5: futexWake(address, 9, 2) });
  ring.expect({ 5: 2, 2: 0, 3: 0 });
  ring.submit({ 6: futexWake(address, 9, 0x80000001) });

  ring.expect({ 6: 1, 1: 0 });
});

scenario("FUTEX-9", "a wake of none wakes nobody", (world, ring) => {
  const { address } = word(world);
  ring.submit({ 1: futexWait(address, 1) });

  ring.submit({ 2: futexWake(address, 0) });

  ring.expect({ 2: 0 });
  ring.expectPending(1);
});

scenario("FUTEX-10", "those who waited longer are woken first", (world, ring) => {
  const { address } = word(world);
  for (const id of [1, 2, 3]) ring.submit({ [id]: futexWait(address, 1) });

  ring.submit({ 4: futexWake(address, 2) });

  ring.expect({ 4: 2, 1: 0, 2: 0 });
  ring.expectQuiet();
  ring.expectPending(3);
});

scenario("FUTEX-3", "a wake completes, and then those whom it woke", (world, ring) => {
  const { address } = word(world);

  ring.submit({
    1: futexWait(address, 1),
    2: futexWait(address, 1),
    3: futexWake(address, 9),
    4: nop(),
  });

  ring.expect({ 1: 0, 2: 0, 3: 2, 4: 0 });
  ring.expectOrder(3, 4, 1, 2);
});

scenario("FUTEX-12", "a private and a shared use of a word do not meet", (world, ring) => {
  const { address } = word(world);
  ring.submit({ 1: futexWait(address, 1, ANY_MASK, SHARED) });
  ring.submit({ 2: futexWait(address, 1) });

  ring.submit({ 3: futexWake(address, 9) });
  ring.expect({ 3: 1, 2: 0 });
  ring.submit({ 4: futexWake(address, 9, ANY_MASK, SHARED) });

  ring.expect({ 4: 1, 1: 0 });
});

scenario("FUTEX-13", "a word that changes wakes nobody", (world, ring) => {
  const memory = word(world);
  ring.submit({ 1: futexWait(memory.address, 1) });

  memory.view.setUint32(0, 7, true);
  ring.expectQuiet();
  ring.submit({ 2: futexWake(memory.address, 1) });

  ring.expect({ 1: 0, 2: 1 });
});

scenario("FUTEX-14", "the system call and other rings wake as well", (world, ring) => {
  const { address } = word(world);
  const other = TestRing.open(world, { entries: 4 });
  ring.submit({ 1: futexWait(address, 1), 2: futexWait(address, 1, ANY_MASK, SHARED) });
  ring.submit({ 3: futexWait(address, 1) });

  expect(world.futexWake(address, 1, true)).toBe(1);
  ring.expect({ 1: 0 });
  expect(world.futexWake(address, 9, false)).toBe(1);
  ring.expect({ 2: 0 });
  other.submit({ 4: futexWake(address, 1) });

  other.expect({ 4: 1 });
  ring.expect({ 3: 0 });
});

scenario("FUTEX-20", "a count that is no positive int wakes one", (world, ring) => {
  const { address } = word(world);
  for (const id of [1, 2, 3]) ring.submit({ [id]: futexWait(address, 1) });

  ring.submit({ 4: futexWake(address, 0xffffffff) });
  ring.expect({ 4: 1, 1: 0 });
  ring.submit({ 5: futexWake(address, 0x80000000) });
  ring.expect({ 5: 1, 2: 0 });
  ring.submit({ 6: futexWake(address, 0x7fffffff) });

  ring.expect({ 6: 1, 3: 0 });
});

scenario("FUTEX-21", "a word with a node is followed by it", (world, ring) => {
  const memory = word(world);
  const numa = PRIVATE | FUTEX2_NUMA;
  memory.view.setUint32(4, 0xffffffff, true);

  ring.submit({ 1: futexWait(memory.address, 1, ANY_MASK, numa) });
  ring.expectQuiet();
  expect(memory.view.getUint32(4, true)).toBeLessThan(1024);
  ring.submit({ 2: futexWake(memory.address, 1, ANY_MASK, numa) });
  ring.expect({ 1: 0, 2: 1 });

  memory.view.setUint32(4, 0x7fffffff, true);
  expectEach(ring, "EINVAL", [
    futexWait(memory.address, 1, ANY_MASK, numa),
    futexWait(memory.address + 4, 1, ANY_MASK, numa),
  ]);
  expectEach(ring, "EFAULT", [futexWake(UNMAPPED, 1, ANY_MASK, numa)]);
});

scenario("FUTEX-4", "several words are waited for, until the first is woken", (world, ring) => {
  const { address } = word(world);
  const list = words(world, [
    { address, value: 1 },
    { address: address + 4, value: 1 },
    { address: address + 8, value: 1, flags: SHARED },
  ]);
  ring.submit({ 1: futexWaitv(list.address, 3) });
  ring.expectQuiet();

  ring.submit({ 2: futexWake(address + 4, 9) });

  ring.expect({ 1: 1, 2: 1 });
  expectEach(ring, 0, [futexWake(address, 9), futexWake(address + 8, 9, ANY_MASK, SHARED)]);
});

scenario("FUTEX-4", "they are 1 to 128", (world, ring) => {
  const { address } = word(world);
  const list = words(
    world,
    Array.from({ length: 129 }, () => ({ address, value: 1 })),
  );

  expectEach(ring, "EINVAL", [futexWaitv(list.address, 0), futexWaitv(list.address, 129)]);
  ring.submit({ 1: futexWaitv(list.address, 128) });
  ring.expectQuiet();
  ring.submit({ 2: futexWake(address, 1) });

  ring.expect({ 1: 0, 2: 1 });
});

scenario("FUTEX-15", "one word that is wrong is enough", (world, ring) => {
  const { address } = word(world);
  const good = { address, value: 1 };
  const of = (...list: Parameters<typeof words>[1]): Entry =>
    futexWaitv(words(world, list).address, list.length);

  expectEach(ring, "EAGAIN", [of(good, { address: address + 4, value: 2 })]);
  expectEach(ring, "EINVAL", [
    of(good, { address, value: LARGE }),
    of(good, { address, value: 1, reserved: 1 }),
    of(good, { address, value: 1, flags: 1 }),
    of({ address: address + 4, value: 2 }, { address: address + 1, value: 1 }),
  ]);
  expectEach(ring, "EFAULT", [of(good, { address: UNMAPPED, value: 1 })]);
  // None of them has left a word behind that is waited for.
  expectEach(ring, 0, [futexWake(address, 9)]);
});

scenario("FUTEX-16", "the list is copied, and fields are reserved", (world, ring) => {
  const { address } = word(world);
  const list = words(world, [{ address, value: 1 }]);
  const entry = futexWaitv(list.address, 1);

  expectEach(ring, "EFAULT", [futexWaitv(UNMAPPED, 1), futexWaitv(0, 1)]);
  expectEach(ring, "EINVAL", [
    set32(SQE_FD, 1, entry),
    set32(SQE_OFF, 1, entry),
    set32(SQE_OP_FLAGS, 1, entry),
    set16(SQE_BUF_INDEX, 1, entry),
    set32(SQE_ADDR3, 1, entry),
    set32(SQE_SPLICE_FD_IN, 1, entry),
  ]);
  ring.submit({ 1: entry });
  list.bytes.fill(0);
  ring.submit({ 2: futexWake(address, 1) });

  ring.expect({ 1: 0, 2: 1 });
});

scenario("FUTEX-17", "a word may stand in the list twice", (world, ring) => {
  const { address } = word(world);
  const list = words(world, [
    { address, value: 1 },
    { address, value: 1 },
  ]);

  ring.submit({ 1: futexWaitv(list.address, 2) });
  ring.submit({ 2: futexWake(address, 1) });
  ring.expect({ 1: 0, 2: 1 });
  ring.submit({ 3: futexWaitv(list.address, 2) });
  ring.submit({ 4: futexWake(address, 9) });

  ring.expect({ 3: 0, 4: 2 });
});

scenario("FUTEX-18", "a cancelled wait is gone from its words", (world, ring) => {
  const { address } = word(world);
  const list = words(world, [
    { address, value: 1 },
    { address: address + 4, value: 1 },
  ]);
  ring.submit({ 1: futexWait(address, 1), 2: futexWaitv(list.address, 2) });
  ring.expectQuiet();

  ring.submit({ 3: cancel(1), 4: cancel(2) });
  ring.expect({ 1: "ECANCELED", 2: "ECANCELED", 3: 1, 4: 1 });

  expectEach(ring, 0, [futexWake(address, 9), futexWake(address + 4, 9)]);
});

scenario("FUTEX-22 CANCEL-13", "a cancellation counts those who wait for a word", (world, ring) => {
  const { address } = word(world);
  const wait = (...ids: number[]): void => {
    for (const id of ids) ring.pushOne(id, futexWait(address, 1));
    ring.queue.submit();
  };

  wait(1, 1, 1);
  ring.submit({ 2: cancel(1, IORING_ASYNC_CANCEL_ALL) });
  ring.expect({ 2: 1 });
  for (let i = 0; i < 3; i++) ring.expect({ 1: "ECANCELED" });

  wait(3, 4);
  ring.submit({ 5: cancel(0, IORING_ASYNC_CANCEL_ANY) });
  ring.expect({ 3: "ECANCELED", 4: "ECANCELED", 5: 2 });
  wait(6);
  ring.submit({ 7: cancelFd(world.pipe().read) });
  ring.expect({ 7: "ENOENT" });
  ring.expectPending(6);
});

scenario("FUTEX-22", "and so does a link timeout", (world, ring) => {
  const { address } = word(world);

  ring.submit({
    1: link(futexWait(address, 1)),
    2: linkTimeout(world.memory.milliseconds(1)),
  });

  ring.expect({ 1: "ECANCELED", 2: 1 });
});

scenario("FUTEX-19", "a value that differs breaks a chain, being woken does not", (world, ring) => {
  const { address } = word(world);

  ring.submit({ 1: link(futexWait(address, 2)), 2: nop() });
  ring.expect({ 1: "EAGAIN", 2: "ECANCELED" });
  ring.submit({ 3: link(futexWait(address, 1)), 4: nop() });
  ring.expectQuiet();
  ring.submit({ 5: link(futexWake(address, 1)), 6: nop() });

  ring.expect({ 3: 0, 4: 0, 5: 1, 6: 0 });
});

scenario("FUTEX-1 ASYNC-1", "a worker may begin to wait, and may wake", (world, ring) => {
  const { address } = word(world);

  ring.submit({ 1: async(futexWait(address, 1)) });
  ring.expectQuiet();
  ring.submit({ 2: async(futexWake(address, 1)) });

  ring.expect({ 1: 0, 2: 1 });
});
