/** Chapter NET: sockets, and the bytes on them. */
import { expect } from "vitest";
import { IORING_CQE_F_SOCK_NONEMPTY } from "../../spec/abi/cqe.ts";
import { IORING_ENTER_GETEVENTS } from "../../spec/abi/enter.ts";
import {
  AF_INET,
  AF_UNIX,
  MSG_DONTWAIT,
  MSG_NOSIGNAL,
  MSG_OOB,
  MSG_PEEK,
  MSG_WAITALL,
  RWF_NOWAIT,
  SHUT_RD,
  SHUT_RDWR,
  SHUT_WR,
  SOCK_CLOEXEC,
  SOCK_NONBLOCK,
  SOCK_STREAM,
} from "../../spec/abi/linux.ts";
import {
  IORING_ACCEPT_POLL_FIRST,
  IORING_RECVSEND_POLL_FIRST,
  SQE_BUF_INDEX,
  SQE_IOPRIO,
  SQE_LEN,
  SQE_OFF,
  SQE_OP_FLAGS,
  SQE_SPLICE_FD_IN,
} from "../../spec/abi/sqe.ts";
import { UNMAPPED } from "../worlds/memory.ts";
import { chapter } from "./harness/chapter.ts";
import { cancel } from "./harness/control-entries.ts";
import { async, link, read, set16, set32, write, writev, type Entry } from "./harness/entries.ts";
import { check } from "./harness/expectation.ts";
import { accept, listen, recv, recvTo, send, shutdown, socket } from "./harness/socket-entries.ts";
import { descriptorOf, tcpSocket } from "./harness/connections.ts";

const scenario = await chapter();
/** Nothing short by chance. */
const WHOLE = { whole: true };

scenario("NET-20", "a socket is a new descriptor", (world, ring) => {
  const plain = descriptorOf(world, ring, socket(AF_INET, SOCK_STREAM));
  const flagged = SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK;
  const other = descriptorOf(world, ring, socket(AF_UNIX, flagged));

  expect(plain).not.toBe(other);
});

scenario("NET-58", "unknown types, families and fields are refused", (_world, ring) => {
  ring.submit({ 1: socket(AF_INET, SOCK_STREAM | (1 << 20)) });
  ring.submit({ 2: socket(200, SOCK_STREAM) });
  ring.submit({ 3: set16(SQE_BUF_INDEX, 1, socket(AF_INET, SOCK_STREAM)) });
  ring.submit({ 4: set32(SQE_OP_FLAGS, 1, socket(AF_INET, SOCK_STREAM)) });

  ring.expect({ 1: "EINVAL", 2: "EAFNOSUPPORT", 3: "EINVAL", 4: "EINVAL" });
});

scenario(
  "NET-34 NET-35 NET-36",
  "a receive and a send with bad fields are refused",
  (world, ring) => {
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
  },
);

scenario("NET-37", "a pipe is no socket", (world, ring) => {
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

scenario("NET-96", "an urgent byte passed over is left for ever", WHOLE, (world, ring) => {
  const [one, other] = world.socketPair();
  const [text, into] = [world.memory.of("ab"), world.memory.allocate(4)];
  const receive = (length: number, flags = 0): readonly number[] => {
    ring.submit({ 1: recvTo(one, into.address, length, flags) });
    const { res, flags: hint } = ring.next(1);
    return [res, hint];
  };
  const sendUrgent = (): void => {
    ring.submit({ 2: send(other, text, MSG_OOB) });
    ring.expect({ 2: 2 });
  };

  sendUrgent();
  expect(receive(1)).toEqual([1, IORING_CQE_F_SOCK_NONEMPTY]);
  expect(receive(1, MSG_OOB)).toEqual([1, 0]);
  world.write(other, "cd");
  expect(receive(4)).toEqual([2, 0]);

  sendUrgent();
  expect(receive(1)).toEqual([1, IORING_CQE_F_SOCK_NONEMPTY]);
  world.write(other, "cd");
  expect(receive(4)).toEqual([2, IORING_CQE_F_SOCK_NONEMPTY]);
});

scenario("NET-97", "an urgent byte read does not come back", WHOLE, (world, ring) => {
  const [one, other] = world.socketPair();
  const into = world.memory.allocate(8);
  const receive = (flags: number): string => {
    ring.submit({ 1: recv(one, into, flags) });
    return into.text(ring.next(1).res);
  };

  ring.submit({ 2: send(other, world.memory.of("ab"), MSG_OOB) });
  ring.expect({ 2: 2 });
  expect(receive(MSG_OOB)).toBe("b");
  ring.submit({ 2: send(other, world.memory.of("cd"), MSG_OOB) });
  ring.expect({ 2: 2 });

  expect([receive(0), receive(MSG_OOB)]).toEqual(["ac", "d"]);
});

scenario(
  "ASYNC-5",
  "who peeks at an urgent byte is tried until it blocks a worker",
  (world, ring) => {
    const [one, other] = world.socketPair();
    ring.submit({ 1: send(other, world.memory.of("a"), MSG_OOB) });
    ring.expect({ 1: 1 });

    ring.submit({ 2: recv(one, world.memory.allocate(1), MSG_PEEK) });
    world.settle();
    // A deferred ring tries once for each time that it is entered.
    for (let times = 0; times < 128; times++) ring.enter(0, 0, IORING_ENTER_GETEVENTS);
    ring.expectPending(2);
    world.untilWorkersBlock(1);
    ring.submit({ 3: cancel(2) });

    ring.expect({ 2: "EINTR", 3: "EALREADY" });
  },
);

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

scenario("NET-87", "what faults takes its whole piece with it", { whole: true }, (world, ring) => {
  const [one, other] = world.socketPair();
  const { address } = world.memory.of("abc");
  const vectors = world.memory.iovecs([
    [address, 3],
    [UNMAPPED, 2],
  ]).address;

  ring.submit({ 1: writev(one, vectors, 2) });

  ring.expect({ 1: "EFAULT" });
  ring.submit({ 2: recv(other, world.memory.allocate(8), MSG_DONTWAIT) });
  ring.expect({ 2: "EAGAIN" });
});

scenario("NET-88", "MSG_DONTWAIT holds on a worker, RWF_NOWAIT does not", (world, ring) => {
  const [one, other] = world.socketPair();
  const memory = world.memory.allocate(1);

  ring.submit({ 1: link(recv(one, memory, MSG_DONTWAIT)) });
  ring.expect({ 1: "EAGAIN" });
  ring.submit({ 2: link(set32(SQE_OP_FLAGS, RWF_NOWAIT, read(one, memory))) });
  ring.expectQuiet();
  world.write(other, "x");

  ring.expect({ 2: 1 });
});

scenario("NET-89", "a poll first ends with a hang-up", (world, ring) => {
  const fd = tcpSocket(world, ring);
  const first = (priority: number, entry: Entry): Entry => set16(SQE_IOPRIO, priority, entry);

  ring.submit({ 1: first(IORING_ACCEPT_POLL_FIRST, accept(fd)) });
  ring.submit({ 2: first(IORING_RECVSEND_POLL_FIRST, recv(fd, world.memory.allocate(1))) });

  ring.expect({ 1: "EINVAL", 2: "ENOTCONN" });
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

scenario("NET-56 NET-57", "a shutdown that cannot be done", (world, ring) => {
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

scenario("RW-15", "but, unlike a pipe, not at a position", (world, ring) => {
  const [one, other] = world.socketPair();
  world.write(other, "x");
  const memory = world.memory.allocate(1);

  ring.submit({ 1: read(one, memory, 1, 55), 2: write(one, memory, 1, 55) });

  ring.expect({ 1: "ESPIPE", 2: "ESPIPE" });
});
