import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Fifo } from "./fifo.ts";

describe("a queue", () => {
  it("behaves as an array from which one shifts", () => {
    const step = fc.oneof(
      { weight: 3, arbitrary: fc.nat().map((item) => ({ push: item })) },
      { weight: 2, arbitrary: fc.constant("shift" as const) },
      { weight: 1, arbitrary: fc.nat(20).map((at) => ({ remove: at })) },
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const queue = new Fifo<{ item: number }>();
        const model: { item: number }[] = [];
        for (const one of steps) {
          if (one === "shift") {
            expect(queue.shift()).toBe(model.shift());
          } else if ("push" in one) {
            const item = { item: one.push };
            queue.push(item);
            model.push(item);
          } else {
            const item = model[one.remove];
            if (item !== undefined) model.splice(one.remove, 1);
            expect(queue.remove(item ?? { item: -1 })).toBe(item !== undefined);
          }
          expect(queue.length).toBe(model.length);
          expect(queue.peek()).toBe(model[0]);
        }
      }),
    );
  });

  it("keeps its order when it is long, and lets go of what left it", () => {
    const queue = new Fifo<number>();
    const seen: (number | undefined)[] = [];
    for (let item = 0; item < 5000; item++) queue.push(item);

    for (let item = 0; item < 3000; item++) seen.push(queue.shift());
    expect(queue.remove(2)).toBe(false);
    expect(queue.remove(4000)).toBe(true);
    while (queue.length > 0) seen.push(queue.shift());

    expect(seen).toEqual(Array.from({ length: 5000 }, (_, item) => item).toSpliced(4000, 1));
    expect(queue.shift()).toBeUndefined();
  });
});
