/** MSG_RING: a message from this ring to the one in `fd`, which may be this one. */
import { IORING_SETUP_IOPOLL } from "../../../spec/abi/setup.ts";
import { IORING_MSG_DATA, IORING_MSG_SEND_FD } from "../../../spec/abi/sqe.ts";
import { EBADFD, EINVAL } from "../../../spec/errno.ts";
import { type Core, type Operation, PENDING } from "../core.ts";
import {
  fileToSend,
  postsItself,
  refuseData,
  sendData,
  sendFile,
  takeMessage,
} from "../completion/messages.ts";
import { queueLate } from "../issue/late.ts";
import { ringOf } from "../setup/ring-file.ts";
import { BIT_WORKER } from "../request-bits.ts";
import type { Request, Ring } from "../state.ts";
import { defineOperation } from "./define.ts";

/** MSG_RING (chapter MSG). */
export const messageRing: Operation = defineOperation({
  name: "message",
  needsFile: true,
  prepare: (_core, request, sqe) => takeMessage(request, sqe),
  execute(core, request) {
    const target = ringOf(request.file);
    //= MSG-3
    if (typeof target === "number") return -EBADFD;
    const { address: command } = request;
    switch (command) {
      case IORING_MSG_DATA:
        return isBusy(core, target, request) && refuseData(target, request) === 0
          ? leaveToWorker(core, request)
          : sendData(core, target, request);
      case IORING_MSG_SEND_FD:
        return deliverFile(core, target, request);
      //= MSG-10
      default:
        return -EINVAL;
    }
  },
});

//= MSG-25
/** Whether only one at a time may post on the target, and that is who submits. */
function isBusy(core: Core, { flags }: Ring, { ring, file }: Request): boolean {
  if (core.onWorker || ringOf(file) !== ring) return false;
  return (flags & IORING_SETUP_IOPOLL) !== 0;
}

function leaveToWorker(core: Core, request: Request): number {
  request.bits |= BIT_WORKER;
  queueLate(core, request);
  return PENDING;
}

/** The owner of a DEFER_TASKRUN ring takes the file itself, and the sender completes then. */
function deliverFile(core: Core, target: Ring, request: Request): number {
  const file = fileToSend(request.ring, target, request);
  if (typeof file === "number") return file;
  file.retain();
  if (!postsItself(target)) {
    return sendFile(core, target, file, request);
  }
  //= MSG-19
  core.deliveries.push({ request, target, file });
  return PENDING;
}
