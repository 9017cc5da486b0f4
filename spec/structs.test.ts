import { describe, expect, it } from "vitest";
import { allFields, structRow, STRUCTS } from "./structs.ts";

describe("the tables of structs", () => {
  it("name each struct once, and each field of a struct once", () => {
    const names = STRUCTS.map((row) => row.name);
    expect(new Set(names).size).toBe(names.length);
    for (const row of STRUCTS) {
      const fields = allFields(row).map((one) => one.name);
      expect(new Set(fields).size, row.name).toBe(fields.length);
    }
  });

  it("list fields in the order of their offsets, without overlap, inside the struct", () => {
    for (const row of STRUCTS) {
      let end = 0;
      for (const one of row.fields) {
        expect(one.offset, `${row.name} ${one.name}`).toBeGreaterThanOrEqual(end);
        end = one.offset + one.size;
      }
      expect(end, row.name).toBeLessThanOrEqual(row.size);
    }
  });

  it("leave no byte of an SQE, a CQE or the parameters undescribed", () => {
    const whole = ["io_uring_params", "io_uring_sqe", "io_uring_cqe", "io_uring_getevents_arg"];
    for (const name of whole) {
      const row = structRow(name);
      const described = row?.fields.reduce((sum, one) => sum + one.size, 0);
      expect(described, name).toBe(row?.size);
    }
  });

  it("keep alternatives inside the bytes of the field they stand beside", () => {
    for (const row of STRUCTS) {
      for (const one of row.fields) {
        for (const other of one.alternatives) {
          expect(other.offset, `${row.name} ${other.name}`).toBeGreaterThanOrEqual(one.offset);
          const end = row.fields.find((next) => next.offset > other.offset)?.offset ?? row.size;
          expect(other.offset, `${row.name} ${other.name}`).toBeLessThan(end);
        }
      }
    }
  });

  it("find a struct by its name, and none by a wrong one", () => {
    expect(structRow("io_uring_sqe")?.size).toBe(64);
    expect(structRow("struct iovec")?.size).toBe(16);
    expect(structRow("io_uring_nothing")).toBeUndefined();
  });
});
