/**
 * What RECV and RECVMSG do once its file is known to be a socket: one transfer, or shot after shot,
 * into its own buffer, a provided one, or a bundle of them.
 *
 * A request goes round here as long as Linux tries at once again: a multishot one while the socket
 * says that more is waiting, a bundle once, for what did not fit into the buffers that it picked
 * before it knew how much there is.
 */
import {
  IORING_CQE_F_BUF_MORE,
  IORING_CQE_F_MORE,
  IORING_CQE_F_SOCK_NONEMPTY,
} from "../../../spec/abi/cqe.ts";
import {
  AF_UNIX,
  MSG_CTRUNC,
  MSG_ERRQUEUE,
  MSG_OOB,
  MSG_TRUNC,
  MSG_WAITALL,
  POLLIN,
  POLLPRI,
  POLLRDNORM,
} from "../../../spec/abi/linux.ts";
import { IORING_OP_RECVMSG } from "../../../spec/abi/opcodes.ts";
import { IORING_RECVSEND_BUNDLE, IOSQE_BUFFER_SELECT } from "../../../spec/abi/sqe.ts";
import { EAGAIN, EFAULT } from "../../../spec/errno.ts";
import { inUserSpace, MAX_TRANSFER } from "../issue/access.ts";
import { buffersTouched, peekBuffers } from "../buffers/bundle.ts";
import {
  commitBuffers,
  dropBuffers,
  GROUP_EMPTIED,
  needsBuffer,
  NO_RECYCLE,
  PARTLY_MAPPED,
  putBuffers,
  recycleBuffer,
  runsUnlocked,
  selectBuffer,
} from "../buffers/select.ts";
import { postShot } from "../completion/completion.ts";
import { type Core, PENDING, TAKE_TURNS } from "../core.ts";
import { setFailed } from "../completion/failure.ts";
import type { OpenFile } from "../host/host.ts";
import type { MessageHeader } from "../holdings.ts";
import { shotOverhead } from "../messages/message-header.ts";
import { goesOnGathering, receiveBytes, receiveShot } from "../messages/socket-transfer.ts";
import {
  BIT_BLOCKING,
  BIT_MULTISHOT,
  BIT_NOWAIT,
  BIT_POLLED,
  BIT_WORKER,
} from "../request-bits.ts";
import { WORK_AGAIN } from "../request-work.ts";
import type { Request } from "../state.ts";
import { ALWAYS_POLLED } from "../issue/arming.ts";
import { queueLate } from "../issue/late.ts";
import { queueWork } from "../tasks/work-queue.ts";

const READABLE = POLLIN | POLLRDNORM;

/** Part of a message was lost: to a chain that asked for all of it a failure. */
const CUT = MSG_TRUNC | MSG_CTRUNC;
/** After so many shots in a row the others have their turn. */
const SHOTS_IN_A_ROW = 32;
/** Goes round once more. No result is this low. */
const AGAIN = -0x7ffffff0;

// Bits of `request.receive`.
/** The bundle is at its second pick. */
const SECOND_PICK = 1;
/** A shot reached its limit. */
const SHOT_FULL = 2;
/** All shots together have a limit; */
export const LIMITED = 4;
/** and have reached it. */
const LIMIT_REACHED = 8;
const NO_SECOND_PICK = SECOND_PICK | SHOT_FULL | LIMIT_REACHED;

/** Flags that the CQE of a bundle has from its second pick. */
const LATEST_FLAGS = IORING_CQE_F_SOCK_NONEMPTY | IORING_CQE_F_MORE | IORING_CQE_F_BUF_MORE;

/** Receives as the request says. A result, or -EAGAIN to wait. Sets the CQE's flags. */
export function receive(core: Core, request: Request, file: OpenFile): number {
  let result = AGAIN;
  while (result === AGAIN) result = receiveOnce(core, request, file);
  return result;
}

function receiveOnce(core: Core, request: Request, file: OpenFile): number {
  const error = pick(core, request);
  if (error < 0) {
    //= BUF-74
    // What RECVMSG has picked goes with it (BUF-74).
    if (request.opcode === IORING_OP_RECVMSG) return error;
    request.unread = -1;
    return conclude(core, request, error, true);
  }
  const { message } = request;
  if (message !== undefined && request.bits & BIT_MULTISHOT) {
    return receiveMessage(core, request, file, message);
  }
  const wanted = request.length - (request.done - request.settled);
  const received = receiveBytes(core, request, file, wanted);
  request.unread = countUnread(request, file, received);
  if (received === -EAGAIN && isOfErrors(request, file)) {
    return lookForErrors(core, request, file);
  }
  if (received === -EAGAIN) return wait(request);
  const waitsForAll = gathers(request) && received < lengthOfAll(request, wanted);
  //= NET-8
  if (received > 0 && waitsForAll && goesOnGathering(file)) return gather(request, received);
  const cut = gathers(request) && (core.received.flags & CUT) !== 0;
  //= LINK-16, NET-40
  return conclude(core, request, received, received < 0 || waitsForAll || cut);
}

//= NET-94
/** Whether a receive asks for an error, and nobody knows when one comes. */
function isOfErrors({ opFlags, bits }: Request, { socket }: OpenFile): boolean {
  if ((opFlags & MSG_ERRQUEUE) === 0 || socket?.family === AF_UNIX) return false;
  return (bits & (BIT_MULTISHOT | BIT_NOWAIT)) === 0;
}

/**
 * Linux tries again and again while the socket is ready for something else, and leaves it to a
 * worker then, where it does not wait.
 */
function lookForErrors(core: Core, request: Request, file: OpenFile): number {
  const isReady = (file.poll() & (READABLE | POLLPRI | ALWAYS_POLLED)) !== 0;
  const blocks = (request.bits & BIT_BLOCKING) !== 0;
  if (!isReady && !(core.onWorker && blocks)) return wait(request);
  if (core.onWorker) {
    const result = conclude(core, request, -EAGAIN, true);
    request.bits = (request.bits | BIT_NOWAIT | BIT_POLLED) & ~BIT_BLOCKING;
    return result;
  }
  recycleBuffer(request);
  if (request.bits & BIT_POLLED) {
    request.bits |= BIT_WORKER | BIT_BLOCKING;
    queueLate(core, request);
  } else {
    request.bits |= BIT_POLLED;
    queueWork(core, request, WORK_AGAIN);
  }
  return PENDING;
}

/** How much is left; -1 where the socket does not tell: urgent data stands beside the stream. */
function countUnread(request: Request, file: OpenFile, received: number): number {
  if (received < 0 || request.opFlags & MSG_OOB) return -1;
  return file.unread?.() ?? -1;
}

/** One message of a multishot RECVMSG, behind its header; an empty one is the last (MSHOT-13). */
function receiveMessage(
  core: Core,
  request: Request,
  file: OpenFile,
  message: MessageHeader,
): number {
  const overhead = shotOverhead(message);
  //= NET-50
  if (request.length < overhead) {
    recycleBuffer(request);
    return -EFAULT;
  }
  const received = receiveShot(core, request, file, message, overhead);
  request.unread = received < 0 ? -1 : (file.unread?.() ?? -1);
  if (received === -EAGAIN) return wait(request);
  //= MSHOT-12, MSHOT-13
  return conclude(core, request, received, received < 0, received <= overhead);
}

//= BUF-75
/**
 * How much MSG_WAITALL waits for. The kernel counts in an int, so nothing is less than a buffer of
 * 2 GiB or more, but for a single one of RECV, which it cuts to what a transfer may have.
 */
function lengthOfAll({ opcode, vectors }: Request, wanted: number): number {
  const isCut = opcode !== IORING_OP_RECVMSG && vectors === undefined;
  return isCut ? Math.min(wanted, MAX_TRANSFER) : wanted | 0;
}

/** MSG_WAITALL, which RECVMSG heeds only where it asks for no control data. */
function gathers(request: Request): boolean {
  if ((request.opFlags & MSG_WAITALL) === 0) return false;
  //= NET-82
  return request.message === undefined || request.message.controlLength === 0;
}

/** Picks what the transfer goes into, where the request has no buffer of its own. 0 or -errno. */
function pick(core: Core, request: Request): number {
  request.bufferRing = undefined;
  if (!needsBuffer(request)) return 0;
  if ((request.ioprio & IORING_RECVSEND_BUNDLE) === 0 || runsUnlocked(request)) {
    const error = selectBuffer(request, request.wanted);
    if (error < 0) return error;
    //= BUF-77
    if (request.opcode !== IORING_OP_RECVMSG) request.wanted = request.length;
  } else {
    //= BUF-21
    const count = peekBuffers(core, request, bundleLength(request));
    if (count < 0) return count;
    if (count > 1) return 0;
    request.wanted = request.length;
  }
  if (request.opcode === IORING_OP_RECVMSG) return 0;
  return inUserSpace(request.address, request.length) ? 0 : -EFAULT;
}

/** How much a bundle may take: what was asked for, else what waits as far as that is known. */
function bundleLength(request: Request): number {
  const asked = request.wanted !== 0 ? request.wanted : request.unread > 1 ? request.unread : 0;
  if ((request.receive & LIMITED) === 0) return asked;
  return asked === 0 ? request.shotsLeft : Math.min(asked, request.shotsLeft);
}

/** Nothing there: the request waits without a buffer, if it does not block with it. */
function wait(request: Request): number {
  const keeps = (request.bits & (BIT_BLOCKING | BIT_NOWAIT)) === BIT_BLOCKING;
  //= BUF-39, MSHOT-33
  if (!keeps) recycleBuffer(request);
  return -EAGAIN;
}

/** Part of what MSG_WAITALL asked for: the request keeps its buffers, and waits for the rest. */
function gather(request: Request, received: number): number {
  request.done += received;
  request.buffers |= NO_RECYCLE;
  //= BUF-70
  commitBuffers(request, received, buffersTouched(request, received));
  //= NET-42
  if ((request.bits & BIT_NOWAIT) === 0) return -EAGAIN;
  setFailed(request);
  request.cqeFlags = dropBuffers(request);
  return request.done;
}

/** A transfer came to an end: what the request's CQE, or its shot, says. */
function conclude(
  core: Core,
  request: Request,
  received: number,
  failed: boolean,
  empty: boolean = received <= 0,
): number {
  if (failed) setFailed(request);
  let total = received;
  if (received > 0) total += request.done;
  else if (request.done > 0) total = request.done;
  //= BUF-41, MSHOT-31
  else recycleBuffer(request);
  const last = countShot(request, total) || empty;
  let flags = moreFlag(core, request, request.unread);
  if (request.ioprio & IORING_RECVSEND_BUNDLE) {
    const moved = total - request.done;
    flags |= putBuffers(request, moved, buffersTouched(request, moved));
    if (request.receive & SECOND_PICK) flags = request.cqeFlags | (flags & LATEST_FLAGS);
    if (request.shotLength > 0 && total >= request.shotLength) request.receive |= SHOT_FULL;
    //= MSHOT-17
    if (request.buffers & GROUP_EMPTIED) return finish(request, total, flags);
    if (picksAgain(request, moved)) return pickAgain(request, moved, flags);
  } else {
    flags |= putBuffers(request, total);
  }
  //= MSHOT-11, MSHOT-14
  const goesOn = (request.bits & BIT_MULTISHOT) !== 0 && !last;
  //= NET-12
  if (goesOn && postShot(core, request, total, (flags | IORING_CQE_F_MORE) >>> 0)) {
    return prepareShot(request);
  }
  return finish(request, total, flags);
}

//= ND-11, NET-9
/** The flag of a CQE that tells how much is left in the socket: a hint. */
export function moreFlag(core: Core, request: Request, unread: number): number {
  return unread > 0 && core.choices.tellsMore(request) ? IORING_CQE_F_SOCK_NONEMPTY : 0;
}

//= NET-13
/** Counts a shot towards the limit of all. Whether that is reached. */
function countShot(request: Request, total: number): boolean {
  if (total <= 0 || (request.receive & LIMITED) === 0) return false;
  request.shotsLeft -= Math.min(total, request.shotsLeft);
  if (request.shotsLeft > 0) return false;
  request.receive |= LIMIT_REACHED;
  return true;
}

//= BUF-21, BUF-76
/** A bundle that filled all it picked while more is waiting picks once more. */
function picksAgain(request: Request, moved: number): boolean {
  const barred =
    (request.bits & IOSQE_BUFFER_SELECT) === 0 ||
    (request.receive & NO_SECOND_PICK) !== 0 ||
    (request.buffers & PARTLY_MAPPED) !== 0;
  return !barred && request.unread > 1 && moved > 0 && moved === request.length;
}

function pickAgain(request: Request, moved: number, flags: number): number {
  request.cqeFlags = flags & ~LATEST_FLAGS;
  request.wanted = request.unread;
  request.done += moved;
  request.settled = request.done;
  request.receive |= SECOND_PICK;
  return AGAIN;
}

/** Makes ready for the next shot, which follows at once if more is waiting or nobody knows. */
function prepareShot(request: Request): number {
  request.buffers &= ~(GROUP_EMPTIED | PARTLY_MAPPED);
  request.receive &= ~SECOND_PICK;
  request.cqeFlags = 0;
  request.done = 0;
  request.settled = 0;
  request.wanted = request.shotLength;
  if (request.unread === 0) return -EAGAIN;
  const full = (request.receive & SHOT_FULL) !== 0;
  request.shots += 1;
  //= MSHOT-36
  if (request.shots <= SHOTS_IN_A_ROW && !full) return AGAIN;
  request.shots = 0;
  request.receive &= ~SHOT_FULL;
  return TAKE_TURNS;
}

function finish(request: Request, total: number, flags: number): number {
  request.cqeFlags = flags >>> 0;
  return total;
}
