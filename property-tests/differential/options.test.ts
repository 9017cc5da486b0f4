/** What can be asked of `npm run differential`, and what is refused. */
import { expect, test } from "vitest";
import { parseOptions } from "./options.ts";

const parse = (...args: string[]): unknown => parseOptions(args, ["one", "two"]);

test("numbers and a theme are taken as they are", () => {
  const args = ["--programs", "12", "--seed", "7", "--about", "two", "--only=-3", "--save", "x"];
  expect(parse(...args)).toEqual({
    programs: 12,
    seed: 7,
    single: false,
    about: "two",
    only: -3,
    stopAfter: 20,
    save: "x",
  });
});

test("the seed of a program may be given without its sign", () => {
  expect(parse(`--only=4294967295`)).toMatchObject({ only: -1 });
});

test.each([
  [["--programs", "x"], "--programs x: it is a whole number from 1 on"],
  [["--programs", "0"], "--programs 0: it is a whole number from 1 on"],
  [["--stop-after", "1.5"], "--stop-after 1.5: it is a whole number from 1 on"],
  [["--seed", "x"], "--seed=x: it is a whole number"],
  [["--only="], "--only=: it is a whole number"],
  [["--about", "three"], "--about three: it is one of one, two"],
  [["--programms", "3"], "Unknown option '--programms'"],
])("%j is refused", (args, message) => {
  expect(() => parse(...args)).toThrow(message);
});
