/** Who answers the choices of run after run. */
import { Random } from "../random.ts";

/** Answers the choices of one run after the other. */
export interface Strategy {
  /** Called before each run; false when there is nothing left to try. */
  begin(): boolean;
  /** Picks one of `count` (2 or more) continuations at depth `depth` of the run. */
  choose(depth: number, count: number): number;
}

/** The program did not do the same again although it was told the same. */
export class NondeterminismError extends Error {
  override readonly name = "NondeterminismError";
}

/**
 * Every list of choices, depth first: the last choice that has an untried
 * continuation moves on, and the run is repeated up to there.
 */
export class Exhaustive implements Strategy {
  readonly #indices: number[] = [];
  readonly #counts: number[] = [];
  #first = true;

  begin(): boolean {
    if (this.#first) {
      this.#first = false;
      return true;
    }
    for (;;) {
      const index = this.#indices.pop();
      const count = this.#counts.pop();
      if (index === undefined || count === undefined) return false;
      if (index + 1 === count) continue;
      this.#indices.push(index + 1);
      this.#counts.push(count);
      return true;
    }
  }

  choose(depth: number, count: number): number {
    const index = this.#indices[depth];
    if (index === undefined) {
      this.#indices.push(0);
      this.#counts.push(count);
      return 0;
    }
    if (this.#counts[depth] !== count) {
      throw new NondeterminismError(
        `choice ${String(depth)} had ${String(this.#counts[depth])} continuations in an earlier ` +
          `run and ${String(count)} now: the program does something that the simulated kernel ` +
          "does not control (real time, real files, randomness)",
      );
    }
    return index;
  }
}

/** So many runs, each drawn from the seed and its own number. */
export class RandomWalk implements Strategy {
  readonly #seed: number;
  readonly #runs: number;
  #run = 0;
  #random: Random;

  constructor(seed: number, runs: number) {
    this.#seed = seed;
    this.#runs = runs;
    this.#random = new Random(seed, "run 0");
  }

  begin(): boolean {
    if (this.#run === this.#runs) return false;
    this.#random = new Random(this.#seed, `run ${String(this.#run)}`);
    this.#run++;
    return true;
  }

  choose(_depth: number, count: number): number {
    return this.#random.below(count);
  }
}

/** A fixed list of choices, 0 after its end. One run. */
export class Replay implements Strategy {
  readonly #indices: readonly number[];
  #done = false;

  constructor(indices: readonly number[]) {
    this.#indices = indices;
  }

  begin(): boolean {
    if (this.#done) return false;
    this.#done = true;
    return true;
  }

  choose(depth: number, count: number): number {
    const index = this.#indices[depth] ?? 0;
    if (index < count) return index;
    throw new NondeterminismError(
      `the replay string takes continuation ${String(index)} at choice ${String(depth)}, where ` +
        `there are only ${String(count)}: the program or the library has changed since`,
    );
  }
}
