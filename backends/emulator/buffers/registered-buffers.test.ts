import { describe, expect, it } from "vitest";
import { IORING_OP_READ_FIXED } from "../../../spec/abi/opcodes.ts";
import { IORING_REGISTER_BUFFERS, IORING_UNREGISTER_BUFFERS } from "../../../spec/abi/register.ts";
import { IOSQE_ASYNC } from "../../../spec/abi/sqe.ts";
import { EFAULT } from "../../../spec/errno.ts";
import { World, type WorldOptions } from "../testing/world.ts";

const BYTES = 64;

/** A world whose ring has registered BYTES bytes, `times` times. */
function registered(times = 1, options: WorldOptions = {}): { world: World; buffer: number } {
  const world = new World(options);
  const buffer = world.buffer(BYTES);
  const iovecs = world.buffer(16 * times);
  for (let index = 0; index < times; index++) {
    const view = world.view(iovecs + 16 * index, 16);
    view.setUint32(0, buffer, true);
    view.setUint32(8, BYTES, true);
  }
  expect(world.kernel.register(world.ringFd, IORING_REGISTER_BUFFERS, iovecs, times)).toBe(0);
  return { world, buffer };
}

function unregister(world: World): number {
  return world.kernel.register(world.ringFd, IORING_UNREGISTER_BUFFERS, 0, 0);
}

describe("the pages of registered buffers", () => {
  it("are let go of when the table is unregistered", () => {
    const { world } = registered(3);
    expect(world.memory.pinned).toBe(3);

    expect(unregister(world)).toBe(0);
    expect(world.memory.pinned).toBe(0);
  });

  it("are let go of when the ring is closed", () => {
    const { world } = registered(2);

    world.kernel.closeRing(world.ringFd);

    expect(world.memory.pinned).toBe(0);
  });

  it("stay with a request until it is done", () => {
    const { world, buffer } = registered();
    const { readFd, writer } = world.pipe();
    world.sqe(1, { opcode: IORING_OP_READ_FIXED, fd: readFd, addr: buffer, len: 1 });
    world.submit();

    unregister(world);
    expect(world.memory.pinned).toBe(1);
    writer.feed([7]);

    expect(world.run()).toEqual([[1, 1]]);
    expect(world.memory.pinned).toBe(0);
    expect(world.bytes(buffer, 1)).toEqual([7]);
  });

  it("are let go of one by one when a later iovec is bad", () => {
    const world = new World();
    const iovecs = world.buffer(32);
    const view = world.view(iovecs, 32);
    view.setUint32(0, world.buffer(8), true);
    view.setUint32(8, 8, true);
    view.setUint32(16, 8, true);
    view.setUint32(24, 8, true);

    const { kernel, ringFd } = world;
    expect(kernel.register(ringFd, IORING_REGISTER_BUFFERS, iovecs, 2)).toBe(-EFAULT);

    expect(world.memory.pinned).toBe(0);
  });
});

describe("a READ_FIXED on a worker", () => {
  it("may have found its buffer before the table goes", () => {
    const { world, buffer } = registered();
    const { fd } = world.file([5]);
    world.answers.lookup = [0];
    world.sqe(1, { opcode: IORING_OP_READ_FIXED, flags: IOSQE_ASYNC, fd, addr: buffer, len: 1 });
    world.submit();
    unregister(world);

    expect(world.run()).toEqual([[1, 1]]);
    expect(world.bytes(buffer, 1)).toEqual([5]);
  });

  it("may come too late", () => {
    const { world, buffer } = registered();
    const { fd } = world.file([5]);
    world.answers.lookup = [1];
    world.sqe(1, { opcode: IORING_OP_READ_FIXED, flags: IOSQE_ASYNC, fd, addr: buffer, len: 1 });
    world.submit();
    unregister(world);

    expect(world.run()).toEqual([[1, -EFAULT]]);
  });
});

describe("a registered buffer in flight", () => {
  it("holds garbage until the bytes arrive, and its rest is as before", () => {
    const { world, buffer } = registered(1, { poison: true });
    const { readFd, writer } = world.pipe();
    world.view(buffer, 2).setUint16(0, 0x0102, false);
    world.sqe(1, { opcode: IORING_OP_READ_FIXED, fd: readFd, addr: buffer, len: 2 });
    world.submit();
    expect(world.bytes(buffer, 2)).not.toEqual([1, 2]);

    writer.feed([9]);

    expect(world.run()).toEqual([[1, 1]]);
    expect(world.bytes(buffer, 2)).toEqual([9, 2]);
  });
});
