/** Chapter NET: datagrams and records, destinations, and sockets without a peer. */
import { expect } from "vitest";
import { IORING_CQE_F_SOCK_NONEMPTY } from "../../spec/abi/cqe.ts";
import {
  AF_INET,
  AF_INET6,
  AF_UNIX,
  MSG_DONTWAIT,
  MSG_TRUNC,
  MSG_WAITALL,
  SOCK_DGRAM,
  SOCK_SEQPACKET,
  SOCK_STREAM,
} from "../../spec/abi/linux.ts";
import { IORING_OP_RECV_ZC } from "../../spec/abi/opcodes.ts";
import { IOSQE_BUFFER_SELECT, SQE_IOPRIO, SQE_SPLICE_FD_IN } from "../../spec/abi/sqe.ts";
import { encodeEntry } from "../../src/queue/index.ts";
import { UNMAPPED } from "../worlds/memory.ts";
import { chapter } from "./harness/chapter.ts";
import {
  SOCKADDR_SIZE,
  connection,
  datagramSocket,
  descriptorOf,
  listener,
  tcpSocket,
} from "./harness/connections.ts";
import { cancel } from "./harness/control-entries.ts";
import { async, flagged, link, nop, set16, type Entry } from "./harness/entries.ts";
import { sendingTo } from "./harness/message-entries.ts";
import { connect, recv, recvTo, send, sendFrom, socket } from "./harness/socket-entries.ts";

const scenario = await chapter();

const WHOLE = { whole: true };

scenario("NET-38 NET-6", "a datagram goes where its address says", (world, ring) => {
  const one = datagramSocket(world, ring);
  const other = datagramSocket(world, ring);
  const target = world.memory.allocate(9);

  ring.submit({ 1: sendingTo(other.address, SOCKADDR_SIZE, send(one.fd, world.memory.of("abc"))) });
  ring.submit({ 2: recv(other.fd, target) });

  ring.expect({ 1: 3, 2: 3 });
  expect(target.text(3)).toBe("abc");
});

scenario("NET-38", "a bad address is refused before the descriptor is", (world, ring) => {
  const { fd, address } = datagramSocket(world, ring);
  const entry = send(fd, world.memory.of("abc"));
  const closed = send(-1, world.memory.of("abc"));

  ring.submit({ 1: sendingTo(UNMAPPED, SOCKADDR_SIZE, entry) });
  ring.submit({ 2: sendingTo(UNMAPPED, SOCKADDR_SIZE, closed) });
  ring.submit({ 3: sendingTo(address, 129, entry), 4: sendingTo(address, 129, closed) });
  ring.submit({ 5: set16(SQE_SPLICE_FD_IN + 2, 1, sendingTo(address, SOCKADDR_SIZE, entry)) });
  ring.submit({ 6: sendingTo(address, SOCKADDR_SIZE - 1, entry) });

  ring.expect({ 1: "EFAULT", 2: "EFAULT", 3: "EINVAL", 4: "EINVAL", 5: "EINVAL", 6: "EINVAL" });
});

scenario("NET-38", "without one its length is ignored", (world, ring) => {
  const { fd } = datagramSocket(world, ring);
  const [one] = world.socketPair(SOCK_DGRAM);
  const entry = (to: number): Entry => sendingTo(0, 200, send(to, world.memory.of("abc")));

  ring.submit({ 1: entry(fd), 2: entry(one) });

  ring.expect({ 1: "EDESTADDRREQ", 2: 3 });
});

scenario("NET-38", "a connected stream has its own", (world, ring) => {
  const { address } = datagramSocket(world, ring);
  const [one] = world.socketPair();
  const lonely = descriptorOf(world, ring, socket(AF_UNIX, SOCK_STREAM));
  const entry = (fd: number): Entry =>
    sendingTo(address, SOCKADDR_SIZE, send(fd, world.memory.of("abc")));

  ring.submit({ 1: entry(one), 2: entry(lonely), 3: entry(tcpSocket(world, ring)) });

  ring.expect({ 1: "EISCONN", 2: "EOPNOTSUPP", 3: "EPIPE" });
});

scenario("NET-43", "a datagram is cut to the buffer", (world, ring) => {
  const { fd, address } = datagramSocket(world, ring);
  const [one, other] = world.socketPair(SOCK_DGRAM);
  const bytes = world.memory.of("abcdef");
  const target = world.memory.allocate(3);
  const ways = [
    [one, send(other, bytes)],
    [fd, sendingTo(address, SOCKADDR_SIZE, send(fd, bytes))],
  ] as const;

  for (const [from, entry] of ways) {
    ring.submit({ 1: entry, 2: recv(from, target) });
    ring.expect({ 1: 6, 2: 3 });
    expect(target.text(3)).toBe("abc");
    ring.submit({ 1: entry, 2: recv(from, target, MSG_TRUNC) });
    ring.expect({ 1: 6, 2: 6 });
    ring.submit({ 3: recv(from, target, MSG_DONTWAIT) });
    ring.expect({ 3: "EAGAIN" });
  }
});

scenario("NET-44", "with MSG_WAITALL datagrams stay apart", (world, ring) => {
  const [one, other] = world.socketPair(SOCK_DGRAM);
  world.write(other, "abcdef");
  world.write(other, "gh");

  ring.submit({ 1: recv(one, world.memory.allocate(30), MSG_WAITALL) });

  ring.expect({ 1: 6 });
});

scenario("NET-44", "and records are joined", (world, ring) => {
  const [one, other] = world.socketPair(SOCK_SEQPACKET);
  const target = world.memory.allocate(8);
  world.write(other, "abcdef");
  ring.submit({ 1: recv(one, target, MSG_WAITALL) });
  ring.expectPending(1);

  world.write(other, "gh");

  ring.expect({ 1: 8 });
  expect(target.text(8)).toBe("abcdefgh");
});

scenario("NET-15", "a datagram of UDP is lost to memory that cannot be written", (world, ring) => {
  const { fd, address } = datagramSocket(world, ring);
  const bytes = world.memory.of("abc");
  ring.submit({ 1: sendingTo(address, SOCKADDR_SIZE, send(fd, bytes)) });
  ring.submit({ 2: recvTo(fd, UNMAPPED, 3) });
  ring.expect({ 1: 3, 2: "EFAULT" });

  ring.submit({ 3: recv(fd, world.memory.allocate(3), MSG_DONTWAIT) });

  ring.expect({ 3: "EAGAIN" });
});

scenario("NET-45", "a receive of no bytes waits for data", WHOLE, (world, ring) => {
  const [one, other] = world.socketPair();
  ring.submit({ 1: recvTo(one, UNMAPPED, 0) });
  ring.expectPending(1);

  world.write(other, "abc");

  const { res, flags } = ring.next(1);
  expect([res, flags]).toEqual([0, IORING_CQE_F_SOCK_NONEMPTY]);
  ring.submit({ 2: recv(one, world.memory.allocate(9)) });
  ring.expect({ 2: 3 });
});

scenario("NET-84", "one that blocks a worker in TCP ends with 0", (world, ring) => {
  const [tcp] = connection(world, ring);
  const [unix] = world.socketPair();
  const outcomes = [
    [tcp, 0, 0],
    [tcp, 1, "EINTR"],
    [unix, 0, "EINTR"],
  ] as const;

  for (const [fd, length, interrupted] of outcomes) {
    ring.submit({ 1: link(async(nop())), 2: recvTo(fd, world.memory.of("x").address, length) });
    ring.expect({ 1: 0 });
    world.settle();
    ring.expectQuiet();
    ring.submit({ 3: cancel(2) });
    ring.expectOneOf([
      { 2: interrupted, 3: "EALREADY" },
      { 2: "ECANCELED", 3: 0 },
    ]);
  }
});

scenario("NET-45", "and takes a whole datagram", (world, ring) => {
  const [one, other] = world.socketPair(SOCK_DGRAM);
  const udp = datagramSocket(world, ring);
  const bytes = world.memory.of("abc");
  ring.submit({ 1: recvTo(one, UNMAPPED, 0), 2: recvTo(udp.fd, UNMAPPED, 0) });
  ring.expectPending(1);
  ring.expectPending(2);

  ring.submit({
    3: send(other, bytes),
    4: sendingTo(udp.address, SOCKADDR_SIZE, send(udp.fd, bytes)),
  });
  ring.expect({ 1: 0, 2: 0, 3: 3, 4: 3 });

  const target = world.memory.allocate(3);
  ring.submit({ 5: recv(one, target, MSG_DONTWAIT), 6: recv(udp.fd, target, MSG_DONTWAIT) });
  ring.expect({ 5: "EAGAIN", 6: "EAGAIN" });
});

scenario("NET-46", "a stream without a peer neither sends nor receives", (world, ring) => {
  const { fd } = listener(world, ring);
  const fresh = tcpSocket(world, ring);
  const byte = world.memory.of("x");

  ring.submit({ 1: recv(fresh, byte), 2: send(fresh, byte) });
  ring.submit({ 3: recv(fd, byte), 4: send(fd, byte) });
  ring.expect({ 1: "ENOTCONN", 2: "EPIPE", 3: "ENOTCONN", 4: "EPIPE" });

  const unix = descriptorOf(world, ring, socket(AF_UNIX, SOCK_STREAM));
  const packets = descriptorOf(world, ring, socket(AF_UNIX, SOCK_SEQPACKET));
  ring.submit({ 1: recv(unix, byte), 2: send(unix, byte) });
  ring.submit({ 3: recv(packets, byte), 4: send(packets, byte) });
  ring.expect({ 1: "EINVAL", 2: "ENOTCONN", 3: "ENOTCONN", 4: "ENOTCONN" });
});

scenario("NET-38", "a datagram without a destination is refused", (world, ring) => {
  const byte = world.memory.of("x");
  const kinds = [AF_UNIX, AF_INET, AF_INET6].map((family) =>
    descriptorOf(world, ring, socket(family, SOCK_DGRAM)),
  );
  const [unix = -1, inet = -1, inet6 = -1] = kinds;

  ring.submit({ 1: send(unix, byte), 2: send(inet, byte), 3: send(inet6, byte) });

  ring.expect({ 1: "ENOTCONN", 2: "EDESTADDRREQ", 3: "EDESTADDRREQ" });
});

scenario("NET-33 NET-38", "a connected datagram socket needs no address", (world, ring) => {
  const [one, other] = [datagramSocket(world, ring), datagramSocket(world, ring)];
  const byte = world.memory.of("x");
  ring.submit({ 1: connect(one.fd, other.address, SOCKADDR_SIZE) });
  ring.expect({ 1: 0 });

  ring.submit({ 2: send(one.fd, byte), 3: recv(other.fd, world.memory.allocate(1)) });
  ring.expect({ 2: 1, 3: 1 });
  ring.submit({ 4: sendingTo(other.address, SOCKADDR_SIZE, send(one.fd, byte)) });
  ring.submit({ 5: sendingTo(one.address, SOCKADDR_SIZE, send(other.fd, byte)) });
  ring.expect({ 4: 1, 5: 1 });
});

scenario("NET-33", "and receives from its peer alone", (world, ring) => {
  const [one, other] = [datagramSocket(world, ring), datagramSocket(world, ring)];
  const stranger = datagramSocket(world, ring);
  const target = world.memory.allocate(1);
  ring.submit({ 1: connect(one.fd, other.address, SOCKADDR_SIZE) });
  ring.expect({ 1: 0 });
  const to = (fd: number, text: string): Entry =>
    sendingTo(one.address, SOCKADDR_SIZE, send(fd, world.memory.of(text)));

  ring.submit({ 2: to(stranger.fd, "a"), 3: to(other.fd, "b"), 4: recv(one.fd, target) });

  ring.expect({ 2: 1, 3: 1, 4: 1 });
  expect(target.text(1)).toBe("b");
});

scenario("NET-46", "a datagram socket without a peer receives from anybody", (world, ring) => {
  const { fd, address } = datagramSocket(world, ring);
  const target = world.memory.allocate(3);
  ring.submit({ 1: async(recv(fd, target)) });
  ring.expectPending(1);

  const sender = descriptorOf(world, ring, socket(AF_INET, SOCK_DGRAM));
  ring.submit({ 2: sendingTo(address, SOCKADDR_SIZE, send(sender, world.memory.of("abc"))) });

  ring.expect({ 1: 3, 2: 3 });
});

scenario("NET-38", "nobody is there: the datagram is sent all the same", (world, ring) => {
  const { address } = world.memory.loopback(world.freePort(SOCK_DGRAM));
  const { fd } = datagramSocket(world, ring);
  ring.submit({ 1: connect(fd, address, SOCKADDR_SIZE) });
  ring.expect({ 1: 0 });
  ring.submit({ 2: send(fd, world.memory.of("x")) });
  ring.expect({ 2: 1 });

  ring.submit({ 3: recv(fd, world.memory.allocate(1)) });

  ring.expect({ 3: "ECONNREFUSED" });
});

scenario("NET-6", "a datagram of no bytes is one", (world, ring) => {
  const [one, other] = world.socketPair(SOCK_DGRAM);

  ring.submit({ 1: sendFrom(other, UNMAPPED, 0), 2: recv(one, world.memory.allocate(3)) });
  ring.expect({ 1: 0, 2: 0 });
  ring.submit({ 3: recv(one, world.memory.allocate(3), MSG_DONTWAIT) });
  ring.expect({ 3: "EAGAIN" });
});

scenario("NET-86", "a zero-copy receive needs a device", (world, ring) => {
  const receiveZc =
    (fd: number): Entry =>
    (sqes, at) => {
      encodeEntry(sqes, at, IORING_OP_RECV_ZC, fd, 0, 0, 0, 0);
    };
  const { fd } = datagramSocket(world, ring);

  ring.submit({ 1: receiveZc(fd), 2: receiveZc(-1), 3: set16(SQE_IOPRIO, 3, receiveZc(fd)) });
  ring.submit({ 4: flagged(IOSQE_BUFFER_SELECT, receiveZc(fd)) });
  ring.submit({ 5: flagged(IOSQE_BUFFER_SELECT, receiveZc(-1)) });

  ring.expect({ 1: "EINVAL", 2: "EINVAL", 3: "EINVAL", 4: "EOPNOTSUPP", 5: "EOPNOTSUPP" });
});
