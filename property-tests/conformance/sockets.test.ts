/** Chapter NET: sockets, connections, and the bytes on them. */
import { expect } from "vitest";
import { IORING_CQE_F_SOCK_NONEMPTY } from "../../spec/abi/cqe.ts";
import {
  AF_INET,
  AF_UNIX,
  MSG_DONTWAIT,
  MSG_NOSIGNAL,
  MSG_PEEK,
  MSG_WAITALL,
  POLLIN,
  SHUT_RD,
  SHUT_RDWR,
  SHUT_WR,
  SOCK_CLOEXEC,
  SOCK_NONBLOCK,
  SOCK_STREAM,
} from "../../spec/abi/linux.ts";
import { IORING_OP_BIND, IORING_OP_LISTEN } from "../../spec/abi/opcodes.ts";
import {
  IORING_ACCEPT_DONTWAIT,
  IORING_RECVSEND_POLL_FIRST,
  SQE_BUF_INDEX,
  SQE_IOPRIO,
  SQE_LEN,
  SQE_OFF,
  SQE_OP_FLAGS,
  SQE_SPLICE_FD_IN,
} from "../../spec/abi/sqe.ts";
import { UNMAPPED } from "../worlds/memory.ts";
import type { World } from "../worlds/world.ts";
import { chapter } from "./harness/chapter.ts";
import { cancel, pollAdd } from "./harness/control-entries.ts";
import { async, link, read, set16, set32, write, type Entry } from "./harness/entries.ts";
import { check } from "./harness/expectation.ts";
import {
  accept,
  bind,
  connect,
  listen,
  recv,
  send,
  shutdown,
  socket,
} from "./harness/socket-entries.ts";
import type { TestRing } from "./harness/test-ring.ts";

const scenario = await chapter();

const SOCKADDR_SIZE = 16;
const needsListener = { needs: [IORING_OP_BIND, IORING_OP_LISTEN] } as const;

/** Runs one request that gives a descriptor. */
function descriptorOf(world: World, ring: TestRing, entry: Entry): number {
  ring.submit({ 50: entry });
  const { res } = ring.next(50);
  check("the request gives a descriptor", res >= 0);
  return world.adopt(res);
}

const tcpSocket = (world: World, ring: TestRing): number =>
  descriptorOf(world, ring, socket(AF_INET, SOCK_STREAM));

interface Listener {
  readonly fd: number;
  readonly port: number;
  /** Address of its sockaddr. */
  readonly address: number;
}

function listener(world: World, ring: TestRing): Listener {
  const port = world.freePort();
  const { address } = world.memory.loopback(port);
  const fd = tcpSocket(world, ring);
  ring.submit({ 51: link(bind(fd, address, SOCKADDR_SIZE)), 52: listen(fd, 8) });
  ring.expect({ 51: 0, 52: 0 });
  return { fd, port, address };
}

/** Both ends of a TCP connection. */
function connection(world: World, ring: TestRing): readonly [client: number, server: number] {
  const { fd, address } = listener(world, ring);
  const client = tcpSocket(world, ring);
  ring.submit({ 53: accept(fd), 54: connect(client, address, SOCKADDR_SIZE) });
  ring.expect({ 54: 0 });
  const { res } = ring.next(53);
  check("accept gives a descriptor", res >= 0);
  return [client, world.adopt(res)];
}

scenario("NET-20", "a socket is a new descriptor", (world, ring) => {
  const plain = descriptorOf(world, ring, socket(AF_INET, SOCK_STREAM));
  const flagged = SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK;
  const other = descriptorOf(world, ring, socket(AF_UNIX, flagged));

  expect(plain).not.toBe(other);
});

scenario("NET-20", "unknown types, families and fields are refused", (_world, ring) => {
  ring.submit({ 1: socket(AF_INET, SOCK_STREAM | (1 << 20)) });
  ring.submit({ 2: socket(200, SOCK_STREAM) });
  ring.submit({ 3: set16(SQE_BUF_INDEX, 1, socket(AF_INET, SOCK_STREAM)) });
  ring.submit({ 4: set32(SQE_OP_FLAGS, 1, socket(AF_INET, SOCK_STREAM)) });

  ring.expect({ 1: "EINVAL", 2: "EAFNOSUPPORT", 3: "EINVAL", 4: "EINVAL" });
});

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

scenario("NET-1", "an accept with bad fields is refused", needsListener, (world, ring) => {
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
  "NET-1 CANCEL-2",
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

scenario("NET-5", "a socket connects once", needsListener, (world, ring) => {
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

scenario("NET-5", "bad addresses and fields of a connect are refused", (world, ring) => {
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

scenario(
  "NET-21",
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

scenario("NET-6", "a receive and a send with bad fields are refused", (world, ring) => {
  const [fd] = world.socketPair();
  const memory = world.memory.allocate(1);
  const wrong: readonly Entry[] = [
    set32(SQE_LEN, 0x80000000, recv(fd, memory)),
    set32(SQE_OFF, 1, recv(fd, memory)),
    set32(SQE_SPLICE_FD_IN, 1, recv(fd, memory)),
    set16(SQE_IOPRIO, 1 << 12, recv(fd, memory)),
    set16(SQE_IOPRIO, 1 << 12, send(fd, memory)),
  ];

  for (const entry of wrong) {
    ring.submit({ 1: entry });
    ring.expect({ 1: "EINVAL" });
  }
});

scenario("NET-6", "a pipe is no socket", (world, ring) => {
  const pipe = world.pipe();
  const memory = world.memory.allocate(1);

  ring.submit({ 1: send(pipe.write, memory), 2: shutdown(pipe.write, SHUT_WR) });
  ring.submit({ 3: listen(pipe.read, 1), 4: recv(pipe.read, memory) });

  ring.expect({ 1: "ENOTSOCK", 2: "ENOTSOCK", 3: "ENOTSOCK", 4: "ENOTSOCK" });
});

scenario("NET-7", "a receive waits for data", (world, ring) => {
  const [one, other] = world.socketPair();
  const target = world.memory.allocate(8);
  ring.submit({ 1: recv(one, target) });
  ring.expectQuiet();

  ring.submit({ 2: send(other, world.memory.of("x")) });

  ring.expect({ 1: 1, 2: 1 });
  expect(target.text(1)).toBe("x");
});

scenario("NET-7", "with MSG_DONTWAIT it does not", (world, ring) => {
  const [one] = world.socketPair();

  ring.submit({ 1: recv(one, world.memory.allocate(8), MSG_DONTWAIT) });

  ring.expect({ 1: "EAGAIN" });
});

scenario("NET-8", "with MSG_WAITALL a receive gathers all it asked for", (world, ring) => {
  const [one, other] = world.socketPair();
  const target = world.memory.allocate(6);
  ring.submit({ 1: recv(one, target, MSG_WAITALL) });

  world.write(other, "abc");
  ring.expectQuiet();
  world.write(other, "def");

  ring.expect({ 1: 6 });
  expect(target.text(6)).toBe("abcdef");
});

scenario("NET-8", "or until the peer is gone", (world, ring) => {
  const [one, other] = world.socketPair();
  const target = world.memory.allocate(6);
  ring.submit({ 1: recv(one, target, MSG_WAITALL) });

  world.write(other, "abc");
  world.closeFd(other);

  ring.expect({ 1: 3 });
  expect(target.text(3)).toBe("abc");
});

scenario("NET-9", "a receive hints at what is left", (world, ring) => {
  const [one, other] = world.socketPair();
  world.write(other, "ab");

  ring.submit({ 1: recv(one, world.memory.allocate(1)) });
  const first = ring.next(1);
  ring.submit({ 1: recv(one, world.memory.allocate(1)) });
  const second = ring.next(1);

  expect([first.res, second.res]).toEqual([1, 1]);
  expect(first.flags).toBe(IORING_CQE_F_SOCK_NONEMPTY);
  expect(second.flags).toBe(0);
});

scenario("NET-6 ND-10", "a stream keeps its bytes and their order", (world, ring) => {
  const [one, other] = world.socketPair();
  const message = "the quick brown fox";
  ring.submit({ 1: send(other, world.memory.of(message)) });
  const { res: sent } = ring.next(1);
  expect(sent).toBeGreaterThanOrEqual(1);

  let text = "";
  while (text.length < sent) {
    const target = world.memory.allocate(7);
    ring.submit({ 2: recv(one, target) });
    const { res } = ring.next(2);
    check("the receive gives bytes", res > 0);
    text += target.text(res);
  }

  expect(text).toBe(message.slice(0, sent));
});

scenario("NET-6", "a peek takes nothing", (world, ring) => {
  const [one, other] = world.socketPair();
  world.write(other, "x");
  ring.submit({ 1: recv(one, world.memory.allocate(1), MSG_PEEK) });
  ring.expect({ 1: 1 });

  ring.submit({ 2: recv(one, world.memory.allocate(1)) });

  ring.expect({ 2: 1 });
});

scenario("NET-10", "a send to a peer that is gone gives EPIPE", (world, ring) => {
  const [one, other] = world.socketPair();
  world.closeFd(other);
  const memory = world.memory.of("x");

  ring.submit({ 1: send(one, memory), 2: send(one, memory, MSG_NOSIGNAL) });
  ring.submit({ 3: recv(one, world.memory.allocate(1)) });

  ring.expect({ 1: "EPIPE", 2: "EPIPE", 3: 0 });
});

scenario("NET-11", "with POLL_FIRST the result is the same", (world, ring) => {
  const [one, other] = world.socketPair();
  world.write(other, "x");

  ring.submit({
    1: set16(SQE_IOPRIO, IORING_RECVSEND_POLL_FIRST, recv(one, world.memory.allocate(1))),
    2: set16(SQE_IOPRIO, IORING_RECVSEND_POLL_FIRST, send(one, world.memory.of("y"))),
  });

  ring.expect({ 1: 1, 2: 1 });
});

scenario("NET-15", "a fault leaves the data in the socket", (world, ring) => {
  const [one, other] = world.socketPair();
  world.write(other, "x");
  const nowhere: Entry = (sqes, at) => {
    recv(one, world.memory.allocate(1))(sqes, at);
    sqes.setUint32(at + 16, UNMAPPED, true);
    sqes.setUint32(at + 20, 0, true);
  };
  ring.submit({ 1: nowhere });
  ring.expect({ 1: "EFAULT" });

  ring.submit({ 2: recv(one, world.memory.allocate(1)) });

  ring.expect({ 2: 1 });
});

scenario(
  "NET-19",
  "after a shutdown nothing more is sent, and the peer sees the end",
  (world, ring) => {
    const [one, other] = world.socketPair();
    ring.submit({ 1: recv(other, world.memory.allocate(1)) });

    ring.submit({ 2: shutdown(one, SHUT_WR) });
    ring.expect({ 1: 0, 2: 0 });
    ring.submit({ 3: send(one, world.memory.of("x")), 4: send(other, world.memory.of("y")) });
    ring.expect({ 3: "EPIPE", 4: 1 });
    ring.submit({ 5: recv(one, world.memory.allocate(1)) });

    ring.expect({ 5: 1 });
  },
);

scenario("NET-19", "a shutdown wakes a receive that waits", (world, ring) => {
  const [one] = world.socketPair();
  ring.submit({ 1: recv(one, world.memory.allocate(1)) });

  ring.submit({ 2: shutdown(one, SHUT_RD) });

  ring.expect({ 1: 0, 2: 0 });
});

scenario("NET-19", "a shutdown that cannot be done", (world, ring) => {
  const [one] = world.socketPair();
  ring.submit({ 1: shutdown(one, 3) });
  ring.submit({ 2: set32(SQE_OFF, 1, shutdown(one, SHUT_RDWR)) });
  ring.submit({ 3: set32(SQE_OP_FLAGS, 1, shutdown(one, SHUT_RDWR)) });
  ring.submit({ 4: shutdown(-1, SHUT_WR), 5: shutdown(tcpSocket(world, ring), SHUT_WR) });

  ring.expect({ 1: "EINVAL", 2: "EINVAL", 3: "EINVAL", 4: "EBADF", 5: "ENOTCONN" });
});

scenario("NET-22 ND-12", "of two receives each byte goes to one", (world, ring) => {
  const [one, other] = world.socketPair();
  const [first, second] = [world.memory.allocate(1), world.memory.allocate(1)];
  ring.submit({ 1: recv(one, first), 2: recv(one, second) });

  world.write(other, "ab");

  ring.expect({ 1: 1, 2: 1 });
  expect([first.text(1), second.text(1)].sort()).toEqual(["a", "b"]);
});

scenario("NET-7 RW-2", "a socket can also be read and written", (world, ring) => {
  const [one, other] = world.socketPair();
  const target = world.memory.allocate(8);

  ring.submit({ 1: write(one, world.memory.of("x"), 1, -1), 2: async(read(other, target, 8)) });

  ring.expect({ 1: 1, 2: 1 });
  expect(target.text(1)).toBe("x");
});

scenario("RW-2", "but, unlike a pipe, not at a position", (world, ring) => {
  const [one, other] = world.socketPair();
  world.write(other, "x");
  const memory = world.memory.allocate(1);

  ring.submit({ 1: read(one, memory, 1, 55), 2: write(one, memory, 1, 55) });

  ring.expect({ 1: "ESPIPE", 2: "ESPIPE" });
});

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
