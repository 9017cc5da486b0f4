/** SEND_ZC and SENDMSG_ZC: sends that keep the memory until a notification (NET-17 ff.). */
import { MSG_DONTWAIT, POLLOUT, POLLWRNORM } from "../../../spec/abi/linux.ts";
import {
  IORING_RECVSEND_FIXED_BUF,
  IORING_RECVSEND_POLL_FIRST,
  IORING_SEND_VECTORIZED,
  IORING_SEND_ZC_REPORT_USAGE,
  IOSQE_CQE_SKIP_SUCCESS,
} from "../../../spec/abi/sqe.ts";
import { AF_UNIX } from "../../../spec/abi/linux.ts";
import { EAGAIN, EFAULT, EINVAL, EOPNOTSUPP } from "../../../spec/errno.ts";
import { inUserSpace, MAX_TRANSFER } from "../issue/access.ts";
import { type Core, type Operation, PLACEMENT_EITHER, WAIT_FIRST } from "../core.ts";
import { takeHeader, takeVectors } from "../messages/message-header.ts";
import { addNotification, noteSent } from "../completion/notification.ts";
import { acquireBuffer } from "../buffers/registered-buffers.ts";
import type { SqeReader } from "../submission/sqe.ts";
import { BIT_FIXED_BUFFER, BIT_NOWAIT } from "../request-bits.ts";
import type { Request } from "../state.ts";
import { defineOperation, type OperationDefinition } from "./define.ts";
import { checkSocket, pollsFirst, takeDestination } from "./message.ts";
import { transmit } from "./transmit.ts";

const FLAGS =
  IORING_RECVSEND_POLL_FIRST |
  IORING_RECVSEND_FIXED_BUF |
  IORING_SEND_ZC_REPORT_USAGE |
  IORING_SEND_VECTORIZED;

const COMMON: Omit<OperationDefinition, "name" | "prepare"> = {
  needsFile: true,
  takesIoprio: true,
  placement: PLACEMENT_EITHER,
  waitEvents: POLLOUT | POLLWRNORM,
  refusesOnWorker: true,
  direction: "kernel reads",
  execute,
};

/** Takes bytes to a socket. */
export const sendZc: Operation = defineOperation({
  name: "send zc",
  ...COMMON,
  prepare(core, request, sqe) {
    const error = prepareSend(core, request, sqe);
    if (error < 0) return error;
    const bad = takeDestination(core, request, sqe);
    if (bad < 0) return bad;
    request.address = sqe.addr;
    //= NET-71
    // A length that is negative is a very large one (NET-71).
    request.length = Math.min(sqe.len, MAX_TRANSFER);
    const vectored = (request.ioprio & IORING_SEND_VECTORIZED) !== 0;
    //= NET-70
    if (request.bits & BIT_FIXED_BUFFER) return vectored ? -EINVAL : 0;
    if (vectored) return takeVectors(core, request, sqe.addr, sqe.len);
    return inUserSpace(request.address, request.length) ? 0 : -EFAULT;
  },
});

/** Takes a message to a socket. */
export const sendmsgZc: Operation = defineOperation({
  name: "sendmsg zc",
  ...COMMON,
  prepare(core, request, sqe) {
    const error = prepareSend(core, request, sqe);
    if (error < 0) return error;
    if (sqe.addr2 !== 0 || sqe.fileIndex !== 0) return -EINVAL;
    return takeHeader(core, request, sqe.addr, true);
  },
});

/** What both check: up to the notification an error has one CQE, from there on two (NET-64). */
function prepareSend(core: Core, request: Request, sqe: SqeReader): number {
  //= NET-64
  if (sqe.hasPad2 || sqe.hasAddr3) return -EINVAL;
  //= SKIP-5, NET-64
  if (request.bits & IOSQE_CQE_SKIP_SUCCESS) return -EINVAL;
  const valid = (request.ioprio & ~FLAGS) === 0;
  const reports = valid && (request.ioprio & IORING_SEND_ZC_REPORT_USAGE) !== 0;
  //= NET-17, NET-18
  addNotification(core, request, reports);
  if (!valid) return -EINVAL;
  request.opFlags = sqe.opFlags;
  request.wanted = sqe.len;
  request.bufferIndex = sqe.bufIndex;
  if (request.opFlags & MSG_DONTWAIT) request.bits |= BIT_NOWAIT;
  if (request.ioprio & IORING_RECVSEND_FIXED_BUF) request.bits |= BIT_FIXED_BUFFER;
  return 0;
}

function execute(core: Core, request: Request): number {
  const { file, message } = request;
  const registered = (request.bits & BIT_FIXED_BUFFER) !== 0;
  //= NET-83
  const first = registered && message !== undefined ? acquireBuffer(request) : 0;
  if (first < 0) return first;
  const error = checkSocket(file);
  if (error < 0 || file === undefined) return error;
  if (file.socket?.family === AF_UNIX) return -EOPNOTSUPP;
  if (pollsFirst(request)) return WAIT_FIRST;
  //= NET-69
  const missing = registered && message === undefined ? acquireBuffer(request) : 0;
  if (missing < 0) return missing;
  const result = transmit(core, request, file);
  if (result !== -EAGAIN) noteSent(core, request);
  return result;
}
