/** REGISTER_ENABLE_RINGS: the end of IORING_SETUP_R_DISABLED. */
import { IORING_SETUP_SINGLE_ISSUER } from "../../../spec/abi/setup.ts";
import { EBADFD, EINVAL } from "../../../spec/errno.ts";
import type { Core } from "../core.ts";
import { wakeSqThread } from "../submission/sq-thread.ts";
import type { Ring } from "../state.ts";

//= REG-7, REG-20, TASK-2, RESTRICT-5
/** Who enables a ring for a single issuer is the issuer; restrictions count from here on. */
export function enableRings(core: Core, ring: Ring, address: number, count: number): number {
  if (address !== 0 || count !== 0) return -EINVAL;
  if (!ring.disabled) return -EBADFD;
  if (ring.flags & IORING_SETUP_SINGLE_ISSUER) ring.issuer ??= core.task;
  ring.restricted = ring.restrictions !== undefined;
  ring.disabled = false;
  const { sqThread } = ring;
  if (sqThread !== undefined && sqThread.event === undefined) wakeSqThread(core, sqThread);
  return 0;
}
