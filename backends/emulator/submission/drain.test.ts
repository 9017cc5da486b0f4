import { describe, expect, it } from "vitest";
import { IORING_OP_ASYNC_CANCEL, IORING_OP_READ } from "../../../spec/abi/opcodes.ts";
import { IOSQE_CQE_SKIP_SUCCESS, IOSQE_IO_DRAIN, IOSQE_IO_LINK } from "../../../spec/abi/sqe.ts";
import { ENOENT, EOPNOTSUPP } from "../../../spec/errno.ts";
import { World } from "../testing/world.ts";

const DRAIN = { flags: IOSQE_IO_DRAIN };

function worldWithRead(): { world: World; feed: () => void } {
  const world = new World();
  const { readFd, writer } = world.pipe();
  world.sqe(1, { opcode: IORING_OP_READ, fd: readFd, addr: world.buffer(4), len: 4 });
  return { world, feed: () => writer.feed([1, 2, 3, 4]) };
}

describe("a drain", () => {
  it("waits for everything before it, and holds back everything behind it", () => {
    const { world, feed } = worldWithRead();
    world.sqe(2, DRAIN);
    world.sqe(3);

    expect(world.go()).toEqual([]);
    expect(world.events()).toEqual([]);
    feed();
    expect(world.run("complete read#1")).toEqual([[1, 4]]);
    expect(world.events()).toEqual(["complete nop#2"]);
    world.run();
    expect(world.events()).toEqual(["complete nop#3"]);
  });

  it("holds back a second drain until the first has completed", () => {
    const { world, feed } = worldWithRead();
    world.sqe(2, DRAIN);
    world.sqe(3, DRAIN);
    world.submit();
    feed();
    world.run("complete read#1");

    expect(world.events()).toEqual(["complete nop#2"]);
    world.run();
    expect(world.events()).toEqual(["complete nop#3"]);
  });

  it("holds back later submits", () => {
    const { world, feed } = worldWithRead();
    world.sqe(2, DRAIN);
    world.submit();
    world.sqe(3);

    expect(world.go()).toEqual([]);
    feed();
    world.run("complete read#1");
    expect(world.run("complete nop#2")).toEqual([[2, 0]]);
    expect(world.run("complete nop#3")).toEqual([[3, 0]]);
    world.sqe(4);
    world.go();
    world.run();
    world.sqe(5);
    expect(world.go()).toEqual([[5, 0]]);
  });

  it("inside a chain drains its head and the request after the chain", () => {
    const { world, feed } = worldWithRead();
    world.sqe(2, { flags: IOSQE_IO_LINK });
    world.sqe(3, DRAIN);
    world.sqe(4);
    world.submit();
    feed();

    expect(world.run("complete read#1")).toEqual([[1, 4]]);
    expect(world.events()).toEqual(["complete nop#2"]);
    world.run();
    expect(world.events()).toEqual(["complete nop#3"]);
    world.run();
    expect(world.events()).toEqual(["complete nop#4"]);
  });

  it("hides what waits behind it from a cancellation, which waits itself when it is behind", () => {
    const { world, feed } = worldWithRead();
    world.sqe(2, DRAIN);
    world.sqe(3, { opcode: IORING_OP_ASYNC_CANCEL, addr: 2 });
    world.submit();

    expect(world.cqes()).toEqual([]);
    feed();
    world.run("complete read#1");
    expect(world.run("complete nop#2")).toEqual([[2, 0]]);
    expect(world.run("complete cancel#3")).toEqual([[3, -ENOENT]]);
  });

  it("is refused for good once CQE_SKIP_SUCCESS was seen", () => {
    const world = new World();
    world.sqe(1, { flags: IOSQE_CQE_SKIP_SUCCESS });
    world.go();
    world.sqe(2, DRAIN);

    expect(world.go()).toEqual([[2, -EOPNOTSUPP]]);
  });
});
