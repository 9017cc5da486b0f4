import { describe, expect, it } from "vitest";
import { IORING_OP_READ, IORING_OP_READV, IORING_OP_WRITE } from "../../../spec/abi/opcodes.ts";
import { IOSQE_ASYNC, IOSQE_IO_LINK } from "../../../spec/abi/sqe.ts";
import { EFAULT, EINVAL, EIO } from "../../../spec/errno.ts";
import type { FaultPolicy } from "../host/faults.ts";
import { BASE, type SqeFields, World } from "../testing/world.ts";

const LATE = IOSQE_ASYNC;
const END_OF_MEMORY = BASE + 0x20000;

function read(fd: number, addr: number, len: number, more: SqeFields = {}): SqeFields {
  return { opcode: IORING_OP_READ, fd, addr, len, ...more };
}

/** An array of struct iovec. */
function iovecs(world: World, ranges: readonly (readonly [number, number])[]): number {
  const address = world.buffer(16 * ranges.length);
  const view = world.view(address, 16 * ranges.length);
  ranges.forEach(([base, length], i) => {
    view.setBigUint64(16 * i, BigInt(base), true);
    view.setBigInt64(16 * i + 8, BigInt(length), true);
  });
  return address;
}

describe("the data of a read", () => {
  it("moves when the event runs, not at submit and not when the CQE is read", () => {
    const world = new World();
    const { fd } = world.file([1, 2, 3, 4]);
    const address = world.buffer(4);
    world.sqe(1, read(fd, address, 4, { flags: LATE }));
    world.submit();

    expect(world.bytes(address, 4)).toEqual([0, 0, 0, 0]);
    world.kernel.run(world.kernel.runnable()[0] ?? { due: 0, sequence: 0 });
    expect(world.bytes(address, 4)).toEqual([1, 2, 3, 4]);
  });

  it("fills several ranges, and stops at a range that is not mapped", () => {
    const world = new World();
    const { fd } = world.file([1, 2, 3, 4, 5, 6]);
    const first = world.buffer(2);
    const second = world.buffer(2);
    const addr = iovecs(world, [
      [first, 2],
      [second, 2],
      [END_OF_MEMORY, 2],
    ]);
    world.sqe(1, { opcode: IORING_OP_READV, fd, addr, len: 3 });

    expect(world.go()).toEqual([[1, 4]]);
    expect(world.bytes(first, 2)).toEqual([1, 2]);
    expect(world.bytes(second, 2)).toEqual([3, 4]);
  });

  it.each<[string, number, number]>([
    ["too many ranges", 1025, -EINVAL],
    ["no range", 0, 0],
  ])("with %s", (_name, len, expected) => {
    const world = new World();
    const { fd } = world.file([1]);
    world.sqe(1, { opcode: IORING_OP_READV, fd, addr: world.buffer(16), len });

    expect(world.go()).toEqual([[1, expected]]);
  });

  it("is refused where nothing is mapped", () => {
    const world = new World();
    const { fd } = world.file([1]);
    world.sqe(1, read(fd, END_OF_MEMORY, 1));

    expect(world.go()).toEqual([[1, -EFAULT]]);
  });

  it("of a stream may come in pieces, and the rest stays in it", () => {
    const world = new World();
    const { readFd, writer } = world.pipe();
    writer.feed([1, 2, 3, 4]);
    world.answers.short = [2, 0];
    const address = world.buffer(4);
    world.sqe(1, read(readFd, address, 4));
    world.sqe(2, read(readFd, address, 4));

    expect(world.go()).toEqual([
      [1, 2],
      [2, 2],
    ]);
    expect(world.bytes(address, 2)).toEqual([3, 4]);
    expect(world.asked).toContain("read#1 short: short 2");
  });
});

describe("the data of a write", () => {
  it("is taken when the event runs", () => {
    const world = new World();
    const { fd, file } = world.file([0, 0]);
    const address = world.buffer(2);
    world.sqe(1, { opcode: IORING_OP_WRITE, fd, addr: address, len: 2, flags: LATE });
    world.submit();
    world.view(address, 2).setUint8(0, 7);
    world.run();

    expect([...file.bytes]).toEqual([7, 0]);
  });
});

describe("poison", () => {
  it("lies in a buffer while a read is in flight, and not before a chain comes to it", () => {
    const world = new World({ poison: true });
    const { readFd } = world.pipe();
    const address = world.buffer(4);
    const later = world.buffer(4);
    world.view(address, 4).setUint32(0, 0x04030201, true);
    world.sqe(1, read(readFd, address, 4, { flags: IOSQE_IO_LINK }));
    world.sqe(2, read(readFd, later, 4));
    world.submit();

    expect(world.bytes(address, 4)).not.toContain(1);
    expect(world.bytes(later, 4)).toEqual([0, 0, 0, 0]);
  });

  it("leaves what the program had beyond a short read", () => {
    const world = new World({ poison: true });
    const { readFd, writer } = world.pipe();
    const address = world.buffer(4);
    world.view(address, 4).setUint32(0, 0x04030201, true);
    world.sqe(1, read(readFd, address, 4));
    world.submit();
    writer.feed([9]);
    world.run();

    expect(world.bytes(address, 4)).toEqual([9, 2, 3, 4]);
  });
});

describe("what the kernel holds", () => {
  it("is listed from the submit until the CQE, chain members included", () => {
    const world = new World();
    const { readFd, writer } = world.pipe();
    const address = world.buffer(4);
    world.sqe(1, read(readFd, address, 4, { flags: IOSQE_IO_LINK }));
    world.sqe(2, { opcode: IORING_OP_WRITE, fd: 60, addr: address, len: 3 });
    world.submit();

    expect(
      world.kernel.holds().map(({ address: at, byteLength, direction }) => {
        return [at, byteLength, direction];
      }),
    ).toEqual([
      [address, 4, "kernel writes"],
      [address, 3, "kernel reads"],
    ]);
    writer.feed([1]);
    world.run();
    expect(world.kernel.holds()).toEqual([]);
  });

  it("may outlive the ring", () => {
    const world = new World();
    const { fd } = world.file([1, 2, 3, 4]);
    const { readFd, reader } = world.pipe();
    const address = world.buffer(8);
    world.answers.close = [1];
    world.sqe(1, read(fd, address, 4, { flags: LATE }));
    world.sqe(2, read(readFd, address + 4, 4));
    world.submit();

    expect(world.kernel.closeRing(world.ringFd)).toBe(0);
    expect(world.kernel.holds()).toHaveLength(1);
    expect(reader.references).toBe(1);
    world.run("complete read#1");
    expect(world.bytes(address, 4)).toEqual([1, 2, 3, 4]);
    expect(world.kernel.holds()).toEqual([]);
    expect(world.cqes()).toEqual([]);
  });
});

describe("a fault policy", () => {
  const policy: FaultPolicy = {
    faults: (site) =>
      site.opcode === IORING_OP_READ
        ? [
            { kind: "error", errno: EIO },
            { kind: "short", bytes: 1 },
          ]
        : [],
  };

  it.each<[string, number, number]>([
    ["nothing", 0, 4],
    ["an error", 1, -EIO],
    ["a short read", 2, 1],
  ])("may let happen %s", (_name, choice, expected) => {
    const world = new World({ faults: policy });
    const { fd } = world.file([1, 2, 3, 4]);
    world.answers.fault = [choice];
    world.sqe(1, read(fd, world.buffer(4), 4));

    expect(world.go()).toEqual([[1, expected]]);
  });
});
