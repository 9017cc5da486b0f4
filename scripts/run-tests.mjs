/**
 * `npm test`: every check of the project, one after the other.
 *
 * A failing step does not stop the next one, so that one run shows everything that is wrong.
 * A summary follows, and the last line is always `N passed, N failed`, where each test of vitest
 * counts as one and each other step as one.
 *
 *   node scripts/run-tests.mjs [--also-node=PATH]...
 *
 * `--also-node` repeats the tests (not the static checks) under another Node.js.
 */
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { stripVTControlCharacters } from "node:util";

const root = fileURLToPath(new URL("..", import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), "safer-ring-tests-"));

/**
 * @typedef {object} Outcome
 * @property {number} passed
 * @property {number} failed
 * @property {number} skipped
 * @property {string[]} failures a line for each failed test: its file, its title, its message
 *
 * @typedef {object} Step
 * @property {string} name
 * @property {string[]} command
 * @property {string} [report] where vitest leaves its JSON report, if this step is vitest
 */

/**
 * The steps, in the order in which they say most: a type error before the tests that it breaks.
 *
 * @param {string[]} otherNodes
 * @returns {Step[]}
 */
function plan(otherNodes) {
  return [
    { name: "format", command: ["prettier", "--check", "--log-level=warn", "."] },
    { name: "lint", command: ["eslint", "."] },
    { name: "dependency rule", command: ["depcruise", "."] },
    { name: "type check", command: ["tsc", "-p", "tsconfig.json"] },
    { name: "type check of scripts", command: ["tsc", "-p", "scripts/tsconfig.json"] },
    { name: "build", command: ["npm", "run", "--silent", "build"] },
    { name: "types", command: ["tsd", "--files", "type-tests/*.test-d.ts"] },
    { name: "package", command: [process.execPath, "scripts/check-package.mjs"] },
    vitest(process.execPath, process.version, []),
    ...otherNodes.map((node) => vitest(node, versionOf(node), BEHAVIOUR)),
  ];
}

/**
 * @param {string} node
 * @returns {string} what `node --version` prints, or its path if it does not run
 */
function versionOf(node) {
  return spawnSync(node, ["--version"], { encoding: "utf8" }).stdout?.trim() || node;
}

/** What can differ from one Node.js to the next: the house rules cannot. */
const BEHAVIOUR = ["--project=!house-rules"];

/**
 * @param {string} node
 * @param {string} label
 * @param {string[]} more
 * @returns {Step}
 */
function vitest(node, label, more) {
  const report = join(scratch, `vitest-${label.replaceAll(/\W+/g, "-")}.json`);
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
  return {
    name: `tests, Node.js ${label}`,
    command: [node, "node_modules/vitest/vitest.mjs", "run", ...reporters, ...more],
    report,
  };
}

/**
 * Runs one step with its output let through.
 *
 * @param {Step} step
 * @returns {Promise<boolean>} whether it exited with 0
 */
function run({ command: [file = "", ...args] }) {
  const path = [join(root, "node_modules", ".bin"), dirname(process.execPath), process.env["PATH"]];
  return new Promise((resolve) => {
    const child = spawn(file, args, {
      cwd: root,
      stdio: ["ignore", "inherit", "inherit"],
      env: { ...process.env, PATH: path.join(delimiter) },
    });
    child.on("error", (error) => {
      console.error(error.message);
      resolve(false);
    });
    child.on("close", (code) => resolve(code === 0));
  });
}

/**
 * The first lines of a message, without colours: what a summary has room for.
 *
 * @param {string | undefined} message
 */
function gist(message = "") {
  return stripVTControlCharacters(message).split("\n").slice(0, 12).join("\n    ");
}

/**
 * Reads what vitest counted. A file that could not be loaded, or an error outside of any test,
 * has no test of its own to fail, and must not be lost: it counts as one failure.
 *
 * @param {string} report
 * @param {boolean} succeeded
 * @returns {Outcome}
 */
function counted(report, succeeded) {
  let json;
  try {
    json = JSON.parse(readFileSync(report, "utf8"));
  } catch {
    return { passed: 0, failed: 1, skipped: 0, failures: ["no report was written"] };
  }
  const failures = json.testResults.flatMap(failuresOf);
  if (failures.length === 0 && !succeeded) failures.push("an error outside of any test");
  return {
    passed: json.numPassedTests,
    failed: failures.length,
    skipped: json.numPendingTests + json.numTodoTests,
    failures,
  };
}

/**
 * @param {any} file one of vitest's `testResults`
 * @returns {string[]}
 */
function failuresOf({ name, status, message, assertionResults }) {
  const failed = assertionResults.filter((/** @type {any} */ test) => test.status === "failed");
  if (failed.length === 0) return status === "failed" ? [`${name}: ${gist(message)}`] : [];
  return failed.map(
    (/** @type {any} */ test) =>
      `${relative(root, name)} > ${test.fullName}\n    ${gist(test.failureMessages[0])}`,
  );
}

/**
 * @param {Step} step
 * @returns {Promise<Outcome & { name: string, seconds: number }>}
 */
async function perform(step) {
  console.log(`\n=== ${step.name}`);
  const start = performance.now();
  const succeeded = await run(step);
  const seconds = (performance.now() - start) / 1000;
  const outcome = step.report
    ? counted(step.report, succeeded)
    : { passed: succeeded ? 1 : 0, failed: succeeded ? 0 : 1, skipped: 0, failures: [] };
  return { name: step.name, seconds, ...outcome };
}

const otherNodes = process.argv
  .slice(2)
  .filter((argument) => argument.startsWith("--also-node="))
  .map((argument) => argument.slice("--also-node=".length));

/** @type {(Outcome & { name: string, seconds: number })[]} */
const rows = [];
try {
  for (const step of plan(otherNodes)) rows.push(await perform(step));
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

console.log("\n=== summary");
const width = Math.max(...rows.map(({ name }) => name.length));
for (const { name, seconds, passed, failed, skipped } of rows) {
  const verdict = failed > 0 ? "FAILED" : "ok";
  const counts = `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
  console.log(
    `${verdict.padEnd(6)}  ${name.padEnd(width)}  ${seconds.toFixed(1).padStart(6)} s  ${counts}`,
  );
}

// Named once more at the end: whoever reads a log reads its end first.
for (const failure of rows.flatMap((row) => row.failures)) console.log(`\nFAILED  ${failure}`);

const sum = (/** @type {"passed" | "failed"} */ key) =>
  rows.reduce((total, row) => total + row[key], 0);
process.exitCode = sum("failed") > 0 ? 1 : 0;
console.log(`\n${sum("passed")} passed, ${sum("failed")} failed`);
