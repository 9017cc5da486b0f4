import { describe, expect, it } from "vitest";
import {
  IORING_OP_CLOSE,
  IORING_OP_FSYNC,
  IORING_OP_LINK_TIMEOUT,
  IORING_OP_NOP,
  IORING_OP_READ,
  IORING_OP_TIMEOUT,
} from "../../../spec/abi/opcodes.ts";
import {
  IORING_NOP_INJECT_RESULT,
  IORING_TIMEOUT_ETIME_SUCCESS,
  IOSQE_CQE_SKIP_SUCCESS,
  IOSQE_IO_HARDLINK,
  IOSQE_IO_LINK,
} from "../../../spec/abi/sqe.ts";
import { EBADF, ECANCELED, EINVAL, ETIME } from "../../../spec/errno.ts";
import { type SqeFields, World } from "../testing/world.ts";

const LINK: SqeFields = { flags: IOSQE_IO_LINK };
const HARDLINK: SqeFields = { flags: IOSQE_IO_HARDLINK };
const BAD: SqeFields = { opcode: 200 };

function failing(flags: number): SqeFields {
  return { flags, opcode: IORING_OP_NOP, opFlags: IORING_NOP_INJECT_RESULT, len: 0xfffffff0 };
}

describe("a chain", () => {
  it("runs in order, behind what else was submitted", () => {
    const world = new World();
    world.sqe(1, LINK);
    world.sqe(2);
    world.sqe(3);

    expect(world.go().map(([id]) => id)).toEqual([1, 3, 2]);
  });

  it("issues the next request when the one before has completed, and finds its file then", () => {
    const world = new World();
    const { fd } = world.file([1, 2, 3]);
    world.sqe(1, { opcode: IORING_OP_CLOSE, fd, flags: IOSQE_IO_LINK });
    world.sqe(2, { opcode: IORING_OP_READ, fd, addr: world.buffer(3), len: 3 });

    expect(world.go()).toEqual([
      [1, 0],
      [2, -EBADF],
    ]);
  });

  it("that the submit leaves open ends there, and runs on a worker", () => {
    const world = new World();
    world.sqe(1, LINK);

    expect(world.go()).toEqual([]);
    world.sqe(2);
    expect(world.go()).toEqual([[2, 0]]);
    expect(world.run("complete nop#1")).toEqual([[1, 0]]);
  });

  it("is cancelled behind a failure, in order", () => {
    const world = new World();
    world.sqe(1, LINK);
    world.sqe(2, failing(IOSQE_IO_LINK));
    world.sqe(3, LINK);
    world.sqe(4);

    expect(world.go()).toEqual([
      [1, 0],
      [2, -16],
      [3, -ECANCELED],
      [4, -ECANCELED],
    ]);
  });

  it("goes on behind a failure that is hard-linked", () => {
    const world = new World();
    world.sqe(1, failing(IOSQE_IO_HARDLINK | IOSQE_IO_LINK));
    world.sqe(2, failing(IOSQE_IO_LINK));
    world.sqe(3);

    expect(world.go()).toEqual([
      [1, -16],
      [2, -16],
      [3, -ECANCELED],
    ]);
  });

  it.each([
    ["soft", LINK],
    ["hard", HARDLINK],
  ])("does not run at all when a member is refused (%s)", (_name, link) => {
    const world = new World();
    world.sqe(1, link);
    world.sqe(2, { ...link, ...BAD });
    world.sqe(3);

    expect(world.submit()).toBe(3);
    expect(world.cqes()).toEqual([
      [1, -ECANCELED],
      [2, -EINVAL],
      [3, -ECANCELED],
    ]);
  });

  it.each([
    ["a short read", 4, [2, -ECANCELED]],
    ["a read at the end of the file", 4, [2, -ECANCELED]],
    ["a full read", 3, [2, 0]],
    ["a read of nothing", 0, [2, 0]],
  ])("behind %s", (name, len, expected) => {
    const world = new World();
    const { fd } = world.file([1, 2, 3]);
    const off = name.includes("end") ? 3 : 0;
    const addr = world.buffer(8);
    world.sqe(1, { opcode: IORING_OP_READ, fd, addr, len, off, flags: IOSQE_IO_LINK });
    world.sqe(2);

    expect(world.go()[1]).toEqual(expected);
  });

  it("goes on behind the operations whose own errors do not count", () => {
    const world = new World();
    const { readFd } = world.pipe();
    world.sqe(1, { opcode: IORING_OP_FSYNC, fd: readFd, flags: IOSQE_IO_LINK });
    world.sqe(2);
    world.submit();

    expect(world.run("complete fsync#1")).toEqual([
      [1, -EINVAL],
      [2, 0],
    ]);
  });

  it("breaks even there when the file is missing", () => {
    const world = new World();
    world.sqe(1, { opcode: IORING_OP_FSYNC, fd: 40, flags: IOSQE_IO_LINK });
    world.sqe(2);
    world.submit();

    expect(world.run("complete fsync#1")).toEqual([
      [1, -EBADF],
      [2, -ECANCELED],
    ]);
  });

  it.each([
    ["breaks behind a timeout", 0, -ECANCELED],
    ["goes on with ETIME_SUCCESS", IORING_TIMEOUT_ETIME_SUCCESS, 0],
  ])("%s", (_name, opFlags, expected) => {
    const world = new World();
    const addr = world.timespec(10);
    world.sqe(1, { opcode: IORING_OP_TIMEOUT, addr, len: 1, opFlags, flags: IOSQE_IO_LINK });
    world.sqe(2);
    world.submit();

    expect(world.run()).toEqual([
      [1, -ETIME],
      [2, expected],
    ]);
  });
});

describe("CQE_SKIP_SUCCESS", () => {
  const SKIP = IOSQE_CQE_SKIP_SUCCESS;

  it("posts nothing for a success, and something for a failure", () => {
    const world = new World();
    world.sqe(1, { flags: SKIP });
    world.sqe(2, failing(SKIP));

    expect(world.go()).toEqual([[2, -16]]);
  });

  it("counts a short read as a failure in a chain", () => {
    const world = new World();
    const { fd } = world.file([1]);
    const addr = world.buffer(8);
    world.sqe(1, { opcode: IORING_OP_READ, fd, addr, len: 8, flags: SKIP | IOSQE_IO_LINK });
    world.sqe(2);

    expect(world.go()).toEqual([[1, 1]]);
  });

  it("of the failing member silences the rest; without it the rest all post", () => {
    const silent = new World();
    silent.sqe(1, failing(SKIP | IOSQE_IO_LINK));
    silent.sqe(2, LINK);
    silent.sqe(3);
    const loud = new World();
    loud.sqe(1, failing(IOSQE_IO_LINK));
    loud.sqe(2, { flags: SKIP | IOSQE_IO_LINK });
    loud.sqe(3, { flags: SKIP });

    expect(silent.go()).toEqual([[1, -16]]);
    expect(loud.go()).toEqual([
      [1, -16],
      [2, -ECANCELED],
      [3, -ECANCELED],
    ]);
  });
});

describe("LINK_TIMEOUT", () => {
  function timeout(world: World, more: SqeFields = {}): SqeFields {
    return { opcode: IORING_OP_LINK_TIMEOUT, addr: world.timespec(500), len: 1, ...more };
  }

  it("is cancelled when its target completes first, and the chain goes on behind it", () => {
    const world = new World();
    world.sqe(1, LINK);
    world.sqe(2, timeout(world, LINK));
    world.sqe(3);

    expect(world.go()).toEqual([
      [1, 0],
      [2, -ECANCELED],
      [3, 0],
    ]);
  });

  it("cancels its target when it fires, and says so first", () => {
    const world = new World();
    const { readFd } = world.pipe();
    const addr = world.buffer(8);
    world.sqe(1, { opcode: IORING_OP_READ, fd: readFd, addr, len: 8, flags: IOSQE_IO_LINK });
    world.sqe(2, timeout(world, LINK));
    world.sqe(3);

    expect(world.go()).toEqual([]);
    expect(world.run("fire link timeout#2")).toEqual([
      [2, -ETIME],
      [1, -ECANCELED],
      [3, -ECANCELED],
    ]);
  });

  it("lets the followers of a hard-linked target run", () => {
    const world = new World();
    const { readFd } = world.pipe();
    const addr = world.buffer(8);
    world.sqe(1, { opcode: IORING_OP_READ, fd: readFd, addr, len: 8, flags: IOSQE_IO_HARDLINK });
    world.sqe(2, timeout(world, LINK));
    world.sqe(3);
    world.submit();

    expect(world.run("fire link timeout#2")).toEqual([
      [2, -ETIME],
      [1, -ECANCELED],
      [3, 0],
    ]);
  });

  it("starts when its target is issued, not at submit", () => {
    const world = new World();
    const first = world.pipe();
    const second = world.pipe();
    const read = (fd: number): SqeFields => {
      return { opcode: IORING_OP_READ, fd, addr: world.buffer(1), len: 1, flags: IOSQE_IO_LINK };
    };
    world.sqe(1, read(first.readFd));
    world.sqe(2, read(second.readFd));
    world.sqe(3, timeout(world));
    world.submit();

    expect(world.events()).toEqual([]);
    first.writer.feed([1]);
    expect(world.run("complete read#1")).toEqual([[1, 1]]);
    expect(world.events()).toEqual(["fire link timeout#3"]);
  });

  it("does not start while its target blocks a worker: the head of an open chain", () => {
    const world = new World();
    const { readFd, writer } = world.pipe();
    const addr = world.buffer(1);
    world.sqe(1, { opcode: IORING_OP_READ, fd: readFd, addr, len: 1, flags: IOSQE_IO_LINK });
    world.sqe(2, timeout(world, LINK));
    world.submit();
    world.run("complete read#1");

    expect(world.events()).toEqual([]);
    writer.feed([1]);
    expect(world.run("complete read#1")).toEqual([
      [1, 1],
      [2, -ECANCELED],
    ]);
  });

  it("can come too late for its target", () => {
    const world = new World();
    const { readFd, writer } = world.pipe();
    world.answers.cancel = [1];
    const addr = world.buffer(1);
    world.sqe(1, { opcode: IORING_OP_READ, fd: readFd, addr, len: 1, flags: IOSQE_IO_LINK });
    world.sqe(2, timeout(world));
    world.submit();
    writer.feed([9]);

    expect(world.run("fire link timeout#2")).toEqual([
      [1, 1],
      [2, -2],
    ]);
  });

  it("is refused alone, after an unlinked SQE, and after another one", () => {
    const world = new World();
    world.sqe(1, timeout(world));
    expect(world.go()).toEqual([[1, -EINVAL]]);

    world.sqe(2);
    world.sqe(3, timeout(world));
    expect(world.go()).toEqual([
      [2, 0],
      [3, -EINVAL],
    ]);

    world.sqe(4, LINK);
    world.sqe(5, timeout(world, LINK));
    world.sqe(6, timeout(world));
    expect(world.go()).toContainEqual([6, -EINVAL]);
  });

  it("fails its chain when its own fields are wrong", () => {
    const world = new World();
    world.sqe(1, LINK);
    world.sqe(2, timeout(world, { off: 1 }));

    expect(world.go()).toEqual([
      [1, -ECANCELED],
      [2, -EINVAL],
    ]);
  });

  it("with SKIP posts neither a firing nor a disarming", () => {
    const world = new World();
    const { readFd } = world.pipe();
    const skip = timeout(world, { flags: IOSQE_CQE_SKIP_SUCCESS });
    world.sqe(1, LINK);
    world.sqe(2, skip);
    const addr = world.buffer(1);
    world.sqe(3, { opcode: IORING_OP_READ, fd: readFd, addr, len: 1, flags: IOSQE_IO_LINK });
    world.sqe(4, skip);

    expect(world.go()).toEqual([[1, 0]]);
    expect(world.run()).toEqual([[3, -ECANCELED]]);
  });
});
