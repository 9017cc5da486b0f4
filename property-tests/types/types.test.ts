/**
 * The ownership types, as a consumer meets them: what type-tests/fail says holds for the
 * built declarations, and the type tests turn red when a declaration loses what they test.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BuiltPackage, type Replacement } from "./built-package.ts";
import { compileFail } from "./compile-fail.ts";

const BUILD_MILLISECONDS_MAX = 120_000;

let built: BuiltPackage;
beforeAll(() => {
  built = new BuiltPackage();
}, BUILD_MILLISECONDS_MAX);
afterAll(() => built.remove());

describe("the compile-fail check", () => {
  function check(...lines: readonly string[]): string[] {
    const folder = mkdtempSync(join(built.folder, "check-"));
    const file = join(folder, "program.ts");
    writeFileSync(file, lines.join("\n"));
    const problems = compileFail([file]);
    rmSync(folder, { recursive: true });
    return problems.map((problem) => problem.slice(file.length + 2));
  }

  it("accepts a program that fails as it is marked, and nowhere else", () => {
    expect(
      check(
        "export const right: number = 1;",
        "export const wrong: number = 'a'; // expect TS2322 /'string' is not assignable/",
      ),
    ).toEqual([]);
  });

  it("refuses a marked line that compiles", () => {
    expect(check("export const right: number = 1; // expect TS2322 /string/")).toEqual([
      "line 1 does not fail with TS2322 /string/",
    ]);
  });

  it("refuses an error where no mark is", () => {
    expect(check("export const wrong: number = 'a';")).toEqual([
      "line 1 fails with TS2322: Type 'string' is not assignable to type 'number'.",
    ]);
  });

  it("refuses another error than the marked one", () => {
    expect(check("export const wrong = missing; // expect TS2322 /.+/")).toEqual([
      "line 1 fails with TS2304: Cannot find name 'missing'.",
      "line 1 does not fail with TS2322 /.+/",
    ]);
  });

  it("refuses the marked error for another reason than the marked one", () => {
    expect(check("export const wrong: number = 'a'; // expect TS2322 /in flight/")).toEqual([
      "line 1 fails with TS2322: Type 'string' is not assignable to type 'number'.",
      "line 1 does not fail with TS2322 /in flight/",
    ]);
  });

  it("refuses a mark that pins no reason", () => {
    expect(check("export const wrong: number = 'a'; // expect TS2322")).toContain(
      "line 1 has a mark that says nothing",
    );
  });
});

describe("the built declarations", () => {
  it("refuse each marked line of type-tests/fail for the marked reason", () => {
    expect(built.compileFail()).toEqual([]);
  });

  it("are what tsd has nothing against", async () => {
    expect(await built.tsd("ownership", "identity")).toEqual([]);
  });
});

describe("the programs in the documents", () => {
  it.each(["README.md", "docs/types.md"])("of %s compile, or fail as they are marked", (name) => {
    const { programs, problems } = built.checkDocument(name);

    expect(problems).toEqual([]);
    expect(programs).toBeGreaterThan(0);
  });
});

/** One way to damage the declarations, and the file for tsd that must notice as well. */
interface Damage {
  readonly what: string;
  readonly replacements: readonly Replacement[];
  readonly noticedBy?: string;
}

const DAMAGES: readonly Damage[] = [
  {
    what: "the bytes of a buffer in flight stay reachable",
    replacements: [[/readonly bytes: never;/g, ""]],
    noticedBy: "ownership",
  },
  {
    what: "a submitted buffer is not narrowed",
    replacements: [[/asserts buffer is [^;]+;/g, "void;"]],
    noticedBy: "ownership",
  },
  {
    what: "an operation takes a buffer in flight",
    replacements: [[/ \? "this buffer is in flight[^"]+" : unknown/g, " ? unknown : unknown"]],
  },
  {
    what: "one of several buffers in flight goes unnoticed",
    replacements: [[/Buffers & MustAllBeOwned<Buffers>/g, "Buffers"]],
  },
  {
    what: "a buffer has a completion before it was submitted",
    replacements: [
      [/get owned\(\): boolean;/g, "get owned(): boolean; get completion(): Promise<unknown>;"],
    ],
  },
  {
    what: "neither brand nor variance tells rings apart",
    replacements: [
      [/readonly \[ringIdentity\]: Id;/g, ""],
      [/in out Id/g, "Id"],
    ],
    noticedBy: "identity",
  },
];

describe("the type tests turn red when", () => {
  it.each(DAMAGES)("$what", async ({ replacements, noticedBy }) => {
    await built.damaged(replacements, async () => {
      expect(built.compileFail()).not.toEqual([]);
      if (noticedBy !== undefined) expect(await built.tsd(noticedBy)).not.toEqual([]);
    });
  });

  it("and they are green again when it is repaired", () => {
    expect(built.compileFail()).toEqual([]);
  });
});
