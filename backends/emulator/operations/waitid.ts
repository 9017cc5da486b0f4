/** WAITID (chapter WAITID). The id stands in `fd`, its kind in `len`, options in `file_index`. */
import {
  P_ALL,
  P_PGID,
  P_PID,
  P_PIDFD,
  WCONTINUED,
  WEXITED,
  WNOHANG,
  WNOWAIT,
  WSTOPPED,
} from "../../../spec/abi/linux.ts";
import { EBADF, EFAULT, EINVAL } from "../../../spec/errno.ts";
import { parkForChild, tellChild } from "../waiting/child-waits.ts";
import { type Core, type Operation, PENDING } from "../core.ts";
import type { Request } from "../state.ts";
import { defineOperation } from "./define.ts";

const SIGCHLD = 17;
const CHANGES = WEXITED | WSTOPPED | WCONTINUED;
/** __WNOTHREAD, __WALL and __WCLONE: which kinds of children, and whose. */
const LINUX_ONLY = 0xe0000000;
const OPTIONS = CHANGES | WNOHANG | WNOWAIT | LINUX_ONLY;

/** Waits for a child to exit, stop or go on. */
export const waitid: Operation = defineOperation({
  name: "waitid",
  prepare(_core, request, sqe) {
    //= MSHOT-4, WAITID-6
    if (sqe.addr !== 0 || sqe.bufIndex !== 0 || sqe.hasAddr3 || sqe.opFlags !== 0) return -EINVAL;
    request.length = sqe.len;
    request.fileIndex = sqe.fileIndex;
    request.address = sqe.addr2;
    return 0;
  },
  execute(core, request) {
    const { length, fd, fileIndex } = request;
    const error = check(length, fd, fileIndex);
    return error < 0 ? error : look(core, request);
  },
});

/** WAITID-3, WAITID-4. No descriptor of a process is modelled, so none is one. */
function check(kind: number, id: number, options: number): number {
  //= WAITID-3
  if (options & ~OPTIONS || (options & CHANGES) === 0) return -EINVAL;
  //= WAITID-4
  switch (kind) {
    case P_ALL:
      return 0;
    case P_PID:
      return id <= 0 ? -EINVAL : 0;
    case P_PGID:
      return id < 0 ? -EINVAL : 0;
    case P_PIDFD:
      return id < 0 ? -EINVAL : -EBADF;
    default:
      return -EINVAL;
  }
}

/** Takes what a child has done, or waits for it. */
function look(core: Core, request: Request): number {
  const { length, fd, fileIndex } = request;
  const event = core.children.take(length, fd, fileIndex);
  //= WAITID-5
  if (event === 0 && (fileIndex & WNOHANG) === 0) {
    parkForChild(core, request);
    return PENDING;
  }
  if (typeof event === "number") {
    //= WAITID-2, WAITID-7
    return tellChild(core, request, 0, 0, 0, 0, 0) ? event : -EFAULT;
  }
  const { code, pid, uid, status } = event;
  //= WAITID-1, WAITID-7
  return tellChild(core, request, SIGCHLD, code, pid, uid, status) ? 0 : -EFAULT;
}
