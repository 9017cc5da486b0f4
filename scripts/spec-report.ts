/**
 * `npm run spec:report`: the numbered rules, their tests on each backend, and what is open.
 *
 * The numbers are those of the source: nothing is run. The exit status is 1 when a citation names
 * no rule, when a rule has neither a test nor a reason, or when a mark is no longer true.
 */
import { fileURLToPath } from "node:url";
import { findCitations } from "../property-tests/clauses/citations.ts";
import { report } from "../property-tests/clauses/report.ts";
import {
  malformedIds,
  proofs,
  staleMarks,
  unknownIds,
  unprovenRules,
} from "../property-tests/clauses/verdict.ts";
import { CHAPTERS } from "../spec/index.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

const citations = findCitations(ROOT);
console.log(report(CHAPTERS, citations));

const all = proofs(CHAPTERS, citations);
const wrong = [
  ...malformedIds(CHAPTERS),
  ...unknownIds(CHAPTERS, citations),
  ...unprovenRules(all),
  ...staleMarks(all),
];
for (const line of wrong) console.error(line);
console.log(`${all.length} rules, ${citations.length} citations, ${wrong.length} wrong`);
if (wrong.length > 0) process.exitCode = 1;
