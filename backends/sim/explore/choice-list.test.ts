import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeChoices, encodeChoices } from "./choice-list.ts";

describe("a replay string", () => {
  it("stands for the choices it was made from, but for zeros at the end", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(200)), (choices) => {
        const decoded = decodeChoices(encodeChoices(choices));

        const zeros = Array.from({ length: choices.length - decoded.length }, () => 0);
        expect([...decoded, ...zeros]).toEqual(choices);
      }),
    );
  });

  it("is short: one character for each choice that matters", () => {
    expect(encodeChoices([0, 2, 0, 10, 1, 0, 0])).toBe("x1:020a1");
    expect(encodeChoices([])).toBe("x1:");
    expect(encodeChoices([36])).toBe("x1:(36)");
  });

  it.each(["", "x1", "x2:01", "x1:0-1", "x1:(1", "x1:A"])("is not %o", (text) => {
    expect(() => decodeChoices(text)).toThrow(SyntaxError);
  });
});
