/**
 * The shape of the numbered rules: a chapter is a list of clauses, a clause is one statement about
 * io_uring that a test can prove or refute.
 *
 * A test or a piece of the emulator cites a clause by its id, in a comment line (`//= CANCEL-4`)
 * or, for a conformance scenario, in its registration (`scenario("CANCEL-4", ...)`).
 */
import type { KernelVersion } from "../kernel-version.ts";

/** One rule. */
export interface Clause {
  /** Prefix of the chapter and a number that is never given to another rule: "CANCEL-4". */
  readonly id: string;
  /** What holds, in one or two plain sentences in the present tense. */
  readonly rule: string;
  /** By what a program sees it: the CQE's `res` and `flags`, an errno, a counter, an order. */
  readonly observable: string;
  /**
   * Where it comes from: a man page ("io_uring_cancelation(7)"), a kernel source file
   * ("io_uring/cancel.c"), a header, or "observed on 6.18" where it was tried.
   */
  readonly source: readonly string[];
  /** The first kernel for which it holds; every kernel with io_uring when absent. */
  readonly since?: KernelVersion;
  /** The last kernel for which it holds, for behaviour that changed afterwards. */
  readonly until?: KernelVersion;
  /** Set when no test proves the rule. */
  readonly open?: OpenMark;
}

/**
 * Why a rule has no test. A `todo` waits for one; an `exception` will have none, since no test
 * of this project could observe it. A rule with a test must not carry a mark.
 */
export interface OpenMark {
  readonly kind: "todo" | "exception";
  readonly reason: string;
}

/** The rules of one part of the interface. */
export interface Chapter {
  /** What the ids of its clauses start with: "CANCEL". */
  readonly prefix: string;
  readonly title: string;
  /** Some sentences for a reader who comes to the chapter first. */
  readonly introduction: string;
  readonly clauses: readonly Clause[];
}
