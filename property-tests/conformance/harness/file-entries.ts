/** SQEs on files and paths. Paths are addresses; relative ones start at the working directory. */
import { AT_FDCWD } from "../../../spec/abi/linux.ts";
import {
  encodeClose,
  encodeFsync,
  encodeFtruncate,
  encodeMkdirat,
  encodeOpenat,
  encodeRenameat,
  encodeStatx,
  encodeUnlinkat,
} from "../../../src/queue/index.ts";
import type { Entry } from "./entries.ts";

export function openat(path: number, flags: number, mode = 0, directory: number = AT_FDCWD): Entry {
  return (sqes, at) => encodeOpenat(sqes, at, directory, path, flags, mode);
}

export function closeFd(fd: number): Entry {
  return (sqes, at) => encodeClose(sqes, at, fd);
}

export function fsync(fd: number, flags = 0): Entry {
  return (sqes, at) => encodeFsync(sqes, at, fd, flags);
}

export function ftruncate(fd: number, length: number): Entry {
  return (sqes, at) => encodeFtruncate(sqes, at, fd, length);
}

export function statx(
  path: number,
  mask: number,
  into: number,
  flags = 0,
  directory: number = AT_FDCWD,
): Entry {
  return (sqes, at) => encodeStatx(sqes, at, directory, path, flags, mask, into);
}

export function unlinkat(path: number, flags = 0, directory: number = AT_FDCWD): Entry {
  return (sqes, at) => encodeUnlinkat(sqes, at, directory, path, flags);
}

export function renameat(oldPath: number, newPath: number, flags = 0): Entry {
  return (sqes, at) => encodeRenameat(sqes, at, oldPath, newPath, flags);
}

export function mkdirat(path: number, mode: number, directory: number = AT_FDCWD): Entry {
  return (sqes, at) => encodeMkdirat(sqes, at, directory, path, mode);
}
