/**
 * `npm run spec -- CANCEL-4 [--backend sim|native]`: shows one rule and runs its tests.
 *
 * Without --backend its scenarios run on both kernels, and so do the other tests that cite it.
 * The exit status is that of the tests, or 1 when the rule has none.
 */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { findCitations, type Citation } from "../property-tests/clauses/citations.ts";
import { clause, type Clause } from "../spec/index.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const USAGE = "usage: npm run spec -- CANCEL-4 [--backend sim|native]";
const BACKENDS = ["sim", "native"];

/** Prints why nothing can be run, and ends. */
function stop(reason: string): never {
  console.error(reason);
  process.exit(1);
}

function show({ id, rule, observable, source, since, until, open }: Clause): void {
  console.log(`${id}  ${rule}\n  seen by the program: ${observable}`);
  console.log(`  source: ${source.join(", ")}`);
  if (since !== undefined) console.log(`  since ${since}`);
  if (until !== undefined) console.log(`  until ${until}`);
  if (open !== undefined) console.log(`  no test (${open.kind}): ${open.reason}`);
}

function quoted(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
}

/** Runs the tests of `files` whose whole name matches, in these projects of vitest. */
function run(projects: readonly string[], files: readonly string[], name: string): boolean {
  const { status } = spawnSync(
    process.execPath,
    [
      "node_modules/vitest/vitest.mjs",
      "run",
      ...projects.flatMap((project) => ["--project", project]),
      ...new Set(files),
      "--testNamePattern",
      name,
    ],
    { cwd: ROOT, stdio: "inherit" },
  );
  return status === 0;
}

function runScenarios(
  id: string,
  cited: readonly Citation[],
  backends: readonly string[],
): boolean {
  const files = cited.filter(({ kind }) => kind === "scenario").map(({ path }) => path);
  if (files.length === 0) return true;
  const projects = backends.map((backend) => `conformance-${backend}`);
  return run(projects, files, `^(?:[A-Z]+-\\d+ )*${id}[ :]`);
}

function runOthers(cited: readonly Citation[]): boolean {
  const others = cited.filter(({ kind }) => kind === "test");
  if (others.length === 0) return true;
  const titles = others.map(({ title }) => quoted(title ?? ""));
  const files = others.map(({ path }) => path);
  return run(["unit", "property"], files, `(?:${titles.join("|")})(?: \\[\\w+\\])?$`);
}

const { values, positionals } = parseArgs({
  options: { backend: { type: "string" } },
  allowPositionals: true,
});
const [id = "", ...more] = positionals;
const { backend } = values;
if (more.length > 0 || (backend !== undefined && !BACKENDS.includes(backend))) stop(USAGE);
const rule = clause(id) ?? stop(id === "" ? USAGE : `${id} is no rule: see docs/spec`);

show(rule);
const cited = findCitations(ROOT).filter(({ ids, kind }) => ids.includes(id) && kind !== "code");
if (cited.length === 0) stop(`${id} has no test`);
const passed = runScenarios(id, cited, backend === undefined ? BACKENDS : [backend]);
const othersPassed = backend !== undefined || runOthers(cited);
if (!passed || !othersPassed) process.exitCode = 1;
