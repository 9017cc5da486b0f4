/**
 * Pipes (pipe(7)), with Linux's accounting of space.
 *
 * A pipe is a row of slots of a page each. A write puts whole pages into slots of their
 * own; what is over a multiple of the page size goes behind the last bytes if it fits
 * into their slot, and into a slot of its own if not. So many small writes may fill a pipe
 * before its capacity in bytes is reached, a write of up to 4096 bytes (PIPE_BUF) is whole
 * or not at all, and a larger one may be cut (RW-8). A slot is free again when its last
 * byte is read.
 *
 * Where a transfer ends early, because the program's memory faults or the core wants it short,
 * the bytes that moved are counted. (Linux counts only whole slots before a fault.)
 */
import { EAGAIN, EBADF, EFAULT, EINVAL, EPIPE } from "../../../spec/errno.ts";
import {
  O_RDONLY,
  O_WRONLY,
  POLLERR,
  POLLHUP,
  POLLIN,
  POLLOUT,
  POLLRDNORM,
  POLLWRNORM,
} from "../../../spec/abi/linux.ts";
import { CURRENT_POSITION, type Deliver, type Fetch, type OpenFile } from "../../emulator/host.ts";
import { newPipeInode, type EndpointInode, type Volume } from "./inode.ts";
import { MAX_TRANSFER, OpenDescription } from "./open-file.ts";

/** Bytes of one slot: the page size, and PIPE_BUF. */
const PIPE_SLOT = 4096;

interface Slot {
  readonly page: Uint8Array;
  start: number;
  end: number;
}

/** What both ends share. */
interface Pipe {
  /** Slots in use, the oldest first. */
  readonly slots: Slot[];
  readonly slotLimit: number;
  readerOpen: boolean;
  writerOpen: boolean;
  readerWakeups: number;
  writerWakeups: number;
}

/** The end that is read. */
class PipeReader extends OpenDescription {
  readonly kind = "pipe";
  readonly pollable = true;
  readonly #pipe: Pipe;

  constructor(inode: EndpointInode, pipe: Pipe) {
    super(inode, O_RDONLY);
    this.#pipe = pipe;
  }

  poll(): number {
    const readable = this.#pipe.slots.length > 0 ? POLLIN | POLLRDNORM : 0;
    return readable | (this.#pipe.writerOpen ? 0 : POLLHUP);
  }

  override wakeups(): number {
    return this.#pipe.readerWakeups;
  }

  /** The writer's end goes without naming events. */
  override lastWake(): number {
    return this.#pipe.writerOpen ? POLLIN | POLLRDNORM : 0;
  }

  /** What is there, up to `length`; 0 when the writer is gone. Positions are ignored. */
  override read(length: number, position: number, deliver: Deliver): number {
    if (position < CURRENT_POSITION) return -EINVAL;
    if (length === 0) return 0;
    const pipe = this.#pipe;
    if (pipe.slots.length === 0) return pipe.writerOpen ? -EAGAIN : 0;
    const bytes = gather(pipe.slots, length);
    const wasFull = isFull(pipe);
    const count = deliver(bytes);
    consume(pipe.slots, count);
    if (wasFull && !isFull(pipe)) pipe.writerWakeups += 1;
    return count === 0 ? -EFAULT : count;
  }

  override write(): number {
    return -EBADF;
  }

  protected override onClosed(): void {
    this.#pipe.readerOpen = false;
    if (this.#pipe.writerOpen) this.#pipe.writerWakeups += 1;
  }
}

/** The end that is written. */
class PipeWriter extends OpenDescription {
  readonly kind = "pipe";
  readonly pollable = true;
  readonly #pipe: Pipe;

  constructor(inode: EndpointInode, pipe: Pipe) {
    super(inode, O_WRONLY);
    this.#pipe = pipe;
  }

  poll(): number {
    const writable = isFull(this.#pipe) ? 0 : POLLOUT | POLLWRNORM;
    return writable | (this.#pipe.readerOpen ? 0 : POLLERR);
  }

  override wakeups(): number {
    return this.#pipe.writerWakeups;
  }

  /** The reader's end goes without naming events. */
  override lastWake(): number {
    return this.#pipe.readerOpen ? POLLOUT | POLLWRNORM : 0;
  }

  override read(): number {
    return -EBADF;
  }

  /** As much as there is room for; EPIPE (and no signal) when the reader is gone. */
  override write(length: number, position: number, fetch: Fetch): number {
    if (position < CURRENT_POSITION) return -EINVAL;
    if (length === 0) return 0;
    const pipe = this.#pipe;
    if (!pipe.readerOpen) return -EPIPE;
    const room = (pipe.slotLimit - pipe.slots.length) * PIPE_SLOT;
    const tail = appendable(pipe.slots, length % PIPE_SLOT);
    const count = Math.min(length, MAX_TRANSFER, tail + room);
    if (count === 0) return -EAGAIN;
    const bytes = new Uint8Array(count);
    const written = wholePages(fetch(bytes), count, tail);
    if (written === 0) return -EFAULT;
    store(pipe.slots, bytes.subarray(0, written), tail);
    pipe.readerWakeups += 1;
    return written;
  }

  protected override onClosed(): void {
    this.#pipe.writerOpen = false;
    if (this.#pipe.readerOpen) this.#pipe.readerWakeups += 1;
  }
}

/**
 * A pipe with both its ends.
 *
 * @param capacity - bytes; rounded up to a power of two of pages, as F_SETPIPE_SZ does
 */
export function newPipe(volume: Volume, capacity: number): { reader: OpenFile; writer: OpenFile } {
  let slotLimit = 1;
  while (slotLimit * PIPE_SLOT < capacity) slotLimit *= 2;
  const pipe: Pipe = {
    slots: [],
    slotLimit,
    readerOpen: true,
    writerOpen: true,
    readerWakeups: 0,
    writerWakeups: 0,
  };
  const inode = newPipeInode(volume);
  return { reader: new PipeReader(inode, pipe), writer: new PipeWriter(inode, pipe) };
}

function isFull(pipe: Pipe): boolean {
  return pipe.slots.length >= pipe.slotLimit;
}

/** The first bytes of the pipe, `length` at most, in one piece. */
function gather(slots: readonly Slot[], length: number): Uint8Array {
  const parts: Uint8Array[] = [];
  let total = 0;
  for (const slot of slots) {
    if (total === length) break;
    const part = slot.page.subarray(slot.start, Math.min(slot.end, slot.start + length - total));
    parts.push(part);
    total += part.length;
  }
  const [only] = parts;
  if (only !== undefined && parts.length === 1) return only;
  const bytes = new Uint8Array(total);
  let offset = 0;
  for (const part of parts) {
    bytes.set(part, offset);
    offset += part.length;
  }
  return bytes;
}

/** Takes away the first `count` bytes; a slot whose last byte goes is free. */
function consume(slots: Slot[], count: number): void {
  let left = count;
  for (let slot = slots[0]; slot !== undefined && left > 0; slot = slots[0]) {
    const part = Math.min(slot.end - slot.start, left);
    left -= part;
    slot.start += part;
    if (slot.start === slot.end) slots.shift();
  }
}

/** What is left of a write that found unmapped memory: no part of a page. */
function wholePages(fetched: number, asked: number, tail: number): number {
  if (fetched === asked) return fetched;
  return fetched < tail ? 0 : fetched - ((fetched - tail) % PIPE_SLOT);
}

/** How many bytes of a rest of `rest` bytes go behind the last ones: all or none. */
function appendable(slots: readonly Slot[], rest: number): number {
  const last = slots.at(-1);
  return last !== undefined && last.end + rest <= PIPE_SLOT ? rest : 0;
}

/** Stores bytes: the first `tail` behind the last ones, the others in slots of their own. */
function store(slots: Slot[], bytes: Uint8Array, tail: number): void {
  const last = slots.at(-1);
  const head = bytes.subarray(0, tail);
  if (last !== undefined && tail > 0) {
    last.page.set(head, last.end);
    last.end += head.length;
  }
  for (let done = head.length; done < bytes.length; done += PIPE_SLOT) {
    const part = bytes.subarray(done, done + PIPE_SLOT);
    const page = new Uint8Array(PIPE_SLOT);
    page.set(part);
    slots.push({ page, start: 0, end: part.length });
  }
}
