/**
 * The ways that a search has still to try.
 *
 * A way is the ranks that are taken at the first choices; behind them each choice takes rank 0. Two
 * guesses say which one to try next, and they take turns: one that differs little from the
 * likeliest, and one that turns off late, since as far as that what Linux showed was right. Either
 * alone is slow where the other one is quick. In the end every way is tried, once.
 */

/** A way that has not been tried yet. There are millions, so it shares what it can. */
export interface Way {
  /** What another way took, along which this one goes for its first `at` choices. */
  readonly along: readonly number[];
  readonly at: number;
  /** What it takes there. */
  readonly rank: number;
  /** At how many choices it takes another rank than 0. */
  readonly differences: number;
}

/** Takes rank 0 everywhere. */
export const LIKELIEST: Way = { along: [], at: -1, rank: 0, differences: 0 };

/** The ranks that a way takes at its first choices. */
export function pathOf({ along, at, rank }: Way): readonly number[] {
  return at < 0 ? [] : [...along.slice(0, at), rank];
}

interface Entry {
  readonly way: Way;
  isTaken: boolean;
}

export class Ways {
  /** Each way stands in two lists: by its differences, and by how far it is where it turns off. */
  readonly #byDifferences: Entry[][] = [];
  readonly #byReach: Entry[][] = [];
  #latest = false;

  /** Adds a way, to be tried before those like it that were added earlier. */
  add(way: Way, reach: number): void {
    const entry = { way, isTaken: false };
    (this.#byDifferences[way.differences] ??= []).push(entry);
    (this.#byReach[reach] ??= []).push(entry);
  }

  /** Takes the way that is to be tried next, or undefined when there is none. */
  next(): Way | undefined {
    this.#latest = !this.#latest;
    const lists = this.#latest ? this.#byReach.toReversed() : this.#byDifferences;
    for (const list of lists) {
      const entry = takeLast(list);
      if (entry !== undefined) return entry.way;
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
