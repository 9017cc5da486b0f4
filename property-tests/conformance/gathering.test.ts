/** Chapter NET: MSG_WAITALL, and sends of several pieces. */
import { expect } from "vitest";
import { MSG_DONTWAIT, MSG_WAITALL, SHUT_WR } from "../../spec/abi/linux.ts";
import { IOSQE_BUFFER_SELECT } from "../../spec/abi/sqe.ts";
import { UNMAPPED, type Memory } from "../worlds/memory.ts";
import { BufferRing, inBuffer } from "./harness/buffers.ts";
import { chapter } from "./harness/chapter.ts";
import { connection } from "./harness/connections.ts";
import { cancel } from "./harness/control-entries.ts";
import { async, flagged, link, nop } from "./harness/entries.ts";
import { check } from "./harness/expectation.ts";
import { sendVectors } from "./harness/message-entries.ts";
import { recv, send, shutdown } from "./harness/socket-entries.ts";
import type { TestRing } from "./harness/test-ring.ts";

const scenario = await chapter();

const WHOLE = { whole: true };
const MEBIBYTE = 1 << 20;

/** Receives until so many bytes have come. */
function receiveAll(ring: TestRing, fd: number, target: Memory, count: number): void {
  for (let got = 0; got < count;) {
    ring.submit({ 9: recv(fd, target) });
    const { res } = ring.next(9);
    check("bytes come", res > 0);
    got += res;
  }
}

scenario("NET-40", "gathering that ends early is a failure to a chain", (world, ring) => {
  const [one, other] = world.socketPair();
  ring.submit({ 1: link(recv(one, world.memory.allocate(6), MSG_WAITALL)), 2: nop() });
  ring.expectPending(1);
  world.write(other, "abc");

  ring.submit({ 3: shutdown(other, SHUT_WR) });

  ring.expect({ 1: 3, 2: "ECANCELED", 3: 0 });
});

scenario("NET-40", "a short receive without it is none", (world, ring) => {
  const [one, other] = world.socketPair();
  world.write(other, "a");

  ring.submit({ 1: link(recv(one, world.memory.allocate(6))), 2: nop() });

  ring.expect({ 1: 1, 2: 0 });
});

scenario(
  "NET-8 NET-40",
  "what was gathered before a cancellation is told",
  WHOLE,
  (world, ring) => {
    const [one, other] = world.socketPair();
    ring.submit({ 1: link(recv(one, world.memory.allocate(6), MSG_WAITALL)), 2: nop() });
    ring.expectPending(1);
    world.write(other, "abc");
    ring.expectQuiet();

    ring.submit({ 3: cancel(1) });

    ring.expect({ 1: 3, 2: "ECANCELED", 3: 0 });
  },
);

scenario("NET-41", "with MSG_WAITALL a send goes on until all is sent", (world, ring) => {
  const source = world.memory.allocate(MEBIBYTE);
  const target = world.memory.allocate(1 << 16);
  for (const [one, other] of [world.socketPair(), connection(world, ring)]) {
    ring.submit({ 1: send(one, source, MSG_WAITALL) });

    receiveAll(ring, other, target, MEBIBYTE);

    ring.expect({ 1: MEBIBYTE });
  }
});

scenario("NET-41", "without it, or if it may not wait, it sends what fits", (world, ring) => {
  const source = world.memory.allocate(8 * MEBIBYTE);
  const [one] = world.socketPair();
  const [another] = world.socketPair();

  const hasty = send(another, source, MSG_WAITALL | MSG_DONTWAIT);
  ring.submit({ 1: send(one, source), 2: link(hasty), 3: nop() });

  for (const { res } of [ring.next(1), ring.next(2)]) {
    check("a part is sent", res > 0 && res < source.byteLength);
  }
  ring.expect({ 3: "ECANCELED" });
});

scenario("NET-42", "with MSG_DONTWAIT it takes what is there", WHOLE, (world, ring) => {
  const [one, other] = world.socketPair();
  world.write(other, "abc");
  const target = world.memory.allocate(10);

  ring.submit({ 1: recv(one, target, MSG_WAITALL | MSG_DONTWAIT) });
  ring.expect({ 1: 3 });
  ring.submit({ 2: recv(one, target, MSG_WAITALL | MSG_DONTWAIT) });

  ring.expect({ 2: "EAGAIN" });
});

scenario("NET-39", "a send of vectors joins what they name", WHOLE, (world, ring) => {
  const [one, other] = world.socketPair();
  const pieces = ["ab", "", "cde"].map((text) => world.memory.of(text));
  const vectors = world.memory.iovecs(
    pieces.map(({ address }, index) => [address, [2, 0, 3][index] ?? 0]),
  );

  ring.submit({ 1: sendVectors(one, vectors.address, 3), 2: sendVectors(one, UNMAPPED, 0) });

  ring.expect({ 1: 5, 2: 0 });
  expect(new TextDecoder().decode(world.read(other, 9) as Uint8Array)).toBe("abcde");
});

scenario("NET-39", "vectors that cannot be had are refused", (world, ring) => {
  const [one] = world.socketPair();
  const byte = world.memory.of("x");
  const many = world.memory.iovecs(Array.from({ length: 1025 }, () => [byte.address, 1] as const));
  const negative = world.memory.iovecs([[byte.address, -1]]);
  const nowhere = world.memory.iovecs([[UNMAPPED, 1]]);

  ring.submit({ 1: sendVectors(one, UNMAPPED, 1), 2: sendVectors(-1, UNMAPPED, 1) });
  ring.submit({ 3: sendVectors(one, many.address, 1025), 4: sendVectors(-1, many.address, 1025) });
  ring.submit({
    5: sendVectors(one, negative.address, 1),
    6: sendVectors(one, nowhere.address, 1),
  });

  ring.expect({ 1: "EFAULT", 2: "EFAULT", 3: "EINVAL", 4: "EINVAL", 5: "EINVAL", 6: "EFAULT" });
});

scenario("NET-39", "the vectors are copied at submission", WHOLE, (world, ring) => {
  const [one, other] = world.socketPair();
  const [first, second] = [world.memory.of("abc"), world.memory.of("xyz")];
  const vectors = world.memory.iovecs([[first.address, 3]]);

  ring.submit({ 1: async(sendVectors(one, vectors.address, 1)) });
  vectors.bytes.set(world.memory.iovecs([[second.address, 3]]).bytes);

  ring.expect({ 1: 3 });
  expect(new TextDecoder().decode(world.read(other, 9) as Uint8Array)).toBe("abc");
});

scenario("NET-39", "with a selected buffer the bytes are that buffer's", WHOLE, (world, ring) => {
  const [one, other] = world.socketPair();
  const { bytes } = BufferRing.filled(world, ring, 1, 4, { group: 0 });
  bytes.bytes.set(new TextEncoder().encode("abcd"));

  ring.submit({ 1: flagged(IOSQE_BUFFER_SELECT, sendVectors(one, 0, 0)) });

  ring.expect({ 1: inBuffer(0, 4) });
  expect(new TextDecoder().decode(world.read(other, 9) as Uint8Array)).toBe("abcd");
});
