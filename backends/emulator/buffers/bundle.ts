/**
 * Picking several provided buffers at once, for IORING_RECVSEND_BUNDLE and for SEND (BUF-21,
 * BUF-61 to BUF-67).
 *
 * A receive looks at the buffers and uses up those that it filled; a send uses up at once what it
 * picks. A list gives a single buffer to both.
 */
import { ENOBUFS, ENOENT } from "../../../spec/errno.ts";
import type { Core } from "../core.ts";
import type { Request, Ring } from "../state.ts";
import type { BufferRing } from "./buffer-ring.ts";
import {
  commitBuffers,
  GROUP_EMPTIED,
  groupOf,
  HOLDS_RING,
  NO_RECYCLE,
  PARTLY_MAPPED,
  PIECE_LEFT,
  selectListed,
  UNCOMMITTED,
} from "./select.ts";

const INT_MAX = 0x7fffffff;
/** So many buffers are picked at most where it is known how many bytes there are. */
const PICKED_AT_MOST = 256;
/** Room for more vectors is not kept for later requests. */
const ROOM_KEPT = 64;

/**
 * Picks the buffers that a receive of up to `wanted` bytes may fill; 0 where it is not known how
 * many there are. That picks one, or as many as it has room for from an earlier request. `address`
 * and `length`, or `vectors` and `length`, are theirs.
 *
 * @returns how many were picked, or -ENOENT without a group, or -ENOBUFS
 */
export function peekBuffers(core: Core, request: Request, wanted: number): number {
  const group = groupOf(request.ring, request.bufferGroup);
  //= BUF-34
  if (group === undefined) return -ENOENT;
  request.vectors = undefined;
  //= BUF-65
  if (group.kind === "list") return selectListed(request, group, wanted) < 0 ? -ENOBUFS : 1;
  const most = wanted === 0 ? roomFor(core, request, group) : PICKED_AT_MOST;
  const count = peekRing(request, group, wanted, most);
  if (count > 0) {
    request.bufferRing = group;
    request.buffers |= UNCOMMITTED;
  }
  return count;
}

/**
 * Picks the buffers for a send of up to `wanted` bytes (0: no limit), one unless it bundles, and
 * uses up what it picked of a ring. A list gives all of a buffer (BUF-62).
 *
 * @returns how many were picked, or -ENOENT without a group, or -ENOBUFS
 */
export function takeBuffers(request: Request, wanted: number, bundles: boolean): number {
  const group = groupOf(request.ring, request.bufferGroup);
  //= BUF-34
  if (group === undefined) return -ENOENT;
  request.vectors = undefined;
  //= BUF-62
  if (group.kind === "list") return selectListed(request, group, 0) < 0 ? -ENOBUFS : 1;
  //= BUF-61
  const limit = wanted === 0 ? INT_MAX : wanted;
  const count = peekRing(request, group, limit, bundles ? PICKED_AT_MOST : 1);
  if (count <= 0) return count;
  request.bufferRing = group;
  request.buffers |= UNCOMMITTED | NO_RECYCLE;
  //= BUF-60, BUF-63
  if (!commitBuffers(request, request.length, count)) request.buffers |= PIECE_LEFT;
  return count;
}

//= ND-29
/** How many buffers a bundle picks that does not know how many bytes there are. */
function roomFor(core: Core, request: Request, group: BufferRing): number {
  const { vectorCounts } = request.ring;
  if (vectorCounts.length === 0) return 1;
  const available = (group.tail - group.head) & 0xffff;
  const counts = new Set(vectorCounts.map((count) => Math.min(count, Math.max(available, 1))));
  return core.choices.bundle(request, [...counts.add(1)]);
}

/** Room for so many vectors stays with the ring. */
function keepRoom(ring: Ring, count: number): void {
  if (count < 2 || count > ROOM_KEPT || ring.vectorCounts.includes(count)) return;
  ring.vectorCounts.push(count);
  ring.vectorCounts.sort((a, b) => b - a);
}

/** How many of the picked buffers the first `byteLength` bytes touch. */
export function buffersTouched(request: Request, byteLength: number): number {
  const { vectors } = request;
  if (byteLength <= 0) return 0;
  if (vectors === undefined) return 1;
  let count = 0;
  for (let left = byteLength; left > 0; count++) left -= vectors[2 * count + 1] ?? left;
  return count;
}

/** Looks at the entries from the head on; `request` gets their addresses and lengths. */
function peekRing(request: Request, ring: BufferRing, wanted: number, most: number): number {
  const { head, tail } = ring;
  const available = (tail - head) & 0xffff;
  if (available === 0) return -ENOBUFS;
  ring.load(head);
  let limit = Math.min(available, most);
  if (wanted > 0) {
    if (ring.entryLength === 0) return -ENOBUFS;
    limit = Math.min(limit, Math.ceil(wanted / ring.entryLength));
  }
  request.bufferId = ring.entryId;
  request.buffers |= HOLDS_RING;
  return collect(request, ring, wanted === 0 ? INT_MAX : wanted, limit);
}

function collect(request: Request, ring: BufferRing, wanted: number, limit: number): number {
  let left = wanted;
  let count = 0;
  request.length = 0;
  while (count < limit && left > 0) {
    ring.load(ring.head + count);
    let byteLength = ring.entryLength;
    if (byteLength > left) {
      if (!ring.incremental) request.buffers |= PARTLY_MAPPED;
      //= BUF-64
      // A buffer that is not used in pieces is not begun for a part of it (BUF-64).
      if (!ring.incremental && count > 0) break;
      byteLength = left;
    }
    append(request, count, ring.entryAddress, byteLength);
    count += 1;
    left -= byteLength;
  }
  // Linux does not look behind a buffer that makes the length full.
  const seen = left === 0 ? count - 1 : count;
  if (((ring.head + seen) & 0xffff) === ring.tail) request.buffers |= GROUP_EMPTIED;
  keepRoom(request.ring, count);
  return count;
}

/** The first buffer stands in the request itself, several of them in its vectors. */
function append(request: Request, count: number, address: number, byteLength: number): void {
  if (count === 0) request.address = address;
  else if (count === 1) request.vectors = [request.address, request.length, address, byteLength];
  else request.vectors?.push(address, byteLength);
  request.length += byteLength;
}
