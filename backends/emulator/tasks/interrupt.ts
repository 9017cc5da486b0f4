/**
 * The owner of a ring is interrupted for task work that comes from a worker.
 *
 * The worker does not wait for that: its CQE can be seen before what follows from it in the owner's
 * context. Where a host has things happen in the middle of a call, so does the interruption;
 * elsewhere nobody could tell, and task work runs at once.
 */
import type { Core } from "../core.ts";
import { OPCODE_INTERRUPT } from "../own-opcodes.ts";
import { PHASE_LATE } from "../request-phases.ts";
import type { Request, Ring } from "../state.ts";

/** Puts the interruption on the agenda, if there is task work. */
export function interruptOwner(core: Core, ring: Ring): void {
  if (ring.taskWork.isEmpty) return;
  ring.interrupt ??= newInterrupt(core, ring);
  if (ring.interrupt.agendaIndex >= 0) return;
  ring.interrupt.due = core.clock.monotonic();
  core.agenda.push(ring.interrupt);
}

/**
 * Whether there is something to interrupt the owner for: in a call it comes to it by itself. An SQ
 * thread is in none.
 */
export function canInterrupt(core: Core, { taskWork, sqThread }: Ring): boolean {
  return !taskWork.isEmpty && (sqThread !== undefined || !core.inCall);
}

/** Whether a worker is about to interrupt the owner. */
export function isInterrupting({ interrupt, closed }: Ring): boolean {
  return !closed && interrupt !== undefined && interrupt.agendaIndex >= 0;
}

function newInterrupt(core: Core, ring: Ring): Request {
  const event = core.allocateUnlisted(ring);
  event.opcode = OPCODE_INTERRUPT;
  event.phase = PHASE_LATE;
  return event;
}
