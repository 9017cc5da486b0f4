/**
 * What a program drops without giving it back: memory and descriptors are reclaimed,
 * but never while the kernel or a view of the program still has them.
 */
import { describe, expect, it } from "vitest";
import type { Backend, Region } from "../../src/backend.ts";
import { collectUntil } from "../../src/testing/garbage.ts";
import { type OwnedBuffer, Ring } from "../../src/index.ts";
import type { World } from "../worlds/world.ts";
import { ignore, ringTests, turn } from "./harness.ts";

const onRing = await ringTests();
const NATIVE = { only: "native" } as const; // a simulated world that is audited keeps everything
const BUFFER_BYTES = 8192;

/** A backend that counts the regions of one size that are not freed. */
function counting(backend: Backend): { backend: Backend; alive: () => number } {
  let alive = 0;
  const allocate = (byteLength: number, alignment?: number): Region => {
    const region = backend.allocate(byteLength, alignment);
    if (byteLength !== BUFFER_BYTES) return region;
    alive++;
    const free = region.free.bind(region);
    return Object.assign(region, {
      free: () => {
        free();
        alive--;
      },
    });
  };
  const proxy = new Proxy(backend, {
    get(target, key) {
      if (key === "allocate") return allocate;
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === "function" ? (value.bind(target) as unknown) : value;
    },
  });
  return { backend: proxy, alive: () => alive };
}

async function withCounting(
  world: World,
  body: (ring: Ring, alive: () => number) => Promise<void>,
): Promise<void> {
  const { backend, alive } = counting(world.backend);
  const ring = await Ring.open({ backend, entries: 4 });
  try {
    await body(ring, alive);
  } finally {
    await ring.close();
  }
}

// What a function of its own has dropped, no variable of the test keeps by accident.

function dropBuffers(ring: Ring, count: number): void {
  for (let index = 0; index < count; index++) {
    const buffer = ring.alloc(BUFFER_BYTES);
    if (index % 2 === 0) buffer.bytes.fill(1);
  }
}

async function dropResult(ring: Ring, fd: number, buffer: OwnedBuffer): Promise<void> {
  const { bytesRead } = await ring.read(fd, buffer);
  expect(bytesRead).toBe(1);
}

describe("a dropped buffer", () => {
  onRing("is reclaimed", NATIVE, async ({ world }) => {
    await withCounting(world, async (ring, alive) => {
      dropBuffers(ring, 20);

      expect(await collectUntil(() => alive() === 0)).toBe(true);
    });
  });

  onRing("is not reclaimed while a view of it is kept", NATIVE, async ({ world }) => {
    await withCounting(world, async (ring, alive) => {
      const views = [ring.alloc(BUFFER_BYTES).bytes.fill(7).subarray(10, 20)];

      await collectUntil(() => alive() === 0);
      expect(alive()).toBe(1);
      expect([...(views[0] ?? [])]).toEqual(Array<number>(10).fill(7));
      views.length = 0;

      expect(await collectUntil(() => alive() === 0)).toBe(true);
    });
  });

  //= OWN-6
  onRing("is not reclaimed while the kernel has it", NATIVE, async ({ world }) => {
    await withCounting(world, async (ring, alive) => {
      const { read, write } = world.pipe();
      ignore(ring.read(read, ring.alloc(BUFFER_BYTES)));
      await turn();

      await collectUntil(() => alive() === 0);
      expect(alive()).toBe(1);
      world.write(write, "x");

      expect(await collectUntil(() => alive() === 0)).toBe(true);
    });
  });

  onRing("is reclaimed although its dead handle is kept", NATIVE, async ({ world }) => {
    await withCounting(world, async (ring, alive) => {
      const { read, write } = world.pipe();
      const dead = ring.alloc(BUFFER_BYTES);
      world.write(write, "x");
      await dropResult(ring, read, dead);

      expect(await collectUntil(() => alive() === 0)).toBe(true);
      expect(dead.owned).toBe(false);
    });
  });
});

describe("a dropped file", () => {
  onRing("is closed, with a warning", NATIVE, async ({ ring, world }) => {
    const warnings: string[] = [];
    const onWarning = ({ message }: Error): number => warnings.push(message);
    process.on("warning", onWarning);
    world.defer(() => process.off("warning", onWarning));
    const path = world.tempPath("data");
    world.writeFile(path, "abc");
    let fd = -1;
    await (async () => {
      fd = (await ring.openFile(path)).fd;
    })();

    expect(await collectUntil(() => warnings.length > 0)).toBe(true);

    expect(warnings).toEqual([`safer-ring: descriptor ${fd} was dropped without close()`]);
    // The number is free again: the next file gets it.
    await ring.nop();
    const file = await ring.openFile(path);
    expect(file.fd).toBeLessThanOrEqual(fd);
    await file.close();
  });
});

describe("the garbage collector", () => {
  it("is there", async () => {
    const gone = new FinalizationRegistry<string>((name) => collected.push(name));
    const collected: string[] = [];
    gone.register({}, "something");

    expect(await collectUntil(() => collected.length > 0)).toBe(true);
  });
});
