/** Chapter NOP: what it ignores, looks up, and answers. */
import { expect } from "vitest";
import { CQE_BIG, IORING_CQE_F_32 } from "../../spec/abi/cqe.ts";
import { IORING_ENTER_GETEVENTS } from "../../spec/abi/enter.ts";
import { IORING_SETUP_CQE32, IORING_SETUP_SUBMIT_ALL } from "../../spec/abi/setup.ts";
import {
  IORING_NOP_CQE32,
  IORING_NOP_FILE,
  IORING_NOP_FIXED_BUFFER,
  IORING_NOP_FIXED_FILE,
  IORING_NOP_INJECT_RESULT,
  IORING_NOP_TW,
  IOSQE_FIXED_FILE,
  SQE_ADDR,
  SQE_ADDR3,
  SQE_BUF_INDEX,
  SQE_FD,
  SQE_IOPRIO,
  SQE_LEN,
  SQE_OFF,
  SQE_OP_FLAGS,
  SQE_PAD2,
  SQE_SPLICE_FD_IN,
} from "../../spec/abi/sqe.ts";
import { IORING_REGISTER_FILES } from "../../spec/abi/register.ts";
import type { World } from "../worlds/world.ts";
import { chapter } from "./harness/chapter.ts";
import {
  async,
  flagged,
  hardlink,
  link,
  nop,
  set16,
  set32,
  skip,
  type Entry,
} from "./harness/entries.ts";
import { check, equal } from "./harness/expectation.ts";
import { RawRing } from "./harness/raw-ring.ts";
import { Buffers, rangeOf } from "./harness/registered-buffers.ts";
import type { TestRing } from "./harness/test-ring.ts";

const scenario = await chapter();

const { FILE, FIXED_FILE, FIXED_BUFFER, INJECT, TW, CQE32 } = {
  INJECT: IORING_NOP_INJECT_RESULT,
  FILE: IORING_NOP_FILE,
  FIXED_FILE: IORING_NOP_FIXED_FILE,
  FIXED_BUFFER: IORING_NOP_FIXED_BUFFER,
  TW: IORING_NOP_TW,
  CQE32: IORING_NOP_CQE32,
};

interface NopFields {
  readonly fd?: number;
  readonly len?: number;
  readonly bufIndex?: number;
}

function nopWith(flags: number, { fd = 0, len = 0, bufIndex = 0 }: NopFields = {}): Entry {
  return (sqes, at) => {
    nop()(sqes, at);
    sqes.setInt32(at + SQE_FD, fd, true);
    sqes.setUint32(at + SQE_LEN, len, true);
    sqes.setUint32(at + SQE_OP_FLAGS, flags, true);
    sqes.setUint16(at + SQE_BUF_INDEX, bufIndex, true);
  };
}

/** Gives the ring a table of files with these descriptors; -1 is an empty slot. */
function registerFiles(world: World, ring: TestRing, ...descriptors: readonly number[]): void {
  const memory = world.memory.allocate(descriptors.length * 4);
  descriptors.forEach((fd, index) => memory.view.setInt32(index * 4, fd, true));
  const { backend } = world;
  const count = descriptors.length;
  const result = backend.register(ring.queue.ringFd, IORING_REGISTER_FILES, memory.address, count);
  equal("REGISTER_FILES", result, 0);
}

scenario("NOP-3", "without flags its fields mean nothing, but for ioprio", (_world, ring) => {
  ring.submit({
    1: set32(SQE_FD, 0x7fffffff, nop()),
    2: set32(SQE_OFF, 0xffffffff, nop()),
    3: set32(SQE_ADDR, 8, nop()),
    4: set32(SQE_LEN, 77, nop()),
    5: set16(SQE_BUF_INDEX, 77, nop()),
    6: set32(SQE_SPLICE_FD_IN, 77, nop()),
    7: set32(SQE_ADDR3, 77, nop()),
    8: set32(SQE_PAD2, 77, nop()),
  });
  equal("completions in the ring", ring.poll(), 8);
  ring.expect({ 1: 0, 2: 0, 3: 0, 4: 0, 5: 0, 6: 0, 7: 0, 8: 0 });

  ring.submit({ 9: set16(SQE_IOPRIO, 1, nop()) });
  ring.expect({ 9: "EINVAL" });
});

scenario(
  "NOP-1",
  "flags from 64 on are not known",
  { flags: IORING_SETUP_SUBMIT_ALL, entries: 32 },
  (_world, ring) => {
    for (let bit = 6; bit < 32; bit++) {
      ring.submit({ [bit]: nopWith((1 << bit) >>> 0) });
      ring.expect({ [bit]: "EINVAL" });
    }
  },
);

scenario("NOP-4", "INJECT_RESULT makes len the result, whatever it is", (_world, ring) => {
  ring.submit({
    1: nopWith(INJECT, { len: 42 }),
    2: nopWith(INJECT, { len: 0x7fffffff }),
    3: nopWith(INJECT, { len: -5 >>> 0 }),
    4: nopWith(INJECT, { len: 0x80000000 }),
    5: nopWith(0, { len: 42 }),
  });

  ring.expect({ 1: 42, 2: 0x7fffffff, 3: "EIO", 4: -0x80000000, 5: 0 });
});

scenario("NOP-4", "a negative result breaks a soft chain, and is shown", (_world, ring) => {
  ring.submit({ 1: link(nopWith(INJECT, { len: 7 })), 2: nop() });
  ring.expect({ 1: 7, 2: 0 });
  ring.submit({ 3: link(nopWith(INJECT, { len: -1 >>> 0 })), 4: nop() });
  ring.expect({ 3: "EPERM", 4: "ECANCELED" });
  ring.submit({ 5: hardlink(nopWith(INJECT, { len: -1 >>> 0 })), 6: nop() });
  ring.expect({ 5: "EPERM", 6: 0 });

  ring.submit({
    7: skip(nopWith(INJECT, { len: -1 >>> 0 })),
    8: skip(nopWith(INJECT, { len: 1 })),
  });
  ring.expect({ 7: "EPERM" });
  ring.expectSilent(8);
});

scenario("NOP-5", "FILE looks a descriptor up", (world, ring) => {
  const { read } = world.pipe();

  ring.submit({ 1: nopWith(FILE, { fd: read }), 2: nopWith(FILE, { fd: -1 }) });

  ring.expect({ 1: 0, 2: "EBADF" });
});

scenario("NOP-5", "or a slot", (world, ring) => {
  const { read } = world.pipe();
  registerFiles(world, ring, read, -1);

  ring.submit({
    1: nopWith(FILE | FIXED_FILE, { fd: 0 }),
    2: nopWith(FILE | FIXED_FILE, { fd: 1 }),
    3: nopWith(FILE | FIXED_FILE, { fd: read }),
    4: flagged(IOSQE_FIXED_FILE, nopWith(FILE, { fd: 0 })),
    5: flagged(IOSQE_FIXED_FILE, nopWith(FILE, { fd: read })),
  });

  ring.expect({ 1: 0, 2: "EBADF", 3: "EBADF", 4: 0, 5: "EBADF" });
});

scenario("NOP-5", "without FILE nothing is looked up", (_world, ring) => {
  ring.submit({
    1: nopWith(FIXED_FILE, { fd: 77 }),
    2: flagged(IOSQE_FIXED_FILE, nopWith(0, { fd: 77 })),
  });

  ring.expect({ 1: 0, 2: 0 });
});

scenario("NOP-6", "FIXED_BUFFER looks a registered buffer up", (world, ring) => {
  const buffers = new Buffers(world, ring.queue.ringFd);
  ring.submit({ 1: nopWith(FIXED_BUFFER) });
  ring.expect({ 1: "EFAULT" });
  equal("register", buffers.register(rangeOf(world.memory.pages(1))), 0);

  ring.submit({
    2: nopWith(FIXED_BUFFER),
    3: nopWith(FIXED_BUFFER, { bufIndex: 1 }),
    4: nopWith(FIXED_BUFFER | FILE, { bufIndex: 1, fd: -1 }),
    5: nopWith(FIXED_BUFFER | FILE, { fd: -1 }),
  });

  ring.expect({ 2: 0, 3: "EFAULT", 4: "EBADF", 5: "EBADF" });
});

scenario("NOP-2", "a look-up that fails counts for more than a result", (_world, ring) => {
  ring.submit({
    1: nopWith(INJECT | FILE, { fd: -1, len: 42 }),
    2: nopWith(INJECT | FIXED_BUFFER, { len: 42 }),
    3: nopWith(INJECT | FILE, { fd: -1, len: -7 >>> 0 }),
  });

  ring.expect({ 1: "EBADF", 2: "EFAULT", 3: "EBADF" });
});

scenario("NOP-7", "TW completes it as task work does", (_world, ring) => {
  ring.submit({
    1: nopWith(TW),
    2: nopWith(TW | INJECT, { len: 5 }),
    3: nopWith(TW | FILE, { fd: -1 }),
  });

  ring.expect({ 1: 0, 2: 5, 3: "EBADF" });
});

scenario(
  "NOP-7",
  "on a DEFER_TASKRUN ring that is when the owner enters",
  { rings: "deferred" },
  (_world, ring) => {
    ring.publish({ 1: nopWith(TW), 2: nop() });

    equal("submit", ring.enter(2), 2);
    equal("completions", ring.poll(), 1);
    equal("enter", ring.enter(0, 0, IORING_ENTER_GETEVENTS), 0);
    equal("completions", ring.poll(), 1);

    ring.expect({ 1: 0, 2: 0 });
    ring.expectOrder(2, 1);
  },
);

scenario("NOP-7", "a chain goes on behind it", (_world, ring) => {
  ring.submit({ 1: link(nopWith(TW)), 2: link(async(nopWith(TW))), 3: nop() });
  ring.expect({ 1: 0, 2: 0, 3: 0 });
  ring.expectOrder(1, 2, 3);

  ring.submit({ 4: link(nopWith(TW | INJECT, { len: -1 >>> 0 })), 5: nop() });
  ring.expect({ 4: "EPERM", 5: "ECANCELED" });
});

scenario("NOP-9", "it holds the buffer that it found until it is done", (world, ring) => {
  const buffers = new Buffers(world, ring.queue.ringFd);
  equal("register", buffers.registerTagged([rangeOf(world.memory.pages(1))], [71]), 0);
  ring.announce(71);

  ring.publish({ 1: nopWith(TW | FIXED_BUFFER) });
  ring.enter(1);
  equal("unregister", buffers.unregister(), 0);

  ring.expect({ 1: 0, 71: 0 });
  ring.expectOrder(1, 71);
});

scenario("NOP-8", "CQE32 needs a ring that can have such CQEs", (_world, ring) => {
  ring.submit({ 1: nopWith(CQE32) });

  ring.expect({ 1: "EINVAL" });
});

scenario("NOP-8 CQ-15", "on a CQE32 ring it fills the second half", { rings: "plain" }, (world) => {
  const ring = RawRing.open(world, 4, IORING_SETUP_CQE32);
  const entries: readonly Entry[] = [
    nopWith(CQE32),
    nopWith(0),
    nopWith(CQE32 | FILE, { fd: -1 }),
    link(nopWith(INJECT, { len: -1 >>> 0 })),
    nopWith(CQE32),
  ];
  const words = (index: number): readonly bigint[] => {
    const at = ring.cqeAt(index) + CQE_BIG;
    return [ring.ring.getBigUint64(at, true), ring.ring.getBigUint64(at + 8, true)];
  };
  const submit = (first: number, count: number): void => {
    for (let i = 0; i < count; i++) {
      const slot = (first + i) & 3;
      ring.fill(slot, first + i + 1, (sqes, at) => {
        (entries[first + i] as Entry)(sqes, at);
        sqes.setBigUint64(at + SQE_OFF, 0x1234_5678_9abc_def0n, true);
        sqes.setBigUint64(at + SQE_ADDR, 0xffff_ffff_ffff_fffen, true);
      });
      ring.point(slot, slot);
    }
    ring.setTail(first + count);
    equal("enter", ring.enter(count, 0, IORING_ENTER_GETEVENTS), count);
  };

  submit(0, 3);
  submit(3, 2);

  const filled = [0x1234_5678_9abc_def0n, 0xffff_ffff_ffff_fffen];
  expect([0, 1, 2, 3, 4].map(words)).toEqual([filled, [0n, 0n], filled, [0n, 0n], [0n, 0n]]);
  const taken = ring.reap();
  expect(taken.map(({ res }) => res)).toEqual([0, 0, -9, -1, -125]);
  check(
    "no CQE has F_32",
    taken.every(({ flags }) => (flags & IORING_CQE_F_32) === 0),
  );
});
