/**
 * Every opcode that is modelled. One that is missing here is refused with EINVAL, as by a kernel
 * that does not know it, and is absent from REGISTER_PROBE.
 */
import * as op from "../../../spec/abi/opcodes.ts";
import type { Operation } from "../core.ts";
import { accept } from "./accept.ts";
import { asyncCancel } from "./cancel.ts";
import { epollCtl, epollWait } from "./epoll.ts";
import { close, fsync, ftruncate } from "./file.ts";
import { readFixed, readvFixed, writeFixed, writevFixed } from "./fixed.ts";
import { recvmsg, sendmsg } from "./header-message.ts";
import { recv, send } from "./message.ts";
import { messageRing } from "./message-ring.ts";
import { nop } from "./nop.ts";
import { fgetxattr, fsetxattr, getxattr, setxattr } from "./attribute.ts";
import { futexWait, futexWaitv, futexWake } from "./futex.ts";
import { madvise } from "./madvise.ts";
import { openat, openat2 } from "./open.ts";
import { mkdirat, statx, unlinkat } from "./path.ts";
import { splice, tee } from "./splice.ts";
import { fadvise, fallocate, syncFileRange } from "./storage.ts";
import { provideBuffers, removeBuffers } from "./provide-buffers.ts";
import { pipe } from "./pipe.ts";
import { pollAdd, pollRemove } from "./poll.ts";
import { readMultishot } from "./read-multishot.ts";
import { read, readv, write, writev } from "./read-write.ts";
import { recvZc } from "./receive-zero-copy.ts";
import { filesUpdate, fixedFdInstall } from "./registered-files.ts";
import { bind, connect, listen, shutdown, socket } from "./socket.ts";
import { linkTimeout, timeout, timeoutRemove } from "./timeout.ts";
import { linkat, renameat, symlinkat } from "./two-paths.ts";
import { uringCmd } from "./uring-command.ts";
import { waitid } from "./waitid.ts";
import { sendmsgZc, sendZc } from "./zero-copy.ts";

const MODELLED: readonly (readonly [number, Operation])[] = [
  [op.IORING_OP_NOP, nop],
  [op.IORING_OP_READV, readv],
  [op.IORING_OP_WRITEV, writev],
  [op.IORING_OP_FSYNC, fsync],
  [op.IORING_OP_READ_FIXED, readFixed],
  [op.IORING_OP_WRITE_FIXED, writeFixed],
  [op.IORING_OP_POLL_ADD, pollAdd],
  [op.IORING_OP_POLL_REMOVE, pollRemove],
  [op.IORING_OP_SENDMSG, sendmsg],
  [op.IORING_OP_RECVMSG, recvmsg],
  [op.IORING_OP_TIMEOUT, timeout],
  [op.IORING_OP_TIMEOUT_REMOVE, timeoutRemove],
  [op.IORING_OP_ACCEPT, accept],
  [op.IORING_OP_ASYNC_CANCEL, asyncCancel],
  [op.IORING_OP_LINK_TIMEOUT, linkTimeout],
  [op.IORING_OP_CONNECT, connect],
  [op.IORING_OP_OPENAT, openat],
  [op.IORING_OP_OPENAT2, openat2],
  [op.IORING_OP_WAITID, waitid],
  [op.IORING_OP_FUTEX_WAIT, futexWait],
  [op.IORING_OP_FUTEX_WAKE, futexWake],
  [op.IORING_OP_FUTEX_WAITV, futexWaitv],
  [op.IORING_OP_SPLICE, splice],
  [op.IORING_OP_TEE, tee],
  [op.IORING_OP_PIPE, pipe],
  [op.IORING_OP_SYNC_FILE_RANGE, syncFileRange],
  [op.IORING_OP_FALLOCATE, fallocate],
  [op.IORING_OP_FADVISE, fadvise],
  [op.IORING_OP_MADVISE, madvise],
  [op.IORING_OP_SYMLINKAT, symlinkat],
  [op.IORING_OP_LINKAT, linkat],
  [op.IORING_OP_FSETXATTR, fsetxattr],
  [op.IORING_OP_SETXATTR, setxattr],
  [op.IORING_OP_FGETXATTR, fgetxattr],
  [op.IORING_OP_GETXATTR, getxattr],
  [op.IORING_OP_CLOSE, close],
  [op.IORING_OP_FILES_UPDATE, filesUpdate],
  [op.IORING_OP_STATX, statx],
  [op.IORING_OP_READ, read],
  [op.IORING_OP_WRITE, write],
  [op.IORING_OP_SEND, send],
  [op.IORING_OP_RECV, recv],
  [op.IORING_OP_PROVIDE_BUFFERS, provideBuffers],
  [op.IORING_OP_REMOVE_BUFFERS, removeBuffers],
  [op.IORING_OP_EPOLL_CTL, epollCtl],
  [op.IORING_OP_SHUTDOWN, shutdown],
  [op.IORING_OP_RENAMEAT, renameat],
  [op.IORING_OP_UNLINKAT, unlinkat],
  [op.IORING_OP_MKDIRAT, mkdirat],
  [op.IORING_OP_MSG_RING, messageRing],
  [op.IORING_OP_SOCKET, socket],
  [op.IORING_OP_FIXED_FD_INSTALL, fixedFdInstall],
  [op.IORING_OP_READ_MULTISHOT, readMultishot],
  [op.IORING_OP_URING_CMD, uringCmd],
  [op.IORING_OP_SEND_ZC, sendZc],
  [op.IORING_OP_SENDMSG_ZC, sendmsgZc],
  [op.IORING_OP_RECV_ZC, recvZc],
  [op.IORING_OP_EPOLL_WAIT, epollWait],
  [op.IORING_OP_FTRUNCATE, ftruncate],
  [op.IORING_OP_BIND, bind],
  [op.IORING_OP_LISTEN, listen],
  [op.IORING_OP_READV_FIXED, readvFixed],
  [op.IORING_OP_WRITEV_FIXED, writevFixed],
];

/** The operations by opcode; undefined where none is modelled. */
export const operations: readonly (Operation | undefined)[] = tabulate();

function tabulate(): (Operation | undefined)[] {
  const highest = Math.max(...MODELLED.map(([opcode]) => opcode));
  const table = new Array<Operation | undefined>(highest + 1).fill(undefined);
  for (const [opcode, operation] of MODELLED) table[opcode] = operation;
  return table;
}
