/** SQEs on sockets. Socket addresses are addresses of a sockaddr in memory. */
import {
  encodeAccept,
  encodeBind,
  encodeConnect,
  encodeListen,
  encodeRecv,
  encodeSend,
  encodeShutdown,
  encodeSocket,
} from "../../../src/queue/index.ts";
import type { Memory } from "../../worlds/memory.ts";
import type { Entry } from "./entries.ts";

export function socket(domain: number, type: number, protocol = 0): Entry {
  return (sqes, at) => encodeSocket(sqes, at, domain, type, protocol);
}

export function bind(fd: number, address: number, length: number): Entry {
  return (sqes, at) => encodeBind(sqes, at, fd, address, length);
}

export function listen(fd: number, backlog: number): Entry {
  return (sqes, at) => encodeListen(sqes, at, fd, backlog);
}

/** ACCEPT; without addresses the peer's name is not asked for. */
export function accept(fd: number, flags = 0, address = 0, addressLength = 0): Entry {
  return (sqes, at) => encodeAccept(sqes, at, fd, address, addressLength, flags);
}

export function connect(fd: number, address: number, length: number): Entry {
  return (sqes, at) => encodeConnect(sqes, at, fd, address, length);
}

/** SEND of the whole of `memory`. */
export function send(fd: number, memory: Memory, flags = 0): Entry {
  return (sqes, at) => encodeSend(sqes, at, fd, memory.address, memory.byteLength, flags);
}

/** RECV into the whole of `memory`. */
export function recv(fd: number, memory: Memory, flags = 0): Entry {
  return (sqes, at) => encodeRecv(sqes, at, fd, memory.address, memory.byteLength, flags);
}

export function shutdown(fd: number, how: number): Entry {
  return (sqes, at) => encodeShutdown(sqes, at, fd, how);
}

/** RECV to any address. */
export function recvTo(fd: number, address: number, byteLength: number, flags = 0): Entry {
  return (sqes, at) => encodeRecv(sqes, at, fd, address, byteLength, flags);
}

/** SEND from any address. */
export function sendFrom(fd: number, address: number, byteLength: number, flags = 0): Entry {
  return (sqes, at) => encodeSend(sqes, at, fd, address, byteLength, flags);
}
