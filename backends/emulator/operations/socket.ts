/** Sockets as such: SOCKET, BIND, LISTEN, CONNECT, SHUTDOWN. */
import {
  AF_UNIX,
  POLLERR,
  POLLHUP,
  POLLOUT,
  POLLWRNORM,
  SOCK_CLOEXEC,
  SOCK_NONBLOCK,
} from "../../../spec/abi/linux.ts";
import { IOSQE_ASYNC } from "../../../spec/abi/sqe.ts";
import {
  EAGAIN,
  EALREADY,
  EBADF,
  ECONNABORTED,
  EINPROGRESS,
  EINVAL,
  EISCONN,
  EMFILE,
  ENOTSOCK,
} from "../../../spec/errno.ts";
import { readSocketAddress } from "../issue/access.ts";
import { type Core, type Operation, WAIT_FIRST } from "../core.ts";
import type { OpenFile } from "../host/host.ts";
import { runsOnWorker } from "../issue/worker-choice.ts";
import type { SqeReader } from "../submission/sqe.ts";
import { BIT_BLOCKING } from "../request-bits.ts";
import { NEVER_FAILS, type Request } from "../state.ts";
import { defineOperation } from "./define.ts";
import { installFile, lacksDescriptor } from "./file.ts";

const SOCKET_FLAGS = SOCK_CLOEXEC | SOCK_NONBLOCK;
const SOCKET_TYPE_MASK = 0xf;
/** What a CONNECT remembers in `opFlags`, which no SQE may set. */
const CONNECT_BEGUN = 1;
const CONNECT_ABORTED = 2;
const CONNECT_EVENTS = POLLOUT | POLLWRNORM | POLLERR | POLLHUP;
const NO_ADDRESS = new Uint8Array(0);

/** NET-20. Domain in fd, type in off, protocol in len. */
export const socket: Operation = defineOperation({
  name: "socket",
  prepare(_core, request, sqe) {
    //= NET-58
    if (sqe.addr !== 0 || sqe.opFlags !== 0 || sqe.bufIndex !== 0) return -EINVAL;
    request.opFlags = sqe.offLow;
    request.length = sqe.len;
    request.fileIndex = sqe.fileIndex;
    const flags = request.opFlags & ~SOCKET_TYPE_MASK;
    //= FILE-11
    if (request.fileIndex !== 0 && flags & SOCK_CLOEXEC) return -EINVAL;
    return flags & ~SOCKET_FLAGS ? -EINVAL : 0;
  },
  execute(core, request) {
    if (lacksDescriptor(core, request)) return -EMFILE;
    //= NET-20
    const file = core.files.socket(request.fd, request.opFlags, request.length | 0);
    if (typeof file === "number") return file;
    //= FILE-58
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
    //= NET-59
    if (hasUnusedFields(sqe)) return -EINVAL;
    const error = takeAddress(core, request, sqe);
    // An address of AF_UNIX with a path has a file made, whatever the socket says to it.
    if (error === 0 && isPath(request.bytes ?? NO_ADDRESS)) request.bits |= IOSQE_ASYNC;
    return error;
  },
  //= NET-21
  execute: (_core, request) => request.file?.bind(request.bytes ?? NO_ADDRESS) ?? -EBADF,
});

/** NET-21. */
export const listen: Operation = defineOperation({
  name: "listen",
  needsFile: true,
  prepare(_core, request, sqe) {
    //= NET-59
    if (sqe.addr !== 0 || sqe.addr2 !== 0 || sqe.opFlags !== 0) return -EINVAL;
    if (sqe.bufIndex !== 0 || sqe.fileIndex !== 0) return -EINVAL;
    request.length = sqe.len | 0;
    return 0;
  },
  execute: (_core, request) => request.file?.listen(request.length) ?? -EBADF,
});

//= NET-5, NET-92, NET-93
/**
 * NET-5. Never EINPROGRESS: the request waits until the connection stands or fails. Another one may
 * learn that first, and this one goes by what it finds then (NET-92, NET-93).
 */
export const connect: Operation = defineOperation({
  name: "connect",
  needsFile: true,
  waitEvents: POLLOUT | POLLWRNORM,
  prepare(core, request, sqe) {
    //= NET-31
    if (hasUnusedFields(sqe)) return -EINVAL;
    request.opFlags = 0;
    return takeAddress(core, request, sqe);
  },
  execute(core, request) {
    const { file } = request;
    if (file === undefined) return -EBADF;
    const onWorker = runsOnWorker(core, request);
    let result = stepOfConnect(request, file);
    if (!onWorker) return result;
    while (result === WAIT_FIRST && file.poll() & CONNECT_EVENTS) {
      result = stepOfConnect(request, file);
    }
    return result === WAIT_FIRST ? -EAGAIN : result;
  },
});

/** One call of connect(2), or a look at how an earlier one ended. WAIT_FIRST before the next. */
function stepOfConnect(request: Request, file: OpenFile): number {
  const begun = (request.opFlags & CONNECT_BEGUN) !== 0;
  //= NET-90
  if (begun && file.poll() & POLLERR) return -takeErrno(file);
  const result = file.connect(request.bytes ?? NO_ADDRESS);
  const blocks = (request.bits & BIT_BLOCKING) !== 0;
  switch (result) {
    case -EINPROGRESS:
      if (!blocks) request.opFlags |= CONNECT_BEGUN;
      return WAIT_FIRST;
    case -EALREADY:
      return blocks ? WAIT_FIRST : result;
    case -ECONNABORTED:
      if (blocks || request.opFlags & CONNECT_ABORTED) return result;
      request.opFlags |= CONNECT_ABORTED;
      return WAIT_FIRST;
    case -EISCONN:
      return begun ? -takeErrno(file) : result;
    default:
      return result;
  }
}

function takeErrno(file: OpenFile): number {
  return file.socket?.takeErrno() ?? 0;
}

/** NET-19. Always runs on a worker. */
export const shutdown: Operation = defineOperation({
  name: "shutdown",
  needsFile: true,
  prepare(_core, request, sqe) {
    //= NET-57
    if (sqe.off !== 0 || sqe.addr !== 0 || sqe.opFlags !== 0) return -EINVAL;
    if (sqe.bufIndex !== 0 || sqe.fileIndex !== 0) return -EINVAL;
    request.length = sqe.len | 0;
    //= LINK-10
    request.minimum = NEVER_FAILS;
    request.bits |= IOSQE_ASYNC;
    return 0;
  },
  execute(_core, request) {
    //= NET-19
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
  //= NET-32, NET-60
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
