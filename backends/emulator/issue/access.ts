/** Reads the structures that an SQE or a system call points to in the program's memory. */
import { IOVEC_SIZE, TIMESPEC_SIZE } from "../../../spec/abi/linux-structs.ts";
import { EFAULT, EINVAL, ENAMETOOLONG, ENOENT } from "../../../spec/errno.ts";
import type { Memory } from "../host/host.ts";
import type { KernelProfile } from "../profile/profile.ts";

/** First address that no program can have: the kernel refuses it without a look (x86-64). */
const USER_SPACE_END = 2 ** 47 - 4096;

/** The size of a page (x86-64). */
export const PAGE_SIZE = 4096;

/** One read or write moves at most this much, a page less than 2 GiB. */
export const MAX_TRANSFER = 0x7ffff000;

const MAX_PATH = 4096;
/** sizeof(struct sockaddr_storage): no sockaddr is longer. */
export const MAX_SOCKADDR = 128;
const MAX_VECTORS = 1024;
const VECTOR_LENGTH = 8;
const NANOSECONDS = 1_000_000_000;
const WORD = 2 ** 32;

/** Whether the range lies where programs have their memory, mapped or not. */
export function inUserSpace(address: number, byteLength: number): boolean {
  return address + byteLength <= USER_SPACE_END;
}

//= ERR-18, ERR-22
/**
 * Whether a buffer address is refused while a request is prepared. 0 or -EFAULT. Kernels before
 * 6.10 looked when the request was issued (ERR-18, ERR-22).
 */
export function checkAddress(profile: KernelProfile, address: number, byteLength: number): number {
  const { addressCheckedWhenPrepared } = profile.behaves;
  return !addressCheckedWhenPrepared || inUserSpace(address, byteLength) ? 0 : -EFAULT;
}

/** A view of a copy of `byteLength` bytes at `address`, or undefined (EFAULT). */
export function readStruct(
  memory: Memory,
  address: number,
  byteLength: number,
): DataView | undefined {
  const bytes = new Uint8Array(byteLength);
  if (memory.read(address, bytes) !== byteLength) return undefined;
  return new DataView(bytes.buffer);
}

/** Whether the bytes of a struct from `from` up to `to` are all 0, as reserved ones have to be. */
export function isZero(view: DataView, from: number, to: number): boolean {
  for (let at = from; at < to; at++) if (view.getUint8(at) !== 0) return false;
  return true;
}

/** A struct __kernel_timespec in nanoseconds, -EFAULT, or -EINVAL where a part is negative. */
export function readTimespec(memory: Memory, address: number): number {
  const view = readStruct(memory, address, TIMESPEC_SIZE);
  if (view === undefined) return -EFAULT;
  const seconds = readSigned(view, 0);
  const nanoseconds = readSigned(view, 8);
  //= TIMEOUT-3
  if (seconds < 0 || nanoseconds < 0) return -EINVAL;
  //= TIMEOUT-20
  return seconds * NANOSECONDS + nanoseconds;
}

/** A signed 64-bit field as a number, exact below 2^53. */
export function readSigned(view: DataView, offset: number): number {
  return view.getInt32(offset + 4, true) * WORD + view.getUint32(offset, true);
}

/** An unsigned 64-bit field as a number, exact below 2^53. */
export function readUnsigned(view: DataView, offset: number): number {
  return view.getUint32(offset + 4, true) * WORD + view.getUint32(offset, true);
}

/**
 * The path at `address` without its NUL.
 *
 * @returns the bytes, or -EFAULT, -ENAMETOOLONG, or -ENOENT for an empty path where `mayBeEmpty`
 * is false
 */
export function readPath(
  memory: Memory,
  address: number,
  mayBeEmpty: boolean,
): Uint8Array | number {
  const bytes = new Uint8Array(MAX_PATH);
  const got = memory.read(address, bytes);
  const end = bytes.subarray(0, got).indexOf(0);
  if (end < 0) return got < MAX_PATH ? -EFAULT : -ENAMETOOLONG;
  if (end === 0 && !mayBeEmpty) return -ENOENT;
  return bytes.slice(0, end);
}

/** A copy of a sockaddr, or -EINVAL for a length that none has, or -EFAULT. */
export function readSocketAddress(
  memory: Memory,
  address: number,
  byteLength: number,
): Uint8Array | number {
  if (byteLength < 0 || byteLength > MAX_SOCKADDR) return -EINVAL;
  const bytes = new Uint8Array(byteLength);
  return memory.read(address, bytes) === byteLength ? bytes : -EFAULT;
}

//= RW-9
/**
 * An array of struct iovec as pairs of address and length, cut where the sum passes MAX_TRANSFER.
 *
 * @returns the pairs, or -EINVAL (too many, or a negative length), or -EFAULT (RW-9)
 */
export function readVectors(memory: Memory, address: number, count: number): number[] | number {
  //= RW-31
  if (count > MAX_VECTORS) return -EINVAL;
  const view = readStruct(memory, address, count * IOVEC_SIZE);
  if (view === undefined) return -EFAULT;
  for (let i = 0; i < count; i++) {
    if (view.getInt32(i * IOVEC_SIZE + 12, true) < 0) return -EINVAL;
  }
  const pairs: number[] = [];
  let total = 0;
  for (let i = 0; i < count; i++) {
    const base = readUnsigned(view, i * IOVEC_SIZE);
    const length = readSigned(view, i * IOVEC_SIZE + 8);
    if (!inUserSpace(base, length)) return -EFAULT;
    const taken = Math.min(length, MAX_TRANSFER - total);
    pairs.push(base, taken);
    total += taken;
  }
  return pairs;
}

/**
 * Vectors within a registered buffer: not cut, and wherever they lie, because the buffer is only
 * looked for when the request is issued.
 *
 * @returns pairs of address and length, or -EFAULT, or -EINVAL (a negative length)
 */
export function readRegisteredVectors(
  memory: Memory,
  address: number,
  count: number,
): number[] | number {
  const pairs: number[] = [];
  for (let index = 0; index < count; index++) {
    const view = readStruct(memory, address + index * IOVEC_SIZE, IOVEC_SIZE);
    if (view === undefined) return -EFAULT;
    const byteLength = readSigned(view, VECTOR_LENGTH);
    if (byteLength < 0) return -EINVAL;
    pairs.push(readUnsigned(view, 0), byteLength);
  }
  return pairs;
}

/** The sum of the lengths of vectors. */
export function totalLength(vectors: readonly number[]): number {
  let total = 0;
  for (let i = 1; i < vectors.length; i += 2) total += vectors[i] ?? 0;
  return total;
}
