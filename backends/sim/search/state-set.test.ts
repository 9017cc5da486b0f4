import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { StateSet } from "./state-set.ts";

describe("a set of states", () => {
  it("says of each key whether it is new, as a set of strings does", () => {
    const key = fc.tuple(fc.integer({ min: 0, max: 3 }), fc.integer(), fc.constantFrom(0, -1));
    fc.assert(
      fc.property(fc.array(key, { maxLength: 200 }), (keys) => {
        const set = new StateSet(3);
        const expected = new Set<string>();
        for (const words of keys) {
          const isNew = !expected.has(words.join());
          expected.add(words.join());
          expect(set.add(Int32Array.from(words))).toBe(isNew);
        }
        expect(set.size).toBe(expected.size);
      }),
    );
  });

  it("keeps what it has while it grows", () => {
    const set = new StateSet(2);
    const words = (index: number): Int32Array => Int32Array.of(index % 100, index);
    for (let index = 0; index < 10_000; index++) set.add(words(index));

    for (let index = 0; index < 10_000; index++) expect(set.add(words(index))).toBe(false);
    expect(set.size).toBe(10_000);
  });

  it("takes a copy of the key", () => {
    const set = new StateSet(1);
    const key = Int32Array.of(1);
    set.add(key);
    key[0] = 2;

    expect(set.add(key)).toBe(true);
  });
});
