/**
 * What `safer-ring cp` draws on a terminal: the child gets a real one from script(1), and what
 * it wrote there is looked at as bytes.
 */
import { readdirSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeEach, describe, expect, inject, it } from "vitest";
import { Build, ended, hasProgram, makeBareBuild, makeFolder, nativeWorks } from "./command.ts";

const native = await nativeWorks();
const build = new Build(inject("build"));
const hasTerminal = hasProgram("script", "-qec", "true", "/dev/null");
if (!hasTerminal) console.log("skipped what needs a terminal: there is no script(1)");

const HIDE = "\u001b[?25l";
const SHOW = "\u001b[?25h";
const NO_WRAP = "\u001b[?7l";
const WRAP = "\u001b[?7h";
const MEBIBYTE = 2 ** 20;

let folder: string;
beforeEach(() => {
  folder = makeFolder();
  writeFileSync(join(folder, "source"), "");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function grow(bytes: number): void {
  truncateSync(join(folder, "source"), bytes);
}

/** The command line that runs the words on a terminal of 100 columns, behind its process id. */
function onTerminal(words: readonly string[]): string[] {
  const quoted = words.map((word) => `'${word}'`).join(" ");
  return ["script", "-qec", `stty cols 100; sh -c 'echo $$; exec "$@"' sh ${quoted}`, "/dev/null"];
}

/** The cursor is to be seen again, and lines wrap again. */
function expectRestored(output: string): void {
  expect(output.lastIndexOf(SHOW)).toBeGreaterThan(output.lastIndexOf(HIDE));
  expect(output.lastIndexOf(WRAP)).toBeGreaterThan(output.lastIndexOf(NO_WRAP));
}

/** What stays on the last lines when the terminal has done as it was told. */
function remains(output: string): string {
  // The last thing the bar does is to clear its line.
  const afterBar = output.split("\u001b[2K").at(-1) ?? "";
  return afterBar.replaceAll("\r\n", "\n");
}

describe.skipIf(!native || !hasTerminal)("cp on a terminal", () => {
  it("shows how far it is, and takes that away before the summary", async () => {
    grow(3 * MEBIBYTE);
    const words = build.words("cp", "--verify", "source", "copy");

    const { code, output } = await build.runProgram(onTerminal(words), { cwd: folder });

    expect(code).toBe(0);
    expect(output).toContain(HIDE);
    expect(output).toMatch(/\[?[#-]+\]? \d+% {2}\d+\.\d of 3\.0 MiB, \d+ MiB\/s {2}\w+/);
    expectRestored(output);
    expect(remains(output)).toMatch(
      /^'source' -> 'copy': 3145728 bytes in .* native\)\nverified: every byte is the same\n$/,
    );
  });

  it("gives the cursor back when it is interrupted", async () => {
    grow(2 ** 40);
    const words = build.words("cp", "--block-size", "4K", "--depth", "1", "source", "copy");
    const [file = "", ...rest] = onTerminal(words);
    const child = build.startProgram([file, ...rest], { cwd: folder });
    let output = "";
    child.stdout?.on("data", (text: Buffer) => {
      output += text.toString();
    });
    while (child.exitCode === null && !/ [1-9]\d*\.\d of /.test(output)) await sleep(10);

    process.kill(Number(/^\d+/.exec(output)?.[0]), "SIGINT");
    await ended(child);

    expectRestored(output);
    expect(remains(output)).toContain("safer-ring: interrupted; 'copy' is as it was\n");
    expect(readdirSync(folder)).toEqual(["source"]);
  });

  it("takes the bar away before it says what failed", async () => {
    grow(2 * MEBIBYTE);
    const script = join(folder, "limited");
    writeFileSync(script, `#!/bin/sh\nulimit -f 512\nexec "$@"\n`, { mode: 0o755 });

    const { code, output } = await build.runProgram(
      onTerminal([script, ...build.words("cp", "source", "copy")]),
      { cwd: folder },
    );

    expect(code).toBe(1);
    expectRestored(output);
    expect(remains(output)).toMatch(/^safer-ring: cannot write 'copy': file too large \(EFBIG\)\n/);
  });

  it.each([
    ["with --quiet", ["--quiet"], {}],
    ["on a terminal that cannot move its cursor", [], { TERM: "dumb" }],
  ])("draws nothing %s", async (_when, options, env) => {
    grow(3 * MEBIBYTE);
    const words = build.words("cp", ...options, "source", "copy");

    const { output } = await build.runProgram(onTerminal(words), { cwd: folder, env });

    expect(output).not.toContain("\u001b");
  });
});

describe.skipIf(!hasTerminal)("cp on a terminal without the library that draws", () => {
  const bare = new Build(makeBareBuild());
  afterAll(() => rmSync(bare.folder, { recursive: true, force: true }));

  it("copies without a bar", async () => {
    grow(3 * MEBIBYTE);
    const words = bare.words("cp", "--backend", "sim", "source", "copy");

    const { code, output } = await bare.runProgram(onTerminal(words), { cwd: folder });

    expect(code).toBe(0);
    expect(output).not.toContain("\u001b");
    expect(output).toContain("'source' -> 'copy': 3145728 bytes in ");
  });
});
