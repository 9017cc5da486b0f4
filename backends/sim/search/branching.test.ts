import { describe, expect, it } from "vitest";
import { Branching } from "./branching.ts";

/** Every way that a step can go which asks so. */
function ways(ask: (branching: Branching) => void): string[] {
  const branching = new Branching();
  const seen: string[] = [];
  do {
    ask(branching);
    seen.push(branching.taken.join(""));
  } while (branching.advance());
  return seen;
}

describe("branching", () => {
  it("tries every combination of the choices, the usual one first", () => {
    const seen = ways((branching) => {
      branching.choose(2);
      branching.choose(3);
    });

    expect(seen).toEqual(["00", "01", "02", "10", "11", "12"]);
  });

  it("follows choices that are asked only after others", () => {
    const seen = ways((branching) => {
      if (branching.choose(2) === 1) branching.choose(2);
    });

    expect(seen).toEqual(["0", "10", "11"]);
  });

  it("takes a step that asks nothing once", () => {
    expect(ways(() => undefined)).toEqual([""]);
  });

  it("notices a step that does not do the same again", () => {
    const branching = new Branching();
    branching.choose(2);
    branching.choose(2);
    branching.advance();

    expect(() => branching.choose(3)).toThrow("the same step asked something else");
  });
});
