/**
 * One way through the choices of a replay.
 *
 * Each choice has a ranking of its options, the likeliest first. A path says for the first choices
 * which rank is taken; after its end rank 0 is. What was met is written down, so that the search
 * knows where it could turn off.
 */
export class Chooser {
  readonly #path: readonly number[];
  readonly #reach: () => number;
  /** The rank that was taken at each choice. */
  readonly taken: number[] = [];
  /** How many options each choice had. */
  readonly counts: number[] = [];

  /** How far the replay was at each choice. */
  readonly reaches: number[] = [];

  /** @param reach - how far the replay is now */
  constructor(path: readonly number[], reach: () => number) {
    this.#path = path;
    this.#reach = reach;
  }

  /** Whether all of the path is behind it. */
  get isFree(): boolean {
    return this.taken.length >= this.#path.length;
  }

  /** The rank to take of `count` options. Asked only where `count` is 2 or more. */
  rank(count: number): number {
    const rank = this.#path[this.taken.length] ?? 0;
    this.taken.push(rank);
    this.counts.push(count);
    this.reaches.push(this.#reach());
    return rank;
  }

  /** The option to take, of `count`, where option `first` is the likeliest. */
  option(count: number, first = 0): number {
    const rank = this.rank(count);
    if (rank === 0) return first;
    return rank <= first ? rank - 1 : rank;
  }
}
