/** Chapter CMD: commands to files. */
import { expect } from "vitest";
import {
  AF_INET,
  O_RDONLY,
  O_RDWR,
  SO_ACCEPTCONN,
  SO_DOMAIN,
  SO_ERROR,
  SO_PROTOCOL,
  SO_REUSEADDR,
  SO_SNDBUF,
  SO_TYPE,
  SOCK_DGRAM,
  SOCK_STREAM,
  SOL_SOCKET,
  SOL_TCP,
} from "../../spec/abi/linux.ts";
import {
  IORING_SETUP_CQE32,
  IORING_SETUP_CQE_MIXED,
  IORING_SETUP_IOPOLL,
} from "../../spec/abi/setup.ts";
import {
  IORING_URING_CMD_FIXED,
  IORING_URING_CMD_MULTISHOT,
  IOSQE_BUFFER_SELECT,
  SOCKET_URING_OP_GETSOCKNAME,
  SOCKET_URING_OP_SIOCINQ,
  SOCKET_URING_OP_SIOCOUTQ,
  SOCKET_URING_OP_TX_TIMESTAMP,
  SQE_ADDR,
  SQE_BUF_INDEX,
  SQE_IOPRIO,
  SQE_LEN,
  SQE_OFF,
} from "../../spec/abi/sqe.ts";
import { ECONNREFUSED } from "../../spec/errno.ts";
import { UNMAPPED, type Memory } from "../worlds/memory.ts";
import type { World } from "../worlds/world.ts";
import { BufferRing } from "./harness/buffers.ts";
import { chapter } from "./harness/chapter.ts";
import { command, getOption, optionWith, setOptionWith } from "./harness/command-entries.ts";
import {
  SOCKADDR_SIZE,
  connection,
  datagramSocket,
  descriptorOf,
  listener,
  tcpSocket,
} from "./harness/connections.ts";
import { cancel } from "./harness/control-entries.ts";
import { async, flagged, link, nop, set16, set32, type Entry } from "./harness/entries.ts";
import { check, type Result } from "./harness/expectation.ts";
import { fileWith } from "./harness/fixtures.ts";
import { sendingTo } from "./harness/message-entries.ts";
import { connect, send, socket } from "./harness/socket-entries.ts";
import type { TestRing } from "./harness/test-ring.ts";

const scenario = await chapter();

const WHOLE = { whole: true };
const TCP_NODELAY = 1;
const UNKNOWN = 9999;
const SO_DEBUG = 1;
const SO_PRIORITY = 12;
const SO_RCVBUFFORCE = 33;
const TCP_REPAIR = 19;
const TCP_REPAIR_QUEUE = 20;
const TCP_FASTOPEN_KEY = 33;
const TCP_RTO_MAX_MS = 44;
const SO_ATTACH_FILTER = 26;
const SO_ATTACH_BPF = 50;
const SO_TXTIME = 61;
const SO_BUF_LOCK = 72;
const SOL_IP = 0;
const IP_ADD_MEMBERSHIP = 35;
const IP_BLOCK_SOURCE = 38;
const IP_UNICAST_IF = 50;
const IP_LOCAL_PORT_RANGE = 51;

/** A word in memory. */
function word(world: World, value: number): Memory {
  const memory = world.memory.allocate(4);
  memory.view.setInt32(0, value, true);
  return memory;
}

/** The value of an option, which is one word. */
function optionOf(world: World, ring: TestRing, fd: number, option: number): number {
  const value = word(world, -1);
  ring.submit({ 60: getOption(fd, option, value) });
  ring.expect({ 60: 4 });
  return value.view.getInt32(0, true);
}

function setWord(world: World, fd: number, option: number, value: number, level?: number): Entry {
  const { address } = word(world, value);
  return setOptionWith(fd, {
    ...(level !== undefined && { level }),
    option,
    value: address,
    length: 4,
  });
}

scenario("CMD-1", "the bytes to read and those not sent are told", WHOLE, (world, ring) => {
  const [client, server] = connection(world, ring);
  const udp = datagramSocket(world, ring);
  const bytes = world.memory.of("abcde");
  ring.submit({ 1: send(client, bytes) });
  ring.submit({ 2: sendingTo(udp.address, SOCKADDR_SIZE, send(udp.fd, bytes)) });
  ring.expect({ 1: 5, 2: 5 });

  ring.submit({ 3: command(server, SOCKET_URING_OP_SIOCINQ) });
  ring.submit({ 4: command(client, SOCKET_URING_OP_SIOCINQ) });
  ring.submit({ 5: command(server, SOCKET_URING_OP_SIOCOUTQ) });
  ring.submit({ 6: command(udp.fd, SOCKET_URING_OP_SIOCINQ) });

  ring.expect({ 3: 5, 4: 0, 5: 0, 6: 5 });
});

scenario("CMD-1", "a listener has neither, and AF_UNIX no such command", (world, ring) => {
  const [one] = world.socketPair();
  const { fd } = listener(world, ring);

  for (const operation of [SOCKET_URING_OP_SIOCINQ, SOCKET_URING_OP_SIOCOUTQ]) {
    ring.submit({ 1: command(one, operation), 2: command(fd, operation) });
    ring.submit({ 3: command(tcpSocket(world, ring), operation) });
    ring.expect({ 1: "EOPNOTSUPP", 2: "EINVAL", 3: 0 });
  }
});

scenario("CMD-2", "options of sockets are told", (world, ring) => {
  const tcp = tcpSocket(world, ring);
  const udp = descriptorOf(world, ring, socket(AF_INET, SOCK_DGRAM));
  const [unix] = world.socketPair();
  const { fd } = listener(world, ring);

  expect(optionOf(world, ring, tcp, SO_TYPE)).toBe(SOCK_STREAM);
  expect(optionOf(world, ring, udp, SO_TYPE)).toBe(SOCK_DGRAM);
  expect(optionOf(world, ring, tcp, SO_DOMAIN)).toBe(AF_INET);
  expect(optionOf(world, ring, unix, SO_DOMAIN)).toBe(1);
  expect(optionOf(world, ring, tcp, SO_PROTOCOL)).toBe(6);
  expect(optionOf(world, ring, udp, SO_PROTOCOL)).toBe(17);
  expect(optionOf(world, ring, tcp, SO_ACCEPTCONN)).toBe(0);
  expect(optionOf(world, ring, fd, SO_ACCEPTCONN)).toBe(1);
});

scenario("CMD-2", "SO_ERROR tells of a failure once", (world, ring) => {
  const { address } = world.memory.loopback(world.freePort(SOCK_DGRAM));
  const { fd } = datagramSocket(world, ring);
  ring.submit({ 1: connect(fd, address, SOCKADDR_SIZE) });
  ring.expect({ 1: 0 });
  ring.submit({ 2: send(fd, world.memory.of("x")) });
  ring.expect({ 2: 1 });

  expect(optionOf(world, ring, fd, SO_ERROR)).toBe(ECONNREFUSED);
  expect(optionOf(world, ring, fd, SO_ERROR)).toBe(0);
});

scenario("CMD-2", "a value is cut to the room there is", (world, ring) => {
  const [one] = world.socketPair();
  const value = world.memory.of("....");
  const get = (length: number): Entry =>
    optionWith(one, { option: SO_TYPE, value: value.address, length });

  ring.submit({ 1: get(1), 2: get(0), 3: get(2), 4: get(9), 5: get(-1) });

  ring.expect({ 1: 1, 2: 0, 3: 2, 4: 4, 5: "EINVAL" });
});

scenario("CMD-2", "what cannot be told is refused", (world, ring) => {
  const tcp = tcpSocket(world, ring);
  const [unix] = world.socketPair();
  const value = word(world, 0);

  for (const fd of [tcp, unix]) {
    ring.submit({ 1: getOption(fd, TCP_NODELAY, value, SOL_TCP) });
    ring.submit({ 2: getOption(fd, UNKNOWN, value) });
    ring.submit({ 3: optionWith(fd, { option: SO_TYPE, value: UNMAPPED, length: 4 }) });
    ring.expect({ 1: "EOPNOTSUPP", 2: "ENOPROTOOPT", 3: "EFAULT" });
  }
});

scenario("CMD-3", "options are set, and told afterwards", (world, ring) => {
  const tcp = tcpSocket(world, ring);
  const [unix] = world.socketPair();

  for (const fd of [tcp, unix]) {
    ring.submit({ 1: setWord(world, fd, SO_REUSEADDR, 7) });
    ring.submit({ 2: setWord(world, fd, SO_SNDBUF, 20_000) });
    ring.expect({ 1: 0, 2: 0 });
    expect(optionOf(world, ring, fd, SO_REUSEADDR)).toBe(1);
    expect(optionOf(world, ring, fd, SO_SNDBUF)).toBe(40_000);
  }
});

scenario("CMD-3", "on other levels too", (world, ring) => {
  const tcp = tcpSocket(world, ring);
  const udp = descriptorOf(world, ring, socket(AF_INET, SOCK_DGRAM));
  const [unix] = world.socketPair();
  const set = (fd: number): Entry => setWord(world, fd, TCP_NODELAY, 1, SOL_TCP);

  ring.submit({ 1: set(tcp), 2: set(udp), 3: set(unix) });

  ring.expect({ 1: 0, 2: "ENOPROTOOPT", 3: "EOPNOTSUPP" });
});

scenario("CMD-3", "what cannot be set is refused", (world, ring) => {
  const [unix] = world.socketPair();
  const { address: value } = word(world, 1);
  const option = SO_REUSEADDR;

  for (const fd of [tcpSocket(world, ring), unix]) {
    ring.submit({ 1: setOptionWith(fd, { option, value, length: 0 }) });
    ring.submit({ 2: setOptionWith(fd, { option, value, length: -1 }) });
    ring.submit({ 3: setOptionWith(fd, { option, value: UNMAPPED, length: 4 }) });
    ring.submit({ 4: setWord(world, fd, UNKNOWN, 1), 5: setWord(world, fd, SO_TYPE, 1) });
    ring.expect({ 1: "EINVAL", 2: "EINVAL", 3: "EFAULT", 4: "ENOPROTOOPT", 5: "ENOPROTOOPT" });
  }
  ring.submit({ 6: setOptionWith(unix, { level: SOL_SOCKET, option, value, length: 9 }) });
  ring.expect({ 6: 0 });
});

/** Options set to a value, and what comes of it. */
type Attempts = readonly (readonly [
  level: number,
  option: number,
  value: number,
  length: number,
  expected: Result,
])[];

function setEach(world: World, ring: TestRing, fd: number, attempts: Attempts): void {
  const value = world.memory.allocate(16);
  for (const [level, option, number, length, expected] of attempts) {
    value.view.setInt32(0, number, true);
    ring.submit({ 1: setOptionWith(fd, { level, option, value: value.address, length }) });
    ring.expect({ 1: expected });
  }
}

scenario("CMD-3", "options refuse what they cannot be", (world, ring) => {
  const fd = tcpSocket(world, ring);
  setEach(world, ring, fd, [
    [SOL_IP, IP_BLOCK_SOURCE, 0, 4, "EINVAL"],
    [SOL_IP, IP_ADD_MEMBERSHIP, 0, 4, "EPROTO"],
    [SOL_IP, IP_UNICAST_IF, 100, 4, "EADDRNOTAVAIL"],
    [SOL_IP, IP_LOCAL_PORT_RANGE, 0x7fffffff, 4, "EINVAL"],
    [SOL_TCP, TCP_RTO_MAX_MS, 999, 4, "EINVAL"],
    [SOL_TCP, TCP_REPAIR_QUEUE, 0, 4, "EPERM"],
    [SOL_TCP, TCP_FASTOPEN_KEY, 0, 15, "EINVAL"],
    [SOL_TCP, TCP_FASTOPEN_KEY, 0, 16, 0],
    [SOL_SOCKET, SO_BUF_LOCK, 4, 4, "EINVAL"],
    [SOL_SOCKET, SO_ATTACH_BPF, 0x7fffffff, 4, "EBADF"],
    [SOL_SOCKET, SO_ATTACH_BPF, fd, 4, "EINVAL"],
  ]);
});

scenario(
  "CMD-3",
  "some of them only what not everyone may set",
  { privilege: "CAP_NET_ADMIN" },
  (world, ring) => {
    const fd = tcpSocket(world, ring);
    setEach(world, ring, fd, [
      [SOL_SOCKET, SO_TXTIME, 7, 8, "EINVAL"],
      [SOL_SOCKET, SO_ATTACH_FILTER, 1, 16, "EINVAL"],
    ]);
    world.withoutPrivileges(() => {
      setEach(world, ring, fd, [[SOL_SOCKET, SO_TXTIME, 7, 8, "EPERM"]]);
    });
  },
);

scenario("CMD-4", "files without commands, and unknown commands", (world, ring) => {
  const pipe = world.pipe();
  const [unix] = world.socketPair();
  const tcp = tcpSocket(world, ring);
  const files = [pipe.read, fileWith(world, "abc"), world.eventfd(), world.epoll(), ring.fd];

  for (const fd of files) {
    ring.submit({ 1: command(fd, SOCKET_URING_OP_SIOCINQ), 2: command(fd, 99) });
    ring.expect({ 1: "EOPNOTSUPP", 2: "EOPNOTSUPP" });
  }
  for (const fd of [unix, tcp]) {
    ring.submit({ 1: command(fd, 99), 2: command(fd, SOCKET_URING_OP_GETSOCKNAME) });
    ring.expect({ 1: "EOPNOTSUPP", 2: "EOPNOTSUPP" });
  }
  ring.submit({ 3: command(-1, 0), 4: link(command(unix, 99)), 5: nop() });
  ring.expect({ 3: "EBADF" });
  ring.expect({ 4: "EOPNOTSUPP", 5: "ECANCELED" });
});

scenario("CMD-5", "unknown flags and reserved fields come before the descriptor", (world, ring) => {
  const [unix] = world.socketPair();
  for (const fd of [unix, -1]) {
    ring.submit({ 1: command(fd, 99, 4), 2: command(fd, 99, 0x80000000) });
    ring.submit({ 3: set32(SQE_OFF + 4, 1, command(fd, 99)) });
    ring.submit({ 4: set16(SQE_IOPRIO, 1, command(fd, 99)) });
    ring.expect({ 1: "EINVAL", 2: "EINVAL", 3: "EINVAL", 4: "EINVAL" });
  }
});

scenario("CMD-5", "other fields are the command's", (world, ring) => {
  const tcp = tcpSocket(world, ring);
  const entry = command(tcp, SOCKET_URING_OP_SIOCINQ);

  ring.submit({ 1: set32(SQE_ADDR, UNMAPPED, entry), 2: set32(SQE_LEN, 0xffffffff, entry) });
  ring.submit({ 3: set16(SQE_BUF_INDEX, 77, entry), 4: async(entry) });

  ring.expect({ 1: 0, 2: 0, 3: 0, 4: 0 });
});

scenario(
  "CMD-6",
  "a registered buffer is not looked for unless a command uses it",
  (world, ring) => {
    const tcp = tcpSocket(world, ring);

    ring.submit({ 1: command(tcp, SOCKET_URING_OP_SIOCINQ, IORING_URING_CMD_FIXED) });

    ring.expect({ 1: 0 });
  },
);

scenario("CMD-7 BUF-23", "a command for many results selects buffers", (world, ring) => {
  const [unix] = world.socketPair();
  BufferRing.filled(world, ring, 1, 16, { group: 0 });
  const many = IORING_URING_CMD_MULTISHOT;

  for (const fd of [unix, -1]) {
    ring.submit({ 1: command(fd, 0, many) });
    ring.submit({ 2: flagged(IOSQE_BUFFER_SELECT, command(fd, 0)) });
    const both = many | IORING_URING_CMD_FIXED;
    ring.submit({ 3: flagged(IOSQE_BUFFER_SELECT, command(fd, 0, both)) });
    ring.expect({ 1: "EINVAL", 2: "EINVAL", 3: "EINVAL" });
  }
  ring.submit({ 4: flagged(IOSQE_BUFFER_SELECT, command(unix, 0, many)) });
  ring.submit({ 5: flagged(IOSQE_BUFFER_SELECT, command(world.pipe().read, 0, many)) });
  ring.expect({ 4: "EOPNOTSUPP", 5: "EOPNOTSUPP" });
});

scenario("CMD-8", "times of sending need wide completions", (world, ring) => {
  const [unix] = world.socketPair();

  ring.submit({ 1: command(unix, SOCKET_URING_OP_TX_TIMESTAMP) });
  ring.submit({ 2: command(tcpSocket(world, ring), SOCKET_URING_OP_TX_TIMESTAMP) });

  ring.expect({ 1: "EINVAL", 2: "EINVAL" });
});

for (const flags of [IORING_SETUP_CQE32, IORING_SETUP_CQE_MIXED]) {
  scenario("CMD-8", "and wait for what is sent", { flags }, (world, ring) => {
    const { fd, address } = datagramSocket(world, ring);
    ring.submit({ 1: command(fd, SOCKET_URING_OP_TX_TIMESTAMP) });
    ring.expectPending(1);

    ring.submit({ 2: sendingTo(address, SOCKADDR_SIZE, send(fd, world.memory.of("x"))) });
    ring.expect({ 2: 1 });
    ring.expectQuiet();
    ring.submit({ 3: cancel(1) });

    ring.expect({ 1: "ECANCELED", 3: 0 });
  });
}

scenario("CMD-9", "/dev/null takes any command, /dev/zero none", (world, ring) => {
  const sink = world.open("/dev/null", O_RDWR);
  const zero = world.open("/dev/zero", O_RDONLY);

  ring.submit({ 1: command(sink, 0), 2: command(sink, 0xffffffff), 3: command(zero, 0) });
  ring.submit({ 4: async(command(sink, 5, IORING_URING_CMD_FIXED)) });

  ring.expect({ 1: 0, 2: 0, 3: "EOPNOTSUPP", 4: 0 });
  check("nothing was written", world.read(zero, 1) instanceof Uint8Array);
});

scenario("CMD-11", "some options are for the privileged", (world, ring) => {
  const fd = tcpSocket(world, ring);
  world.withoutPrivileges(() => {
    ring.submit({ 1: setWord(world, fd, SO_DEBUG, 7), 2: setWord(world, fd, SO_RCVBUFFORCE, 7) });
    ring.expect({ 1: "EACCES", 2: "EPERM" });
    ring.submit({ 3: setWord(world, fd, SO_PRIORITY, 7) });
    ring.submit({ 4: setWord(world, fd, TCP_REPAIR, 7, SOL_TCP) });
    ring.expect({ 3: "EPERM", 4: "EPERM" });
    ring.submit({ 5: setWord(world, fd, SO_PRIORITY, 6) });
    ring.expect({ 5: 0 });
  });
});

scenario("CMD-12", "nothing is polled for", { flags: IORING_SETUP_IOPOLL }, (world, ring) => {
  const [one] = world.socketPair();

  ring.submit({
    1: command(one, SOCKET_URING_OP_SIOCINQ),
    2: command(world.open("/dev/null", O_RDWR), 77),
  });

  ring.expect({ 1: "EOPNOTSUPP", 2: "EOPNOTSUPP" });
});
