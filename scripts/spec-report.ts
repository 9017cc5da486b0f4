/**
 * `npm run spec:report`: the numbered rules, their tests on each backend, and what is open.
 *
 * How often a scenario runs on a backend is asked of vitest, so a backend that is missing here
 * shows as 0. The exit status is 1 when a citation names no rule, when a rule has neither a test
 * nor a reason, or when a mark is no longer true.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { findCitations } from "../property-tests/clauses/citations.ts";
import { countTests, report, type BackendCounts } from "../property-tests/clauses/report.ts";
import {
  malformedIds,
  proofs,
  staleMarks,
  unknownIds,
  unprovenRules,
} from "../property-tests/clauses/verdict.ts";
import { CHAPTERS } from "../spec/index.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** The names of all scenarios, as vitest would run them. */
function scenarioNames(): string[] {
  const folder = mkdtempSync(join(tmpdir(), "safer-ring-report-"));
  const list = join(folder, "list.json");
  const projects = ["--project", "conformance-sim", "--project", "conformance-native"];
  try {
    execFileSync(
      process.execPath,
      ["node_modules/vitest/vitest.mjs", "list", `--json=${list}`, ...projects],
      { cwd: ROOT, stdio: ["ignore", "ignore", "inherit"] },
    );
    return (JSON.parse(readFileSync(list, "utf8")) as { name: string }[]).map(({ name }) => name);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Both backends are shown, also one that has no test. */
function backendCounts(): BackendCounts {
  const none: BackendCounts = new Map([
    ["sim", new Map()],
    ["native", new Map()],
  ]);
  return new Map([...none, ...countTests(scenarioNames())]);
}

const citations = findCitations(ROOT);
console.log(report(CHAPTERS, citations, backendCounts()));

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
