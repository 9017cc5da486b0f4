/** Sockets as such: SOCKET, BIND, LISTEN, ACCEPT, CONNECT, SHUTDOWN. */
import {
  POLLIN,
  POLLOUT,
  POLLRDNORM,
  POLLWRNORM,
  SOCK_CLOEXEC,
  SOCK_NONBLOCK,
} from "../../../spec/abi/linux.ts";
import {
  IORING_ACCEPT_DONTWAIT,
  IORING_ACCEPT_POLL_FIRST,
  IOSQE_ASYNC,
} from "../../../spec/abi/sqe.ts";
import {
  EAGAIN,
  EBADF,
  EFAULT,
  EINPROGRESS,
  EINVAL,
  EMFILE,
  ENOTSOCK,
} from "../../../spec/errno.ts";
import { readSocketAddress, readStruct } from "../access.ts";
import { type Core, type Operation, PLACE_EITHER, WAIT_FIRST } from "../core.ts";
import type { SqeReader } from "../sqe.ts";
import { BIT_NOWAIT, BIT_POLLED, NEVER_FAILS, type Request } from "../state.ts";
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
    return takeAddress(core, request, sqe);
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
    return result === -EINPROGRESS ? -EAGAIN : result;
  },
});

/** NET-1 to NET-3; ACCEPT_MULTISHOT is not modelled. */
export const accept: Operation = defineOperation({
  name: "accept",
  needsFile: true,
  takesIoprio: true,
  placement: PLACE_EITHER,
  waitEvents: POLLIN | POLLRDNORM,
  direction: "kernel writes",
  prepare(core, request, sqe) {
    if (sqe.len !== 0 || sqe.bufIndex !== 0) return -EINVAL;
    if (request.ioprio & ~(IORING_ACCEPT_DONTWAIT | IORING_ACCEPT_POLL_FIRST)) return -EINVAL;
    request.fileIndex = sqe.fileIndex;
    request.opFlags = sqe.opFlags;
    if (request.fileIndex !== 0 && request.opFlags & SOCK_CLOEXEC) return -EINVAL;
    if (request.opFlags & ~SOCKET_FLAGS) return -EINVAL;
    if (request.ioprio & IORING_ACCEPT_DONTWAIT) request.bits |= BIT_NOWAIT;
    if (sqe.addr !== 0) request.vectors = peerRanges(core, sqe.addr, sqe.addr2);
    return 0;
  },
  execute(core, request) {
    const polls = (request.ioprio & IORING_ACCEPT_POLL_FIRST) !== 0;
    if (polls && (request.bits & BIT_POLLED) === 0) return WAIT_FIRST;
    if (lacksDescriptor(core, request)) return -EMFILE;
    const accepted = request.file?.accept(request.opFlags) ?? -EBADF;
    if (typeof accepted === "number") return accepted;
    const error = writePeer(core, request, accepted.peer);
    if (error < 0) {
      accepted.file.release();
      return error;
    }
    const closeOnExec = (request.opFlags & SOCK_CLOEXEC) !== 0;
    return installFile(core, request, accepted.file, closeOnExec);
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

/** The address and the length that ACCEPT writes, as two ranges; the second is the length. */
function peerRanges(core: Core, address: number, lengthAddress: number): number[] {
  const room = readStruct(core.memory, lengthAddress, 4)?.getInt32(0, true) ?? 0;
  return [address, Math.max(room, 0), lengthAddress, 4];
}

/** Writes the peer's address as accept(2) does: cut to the room there is, with its full length. */
function writePeer(core: Core, request: Request, peer: Uint8Array): number {
  if (request.vectors === undefined) return 0;
  const [address = 0, , lengthAddress = 0] = request.vectors;
  const length = readStruct(core.memory, lengthAddress, 4);
  if (length === undefined) return -EFAULT;
  const room = length.getInt32(0, true);
  if (room < 0) return -EINVAL;
  const part = peer.subarray(0, Math.min(room, peer.length));
  if (core.memory.write(address, part) !== part.length) return -EFAULT;
  length.setInt32(0, peer.length, true);
  return core.memory.write(lengthAddress, new Uint8Array(length.buffer)) === 4 ? 0 : -EFAULT;
}
