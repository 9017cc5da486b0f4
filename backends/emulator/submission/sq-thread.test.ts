import { describe, expect, it } from "vitest";
import {
  IORING_ENTER_GETEVENTS,
  IORING_ENTER_SQ_WAIT,
  IORING_ENTER_SQ_WAKEUP,
} from "../../../spec/abi/enter.ts";
import { IORING_OP_POLL_ADD, IORING_OP_TIMEOUT } from "../../../spec/abi/opcodes.ts";
import { POLLIN } from "../../../spec/abi/linux.ts";
import {
  IORING_SETUP_ATTACH_WQ,
  IORING_SETUP_R_DISABLED,
  IORING_SETUP_SQPOLL,
  PARAMS_FLAGS,
  PARAMS_SQ_THREAD_IDLE,
  PARAMS_WQ_FD,
} from "../../../spec/abi/setup.ts";
import { IORING_REGISTER_ENABLE_RINGS } from "../../../spec/abi/register.ts";
import { BASE, World, type WorldOptions } from "../testing/world.ts";

const MILLISECOND = 1_000_000;
const SQ_HEAD = 0;
const SQ_FLAGS = 36;

function pollingWorld(options: WorldOptions = {}): World {
  const { flags = 0 } = options;
  const params = { [PARAMS_SQ_THREAD_IDLE]: 5, ...options.params };
  return new World({ ...options, flags: flags | IORING_SETUP_SQPOLL, params });
}

/** A world whose thread has fallen asleep. */
function sleepingWorld(): World {
  const world = pollingWorld();
  world.run();
  return world;
}

describe("an SQ thread", () => {
  it("falls asleep on a new ring, and says so", () => {
    const world = pollingWorld();
    expect(world.word(SQ_FLAGS)).toBe(0);

    world.run("stop sq thread#1");

    expect(world.word(SQ_FLAGS)).toBe(1);
    expect(world.events()).toEqual([]);
  });

  it("takes what is published while it is awake, without a call", () => {
    const world = pollingWorld();
    world.sqe(1);
    world.sqe(2);

    const cqes = world.run("run sq thread#2");

    expect(cqes).toEqual([
      [1, 0],
      [2, 0],
    ]);
    expect(world.word(SQ_HEAD)).toBe(2);
  });

  it("stays awake for its idle time after work, and not longer", () => {
    const world = pollingWorld();
    world.sqe(1);
    world.run();
    const before = world.clock.now;

    world.run("stop sq thread#4");

    expect(world.clock.now).toBe(before + 5 * MILLISECOND);
    expect(world.word(SQ_FLAGS)).toBe(1);
  });

  it("sleeps through published entries until it is woken", () => {
    const world = sleepingWorld();
    world.sqe(1);

    expect(world.events()).toEqual([]);
    expect(world.enter(1, 0, 0)).toBe(1);
    expect(world.events()).toEqual([]);
    expect(world.enter(1, 0, IORING_ENTER_SQ_WAKEUP)).toBe(1);

    expect(world.run()).toEqual([[1, 0]]);
    expect(world.word(SQ_FLAGS)).toBe(0);
  });

  it("has enter tell to_submit, whatever there is", () => {
    const world = pollingWorld();

    expect(world.enter(7, 0, 0)).toBe(7);
    expect(world.enter(7, 0, IORING_ENTER_GETEVENTS)).toBe(7);
  });

  it("makes room while SQ_WAIT waits for it", () => {
    const world = pollingWorld({ entries: 2 });
    world.sqe(1);
    world.sqe(2);

    expect(world.enter(0, 0, IORING_ENTER_SQ_WAIT)).toBe(0);

    expect(world.word(SQ_HEAD)).toBe(2);
  });

  it("goes on behind a rejected entry", () => {
    const world = pollingWorld();
    world.sqe(1, { opcode: 200 });
    world.sqe(2);

    const first = world.run();

    expect([...first, ...world.run()]).toEqual([
      [1, -22],
      [2, 0],
    ]);
  });

  it("is woken by a request that its file or its timer completes", () => {
    const world = pollingWorld();
    const { readFd, writer } = world.pipe();
    world.sqe(1, { opcode: IORING_OP_POLL_ADD, fd: readFd, opFlags: POLLIN });
    world.run("run sq thread#2");
    world.run("stop sq thread#4");
    expect(world.word(SQ_FLAGS)).toBe(1);
    world.sqe(2);
    writer.write(1, -1, () => 1);

    expect(world.run("complete poll#3")).toEqual([[1, POLLIN]]);
    expect(world.word(SQ_FLAGS)).toBe(0);
    expect(world.run()).toEqual([[2, 0]]);
  });

  it("takes nothing from a ring that is disabled", () => {
    const world = pollingWorld({ flags: IORING_SETUP_R_DISABLED });
    world.sqe(1);
    world.run("stop sq thread#1");
    expect(world.word(SQ_HEAD)).toBe(0);

    world.kernel.register(world.ringFd, IORING_REGISTER_ENABLE_RINGS, 0, 0);

    expect(world.run()).toEqual([[1, 0]]);
  });

  it("has a timer of its requests run while it sleeps", () => {
    const world = pollingWorld();
    const addr = world.timespec(50 * MILLISECOND);
    world.sqe(1, { opcode: IORING_OP_TIMEOUT, addr, len: 1 });
    world.run();
    world.run("stop sq thread#4");

    expect(world.run("fire timeout#3")).toEqual([[1, -62]]);
  });
});

describe("a shared SQ thread", () => {
  function attach(world: World): number {
    world.params.setUint32(PARAMS_FLAGS, IORING_SETUP_SQPOLL | IORING_SETUP_ATTACH_WQ, true);
    world.params.setUint32(PARAMS_WQ_FD, world.ringFd, true);
    return world.kernel.setup(4, BASE);
  }

  it("serves both rings, a few entries of each at a time", () => {
    const world = pollingWorld({ entries: 16 });
    expect(attach(world)).toBeGreaterThanOrEqual(0);
    for (let id = 1; id <= 10; id++) world.sqe(id);

    expect(world.run()).toHaveLength(8);
    expect(world.run()).toHaveLength(2);
  });

  it("is woken by a ring that is attached", () => {
    const world = sleepingWorld();

    attach(world);
    world.run();

    expect(world.word(SQ_FLAGS)).toBe(0);
  });

  it("lives on with the other ring when one is closed, and ends with the last", () => {
    const world = pollingWorld();
    const other = attach(world);

    world.kernel.closeRing(other);
    world.sqe(1);
    expect(world.run()).toEqual([[1, 0]]);
    world.kernel.closeRing(world.ringFd);

    expect(world.events()).toEqual([]);
  });
});
