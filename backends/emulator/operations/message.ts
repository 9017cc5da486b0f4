/**
 * SEND and RECV.
 *
 * A short transfer does not break a chain unless MSG_WAITALL asked for all of it (LINK-8); then
 * the request gathers over several wake-ups, and `request.done` counts (NET-8).
 */
import { IORING_CQE_F_SOCK_NONEMPTY } from "../../../spec/abi/cqe.ts";
import {
  MSG_DONTWAIT,
  MSG_NOSIGNAL,
  MSG_WAITALL,
  POLLHUP,
  POLLIN,
  POLLOUT,
  POLLRDHUP,
  POLLRDNORM,
  POLLWRNORM,
} from "../../../spec/abi/linux.ts";
import { IORING_RECVSEND_POLL_FIRST, IOSQE_BUFFER_SELECT } from "../../../spec/abi/sqe.ts";
import { EAGAIN, EBADF, EFAULT, EINVAL, ENOBUFS, ENOTSOCK } from "../../../spec/errno.ts";
import { inUserSpace, MAX_TRANSFER, readSocketAddress } from "../access.ts";
import { type Operation, PLACE_EITHER, WAIT_FIRST } from "../core.ts";
import type { OpenFile } from "../host.ts";
import type { SqeReader } from "../sqe.ts";
import { BIT_NOWAIT, BIT_POLLED, type Request } from "../state.ts";
import { defineOperation } from "./define.ts";

/** A stream may split anything of two bytes or more. */
const SPLITS_FROM = 2;
const INT_MAX = 0x7fffffff;

/** Takes bytes to a connected stream. */
export const send: Operation = defineOperation({
  name: "send",
  needsFile: true,
  takesIoprio: true,
  takesBufferSelect: true,
  placement: PLACE_EITHER,
  waitEvents: POLLOUT | POLLWRNORM,
  direction: "kernel reads",
  prepare(core, request, sqe) {
    if (sqe.pad3 !== 0) return -EINVAL;
    const error = prepareMessage(request, sqe);
    if (error < 0) return error;
    if (sqe.addr2 !== 0) {
      // A stream has one peer already; a bad address is refused all the same.
      const address = readSocketAddress(core.memory, sqe.addr2, sqe.addrLen);
      if (typeof address === "number") return address;
    }
    return inUserSpace(request.address, request.length) ? 0 : -EFAULT;
  },
  execute(core, request) {
    const { file } = request;
    const error = checkSocket(request, file);
    if (error < 0 || file === undefined) return error;
    if (pollsFirst(request)) return WAIT_FIRST;
    const { transfer } = core;
    transfer.begin(request, SPLITS_FROM, true);
    const flags = request.opFlags | MSG_NOSIGNAL;
    const wanted = request.length - request.done;
    return gather(request, transfer.end(file.send(wanted, flags, transfer.fetch)));
  },
});

/** Takes bytes from a connected stream. */
export const recv: Operation = defineOperation({
  name: "recv",
  needsFile: true,
  takesIoprio: true,
  takesBufferSelect: true,
  placement: PLACE_EITHER,
  waitEvents: POLLIN | POLLRDNORM,
  direction: "kernel writes",
  poisons: true,
  prepare(_core, request, sqe) {
    if (sqe.addr2 !== 0 || sqe.fileIndex !== 0) return -EINVAL;
    const error = prepareMessage(request, sqe);
    if (error < 0) return error;
    return inUserSpace(request.address, request.length) ? 0 : -EFAULT;
  },
  execute(core, request) {
    const { file } = request;
    // Here Linux waits even before it looks whether this is a socket; with SEND it does not.
    if (pollsFirst(request)) return WAIT_FIRST;
    const error = checkSocket(request, file);
    if (error < 0 || file === undefined) return error;
    const { transfer } = core;
    transfer.begin(request, SPLITS_FROM, true);
    const wanted = request.length - request.done;
    const received = transfer.end(file.recv(wanted, request.opFlags, transfer.deliver));
    const result = gather(request, received);
    request.cqeFlags = result > 0 && hasMore(file) ? IORING_CQE_F_SOCK_NONEMPTY : 0;
    return result;
  },
});

function prepareMessage(request: Request, sqe: SqeReader): number {
  // Multishot, bundles and fixed buffers are not modelled.
  if (request.ioprio & ~IORING_RECVSEND_POLL_FIRST) return -EINVAL;
  if (sqe.len > INT_MAX) return -EINVAL;
  request.address = sqe.addr;
  request.length = Math.min(sqe.len, MAX_TRANSFER);
  request.opFlags = sqe.opFlags;
  if (request.opFlags & MSG_DONTWAIT) request.bits |= BIT_NOWAIT;
  if (request.opFlags & MSG_WAITALL) request.minimum = request.length;
  return 0;
}

/** What comes before any transfer: the kind of file, then a buffer (ERR-11). */
function checkSocket(request: Request, file: OpenFile | undefined): number {
  if (file === undefined) return -EBADF;
  if (file.kind !== "socket") return -ENOTSOCK;
  return request.bits & IOSQE_BUFFER_SELECT ? -ENOBUFS : 0;
}

/** RECVSEND_POLL_FIRST: no try before the file has woken it (NET-11). */
function pollsFirst(request: Request): boolean {
  const asked = (request.ioprio & IORING_RECVSEND_POLL_FIRST) !== 0;
  return asked && (request.bits & BIT_POLLED) === 0;
}

/** Adds one attempt to what was moved before; with MSG_WAITALL asks for another one. */
function gather(request: Request, moved: number): number {
  if ((request.opFlags & MSG_WAITALL) === 0) return moved;
  if (moved > 0) {
    request.done += moved;
    const complete = request.done >= request.length || (request.bits & BIT_NOWAIT) !== 0;
    return complete ? request.done : -EAGAIN;
  }
  if (request.done === 0 || (moved === -EAGAIN && (request.bits & BIT_NOWAIT) === 0)) return moved;
  return request.done;
}

/** A hint: bytes are left (NET-9). A closed stream that only has its end left says no. */
function hasMore(file: OpenFile): boolean {
  const events = file.poll();
  return (events & POLLIN) !== 0 && (events & (POLLRDHUP | POLLHUP)) === 0;
}
