import { describe, expect, it } from "vitest";
import { quote } from "./quote.ts";

describe("a quoted file name", () => {
  it.each([
    ["plain.txt", "'plain.txt'"],
    ["with a space", "'with a space'"],
    ["grüße-日本-🙂", "'grüße-日本-🙂'"],
    ["", "''"],
  ])("is %j as it is, in quotes", (name, quoted) => {
    expect(quote(name)).toBe(quoted);
  });

  it.each([
    ["two\nlines", "'two\\nlines'"],
    ["tab\tand\rreturn", "'tab\\tand\\rreturn'"],
    ["\u001b[2Jclear", "'\\x1b[2Jclear'"],
    ["bell\u0007 delete\u007f", "'bell\\x07 delete\\x7f'"],
    ["one-byte escape\u009b", "'one-byte escape\\x9b'"],
    ["line separator\u2028", "'line separator\\u2028'"],
  ])("shows the control characters in %j", (name, quoted) => {
    expect(quote(name)).toBe(quoted);
  });
});
