import { expect, it } from "vitest";
import type { Chapter } from "../../spec/index.ts";
import { report } from "./report.ts";

it("the report names rules, backends, what is open and what is unknown", () => {
  const clause = { rule: "It holds.", observable: "0", source: ["a(2)"] };
  const chapter: Chapter = {
    prefix: "DEMO",
    title: "Demonstration",
    introduction: "",
    clauses: [
      { ...clause, id: "DEMO-1" },
      { ...clause, id: "DEMO-2", open: { kind: "exception", reason: "too slow" } },
    ],
  };
  const place = { kind: "scenario", path: "demo.test.ts", line: 3, title: "it holds" } as const;
  const code = {
    kind: "code",
    path: "backends/emulator/demo.ts",
    line: 5,
    title: undefined,
  } as const;
  const citations = [
    { ...place, ids: ["DEMO-1", "DEMO-3"] },
    { ...place, ids: ["DEMO-1"], without: ["native"] },
    { ...code, ids: ["DEMO-1"] },
    { ...code, ids: ["DEMO-2"], path: "src/demo.ts" },
  ];

  const lines = report([chapter], citations).split("\n");

  expect(lines).toContain(
    "DEMO    Demonstration      2       1      0           1         1 (50 %)",
  );
  expect(lines).toContain("rule    sim  native  other tests  code");
  expect(lines).toContain("DEMO-1    2       1            0     1");
  expect(lines).toContain("DEMO-2        too slow");
  expect(lines).toContain("demo.test.ts:3 cites DEMO-3, which is no rule");
});
