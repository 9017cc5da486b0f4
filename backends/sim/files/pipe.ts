/**
 * The two ends of a pipe (pipe(7)), as open files. What is in it: pipe-buffer.ts; pipes that have a
 * name: fifo.ts.
 *
 * Where the program's memory faults, the slots before the fault have moved and the one with the
 * fault has not (RW-34).
 */
import { EAGAIN, EBADF, EFAULT, EINVAL, EPIPE } from "../../../spec/errno.ts";
import {
  O_DIRECT,
  O_RDONLY,
  O_WRONLY,
  POLLERR,
  POLLHUP,
  POLLIN,
  POLLOUT,
  POLLRDNORM,
  POLLWRNORM,
} from "../../../spec/abi/linux.ts";
import {
  CURRENT_POSITION,
  type Deliver,
  type Fetch,
  type OpenFile,
} from "../../emulator/host/host.ts";
import { newPipeInode, type EndpointInode, type FifoInode, type Volume } from "./inode.ts";
import { MAX_TRANSFER, OpenDescription } from "./open-file.ts";
import { PIPE_SLOT, PipeBuffer } from "./pipe-buffer.ts";

/** The end that is read. */
export class PipeReader extends OpenDescription {
  readonly kind = "pipe";
  readonly pollable = true;
  readonly pipe: PipeBuffer;
  /** `writerOpens` when it was opened without a writer: until one came, none has hung up. */
  readonly #unseen: number;

  constructor(inode: EndpointInode | FifoInode, pipe: PipeBuffer, flags: number) {
    super(inode, O_RDONLY | flags);
    this.pipe = pipe;
    this.#unseen = pipe.writerOpen ? -1 : pipe.writerOpens;
    pipe.addReader();
  }

  poll(): number {
    const readable = this.pipe.isEmpty() ? 0 : POLLIN | POLLRDNORM;
    const { writerOpen, writerOpens } = this.pipe;
    return readable | (writerOpen || writerOpens === this.#unseen ? 0 : POLLHUP);
  }

  override wakeups(): number {
    return this.pipe.readerWakes.count;
  }

  override wakeup(n: number): number {
    return this.pipe.readerWakes.at(n);
  }

  /**
   * What is there, up to `length` or the end of the first packet; 0 when the writer is gone.
   * Positions are ignored.
   */
  override read(length: number, position: number, deliver: Deliver): number {
    if (position < CURRENT_POSITION) return -EINVAL;
    if (length === 0) return 0;
    const { pipe } = this;
    if (pipe.isEmpty()) return pipe.writerOpen ? -EAGAIN : 0;
    const wasFull = pipe.isFull();
    const first = pipe.slots[0];
    const count = this.#deliver(length, deliver);
    pipe.consume(count);
    // What a packet holds beyond the length asked for is lost.
    if (count > 0 && first?.packet === true && pipe.slots[0] === first) pipe.slots.shift();
    if (wasFull && !pipe.isFull()) pipe.wakeWriters();
    return count === 0 ? -EFAULT : count;
  }

  override write(): number {
    return -EBADF;
  }

  protected override onClosed(): void {
    this.pipe.removeReader();
  }

  wakeAgain(reads: boolean): void {
    this.pipe.wakeAgain(reads);
  }

  #deliver(length: number, deliver: Deliver): number {
    let total = 0;
    for (const slot of this.pipe.slots) {
      const end = Math.min(slot.end, slot.start + length - total);
      const part = slot.page.subarray(slot.start, end);
      const moved = deliver(part, part.length);
      total += moved;
      if (moved < part.length || total === length || slot.packet) break;
    }
    return total;
  }

  override parts(): readonly unknown[] {
    return [...super.parts(), this.#unseen];
  }
}

/** The end that is written. */
export class PipeWriter extends OpenDescription {
  readonly kind = "pipe";
  readonly pollable = true;
  readonly pipe: PipeBuffer;

  constructor(inode: EndpointInode | FifoInode, pipe: PipeBuffer, flags: number) {
    super(inode, O_WRONLY | flags);
    this.pipe = pipe;
    pipe.addWriter();
  }

  poll(): number {
    const writable = this.pipe.isFull() ? 0 : POLLOUT | POLLWRNORM;
    return writable | (this.pipe.readerOpen ? 0 : POLLERR);
  }

  override wakeups(): number {
    return this.pipe.writerWakes.count;
  }

  override wakeup(n: number): number {
    return this.pipe.writerWakes.at(n);
  }

  override read(): number {
    return -EBADF;
  }

  /** As much as there is room for; EPIPE (and no signal) when the reader is gone. */
  override write(length: number, position: number, fetch: Fetch): number {
    if (position < CURRENT_POSITION) return -EINVAL;
    if (length === 0) return 0;
    const { pipe } = this;
    if (!pipe.readerOpen) return -EPIPE;
    const packet = (this.flags & O_DIRECT) !== 0;
    const tail = pipe.appendable(length % PIPE_SLOT);
    const count = Math.min(length, MAX_TRANSFER, tail + pipe.room * PIPE_SLOT);
    if (count === 0) return -EAGAIN;
    const bytes = new Uint8Array(count);
    const fetched = fetch(bytes, PIPE_SLOT, tail);
    if (fetched === 0) {
      // Linux wakes the readers on its way out, though there is nothing for them (POLL-41).
      pipe.wakeReaders();
      return -EFAULT;
    }
    pipe.store(bytes.subarray(0, fetched), tail, packet);
    return fetched;
  }

  protected override onClosed(): void {
    this.pipe.removeWriter();
  }

  wakeAgain(reads: boolean): void {
    this.pipe.wakeAgain(reads);
  }
}

/**
 * A pipe with both its ends.
 *
 * @param capacity - bytes; rounded up to a power of two of pages, as F_SETPIPE_SZ does
 * @param flags - O_NONBLOCK, which changes nothing but what splice(2) sees of it, and O_DIRECT
 */
export function newPipe(
  volume: Volume,
  capacity: number,
  flags = 0,
): { reader: OpenFile; writer: OpenFile } {
  let slotLimit = 1;
  while (slotLimit * PIPE_SLOT < capacity) slotLimit *= 2;
  const pipe = new PipeBuffer(slotLimit);
  const inode = newPipeInode(volume);
  const writer = new PipeWriter(inode, pipe, flags);
  return { reader: new PipeReader(inode, pipe, flags), writer };
}
