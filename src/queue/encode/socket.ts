/** SQEs on sockets. Socket addresses are addresses of a `struct sockaddr_*` in memory. */
import {
  IORING_OP_ACCEPT,
  IORING_OP_BIND,
  IORING_OP_CONNECT,
  IORING_OP_LISTEN,
  IORING_OP_RECV,
  IORING_OP_SEND,
  IORING_OP_SHUTDOWN,
  IORING_OP_SOCKET,
  IORING_OP_URING_CMD,
} from "../../../spec/abi/opcodes.ts";
import {
  SOCKET_URING_OP_SETSOCKOPT,
  SQE_ADDR3,
  SQE_OPTNAME,
  SQE_SPLICE_FD_IN,
} from "../../../spec/abi/sqe.ts";
import { encodeEntry, setU64 } from "./entry.ts";

/** IORING_OP_SOCKET (socket(2)). `type` may carry SOCK_CLOEXEC and SOCK_NONBLOCK. */
export function encodeSocket(
  sqes: DataView,
  at: number,
  domain: number,
  type: number,
  protocol: number,
): void {
  encodeEntry(sqes, at, IORING_OP_SOCKET, domain, type, 0, protocol, 0);
}

/** IORING_OP_BIND (bind(2)), Linux 6.11. */
export function encodeBind(
  sqes: DataView,
  at: number,
  fd: number,
  address: number,
  length: number,
): void {
  encodeEntry(sqes, at, IORING_OP_BIND, fd, length, address, 0, 0);
}

/** IORING_OP_LISTEN (listen(2)), Linux 6.11. */
export function encodeListen(sqes: DataView, at: number, fd: number, backlog: number): void {
  encodeEntry(sqes, at, IORING_OP_LISTEN, fd, 0, 0, backlog, 0);
}

/**
 * IORING_OP_ACCEPT (accept4(2)). `address` and `addressLength` are 0, or the
 * addresses of a sockaddr to fill and of the u32 that holds its size.
 */
export function encodeAccept(
  sqes: DataView,
  at: number,
  fd: number,
  address: number,
  addressLength: number,
  flags: number,
): void {
  encodeEntry(sqes, at, IORING_OP_ACCEPT, fd, addressLength, address, 0, flags);
}

/** IORING_OP_CONNECT (connect(2)). */
export function encodeConnect(
  sqes: DataView,
  at: number,
  fd: number,
  address: number,
  length: number,
): void {
  encodeEntry(sqes, at, IORING_OP_CONNECT, fd, length, address, 0, 0);
}

/** IORING_OP_SEND (send(2)); `flags` are MSG_*. */
export function encodeSend(
  sqes: DataView,
  at: number,
  fd: number,
  address: number,
  length: number,
  flags: number,
): void {
  encodeEntry(sqes, at, IORING_OP_SEND, fd, 0, address, length, flags);
}

/** IORING_OP_RECV (recv(2)); `flags` are MSG_*. */
export function encodeRecv(
  sqes: DataView,
  at: number,
  fd: number,
  address: number,
  length: number,
  flags: number,
): void {
  encodeEntry(sqes, at, IORING_OP_RECV, fd, 0, address, length, flags);
}

/**
 * IORING_OP_URING_CMD with SOCKET_URING_OP_SETSOCKOPT (setsockopt(2)), Linux 6.7. `value` is the
 * address of `length` bytes.
 */
export function encodeSetsockopt(
  sqes: DataView,
  at: number,
  fd: number,
  level: number,
  option: number,
  value: number,
  length: number,
): void {
  encodeEntry(sqes, at, IORING_OP_URING_CMD, fd, SOCKET_URING_OP_SETSOCKOPT, level, 0, 0);
  sqes.setUint32(at + SQE_OPTNAME, option, true);
  sqes.setUint32(at + SQE_SPLICE_FD_IN, length, true);
  setU64(sqes, at + SQE_ADDR3, value);
}

/** IORING_OP_SHUTDOWN (shutdown(2)); `how` is SHUT_RD, SHUT_WR or SHUT_RDWR. */
export function encodeShutdown(sqes: DataView, at: number, fd: number, how: number): void {
  encodeEntry(sqes, at, IORING_OP_SHUTDOWN, fd, 0, 0, how, 0);
}
