/**
 * Calls on the storage behind an open file: fallocate(2), sync_file_range(2), posix_fadvise(2).
 *
 * The file system is as ext4: every mode but UNSHARE_RANGE and WRITE_ZEROES, blocks of a page. Data
 * is on the disk as soon as it is written and nothing is cached, so write-back and advice have
 * nothing to do but to check what they are given.
 */
import {
  FALLOC_FL_COLLAPSE_RANGE,
  FALLOC_FL_INSERT_RANGE,
  FALLOC_FL_KEEP_SIZE,
  FALLOC_FL_PUNCH_HOLE,
  FALLOC_FL_UNSHARE_RANGE,
  FALLOC_FL_ZERO_RANGE,
  POSIX_FADV_NOREUSE,
  SYNC_FILE_RANGE_WAIT_AFTER,
  SYNC_FILE_RANGE_WAIT_BEFORE,
  SYNC_FILE_RANGE_WRITE,
} from "../../../spec/abi/linux.ts";
import {
  EBADF,
  EFBIG,
  EINVAL,
  EISDIR,
  ENODEV,
  ENOSPC,
  EOPNOTSUPP,
  ESPIPE,
} from "../../../spec/errno.ts";
import { touchModified, type Inode, type RegularInode, type Volume } from "./inode.ts";
import { mayWrite } from "./regular.ts";

/** FALLOC_FL_WRITE_ZEROES, newer than the spec's kernel headers: known, but no disk here has it. */
const WRITE_ZEROES = 0x80;
const BLOCK = 4096;
/** No signed 64-bit number is greater; what rounds to it stands for its neighbours. */
const LARGEST = 2 ** 63;
const RANGE_FLAGS =
  SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER;

/**
 * fallocate(2) on a file that was opened with `flags`. The checks come in the order of Linux.
 *
 * Storage is not counted, but nobody gets more at once than the volume has.
 */
export function allocate(
  volume: Volume,
  inode: Inode,
  flags: number,
  mode: number,
  offset: number,
  length: number,
): number {
  if (offset < 0 || length <= 0) return -EINVAL;
  if (!isMode(mode)) return -EOPNOTSUPP;
  if (!mayWrite(flags)) return -EBADF;
  if (inode.type === "pipe" || inode.type === "fifo") return -ESPIPE;
  if (inode.type === "directory") return -EISDIR;
  if (inode.type !== "regular") return -ENODEV;
  if (offset + length > volume.maxFileSize) return -EFBIG;
  if (mode & (FALLOC_FL_UNSHARE_RANGE | WRITE_ZEROES)) return -EOPNOTSUPP;
  const result = change(volume, inode, mode, offset, length);
  if (result === 0) touchModified(volume, inode);
  return result;
}

/** sync_file_range(2): nothing is left to be written back. */
export function syncRange(inode: Inode, offset: number, length: number, flags: number): number {
  if (flags & ~RANGE_FLAGS) return -EINVAL;
  if (offset < 0 || offset + length < 0 || length < 0) return -EINVAL;
  if (length > 0 && offset + length >= LARGEST) return -EINVAL;
  const { type } = inode;
  return type === "regular" || type === "directory" || type === "symlink" ? 0 : -ESPIPE;
}

/** posix_fadvise(2), whose offset may be anything. */
export function advise(inode: Inode, length: number, advice: number): number {
  if (inode.type === "pipe" || inode.type === "fifo") return -ESPIPE;
  return length < 0 || advice > POSIX_FADV_NOREUSE ? -EINVAL : 0;
}

/** One kind of change at most, and KEEP_SIZE only where it can be meant. */
function isMode(mode: number): boolean {
  const keeps = (mode & FALLOC_FL_KEEP_SIZE) !== 0;
  switch (mode & ~FALLOC_FL_KEEP_SIZE) {
    case 0:
    case FALLOC_FL_UNSHARE_RANGE:
    case FALLOC_FL_ZERO_RANGE:
      return true;
    case FALLOC_FL_PUNCH_HOLE:
      return keeps;
    case FALLOC_FL_COLLAPSE_RANGE:
    case FALLOC_FL_INSERT_RANGE:
    case WRITE_ZEROES:
      return !keeps;
    default:
      return false;
  }
}

function change(
  volume: Volume,
  inode: RegularInode,
  mode: number,
  offset: number,
  length: number,
): number {
  const { content } = inode;
  const end = offset + length;
  switch (mode & ~FALLOC_FL_KEEP_SIZE) {
    case FALLOC_FL_PUNCH_HOLE:
      content.zero(offset, end);
      return 0;
    case FALLOC_FL_COLLAPSE_RANGE:
      return collapse(inode, offset, length);
    case FALLOC_FL_INSERT_RANGE:
      return insert(volume, inode, offset, length);
    default:
      if (length > volume.capacity) return -ENOSPC;
      if (mode & FALLOC_FL_ZERO_RANGE) content.zero(offset, end);
      if ((mode & FALLOC_FL_KEEP_SIZE) === 0) content.extend(end);
      return 0;
  }
}

/** Takes blocks out of a file. They may not reach its end. */
function collapse({ content }: RegularInode, offset: number, length: number): number {
  if (offset % BLOCK !== 0 || length % BLOCK !== 0) return -EINVAL;
  if (offset + length >= content.size) return -EINVAL;
  content.shift(offset + length, -length);
  return 0;
}

/** Puts blocks of zeros into a file, before its end. */
function insert(volume: Volume, { content }: RegularInode, offset: number, length: number): number {
  if (offset % BLOCK !== 0 || length % BLOCK !== 0) return -EINVAL;
  if (length > volume.maxFileSize - content.size) return -EFBIG;
  if (offset >= content.size) return -EINVAL;
  content.shift(offset, length);
  return 0;
}
