/** What the scenarios of chapter MSG have in common. */
import { IORING_ENTER_GETEVENTS } from "../../../spec/abi/enter.ts";
import { IORING_SETUP_DEFER_TASKRUN, IORING_SETUP_SINGLE_ISSUER } from "../../../spec/abi/setup.ts";
import type { Entry } from "./entries.ts";
import { equal } from "./expectation.ts";
import type { RawRing } from "./raw-ring.ts";
import type { TestRing } from "./test-ring.ts";

/** Set-up flags of a ring whose owner has to enter for what others send. */
export const DEFERRED: number = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN;

/** The kinds of ring that a message may go to, with their set-up flags. */
export const TARGETS: readonly (readonly [kind: string, flags: number])[] = [
  ["plain", 0],
  ["deferred", DEFERRED],
];

/** What has arrived on a ring: `user_data:res:flags`, after its owner has entered. */
export function arrived(ring: RawRing): string {
  equal("enter", ring.enter(0, 0, IORING_ENTER_GETEVENTS), 0);
  return ring
    .reap()
    .map(({ userData, res, flags }) => `${userData}:${res}:${flags}`)
    .join(" ");
}

/** The owner of a ring enters, and finds exactly these completions. */
export function expectArrived(ring: RawRing, expected: string): void {
  const got = arrived(ring);
  if (got !== expected) throw new Error(`expected "${expected}" to arrive, got "${got}"`);
}

/** Submits one entry and compares its result. */
export function expectResult(
  ring: TestRing,
  entry: Entry,
  expected: Parameters<typeof equal>[2],
): void {
  ring.submit({ 80: entry });
  ring.expect({ 80: expected });
}
