/**
 * A table of registered files, as data: what is in the slots, and which slot is picked next.
 *
 * A slot holds a node, and so does every request that runs on it. The node outlives its slot for
 * as long as a request uses it; `file-nodes.ts` says what happens when nobody does.
 */
import { ENFILE } from "../../../spec/errno.ts";
import type { OpenFile } from "../host/host.ts";

/** A file that is or was in a slot, and how many use it: the slot, and requests. */
export class FileNode {
  /** Retained by the node. */
  readonly file: OpenFile;
  /** The tag as two words; 0 is none. */
  readonly tagLow: number;
  readonly tagHigh: number;
  references = 1;

  constructor(file: OpenFile, tagLow: number, tagHigh: number) {
    this.file = file;
    this.tagLow = tagLow;
    this.tagHigh = tagHigh;
  }
}

/** The slots of one ring. Their number never changes. */
export class FileTable {
  readonly #slots: (FileNode | undefined)[];
  /** Slots are picked from [start, end); the search begins at `hint` (FILE-13, FILE-14). */
  #start = 0;
  #end: number;
  #hint = 0;

  constructor(size: number) {
    this.#slots = new Array<FileNode | undefined>(size).fill(undefined);
    this.#end = size;
  }

  get size(): number {
    return this.#slots.length;
  }

  /** The node in a slot; undefined for an empty slot and outside of the table. */
  get(slot: number): FileNode | undefined {
    return this.#slots[slot];
  }

  /** Fills a slot. Returns the node that was in it, which is the caller's to put. */
  set(slot: number, node: FileNode): FileNode | undefined {
    const previous = this.#slots[slot];
    this.#slots[slot] = node;
    if (previous === undefined) this.#hint = slot + 1;
    return previous;
  }

  /** Empties a slot. Returns the node that was in it, which is the caller's to put. */
  clear(slot: number): FileNode | undefined {
    const previous = this.#slots[slot];
    if (previous === undefined) return undefined;
    this.#slots[slot] = undefined;
    this.#hint = slot;
    return previous;
  }

  /** Limits what `pick` gives out. The range lies inside of the table. */
  limitPicks(start: number, length: number): void {
    this.#start = start;
    this.#end = start + length;
    this.#hint = start;
  }

  //= FILE-13, FILE-14, ND-20
  /** A free slot of the range, or -ENFILE. Goes on from the hint, and starts over once. */
  pick(): number {
    // A slot outside of the range may have been filled or emptied by its number.
    if (this.#hint < this.#start || this.#hint > this.#end) this.#hint = this.#start;
    const found = this.#firstFree(this.#hint, this.#end);
    return found >= 0 ? found : this.#firstFree(this.#start, this.#hint);
  }

  #firstFree(from: number, end: number): number {
    for (let slot = from; slot < end; slot++) {
      if (this.#slots[slot] === undefined) return slot;
    }
    return -ENFILE;
  }

  /** What it consists of, for whoever compares states. */
  parts(): readonly unknown[] {
    return [this.#slots, this.#start, this.#end, this.#hint];
  }
}
