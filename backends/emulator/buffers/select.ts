/**
 * Picking a provided buffer for a request, giving it back, and using it up (BUF-4 to BUF-9,
 * BUF-16, BUF-17, BUF-40 to BUF-43, BUF-54).
 *
 *   const missing = selectBuffer(request, wanted);   // sets address and length
 *   if (missing < 0) return missing;
 *   ... transfer into request.address ...
 *   if (result === -EAGAIN) recycleBuffer(request);        // an operation that waits without
 *   else request.cqeFlags = putBuffers(request, result);   // F_BUFFER and the id
 *
 * A buffer of a list leaves the list when it is picked. One of a ring stays until it is used up,
 * but for two cases in which Linux uses it up at once: on a worker, and where the file cannot be
 * polled. A request that ends with an error takes what it still holds with it; `setResult` and the
 * functions beside it see to that.
 */
import {
  IORING_CQE_BUFFER_SHIFT,
  IORING_CQE_F_BUFFER,
  IORING_CQE_F_BUF_MORE,
} from "../../../spec/abi/cqe.ts";
import { IOSQE_ASYNC, IOSQE_BUFFER_SELECT } from "../../../spec/abi/sqe.ts";
import { ENOBUFS } from "../../../spec/errno.ts";
import { BIT_BLOCKING, BIT_MULTISHOT } from "../request-bits.ts";
import type { BufferGroup, Request, Ring } from "../state.ts";
import { type BufferList, usableLength } from "./buffer-list.ts";
import type { BufferRing } from "./buffer-ring.ts";

// Bits of `request.buffers`.
/** The request holds a buffer of a list. */
const HOLDS_LISTED = 1;
/** It has picked buffers of a ring. */
export const HOLDS_RING = 2;
/** Those are not yet used up. */
export const UNCOMMITTED = 4;
/** They cannot go back any more: bytes were moved. */
export const NO_RECYCLE = 8;
/** The group had nothing more when they were picked. */
export const GROUP_EMPTIED = 0x10;
/** What was used up at once left a piece of its buffer. */
export const PIECE_LEFT = 0x20;
/** The buffers were cut to the length that was asked for. */
export const PARTLY_MAPPED = 0x40;

const HOLDS = HOLDS_LISTED | HOLDS_RING;

/** The group with this id, or undefined. */
export function groupOf(ring: Ring, id: number): BufferGroup | undefined {
  return ring.bufferGroups.get(id);
}

/** Whether the request has to pick a buffer before it can move anything. */
export function needsBuffer(request: Request): boolean {
  return (request.bits & IOSQE_BUFFER_SELECT) !== 0 && (request.buffers & HOLDS) === 0;
}

/** Whether another request may have a piece of the same buffer: one of a ring. */
export function mayShareBuffer(request: Request): boolean {
  return (request.buffers & HOLDS_RING) !== 0;
}

/** Whether the request runs where Linux has let go of the ring's lock: on a worker. */
export function runsUnlocked(request: Request): boolean {
  const { bits } = request;
  return (bits & (IOSQE_ASYNC | BIT_BLOCKING)) !== 0 && (bits & BIT_MULTISHOT) === 0;
}

/**
 * Picks a buffer, unless the request holds one already: its `address` and `length` are the
 * buffer's then, of which at most `wanted` bytes (0: all) are used. A later pick of the same
 * request is limited by that length, as on Linux.
 *
 * @returns 0, or -ENOBUFS where the group is missing or empty or the buffer has no address
 */
export function selectBuffer(request: Request, wanted: number): number {
  if (!needsBuffer(request)) return 0;
  request.bufferRing = undefined;
  //= BUF-51
  const group = groupOf(request.ring, request.bufferGroup);
  //= BUF-6
  if (group === undefined) return -ENOBUFS;
  return group.kind === "list"
    ? selectListed(request, group, wanted)
    : selectFromRing(request, group, wanted);
}

/**
 * Gives back what was picked, for the request to wait without it or to end without it.
 *
 * @returns false if nothing was given back, because it is used up already
 */
export function recycleBuffer(request: Request): boolean {
  const { buffers } = request;
  if (buffers & NO_RECYCLE) return false;
  if (buffers & HOLDS_RING) {
    if (request.bufferRing === undefined) return false;
    //= BUF-16
    request.buffers &= ~(HOLDS_RING | UNCOMMITTED);
    return true;
  }
  if ((buffers & HOLDS_LISTED) === 0) return false;
  const group = groupOf(request.ring, request.bufferGroup);
  if (group?.kind === "list") {
    group.putBack(request.address, request.bufferLength, request.bufferId);
  }
  request.buffers &= ~HOLDS_LISTED;
  return true;
}

/**
 * Uses up what the request holds, of which `moved` bytes in `count` buffers, or an error.
 *
 * @returns the CQE's flags: F_BUFFER with the id of the first, F_BUF_MORE; 0 if it holds none
 */
export function putBuffers(request: Request, moved: number, count = 1): number {
  if ((request.buffers & HOLDS) === 0) return 0;
  //= BUF-5
  let flags = IORING_CQE_F_BUFFER | (request.bufferId << IORING_CQE_BUFFER_SHIFT);
  if (request.buffers & HOLDS_RING) {
    const done = request.bufferRing === undefined || commitBuffers(request, moved, count);
    //= BUF-18
    if (!done || request.buffers & PIECE_LEFT) flags |= IORING_CQE_F_BUF_MORE;
  }
  request.buffers &= ~(HOLDS | PIECE_LEFT);
  return flags >>> 0;
}

//= BUF-40
/** Uses up what a request holds that ends with an error. Returns the CQE's flags. */
export function dropBuffers(request: Request): number {
  request.bufferRing = undefined;
  return putBuffers(request, -1);
}

/**
 * Moves the head of the ring that buffers were picked from; once for each pick.
 *
 * @returns false if a piece of the last one is left
 */
export function commitBuffers(request: Request, moved: number, count: number): boolean {
  const { bufferRing } = request;
  if (bufferRing === undefined || (request.buffers & UNCOMMITTED) === 0) return true;
  request.buffers &= ~UNCOMMITTED;
  //= BUF-72
  // The count is an int of the kernel: one of 2 GiB or more counts as an error (BUF-72).
  if ((moved | 0) < 0) return true;
  if (bufferRing.incremental) return bufferRing.consume(moved);
  bufferRing.advance(count);
  return true;
}

/** Picks the front of a list. 0, or -ENOBUFS, also where the buffer has no address. */
export function selectListed(request: Request, list: BufferList, wanted: number): number {
  const { front } = list;
  if (front === undefined) return -ENOBUFS;
  const usable = usableLength(front.byteLength);
  request.address = front.address;
  request.bufferId = front.id;
  request.bufferLength = front.byteLength;
  //= BUF-32, BUF-33
  request.length = wanted === 0 ? usable : Math.min(wanted, usable);
  request.buffers |= HOLDS_LISTED;
  //= BUF-8
  list.drop();
  if (list.count === 0) request.buffers |= GROUP_EMPTIED;
  return request.address === 0 ? -ENOBUFS : 0;
}

function selectFromRing(request: Request, ring: BufferRing, wanted: number): number {
  const { tail, head } = ring;
  //= BUF-6
  if (tail === head) return -ENOBUFS;
  if (head + 1 === tail) request.buffers |= GROUP_EMPTIED;
  ring.load(head);
  const { entryLength } = ring;
  request.address = ring.entryAddress;
  request.length = wanted === 0 ? entryLength : Math.min(wanted, entryLength);
  request.bufferId = ring.entryId;
  request.bufferRing = ring;
  request.buffers |= HOLDS_RING | UNCOMMITTED;
  //= BUF-9, BUF-19, BUF-54
  if (runsUnlocked(request) || request.file?.pollable !== true) {
    if (!commitBuffers(request, request.length, 1)) request.buffers |= PIECE_LEFT;
    request.bufferRing = undefined;
  }
  return request.address === 0 ? -ENOBUFS : 0;
}
