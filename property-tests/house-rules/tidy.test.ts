/**
 * The house rules hold in every file of the project, and each check of them can fail: before it
 * is believed about the project, it is shown texts that break the rule and texts that do not.
 */
import { describe, expect, test } from "vitest";
import { ROOT } from "./cruise.ts";
import * as tidy from "./tidy.ts";

const files = tidy.sourceFiles(ROOT);

/** One rule: its check, what it must complain about, and what it must let pass. */
interface Rule {
  readonly title: string;
  readonly check: (file: tidy.SourceFile) => string[];
  readonly wrong: readonly (readonly [path: string, text: string])[];
  readonly right: readonly (readonly [path: string, text: string])[];
}

const wide = "x".repeat(101);

const RULES: readonly Rule[] = [
  {
    title: "no line is longer than 100 columns",
    check: tidy.longLines,
    wrong: [
      ["src/a.ts", `// ${wide}`],
      ["a.md", wide],
      ["src/a.ts", `| ${wide}`],
    ],
    right: [
      ["src/a.ts", wide.slice(1)],
      ["src/a.ts", "é".repeat(100)],
      ["a.md", `| ${wide} |`],
      ["a.md", `[x](https://example.org/${wide})`],
    ],
  },
  {
    title: "a Markdown file has one title, and begins with it",
    check: tidy.wrongTitles,
    wrong: [
      ["a.md", "text"],
      ["a.md", "# One\n\n# Two\n"],
      ["a.md", "text\n\n# Late\n"],
    ],
    right: [
      ["a.md", "# One\n\n## Part\n"],
      ["a.md", "# One\n\n```sh\n# a comment\n```\n"],
      ["a.ts", "text"],
    ],
  },
  {
    title: "nothing is left to do",
    check: tidy.unfinishedWork,
    wrong: [
      ["a.ts", "// TO" + "DO: write"],
      ["a.md", "FIX" + "ME"],
    ],
    right: [["a.ts", "// mkdtemp XXXXXX, todo list"]],
  },
  {
    title: "nothing names a machine or a registry",
    check: tidy.machineNames,
    wrong: [
      ["a.ts", 'const x = "/wo' + 'rk/main";'],
      ["a.md", "see /ro" + "ot/x"],
      ["package-lock.json", "https://regis" + "try.npmjs.org/x"],
    ],
    right: [
      ["a.ts", "framework/x, home/work/x, /rooted/x"],
      ["a.md", "the registry. Then"],
    ],
  },
  {
    title: "a rule is switched off with a reason",
    check: tidy.unexplainedExceptions,
    wrong: [
      ["a.ts", "// eslint" + "-disable-next-line eqeqeq"],
      ["a.ts", "// @ts" + "-ignore"],
    ],
    right: [["a.ts", "// eslint-disable-next-line eqeqeq -- null and undefined alike"]],
  },
  {
    title: "every export of the library has a doc comment",
    check: tidy.undocumentedExports,
    wrong: [
      ["src/a.ts", "export function f(): void {}"],
      ["src/a.ts", "export const A = 1;"],
      ["spec/a.ts", "export const A = [1];"],
      ["src/a.ts", "/** A. */\nexport class A {}\nexport interface B {}"],
      ["src/a.ts", "// not a doc comment\nexport type A = 1;"],
    ],
    right: [
      ["src/a.ts", "/** Does nothing. */\nexport function f(): void {}"],
      ["src/a.ts", "/** Twice. */\nexport function f(x: 1): 1;\nexport function f(x: 2): 2;"],
      ["src/a.ts", "function f(): void {}"],
      ["src/a.test.ts", "export const A = 1;"],
      ["spec/a.ts", "export const A = 1;\nexport const B = -1;\nexport const C = A | (1 << 3);"],
      ["bench/a.ts", "export const A = 1;"],
    ],
  },
  {
    title: "nothing is exported by default",
    check: tidy.defaultExports,
    wrong: [
      ["a.ts", "export default 1;"],
      ["a.ts", "export default function f() {}"],
      ["a.ts", "const a = 1; export { a as default };"],
      ["a.ts", 'export { default } from "./b.ts";'],
    ],
    right: [
      ["a.ts", "export const a = 1;"],
      ["a.ts", 'import b from "b";'],
      ["vitest.config.ts", "export default 1;"],
    ],
  },
];

test("the files of the project are found, and nothing that is generated", () => {
  const paths = files.map(({ path }) => path);

  expect(paths).toEqual(
    expect.arrayContaining([
      "package.json",
      ".ci/run",
      ".gitignore",
      "src/backend.ts",
      "spec/abi/sqe.ts",
      "property-tests/house-rules/tidy.test.ts",
    ]),
  );
  expect(paths.filter((path) => /node_modules|^dist\//.test(path))).toEqual([]);
});

describe.each(RULES)("$title", ({ check, wrong, right }) => {
  test.each(wrong)("the check complains about %s: %j", (path, text) => {
    expect(check({ path, text })).toHaveLength(1);
  });

  test.each(right)("the check accepts %s: %j", (path, text) => {
    expect(check({ path, text })).toEqual([]);
  });

  test("it holds in the project", () => {
    expect(files.flatMap((file) => check(file))).toEqual([]);
  });
});

describe("every export of the library is used by another file", () => {
  const user = { path: "src/b.ts", text: "f();" };

  test("the check complains about an export that only its own file names", () => {
    const file = { path: "src/a.ts", text: "export function f(): void {}\nexport const g = f;" };

    expect(tidy.unusedExports([file, user])).toEqual([
      "src/a.ts exports g, which no other file names",
    ]);
  });

  test("the check accepts what an entry point declares, a type, and what is not exported", () => {
    const type = { path: "src/a.ts", text: "export type G = 1;" };
    const entry = { path: "src/index.ts", text: "export const g = 1;" };
    const inner = { path: "src/a.ts", text: "const g = 1;" };

    const star = { path: "src/index.ts", text: 'export * from "./sub/c.ts";' };
    const passedOn = { path: "src/sub/c.ts", text: "export const h = 1;" };

    expect(tidy.unusedExports([star, passedOn])).toEqual([]);
    expect(tidy.unusedExports([user, passedOn])).toHaveLength(1);
    expect(tidy.unusedExports([entry, user])).toEqual([]);
    expect(tidy.unusedExports([type, user])).toEqual([]);
    expect(tidy.unusedExports([inner, user])).toEqual([]);
  });

  test("it holds in the project", () => {
    expect(tidy.unusedExports(files)).toEqual([]);
  });
});
