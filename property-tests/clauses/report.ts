/** What `npm run spec:report` prints: rules, their tests on each backend, and what is open. */
import type { Chapter, OpenMark } from "../../spec/index.ts";
import type { Citation } from "./citations.ts";
import { proofs, unknownIds, type Proof } from "./verdict.ts";

/** How often the scenarios of a rule run on one backend: for each id the number of tests. */
export type TestCounts = ReadonlyMap<string, number>;

/** Counts for each backend by name: "sim", "native". */
export type BackendCounts = ReadonlyMap<string, TestCounts>;

const SCENARIO_NAME = /^((?:[A-Z]+-\d+ ?)+): .* \[(\w+), /s;

/**
 * Counts the tests that vitest found, by their names: "CANCEL-1 CANCEL-2: title [sim, plain ring]".
 * A name of another form is no scenario and is left out.
 */
export function countTests(names: readonly string[]): BackendCounts {
  const counts = new Map<string, Map<string, number>>();
  for (const name of names) {
    const [, ids, backend] = SCENARIO_NAME.exec(name) ?? [];
    if (ids === undefined || backend === undefined) continue;
    const ofBackend = counts.get(backend) ?? new Map<string, number>();
    counts.set(backend, ofBackend);
    for (const id of ids.split(" ")) ofBackend.set(id, (ofBackend.get(id) ?? 0) + 1);
  }
  return counts;
}

/** The whole report, as text. */
export function report(
  chapters: readonly Chapter[],
  citations: readonly Citation[],
  backends: BackendCounts,
): string {
  const all = proofs(chapters, citations);
  const without = all.filter(({ tests }) => tests.length === 0).map(({ clause }) => clause.id);
  return [
    section("rules by chapter", chapterLines(chapters, citations)),
    section("tests by rule", ruleLines(all, backends)),
    section("rules without a test", [without.length === 0 ? "none" : without.join(" ")]),
    section("to do", openLines(all, "todo")),
    section("exceptions", openLines(all, "exception")),
    section("unknown ids cited", orNone(unknownIds(chapters, citations))),
  ].join("\n");
}

function chapterLines(chapters: readonly Chapter[], citations: readonly Citation[]): string[] {
  const rows = chapters.map((chapter) => {
    const rules = proofs([chapter], citations);
    return [chapter.prefix, chapter.title, ...totals(rules)];
  });
  const sum = ["", "all", ...totals(proofs(chapters, citations))];
  return table([["prefix", "chapter", "rules", "tested", "to do", "exceptions"], ...rows, sum]);
}

function totals(rules: readonly Proof[]): string[] {
  const open = (kind: OpenMark["kind"]): number =>
    rules.filter(({ clause }) => clause.open?.kind === kind).length;
  const tested = rules.filter(({ tests }) => tests.length > 0).length;
  return [rules.length, tested, open("todo"), open("exception")].map(String);
}

function ruleLines(all: readonly Proof[], backends: BackendCounts): string[] {
  const names = [...backends.keys()].sort();
  const rows = all.map(({ clause, tests, code }) => [
    clause.id,
    ...names.map((name) => String(backends.get(name)?.get(clause.id) ?? 0)),
    String(tests.filter(({ kind }) => kind === "test").length),
    String(code.length),
  ]);
  return table([["rule", ...names, "other tests", "code"], ...rows]);
}

function openLines(all: readonly Proof[], kind: OpenMark["kind"]): string[] {
  return orNone(
    all.flatMap(({ clause: { id, open } }) =>
      open?.kind === kind ? [`${id.padEnd(14)}${open.reason}`] : [],
    ),
  );
}

function orNone(lines: string[]): string[] {
  return lines.length === 0 ? ["none"] : lines;
}

function section(title: string, lines: readonly string[]): string {
  return [`=== ${title}`, ...lines, ""].join("\n");
}

/** Rows with columns of one width: text to the left, numbers to the right. */
function table(rows: readonly (readonly string[])[]): string[] {
  const width = (column: number): number =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0));
  return rows.map((row) =>
    row
      .map((cell, column) =>
        /^\d+$/.test(cell) ? cell.padStart(width(column)) : cell.padEnd(width(column)),
      )
      .join("  ")
      .trimEnd(),
  );
}
