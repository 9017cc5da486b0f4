/** Chapter MSHOT: full queues, turns, lists, and limits of multishot requests. */
import { IORING_CQE_F_BUF_MORE } from "../../spec/abi/cqe.ts";
import { IORING_ENTER_GETEVENTS } from "../../spec/abi/enter.ts";
import { POLLIN } from "../../spec/abi/linux.ts";
import { IOU_PBUF_RING_INC } from "../../spec/abi/register.ts";
import {
  IORING_POLL_ADD_MULTI,
  IORING_RECV_MULTISHOT,
  IORING_TIMEOUT_MULTISHOT,
  SQE_SPLICE_FD_IN,
} from "../../spec/abi/sqe.ts";
import { UNMAPPED } from "../worlds/memory.ts";
import { chapter } from "./harness/chapter.ts";
import {
  BufferRing,
  drainList,
  filledList,
  inBuffer,
  provide,
  provideAt,
  recvBundle,
  recvMultishot,
  shotIn,
} from "./harness/buffers.ts";
import { cancel, pollAdd, timeout } from "./harness/control-entries.ts";
import { nop, set32 } from "./harness/entries.ts";
import { check, equal } from "./harness/expectation.ts";
import { streams, type Stream } from "./harness/streams.ts";
import type { TestRing } from "./harness/test-ring.ts";

const scenario = await chapter();

const WHOLE = { whole: true };
const TINY = { whole: true, entries: 4, cqEntries: 4 };
const GROUP = 1;

/** Fills all but `room` slots of a queue of 4. */
function crowd(ring: TestRing, room: number): void {
  const nops = Array.from({ length: 4 - room }, (_, index) => [10 + index, nop()] as const);
  ring.submit(Object.fromEntries(nops));
  equal("completions", ring.queue.ready, 4 - room);
}

scenario("MSHOT-22 MSHOT-23", "a shot that finds no room is the last", TINY, (world, ring) => {
  const { fd, writer, entry } = streams(world)[1] as Stream;
  BufferRing.filled(world, ring, 4, 4);
  crowd(ring, 1);
  world.write(writer, "abcdefghijkl");

  ring.submit({ 1: entry() });

  ring.expectNext(1, shotIn(0, 4));
  ring.expectNext(1, inBuffer(1, 4));
  for (const id of [10, 11, 12]) ring.expectNext(id, 0);
  check("the rest stays", (world.read(fd, 9) as Uint8Array).length === 4);
});

scenario("MSHOT-22 MSHOT-23", "of READ_MULTISHOT as well", TINY, (world, ring) => {
  const { fd, writer, entry } = streams(world)[0] as Stream;
  BufferRing.filled(world, ring, 4, 4);
  crowd(ring, 1);
  ring.submit({ 1: entry() });

  world.write(writer, "abcdefghijkl");
  world.settle();
  ring.enter(0, 0, IORING_ENTER_GETEVENTS);

  ring.expectNext(1, shotIn(0, 4));
  ring.expectNext(1, inBuffer(1, 4));
  for (const id of [10, 11, 12]) ring.expectNext(id, 0);
  check("the rest stays", (world.read(fd, 9) as Uint8Array).length === 4);
});

scenario("MSHOT-22", "and of a poll", TINY, (world, ring) => {
  const pipe = world.pipe();
  crowd(ring, 0);
  ring.submit({ 1: pollAdd(pipe.read, POLLIN, IORING_POLL_ADD_MULTI) });

  world.write(pipe.write, "x");
  world.settle();
  ring.enter(0, 0, IORING_ENTER_GETEVENTS);

  ring.expectNext(1, POLLIN);
  for (const id of [10, 11, 12, 13]) ring.expectNext(id, 0);
});

scenario("MSHOT-22 MSHOT-24", "and of a timeout", TINY, (world, ring) => {
  crowd(ring, 0);
  ring.submit({
    1: timeout(world.memory.timespec(0, 300_000).address, 5, IORING_TIMEOUT_MULTISHOT),
  });
  for (let looks = 0; looks < 1e6 && !ring.queue.needsFlush; looks++) {
    world.settle();
    ring.enter(0, 0, IORING_ENTER_GETEVENTS);
  }

  ring.expectNext(1, "ETIME");
  for (const id of [10, 11, 12, 13]) ring.expectNext(id, 0);
  ring.submit({ 2: cancel(1) });
  ring.expect({ 2: "ENOENT" });
});

scenario("NET-13", "len limits a shot, and optlen all of them", WHOLE, (world, ring) => {
  const [socket, other] = world.socketPair();
  BufferRing.filled(world, ring, 8, 16);
  world.write(other, "0123456789abcdef");

  ring.submit({ 1: recvMultishot(socket, GROUP, 5) });
  for (const [id, length] of [5, 5, 5, 1].entries()) ring.expectNext(1, shotIn(id, length));
  ring.submit({ 2: cancel(1) });
  ring.expect({ 2: 0, 1: "ECANCELED" });

  ring.submit({ 3: set32(SQE_SPLICE_FD_IN, 7, recvMultishot(socket, GROUP)) });
  world.write(other, "abc");
  ring.expectNext(3, shotIn(4, 3));
  world.write(other, "defghi");
  ring.expectNext(3, inBuffer(5, 6));
});

scenario("MSHOT-34", "shots come behind what was done before them", WHOLE, (world, ring) => {
  const { writer, entry } = streams(world)[1] as Stream;
  BufferRing.filled(world, ring, 8, 16);
  world.write(writer, "abc");

  ring.submit({ 1: nop(), 2: entry(), 3: nop() });

  ring.expect({ 1: 0, 2: shotIn(0, 3), 3: 0 });
  ring.expectOrder(1, 2, 3);
});

scenario("TIMEOUT-6 MSHOT-1", "counted timeouts count shots", WHOLE, (world, ring) => {
  const { writer, entry } = streams(world)[1] as Stream;
  BufferRing.filled(world, ring, 8, 2);
  ring.submit({ 1: entry() });
  ring.submit({ 2: timeout(world.memory.milliseconds(60_000), 3) });

  world.write(writer, "abcdef");

  for (const id of [0, 1, 2]) ring.expectNext(1, shotIn(id, 2));
  ring.expect({ 2: 0 });
});

scenario("MSHOT-33", "lists serve multishot requests too", WHOLE, (world, ring) => {
  for (const [index, { entry, writer }] of streams(world).entries()) {
    const group = GROUP + index;
    const memory = filledList(world, ring, group, 4, 3);
    ring.submit({ [index]: entry(group) });
    ring.expectQuiet();
    equal("buffers while it waits", drainList(ring, group), 3);
    ring.submit({ 80: provide(group, memory, 4) });
    ring.expect({ 80: 0 });

    world.write(writer, "abcdefgh");
    ring.expectNext(index, shotIn(0, 4));
    ring.expectNext(index, shotIn(1, 4));
    world.closeFd(writer);
    ring.expectNext(index, 0);

    equal("buffers left", drainList(ring, group), 1);
  }
});

scenario("MSHOT-14 MSHOT-33", "an error gives the buffer of a list back", (world, ring) => {
  for (const [index, { entry, writer }] of streams(world).entries()) {
    const group = GROUP + index;
    ring.submit({ 80: provideAt(group, UNMAPPED, 16, 1, 0) });
    ring.expect({ 80: 0 });
    world.write(writer, "x");

    ring.submit({ [index]: entry(group) });

    ring.expect({ [index]: "EFAULT" });
    equal("buffers left", drainList(ring, group), 1);
  }
});

scenario("MSHOT-35", "the end behind turns is not told", WHOLE, (world, ring) => {
  const [socket, other] = world.socketPair();
  BufferRing.filled(world, ring, 8, 8, { flags: IOU_PBUF_RING_INC });
  world.write(other, "0123456789");
  world.closeFd(other);

  ring.submit({ 1: recvBundle(socket, GROUP, 4, IORING_RECV_MULTISHOT) });
  ring.expectNext(1, shotIn(0, 4, IORING_CQE_F_BUF_MORE));
  ring.expectNext(1, shotIn(0, 4));
  ring.expectNext(1, shotIn(1, 2, IORING_CQE_F_BUF_MORE));
  ring.expectQuiet();

  ring.submit({ 2: cancel(1) });
  ring.expect({ 1: "ECANCELED", 2: 0 });
});

scenario(
  "MSHOT-36",
  "33 shots come at once, the others with GETEVENTS",
  { whole: true, rings: "deferred", cqEntries: 64 },
  (world, ring) => {
    const { writer, entry } = streams(world)[1] as Stream;
    BufferRing.filled(world, ring, 64, 1, { entries: 64 });
    world.write(writer, "x".repeat(40));

    ring.publish({ 1: entry() });
    equal("enter", ring.enter(1), 1);

    equal("completions", ring.queue.ready, 33);
    for (let id = 0; id < 40; id++) ring.expectNext(1, shotIn(id, 1));
  },
);
