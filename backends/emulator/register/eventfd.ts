/** REGISTER_EVENTFD, REGISTER_EVENTFD_ASYNC and UNREGISTER_EVENTFD. */
import { EBADF, EBUSY, EFAULT, EINVAL, ENXIO } from "../../../spec/errno.ts";
import { readStruct } from "../issue/access.ts";
import type { Core } from "../core.ts";
import { fileOf } from "../files/descriptors.ts";
import { dropEventfd } from "../completion/eventfd.ts";
import { isEventFile } from "../host/host.ts";
import type { Ring } from "../state.ts";

const NUMBER_SIZE = 4;

/** An eventfd that is signalled for every completion. */
export function registerEventfd(core: Core, ring: Ring, address: number, count: number): number {
  return attach(core, ring, address, count, false);
}

/** An eventfd that is signalled for what workers complete. */
export function registerWorkersEventfd(
  core: Core,
  ring: Ring,
  address: number,
  count: number,
): number {
  return attach(core, ring, address, count, true);
}

//= REG-22
/** Takes the eventfd away from the ring. */
export function unregisterEventfd(_core: Core, ring: Ring, address: number, count: number): number {
  if (address !== 0 || count !== 0) return -EINVAL;
  return dropEventfd(ring) ? 0 : -ENXIO;
}

//= REG-8, REG-21
function attach(
  core: Core,
  ring: Ring,
  address: number,
  count: number,
  workersOnly: boolean,
): number {
  if (count !== 1) return -EINVAL;
  if (ring.eventfd !== undefined) return -EBUSY;
  const view = readStruct(core.memory, address, NUMBER_SIZE);
  if (view === undefined) return -EFAULT;
  const file = fileOf(core, view.getInt32(0, true));
  if (file === undefined) return -EBADF;
  if (!isEventFile(file)) return -EINVAL;
  file.retain();
  ring.eventfd = { file, workersOnly, tail: ring.cqTail, signalled: -1 };
  return 0;
}
