/** REGISTER_CLOCK: the clock that the time limits of waits are read on. */
import {
  CLOCK_REGISTER_CLOCKID,
  CLOCK_REGISTER_RESV,
  CLOCK_REGISTER_SIZE,
} from "../../../spec/abi/register-structs.ts";
import { CLOCK_BOOTTIME, CLOCK_MONOTONIC } from "../../../spec/abi/linux.ts";
import { EFAULT, EINVAL } from "../../../spec/errno.ts";
import { isZero, readStruct } from "../issue/access.ts";
import type { Core } from "../core.ts";
import type { Ring } from "../state.ts";

/** REG-12, REG-30. Nothing to remember: this machine never sleeps, so the two clocks are one. */
export function registerClock(core: Core, _ring: Ring, address: number, count: number): number {
  //= REG-30
  if (address === 0 || count !== 0) return -EINVAL;
  const view = readStruct(core.memory, address, CLOCK_REGISTER_SIZE);
  if (view === undefined) return -EFAULT;
  if (!isZero(view, CLOCK_REGISTER_RESV, CLOCK_REGISTER_SIZE)) return -EINVAL;
  const clock = view.getUint32(CLOCK_REGISTER_CLOCKID, true);
  //= REG-12
  return clock === CLOCK_MONOTONIC || clock === CLOCK_BOOTTIME ? 0 : -EINVAL;
}
