/** REGISTER_RESTRICTIONS: what a disabled ring will be allowed to do. */
import { RESTRICTION_SIZE } from "../../../spec/abi/register-structs.ts";
import { EBADFD, EBUSY, EFAULT, EINVAL } from "../../../spec/errno.ts";
import { readStruct } from "../issue/access.ts";
import type { Core } from "../core.ts";
import { maximumRestrictions, Restrictions } from "../submission/restrictions.ts";
import type { Ring } from "../state.ts";

//= RESTRICT-1, RESTRICT-2, RESTRICT-3, RESTRICT-4
/** Registers a list, once. */
export function registerRestrictions(
  core: Core,
  ring: Ring,
  address: number,
  count: number,
): number {
  if (!ring.disabled) return -EBADFD;
  if (ring.restrictions !== undefined) return -EBUSY;
  if (address === 0 || count > maximumRestrictions(core.profile)) return -EINVAL;
  const view = readStruct(core.memory, address, count * RESTRICTION_SIZE);
  if (view === undefined) return -EFAULT;
  const list = Restrictions.parse(core.profile, view, count);
  if (typeof list === "number") return list;
  ring.restrictions = list;
  return 0;
}
