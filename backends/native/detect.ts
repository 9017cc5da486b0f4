/**
 * Whether io_uring works here, found out by using it, and why not where it does not.
 *
 * For `safer-ring doctor` and for the choice of a backend. An ordinary restriction is
 * an answer, not an exception.
 */
import { findCapabilities } from "./capabilities.ts";
import type { Capabilities } from "./capabilities.ts";
import { classify } from "./classify.ts";
import type { TrialOutcome, Verdict } from "./classify.ts";
import { NativeUnavailableError } from "./errors.ts";
import { gatherFacts } from "./host-facts.ts";
import type { HostFacts } from "./host-facts.ts";
import { openNativeBackend } from "./open.ts";
import { tryRing } from "./trial.ts";

/** The verdict, what the kernel can do, and what the host says about itself. */
export interface NativeReport extends Verdict, Capabilities, HostFacts {}

const NO_CAPABILITIES: Capabilities = { features: [], opcodes: [], setupFlags: [] };

/**
 * Tries io_uring: sets up a small ring, completes a NOP and a real read, and closes it.
 * Takes a few milliseconds; at most about a second where io_uring accepts work and does none.
 */
export async function checkNative(): Promise<Verdict> {
  return classify(await tryNative(), gatherFacts());
}

/**
 * As `checkNative`, and finds out what the kernel can do besides. That sets up a ring with
 * each of the flags; those of SQPOLL start threads in the kernel, which spin for tens of
 * milliseconds before they end.
 */
export async function probeNative(): Promise<NativeReport> {
  const facts = gatherFacts();
  const outcome = await tryNative();
  const works = outcome.stage === "done";
  const capabilities = works ? findCapabilities(await openNativeBackend()) : NO_CAPABILITIES;
  return { ...facts, ...capabilities, ...classify(outcome, facts) };
}

async function tryNative(): Promise<TrialOutcome> {
  try {
    return await tryRing(await openNativeBackend());
  } catch (error) {
    if (!(error instanceof NativeUnavailableError)) throw error;
    const { reason, remedy } = error;
    return { stage: "load", reason, remedy };
  }
}
