/**
 * statx(2): an inode as the program sees it, in a `struct statx`.
 */
import { EINVAL } from "../../../spec/errno.ts";
import {
  AT_EMPTY_PATH,
  AT_NO_AUTOMOUNT,
  AT_SYMLINK_NOFOLLOW,
  STATX_ATTR_APPEND,
  STATX_ATTR_AUTOMOUNT,
  STATX_ATTR_COMPRESSED,
  STATX_ATTR_DAX,
  STATX_ATTR_ENCRYPTED,
  STATX_ATTR_IMMUTABLE,
  STATX_ATTR_MOUNT_ROOT,
  STATX_ATTR_NODUMP,
  STATX_ATTR_VERITY,
  STATX_ATTR_WRITE_ATOMIC,
  STATX_BASIC_STATS,
  STATX_BTIME,
  STATX_CTIME,
  STATX_DIOALIGN,
  STATX_MNT_ID,
  STATX_MNT_ID_UNIQUE,
  STATX_MTIME,
  STATX_WRITE_ATOMIC,
  STATX__RESERVED,
} from "../../../spec/abi/linux.ts";
import type { Clock } from "../../emulator/host/host.ts";
import { FILE_SYSTEM_NONE, FILE_SYSTEM_ROOT, type Inode } from "./inode.ts";

/** sizeof(struct statx). */
const STATX_SIZE_OF = 256;

/** AT_STATX_SYNC_TYPE: FORCE_SYNC | DONT_SYNC, of which one may be given. */
const AT_STATX_SYNC_TYPE = 0x6000;
const BLOCK = 4096;
const SECOND = 1e9;
/** What O_DIRECT counts in, in bytes. */
const SECTOR = 512;
/** stx_dev_minor and stx_mnt_id of the first file system. */
const DEVICE_MINOR = 1;
const FIRST_MOUNT = 20;
const CHANGES = STATX_MTIME | STATX_CTIME;
const EVERYWHERE = STATX_ATTR_AUTOMOUNT | STATX_ATTR_MOUNT_ROOT | STATX_ATTR_DAX;
const IN_MEMORY = STATX_ATTR_IMMUTABLE | STATX_ATTR_APPEND | STATX_ATTR_NODUMP;
const ON_DISK = STATX_ATTR_COMPRESSED | STATX_ATTR_ENCRYPTED | STATX_ATTR_VERITY;

/** Offsets in struct statx (uapi linux/stat.h). */
const MASK = 0;
const BLKSIZE = 4;
const NLINK = 16;
const MODE = 28;
const INO = 32;
const SIZE = 40;
const BLOCKS = 48;
const ATTRIBUTES_MASK = 56;
const ATIME = 64;
const BTIME = 80;
const CTIME = 96;
const MTIME = 112;
const RDEV_MAJOR = 128;
const RDEV_MINOR = 132;
const DEV_MINOR = 140;
const MNT_ID = 144;
const DIO_MEM_ALIGN = 152;
const DIO_OFFSET_ALIGN = 156;

/** The errno of flags or a mask that statx(2) refuses, or 0. */
export function checkStatx(flags: number, mask: number): number {
  if ((mask & STATX__RESERVED) !== 0) return -EINVAL;
  if ((flags & AT_STATX_SYNC_TYPE) === AT_STATX_SYNC_TYPE) return -EINVAL;
  const known = AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_EMPTY_PATH | AT_STATX_SYNC_TYPE;
  return (flags & ~known) !== 0 ? -EINVAL : 0;
}

/**
 * Fills a zeroed `struct statx`, as ext4 does. The basic fields are always there, whatever `mask`
 * asks, but for the times of changes, which come if one of them is asked for, and the time of
 * birth (FS-76). Owner and group are root.
 */
export function fillStatx(into: Uint8Array, inode: Inode, mask: number, clock: Clock): void {
  const view = new DataView(into.buffer, into.byteOffset, STATX_SIZE_OF);
  const filled = filledFields(inode, mask);
  view.setUint32(MASK, filled, true);
  view.setUint32(BLKSIZE, BLOCK, true);
  setUint64(view, ATTRIBUTES_MASK, knownAttributes(inode, filled));
  view.setUint32(NLINK, inode.links, true);
  view.setUint16(MODE, inode.mode, true);
  setUint64(view, INO, inode.number);
  setUint64(view, SIZE, sizeOf(inode));
  setUint64(view, BLOCKS, inode.type === "regular" ? inode.content.allocated / 512 : 0);
  setTime(view, ATIME, inode.accessed, clock);
  if (filled & STATX_CTIME) setTime(view, CTIME, inode.changed, clock);
  if (filled & STATX_MTIME) setTime(view, MTIME, inode.modified, clock);
  if (filled & STATX_BTIME) setTime(view, BTIME, inode.born, clock);
  if (inode.type === "device") {
    view.setUint32(RDEV_MAJOR, inode.major, true);
    view.setUint32(RDEV_MINOR, inode.minor, true);
  }
  view.setUint32(DEV_MINOR, DEVICE_MINOR + inode.fileSystem, true);
  setUint64(view, MNT_ID, FIRST_MOUNT + inode.fileSystem);
  if ((filled & STATX_DIOALIGN) === 0) return;
  view.setUint32(DIO_MEM_ALIGN, SECTOR, true);
  view.setUint32(DIO_OFFSET_ALIGN, SECTOR, true);
}

/** What of the struct is filled in, of what `mask` asks for. */
function filledFields(inode: Inode, mask: number): number {
  let filled = STATX_BASIC_STATS;
  filled |= mask & STATX_MNT_ID_UNIQUE ? STATX_MNT_ID_UNIQUE : STATX_MNT_ID;
  if (inode.fileSystem === FILE_SYSTEM_NONE) return filled;
  filled |= mask & STATX_BTIME;
  if (inode.fileSystem !== FILE_SYSTEM_ROOT) return filled;
  if ((mask & CHANGES) === 0) filled &= ~CHANGES;
  if (inode.type === "regular") filled |= mask & (STATX_DIOALIGN | STATX_WRITE_ATOMIC);
  return filled;
}

/** Attributes that the file system knows. No file has any of them. */
function knownAttributes({ fileSystem }: Inode, filled: number): number {
  if (fileSystem === FILE_SYSTEM_NONE) return EVERYWHERE;
  if (fileSystem !== FILE_SYSTEM_ROOT) return EVERYWHERE | IN_MEMORY;
  const atomic = filled & STATX_WRITE_ATOMIC ? STATX_ATTR_WRITE_ATOMIC : 0;
  return EVERYWHERE | IN_MEMORY | ON_DISK | atomic;
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
