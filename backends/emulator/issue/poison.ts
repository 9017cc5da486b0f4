/**
 * Garbage in the buffer of a read that is in flight.
 *
 * On Linux the content of such a buffer is undefined until the CQE; a program that looks at it
 * works by luck. With poisoning on it never works: from the moment a request is out of the
 * program's hands until it runs, its buffer holds a pattern. What the program had there is put
 * back before the data moves, because bytes beyond a short read stay as they were.
 */
import type { Core } from "../core.ts";
import { MAX_TRANSFER } from "./access.ts";
import { hasMemory, readMemory, writeMemory } from "./request-memory.ts";
import { mayShareBuffer, needsBuffer } from "../buffers/select.ts";
import type { Request } from "../state.ts";

const PATTERN = 0xa5;

/** Fills the request's buffer with garbage that depends on the request. */
export function poison(core: Core, request: Request): void {
  if (!core.poison || request.saved !== undefined) return;
  if (core.operations[request.opcode]?.poisons !== true) return;
  if (!hasMemory(request) || mayShareBuffer(request)) return;
  const saved: Uint8Array[] = [];
  request.saved = saved;
  forEachRange(request, (address, byteLength) => {
    const held = new Uint8Array(byteLength);
    const mapped = readMemory(core.memory, request, address, held);
    saved.push(held.subarray(0, mapped));
    const garbage = new Uint8Array(mapped).fill(PATTERN ^ (request.sequence & 0x0f));
    writeMemory(core.memory, request, address, garbage);
  });
}

/** Puts back what the program had in the buffer. */
export function unpoison(core: Core, request: Request): void {
  const { saved } = request;
  if (saved === undefined) return;
  request.saved = undefined;
  let index = 0;
  forEachRange(request, (address) => {
    const held = saved[index++];
    if (held !== undefined) writeMemory(core.memory, request, address, held);
  });
}

/** Calls `visit` with each part of the request's buffer that is not yet filled. */
export function forEachRange(
  request: Request,
  visit: (address: number, byteLength: number) => void,
): void {
  // What it will get is not picked yet.
  if (needsBuffer(request)) return;
  if (request.vectors === undefined) {
    const byteLength = Math.min(request.length, MAX_TRANSFER) - request.done;
    if (byteLength > 0) visit(request.address + request.done, byteLength);
    return;
  }
  for (let i = 0; i < request.vectors.length; i += 2) {
    const byteLength = request.vectors[i + 1] ?? 0;
    if (byteLength > 0) visit(request.vectors[i] ?? 0, byteLength);
  }
}
