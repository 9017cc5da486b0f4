/** IOWQ_AFF and IOWQ_MAX_WORKERS: on which processors workers run, and how many there may be. */
import { EFAULT, EINVAL } from "../../../spec/errno.ts";
import { readStruct } from "../issue/access.ts";
import type { Core } from "../core.ts";
import type { Ring, WorkerLimits } from "../state.ts";
import { limitWorkers, spreadLimits } from "../tasks/worker-limits.ts";

/** A mask of processors of the kernel, in bytes: what is longer is cut. */
const MASK_SIZE = 32;
const LIMITS_SIZE = 8;
const HIGHEST = 0x7fffffff;

//= REG-32
/** The mask has to be readable. Any processors will do, also such as the machine has not. */
export function registerWorkerAffinity(
  core: Core,
  _ring: Ring,
  address: number,
  byteLength: number,
): number {
  if (address === 0 || byteLength === 0) return -EINVAL;
  const mask = readStruct(core.memory, address, Math.min(byteLength, MASK_SIZE));
  return mask === undefined ? -EFAULT : 0;
}

/** Back to all processors. */
export function unregisterWorkerAffinity(
  _core: Core,
  _ring: Ring,
  address: number,
  count: number,
): number {
  return address !== 0 || count !== 0 ? -EINVAL : 0;
}

//= REG-13, REG-31, REG-65
/** Sets the limits that are not 0, and writes back what they were for the caller. */
export function registerWorkerLimits(
  core: Core,
  ring: Ring,
  address: number,
  count: number,
): number {
  if (address === 0 || count !== 2) return -EINVAL;
  const view = readStruct(core.memory, address, LIMITS_SIZE);
  if (view === undefined) return -EFAULT;
  const wanted: WorkerLimits = [view.getUint32(0, true), view.getUint32(4, true)];
  if (wanted.some((limit) => limit > HIGHEST)) return -EINVAL;
  const before = limitWorkers(core, ring, wanted) ?? [0, 0];
  before.forEach((limit, kind) => view.setUint32(4 * kind, limit, true));
  const written = core.memory.write(address, new Uint8Array(view.buffer));
  if (written !== LIMITS_SIZE) return -EFAULT;
  spreadLimits(core, ring);
  return 0;
}
