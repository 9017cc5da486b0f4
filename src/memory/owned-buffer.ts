/**
 * The handle through which a program owns a buffer: the hot potato.
 *
 *   ring.alloc(n) --> handle A --read(A)--> (kernel has it; A is dead) --> handle B
 *
 * A handle is affine (O3). Handing it to an operation kills it for good, and kills
 * the views that were taken through it (O4); the operation's result, or its
 * error, carries a new handle of the same memory. The compiler stops some misuse
 * (see `InFlight`), the run time all of it.
 */
import { RingError } from "../errors.ts";
import type { RingIdentity } from "../types.ts";
import { checkBytes, describe } from "../validate.ts";
import type { Lease } from "./lease.ts";

/** What a handle needs from the ring that made it. */
export interface BufferHome {
  /** Takes the memory back from the user. */
  release(lease: Lease): void;
}

// The doors through which the ring, and nobody else, reaches the private parts.
let create: (home: BufferHome, lease: Lease) => OwnedBuffer;
let check: (buffer: object, home: BufferHome, operation: string) => Lease;
let move: (buffer: object, operation: string, serial: number) => void;
let complete: (buffer: object, completion: Promise<unknown>) => void;

/** Ties the handle to its ring, for the compiler only. */
export interface OwnedBuffer<in out Id = unknown> extends RingIdentity<Id> {}

/** A buffer that belongs to the program. */
// eslint-disable-next-line @typescript-eslint/no-unsafe-declaration-merging -- a phantom
export class OwnedBuffer<in out Id = unknown> {
  #lease: Lease | undefined;
  readonly #home: BufferHome;
  /** Where the buffer went, once it is gone. */
  #movedTo = "";
  #movedSerial = 0;
  #completion: Promise<unknown> | undefined;

  private constructor(home: BufferHome, lease: Lease) {
    this.#home = home;
    this.#lease = lease;
  }

  /**
   * The bytes that the buffer holds: `length` of them, to read and to write. The
   * view dies when the buffer is handed to an operation (its length becomes 0).
   *
   * @throws {RingError} ERR_RING_BUFFER_MOVED, ERR_RING_BUFFER_RELEASED
   */
  get bytes(): Uint8Array {
    return this.#require("bytes").view();
  }

  /** Bytes that are data: all of them in a new buffer, what was read in one that comes back. */
  get length(): number {
    return this.#require("length").length;
  }

  /** Bytes that fit. */
  get capacity(): number {
    return this.#require("capacity").capacity;
  }

  /** True while the buffer belongs to the program through this handle. Never throws. */
  get owned(): boolean {
    return this.#lease !== undefined;
  }

  /**
   * Changes how many bytes the buffer holds, within its capacity. Bytes that come
   * in at the end are zero, never remains of an earlier use (O10).
   *
   * @throws {RingError} ERR_RING_OUT_OF_RANGE, and as `bytes`
   */
  resize(length: number): this {
    const lease = this.#require("resize");
    if (!Number.isInteger(length) || length < 0 || length > lease.capacity) {
      throw new RingError(
        "ERR_RING_OUT_OF_RANGE",
        `resize: this buffer holds 0 to ${String(lease.capacity)} bytes, not ${describe(length)}`,
      );
    }
    lease.zero(lease.length, length);
    lease.length = length;
    return this;
  }

  /**
   * Replaces what the buffer holds by `data`.
   *
   * @throws {RingError} ERR_RING_OUT_OF_RANGE when `data` does not fit,
   *   ERR_RING_INVALID_ARGUMENT when it is no Uint8Array, and as `bytes`
   */
  set(data: Uint8Array): this {
    const lease = this.#require("set");
    checkBytes("set", data);
    if (data.length > lease.capacity) {
      throw new RingError(
        "ERR_RING_OUT_OF_RANGE",
        `set: ${String(data.length)} bytes do not fit a buffer of ${String(lease.capacity)}`,
      );
    }
    lease.length = data.length;
    lease.view().set(data);
    return this;
  }

  /**
   * Gives the memory back to the ring for reuse; the handle and its views are
   * dead afterwards. A handle that is merely dropped is reclaimed as well, but late.
   *
   * @throws {RingError} ERR_RING_BUFFER_MOVED, ERR_RING_BUFFER_RELEASED
   */
  release(): void {
    const lease = this.#require("release");
    this.#lease = undefined;
    this.#home.release(lease);
  }

  /** Releases the buffer if this handle still owns it: `using buffer = ring.alloc(n)`. */
  [Symbol.dispose](): void {
    if (this.#lease !== undefined) this.release();
  }

  #require(what: string): Lease {
    return this.#lease ?? this.#refuse(what);
  }

  #refuse(what: string): never {
    if (this.#movedTo === "") {
      throw new RingError("ERR_RING_BUFFER_RELEASED", `${what}: this buffer was released`);
    }
    const movedTo = `${this.#movedTo} #${String(this.#movedSerial)}`;
    throw new RingError(
      "ERR_RING_BUFFER_MOVED",
      `${what}: this buffer was handed to ${movedTo}; use the one that its result, or its error, ` +
        "gives back",
      { movedTo },
    );
  }

  static {
    create = (home, lease) => new OwnedBuffer(home, lease);
    check = (buffer, home, operation) => {
      if (!(#lease in buffer)) return refuseStranger(operation);
      const lease = buffer.#require(operation);
      if (buffer.#home !== home) refuseForeign(operation);
      return lease;
    };
    move = (buffer, operation, serial) => {
      if (!(#lease in buffer)) return;
      buffer.#lease = undefined;
      buffer.#movedTo = operation;
      buffer.#movedSerial = serial;
    };
    complete = (buffer, completion) => {
      if (#lease in buffer) buffer.#completion = completion;
    };
    // Not declared: the compiler knows it on handles that `submitRead` and its like took
    // (`InFlight`), and on no other.
    Object.defineProperty(OwnedBuffer.prototype, "completion", {
      get(this: OwnedBuffer): Promise<unknown> {
        return this.#completion ?? refuseCompletion();
      },
    });
  }
}

function refuseStranger(operation: string): never {
  throw new RingError(
    "ERR_RING_INVALID_ARGUMENT",
    `${operation}: the buffer must be an OwnedBuffer of this ring (see ring.alloc), ` +
      "because the kernel needs memory that JavaScript cannot move or free",
  );
}

function refuseCompletion(): never {
  throw new RingError(
    "ERR_RING_INVALID_ARGUMENT",
    "completion: this buffer was not handed over by submitRead, submitWrite, submitRecv or " +
      "submitSend",
  );
}

function refuseForeign(operation: string): never {
  throw new RingError(
    "ERR_RING_FOREIGN_BUFFER",
    `${operation}: this buffer belongs to another ring; only the one that allocated it can take it`,
  );
}

/** Makes the one live handle of a lease that the user owns. */
export function createBuffer<Id>(home: BufferHome, lease: Lease): OwnedBuffer<Id> {
  return create(home, lease) as OwnedBuffer<Id>;
}

/**
 * Checks that an operation of `home` may take the buffer; nothing moves yet.
 *
 * @throws {RingError} as the handle's state demands
 */
export function checkBuffer(buffer: unknown, home: BufferHome, operation: string): Lease {
  if (typeof buffer !== "object" || buffer === null) return refuseStranger(operation);
  return check(buffer, home, operation);
}

/** Kills the handle: its lease now belongs to the named operation. */
export function moveBuffer(buffer: object, operation: string, serial: number): void {
  move(buffer, operation, serial);
}

/** Puts the promise of the result on a handle that has just been moved. */
export function setCompletion(buffer: object, completion: Promise<unknown>): void {
  complete(buffer, completion);
}
