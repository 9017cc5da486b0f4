/** A range of bytes, handed out block by block to several workers. */

/** A part of the range. */
export interface Block {
  readonly position: number;
  readonly length: number;
}

/** The blocks of `[0, size)`, each handed out once, in order. */
export class Blocks {
  readonly #size: number;
  readonly #blockSize: number;
  #next = 0;

  constructor(size: number, blockSize: number) {
    this.#size = size;
    this.#blockSize = blockSize;
  }

  /** The next block; the last may be shorter. Undefined when there is none left. */
  take(): Block | undefined {
    const position = this.#next;
    if (position >= this.#size) return undefined;
    const length = Math.min(this.#blockSize, this.#size - position);
    this.#next = position + length;
    return { position, length };
  }

  /** Runs `worker` up to `depth` times at once, each until `take` gives it no more. */
  async share(depth: number, worker: () => Promise<void>): Promise<void> {
    const failures: unknown[] = [];
    const guarded = async (): Promise<void> => {
      try {
        await worker();
      } catch (error) {
        failures.push(error);
        this.#next = this.#size; // the others end with the block they have
      }
    };
    const count = Math.min(depth, Math.ceil(this.#size / this.#blockSize));
    await Promise.all(Array.from({ length: count }, guarded));
    if (failures.length > 0) throw failures[0];
  }
}
