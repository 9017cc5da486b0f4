/** What `npm run spec:report` prints: rules, their tests on each backend, and what is open. */
import type { Chapter, OpenMark } from "../../spec/index.ts";
import { BACKENDS, type Citation } from "./citations.ts";
import { citedInEmulator, proofs, unknownIds, type Proof } from "./verdict.ts";

/**
 * The whole report, as text. Scenarios are counted as they are written: one that runs on two kinds
 * of ring, or is registered in a loop, is one.
 */
export function report(chapters: readonly Chapter[], citations: readonly Citation[]): string {
  const all = proofs(chapters, citations);
  const without = all.filter(({ tests }) => tests.length === 0).map(({ clause }) => clause.id);
  return [
    section("rules by chapter", chapterLines(chapters, citations)),
    section("scenarios by rule and backend, other tests, code", ruleLines(all)),
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
  const head = ["prefix", "chapter", "rules", "tested", "to do", "exceptions", "in the emulator"];
  return table([head, ...rows, sum]);
}

function totals(rules: readonly Proof[]): string[] {
  const open = (kind: OpenMark["kind"]): number =>
    rules.filter(({ clause }) => clause.open?.kind === kind).length;
  const tested = rules.filter(({ tests }) => tests.length > 0).length;
  const cited = citedInEmulator(rules);
  const share = `${cited} (${Math.floor((100 * cited) / rules.length)} %)`;
  return [...[rules.length, tested, open("todo"), open("exception")].map(String), share];
}

function ruleLines(all: readonly Proof[]): string[] {
  const rows = all.map(({ clause, tests, code }) => [
    clause.id,
    ...BACKENDS.map((backend) => String(scenariosOn(backend, tests))),
    String(tests.filter(({ kind }) => kind === "test").length),
    String(code.length),
  ]);
  return table([["rule", ...BACKENDS, "other tests", "code"], ...rows]);
}

function scenariosOn(backend: string, tests: readonly Citation[]): number {
  return tests.filter(({ kind, without }) => kind === "scenario" && !without?.includes(backend))
    .length;
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
        /^\d+(?: \(\d+ %\))?$/.test(cell)
          ? cell.padStart(width(column))
          : cell.padEnd(width(column)),
      )
      .join("  ")
      .trimEnd(),
  );
}
