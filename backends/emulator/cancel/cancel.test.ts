import { describe, expect, it } from "vitest";
import {
  IORING_OP_ASYNC_CANCEL,
  IORING_OP_POLL_ADD,
  IORING_OP_READ,
  IORING_OP_TIMEOUT,
} from "../../../spec/abi/opcodes.ts";
import {
  IORING_ASYNC_CANCEL_ALL,
  IORING_ASYNC_CANCEL_ANY,
  IORING_ASYNC_CANCEL_FD,
  IORING_ASYNC_CANCEL_FD_FIXED,
  IORING_ASYNC_CANCEL_OP,
  IORING_ASYNC_CANCEL_USERDATA,
  IOSQE_ASYNC,
  IOSQE_BUFFER_SELECT,
  IOSQE_IO_LINK,
} from "../../../spec/abi/sqe.ts";
import {
  EALREADY,
  EBADF,
  ECANCELED,
  EINTR,
  EINVAL,
  ENOENT,
  EOPNOTSUPP,
} from "../../../spec/errno.ts";
import { type SqeFields, World } from "../testing/world.ts";

const CANCEL = IORING_OP_ASYNC_CANCEL;

function cancel(addr: number, opFlags = 0, more: SqeFields = {}): SqeFields {
  return { opcode: CANCEL, addr, opFlags, ...more };
}

function read(world: World, fd: number, more: SqeFields = {}): SqeFields {
  return { opcode: IORING_OP_READ, fd, addr: world.buffer(4), len: 4, ...more };
}

describe("ASYNC_CANCEL", () => {
  it("stops a request that waits, and its own CQE comes first", () => {
    const world = new World();
    const { readFd, reader } = world.pipe();
    world.sqe(1, read(world, readFd));
    world.sqe(2, cancel(1));

    expect(world.go()).toEqual([
      [2, 0],
      [1, -ECANCELED],
    ]);
    expect(world.asked).toEqual([]);
    expect(reader.references).toBe(1);
  });

  it("finds nothing where everything has completed", () => {
    const world = new World();
    world.sqe(1);
    world.sqe(2, cancel(1));

    expect(world.go()).toEqual([
      [1, 0],
      [2, -ENOENT],
    ]);
  });

  it.each<[string, number, [number, number][], [number, number][]]>([
    [
      "won",
      0,
      [
        [2, 0],
        [1, -ECANCELED],
      ],
      [],
    ],
    [
      "lost",
      1,
      [
        [1, 4],
        [2, -ENOENT],
      ],
      [],
    ],
  ])("of a request that could complete now may be %s", (_name, choice, atOnce, later) => {
    const world = new World();
    const { readFd, writer } = world.pipe();
    world.answers.cancel = [choice];
    world.sqe(1, read(world, readFd));
    world.submit();
    writer.feed([1, 2, 3, 4]);
    world.sqe(2, cancel(1));

    expect(world.go()).toEqual(atOnce);
    expect(later.length === 0 ? world.events() : world.run()).toEqual(later);
    expect(writer.filled).toBe(choice === 0 ? 4 : 0);
  });

  it("has the same ends for work on a worker, and one more", () => {
    for (const [choice, result] of [
      [0, 0],
      [1, -ENOENT],
      [2, -EALREADY],
      [3, -EALREADY],
    ] as const) {
      const world = new World();
      const { fd } = world.file([1, 2, 3, 4]);
      world.answers.cancel = [choice];
      world.sqe(1, read(world, fd, { flags: IOSQE_ASYNC }));
      world.sqe(2, cancel(1));

      expect(world.go()).toContainEqual([2, result]);
      expect(world.events().length).toBe(choice >= 2 ? 1 : 0);
    }
  });

  it("stays too late once it was too late", () => {
    const world = new World();
    const { fd } = world.file([1, 2, 3, 4]);
    world.answers.cancel = [2, 0];
    world.sqe(1, read(world, fd, { flags: IOSQE_ASYNC }));
    world.sqe(2, cancel(1));
    world.sqe(3, cancel(1));

    expect(world.go()).toEqual([
      [2, -EALREADY],
      [3, -EALREADY],
    ]);
  });

  it("finds by file, by opcode, and by both with user_data", () => {
    const world = new World();
    const first = world.pipe();
    const second = world.pipe();
    world.sqe(1, read(world, first.readFd));
    world.sqe(2, read(world, second.readFd));
    world.sqe(3, { opcode: IORING_OP_POLL_ADD, fd: second.readFd, opFlags: 1 });
    world.submit();
    const userData = IORING_ASYNC_CANCEL_FD | IORING_ASYNC_CANCEL_USERDATA;

    world.sqe(10, cancel(1, userData, { fd: second.readFd }));
    expect(world.go()).toEqual([[10, -ENOENT]]);
    world.sqe(11, cancel(0, IORING_ASYNC_CANCEL_OP, { len: IORING_OP_POLL_ADD }));
    expect(world.go()).toEqual([
      [11, 0],
      [3, -ECANCELED],
    ]);
    world.sqe(12, cancel(99, IORING_ASYNC_CANCEL_FD, { fd: second.readFd }));
    expect(world.go()).toEqual([
      [12, 0],
      [2, -ECANCELED],
    ]);
  });

  it("counts what it stopped with ALL and ANY, and 0 is no error", () => {
    const world = new World();
    const { readFd } = world.pipe();
    const timer = { opcode: IORING_OP_TIMEOUT, addr: world.timespec(9), len: 1 };
    for (const id of [1, 1, 2]) world.sqe(id, read(world, readFd));
    world.sqe(3, timer);
    world.submit();

    world.sqe(10, cancel(1, IORING_ASYNC_CANCEL_ALL));
    expect(world.go()[0]).toEqual([10, 2]);
    const byFile = IORING_ASYNC_CANCEL_FD | IORING_ASYNC_CANCEL_ALL;
    world.sqe(11, cancel(0, byFile, { fd: readFd }));
    expect(world.go()[0]).toEqual([11, 1]);
    world.sqe(12, cancel(0, IORING_ASYNC_CANCEL_ANY));
    expect(world.go()).toEqual([
      [12, 1],
      [3, -ECANCELED],
    ]);
    world.sqe(13, cancel(0, IORING_ASYNC_CANCEL_ANY));
    expect(world.go()).toEqual([[13, 0]]);
  });

  it("interrupts a request that blocks a worker: the head of a chain that was left open", () => {
    const world = new World();
    const { readFd } = world.pipe();
    world.sqe(1, read(world, readFd, { flags: IOSQE_IO_LINK }));
    world.submit();
    expect(world.run("complete read#1")).toEqual([]);
    world.sqe(2, cancel(1));

    world.sqe(3, cancel(1));

    expect(world.go()).toEqual([
      [2, -EALREADY],
      [3, -EALREADY],
    ]);
    expect(world.run("complete read#1")).toEqual([[1, -EINTR]]);
  });

  it("on a worker finds itself, by its own user_data", () => {
    const world = new World();
    world.sqe(1, cancel(1, 0, { flags: IOSQE_ASYNC }));
    world.submit();

    expect(world.run()).toEqual([[1, -EALREADY]]);
  });

  it("takes one of several equal ones with workers, as was chosen", () => {
    const world = new World();
    const { readFd } = world.pipe();
    world.answers.match = [1];
    world.sqe(1, read(world, readFd, { flags: IOSQE_ASYNC }));
    world.sqe(1, read(world, readFd, { flags: IOSQE_ASYNC }));
    world.sqe(2, cancel(1));

    expect(world.go()).toHaveLength(2);
    expect(world.asked).toContain("read#1 match: read#2");
  });

  it("leaves nothing open where several equal ones wait for their file", () => {
    const world = new World();
    const { readFd } = world.pipe();
    world.sqe(1, { ...read(world, readFd), len: 1 });
    world.sqe(1, { ...read(world, readFd), len: 2 });
    world.sqe(2, cancel(1));

    expect(world.go()).toHaveLength(2);
    expect(world.asked).toEqual([]);
  });

  it("does not see a member of a chain that has not been issued", () => {
    const world = new World();
    const { readFd } = world.pipe();
    world.sqe(1, read(world, readFd, { flags: IOSQE_IO_LINK }));
    world.sqe(2);
    world.sqe(3, cancel(2));
    world.submit();
    expect(world.cqes()).toEqual([[3, -ENOENT]]);
    world.sqe(4, cancel(1));

    expect(world.go()).toEqual([
      [4, 0],
      [1, -ECANCELED],
      [2, -ECANCELED],
    ]);
  });

  it.each<[string, SqeFields, number]>([
    ["an unknown flag", cancel(1, 0x80), -EINVAL],
    ["off", cancel(1, 0, { off: 1 }), -EINVAL],
    ["ANY with FD", cancel(1, IORING_ASYNC_CANCEL_ANY | IORING_ASYNC_CANCEL_FD), -EINVAL],
    ["a bad fd", cancel(1, IORING_ASYNC_CANCEL_FD, { fd: 60 }), -EBADF],
    ["a fixed fd", cancel(1, IORING_ASYNC_CANCEL_FD | IORING_ASYNC_CANCEL_FD_FIXED), -EBADF],
    ["BUFFER_SELECT", cancel(1, 0, { flags: IOSQE_BUFFER_SELECT }), -EOPNOTSUPP],
    ["FD_FIXED without FD", cancel(1, IORING_ASYNC_CANCEL_FD_FIXED), -ENOENT],
  ])("answers %s", (_name, fields, expected) => {
    const world = new World();
    world.sqe(2, fields);

    expect(world.go()).toEqual([[2, expected]]);
  });
});
