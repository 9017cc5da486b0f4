/**
 * The Ring API with all its rules: one buffer per lane, moved into each read and given
 * back by it in a new handle.
 */
import type { Backend } from "../../src/backend.ts";
import { type FileHandle, type OwnedBuffer, Ring } from "../../src/index.ts";
import type { Contender } from "../protocol.ts";
import { BLOCK, Countdown, ENTRIES, Positions } from "../workload.ts";

/**
 * What a program does with the bytes of each read. Returns something, lest it be optimised away.
 */
type Look = (buffer: OwnedBuffer) => number;

/** Nothing: the hand-over of the buffer then costs no detach. */
const away: Look = () => 0;
/** One byte, through a view: the next hand-over has to take the view away. */
const at: Look = (buffer) => buffer.bytes[0] ?? 0;

class RingReader implements Contender {
  /** What was looked at, added up. */
  sum = 0;
  readonly #ring: Ring;
  readonly #file: FileHandle;
  readonly #look: Look;
  readonly #positions = new Positions();

  constructor(ring: Ring, file: FileHandle, look: Look) {
    this.#ring = ring;
    this.#file = file;
    this.#look = look;
  }

  async run(depth: number, milliseconds: number): Promise<number> {
    const countdown = new Countdown(milliseconds);
    await Promise.all(Array.from({ length: depth }, () => this.#lane(countdown)));
    return countdown.done;
  }

  async #lane(countdown: Countdown): Promise<void> {
    let buffer: OwnedBuffer = this.#ring.alloc(BLOCK);
    for (let over = false; !over;) {
      const position = this.#positions.next();
      const result = await this.#ring.read(this.#file, buffer, { position });
      buffer = result.buffer;
      this.sum += this.#look(buffer);
      over = countdown.count(result.bytesRead);
    }
    buffer.release();
  }
}

/** @param looking - whether the program looks at the bytes of each read */
export async function openRingReader(
  backend: Backend,
  path: string,
  looking: boolean,
): Promise<Contender> {
  const ring = await Ring.open({ entries: ENTRIES, backend });
  return new RingReader(ring, await ring.openFile(path), looking ? at : away);
}
