/**
 * `npm run spec:pages`: brings what follows from the tests up to date.
 *
 * Writes the pages of docs/spec, and takes the mark `open: NO_SCENARIO` off the rules that have
 * got a test. A test refuses pages and marks that are not what this script would leave.
 */
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { findCitations } from "../property-tests/clauses/citations.ts";
import { withoutMarks } from "../property-tests/clauses/marks.ts";
import { pages } from "../property-tests/clauses/pages.ts";
import { proofs } from "../property-tests/clauses/verdict.ts";
import { NO_SCENARIO } from "../spec/clauses/open.ts";
import { CHAPTERS, type Chapter } from "../spec/index.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const CLAUSES = join(ROOT, "spec", "clauses");
const PAGES = join(ROOT, "docs", "spec");

const citations = findCitations(ROOT);
const tested = new Set(
  proofs(CHAPTERS, citations)
    .filter(({ tests }) => tests.length > 0)
    .map(({ clause }) => clause.id),
);

for (const name of readdirSync(CLAUSES)) {
  const path = join(CLAUSES, name);
  const text = readFileSync(path, "utf8");
  const renewed = withoutMarks(text, tested);
  if (renewed !== text) writeFileSync(path, renewed);
}

/** The chapters as the files now say: a rule with a test has no mark. */
const chapters = CHAPTERS.map((chapter): Chapter => ({
  ...chapter,
  clauses: chapter.clauses.map(({ open, ...clause }) =>
    open === undefined || (tested.has(clause.id) && open === NO_SCENARIO)
      ? clause
      : { ...clause, open },
  ),
}));

rmSync(PAGES, { recursive: true, force: true });
mkdirSync(PAGES, { recursive: true });
for (const [name, text] of pages(chapters, citations)) writeFileSync(join(PAGES, name), text);
