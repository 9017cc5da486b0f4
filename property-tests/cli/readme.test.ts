/**
 * The README is true: its commands run, its programs compile and run, its links lead somewhere,
 * its tables say what the code says.
 */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import ts from "typescript";
import { afterEach, beforeEach, describe, expect, inject, it } from "vitest";
import { OPCODES } from "../../spec/opcodes.ts";
import { isAtLeast, type KernelVersion } from "../../spec/kernel-version.ts";
import { NEEDS } from "../../src/cli/needs.ts";
import { FileHandle, Listener, Ring, Socket } from "../../src/index.ts";
import { Build, makeFolder, nativeWorks, ROOT } from "./command.ts";

const native = await nativeWorks();
const build = new Build(inject("build"));

const readme = readFileSync(join(ROOT, "README.md"), "utf8");
const manifest = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as {
  readonly scripts: Readonly<Record<string, string>>;
};

/** The code blocks of one language. */
function blocks(text: string, language: string): string[] {
  const fence = new RegExp(`^\`\`\`${language}\n([^]*?)^\`\`\`$`, "gm");
  return [...text.matchAll(fence)].map(([, body = ""]) => body);
}

/** The commands of the shell blocks, comments taken off, `a && b` as two. */
const commands = blocks(readme, "sh")
  .flatMap((block) => block.split("\n"))
  .flatMap((line) => line.replace(/\s+#.*$/, "").split(" && "))
  .filter((command) => command !== "");

/** Commands in the text: `npm run build`. */
const mentioned = [...readme.matchAll(/`(npm run [\w:]+)`/g)].map(([, command = ""]) => command);

let folder: string;
beforeEach(() => {
  folder = makeFolder();
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe("the commands of the README", () => {
  it("are found by this test", () => {
    expect(commands).toContain("npm ci");
    expect(commands.some((command) => command.startsWith("npx safer-ring cp"))).toBe(true);
    expect(mentioned).toContain("npm run build");
  });

  it.each([...commands, ...mentioned].filter((each) => each.startsWith("npm ")))(
    "%s is a script of the package, or npm's own",
    (command) => {
      const [, verb = "", name = ""] = command.split(" ");
      if (verb === "ci") expect(existsSync(join(ROOT, "package-lock.json"))).toBe(true);
      else expect(manifest.scripts).toHaveProperty([verb === "run" ? name : verb]);
    },
  );

  it.skipIf(!native).each(commands.filter((each) => !each.startsWith("npm ")))(
    "%s runs",
    async (command) => {
      writeFileSync(join(folder, "SRC"), "bytes");
      const [npx, name, ...args] = command.split(" ");
      expect([npx, name]).toEqual(["npx", "safer-ring"]);

      const ended = await build.run(args, { cwd: folder });

      expect(ended).toMatchObject({ code: 0, errors: "" });
      if (args.includes("DST")) expect(readFileSync(join(folder, "DST"), "utf8")).toBe("bytes");
    },
  );
});

/** What the compiler says about a program that stands in the checkout. */
function complaints(program: string): string[] {
  const { config } = ts.readConfigFile(join(ROOT, "tsconfig.json"), (path) =>
    ts.sys.readFile(path),
  );
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, ROOT);
  const file = join(ROOT, "readme-example.ts");
  const host = ts.createCompilerHost(options);
  const { readFile, fileExists } = host;
  host.readFile = (path) => (path === file ? program : readFile(path));
  host.fileExists = (path) => path === file || fileExists(path);
  const getSourceFile = host.getSourceFile.bind(host);
  host.getSourceFile = (path, ...rest) =>
    path === file
      ? ts.createSourceFile(path, program, ts.ScriptTarget.ES2022, true)
      : getSourceFile(path, ...rest);
  const found = ts.getPreEmitDiagnostics(ts.createProgram([file], options, host));
  return found.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n"));
}

/** Runs a program as a user of the package would: in a folder where it is installed. */
async function runExample(program: string): Promise<string> {
  const compilerOptions = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 };
  const { outputText } = ts.transpileModule(program, { compilerOptions });
  // Below the build's package.json `safer-ring` is the build itself.
  const home = mkdtempSync(join(build.folder, "example-"));
  writeFileSync(join(home, "example.js"), outputText);
  const ended = await build.runProgram([process.execPath, join(home, "example.js")]);
  expect(ended).toMatchObject({ code: 0, errors: "" });
  return ended.output;
}

const programs = blocks(readme, "ts");

describe("the programs of the README", () => {
  it("are found by this test, the first with 15 lines at most", () => {
    expect(programs).toHaveLength(3);
    expect(programs[0]?.trimEnd().split("\n").length).toBeLessThanOrEqual(15);
  });

  it.each(programs)("compile: %s", (program) => {
    expect(complaints(program)).toEqual([]);
  });

  it("would be seen if they did not compile", () => {
    const [first = "", second = ""] = programs;
    const inFlight = "submitRead(ring, file, buffer, { position: 0 });";

    expect(complaints(first.replace("position: 0", 'position: "0"'))).not.toEqual([]);
    expect(second).toContain(inFlight);
    expect(complaints(second.replace(inFlight, `${inFlight} buffer.bytes.length;`))).not.toEqual(
      [],
    );
    expect(complaints(second.replace(inFlight, `${inFlight} ${inFlight}`))).not.toEqual([]);
  });

  it.skipIf(!native)("run: the first prints what it read", async () => {
    const [first = ""] = programs;
    const text = readFileSync("/etc/hostname", "utf8");

    expect(await runExample(first)).toBe(`${text.length} ${text}\n`);
  });

  it.skipIf(!native)("run: the second prints how much it read", async () => {
    const [, second = ""] = programs;

    expect(await runExample(second)).toBe(`${readFileSync("/etc/hostname").length}\n`);
  });

  it("run: the third explores every schedule and finds nothing", async () => {
    const [, , third = ""] = programs;

    expect(await runExample(third)).toMatch(/^[1-9]\d* true undefined\n$/);
  });
});

/** The anchors of a Markdown text, as GitHub makes them. */
function anchors(text: string): string[] {
  return [...text.matchAll(/^#+ (.*)$/gm)].map(([, title = ""]) =>
    title
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-"),
  );
}

const documents = ["README.md", ...readdirSync(join(ROOT, "docs")).map((name) => `docs/${name}`)];

describe("the links of the documents", () => {
  const links = documents
    .filter((path) => path.endsWith(".md"))
    .flatMap((path) =>
      [...readFileSync(join(ROOT, path), "utf8").matchAll(/\]\(([^)\s]+)\)/g)].map(
        ([, link = ""]) => [path, link] as const,
      ),
    )
    .filter(([, link]) => !link.startsWith("https://"));

  it.each(links)("%s: %s leads somewhere", (from, link) => {
    const [path = "", anchor] = link.split("#");
    const target = path === "" ? join(ROOT, from) : join(ROOT, dirname(from), path);

    expect(existsSync(target)).toBe(true);
    if (anchor !== undefined) expect(anchors(readFileSync(target, "utf8"))).toContain(anchor);
  });
});

/** Every file of the sources, by its path and by its name alone. */
const tops = ["src", "spec", "backends", "property-tests", "type-tests", "docs", "bench"];
const sources = tops.flatMap((top) => [
  top,
  ...readdirSync(join(ROOT, top), { recursive: true, encoding: "utf8" }).map(
    (path) => `${top}/${path}`,
  ),
]);

/** What is made, and so is not in a checkout. */
const MADE = ["dist/"];

describe("the files that the documents name", () => {
  const named = documents
    .filter((path) => path.endsWith(".md"))
    .flatMap((path) =>
      [...readFileSync(join(ROOT, path), "utf8").matchAll(/`([\w./-]+(?:\.ts|\/))`/g)]
        .map(([, name = ""]) => [path, name] as const)
        .filter(([, name]) => !MADE.includes(name)),
    );

  it.each(named)("%s: %s is there", (_path, name) => {
    const path = name.endsWith("/") ? name.slice(0, -1) : name;

    expect(sources.some((source) => `/${source}`.endsWith(`/${path}`))).toBe(true);
  });
});

/** The cells of the rows of the table that begins with this head. */
function table(head: string): string[][] {
  const lines = readme.split("\n");
  const start = lines.findIndex((line) => line.startsWith(`| ${head} `));
  const end = lines.findIndex((line, index) => index > start && !line.startsWith("|"));
  return lines.slice(start + 2, end).map((line) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

describe("the tables of the README", () => {
  it("name only error codes that exist", () => {
    const source = readFileSync(join(ROOT, "src/errors.ts"), "utf8");
    const codes = readme.match(/ERR_RING_\w+/g) ?? [];

    expect(codes.length).toBeGreaterThan(8);
    expect(codes.filter((code) => !source.includes(`| "${code}"`))).toEqual([]);
  });

  it("name every opcode that the library uses, and no other", () => {
    const named = table("call").flatMap(([, opcodes = ""]) => opcodes.split(", "));

    expect([...new Set(named)].sort()).toEqual(Object.keys(NEEDS).sort());
  });

  it("name calls that exist", () => {
    const calls = table("call").flatMap(([names = ""]) => names.match(/`\w+`/g) ?? []);
    const prototypes = [Ring, FileHandle, Socket, Listener].map((type) => type.prototype as object);
    const isCall = (name: string): boolean => prototypes.some((prototype) => name in prototype);

    const unknown = calls.map((call) => call.slice(1, -1)).filter((name) => !isCall(name));
    expect(unknown).toEqual(["signal"]); // an option of them all
  });

  it.each(table("call"))("say which Linux has %s", (_calls, opcodes = "", linux = "") => {
    const since = opcodes
      .split(", ")
      .map((name) => OPCODES.find((row) => row.name === `IORING_OP_${name}`)?.since);
    const latest = since.reduce<KernelVersion>(
      (late, each) => (each !== undefined && isAtLeast(each, late) ? each : late),
      "5.1",
    );

    expect(linux).toBe(latest);
  });
});
