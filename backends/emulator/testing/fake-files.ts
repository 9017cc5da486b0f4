/**
 * The smallest files that exercise the core: a pipe, bytes that can be read at a position, and a
 * table. They stand in for the simulated kernel's own, which the core must not depend on.
 */
import { EAGAIN, EBADF, EINVAL, EMFILE, ENOENT, EOPNOTSUPP, ESPIPE } from "../../../spec/errno.ts";
import {
  O_RDONLY,
  O_RDWR,
  O_WRONLY,
  POLLHUP,
  POLLIN,
  POLLOUT,
  POLLRDNORM,
  POLLWRNORM,
} from "../../../spec/abi/linux.ts";
import type { Deliver, Fetch, Files, OpenFile } from "../host/host.ts";
import { PlainFile } from "../host/plain-file.ts";

/** What the files have in common: they count references, and are not open for anything. */
abstract class FakeFile extends PlainFile {
  references = 1;

  override read(_length: number, _position: number, _deliver: Deliver): number {
    return -EBADF;
  }
  override write(_length: number, _position: number, _fetch: Fetch): number {
    return -EBADF;
  }
  retain(): void {
    this.references += 1;
  }
  release(): void {
    this.references -= 1;
    if (this.references === 0) this.closed();
  }
  closed(): void {}
}

/** A regular file of fixed content. */
export class FakeRegular extends FakeFile {
  readonly kind = "regular";
  readonly flags: number = O_RDWR;
  readonly pollable = false;
  bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    super();
    this.bytes = bytes;
  }
  poll(): number {
    return 0;
  }
  override read(length: number, position: number, deliver: Deliver): number {
    const at = Math.max(position, 0);
    return deliver(this.bytes.subarray(at, at + length));
  }
  override write(length: number, position: number, fetch: Fetch): number {
    const at = Math.max(position, 0);
    return fetch(this.bytes.subarray(at, at + length));
  }
  override fsync(): number {
    return 0;
  }
  override truncate(): number {
    return 0;
  }
}

class PipeBuffer {
  bytes: number[] = [];
  wakeups = 0;
  writers = 1;
  readonly capacity: number = 65536;
}

/** One end of a pipe. */
export class FakePipeEnd extends FakeFile {
  readonly kind = "pipe";
  readonly flags: number;
  readonly pollable = true;
  readonly #buffer: PipeBuffer;

  constructor(buffer: PipeBuffer, flags: number) {
    super();
    this.#buffer = buffer;
    this.flags = flags;
  }
  poll(): number {
    const { bytes, writers, capacity } = this.#buffer;
    if (this.flags === O_WRONLY) return bytes.length < capacity ? POLLOUT | POLLWRNORM : 0;
    return (bytes.length > 0 ? POLLIN | POLLRDNORM : 0) | (writers === 0 ? POLLHUP : 0);
  }
  override wakeups(): number {
    return this.#buffer.wakeups;
  }
  override read(length: number, _position: number, deliver: Deliver): number {
    const buffer = this.#buffer;
    if (buffer.bytes.length === 0) return buffer.writers === 0 ? 0 : -EAGAIN;
    const taken = deliver(Uint8Array.from(buffer.bytes.slice(0, length)));
    buffer.bytes.splice(0, taken);
    buffer.wakeups += 1;
    return taken;
  }
  override write(length: number, _position: number, fetch: Fetch): number {
    const buffer = this.#buffer;
    const room = Math.min(length, buffer.capacity - buffer.bytes.length);
    if (room === 0) return -EAGAIN;
    const bytes = new Uint8Array(room);
    const taken = fetch(bytes);
    buffer.bytes.push(...bytes.subarray(0, taken));
    buffer.wakeups += 1;
    return taken;
  }
  /** Puts bytes in as somebody else would. */
  feed(bytes: readonly number[]): void {
    this.#buffer.bytes.push(...bytes);
    this.#buffer.wakeups += 1;
  }
  /** How many bytes lie in the pipe. */
  get filled(): number {
    return this.#buffer.bytes.length;
  }
  override closed(): void {
    if (this.flags !== O_WRONLY) return;
    this.#buffer.writers -= 1;
    this.#buffer.wakeups += 1;
  }
}

/** The two ends of a new pipe. */
export function fakePipe(): { reader: FakePipeEnd; writer: FakePipeEnd } {
  const buffer = new PipeBuffer();
  return { reader: new FakePipeEnd(buffer, O_RDONLY), writer: new FakePipeEnd(buffer, O_WRONLY) };
}

/** A table of descriptors; paths lead nowhere. */
export class FakeFiles implements Files {
  readonly descriptorLimit = 64;
  readonly table: (OpenFile | undefined)[] = [];

  get isFull(): boolean {
    const taken = this.table.filter((file) => file !== undefined);
    return taken.length >= this.descriptorLimit - 3;
  }
  get(fd: number): OpenFile | undefined {
    return this.table[fd];
  }
  install(file: OpenFile, _closeOnExec: boolean): number {
    let fd = 3;
    while (this.table[fd] !== undefined) fd += 1;
    if (fd >= this.descriptorLimit) return -EMFILE;
    this.table[fd] = file;
    return fd;
  }
  close(fd: number): number {
    const file = this.table[fd];
    if (file === undefined) return -EBADF;
    this.table[fd] = undefined;
    file.release();
    return 0;
  }
  open(): number {
    return -ENOENT;
  }
  statx(): number {
    return -ENOENT;
  }
  unlink(): number {
    return -ENOENT;
  }
  rename(): number {
    return -ENOENT;
  }
  mkdir(): number {
    return -ESPIPE;
  }
  socket(): number {
    return -EINVAL;
  }
  link(): number {
    return -ENOENT;
  }
  symlink(): number {
    return -ENOENT;
  }
  setAttribute(): number {
    return -EOPNOTSUPP;
  }
  getAttribute(): number {
    return -EOPNOTSUPP;
  }
  allocate(): number {
    return -EOPNOTSUPP;
  }
  syncRange(): number {
    return 0;
  }
  advise(): number {
    return 0;
  }
  splice(): number {
    return -EINVAL;
  }
  tee(): number {
    return -EINVAL;
  }
  pipe(): { reader: OpenFile; writer: OpenFile } {
    return fakePipe();
  }
}
