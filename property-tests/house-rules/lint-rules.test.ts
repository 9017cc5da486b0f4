/**
 * The lint configuration refuses what it is there to refuse.
 *
 * ESLint is given texts under the names of existing files (typed rules need a file of the
 * project), and must name the rule. The same text where it is allowed must pass that rule.
 */
import { ESLint } from "eslint";
import { describe, expect, test } from "vitest";
import { ROOT } from "./cruise.ts";

const eslint = new ESLint({ cwd: ROOT });

/** The rules that a text breaks, under the name of an existing file. */
async function broken(file: string, text: string): Promise<(string | null)[]> {
  const [result] = await eslint.lintText(text, { filePath: file });
  return result!.messages.map(({ ruleId }) => ruleId);
}

/** The globals that are refused in a file, which need not exist. */
async function globalsBanned(file: string): Promise<string[]> {
  const config = (await eslint.calculateConfigForFile(file)) as {
    rules: Record<string, [number, ...{ name: string }[]] | undefined>;
  };
  const [severity = 0, ...banned] = config.rules["no-restricted-globals"] ?? [];
  return severity === 2 ? banned.map(({ name }) => name) : [];
}

const PURE = "backends/emulator/host/host.ts";
const ANY = "src/backend.ts";

describe("in a folder that must give the same result every time", () => {
  test.each([
    ["the time of day", "export const x: number = Date.now();", "no-restricted-globals"],
    [
      "the time since start",
      "export const x: number = performance.now();",
      "no-restricted-globals",
    ],
    ["a timer", "setTimeout(() => undefined, 1);", "no-restricted-globals"],
    ["a repeated timer", "setInterval(() => undefined, 1);", "no-restricted-globals"],
    ["a turn of the event loop", "setImmediate(() => undefined);", "no-restricted-globals"],
    [
      "a message channel",
      "export const x: object = new MessageChannel();",
      "no-restricted-globals",
    ],
    ["Math.random", "export const x: number = Math.random();", "no-restricted-properties"],
    ["destructured Math.random", "export const { random } = Math;", "no-restricted-properties"],
    ["crypto", "export const x: string = crypto.randomUUID();", "no-restricted-globals"],
    ["a way around", "export const x: number = globalThis.Date.now();", "no-restricted-properties"],
    ["Node's globals", "export const x: number = process.pid;", "no-restricted-globals"],
    ["Buffer", "export const x: Uint8Array = Buffer.alloc(1);", "no-restricted-globals"],
    ["a node: module", 'export { readFileSync } from "node:fs";', "no-restricted-imports"],
  ])("refuses %s", async (_what, text, rule) => {
    expect(await broken(PURE, text)).toContain(rule);
    expect(await broken(ANY, text)).not.toContain(rule);
  });

  test.each(["spec/x.ts", "src/queue/x.ts", "backends/emulator/x.ts", "backends/sim/x.ts"])(
    "%s is in such a folder",
    async (file) => {
      expect(await globalsBanned(file)).toEqual(
        expect.arrayContaining(["Date", "setTimeout", "setImmediate", "MessageChannel"]),
      );
    },
  );

  test("only the pump may turn the event loop, and still has no clock", async () => {
    const banned = await globalsBanned("backends/sim/pump.ts");

    expect(banned).toEqual(expect.arrayContaining(["Date", "setTimeout", "process"]));
    expect(banned).not.toContain("setImmediate");
    expect(banned).not.toContain("MessageChannel");
  });

  test("a test may use what it likes", async () => {
    expect(await globalsBanned("backends/sim/x.test.ts")).toEqual([]);
  });
});

describe("anywhere", () => {
  const lines = (count: number): string => "  f();\n".repeat(count);

  test.each([
    [
      "a promise that nobody waits for",
      "async function f(): Promise<void> {}\nf();",
      "@typescript-eslint/no-floating-promises",
    ],
    [
      "one that is waved through with void",
      "async function f(): Promise<void> {}\nvoid f();",
      "@typescript-eslint/no-floating-promises",
    ],
    [
      "a thenable of our own",
      "interface T { then(done: (x: number) => void, failed: () => void): void }\n" +
        "declare function f(): T;\nf();",
      "@typescript-eslint/no-floating-promises",
    ],
    ["any", "export const x: any = 1;", "@typescript-eslint/no-explicit-any"],
    [
      "a non-null assertion",
      "export const f = (x: number[]): number => x[0]!;",
      "@typescript-eslint/no-non-null-assertion",
    ],
    ["a default export", "export default 1;", "no-restricted-exports"],
    [
      "a computed import",
      "export const f = (x: string): object => import(x);",
      "no-restricted-syntax",
    ],
    ["an enum", "export enum E { A }", "no-restricted-syntax"],
    ["printing", 'console.log("x");', "no-console"],
    [
      "a function of 71 lines",
      `export function f(): void {\n${lines(69)}}`,
      "max-lines-per-function",
    ],
    ["a file of 601 lines", lines(601), "max-lines"],
    [
      "nine parameters",
      "export function f(a: 1, b: 1, c: 1, d: 1, e: 1, f: 1, g: 1, h: 1, i: 1): void {}",
      "max-params",
    ],
  ])("refuses %s", async (_what, text, rule) => {
    expect(await broken(ANY, text)).toContain(rule);
  });

  test.each([
    ["a function of 70 lines", `export function f(): void {\n${lines(68)}}`],
    ["a read of ring memory", "export const f = (x: Uint32Array): number => x[0] as number;"],
    ["bits", "export const f = (x: number): number => (x << 2) | (x >>> 3);"],
    [
      "a loop with an index",
      "export function f(x: Uint8Array): number {\n  let n = 0;\n" +
        "  for (let i = 0; i < x.length; i++) n += x[i] as number;\n  return n;\n}",
    ],
    [
      "a loop that its body ends",
      "export function f(): void {\n  while (true) {\n    break;\n  }\n}",
    ],
  ])("allows %s", async (_what, text) => {
    expect(await broken(ANY, text)).toEqual([]);
  });

  test("a test may assert that something is there", async () => {
    const text = "export const f = (x: number[]): number => x[0]!;";

    expect(await broken("property-tests/house-rules/lint-rules.test.ts", text)).toEqual([]);
  });
});
