/**
 * The bytes of a regular file.
 *
 * Kept in chunks of 64 KiB; a chunk that was never written is absent and reads as
 * zero, so that a file with a far-away byte costs one chunk. A chunk starts small
 * and doubles, so that thousands of worlds with small files stay small. Bytes past
 * `size` are zero in every chunk, always: growing the file shows them.
 *
 * Who needs a page itself, not its bytes, gets one (`page`). It shows what is written later, until
 * the file lets go of it: a page that is cut off keeps what it held.
 */

const CHUNK = 65_536;
const FIRST_CHUNK = 512;
const PAGE = 4096;
const ZEROS = new Uint8Array(CHUNK);

/** Sparse bytes with a size. */
export class Content {
  readonly #chunks = new Map<number, Uint8Array>();
  /** Pages that others may hold, by their number. */
  readonly #pages = new Map<number, Uint8Array>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Bytes of storage behind it, in whole pages: holes have none. */
  get allocated(): number {
    let total = 0;
    for (const chunk of this.#chunks.values()) total += Math.ceil(chunk.length / PAGE) * PAGE;
    return total;
  }

  /**
   * The bytes from `position` on: `length` of them, or as many as there are.
   * To be read before the next change, and not to be written: it may be the storage itself.
   */
  slice(position: number, length: number): Uint8Array {
    const count = Math.min(length, this.#size - position);
    if (count <= 0) return ZEROS.subarray(0, 0);
    const offset = position % CHUNK;
    if (offset + count > CHUNK) return this.#gather(position, count);
    const chunk = this.#chunks.get(Math.floor(position / CHUNK));
    if (chunk === undefined || offset >= chunk.length) return ZEROS.subarray(0, count);
    if (offset + count > chunk.length) return this.#gather(position, count);
    return chunk.subarray(offset, offset + count);
  }

  /**
   * The storage of a range, to be filled in place, or undefined when it is not in one piece.
   * `extend` afterwards tells how far it was filled.
   */
  window(position: number, length: number): Uint8Array | undefined {
    const offset = position % CHUNK;
    if (offset + length > CHUNK) return undefined;
    return this.#grown(Math.floor(position / CHUNK), offset + length).subarray(
      offset,
      offset + length,
    );
  }

  /** The file is now at least `end` bytes long. */
  extend(end: number): void {
    if (end > this.#size) this.#size = end;
  }

  /** A window was filled: `count` bytes of it. */
  filled(position: number, count: number): void {
    this.extend(position + count);
    this.#refresh(position, position + count);
  }

  /** A page of the file, with zeros behind its end: to be read only, for as long as one likes. */
  page(index: number): Uint8Array {
    const known = this.#pages.get(index);
    if (known !== undefined) return known;
    const page = new Uint8Array(PAGE);
    page.set(this.slice(index * PAGE, PAGE));
    this.#pages.set(index, page);
    return page;
  }

  /** Lets go of the pages of a range, as a write past the cache does: they stay as they are. */
  forget(start: number, end: number): void {
    for (const index of this.#pages.keys()) {
      if ((index + 1) * PAGE > start && index * PAGE < end) this.#pages.delete(index);
    }
  }

  /** Stores bytes; what lies between the old end and `position` is a hole. */
  write(position: number, bytes: Uint8Array): void {
    let done = 0;
    while (done < bytes.length) {
      const offset = (position + done) % CHUNK;
      const count = Math.min(CHUNK - offset, bytes.length - done);
      const index = Math.floor((position + done) / CHUNK);
      this.#grown(index, offset + count).set(bytes.subarray(done, done + count), offset);
      done += count;
    }
    this.filled(position, bytes.length);
  }

  /** Cuts the file or lets it grow by a hole. */
  resize(size: number): void {
    const isShorter = size < this.#size;
    if (isShorter) this.#cut(size);
    this.#size = size;
    if (isShorter) this.#drop(size, Number.POSITIVE_INFINITY);
  }

  /** What lies in [start, end) reads as zero. The size stays. */
  zero(start: number, end: number): void {
    for (const [index, chunk] of this.#chunks) {
      const base = index * CHUNK;
      const from = Math.max(0, start - base);
      const to = Math.min(chunk.length, end - base);
      if (from < to) chunk.fill(0, from, to);
    }
    this.#drop(start, end);
  }

  /**
   * Moves everything from `position` on by `distance`: back over what lies before it, or on, so
   * that zeros come between. The size changes with it.
   */
  shift(position: number, distance: number): void {
    this.forget(Math.min(position, position + distance), Number.POSITIVE_INFINITY);
    const moved: [start: number, bytes: Uint8Array][] = [];
    for (const [index, chunk] of this.#chunks) {
      const base = index * CHUNK;
      const from = Math.max(0, position - base);
      if (from < chunk.length) moved.push([base + from, chunk.slice(from)]);
    }
    const size = this.#size + distance;
    this.resize(Math.min(position, position + distance));
    for (const [start, bytes] of moved) this.write(start + distance, bytes);
    this.resize(size);
  }

  /** What lies in [start, end) is gone: whole pages of it belong to those alone who hold them. */
  #drop(start: number, end: number): void {
    this.forget(Math.ceil(start / PAGE) * PAGE, Math.floor(end / PAGE) * PAGE);
    this.#refresh(start, end);
  }

  #refresh(start: number, end: number): void {
    for (const [index, page] of this.#pages) {
      if ((index + 1) * PAGE <= start || index * PAGE >= end) continue;
      const bytes = this.slice(index * PAGE, PAGE);
      page.set(bytes);
      page.fill(0, bytes.length);
    }
  }

  #cut(size: number): void {
    for (const [index, chunk] of this.#chunks) {
      const start = index * CHUNK;
      if (start >= size) this.#chunks.delete(index);
      else if (start + chunk.length > size) chunk.fill(0, size - start);
    }
  }

  #gather(position: number, count: number): Uint8Array {
    const bytes = new Uint8Array(count);
    let done = 0;
    while (done < count) {
      const offset = (position + done) % CHUNK;
      const part = Math.min(CHUNK - offset, count - done);
      const chunk = this.#chunks.get(Math.floor((position + done) / CHUNK));
      if (chunk !== undefined) bytes.set(chunk.subarray(offset, offset + part), done);
      done += part;
    }
    return bytes;
  }

  /** The chunk, with storage for its first `length` bytes. */
  #grown(index: number, length: number): Uint8Array {
    const chunk = this.#chunks.get(index);
    if (chunk !== undefined && chunk.length >= length) return chunk;
    let capacity = chunk?.length ?? FIRST_CHUNK;
    while (capacity < length) capacity *= 2;
    const grown = new Uint8Array(capacity);
    if (chunk !== undefined) grown.set(chunk);
    this.#chunks.set(index, grown);
    return grown;
  }

  /** What it consists of, for whoever compares states. */
  parts(): readonly unknown[] {
    return [this.#chunks, this.#pages, this.#size];
  }
}
