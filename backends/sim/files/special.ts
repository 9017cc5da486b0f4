/**
 * Open directories and devices: /dev/null and /dev/zero.
 */
import { EBADF, EFAULT, EINVAL, EISDIR } from "../../../spec/errno.ts";
import { CURRENT_POSITION, type Deliver, type Fetch } from "../../emulator/host/host.ts";
import type { DeviceInode, DirectoryInode } from "./inode.ts";
import { MAX_TRANSFER, OpenDescription } from "./open-file.ts";
import { ALWAYS_READY, mayRead, mayWrite } from "./regular.ts";

/** An open directory: for path calls relative to it, statx and fsync. Always read-only. */
export class DirectoryFile extends OpenDescription {
  readonly kind = "directory";
  readonly pollable = false;
  override readonly inode: DirectoryInode;

  constructor(inode: DirectoryInode, flags: number) {
    super(inode, flags);
    this.inode = inode;
  }

  poll(): number {
    return ALWAYS_READY;
  }

  override read(): number {
    return mayRead(this.flags) ? -EISDIR : -EBADF;
  }

  override write(): number {
    return -EBADF;
  }

  override fsync(_datasync: boolean, offset: number, length: number): number {
    return offset < 0 || length < 0 ? -EINVAL : 0;
  }
}

/** null(4): takes everything; the null one gives nothing, the zero one zeros. */
export class DeviceFile extends OpenDescription {
  readonly kind = "other";
  readonly pollable = false;
  /** Only /dev/null takes commands of io_uring, and heeds none. */
  readonly takesCommands: boolean;
  readonly #zero: boolean;

  constructor(inode: DeviceInode, flags: number) {
    super(inode, flags);
    this.#zero = inode.device === "zero";
    this.takesCommands = !this.#zero;
  }

  poll(): number {
    return ALWAYS_READY;
  }

  /** Whether it gives zeros, instead of nothing. */
  get isZero(): boolean {
    return this.#zero;
  }

  override read(length: number, position: number, deliver: Deliver): number {
    if (!mayRead(this.flags)) return -EBADF;
    if (position < CURRENT_POSITION) return -EINVAL;
    if (!this.#zero || length === 0) return 0;
    const count = deliver(new Uint8Array(Math.min(length, MAX_TRANSFER)));
    return count === 0 ? -EFAULT : count;
  }

  /** The program's memory is not even looked at, as on Linux. */
  override write(length: number, position: number, _fetch: Fetch): number {
    if (!mayWrite(this.flags)) return -EBADF;
    if (position < CURRENT_POSITION) return -EINVAL;
    return Math.min(length, MAX_TRANSFER);
  }

  override parts(): readonly unknown[] {
    return [...super.parts(), this.#zero];
  }
}
