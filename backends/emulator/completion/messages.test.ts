import { describe, expect, it } from "vitest";
import { IORING_OP_MSG_RING, IORING_OP_TIMEOUT } from "../../../spec/abi/opcodes.ts";
import { IORING_ENTER_GETEVENTS } from "../../../spec/abi/enter.ts";
import {
  IORING_SETUP_DEFER_TASKRUN,
  IORING_SETUP_SINGLE_ISSUER,
  PARAMS_FLAGS,
  PARAMS_SIZE,
} from "../../../spec/abi/setup.ts";
import { IOSQE_ASYNC } from "../../../spec/abi/sqe.ts";
import { EBADFD } from "../../../spec/errno.ts";
import { World } from "../testing/world.ts";

const DEFERRED = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN;

/** Another ring of the same kernel. */
function otherRing(world: World, flags = 0): number {
  const params = world.buffer(PARAMS_SIZE);
  world.view(params, PARAMS_SIZE).setUint32(PARAMS_FLAGS, flags, true);
  return world.kernel.setup(4, params);
}

function send(world: World, userData: number, fd: number, off = 9, len = 5, flags = 0): void {
  world.sqe(userData, { opcode: IORING_OP_MSG_RING, fd, off, len, flags });
}

describe("messages between rings", () => {
  it("end a counted timeout on the ring that they go to", () => {
    const world = new World();
    world.sqe(1, { opcode: IORING_OP_TIMEOUT, addr: world.timespec(1e9), len: 1, off: 1 });
    world.submit();

    send(world, 2, world.ringFd);

    expect(world.go()).toEqual([
      [9, 5],
      [2, 0],
      [1, 0],
    ]);
  });

  it("wait for the owner of a deferred ring", () => {
    const world = new World({ flags: DEFERRED });

    send(world, 1, world.ringFd);

    expect(world.go()).toEqual([[1, 0]]);
    world.enter(0, 0, IORING_ENTER_GETEVENTS);
    expect(world.cqes()).toEqual([[9, 5]]);
  });

  it("that wait go with their ring", () => {
    const world = new World();
    const other = otherRing(world, DEFERRED);
    send(world, 1, other);
    world.submit();

    expect(world.kernel.closeRing(other)).toBe(0);

    expect(world.cqes()).toEqual([[1, 0]]);
    expect(world.kernel.waiting()).toEqual([]);
    send(world, 2, world.ringFd);
    expect(world.go()).toEqual([
      [9, 5],
      [2, 0],
    ]);
  });

  it("go to rings only", () => {
    const world = new World();

    send(world, 1, world.file([]).fd);

    expect(world.go()).toEqual([[1, -EBADFD]]);
  });

  it("are sent by a worker as well, and named in the trace", () => {
    const world = new World();
    send(world, 1, world.ringFd, 9, 5, IOSQE_ASYNC);
    world.submit();

    expect(world.events()).toEqual(["complete message#1"]);
    expect(world.run()).toEqual([
      [9, 5],
      [1, 0],
    ]);
    expect(world.trace).toContain("cqe without a request on ring 1 res=5 flags=0");
  });
});
