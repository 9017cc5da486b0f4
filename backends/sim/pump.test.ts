import { expect, it } from "vitest";
import { Pump } from "./pump.ts";

/** Lets the event loop turn until `isOver`. */
async function until(isOver: () => boolean): Promise<void> {
  while (!isOver()) await new Promise<void>((resolve) => setImmediate(resolve));
}

it("runs one step per macrotask: what a step settles has run before the next", async () => {
  const seen: string[] = [];
  let left = 40;
  const pump = new Pump(() => {
    if (left === 0) return false;
    left -= 1;
    const step = left;
    seen.push(`step ${step}`);
    queueMicrotask(() => {
      queueMicrotask(() => seen.push(`settled ${step}`));
    });
    return true;
  });

  pump.poke();
  expect(seen).toEqual([]);
  await until(() => pump.isIdle);
  const pairs = Array.from({ length: 40 }, (_, i) => [`step ${39 - i}`, `settled ${39 - i}`]);
  expect(seen).toEqual(pairs.flat());
});

it("rests when there is nothing to do, and goes on when it is poked", async () => {
  let steps = 0;
  let work = 3;
  const pump = new Pump(() => {
    steps += 1;
    work -= 1;
    return work >= 0;
  });

  pump.poke();
  pump.poke();
  await until(() => pump.isIdle);
  expect(steps).toBe(4);
  work = 2;
  pump.poke();
  await until(() => pump.isIdle);
  expect(steps).toBe(7);
});

it("stops at once", async () => {
  let steps = 0;
  const pump: Pump = new Pump(() => {
    steps += 1;
    pump.stop();
    return true;
  });

  pump.poke();
  await until(() => pump.isIdle);
  await new Promise<void>((resolve) => setImmediate(resolve));
  expect(steps).toBe(1);
});
