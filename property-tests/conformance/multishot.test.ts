/** Chapter MSHOT: what the multishot operations have in common. */
import { IORING_CQE_F_MORE } from "../../spec/abi/cqe.ts";
import { IORING_ENTER_GETEVENTS } from "../../spec/abi/enter.ts";
import { MSG_DONTWAIT, MSG_WAITALL, O_RDONLY, RWF_NOWAIT } from "../../spec/abi/linux.ts";
import { IORING_OP_SENDMSG } from "../../spec/abi/opcodes.ts";
import {
  IORING_RECV_MULTISHOT,
  IOSQE_CQE_SKIP_SUCCESS,
  SQE_ADDR,
  SQE_FLAGS,
  SQE_IOPRIO,
  SQE_LEN,
  SQE_OP_FLAGS,
} from "../../spec/abi/sqe.ts";
import { encodeEntry } from "../../src/queue/index.ts";
import { UNMAPPED } from "../worlds/memory.ts";
import { chapter } from "./harness/chapter.ts";
import {
  BufferRing,
  headOf,
  readMultishot,
  recvBundle,
  recvMultishot,
  shotIn,
} from "./harness/buffers.ts";
import { cancel } from "./harness/control-entries.ts";
import { async, flagged, link, nop, set16, set32, set8 } from "./harness/entries.ts";
import { check, equal } from "./harness/expectation.ts";
import { fileWith } from "./harness/fixtures.ts";
import { send } from "./harness/socket-entries.ts";
import { streams } from "./harness/streams.ts";

const scenario = await chapter();

const WHOLE = { whole: true };
const GROUP = 1;

scenario("MSHOT-1 MSHOT-2 NET-12 BUF-20", "F_MORE says that more comes", WHOLE, (world, ring) => {
  BufferRing.filled(world, ring, 8, 4);
  let id = 0;
  for (const { entry, writer } of streams(world)) {
    ring.submit({ 1: entry() });
    ring.expectQuiet();
    world.write(writer, "a");
    ring.expectNext(1, shotIn(id, 1));
    world.write(writer, "bc");
    ring.expectNext(1, shotIn(id + 1, 2));
    ring.expectPending(1);

    world.closeFd(writer);
    ring.expect({ 1: 0 });
    ring.submit({ 2: cancel(1) });
    ring.expect({ 2: "ENOENT" });
    id += 2;
  }
});

scenario("MSHOT-3", "nothing that sends is multishot", (world, ring) => {
  const [socket] = world.socketPair();
  const header = world.memory.allocate(56);
  const memory = world.memory.of("x");

  ring.submit({
    1: set16(SQE_IOPRIO, IORING_RECV_MULTISHOT, send(socket, memory)),
    2: set16(SQE_IOPRIO, IORING_RECV_MULTISHOT, (sqes, at) => {
      encodeEntry(sqes, at, IORING_OP_SENDMSG, socket, 0, header.address, 1, 0);
    }),
  });

  ring.expect({ 1: "EINVAL", 2: "EINVAL" });
});

scenario("MSHOT-5", "READ_MULTISHOT picks its buffers and takes little else", (world, ring) => {
  const { read: fd } = world.pipe();
  BufferRing.filled(world, ring, 2, 4);
  const entry = readMultishot(fd, GROUP);

  ring.submit({
    1: set8(SQE_FLAGS, 0, entry),
    2: set32(SQE_ADDR, 1, entry),
    3: set32(SQE_LEN, 1, entry),
    4: set16(SQE_IOPRIO, 0x4000, entry),
  });

  ring.expect({ 1: "EINVAL", 2: "EINVAL", 3: "EINVAL", 4: "EINVAL" });
});

scenario("MSHOT-6", "READ_MULTISHOT needs a file that can be polled", (world, ring) => {
  const fd = fileWith(world, "abc");
  world.makeDirectory(world.tempPath("directory"));
  const directory = world.open(world.tempPath("directory"), O_RDONLY);
  BufferRing.filled(world, ring, 2, 4);

  ring.submit({ 1: readMultishot(fd, GROUP), 2: readMultishot(directory, 99) });
  ring.submit({ 3: async(readMultishot(fd, GROUP)), 4: readMultishot(-1, GROUP) });

  ring.expect({ 1: "EBADFD", 2: "EBADFD", 3: "EBADFD", 4: "EBADF" });
  equal("head", headOf(world, ring, GROUP), 0);
});

scenario("MSHOT-7", "a multishot RECV picks its buffers and fills none", (world, ring) => {
  const [socket] = world.socketPair();
  BufferRing.filled(world, ring, 2, 4);
  const entry = recvMultishot(socket, GROUP);

  ring.submit({ 1: set8(SQE_FLAGS, 0, entry), 2: set32(SQE_OP_FLAGS, MSG_WAITALL, entry) });

  ring.expect({ 1: "EINVAL", 2: "EINVAL" });
});

scenario("MSHOT-8 MSHOT-10", "what is there is delivered by the submit", WHOLE, (world, ring) => {
  for (const [index, { entry, writer }] of streams(world).entries()) {
    const group = GROUP + index;
    const { bytes } = BufferRing.filled(world, ring, 4, 16, { group });
    const text = "0123456789abcdefghijklmnopqrstuvwxyzABCD";
    world.write(writer, text);

    ring.submit({ [index]: entry(group) });

    ring.enter(0, 0, IORING_ENTER_GETEVENTS);
    equal("completions", ring.queue.ready, 3);
    ring.expectNext(index, shotIn(0, 16));
    ring.expectNext(index, shotIn(1, 16));
    ring.expectNext(index, shotIn(2, 8));
    check("the stream lies in the buffers", bytes.text(40) === text);
  }
});

scenario("MSHOT-9 MSHOT-10", "a wake-up delivers all that is there", WHOLE, (world, ring) => {
  for (const [index, { entry, writer }] of streams(world).entries()) {
    const group = GROUP + index;
    BufferRing.filled(world, ring, 4, 16, { group });
    ring.submit({ [index]: entry(group) });
    ring.expectQuiet();

    world.write(writer, "x".repeat(19));

    ring.expectNext(index, shotIn(0, 16));
    ring.expectNext(index, shotIn(1, 3));
  }
});

scenario(
  "MSHOT-9",
  "however many shots that takes",
  { ...WHOLE, cqEntries: 128 },
  (world, ring) => {
    for (const [index, { entry, writer }] of streams(world).entries()) {
      const group = GROUP + index;
      BufferRing.filled(world, ring, 64, 1, { group, entries: 64 });
      world.write(writer, "x".repeat(50));

      ring.submit({ [index]: entry(group) });

      for (let id = 0; id < 50; id++) ring.expectNext(index, shotIn(id, 1));
      ring.expectPending(index);
    }
  },
);

scenario("MSHOT-11 MSHOT-31", "the end of a stream ends it", WHOLE, (world, ring) => {
  BufferRing.filled(world, ring, 4, 16);
  for (const { entry, writer } of streams(world)) {
    ring.submit({ 1: entry() });
    ring.expectQuiet();
    world.closeFd(writer);
    ring.expect({ 1: 0 });
  }

  equal("head", headOf(world, ring, GROUP), 0);
});

scenario("MSHOT-11", "behind the data that is there", WHOLE, (world, ring) => {
  BufferRing.filled(world, ring, 4, 16);
  let id = 0;
  for (const { entry, writer } of streams(world)) {
    world.write(writer, "abc");
    world.closeFd(writer);

    ring.submit({ 1: entry() });

    ring.expectNext(1, shotIn(id, 3));
    ring.expectNext(1, 0);
    id += 1;
  }
});

scenario("MSHOT-14 MSHOT-31", "an error ends it, and leaves the buffer", (world, ring) => {
  for (const [index, { entry, writer }] of streams(world).entries()) {
    const group = BufferRing.open(world, ring, { group: GROUP + index });
    group.add(UNMAPPED, 16, 0);
    world.write(writer, "x");

    ring.submit({ [index]: entry(GROUP + index) });

    ring.expect({ [index]: "EFAULT" });
    equal("head", headOf(world, ring, GROUP + index), 0);
  }
});

scenario("MSHOT-14", "READ_MULTISHOT of what cannot be read fails", (world, ring) => {
  const { write } = world.pipe();
  BufferRing.filled(world, ring, 2, 4);

  ring.submit({ 1: readMultishot(write, GROUP), 2: readMultishot(write, GROUP, -2) });

  ring.expect({ 1: "EBADF", 2: "EBADF" });
  equal("head", headOf(world, ring, GROUP), 0);
});

scenario("MSHOT-15 MSHOT-25", "data without a buffer ends it, and stays", WHOLE, (world, ring) => {
  for (const [index, { entry, writer }] of streams(world).entries()) {
    const group = GROUP + index;
    const { ring: buffers, bytes } = BufferRing.filled(world, ring, 1, 2, { group });
    ring.submit({ [index]: entry(group) });
    ring.expectQuiet();

    world.write(writer, "abc");
    ring.expectNext(index, shotIn(0, 2));
    ring.expectNext(index, "ENOBUFS");
    world.write(writer, "d");
    buffers.add(bytes.address, 2, 9);
    ring.submit({ [index]: entry(group) });

    ring.expectNext(index, shotIn(9, 2));
    check("what came in between is first", bytes.text(2) === "cd");
  }
});

scenario("MSHOT-16", "the last buffer does not end it", WHOLE, (world, ring) => {
  for (const [index, { entry, writer }] of streams(world).entries()) {
    const group = GROUP + index;
    const { ring: buffers, bytes } = BufferRing.filled(world, ring, 1, 2, { group });
    ring.submit({ [index]: entry(group) });
    world.write(writer, "a");
    ring.expectNext(index, shotIn(0, 1));
    ring.expectQuiet();

    buffers.add(bytes.address, 2, 9);
    world.write(writer, "b");

    ring.expectNext(index, shotIn(9, 1));
  }
});

scenario("MSHOT-18", "without a buffer it is not armed", (world, ring) => {
  const [read, recv] = streams(world);
  const [socket] = world.socketPair();
  BufferRing.open(world, ring);
  if (read === undefined || recv === undefined) throw new Error("there are two streams");

  ring.submit({ 1: read.entry(), 2: recv.entry(), 3: read.entry(99), 4: recv.entry(99) });
  ring.submit({ 5: recvBundle(socket, 99, 0, IORING_RECV_MULTISHOT) });

  ring.expect({ 1: "ENOBUFS", 2: "ENOBUFS", 3: "ENOBUFS", 4: "ENOBUFS", 5: "ENOENT" });
});

scenario("MSHOT-19", "one that may not wait ends when it finds nothing", WHOLE, (world, ring) => {
  const [read, recv] = streams(world);
  if (read === undefined || recv === undefined) throw new Error("there are two streams");
  BufferRing.filled(world, ring, 4, 4);
  const hasty = {
    1: set32(SQE_OP_FLAGS, RWF_NOWAIT, read.entry()),
    2: set32(SQE_OP_FLAGS, MSG_DONTWAIT, recv.entry()),
  };

  ring.submit(hasty);
  ring.expect({ 1: "EAGAIN", 2: "EAGAIN" });
  world.write(read.writer, "a");
  world.write(recv.writer, "b");
  ring.submit(hasty);

  ring.expectNext(1, shotIn(0, 1));
  ring.expectNext(1, "EAGAIN");
  ring.expectNext(2, shotIn(1, 1));
  ring.expectNext(2, "EAGAIN");
});

scenario("MSHOT-20 MSHOT-31", "a cancelled one takes nothing more", (world, ring) => {
  BufferRing.filled(world, ring, 4, 4);
  for (const { entry, writer, fd } of streams(world)) {
    ring.submit({ 1: entry() });
    ring.expectQuiet();

    ring.submit({ 2: cancel(1) });
    ring.expect({ 1: "ECANCELED", 2: 0 });
    world.write(writer, "abc");

    check("the data stays", (world.read(fd, 9) as Uint8Array).length === 3);
  }
  equal("head", headOf(world, ring, GROUP), 0);
});

scenario("MSHOT-26", "closing the descriptor does not end it", WHOLE, (world, ring) => {
  BufferRing.filled(world, ring, 4, 4);
  let id = 0;
  for (const { entry, writer, fd } of streams(world)) {
    ring.submit({ 1: entry() });
    ring.expectQuiet();

    world.closeFd(fd);
    world.write(writer, "abc");
    ring.expectNext(1, shotIn(id, 3));
    world.closeFd(writer);

    ring.expectNext(1, 0);
    id += 1;
  }
});

scenario("MSHOT-27", "the end of a stream is no failure", WHOLE, (world, ring) => {
  BufferRing.filled(world, ring, 4, 4);
  for (const { entry, writer } of streams(world)) {
    ring.submit({ 1: link(entry()), 2: nop() });
    world.write(writer, "abc");
    ring.next(1);
    world.closeFd(writer);
    ring.expect({ 1: 0, 2: 0 });
  }
});

scenario("MSHOT-27", "an error and a cancellation are", (world, ring) => {
  BufferRing.filled(world, ring, 4, 4);
  for (const { entry } of streams(world)) {
    ring.submit({ 1: link(entry()), 2: nop() });
    ring.submit({ 3: cancel(1) });
    ring.expect({ 1: "ECANCELED", 2: "ECANCELED", 3: 0 });
    ring.submit({ 4: link(entry(99)), 5: nop() });
    ring.expect({ 4: "ENOBUFS", 5: "ECANCELED" });
  }
});

scenario("MSHOT-28", "CQE_SKIP_SUCCESS hides the end and nothing else", WHOLE, (world, ring) => {
  BufferRing.filled(world, ring, 4, 4);
  let id = 0;
  for (const [index, { entry, writer }] of streams(world).entries()) {
    ring.submit({ [index]: flagged(IOSQE_CQE_SKIP_SUCCESS, entry()) });
    world.write(writer, "abc");
    ring.expectNext(index, shotIn(id, 3));
    id += 1;
    world.closeFd(writer);
    world.settle();
    ring.expectQuiet();
    ring.submit({ 2: cancel(index) });
    ring.expect({ 2: "ENOENT" });

    ring.submit({ 3: flagged(IOSQE_CQE_SKIP_SUCCESS, entry(99)) });
    ring.expect({ 3: "ENOBUFS" });
  }
});

scenario("MSHOT-29", "IOSQE_ASYNC changes nothing of what comes", WHOLE, (world, ring) => {
  for (const [index, { entry, writer }] of streams(world).entries()) {
    const group = GROUP + index;
    BufferRing.filled(world, ring, 8, 4, { group });
    world.write(writer, "abcdef");

    ring.submit({ [index]: async(entry(group)) });

    ring.expectNext(index, shotIn(0, 4));
    ring.expectNext(index, shotIn(1, 2));
    world.write(writer, "gh");
    ring.expectNext(index, shotIn(2, 2));
    world.closeFd(writer);
    ring.expectNext(index, 0);
  }
});

scenario("MSHOT-32", "with IOSQE_ASYNC nothing is tried before data comes", (world, ring) => {
  const pipe = world.pipe();
  ring.submit({ 1: async(recvMultishot(pipe.read, 99)), 2: async(readMultishot(pipe.read, 99)) });
  ring.submit({ 3: async(readMultishot(pipe.write, 99)) });
  ring.expectQuiet();

  world.write(pipe.write, "x");

  ring.expect({ 1: "ENOTSOCK", 2: "ENOBUFS" });
  ring.expectPending(3);
});

scenario("MSHOT-30", "each byte goes to one request", WHOLE, (world, ring) => {
  for (const [index, { entry, writer }] of streams(world).entries()) {
    const group = GROUP + index;
    BufferRing.filled(world, ring, 16, 1, { group, entries: 16 });
    ring.submit({ 1: entry(group), 2: entry(group) });
    ring.expectQuiet();
    for (let count = 0; count < 4; count++) world.write(writer, "x");

    const ids = new Set<number>();
    for (let count = 0; count < 4; count++) {
      const { res, flags } = ring.nextOf([1, 2]);
      check("a shot of one byte", res === 1 && (flags & IORING_CQE_F_MORE) !== 0);
      ids.add(flags >>> 16);
    }

    check("in a buffer of its own", ids.size === 4);
    ring.submit({ 3: cancel(1), 4: cancel(2) });
    ring.expect({ 1: "ECANCELED", 2: "ECANCELED", 3: 0, 4: 0 });
  }
});
