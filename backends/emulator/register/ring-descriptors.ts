/** REGISTER_RING_FDS and UNREGISTER_RING_FDS (REG-11, REG-27 to -29). */
import { IO_RINGFD_REG_MAX } from "../../../spec/abi/limits.ts";
import {
  FILES_UPDATE_FDS,
  FILES_UPDATE_OFFSET,
  FILES_UPDATE_RESV,
  FILES_UPDATE_SIZE,
} from "../../../spec/abi/register-structs.ts";
import { EFAULT, EINVAL } from "../../../spec/errno.ts";
import { readStruct, readUnsigned } from "../issue/access.ts";
import type { Core } from "../core.ts";
import { addRegisteredRing, removeRegisteredRing, useRing } from "../files/ring-descriptors.ts";
import type { Ring } from "../state.ts";

/** Returns how many rings were registered, or the error of the first. */
export function ringDescriptors(core: Core, ring: Ring, address: number, count: number): number {
  if (count > 0 && count <= IO_RINGFD_REG_MAX) useRing(core, ring);
  return forEach(core, address, count, (entry, at) => {
    //= REG-27
    if (entry.getUint32(FILES_UPDATE_RESV, true) !== 0) return -EINVAL;
    const wanted = entry.getUint32(FILES_UPDATE_OFFSET, true);
    const index = addRegisteredRing(core, entry.getInt32(FILES_UPDATE_FDS, true), wanted);
    if (index < 0) return index;
    //= REG-11
    entry.setUint32(FILES_UPDATE_OFFSET, index, true);
    if (core.memory.write(at, new Uint8Array(entry.buffer)) === FILES_UPDATE_SIZE) return 0;
    removeRegisteredRing(core, index);
    return -EFAULT;
  });
}

/** Returns how many indices were emptied, or the error of the first. */
export function removeRingDescriptors(
  core: Core,
  _ring: Ring,
  address: number,
  count: number,
): number {
  return forEach(core, address, count, (entry) => {
    const index = entry.getUint32(FILES_UPDATE_OFFSET, true);
    const reserved = entry.getUint32(FILES_UPDATE_RESV, true) !== 0;
    if (reserved || readUnsigned(entry, FILES_UPDATE_FDS) !== 0) return -EINVAL;
    //= REG-29
    if (index >= IO_RINGFD_REG_MAX) return -EINVAL;
    removeRegisteredRing(core, index);
    return 0;
  });
}

/** Visits an array of `struct io_uring_rsrc_update` until one fails. */
function forEach(
  core: Core,
  address: number,
  count: number,
  visit: (entry: DataView, at: number) => number,
): number {
  //= REG-28
  if (count === 0 || count > IO_RINGFD_REG_MAX) return -EINVAL;
  for (let done = 0; done < count; done++) {
    const at = address + done * FILES_UPDATE_SIZE;
    const entry = readStruct(core.memory, at, FILES_UPDATE_SIZE);
    const error = entry === undefined ? -EFAULT : visit(entry, at);
    //= REG-28
    if (error < 0) return done > 0 ? done : error;
  }
  return count;
}
