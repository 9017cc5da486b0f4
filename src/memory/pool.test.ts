import { beforeEach, describe, expect, it } from "vitest";
import { collectUntil } from "../testing/garbage.ts";
import { ScriptedBackend } from "../testing/scripted-backend.ts";
import { type Lease, STEPS } from "./lease.ts";
import { Pool } from "./pool.ts";

const KEPT_BYTES_PER_CLASS = 16 * 2 ** 20;

let backend: ScriptedBackend;
let pool: Pool;
beforeEach(() => {
  backend = new ScriptedBackend();
  pool = new Pool(backend);
});

/** Gives a lease back as a release does. */
function giveBack(lease: Lease): void {
  lease.step(STEPS.release);
  pool.give(lease);
}

describe("taking memory from a pool", () => {
  it.each([
    [1, 64],
    [64, 64],
    [65, 128],
    [4096, 4096],
    [4097, 8192],
    [2 ** 20, 2 ** 20],
    [2 ** 20 + 1, 2 ** 20 + 4096],
    [3_000_000, 3_002_368],
  ])("of %i bytes takes a region of %i", (byteLength, regionBytes) => {
    const lease = pool.take(byteLength, true);

    expect(lease.region.byteLength).toBe(regionBytes);
    expect(lease.capacity).toBe(byteLength);
    expect(lease.length).toBe(byteLength);
    expect(lease.owner).toBe("user");
  });

  it("uses again what was given back, of the same class", () => {
    const first = pool.take(100, true);
    giveBack(first);

    const other = pool.take(1000, true);
    const again = pool.take(128, true);

    expect(other).not.toBe(first);
    expect(again).toBe(first);
    expect(again.capacity).toBe(128);
  });

  it("zeroes what was used before, unless it is told not to", () => {
    const lease = pool.take(64, true);
    lease.view().fill(7);
    giveBack(lease);

    expect([...pool.take(64, false).view()]).toEqual(Array<number>(64).fill(7));
    giveBack(lease);
    expect([...pool.take(64, true).view()]).toEqual(Array<number>(64).fill(0));
  });

  it("takes the views of the last owner away", () => {
    const lease = pool.take(64, true);
    const view = lease.view();

    giveBack(lease);

    expect(view).toHaveLength(0);
  });
});

describe("giving memory back to a pool", () => {
  it("is counted", () => {
    const leases = [pool.take(64, true), pool.take(64, true), pool.take(5000, true)];

    for (const lease of leases) giveBack(lease);

    expect(pool.stats).toEqual({ freeBuffers: 3, freeBytes: 64 + 64 + 8192 });
    pool.take(64, true);
    expect(pool.stats).toEqual({ freeBuffers: 2, freeBytes: 64 + 8192 });
  });

  it("returns to the backend what is too much to keep", () => {
    const megabytes = Array.from({ length: 17 }, () => pool.take(2 ** 20, true));
    for (const lease of megabytes) giveBack(lease);
    giveBack(pool.take(KEPT_BYTES_PER_CLASS + 1, true));

    expect(pool.stats).toEqual({ freeBuffers: 16, freeBytes: KEPT_BYTES_PER_CLASS });
    expect(backend.regions.size).toBe(16);
  });

  it("is refused for memory that somebody else has", () => {
    const lease = pool.take(64, true);
    giveBack(lease);

    expect(() => giveBack(lease)).toThrow("'release' is not possible for a buffer owned by 'pool'");
  });
});

describe("closing a pool", () => {
  it("frees what is free, and what comes back later", () => {
    const [kept, freed] = [pool.take(64, true), pool.take(64, true)];
    giveBack(freed);

    pool.close();
    expect(backend.regions.size).toBe(1);
    expect([...kept.view()]).toEqual(Array<number>(64).fill(0));
    giveBack(kept);

    expect(backend.regions.size).toBe(0);
    expect(pool.stats).toEqual({ freeBuffers: 0, freeBytes: 0 });
  });
});

describe("a lease that its user dropped", () => {
  function drop(): void {
    pool.take(64, true).view().fill(1);
  }

  it("is freed", async () => {
    drop();

    expect(await collectUntil(() => backend.regions.size === 0)).toBe(true);
  });

  it("is not freed while a view of it is used", async () => {
    const views = [pool.take(64, true).view()];

    expect(await collectUntil(() => backend.regions.size === 0)).toBe(false);
    views.length = 0;

    expect(await collectUntil(() => backend.regions.size === 0)).toBe(true);
  });

  it("is kept for the books of a backend that audits", async () => {
    const auditing: ScriptedBackend & { attachLedger?: () => void } = backend;
    auditing.attachLedger = () => undefined;
    pool = new Pool(auditing);
    drop();

    expect(await collectUntil(() => backend.regions.size === 0)).toBe(false);
    expect([...pool.all].map(({ owner }) => owner)).toEqual(["user"]);
  });
});
