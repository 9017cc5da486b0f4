/** REGISTER_ENABLE_RINGS: the end of IORING_SETUP_R_DISABLED. */
import { EBADFD, EINVAL } from "../../../spec/errno.ts";
import type { Core } from "../core.ts";
import type { Ring } from "../state.ts";

/** REG-7. */
export function enableRings(_core: Core, ring: Ring, address: number, count: number): number {
  if (address !== 0 || count !== 0) return -EINVAL;
  if (!ring.disabled) return -EBADFD;
  ring.disabled = false;
  return 0;
}
