/**
 * Messages between rings: a CQE, or a file and a CQE, that one ring gives another (chapter MSG).
 *
 * On a DEFER_TASKRUN ring only its owner posts: data for one travels as task work (MSG-9).
 */
import { IORING_OP_MSG_RING } from "../../../spec/abi/opcodes.ts";
import { IORING_SETUP_DEFER_TASKRUN, IORING_SETUP_IOPOLL } from "../../../spec/abi/setup.ts";
import { IORING_MSG_RING_CQE_SKIP, IORING_MSG_RING_FLAGS_PASS } from "../../../spec/abi/sqe.ts";
import type { OpenFile } from "../host/host.ts";
import { EBADF, EBADFD, EINVAL } from "../../../spec/errno.ts";
import { notify } from "./auxiliary.ts";
import { completeAsWork, setResult } from "./completion.ts";
import type { Core } from "../core.ts";
import { installDirect } from "../files/registered-files.ts";
import type { SqeReader } from "../submission/sqe.ts";
import { WORK_MESSAGE } from "../request-work.ts";
import type { Ring } from "../state.ts";
import { queueWork } from "../tasks/work-queue.ts";

const FLAGS = IORING_MSG_RING_CQE_SKIP | IORING_MSG_RING_FLAGS_PASS;

/** What an SQE of MSG_RING says; a request is one. */
export interface Message {
  /** `addr`: IORING_MSG_*. */
  address: number;
  /** `off`: the user_data of the CQE. */
  targetLow: number;
  targetHigh: number;
  /** `len`: the result of the CQE. */
  length: number;
  /** `addr3`: the slot that the file is in. */
  offset: number;
  /** The slot that the file goes to, plus 1; or the flags of the CQE. */
  fileIndex: number;
  /** IORING_MSG_RING_*. */
  opFlags: number;
}

/** Takes the message out of an SQE. 0, or -EINVAL (MSG-10). */
export function takeMessage(message: Message, sqe: SqeReader): number {
  //= MSG-10
  if (sqe.bufIndex !== 0 || sqe.personality !== 0) return -EINVAL;
  //= MSG-20
  // The kernel keeps the low words of what is wider in the SQE.
  message.address = sqe.addrLow;
  message.targetLow = sqe.offLow;
  message.targetHigh = sqe.offHigh;
  message.length = sqe.len;
  message.offset = sqe.addr3Low;
  message.fileIndex = sqe.fileIndex;
  message.opFlags = sqe.opFlags;
  //= MSG-10
  return message.opFlags & ~FLAGS ? -EINVAL : 0;
}

/** -errno of data that may not be sent to `target`; 0 if it may. */
export function refuseData(target: Ring, message: Message): number {
  const { offset: slot, fileIndex, opFlags } = message;
  const passesFlags = (opFlags & IORING_MSG_RING_FLAGS_PASS) !== 0;
  //= MSG-10, MSG-11
  if (slot !== 0 || opFlags & IORING_MSG_RING_CQE_SKIP) return -EINVAL;
  //= MSG-2
  if (fileIndex !== 0 && !passesFlags) return -EINVAL;
  //= MSG-4
  return target.disabled ? -EBADFD : 0;
}

/** Posts the message's CQE on `target`, or has its owner do so (MSG-1, MSG-2). 0 or -errno. */
export function sendData(core: Core, target: Ring, message: Message): number {
  const { targetLow, targetHigh, length, fileIndex } = message;
  const refused = refuseData(target, message);
  if (refused < 0) return refused;
  if (!postsItself(target)) {
    //= MSG-1
    notify(core, target, targetLow, targetHigh, length | 0, fileIndex);
    return 0;
  }
  const carrier = core.allocateUnlisted(target);
  carrier.opcode = IORING_OP_MSG_RING;
  carrier.bits = 0;
  carrier.userDataLow = targetLow;
  carrier.userDataHigh = targetHigh;
  carrier.result = length | 0;
  carrier.cqeFlags = fileIndex;
  //= MSG-9
  queueWork(core, carrier, WORK_MESSAGE, true);
  return 0;
}

//= MSG-9, MSG-25
/** Whether only its owner posts on the ring. On an IOPOLL ring a lock sees to that there is one. */
export function postsItself({ flags }: Ring): boolean {
  return (
    (flags & (IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_IOPOLL)) === IORING_SETUP_DEFER_TASKRUN
  );
}

/** The file of `source` that a message is to give to `target`, or -errno (MSG-14, MSG-16). */
export function fileToSend(source: Ring, target: Ring, message: Message): OpenFile | number {
  //= MSG-16
  const { length, offset: slot } = message;
  if (length !== 0 || target === source) return -EINVAL;
  if (target.disabled) return -EBADFD;
  //= MSG-14
  return source.files?.get(slot)?.file ?? -EBADF;
}

/**
 * Puts a file into a slot of `target`, and posts a CQE there (MSG-6, MSG-13, MSG-15, MSG-17).
 * Passes on a reference to the file.
 *
 * @returns 0, or the slot if it was picked, or -errno
 */
export function sendFile(core: Core, target: Ring, file: OpenFile, message: Message): number {
  //= MSG-6, MSG-13, MSG-15
  const result = installDirect(core, target, file, message.fileIndex);
  //= MSG-17
  if (result >= 0 && (message.opFlags & IORING_MSG_RING_CQE_SKIP) === 0) {
    notify(core, target, message.targetLow, message.targetHigh, result, 0);
  }
  return result;
}

//= MSG-19, MSG-24
/**
 * The owners of DEFER_TASKRUN rings take the files that were sent to them, which a task does on its
 * way out of a call. What is left of their senders is task work. Whether there were any.
 */
export function takeFiles(core: Core): boolean {
  const deliveries = core.deliveries.splice(0);
  for (const { request, target, file } of deliveries) {
    setResult(request, sendFile(core, target, file, request));
    completeAsWork(core, request);
  }
  return deliveries.length > 0;
}
