/** Marks for rules that no test proves. */
import type { OpenMark } from "./types.ts";

/** The rule is testable and waits for its scenario. */
export const NO_SCENARIO: OpenMark = { kind: "todo", reason: "no scenario yet" };

/** The rule is testable, but something is missing first: `reason` says what. */
export function todo(reason: string): OpenMark {
  return { kind: "todo", reason };
}

/** No test of this project could observe the rule: `reason` says why. */
export function exception(reason: string): OpenMark {
  return { kind: "exception", reason };
}
