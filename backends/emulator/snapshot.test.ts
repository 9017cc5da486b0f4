import { describe, expect, it } from "vitest";
import {
  IORING_OP_ASYNC_CANCEL,
  IORING_OP_NOP,
  IORING_OP_READ,
  IORING_OP_TIMEOUT,
} from "../../spec/abi/opcodes.ts";
import {
  IORING_OFF_SQ_RING,
  IORING_OFF_SQES,
  IORING_SETUP_DEFER_TASKRUN,
  IORING_SETUP_NO_SQARRAY,
  IORING_SETUP_SINGLE_ISSUER,
  PARAMS_FLAGS,
  PARAMS_SIZE,
} from "../../spec/abi/setup.ts";
import { IOSQE_ASYNC, IOSQE_IO_DRAIN, IOSQE_IO_LINK, SQE_SIZE } from "../../spec/abi/sqe.ts";
import { encodeEntry } from "../../src/queue/index.ts";
import { ringLayout } from "./setup/layout.ts";
import { allocateRingMemory } from "./setup/ring-memory.ts";
import { copyRequest, Snapshot } from "./snapshot.ts";
import { Request, Ring } from "./state.ts";
import { World } from "./testing/world.ts";

const GETEVENTS = 1;

function ring(): Ring {
  const layout = ringLayout(4, 4, 0);
  return new Ring(1, 0, layout, allocateRingMemory(layout), false);
}

/** What a program and a scheduler can see of a world, and what it comes to in the end. */
function future(world: World): unknown[] {
  const seen: unknown[] = [world.events(), world.word(0), world.cqes(), world.kernel.holds()];
  for (let event = world.events()[0]; event !== undefined; event = world.events()[0]) {
    seen.push(event, world.run(event));
    world.enter(0, 0, GETEVENTS);
    seen.push(world.cqes());
  }
  return seen;
}

/** A chain, waiting reads, a timer, a drain and an overflow, all at once. */
function busyWorld(flags = 0): World {
  const world = new World({ entries: 8, cqEntries: 8, flags });
  const { fd } = world.file([1, 2, 3]);
  const { readFd } = world.pipe();
  world.sqe(1, { opcode: IORING_OP_READ, fd: readFd, addr: world.buffer(4), len: 4 });
  world.sqe(2, {
    opcode: IORING_OP_READ,
    fd,
    addr: world.buffer(4),
    len: 3,
    flags: IOSQE_ASYNC | IOSQE_IO_LINK,
  });
  world.sqe(3, { opcode: IORING_OP_NOP, flags: IOSQE_IO_LINK });
  world.sqe(4, { opcode: IORING_OP_NOP });
  world.sqe(5, { opcode: IORING_OP_TIMEOUT, addr: world.timespec(1000), len: 1, off: 2 });
  world.submit();
  world.sqe(6, { opcode: IORING_OP_ASYNC_CANCEL, addr: 1 });
  world.sqe(7, { opcode: IORING_OP_NOP, flags: IOSQE_IO_DRAIN });
  world.submit();
  return world;
}

/** A second ring, of which two reads are queued: they wait for another pipe. */
function secondRing(world: World): number {
  const { kernel } = world;
  const params = world.buffer(PARAMS_SIZE);
  world.view(params, PARAMS_SIZE).setUint32(PARAMS_FLAGS, IORING_SETUP_NO_SQARRAY, true);
  const fd = kernel.setup(8, params);
  const sqes = new DataView(kernel.mapRing(fd, IORING_OFF_SQES, 1) as ArrayBuffer);
  const { readFd } = world.pipe();
  for (const at of [0, SQE_SIZE]) {
    encodeEntry(sqes, at, IORING_OP_READ, readFd, 0, world.buffer(4), 4, 0);
  }
  new DataView(kernel.mapRing(fd, IORING_OFF_SQ_RING, 1) as ArrayBuffer).setUint32(4, 2, true);
  return fd;
}

describe("a snapshot", () => {
  it("leads to the same future as often as it is put back", () => {
    const world = busyWorld();
    const snapshot = new Snapshot();
    world.kernel.save(snapshot);
    const { now } = world.clock;
    const first = future(world);

    for (let round = 0; round < 3; round++) {
      world.kernel.restore(snapshot);
      world.clock.now = now;
      expect(future(world)).toEqual(first);
    }
    expect(first.length).toBeGreaterThan(6);
  });

  it("holds task work that waits for the ring's owner", () => {
    const world = busyWorld(IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_SINGLE_ISSUER);
    const snapshot = new Snapshot();
    world.run("complete read#2");
    world.kernel.save(snapshot);
    world.enter(0, 0, GETEVENTS);
    const cqes = world.cqes();

    world.kernel.restore(snapshot);
    world.enter(0, 0, GETEVENTS);

    expect(cqes.length).toBeGreaterThan(0);
    expect(world.cqes()).toEqual(cqes);
  });

  it("makes a request that came later a blank record again", () => {
    const world = new World();
    const { readFd, writer } = world.pipe();
    const snapshot = new Snapshot();
    const read = { opcode: IORING_OP_READ, fd: readFd, addr: world.buffer(4), len: 4 };
    world.sqe(1, { opcode: IORING_OP_NOP });
    world.go();
    world.kernel.save(snapshot);
    world.sqe(2, read);
    world.submit();
    writer.feed([1]);
    expect(world.events()).toEqual(["complete read#2"]);

    world.kernel.restore(snapshot);

    expect(world.events()).toEqual([]);
    expect(world.kernel.holds()).toEqual([]);
    world.sqe(3, read);
    expect(world.go()).toEqual([[3, 1]]);
    world.sqe(4, read);
    world.submit();
    writer.feed([1]);
    expect(world.run("complete read#3")).toEqual([[4, 1]]);
  });

  it("gives a request back to its ring although another ring has its record now", () => {
    const world = new World();
    const { kernel } = world;
    const other = secondRing(world);
    const { readFd, writer } = world.pipe();
    world.sqe(1, { opcode: IORING_OP_READ, fd: readFd, addr: world.buffer(4), len: 4 });
    world.submit();
    const snapshot = new Snapshot();
    kernel.save(snapshot);
    const held = kernel.holds();
    world.sqe(2, { opcode: IORING_OP_ASYNC_CANCEL, addr: 1 });
    expect(world.go()).toHaveLength(2);
    // They wait as well, one of them in the record of the read that is gone.
    expect(kernel.enter(other, 2, 0, 0, 0, 0)).toBe(2);
    expect(kernel.holds()).toHaveLength(2);

    kernel.restore(snapshot);

    expect(kernel.holds()).toEqual(held);
    writer.feed([1]);
    expect(world.run("complete read#1")).toEqual([[1, 1]]);
  });

  it("is not for a kernel that has got another ring", () => {
    const world = new World();
    const snapshot = new Snapshot();
    world.kernel.save(snapshot);
    world.kernel.closeRing(world.ringFd);

    expect(() => world.kernel.restore(snapshot)).toThrow("a ring came or went");
  });
});

/** Every field of a ring that is a value, a list, or memory. */
function fieldsOf(record: Ring): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(record) as [string, unknown][]) {
    if (Array.isArray(value)) fields[name] = value.map(identify);
    else if (value instanceof ArrayBuffer) fields[name] = [...new Uint8Array(value)];
    else if (value instanceof Set || value instanceof Map) fields[name] = value.size;
    else if (typeof value !== "object") fields[name] = value;
  }
  // Between calls only the first `completionCount` of them count: none.
  delete fields["completions"];
  return fields;
}

const identities = new WeakMap<object, number>();
let identity = 0;

/** A number for each object, the same whenever it is asked. */
function identify(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (!identities.has(value)) identities.set(value, ++identity);
  return identities.get(value);
}

describe("every field is accounted for", () => {
  it("of a request: it is copied, or refused", () => {
    const REFUSED = ["fileNode"];
    const from = new Request(ring());
    const fields = Object.keys(from).filter((field) => !REFUSED.includes(field));
    for (const field of fields) Object.assign(from, { [field]: { value: field } });
    const to = new Request(ring());
    copyRequest(from, to);

    for (const field of fields) {
      expect(to[field as keyof Request], `snapshot.ts copies ${field}`).toEqual({ value: field });
    }
  });

  it("of a ring: what calls and events change is put back", () => {
    const world = busyWorld();
    const snapshot = new Snapshot();
    world.events();
    world.kernel.save(snapshot);
    const { now } = world.clock;
    const own = world.kernel.ring(world.ringFd) as Ring;
    const before = fieldsOf(own);
    future(world);
    expect(fieldsOf(own)).not.toEqual(before);

    world.kernel.restore(snapshot);
    world.clock.now = now;

    expect(fieldsOf(own)).toEqual(before);
  });
});
