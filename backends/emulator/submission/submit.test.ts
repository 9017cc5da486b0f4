import { describe, expect, it } from "vitest";
import {
  IORING_OP_ACCEPT,
  IORING_OP_CONNECT,
  IORING_OP_READ,
  IORING_OP_READV,
  IORING_OP_RECV,
  IORING_OP_TIMEOUT,
} from "../../../spec/abi/opcodes.ts";
import {
  IORING_SETUP_CQE32,
  IORING_SETUP_NO_SQARRAY,
  IORING_SETUP_SQE128,
  IORING_SETUP_SUBMIT_ALL,
} from "../../../spec/abi/setup.ts";
import {
  IOSQE_BUFFER_SELECT,
  IOSQE_CQE_SKIP_SUCCESS,
  IOSQE_FIXED_FILE,
  IOSQE_IO_DRAIN,
  IOSQE_IO_LINK,
} from "../../../spec/abi/sqe.ts";
import { EBADF, EFAULT, EINVAL, ENOTSOCK, EOPNOTSUPP } from "../../../spec/errno.ts";
import { SQ_DROPPED, SQ_HEAD, SQ_TAIL } from "../setup/layout.ts";
import { type SqeFields, World } from "../testing/world.ts";

const BAD_OPCODE = 200;
const UNMAPPED = 8;

/** The result of one SQE on its own. */
function resultOf(fields: SqeFields, prepare?: (world: World) => void): number | undefined {
  const world = new World();
  prepare?.(world);
  world.sqe(1, fields);
  return world.go()[0]?.[1];
}

describe("submitting", () => {
  it("completes NOPs in the order of submission, with their user_data", () => {
    const world = new World();
    for (const id of [7, 8, 9]) world.sqe(id);

    expect(world.submit()).toBe(3);
    expect(world.cqes()).toEqual([
      [7, 0],
      [8, 0],
      [9, 0],
    ]);
    expect(world.word(SQ_HEAD)).toBe(3);
  });

  it("takes no more than it is told to, than is queued, and than the queue holds", () => {
    const world = new World({ entries: 4 });
    for (const id of [1, 2, 3]) world.sqe(id);

    expect(world.submit(2)).toBe(2);
    expect(world.submit(10)).toBe(1);
    expect(world.submit(10)).toBe(0);

    world.setWord(SQ_TAIL, world.word(SQ_TAIL) + 100);
    expect(world.submit(100)).toBe(4);
  });

  it("reads the SQE that the array names, as often as it is named", () => {
    const world = new World({ entries: 4 });
    world.sqe(5);
    const array = world.params.getUint32(64, true);
    world.sqe(6);
    world.setWord(array + 4, 0);

    expect(world.go()).toEqual([
      [5, 0],
      [5, 0],
    ]);
  });

  it("drops an array entry that names no SQE, and ends the batch there", () => {
    const world = new World({ entries: 4 });
    for (const id of [1, 2, 3]) world.sqe(id);
    world.setWord(world.params.getUint32(64, true) + 4, 99);

    expect(world.submit()).toBe(1);
    expect(world.word(SQ_DROPPED)).toBe(1);
    expect(world.submit()).toBe(1);
    expect(world.cqes()).toEqual([
      [1, 0],
      [3, 0],
    ]);
  });

  it.each([
    ["without an SQ array", IORING_SETUP_NO_SQARRAY],
    ["with large entries", IORING_SETUP_SQE128 | IORING_SETUP_CQE32],
  ])("works %s", (_name, flags) => {
    const world = new World({ entries: 2, flags });
    for (let id = 1; id <= 5; id++) {
      world.sqe(id);
      expect(world.go()).toEqual([[id, 0]]);
    }
  });

  it("ends the batch after a refused SQE, and takes the rest the next time", () => {
    const world = new World();
    world.sqe(1, { opcode: BAD_OPCODE });
    world.sqe(2);

    expect(world.submit()).toBe(1);
    expect(world.cqes()).toEqual([[1, -EINVAL]]);
    expect(world.submit()).toBe(1);
    expect(world.cqes()).toEqual([[2, 0]]);
  });

  it("goes on after a refused SQE with SUBMIT_ALL", () => {
    const world = new World({ flags: IORING_SETUP_SUBMIT_ALL });
    world.sqe(1, { opcode: BAD_OPCODE });
    world.sqe(2);

    expect(world.submit()).toBe(2);
  });

  it("goes on after an error at issue", () => {
    const world = new World();
    world.sqe(1, { opcode: IORING_OP_READ, fd: 50 });
    world.sqe(2);

    expect(world.submit()).toBe(2);
    expect(world.cqes()).toEqual([
      [1, -EBADF],
      [2, 0],
    ]);
  });

  it("ends the batch after a chain whose last SQE is refused, not within it", () => {
    const world = new World();
    world.sqe(1, { opcode: BAD_OPCODE, flags: IOSQE_IO_LINK });
    world.sqe(2, { opcode: BAD_OPCODE });
    world.sqe(3);

    expect(world.submit()).toBe(2);
  });

  it("masks free-running indices that pass 2^32", () => {
    const world = new World({ entries: 4 });
    for (let id = 1; id <= 9; id++) {
      world.sqe(id);
      expect(world.go()).toEqual([[id, 0]]);
    }
  });
});

describe("the precedence of errors", () => {
  const iovec = { opcode: IORING_OP_READV, fd: 50, addr: UNMAPPED, len: 1 };

  it.each<[string, SqeFields, number]>([
    ["an unknown opcode", { opcode: BAD_OPCODE }, -EINVAL],
    ["an unknown flag", { flags: 0x80 }, -EINVAL],
    ["BUFFER_SELECT where there is none", { flags: IOSQE_BUFFER_SELECT, ioprio: 1 }, -EOPNOTSUPP],
    ["DRAIN with SKIP", { flags: IOSQE_IO_DRAIN | IOSQE_CQE_SKIP_SUCCESS }, -EOPNOTSUPP],
    ["ioprio where there is none", { ioprio: 1, personality: 3 }, -EINVAL],
    ["a personality before a bad fd", { opcode: IORING_OP_READ, fd: 50, personality: 3 }, -EINVAL],
    ["unreadable iovecs before a bad fd", iovec, -EFAULT],
    ["an unused field before a bad fd", { opcode: IORING_OP_ACCEPT, fd: 50, len: 1 }, -EINVAL],
    [
      "an unreadable sockaddr before a bad fd",
      { opcode: IORING_OP_CONNECT, fd: 50, addr: UNMAPPED, off: 16 },
      -EFAULT,
    ],
    ["a bad fd", { opcode: IORING_OP_READ, fd: 50 }, -EBADF],
    ["a fixed file where none is", { opcode: IORING_OP_READ, flags: IOSQE_FIXED_FILE }, -EBADF],
    ["a fixed file that nobody asks for", { flags: IOSQE_FIXED_FILE }, 0],
    ["an address outside user space", { opcode: IORING_OP_READ, addr: 2 ** 60, len: 1 }, -EFAULT],
    ["an unreadable timespec", { opcode: IORING_OP_TIMEOUT, addr: UNMAPPED, len: 1 }, -EFAULT],
  ])("%s", (_name, fields, expected) => {
    expect(resultOf(fields)).toBe(expected);
  });

  it("a file that is no socket comes before a missing buffer group", () => {
    const fields = { opcode: IORING_OP_RECV, fd: 3, flags: IOSQE_BUFFER_SELECT };

    expect(resultOf(fields, (world) => world.file([]))).toBe(-ENOTSOCK);
  });
});
