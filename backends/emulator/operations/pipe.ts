/** PIPE: a new pipe, with its ends in descriptors or in slots (FS-69 to FS-71). */
import { O_CLOEXEC, O_DIRECT, O_EXCL, O_NONBLOCK } from "../../../spec/abi/linux.ts";
import { IORING_FILE_INDEX_ALLOC } from "../../../spec/abi/sqe.ts";
import { EFAULT, EINVAL, ENOPKG } from "../../../spec/errno.ts";
import type { Core, Operation } from "../core.ts";
import type { OpenFile } from "../host/host.ts";
import { installDirect, removeDirect } from "../files/registered-files.ts";
import type { Request } from "../state.ts";
import { defineOperation } from "./define.ts";
import { heldNumbers } from "./file.ts";

/** A pipe for watch queues, which a kernel may be built without. */
const O_NOTIFICATION_PIPE = O_EXCL;
const FLAGS = O_CLOEXEC | O_NONBLOCK | O_DIRECT | O_NOTIFICATION_PIPE;
const DESCRIPTORS_SIZE = 8;

interface Ends {
  readonly reader: OpenFile;
  readonly writer: OpenFile;
}

/** Writes both numbers to `addr`, the one for reading first. */
export const pipe: Operation = defineOperation({
  name: "pipe",
  prepare(_core, request, sqe) {
    if (sqe.fd !== 0 || sqe.off !== 0 || sqe.hasAddr3) return -EINVAL;
    request.address = sqe.addr;
    request.opFlags = sqe.opFlags;
    if (request.opFlags & ~FLAGS) return -EINVAL;
    request.fileIndex = sqe.fileIndex;
    return 0;
  },
  execute(core, request) {
    const { opFlags, fileIndex } = request;
    if (opFlags & O_NOTIFICATION_PIPE) return -ENOPKG;
    if (fileIndex !== 0 && opFlags & O_CLOEXEC) return -EINVAL;
    const ends = core.files.pipe(opFlags & (O_NONBLOCK | O_DIRECT));
    return fileIndex === 0 ? installBoth(core, request, ends) : fillSlots(core, request, ends);
  },
});

function installBoth(core: Core, request: Request, { reader, writer }: Ends): number {
  const closeOnExec = (request.opFlags & O_CLOEXEC) !== 0;
  //= ND-20
  const held = heldNumbers(core, request);
  const readFd = core.files.install(reader, closeOnExec, held);
  const writeFd = readFd < 0 ? readFd : core.files.install(writer, closeOnExec, held);
  if (writeFd < 0) {
    writer.release();
    if (readFd < 0) reader.release();
    else core.files.close(readFd);
    return writeFd;
  }
  if (tell(core, request, readFd, writeFd)) return 0;
  core.files.close(readFd);
  core.files.close(writeFd);
  return -EFAULT;
}

/** Both ends into slots: two that are picked, or the one that is named and the next one. */
function fillSlots(core: Core, request: Request, { reader, writer }: Ends): number {
  const { ring, fileIndex } = request;
  const picks = fileIndex === IORING_FILE_INDEX_ALLOC;
  const first = installDirect(core, ring, reader, fileIndex);
  if (first < 0) {
    writer.release();
    return first;
  }
  const second = installDirect(core, ring, writer, picks ? fileIndex : fileIndex + 1);
  const readSlot = picks ? first : fileIndex - 1;
  const writeSlot = picks ? second : fileIndex;
  if (second >= 0 && tell(core, request, readSlot, writeSlot)) return 0;
  removeDirect(core, ring, readSlot);
  if (second >= 0) removeDirect(core, ring, writeSlot);
  return second < 0 ? second : -EFAULT;
}

/** Writes the two numbers. False where the program's memory cannot be written. */
function tell(core: Core, request: Request, first: number, second: number): boolean {
  const numbers = new Uint8Array(Int32Array.of(first, second).buffer);
  return core.memory.write(request.address, numbers) === DESCRIPTORS_SIZE;
}
