/** Sockets as such: SOCKET, BIND, LISTEN, CONNECT, SHUTDOWN. */
import {
  AF_UNIX,
  POLLOUT,
  POLLWRNORM,
  SOCK_CLOEXEC,
  SOCK_NONBLOCK,
} from "../../../spec/abi/linux.ts";
import { IOSQE_ASYNC } from "../../../spec/abi/sqe.ts";
import {
  EAGAIN,
  EBADF,
  ECONNREFUSED,
  EINPROGRESS,
  EINVAL,
  EMFILE,
  ENOTSOCK,
} from "../../../spec/errno.ts";
import { readSocketAddress } from "../issue/access.ts";
import { type Core, type Operation, PLACE_EITHER } from "../core.ts";
import type { SqeReader } from "../submission/sqe.ts";
import { BIT_BLOCKING, NEVER_FAILS, type Request } from "../state.ts";
import { defineOperation } from "./define.ts";
import { installFile, lacksDescriptor } from "./file.ts";

const SOCKET_FLAGS = SOCK_CLOEXEC | SOCK_NONBLOCK;
const SOCKET_TYPE_MASK = 0xf;
const NO_ADDRESS = new Uint8Array(0);

/** NET-20. Domain in fd, type in off, protocol in len. */
export const socket: Operation = defineOperation({
  name: "socket",
  prepare(_core, request, sqe) {
    if (sqe.addr !== 0 || sqe.opFlags !== 0 || sqe.bufIndex !== 0) return -EINVAL;
    request.opFlags = sqe.offLow;
    request.length = sqe.len;
    request.fileIndex = sqe.fileIndex;
    const flags = request.opFlags & ~SOCKET_TYPE_MASK;
    if (request.fileIndex !== 0 && flags & SOCK_CLOEXEC) return -EINVAL;
    return flags & ~SOCKET_FLAGS ? -EINVAL : 0;
  },
  execute(core, request) {
    if (lacksDescriptor(core, request)) return -EMFILE;
    const file = core.files.socket(request.fd, request.opFlags, request.length | 0);
    if (typeof file === "number") return file;
    // Linux forgets to fail the request where its slot cannot be filled (FILE-58).
    if (request.fileIndex !== 0) request.minimum = NEVER_FAILS;
    return installFile(core, request, file, (request.opFlags & SOCK_CLOEXEC) !== 0);
  },
});

/** NET-21. */
export const bind: Operation = defineOperation({
  name: "bind",
  needsFile: true,
  prepare(core, request, sqe) {
    if (hasUnusedFields(sqe)) return -EINVAL;
    const error = takeAddress(core, request, sqe);
    // An address of AF_UNIX with a path has a file made, whatever the socket says to it.
    if (error === 0 && isPath(request.bytes ?? NO_ADDRESS)) request.bits |= IOSQE_ASYNC;
    return error;
  },
  execute: (_core, request) => request.file?.bind(request.bytes ?? NO_ADDRESS) ?? -EBADF,
});

/** NET-21. */
export const listen: Operation = defineOperation({
  name: "listen",
  needsFile: true,
  prepare(_core, request, sqe) {
    if (sqe.addr !== 0 || sqe.addr2 !== 0 || sqe.opFlags !== 0) return -EINVAL;
    if (sqe.bufIndex !== 0 || sqe.fileIndex !== 0) return -EINVAL;
    request.length = sqe.len | 0;
    return 0;
  },
  execute: (_core, request) => request.file?.listen(request.length) ?? -EBADF,
});

/** NET-5. Never EINPROGRESS: the request waits until the connection stands or fails. */
export const connect: Operation = defineOperation({
  name: "connect",
  needsFile: true,
  placement: PLACE_EITHER,
  waitEvents: POLLOUT | POLLWRNORM,
  prepare(core, request, sqe) {
    if (hasUnusedFields(sqe)) return -EINVAL;
    return takeAddress(core, request, sqe);
  },
  execute(_core, request) {
    const result = request.file?.connect(request.bytes ?? NO_ADDRESS) ?? -EBADF;
    const asked = (request.bits & BIT_BLOCKING) !== 0;
    //= NET-90
    if (result === -ECONNREFUSED && !asked) request.file?.keepConnecting?.();
    return result === -EINPROGRESS ? -EAGAIN : result;
  },
});

/** NET-19. Always runs on a worker. */
export const shutdown: Operation = defineOperation({
  name: "shutdown",
  needsFile: true,
  prepare(_core, request, sqe) {
    if (sqe.off !== 0 || sqe.addr !== 0 || sqe.opFlags !== 0) return -EINVAL;
    if (sqe.bufIndex !== 0 || sqe.fileIndex !== 0) return -EINVAL;
    request.length = sqe.len | 0;
    request.minimum = NEVER_FAILS;
    request.bits |= IOSQE_ASYNC;
    return 0;
  },
  execute(_core, request) {
    if (request.file?.kind === "socket") return request.file.shutdown(request.length);
    // Of its errors this one alone breaks a chain.
    request.minimum = 0;
    return -ENOTSOCK;
  },
});

function hasUnusedFields(sqe: SqeReader): boolean {
  return sqe.len !== 0 || sqe.bufIndex !== 0 || sqe.opFlags !== 0 || sqe.fileIndex !== 0;
}

function takeAddress(core: Core, request: Request, sqe: SqeReader): number {
  // The length travels in addr2 and is an int to the kernel.
  const address = readSocketAddress(core.memory, sqe.addr, sqe.offLow | 0);
  if (typeof address === "number") return address;
  request.bytes = address;
  return 0;
}

function isPath(address: Uint8Array): boolean {
  const [low = 0, high = 0, first = 0] = address;
  return (low | (high << 8)) === AF_UNIX && first !== 0;
}
