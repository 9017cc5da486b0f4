/** Chapter FS: FIFOs, whose open may wait in a worker for the other end. */
import { expect } from "vitest";
import { O_NONBLOCK, O_RDONLY, O_RDWR, O_WRONLY } from "../../spec/abi/linux.ts";
import { IORING_ASYNC_CANCEL_ALL, IORING_ASYNC_CANCEL_ANY } from "../../spec/abi/sqe.ts";
import { EAGAIN, ENXIO, EPIPE } from "../../spec/errno.ts";
import type { World } from "../worlds/world.ts";
import { chapter } from "./harness/chapter.ts";
import { cancel } from "./harness/control-entries.ts";
import { async, link, read } from "./harness/entries.ts";
import { check } from "./harness/expectation.ts";
import { openat } from "./harness/file-entries.ts";
import { splice, tee } from "./harness/splice-entries.ts";
import type { TestRing } from "./harness/test-ring.ts";

const scenario = await chapter();

/** What an interrupted worker leaves: no errno that a program is meant to see. */
const ERESTARTSYS = 512;

interface Fifo {
  readonly path: string;
  /** Its path in memory. */
  readonly address: number;
}

function fifo(world: World): Fifo {
  const path = world.tempPath("fifo");
  world.makeFifo(path);
  return { path, address: world.memory.path(path) };
}

/** Waits for an open to give a descriptor. */
function opened(world: World, ring: TestRing, userData: number): number {
  const { res } = ring.next(userData);
  check(`a descriptor: ${res}`, res >= 0);
  return world.adopt(res);
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

scenario("FS-78", "in a worker the two ends wait for each other", (world, ring) => {
  const { address } = fifo(world);
  ring.submit({ 1: async(openat(address, O_RDONLY)) });
  ring.expectQuiet();
  ring.expectPending(1);

  ring.submit({ 2: async(openat(address, O_WRONLY)) });

  const [reader, writer] = [opened(world, ring, 1), opened(world, ring, 2)];
  world.write(writer, "hello");
  expect(world.read(reader, 8)).toEqual(bytes("hello"));
});

scenario("FS-78", "whichever is first", (world, ring) => {
  const { path, address } = fifo(world);
  ring.submit({ 1: async(openat(address, O_WRONLY)) });
  ring.expectQuiet();
  ring.expectPending(1);

  const reader = world.open(path, O_RDONLY | O_NONBLOCK);

  const writer = opened(world, ring, 1);
  world.write(writer, "hello");
  expect(world.read(reader, 8)).toEqual(bytes("hello"));
});

scenario("FS-78", "the other end may be gone again", (world, ring) => {
  const { path, address } = fifo(world);
  const both = world.open(path, O_RDWR);
  ring.submit({ 1: async(openat(address, O_RDONLY)) });
  const reader = opened(world, ring, 1);

  world.closeFd(both);

  expect(world.read(reader, 8)).toEqual(bytes(""));
});

scenario("FS-78", "with O_NONBLOCK a worker waits for nobody", (world, ring) => {
  const { address } = fifo(world);

  ring.submit({ 1: async(openat(address, O_WRONLY | O_NONBLOCK)) });
  ring.expect({ 1: "ENXIO" });
  ring.submit({ 2: async(openat(address, O_RDONLY | O_NONBLOCK)) });
  const reader = opened(world, ring, 2);
  ring.submit({ 3: async(openat(address, O_WRONLY | O_NONBLOCK)) });
  const writer = opened(world, ring, 3);

  expect(world.read(reader, 8)).toBe(-EAGAIN);
  world.closeFd(reader);
  expect(world.write(writer, "x")).toBe(-EPIPE);
});

scenario("FS-79", "in its submission an open waits for nobody", (world, ring) => {
  const { path, address } = fifo(world);

  ring.submit({ 1: openat(address, O_WRONLY) });
  world.settle();
  const reader = world.open(path, O_RDONLY | O_NONBLOCK);

  // Where the path was not in the cache a worker opens it, and finds the reader.
  const { res } = ring.next(1);
  check(`no reader, or the reader: ${res}`, res === -ENXIO || res >= 0);
  if (res >= 0) world.adopt(res);
  world.closeFd(reader);
});

scenario("FS-79", "a reader is there without a writer", (world, ring) => {
  const { path, address } = fifo(world);
  ring.submit({ 1: openat(address, O_RDONLY) });
  world.settle();
  const writer = world.open(path, O_RDWR);
  const reader = opened(world, ring, 1);

  // Its descriptor waits like any other.
  const memory = world.memory.allocate(1);
  ring.submit({ 2: read(reader, memory) });
  ring.expectQuiet();
  ring.expectPending(2);
  world.write(writer, "x");

  ring.expect({ 2: 1 });
});

scenario("CANCEL-14 FS-78", "an open that waits can be interrupted", (world, ring) => {
  const { path, address } = fifo(world);
  ring.submit({ 1: async(openat(address, O_RDONLY)) });
  world.untilWorkersBlock(1);

  ring.submit({ 2: cancel(1) });

  ring.expect({ 1: -ERESTARTSYS, 2: "EALREADY" });
  ring.submit({ 3: openat(world.memory.path(path), O_WRONLY | O_NONBLOCK) });
  ring.expect({ 3: "ENXIO" });
});

scenario("CANCEL-22", "and is not counted", (world, ring) => {
  const { address } = fifo(world);
  for (const flag of [IORING_ASYNC_CANCEL_ALL, IORING_ASYNC_CANCEL_ANY]) {
    ring.submit({ 1: async(openat(address, O_RDONLY)) });
    world.untilWorkersBlock(1);

    ring.submit({ 2: cancel(1, flag) });

    ring.expect({ 1: -ERESTARTSYS, 2: 0 });
  }
});

scenario("FS-11 FS-12", "a FIFO that is open for both is spliced like a pipe", (world, ring) => {
  const both = world.open(fifo(world).path, O_RDWR);
  const pipe = world.pipe();
  world.write(both, "hello");

  ring.submit({ 1: link(tee(both, pipe.write, 5)), 2: link(splice(both, pipe.write, 2)) });
  ring.expect({ 1: 5, 2: 2 });
  ring.submit({ 3: splice(pipe.read, both, 1) });
  ring.expect({ 3: 1 });

  expect(world.read(both, 8)).toEqual(bytes("lloh"));
  expect(world.read(pipe.read, 8)).toEqual(bytes("ellohe"));
});

scenario("FS-80", "what was in a FIFO goes with its last end", (world, ring) => {
  const { path, address } = fifo(world);
  const both = world.open(path, O_RDWR);
  world.write(both, "hello");
  const second = world.open(path, O_RDONLY | O_NONBLOCK);
  world.closeFd(both);
  expect(world.read(second, 2)).toEqual(bytes("he"));
  world.closeFd(second);

  ring.submit({ 1: openat(address, O_RDONLY | O_NONBLOCK) });
  const reader = opened(world, ring, 1);
  ring.submit({ 2: read(reader, world.memory.allocate(8)) });

  ring.expect({ 2: 0 });
});
