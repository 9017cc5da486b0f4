/**
 * What a scenario expects of a completion, and how it is told when that does not come.
 *
 * A result is written as a count or as the name of an errno: `3`, `"ECANCELED"`. Where Linux
 * leaves the outcome open, the expectation names the set (`anyOf`).
 */
import { IORING_CQE_F_MORE, IORING_CQE_F_SOCK_NONEMPTY } from "../../../spec/abi/cqe.ts";
import { ERRNO_TABLE, errnoName } from "../../../spec/errno.ts";

/** The name of an errno. */
export type ErrnoName = Extract<
  keyof typeof import("../../../spec/errno.ts"),
  `E${Uppercase<string>}`
>;

/** A result: a count, or the errno that the kernel gives negated. */
export type Result = number | ErrnoName;

/** One CQE. */
export interface Completion {
  readonly userData: number;
  readonly res: number;
  readonly flags: number;
}

/** A set of completions, and its name for failure messages. */
export interface CompletionSet {
  readonly text: string;
  matches(completion: Completion): boolean;
}

/** What is expected of a completion. A bare result also means: flags 0 (hints not counted). */
export type Expected = Result | CompletionSet;

/** Hints that say nothing about the request itself (ND-11). */
const HINTS = IORING_CQE_F_SOCK_NONEMPTY;

/** The number that the kernel puts in `res`. */
export function resultOf(result: Result): number {
  if (typeof result === "number") return result;
  const row = ERRNO_TABLE.find(({ name }) => name === result);
  if (row === undefined) throw new Error(`${result} is no errno of Linux`);
  return -row.value;
}

/** `3`, or `-ECANCELED (-125)`. */
export function resultText(res: number): string {
  return res < 0 ? `-${errnoName(res)} (${res})` : `${res}`;
}

export function completionText({ res, flags }: Completion): string {
  return flags === 0 ? resultText(res) : `${resultText(res)} with flags 0x${flags.toString(16)}`;
}

/** A result with these flags and no others (hints not counted). */
export function withFlags(result: Result, flags: number): CompletionSet {
  const res = resultOf(result);
  return {
    text: completionText({ userData: 0, res, flags }),
    matches: (completion) => completion.res === res && (completion.flags & ~HINTS) >>> 0 === flags,
  };
}

/** The set that an expectation stands for. */
export function setOf(expected: Expected): CompletionSet {
  return typeof expected === "object" ? expected : withFlags(expected, 0);
}

/** A shot of a multishot request that goes on. */
export function more(result: Result): CompletionSet {
  return withFlags(result, IORING_CQE_F_MORE);
}

/** One of several results. */
export function anyOf(...options: readonly Expected[]): CompletionSet {
  const sets = options.map(setOf);
  return {
    text: `one of ${sets.map(({ text }) => text).join(", ")}`,
    matches: (completion) => sets.some((set) => set.matches(completion)),
  };
}

/** @throws {Error} naming both, unless they are the same */
export function equal(what: string, got: number, expected: Result): void {
  if (got === resultOf(expected)) return;
  throw new Error(`${what}: expected ${resultText(resultOf(expected))}, got ${resultText(got)}`);
}

/** @throws {Error} when the statement is false */
export function check(statement: string, holds: boolean): void {
  if (!holds) throw new Error(`not so: ${statement}`);
}
