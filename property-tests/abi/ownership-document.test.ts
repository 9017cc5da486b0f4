import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { ownershipDiagram } from "../../spec/ownership-diagram.ts";
import { TRANSITIONS } from "../../spec/ownership.ts";
import { OWNERSHIP_DOCUMENT, withGeneratedParts } from "../../scripts/spec-diagram.ts";

it("docs/ownership.md holds exactly what is generated from the table", () => {
  const text = readFileSync(OWNERSHIP_DOCUMENT, "utf8");
  expect(text, "run: node scripts/spec-diagram.ts").toBe(withGeneratedParts(text));
  expect(text).toContain(ownershipDiagram());
});

it("the diagram has one line for each step", () => {
  const lines = ownershipDiagram().split("\n");
  for (const row of TRANSITIONS) {
    expect(lines).toContain(`    ${row.from} --> ${row.to} : ${row.event}`);
  }
  expect(lines.filter((line) => line.includes(" : "))).toHaveLength(TRANSITIONS.length);
});

it("a document without markers is refused", () => {
  expect(() => withGeneratedParts("# Nothing here\n")).toThrow('no markers for "diagram"');
});
