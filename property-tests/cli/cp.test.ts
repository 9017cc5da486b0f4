/** `safer-ring cp` where all is well: what it copies, what it says, what it leaves. */
import {
  chmodSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, inject, it } from "vitest";
import { Build, makeFolder, nativeWorks } from "./command.ts";

const native = await nativeWorks();

const build = new Build(inject("build"));

let folder: string;
beforeEach(() => {
  folder = makeFolder();
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const KIBIBYTE = 1024;

function bytes(size: number): Buffer {
  return Buffer.from(new Uint8Array(size).map((_, index) => (index * 31 + (index >> 8)) % 251));
}

/** Writes a file into the test's folder. */
function place(name: string, size = 3000): Buffer {
  const data = bytes(size);
  writeFileSync(join(folder, name), data);
  return data;
}

function read(...names: readonly string[]): Buffer {
  return readFileSync(join(folder, ...names));
}

function cp(...args: readonly string[]): ReturnType<Build["run"]> {
  return build.run(["cp", ...args], { cwd: folder });
}

describe.each([
  ["native", native],
  ["sim", true],
])("cp on the %s backend", (backend, available) => {
  const copy = (...args: readonly string[]): ReturnType<Build["run"]> =>
    cp("--backend", backend, ...args);

  it.skipIf(!available).each([0, 1, 4096, 512 * KIBIBYTE, 2500 * KIBIBYTE + 7])(
    "copies %i bytes, and says so",
    async (size) => {
      const data = place("source", size);

      const ended = await copy("source", "copy");

      expect(ended).toMatchObject({ code: 0, errors: "" });
      expect(ended.output).toMatch(
        new RegExp(
          `^'source' -> 'copy': ${size} bytes in \\d+\\.\\d{3} s ` +
            `\\((\\S+ MiB/s, )?${backend}\\)\n$`,
        ),
      );
      expect(read("copy").equals(data)).toBe(true);
      expect(readdirSync(folder).sort()).toEqual(["copy", "source"]);
    },
  );

  it.skipIf(!available)("verifies, and says so", async () => {
    const data = place("source", 1500 * KIBIBYTE);

    const ended = await copy("--verify", "source", "copy");

    expect(ended).toMatchObject({ code: 0, errors: "" });
    expect(ended.output).toMatch(/\nverified: every byte is the same\n$/);
    expect(read("copy").equals(data)).toBe(true);
  });

  it.skipIf(!available)("discards a copy that differs, with exit code 3", async () => {
    // Each read of this file gives other bytes.
    const source = "/proc/sys/kernel/random/uuid";
    writeFileSync(join(folder, "copy"), "before");

    const ended = await copy("--verify", source, "copy");

    expect(ended.code).toBe(3);
    expect(ended.output).toBe("");
    expect(ended.errors).toMatch(
      /^safer-ring: '\/proc\/sys\/kernel\/random\/uuid' and its copy differ at byte \d+;/,
    );
    expect(read("copy").toString()).toBe("before");
    expect(readdirSync(folder)).toEqual(["copy"]);
  });

  it.skipIf(!available)("says nothing with --quiet, and copies all the same", async () => {
    const data = place("source");

    const ended = await copy("--quiet", "--verify", "source", "copy");

    expect(ended).toMatchObject({ code: 0, output: "", errors: "" });
    expect(read("copy").equals(data)).toBe(true);
  });

  it.skipIf(!available)("copies a file of /proc, which has no size", async () => {
    const ended = await copy("/proc/version", "copy");

    expect(ended).toMatchObject({ code: 0, errors: "" });
    expect(read("copy").equals(readFileSync("/proc/version"))).toBe(true);
  });

  it.skipIf(!available)("replaces a longer file whole", async () => {
    const data = place("source", 10);
    place("copy", 9000);

    await copy("source", "copy");

    expect(read("copy").equals(data)).toBe(true);
  });

  it.skipIf(!available)("gives a new file the source's permissions, less the umask", async () => {
    place("source");
    chmodSync(join(folder, "source"), 0o754);

    await build.run(["cp", "--backend", backend, "source", "copy"], {
      cwd: folder,
      under: ["sh", "-c", 'umask 027; exec "$@"', "sh"],
    });

    expect(statSync(join(folder, "copy")).mode & 0o7777).toBe(0o750);
  });

  it.skipIf(!available)("leaves the permissions of a file that it replaces", async () => {
    const data = place("source");
    place("secret");
    chmodSync(join(folder, "source"), 0o644);
    chmodSync(join(folder, "secret"), 0o600);

    await copy("source", "secret");

    expect(read("secret").equals(data)).toBe(true);
    expect(statSync(join(folder, "secret")).mode & 0o7777).toBe(0o600);
  });
});

describe.skipIf(!native)("cp", () => {
  it.each([
    ["--block-size", "1K", "--depth", "1"],
    ["--block-size", "64K", "--depth", "300"],
    ["--block-size=1M", "--depth=3"],
    ["--depth", "1000", "--depth", "2"],
    ["--no-sync"],
    ["--backend", "auto"],
  ])("copies the same with %s %s %s %s", async (...options) => {
    const data = place("source", 1200 * KIBIBYTE + 3);

    const ended = await cp(...options, "source", "copy");

    expect(ended).toMatchObject({ code: 0, errors: "" });
    expect(read("copy").equals(data)).toBe(true);
  });

  it.each([
    "with a space",
    "two\nlines",
    "'quotes'",
    "grüße 日本 🙂",
    "-",
    "*",
    "n".repeat(255),
    "ä".repeat(127),
  ])("takes any name: %j", async (name) => {
    const data = place(name);

    const there = await cp("--", name, "copy");
    rmSync(join(folder, name));
    const back = await cp("--", "copy", name);

    expect([there.errors, back.errors]).toEqual(["", ""]);
    expect(there.output).not.toMatch(/\n./);
    expect(read(name).equals(data)).toBe(true);
  });

  it("takes what looks like an option for a name after --", async () => {
    const data = place("--verify");

    const ended = await cp("--", "--verify", "--quiet");

    expect(ended.code).toBe(0);
    expect(read("--quiet").equals(data)).toBe(true);
  });

  it("puts the copy into a directory under the source's name", async () => {
    const data = place("source");
    mkdirSync(join(folder, "directory"));

    const ended = await cp("source", "directory");

    expect(ended.output).toMatch(/^'source' -> 'directory\/source': /);
    expect(read("directory", "source").equals(data)).toBe(true);
  });

  it("follows a symbolic link to the file that it leads to, and leaves the link", async () => {
    const data = place("source");
    mkdirSync(join(folder, "directory"));
    place("directory/real");
    symlinkSync("directory/real", join(folder, "link"));

    await cp("source", "link");

    expect(readlinkSync(join(folder, "link"))).toBe("directory/real");
    expect(read("directory", "real").equals(data)).toBe(true);
    expect(readdirSync(join(folder, "directory"))).toEqual(["real"]);
  });

  it("gives the name a new file, and leaves its other names the old one", async () => {
    const data = place("source", 100);
    const old = place("copy", 200);
    linkSync(join(folder, "copy"), join(folder, "other-name"));

    await cp("source", "copy");

    expect(read("copy").equals(data)).toBe(true);
    expect(read("other-name").equals(old)).toBe(true);
  });

  it("copies what cannot be written to", async () => {
    const data = place("source");
    chmodSync(join(folder, "source"), 0o444);

    const ended = await cp("source", "copy");

    expect(ended).toMatchObject({ code: 0, errors: "" });
    expect(read("copy").equals(data)).toBe(true);
    expect(statSync(join(folder, "copy")).mode & 0o777).toBe(0o444);
  });

  it("copies a sparse file that is larger than its memory", async () => {
    place("source", 0);
    truncateSync(join(folder, "source"), 40 * 1024 * KIBIBYTE + 1);

    const ended = await cp("--verify", "source", "copy");

    expect(ended.output).toContain(": 41943041 bytes in ");
    expect(read("copy").every((byte) => byte === 0)).toBe(true);
  });

  it("copies although nobody reads its output", async () => {
    const data = place("source");

    const ended = await build.runProgram(
      ["sh", "-c", '"$@" | true', "sh", ...build.words("cp", "--verify", "source", "copy")],
      { cwd: folder },
    );

    expect(ended).toMatchObject({ code: 0, errors: "" });
    expect(read("copy").equals(data)).toBe(true);
  });

  it("says that it could not write its summary", async () => {
    const data = place("source");

    const ended = await build.runProgram(
      ["sh", "-c", '"$@" > /dev/full', "sh", ...build.words("cp", "source", "copy")],
      { cwd: folder },
    );

    expect(ended.code).toBe(1);
    expect(ended.errors).toMatch(/^safer-ring: cannot write to standard output: ENOSPC: /);
    expect(read("copy").equals(data)).toBe(true);
  });
});
