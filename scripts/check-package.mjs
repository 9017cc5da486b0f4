/**
 * Checks the package as a user gets it: packed, and nothing of the checkout in reach.
 *
 * publint and attw judge the tarball; then each entry point is imported from the unpacked
 * package, in a folder where koffi is not installed, because koffi is optional.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));

/**
 * Runs a command and lets its output through.
 *
 * @param {string} command
 * @param {string[]} args
 * @param {string} [cwd]
 * @returns {boolean} whether it succeeded
 */
function run(command, args, cwd = root) {
  console.log(`$ ${command} ${args.join(" ")}`);
  return spawnSync(command, args, { cwd, stdio: "inherit" }).status === 0;
}

/**
 * Packs the project into `folder`.
 *
 * @param {string} folder
 * @returns {string | undefined} the tarball
 */
function pack(folder) {
  const packed = spawnSync(
    "npm",
    ["pack", "--ignore-scripts", "--silent", "--pack-destination", folder],
    { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] },
  );
  const name = packed.stdout.trim().split("\n").at(-1);
  return packed.status === 0 && name ? join(folder, name) : undefined;
}

/**
 * Unpacks the tarball as an installed package and imports every entry point of it.
 *
 * @param {string} tarball
 * @param {string} folder
 * @returns {boolean} whether all could be imported
 */
function importAll(tarball, folder) {
  const { name, exports } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const home = join(folder, "user", "node_modules", name);
  mkdirSync(home, { recursive: true });
  // An empty folder ends the search for koffi here, should a folder further up have one.
  mkdirSync(join(folder, "user", "node_modules", "koffi"));
  if (!run("tar", ["-xzf", tarball, "-C", home, "--strip-components=1"])) return false;
  const entries = Object.keys(exports).filter((entry) => entry !== "./package.json");
  const program = join(folder, "user", "import-all.mjs");
  const lines = entries.map((entry) => `await import(${JSON.stringify(join(name, entry))});`);
  writeFileSync(
    program,
    [...lines, `console.log("${entries.length} entry points load");`].join("\n"),
  );
  return run(process.execPath, [program], folder);
}

const folder = mkdtempSync(join(tmpdir(), "safer-ring-package-"));
try {
  const tarball = pack(folder);
  const results = tarball
    ? [
        run("publint", ["--strict", tarball]),
        run("attw", ["--profile", "esm-only", tarball]),
        importAll(tarball, folder),
      ]
    : [false];
  process.exitCode = results.every(Boolean) ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
