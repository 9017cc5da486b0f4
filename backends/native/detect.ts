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
 * Tries io_uring: sets up small rings, completes a NOP and a real read, and closes them.
 * Takes a few milliseconds; at most about a second where io_uring accepts work and does none.
 */
export async function probeNative(): Promise<NativeReport> {
  const facts = gatherFacts();
  const { outcome, capabilities } = await tryNative();
  return { ...facts, ...capabilities, ...classify(outcome, facts) };
}

interface Attempt {
  readonly outcome: TrialOutcome;
  readonly capabilities: Capabilities;
}

async function tryNative(): Promise<Attempt> {
  try {
    const backend = await openNativeBackend();
    const outcome = await tryRing(backend);
    const works = outcome.stage === "done";
    return { outcome, capabilities: works ? findCapabilities(backend) : NO_CAPABILITIES };
  } catch (error) {
    if (!(error instanceof NativeUnavailableError)) throw error;
    const { reason, remedy } = error;
    return { outcome: { stage: "load", reason, remedy }, capabilities: NO_CAPABILITIES };
  }
}
