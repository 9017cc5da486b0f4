/** In which order the search takes its ways. */
import { expect, it } from "vitest";
import { LIKELIEST, pathOf, type Way, Ways } from "./ways.ts";

function taken(ways: Ways): string[] {
  const paths: string[] = [];
  for (let way = ways.next(); way !== undefined; way = ways.next()) paths.push(pathOf(way).join());
  return paths;
}

const way = (differences: number, ...path: number[]): Way => {
  const at = path.length - 1;
  return { along: [...path, 9], at, rank: path[at] ?? 0, differences };
};

it("begins with the likeliest way", () => {
  expect(pathOf(LIKELIEST)).toEqual([]);
});

it("takes in turn the way that turns off latest, and one that differs least", () => {
  const ways = new Ways();
  ways.add(way(1, 1), 0);
  ways.add(way(1, 2), 0);
  ways.add(way(2, 1, 1), 3);
  ways.add(way(3, 1, 1, 1), 5);

  expect(taken(ways)).toEqual(["1,1,1", "2", "1,1", "1"]);
});

it("takes every way once, however they came", () => {
  const ways = new Ways();
  const paths: string[] = [];
  for (let i = 0; i < 100; i++) {
    paths.push(String(i));
    ways.add(way((i * 7) % 5, i), (i * 11) % 13);
  }

  const all = taken(ways);
  expect(new Set(all)).toEqual(new Set(paths));
  expect(all).toHaveLength(100);
  expect(ways.next()).toBeUndefined();
});
