/** FILES_UPDATE and FIXED_FD_INSTALL: operations on the ring's own table of files. */
import {
  IORING_FILE_INDEX_ALLOC,
  IORING_FIXED_FD_NO_CLOEXEC,
  IOSQE_FIXED_FILE,
} from "../../../spec/abi/sqe.ts";
import { EBADF, EFAULT, EINVAL, ENXIO, EPERM } from "../../../spec/errno.ts";
import { readStruct } from "../issue/access.ts";
import type { Core, Operation } from "../core.ts";
import { fileOf } from "../files/descriptors.ts";
import { installDirect, removeDirect, updateFiles } from "../files/registered-files.ts";
import type { Request } from "../state.ts";
import { heldNumbers } from "./file.ts";
import { defineOperation } from "./define.ts";

/** FILE-4, FILE-15, FILE-31 to -34. */
export const filesUpdate: Operation = defineOperation({
  name: "files update",
  prepare(_core, request, sqe) {
    if (request.bits & IOSQE_FIXED_FILE) return -EINVAL;
    if (sqe.opFlags !== 0 || sqe.fileIndex !== 0) return -EINVAL;
    request.offset = sqe.offLow;
    request.length = sqe.len;
    request.address = sqe.addr;
    return request.length === 0 ? -EINVAL : 0;
  },
  execute(core, request) {
    const { ring, offset, length, address } = request;
    const picks = offset === IORING_FILE_INDEX_ALLOC && core.profile.behaves.updatesPickSlots;
    if (picks) return pickSlots(core, request);
    return updateFiles(core, ring, offset, length, address, 0);
  },
});

/** FILE-18, FILE-50 to -52. */
export const fixedFdInstall: Operation = defineOperation({
  name: "fixed fd install",
  needsFile: true,
  prepare(_core, request, sqe) {
    if (sqe.off !== 0 || sqe.addr !== 0 || sqe.len !== 0) return -EINVAL;
    if (sqe.bufIndex !== 0 || sqe.fileIndex !== 0 || sqe.hasAddr3) return -EINVAL;
    if ((request.bits & IOSQE_FIXED_FILE) === 0) return -EBADF;
    request.opFlags = sqe.opFlags;
    if (request.opFlags & ~IORING_FIXED_FD_NO_CLOEXEC) return -EINVAL;
    return sqe.personality === 0 ? 0 : -EPERM;
  },
  execute(core, request) {
    const { file } = request;
    if (file === undefined) return -EBADF;
    const closeOnExec = (request.opFlags & IORING_FIXED_FD_NO_CLOEXEC) === 0;
    const fd = core.files.install(file, closeOnExec, heldNumbers(core, request));
    if (fd >= 0) file.retain();
    return fd;
  },
});

/** Registers each descriptor in a slot that is free, and writes the slot over it. */
function pickSlots(core: Core, request: Request): number {
  const { ring, length, address } = request;
  if (ring.files === undefined) return -ENXIO;
  for (let done = 0; done < length; done++) {
    const result = pickSlot(core, request, address + 4 * done);
    if (result < 0) return done > 0 ? done : result;
  }
  return length;
}

function pickSlot(core: Core, { ring }: Request, address: number): number {
  const element = readStruct(core.memory, address, 4);
  if (element === undefined) return -EFAULT;
  const file = fileOf(core, element.getInt32(0, true));
  if (file === undefined) return -EBADF;
  file.retain();
  const slot = installDirect(core, ring, file, IORING_FILE_INDEX_ALLOC);
  if (slot < 0) return slot;
  element.setInt32(0, slot, true);
  if (core.memory.write(address, new Uint8Array(element.buffer)) === 4) return slot;
  removeDirect(core, ring, slot);
  return -EFAULT;
}
