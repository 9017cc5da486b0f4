/**
 * The choices inside one step, tried in every combination.
 *
 * A step is taken again and again; each time the choices go as they went before, but for the last
 * one that has an option left, which takes its next. What is asked beyond takes option 0.
 */
export class Branching {
  readonly #taken: number[] = [];
  readonly #counts: number[] = [];
  #asked = 0;
  #length = 0;

  /** The choices as they were made this time. */
  get taken(): readonly number[] {
    return this.#taken.slice(0, this.#length);
  }

  /** Begins with a new step: no choice is known. */
  clear(): void {
    this.#asked = 0;
    this.#length = 0;
  }

  /** Answers a question that has `count` options. */
  choose(count: number): number {
    const at = this.#asked;
    this.#asked += 1;
    if (at < this.#length) {
      if (this.#counts[at] !== count) throw new Error("the same step asked something else");
      return this.#taken[at] as number;
    }
    this.#taken[at] = 0;
    this.#counts[at] = count;
    this.#length = at + 1;
    return 0;
  }

  /** Goes on to the next combination. False when there is none. */
  advance(): boolean {
    this.#asked = 0;
    while (this.#length > 0) {
      const last = this.#length - 1;
      const next = (this.#taken[last] as number) + 1;
      if (next < (this.#counts[last] as number)) {
        this.#taken[last] = next;
        return true;
      }
      this.#length = last;
    }
    return false;
  }
}
