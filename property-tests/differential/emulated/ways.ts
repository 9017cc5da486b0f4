/**
 * The ways that a search has still to try.
 *
 * A way is the ranks that are taken at the first choices; behind them each choice takes rank 0. Two
 * guesses say which one to try next, and they take turns: one that differs little from the
 * likeliest, and one that turns off late, since as far as that what Linux showed was right. Either
 * alone is slow where the other one is quick. In the end every way is tried, once.
 */

/** A way that has not been tried yet. */
export interface Way {
  readonly path: readonly number[];
  /** At how many choices it takes another rank than 0. */
  readonly differences: number;
}

interface Entry extends Way {
  isTaken: boolean;
}

export class Ways {
  /** Each way stands in two lists: by its differences, and by how far it is where it turns off. */
  readonly #byDifferences: Entry[][] = [];
  readonly #byReach: Entry[][] = [];
  #latest = false;

  /** Adds a way, to be tried before those like it that were added earlier. */
  add(way: Way, reach: number): void {
    const entry = { ...way, isTaken: false };
    (this.#byDifferences[way.differences] ??= []).push(entry);
    (this.#byReach[reach] ??= []).push(entry);
  }

  /** Takes the way that is to be tried next, or undefined when there is none. */
  next(): Way | undefined {
    this.#latest = !this.#latest;
    const lists = this.#latest ? this.#byReach.toReversed() : this.#byDifferences;
    for (const list of lists) {
      const entry = takeLast(list);
      if (entry !== undefined) return entry;
    }
    return undefined;
  }
}

/** Takes the last entry that was not taken from its other list. */
function takeLast(list: Entry[] = []): Entry | undefined {
  for (let entry = list.pop(); entry !== undefined; entry = list.pop()) {
    if (entry.isTaken) continue;
    entry.isTaken = true;
    return entry;
  }
  return undefined;
}
