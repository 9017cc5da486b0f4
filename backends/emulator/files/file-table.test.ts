import { describe, expect, it } from "vitest";
import { ENFILE } from "../../../spec/errno.ts";
import { FileNode, FileTable } from "./file-table.ts";
import { FakeRegular } from "../testing/fake-files.ts";

const node = (): FileNode => new FileNode(new FakeRegular(new Uint8Array(0)), 0, 0);

/** Picks a slot and fills it, as its callers do. */
function take(table: FileTable): number {
  const slot = table.pick();
  if (slot >= 0) table.set(slot, node());
  return slot;
}

describe("FileTable", () => {
  it("has no slots below 0 or past its end", () => {
    const table = new FileTable(2);
    table.set(1, node());

    expect([-1, 0, 1, 2].map((slot) => table.get(slot) !== undefined)).toEqual([
      false,
      false,
      true,
      false,
    ]);
  });

  it("gives back what was in a slot that is filled or emptied", () => {
    const table = new FileTable(1);
    const [first, second] = [node(), node()];

    expect(table.set(0, first)).toBeUndefined();
    expect(table.set(0, second)).toBe(first);
    expect(table.clear(0)).toBe(second);
    expect(table.clear(0)).toBeUndefined();
  });

  it("picks every free slot once, then none", () => {
    const table = new FileTable(4);
    table.set(2, node());

    expect([take(table), take(table), take(table)].sort()).toEqual([0, 1, 3]);
    expect(take(table)).toBe(-ENFILE);
  });

  it("goes on behind the slot that was filled last, and at one that was emptied", () => {
    const table = new FileTable(8);
    table.set(3, node());
    expect(take(table)).toBe(4);

    table.clear(3);

    expect([take(table), take(table), take(table)]).toEqual([3, 5, 6]);
  });

  it("does not go elsewhere for a slot whose file is replaced", () => {
    const table = new FileTable(8);
    table.set(0, node());
    expect(take(table)).toBe(1);

    table.set(0, node());

    expect(take(table)).toBe(2);
  });

  it("picks inside of its range only, wherever slots are filled and emptied", () => {
    const table = new FileTable(6);
    table.limitPicks(2, 2);
    table.set(5, node());
    table.set(0, node());
    table.clear(0);

    expect([take(table), take(table)]).toEqual([2, 3]);
    table.clear(5);
    expect(take(table)).toBe(-ENFILE);
  });
});
