import { expect, it } from "vitest";
import { isAtLeast, REFERENCE_KERNEL } from "../kernel-version.ts";
import { CHAPTERS, clause } from "./index.ts";

const CLAUSES = CHAPTERS.flatMap(({ clauses }) => clauses);

it("a rule is found by its id, and none by a wrong one", () => {
  expect(clause("CANCEL-6")?.rule).toContain("ALL");
  expect(clause("NONE-1")).toBeUndefined();
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

it("every rule is a sentence, with something to see and a source", () => {
  for (const { id, rule, observable, source } of CLAUSES) {
    expect(rule, id).toMatch(/^\w.*\.$/s);
    expect(observable, id).toMatch(/^\S(?:.*[^.])?$/s);
    expect(source.length, id).toBeGreaterThan(0);
    for (const text of [rule, observable, ...source]) expect(text, id).not.toMatch(/ {2}|^ | $/);
  }
});

it("a rule that changed ends with a kernel that exists, and not before it begins", () => {
  for (const { id, since, until } of CLAUSES) {
    if (until === undefined) continue;
    expect(isAtLeast(REFERENCE_KERNEL, until), id).toBe(true);
    if (since !== undefined) expect(isAtLeast(until, since), id).toBe(true);
  }
});

it("an open rule gives a reason, without a full stop, since it stands in a sentence", () => {
  for (const { id, open } of CLAUSES) {
    if (open !== undefined) expect(open.reason, id).toMatch(/\w.*[^.]$/s);
  }
});
