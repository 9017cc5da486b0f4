/**
 * SEND and RECV.
 *
 * A short transfer does not break a chain unless MSG_WAITALL asked for all of it (LINK-8); then
 * the request gathers over several wake-ups, and `request.done` counts (NET-8).
 */
import {
  MSG_DONTWAIT,
  MSG_WAITALL,
  POLLIN,
  POLLOUT,
  POLLRDNORM,
  POLLWRNORM,
} from "../../../spec/abi/linux.ts";
import {
  IORING_RECV_MULTISHOT,
  IORING_RECVSEND_BUNDLE,
  IORING_RECVSEND_POLL_FIRST,
  IORING_SEND_VECTORIZED,
  IOSQE_BUFFER_SELECT,
} from "../../../spec/abi/sqe.ts";
import { EBADF, EINVAL, ENOTSOCK } from "../../../spec/errno.ts";
import { checkAddress, MAX_TRANSFER, readSocketAddress } from "../issue/access.ts";
import { type Core, type Operation, PLACEMENT_EITHER, WAIT_FIRST } from "../core.ts";
import type { OpenFile } from "../host/host.ts";
import { takeVectors } from "../messages/message-header.ts";
import type { SqeReader } from "../submission/sqe.ts";
import { BIT_BUNDLES, BIT_MULTISHOT, BIT_NOWAIT, BIT_POLLED } from "../request-bits.ts";
import type { Request } from "../state.ts";
import { defineOperation, type OperationDefinition } from "./define.ts";
import { LIMITED, receive } from "./receive.ts";
import { transmit } from "./transmit.ts";

const INT_MAX = 0x7fffffff;
const COMMON_FLAGS = IORING_RECVSEND_POLL_FIRST | IORING_RECVSEND_BUNDLE;
//= MSHOT-3
const SEND_FLAGS = COMMON_FLAGS | IORING_SEND_VECTORIZED;
const RECV_FLAGS = COMMON_FLAGS | IORING_RECV_MULTISHOT;

/** What SEND and SENDMSG have in common. */
export const SENDS: Omit<OperationDefinition, "name" | "prepare"> = {
  needsFile: true,
  takesIoprio: true,
  placement: PLACEMENT_EITHER,
  waitEvents: POLLOUT | POLLWRNORM,
  refusesOnWorker: true,
  recycles: true,
  direction: "kernel reads",
  execute: trySend,
};

/** What RECV and RECVMSG have in common. */
export const RECEIVES: Omit<OperationDefinition, "name" | "prepare" | "execute"> = {
  needsFile: true,
  takesIoprio: true,
  takesBufferSelect: true,
  placement: PLACEMENT_EITHER,
  waitEvents: POLLIN | POLLRDNORM,
  refusesOnWorker: true,
  recycles: true,
  direction: "kernel writes",
  poisons: true,
};

/** Takes bytes to a socket. */
export const send: Operation = defineOperation({
  name: "send",
  ...SENDS,
  takesBufferSelect: true,
  prepare(core, request, sqe) {
    const error = prepareMessage(request, sqe, SEND_FLAGS);
    if (error < 0) return error;
    // A bundle is sent whole.
    if (request.ioprio & IORING_RECVSEND_BUNDLE) {
      request.opFlags |= MSG_WAITALL;
      request.bits |= BIT_BUNDLES;
    }
    const bad = takeDestination(core, request, sqe);
    if (bad < 0) return bad;
    const vectored = (request.ioprio & IORING_SEND_VECTORIZED) !== 0;
    if (!vectored || request.bits & IOSQE_BUFFER_SELECT) return checkBuffer(core, request);
    //= NET-39
    return takeVectors(core, request, request.address, request.wanted);
  },
});

/** Takes bytes from a socket. */
export const recv: Operation = defineOperation({
  name: "recv",
  ...RECEIVES,
  prepare(core, request, sqe) {
    //= NET-35
    if (sqe.addr2 !== 0) return -EINVAL;
    const error = prepareMessage(request, sqe, RECV_FLAGS);
    if (error < 0) return error;
    resetReceive(request);
    if (request.ioprio & IORING_RECV_MULTISHOT) return prepareMultishot(core, request, sqe);
    return sqe.fileIndex !== 0 ? -EINVAL : checkBuffer(core, request);
  },
  execute(core, request) {
    const { file } = request;
    //= NET-85
    // Here Linux waits even before it looks whether this is a socket; with SEND it does not.
    if (pollsFirst(request)) return WAIT_FIRST;
    const error = checkSocket(file);
    if (error < 0 || file === undefined) return error;
    return receive(core, request, file);
  },
});

/** What SEND and SENDMSG do when they run. */
function trySend(core: Core, request: Request): number {
  const { file } = request;
  const error = checkSocket(file);
  if (error < 0 || file === undefined) return error;
  //= ERR-11
  return pollsFirst(request) ? WAIT_FIRST : transmit(core, request, file);
}

/** Where a SEND goes (NET-38): 0 or -errno. */
export function takeDestination(core: Core, request: Request, sqe: SqeReader): number {
  //= NET-35
  if (sqe.pad3 !== 0) return -EINVAL;
  //= NET-38
  if (sqe.addr2 === 0) return 0;
  const address = readSocketAddress(core.memory, sqe.addr2, sqe.addrLen);
  if (typeof address === "number") return address;
  request.bytes = address;
  return 0;
}

/** Blanks what a receive keeps from try to try. */
export function resetReceive(request: Request): void {
  request.receive = 0;
  request.shotLength = 0;
  request.unread = 0;
  request.shots = 0;
}

/** What all sends and receives copy. 0, or -EINVAL for an unknown flag or a negative length. */
export function prepareMessage(request: Request, sqe: SqeReader, validFlags: number): number {
  //= NET-34, NET-36
  if (sqe.len > INT_MAX || request.ioprio & ~validFlags) return -EINVAL;
  request.address = sqe.addr;
  request.length = Math.min(sqe.len, MAX_TRANSFER);
  request.wanted = sqe.len;
  request.opFlags = sqe.opFlags;
  //= NET-7
  if (request.opFlags & MSG_DONTWAIT) request.bits |= BIT_NOWAIT;
  return 0;
}

/** MSHOT-7. `len` limits a shot, `optlen` all of them together. */
function prepareMultishot(core: Core, request: Request, sqe: SqeReader): number {
  //= MSHOT-7
  if ((request.bits & IOSQE_BUFFER_SELECT) === 0) return -EINVAL;
  if (request.opFlags & MSG_WAITALL) return -EINVAL;
  //= NET-47
  const limited = request.wanted !== 0 || sqe.fileIndex !== 0;
  if (limited && !core.profile.behaves.receiveHasLimits) return -EINVAL;
  //= NET-13
  request.shotLength = request.wanted;
  request.shotsLeft = sqe.fileIndex;
  if (request.shotsLeft !== 0) request.receive |= LIMITED;
  request.bits |= BIT_MULTISHOT;
  return 0;
}

/** 0, or -EFAULT for a buffer of the request's own that no program can have. */
function checkBuffer(core: Core, request: Request): number {
  if (request.bits & IOSQE_BUFFER_SELECT) return 0;
  return checkAddress(core.profile, request.address, request.length);
}

/** 0, or -ENOTSOCK. */
export function checkSocket(file: OpenFile | undefined): number {
  if (file === undefined) return -EBADF;
  //= NET-37
  return file.kind === "socket" ? 0 : -ENOTSOCK;
}

//= NET-11
/** RECVSEND_POLL_FIRST: no try before the file has woken it. */
export function pollsFirst(request: Request): boolean {
  const asked = (request.ioprio & IORING_RECVSEND_POLL_FIRST) !== 0;
  return asked && (request.bits & BIT_POLLED) === 0;
}
