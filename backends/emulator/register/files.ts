/** The register opcodes on the ring's table of files. */
import {
  FILE_INDEX_RANGE_LEN,
  FILE_INDEX_RANGE_OFF,
  FILE_INDEX_RANGE_RESV,
  FILE_INDEX_RANGE_SIZE,
  FILES_UPDATE_FDS,
  FILES_UPDATE_OFFSET,
  FILES_UPDATE_RESV,
  FILES_UPDATE_SIZE,
  RSRC_REGISTER_DATA,
  RSRC_REGISTER_FLAGS,
  RSRC_REGISTER_NR,
  RSRC_REGISTER_RESV2,
  RSRC_REGISTER_SIZE,
  RSRC_REGISTER_TAGS,
  RSRC_UPDATE2_DATA,
  RSRC_UPDATE2_NR,
  RSRC_UPDATE2_OFFSET,
  RSRC_UPDATE2_RESV,
  RSRC_UPDATE2_RESV2,
  RSRC_UPDATE2_SIZE,
  RSRC_UPDATE2_TAGS,
} from "../../../spec/abi/register-structs.ts";
import { IORING_RSRC_REGISTER_SPARSE } from "../../../spec/abi/register.ts";
import { EFAULT, EINVAL, EOVERFLOW } from "../../../spec/errno.ts";
import { RESOURCE_FLAGS } from "../../../spec/tables/register.ts";
import { readStruct, readUnsigned } from "../issue/access.ts";
import type { Core } from "../core.ts";
import { registerFiles, unregisterFiles, updateFiles } from "../files/registered-files.ts";
import type { Ring } from "../state.ts";

const MAX_U32 = 0xffffffff;

/** REGISTER_FILES (FILE-1, FILE-20). */
export function files(core: Core, ring: Ring, address: number, count: number): number {
  //= FILE-20
  if (address === 0) return -EFAULT;
  return registerFiles(core, ring, count, address, 0);
}

/** REGISTER_FILES2: with tags, or of empty slots (FILE-2, FILE-25, FILE-26). */
export function files2(core: Core, ring: Ring, address: number, size: number): number {
  //= FILE-2
  if (size !== RSRC_REGISTER_SIZE) return -EINVAL;
  const view = readStruct(core.memory, address, RSRC_REGISTER_SIZE);
  if (view === undefined) return -EFAULT;
  const count = view.getUint32(RSRC_REGISTER_NR, true);
  if (count === 0 || readUnsigned(view, RSRC_REGISTER_RESV2) !== 0) return -EINVAL;
  const flags = view.getUint32(RSRC_REGISTER_FLAGS, true);
  if (flags & ~core.profile.known(RESOURCE_FLAGS)) return -EINVAL;
  const descriptors = readUnsigned(view, RSRC_REGISTER_DATA);
  if (flags & IORING_RSRC_REGISTER_SPARSE && descriptors !== 0) return -EINVAL;
  return registerFiles(core, ring, count, descriptors, readUnsigned(view, RSRC_REGISTER_TAGS));
}

//= FILE-7
/** UNREGISTER_FILES. */
export function removeFiles(core: Core, ring: Ring, address: number, count: number): number {
  return address !== 0 || count !== 0 ? -EINVAL : unregisterFiles(core, ring);
}

/** REGISTER_FILES_UPDATE (FILE-4, FILE-28). */
export function filesUpdate(core: Core, ring: Ring, address: number, count: number): number {
  if (count === 0) return -EINVAL;
  const view = readStruct(core.memory, address, FILES_UPDATE_SIZE);
  if (view === undefined) return -EFAULT;
  //= FILE-28
  if (view.getUint32(FILES_UPDATE_RESV, true) !== 0) return -EINVAL;
  const offset = view.getUint32(FILES_UPDATE_OFFSET, true);
  return updateFiles(core, ring, offset, count, readUnsigned(view, FILES_UPDATE_FDS), 0);
}

/** REGISTER_FILES_UPDATE2: with tags (FILE-17, FILE-30). */
export function filesUpdate2(core: Core, ring: Ring, address: number, size: number): number {
  //= FILE-30
  if (size !== RSRC_UPDATE2_SIZE) return -EINVAL;
  const view = readStruct(core.memory, address, RSRC_UPDATE2_SIZE);
  if (view === undefined) return -EFAULT;
  const count = view.getUint32(RSRC_UPDATE2_NR, true);
  if (count === 0 || view.getUint32(RSRC_UPDATE2_RESV, true) !== 0) return -EINVAL;
  if (view.getUint32(RSRC_UPDATE2_RESV2, true) !== 0) return -EINVAL;
  const offset = view.getUint32(RSRC_UPDATE2_OFFSET, true);
  const descriptors = readUnsigned(view, RSRC_UPDATE2_DATA);
  const tags = readUnsigned(view, RSRC_UPDATE2_TAGS);
  return updateFiles(core, ring, offset, count, descriptors, tags);
}

/** REGISTER_FILE_ALLOC_RANGE (FILE-13, FILE-44, FILE-45). */
export function fileAllocRange(core: Core, ring: Ring, address: number, count: number): number {
  if (address === 0 || count !== 0) return -EINVAL;
  const view = readStruct(core.memory, address, FILE_INDEX_RANGE_SIZE);
  if (view === undefined) return -EFAULT;
  const start = view.getUint32(FILE_INDEX_RANGE_OFF, true);
  const length = view.getUint32(FILE_INDEX_RANGE_LEN, true);
  //= FILE-44
  if (start + length > MAX_U32) return -EOVERFLOW;
  const reserved = readUnsigned(view, FILE_INDEX_RANGE_RESV) !== 0;
  //= FILE-44, FILE-45
  if (reserved || start + length > (ring.files?.size ?? 0)) return -EINVAL;
  //= FILE-13
  ring.files?.limitPicks(start, length);
  return 0;
}
