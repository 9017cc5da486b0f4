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
 * Where the program's memory faults, the slots that moved whole are counted, as on Linux.
 */
import { EAGAIN, EBADF, EFAULT, EPIPE } from "../../../spec/errno.ts";
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
import type { Deliver, Fetch } from "../../emulator/host.ts";
import { newPipeInode, type EndpointInode, type Volume } from "./inode.ts";
import { MAX_TRANSFER, OpenDescription } from "./open-file.ts";

/** Bytes of one slot: the page size, and PIPE_BUF. */
export const PIPE_SLOT = 4096;

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
export class PipeReader extends OpenDescription {
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

  /** What is there, up to `length`; 0 when the writer is gone. The position is not looked at. */
  override read(length: number, _position: number, deliver: Deliver): number {
    if (length === 0) return 0;
    const pipe = this.#pipe;
    if (pipe.slots.length === 0) return pipe.writerOpen ? -EAGAIN : 0;
    const bytes = gather(pipe.slots, length);
    const wasFull = isFull(pipe);
    const count = consume(pipe.slots, bytes.length, deliver(bytes));
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
export class PipeWriter extends OpenDescription {
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

  override read(): number {
    return -EBADF;
  }

  /** As much as there is room for; EPIPE (and no signal) when the reader is gone. */
  override write(length: number, _position: number, fetch: Fetch): number {
    if (length === 0) return 0;
    const pipe = this.#pipe;
    if (!pipe.readerOpen) return -EPIPE;
    const room = (pipe.slotLimit - pipe.slots.length) * PIPE_SLOT;
    const tail = appendable(pipe.slots, length % PIPE_SLOT);
    const count = Math.min(length, MAX_TRANSFER, tail + room);
    if (count === 0) return -EAGAIN;
    const bytes = new Uint8Array(count);
    const stored = store(pipe.slots, bytes, tail, fetch(bytes));
    if (stored === 0) return -EFAULT;
    pipe.readerWakeups += 1;
    return stored;
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
export function newPipe(
  volume: Volume,
  capacity: number,
): { reader: PipeReader; writer: PipeWriter } {
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

/** Takes away what was taken, in the pieces that slots make: a piece taken in part stays whole. */
function consume(slots: Slot[], offered: number, taken: number): number {
  let done = 0;
  for (let slot = slots[0]; slot !== undefined && done < offered; slot = slots[0]) {
    const part = Math.min(slot.end - slot.start, offered - done);
    if (done + part > taken) break;
    done += part;
    slot.start += part;
    if (slot.start < slot.end) break;
    slots.shift();
  }
  return done;
}

/** How many bytes of a rest of `rest` bytes go behind the last ones: all or none. */
function appendable(slots: readonly Slot[], rest: number): number {
  const last = slots.at(-1);
  return last !== undefined && last.end + rest <= PIPE_SLOT ? rest : 0;
}

/** Stores the first `available` bytes as far as they make whole pieces: `tail`, then slots. */
function store(slots: Slot[], bytes: Uint8Array, tail: number, available: number): number {
  if (available < tail) return 0;
  const last = slots.at(-1);
  if (tail > 0 && last !== undefined) {
    last.page.set(bytes.subarray(0, tail), last.end);
    last.end += tail;
  }
  let done = tail;
  while (done < bytes.length) {
    const part = Math.min(PIPE_SLOT, bytes.length - done);
    if (done + part > available) break;
    const page = new Uint8Array(PIPE_SLOT);
    page.set(bytes.subarray(done, done + part));
    slots.push({ page, start: 0, end: part });
    done += part;
  }
  return done;
}
