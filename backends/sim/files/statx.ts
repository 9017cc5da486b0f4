/**
 * statx(2): an inode as the program sees it, in a `struct statx`.
 */
import { EINVAL } from "../../../spec/errno.ts";
import {
  AT_EMPTY_PATH,
  AT_NO_AUTOMOUNT,
  AT_SYMLINK_NOFOLLOW,
  STATX_BASIC_STATS,
  STATX_BTIME,
  STATX_CTIME,
  STATX_MNT_ID,
  STATX_MNT_ID_UNIQUE,
  STATX_MTIME,
  STATX__RESERVED,
} from "../../../spec/abi/linux.ts";
import type { Clock } from "../../emulator/host.ts";
import type { Inode } from "./inode.ts";

/** sizeof(struct statx). */
const STATX_SIZE_OF = 256;

/** AT_STATX_SYNC_TYPE: FORCE_SYNC | DONT_SYNC, of which one may be given. */
const AT_STATX_SYNC_TYPE = 0x6000;
const CHANGES = STATX_CTIME | STATX_MTIME;
const BLOCK = 4096;
const SECOND = 1e9;
/** stx_dev_minor of the one file system. */
const DEVICE_MINOR = 1;

/** Offsets in struct statx (uapi linux/stat.h). */
const MASK = 0;
const BLKSIZE = 4;
const NLINK = 16;
const MODE = 28;
const INO = 32;
const SIZE = 40;
const BLOCKS = 48;
const ATIME = 64;
const BTIME = 80;
const CTIME = 96;
const MTIME = 112;
const RDEV_MAJOR = 128;
const RDEV_MINOR = 132;
const DEV_MINOR = 140;

/** The errno of flags or a mask that statx(2) refuses, or 0. */
export function checkStatx(flags: number, mask: number): number {
  if ((mask & STATX__RESERVED) !== 0) return -EINVAL;
  if ((flags & AT_STATX_SYNC_TYPE) === AT_STATX_SYNC_TYPE) return -EINVAL;
  const known = AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_EMPTY_PATH | AT_STATX_SYNC_TYPE;
  return (flags & ~known) !== 0 ? -EINVAL : 0;
}

/**
 * Fills a zeroed `struct statx`. The basic fields are always there, whatever `mask`
 * asks, and so is the number of the mount, in one of its forms; the time of birth comes if it is
 * asked for. Times of change that nobody asks for are not told of what has a name, as on file
 * systems with fine-grained times. Owner and group are root.
 */
export function fillStatx(into: Uint8Array, inode: Inode, mask: number, clock: Clock): void {
  const view = new DataView(into.buffer, into.byteOffset, STATX_SIZE_OF);
  const birth = (mask & STATX_BTIME) !== 0;
  view.setUint32(MASK, filledFields(inode, mask), true);
  view.setUint32(BLKSIZE, BLOCK, true);
  view.setUint32(NLINK, inode.links, true);
  view.setUint16(MODE, inode.mode, true);
  setUint64(view, INO, inode.number);
  setUint64(view, SIZE, sizeOf(inode));
  setUint64(view, BLOCKS, inode.type === "regular" ? inode.content.allocated / 512 : 0);
  setTime(view, ATIME, inode.accessed, clock);
  if (tellsChanges(inode, mask)) {
    setTime(view, CTIME, inode.changed, clock);
    setTime(view, MTIME, inode.modified, clock);
  }
  if (birth) setTime(view, BTIME, inode.born, clock);
  if (inode.type === "device") {
    view.setUint32(RDEV_MAJOR, inode.major, true);
    view.setUint32(RDEV_MINOR, inode.minor, true);
  }
  view.setUint32(DEV_MINOR, DEVICE_MINOR, true);
}

function filledFields(inode: Inode, mask: number): number {
  const mount = mask & STATX_MNT_ID_UNIQUE ? STATX_MNT_ID_UNIQUE : STATX_MNT_ID;
  const changes = tellsChanges(inode, mask) ? 0 : CHANGES;
  return (STATX_BASIC_STATS & ~changes) | (mask & STATX_BTIME) | mount;
}

function tellsChanges(inode: Inode, mask: number): boolean {
  const named = inode.type === "regular" || inode.type === "directory" || inode.type === "symlink";
  return !named || (mask & CHANGES) !== 0;
}

/** As on tmpfs: a directory has 20 bytes for each entry. */
function sizeOf(inode: Inode): number {
  if (inode.type === "regular") return inode.content.size;
  if (inode.type === "symlink") return inode.target.length;
  return inode.type === "directory" ? (inode.entries.size + 2) * 20 : 0;
}

function setUint64(view: DataView, offset: number, value: number): void {
  view.setUint32(offset, value >>> 0, true);
  view.setUint32(offset + 4, Math.floor(value / 2 ** 32) >>> 0, true);
}

/** A statx_timestamp: seconds and nanoseconds, added up apart so that no digit is lost. */
function setTime(view: DataView, offset: number, monotonic: number, clock: Clock): void {
  const seconds = Math.floor(monotonic / SECOND) + clock.realtimeOffset() / SECOND;
  setUint64(view, offset, seconds);
  view.setUint32(offset + 8, monotonic % SECOND, true);
}
