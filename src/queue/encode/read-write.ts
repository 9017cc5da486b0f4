/** SQEs that move data between a file and memory. */
import {
  IORING_OP_READ,
  IORING_OP_READV,
  IORING_OP_WRITE,
  IORING_OP_WRITEV,
} from "../../../spec/abi/opcodes.ts";
import { encodeEntry } from "./entry.ts";

/** IORING_OP_READ (pread(2)). `position` -1 reads at, and moves, the file's own position (RW-1). */
export function encodeRead(
  sqes: DataView,
  at: number,
  fd: number,
  address: number,
  length: number,
  position: number,
): void {
  encodeEntry(sqes, at, IORING_OP_READ, fd, position, address, length, 0);
}

/** IORING_OP_WRITE (pwrite(2)). `position` as for `encodeRead`. */
export function encodeWrite(
  sqes: DataView,
  at: number,
  fd: number,
  address: number,
  length: number,
  position: number,
): void {
  encodeEntry(sqes, at, IORING_OP_WRITE, fd, position, address, length, 0);
}

/** IORING_OP_READV (preadv(2)). `iovecs` is the address of `count` `struct iovec`. */
export function encodeReadv(
  sqes: DataView,
  at: number,
  fd: number,
  iovecs: number,
  count: number,
  position: number,
): void {
  encodeEntry(sqes, at, IORING_OP_READV, fd, position, iovecs, count, 0);
}

/** IORING_OP_WRITEV (pwritev(2)). Arguments as for `encodeReadv`. */
export function encodeWritev(
  sqes: DataView,
  at: number,
  fd: number,
  iovecs: number,
  count: number,
  position: number,
): void {
  encodeEntry(sqes, at, IORING_OP_WRITEV, fd, position, iovecs, count, 0);
}
