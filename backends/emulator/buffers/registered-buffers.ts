/**
 * A ring's table of registered buffers, and the hold that a request has on one of them.
 *
 * A request looks its buffer up once, when it is issued, and keeps it until its last CQE is
 * posted: an update or an UNREGISTER in between does not touch it (RBUF-2, RBUF-24).
 */
import { MAX_RW_COUNT } from "../../../spec/abi/limits.ts";
import { EFAULT, EINVAL, ENOMEM, EOVERFLOW } from "../../../spec/errno.ts";
import { notify } from "../completion/auxiliary.ts";
import type { Core } from "../core.ts";
import { poison } from "../issue/poison.ts";
import type { RegisteredBuffer } from "./registered-buffer.ts";
import { hasMemory } from "../issue/request-memory.ts";
import { PHASE_LATE } from "../request-phases.ts";
import type { Request, Ring } from "../state.ts";

/**
 * The registered buffer that `request` uses: the one it has, or the one at `request.bufferIndex`,
 * which it holds from now on. Undefined for an empty entry, and beyond the table (RBUF-12).
 */
export function findBuffer(request: Request): RegisteredBuffer | undefined {
  if (request.registered !== undefined) return request.registered;
  const buffer = request.ring.registered?.[request.bufferIndex];
  buffer?.retain();
  request.registered = buffer;
  return buffer;
}

const PAGE = 4096;
/** So many pages are described in the longest piece of memory that the kernel allocates, 4 MiB. */
const MAX_PAGES = 2 ** 18;
const MAX_COUNT = 2 ** 31 - 1;

//= RBUF-46
/** Room for the description of every page of the vectors, wherever they lie. */
function roomFor(vectors: readonly number[]): number {
  let pages = 0;
  for (let i = 1; i < vectors.length; i += 2) {
    pages += Math.floor((vectors[i] ?? 0) / PAGE) + 2;
    if (pages > MAX_COUNT) return -EOVERFLOW;
  }
  return pages > MAX_PAGES ? -ENOMEM : 0;
}

/**
 * Gives a request whose memory is to be a registered one its buffer, and checks that all of its
 * memory lies inside (RBUF-3, RBUF-4, RBUF-18). 0, -EFAULT, -EINVAL for too much at once, and
 * -ENOMEM or -EOVERFLOW for vectors too long to look at.
 */
export function acquireBuffer(request: Request): number {
  const buffer = findBuffer(request);
  //= RBUF-12
  if (buffer === undefined) return -EFAULT;
  const { vectors } = request;
  if (vectors === undefined) return buffer.covers(request.address, request.length) ? 0 : -EFAULT;
  const room = roomFor(vectors);
  if (room < 0) return room;
  for (let i = 0; i < vectors.length; i += 2) {
    const byteLength = vectors[i + 1] ?? 0;
    //= RBUF-4, RBUF-18
    if (byteLength === 0 || !buffer.covers(vectors[i] ?? 0, byteLength)) return -EFAULT;
  }
  return request.length > MAX_RW_COUNT ? -EINVAL : 0;
}

//= RBUF-35
/**
 * The table is about to change: workers that have not looked their buffer up yet either did so
 * in time, or will find what is there then (RBUF-35).
 */
export function adoptRegisteredBuffers(core: Core, ring: Ring): void {
  for (const request of core.agenda.entries()) {
    if (request.phase !== PHASE_LATE || request.ring !== ring || hasMemory(request)) continue;
    if (!core.choices.looksUpNow(request)) continue;
    if (acquireBuffer(request) === 0) poison(core, request);
  }
}

/** Drops the hold of a request that has posted its last CQE. */
export function dropBuffer(core: Core, request: Request): void {
  const { registered: buffer, ring } = request;
  if (buffer === undefined) return;
  request.registered = undefined;
  releaseEntry(core, ring, buffer);
}

/** Lets go of an entry; the last one to do so has its tag posted (RBUF-28). */
export function releaseEntry(core: Core, ring: Ring, buffer: RegisteredBuffer): void {
  //= RBUF-28
  if (!buffer.release() || !buffer.isTagged) return;
  notify(core, ring, buffer.tagLow, buffer.tagHigh, 0, 0);
}

/** Lets go of every entry, the last one first, as Linux does. The ring has no table then. */
export function releaseTable(core: Core, ring: Ring): void {
  const table = ring.registered ?? [];
  ring.registered = undefined;
  for (let index = table.length - 1; index >= 0; index--) {
    const buffer = table[index];
    if (buffer !== undefined) releaseEntry(core, ring, buffer);
  }
}
