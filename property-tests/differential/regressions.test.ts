/** What Linux did once, and the emulator could not do then: it can now. No kernel is needed. */
import { describe, expect, it } from "vitest";
import { judgeAgain, reasonOf } from "./evaluate.ts";
import { load, savedNames } from "./saved.ts";

describe("what Linux did once is possible", () => {
  it.each(savedNames())("%s", (name) => {
    const { program, kernel, run } = load(name);
    if (run === undefined) throw new Error("what Linux did is not there: record it again");
    const outcome = judgeAgain(program, run, kernel);
    expect(outcome.kind, reasonOf(outcome)).toBe("possible");
  });
});
