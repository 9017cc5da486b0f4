/** MSG_RING: a message from this ring to the one in `fd`, which may be this one. */
import { IORING_SETUP_DEFER_TASKRUN } from "../../../spec/abi/setup.ts";
import { IORING_MSG_DATA, IORING_MSG_SEND_FD } from "../../../spec/abi/sqe.ts";
import { EBADFD, EINVAL } from "../../../spec/errno.ts";
import { type Core, type Operation, PENDING } from "../core.ts";
import { fileToSend, sendData, sendFile, takeMessage } from "../completion/messages.ts";
import { ringOf } from "../setup/ring-file.ts";
import type { Request, Ring } from "../state.ts";
import { defineOperation } from "./define.ts";

/** MSG-1 to MSG-17. */
export const messageRing: Operation = defineOperation({
  name: "message",
  needsFile: true,
  prepare: (_core, request, sqe) => takeMessage(request, sqe),
  execute(core, request) {
    const target = ringOf(request.file);
    if (typeof target === "number") return -EBADFD;
    switch (request.address) {
      case IORING_MSG_DATA:
        return sendData(core, target, request);
      case IORING_MSG_SEND_FD:
        return deliverFile(core, target, request);
      default:
        return -EINVAL;
    }
  },
});

/** The owner of a DEFER_TASKRUN ring takes the file itself, and the sender completes then. */
function deliverFile(core: Core, target: Ring, request: Request): number {
  const file = fileToSend(request.ring, target, request);
  if (typeof file === "number") return file;
  file.retain();
  if ((target.flags & IORING_SETUP_DEFER_TASKRUN) === 0) {
    return sendFile(core, target, file, request);
  }
  core.deliveries.push({ request, target, file });
  return PENDING;
}
