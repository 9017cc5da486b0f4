import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { SimBackend } from "../../backends/sim/index.ts";
import { Ring } from "../ring.ts";
import { copyFile, type CopyOptions, type CopyPhase } from "./copy-file.ts";
import { EXIT_DIFFERENT, EXIT_FAILED, Failure } from "./exit.ts";

let backend: SimBackend;
let ring: Ring;
let warnings: string[];

beforeEach(async () => {
  backend = new SimBackend();
  ring = await Ring.open({ backend });
  warnings = [];
});
afterEach(() => ring.close());

function bytes(size: number, salt = 0): Uint8Array {
  return new Uint8Array(size).map((_, index) => (index * 31 + salt) % 251);
}

function copy(options: CopyOptions = {}): Promise<number> {
  const small = { blockSize: 1000, depth: 4 };
  const onWarning = (text: string): number => warnings.push(text);
  return copyFile(ring, "/source", "/copy", { ...small, onWarning, ...options });
}

/** What is in the root, besides the directories that every simulated world has. */
function names(): string[] {
  return backend.files.readDirectory("/").filter((name) => !["dev", "tmp"].includes(name));
}

/** Expects a failure and returns it. */
async function failureOf(copying: Promise<number>): Promise<Failure> {
  const error: unknown = await copying.then(
    (copied) => new Error(`it copied ${copied} bytes`),
    (reason: unknown) => reason,
  );
  if (error instanceof Failure) return error;
  throw error;
}

/** Nothing of the copy is there, and what was there before still is. */
function expectUntouched(before?: Uint8Array): void {
  expect(names().filter((name) => name !== "source")).toEqual(before === undefined ? [] : ["copy"]);
  if (before !== undefined) expect(backend.files.readFile("/copy")).toEqual(before);
}

/** A ring that lets somebody meddle with a path each time it is opened. */
function meddledWith(meddle: (path: string, flags: unknown) => void): Ring {
  return new Proxy(ring, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key, target);
      if (typeof value !== "function") return value;
      return (...args: readonly unknown[]): unknown => {
        if (key === "openFile") meddle(String(args[0]), args[1]);
        return Reflect.apply(value, target, args);
      };
    },
  });
}

describe("a copy", () => {
  it("is the same file, whatever the sizes", async () => {
    const sizes = fc.record({
      size: fc.oneof(fc.nat(20_000), fc.constantFrom(0, 1, 4095, 4096, 4097)),
      blockSize: fc.integer({ min: 1, max: 5000 }).map((size) => Math.max(size, 37)),
      depth: fc.integer({ min: 1, max: 40 }),
      verify: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(sizes, async ({ size, ...options }) => {
        backend.files.writeFile("/source", bytes(size));

        const copied = await copy(options);

        expect(copied).toBe(size);
        expect(backend.files.readFile("/copy")).toEqual(bytes(size));
        expect(names()).toEqual(["copy", "source"]);
      }),
      { numRuns: 60 },
    );
  });

  it("has its own name only when it is whole", async () => {
    backend.files.writeFile("/source", bytes(5000));
    backend.files.writeFile("/copy", bytes(10, 1));
    const seen = new Set<string>();

    await copy({
      verify: true,
      onProgress: () => seen.add(String(backend.files.readFile("/copy").length)),
      onWhole: async (partial) => {
        expect(backend.files.readFile(partial)).toEqual(bytes(5000));
        expect(backend.files.readFile("/copy")).toEqual(bytes(10, 1));
      },
    });

    expect([...seen]).toEqual(["10"]);
    expect(backend.files.readFile("/copy")).toEqual(bytes(5000));
  });

  it("is written under the partial name that was asked for", async () => {
    backend.files.writeFile("/source", bytes(10));
    let named = "";

    await copy({
      partial: "/elsewhere",
      onWhole: async (partial) => {
        named = partial;
      },
    });

    expect(named).toBe("/elsewhere");
    expectUntouched(bytes(10));
  });

  it("goes through its phases in order, each up to the last byte", async () => {
    backend.files.writeFile("/source", bytes(5000));
    const last = new Map<CopyPhase, number>();

    await copy({ verify: true, onProgress: (phase, done) => last.set(phase, done) });

    expect([...last]).toEqual([
      ["copying", 5000],
      ["syncing", 5000],
      ["verifying", 5000],
    ]);
  });

  it("is not synced when that was not asked for", async () => {
    backend.files.writeFile("/source", bytes(5000));
    const phases = new Set<CopyPhase>();

    await copy({ sync: false, onProgress: (phase) => phases.add(phase) });

    expect([...phases]).toEqual(["copying"]);
  });

  it("has the permission bits of the source, or those that were asked for", async () => {
    backend.files.writeFile("/source", bytes(10));
    const source = await ring.openFile("/private", "w", { mode: 0o600 });
    await source.close();

    await copyFile(ring, "/private", "/first");
    await copyFile(ring, "/source", "/second", { mode: 0o640 });

    expect((await ring.stat("/first")).mode & 0o777).toBe(0o600);
    expect((await ring.stat("/second")).mode & 0o777).toBe(0o640);
  });

  it("leaves no buffer and no descriptor behind", async () => {
    backend.files.writeFile("/source", bytes(50_000));
    const before = backend.files.openDescriptors().length;

    await copy({ verify: true });

    expect(backend.files.openDescriptors()).toHaveLength(before);
    expect(ring.stats).toMatchObject({ inFlight: 0, queued: 0 });
  });
});

describe("a source that changes during the copy", () => {
  it("is refused when it shrinks", async () => {
    backend.files.writeFile("/source", bytes(20_000));
    backend.files.writeFile("/copy", bytes(10, 1));
    let shrunk = false;
    const onProgress = (): void => {
      if (!shrunk) backend.files.writeFile("/source", bytes(3000));
      shrunk = true;
    };

    const failure = await failureOf(copy({ onProgress }));

    expect(failure.message).toMatch(
      /^'\/source' shrank during the copy: its end came at byte \d+ of 20000$/,
    );
    expect(failure.exitCode).toBe(EXIT_FAILED);
    expectUntouched(bytes(10, 1));
  });

  it("is refused when it shrinks, even if it has its size again at the end", async () => {
    let refused = 0;
    for (let seed = 0; seed < 10; seed++) {
      backend = new SimBackend({ seed });
      ring = await Ring.open({ backend });
      backend.files.writeFile("/source", bytes(20_000));
      let blocks = 0;
      const onProgress = (): void => {
        blocks++;
        if (blocks === 1) backend.files.writeFile("/source", bytes(100));
        if (blocks === 4) backend.files.writeFile("/source", bytes(20_000));
      };

      const ended = await copy({ onProgress }).catch((error: unknown) => error);

      if (ended instanceof Failure) refused++;
      else expect(backend.files.readFile("/copy")).toEqual(bytes(20_000));
      await ring.close();
    }
    expect(refused).toBeGreaterThan(0);
  });

  it("is copied when it lost its end after that was read, with a warning", async () => {
    backend.files.writeFile("/source", bytes(1000));
    const onProgress = (): void => {
      backend.files.writeFile("/source", bytes(10));
    };

    expect(await copy({ onProgress })).toBe(1000);

    expect(backend.files.readFile("/copy")).toEqual(bytes(1000));
    expect(warnings).toHaveLength(1);
  });

  it("is copied as long as it was when it grows, with a warning", async () => {
    backend.files.writeFile("/source", bytes(5000));
    const grow = (): void => {
      backend.files.writeFile("/source", bytes(9000));
    };

    const copied = await copy({ onProgress: grow, verify: true });

    expect(copied).toBe(5000);
    expect(backend.files.readFile("/copy")).toEqual(bytes(5000));
    expect(warnings).toEqual([
      "'/source' changed while it was copied; the copy ends at byte 5000 " +
        "and may hold old and new data",
    ]);
  });

  it("may lose its name", async () => {
    backend.files.writeFile("/source", bytes(5000));
    let removed: Promise<void> | undefined;
    const onProgress = (): void => {
      removed ??= ring.unlink("/source");
    };

    const copied = await copy({ onProgress, verify: true });

    await removed;
    expect(copied).toBe(5000);
    expect(names()).toEqual(["copy"]);
  });

  it("gets no warning when it did not change", async () => {
    backend.files.writeFile("/source", bytes(5000));

    await copy();

    expect(warnings).toEqual([]);
  });
});

describe("verifying a copy", () => {
  function damaged(damage: (partial: string) => void): Ring {
    return meddledWith((path, flags) => {
      if (path === "/copy.partial" && flags !== "wx") damage(path);
    });
  }

  it.each([0, 4321, 4999])("finds a byte that is wrong at %i, and discards it", async (index) => {
    backend.files.writeFile("/source", bytes(5000));
    backend.files.writeFile("/copy", bytes(10, 1));
    const wrong = bytes(5000);
    wrong[index] = 255;
    const rotten = damaged((path) => backend.files.writeFile(path, wrong));

    const failure = await failureOf(copyFile(rotten, "/source", "/copy", { verify: true }));

    expect(failure.message).toBe(
      `'/source' and its copy differ at byte ${index}; it was discarded`,
    );
    expect(failure.exitCode).toBe(EXIT_DIFFERENT);
    expectUntouched(bytes(10, 1));
  });

  it.each([
    ["too short", 4000, 4000],
    ["too long", 5001, 5000],
  ])("finds a copy that is %s", async (_what, size, position) => {
    backend.files.writeFile("/source", bytes(5000));
    const rotten = damaged((path) => backend.files.writeFile(path, bytes(size)));

    const failure = await failureOf(copyFile(rotten, "/source", "/copy", { verify: true }));

    expect(failure.message).toContain(`differ at byte ${position};`);
    expectUntouched();
  });

  it("is what finds it: without it the wrong copy is not noticed", async () => {
    backend.files.writeFile("/source", bytes(5000));
    const rotten = damaged((path) => backend.files.writeFile(path, bytes(4000)));

    await copyFile(rotten, "/source", "/copy");

    expect(backend.files.readFile("/copy")).toEqual(bytes(5000));
  });
});

describe("a copy that cannot be made", () => {
  it("says what is missing", async () => {
    const failure = await failureOf(copy());

    expect(failure.message).toBe("cannot read '/source': no such file or directory (ENOENT)");
    expect(failure.advice).toBe("Check the name.");
    expectUntouched();
  });

  it("leaves somebody else's partial file alone", async () => {
    backend.files.writeFile("/source", bytes(10));
    backend.files.writeFile("/copy.partial", bytes(7));

    const failure = await failureOf(copy());

    expect(failure.message).toBe("cannot create '/copy.partial': file exists (EEXIST)");
    expect(backend.files.readFile("/copy.partial")).toEqual(bytes(7));
  });

  it("removes the partial file when the last step before the name fails", async () => {
    backend.files.writeFile("/source", bytes(10));
    const onWhole = (): Promise<void> => Promise.reject(new Error("no"));

    await expect(copy({ onWhole })).rejects.toThrow("no");

    expectUntouched();
  });

  it("removes the partial file when the name cannot be taken", async () => {
    backend.files.writeFile("/source", bytes(10));
    backend.files.mkdirp("/copy");

    const failure = await failureOf(copy());

    expect(failure.message).toBe(
      "cannot rename '/copy.partial' to '/copy': is a directory (EISDIR)",
    );
    expect(names()).toEqual(["copy", "source"]);
  });

  it("warns when the partial file cannot be removed", async () => {
    backend.files.writeFile("/source", bytes(10));
    const onWhole = async (partial: string): Promise<void> => {
      await ring.unlink(partial);
      throw new Error("no");
    };

    await expect(copy({ onWhole })).rejects.toThrow("no");

    expect(warnings).toEqual(["could not remove '/copy.partial'"]);
  });
});

describe("an aborted copy", () => {
  it.each([0, 1, 3, 5])("leaves nothing behind after %i blocks", async (blocks) => {
    backend.files.writeFile("/source", bytes(5000));
    backend.files.writeFile("/copy", bytes(10, 1));
    const controller = new AbortController();
    if (blocks === 0) controller.abort();
    let seen = 0;
    const onProgress = (): void => {
      if (++seen === blocks) controller.abort();
    };

    const copying = copy({ onProgress, signal: controller.signal });

    await expect(copying).rejects.toMatchObject({ name: "AbortError" });
    expectUntouched(bytes(10, 1));
  });

  it("leaves nothing behind when it was whole but had no name yet", async () => {
    backend.files.writeFile("/source", bytes(5000));
    const controller = new AbortController();
    const onWhole = async (): Promise<void> => {
      controller.abort();
    };

    const copying = copy({ onWhole, signal: controller.signal });

    await expect(copying).rejects.toMatchObject({ name: "AbortError" });
    expectUntouched();
  });
});
