/**
 * The numbered specification: every chapter, and the rule that an id names.
 *
 * Adding a chapter is one import and one line of CHAPTERS; the pages in docs/spec/ and the checks
 * in property-tests/clauses follow by themselves.
 */
import { SYNC_CANCELLATION } from "./sync-cancellation.ts";
import type { Chapter, Clause } from "./types.ts";

/** The chapters in reading order. */
export const CHAPTERS: readonly Chapter[] = [SYNC_CANCELLATION];

const CLAUSES_BY_ID: ReadonlyMap<string, Clause> = new Map(
  CHAPTERS.flatMap((chapter) => chapter.clauses.map((row) => [row.id, row] as const)),
);

/** The rule with this id ("CANCEL-4"), or undefined when there is none. */
export function clause(id: string): Clause | undefined {
  return CLAUSES_BY_ID.get(id);
}
