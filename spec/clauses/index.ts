/**
 * The numbered specification: every chapter, and the rule that an id names.
 *
 * Adding a chapter is one import and one line of CHAPTERS; the pages in docs/spec/ and the checks
 * in property-tests/clauses follow by themselves.
 */
import { ASYNC } from "./async.ts";
import { CANCELLATION } from "./cancellation.ts";
import { COMPLETION } from "./completion.ts";
import { DRAIN } from "./drain.ts";
import { ENTER } from "./enter.ts";
import { ERRORS } from "./errors.ts";
import { LINK_TIMEOUTS } from "./link-timeouts.ts";
import { LINKS } from "./links.ts";
import { MEMORY } from "./memory.ts";
import { NONDETERMINISM } from "./nondeterminism.ts";
import { POLL } from "./poll.ts";
import { REGISTRATION } from "./registration.ts";
import { RESTRICTIONS } from "./restrictions.ts";
import { SETUP } from "./setup.ts";
import { SKIP } from "./skip.ts";
import { SQ_THREAD } from "./sq-thread.ts";
import { SUBMISSION } from "./submission.ts";
import { SYNC_CANCELLATION } from "./sync-cancellation.ts";
import { TASKS } from "./tasks.ts";
import { TEARDOWN } from "./teardown.ts";
import { TIMEOUTS } from "./timeouts.ts";
import type { Chapter, Clause } from "./types.ts";

/** The chapters in reading order. */
export const CHAPTERS: readonly Chapter[] = [
  SETUP,
  MEMORY,
  SUBMISSION,
  ERRORS,
  ENTER,
  COMPLETION,
  LINKS,
  LINK_TIMEOUTS,
  DRAIN,
  SKIP,
  ASYNC,
  TIMEOUTS,
  CANCELLATION,
  SYNC_CANCELLATION,
  POLL,
  SQ_THREAD,
  TASKS,
  REGISTRATION,
  RESTRICTIONS,
  TEARDOWN,
  NONDETERMINISM,
];

const CLAUSES_BY_ID: ReadonlyMap<string, Clause> = new Map(
  CHAPTERS.flatMap((chapter) => chapter.clauses.map((row) => [row.id, row] as const)),
);

/** The rule with this id ("CANCEL-4"), or undefined when there is none. */
export function clause(id: string): Clause | undefined {
  return CLAUSES_BY_ID.get(id);
}
