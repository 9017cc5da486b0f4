import { readFileSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { CHAPTERS, type Chapter } from "../../spec/index.ts";
import { findCitations, type Citation } from "./citations.ts";
import { withoutMarks } from "./marks.ts";
import { pages } from "./pages.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const FOLDER = `${ROOT}docs/spec/`;

it("docs/spec holds exactly the pages that the chapters and the tests make", () => {
  const expected = pages(CHAPTERS, findCitations(ROOT));

  const found = new Map(
    readdirSync(FOLDER).map((name) => [name, readFileSync(FOLDER + name, "utf8")]),
  );

  expect([...found.keys()].sort(), "run: npm run spec:pages").toEqual([...expected.keys()].sort());
  for (const [name, text] of expected) {
    expect(found.get(name), `${name}: run npm run spec:pages`).toBe(text);
  }
});

const DEMO: Chapter = {
  prefix: "DEMO",
  title: "Demonstration",
  introduction: "Two rules.",
  clauses: [
    { id: "DEMO-1", rule: "It holds.", observable: "0", source: ["a(2)"], since: "5.6" },
    {
      id: "DEMO-2",
      rule: `It is long${", and longer".repeat(12)}.`,
      observable: "-EINVAL",
      source: ["a(2)", "b.c"],
      since: "5.6",
      until: "6.1",
      open: { kind: "todo", reason: "later" },
    },
  ],
};
const SCENARIO: Citation = {
  ids: ["DEMO-1"],
  kind: "scenario",
  path: "property-tests/conformance/demo.test.ts",
  line: 7,
  title: "it really holds",
};

describe("a page", () => {
  const text = pages([DEMO], [SCENARIO]).get("demo.md") ?? "";

  it("tells what proves a rule, for which kernels, and why nothing does", () => {
    expect(text).toContain("- Test: it really holds ([conformance/demo])\n");
    expect(text).toContain("\n[conformance/demo]: ../../property-tests/conformance/demo.test.ts\n");
    expect(text).toContain("Kernels: since 5.6.");
    expect(text).toContain("Kernels: 5.6 to 6.1. Source: a(2), b.c.");
    expect(text).toContain("- No test (todo): later.");
  });

  it("has lines of at most 100 columns", () => {
    for (const line of text.split("\n")) {
      expect(line.length).toBeLessThanOrEqual(100);
    }
  });

  it("is counted in the list of chapters", () => {
    const list = pages([DEMO], [SCENARIO]).get("README.md");
    expect(list).toContain("| DEMO | [Demonstration](demo.md) | 2 | 1 | 1 | 0 |");
  });
});

describe("taking marks off", () => {
  const rule = (id: string, open: string): string =>
    `    {\n      id: "${id}",\n      rule: "x",\n${open}    },\n`;
  const MARK = "      open: NO_SCENARIO,\n";
  const file = (names: string, ...rules: readonly string[]): string =>
    `import { ${names} } from "./open.ts";\n[\n${rules.join("")}]\n`;

  it("touches the rules that have a test, and no others", () => {
    const text = file("NO_SCENARIO", rule("DEMO-1", MARK), rule("DEMO-11", MARK));
    expect(withoutMarks(text, new Set(["DEMO-1"]))).toBe(
      file("NO_SCENARIO", rule("DEMO-1", ""), rule("DEMO-11", MARK)),
    );
  });

  it("removes the import with the last mark", () => {
    const only = file("NO_SCENARIO", rule("DEMO-1", MARK));
    expect(withoutMarks(only, new Set(["DEMO-1"]))).toBe(`[\n${rule("DEMO-1", "")}]\n`);
    const other = '      open: todo("x"),\n';
    const mixed = file("NO_SCENARIO, todo", rule("DEMO-1", MARK), rule("DEMO-2", other));
    expect(withoutMarks(mixed, new Set(["DEMO-1", "DEMO-2"]))).toBe(
      file("todo", rule("DEMO-1", ""), rule("DEMO-2", other)),
    );
  });
});
