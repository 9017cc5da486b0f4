/** Requests that are tried one after the other. */
import type { Entry } from "./entries.ts";
import type { Expected } from "./expectation.ts";
import type { TestRing } from "./test-ring.ts";

/** Each entry by itself gives this result. */
export function expectEach(ring: TestRing, expected: Expected, entries: readonly Entry[]): void {
  for (const entry of entries) {
    ring.submit({ 1: entry });
    ring.expect({ 1: expected });
  }
}
