/**
 * Bytes on their way: first in, first out, up to a capacity.
 */

const FIRST_SIZE = 512;

/** What one direction of a connection holds. */
export class ByteQueue {
  readonly capacity: number;
  /** A circle: `#length` bytes from `#start` on. It doubles until it has `capacity`. */
  #bytes = new Uint8Array(0);
  #start = 0;
  #length = 0;

  constructor(capacity: number) {
    this.capacity = capacity;
  }

  get length(): number {
    return this.#length;
  }

  /** Bytes that still fit. */
  get space(): number {
    return this.capacity - this.#length;
  }

  /** The first bytes, `length` at most, in one piece. To be read before the next change. */
  peek(length: number): Uint8Array {
    const count = Math.min(length, this.#length);
    const end = this.#start + count;
    if (end <= this.#bytes.length) return this.#bytes.subarray(this.#start, end);
    const bytes = new Uint8Array(count);
    const first = this.#bytes.subarray(this.#start);
    bytes.set(first);
    bytes.set(this.#bytes.subarray(0, count - first.length), first.length);
    return bytes;
  }

  /** Removes the first `count` bytes, which are there. */
  drop(count: number): void {
    this.#length -= count;
    this.#start = this.#length === 0 ? 0 : (this.#start + count) % this.#bytes.length;
  }

  /** Appends bytes, for which there is space. */
  push(bytes: Uint8Array): void {
    if (bytes.length > this.space) throw new Error("a queue of bytes is overfilled");
    if (this.#length + bytes.length > this.#bytes.length) this.#grow(this.#length + bytes.length);
    const at = (this.#start + this.#length) % this.#bytes.length;
    const first = Math.min(bytes.length, this.#bytes.length - at);
    this.#bytes.set(bytes.subarray(0, first), at);
    this.#bytes.set(bytes.subarray(first), 0);
    this.#length += bytes.length;
  }

  #grow(needed: number): void {
    let size = Math.max(this.#bytes.length, FIRST_SIZE);
    while (size < needed) size *= 2;
    const bytes = new Uint8Array(size);
    bytes.set(this.peek(this.#length));
    this.#bytes = bytes;
    this.#start = 0;
  }

  /** What it consists of, for whoever compares states. */
  parts(): readonly unknown[] {
    return [this.#bytes.subarray(this.#start, this.#start + this.#length)];
  }
}
