/**
 * REGISTER_PERSONALITY and its counterpart: credentials under a number.
 *
 * The emulated program has one set of credentials, so a personality is its number and no more.
 */
import { EBUSY, EINVAL } from "../../../spec/errno.ts";
import type { Core } from "../core.ts";
import type { Ring } from "../state.ts";

const HIGHEST = 0xffff;

//= REG-10, REG-26
/** The next number that is free, from 1 on and round. */
export function registerPersonality(
  _core: Core,
  ring: Ring,
  address: number,
  count: number,
): number {
  if (address !== 0 || count !== 0) return -EINVAL;
  const { personalities } = ring;
  if (personalities.size === HIGHEST) return -EBUSY;
  let id = ring.nextPersonality;
  while (personalities.has(id)) id = following(id);
  personalities.add(id);
  ring.nextPersonality = following(id);
  return id;
}

/** Forgets the number `id`. */
export function unregisterPersonality(
  _core: Core,
  ring: Ring,
  address: number,
  id: number,
): number {
  return address === 0 && ring.personalities.delete(id) ? 0 : -EINVAL;
}

function following(id: number): number {
  return id === HIGHEST ? 1 : id + 1;
}
