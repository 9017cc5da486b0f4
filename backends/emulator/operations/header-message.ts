/** SENDMSG and RECVMSG: as SEND and RECV, with a msghdr (NET-14, NET-16, NET-48 to NET-55). */
import { MSG_WAITALL } from "../../../spec/abi/linux.ts";
import {
  IORING_RECV_MULTISHOT,
  IORING_RECVSEND_POLL_FIRST,
  IORING_SEND_VECTORIZED,
  IOSQE_BUFFER_SELECT,
} from "../../../spec/abi/sqe.ts";
import { EINVAL } from "../../../spec/errno.ts";
import { type Operation, WAIT_FIRST } from "../core.ts";
import { shotOverhead, takeHeader } from "../messages/message-header.ts";
import { BIT_MULTISHOT } from "../request-bits.ts";
import type { Request } from "../state.ts";
import { defineOperation } from "./define.ts";
import {
  checkSocket,
  pollsFirst,
  prepareMessage,
  RECEIVES,
  resetReceive,
  SENDS,
} from "./message.ts";
import { receive } from "./receive.ts";

//= BUF-68, NET-36
const SENDMSG_FLAGS = IORING_RECVSEND_POLL_FIRST | IORING_SEND_VECTORIZED;
const RECVMSG_FLAGS = IORING_RECVSEND_POLL_FIRST | IORING_RECV_MULTISHOT;

/** Takes a message to a socket. */
export const sendmsg: Operation = defineOperation({
  name: "sendmsg",
  ...SENDS,
  prepare(core, request, sqe) {
    const error = prepareMessage(request, sqe, SENDMSG_FLAGS);
    if (error < 0) return error;
    //= NET-35
    if (sqe.addr2 !== 0 || sqe.fileIndex !== 0) return -EINVAL;
    //= NET-16
    return takeHeader(core, request, sqe.addr, true);
  },
});

/** Takes a message from a socket. */
export const recvmsg: Operation = defineOperation({
  name: "recvmsg",
  ...RECEIVES,
  prepare(core, request, sqe) {
    if (sqe.addr2 !== 0) return -EINVAL;
    const error = prepareMessage(request, sqe, RECVMSG_FLAGS);
    if (error < 0) return error;
    resetReceive(request);
    const multishot = (request.ioprio & IORING_RECV_MULTISHOT) !== 0;
    if (multishot && !canShoot(request)) return -EINVAL;
    if (sqe.fileIndex !== 0) return -EINVAL;
    const header = takeHeader(core, request, sqe.addr, false);
    if (header < 0 || !multishot) return header;
    request.bits |= BIT_MULTISHOT;
    //= NET-51
    const overhead = request.message === undefined ? 0 : shotOverhead(request.message);
    return Math.min(overhead, 0);
  },
  execute(core, request) {
    const { file } = request;
    const error = checkSocket(file);
    if (error < 0 || file === undefined) return error;
    return pollsFirst(request) ? WAIT_FIRST : receive(core, request, file);
  },
});

//= MSHOT-7
function canShoot(request: Request): boolean {
  return (request.bits & IOSQE_BUFFER_SELECT) !== 0 && (request.opFlags & MSG_WAITALL) === 0;
}
