import { describe, expect, it } from "vitest";
import { bitNames, CONSTANT_GROUPS, CONSTANTS, knownBits } from "./constants.ts";
import * as spec from "./index.ts";
import { registerOpcodeName, registerOpcodeRow, REGISTER_OPCODES } from "./register-opcodes.ts";
import { ENTER_FLAGS } from "./tables/enter.ts";
import { LINUX_GROUPS } from "./tables/linux.ts";
import { FEATURES, SETUP_FLAGS } from "./tables/setup.ts";
import { SQE_FLAGS_GROUP } from "./tables/sqe.ts";
import * as bpf from "./abi/bpf-filter.ts";
import * as cqe from "./abi/cqe.ts";
import * as enter from "./abi/enter.ts";
import * as linux from "./abi/linux.ts";
import * as opcodes from "./abi/opcodes.ts";
import * as query from "./abi/query.ts";
import * as register from "./abi/register.ts";
import * as setup from "./abi/setup.ts";
import * as sqe from "./abi/sqe.ts";
import * as zcrx from "./abi/zcrx.ts";

const EXPORTS = new Map<string, unknown>(Object.entries(spec));
/** Offsets and sizes are described by the tables of structs, not by those of constants. */
const IS_CONSTANT = /^(IORING_|IO_|IOU_|IOSQE_|SPLICE_F_FD|SOCKET_URING|ZCRX_)/;

describe("the tables of constants", () => {
  it("describe every constant of the ABI modules, once", () => {
    const modules = [bpf, cqe, enter, opcodes, query, register, setup, sqe, zcrx];
    const names = modules
      .flatMap((module) => Object.keys(module))
      .filter((n) => IS_CONSTANT.test(n));
    expect(CONSTANTS.map((row) => row.name).sort()).toEqual(names.sort());
  });

  it("give each constant the value that is exported under its name", () => {
    for (const row of CONSTANTS) expect(EXPORTS.get(row.name), row.name).toBe(row.value);
  });

  it("group every constant of linux.ts, once, and name newer ones only from the group", () => {
    const grouped = LINUX_GROUPS.flatMap((group) => Object.keys(group.values));
    expect(grouped.sort()).toEqual(Object.keys(linux).sort());
    for (const group of LINUX_GROUPS) {
      const names = Object.keys(group.values);
      for (const name of Object.keys(group.newer ?? {})) expect(names).toContain(name);
    }
  });

  it("have one bit in each row of a group of bits, and no bit twice", () => {
    for (const group of CONSTANT_GROUPS.filter((one) => one.kind === "bits")) {
      const values = group.rows.map((row) => row.value);
      expect(new Set(values).size, group.name).toBe(values.length);
      for (const value of values) expect(Math.log2(value) % 1, group.name).toBe(0);
    }
  });

  it("give the masks that Linux 6.18 answers to REGISTER_QUERY", () => {
    expect(knownBits(SETUP_FLAGS, "6.18")).toBe(0x7ffff);
    expect(knownBits(FEATURES, "6.18")).toBe(0x3ffff);
    expect(knownBits(ENTER_FLAGS, "6.18")).toBe(0xff);
    expect(knownBits(SQE_FLAGS_GROUP, "6.18")).toBe(0x7f);
  });

  it("give the masks of an older kernel too", () => {
    expect(knownBits(SQE_FLAGS_GROUP, "5.4")).toBe(7);
    expect(knownBits(SETUP_FLAGS, "5.1")).toBe(7);
  });

  it("name the bits of a number, and what has no name as a number", () => {
    const bits = spec.IOSQE_IO_LINK | spec.IOSQE_ASYNC | 0x80;
    expect(bitNames(SQE_FLAGS_GROUP, bits)).toEqual(["IOSQE_IO_LINK", "IOSQE_ASYNC", "0x80"]);
    expect(bitNames(SQE_FLAGS_GROUP, 0)).toEqual([]);
  });
});

describe("the table of register opcodes", () => {
  it("has one row for each opcode, at the index of its number", () => {
    const numbers = [...Array(spec.IORING_REGISTER_LAST).keys()];
    expect(REGISTER_OPCODES.map((row) => row.value)).toEqual(numbers);
  });

  it("has the 36 opcodes of Linux 6.18", () => {
    const rows = REGISTER_OPCODES.filter((row) => spec.isAtLeast("6.18", row.since));
    expect(rows.map((row) => row.value)).toEqual([...Array(36).keys()]);
  });

  it("answers unknown numbers without throwing", () => {
    expect(registerOpcodeRow(99)).toBeUndefined();
    expect(registerOpcodeName(99)).toBe("register opcode 99");
    expect(registerOpcodeName(2)).toBe("REGISTER_FILES");
  });
});
