/**
 * The package as a consumer's compiler sees it: its declarations, built anew into a
 * folder of their own, with the type tests beside them.
 *
 * The tests import "safer-ring" by name, and find the package.json that is nearest:
 * the copy's. So declarations can be damaged there, to see whether anybody notices.
 */
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type * as Tsd from "tsd";
import ts from "typescript";
import { compileFail } from "./compile-fail.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

// CommonJS with a default export: Node and the test runner do not agree on how to import that.
const tsd = (createRequire(import.meta.url)("tsd") as typeof Tsd.default).default;

/** A pattern with the flag `g`, and what stands there instead. */
export type Replacement = readonly [pattern: RegExp, replacement: string];

export class BuiltPackage {
  readonly folder: string;

  /** Takes some seconds. */
  constructor() {
    mkdirSync(join(ROOT, ".vitest"), { recursive: true });
    this.folder = mkdtempSync(join(ROOT, ".vitest", "package-"));
    cpSync(join(ROOT, "package.json"), join(this.folder, "package.json"));
    cpSync(join(ROOT, "type-tests"), join(this.folder, "type-tests"), { recursive: true });
    buildDeclarations(join(this.folder, "dist"));
  }

  /** The files of type-tests/fail that do not fail as they are marked, one line per line. */
  compileFail(): string[] {
    const folder = join(this.folder, "type-tests", "fail");
    return compileFail(readdirSync(folder).map((name) => join(folder, name)));
  }

  /**
   * The same for the programs in a document: each block of `ts`, as a module of its own.
   *
   * @returns how many there are, and what is wrong with them
   */
  checkDocument(name: string): { programs: number; problems: string[] } {
    const folder = mkdtempSync(join(this.folder, "document-"));
    const text = readFileSync(join(ROOT, name), "utf8");
    const files = [...text.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, program = ""], index) => {
      const file = join(folder, `program-${index + 1}.ts`);
      writeFileSync(file, program);
      return file;
    });
    return { programs: files.length, problems: compileFail(files) };
  }

  /** What tsd has against the named files of type-tests/. */
  async tsd(...names: readonly string[]): Promise<string[]> {
    const testFiles = names.map((name) => `type-tests/${name}.test-d.ts`);
    const diagnostics = await tsd({ cwd: this.folder, testFiles });
    return diagnostics.map(({ fileName, line, message }) => `${fileName}:${line}: ${message}`);
  }

  /**
   * Runs `body` with some text replaced wherever the declarations of src/ have it.
   *
   * @throws {Error} when they have it nowhere: the damage would be none
   */
  async damaged(replacements: readonly Replacement[], body: () => Promise<void>): Promise<void> {
    const sound = new Map<string, string>();
    for (const path of this.#declarations()) sound.set(path, readFileSync(path, "utf8"));
    const texts = new Map(sound);
    for (const [pattern, replacement] of replacements) {
      let found = false;
      for (const [path, text] of texts) {
        const next = text.replaceAll(pattern, replacement);
        found ||= next !== text;
        texts.set(path, next);
      }
      if (!found) throw new Error(`no declaration matches ${pattern}`);
    }
    for (const [path, text] of texts) writeFileSync(path, text);
    try {
      await body();
    } finally {
      for (const [path, text] of sound) writeFileSync(path, text);
    }
  }

  #declarations(): string[] {
    const folder = join(this.folder, "dist", "src");
    return readdirSync(folder, { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".d.ts"))
      .map((name) => join(folder, name));
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** As `npm run build` does, but declarations alone. */
function buildDeclarations(outDir: string): void {
  const path = join(ROOT, "tsconfig.build.json");
  const { config } = ts.readConfigFile(path, (name) => ts.sys.readFile(name)) as {
    config: unknown;
  };
  const { fileNames, options } = ts.parseJsonConfigFileContent(config, ts.sys, ROOT);
  const rootNames = fileNames.filter((name) => /\/(src|spec|backends)\//.test(name));
  const program = ts.createProgram(rootNames, {
    ...options,
    outDir,
    emitDeclarationOnly: true,
    declarationMap: false,
    sourceMap: false,
  });
  const { emitSkipped } = program.emit();
  if (emitSkipped) throw new Error("the declarations cannot be built");
}
