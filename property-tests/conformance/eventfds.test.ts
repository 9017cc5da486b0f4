/** Chapter RW: eventfds. */
import { expect } from "vitest";
import {
  EFD_NONBLOCK,
  EFD_SEMAPHORE,
  O_NONBLOCK,
  POLLIN,
  POLLOUT,
  POLLPRI,
  RWF_NOWAIT,
} from "../../spec/abi/linux.ts";
import { SQE_OP_FLAGS } from "../../spec/abi/sqe.ts";
import { UNMAPPED, type Memory } from "../worlds/memory.ts";
import type { World } from "../worlds/world.ts";
import { chapter } from "./harness/chapter.ts";
import { pollAdd } from "./harness/control-entries.ts";
import { link, read, readTo, readv, set32, write, writev } from "./harness/entries.ts";

const scenario = await chapter();

const MOST = 0xffff_ffff;

/** Eight bytes that hold `high * 2^32 + low`. */
function counter(world: World, low: number, high = 0): Memory {
  const memory = world.memory.allocate(8);
  memory.view.setUint32(0, low, true);
  memory.view.setUint32(4, high, true);
  return memory;
}

const lowOf = (memory: Memory): number => memory.view.getUint32(0, true);
const highOf = (memory: Memory): number => memory.view.getUint32(4, true);

scenario("RW-12", "an eventfd gives its counter, which is zero then", (world, ring) => {
  const fd = world.eventfd(5);
  const target = world.memory.allocate(8);

  ring.submit({ 1: write(fd, counter(world, 2, 1)) });
  ring.expect({ 1: 8 });
  ring.submit({ 2: read(fd, target) });
  ring.expect({ 2: 8 });

  expect([lowOf(target), highOf(target)]).toEqual([7, 1]);
  ring.submit({ 3: read(fd, target) });
  ring.expectQuiet();
  ring.submit({ 4: write(fd, counter(world, 9)) });
  ring.expect({ 3: 8, 4: 8 });
  expect(lowOf(target)).toBe(9);
});

scenario("RW-12", "a semaphore gives one at a time", (world, ring) => {
  const fd = world.eventfd(2, EFD_SEMAPHORE);
  const target = world.memory.allocate(8);

  ring.submit({ 1: read(fd, target) });
  ring.expect({ 1: 8 });
  expect(lowOf(target)).toBe(1);
  ring.submit({ 2: read(fd, target) });
  ring.expect({ 2: 8 });
  ring.submit({ 3: read(fd, target) });

  ring.expectQuiet();
});

scenario("RW-12 RW-50", "it is read and written in eight bytes", (world, ring) => {
  const fd = world.eventfd(1);
  const memory = world.memory.allocate(16);

  ring.submit({ 1: read(fd, memory, 7), 2: write(fd, counter(world, 1), 7) });
  ring.submit({ 3: write(fd, memory, 16), 4: write(fd, counter(world, MOST, MOST)) });
  ring.expect({ 1: "EINVAL", 2: "EINVAL", 3: "EINVAL", 4: "EINVAL" });
  ring.submit({ 5: read(fd, memory, 16) });

  ring.expect({ 5: 8 });
  expect(lowOf(memory)).toBe(1);
});

scenario("RW-2", "an eventfd has no positions", (world, ring) => {
  const fd = world.eventfd(0);

  ring.submit({ 1: write(fd, counter(world, 3), 8, 5) });
  ring.expect({ 1: 8 });
  ring.submit({ 2: read(fd, world.memory.allocate(8), 8, 77) });

  ring.expect({ 2: 8 });
});

scenario("RW-50", "the counter may come in pieces, and be put into some", (world, ring) => {
  const fd = world.eventfd(0);
  const source = counter(world, 7);
  const target = world.memory.allocate(8);
  const halves = (memory: Memory): number =>
    world.memory.iovecs([
      [memory.address, 3],
      [memory.address + 3, 5],
    ]).address;

  ring.submit({ 1: readv(fd, halves(target), 2) });
  ring.submit({ 2: writev(fd, halves(source), 2) });

  ring.expect({ 2: "EINVAL" });
  ring.submit({ 3: write(fd, source) });
  ring.expect({ 1: 8, 3: 8 });
  expect(lowOf(target)).toBe(7);
});

scenario("RW-50", "a counter that cannot be stored is lost", (world, ring) => {
  const fd = world.eventfd(5);

  ring.submit({ 1: readTo(fd, UNMAPPED, 8) });
  ring.expect({ 1: "EFAULT" });
  ring.submit({ 2: read(fd, world.memory.allocate(8)) });

  ring.expectQuiet();
});

scenario("RW-50", "each vector of a write waits for its room", (world, ring) => {
  const fd = world.eventfd(0);
  const { address } = counter(world, MOST - 1, MOST);
  const twice = world.memory.iovecs([
    [address, 8],
    [address, 8],
  ]).address;

  ring.submit({ 1: writev(fd, twice, 2) });
  ring.expectQuiet();
  world.read(fd, 8);

  ring.expect({ 1: 16 });
});

scenario("RW-36", "a write that there is no room for waits", (world, ring) => {
  const fd = world.eventfd(0);
  const target = world.memory.allocate(8);
  ring.submit({ 1: write(fd, counter(world, MOST - 1, MOST)) });
  ring.expect({ 1: 8 });

  ring.submit({ 2: write(fd, counter(world, 1)) });
  ring.expectQuiet();
  ring.submit({ 3: read(fd, target) });

  ring.expect({ 2: 8, 3: 8 });
  expect([lowOf(target), highOf(target)]).toEqual([MOST - 1, MOST]);
});

scenario("RW-50", "every vector of a write is a write of its own", (world, ring) => {
  const fd = world.eventfd(0);
  const [one, two] = [counter(world, 1), counter(world, 2)];
  const vectors = world.memory.iovecs([
    [one.address, 8],
    [two.address, 8],
    [two.address, 4],
  ]);
  const target = world.memory.allocate(8);

  ring.submit({ 1: writev(fd, vectors.address, 3) });
  ring.expect({ 1: 16 });
  ring.submit({ 2: read(fd, target) });
  ring.expect({ 2: 8 });

  expect(lowOf(target)).toBe(3);
});

scenario("RW-26 RW-51", "RWF_NOWAIT on an eventfd that blocks others", (world, ring) => {
  const [blocking, other] = [world.eventfd(0), world.eventfd(0, EFD_NONBLOCK)];
  const nowait = RWF_NOWAIT;

  ring.submit({
    1: set32(SQE_OP_FLAGS, nowait, read(blocking, world.memory.allocate(8))),
    2: set32(SQE_OP_FLAGS, nowait, read(other, world.memory.allocate(8))),
    3: set32(SQE_OP_FLAGS, nowait, write(blocking, counter(world, 1))),
    4: set32(SQE_OP_FLAGS, nowait, write(other, counter(world, 1))),
  });

  ring.expect({ 1: "EAGAIN", 2: "EAGAIN", 3: "EAGAIN", 4: 8 });
});

scenario("RW-57", "a worker that blocks heeds O_NONBLOCK, not RWF_NOWAIT", (world, ring) => {
  const pipe = world.pipe(O_NONBLOCK);
  const [blocking, other] = [world.eventfd(0), world.eventfd(0, EFD_NONBLOCK)];

  ring.submit({ 1: link(read(pipe.read, world.memory.allocate(8))) });
  ring.submit({ 2: link(read(other, world.memory.allocate(8))) });
  ring.submit({ 3: link(set32(SQE_OP_FLAGS, RWF_NOWAIT, write(blocking, counter(world, 1)))) });

  ring.expect({ 1: "EAGAIN", 2: "EAGAIN", 3: 8 });
});

scenario("RW-52", "an eventfd polls by what its counter holds", (world, ring) => {
  const fd = world.eventfd(0);
  const events = POLLIN | POLLOUT | POLLPRI;

  ring.submit({ 1: pollAdd(fd, POLLIN), 2: pollAdd(fd, events) });
  ring.expect({ 2: POLLOUT });
  ring.submit({ 3: write(fd, counter(world, MOST - 1, MOST)) });
  ring.expect({ 1: POLLIN, 3: 8 });
  ring.submit({ 4: pollAdd(fd, events), 5: pollAdd(fd, POLLOUT) });
  ring.expect({ 4: POLLIN });
  ring.submit({ 6: read(fd, world.memory.allocate(8)) });

  ring.expect({ 5: POLLOUT, 6: 8 });
});
