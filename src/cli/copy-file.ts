/**
 * Copying a file through a ring: several blocks in flight, each with a buffer that
 * goes from read to write and back.
 *
 * The data goes to a file of another name beside the destination, which gets its own name
 * by a rename, when the copy is whole, synced and, if that was asked for, compared. What
 * interrupts the copy, even the end of the process, leaves the destination untouched.
 */
import type { FileHandle } from "../handles/file-handle.ts";
import type { Stats } from "../handles/stats.ts";
import type { OwnedBuffer } from "../memory/owned-buffer.ts";
import type { Ring } from "../ring.ts";
import { Blocks } from "./blocks.ts";
import { compareFiles } from "./compare-files.ts";
import { attempt, EXIT_DIFFERENT, explain, Failure } from "./exit.ts";
import { quote } from "./quote.ts";

/** What a copy is doing. */
export type CopyPhase = "copying" | "syncing" | "verifying";

/** How to copy. */
export interface CopyOptions {
  /** Bytes of one read; 512 KiB when left out. */
  readonly blockSize?: number;
  /** Blocks in flight; 8 when left out. */
  readonly depth?: number;
  /** What the unfinished copy is called; the destination and `".partial"` when left out. */
  readonly partial?: string;
  /** Permission bits of the copy, less the umask; those of the source when left out. */
  readonly mode?: number;
  /** False: the data need not be on the device when the copy gets its name. */
  readonly sync?: boolean;
  /** True: the copy is read back and compared before it gets its name. */
  readonly verify?: boolean;
  /** Called with the whole copy before it gets its name; throwing ends it. */
  readonly onWhole?: (partial: string) => Promise<void>;
  /** Called after every block with the bytes that are through this phase. */
  readonly onProgress?: (phase: CopyPhase, bytes: number) => void;
  /** Called with what a user should know although the copy goes on. */
  readonly onWarning?: (text: string) => void;
  /** Ends the copy; the destination is as it was. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Bytes of one read. Below 128 KiB the turns of the event loop show, and from 2 MiB on ext4 can
 * take several times as long for the same bytes (seen on Linux 6.18, with dd as well).
 */
export const DEFAULT_BLOCK_SIZE: number = 512 * 1024;
/** Blocks in flight. */
export const DEFAULT_DEPTH = 8;
const PERMISSIONS = 0o777;

/** One copy in progress. */
class Copy {
  readonly #ring: Ring;
  readonly #source: string;
  readonly #destination: string;
  readonly #options: CopyOptions;
  readonly #blockSize: number;
  /** Where a read found the end of the source. */
  #end = Infinity;
  #copied = 0;

  constructor(ring: Ring, source: string, destination: string, options: CopyOptions) {
    this.#ring = ring;
    this.#source = source;
    this.#destination = destination;
    this.#options = options;
    this.#blockSize = options.blockSize ?? DEFAULT_BLOCK_SIZE;
  }

  /** @returns the bytes copied, once they are where the kernel keeps them */
  async run(partial: string): Promise<number> {
    const { signal, mode, verify } = this.#options;
    const from = await attempt(
      `read ${quote(this.#source)}`,
      this.#ring.openFile(this.#source, "r", { signal }),
    );
    try {
      const before = await this.#stat(from);
      const to = await attempt(
        `create ${quote(partial)}`,
        this.#ring.openFile(partial, "wx", { mode: mode ?? before.mode & PERMISSIONS }),
      );
      await this.#orRemove(partial, async () => {
        await this.#fill(from, to, before);
        if (verify === true) await this.#verify(from, partial);
        await this.#publish(partial);
      });
      return this.#copied;
    } finally {
      await closeRead(from);
    }
  }

  /** Does the work on the partial file; when that fails the file goes. */
  async #orRemove(partial: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      await this.#ring.unlink(partial).catch(() => {
        this.#options.onWarning?.(`could not remove ${quote(partial)}`);
      });
      throw error;
    }
  }

  async #fill(from: FileHandle, to: FileHandle, before: Stats): Promise<void> {
    const { signal, sync } = this.#options;
    try {
      await this.#copyAll(from, to, before.size);
      await this.#checkUnchanged(from, before);
      if (sync === false) return;
      this.#options.onProgress?.("syncing", this.#copied);
      await attempt(`write ${quote(this.#destination)}`, to.sync({ signal }));
    } finally {
      await attempt(`write ${quote(this.#destination)}`, to.close());
    }
  }

  /**
   * What the source held when it was opened. A size of 0 says nothing (files of /proc have
   * it): then everything up to the end, one block after the other.
   */
  async #copyAll(from: FileHandle, to: FileHandle, size: number): Promise<void> {
    const blocks = new Blocks(size === 0 ? Infinity : size, this.#blockSize);
    const depth = size === 0 ? 1 : (this.#options.depth ?? DEFAULT_DEPTH);
    await blocks.share(depth, async () => {
      let buffer = this.#ring.allocUnsafe(this.#blockSize);
      for (let block = blocks.take(); block !== undefined; block = blocks.take()) {
        buffer = await this.#copyBlock(from, to, buffer, block.position, block.length);
        if (this.#end < Infinity) break;
      }
      buffer.release();
    });
  }

  /** Reads and writes again until the block is whole or the file ends: both may be short. */
  async #copyBlock(
    from: FileHandle,
    to: FileHandle,
    buffer: OwnedBuffer,
    start: number,
    length: number,
  ): Promise<OwnedBuffer> {
    let current = buffer;
    for (let done = 0; done < length;) {
      const position = start + done;
      current = await this.#read(from, current, position, length - done);
      if (current.length === 0) {
        this.#end = Math.min(this.#end, position);
        break;
      }
      done += current.length;
      current = await this.#write(to, current, position);
    }
    return current;
  }

  #stat(from: FileHandle): Promise<Stats> {
    const { signal } = this.#options;
    return attempt(`read ${quote(this.#source)}`, from.stat({ signal }));
  }

  async #read(
    from: FileHandle,
    buffer: OwnedBuffer,
    position: number,
    length: number,
  ): Promise<OwnedBuffer> {
    try {
      const { signal } = this.#options;
      return (await from.read(buffer, { position, length, signal })).buffer;
    } catch (error) {
      throw explain(`read ${quote(this.#source)}`, error);
    }
  }

  /** Writes all that the buffer holds. */
  async #write(to: FileHandle, buffer: OwnedBuffer, start: number): Promise<OwnedBuffer> {
    const { signal, onProgress } = this.#options;
    const { length } = buffer;
    let current = buffer;
    for (let offset = 0; offset < length;) {
      const position = start + offset;
      const written = await to
        .write(current, { offset, position, signal })
        .catch((error: unknown) => {
          throw explain(`write ${quote(this.#destination)}`, error);
        });
      if (written.bytesWritten === 0) {
        throw new Failure(`cannot write ${quote(this.#destination)}: it takes no more bytes`);
      }
      current = written.buffer;
      offset += written.bytesWritten;
    }
    this.#copied += length;
    onProgress?.("copying", this.#copied);
    return current;
  }

  /**
   * A source that shrinks can leave a copy with parts that never were in one file together:
   * refused. Any other change leaves a copy as long as the source was: a warning.
   */
  async #checkUnchanged(from: FileHandle, before: Stats): Promise<void> {
    if (before.size === 0) return;
    const now = await this.#stat(from);
    const changed = now.size !== before.size || now.mtimeMs !== before.mtimeMs;
    const isShort = this.#copied < before.size;
    // A file of /sys is shorter than it says: short alone is no change.
    if (isShort && (changed || this.#copied !== this.#end)) {
      throw new Failure(
        `${quote(this.#source)} shrank during the copy: ` +
          `its end came at byte ${this.#end} of ${before.size}`,
        { advice: "Copy it when nobody writes to it." },
      );
    }
    if (!changed) return;
    this.#options.onWarning?.(
      `${quote(this.#source)} changed while it was copied; ` +
        `the copy ends at byte ${this.#copied} and may hold old and new data`,
    );
  }

  async #verify(from: FileHandle, partial: string): Promise<void> {
    const { signal, onProgress } = this.#options;
    const copy = await attempt(`read back ${quote(partial)}`, this.#ring.openFile(partial));
    try {
      const { size } = await attempt(`read back ${quote(partial)}`, copy.stat({ signal }));
      const difference = await attempt(
        `compare ${quote(this.#source)} with its copy`,
        compareFiles(this.#ring, from, copy, this.#copied, {
          signal,
          onProgress: (bytes) => onProgress?.("verifying", bytes),
        }),
      );
      if (difference >= 0) throw differs(this.#source, difference);
      if (size !== this.#copied) throw differs(this.#source, Math.min(size, this.#copied));
    } finally {
      await closeRead(copy);
    }
  }

  async #publish(partial: string): Promise<void> {
    const { onWhole, signal } = this.#options;
    await onWhole?.(partial);
    signal?.throwIfAborted();
    const renaming = this.#ring.rename(partial, this.#destination);
    await attempt(`rename ${quote(partial)} to ${quote(this.#destination)}`, renaming);
  }
}

/** Closes a file that was only read: nothing can be lost any more, whatever close(2) says. */
async function closeRead(file: FileHandle): Promise<void> {
  await file.close().catch(() => undefined);
}

/** What `--verify` says about a copy that is not one. */
export function differs(source: string, position: number): Failure {
  return new Failure(`${quote(source)} and its copy differ at byte ${position}; it was discarded`, {
    exitCode: EXIT_DIFFERENT,
    advice: "If nobody writes to the source, please report this: it should never happen.",
  });
}

/**
 * Copies `source` to `destination`, which is replaced, only by a whole copy, or made.
 *
 * @returns the bytes copied
 * @throws {Failure} what went wrong and why; the partial file is removed
 * @throws the abort error, when `signal` fired
 */
export function copyFile(
  ring: Ring,
  source: string,
  destination: string,
  options: CopyOptions = {},
): Promise<number> {
  const copy = new Copy(ring, source, destination, options);
  return copy.run(options.partial ?? `${destination}.partial`);
}
