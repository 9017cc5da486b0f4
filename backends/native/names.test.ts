import { describe, expect, it } from "vitest";
import { SETUP_FLAGS, errnoName, featureNames, opcodeName } from "./names.ts";

describe("names for numbers", () => {
  it("list the features of a bit set, unknown bits in hexadecimal", () => {
    expect(featureNames(0)).toEqual([]);
    expect(featureNames(0b11)).toEqual(["SINGLE_MMAP", "NODROP"]);
    expect(featureNames(0x80000002 | 0)).toEqual(["NODROP", "0x80000000"]);
  });

  it("name opcodes and errnos, and fall back to the number", () => {
    expect(opcodeName(0)).toBe("NOP");
    expect(opcodeName(22)).toBe("READ");
    expect(opcodeName(65)).toBe("65");
    expect(errnoName(1)).toBe("EPERM");
    expect(errnoName(4095)).toBe("errno 4095");
  });

  it("know every setup flag, lowest bit first", () => {
    expect(SETUP_FLAGS[0]).toEqual({ name: "IOPOLL", value: 1 });
    expect(SETUP_FLAGS).toContainEqual({ name: "DEFER_TASKRUN", value: 0x2000 });
    expect(SETUP_FLAGS.every(({ value }) => Number.isInteger(Math.log2(value)))).toBe(true);
  });
});
