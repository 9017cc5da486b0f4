/**
 * How many workers (io-wq) a task may have: two limits, for bounded and for unbounded work.
 *
 * A task gets workers of its own with the first ring that it uses, and so does an SQ thread. Limits
 * that were set on a ring hold for each task that uses it, and for those that come to use it as
 * their first one. The emulated workers are never short: the limits are kept and told, and nothing
 * waits for them.
 */
import type { Core } from "../core.ts";
import type { Ring, WorkerLimits, WorkerOwner } from "../state.ts";

/** RLIMIT_NPROC of the emulated program: no limit of workers is higher. */
const PROCESS_LIMIT = 96_365;
const BOUNDED_PER_PROCESSOR = 4;

//= REG-65
/** The calling task uses a ring: it has workers from its first one on, as that one says. */
export function giveWorkers(core: Core, ring: Ring): void {
  const begun = begin(core, ring, core.task);
  if (begun !== undefined) limit(begun, ring.workerLimits);
}

/** The thread of a new ring has workers of its own. */
export function giveThreadWorkers(core: Core, ring: Ring): void {
  if (ring.sqThread !== undefined) begin(core, ring, ring.sqThread);
}

/**
 * Sets the limits that are not 0 for who submits on the ring.
 *
 * @returns what they were; undefined for a task that has no workers yet
 */
export function limitWorkers(
  core: Core,
  ring: Ring,
  wanted: WorkerLimits,
): WorkerLimits | undefined {
  const limits = core.workerLimits.get(ring.sqThread ?? core.task);
  const before: WorkerLimits | undefined = limits === undefined ? undefined : [...limits];
  wanted.forEach((count, kind) => {
    if (count !== 0) ring.workerLimits[kind] = count;
  });
  if (limits !== undefined) limit(limits, wanted);
  return before;
}

/** What was ever set on the ring holds for each task that uses it; an SQ thread is alone. */
export function spreadLimits(core: Core, ring: Ring): void {
  if (ring.sqThread !== undefined) return;
  for (const task of ring.users) {
    const limits = core.workerLimits.get(task);
    if (limits !== undefined) limit(limits, ring.workerLimits);
  }
}

/** The limits of who had no workers, to be changed in place. */
function begin(core: Core, ring: Ring, owner: WorkerOwner): WorkerLimits | undefined {
  if (core.workerLimits.has(owner)) return undefined;
  const bounded = Math.min(ring.layout.sqEntries, BOUNDED_PER_PROCESSOR * core.processors);
  const limits: WorkerLimits = [bounded, PROCESS_LIMIT];
  core.workerLimits.set(owner, limits);
  return limits;
}

function limit(limits: WorkerLimits, wanted: WorkerLimits): void {
  wanted.forEach((count, kind) => {
    if (count !== 0) limits[kind] = Math.min(count, PROCESS_LIMIT);
  });
}
