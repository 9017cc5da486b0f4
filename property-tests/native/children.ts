/**
 * Processes of their own for what cannot be tried inside the test runner: a process
 * that must end by itself, a seccomp filter, Workers that are killed.
 *
 * Child programs and the backend are transpiled to a folder of the checkout, because
 * Node 20 runs no TypeScript, and a Worker does not pass through the runner's loader.
 */
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const SOURCES = ["spec", "src", "backends/native", "property-tests/native/children"];
const CHILD_MILLISECONDS_MAX = 60_000;

export interface ChildResult {
  /** The exit status, or undefined when a signal ended the child. */
  readonly status: number | undefined;
  readonly signal: string | undefined;
  readonly output: string;
  readonly errors: string;
}

/** A transpiled copy of the backend and the child programs. */
export class ChildPrograms {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** Where the project's dependencies are found. */
  static compile(): ChildPrograms {
    mkdirSync(join(ROOT, ".vitest"), { recursive: true });
    return ChildPrograms.#compileTo(mkdtempSync(join(ROOT, ".vitest", "children-")));
  }

  /** Where koffi is not found. */
  static compileWithoutDependencies(): ChildPrograms {
    return ChildPrograms.#compileTo(makeFolderWithoutDependencies());
  }

  static #compileTo(folder: string): ChildPrograms {
    writeFileSync(join(folder, "package.json"), '{"type":"module"}');
    transpileTo(folder, SOURCES);
    return new ChildPrograms(folder);
  }

  /** Runs `children/<name>.ts` with this Node. A child that hangs is killed after a minute. */
  run(name: string, ...values: readonly string[]): Promise<ChildResult> {
    return this.runUnder([], name, ...values);
  }

  /** The same, started by another program: `["sh", "-c", 'ulimit -n 64; exec "$@"', "sh"]`. */
  runUnder(
    starter: readonly string[],
    name: string,
    ...values: readonly string[]
  ): Promise<ChildResult> {
    const program = join(this.#folder, "property-tests/native/children", `${name}.js`);
    const [file = process.execPath, ...rest] = [...starter, process.execPath, program, ...values];
    return new Promise((resolve) => {
      const options = { timeout: CHILD_MILLISECONDS_MAX, killSignal: "SIGKILL" as const };
      const child = execFile(file, rest, options, (_error, output, errors) => {
        const { exitCode, signalCode } = child;
        resolve({ status: exitCode ?? undefined, signal: signalCode ?? undefined, output, errors });
      });
    });
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** A new folder from which koffi is not found. */
export function makeFolderWithoutDependencies(): string {
  const parent = ["/dev/shm", "/var/tmp", tmpdir()].find((folder) => !hasKoffi(folder));
  if (parent === undefined) throw new Error("koffi is found from every temporary folder");
  return mkdtempSync(join(parent, "safer-ring-children-"));
}

/** Transpiles whole folders of the checkout, tests left out, to the same places below `folder`. */
export function transpileTo(folder: string, sources: readonly string[]): void {
  for (const path of sources.flatMap((source) => sourceFiles(join(ROOT, source)))) {
    const target = join(folder, relative(ROOT, path)).replace(/\.ts$/, ".js");
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, transpile(readFileSync(path, "utf8")));
  }
}

function hasKoffi(folder: string): boolean {
  try {
    createRequire(join(folder, "any.js")).resolve("koffi");
    return true;
  } catch {
    return false;
  }
}

function sourceFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"))
    .map((name) => join(folder, name));
}

function transpile(source: string): string {
  const compilerOptions: ts.CompilerOptions = {
    module: ts.ModuleKind.ESNext,
    target: ts.ScriptTarget.ES2022,
    verbatimModuleSyntax: true,
    rewriteRelativeImportExtensions: true,
  };
  return ts.transpileModule(source, { compilerOptions }).outputText;
}
