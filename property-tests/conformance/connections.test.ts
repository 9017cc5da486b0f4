/** Chapter NET: listening, accepting, connecting. */
import { expect } from "vitest";
import { AF_INET, MSG_ERRQUEUE, POLLIN, SOCK_NONBLOCK, SOCK_STREAM } from "../../spec/abi/linux.ts";
import {
  IORING_ACCEPT_DONTWAIT,
  SQE_BUF_INDEX,
  SQE_IOPRIO,
  SQE_LEN,
  SQE_OFF,
  SQE_OP_FLAGS,
} from "../../spec/abi/sqe.ts";
import { UNMAPPED } from "../worlds/memory.ts";
import { chapter } from "./harness/chapter.ts";
import { cancel, pollAdd } from "./harness/control-entries.ts";
import { async, set16, set32, type Entry } from "./harness/entries.ts";
import { accept, bind, connect, listen, recv, send, socket } from "./harness/socket-entries.ts";
import {
  SOCKADDR_SIZE,
  connection,
  datagramSocket,
  descriptorOf,
  listener,
  needsListener,
  tcpSocket,
} from "./harness/connections.ts";

const scenario = await chapter();

scenario(
  "NET-1 NET-5 NET-21",
  "a connection carries bytes both ways",
  needsListener,
  (world, ring) => {
    const [client, server] = connection(world, ring);
    const [atServer, atClient] = [world.memory.allocate(1), world.memory.allocate(1)];

    ring.submit({ 1: send(client, world.memory.of("a")), 2: recv(server, atServer) });
    ring.expect({ 1: 1, 2: 1 });
    ring.submit({ 3: send(server, world.memory.of("b")), 4: recv(client, atClient) });
    ring.expect({ 3: 1, 4: 1 });

    expect([atServer.text(1), atClient.text(1)]).toEqual(["a", "b"]);
  },
);

scenario("NET-1", "an accept waits for a connection", needsListener, (world, ring) => {
  const { fd, address } = listener(world, ring);
  const client = tcpSocket(world, ring);
  ring.submit({ 1: accept(fd) });
  ring.expectQuiet();

  ring.submit({ 2: connect(client, address, SOCKADDR_SIZE) });

  ring.expect({ 2: 0 });
  expect(world.adopt(ring.next(1).res)).toBeGreaterThan(0);
});

scenario("NET-23 NET-24", "an accept with bad fields is refused", needsListener, (world, ring) => {
  const { fd } = listener(world, ring);
  const wrong: readonly Entry[] = [
    set32(SQE_LEN, 1, accept(fd)),
    set16(SQE_BUF_INDEX, 1, accept(fd)),
    accept(fd, 1),
    set16(SQE_IOPRIO, 1 << 8, accept(fd)),
    accept(tcpSocket(world, ring)),
  ];

  for (const entry of wrong) {
    ring.submit({ 1: entry });
    ring.expect({ 1: "EINVAL" });
  }
});

scenario("NET-2", "with ACCEPT_DONTWAIT an accept does not wait", needsListener, (world, ring) => {
  const { fd } = listener(world, ring);

  ring.submit({ 1: set16(SQE_IOPRIO, IORING_ACCEPT_DONTWAIT, accept(fd)) });

  ring.expect({ 1: "EAGAIN" });
});

scenario("NET-3", "an accept tells who connected", needsListener, (world, ring) => {
  const { fd, address } = listener(world, ring);
  const client = tcpSocket(world, ring);
  const [peer, length] = [world.memory.allocate(SOCKADDR_SIZE), world.memory.allocate(4)];
  length.view.setUint32(0, SOCKADDR_SIZE, true);
  ring.submit({ 1: accept(fd, 0, peer.address, length.address) });

  ring.submit({ 2: connect(client, address, SOCKADDR_SIZE) });

  ring.expect({ 2: 0 });
  world.adopt(ring.next(1).res);
  expect(length.view.getUint32(0, true)).toBe(SOCKADDR_SIZE);
  expect(peer.view.getUint16(0, true)).toBe(AF_INET);
  expect([...peer.bytes.slice(4, 8)]).toEqual([127, 0, 0, 1]);
});

scenario(
  "NET-30 CANCEL-2",
  "a cancelled accept leaves no descriptor",
  needsListener,
  (world, ring) => {
    const { fd } = listener(world, ring);
    ring.submit({ 1: accept(fd) });

    ring.submit({ 2: cancel(1) });

    ring.expect({ 1: "ECANCELED", 2: 0 });
  },
);

scenario("NET-5", "nobody listens: the connection is refused", (world, ring) => {
  const { address } = world.memory.loopback(world.freePort());

  ring.submit({ 1: connect(tcpSocket(world, ring), address, SOCKADDR_SIZE) });

  ring.expect({ 1: "ECONNREFUSED" });
});

scenario("NET-90", "a socket that was refused cannot listen, and is at its end", (world, ring) => {
  const { address } = world.memory.loopback(world.freePort());
  const fd = tcpSocket(world, ring);
  ring.submit({ 1: connect(fd, address, SOCKADDR_SIZE) });
  ring.expect({ 1: "ECONNREFUSED" });

  ring.submit({ 2: listen(fd, 1), 3: recv(fd, world.memory.allocate(4)) });
  ring.expect({ 2: "EINVAL", 3: 0 });
  ring.submit({ 4: send(fd, world.memory.of("a")) });
  ring.expect({ 4: "EPIPE" });
  ring.submit({ 5: connect(fd, address, SOCKADDR_SIZE) });

  ring.expect({ 5: "ECONNREFUSED" });
});

scenario(
  "NET-91",
  "a socket that is bound to an address connects to itself there",
  (world, ring) => {
    const { address } = world.memory.loopback(world.freePort());
    const fd = tcpSocket(world, ring);
    ring.submit({ 1: bind(fd, address, SOCKADDR_SIZE) });
    ring.expect({ 1: 0 });

    ring.submit({ 2: connect(fd, address, SOCKADDR_SIZE) });
    ring.expect({ 2: 0 });

    const echo = world.memory.allocate(1);
    ring.submit({ 3: send(fd, world.memory.of("e")), 4: recv(fd, echo) });
    ring.expect({ 3: 1, 4: 1 });
    expect(echo.text(1)).toBe("e");
  },
);

scenario("NET-92", "two connects of one socket share an attempt", needsListener, (world, ring) => {
  const { address } = listener(world, ring);
  const client = tcpSocket(world, ring);

  ring.submit({
    1: connect(client, address, SOCKADDR_SIZE),
    2: connect(client, address, SOCKADDR_SIZE),
  });

  ring.expect({ 1: 0, 2: 0 });
});

scenario("NET-92", "and both are refused where nobody listens", (world, ring) => {
  const { address } = world.memory.loopback(world.freePort());
  const client = tcpSocket(world, ring);

  ring.submit({
    1: connect(client, address, SOCKADDR_SIZE),
    2: connect(client, address, SOCKADDR_SIZE),
  });

  ring.expect({ 1: "ECONNREFUSED", 2: "ECONNREFUSED" });
});

scenario("NET-93", "a receive takes the error of a connect, which begins again", (world, ring) => {
  const { address } = world.memory.loopback(world.freePort());
  const client = tcpSocket(world, ring);

  ring.submit({
    1: connect(client, address, SOCKADDR_SIZE),
    2: recv(client, world.memory.allocate(4)),
  });

  const refused = "ECONNREFUSED";
  // One that comes later finds the end of the connection.
  ring.expectOneOf([
    { 1: refused, 2: refused },
    { 1: refused, 2: 0 },
  ]);
});

scenario("NET-33", "a socket connects once", needsListener, (world, ring) => {
  const { address } = listener(world, ring);
  const client = tcpSocket(world, ring);
  ring.submit({ 1: connect(client, address, SOCKADDR_SIZE) });
  ring.expect({ 1: 0 });

  ring.submit({ 2: connect(client, address, SOCKADDR_SIZE) });

  ring.expect({ 2: "EISCONN" });
});

scenario("NET-5", "a non-blocking socket connects like any other", needsListener, (world, ring) => {
  const { address } = listener(world, ring);
  const client = descriptorOf(world, ring, socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK));

  ring.submit({ 1: connect(client, address, SOCKADDR_SIZE) });

  ring.expect({ 1: 0 });
});

scenario("NET-31 NET-32", "bad addresses and fields of a connect are refused", (world, ring) => {
  const client = tcpSocket(world, ring);
  const { address } = world.memory.loopback(1);

  ring.submit({ 1: connect(client, address, 129) });
  ring.submit({ 2: connect(client, UNMAPPED, SOCKADDR_SIZE) });
  ring.submit({ 3: set32(SQE_LEN, 1, connect(client, address, SOCKADDR_SIZE)) });

  ring.expect({ 1: "EINVAL", 2: "EFAULT", 3: "EINVAL" });
});

scenario("NET-21", "one address is for one listener", needsListener, (world, ring) => {
  const { address } = listener(world, ring);

  ring.submit({ 1: bind(tcpSocket(world, ring), address, SOCKADDR_SIZE) });

  ring.expect({ 1: "EADDRINUSE" });
});

scenario("NET-60", "the address of a bind is read first", needsListener, (world, ring) => {
  const fd = tcpSocket(world, ring);
  const { address } = world.memory.loopback(world.freePort());

  ring.submit({ 1: bind(fd, UNMAPPED, SOCKADDR_SIZE), 2: bind(-1, UNMAPPED, SOCKADDR_SIZE) });
  ring.expect({ 1: "EFAULT", 2: "EFAULT" });
  ring.submit({ 3: bind(-1, address, 129), 4: bind(fd, address, 1) });

  ring.expect({ 3: "EINVAL", 4: "EINVAL" });
});

scenario("NET-61", "what cannot listen is refused", needsListener, (world, ring) => {
  const [client] = connection(world, ring);

  ring.submit({ 1: listen(datagramSocket(world, ring).fd, 1), 2: listen(client, 1) });
  ring.submit({ 3: listen(world.pipe().read, 1) });

  ring.expect({ 1: "EOPNOTSUPP", 2: "EINVAL", 3: "ENOTSOCK" });
});

scenario(
  "NET-59",
  "unused fields of a bind and a listen are refused",
  needsListener,
  (world, ring) => {
    const fd = tcpSocket(world, ring);
    const { address } = world.memory.loopback(world.freePort());

    ring.submit({ 1: set32(SQE_LEN, 1, bind(fd, address, SOCKADDR_SIZE)) });
    ring.submit({ 2: set16(SQE_BUF_INDEX, 1, bind(fd, address, SOCKADDR_SIZE)) });
    ring.submit({ 3: set32(SQE_OFF, 1, listen(fd, 8)) });
    ring.submit({ 4: set32(SQE_OP_FLAGS, 1, listen(fd, 8)) });

    ring.expect({ 1: "EINVAL", 2: "EINVAL", 3: "EINVAL", 4: "EINVAL" });
  },
);

scenario(
  "POLL-1 NET-1",
  "a listener is readable when somebody connects",
  needsListener,
  (world, ring) => {
    const { fd, address } = listener(world, ring);
    ring.submit({ 1: pollAdd(fd, POLLIN) });
    ring.expectPending(1);

    ring.submit({ 2: connect(tcpSocket(world, ring), address, SOCKADDR_SIZE) });

    ring.expect({ 1: POLLIN, 2: 0 });
  },
);

scenario(
  "NET-94",
  "a receive of errors does not wait where something else holds",
  (world, ring) => {
    const fresh = tcpSocket(world, ring);
    const { fd } = listener(world, ring);
    const into = world.memory.allocate(4);
    const later = async(recv(fresh, into, MSG_ERRQUEUE));

    ring.submit({ 1: recv(fresh, into, MSG_ERRQUEUE), 2: later });
    ring.expect({ 1: "EAGAIN", 2: "EAGAIN" });

    ring.submit({ 3: recv(fd, into, MSG_ERRQUEUE), 4: async(recv(fd, into, MSG_ERRQUEUE)) });
    ring.expectQuiet();
    ring.submit({ 5: cancel(3), 6: cancel(4) });
    ring.expect({ 3: "ECANCELED", 4: "ECANCELED", 5: 0, 6: 0 });
  },
);
