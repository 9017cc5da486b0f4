/**
 * URING_CMD: commands of a file's own (chapter CMD). Sockets have some, /dev/null takes any, and
 * other files none.
 */
import { POLLERR, SOL_SOCKET } from "../../../spec/abi/linux.ts";
import {
  IORING_SETUP_CQE32,
  IORING_SETUP_CQE_MIXED,
  IORING_SETUP_IOPOLL,
} from "../../../spec/abi/setup.ts";
import {
  IORING_URING_CMD_FIXED,
  IORING_URING_CMD_MASK,
  IORING_URING_CMD_MULTISHOT,
  IOSQE_BUFFER_SELECT,
  SOCKET_URING_OP_GETSOCKOPT,
  SOCKET_URING_OP_SETSOCKOPT,
  SOCKET_URING_OP_SIOCINQ,
  SOCKET_URING_OP_SIOCOUTQ,
  SOCKET_URING_OP_TX_TIMESTAMP,
} from "../../../spec/abi/sqe.ts";
import { EBADF, EFAULT, EINVAL, EOPNOTSUPP } from "../../../spec/errno.ts";
import { readStruct } from "../issue/access.ts";
import { type Core, type Operation, PENDING } from "../core.ts";
import type { SocketCalls } from "../host/host.ts";
import { arm } from "../issue/arming.ts";
import { BIT_MULTISHOT } from "../request-bits.ts";
import type { Request } from "../state.ts";
import { defineOperation } from "./define.ts";

/** Hands a command to the file. */
export const uringCmd: Operation = defineOperation({
  name: "uring cmd",
  needsFile: true,
  takesBufferSelect: true,
  prepare(_core, request, sqe) {
    //= CMD-5
    if (sqe.offHigh !== 0) return -EINVAL;
    const flags = sqe.opFlags;
    if (flags & ~IORING_URING_CMD_MASK) return -EINVAL;
    const many = (flags & IORING_URING_CMD_MULTISHOT) !== 0;
    //= CMD-7
    if (many && flags & IORING_URING_CMD_FIXED) return -EINVAL;
    //= BUF-23, CMD-7
    if (many !== ((request.bits & IOSQE_BUFFER_SELECT) !== 0)) return -EINVAL;
    request.opFlags = flags;
    request.repeats = sqe.offLow;
    request.targetLow = sqe.addrLow | 0;
    request.targetHigh = sqe.addrHigh | 0;
    request.offset = sqe.fileIndex | 0;
    request.address = sqe.addr3;
    return 0;
  },
  execute(core, request) {
    const { file } = request;
    if (file === undefined) return -EBADF;
    const result = run(core, request, file.socket, file.takesCommands === true);
    // One that is to post many CQEs waits for more when it has succeeded, and no socket has more.
    const many = (request.opFlags & IORING_URING_CMD_MULTISHOT) !== 0;
    //= CMD-10
    return many && result >= 0 ? PENDING : result;
  },
  woken: awaitTimestamps,
});

const LONG_CQES = IORING_SETUP_CQE32 | IORING_SETUP_CQE_MIXED;

function run(
  core: Core,
  request: Request,
  socket: SocketCalls | undefined,
  takesAny: boolean,
): number {
  //= CMD-12
  if (request.ring.flags & IORING_SETUP_IOPOLL) return -EOPNOTSUPP;
  //= CMD-9
  if (takesAny) return 0;
  //= CMD-4
  const { repeats: command } = request;
  if (socket === undefined || command >= core.profile.socketCommands) return -EOPNOTSUPP;
  switch (command) {
    case SOCKET_URING_OP_SIOCINQ:
      //= CMD-1
      return socket.queued?.() ?? -EOPNOTSUPP;
    case SOCKET_URING_OP_SIOCOUTQ:
      //= CMD-1
      return socket.unsent?.() ?? -EOPNOTSUPP;
    case SOCKET_URING_OP_GETSOCKOPT:
      return getOption(core, request, socket);
    case SOCKET_URING_OP_SETSOCKOPT:
      return setOption(core, request, socket);
    case SOCKET_URING_OP_TX_TIMESTAMP:
      //= CMD-8
      if ((request.ring.flags & LONG_CQES) === 0) return -EINVAL;
      return awaitTimestamps(core, request);
    default:
      return -EOPNOTSUPP;
  }
}

function getOption(core: Core, request: Request, socket: SocketCalls): number {
  const { targetLow: level, targetHigh: option, offset: length, address } = request;
  //= CMD-2
  if (level !== SOL_SOCKET) return -EOPNOTSUPP;
  const value = socket.getOption?.(option, length) ?? -EOPNOTSUPP;
  if (typeof value === "number") return value;
  return core.memory.write(address, value) === value.length ? value.length : -EFAULT;
}

function setOption(core: Core, request: Request, socket: SocketCalls): number {
  const { targetLow: level, targetHigh: option, offset: length, address } = request;
  const read = (byteLength: number): DataView | undefined =>
    readStruct(core.memory, address, byteLength);
  //= CMD-3
  return socket.setOption?.(level, option, length, read) ?? -EOPNOTSUPP;
}

/** Timestamps of what was sent: there are none, so the request waits until it is cancelled. */
function awaitTimestamps(core: Core, request: Request): number {
  request.bits |= BIT_MULTISHOT;
  arm(core, request, POLLERR);
  return PENDING;
}
