/**
 * The registered rings of the task: up to 16 rings that calls may name by index (REG-2, REG-11).
 *
 * They belong to the task and not to a ring. A registered ring stays open when its descriptor is
 * closed, until it is unregistered.
 */
import { IO_RINGFD_REG_MAX } from "../../../spec/abi/limits.ts";
import { EBADF, EBUSY, EINVAL } from "../../../spec/errno.ts";
import type { Core } from "../core.ts";
import { fileOf } from "./descriptors.ts";
import type { OpenFile } from "../host/host.ts";
import { ringOf } from "../setup/ring-file.ts";
import type { Ring } from "../state.ts";
import { giveWorkers } from "../tasks/worker-limits.ts";

/** In place of an index: any that is free. */
export const ANY_INDEX = 0xffffffff;

/** The ring that a call names, by descriptor or by index; or -errno. */
export function findRing(core: Core, fd: number, registered: boolean): Ring | number {
  //= ENTER-2, ENTER-22, REG-18
  if (!registered) return ringOf(fileOf(core, fd));
  //= ENTER-3, REG-2
  if (fd >>> 0 >= IO_RINGFD_REG_MAX) return -EINVAL;
  const rings = core.registeredRings.get(core.task);
  //= ENTER-33
  if (rings === undefined) return -EINVAL;
  const file = rings[fd];
  return file === undefined ? -EBADF : ringOf(file);
}

/**
 * Registers the ring behind descriptor `fd`.
 *
 * @param wanted - an index, or 2^32 - 1 for any that is free
 * @returns the index, or -EBADF, -EOPNOTSUPP, -EINVAL, -EBUSY
 */
export function addRegisteredRing(core: Core, fd: number, wanted: number): number {
  //= REG-27
  if (wanted !== ANY_INDEX && wanted >= IO_RINGFD_REG_MAX) return -EINVAL;
  const file = fileOf(core, fd);
  if (file === undefined) return -EBADF;
  const ring = ringOf(file);
  return typeof ring === "number" ? ring : registerRing(core, file, wanted);
}

/** Registers the ring that is `file`, as above. -EBUSY when its place, or every place, is taken. */
export function registerRing(core: Core, file: OpenFile, wanted: number): number {
  const rings = ringsOfTask(core);
  const index = wanted === ANY_INDEX ? rings.indexOf(undefined) : wanted;
  //= REG-27
  if (index < 0 || rings[index] !== undefined) return -EBUSY;
  //= REG-61
  file.retain();
  rings[index] = file;
  return index;
}

/** Lets go of the ring at `index`, which may be the last reference to it. */
export function removeRegisteredRing(core: Core, index: number): void {
  const rings = ringsOfTask(core);
  const file = rings[index];
  rings[index] = undefined;
  file?.release();
}

/** The calling task uses a ring: from now on it has workers, and may have registered rings. */
export function useRing(core: Core, ring: Ring): void {
  if (ring.users.includes(core.task)) return;
  ring.users.push(core.task);
  giveWorkers(core, ring);
  ringsOfTask(core);
}

//= REG-60
function ringsOfTask(core: Core): (OpenFile | undefined)[] {
  let rings = core.registeredRings.get(core.task);
  if (rings === undefined) {
    rings = new Array<OpenFile | undefined>(IO_RINGFD_REG_MAX).fill(undefined);
    core.registeredRings.set(core.task, rings);
  }
  return rings;
}
