import { describe, expect, it } from "vitest";
import { IORING_OP_FILES_UPDATE } from "../../../spec/abi/opcodes.ts";
import {
  IORING_REGISTER_FILES,
  IORING_REGISTER_FILES_UPDATE,
  IORING_REGISTER_FILES_SKIP,
} from "../../../spec/abi/register.ts";
import { IORING_FILE_INDEX_ALLOC } from "../../../spec/abi/sqe.ts";
import { EBADF, EOVERFLOW } from "../../../spec/errno.ts";
import { type KernelName, KERNELS } from "./profile.ts";
import { World } from "../testing/world.ts";

const NO_FILE = -1;

/** The address of an array of descriptors. */
function descriptors(world: World, ...fds: number[]): number {
  const address = world.buffer(4 * fds.length);
  fds.forEach((fd, index) => world.view(address, 4 * fds.length).setInt32(4 * index, fd, true));
  return address;
}

/** REGISTER_FILES with these descriptors. */
function registerFiles(world: World, ...fds: number[]): number {
  const { kernel, ringFd } = world;
  return kernel.register(ringFd, IORING_REGISTER_FILES, descriptors(world, ...fds), fds.length);
}

/** Puts one descriptor into slot 0 by REGISTER_FILES_UPDATE. */
function update(world: World, fd: number): number {
  const { kernel, ringFd } = world;
  const argument = world.buffer(16);
  world.view(argument, 16).setUint32(8, descriptors(world, fd), true);
  return kernel.register(ringFd, IORING_REGISTER_FILES_UPDATE, argument, 1);
}

/** What a program gives on each kernel from `first` on: the results before `since`, and after. */
function around<Result>(
  first: KernelName,
  since: KernelName,
  program: (world: World) => Result,
): [before: Result[], after: Result[]] {
  const results = KERNELS.slice(KERNELS.indexOf(first)).map((kernel) =>
    program(new World({ kernel })),
  );
  const index = KERNELS.indexOf(since) - KERNELS.indexOf(first);
  return [results.slice(0, index), results.slice(index)];
}

const all = <Result>(list: readonly Result[], result: Result): void =>
  expect(list).toEqual(list.map(() => result));

describe("slots of registered files", () => {
  //= FILE-1
  it("were never empty at first", () => {
    const [before, after] = around("5.4", "5.10", (world) => registerFiles(world, NO_FILE));

    all(before, -EBADF);
    all(after, 0);
  });

  //= FILE-5
  it("could not be left as they are in an update", () => {
    const [before, after] = around("5.10", "5.15", (world) => {
      registerFiles(world, world.pipe().readFd);
      return update(world, IORING_REGISTER_FILES_SKIP);
    });

    all(before, -EBADF);
    all(after, 1);
  });

  //= FILE-15
  it("were not picked by FILES_UPDATE", () => {
    const [before, after] = around("5.10", "6.1", (world) => {
      registerFiles(world, NO_FILE);
      world.sqe(1, {
        opcode: IORING_OP_FILES_UPDATE,
        off: IORING_FILE_INDEX_ALLOC,
        addr: descriptors(world, world.pipe().readFd),
        len: 1,
      });
      return world.go()[0]?.[1];
    });

    all(before, -EOVERFLOW);
    all(after, 1);
  });
});
