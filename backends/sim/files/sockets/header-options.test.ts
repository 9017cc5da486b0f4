/** What Linux 6.18 answered to IP_OPTIONS, without privileges. */
import { describe, expect, it } from "vitest";
import { EFAULT, EINVAL, EPERM } from "../../../../spec/errno.ts";
import { setHeaderOptions } from "./header-options.ts";

function set(hex: string, privileged = false): number {
  const bytes = Uint8Array.from(hex.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16));
  const read = (length: number): DataView => new DataView(bytes.slice(0, length).buffer);
  return setHeaderOptions(bytes.length, read, privileged);
}

describe("options of the IP header", () => {
  it.each([
    ["none", ""],
    ["nothing, and the end", "01010100"],
    ["whatever is behind the end", "00000100"],
    ["a record of the route", "070304"],
    ["one with room for an address", "07070400000000"],
    ["a router alert", "94040000"],
    ["times", "440805000000000000"],
    ["a record that is full", "440409000000000000"],
  ])("may be %s", (_what, hex) => {
    expect(set(hex)).toBe(0);
  });

  it.each([
    ["41 bytes", "01".repeat(41)],
    ["one without a length", "07"],
    ["one that is longer than the list", "0709040000"],
    ["a pointer into the header of the option", "07070300000000"],
    ["half an address", "070604000000"],
    ["two records of the route", "070304070304"],
    ["a source route that does not begin at its first address", "83070800000000"],
    ["a record that has overflown fifteen times", "440409f0"],
    ["what nobody knows", "02020000"],
  ])("may not be %s", (_what, hex) => {
    expect(set(hex)).toBe(-EINVAL);
  });

  it("need a privilege for a source route, and for what nobody knows", () => {
    expect([set("83070400000000"), set("83070400000000", true)]).toEqual([-EPERM, 0]);
    expect([set("02020000"), set("02020000", true)]).toEqual([-EINVAL, 0]);
  });

  it("have to lie somewhere", () => {
    expect(setHeaderOptions(4, () => undefined, false)).toBe(-EFAULT);
  });
});
