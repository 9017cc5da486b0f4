/**
 * `Ring`: io_uring as a TypeScript program sees it.
 *
 * Every call checks its arguments and throws at once when they are wrong; then
 * the buffer moves, and the promise settles with the operation's own terminal
 * CQE. Whatever happens, the buffer comes back: in the result, or on the error.
 */
import type { Backend } from "./backend.ts";
import type { BufferList, MustAllBeOwned } from "./buffer-list.ts";
import { statFile, sync, truncate } from "./calls/files.ts";
import { connect, listen, type ListenOptions } from "./calls/connect.ts";
import type { Abortable, TransferOptions } from "./calls/options.ts";
import { mkdir, type ModeOptions, openFile, rename, stat, unlink } from "./calls/paths.ts";
import { nop, poll, sleep } from "./calls/timers.ts";
import { type MessageOptions, read, recv, send, write } from "./calls/transfer.ts";
import { readv, type VectoredOptions, writev } from "./calls/vectored.ts";
import { closeDescriptors, type CloseReport, drain } from "./engine/closing.ts";
import { Engine, type EngineStats } from "./engine/engine.ts";
import { RingError } from "./errors.ts";
import type { SocketAddress } from "./handles/address.ts";
import type { FileHandle } from "./handles/file-handle.ts";
import type { Handle } from "./handles/handle.ts";
import type { Listener } from "./handles/listener.ts";
import type { OpenFlags } from "./handles/open-flags.ts";
import type { Socket } from "./handles/socket.ts";
import type { Stats } from "./handles/stats.ts";
import { assertDetachWorks } from "./memory/detach.ts";
import { createBuffer, type OwnedBuffer } from "./memory/owned-buffer.ts";
import type { PoolStats } from "./memory/pool.ts";
import { openQueue } from "./open-queue.ts";
import type { ReadResult, WriteResult } from "./operations/transfer.ts";
import type { ReadvResult, WritevResult } from "./operations/vectored.ts";
import { type BackendChoice, type BackendInfo, pickBackend } from "./pick-backend.ts";
import type { MustBeOwned, RingIdentity } from "./types.ts";
import { checkBytes, checkCount, describe } from "./validate.ts";

const DEFAULT_ENTRIES = 128;
const MAX_ENTRIES = 32768;
const MAX_BUFFER = 2 ** 31;
const DEFAULT_CLOSE_TIMEOUT = 5000;

/** How to open a ring. */
export interface RingOptions {
  /**
   * Submission queue entries, 1 to 32768, rounded up to a power of two; 128 when
   * left out. Twice as many operations can be in flight; further ones wait.
   */
  readonly entries?: number | undefined;
  /** `"auto"` when left out: the real io_uring. */
  readonly backend?: BackendChoice | undefined;
  /**
   * Lets `"auto"` end at the simulated kernel, whose files live in memory, where
   * there is no io_uring. False when left out.
   */
  readonly allowSimulated?: boolean | undefined;
}

/** What a ring counts. */
export interface RingStats extends EngineStats {
  readonly pool: PoolStats;
}

/** A file of this ring, or a bare descriptor number (see `Ring.read` for what that risks). */
export type Target<Id> = Handle<Id> | number;

/** Ties the ring's things to it, for the compiler only. */
export interface Ring<in out Id = unknown> extends RingIdentity<Id> {}

/** One io_uring. Belongs to the thread that opened it. */
// eslint-disable-next-line @typescript-eslint/no-unsafe-declaration-merging -- a phantom
export class Ring<in out Id = unknown> {
  readonly #engine: Engine;
  /** Which backend the ring runs on, and why. */
  readonly backend: BackendInfo;
  #closed: Promise<CloseReport> | undefined;

  /** Rings are made by `Ring.open`, `Ring.over` and `withRing`. */
  constructor(engine: Engine, backend: BackendInfo) {
    this.#engine = engine;
    this.backend = backend;
  }

  /**
   * Opens a ring.
   *
   *   await using ring = await Ring.open({ entries: 64 });
   *
   * @throws {RingError} ERR_RING_ENTRIES, ERR_RING_INVALID_ARGUMENT (at once);
   *   ERR_RING_BACKEND_UNAVAILABLE (rejects)
   * @throws {SystemError} what io_uring_setup(2) answered (rejects)
   */
  static open(options: RingOptions = {}): Promise<Ring> {
    if (typeof options !== "object" || (options as unknown) === null) {
      throw new RingError(
        "ERR_RING_INVALID_ARGUMENT",
        `Ring.open: options must be an object; got ${describe(options)}`,
      );
    }
    const entries = checkEntries(options.entries ?? DEFAULT_ENTRIES);
    const { backend = "auto", allowSimulated = false } = options;
    return pickBackend(backend, allowSimulated).then(
      (picked) => new Ring(openEngine(picked.backend, entries), picked.info),
    );
  }

  /** Entries of the submission queue. */
  get entries(): number {
    return this.#engine.queue.sqEntries;
  }

  get stats(): RingStats {
    return { ...this.#engine.stats, pool: this.#engine.pool.stats };
  }

  // --- buffers -----------------------------------------------------------------------------

  /**
   * A buffer of `byteLength` zero bytes, in memory that the kernel can address.
   *
   * @param byteLength - 1 to 2^31; from 4096 on it lies on a page boundary (O_DIRECT)
   * @throws {RingError} ERR_RING_OUT_OF_RANGE, ERR_RING_CLOSED
   */
  alloc(byteLength: number): OwnedBuffer<Id> {
    return this.#alloc(byteLength, true);
  }

  /** As `alloc`, but the bytes are whatever was there before. */
  allocUnsafe(byteLength: number): OwnedBuffer<Id> {
    return this.#alloc(byteLength, false);
  }

  /** A buffer that holds a copy of `data`: bytes, or a string as UTF-8. */
  from(data: Uint8Array | string): OwnedBuffer<Id> {
    const bytes = typeof data === "string" ? new TextEncoder().encode(data) : data;
    checkBytes("from", bytes);
    const buffer = this.#alloc(Math.max(bytes.length, 1), false);
    return buffer.set(bytes);
  }

  #alloc(byteLength: number, zeroed: boolean): OwnedBuffer<Id> {
    this.#engine.assertOpen("alloc");
    checkCount("alloc", "byteLength", byteLength, MAX_BUFFER, 1);
    return createBuffer(this.#engine, this.#engine.pool.take(byteLength, zeroed));
  }

  // --- data --------------------------------------------------------------------------------

  /**
   * Reads from a file or stream into the buffer, up to its capacity.
   *
   *   ({ bytesRead, buffer } = await ring.read(file, buffer, { position: 0 }));
   *
   * The buffer is in flight until the promise settles: the handle passed in is
   * dead, and the result carries a new one that holds exactly what was read. A
   * bare descriptor number works too, but nothing keeps it from being closed and
   * given to another file while the read is in flight.
   *
   * @throws {RingError} at once, for misuse: nothing was submitted and nothing moved
   * @throws {SystemError | AbortError} rejects; `error.buffer` is the buffer
   */
  read<B extends OwnedBuffer<Id>>(
    file: Target<Id>,
    buffer: B & MustBeOwned<B>,
    options?: TransferOptions,
  ): Promise<ReadResult<Id>> {
    return read<Id>(this.#engine, file, buffer, options);
  }

  /** Writes what the buffer holds (not its capacity). May be short. Errors as `read`. */
  write<B extends OwnedBuffer<Id>>(
    file: Target<Id>,
    buffer: B & MustBeOwned<B>,
    options?: TransferOptions,
  ): Promise<WriteResult<Id>> {
    return write<Id>(this.#engine, file, buffer, options);
  }

  /** Reads into several buffers, filling one after the other. Errors as `read`. */
  readv<const Buffers extends BufferList<Id>>(
    file: Target<Id>,
    buffers: Buffers & MustAllBeOwned<Buffers>,
    options?: VectoredOptions,
  ): Promise<ReadvResult<Id, Buffers>> {
    return readv<Id, Buffers>(this.#engine, file, buffers, options);
  }

  /** Writes what several buffers hold, one after the other. Errors as `read`. */
  writev<const Buffers extends BufferList<Id>>(
    file: Target<Id>,
    buffers: Buffers & MustAllBeOwned<Buffers>,
    options?: VectoredOptions,
  ): Promise<WritevResult<Id, Buffers>> {
    return writev<Id, Buffers>(this.#engine, file, buffers, options);
  }

  /** recv(2) on a socket given as a handle or a number. Errors as `read`. */
  recv<B extends OwnedBuffer<Id>>(
    socket: Target<Id>,
    buffer: B & MustBeOwned<B>,
    options?: MessageOptions,
  ): Promise<ReadResult<Id>> {
    return recv<Id>(this.#engine, socket, buffer, options);
  }

  /** send(2) on a socket given as a handle or a number. Errors as `read`. */
  send<B extends OwnedBuffer<Id>>(
    socket: Target<Id>,
    buffer: B & MustBeOwned<B>,
    options?: MessageOptions,
  ): Promise<WriteResult<Id>> {
    return send<Id>(this.#engine, socket, buffer, options);
  }

  // --- files -------------------------------------------------------------------------------

  /** Opens a file, as `fs.promises.open` does (`flags` "r" when left out). */
  openFile(
    path: string,
    flags: OpenFlags = "r",
    options: ModeOptions = {},
  ): Promise<FileHandle<Id>> {
    return openFile(this.#engine, path, flags, options);
  }

  /** statx(2) of what the path names; a symbolic link is followed. */
  stat(path: string, options: Abortable = {}): Promise<Stats> {
    return stat(this.#engine, path, true, options);
  }

  /** As `stat`, of the symbolic link itself. */
  lstat(path: string, options: Abortable = {}): Promise<Stats> {
    return stat(this.#engine, path, false, options);
  }

  /** statx(2) of an open descriptor. */
  fstat(file: Target<Id>, options: Abortable = {}): Promise<Stats> {
    return statFile(this.#engine, file, options);
  }

  /** fsync(2). */
  fsync(file: Target<Id>, options: Abortable = {}): Promise<void> {
    return sync(this.#engine, file, false, options);
  }

  /** fdatasync(2). */
  fdatasync(file: Target<Id>, options: Abortable = {}): Promise<void> {
    return sync(this.#engine, file, true, options);
  }

  /** ftruncate(2). Needs Linux 6.9. */
  ftruncate(file: Target<Id>, length = 0, options: Abortable = {}): Promise<void> {
    return truncate(this.#engine, file, length, options);
  }

  /** Removes a name of a file. */
  unlink(path: string, options: Abortable = {}): Promise<void> {
    return unlink(this.#engine, path, false, options);
  }

  /** Removes an empty directory. */
  rmdir(path: string, options: Abortable = {}): Promise<void> {
    return unlink(this.#engine, path, true, options);
  }

  /** Renames a file; what `to` named before is replaced. */
  rename(
    from: string,
    to: string,
    options: Abortable & { flags?: number | undefined } = {},
  ): Promise<void> {
    return rename(this.#engine, from, to, options);
  }

  /** Makes a directory. */
  mkdir(path: string, options: ModeOptions = {}): Promise<void> {
    return mkdir(this.#engine, path, options);
  }

  // --- sockets -----------------------------------------------------------------------------

  /** Connects to an IP address or the path of a UNIX socket. Names are not resolved. */
  connect(address: SocketAddress, options: Abortable = {}): Promise<Socket<Id>> {
    return connect(this.#engine, address, options);
  }

  /** Listens on an IP address (port 0 lets the kernel choose) or a path. Needs Linux 6.11. */
  listen(address: SocketAddress, options: ListenOptions = {}): Promise<Listener<Id>> {
    return listen(this.#engine, address, options);
  }

  // --- waiting -----------------------------------------------------------------------------

  /** An operation that does nothing: it goes to the kernel and comes back. */
  nop(options: Abortable = {}): Promise<void> {
    return nop(this.#engine, options);
  }

  /**
   * Waits until the descriptor is ready for one of `events` (POLL* of poll(2)); resolves to which.
   */
  poll(file: Target<Id>, events: number, options: Abortable = {}): Promise<number> {
    return poll(this.#engine, file, events, options);
  }

  /** Resolves after that many milliseconds, by the ring's own clock (virtual when simulated). */
  sleep(milliseconds: number, options: Abortable = {}): Promise<void> {
    return sleep(this.#engine, milliseconds, options);
  }

  // --- closing -----------------------------------------------------------------------------

  /**
   * Ends every operation and closes the ring, and the files and sockets it opened.
   *
   * Operations in flight are cancelled; each settles with its own CQE, and its
   * buffer comes back. Buffers that the program holds stay readable. A second
   * call waits for the first.
   *
   * @param timeout - milliseconds to wait for operations that cannot be cancelled; after
   *   that their memory is leaked rather than reused, and the report names them (O8)
   * @throws {RingError} ERR_RING_OUT_OF_RANGE, at once
   */
  close({
    timeout = DEFAULT_CLOSE_TIMEOUT,
  }: { timeout?: number | undefined } = {}): Promise<CloseReport> {
    if (!(timeout >= 0 && timeout <= Number.MAX_SAFE_INTEGER)) {
      throw new RingError(
        "ERR_RING_OUT_OF_RANGE",
        `close: timeout must be a number of milliseconds, 0 or more; got ${describe(timeout)}`,
      );
    }
    this.#closed ??= this.#close(timeout);
    return this.#closed;
  }

  async #close(timeout: number): Promise<CloseReport> {
    const engine = this.#engine;
    engine.refuse();
    const report = await drain(engine, timeout);
    await closeDescriptors(engine);
    engine.destroy();
    return report;
  }

  /** `close`, at the end of an `await using` block. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

/** Sets up the machinery of a ring over a backend. */
function openEngine(backend: Backend, entries: number): Engine {
  assertDetachWorks();
  const queue = openQueue(backend, entries);
  try {
    return new Engine(backend, queue);
  } catch (error) {
    queue.close(); // no descriptor left to watch the ring by, say
    throw error;
  }
}

/** @throws {RingError} ERR_RING_ENTRIES */
function checkEntries(entries: number): number {
  if (Number.isInteger(entries) && entries >= 1 && entries <= MAX_ENTRIES) return entries;
  throw new RingError(
    "ERR_RING_ENTRIES",
    `Ring.open: entries must be a whole number from 1 to ${String(MAX_ENTRIES)}; ` +
      `got ${describe(entries)}`,
  );
}

/**
 * Runs `body` with a ring of its own and closes the ring afterwards.
 *
 * For the compiler the ring, its buffers and its files carry an identity that no
 * other ring has: mixing those of two rings, or letting them out of the body, is
 * a type error.
 */
export async function withRing<Result>(
  options: RingOptions,
  body: <Id>(ring: Ring<Id>) => Promise<Result>,
): Promise<Result> {
  const ring = await Ring.open(options);
  try {
    return await body(ring);
  } finally {
    await ring.close();
  }
}
