/**
 * `npm run spec -- CANCEL-4 [--backend sim|native]`: shows one rule and runs its tests.
 *
 * Without --backend its scenarios run on both kernels, and so do the other tests that cite it.
 * With it only the scenarios run; a rule without any has its other tests run, which are not of one
 * backend. The exit status is that of the tests, 1 when the rule has none, and 2 when the
 * arguments cannot be understood.
 */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { BACKENDS, findCitations, type Citation } from "../property-tests/clauses/citations.ts";
import { clause, type Clause } from "../spec/index.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const USAGE = "usage: npm run spec -- CANCEL-4 [--backend sim|native]";

/** Prints why the arguments cannot be understood, and ends. */
function misused(reason?: string): never {
  if (reason !== undefined) console.error(reason);
  console.error(`${USAGE}\nThe rules are listed in docs/spec/README.md.`);
  process.exit(2);
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

/** Runs the tests of `files` whose whole name matches `name`, in these projects of vitest. */
function run(projects: readonly string[], files: readonly string[], name?: string): boolean {
  const { status } = spawnSync(
    process.execPath,
    [
      "node_modules/vitest/vitest.mjs",
      "run",
      ...projects.flatMap((project) => ["--project", project]),
      ...new Set(files),
      ...(name === undefined ? [] : ["--testNamePattern", name]),
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
  const files = cited.map(({ path }) => path);
  const projects = backends.map((backend) => `conformance-${backend}`);
  return run(projects, files, `^(?:[A-Z]+-\\d+ )*${id}[ :]`);
}

/** Runs other tests, which know of no backend: all of a file where no title can be read. */
function runOthers(others: readonly Citation[]): boolean {
  const unnamed = others.filter(({ title }) => title === undefined).map(({ path }) => path);
  const named = others.filter(({ path }) => !unnamed.includes(path));
  const titles = named.map(({ title = "" }) => quoted(title)).join("|");
  const files = named.map(({ path }) => path);
  const projects = ["unit", "property"];
  const namedPassed = named.length === 0 || run(projects, files, `(?:${titles})(?: \\[\\w+\\])?$`);
  return (unnamed.length === 0 || run(projects, unnamed)) && namedPassed;
}

/** Says which tests these are. */
function list(others: readonly Citation[]): void {
  for (const { path, title } of others) console.log(`  ${path}: ${title ?? "the whole file"}`);
}

/** What the command line asks for. */
function asked(): { readonly id: string; readonly backend: string | undefined } {
  try {
    const { values, positionals } = parseArgs({
      options: { backend: { type: "string" } },
      allowPositionals: true,
    });
    const [id, ...more] = positionals;
    if (id !== undefined && more.length === 0) return { id, backend: values.backend };
  } catch (error) {
    misused(error instanceof Error ? error.message : String(error));
  }
  misused();
}

const { id, backend } = asked();
const backends: readonly string[] = backend === undefined ? BACKENDS : [backend];
if (backends.some((name) => !BACKENDS.includes(name))) misused(`no backend is called ${backend}`);
show(clause(id) ?? misused(`${id} is no rule`));

const tests = findCitations(ROOT).filter(({ ids, kind }) => ids.includes(id) && kind !== "code");
const scenarios = tests.filter(({ kind }) => kind === "scenario");
const others = tests.filter(({ kind }) => kind === "test");
let passed = tests.length > 0;
if (!passed) console.error(`${id} has no test`);
if (scenarios.length > 0) passed = runScenarios(id, scenarios, backends);
if (others.length > 0) {
  const skipped = backend !== undefined && scenarios.length > 0;
  const what = scenarios.length === 0 ? "It has no scenario, but other tests" : "Other tests";
  console.log(`${what}, which are not of one backend${skipped ? " (not run)" : ""}:`);
  list(others);
  if (!skipped && !runOthers(others)) passed = false;
}
if (!passed) process.exitCode = 1;
