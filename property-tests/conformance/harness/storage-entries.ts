/** SQEs on the storage of files, on memory, and on names besides the first. */
import { AT_FDCWD } from "../../../spec/abi/linux.ts";
import {
  IORING_OP_FADVISE,
  IORING_OP_FALLOCATE,
  IORING_OP_FGETXATTR,
  IORING_OP_FSETXATTR,
  IORING_OP_FSYNC,
  IORING_OP_GETXATTR,
  IORING_OP_LINKAT,
  IORING_OP_MADVISE,
  IORING_OP_OPENAT2,
  IORING_OP_SETXATTR,
  IORING_OP_SYMLINKAT,
  IORING_OP_SYNC_FILE_RANGE,
} from "../../../spec/abi/opcodes.ts";
import { SQE_ADDR3 } from "../../../spec/abi/sqe.ts";
import { encodeEntry, setU64 } from "../../../src/queue/index.ts";
import type { Memory } from "../../worlds/memory.ts";
import type { World } from "../../worlds/world.ts";
import type { Entry } from "./entries.ts";

export function fsyncRange(fd: number, offset: number, length: number): Entry {
  return (sqes, at) => encodeEntry(sqes, at, IORING_OP_FSYNC, fd, offset, 0, length, 0);
}

export function syncFileRange(fd: number, offset: number, length: number, flags: number): Entry {
  return (sqes, at) =>
    encodeEntry(sqes, at, IORING_OP_SYNC_FILE_RANGE, fd, offset, 0, length, flags);
}

export function fallocate(fd: number, offset: number, length: number, mode = 0): Entry {
  return (sqes, at) => encodeEntry(sqes, at, IORING_OP_FALLOCATE, fd, offset, length, mode, 0);
}

/** FADVISE; `wide` is the length where it has 64 bits. */
export function fadvise(fd: number, advice: number, length = 0, wide = 0): Entry {
  return (sqes, at) => encodeEntry(sqes, at, IORING_OP_FADVISE, fd, 0, wide, length, advice);
}

/** MADVISE; `wide` is the length where it has 64 bits. */
export function madvise(address: number, length: number, advice: number, wide = 0): Entry {
  return (sqes, at) => encodeEntry(sqes, at, IORING_OP_MADVISE, -1, wide, address, length, advice);
}

export function linkat(
  oldPath: number,
  newPath: number,
  flags = 0,
  oldDirectory: number = AT_FDCWD,
): Entry {
  return (sqes, at) =>
    encodeEntry(sqes, at, IORING_OP_LINKAT, oldDirectory, newPath, oldPath, AT_FDCWD >>> 0, flags);
}

export function symlinkat(target: number, path: number, directory: number = AT_FDCWD): Entry {
  return (sqes, at) => encodeEntry(sqes, at, IORING_OP_SYMLINKAT, directory, path, target, 0, 0);
}

/** What a `struct open_how` says. */
export interface How {
  readonly flags?: number;
  readonly mode?: number;
  readonly resolve?: number;
}

/** A `struct open_how`, and `more` bytes of zeros behind it. */
export function openHow(world: World, how: How, more = 0): Memory {
  const memory = world.memory.allocate(24 + more);
  setU64(memory.view, 0, how.flags ?? 0);
  setU64(memory.view, 8, how.mode ?? 0);
  setU64(memory.view, 16, how.resolve ?? 0);
  return memory;
}

/** OPENAT2 with all of the memory at `how`. */
export function openat2(path: number, how: Memory, directory: number = AT_FDCWD): Entry {
  return openat2Sized(path, how.address, how.byteLength, directory);
}

export function openat2Sized(
  path: number,
  how: number,
  size: number,
  directory: number = AT_FDCWD,
): Entry {
  return (sqes, at) => encodeEntry(sqes, at, IORING_OP_OPENAT2, directory, how, path, size, 0);
}

export function fsetxattr(fd: number, name: number, value: Memory, flags = 0): Entry {
  return (sqes, at) => {
    const { address, byteLength } = value;
    encodeEntry(sqes, at, IORING_OP_FSETXATTR, fd, address, name, byteLength, flags);
  };
}

export function setxattr(path: number, name: number, value: Memory, flags = 0): Entry {
  return (sqes, at) => {
    const { address, byteLength } = value;
    encodeEntry(sqes, at, IORING_OP_SETXATTR, 0, address, name, byteLength, flags);
    setU64(sqes, at + SQE_ADDR3, path);
  };
}

/** FGETXATTR into `length` bytes of `value`, all of them if it is left out. */
export function fgetxattr(
  fd: number,
  name: number,
  value: Memory,
  length: number = value.byteLength,
): Entry {
  return (sqes, at) =>
    encodeEntry(sqes, at, IORING_OP_FGETXATTR, fd, value.address, name, length, 0);
}

export function getxattr(
  path: number,
  name: number,
  value: Memory,
  length: number = value.byteLength,
): Entry {
  return (sqes, at) => {
    encodeEntry(sqes, at, IORING_OP_GETXATTR, 0, value.address, name, length, 0);
    setU64(sqes, at + SQE_ADDR3, path);
  };
}
