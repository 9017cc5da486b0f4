import { describe, expect, it } from "vitest";
import type { Branching } from "./branching.ts";
import { search, type Searchable } from "./search.ts";

const LEFT = 0;
const MOVE = 1;

/**
 * Two tokens on a line of `length` places. Step 0 moves the left one a place to the right, step 1
 * the right one by a place or by two, as is chosen.
 */
class Tokens implements Searchable {
  readonly keyWords = 2;
  readonly length: number;
  /** Where nobody may be. */
  readonly forbidden: string;
  places: [number, number] = [0, 0];
  readonly #saved: [number, number][] = [];

  constructor(length: number, forbidden = "") {
    this.length = length;
    this.forbidden = forbidden;
  }

  writeKey(into: Int32Array): void {
    into.set(this.places);
  }
  listSteps(into: number[]): void {
    into.push(...[LEFT, MOVE].filter((token) => (this.places[token] ?? 0) < this.length));
  }
  take(step: number, branching: Branching): void {
    const far = step === MOVE && this.places[1] + 2 <= this.length && branching.choose(2) === 1;
    this.places[step === LEFT ? 0 : 1] += far ? 2 : 1;
  }
  save(level: number): void {
    this.#saved[level] = [...this.places];
  }
  restore(level: number): void {
    this.places = [...(this.#saved[level] ?? [0, 0])];
  }
  problem(): string | undefined {
    return this.places.join() === this.forbidden ? `at ${this.forbidden}` : undefined;
  }
}

describe("a search", () => {
  it("visits each state once, over every transition", () => {
    const length = 4;

    const found = search(new Tokens(length));

    // 5 x 5 places; 4 x 5 moves of the left one, and 7 x 5 of the other: 3 x 2 and 1.
    expect(found).toEqual({ states: 25, transitions: 55, ends: 1, complete: true });
  });

  it("stops at a state that has something wrong with it, and knows a way there", () => {
    const found = search(new Tokens(4, "1,3"));

    expect(found.complete).toBe(false);
    expect(found.violation?.message).toBe("at 1,3");
    const again = new Tokens(4);
    for (const { step, choices } of found.violation?.path ?? []) {
      const answers = [...choices];
      again.take(step, { choose: () => answers.shift() ?? 0 } as unknown as Branching);
    }
    expect(again.places).toEqual([1, 3]);
  });

  it("looks at the first state as well", () => {
    expect(search(new Tokens(1, "0,0")).violation?.path).toEqual([]);
  });

  it("stops at a number of states", () => {
    const found = search(new Tokens(100), 50);

    expect(found).toMatchObject({ states: 50, complete: false });
  });
});
