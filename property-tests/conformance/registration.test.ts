/** Chapter REG: what belongs to no other chapter; opcodes, personalities and workers. */
import { expect } from "vitest";
import {
  PROBE_LAST_OP,
  PROBE_OP_FLAGS,
  PROBE_OP_OP,
  PROBE_OP_SIZE,
  PROBE_OPS,
  PROBE_OPS_LEN,
  PROBE_SIZE,
} from "../../spec/abi/register-structs.ts";
import {
  IO_URING_OP_SUPPORTED,
  IORING_REGISTER_ENABLE_RINGS,
  IORING_REGISTER_IOWQ_AFF,
  IORING_REGISTER_IOWQ_MAX_WORKERS,
  IORING_REGISTER_PERSONALITY,
  IORING_REGISTER_PROBE,
  IORING_UNREGISTER_IOWQ_AFF,
  IORING_UNREGISTER_PERSONALITY,
} from "../../spec/abi/register.ts";
import { IORING_SETUP_R_DISABLED } from "../../spec/abi/setup.ts";
import { SQE_PERSONALITY } from "../../spec/abi/sqe.ts";
import { UNMAPPED, type Memory } from "../worlds/memory.ts";
import type { World } from "../worlds/world.ts";
import { chapter } from "./harness/chapter.ts";
import { link, nop, read, set16, write } from "./harness/entries.ts";
import { check, equal } from "./harness/expectation.ts";
import { RawRing } from "./harness/raw-ring.ts";
import type { TestRing } from "./harness/test-ring.ts";

const scenario = await chapter();

const once = { rings: "plain" } as const;

function call(world: World, ring: TestRing, opcode: number, address = 0, count = 0): number {
  return world.backend.register(ring.queue.ringFd, opcode, address, count);
}

scenario("REG-1 REG-18", "opcode, then descriptor", (world, ring) => {
  const { backend } = world;

  equal("opcode 36 of no ring", backend.register(-1, 36, 0, 0), "EINVAL");
  equal("opcode 99 of a ring", call(world, ring, 99), "EINVAL");
  equal("no descriptor", backend.register(999, IORING_REGISTER_PROBE, 0, 0), "EBADF");
  const { read: pipe } = world.pipe();
  equal("a pipe", backend.register(pipe, IORING_REGISTER_PROBE, 0, 0), "EOPNOTSUPP");
});

scenario("REG-4", "PROBE tells the opcodes", (world, ring) => {
  const all = world.memory.allocate(PROBE_SIZE + 256 * PROBE_OP_SIZE);
  equal("probe", call(world, ring, IORING_REGISTER_PROBE, all.address, 256), 0);

  expect(all.view.getUint8(PROBE_LAST_OP)).toBe(62);
  expect(all.view.getUint8(PROBE_OPS_LEN)).toBe(63);
  const entry = PROBE_OPS + 5 * PROBE_OP_SIZE;
  expect(all.view.getUint8(entry + PROBE_OP_OP)).toBe(5);
  expect(all.view.getUint16(PROBE_OPS + PROBE_OP_FLAGS, true)).toBe(IO_URING_OP_SUPPORTED);
  expect(all.view.getUint16(PROBE_OPS + 63 * PROBE_OP_SIZE, true)).toBe(0);
});

scenario("REG-4", "PROBE tells no more than there is room for", (world, ring) => {
  const probe = world.memory.allocate(PROBE_SIZE + 2 * PROBE_OP_SIZE);

  equal("probe", call(world, ring, IORING_REGISTER_PROBE, probe.address, 2), 0);

  expect(probe.view.getUint8(PROBE_LAST_OP)).toBe(62);
  expect(probe.view.getUint8(PROBE_OPS_LEN)).toBe(2);
});

scenario("REG-19", "PROBE wants memory that is all 0", (world, ring) => {
  const probe = world.memory.allocate(PROBE_SIZE + 4 * PROBE_OP_SIZE);
  probe.bytes[PROBE_SIZE + 3] = 1;
  const ask = (address: number, count: number): number =>
    call(world, ring, IORING_REGISTER_PROBE, address, count);

  equal("a byte that is set", ask(probe.address, 4), "EINVAL");
  equal("a byte behind the end", ask(probe.address, 0), 0);
  equal("NULL", ask(0, 4), "EINVAL");
  equal("too many", ask(probe.address, 257), "EINVAL");
  equal("unmapped", ask(UNMAPPED, 4), "EFAULT");
});

scenario(
  "REG-7 REG-20",
  "ENABLE_RINGS takes no argument, and works once",
  { flags: IORING_SETUP_R_DISABLED },
  (world, ring) => {
    const enable = (address: number, count: number): number =>
      call(world, ring, IORING_REGISTER_ENABLE_RINGS, address, count);

    equal("with an address", enable(world.memory.allocate(8).address, 0), "EINVAL");
    equal("with a count", enable(0, 1), "EINVAL");
    equal("enable", enable(0, 0), 0);
    equal("again", enable(0, 0), "EBADFD");
    equal("again, with a count", enable(0, 1), "EINVAL");
  },
);

const personality = (world: World, ring: TestRing): number =>
  call(world, ring, IORING_REGISTER_PERSONALITY);
const forget = (world: World, ring: TestRing, id: number): number =>
  call(world, ring, IORING_UNREGISTER_PERSONALITY, 0, id);

scenario("REG-10", "personalities are numbered from 1 on", (world, ring) => {
  expect([1, 2, 3].map(() => personality(world, ring))).toEqual([1, 2, 3]);
  equal("unregister", forget(world, ring, 2), 0);

  equal("the next", personality(world, ring), 4);
});

scenario("REG-26", "personalities take no memory, and are forgotten once", (world, ring) => {
  const { address } = world.memory.allocate(8);
  equal("an address", call(world, ring, IORING_REGISTER_PERSONALITY, address), "EINVAL");
  equal("a count", call(world, ring, IORING_REGISTER_PERSONALITY, 0, 1), "EINVAL");
  equal("an id nobody has", forget(world, ring, 1), "EINVAL");
  equal("id 0", forget(world, ring, 0), "EINVAL");
  equal("id 65536", forget(world, ring, 65536), "EINVAL");
  personality(world, ring);

  const bad = call(world, ring, IORING_UNREGISTER_PERSONALITY, address, 1);
  equal("unregister with an address", bad, "EINVAL");
  equal("unregister", forget(world, ring, 1), 0);
  equal("again", forget(world, ring, 1), "EINVAL");
});

scenario("ERR-8 REG-10", "a request may run under a personality", (world, ring) => {
  const id = personality(world, ring);
  const pipe = world.pipe();
  const under = (entry: Parameters<typeof set16>[2]): Parameters<typeof set16>[2] =>
    set16(SQE_PERSONALITY, id, entry);

  ring.submit({
    1: link(under(write(pipe.write, world.memory.of("x")))),
    2: under(read(pipe.read, world.memory.allocate(1))),
    3: set16(SQE_PERSONALITY, id + 1, nop()),
  });

  ring.expect({ 1: 1, 2: 1, 3: "EINVAL" });
  forget(world, ring, id);
  ring.submit({ 4: under(nop()) });
  ring.expect({ 4: "EINVAL" });
});

/** Two words: limits of bounded and of unbounded workers. */
function limits(world: World, bounded: number, unbounded: number): Memory {
  const memory = world.memory.allocate(8);
  memory.view.setUint32(0, bounded, true);
  memory.view.setUint32(4, unbounded, true);
  return memory;
}

function told(memory: Memory): [bounded: number, unbounded: number] {
  return [memory.view.getUint32(0, true), memory.view.getUint32(4, true)];
}

const setLimits = (world: World, ring: TestRing, memory: Memory): number =>
  call(world, ring, IORING_REGISTER_IOWQ_MAX_WORKERS, memory.address, 2);

scenario("REG-13", "IOWQ_MAX_WORKERS tells what was set before", (world, ring) => {
  const before = limits(world, 0, 0);
  equal("a look", setLimits(world, ring, before), 0);
  const mine = limits(world, 3, 5);
  equal("limits", setLimits(world, ring, mine), 0);
  expect(told(mine)).toEqual(told(before));

  const one = limits(world, 0, 7);
  equal("one limit", setLimits(world, ring, one), 0);
  expect(told(one)).toEqual([3, 5]);
  const last = limits(world, ...told(before));
  equal("as before", setLimits(world, ring, last), 0);
  expect(told(last)).toEqual([3, 7]);
});

scenario("REG-13", "no limit is above that of the user's processes", (world, ring) => {
  const before = limits(world, 0x7fffffff, 0x7fffffff);
  equal("the highest", setLimits(world, ring, before), 0);
  const most = limits(world, ...told(before));

  equal("as before", setLimits(world, ring, most), 0);

  const [bounded, unbounded] = told(most);
  check("both are the same", bounded === unbounded);
  check("it is lower", bounded < 0x7fffffff);
});

scenario("REG-65", "limits are the ring's, and reach all its tasks", once, async (world) => {
  const ring = RawRing.open(world, 4, 0);
  const other = world.otherTask(ring.fd);
  const set = async (mine: boolean, bounded: number, unbounded: number): Promise<number[]> => {
    const { address, view } = limits(world, bounded, unbounded);
    const opcode = IORING_REGISTER_IOWQ_MAX_WORKERS;
    const result = mine
      ? world.backend.register(ring.fd, opcode, address, 2)
      : await other.register(opcode, address, 2);
    equal("IOWQ_MAX_WORKERS", result, 0);
    return [view.getUint32(0, true), view.getUint32(4, true)];
  };
  const [bounded = 0, unbounded = 0] = await set(true, 0, 0);

  await set(false, 2, 3);
  expect(await set(true, 0, 0)).toEqual([2, 3]);
  equal("enter", await other.enter(1), 0);
  expect(await set(false, 0, 0)).toEqual([2, 3]);
  expect(await set(false, 5, 0)).toEqual([2, 3]);
  expect(await set(true, 0, 9)).toEqual([5, 3]);
  expect(await set(false, 0, 0)).toEqual([5, 9]);

  await set(true, bounded, unbounded);
});

const OF_LIBUV = { native: "the thread may have used a ring of libuv's" };

scenario(
  "REG-65",
  "who has used no ring is told nothing",
  { ...once, without: OF_LIBUV },
  async (world) => {
    const ring = RawRing.open(world, 4, 0);
    const { address, view } = limits(world, 2, 3);

    const opcode = IORING_REGISTER_IOWQ_MAX_WORKERS;
    equal("limits", await world.otherTask(ring.fd).register(opcode, address, 2), 0);

    expect([view.getUint32(0, true), view.getUint32(4, true)]).toEqual([0, 0]);
  },
);

scenario("REG-65", "a look at another ring brings its limits back", once, (world) => {
  const first = RawRing.open(world, 4, 0);
  const second = RawRing.open(world, 4, 0);
  const set = (ring: RawRing, memory: Memory): number[] => {
    const { fd } = ring;
    const result = world.backend.register(fd, IORING_REGISTER_IOWQ_MAX_WORKERS, memory.address, 2);
    equal("IOWQ_MAX_WORKERS", result, 0);
    return told(memory);
  };
  const look = (ring: RawRing): number[] => set(ring, limits(world, 0, 0));
  const before = look(first);

  set(second, limits(world, 6, 0));
  expect(set(first, limits(world, 7, 8))).toEqual([6, before[1]]);
  expect(look(second)).toEqual([7, 8]);
  expect(look(first)).toEqual([6, 8]);

  set(first, limits(world, before[0] ?? 0, before[1] ?? 0));
});

scenario("REG-31", "IOWQ_MAX_WORKERS takes two words below 2^31", (world, ring) => {
  const set = (address: number, count: number): number =>
    call(world, ring, IORING_REGISTER_IOWQ_MAX_WORKERS, address, count);

  equal("NULL", set(0, 2), "EINVAL");
  equal("one", set(limits(world, 1, 1).address, 1), "EINVAL");
  equal("three", set(limits(world, 1, 1).address, 3), "EINVAL");
  equal("unmapped", set(UNMAPPED, 2), "EFAULT");
  equal("2^31 bounded", setLimits(world, ring, limits(world, 0x80000000, 0)), "EINVAL");
  equal("2^31 unbounded", setLimits(world, ring, limits(world, 0, 0x80000000)), "EINVAL");
});

scenario("REG-32", "IOWQ_AFF takes a mask, its counterpart nothing", (world, ring) => {
  const mask = world.memory.of(Uint8Array.of(1));
  const set = (address: number, length: number): number =>
    call(world, ring, IORING_REGISTER_IOWQ_AFF, address, length);
  const reset = (address: number, count: number): number =>
    call(world, ring, IORING_UNREGISTER_IOWQ_AFF, address, count);

  equal("NULL", set(0, 1), "EINVAL");
  equal("no length", set(mask.address, 0), "EINVAL");
  equal("unmapped", set(UNMAPPED, 1), "EFAULT");
  equal("a mask", set(mask.address, 1), 0);
  equal("back, with an address", reset(mask.address, 0), "EINVAL");
  equal("back, with a count", reset(0, 1), "EINVAL");
  equal("back", reset(0, 0), 0);
});
