/**
 * Copying a file through a ring: several blocks in flight, each with a buffer that
 * goes from read to write and back. The destination gets its name only when the
 * copy is whole.
 */
import type { FileHandle } from "../handles/file-handle.ts";
import type { OwnedBuffer } from "../memory/owned-buffer.ts";
import type { Ring } from "../ring.ts";

/** How to copy. */
export interface CopyOptions {
  /** Bytes of one read; 128 KiB when left out. */
  readonly blockSize?: number;
  /** Blocks in flight; 16 when left out. */
  readonly depth?: number;
  /** Called after every block with the bytes copied so far. */
  readonly onProgress?: (bytes: number) => void;
  /** What the unfinished copy is called: the destination plus this; `".partial"` when left out. */
  readonly partialSuffix?: string;
  /** Ends the copy; the destination is as it was. */
  readonly signal?: AbortSignal | undefined;
}

const DEFAULT_BLOCK_SIZE = 128 * 1024;
const DEFAULT_DEPTH = 16;
const PERMISSIONS = 0o777;

/** One copy in progress. */
class Copy {
  readonly #ring: Ring;
  readonly #from: FileHandle;
  readonly #to: FileHandle;
  readonly #options: CopyOptions;
  readonly #blockSize: number;
  #next = 0;
  #copied = 0;

  constructor(ring: Ring, from: FileHandle, to: FileHandle, options: CopyOptions) {
    this.#ring = ring;
    this.#from = from;
    this.#to = to;
    this.#options = options;
    this.#blockSize = options.blockSize ?? DEFAULT_BLOCK_SIZE;
  }

  /** Copies `size` bytes with several workers, then whatever the file has grown by. */
  async run(size: number): Promise<number> {
    const blocks = Math.ceil(size / this.#blockSize);
    const depth = Math.max(1, Math.min(this.#options.depth ?? DEFAULT_DEPTH, blocks));
    const workers = Array.from({ length: depth }, () => this.#worker(size));
    const failed = (await Promise.allSettled(workers)).find(({ status }) => status === "rejected");
    if (failed?.status === "rejected") throw failed.reason;
    await this.#tail(size);
    return this.#copied;
  }

  async #worker(size: number): Promise<void> {
    try {
      await this.#copyBlocks(size);
    } catch (error) {
      this.#next = Infinity; // the other workers finish their block and stop
      throw error;
    }
  }

  async #copyBlocks(size: number): Promise<void> {
    let buffer: OwnedBuffer = this.#ring.allocUnsafe(this.#blockSize);
    while (this.#next < size) {
      const position = this.#next;
      const length = Math.min(this.#blockSize, size - position);
      this.#next = position + length;
      buffer = await this.#block(buffer, position, length);
    }
    buffer.release();
  }

  /** A file can grow while it is copied, and files of /proc have no size at all. */
  async #tail(size: number): Promise<void> {
    let buffer: OwnedBuffer = this.#ring.allocUnsafe(this.#blockSize);
    for (let position = size; ;) {
      const before = this.#copied;
      buffer = await this.#block(buffer, position, this.#blockSize);
      if (this.#copied === before) break;
      position += this.#copied - before;
    }
    buffer.release();
  }

  /** Reads and writes again until the block is whole or the file ends: both may be short. */
  async #block(buffer: OwnedBuffer, start: number, length: number): Promise<OwnedBuffer> {
    const { signal } = this.#options;
    let current = buffer;
    for (let done = 0; done < length;) {
      const position = start + done;
      const read = await this.#from.read(current, { position, length: length - done, signal });
      if (read.bytesRead === 0) return read.buffer;
      current = await this.#writeAll(read.buffer, position);
      done += read.bytesRead;
      this.#copied += read.bytesRead;
      this.#options.onProgress?.(this.#copied);
    }
    return current;
  }

  async #writeAll(buffer: OwnedBuffer, start: number): Promise<OwnedBuffer> {
    const { signal } = this.#options;
    const { length } = buffer;
    let current = buffer;
    for (let offset = 0; offset < length;) {
      const position = start + offset;
      const written = await this.#to.write(current, { offset, position, signal });
      current = written.buffer;
      offset += written.bytesWritten;
    }
    return current;
  }
}

/**
 * Copies `source` to `destination`, which is replaced only by a whole copy: the data
 * goes to a file of another name beside it, is synced, and renamed.
 *
 * @returns the bytes copied
 * @throws what the first failing operation threw; the partial file is removed
 */
export async function copyFile(
  ring: Ring,
  source: string,
  destination: string,
  options: CopyOptions = {},
): Promise<number> {
  const partial = destination + (options.partialSuffix ?? ".partial");
  const from = await ring.openFile(source, "r", { signal: options.signal });
  try {
    const { size, mode } = await from.stat();
    const to = await ring.openFile(partial, "wx", { mode: mode & PERMISSIONS });
    try {
      const copied = await finish(new Copy(ring, from, to, options), to, size);
      options.signal?.throwIfAborted();
      await ring.rename(partial, destination);
      return copied;
    } catch (error) {
      await ring.unlink(partial);
      throw error;
    }
  } finally {
    await from.close();
  }
}

async function finish(copy: Copy, to: FileHandle, size: number): Promise<number> {
  try {
    const copied = await copy.run(size);
    await to.sync();
    return copied;
  } finally {
    await to.close();
  }
}
