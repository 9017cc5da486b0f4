/**
 * Runs dependency-cruiser with the project's own configuration on a tree: the real one, or one
 * that a test has written.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { cruise, type ICruiseResult } from "dependency-cruiser";
import extractOptions from "dependency-cruiser/config-utl/extract-depcruise-options";
import extractTypeScriptOptions from "dependency-cruiser/config-utl/extract-ts-config";

/** The folder of package.json. */
export const ROOT: string = fileURLToPath(new URL("../..", import.meta.url));

/** One import that a rule refuses. */
export interface Refusal {
  readonly rule: string;
  readonly from: string;
  readonly to: string;
}

/** The names of all rules in the configuration. */
export async function ruleNames(): Promise<string[]> {
  const { ruleSet } = await extractOptions(join(ROOT, ".dependency-cruiser.cjs"));
  return (ruleSet?.forbidden ?? []).map((rule) => rule.name ?? "");
}

/**
 * How many files were read, and every import in them that a rule refuses.
 *
 * The resolver takes the `paths` of tsconfig.json from the working directory, whatever base it is
 * told, so the tree is the working directory meanwhile: one call at a time.
 */
export async function cruiseTree(tree: string): Promise<{ files: number; refusals: Refusal[] }> {
  const options = await extractOptions(join(ROOT, ".dependency-cruiser.cjs"));
  const before = process.cwd();
  process.chdir(tree);
  try {
    const tsConfig = extractTypeScriptOptions(join(tree, "tsconfig.json"));
    const { output } = await cruise(["."], options, undefined, { tsConfig });
    const { modules, summary } = output as ICruiseResult;
    return {
      files: modules.filter(({ source }) => /^(src|spec|backends)\//.test(source)).length,
      refusals: summary.violations.map(({ rule, from, to }) => ({ rule: rule.name, from, to })),
    };
  } finally {
    process.chdir(before);
  }
}

/** Writes `files` (path and text) below `tree`, with the project's tsconfig.json and a koffi. */
export function plantTree(tree: string, files: ReadonlyMap<string, string>): void {
  const all = new Map([
    ...files,
    ["tsconfig.json", readFileSync(join(ROOT, "tsconfig.json"), "utf8")],
    ["package.json", '{ "name": "safer-ring", "type": "module" }'],
    ["node_modules/koffi/package.json", '{ "name": "koffi", "main": "index.js" }'],
    ["node_modules/koffi/index.js", ""],
    ["node_modules/cli-progress/package.json", '{ "name": "cli-progress", "main": "index.js" }'],
    ["node_modules/cli-progress/index.js", ""],
    ["node_modules/other/package.json", '{ "name": "other", "main": "index.js" }'],
    ["node_modules/other/index.js", ""],
  ]);
  for (const [path, text] of all) {
    mkdirSync(dirname(join(tree, path)), { recursive: true });
    writeFileSync(join(tree, path), text);
  }
}
