import type { Failure } from "./run.ts";

/** Draws a run from its trace. */
export function drawTimeline(trace: readonly string[], failure: Failure): string {
  return [...trace, `${failure.kind}: ${failure.message}`].join("\n");
}
