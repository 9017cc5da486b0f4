/** Chapter NET: SENDMSG and RECVMSG, and the structures that they take. */
import { expect } from "vitest";
import {
  AF_INET,
  MSG_DONTWAIT,
  MSG_TRUNC,
  MSG_WAITALL,
  SHUT_WR,
  SOCK_DGRAM,
} from "../../spec/abi/linux.ts";
import { MSGHDR_NAMELEN } from "../../spec/abi/linux-structs.ts";
import {
  IORING_RECVSEND_POLL_FIRST,
  IORING_SEND_VECTORIZED,
  SQE_BUF_INDEX,
  SQE_IOPRIO,
  SQE_LEN,
  SQE_OFF,
  SQE_SPLICE_FD_IN,
} from "../../spec/abi/sqe.ts";
import { UNMAPPED } from "../worlds/memory.ts";
import type { World } from "../worlds/world.ts";
import { BufferRing, inBuffer } from "./harness/buffers.ts";
import { chapter } from "./harness/chapter.ts";
import { SOCKADDR_SIZE, datagramSocket } from "./harness/connections.ts";
import { async, link, nop, set16, set32, type Entry } from "./harness/entries.ts";
import {
  messageHeader,
  recvmsg,
  recvmsgMultishot,
  recvmsgSelect,
  sendmsg,
  sendVectors,
  toldBy,
} from "./harness/message-entries.ts";
import { recv, send, shutdown } from "./harness/socket-entries.ts";

const scenario = await chapter();

const WHOLE = { whole: true };

/** The address of a msghdr for one byte. */
function oneByte(world: World): number {
  return messageHeader(world, { bytes: [world.memory.of("x")] }).address;
}

function textOf(bytes: Uint8Array | number): string {
  return typeof bytes === "number" ? `errno ${-bytes}` : new TextDecoder().decode(bytes);
}

scenario("NET-53 NET-6", "vectors are filled and emptied in order", WHOLE, (world, ring) => {
  const [one, other] = world.socketPair();
  const sent = ["abc", "defgh", "ij"].map((text) => world.memory.of(text));
  const room = [2, 6].map((length) => world.memory.allocate(length));
  const header = messageHeader(world, { bytes: room, flags: 99 });

  ring.submit({ 1: sendmsg(one, messageHeader(world, { bytes: sent }).address) });
  ring.submit({ 2: recvmsg(other, header.address) });

  ring.expect({ 1: 10, 2: 8 });
  expect(room.map((memory) => memory.text(memory.byteLength))).toEqual(["ab", "cdefgh"]);
  expect(toldBy(header)).toEqual({ nameLength: 0, control: 0, flags: 0 });
  expect(textOf(world.read(other, 9))).toBe("ij");
});

scenario("NET-53", "the header tells who sent a datagram, and what was cut", (world, ring) => {
  const [one, other] = [datagramSocket(world, ring), datagramSocket(world, ring)];
  const to = [other.address, SOCKADDR_SIZE] as const;
  const bytes = [world.memory.of("abcdef")];
  const outgoing = messageHeader(world, { bytes, name: to }).address;
  const room = world.memory.allocate(3);
  const name = world.memory.allocate(SOCKADDR_SIZE);
  const whole = messageHeader(world, { bytes: [room], name });
  const part = messageHeader(world, { bytes: [room], name: [name.address, 4] });

  ring.submit({ 1: sendmsg(one.fd, outgoing), 2: recvmsg(other.fd, whole.address) });
  ring.expect({ 1: 6, 2: 3 });
  expect(toldBy(whole)).toEqual({ nameLength: SOCKADDR_SIZE, control: 0, flags: MSG_TRUNC });
  expect(name.view.getUint16(0, true)).toBe(AF_INET);
  expect(name.view.getUint16(2, false)).toBe(one.port);
  expect([...name.bytes.slice(4, 8)]).toEqual([127, 0, 0, 1]);

  name.bytes.fill(0);
  ring.submit({ 3: sendmsg(one.fd, outgoing), 4: recvmsg(other.fd, part.address, MSG_TRUNC) });
  ring.expect({ 3: 6, 4: 6 });
  expect(toldBy(part).nameLength).toBe(SOCKADDR_SIZE);
  expect([...name.bytes.slice(4)]).toEqual(new Array(12).fill(0));
});

scenario(
  "NET-16",
  "a header that cannot be read is refused before the descriptor",
  (world, ring) => {
    const [one] = world.socketPair();
    const vectors = messageHeader(world, { bytes: [[UNMAPPED, 1]] }).address;
    const noVectors = messageHeader(world, { count: 1 });
    noVectors.view.setUint32(16, UNMAPPED, true);
    noVectors.view.setUint32(20, 0, true);

    for (const fd of [one, -1]) {
      ring.submit({ 1: sendmsg(fd, UNMAPPED), 2: recvmsg(fd, UNMAPPED) });
      ring.submit({ 3: sendmsg(fd, noVectors.address), 4: recvmsg(fd, noVectors.address) });
      ring.expect({ 1: "EFAULT", 2: "EFAULT", 3: "EFAULT", 4: "EFAULT" });
    }
    ring.submit({ 5: sendmsg(one, vectors), 6: sendmsg(-1, vectors) });
    ring.submit({ 7: recvmsg(-1, vectors) });
    ring.expect({ 5: "EFAULT", 6: "EBADF", 7: "EBADF" });
  },
);

scenario("NET-16", "it is copied at submission", WHOLE, (world, ring) => {
  const [one, other] = world.socketPair();
  const [first, second] = [world.memory.of("abc"), world.memory.of("xyz")];
  const outgoing = messageHeader(world, { bytes: [first] });
  const room = world.memory.allocate(3);
  const incoming = messageHeader(world, { bytes: [room] });
  ring.submit({ 1: recvmsg(other, incoming.address) });
  ring.expectPending(1);
  incoming.bytes.set(messageHeader(world, { bytes: [second] }).bytes);

  ring.submit({ 2: async(sendmsg(one, outgoing.address)) });
  outgoing.bytes.set(messageHeader(world, { bytes: [second] }).bytes);

  ring.expect({ 1: 3, 2: 3 });
  expect(room.text(3)).toBe("abc");
});

scenario("NET-52", "counts and lengths have limits", (world, ring) => {
  const [one] = world.socketPair();
  const byte = world.memory.of("x");
  const many = Array.from({ length: 1025 }, () => byte);
  const name = [byte.address, -1] as const;
  const tooMany = messageHeader(world, { bytes: many }).address;
  const negative = messageHeader(world, { bytes: [[byte.address, -1]] }).address;
  const badName = messageHeader(world, { bytes: [byte], name }).address;
  const noName = messageHeader(world, { bytes: [byte], name: [0, -1] }).address;
  const empty = messageHeader(world, {}).address;

  for (const fd of [one, -1]) {
    ring.submit({ 1: sendmsg(fd, tooMany), 2: recvmsg(fd, tooMany) });
    ring.submit({ 3: sendmsg(fd, negative), 4: recvmsg(fd, negative) });
    ring.submit({ 5: sendmsg(fd, badName), 6: recvmsg(fd, badName) });
    ring.expect({
      1: "EMSGSIZE",
      2: "EMSGSIZE",
      3: "EINVAL",
      4: "EINVAL",
      5: "EINVAL",
      6: "EINVAL",
    });
  }
  ring.submit({ 7: sendmsg(one, noName), 8: sendmsg(one, empty) });
  ring.expect({ 7: 1, 8: 0 });
});

scenario("NET-52", "1024 vectors are not too many", WHOLE, (world, ring) => {
  const [one, other] = world.socketPair();
  const byte = world.memory.of("x");
  const many = messageHeader(world, { bytes: Array.from({ length: 1024 }, () => byte) }).address;

  ring.submit({ 1: sendmsg(one, many), 2: recvmsg(other, many) });

  ring.expect({ 1: 1024, 2: 1024 });
});

scenario("NET-52", "a name of more than 128 bytes is cut", (world, ring) => {
  const { fd, address } = datagramSocket(world, ring);
  const name = world.memory.allocate(200);
  name.view.setUint32(0, AF_INET, true);
  name.bytes.set(world.memory.loopback(0).bytes.slice(4), 4);
  const byte = world.memory.of("x");
  const short = messageHeader(world, { bytes: [byte], name: [address, SOCKADDR_SIZE - 1] });
  const long = messageHeader(world, { bytes: [byte], name });

  ring.submit({ 1: sendmsg(fd, short.address), 2: sendmsg(fd, long.address) });

  ring.expect({ 1: "EINVAL", 2: "EINVAL" });
});

scenario("NET-54", "a header that cannot be written any more loses the message", (world, ring) => {
  const { fd, address } = datagramSocket(world, ring);
  const page = world.memory.pages(1);
  const byte = world.memory.of("x");
  page.bytes.set(messageHeader(world, { bytes: [world.memory.allocate(1)] }).bytes);
  ring.submit({ 1: recvmsg(fd, page.address) });
  ring.expectPending(1);
  world.protect(page);

  const name = [address, SOCKADDR_SIZE] as const;
  ring.submit({ 2: sendmsg(fd, messageHeader(world, { bytes: [byte], name }).address) });

  ring.expect({ 1: "EFAULT", 2: 1 });
  ring.submit({ 3: recv(fd, byte, MSG_DONTWAIT) });
  ring.expect({ 3: "EAGAIN" });
});

scenario("NET-54", "and of a stream the bytes", WHOLE, (world, ring) => {
  const [one, other] = world.socketPair();
  const page = world.memory.pages(1);
  page.bytes.set(messageHeader(world, { bytes: [world.memory.allocate(2)] }).bytes);
  ring.submit({ 1: recvmsg(one, page.address) });
  ring.expectPending(1);
  world.protect(page);

  world.write(other, "abc");

  ring.expect({ 1: "EFAULT" });
  expect(textOf(world.read(one, 9))).toBe("c");
});

scenario("NET-55", "length and buffer index are ignored", (world, ring) => {
  const [one, other] = world.socketPair();
  const header = oneByte(world);
  const odd = (entry: Entry): Entry => set16(SQE_BUF_INDEX, 7, set32(SQE_LEN, 0x7fffffff, entry));

  ring.submit({ 1: odd(sendmsg(one, header)), 2: odd(recvmsg(other, header)) });

  ring.expect({ 1: 1, 2: 1 });
});

scenario("NET-34 NET-35 NET-36", "but not a negative length, nor other fields", (world, ring) => {
  const [one] = world.socketPair();
  const header = oneByte(world);
  for (const message of [sendmsg, recvmsg]) {
    for (const fd of [one, -1]) {
      ring.submit({ 1: set32(SQE_LEN, 0x80000000, message(fd, header)) });
      ring.submit({ 2: set32(SQE_OFF, 1, message(fd, header)) });
      ring.submit({ 3: set32(SQE_SPLICE_FD_IN, 1, message(fd, header)) });
      ring.submit({ 4: set16(SQE_IOPRIO, 1 << 4, message(fd, header)) });
      ring.expect({ 1: "EINVAL", 2: "EINVAL", 3: "EINVAL", 4: "EINVAL" });
    }
  }
  ring.submit({ 5: set16(SQE_IOPRIO, IORING_SEND_VECTORIZED, recvmsg(one, header)) });
  ring.expect({ 5: "EINVAL" });
});

scenario(
  "NET-36 NET-11",
  "SENDMSG knows VECTORIZED and POLL_FIRST, to no effect",
  (world, ring) => {
    const [one, other] = world.socketPair();
    const header = oneByte(world);

    ring.submit({
      1: set16(SQE_IOPRIO, IORING_SEND_VECTORIZED, sendmsg(one, header)),
      2: set16(SQE_IOPRIO, IORING_RECVSEND_POLL_FIRST, sendmsg(one, header)),
      3: set16(SQE_IOPRIO, IORING_RECVSEND_POLL_FIRST, recvmsg(other, header)),
    });

    ring.expect({ 1: 1, 2: 1, 3: 1 });
  },
);

scenario("NET-37", "they need a socket", (world, ring) => {
  const pipe = world.pipe();
  const header = oneByte(world);

  ring.submit({ 1: sendmsg(pipe.write, header), 2: recvmsg(pipe.read, header) });
  ring.submit({ 3: sendmsg(-1, header), 4: recvmsg(-1, header) });
  ring.submit({ 5: sendVectors(pipe.write, 0, 0) });

  ring.expect({ 1: "ENOTSOCK", 2: "ENOTSOCK", 3: "EBADF", 4: "EBADF", 5: "ENOTSOCK" });
});

scenario("NET-8 NET-40", "RECVMSG gathers as RECV does", WHOLE, (world, ring) => {
  const [one, other] = world.socketPair();
  const room = [2, 4].map((length) => world.memory.allocate(length));
  const header = messageHeader(world, { bytes: room }).address;
  ring.submit({ 1: recvmsg(one, header, MSG_WAITALL) });
  ring.expectPending(1);
  world.write(other, "abc");
  ring.expectQuiet();

  world.write(other, "def");

  ring.expect({ 1: 6 });
  expect(room.map((memory) => memory.text(memory.byteLength))).toEqual(["ab", "cdef"]);
  ring.submit({ 2: link(recvmsg(one, header, MSG_WAITALL)), 3: nop() });
  ring.submit({ 4: shutdown(other, SHUT_WR) });
  ring.expect({ 2: 0, 3: "ECANCELED", 4: 0 });
});

scenario("NET-40", "a datagram that was cut is a failure to a chain with it", (world, ring) => {
  const [one, other] = world.socketPair(SOCK_DGRAM);
  const header = messageHeader(world, { bytes: [world.memory.allocate(3)] }).address;
  world.write(other, "abcdef");
  world.write(other, "abcdef");

  ring.submit({ 1: link(recvmsg(one, header, MSG_WAITALL)), 2: nop() });
  ring.expect({ 1: 3, 2: "ECANCELED" });
  ring.submit({ 1: link(recvmsg(one, header)), 2: nop() });

  ring.expect({ 1: 3, 2: 0 });
});

scenario("BUF-36", "a receive that selects takes one vector or none", WHOLE, (world, ring) => {
  const [one, other] = world.socketPair();
  const { bytes } = BufferRing.filled(world, ring, 2, 4);
  world.write(other, "abcdefgh");
  const none = messageHeader(world, {}).address;
  const limit = messageHeader(world, { bytes: [[UNMAPPED, 3]] }).address;
  const two = messageHeader(world, {
    bytes: [
      [0, 1],
      [0, 1],
    ],
  }).address;

  ring.submit({ 1: recvmsgSelect(one, 1, two), 2: recvmsgSelect(one, 1, UNMAPPED) });
  ring.expect({ 1: "EINVAL", 2: "EFAULT" });
  ring.submit({ 3: recvmsgSelect(one, 1, none) });
  ring.expect({ 3: inBuffer(0, 4) });
  ring.submit({ 4: recvmsgSelect(one, 1, limit) });
  ring.expect({ 4: inBuffer(1, 3) });

  expect(bytes.text(7)).toBe("abcdefg");
});

scenario("MSHOT-7", "a multishot receive has to select, and cannot gather", (world, ring) => {
  const [one] = world.socketPair();
  BufferRing.filled(world, ring, 1, 64);
  const header = messageHeader(world, {});
  const many = recvmsgMultishot(one, 1, header.address);

  ring.submit({ 1: set16(SQE_IOPRIO, 2, recvmsg(one, header.address)) });
  ring.submit({ 2: recvmsgMultishot(one, 1, header.address, MSG_WAITALL) });
  ring.submit({ 3: set16(SQE_IOPRIO, 2, send(one, world.memory.of("x"))) });
  ring.submit({ 4: set16(SQE_IOPRIO, 2, sendmsg(one, header.address)) });
  header.view.setInt32(MSGHDR_NAMELEN, -1, true);
  ring.submit({ 5: many });

  ring.expect({ 1: "EINVAL", 2: "EINVAL", 3: "EINVAL", 4: "EINVAL", 5: "EOVERFLOW" });
});
