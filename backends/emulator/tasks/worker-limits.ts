/**
 * How many workers (io-wq) a task may have: two limits, for bounded and for unbounded work.
 *
 * A task gets workers of its own with its first ring, and so does an SQ thread. The emulated
 * workers are never short: the limits are kept and told, and nothing waits for them.
 */
import type { Core } from "../core.ts";
import type { Ring, WorkerLimits, WorkerOwner } from "../state.ts";

/** RLIMIT_NPROC of the emulated program: no limit of workers is higher. */
export const PROCESS_LIMIT = 96_365;
const BOUNDED_PER_PROCESSOR = 4;

/** Gives who submits on a new ring its workers, unless an earlier ring did. */
export function beginWorkers(core: Core, ring: Ring): void {
  const owner = ownerOf(core, ring);
  if (core.workerLimits.has(owner)) return;
  const bounded = Math.min(ring.layout.sqEntries, BOUNDED_PER_PROCESSOR * core.processors);
  core.workerLimits.set(owner, [bounded, PROCESS_LIMIT]);
}

/** The limits of who submits on the ring: to be changed in place. */
export function workerLimits(core: Core, ring: Ring): WorkerLimits {
  return core.workerLimits.get(ownerOf(core, ring)) ?? [0, 0];
}

function ownerOf(core: Core, ring: Ring): WorkerOwner {
  return ring.sqThread ?? core.task;
}
