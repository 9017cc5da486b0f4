import { expect, it } from "vitest";
import type { Chapter } from "../../spec/index.ts";
import { countTests, report } from "./report.ts";

it("tests are counted by rule and backend, from the names of the scenarios", () => {
  const counts = countTests([
    "DEMO-1 DEMO-2: it holds [sim, plain ring]",
    "DEMO-1 DEMO-2: it holds [sim, deferred ring]",
    "DEMO-1: it holds: always [native, plain ring]",
    "every scenario: no sim backend: none",
  ]);

  expect([...counts.keys()].sort()).toEqual(["native", "sim"]);
  expect(counts.get("sim")).toEqual(
    new Map([
      ["DEMO-1", 2],
      ["DEMO-2", 2],
    ]),
  );
  expect(counts.get("native")).toEqual(new Map([["DEMO-1", 1]]));
});

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
  const citations = [{ ...place, ids: ["DEMO-1", "DEMO-3"] }];
  const counts = countTests(["DEMO-1 DEMO-3: it holds [sim, plain ring]"]);

  const lines = report([chapter], citations, new Map([...counts, ["native", new Map()]])).split(
    "\n",
  );

  expect(lines).toContain("DEMO    Demonstration      2       1      0           1");
  expect(lines).toContain("rule    native  sim  other tests  code");
  expect(lines).toContain("DEMO-1       0    1            0     0");
  expect(lines).toContain("DEMO-2        too slow");
  expect(lines).toContain("demo.test.ts:3 cites DEMO-3, which is no rule");
});
