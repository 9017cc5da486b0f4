/**
 * FIFOs (fifo(7)): pipes that have a name, and so may be opened again and again.
 *
 * An end that is opened without the other one waits for it. It counts as open meanwhile, and
 * `partner` tells when the other was opened, even if it is gone again by then.
 */
import { EINVAL, ENXIO } from "../../../spec/errno.ts";
import {
  O_ACCMODE,
  O_DIRECT,
  O_NONBLOCK,
  O_RDONLY,
  O_RDWR,
  O_WRONLY,
  POLLIN,
} from "../../../spec/abi/linux.ts";
import type { Deliver, Fetch, OpenFile } from "../../emulator/host/host.ts";
import type { FifoInode } from "./inode.ts";
import { OpenDescription } from "./open-file.ts";
import { PipeReader, PipeWriter } from "./pipe.ts";

/** open(2) of a FIFO, which does not wait. `flags` are without what acts only then. */
export function openFifo(inode: FifoInode, flags: number): OpenDescription | number {
  const { pipe } = inode;
  if (flags & O_DIRECT) return -EINVAL;
  const more = flags & ~O_ACCMODE;
  switch (flags & O_ACCMODE) {
    case O_RDONLY:
      return new FifoReader(inode, pipe, more);
    case O_WRONLY:
      if (flags & O_NONBLOCK && !pipe.readerOpen) return -ENXIO;
      return new FifoWriter(inode, pipe, more);
    case O_RDWR:
      return new FifoBoth(inode, more);
    default:
      return -EINVAL;
  }
}

/** The end of a pipe that is read, where a file has both; else the file. */
export function readingEnd(file: OpenFile): OpenFile {
  return file instanceof FifoBoth ? file.reader : file;
}

/** The end that is written. */
export function writingEnd(file: OpenFile): OpenFile {
  return file instanceof FifoBoth ? file.writer : file;
}

class FifoReader extends PipeReader {
  readonly partner: OpenFile | undefined = this.pipe.writerOpen
    ? undefined
    : new Partner(this.inode as FifoInode, ({ pipe }) => pipe.writerOpens);
}

class FifoWriter extends PipeWriter {
  readonly partner: OpenFile | undefined = this.pipe.readerOpen
    ? undefined
    : new Partner(this.inode as FifoInode, ({ pipe }) => pipe.readerOpens);
}

/** Readable once the other end was opened. */
class Partner extends OpenDescription {
  readonly kind = "pipe";
  readonly pollable = true;
  readonly #fifo: FifoInode;
  readonly #opens: (fifo: FifoInode) => number;
  readonly #before: number;

  constructor(fifo: FifoInode, opens: (fifo: FifoInode) => number) {
    super(fifo, 0);
    this.#fifo = fifo;
    this.#opens = opens;
    this.#before = opens(fifo);
  }

  poll(): number {
    return this.wakeups() === 0 ? 0 : POLLIN;
  }

  override wakeups(): number {
    return this.#opens(this.#fifo) - this.#before;
  }

  override parts(): readonly unknown[] {
    return [...super.parts(), this.#fifo, this.#opens, this.#before];
  }
}

/** Both ends in one. */
class FifoBoth extends OpenDescription {
  readonly kind = "pipe";
  readonly pollable = true;
  readonly writer: PipeWriter;
  readonly reader: PipeReader;

  constructor(inode: FifoInode, flags: number) {
    super(inode, O_RDWR | flags);
    this.writer = new PipeWriter(inode, inode.pipe, flags);
    this.reader = new PipeReader(inode, inode.pipe, flags);
  }

  poll(): number {
    return this.reader.poll() | this.writer.poll();
  }

  override wakeups(): number {
    return this.reader.wakeups() + this.writer.wakeups();
  }

  override read(length: number, position: number, deliver: Deliver): number {
    return this.reader.read(length, position, deliver);
  }

  override write(length: number, position: number, fetch: Fetch): number {
    return this.writer.write(length, position, fetch);
  }

  protected override onClosed(): void {
    this.reader.release();
    this.writer.release();
  }
}
