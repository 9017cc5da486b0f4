/** REGISTER_SEND_MSG_RING: a message without a ring to send it (MSG-7, MSG-18). */
import { IORING_OP_MSG_RING } from "../../../spec/abi/opcodes.ts";
import { IORING_MSG_DATA, SQE_SIZE } from "../../../spec/abi/sqe.ts";
import { EBADF, EBADFD, EFAULT, EINVAL } from "../../../spec/errno.ts";
import type { Core } from "../core.ts";
import { fileOf } from "../files/descriptors.ts";
import { type Message, sendData, takeMessage } from "../completion/messages.ts";
import { ringOf } from "../setup/ring-file.ts";
import { SqeReader } from "../submission/sqe.ts";

//= MSG-7, MSG-18
/** Returns 0, or -errno. */
export function sendMessage(core: Core, address: number, count: number): number {
  if (address === 0 || count !== 1) return -EINVAL;
  const bytes = new Uint8Array(SQE_SIZE);
  if (core.memory.read(address, bytes) !== SQE_SIZE) return -EFAULT;
  const sqe = new SqeReader(new DataView(bytes.buffer));
  if (sqe.flags !== 0 || sqe.opcode !== IORING_OP_MSG_RING) return -EINVAL;
  const message: Message = {
    address: 0,
    targetLow: 0,
    targetHigh: 0,
    length: 0,
    offset: 0,
    fileIndex: 0,
    opFlags: 0,
  };
  const error = takeMessage(message, sqe);
  if (error < 0) return error;
  if (message.address !== IORING_MSG_DATA) return -EINVAL;
  const file = fileOf(core, sqe.fd);
  if (file === undefined) return -EBADF;
  const target = ringOf(file);
  return typeof target === "number" ? -EBADFD : sendData(core, target, message);
}
