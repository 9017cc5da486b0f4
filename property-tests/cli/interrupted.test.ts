/**
 * `safer-ring cp` that does not come to its end: killed, interrupted, out of space. Whatever
 * happens, the destination is as it was, and nothing that looks like a copy is left.
 */
import type { ChildProcess } from "node:child_process";
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, inject, it } from "vitest";
import { Build, ended, hasProgram, makeFolder, nativeWorks } from "./command.ts";

const native = await nativeWorks();
const build = new Build(inject("build"));

const MEBIBYTE = 2 ** 20;
/** Far more than is copied before the copy is interrupted. */
const ENDLESS = 2 ** 40;
/** Small blocks one by one: the file system of the test must not fill up. */
const SLOWLY = ["--block-size", "4K", "--depth", "1"];
const POLL_MILLISECONDS = 10;

let folder: string;
beforeEach(() => {
  folder = makeFolder();
  mkdirSync(join(folder, "into"));
  writeFileSync(join(folder, "source"), "");
  truncateSync(join(folder, "source"), ENDLESS);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const into = (): string[] => readdirSync(join(folder, "into")).sort();

/** Starts a copy to `into/copy` and waits until some of it is written. */
async function startCopy(...options: readonly string[]): Promise<ChildProcess> {
  const child = build.start(["cp", ...options, "source", "into/copy"], { cwd: folder });
  const partialSize = (): number => {
    const name = into().find((each) => each.endsWith(".partial"));
    return name === undefined ? 0 : statSync(join(folder, "into", name)).size;
  };
  while (child.exitCode === null && partialSize() === 0) await sleep(POLL_MILLISECONDS);
  return child;
}

describe.skipIf(!native)("a copy that is killed", () => {
  it("leaves a partial file, by its name, and no destination", async () => {
    const child = await startCopy(...SLOWLY);
    child.kill("SIGKILL");

    expect(await ended(child)).toMatchObject({ code: null, signal: "SIGKILL" });

    expect(into()).toEqual([expect.stringMatching(/^copy\.[0-9a-f]{8}\.partial$/)]);
  });

  it("leaves the file that it was to replace", async () => {
    writeFileSync(join(folder, "into/copy"), "before");
    const child = await startCopy(...SLOWLY);
    child.kill("SIGKILL");
    await ended(child);

    expect(readFileSync(join(folder, "into/copy"), "utf8")).toBe("before");
    expect(into()).toHaveLength(2);
  });

  it("is no obstacle for the next copy", async () => {
    const child = await startCopy(...SLOWLY);
    child.kill("SIGKILL");
    await ended(child);
    truncateSync(join(folder, "source"), MEBIBYTE);

    const { code } = await build.run(["cp", "source", "into/copy"], { cwd: folder });

    expect(code).toBe(0);
    expect(statSync(join(folder, "into/copy")).size).toBe(MEBIBYTE);
  });
});

describe.skipIf(!native)("a copy that is interrupted", () => {
  it.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)(
    "by %s cleans up, and dies of it as a shell expects",
    async (signal) => {
      writeFileSync(join(folder, "into/copy"), "before");
      const child = await startCopy(...SLOWLY);
      child.kill(signal);

      expect(await ended(child)).toEqual({
        code: null,
        signal,
        output: "",
        errors: "safer-ring: interrupted; 'into/copy' is as it was\n",
      });

      expect(into()).toEqual(["copy"]);
      expect(readFileSync(join(folder, "into/copy"), "utf8")).toBe("before");
    },
  );

  it("with everything in flight cleans up too", async () => {
    const child = await startCopy("--block-size", "64K", "--depth", "200");
    child.kill("SIGINT");

    expect(await ended(child)).toMatchObject({ signal: "SIGINT" });

    expect(into()).toEqual([]);
  });
});

/** Runs a script that gets the command as "$@", and the folder as its current directory. */
function under(script: string, ...args: readonly string[]): ReturnType<Build["run"]> {
  return build.run(["cp", ...args], { cwd: folder, under: ["sh", "-c", script, "sh"] });
}

describe.skipIf(!native)("a copy that does not fit", () => {
  it("under the limit of file sizes says so, and leaves nothing", async () => {
    truncateSync(join(folder, "source"), 2 * MEBIBYTE);
    writeFileSync(join(folder, "into/copy"), "before");

    const result = await under('ulimit -f 512; exec "$@"', "source", "into/copy");

    expect(result).toMatchObject({ code: 1, signal: null, output: "" });
    expect(result.errors).toBe(
      "safer-ring: cannot write 'into/copy': file too large (EFBIG)\n" +
        "Raise the limit (ulimit -f), or choose a file system that takes files of this size.\n",
    );
    expect(into()).toEqual(["copy"]);
    expect(readFileSync(join(folder, "into/copy"), "utf8")).toBe("before");
  });

  const mount = (options: string): string => `mount -t tmpfs -o size=1m${options} none into`;
  const canMount = hasProgram("unshare", "-m", "sh", "-c", "mount -t tmpfs none /mnt");

  it.skipIf(!canMount)("on the device says so, and leaves nothing", async () => {
    truncateSync(join(folder, "source"), 8 * MEBIBYTE);
    const script = `${mount("")} && "$@"; code=$?; ls -A into; exit $code`;

    const result = await build.run(["cp", "source", "into/copy"], {
      cwd: folder,
      under: ["unshare", "-m", "sh", "-c", script, "sh"],
    });

    expect(result.code).toBe(1);
    expect(result.errors).toBe(
      "safer-ring: cannot write 'into/copy': no space left on device (ENOSPC)\n" +
        "Free some space there, or choose another place.\n",
    );
    expect(result.output).toBe("");
  });

  it.skipIf(!canMount)("on a read-only file system says so", async () => {
    truncateSync(join(folder, "source"), 10);
    const script = `${mount(",ro")} && exec "$@"`;

    const result = await build.run(["cp", "source", "into/copy"], {
      cwd: folder,
      under: ["unshare", "-m", "sh", "-c", script, "sh"],
    });

    expect(result.code).toBe(1);
    expect(result.errors).toMatch(
      /^safer-ring: cannot create 'into\/copy\.\w+\.partial': read-only/,
    );
    expect(result.errors).toMatch(/\(EROFS\)\nChoose another place\.\n$/);
  });
});

/** Whether a process has the file open. */
function hasOpen(child: ChildProcess, path: string): boolean {
  const descriptors = `/proc/${String(child.pid)}/fd`;
  return readdirSync(descriptors).some((fd) => {
    try {
      return readlinkSync(join(descriptors, fd)) === path;
    } catch {
      return false; // closed in the meantime
    }
  });
}

describe("a copy on the simulated kernel that is interrupted", () => {
  it("cleans up, and dies of the signal", async () => {
    const source = join(realpathSync(folder), "source");
    truncateSync(source, 256 * MEBIBYTE);
    const child = build.start(["cp", "--backend", "sim", "source", "into/copy"], { cwd: folder });
    while (child.exitCode === null && !hasOpen(child, source)) await sleep(1);
    child.kill("SIGTERM");

    expect(await ended(child)).toEqual({
      code: null,
      signal: "SIGTERM",
      output: "",
      errors: "safer-ring: interrupted; 'into/copy' is as it was\n",
    });

    expect(into()).toEqual([]);
  });
});
