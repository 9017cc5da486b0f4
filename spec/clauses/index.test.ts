import { expect, it } from "vitest";
import { isAtLeast, REFERENCE_KERNEL } from "../kernel-version.ts";
import { CHAPTERS, clause } from "./index.ts";

const CLAUSES = CHAPTERS.flatMap(({ clauses }) => clauses);

it("a rule is found by its id, and none by a wrong one", () => {
  expect(clause("CANCEL-6")?.rule).toContain("ALL");
  expect(clause("CANCEL-0")).toBeUndefined();
  expect(clause("cancel-6")).toBeUndefined();
});

it("every chapter has a prefix and a title of its own, and says what it is about", () => {
  expect(new Set(CHAPTERS.map(({ prefix }) => prefix)).size).toBe(CHAPTERS.length);
  expect(new Set(CHAPTERS.map(({ title }) => title)).size).toBe(CHAPTERS.length);
  for (const { prefix, introduction, clauses } of CHAPTERS) {
    expect(introduction, prefix).toMatch(/^\w.*\.$/s);
    expect(clauses.length, prefix).toBeGreaterThan(0);
  }
});

it("no two rules say the same", () => {
  expect(new Set(CLAUSES.map(({ rule }) => rule)).size).toBe(CLAUSES.length);
});

it.each(CLAUSES)("$id is a sentence with something to see and a source", (row) => {
  expect(row.rule).toMatch(/^\w.*\.$/s);
  expect(row.observable).toMatch(/^\S(?:.*[^.])?$/s);
  expect(row.source.length).toBeGreaterThan(0);
  for (const text of [row.rule, row.observable, ...row.source]) {
    expect(text).not.toMatch(/ {2}|^ | $/);
  }
});

it.each(CLAUSES)("$id holds for a range of kernels that exists", ({ since, until }) => {
  if (until === undefined) return;
  expect(isAtLeast(REFERENCE_KERNEL, until)).toBe(true);
  if (since !== undefined) expect(isAtLeast(until, since)).toBe(true);
});

it.each(CLAUSES)("$id says in a sentence why it has no test, if it has none", ({ open }) => {
  if (open !== undefined) expect(open.reason).toMatch(/\w.*[^.]$/s);
});
