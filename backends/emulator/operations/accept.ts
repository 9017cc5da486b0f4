/** ACCEPT, once or for every connection (NET-1 to NET-4, NET-23 to NET-30). */
import { IORING_CQE_F_MORE } from "../../../spec/abi/cqe.ts";
import { POLLIN, POLLRDNORM, SOCK_CLOEXEC, SOCK_NONBLOCK } from "../../../spec/abi/linux.ts";
import {
  IORING_ACCEPT_DONTWAIT,
  IORING_ACCEPT_MULTISHOT,
  IORING_ACCEPT_POLL_FIRST,
  IORING_FILE_INDEX_ALLOC,
} from "../../../spec/abi/sqe.ts";
import { EAGAIN, EBADF, EINVAL, EMFILE } from "../../../spec/errno.ts";
import { readStruct } from "../issue/access.ts";
import { postShot } from "../completion/completion.ts";
import { type Core, type Operation, PLACEMENT_EITHER, WAIT_FIRST } from "../core.ts";
import type { OpenFile } from "../host/host.ts";
import { tellName } from "../messages/socket-transfer.ts";
import type { SqeReader } from "../submission/sqe.ts";
import { BIT_MULTISHOT, BIT_NOWAIT, BIT_POLLED } from "../request-bits.ts";
import type { Request } from "../state.ts";
import { defineOperation } from "./define.ts";
import { installFile, lacksDescriptor } from "./file.ts";
import { moreFlag } from "./receive.ts";

const ACCEPT_FLAGS = IORING_ACCEPT_MULTISHOT | IORING_ACCEPT_DONTWAIT | IORING_ACCEPT_POLL_FIRST;
const SOCKET_FLAGS = SOCK_CLOEXEC | SOCK_NONBLOCK;

/** Takes a connection from a listener. */
export const accept: Operation = defineOperation({
  name: "accept",
  needsFile: true,
  takesIoprio: true,
  placement: PLACEMENT_EITHER,
  waitEvents: POLLIN | POLLRDNORM,
  direction: "kernel writes",
  prepare(core, request, sqe) {
    //= NET-23
    if (sqe.len !== 0 || sqe.bufIndex !== 0) return -EINVAL;
    if (request.ioprio & ~ACCEPT_FLAGS) return -EINVAL;
    request.opFlags = sqe.opFlags;
    const error = takeSlot(request, sqe);
    if (error < 0) return error;
    if (request.opFlags & ~SOCKET_FLAGS) return -EINVAL;
    if (request.ioprio & IORING_ACCEPT_MULTISHOT) request.bits |= BIT_MULTISHOT;
    //= NET-2
    if (request.ioprio & IORING_ACCEPT_DONTWAIT) request.bits |= BIT_NOWAIT;
    if (sqe.addr !== 0) request.vectors = peerRanges(core, sqe.addr, sqe.addr2);
    return 0;
  },
  execute(core, request) {
    const polls = (request.ioprio & IORING_ACCEPT_POLL_FIRST) !== 0;
    //= NET-25
    if (polls && (request.bits & BIT_POLLED) === 0) return WAIT_FIRST;
    const { file } = request;
    if (file === undefined) return -EBADF;
    for (;;) {
      const result = acceptOne(core, request, file);
      if (result < 0) return result;
      const left = file.unread?.() ?? -1;
      //= NET-29
      request.cqeFlags = moreFlag(core, request, left);
      if ((request.bits & BIT_MULTISHOT) === 0) return result;
      //= NET-4
      if (!postShot(core, request, result, request.cqeFlags | IORING_CQE_F_MORE)) return result;
      request.cqeFlags = 0;
      if (left === 0) return -EAGAIN;
    }
  },
});

/** NET-28: a request for many connections picks their slots. */
function takeSlot(request: Request, sqe: SqeReader): number {
  request.fileIndex = sqe.fileIndex;
  if (request.fileIndex === 0) return 0;
  //= FILE-11
  if (request.opFlags & SOCK_CLOEXEC) return -EINVAL;
  const many = (request.ioprio & IORING_ACCEPT_MULTISHOT) !== 0;
  //= NET-28
  return many && request.fileIndex !== IORING_FILE_INDEX_ALLOC ? -EINVAL : 0;
}

/** One connection: its descriptor or slot, or -errno. */
function acceptOne(core: Core, request: Request, file: OpenFile): number {
  //= NET-27
  if (lacksDescriptor(core, request)) return -EMFILE;
  const accepted = file.accept(request.opFlags);
  if (typeof accepted === "number") return accepted;
  const { vectors } = request;
  if (vectors !== undefined) {
    const [address = 0, , lengthAddress = 0] = vectors;
    //= NET-3
    const error = tellName(core, accepted.peer, address, lengthAddress);
    if (error < 0) {
      //= NET-26
      // The connection is lost (NET-26).
      accepted.file.release();
      return error;
    }
  }
  const closeOnExec = (request.opFlags & SOCK_CLOEXEC) !== 0;
  //= NET-1
  return installFile(core, request, accepted.file, closeOnExec);
}

/** The address and the length that ACCEPT writes, as two ranges; the second is the length. */
function peerRanges(core: Core, address: number, lengthAddress: number): number[] {
  const room = readStruct(core.memory, lengthAddress, 4)?.getInt32(0, true) ?? 0;
  return [address, Math.max(room, 0), lengthAddress, 4];
}
