/** Chapter BUF: SEND with provided buffers, and bundles of buffers in one transfer. */
import { IORING_CQE_F_SOCK_NONEMPTY } from "../../spec/abi/cqe.ts";
import { SHUT_RD } from "../../spec/abi/linux.ts";
import { IOU_PBUF_RING_INC } from "../../spec/abi/register.ts";
import { IORING_OP_RECVMSG, IORING_OP_SENDMSG } from "../../spec/abi/opcodes.ts";
import { IORING_RECV_MULTISHOT, IORING_RECVSEND_BUNDLE, SQE_IOPRIO } from "../../spec/abi/sqe.ts";
import { encodeEntry } from "../../src/queue/index.ts";
import type { World } from "../worlds/world.ts";
import { chapter } from "./harness/chapter.ts";
import {
  BufferRing,
  drainList,
  filledList,
  headOf,
  inBuffer,
  partOf,
  recvBundle,
  recvMultishot,
  selecting,
  sendBundle,
  sendSelect,
  shotIn,
} from "./harness/buffers.ts";
import { cancel } from "./harness/control-entries.ts";
import { async, link, set16 } from "./harness/entries.ts";
import { anyOf, check, equal } from "./harness/expectation.ts";
import { fileWith } from "./harness/fixtures.ts";
import { recvTo, shutdown } from "./harness/socket-entries.ts";

const scenario = await chapter();

const WHOLE = { whole: true };
const GROUP = 1;
const TEXT = "0123456789abcdefghijklmnopqrstuvwxyz";

const arrived = (world: World, fd: number): string => {
  const bytes = world.read(fd, 100);
  return typeof bytes === "number" ? `errno ${-bytes}` : new TextDecoder().decode(bytes);
};

scenario("BUF-34", "a missing group is another error for SEND and bundles", (world, ring) => {
  const [socket] = world.socketPair();
  BufferRing.open(world, ring);
  filledList(world, ring, 2, 16, 1);
  drainList(ring, 2);

  ring.submit({ 1: sendSelect(socket, 9), 2: recvBundle(socket, 9), 3: sendBundle(socket, 9) });
  ring.submit({ 4: sendSelect(socket, GROUP), 5: recvBundle(socket, GROUP) });
  ring.submit({ 6: sendSelect(socket, 2), 7: recvBundle(socket, 2) });

  ring.expect({ 1: "ENOENT", 2: "ENOENT", 3: "ENOENT" });
  ring.expect({ 4: "ENOBUFS", 5: "ENOBUFS", 6: "ENOBUFS", 7: "ENOBUFS" });
});

scenario("BUF-61", "SEND sends a buffer of a ring, or part of it", WHOLE, (world, ring) => {
  const [socket, other] = world.socketPair();
  const { ring: group, bytes } = BufferRing.filled(world, ring, 3, 10);
  bytes.bytes.set(new TextEncoder().encode(TEXT.slice(0, 30)));

  ring.submit({ 1: sendSelect(socket, GROUP, 4) });
  ring.expect({ 1: inBuffer(0, 4) });
  ring.submit({ 2: sendSelect(socket, GROUP, 100) });
  ring.expect({ 2: inBuffer(1, 10) });
  ring.submit({ 3: sendSelect(socket, GROUP) });
  ring.expect({ 3: inBuffer(2, 10) });

  equal("head", headOf(world, ring, GROUP), 3);
  equal("the length in the entry", group.lengthAt(0), 10);
  check("the bytes arrive", arrived(world, other) === `0123${TEXT.slice(10, 30)}`);
});

scenario("BUF-62", "SEND sends all of a buffer of a list", WHOLE, (world, ring) => {
  const [socket, other] = world.socketPair();
  const memory = filledList(world, ring, GROUP, 16, 2);
  memory.bytes.set(new TextEncoder().encode(TEXT.slice(0, 32)));

  ring.submit({ 1: sendSelect(socket, GROUP, 5) });

  ring.expect({ 1: inBuffer(0, 16) });
  check("the bytes arrive", arrived(world, other) === TEXT.slice(0, 16));
});

scenario("BUF-63", "a SEND that fails uses up its buffer", (world, ring) => {
  const [socket, other] = world.socketPair();
  BufferRing.filled(world, ring, 2, 10);
  filledList(world, ring, 2, 16, 2);
  world.closeFd(other);

  ring.submit({ 1: sendSelect(socket, GROUP), 2: sendSelect(socket, 2) });

  ring.expect({ 1: inBuffer(0, "EPIPE"), 2: inBuffer(0, "EPIPE") });
  equal("head", headOf(world, ring, GROUP), 1);
  equal("buffers in the list", drainList(ring, 2), 1);
});

scenario("BUF-21", "a bundle fills buffer after buffer", WHOLE, (world, ring) => {
  const [socket, other] = world.socketPair();
  const { bytes } = BufferRing.filled(world, ring, 5, 8);
  world.write(other, TEXT.slice(0, 24));

  ring.submit({ 1: recvBundle(socket, GROUP) });

  ring.expect({ 1: inBuffer(0, 24) });
  equal("head", headOf(world, ring, GROUP), 3);
  check("the bytes lie in them", bytes.text(24) === TEXT.slice(0, 24));
});

scenario(
  "BUF-21 BUF-64",
  "a bundle that waited takes whole buffers as well",
  WHOLE,
  (world, ring) => {
    const [socket, other] = world.socketPair();
    BufferRing.filled(world, ring, 5, 8);
    ring.submit({ 1: recvBundle(socket, GROUP) });
    ring.expectQuiet();
    equal("head while it waits", headOf(world, ring, GROUP), 0);

    world.write(other, TEXT.slice(0, 20));

    ring.expect({ 1: inBuffer(0, 16) });
    equal("head", headOf(world, ring, GROUP), 2);
  },
);

scenario("BUF-64", "len limits a bundle to whole buffers", WHOLE, (world, ring) => {
  const [socket, other] = world.socketPair();
  const { ring: group } = BufferRing.filled(world, ring, 5, 16);
  world.write(other, TEXT);

  ring.submit({ 1: recvBundle(socket, GROUP, 20) });
  ring.expect({ 1: inBuffer(0, 16) });
  ring.submit({ 2: recvBundle(socket, GROUP, 4) });
  ring.expect({ 2: inBuffer(1, 4) });

  equal("head", headOf(world, ring, GROUP), 2);
  equal("the length in the entry", group.lengthAt(1), 16);
});

scenario("BUF-65", "a list gives two buffers to a bundle", WHOLE, (world, ring) => {
  const [socket, other] = world.socketPair();
  filledList(world, ring, GROUP, 4, 3);
  world.write(other, TEXT.slice(0, 10));

  ring.submit({ 1: recvBundle(socket, GROUP) });

  ring.expect({ 1: inBuffer(0, 8) });
  equal("buffers left", drainList(ring, GROUP), 1);
});

scenario("BUF-66", "a bundle over pieces tells whether one is left", WHOLE, (world, ring) => {
  const [socket, other] = world.socketPair();
  const { ring: group } = BufferRing.filled(world, ring, 4, 10, { flags: IOU_PBUF_RING_INC });
  world.write(other, TEXT.slice(0, 13));
  ring.submit({ 1: recvBundle(socket, GROUP) });
  ring.expect({ 1: partOf(0, 13) });
  equal("head", headOf(world, ring, GROUP), 1);
  equal("length of the second", group.lengthAt(1), 7);

  world.write(other, TEXT.slice(0, 17));
  ring.submit({ 2: recvBundle(socket, GROUP) });

  ring.expect({ 2: inBuffer(1, 17) });
});

scenario("BUF-67", "a bundle SEND goes on until the group is empty", WHOLE, (world, ring) => {
  const [socket, other] = world.socketPair();
  const { bytes } = BufferRing.filled(world, ring, 3, 10);
  bytes.bytes.set(new TextEncoder().encode(TEXT.slice(0, 30)));

  ring.submit({ 1: sendBundle(socket, GROUP, 15) });

  ring.expectNext(1, shotIn(0, 10));
  ring.expectNext(1, inBuffer(1, 20));
  check("the bytes arrive", arrived(world, other) === TEXT.slice(0, 30));
  ring.submit({ 2: sendBundle(socket, GROUP) });
  ring.expect({ 2: "ENOBUFS" });
});

scenario("BUF-67", "without a limit all goes in one bundle", WHOLE, (world, ring) => {
  const [socket, other] = world.socketPair();
  const { bytes } = BufferRing.filled(world, ring, 3, 10);
  bytes.bytes.set(new TextEncoder().encode(TEXT.slice(0, 30)));

  ring.submit({ 1: sendBundle(socket, GROUP) });

  ring.expect({ 1: inBuffer(0, 30) });
  check("the bytes arrive", arrived(world, other) === TEXT.slice(0, 30));
});

scenario("BUF-67 BUF-62", "a bundle of a list goes buffer by buffer", WHOLE, (world, ring) => {
  const [socket, other] = world.socketPair();
  const memory = filledList(world, ring, GROUP, 10, 3);
  memory.bytes.set(new TextEncoder().encode(TEXT.slice(0, 30)));

  ring.submit({ 1: sendBundle(socket, GROUP, 5) });

  ring.expectNext(1, shotIn(0, 10));
  ring.expectNext(1, shotIn(1, 10));
  ring.expectNext(1, inBuffer(2, 10));
  check("the bytes arrive", arrived(world, other) === TEXT.slice(0, 30));
});

scenario("BUF-76", "a receive into its own buffer does not bundle", (world, ring) => {
  const [socket, other] = world.socketPair();
  world.write(other, "ab");
  const memory = world.memory.allocate(2);

  ring.submit({
    1: set16(SQE_IOPRIO, IORING_RECVSEND_BUNDLE, recvTo(socket, memory.address, 1)),
  });

  const { res, flags } = ring.next(1);
  equal("bytes", res, 1);
  equal("flags", flags, IORING_CQE_F_SOCK_NONEMPTY);
  check("one byte is left", arrived(world, socket) === "b");
});

scenario("BUF-68", "messages do not bundle", (world, ring) => {
  const [socket] = world.socketPair();
  const header = world.memory.allocate(56);
  const bundled = (opcode: number): Parameters<typeof set16>[2] =>
    set16(SQE_IOPRIO, IORING_RECVSEND_BUNDLE, (sqes, at) =>
      encodeEntry(sqes, at, opcode, socket, 0, header.address, 1, 0),
    );

  ring.submit({ 1: selecting(GROUP, bundled(IORING_OP_RECVMSG)) });
  ring.submit({ 2: bundled(IORING_OP_RECVMSG) });
  ring.submit({ 3: bundled(IORING_OP_SENDMSG) });
  // That it selects is refused before anybody looks at the bundle.
  ring.submit({ 4: selecting(GROUP, bundled(IORING_OP_SENDMSG)) });

  ring.expect({ 1: "EINVAL", 2: "EINVAL", 3: "EINVAL", 4: "EOPNOTSUPP" });
});

scenario("MSHOT-17", "a multishot bundle may end with the last buffer", WHOLE, (world, ring) => {
  const [socket, other] = world.socketPair();
  BufferRing.filled(world, ring, 1, 8);
  ring.submit({
    1: set16(SQE_IOPRIO, IORING_RECV_MULTISHOT | IORING_RECVSEND_BUNDLE, recvMultishot(socket, 1)),
  });

  world.write(other, "abc");

  ring.expect({ 1: inBuffer(0, 3) });
});

scenario("BUF-21 MSHOT-9", "a multishot bundle takes all that is there", WHOLE, (world, ring) => {
  const [socket, other] = world.socketPair();
  BufferRing.filled(world, ring, 8, 8);
  ring.submit({
    1: set16(SQE_IOPRIO, IORING_RECV_MULTISHOT | IORING_RECVSEND_BUNDLE, recvMultishot(socket, 1)),
  });

  world.write(other, TEXT.slice(0, 20));
  ring.expectNext(1, shotIn(0, 16));
  ring.expectNext(1, shotIn(2, 4));
  world.write(other, "abc");

  ring.expectNext(1, shotIn(3, 3));
  equal("head", headOf(world, ring, GROUP), 4);
});

scenario("BUF-63 BUF-67", "a bundle that fails uses up what it picked", (world, ring) => {
  const [socket, other] = world.socketPair();
  BufferRing.filled(world, ring, 4, 10);
  ring.submit({ 1: shutdown(other, SHUT_RD) });
  ring.expect({ 1: 0 });

  ring.submit({ 2: sendBundle(socket, GROUP, 25) });

  ring.expect({ 2: inBuffer(0, "EPIPE") });
  equal("head", headOf(world, ring, GROUP), 2);
});

scenario("ND-29", "room of an earlier bundle may be used", WHOLE, (world, ring) => {
  const [socket, other] = world.socketPair();
  BufferRing.filled(world, ring, 6, 16);
  BufferRing.filled(world, ring, 3, 16, { group: 2 });
  world.write(other, "x".repeat(48));
  ring.submit({ 1: recvBundle(socket, GROUP) });
  ring.expect({ 1: inBuffer(0, 48) });
  world.write(other, "x".repeat(17));

  ring.submit({ 2: recvBundle(socket, GROUP) });

  const { res } = ring.next(2);
  check("one buffer, or two", res === 16 || res === 17);
  if (res === 16) world.read(socket, 1);
  world.write(other, "x");
  ring.submit({ 3: recvBundle(socket, 2, 0, IORING_RECV_MULTISHOT) });
  ring.expectNext(3, anyOf(inBuffer(0, 1), shotIn(0, 1)));
});

scenario("BUF-71", "a bundle SEND does not run on a worker", (world, ring) => {
  const [socket] = world.socketPair();
  const fd = fileWith(world, "abc");
  BufferRing.filled(world, ring, 3, 10);

  ring.submit({ 1: async(sendBundle(socket, GROUP)), 2: async(sendBundle(fd, GROUP)) });

  ring.expect({ 1: "ECANCELED", 2: "EBADFD" });
  equal("head", headOf(world, ring, GROUP), 0);
});

scenario("BUF-71", "a bundle SEND at an open end waits for room", WHOLE, (world, ring) => {
  const [socket, other] = world.socketPair();
  BufferRing.filled(world, ring, 3, 10);
  ring.submit({ 1: link(sendBundle(socket, GROUP)) });
  ring.expect({ 1: "ECANCELED" });
  const chunk = "x".repeat(1000);
  while (world.write(socket, chunk) > 0);

  ring.submit({ 2: link(sendBundle(socket, GROUP)) });
  ring.expectQuiet();
  ring.submit({ 3: cancel(2) });
  ring.expect({ 2: "ECANCELED", 3: 0 });
  ring.submit({ 4: link(sendBundle(socket, GROUP)) });
  ring.expectQuiet();
  while (typeof world.read(other, 100_000) !== "number");

  ring.expect({ 4: inBuffer(0, 30) });
});
