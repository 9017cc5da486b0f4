/** Who answers the choices of run after run. */
import { Random } from "../random.ts";

/** Answers the choices of one run after the other. */
export interface Strategy {
  /** Called before each run; false when there is nothing left to try. */
  begin(): boolean;
  /**
   * Called after a run that came to its end.
   *
   * @throws {NondeterminismError} when it ended before what it was to repeat
   */
  end(): void;
  /**
   * Picks one of `count` (2 or more) continuations at depth `depth` of the run.
   *
   * @param kind - what the choice is about, to notice a run that is not like the last
   */
  choose(depth: number, count: number, kind: string): number;
}

/** The program did not do the same again although it was told the same. */
export class NondeterminismError extends Error {
  override readonly name = "NondeterminismError";
}

/** A choice of the run that is being repeated. */
interface Branch {
  index: number;
  readonly count: number;
  readonly kind: string;
}

/**
 * Every list of choices, depth first: the last choice that has an untried
 * continuation moves on, and the run is repeated up to there.
 */
export class Exhaustive implements Strategy {
  readonly #branches: Branch[] = [];
  #first = true;
  /** How far the present run has come. */
  #depth = 0;

  end(): void {
    if (this.#depth < this.#branches.length) refuse(this.#depth, "its end");
  }

  begin(): boolean {
    this.#depth = 0;
    if (this.#first) {
      this.#first = false;
      return true;
    }
    for (let last = this.#branches.pop(); last !== undefined; last = this.#branches.pop()) {
      if (last.index + 1 === last.count) continue;
      this.#branches.push({ ...last, index: last.index + 1 });
      return true;
    }
    return false;
  }

  choose(depth: number, count: number, kind: string): number {
    this.#depth = depth + 1;
    const branch = this.#branches[depth];
    if (branch === undefined) {
      this.#branches.push({ index: 0, count, kind });
      return 0;
    }
    if (branch.count !== count || branch.kind !== kind) {
      refuse(depth, `a choice '${kind}' of ${String(count)}`);
    }
    return branch.index;
  }
}

function refuse(depth: number, found: string): never {
  throw new NondeterminismError(
    `a run that should repeat another one came to ${found} at choice ${String(depth)}: the ` +
      "program does something that the simulated kernel does not control (real time, real files, " +
      "randomness, state kept between runs)",
  );
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

  end(): void {
    // Any run will do.
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

  end(): void {
    // A shorter run than the string says is what the string stands for now.
  }
}
