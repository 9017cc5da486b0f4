/**
 * A group of buffers that PROVIDE_BUFFERS filled: first in, first out (BUF-1, BUF-4).
 *
 * Buffers that were provided together lie side by side in memory and count their ids up, so they
 * are kept as one run, and picking one takes it off the front of the first run.
 */
import { MAX_TRANSFER } from "../issue/access.ts";

/** A list holds no more buffers than this (BUF-29). */
const LIST_LIMIT = 65_535;

/** Buffers side by side. The first of them is described by `address` and `id`. */
interface Run {
  address: number;
  id: number;
  count: number;
  readonly byteLength: number;
}

/** A buffer as a request takes it: the fields of the list's front. */
export interface FrontBuffer {
  readonly address: number;
  readonly id: number;
  readonly byteLength: number;
}

/** The buffers of one group, the next one to be picked in front. */
export class BufferList {
  readonly kind = "list";
  readonly #runs: Run[] = [];
  #count = 0;

  /** How many buffers are there. */
  get count(): number {
    return this.#count;
  }

  /** The buffer that is picked next, valid until the next change; undefined if there is none. */
  get front(): FrontBuffer | undefined {
    return this.#runs[0];
  }

  /** Appends `count` buffers of `byteLength` bytes. False if not a single one fits (BUF-29). */
  add(address: number, byteLength: number, id: number, count: number): boolean {
    //= BUF-29
    const fitting = Math.min(count, LIST_LIMIT - this.#count);
    if (fitting <= 0) return false;
    //= BUF-1, BUF-30
    this.#runs.push({ address, id, count: fitting, byteLength });
    this.#count += fitting;
    return true;
  }

  //= BUF-4
  /** Takes the front away. It must be there. */
  drop(): void {
    const [run] = this.#runs;
    if (run === undefined) throw new Error("a buffer was taken from an empty list");
    this.#count -= 1;
    run.count -= 1;
    if (run.count === 0) this.#runs.shift();
    run.address += run.byteLength;
    run.id = (run.id + 1) & 0xffff;
  }

  /** Puts a buffer back in front, where it was picked. */
  putBack(address: number, byteLength: number, id: number): void {
    this.#runs.unshift({ address, id, count: 1, byteLength });
    this.#count += 1;
  }

  //= BUF-3
  /** Removes up to `limit` buffers, the oldest first. Returns how many. */
  remove(limit: number): number {
    let left = Math.min(limit, this.#count);
    const removed = left;
    for (let run = this.#runs[0]; run !== undefined && left > 0; run = this.#runs[0]) {
      const taken = Math.min(run.count, left);
      left -= taken;
      run.count -= taken;
      run.address += taken * run.byteLength;
      run.id = (run.id + taken) & 0xffff;
      if (run.count === 0) this.#runs.shift();
    }
    this.#count -= removed;
    return removed;
  }

  /** What it consists of, for whoever compares states. */
  parts(): readonly unknown[] {
    return [this.#runs, this.#count];
  }
}

/** What one transfer into a buffer of `byteLength` bytes moves at most. */
export function usableLength(byteLength: number): number {
  return Math.min(byteLength, MAX_TRANSFER);
}
