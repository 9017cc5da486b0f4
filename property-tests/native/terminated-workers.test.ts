import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ChildPrograms } from "./children.ts";

const WORKERS = 50;

let programs: ChildPrograms;
beforeAll(() => {
  programs = ChildPrograms.compile();
});
afterAll(() => programs.remove());

describe("Workers terminated with reads in flight", () => {
  //= OWN-9
  it("leave memory that the kernel may write for ever, and nobody else's changes", async () => {
    const child = await programs.run("terminate", `${WORKERS}`);

    expect(child).toMatchObject({ status: 0, signal: undefined, errors: "" });
    const report: unknown = JSON.parse(child.output);
    const expectedLate = 60;
    expect(report).toEqual({ writtenLate: expectedLate, expectedLate, damaged: 0, checked: 1200 });
  }, 60_000);
});
