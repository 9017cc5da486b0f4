/**
 * What every contender does: 4 KiB reads of a cached 64 MiB file at random offsets.
 *
 * c/random-read.c draws its positions from the same generator and looks at the clock
 * equally often.
 */
import { randomFillSync } from "node:crypto";
import { closeSync, openSync, readSync, writeSync } from "node:fs";
import { join } from "node:path";

/** Bytes per read. */
export const BLOCK = 4096;
/** Most reads in flight. */
export const DEPTH_MAX = 32;
/** Entries of every submission queue, so that it is never full. */
export const ENTRIES = 64;

const BLOCKS = 16_384;
/** Bytes of the file. */
export const FILE_BYTES: number = BLOCKS * BLOCK;
const CHUNK = 1 << 20;
const CLOCK_EVERY = 64;
const FIRST_STATE = 2_463_534_242;

/**
 * Writes the file into `folder` and reads it once, so that the page cache holds it. Returns its
 * path.
 */
export function makeFile(folder: string): string {
  const path = join(folder, "64-mib");
  const chunk = Buffer.alloc(CHUNK);
  const fd = openSync(path, "w+");
  for (let at = 0; at < FILE_BYTES; at += CHUNK) writeSync(fd, randomFillSync(chunk), 0, CHUNK);
  for (let at = 0; at < FILE_BYTES; at += CHUNK) readSync(fd, chunk, 0, CHUNK, at);
  closeSync(fd);
  return path;
}

/** Random block positions: xorshift32. */
export class Positions {
  #state = FIRST_STATE;

  /** Byte offset of the next block. */
  next(): number {
    let state = this.#state;
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    this.#state = state;
    return ((state >>> 0) % BLOCKS) * BLOCK;
  }
}

/** Counts reads, and looks at the clock once in a while. */
export class Countdown {
  /** Reads done. */
  done = 0;
  readonly #end: number;
  #over = false;

  constructor(milliseconds: number) {
    this.#end = performance.now() + milliseconds;
  }

  /** Counts one read; true when no further one is to be started. */
  count(bytesRead: number): boolean {
    if (bytesRead !== BLOCK) throw new Error(`a read gave ${bytesRead} bytes instead of ${BLOCK}`);
    this.done++;
    if (this.done % CLOCK_EVERY === 0) this.#over = performance.now() >= this.#end;
    return this.#over;
  }
}
