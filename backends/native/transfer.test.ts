import { describe, expect, it } from "vitest";
import { detach, findTransfer } from "./transfer.ts";

const transfer = findTransfer();

describe("transfer", () => {
  it("moves the bytes to a new buffer and detaches the old one", () => {
    const buffer = Uint8Array.of(1, 2, 3).buffer;
    const view = new Uint8Array(buffer);

    const successor = transfer(buffer);

    expect([...new Uint8Array(successor)]).toEqual([1, 2, 3]);
    expect(view.length).toBe(0);
    expect(() => new Uint8Array(buffer)).toThrow(TypeError);
  });

  it("gives an ArrayBuffer of this context", () => {
    const successor = transfer(new ArrayBuffer(8));

    expect(successor).toBeInstanceOf(ArrayBuffer);
    expect(Object.getPrototypeOf(successor)).toBe(ArrayBuffer.prototype);
    expect(Object.getPrototypeOf(transfer(successor))).toBe(ArrayBuffer.prototype);
  });

  it("throws for a buffer that was moved already", () => {
    const buffer = new ArrayBuffer(8);
    transfer(buffer);

    expect(() => transfer(buffer)).toThrow(TypeError);
  });

  it("detaches for good", () => {
    const buffer = new ArrayBuffer(8);

    detach(transfer, buffer);

    expect(buffer.byteLength).toBe(0);
  });
});
