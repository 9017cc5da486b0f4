/**
 * Registered buffers: pinned pages, and the entries of the tables that name them.
 *
 * Two counts, as on Linux. An entry (`RegisteredBuffer`) belongs to one ring and is counted by
 * the table and by the requests that found it there: when the last of them lets go its tag is
 * posted (RBUF-28). The pages (`PinnedBuffer`) are counted by entries, because a clone of the
 * table has entries of its own for the same pages (RBUF-6).
 */
import type { PinnedMemory } from "../host/host.ts";

/** Pages that one or more rings have registered. Made with one reference. */
export class PinnedBuffer {
  readonly pages: PinnedMemory;
  #references = 1;

  constructor(pages: PinnedMemory) {
    this.pages = pages;
  }

  retain(): void {
    this.#references += 1;
  }

  /** The last release unpins the pages. */
  release(): void {
    this.#references -= 1;
    if (this.#references === 0) this.pages.release();
    if (this.#references < 0) throw new Error("a registered buffer was released too often");
  }

  /** What it consists of, for whoever compares states. */
  parts(): readonly unknown[] {
    return [this.#references];
  }
}

/** One entry of a ring's table of buffers. Made with one reference, the table's. */
export class RegisteredBuffer {
  readonly pinned: PinnedBuffer;
  /** user_data of the CQE that tells that nobody uses the entry any more; 0 and 0: none. */
  tagLow = 0;
  tagHigh = 0;
  #references = 1;

  /** Takes over one reference to `pinned`. */
  constructor(pinned: PinnedBuffer) {
    this.pinned = pinned;
  }

  get address(): number {
    return this.pinned.pages.address;
  }

  get byteLength(): number {
    return this.pinned.pages.byteLength;
  }

  get isTagged(): boolean {
    return (this.tagLow | this.tagHigh) !== 0;
  }

  //= RBUF-3, RBUF-13
  /** Whether [address, address + byteLength) lies inside, the end included. */
  covers(address: number, byteLength: number): boolean {
    const end = this.address + this.byteLength;
    return address >= this.address && address + byteLength <= end;
  }

  retain(): void {
    this.#references += 1;
  }

  /** True when this was the last reference: the pages are let go of, and the tag is due. */
  release(): boolean {
    this.#references -= 1;
    if (this.#references > 0) return false;
    this.pinned.release();
    return true;
  }

  /** What it consists of, for whoever compares states. */
  parts(): readonly unknown[] {
    return [this.#references];
  }
}
