import { describe, expect, it } from "vitest";
import * as spec from "./index.ts";
import { isAtLeast, REFERENCE_KERNEL } from "./kernel-version.ts";
import { hasAttribute, opcodeName, opcodeRow, OPCODES, opcodesOf } from "./opcodes.ts";

const EXPORTS = new Map<string, unknown>(Object.entries(spec));

describe("the opcode table", () => {
  it("has one row for each opcode, at its number and under its constant's name", () => {
    expect(OPCODES.map((row) => row.value)).toEqual([...Array(spec.IORING_OP_LAST).keys()]);
    for (const row of OPCODES) expect(EXPORTS.get(row.name), row.name).toBe(row.value);
  });

  it("has the 63 opcodes of Linux 6.18, as that kernel answers to REGISTER_QUERY", () => {
    expect(opcodesOf(REFERENCE_KERNEL).map((row) => row.value)).toEqual([...Array(63).keys()]);
  });

  it("never has a lower number in a later kernel: opcodes are only appended", () => {
    for (const [index, row] of OPCODES.entries()) {
      const before = OPCODES[index - 1];
      if (before !== undefined) expect(isAtLeast(row.since, before.since), row.name).toBe(true);
    }
  });

  it("has no form that is older than its opcode", () => {
    for (const row of OPCODES) {
      for (const form of row.sinceForms) {
        expect(isAtLeast(form.since, row.since), `${row.name} ${form.name}`).toBe(true);
      }
    }
  });

  it("names only flags that are exported constants", () => {
    for (const row of OPCODES) {
      for (const flag of row.flagWords.flatMap((word) => word.valid)) {
        expect(typeof EXPORTS.get(flag), `${row.name} ${flag}`).toBe("number");
      }
    }
  });

  it("describes every field whose flags or memory it describes", () => {
    for (const row of OPCODES) {
      const fields = row.fields.map((use) => use.field);
      for (const word of row.flagWords) expect(fields, row.name).toContain(word.field);
      for (const held of row.memory) expect(fields, row.name).toContain(held.field);
    }
  });

  it("lists no field twice", () => {
    for (const row of OPCODES) {
      const fields = row.fields.map((use) => use.field);
      expect(new Set(fields).size, row.name).toBe(fields.length);
    }
  });

  it("allows buffer selection to the opcodes that Linux 6.18.44 was seen to allow it", () => {
    const seen = ["READV", "RECVMSG", "READ", "SEND", "RECV", "URING_CMD", "READ_MULTISHOT"];
    const rows = opcodesOf(REFERENCE_KERNEL).filter((row) =>
      hasAttribute(row.value, "bufferSelect"),
    );
    expect(rows.map((row) => opcodeName(row.value))).toEqual(seen);
  });

  it("says buf_group for each opcode that selects, and ioprio for each that takes it", () => {
    for (const row of OPCODES) {
      const fields = row.fields.map((use) => use.field);
      if (row.attributes.includes("bufferSelect")) expect(fields, row.name).toContain("buf_group");
      expect(fields.includes("ioprio"), row.name).toBe(row.attributes.includes("ioprio"));
    }
  });

  it("lets only zero-copy sends end with the notification, and no memory outlive the end", () => {
    for (const row of OPCODES) {
      const zeroCopy = row.name.endsWith("_ZC") && row.name.includes("SEND");
      expect(row.ends, row.name).toBe(zeroCopy ? "F_NOTIF CQE" : "terminal CQE");
      if (!zeroCopy) {
        expect(
          row.memory.map((held) => held.until),
          row.name,
        ).not.toContain("F_NOTIF CQE");
      }
    }
  });

  it("never gives memory that the kernel writes back at submission", () => {
    for (const held of OPCODES.flatMap((row) => row.memory)) {
      if (held.until === "submission") expect(held.direction).toBe("kernel reads");
    }
  });

  it("answers unknown numbers without throwing", () => {
    expect(opcodeRow(200)).toBeUndefined();
    expect(opcodeName(200)).toBe("opcode 200");
    expect(hasAttribute(200, "file")).toBe(false);
    expect(opcodeName(22)).toBe("READ");
  });
});
