/** Chapter NET, continued: URING_CMD. */
import { expect } from "vitest";
import {
  AF_INET,
  O_RDWR,
  SO_TYPE,
  SOCK_STREAM,
  SOL_SOCKET,
  SOL_TCP,
} from "../../spec/abi/linux.ts";
import { IORING_OP_URING_CMD } from "../../spec/abi/opcodes.ts";
import {
  SOCKET_URING_OP_GETSOCKNAME,
  SOCKET_URING_OP_GETSOCKOPT,
  SOCKET_URING_OP_SETSOCKOPT,
  SOCKET_URING_OP_SIOCINQ,
  SOCKET_URING_OP_SIOCOUTQ,
  SQE_ADDR,
  SQE_ADDR3,
  SQE_FD,
  SQE_IOPRIO,
  SQE_LEN,
  SQE_OFF,
  SQE_OP_FLAGS,
  SQE_SPLICE_FD_IN,
} from "../../spec/abi/sqe.ts";
import { setU64 } from "../../src/queue/index.ts";
import { UNMAPPED } from "../worlds/memory.ts";
import { chapter } from "./harness/chapter.ts";
import { descriptorOf } from "./harness/connections.ts";
import { type Entry, set16, set32 } from "./harness/entries.ts";
import type { Result } from "./harness/expectation.ts";
import { fileWith } from "./harness/fixtures.ts";
import { socket } from "./harness/socket-entries.ts";

const scenario = await chapter();

const SO_DEBUG = 1;
const SO_PRIORITY = 12;
const SO_RCVBUFFORCE = 33;
const TCP_REPAIR = 19;
const TCP_REPAIR_QUEUE = 20;
const TCP_FASTOPEN_KEY = 33;
const TCP_RTO_MAX_MS = 44;
const SO_ATTACH_FILTER = 26;
const SO_TXTIME = 61;
const SO_BUF_LOCK = 72;
const SOL_IP = 0;
const IP_ADD_MEMBERSHIP = 35;
const IP_BLOCK_SOURCE = 38;
const IP_UNICAST_IF = 50;
const IP_LOCAL_PORT_RANGE = 51;

/** URING_CMD without anything but its number. */
function command(fd: number, operation: number): Entry {
  return (sqes, at) => {
    sqes.setUint8(at, IORING_OP_URING_CMD);
    sqes.setInt32(at + SQE_FD, fd, true);
    sqes.setUint32(at + SQE_OFF, operation, true);
  };
}

/** GETSOCKOPT or SETSOCKOPT. */
function option(
  fd: number,
  operation: number,
  [level, name]: readonly [number, number],
  [value, length]: readonly [number, number],
): Entry {
  return (sqes, at) => {
    command(fd, operation)(sqes, at);
    sqes.setUint32(at + SQE_ADDR, level, true);
    sqes.setUint32(at + SQE_ADDR + 4, name, true);
    sqes.setInt32(at + SQE_SPLICE_FD_IN, length, true);
    setU64(sqes, at + SQE_ADDR3, value);
  };
}

scenario("NET-73", "a socket of IP tells how much is there", (world, ring) => {
  const fd = descriptorOf(world, ring, socket(AF_INET, SOCK_STREAM));
  const [unix] = world.socketPair();

  ring.submit({ 1: command(unix, SOCKET_URING_OP_SIOCINQ) });
  ring.submit({ 2: command(unix, SOCKET_URING_OP_SIOCOUTQ) });
  ring.submit({ 3: command(fd, SOCKET_URING_OP_SIOCOUTQ) });

  ring.expect({ 1: "EOPNOTSUPP", 2: "EOPNOTSUPP", 3: 0 });
});

scenario("NET-74", "options are read and set", (world, ring) => {
  const fd = descriptorOf(world, ring, socket(AF_INET, SOCK_STREAM));
  const value = world.memory.allocate(8);
  const get = (level: number, name: number, at = value.address, length = 8): Entry =>
    option(fd, SOCKET_URING_OP_GETSOCKOPT, [level, name], [at, length]);
  const set = (length: number): Entry =>
    option(fd, SOCKET_URING_OP_SETSOCKOPT, [SOL_SOCKET, SO_PRIORITY], [value.address, length]);

  ring.submit({ 1: get(SOL_SOCKET, SO_TYPE), 2: get(SOL_TCP, 1) });
  ring.submit({ 3: get(SOL_SOCKET, SO_TYPE, UNMAPPED), 4: get(SOL_SOCKET, 1000) });
  ring.expect({ 1: 4, 2: "EOPNOTSUPP", 3: "EFAULT", 4: "ENOPROTOOPT" });
  expect([...value.bytes]).toEqual([SOCK_STREAM, 0, 0, 0, 0, 0, 0, 0]);
  ring.submit({ 5: get(SOL_SOCKET, SO_TYPE, value.address, 2), 6: set(4) });
  ring.submit({ 7: set(0), 8: set(-1) });

  ring.expect({ 5: 2, 6: 0, 7: "EINVAL", 8: "EINVAL" });
});

scenario("NET-74", "options refuse what they cannot be", (world, ring) => {
  const fd = descriptorOf(world, ring, socket(AF_INET, SOCK_STREAM));
  const value = world.memory.allocate(16);
  const set = (level: number, name: number, number: number, length = 4): Entry => {
    new DataView(value.bytes.buffer, value.bytes.byteOffset).setInt32(0, number, true);
    return option(fd, SOCKET_URING_OP_SETSOCKOPT, [level, name], [value.address, length]);
  };
  const wrong: readonly (readonly [entry: () => Entry, expected: Result])[] = [
    [() => set(SOL_IP, IP_BLOCK_SOURCE, 0), "EINVAL"],
    [() => set(SOL_IP, IP_ADD_MEMBERSHIP, 0), "EPROTO"],
    [() => set(SOL_IP, IP_UNICAST_IF, 100), "EADDRNOTAVAIL"],
    [() => set(SOL_IP, IP_LOCAL_PORT_RANGE, 0x7fffffff), "EINVAL"],
    [() => set(SOL_TCP, TCP_RTO_MAX_MS, 999), "EINVAL"],
    [() => set(SOL_TCP, TCP_REPAIR_QUEUE, 0), "EPERM"],
    [() => set(SOL_TCP, TCP_FASTOPEN_KEY, 0, 15), "EINVAL"],
    [() => set(SOL_TCP, TCP_FASTOPEN_KEY, 0, 16), 0],
    [() => set(SOL_SOCKET, SO_BUF_LOCK, 4), "EINVAL"],
    [() => set(SOL_SOCKET, SO_TXTIME, 7, 8), "EINVAL"],
    [() => set(SOL_SOCKET, SO_ATTACH_FILTER, 1, 16), "EINVAL"],
  ];

  for (const [entry, expected] of wrong) {
    ring.submit({ 1: entry() });
    ring.expect({ 1: expected });
  }
});

scenario("NET-75", "most files have no commands", (world, ring) => {
  const fd = descriptorOf(world, ring, socket(AF_INET, SOCK_STREAM));

  ring.submit({ 1: command(world.pipe().read, 0), 2: command(fileWith(world, "", O_RDWR), 0) });
  ring.expect({ 1: "EOPNOTSUPP", 2: "EOPNOTSUPP" });
  ring.submit({ 3: command(ring.queue.ringFd, 0), 4: command(fd, 99) });
  ring.submit({ 5: command(fd, SOCKET_URING_OP_GETSOCKNAME) });

  ring.expect({ 3: "EOPNOTSUPP", 4: "EOPNOTSUPP", 5: "EOPNOTSUPP" });
});

scenario("NET-76", "what is wrong in the SQE comes before the descriptor", (world, ring) => {
  const [unix] = world.socketPair();

  ring.submit({ 1: set32(SQE_OP_FLAGS, 1 << 20, command(-1, 0)) });
  ring.submit({ 2: set32(SQE_OFF + 4, 1, command(-1, 0)) });
  ring.submit({ 3: set16(SQE_IOPRIO, 1, command(-1, 0)) });
  ring.expect({ 1: "EINVAL", 2: "EINVAL", 3: "EINVAL" });
  ring.submit({ 4: set32(SQE_LEN, 77, command(unix, 99)), 5: command(-1, 99) });

  ring.expect({ 4: "EOPNOTSUPP", 5: "EBADF" });
});

scenario("NET-81", "some options are for the privileged", (world, ring) => {
  const fd = descriptorOf(world, ring, socket(AF_INET, SOCK_STREAM));
  const value = world.memory.allocate(4);
  value.bytes[0] = 7;
  const set = (level: number, name: number): Entry =>
    option(fd, SOCKET_URING_OP_SETSOCKOPT, [level, name], [value.address, 4]);

  world.withoutPrivileges(() => {
    ring.submit({ 1: set(SOL_SOCKET, SO_DEBUG), 2: set(SOL_SOCKET, SO_RCVBUFFORCE) });
    ring.expect({ 1: "EACCES", 2: "EPERM" });
    ring.submit({ 3: set(SOL_SOCKET, SO_PRIORITY), 4: set(SOL_TCP, TCP_REPAIR) });
    ring.expect({ 3: "EPERM", 4: "EPERM" });
    value.bytes[0] = 6;
    ring.submit({ 5: set(SOL_SOCKET, SO_PRIORITY) });
    ring.expect({ 5: 0 });
  });
});
