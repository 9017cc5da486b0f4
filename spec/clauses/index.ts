/**
 * The numbered specification: every chapter, and the rule that an id names.
 *
 * Adding a chapter is one import and one line of CHAPTERS; the pages in docs/spec/ and the checks
 * in property-tests/clauses follow by themselves.
 */
import { ASYNC } from "./async.ts";
import { CANCELLATION } from "./cancellation.ts";
import { COMMANDS } from "./commands.ts";
import { COMPLETION } from "./completion.ts";
import { DRAIN } from "./drain.ts";
import { ENTER } from "./enter.ts";
import { EPOLL } from "./epoll.ts";
import { ERRORS } from "./errors.ts";
import { FILES } from "./files.ts";
import { FUTEX } from "./futex.ts";
import { LINK_TIMEOUTS } from "./link-timeouts.ts";
import { LINKS } from "./links.ts";
import { MEMORY } from "./memory.ts";
import { MESSAGES } from "./messages.ts";
import { MULTISHOT } from "./multishot.ts";
import { NONDETERMINISM } from "./nondeterminism.ts";
import { NOP } from "./nop.ts";
import { OWNERSHIP } from "./ownership.ts";
import { POLL } from "./poll.ts";
import { PROVIDED_BUFFERS } from "./provided-buffers.ts";
import { READ_WRITE } from "./read-write.ts";
import { REGISTERED_BUFFERS } from "./registered-buffers.ts";
import { REGISTERED_FILES } from "./registered-files.ts";
import { REGISTRATION } from "./registration.ts";
import { RESTRICTIONS } from "./restrictions.ts";
import { SETUP } from "./setup.ts";
import { SKIP } from "./skip.ts";
import { SOCKETS } from "./sockets.ts";
import { SQ_THREAD } from "./sq-thread.ts";
import { SUBMISSION } from "./submission.ts";
import { SYNC_CANCELLATION } from "./sync-cancellation.ts";
import { TASKS } from "./tasks.ts";
import { TEARDOWN } from "./teardown.ts";
import { TIMEOUTS } from "./timeouts.ts";
import { WAITID } from "./waitid.ts";
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
  MULTISHOT,
  REGISTERED_FILES,
  REGISTERED_BUFFERS,
  PROVIDED_BUFFERS,
  READ_WRITE,
  FILES,
  SOCKETS,
  EPOLL,
  COMMANDS,
  MESSAGES,
  FUTEX,
  WAITID,
  NOP,
  SQ_THREAD,
  TASKS,
  REGISTRATION,
  RESTRICTIONS,
  TEARDOWN,
  OWNERSHIP,
  NONDETERMINISM,
];

const CLAUSES_BY_ID: ReadonlyMap<string, Clause> = new Map(
  CHAPTERS.flatMap((chapter) => chapter.clauses.map((row) => [row.id, row] as const)),
);

/** The rule with this id ("CANCEL-4"), or undefined when there is none. */
export function clause(id: string): Clause | undefined {
  return CLAUSES_BY_ID.get(id);
}
