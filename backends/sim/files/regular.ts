/**
 * An open regular file: position, access mode, and the moving of bytes between the
 * inode's content and whoever delivers and fetches.
 *
 * A call to `read` or `write` makes one call of `deliver` or `fetch` at most, with
 * everything it has to move. With O_DIRECT it moves whole sectors, from and to whole sectors, as
 * on ext4, and a read of the last block delivers what lies behind the end as well; where the
 * program's memory lies does not matter.
 */
import { EBADF, EFAULT, EFBIG, EINVAL } from "../../../spec/errno.ts";
import {
  O_ACCMODE,
  O_APPEND,
  O_DIRECT,
  O_RDONLY,
  O_RDWR,
  O_WRONLY,
  POLLIN,
  POLLOUT,
  POLLRDNORM,
  POLLWRNORM,
} from "../../../spec/abi/linux.ts";
import { CURRENT_POSITION, type Deliver, type Fetch } from "../../emulator/host/host.ts";
import { touchAccessed, touchModified, type RegularInode, type Volume } from "./inode.ts";
import { MAX_TRANSFER, OpenDescription } from "./open-file.ts";

/** What O_DIRECT counts in, in bytes. */
const SECTOR = 512;
/** What a file is stored in, in bytes: behind the end of the file the last one is zero. */
const BLOCK = 4096;
const ZEROS = new Uint8Array(BLOCK);

/** What poll(2) says of a file that cannot be polled. */
export const ALWAYS_READY: number = POLLIN | POLLOUT | POLLRDNORM | POLLWRNORM;

/** Whether a file opened with `flags` may be read. Access mode 3 allows neither (open(2)). */
export function mayRead(flags: number): boolean {
  const mode = flags & O_ACCMODE;
  return mode === O_RDONLY || mode === O_RDWR;
}

/** Whether a file opened with `flags` may be written. */
export function mayWrite(flags: number): boolean {
  const mode = flags & O_ACCMODE;
  return mode === O_WRONLY || mode === O_RDWR;
}

/** An open regular file. */
export class RegularFile extends OpenDescription {
  readonly kind = "regular";
  readonly pollable = false;
  override readonly inode: RegularInode;
  readonly #volume: Volume;
  #position = 0;

  constructor(volume: Volume, inode: RegularInode, flags: number) {
    super(inode, flags);
    this.inode = inode;
    this.#volume = volume;
  }

  poll(): number {
    return ALWAYS_READY;
  }

  /** The file's own position, in bytes. */
  get position(): number {
    return this.#position;
  }

  seek(position: number): void {
    this.#position = position;
  }

  /** Reads at `position`, or at the file's own and moves that (RW-1, RW-3). */
  override read(length: number, position: number, deliver: Deliver): number {
    if (!mayRead(this.flags)) return -EBADF;
    if (position < CURRENT_POSITION) return -EINVAL;
    const start = this.#startOf(position);
    const bytes = this.inode.content.slice(start, Math.min(length, MAX_TRANSFER));
    if (bytes.length === 0) return 0;
    const direct = this.#isDirect();
    if (direct && !isWhole(start, length)) return -EINVAL;
    const count = direct ? deliver(bytes, bytes.length) : deliver(bytes);
    if (count === 0) return -EFAULT;
    if (direct && count === bytes.length) deliver(restOfBlock(start + count, length - count));
    if (position === CURRENT_POSITION) this.#position = start + count;
    touchAccessed(this.#volume, this.inode);
    return count;
  }

  /** Writes at `position`, at the file's own, or with O_APPEND at the end (RW-1, RW-10, RW-11). */
  override write(
    length: number,
    position: number,
    fetch: Fetch,
    end: boolean = (this.flags & O_APPEND) !== 0,
  ): number {
    if (!mayWrite(this.flags)) return -EBADF;
    if (position < CURRENT_POSITION) return -EINVAL;
    if (length === 0) return 0;
    const start = end ? this.inode.content.size : this.#startOf(position);
    const room = this.#volume.maxFileSize - start;
    if (room <= 0) return -EFBIG;
    if (this.#isDirect() && !isWhole(start, length)) return -EINVAL;
    const count = this.#store(start, Math.min(length, MAX_TRANSFER, room), fetch);
    if (count === 0) return this.#faultAt(start);
    // It goes past the page cache, which lets go of what it had.
    if (this.#isDirect()) this.inode.content.forget(start, start + count);
    if (position === CURRENT_POSITION) this.#position = start + count;
    touchModified(this.#volume, this.inode);
    return count;
  }

  /** Done at once: what is written is stored. Ranges are checked (fsync(2), FS-1). */
  override fsync(_datasync: boolean, offset: number, length: number): number {
    return offset < 0 || length < 0 ? -EINVAL : 0;
  }

  /** ftruncate(2): EINVAL without write access, EFBIG past the largest size. */
  override truncate(length: number): number {
    if (length < 0 || !mayWrite(this.flags)) return -EINVAL;
    if (length > this.#volume.maxFileSize) return -EFBIG;
    this.inode.content.resize(length);
    touchModified(this.#volume, this.inode);
    return 0;
  }

  /** A write past the end that faults at once has made the file longer all the same (RW-54). */
  #faultAt(start: number): number {
    if (!this.#isDirect()) this.inode.content.extend(start);
    return -EFAULT;
  }

  #startOf(position: number): number {
    return position === CURRENT_POSITION ? this.#position : position;
  }

  #isDirect(): boolean {
    return (this.flags & O_DIRECT) !== 0;
  }

  #store(start: number, length: number, fetch: Fetch): number {
    const { content } = this.inode;
    const window = content.window(start, length);
    if (window !== undefined) {
      const count = fetch(window, this.#isDirect() ? length : 1);
      if (count > 0) content.filled(start, count);
      return count;
    }
    const bytes = new Uint8Array(length);
    const count = fetch(bytes, this.#isDirect() ? length : 1);
    if (count > 0) content.write(start, bytes.subarray(0, count));
    return count;
  }

  override parts(): readonly unknown[] {
    return [...super.parts(), this.#volume, this.#position];
  }
}

//= OWN-35
/** What lies in the last block behind the end of its file, as far as there is room for it. */
function restOfBlock(end: number, room: number): Uint8Array {
  return ZEROS.subarray(0, Math.min(room, (BLOCK - (end % BLOCK)) % BLOCK));
}

/** Whether a range is made of whole sectors. */
function isWhole(start: number, length: number): boolean {
  return start % SECTOR === 0 && length % SECTOR === 0;
}
