import { describe, expect, it } from "vitest";
import { IORING_CQE_F_MORE } from "../../../spec/abi/cqe.ts";
import { IORING_ENTER_GETEVENTS } from "../../../spec/abi/enter.ts";
import {
  IORING_OP_LINK_TIMEOUT,
  IORING_OP_READ,
  IORING_OP_TIMEOUT,
  IORING_OP_TIMEOUT_REMOVE,
} from "../../../spec/abi/opcodes.ts";
import {
  IORING_LINK_TIMEOUT_UPDATE,
  IORING_TIMEOUT_ABS,
  IORING_TIMEOUT_BOOTTIME,
  IORING_TIMEOUT_ETIME_SUCCESS,
  IORING_TIMEOUT_MULTISHOT,
  IORING_TIMEOUT_REALTIME,
  IORING_TIMEOUT_UPDATE,
  IOSQE_IO_LINK,
} from "../../../spec/abi/sqe.ts";
import { EALREADY, ECANCELED, EFAULT, EINVAL, ENOENT, ETIME } from "../../../spec/errno.ts";
import { type SqeFields, World } from "../testing/world.ts";

const REMOVE = IORING_OP_TIMEOUT_REMOVE;

function timeout(world: World, nanoseconds: number, more: SqeFields = {}): SqeFields {
  return { opcode: IORING_OP_TIMEOUT, addr: world.timespec(nanoseconds), len: 1, ...more };
}

describe("TIMEOUT", () => {
  it("fires at its time, and only the first of several can fire", () => {
    const world = new World();
    world.sqe(1, timeout(world, 700));
    world.sqe(2, timeout(world, 300));
    world.submit();

    expect(world.events()).toEqual(["fire timeout#2"]);
    expect(world.run()).toEqual([[2, -ETIME]]);
    expect(world.clock.now).toBe(1300);
    expect(world.run()).toEqual([[1, -ETIME]]);
    expect(world.clock.now).toBe(1700);
  });

  it("understands absolute times on either clock", () => {
    const world = new World();
    world.sqe(1, timeout(world, 1500, { opFlags: IORING_TIMEOUT_ABS }));
    const realtime = IORING_TIMEOUT_ABS | IORING_TIMEOUT_REALTIME;
    world.sqe(2, timeout(world, 5_000_001_400, { opFlags: realtime }));
    world.submit();

    world.run("fire timeout#2");
    expect(world.clock.now).toBe(1400);
    world.run("fire timeout#1");
    expect(world.clock.now).toBe(1500);
  });

  it.each<[string, SqeFields]>([
    ["len other than 1", { len: 2 }],
    ["buf_index", { bufIndex: 1 }],
    ["file_index", { fileIndex: 1 }],
    ["addr3", { addr3: 1 }],
    ["an update flag", { opFlags: IORING_TIMEOUT_UPDATE }],
    ["two clocks", { opFlags: IORING_TIMEOUT_BOOTTIME | IORING_TIMEOUT_REALTIME }],
    ["ABS with MULTISHOT", { opFlags: IORING_TIMEOUT_ABS | IORING_TIMEOUT_MULTISHOT }],
  ])("refuses %s", (_name, fields) => {
    const world = new World();
    world.sqe(1, timeout(world, 5, fields));

    expect(world.go()).toEqual([[1, -EINVAL]]);
  });

  it("refuses a negative time", () => {
    const world = new World();
    world.sqe(1, timeout(world, -1));

    expect(world.go()).toEqual([[1, -EINVAL]]);
  });

  it("completes with 0 after as many CQEs as it was told, those of its own batch included", () => {
    const world = new World();
    world.sqe(1);
    world.sqe(2, timeout(world, 1000, { off: 2 }));
    world.submit();
    expect(world.cqes()).toEqual([[1, 0]]);
    world.sqe(3);

    expect(world.go()).toEqual([
      [3, 0],
      [2, 0],
    ]);
    expect(world.events()).toEqual([]);
  });

  it("completes counted ones in the order of their targets", () => {
    const world = new World();
    world.sqe(1, timeout(world, 1000, { off: 3 }));
    world.sqe(2, timeout(world, 1000, { off: 2 }));
    world.submit();
    world.sqe(3);
    world.sqe(4);
    expect(world.go().map(([id]) => id)).toEqual([3, 4, 2]);
    world.sqe(5);
    expect(world.go().map(([id]) => id)).toEqual([5, 1]);
  });

  it("does not count other timeouts, nor skipped CQEs", () => {
    const world = new World();
    world.sqe(1, timeout(world, 1000, { off: 1 }));
    world.sqe(2, timeout(world, 10));
    world.sqe(3, { flags: 0x40 });
    world.submit();

    expect(world.run("fire timeout#2")).toEqual([[2, -ETIME]]);
    expect(world.run("fire timeout#1")).toEqual([[1, -ETIME]]);
  });

  it("repeats with MULTISHOT, as often as off says", () => {
    const world = new World();
    world.sqe(1, timeout(world, 5000, { opFlags: IORING_TIMEOUT_MULTISHOT, off: 2 }));
    world.submit();

    expect(world.run()).toEqual([[1, -ETIME, IORING_CQE_F_MORE]]);
    expect(world.run()).toEqual([[1, -ETIME]]);
    expect(world.clock.now).toBe(11_000);
  });

  it("moves on between two shots, even with a period of 0", () => {
    const world = new World();
    world.sqe(1, timeout(world, 0, { opFlags: IORING_TIMEOUT_MULTISHOT }));
    world.submit();
    world.run();
    world.run();

    expect(world.clock.now).toBe(2000);
  });

  it("that expires now may fire before it is counted out", () => {
    const world = new World();
    world.answers.cancel = [1];
    world.sqe(1, timeout(world, 0, { off: 1 }));
    world.sqe(2);

    expect(world.go()).toEqual([
      [2, 0],
      [1, -ETIME],
    ]);
  });

  it("ends a multishot whose CQE finds no room, with a CQE that says so", () => {
    const world = new World({ entries: 1 });
    world.sqe(1, timeout(world, 100, { opFlags: IORING_TIMEOUT_MULTISHOT }));
    world.submit();
    for (const id of [2, 3]) {
      world.sqe(id);
      world.submit();
    }

    world.kernel.run(world.kernel.runnable()[0] ?? { due: 0, sequence: 0 });
    expect(world.cqes()).toEqual([
      [2, 0],
      [3, 0],
    ]);
    world.enter(0, 0, IORING_ENTER_GETEVENTS);
    expect(world.cqes()).toEqual([[1, -ETIME]]);
    expect(world.events()).toEqual([]);
  });
});

describe("TIMEOUT_REMOVE", () => {
  it("stops a running timeout; its own CQE comes first", () => {
    const world = new World();
    world.sqe(1, timeout(world, 500));
    world.sqe(2, { opcode: REMOVE, addr: 1 });

    expect(world.go()).toEqual([
      [2, 0],
      [1, -ECANCELED],
    ]);
    expect(world.events()).toEqual([]);
  });

  it("finds nothing", () => {
    const world = new World();
    world.sqe(2, { opcode: REMOVE, addr: 1 });

    expect(world.go()).toEqual([[2, -ENOENT]]);
  });

  it.each<[string, number, [number, number][]]>([
    [
      "wins",
      0,
      [
        [2, 0],
        [1, -ECANCELED],
      ],
    ],
    [
      "loses",
      1,
      [
        [2, -ENOENT],
        [1, -ETIME],
      ],
    ],
  ])("%s the race against one that expires now", (_name, choice, expected) => {
    const world = new World();
    world.answers.cancel = [choice];
    world.sqe(1, timeout(world, 0));
    world.sqe(2, { opcode: REMOVE, addr: 1 });

    expect(world.go()).toEqual(expected);
  });

  it("comes too late for one that fires at this moment", () => {
    const world = new World();
    world.answers.cancel = [2];
    world.sqe(1, timeout(world, 0));
    world.sqe(2, { opcode: REMOVE, addr: 1 });

    expect(world.go()).toEqual([[2, -EALREADY]]);
    expect(world.run()).toEqual([[1, -ETIME]]);
  });

  it.each<[string, SqeFields, number]>([
    ["flags without an update", { opFlags: IORING_TIMEOUT_ABS }, -EINVAL],
    ["len", { len: 1 }, -EINVAL],
    ["ETIME_SUCCESS in an update", { opFlags: 2 | IORING_TIMEOUT_ETIME_SUCCESS }, -EINVAL],
    ["an unreadable time", { opFlags: IORING_TIMEOUT_UPDATE, off: 8 }, -EFAULT],
    ["a fixed file", { flags: 1 }, -EINVAL],
  ])("refuses %s", (_name, fields, expected) => {
    const world = new World();
    world.sqe(2, { opcode: REMOVE, addr: 1, ...fields });

    expect(world.go()).toEqual([[2, expected]]);
  });

  it("gives a timeout a new time, and makes a counted one a pure timer", () => {
    const world = new World();
    world.sqe(1, timeout(world, 500, { off: 2 }));
    const update = { opcode: REMOVE, addr: 1, opFlags: IORING_TIMEOUT_UPDATE };
    world.sqe(2, { ...update, off: world.timespec(900) });
    world.sqe(3);

    expect(world.go()).toEqual([
      [2, 0],
      [3, 0],
    ]);
    expect(world.run()).toEqual([[1, -ETIME]]);
    expect(world.clock.now).toBe(1900);
  });

  it("changes a LINK_TIMEOUT only with both update flags and its own user_data", () => {
    const world = new World();
    const { readFd } = world.pipe();
    const addr = world.buffer(1);
    world.sqe(1, { opcode: IORING_OP_READ, fd: readFd, addr, len: 1, flags: IOSQE_IO_LINK });
    world.sqe(2, { ...timeout(world, 500), opcode: IORING_OP_LINK_TIMEOUT });
    world.submit();
    const off = world.timespec(800);
    const both = IORING_TIMEOUT_UPDATE | IORING_LINK_TIMEOUT_UPDATE;
    world.sqe(3, { opcode: REMOVE, addr: 2, off, opFlags: IORING_TIMEOUT_UPDATE });
    world.sqe(4, { opcode: REMOVE, addr: 2 });
    world.sqe(5, { opcode: REMOVE, addr: 1, off, opFlags: both });
    world.sqe(6, { opcode: REMOVE, addr: 2, off, opFlags: both });

    expect(world.go()).toEqual([
      [3, -ENOENT],
      [4, -ENOENT],
      [5, -ENOENT],
      [6, 0],
    ]);
    world.run("fire link timeout#2");
    expect(world.clock.now).toBe(1800);
  });
});
