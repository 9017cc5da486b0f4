/** Chapters NET and MSHOT: RECVMSG for many messages. */
import { expect } from "vitest";
import { MSGHDR_CONTROLLEN, MSGHDR_NAMELEN } from "../../spec/abi/linux-structs.ts";
import {
  AF_INET,
  MSG_CTRUNC,
  MSG_OOB,
  MSG_TRUNC,
  SHUT_WR,
  SOCK_DGRAM,
} from "../../spec/abi/linux.ts";
import { setU64 } from "../../src/queue/index.ts";
import type { Memory } from "../worlds/memory.ts";
import type { World } from "../worlds/world.ts";
import { BufferRing, headOf, inBuffer, recvMultishot, shotIn } from "./harness/buffers.ts";
import { chapter } from "./harness/chapter.ts";
import { SOCKADDR_SIZE, datagramSocket, type Listener } from "./harness/connections.ts";
import { cancel } from "./harness/control-entries.ts";
import type { Entry } from "./harness/entries.ts";
import { equal } from "./harness/expectation.ts";
import {
  messageHeader,
  passedOn,
  recvmsgMultishot,
  rights,
  sendingTo,
  sendmsg,
} from "./harness/message-entries.ts";
import { send, shutdown } from "./harness/socket-entries.ts";

const scenario = await chapter();

const WHOLE = { whole: true };
const GROUP = 1;
const HEADER = 16;

/** A msghdr that asks for name and control areas of these sizes. */
function areas(world: World, nameLength: number, controlLength: number): Memory {
  return messageHeader(world, { name: [0, nameLength], control: [0, controlLength] });
}

/** The words at the beginning of a buffer. */
function told(bytes: Memory, at = 0): readonly number[] {
  return [0, 4, 8, 12].map((offset) => bytes.view.getUint32(at + offset, true));
}

function payload(bytes: Memory, at: number, length: number): string {
  return new TextDecoder().decode(bytes.bytes.slice(at, at + length));
}

/** A datagram to a socket from itself. */
function toItself(world: World, { fd, address }: Listener, text: string): Entry {
  return sendingTo(address, SOCKADDR_SIZE, send(fd, world.memory.of(text)));
}

scenario("NET-14 NET-48", "header, name and control area stand before a payload", (world, ring) => {
  const host = datagramSocket(world, ring);
  const { bytes } = BufferRing.filled(world, ring, 4, 64);
  ring.submit({ 1: recvmsgMultishot(host.fd, GROUP, areas(world, SOCKADDR_SIZE, 8).address) });
  ring.expectPending(1);

  for (const [id, text] of ["abc", "defgh"].entries()) {
    const at = id * 64;
    ring.submit({ 2: toItself(world, host, text) });
    ring.expect({ 2: text.length });
    ring.expectNext(1, shotIn(id, HEADER + SOCKADDR_SIZE + 8 + text.length));
    expect(told(bytes, at)).toEqual([SOCKADDR_SIZE, 0, text.length, 0]);
    expect(bytes.view.getUint16(at + HEADER, true)).toBe(AF_INET);
    expect(bytes.view.getUint16(at + HEADER + 2, false)).toBe(host.port);
    expect(payload(bytes, at + HEADER + SOCKADDR_SIZE + 8, text.length)).toBe(text);
  }
});

scenario("NET-48", "a name is told in full length, and cut to its area", (world, ring) => {
  const host = datagramSocket(world, ring);
  const { bytes } = BufferRing.filled(world, ring, 2, 64);
  ring.submit({ 1: recvmsgMultishot(host.fd, GROUP, areas(world, 4, 0).address) });

  ring.submit({ 2: toItself(world, host, "abc") });
  ring.expect({ 2: 3 });
  ring.expectNext(1, shotIn(0, HEADER + 4 + 3));

  expect(told(bytes)).toEqual([SOCKADDR_SIZE, 0, 3, 0]);
  expect(bytes.view.getUint16(HEADER + 2, false)).toBe(host.port);
  expect(payload(bytes, HEADER + 4, 3)).toBe("abc");
});

scenario("NET-14", "areas keep their sizes when nothing is put there", WHOLE, (world, ring) => {
  const [one, other] = world.socketPair();
  const { bytes } = BufferRing.filled(world, ring, 2, 64);
  ring.submit({ 1: recvmsgMultishot(one, GROUP, areas(world, 16, 8).address) });

  world.write(other, "abc");

  ring.expectNext(1, shotIn(0, HEADER + 24 + 3));
  expect(told(bytes)).toEqual([0, 0, 3, 0]);
  expect(payload(bytes, HEADER + 24, 3)).toBe("abc");
});

scenario("NET-48", "a payload that is cut says so", (world, ring) => {
  const [one, other] = world.socketPair(SOCK_DGRAM);
  const { bytes } = BufferRing.filled(world, ring, 2, HEADER + 4);
  ring.submit({ 1: recvmsgMultishot(one, GROUP, areas(world, 0, 0).address) });

  world.write(other, "abcdef");

  ring.expectNext(1, shotIn(0, HEADER + 4));
  expect(told(bytes)).toEqual([0, 0, 4, MSG_TRUNC]);
});

scenario("NET-49", "with MSG_TRUNC its length is the whole one", (world, ring) => {
  const [one, other] = world.socketPair(SOCK_DGRAM);
  const { bytes } = BufferRing.filled(world, ring, 2, HEADER + 84);
  ring.submit({ 1: recvmsgMultishot(one, GROUP, areas(world, 0, 0).address, MSG_TRUNC) });

  world.write(other, "x".repeat(200));

  ring.expectNext(1, shotIn(0, HEADER + 84));
  expect(told(bytes)).toEqual([0, 0, 200, MSG_TRUNC]);
});

scenario("NET-48 NET-77", "descriptors come in the control area", (world, ring) => {
  const [one, other] = world.socketPair();
  const { bytes } = BufferRing.filled(world, ring, 2, 64);
  const pipe = world.pipe();
  const message = messageHeader(world, {
    bytes: [world.memory.of("x")],
    control: rights(world, [pipe.read]),
  });
  ring.submit({ 1: recvmsgMultishot(one, GROUP, areas(world, 0, 24).address) });

  ring.submit({ 2: sendmsg(other, message.address) });
  ring.expect({ 2: 1 });
  ring.expectNext(1, shotIn(0, HEADER + 24 + 1));

  expect(told(bytes)).toEqual([0, 24, 1, 0]);
  const [fd = -1] = passedOn(bytes, HEADER);
  world.adopt(fd);
  world.write(pipe.write, "y");
  expect(world.read(fd, 1)).toEqual(new TextEncoder().encode("y"));
});

scenario("NET-48 NET-78", "without room for them they are closed", (world, ring) => {
  const [one, other] = world.socketPair();
  const { bytes } = BufferRing.filled(world, ring, 2, 64);
  const message = messageHeader(world, {
    bytes: [world.memory.of("x")],
    control: rights(world, [world.pipe().read]),
  });
  ring.submit({ 1: recvmsgMultishot(one, GROUP, areas(world, 0, 8).address) });

  ring.submit({ 2: sendmsg(other, message.address) });
  ring.expect({ 2: 1 });

  ring.expectNext(1, shotIn(0, HEADER + 8 + 1));
  expect(told(bytes)).toEqual([0, 0, 1, MSG_CTRUNC]);
});

scenario("NET-50", "a buffer without room for header and areas ends it", (world, ring) => {
  const [one, other] = world.socketPair(SOCK_DGRAM);
  const { ring: buffers } = BufferRing.filled(world, ring, 1, HEADER + 7);
  ring.submit({ 1: recvmsgMultishot(one, GROUP, areas(world, 0, 8).address) });
  world.write(other, "abc");

  ring.expect({ 1: "EFAULT" });
  equal("head", headOf(world, ring, buffers.group), 0);
});

scenario("NET-50 MSHOT-12", "with room for these alone the message is the last", (world, ring) => {
  const [one, other] = world.socketPair(SOCK_DGRAM);
  const { bytes } = BufferRing.filled(world, ring, 2, HEADER + 8);
  ring.submit({ 1: recvmsgMultishot(one, GROUP, areas(world, 0, 8).address) });

  world.write(other, "abc");

  ring.expect({ 1: inBuffer(0, HEADER + 8) });
  expect(told(bytes)).toEqual([0, 0, 0, MSG_TRUNC]);
});

scenario("NET-51", "the header is copied and never written", WHOLE, (world, ring) => {
  const [one, other] = world.socketPair();
  BufferRing.filled(world, ring, 2, 64);
  const header = areas(world, 0, 8);
  ring.submit({ 1: recvmsgMultishot(one, GROUP, header.address) });
  ring.expectPending(1);
  header.bytes.fill(0xff);

  world.write(other, "abc");

  ring.expectNext(1, shotIn(0, HEADER + 8 + 3));
  expect(header.bytes.every((byte) => byte === 0xff)).toBe(true);
});

scenario("NET-51", "areas that cannot be are refused", (world, ring) => {
  BufferRing.filled(world, ring, 2, 64);
  const [one] = world.socketPair();
  const header = areas(world, 0, 0);
  const refuse = (nameLength: number, controlLength: number): void => {
    header.view.setInt32(MSGHDR_NAMELEN, nameLength, true);
    setU64(header.view, MSGHDR_CONTROLLEN, controlLength);
    ring.submit({ 1: recvmsgMultishot(one, GROUP, header.address) });
    ring.submit({ 2: recvmsgMultishot(-1, GROUP, header.address) });
    ring.expect({ 1: "EOVERFLOW", 2: "EOVERFLOW" });
  };

  refuse(-1, 0);
  refuse(0x7fffffff, 0);
  refuse(0, 0x7ffffff0);
  refuse(0, -1);
});

scenario("MSHOT-12", "the end of a stream uses up a buffer", WHOLE, (world, ring) => {
  const [one, other] = world.socketPair();
  const { bytes } = BufferRing.filled(world, ring, 3, 64);
  ring.submit({ 1: recvmsgMultishot(one, GROUP, areas(world, 4, 8).address) });
  world.write(other, "abc");
  ring.expectNext(1, shotIn(0, HEADER + 12 + 3));

  ring.submit({ 2: shutdown(other, SHUT_WR) });

  ring.expect({ 1: inBuffer(1, HEADER + 12), 2: 0 });
  expect(told(bytes, 64)).toEqual([0, 0, 0, 0]);
  equal("head", headOf(world, ring, GROUP), 2);
});

scenario("MSHOT-13", "a datagram of no bytes ends both", (world, ring) => {
  const nothing = messageHeader(world, {}).address;
  const [one, other] = world.socketPair(SOCK_DGRAM);
  BufferRing.filled(world, ring, 4, 64);
  ring.submit({ 1: recvMultishot(one, GROUP) });
  ring.submit({ 2: sendmsg(other, nothing) });
  ring.expect({ 1: 0, 2: 0 });
  world.write(other, "abc");
  ring.expectQuiet();

  ring.submit({ 1: recvmsgMultishot(one, GROUP, areas(world, 0, 8).address) });
  ring.expectNext(1, shotIn(0, HEADER + 8 + 3));
  ring.submit({ 2: sendmsg(other, nothing) });
  ring.expect({ 1: inBuffer(1, HEADER + 8), 2: 0 });
});

scenario("MSHOT-40", "an error ends it", (world, ring) => {
  const [one] = world.socketPair();
  BufferRing.filled(world, ring, 2, 64);
  const header = areas(world, 0, 8).address;

  ring.submit({ 1: recvmsgMultishot(one, GROUP, header, MSG_OOB) });
  ring.submit({ 2: recvMultishot(one, GROUP, 0, MSG_OOB) });

  ring.expect({ 1: "EINVAL", 2: "EINVAL" });
});

scenario("MSHOT-20", "a cancelled one leaves its buffers", (world, ring) => {
  const [one, other] = world.socketPair();
  BufferRing.filled(world, ring, 2, 64);
  ring.submit({ 1: recvmsgMultishot(one, GROUP, areas(world, 0, 8).address) });
  ring.expectPending(1);

  ring.submit({ 2: cancel(1) });
  ring.expect({ 1: "ECANCELED", 2: 0 });
  world.write(other, "abc");
  ring.expectQuiet();

  equal("head", headOf(world, ring, GROUP), 0);
});
