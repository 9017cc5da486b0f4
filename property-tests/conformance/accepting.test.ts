/** Chapter NET: what ACCEPT does besides taking one connection. */
import { expect } from "vitest";
import { IORING_CQE_F_MORE, IORING_CQE_F_SOCK_NONEMPTY } from "../../spec/abi/cqe.ts";
import { AF_INET, SHUT_RDWR, SOCK_CLOEXEC, SOCK_DGRAM } from "../../spec/abi/linux.ts";
import {
  IORING_ACCEPT_DONTWAIT,
  IORING_ACCEPT_MULTISHOT,
  IORING_ACCEPT_POLL_FIRST,
  IORING_FILE_INDEX_ALLOC,
  IORING_RECV_MULTISHOT,
  IORING_RECVSEND_POLL_FIRST,
  SQE_IOPRIO,
  SQE_SPLICE_FD_IN,
} from "../../spec/abi/sqe.ts";
import { UNMAPPED } from "../worlds/memory.ts";
import type { World } from "../worlds/world.ts";
import { BufferRing, recvMultishot } from "./harness/buffers.ts";
import { chapter } from "./harness/chapter.ts";
import {
  SOCKADDR_SIZE,
  datagramSocket,
  descriptorOf,
  knock,
  listener,
  sawEnd,
  tcpSocket,
} from "./harness/connections.ts";
import { cancel } from "./harness/control-entries.ts";
import { async, set16, set32, type Entry } from "./harness/entries.ts";
import { check, type ErrnoName } from "./harness/expectation.ts";
import { fileWith } from "./harness/fixtures.ts";
import { messageHeader, recvmsg, recvmsgMultishot } from "./harness/message-entries.ts";
import { intoAnySlot, intoSlot } from "./harness/registered-entries.ts";
import { haveSlots } from "./harness/registrations.ts";
import { accept, recv, send, shutdown, socket } from "./harness/socket-entries.ts";
import type { TestRing } from "./harness/test-ring.ts";

const scenario = await chapter();

function acceptMany(fd: number, flags = 0, address = 0, length = 0): Entry {
  return set16(SQE_IOPRIO, IORING_ACCEPT_MULTISHOT, accept(fd, flags, address, length));
}

/** The next connection of a multishot ACCEPT. */
function nextShot(world: World, ring: TestRing, userData: number): number {
  const { res, flags } = ring.next(userData);
  check("a connection", res >= 0);
  check("with more to come", (flags & IORING_CQE_F_MORE) !== 0);
  return world.adopt(res);
}

scenario("NET-25", "with POLL_FIRST a pending connection is accepted", (world, ring) => {
  const host = listener(world, ring);
  knock(world, ring, host);
  const polling = set16(SQE_IOPRIO, IORING_ACCEPT_POLL_FIRST, accept(host.fd));

  descriptorOf(world, ring, polling);
  ring.submit({ 1: polling });
  ring.expectPending(1);
  knock(world, ring, host);

  check("a connection", world.adopt(ring.next(1).res) >= 0);
});

scenario("NET-25", "with DONTWAIT besides it does not wait", (world, ring) => {
  const { fd } = listener(world, ring);
  const both = IORING_ACCEPT_POLL_FIRST | IORING_ACCEPT_DONTWAIT;

  ring.submit({ 1: set16(SQE_IOPRIO, both, accept(fd)) });

  ring.expect({ 1: "EAGAIN" });
});

scenario("NET-25 NET-11", "a socket that hangs up does not wait for anybody", (world, ring) => {
  const fresh = tcpSocket(world, ring);
  const byte = world.memory.of("x");

  ring.submit({ 1: set16(SQE_IOPRIO, IORING_ACCEPT_POLL_FIRST, accept(fresh)) });
  ring.submit({ 2: set16(SQE_IOPRIO, IORING_RECVSEND_POLL_FIRST, recv(fresh, byte)) });
  ring.submit({ 3: set16(SQE_IOPRIO, IORING_RECVSEND_POLL_FIRST, send(fresh, byte)) });

  ring.expect({ 1: "EINVAL", 2: "ENOTCONN", 3: "EPIPE" });
});

scenario("NET-24", "what cannot accept says so", (world, ring) => {
  const { fd } = listener(world, ring);
  const datagrams = descriptorOf(world, ring, socket(AF_INET, SOCK_DGRAM));
  ring.submit({ 1: accept(fd) });
  ring.expectPending(1);

  ring.submit({ 2: accept(datagrams), 3: accept(world.pipe().read), 4: shutdown(fd, SHUT_RDWR) });

  ring.expect({ 1: "EINVAL", 2: "EOPNOTSUPP", 3: "ENOTSOCK", 4: 0 });
});

scenario("NET-3", "an address is cut to the room there is", (world, ring) => {
  const host = listener(world, ring);
  const [peer, length] = [world.memory.allocate(SOCKADDR_SIZE), world.memory.allocate(4)];
  length.view.setInt32(0, 2, true);
  knock(world, ring, host);

  descriptorOf(world, ring, accept(host.fd, 0, peer.address, length.address));

  expect(length.view.getInt32(0, true)).toBe(SOCKADDR_SIZE);
  expect([...peer.bytes.slice(0, 4)]).toEqual([AF_INET, 0, 0, 0]);
});

scenario("NET-26", "an address that cannot be written costs the connection", (world, ring) => {
  const host = listener(world, ring);
  const [peer, length] = [world.memory.allocate(SOCKADDR_SIZE), world.memory.allocate(4)];
  length.view.setInt32(0, SOCKADDR_SIZE, true);
  const negative = world.memory.allocate(4);
  negative.view.setInt32(0, -1, true);
  const wrong = [
    [accept(host.fd, 0, UNMAPPED, length.address), "EFAULT"],
    [accept(host.fd, 0, peer.address, UNMAPPED), "EFAULT"],
    [accept(host.fd, 0, peer.address, negative.address), "EINVAL"],
  ] as const;

  for (const [entry, errno] of wrong) {
    const client = knock(world, ring, host);
    ring.submit({ 1: entry });
    ring.expect({ 1: errno });
    check("the peer sees the end", sawEnd(world, ring, client));
    ring.submit({ 2: set16(SQE_IOPRIO, IORING_ACCEPT_DONTWAIT, accept(host.fd)) });
    ring.expect({ 2: "EAGAIN" });
  }
});

scenario("NET-27", "at the limit of descriptors no connection is taken", (world, ring) => {
  const host = listener(world, ring);
  knock(world, ring, host);

  world.withDescriptorLimit(0, () => {
    ring.submit({ 1: accept(host.fd) });
    ring.expect({ 1: "EMFILE" });
  });

  descriptorOf(world, ring, accept(host.fd));
});

scenario("NET-27", "without a slot it is taken and closed", (world, ring) => {
  const host = listener(world, ring);
  const refuse = (entry: Entry, errno: ErrnoName): void => {
    const client = knock(world, ring, host);
    ring.submit({ 1: entry });
    ring.expect({ 1: errno });
    check("the peer sees the end", sawEnd(world, ring, client));
  };

  refuse(intoAnySlot(accept(host.fd)), "ENFILE");
  refuse(intoSlot(3, accept(host.fd)), "ENXIO");
  haveSlots(world, ring.fd, 2);
  refuse(intoSlot(2, accept(host.fd)), "EINVAL");
});

scenario("NET-4 MSHOT-9", "a multishot accept takes every connection", (world, ring) => {
  const host = listener(world, ring);
  const [peer, length] = [world.memory.allocate(SOCKADDR_SIZE), world.memory.allocate(4)];
  length.view.setInt32(0, SOCKADDR_SIZE, true);
  const early = [knock(world, ring, host), knock(world, ring, host)];

  ring.submit({ 1: acceptMany(host.fd, SOCK_CLOEXEC, peer.address, length.address) });
  const taken = [nextShot(world, ring, 1), nextShot(world, ring, 1)];
  ring.expectPending(1);
  expect([...peer.bytes.slice(4, 8)]).toEqual([127, 0, 0, 1]);
  peer.bytes.fill(0);
  early.push(knock(world, ring, host));
  taken.push(nextShot(world, ring, 1));

  expect([...peer.bytes.slice(4, 8)]).toEqual([127, 0, 0, 1]);
  for (const [index, fd] of taken.entries()) {
    check("close-on-exec", world.closeOnExec(fd));
    ring.submit({ 2: send(fd, world.memory.of("x")) });
    ring.submit({ 3: recv(early[index] ?? -1, world.memory.allocate(1)) });
    ring.expect({ 2: 1, 3: 1 });
  }
});

scenario("NET-4 MSHOT-19", "one that may not wait ends when nobody is left", (world, ring) => {
  const host = listener(world, ring);
  knock(world, ring, host);
  const hasty = IORING_ACCEPT_MULTISHOT | IORING_ACCEPT_DONTWAIT;

  ring.submit({ 1: set16(SQE_IOPRIO, hasty, accept(host.fd)) });

  nextShot(world, ring, 1);
  ring.expectNext(1, "EAGAIN");
});

scenario("NET-4 MSHOT-14", "a shut-down of the listener ends it", (world, ring) => {
  const { fd } = listener(world, ring);
  ring.submit({ 1: acceptMany(fd) });
  ring.expectPending(1);

  ring.submit({ 2: shutdown(fd, SHUT_RDWR) });

  ring.expect({ 1: "EINVAL", 2: 0 });
});

scenario("NET-28", "one into slots ends when the table is full", (world, ring) => {
  haveSlots(world, ring.fd, 2);
  const host = listener(world, ring);
  ring.submit({ 1: intoSlot(0, acceptMany(host.fd)) });
  ring.expect({ 1: "EINVAL" });
  ring.submit({ 1: intoAnySlot(acceptMany(host.fd, SOCK_CLOEXEC)) });
  ring.expect({ 1: "EINVAL" });
  for (let count = 0; count < 3; count++) knock(world, ring, host);

  ring.submit({ 1: set32(SQE_SPLICE_FD_IN, IORING_FILE_INDEX_ALLOC, acceptMany(host.fd)) });

  const slots = [ring.next(1), ring.next(1)];
  expect(slots.map(({ res }) => res).sort()).toEqual([0, 1]);
  for (const { flags } of slots) check("more to come", (flags & IORING_CQE_F_MORE) !== 0);
  ring.expectNext(1, "ENFILE");
});

scenario("NET-29", "the completion hints at further connections", (world, ring) => {
  const host = listener(world, ring);
  knock(world, ring, host);
  knock(world, ring, host);

  ring.submit({ 1: accept(host.fd) });
  const first = ring.next(1);
  ring.submit({ 1: accept(host.fd) });
  const second = ring.next(1);

  world.adopt(first.res);
  world.adopt(second.res);
  expect([first.flags, second.flags]).toEqual([IORING_CQE_F_SOCK_NONEMPTY, 0]);
});

scenario("NET-30", "the next connection waits for the next accept", (world, ring) => {
  const host = listener(world, ring);
  ring.submit({ 1: acceptMany(host.fd) });
  ring.expectPending(1);
  ring.submit({ 2: cancel(1) });
  ring.expect({ 1: "ECANCELED", 2: 0 });

  knock(world, ring, host);

  descriptorOf(world, ring, accept(host.fd));
});

scenario("NET-24 MSHOT-3", "a multishot accept on other files ends at once", (world, ring) => {
  const { fd } = datagramSocket(world, ring);

  ring.submit({ 1: acceptMany(fd), 2: acceptMany(world.pipe().read) });

  ring.expect({ 1: "EOPNOTSUPP", 2: "ENOTSOCK" });
});

scenario("NET-85", "POLL_FIRST needs a file that can be polled", (world, ring) => {
  BufferRing.filled(world, ring, 1, 64);
  const fd = fileWith(world, "abc");
  const header = messageHeader(world, {}).address;
  const first = IORING_RECVSEND_POLL_FIRST;
  const byte = world.memory.of("x");
  const polling = (flag: number, entry: Entry): Entry => set16(SQE_IOPRIO, flag, entry);
  const many = polling(first | IORING_RECV_MULTISHOT, recvMultishot(fd, 1));

  ring.submit({ 1: polling(first, recv(fd, byte)), 2: many });
  ring.submit({ 3: polling(IORING_ACCEPT_POLL_FIRST, accept(fd)) });
  ring.submit({ 4: polling(IORING_ACCEPT_POLL_FIRST | IORING_ACCEPT_MULTISHOT, accept(fd)) });
  ring.expect({ 1: "EAGAIN", 2: "EBADFD", 3: "EAGAIN", 4: "EBADFD" });
  ring.submit({ 5: polling(first, send(fd, byte)), 6: polling(first, recvmsg(fd, header)) });
  ring.submit({ 7: recvMultishot(fd, 1), 8: acceptMany(fd), 9: recvmsgMultishot(fd, 1, header) });
  ring.expect({ 5: "ENOTSOCK", 6: "ENOTSOCK", 7: "ENOTSOCK", 8: "ENOTSOCK", 9: "ENOTSOCK" });
});

scenario("NET-85", "and so does a multishot request with IOSQE_ASYNC", (world, ring) => {
  BufferRing.filled(world, ring, 1, 64);
  const fd = fileWith(world, "abc");
  const header = messageHeader(world, {}).address;

  ring.submit({ 1: async(recvMultishot(fd, 1)), 2: async(acceptMany(fd)) });
  ring.submit({ 3: async(recvmsgMultishot(fd, 1, header)) });
  ring.submit({ 4: async(recv(fd, world.memory.allocate(1))) });

  ring.expect({ 1: "EBADFD", 2: "EBADFD", 3: "EBADFD", 4: "ENOTSOCK" });
});
