/** Many operations at once: none is lost, none settles twice, and others get their turn. */
import { describe, expect } from "vitest";
import type { FileHandle, OwnedBuffer, Ring } from "../../src/index.ts";
import type { World } from "../worlds/world.ts";
import { pattern, ringTests, turn } from "./harness.ts";

const onRing = await ringTests();

const FILE_BYTES = 4096;

async function openFile(ring: Ring, world: World): Promise<FileHandle> {
  const path = world.tempPath("data");
  world.writeFile(path, pattern(FILE_BYTES));
  return ring.openFile(path);
}

describe("more operations than a ring of eight entries holds", () => {
  onRing("all settle, each once and with its own data", { entries: 8 }, async (context) => {
    const { ring, world } = context;
    const file = await openFile(ring, world);
    const count = world.backend.name === "native" ? 10_000 : 1000;
    const content = pattern(FILE_BYTES);
    const settled = new Uint8Array(count);
    const wrong: number[] = [];

    const reads = Array.from({ length: count }, async (_, index) => {
      const position = (index * 37) % FILE_BYTES;
      const { buffer } = await file.read(ring.alloc(1), { position });
      settled[index]!++;
      if (buffer.bytes[0] !== content[position]) wrong.push(index);
      buffer.release();
    });
    expect(ring.stats.inFlight).toBeLessThanOrEqual(16);
    expect(ring.stats.inFlight + ring.stats.queued).toBe(count);
    await Promise.all(reads);

    expect(settled.every((times) => times === 1)).toBe(true);
    expect(wrong).toEqual([]);
    expect(ring.stats).toMatchObject({ inFlight: 0, queued: 0, launched: count + 1 });
  });

  onRing("wait for room that others make, and let them run", { entries: 1 }, async (context) => {
    const { ring, world } = context;
    const { read, write } = world.pipe();
    let done = 0;
    const reads = Array.from({ length: 5 }, () =>
      ring.read(read, ring.alloc(1)).then(() => done++),
    );
    await turn();
    expect(ring.stats).toMatchObject({ inFlight: 2, queued: 3 });

    for (let byte = 0; byte < 5; byte++) {
      world.write(write, "x");
      while (done <= byte) await turn();
    }

    await Promise.all(reads);
    expect(ring.stats).toMatchObject({ inFlight: 0, queued: 0 });
  });
});

describe("a busy ring", () => {
  onRing("does not keep timers from their turn", { only: "native" }, async ({ ring, world }) => {
    const file = await openFile(ring, world);
    const state = { timerRan: false, reads: 0 };
    setTimeout(() => (state.timerRan = true), 0);

    // Each task asks for its next read in the very turn in which it got the last one.
    const readOn = async (buffer: OwnedBuffer): Promise<void> => {
      let current = buffer;
      while (!state.timerRan && state.reads < 1_000_000) {
        ({ buffer: current } = await file.read(current, { position: 0 }));
        state.reads++;
      }
      current.release();
    };
    await Promise.all(Array.from({ length: 16 }, () => readOn(ring.alloc(64))));

    expect(state.timerRan).toBe(true);
  });

  onRing("counts what it does", async ({ ring, world }) => {
    const file = await openFile(ring, world);
    const before = ring.stats;
    expect(before).toMatchObject({ inFlight: 0, queued: 0, launched: 1 });

    const reading = file.read(ring.alloc(64));
    expect(ring.stats).toMatchObject({ inFlight: 1, queued: 0, launched: 2 });
    const { buffer } = await reading;
    expect(ring.stats).toMatchObject({ inFlight: 0, launched: 2 });

    const { freeBuffers } = ring.stats.pool;
    buffer.release();
    expect(ring.stats.pool.freeBuffers).toBe(freeBuffers + 1);
    const again = ring.alloc(64);
    expect(ring.stats.pool.freeBuffers).toBe(freeBuffers);
    expect(again.length).toBe(64);
    expect(ring.entries).toBe(16);
  });
});
