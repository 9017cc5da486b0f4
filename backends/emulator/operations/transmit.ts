/**
 * What SEND does once its file is known to be a socket: one transfer out of its own buffer or a
 * provided one, or bundle after bundle until the group is empty (BUF-61 to BUF-63, BUF-67).
 */
import { IORING_CQE_F_MORE } from "../../../spec/abi/cqe.ts";
import { MSG_NOSIGNAL, MSG_WAITALL } from "../../../spec/abi/linux.ts";
import { IORING_RECVSEND_BUNDLE, IOSQE_BUFFER_SELECT } from "../../../spec/abi/sqe.ts";
import { EAGAIN, EFAULT } from "../../../spec/errno.ts";
import { inUserSpace } from "../issue/access.ts";
import { buffersTouched, takeBuffers } from "../buffers/bundle.ts";
import {
  dropBuffers,
  GROUP_EMPTIED,
  needsBuffer,
  NO_RECYCLE,
  putBuffers,
} from "../buffers/select.ts";
import { postShot } from "../completion/completion.ts";
import type { Core } from "../core.ts";
import { setFailed } from "../completion/failure.ts";
import type { OpenFile } from "../host/host.ts";
import { goesOnGathering, sendBytes } from "../messages/socket-transfer.ts";
import { BIT_NOWAIT, BIT_POLLED } from "../request-bits.ts";
import type { Request } from "../state.ts";

/** Goes round once more. No result is this low. */
const AGAIN = -0x7ffffff0;

/** Sends as the request says. A result, or -EAGAIN to wait. Sets the CQE's flags. */
export function transmit(core: Core, request: Request, file: OpenFile): number {
  let result = AGAIN;
  while (result === AGAIN) result = transmitOnce(core, request, file);
  return result;
}

function transmitOnce(core: Core, request: Request, file: OpenFile): number {
  if (needsBuffer(request)) {
    const bundles = (request.ioprio & IORING_RECVSEND_BUNDLE) !== 0;
    const count = takeBuffers(request, request.wanted, bundles);
    if (count < 0) return count;
    if (count === 1 && !inUserSpace(request.address, request.length)) return -EFAULT;
  }
  const wanted = request.length - request.done;
  //= NET-10
  const sent = sendBytes(core, request, file, wanted, request.opFlags | MSG_NOSIGNAL);
  if (sent === -EAGAIN) return giveUp(request);
  const incomplete = (request.opFlags & MSG_WAITALL) !== 0 && sent < wanted;
  //= NET-41
  if (sent > 0 && incomplete && goesOnGathering(file)) {
    request.done += sent;
    request.buffers |= NO_RECYCLE;
    return giveUp(request);
  }
  //= LINK-16
  if (sent < 0 || incomplete) setFailed(request);
  const total = sent >= 0 ? sent + request.done : request.done || sent;
  return conclude(core, request, total);
}

/** Waits for room, with the buffers that were picked; or ends with what was sent. */
function giveUp(request: Request): number {
  //= NET-42
  if ((request.bits & BIT_NOWAIT) === 0 || request.done === 0) return -EAGAIN;
  setFailed(request);
  request.cqeFlags = dropBuffers(request);
  return request.done;
}

function conclude(core: Core, request: Request, total: number): number {
  const flags = putBuffers(request, total, buffersTouched(request, total));
  const bundles = (request.ioprio & IORING_RECVSEND_BUNDLE) !== 0;
  const ends = total <= 0 || (request.buffers & GROUP_EMPTIED) !== 0;
  //= BUF-67
  if (bundles && !ends && (request.bits & BIT_POLLED) === 0) {
    if (postShot(core, request, total, (flags | IORING_CQE_F_MORE) >>> 0)) {
      return nextBundle(request);
    }
  }
  request.cqeFlags = flags;
  return total;
}

/** The next bundle has no limit. A request with a buffer of its own has nothing left to send. */
function nextBundle(request: Request): number {
  request.buffers &= ~GROUP_EMPTIED;
  request.done = 0;
  request.wanted = 0;
  //= BUF-69
  if ((request.bits & IOSQE_BUFFER_SELECT) === 0) request.length = 0;
  return AGAIN;
}
