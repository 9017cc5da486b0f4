import { describe, expect, it } from "vitest";
import { UsageError } from "./exit.ts";
import { parseCommand, parseCount } from "./parse.ts";

const OPTIONS = { verify: { type: "boolean" }, depth: { type: "string" } } as const;

describe("a command line", () => {
  it("has options anywhere, and names in order", () => {
    const { values, positionals } = parseCommand(["a", "--verify", "b", "--depth=3"], OPTIONS);

    expect(values).toEqual({ verify: true, depth: "3" });
    expect(positionals).toEqual(["a", "b"]);
  });

  it("has only names after --", () => {
    const { values, positionals } = parseCommand(["--", "--verify", "-x"], OPTIONS);

    expect(values).toEqual({});
    expect(positionals).toEqual(["--verify", "-x"]);
  });

  it("takes a lone dash for a name", () => {
    expect(parseCommand(["-", "b"], OPTIONS).positionals).toEqual(["-", "b"]);
  });

  it("means the last of an option that is given twice", () => {
    const { values } = parseCommand(["--depth", "3", "--depth", "4", "--verify"], OPTIONS);

    expect(values).toEqual({ depth: "4", verify: true });
  });

  it.each([
    [["--unknown"], /'--unknown'/],
    [["-v"], /'-v'/],
    [["--verify=yes"], /'--verify'/],
    [["--depth"], /'--depth <value>' argument missing/],
  ])("refuses %j", (args, message) => {
    expect(() => parseCommand(args, OPTIONS)).toThrow(UsageError);
    expect(() => parseCommand(args, OPTIONS)).toThrow(message);
  });
});

describe("a count", () => {
  it.each([
    [undefined, 7],
    ["1", 1],
    ["100", 100],
  ])("of %j is %j", (value, count) => {
    expect(parseCount("depth", value, 7, 100)).toBe(count);
  });

  it.each(["0", "101", "-1", "1.5", "1e1", "0x10", "", " 1", "ten", "NaN", "1K"])(
    "is not %j",
    (value) => {
      expect(() => parseCount("depth", value, 7, 100)).toThrow(
        `--depth takes a whole number from 1 to 100, not '${value}'`,
      );
    },
  );

  it.each([
    ["1K", 1024],
    ["3M", 3 * 2 ** 20],
    ["512", 512],
  ])("of bytes may have a unit: %s", (value, count) => {
    expect(parseCount("block-size", value, 7, 2 ** 26, true)).toBe(count);
  });

  it.each(["0K", "65M", "1G", "1KB", "K"])("of bytes is not %j", (value) => {
    expect(() => parseCount("block-size", value, 7, 2 ** 26, true)).toThrow(UsageError);
  });
});
