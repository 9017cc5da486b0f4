import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { SimBackend } from "../../backends/sim/index.ts";
import { Ring } from "../ring.ts";
import { compareFiles } from "./compare-files.ts";

const SIZE = 3 * 2 ** 20 + 5;

let backend: SimBackend;
let ring: Ring;

beforeEach(async () => {
  backend = new SimBackend();
  ring = await Ring.open({ backend });
});
afterEach(() => ring.close());

/** The bytes of a file with some of them changed. */
function bytes(size: number, changed: readonly number[] = []): Uint8Array {
  const data = new Uint8Array(size).map((_, index) => (index * 31) % 251);
  for (const index of changed) data[index] = 255;
  return data;
}

async function compare(left: Uint8Array, right: Uint8Array, size: number): Promise<number> {
  backend.files.writeFile("/left", left);
  backend.files.writeFile("/right", right);
  const [a, b] = await Promise.all([ring.openFile("/left"), ring.openFile("/right")]);
  try {
    return await compareFiles(ring, a, b, size);
  } finally {
    await Promise.all([a.close(), b.close()]);
  }
}

describe("comparing two files", () => {
  it("finds nothing where every byte is the same", async () => {
    expect(await compare(bytes(SIZE), bytes(SIZE), SIZE)).toBe(-1);
  });

  it("finds nothing in empty files", async () => {
    expect(await compare(bytes(0), bytes(0), 0)).toBe(-1);
  });

  it.each([0, 1, 512 * 1024 - 1, 512 * 1024, 2_000_000, SIZE - 1])(
    "finds a difference at byte %i",
    async (index) => {
      expect(await compare(bytes(SIZE), bytes(SIZE, [index]), SIZE)).toBe(index);
    },
  );

  it("finds the first of several differences, in different blocks and in one", async () => {
    const changed = bytes(SIZE, [SIZE - 1, 2_500_000, 700_001, 700_000]);

    expect(await compare(bytes(SIZE), changed, SIZE)).toBe(700_000);
  });

  it.each([
    ["the left one", SIZE - 9, SIZE],
    ["the right one", SIZE, SIZE - 9],
    ["both", SIZE - 9, SIZE - 9],
  ])("finds the end of %s when it ends early", async (_which, left, right) => {
    expect(await compare(bytes(left), bytes(right), SIZE)).toBe(SIZE - 9);
  });

  it("does not look past the size", async () => {
    expect(await compare(bytes(200), bytes(300, [200]), 200)).toBe(-1);
  });

  it("tells how far it is", async () => {
    backend.files.writeFile("/left", bytes(SIZE));
    const [a, b] = [await ring.openFile("/left"), await ring.openFile("/left")];
    const seen: number[] = [];

    await compareFiles(ring, a, b, SIZE, { onProgress: (done) => seen.push(done) });

    expect(seen.at(-1)).toBe(SIZE);
    expect(seen).toEqual([...seen].sort((x, y) => x - y));
  });

  it("ends with the abort error when its signal fires", async () => {
    backend.files.writeFile("/left", bytes(SIZE));
    const file = await ring.openFile("/left");

    const comparing = compareFiles(ring, file, file, SIZE, { signal: AbortSignal.abort() });

    await expect(comparing).rejects.toMatchObject({ code: "ABORT_ERR" });
  });
});
