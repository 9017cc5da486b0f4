import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Block, Blocks } from "./blocks.ts";

/** Workers that take a turn of the event loop for each block. */
function collect(blocks: Blocks, into: Block[]): () => Promise<void> {
  return async () => {
    for (let block = blocks.take(); block !== undefined; block = blocks.take()) {
      into.push(block);
      await Promise.resolve();
    }
  };
}

describe("blocks shared out to workers", () => {
  it("cover every byte once, in order, whatever the sizes", async () => {
    const counts = fc.record({
      size: fc.nat(5000),
      blockSize: fc.integer({ min: 1, max: 700 }),
      depth: fc.integer({ min: 1, max: 20 }),
    });
    await fc.assert(
      fc.asyncProperty(counts, async ({ size, blockSize, depth }) => {
        const blocks = new Blocks(size, blockSize);
        const taken: Block[] = [];

        await blocks.share(depth, collect(blocks, taken));

        let next = 0;
        for (const { position, length } of taken) {
          expect(position).toBe(next);
          expect(length).toBeLessThanOrEqual(blockSize);
          next += length;
        }
        expect(next).toBe(size);
      }),
    );
  });

  it("have no more workers than blocks", async () => {
    const blocks = new Blocks(10, 4);
    let workers = 0;

    await blocks.share(16, async () => {
      workers++;
      await collect(blocks, [])();
    });

    expect(workers).toBe(3);
  });

  it("end with the first failure, after every worker has ended", async () => {
    const blocks = new Blocks(100, 1);
    const ended: number[] = [];
    let number = 0;

    const sharing = blocks.share(3, async () => {
      const mine = number++;
      try {
        for (let block = blocks.take(); block !== undefined; block = blocks.take()) {
          await new Promise((resolve) => setImmediate(resolve));
          if (mine === 1) throw new Error("of worker 1");
        }
      } finally {
        ended.push(mine);
      }
    });

    await expect(sharing).rejects.toThrow("of worker 1");
    expect(ended.sort()).toEqual([0, 1, 2]);
    expect(blocks.take()).toBeUndefined();
  });

  it("of an endless range come one after the other until a worker stops", async () => {
    const blocks = new Blocks(Infinity, 8);
    const taken: Block[] = [];

    await blocks.share(1, async () => {
      for (let block = blocks.take(); block !== undefined; block = blocks.take()) {
        taken.push(block);
        if (taken.length === 3) break;
        await Promise.resolve();
      }
    });

    expect(taken.map(({ position }) => position)).toEqual([0, 8, 16]);
  });
});
