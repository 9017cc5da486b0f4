import { describe, expect, it } from "vitest";
import { EAGAIN, ENOENT, ERRNO_TABLE, errnoName, errnoText, EWOULDBLOCK } from "./errno.ts";

describe("the errno table", () => {
  it("has each number once, in order, and no gap but the two that Linux has", () => {
    const numbers = ERRNO_TABLE.map((row) => row.value);
    const all = Array.from({ length: 133 }, (_, index) => index + 1);
    expect(numbers).toEqual(all.filter((number) => number !== 41 && number !== 58));
  });

  it("names a number of either sign", () => {
    expect(errnoName(ENOENT)).toBe("ENOENT");
    expect(errnoName(-ENOENT)).toBe("ENOENT");
    expect(errnoText(-ENOENT)).toBe("no such file or directory");
  });

  it("gives the first name of a number with two", () => {
    expect(EWOULDBLOCK).toBe(EAGAIN);
    expect(errnoName(EWOULDBLOCK)).toBe("EAGAIN");
  });

  it("says the number where there is no name, as for a leaked ERESTARTSYS", () => {
    expect(errnoName(-512)).toBe("E512");
    expect(errnoText(-512)).toBe("unknown error");
  });
});
