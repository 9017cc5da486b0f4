/**
 * The memory that a request moves bytes to and from: the program's as it is mapped now, or the
 * pages of the registered buffer that the request holds (RBUF-17).
 */
import type { Memory } from "../host/host.ts";
import { BIT_FIXED_BUFFER } from "../request-bits.ts";
import type { Request } from "../state.ts";

/** Copies from the request's memory at `address`; returns the bytes copied before a fault. */
export function readMemory(
  memory: Memory,
  request: Request,
  address: number,
  into: Uint8Array,
): number {
  const { registered: buffer } = request;
  //= OWN-22
  if (buffer === undefined) return memory.read(address, into);
  buffer.pinned.pages.read(address - buffer.address, into);
  return into.length;
}

/** Copies to the request's memory at `address`; returns the bytes copied before a fault. */
export function writeMemory(
  memory: Memory,
  request: Request,
  address: number,
  from: Uint8Array,
): number {
  const { registered: buffer } = request;
  //= OWN-20
  if (buffer === undefined) return memory.write(address, from);
  //= RBUF-17
  buffer.pinned.pages.write(address - buffer.address, from);
  return from.length;
}

/** Whether the request's memory can be touched now: one that is to use a buffer has found it. */
export function hasMemory(request: Request): boolean {
  return (request.bits & BIT_FIXED_BUFFER) === 0 || request.registered !== undefined;
}
