/** The words of the shared memory of a ring: what the program and the kernel say there. */
import { CQ_HEAD, CQ_TAIL, SQ_FLAGS, SQ_TAIL } from "./setup/layout.ts";
import type { RingLayout } from "./setup/layout.ts";
import type { RingMemory } from "./holdings.ts";
import type { Ring } from "./state.ts";
import { SqeReader } from "./submission/sqe.ts";

/** Gives the ring other memory, of another size. What was in the old one is the caller's. */
export function useMemory(ring: Ring, layout: RingLayout, memory: RingMemory): void {
  ring.layout = layout;
  ring.memory = memory;
  ring.view = memory.rings;
  ring.sqe = new SqeReader(memory.sqes);
  ring.cqFree = 0;
}

/** How many SQEs the program has published and the kernel not yet taken; may be nonsense. */
export function sqPending(ring: Ring): number {
  return (ring.view.getUint32(SQ_TAIL, true) - ring.sqHead) >>> 0;
}

/** How many CQEs lie in the ring, unread by the program. */
export function cqPending(ring: Ring): number {
  return (ring.view.getUint32(CQ_TAIL, true) - ring.view.getUint32(CQ_HEAD, true)) >>> 0;
}

/** Sets or clears one of the IORING_SQ_* bits that the program sees. */
export function setSqFlag(ring: Ring, bit: number, on: boolean): void {
  const flags = ring.view.getUint32(SQ_FLAGS, true);
  ring.view.setUint32(SQ_FLAGS, on ? flags | bit : flags & ~bit, true);
}
