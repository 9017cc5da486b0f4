import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { CHAPTERS, type Chapter, type OpenMark } from "../../spec/index.ts";
import { CITED } from "./cited.ts";
import {
  citationsIn,
  findCitations,
  findMentions,
  mentionsIn,
  type Citation,
} from "./citations.ts";
import {
  lostCitations,
  malformedIds,
  proofs,
  staleMarks,
  staleMentions,
  unknownIds,
  unprovenRules,
} from "./verdict.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

describe("the project", () => {
  const citations = findCitations(ROOT);
  const all = proofs(CHAPTERS, citations);

  it("cites only rules that exist", () => {
    expect(unknownIds(CHAPTERS, citations)).toEqual([]);
  });

  it("mentions only rules that exist, also in comments and documents", () => {
    expect(staleMentions(CHAPTERS, findMentions(ROOT))).toEqual([]);
  });

  it("tests every rule, or says why not", () => {
    expect(unprovenRules(all)).toEqual([]);
  });

  it("marks no rule as open that has a test (npm run spec:pages removes such marks)", () => {
    expect(staleMarks(all)).toEqual([]);
  });

  it("gives each rule an id of its own", () => {
    expect(malformedIds(CHAPTERS)).toEqual([]);
  });

  it("cites as many rules in the emulator as were recorded, or more", () => {
    expect(lostCitations(CHAPTERS, citations, CITED)).toEqual([]);
  });

  it("has at least 250 rules, and scenarios that cite them", () => {
    expect(all.length).toBeGreaterThanOrEqual(250);
    expect(citations.filter(({ kind }) => kind === "scenario").length).toBeGreaterThan(100);
  });
});

function chapter(...rules: readonly (readonly [id: string, open?: OpenMark])[]): Chapter {
  const clauses = rules.map(([id, open]) => ({
    id,
    rule: "It holds.",
    observable: "res",
    source: ["observed on 6.18"],
    ...(open && { open }),
  }));
  return { prefix: "DEMO", title: "Demonstration", introduction: "", clauses };
}

function cited(text: string, path = "property-tests/conformance/demo.test.ts"): Citation[] {
  return citationsIn({ path, text });
}

const TO_DO: OpenMark = { kind: "todo", reason: "later" };

describe("a citation", () => {
  it("is read from the registration of a scenario, wherever its lines break", () => {
    const text =
      'scenario("DEMO-1 DEMO-2", "it works", body);\nscenario(\n  "DEMO-3",\n  `all ${n}`,';
    expect(cited(text)).toEqual([
      expect.objectContaining({ ids: ["DEMO-1", "DEMO-2"], title: "it works", line: 1 }),
      expect.objectContaining({ ids: ["DEMO-3"], title: "all ${n}", line: 2 }),
    ]);
  });

  it("tells the backends that a scenario is never run on", () => {
    const text =
      'const once = { without: { sim: "x" } } as const;\nconst odd = test ? once : {};\n' +
      'scenario("DEMO-1", "x", { ...once, flags: 1 }, body);\nscenario("DEMO-2", "x", odd, body);' +
      'scenario("DEMO-3", "x", body);';
    expect(cited(text).map(({ without }) => without)).toEqual([["sim"], [], []]);
  });

  it("is no citation inside of a string or comment", () => {
    expect(cited('const text = \'scenario("DEMO-1", "x")\'; // scenario("DEMO-2", "y")')).toEqual(
      [],
    );
  });

  it("is read from a comment above a test, with the test's title", () => {
    const text = '//= DEMO-1, DEMO-2\n// Because.\nit("does it", () => {});';
    expect(cited(text, "backends/emulator/demo.test.ts")).toEqual([
      expect.objectContaining({ kind: "test", ids: ["DEMO-1", "DEMO-2"], title: "does it" }),
    ]);
  });

  it("is read from a comment in code", () => {
    expect(cited("  //= DEMO-1\n  return 0;", "backends/emulator/demo.ts")).toEqual([
      expect.objectContaining({ kind: "code", ids: ["DEMO-1"], line: 1, title: undefined }),
    ]);
  });

  it("without a literal id is shown as unknown", () => {
    expect(unknownIds([chapter()], cited('scenario(rule, "x", body);'))).toHaveLength(1);
  });
});

describe("the check", () => {
  it("refuses an id that no chapter has", () => {
    const wrong = unknownIds([chapter(["DEMO-1"])], cited('scenario("DEMO-1 DEMO-9", "x", body);'));
    expect(wrong).toEqual([expect.stringContaining(":1 cites DEMO-9")]);
  });

  it("refuses an id in prose if its chapter exists and the rule does not", () => {
    const text = "// as in DEMO-9 (DEMO-1, UTF-8, x-DEMO-7)";
    const wrong = staleMentions([chapter(["DEMO-1"])], mentionsIn({ path: "a.ts", text }));
    expect(wrong).toEqual(["a.ts:1 mentions DEMO-9, which is no rule"]);
  });

  it("refuses a list of ids without commas in a comment", () => {
    const chapters = [chapter(["DEMO-1"], ["DEMO-2"])];
    expect(unknownIds(chapters, cited("//= DEMO-1 DEMO-2"))).toHaveLength(1);
  });

  it("refuses a rule with neither a test nor a reason", () => {
    const chapters = [chapter(["DEMO-1"], ["DEMO-2", TO_DO], ["DEMO-3"])];
    const all = proofs(chapters, cited('scenario("DEMO-1", "x", body);'));
    expect(unprovenRules(all)).toEqual([expect.stringContaining("DEMO-3")]);
  });

  it("does not take code for a test", () => {
    const all = proofs([chapter(["DEMO-1"])], cited("//= DEMO-1", "backends/emulator/demo.ts"));
    expect(unprovenRules(all)).toHaveLength(1);
  });

  it("refuses a chapter of which the emulator cites fewer rules than were recorded", () => {
    const chapters = [chapter(["DEMO-1"], ["DEMO-2"])];
    const one = cited("//= DEMO-1", "backends/emulator/demo.ts");
    expect(lostCitations(chapters, one, { DEMO: 1 })).toEqual([]);
    expect(lostCitations(chapters, one, { DEMO: 2 })).toHaveLength(1);
    expect(lostCitations(chapters, one, {})).toHaveLength(1);
    expect(lostCitations(chapters, cited("//= DEMO-2", "src/x.ts"), { DEMO: 1 })).toHaveLength(1);
  });

  it("refuses a mark on a rule that has a test", () => {
    const chapters = [chapter(["DEMO-1", TO_DO], ["DEMO-2", TO_DO])];
    const all = proofs(chapters, cited('scenario("DEMO-1", "x", body);'));
    expect(staleMarks(all)).toEqual([expect.stringContaining("DEMO-1")]);
  });

  it("refuses an id that is used twice or belongs elsewhere", () => {
    const wrong = malformedIds([chapter(["DEMO-1"], ["DEMO-1"], ["OTHER-1"], ["DEMO-01"])]);
    expect(wrong).toHaveLength(3);
  });
});
