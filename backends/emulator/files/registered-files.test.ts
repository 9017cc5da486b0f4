import { describe, expect, it } from "vitest";
import {
  IORING_OP_CLOSE,
  IORING_OP_FILES_UPDATE,
  IORING_OP_FIXED_FD_INSTALL,
  IORING_OP_OPENAT,
  IORING_OP_READ,
} from "../../../spec/abi/opcodes.ts";
import {
  FILES_UPDATE_FDS,
  RSRC_REGISTER_DATA,
  RSRC_REGISTER_NR,
  RSRC_REGISTER_SIZE,
  RSRC_REGISTER_TAGS,
} from "../../../spec/abi/register-structs.ts";
import {
  IORING_REGISTER_FILES,
  IORING_REGISTER_FILES2,
  IORING_REGISTER_FILES_UPDATE,
  IORING_UNREGISTER_FILES,
} from "../../../spec/abi/register.ts";
import { IORING_FILE_INDEX_ALLOC, IOSQE_ASYNC, IOSQE_FIXED_FILE } from "../../../spec/abi/sqe.ts";
import { EBADF, EFAULT, EINVAL, EMFILE, ENOENT, EOVERFLOW } from "../../../spec/errno.ts";
import type { KernelName } from "../profile/profile.ts";
import { FakeRegular } from "../testing/fake-files.ts";
import { World } from "../testing/world.ts";

const TAG = 77;

function register(world: World, opcode: number, address = 0, count = 0): number {
  return world.kernel.register(world.ringFd, opcode, address, count);
}

/** The address of an array of descriptors. */
function array(world: World, fds: readonly number[]): number {
  const address = world.buffer(4 * fds.length);
  fds.forEach((fd, index) => {
    world.view(address, 4 * fds.length).setInt32(4 * index, fd, true);
  });
  return address;
}

function registerFiles(world: World, fds: readonly number[]): void {
  expect(register(world, IORING_REGISTER_FILES, array(world, fds), fds.length)).toBe(0);
}

/** One file in a table of one slot, with a tag. */
function registerTagged(world: World, fd: number): void {
  const struct = world.buffer(RSRC_REGISTER_SIZE);
  const view = world.view(struct, RSRC_REGISTER_SIZE);
  const tags = world.buffer(8);
  world.view(tags, 8).setUint32(0, TAG, true);
  view.setUint32(RSRC_REGISTER_NR, 1, true);
  view.setUint32(RSRC_REGISTER_DATA, array(world, [fd]), true);
  view.setUint32(RSRC_REGISTER_TAGS, tags, true);
  expect(register(world, IORING_REGISTER_FILES2, struct, RSRC_REGISTER_SIZE)).toBe(0);
}

/** Puts these descriptors into the slots from 0 on. */
function update(world: World, fds: readonly number[]): number {
  const struct = world.buffer(16);
  world.view(struct, 16).setUint32(FILES_UPDATE_FDS, array(world, fds), true);
  return register(world, IORING_REGISTER_FILES_UPDATE, struct, fds.length);
}

/** A read of slot 0. */
function readSlot(world: World, userData: number, flags = 0): void {
  const addr = world.buffer(1);
  const opcode = IORING_OP_READ;
  world.sqe(userData, { opcode, flags: IOSQE_FIXED_FILE | flags, fd: 0, addr, len: 1 });
}

describe("registered files", () => {
  it("are held by their slot, and released with it", () => {
    const world = new World();
    const { fd, file } = world.file([1]);
    registerFiles(world, [fd, fd]);

    expect(file.references).toBe(3);
    update(world, [-1]);
    expect(file.references).toBe(2);
    register(world, IORING_UNREGISTER_FILES);
    expect(file.references).toBe(1);
  });

  it("are released when a registration fails", () => {
    const world = new World();
    const { fd, file } = world.file([1]);

    const result = register(world, IORING_REGISTER_FILES, array(world, [fd, 50]), 2);

    expect([result, file.references]).toEqual([-EBADF, 1]);
  });

  it("are held by the requests on them", () => {
    const world = new World();
    const { readFd, reader, writer } = world.pipe();
    registerTagged(world, readFd);
    readSlot(world, 1);
    world.submit();

    update(world, [-1]);

    expect([reader.references, world.cqes()]).toEqual([2, []]);
    writer.feed([1]);
    expect(world.run()).toEqual([
      [1, 1],
      [TAG, 0],
    ]);
    expect(reader.references).toBe(1);
  });

  it("are released when their ring is closed", () => {
    const world = new World();
    const { fd, file } = world.file([1]);
    registerFiles(world, [fd]);
    readSlot(world, 1, IOSQE_ASYNC);
    world.submit();

    world.kernel.closeRing(world.ringFd);

    expect(file.references).toBe(1);
  });

  it("may be found by a worker before their slot is emptied, or not", () => {
    for (const [answer, result] of [
      [0, 1],
      [1, -EBADF],
    ] as const) {
      const world = new World();
      registerFiles(world, [world.file([1]).fd]);
      readSlot(world, 1, IOSQE_ASYNC);
      world.submit();
      world.answers.lookup = [answer];

      expect(update(world, [-1])).toBe(1);

      expect(world.run()).toEqual([[1, result]]);
    }
  });

  it("do not concern workers that name a descriptor of the same number", () => {
    const world = new World();
    const { fd } = world.file([1]);
    registerFiles(world, [-1, -1, -1, fd]);
    world.sqe(1, { opcode: IORING_OP_READ, flags: IOSQE_ASYNC, fd: 3, addr: 0, len: 1 });
    world.submit();

    register(world, IORING_UNREGISTER_FILES);

    expect(world.asked.filter((question) => question.includes("lookup"))).toEqual([]);
  });

  it("are released with a request that ends with its ring", () => {
    const world = new World();
    const { readFd, reader } = world.pipe();
    registerTagged(world, readFd);
    readSlot(world, 1, IOSQE_ASYNC);
    world.submit();

    world.kernel.closeRing(world.ringFd);

    expect(reader.references).toBe(1);
  });
});

describe("descriptors and slots", () => {
  it("FIXED_FD_INSTALL shares the file, and keeps nothing on failure", () => {
    const world = new World();
    const { fd, file } = world.file([1]);
    registerFiles(world, [fd]);
    const install = { opcode: IORING_OP_FIXED_FD_INSTALL, flags: IOSQE_FIXED_FILE, fd: 0 };
    world.sqe(1, install);
    const [[, made] = [1, 0]] = world.go();
    expect(world.files.get(made)).toBe(file);
    expect(file.references).toBe(3);
    while (!world.files.isFull) world.file([]);

    world.sqe(2, install);

    expect(world.go()).toEqual([[2, -EMFILE]]);
    expect(file.references).toBe(3);
  });

  it("OPENAT finds out that no number is free before it looks for the path", () => {
    const world = new World();
    const addr = world.buffer(8);
    world.view(addr, 8).setUint8(0, 0x78);
    world.sqe(1, { opcode: IORING_OP_OPENAT, addr });
    expect(world.go()).toEqual([[1, -ENOENT]]);
    while (!world.files.isFull) world.file([]);

    world.sqe(2, { opcode: IORING_OP_OPENAT, addr });
    world.sqe(3, { opcode: IORING_OP_OPENAT, addr, fileIndex: 1 });

    expect(world.go()).toEqual([
      [2, -EMFILE],
      [3, -ENOENT],
    ]);
  });

  it("FILES_UPDATE gives a slot back whose number it cannot write", () => {
    const world = new World();
    const { fd, file } = world.file([1]);
    registerFiles(world, [-1]);
    const addr = array(world, [fd]);
    const { memory } = world;
    const write = memory.write.bind(memory);
    memory.write = (address, from) => (address === addr ? 0 : write(address, from));

    const off = IORING_FILE_INDEX_ALLOC;
    world.sqe(1, { opcode: IORING_OP_FILES_UPDATE, addr, len: 1, off });
    world.sqe(2, { opcode: IORING_OP_CLOSE, fileIndex: 1 });

    expect(world.go().map(([, result]) => result)).toEqual([-EFAULT, -EBADF]);
    expect(file.references).toBe(1);
  });
});

describe("earlier kernels", () => {
  /** What each of these releases answers. */
  const each = (kernels: readonly KernelName[], run: (world: World) => unknown): unknown[] =>
    kernels.map((kernel) => run(new World({ kernel })));

  it("had no empty slots", () => {
    const run = (world: World): number =>
      register(world, IORING_REGISTER_FILES, array(world, [-1]), 1);

    expect(each(["5.4", "5.10"], run)).toEqual([-EBADF, 0]);
  });

  it("skipped no slots in updates", () => {
    const run = (world: World): number => {
      registerFiles(world, [-1]);
      return update(world, [-2]);
    };

    expect(each(["5.10", "5.15"], run)).toEqual([-EBADF, 1]);
  });

  it("picked no slots", () => {
    const run = (world: World): unknown => {
      registerFiles(world, [-1]);
      const addr = array(world, [world.file([1]).fd]);
      const off = IORING_FILE_INDEX_ALLOC;
      world.sqe(1, { opcode: IORING_OP_FILES_UPDATE, addr, len: 1, off });
      return world.go();
    };

    expect(each(["5.15", "6.1"], run)).toEqual([[[1, -EOVERFLOW]], [[1, 1]]]);
  });

  it("took the number that means any slot for a slot outside of the table", () => {
    const run = (world: World): unknown => {
      registerFiles(world, [-1]);
      Object.assign(world.files, { open: () => new FakeRegular(new Uint8Array(1)) });
      const addr = world.buffer(8);
      world.view(addr, 8).setUint8(0, 0x78);
      world.sqe(1, { opcode: IORING_OP_OPENAT, addr, fileIndex: IORING_FILE_INDEX_ALLOC });
      return world.go();
    };

    expect(each(["5.15", "6.1"], run)).toEqual([[[1, -EINVAL]], [[1, 0]]]);
  });
});
