import { expect, it } from "vitest";
import { Random } from "./random.ts";

function draw(seed: number, purpose: string, count = 8): number[] {
  const random = new Random(seed, purpose);
  return Array.from({ length: count }, () => random.next());
}

it("gives the same numbers for the same seed and purpose, and others for others", () => {
  expect(draw(1, "a")).toEqual(draw(1, "a"));
  expect(draw(1, "a")).not.toEqual(draw(2, "a"));
  expect(draw(1, "a")).not.toEqual(draw(1, "b"));
  expect(draw(1, "a")).not.toEqual(draw(2 ** 32 + 1, "a"));
});

it("gives these very numbers, on every engine and in every version", () => {
  expect(draw(42, "latency", 3)).toMatchInlineSnapshot(`
    [
      379292248,
      313484373,
      3641636605,
    ]
  `);
});

it("stays below its limit and reaches every value", () => {
  const random = new Random(7, "limits");
  const seen = new Set(Array.from({ length: 400 }, () => random.below(10)));

  expect([...seen].sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
});

it("keeps its odds", () => {
  const random = new Random(7, "odds");
  const hits = Array.from({ length: 4000 }, () => random.chance(0.25)).filter(Boolean).length;

  expect(random.chance(0)).toBe(false);
  expect(random.chance(1)).toBe(true);
  expect(hits).toBeGreaterThan(850);
  expect(hits).toBeLessThan(1150);
});

it("refuses a seed that no number holds exactly", () => {
  expect(() => new Random(0.5, "a")).toThrow(RangeError);
});
