import { describe, expect, it } from "vitest";
import {
  checkBytes,
  checkCount,
  checkFd,
  checkFlags,
  checkPosition,
  describe as describeValue,
  encodePath,
} from "./validate.ts";

describe("a position", () => {
  it("is itself, or -1 for the file's own when there is none", () => {
    expect([0, 7, Number.MAX_SAFE_INTEGER].map((one) => checkPosition("read", one))).toEqual([
      0,
      7,
      Number.MAX_SAFE_INTEGER,
    ]);
    expect(checkPosition("read", undefined)).toBe(-1);
    expect(checkPosition("read", null)).toBe(-1);
    expect(() => checkPosition("read", -1)).toThrow(
      "leave it out to use the file's current position",
    );
  });
});

describe("a count", () => {
  it("lies within its bounds, which the message names", () => {
    expect(checkCount("read", "length", 5, 5)).toBe(5);
    expect(checkCount("alloc", "byteLength", 1, 5, 1)).toBe(1);
    expect(() => checkCount("read", "length", 6, 5)).toThrow(
      "read: length must be a whole number from 0 to 5; got 6",
    );
    expect(() => checkCount("alloc", "byteLength", 0, 5, 1)).toThrow("from 1 to 5; got 0");
  });
});

describe("flags", () => {
  it("are 32 bits, and none when left out", () => {
    expect([undefined, 0, 0xffffffff].map((flags) => checkFlags("recv", flags))).toEqual([
      0, 0, 0xffffffff,
    ]);
    expect(() => checkFlags("recv", 2 ** 32)).toThrow("flags must be a whole number");
  });
});

describe("a descriptor number", () => {
  it("is what Linux gives for one", () => {
    expect([0, 3, 2 ** 31 - 1].map((fd) => checkFd("read", fd))).toEqual([0, 3, 2 ** 31 - 1]);
    expect(() => checkFd("read", 2 ** 31)).toThrow("got 2147483648");
  });
});

describe("a path", () => {
  it("is UTF-8 with a NUL at its end", () => {
    expect([...encodePath("open", "/é")]).toEqual([47, 0xc3, 0xa9, 0]);
    expect([...encodePath("open", "")]).toEqual([0]);
  });

  it("has up to 4095 bytes, not characters", () => {
    expect(encodePath("open", "x".repeat(4095))).toHaveLength(4096);
    expect(() => encodePath("open", "x".repeat(4096))).toThrow("the path has 4096 bytes");
    expect(() => encodePath("open", "é".repeat(2048))).toThrow("the path has 4096 bytes");
  });
});

describe("bytes", () => {
  it("are a Uint8Array or what extends it", () => {
    const bytes = Buffer.from("abc");

    expect(checkBytes("set", bytes)).toBe(bytes);
    expect(() => checkBytes("set", { [Symbol.toStringTag]: "Uint8Array" })).toThrow("an object");
  });
});

describe("a value in a message", () => {
  it("is described whatever it is", () => {
    const circular: { self?: unknown } = {};
    circular.self = circular;
    const values = [1.5, -0, NaN, "a\0b", 3n, null, undefined, true, Symbol("s"), [], circular];

    expect([...values, () => 1, Object.create(null)].map(describeValue)).toEqual([
      "1.5",
      "0",
      "NaN",
      '"a\\u0000b"',
      "3n",
      "null",
      "undefined",
      "true",
      "Symbol(s)",
      "an array",
      "an object",
      "a function",
      "an object",
    ]);
    expect(describeValue("x".repeat(5000)).length).toBeLessThan(300);
  });
});
