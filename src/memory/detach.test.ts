import { describe, expect, it } from "vitest";
import { assertDetachWorks, detach } from "./detach.ts";

describe("detaching", () => {
  it("moves the bytes to a successor and leaves every view of the old buffer empty", () => {
    const before = new ArrayBuffer(16);
    const bytes = new Uint8Array(before).fill(7);
    const part = bytes.subarray(4, 8);

    const after = detach(before);

    expect(before.byteLength).toBe(0);
    expect(bytes).toHaveLength(0);
    expect(part).toHaveLength(0);
    expect([...new Uint8Array(after)]).toEqual(Array<number>(16).fill(7));
  });

  it("gives an ArrayBuffer of this realm, which can be detached again", () => {
    const after = detach(detach(new ArrayBuffer(8)));

    expect(after).toBeInstanceOf(ArrayBuffer);
    expect(after.byteLength).toBe(8);
    expect(after.slice(0, 2).byteLength).toBe(2);
    expect(structuredClone(after).byteLength).toBe(8);
    expect(Buffer.from(after)).toHaveLength(8);
  });

  it("is known to work in this engine", () => {
    expect(assertDetachWorks).not.toThrow();
  });
});
