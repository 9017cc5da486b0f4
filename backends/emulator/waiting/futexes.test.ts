import { describe, expect, it } from "vitest";
import { FUTEX2_PRIVATE, FUTEX2_SIZE_U32 } from "../../../spec/abi/linux.ts";
import {
  IORING_OP_ASYNC_CANCEL,
  IORING_OP_FUTEX_WAIT,
  IORING_OP_FUTEX_WAITV,
  IORING_OP_FUTEX_WAKE,
} from "../../../spec/abi/opcodes.ts";
import { IORING_ASYNC_CANCEL_ALL, IORING_ASYNC_CANCEL_ANY } from "../../../spec/abi/sqe.ts";
import { ECANCELED } from "../../../spec/errno.ts";
import { type SqeFields, World } from "../testing/world.ts";

const PRIVATE = FUTEX2_SIZE_U32 | FUTEX2_PRIVATE;
const ANY = 0xffffffff;

const wait = (addr: number): SqeFields => ({
  opcode: IORING_OP_FUTEX_WAIT,
  fd: PRIVATE,
  addr,
  addr3: ANY,
});
const wake = (addr: number, off: number): SqeFields => ({
  ...wait(addr),
  off,
  opcode: IORING_OP_FUTEX_WAKE,
});

describe("the futexes of a program", () => {
  it("are woken first come, first served", () => {
    const world = new World();
    const word = world.buffer(4);
    for (const id of [1, 2, 3]) world.sqe(id, wait(word));
    expect(world.go()).toEqual([]);

    world.sqe(4, wake(word, 2));

    expect(world.go()).toEqual([
      [4, 2],
      [1, 0],
      [2, 0],
    ]);
    expect(world.kernel.wakeFutex(word, FUTEX2_PRIVATE, 9)).toBe(1);
    expect(world.cqes()).toEqual([[3, 0]]);
  });

  it("have their other words let go of when one is woken", () => {
    const world = new World();
    const [words, list] = [world.buffer(8), world.buffer(48)];
    const view = world.view(list, 48);
    for (const index of [0, 1]) {
      view.setUint32(index * 24 + 8, words + 4 * index, true);
      view.setUint32(index * 24 + 16, PRIVATE, true);
    }
    world.sqe(1, { opcode: IORING_OP_FUTEX_WAITV, addr: list, len: 2 });
    expect(world.go()).toEqual([]);

    world.sqe(2, wake(words + 4, 9));
    // Until the request has completed, its other word counts as well.
    world.sqe(3, wake(words, 9));

    expect(world.go()).toEqual([
      [2, 1],
      [3, 1],
      [1, 1],
    ]);
    expect(world.kernel.wakeFutex(words, FUTEX2_PRIVATE, 9)).toBe(0);
  });

  it("end one by one where any is cancelled, the last first", () => {
    const world = new World();
    const word = world.buffer(4);
    for (const id of [1, 2]) world.sqe(id, wait(word));
    world.submit();

    world.sqe(3, { opcode: IORING_OP_ASYNC_CANCEL, opFlags: IORING_ASYNC_CANCEL_ANY });

    expect(world.go()).toEqual([
      [3, 2],
      [2, -ECANCELED],
      [1, -ECANCELED],
    ]);
  });

  it("count as one where all are cancelled", () => {
    const world = new World();
    const word = world.buffer(4);
    for (const id of [1, 2]) world.sqe(id, wait(word));
    world.submit();
    const flags = IORING_ASYNC_CANCEL_ANY | IORING_ASYNC_CANCEL_ALL;

    world.sqe(3, { opcode: IORING_OP_ASYNC_CANCEL, opFlags: flags });

    expect(world.go()[0]).toEqual([3, 1]);
  });

  it("are free when the ring is closed", () => {
    const world = new World();
    const word = world.buffer(4);
    world.sqe(1, wait(word));
    world.submit();

    expect(world.kernel.closeRing(world.ringFd)).toBe(0);

    expect(world.kernel.wakeFutex(word, FUTEX2_PRIVATE, 1)).toBe(0);
    expect(world.kernel.waiting()).toEqual([]);
  });
});
