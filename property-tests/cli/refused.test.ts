/** What `safer-ring` refuses: nothing is touched, and the message says why and what to do. */
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, inject, it } from "vitest";
import { Build, type Ended, hasProgram, makeFolder, nativeWorks } from "./command.ts";

const native = await nativeWorks();
const isRoot = process.getuid?.() === 0;

const build = new Build(inject("build"));

let folder: string;
beforeEach(() => {
  folder = makeFolder();
  writeFileSync(join(folder, "source"), "source");
});
afterEach(() => {
  chmodSync(folder, 0o700);
  rmSync(folder, { recursive: true, force: true });
});

const at = (...names: readonly string[]): string => join(folder, ...names);

/** Every name in the folder, and what the files say. */
function snapshot(): Record<string, string> {
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" }).sort();
  return Object.fromEntries(
    names.map((name) => {
      const stats = statSync(at(name), { throwIfNoEntry: false });
      const text =
        stats?.isFile() === true && stats.size < 100 ? readFileSync(at(name), "utf8") : "";
      return [name, text];
    }),
  );
}

/** Runs `cp` and sees that it fails and touches nothing. */
async function refuse(
  args: readonly string[],
  code = 1,
  under: readonly string[] = [],
): Promise<Ended> {
  const before = snapshot();
  const ended = await build.run(["cp", ...args], { cwd: folder, under });
  expect(ended).toMatchObject({ code, signal: null, output: "" });
  expect(snapshot()).toEqual(before);
  expect(ended.errors).toMatch(/^safer-ring: /);
  expect(ended.errors).not.toMatch(/^ {4}at /m); // no stack
  return ended;
}

describe("cp refuses a source", () => {
  it.each([
    ["that is not there", "nothing", "cannot read 'nothing': no such file or directory (ENOENT)"],
    ["without a name", "", "cannot read '': no such file or directory (ENOENT)"],
    ["below a file", "source/x", "cannot read 'source/x': not a directory (ENOTDIR)"],
    ["that is standard input", "-", "cannot read '-': there is no file of that name"],
    ["that is a directory", ".", "'.' is a directory; cp copies regular files"],
    [
      "that never ends",
      "/dev/zero",
      "'/dev/zero' is a character device; cp copies regular files\nIt might never end.",
    ],
  ])("%s", async (_what, source, message) => {
    const { errors } = await refuse([source, "copy"]);

    expect(errors).toContain(`safer-ring: ${message}\n`);
  });

  it("that is a FIFO, without waiting for a writer", async () => {
    execFileSync("mkfifo", [at("fifo")]);

    const { errors } = await refuse(["fifo", "copy"]);

    expect(errors).toContain("'fifo' is a FIFO; cp copies regular files\nIt might never end.\n");
  });

  it("that is a socket", async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(at("socket"), resolve));

    const { errors } = await refuse(["socket", "copy"]);

    server.close();
    expect(errors).toContain("'socket' is a socket; cp copies regular files");
  });

  it("that is too large for the simulated kernel", async () => {
    truncateSync(at("source"), 2 ** 28 + 1);

    const { errors } = await refuse(["--backend", "sim", "source", "copy"]);

    expect(errors).toBe(
      "safer-ring: 'source' has more than 268435456 bytes, and the simulated kernel keeps its " +
        "files in memory\nUse --backend native.\n",
    );
  });
});

describe("cp refuses a destination", () => {
  it("that is the source", async () => {
    const { errors } = await refuse(["source", "./source"]);

    expect(errors).toContain("source and destination are the same file, './source'");
  });

  it("that is another name of the source", async () => {
    linkSync(at("source"), at("hard"));
    symlinkSync("source", at("soft"));

    expect((await refuse(["source", "hard"])).errors).toContain("the same file, 'hard'");
    expect((await refuse(["source", "soft"])).errors).toContain("the same file, 'soft'");
  });

  it("that is the source's own directory", async () => {
    expect((await refuse(["source", "."])).errors).toContain("the same file, 'source'");
  });

  it("that is a directory of the source's name in the directory", async () => {
    mkdirSync(at("into/source"), { recursive: true });

    const { errors } = await refuse(["source", "into"]);

    expect(errors).toContain("'into/source' is a directory; cp would put a file in its place");
  });

  it("that is a FIFO or a device, which the rename would destroy", async () => {
    execFileSync("mkfifo", [at("fifo")]);

    const { errors } = await refuse(["source", "fifo"]);

    expect(errors).toContain("'fifo' is a FIFO; cp would put a file in its place");
    expect(statSync(at("fifo")).isFIFO()).toBe(true);
  });

  it("that is a symbolic link to nothing", async () => {
    symlinkSync("nothing", at("link"));

    const { errors } = await refuse(["source", "link"]);

    expect(errors).toContain(
      "'link' is a symbolic link to a file that does not exist\nRemove the link",
    );
  });

  it.each([
    ["no/such/copy", "there is no directory 'no/such'"],
    ["new/", "there is no directory 'new/'"],
  ])("in a directory that is not there: %s", async (destination, message) => {
    const { errors } = await refuse(["source", destination]);

    expect(errors).toContain(
      `cannot create '${destination}': ${message}\nMake it first (mkdir -p).\n`,
    );
  });

  it("below a file", async () => {
    const { errors } = await refuse(["source", "source/copy"]);

    expect(errors).toContain("cannot write 'source/copy': not a directory (ENOTDIR)");
  });

  it("with a name that no file system takes", async () => {
    const name = "n".repeat(256);

    const { errors } = await refuse(["source", name]);

    expect(errors).toContain(`cannot write '${name}': file name too long (ENAMETOOLONG)`);
  });
});

/** Root may write everywhere: it has to give that up first. */
const POWERLESS = ["setpriv", "--bounding-set", "-all", "--inh-caps", "-all"];
const canBePowerless = !isRoot || hasProgram("setpriv", ...POWERLESS.slice(1), "true");
const powerless = isRoot ? POWERLESS : [];

describe.skipIf(!native || !canBePowerless)("cp without permission", () => {
  const advice = "\nCheck the permissions of the file and of the folders above it.\n";

  it("to read the source says so", async () => {
    chmodSync(at("source"), 0o000);
    const before = readdirSync(folder);

    const ended = await build.run(["cp", "source", "copy"], { cwd: folder, under: powerless });

    expect(ended.code).toBe(1);
    expect(ended.errors).toBe(
      `safer-ring: cannot read 'source': permission denied (EACCES)${advice}`,
    );
    expect(readdirSync(folder)).toEqual(before);
  });

  it("to write into the directory says so", async () => {
    mkdirSync(at("into"));
    chmodSync(at("into"), 0o555);

    const { errors } = await refuse(["source", "into"], 1, powerless);

    expect(errors).toMatch(
      /^safer-ring: cannot create 'into\/source\.\w+\.partial': permission denied \(EACCES\)\n/,
    );
    expect(errors).toContain(advice);
  });

  it("to write the destination says so, although a rename would not need it", async () => {
    writeFileSync(at("copy"), "mine");
    chmodSync(at("copy"), 0o444);

    const { errors } = await refuse(["source", "copy"], 1, powerless);

    expect(errors).toBe(`safer-ring: cannot replace 'copy': permission denied (EACCES)${advice}`);
  });
});

describe("wrong arguments give exit code 2, and nothing is done", () => {
  it.each<[string[], RegExp]>([
    [["source"], /cp takes two names, SRC and DST; it got 1/],
    [[], /it got 0/],
    [["source", "copy", "more"], /it got 3/],
    [["--verfy", "source", "copy"], /'--verfy'/],
    [["-v", "source", "copy"], /'-v'/],
    [["--depth", "source", "copy"], /--depth takes a whole number from 1 to 1024, not 'source'/],
    [["source", "copy", "--depth"], /'--depth <value>' argument missing/],
    [["--depth", "0", "source", "copy"], /not '0'/],
    [["--depth", "1025", "source", "copy"], /from 1 to 1024, not '1025'/],
    [["--depth", "2.5", "source", "copy"], /not '2\.5'/],
    [["--block-size", "128M", "source", "copy"], /from 1 to 67108864, not '128M'/],
    [["--block-size", "64M", "--depth", "17", "source", "copy"], /more than 1073741824 bytes/],
    [["--backend", "epoll", "source", "copy"], /one of auto, native, sim, not 'epoll'/],
    [["--backend=", "source", "copy"], /not ''/],
    [["--verify=yes", "source", "copy"], /'--verify'/],
  ])("cp %j", async (args, message) => {
    const { errors } = await refuse(args, 2);

    expect(errors).toMatch(message);
    expect(errors).toMatch(/\nTry 'safer-ring help'\.\n$/);
  });

  it.each<[string[], RegExp]>([
    [[], /a command is missing/],
    [["copy"], /there is no command 'copy'/],
    [["--verify"], /there is no command '--verify'/],
    [["doctor", "now"], /doctor takes no arguments but --json/],
    [["doctor", "--xml"], /'--xml'/],
  ])("%j", async (args, message) => {
    const ended = await build.run(args);

    expect(ended).toMatchObject({ code: 2, output: "" });
    expect(ended.errors).toMatch(message);
    expect(ended.errors).toMatch(/\nTry 'safer-ring help'\.\n$/);
  });
});
