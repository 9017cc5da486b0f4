/** SQEs on files and paths. Paths are addresses of NUL-terminated bytes. */
import { AT_FDCWD } from "../../../spec/abi/linux.ts";
import {
  IORING_OP_CLOSE,
  IORING_OP_FSYNC,
  IORING_OP_FTRUNCATE,
  IORING_OP_MKDIRAT,
  IORING_OP_OPENAT,
  IORING_OP_RENAMEAT,
  IORING_OP_STATX,
  IORING_OP_UNLINKAT,
} from "../../../spec/abi/opcodes.ts";
import { encodeEntry } from "./entry.ts";

/** IORING_OP_OPENAT (openat(2)). */
export function encodeOpenat(
  sqes: DataView,
  at: number,
  directory: number,
  path: number,
  flags: number,
  mode: number,
): void {
  encodeEntry(sqes, at, IORING_OP_OPENAT, directory, 0, path, mode, flags);
}

/** IORING_OP_CLOSE (close(2)). */
export function encodeClose(sqes: DataView, at: number, fd: number): void {
  encodeEntry(sqes, at, IORING_OP_CLOSE, fd, 0, 0, 0, 0);
}

/** IORING_OP_FSYNC (fsync(2)); `flags` is 0 or IORING_FSYNC_DATASYNC. */
export function encodeFsync(sqes: DataView, at: number, fd: number, flags: number): void {
  encodeEntry(sqes, at, IORING_OP_FSYNC, fd, 0, 0, 0, flags);
}

/** IORING_OP_FTRUNCATE (ftruncate(2)), Linux 6.9. */
export function encodeFtruncate(sqes: DataView, at: number, fd: number, length: number): void {
  encodeEntry(sqes, at, IORING_OP_FTRUNCATE, fd, length, 0, 0, 0);
}

/** IORING_OP_STATX (statx(2)); `into` is the address of a `struct statx` (256 bytes). */
export function encodeStatx(
  sqes: DataView,
  at: number,
  directory: number,
  path: number,
  flags: number,
  mask: number,
  into: number,
): void {
  encodeEntry(sqes, at, IORING_OP_STATX, directory, into, path, mask, flags);
}

/** IORING_OP_UNLINKAT (unlinkat(2)); `flags` is 0 or AT_REMOVEDIR. */
export function encodeUnlinkat(
  sqes: DataView,
  at: number,
  directory: number,
  path: number,
  flags: number,
): void {
  encodeEntry(sqes, at, IORING_OP_UNLINKAT, directory, 0, path, 0, flags);
}

/** IORING_OP_RENAMEAT (renameat2(2)), both paths relative to the working directory. */
export function encodeRenameat(
  sqes: DataView,
  at: number,
  oldPath: number,
  newPath: number,
  flags: number,
): void {
  encodeEntry(
    sqes,
    at,
    IORING_OP_RENAMEAT,
    AT_FDCWD,
    newPath,
    oldPath,
    AT_FDCWD >>> 0, // the new directory travels in `len`
    flags,
  );
}

/** IORING_OP_MKDIRAT (mkdirat(2)). */
export function encodeMkdirat(
  sqes: DataView,
  at: number,
  directory: number,
  path: number,
  mode: number,
): void {
  encodeEntry(sqes, at, IORING_OP_MKDIRAT, directory, 0, path, mode, 0);
}
