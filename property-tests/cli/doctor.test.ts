/** `safer-ring doctor` and the rest of the command, where io_uring works and where it does not. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeEach, describe, expect, inject, it } from "vitest";
import { SYS_IO_URING_SETUP } from "../../backends/native/system-calls.ts";
import { ENOSYS, EPERM } from "../../spec/errno.ts";
import {
  Build,
  type Ended,
  ended,
  makeBareBuild,
  makeFolder,
  nativeWorks,
  ROOT,
} from "./command.ts";

const native = await nativeWorks();
const build = new Build(inject("build"));

const KEYS = [
  ...["backend", "available", "reason", "remedy", "missing", "kernel", "node", "opcodes"],
  ...["features", "setupFlags", "memlockBytes", "ioUringDisabled", "ioUringGroup", "seccomp"],
  ...["systemAdministrator", "groups", "container"],
];

let folder: string;
beforeEach(() => {
  folder = makeFolder();
  writeFileSync(join(folder, "source"), "bytes");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function parsed({ output }: Ended): Record<string, unknown> {
  return JSON.parse(output) as Record<string, unknown>;
}

describe.skipIf(!native)("doctor where io_uring works", () => {
  it("says so first, and exits with 0", async () => {
    const result = await build.run(["doctor"]);

    expect(result).toMatchObject({ code: 0, errors: "" });
    expect(result.output).toMatch(/^io_uring {6}can be used: io_uring works on Linux /);
    for (const label of ["kernel", "node", "sysctl", "seccomp", "memlock", "opcodes", "features"]) {
      expect(result.output).toMatch(new RegExp(`^${label} +\\S`, "m"));
    }
  });

  it("prints 80 columns into a pipe", async () => {
    const { output } = await build.run(["doctor"]);

    const widths = output.split("\n").map((line) => line.length);
    expect(Math.max(...widths)).toBeLessThanOrEqual(80);
  });

  it("prints JSON with its keys, and nothing else", async () => {
    const result = await build.run(["doctor", "--json"]);

    expect(result).toMatchObject({ code: 0, errors: "" });
    expect(Object.keys(parsed(result))).toEqual(KEYS);
    expect(parsed(result)).toMatchObject({
      backend: "native",
      available: true,
      remedy: null,
      node: process.version,
      opcodes: expect.arrayContaining(["NOP", "READ", "WRITE"]),
    });
  });

  it("ends quietly when nobody reads its output", async () => {
    const child = build.start(["doctor"]);
    child.stdout?.destroy(); // long before the child has something to write

    expect(await ended(child)).toMatchObject({ code: 0, errors: "" });
  });

  it("gives the first line to a reader of one line", async () => {
    const words = ["sh", "-c", '"$@" | head -n 1', "sh", ...build.words("doctor")];

    const result = await build.runProgram(words);

    expect(result).toMatchObject({ code: 0, errors: "" });
    expect(result.output.split("\n")).toHaveLength(2);
  });

  it("fails when its report could not be written", async () => {
    const words = ["sh", "-c", '"$@" > /dev/full', "sh", ...build.words("doctor", "--json")];

    const result = await build.runProgram(words);

    expect(result.code).toBe(1);
    expect(result.errors).toMatch(/^safer-ring: cannot write to standard output: ENOSPC: /);
  });
});

describe.skipIf(!native)("where a seccomp filter blocks io_uring", () => {
  const blocked = (errno: number, ...args: readonly string[]): Promise<Ended> =>
    build.runChild("blocked-command", [`${SYS_IO_URING_SETUP}`, `${errno}`, ...args], {
      cwd: folder,
    });

  it.each([
    ["forbids", EPERM, "EPERM"],
    ["hides", ENOSYS, "ENOSYS"],
  ])("and %s it, doctor says so and what to do, with exit code 1", async (verb, errno, name) => {
    const result = await blocked(errno, "doctor");

    expect(result).toMatchObject({ code: 1, errors: "" });
    const text = result.output.replaceAll(/\s+/g, " ");
    expect(text).toContain(
      `io_uring cannot be used: io_uring_setup gave ${name}: a seccomp filter ${verb} it`,
    );
    expect(text).toMatch(/what to do \S.*io_uring_setup, io_uring_enter and io_uring_register/);
    expect(text).toContain("until then the simulated kernel");
  });

  it("doctor prints the same keys as where it works", async () => {
    const result = await blocked(EPERM, "doctor", "--json");

    expect(result.code).toBe(1);
    expect(Object.keys(parsed(result))).toEqual(KEYS);
    expect(parsed(result)).toMatchObject({
      backend: null,
      available: false,
      missing: null,
      opcodes: [],
      seccomp: "filter",
    });
  });

  it.each(["auto", "native"])("cp --backend %s fails with the reason", async (backend) => {
    const result = await blocked(EPERM, "cp", "--backend", backend, "source", "copy");

    expect(result).toMatchObject({ code: 1, output: "" });
    expect(result.errors).toMatch(
      /^safer-ring: the native backend cannot be used: io_uring_setup gave EPERM: a seccomp /,
    );
    expect(result.errors).toMatch(/\n'safer-ring doctor' tells more\. cp --backend sim works /);
    expect(readdirSync(folder)).toEqual(["source"]);
  });

  it("cp --backend sim copies", async () => {
    const result = await blocked(EPERM, "cp", "--backend", "sim", "--verify", "source", "copy");

    expect(result).toMatchObject({ code: 0, errors: "" });
    expect(readFileSync(join(folder, "copy"), "utf8")).toBe("bytes");
  });
});

describe("where no optional dependency is installed", () => {
  const bare = new Build(makeBareBuild());
  afterAll(() => rmSync(bare.folder, { recursive: true, force: true }));

  it("doctor says what is missing and how to get it", async () => {
    const result = await bare.run(["doctor"]);

    expect(result).toMatchObject({ code: 1, errors: "" });
    expect(result.output).toMatch(
      /^io_uring {6}cannot be used: the optional dependency koffi is not installed\n/,
    );
    expect(result.output).toContain("npm install koffi");
  });

  it("cp says so too", async () => {
    const result = await bare.run(["cp", "source", "copy"], { cwd: folder });

    expect(result.code).toBe(1);
    expect(result.errors).toContain("the optional dependency koffi is not installed");
    expect(result.errors).toContain("npm install koffi");
  });

  it("cp --backend sim copies", async () => {
    const result = await bare.run(["cp", "--backend", "sim", "source", "copy"], { cwd: folder });

    expect(result).toMatchObject({ code: 0, errors: "" });
    expect(readFileSync(join(folder, "copy"), "utf8")).toBe("bytes");
  });
});

describe("the command", () => {
  it.each([
    ["help"],
    ["--help"],
    ["-h"],
    ["cp", "--help"],
    ["cp", "a", "-h"],
    ["doctor", "--help"],
  ])("explains itself: %s %s", async (...args) => {
    const result = await build.run(args.filter((word) => typeof word === "string"));

    expect(result).toMatchObject({ code: 0, errors: "" });
    for (const word of ["doctor [--json]", "--verify", "--backend", "--no-sync", "Exit code"]) {
      expect(result.output).toContain(word);
    }
    expect(Math.max(...result.output.split("\n").map((line) => line.length))).toBeLessThan(100);
  });

  it("does not mistake a file name for a wish for help", async () => {
    mkdirSync(join(folder, "into"));
    writeFileSync(join(folder, "--help"), "");

    await build.run(["cp", "--backend", "sim", "--", "--help", "into"], { cwd: folder });

    expect(existsSync(join(folder, "into/--help"))).toBe(true);
  });

  it.each(["version", "--version"])("tells its version: %s", async (word) => {
    const { version } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as {
      readonly version: string;
    };

    expect(await build.run([word])).toMatchObject({ code: 0, output: `${version}\n`, errors: "" });
  });
});
