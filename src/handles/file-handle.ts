import type { BufferList, MustAllBeOwned } from "../buffer-list.ts";
import { statFile, sync, truncate } from "../calls/files.ts";
import type { Abortable, TransferOptions } from "../calls/options.ts";
import { read, write } from "../calls/transfer.ts";
import { readv, type VectoredOptions, writev } from "../calls/vectored.ts";
import type { OwnedBuffer } from "../memory/owned-buffer.ts";
import type { ReadResult, WriteResult } from "../operations/transfer.ts";
import type { ReadvResult, WritevResult } from "../operations/vectored.ts";
import type { MustBeOwned } from "../types.ts";
import type { Descriptor } from "./descriptor.ts";
import { Handle } from "./handle.ts";
import type { Stats } from "./stats.ts";

/**
 * An open file. Operations take a buffer and give it back, in a new handle: in
 * the result, or on the error.
 */
export class FileHandle<in out Id = unknown> extends Handle<Id> {
  readonly #descriptor: Descriptor;

  /** Made by `Ring.openFile`. */
  constructor(descriptor: Descriptor) {
    super(descriptor);
    this.#descriptor = descriptor;
  }

  /** Reads into the buffer; see `Ring.read`. */
  read<B extends OwnedBuffer<Id>>(
    buffer: B & MustBeOwned<B>,
    options?: TransferOptions,
  ): Promise<ReadResult<Id>> {
    return read<Id>(this.#descriptor.engine, this, buffer, options);
  }

  /** Writes what the buffer holds; see `Ring.write`. */
  write<B extends OwnedBuffer<Id>>(
    buffer: B & MustBeOwned<B>,
    options?: TransferOptions,
  ): Promise<WriteResult<Id>> {
    return write<Id>(this.#descriptor.engine, this, buffer, options);
  }

  /** Reads into several buffers, one after the other; see `Ring.readv`. */
  readv<const Buffers extends BufferList<Id>>(
    buffers: Buffers & MustAllBeOwned<Buffers>,
    options?: VectoredOptions,
  ): Promise<ReadvResult<Id, Buffers>> {
    return readv<Id, Buffers>(this.#descriptor.engine, this, buffers, options);
  }

  /** Writes what several buffers hold, one after the other; see `Ring.writev`. */
  writev<const Buffers extends BufferList<Id>>(
    buffers: Buffers & MustAllBeOwned<Buffers>,
    options?: VectoredOptions,
  ): Promise<WritevResult<Id, Buffers>> {
    return writev<Id, Buffers>(this.#descriptor.engine, this, buffers, options);
  }

  /** fsync(2): data and metadata are on the device when the promise resolves. */
  sync(options: Abortable = {}): Promise<void> {
    return sync(this.#descriptor.engine, this, false, options);
  }

  /** fdatasync(2): data, and the metadata needed to read it back. */
  datasync(options: Abortable = {}): Promise<void> {
    return sync(this.#descriptor.engine, this, true, options);
  }

  /** ftruncate(2), to `length` bytes (0 when left out). Needs Linux 6.9. */
  truncate(length = 0, options: Abortable = {}): Promise<void> {
    return truncate(this.#descriptor.engine, this, length, options);
  }

  /** statx(2) of the open file. */
  stat(options: Abortable = {}): Promise<Stats> {
    return statFile(this.#descriptor.engine, this, options);
  }
}
