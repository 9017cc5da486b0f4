import { constants } from "node:fs";
import { describe, expect, it } from "vitest";
import { openFlags, type OpenWord } from "./open-flags.ts";

const { O_APPEND, O_CREAT, O_EXCL, O_RDONLY, O_RDWR, O_SYNC, O_TRUNC, O_WRONLY } = constants;
const O_CLOEXEC = 0o2000000;

describe("flags to open a file by", () => {
  it.each<readonly [OpenWord, number]>([
    ["r", O_RDONLY],
    ["rs", O_RDONLY | O_SYNC],
    ["r+", O_RDWR],
    ["rs+", O_RDWR | O_SYNC],
    ["w", O_WRONLY | O_CREAT | O_TRUNC],
    ["wx", O_WRONLY | O_CREAT | O_TRUNC | O_EXCL],
    ["w+", O_RDWR | O_CREAT | O_TRUNC],
    ["wx+", O_RDWR | O_CREAT | O_TRUNC | O_EXCL],
    ["a", O_WRONLY | O_CREAT | O_APPEND],
    ["ax", O_WRONLY | O_CREAT | O_APPEND | O_EXCL],
    ["a+", O_RDWR | O_CREAT | O_APPEND],
    ["ax+", O_RDWR | O_CREAT | O_APPEND | O_EXCL],
  ])("%s means what it means in Node, and the file is not inherited", (word, bits) => {
    expect(openFlags(word)).toBe(bits | O_CLOEXEC);
  });

  it("may be given as a number", () => {
    expect(openFlags(O_RDWR | O_EXCL)).toBe(O_RDWR | O_EXCL | O_CLOEXEC);
  });
});
