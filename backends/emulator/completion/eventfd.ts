/**
 * The eventfd of a ring, and when it is signalled (REG-9, REG-23 to REG-25, CQ-12).
 *
 * Once for each flush that moved the CQ's tail, so not for what joined the backlog or was skipped.
 * What comes late, right behind the last, may be posted together with that: a choice (ND-22).
 * While the program has it disabled nothing is noted either: the next flush after that signals
 * for what came meanwhile.
 */
import { IORING_CQ_EVENTFD_DISABLED } from "../../../spec/abi/cqe.ts";
import type { Core } from "../core.ts";
import type { RingEventfd } from "../holdings.ts";
import { OPCODE_SIGNAL } from "../own-opcodes.ts";
import { PHASE_LATE } from "../request-phases.ts";
import { CQ_FLAGS } from "../setup/layout.ts";
import type { Request, Ring } from "../state.ts";

/**
 * CQEs may have been posted: signals if any were.
 *
 * @param byWorker - whether a worker posted them
 * @param inline - they completed while their submit ran: nothing joins their signal
 */
export function signalPosted(core: Core, ring: Ring, byWorker: boolean, inline = false): void {
  //= REG-45
  const eventfd = readyEventfd(core, ring, byWorker);
  if (eventfd === undefined) return;
  const { tail } = eventfd;
  eventfd.tail = ring.cqTail;
  //= REG-9, REG-24, REG-44
  if (tail === ring.cqTail && core.profile.behaves.eventfdOnlyForPosted) return;
  const { file } = eventfd;
  //= ND-22
  if (!inline && file.wakeups() === eventfd.signalled && core.choices.joinsSignal()) return;
  file.signal();
  eventfd.signalled = file.wakeups();
}

//= ND-30
/** A worker has posted CQEs, which can be seen before it comes to signal for them. */
export function signalFromWorker(core: Core, ring: Ring): void {
  const { eventfd } = ring;
  if (core.meanwhile === undefined || eventfd?.tail === ring.cqTail || !core.choices.leavesRest()) {
    signalPosted(core, ring, true);
    return;
  }
  ring.signal ??= newSignal(core, ring);
  if (ring.signal.agendaIndex >= 0) return;
  ring.signal.due = core.clock.monotonic();
  core.agenda.push(ring.signal);
}

function newSignal(core: Core, ring: Ring): Request {
  const event = core.allocateUnlisted(ring);
  event.opcode = OPCODE_SIGNAL;
  event.phase = PHASE_LATE;
  return event;
}

/** Work was queued for the owner of a DEFER_TASKRUN ring, who has to enter for its CQEs. */
export function signalQueued(core: Core, ring: Ring): void {
  readyEventfd(core, ring, core.onWorker)?.file.signal();
}

/** Lets go of the eventfd, if there is one. Whether there was. */
export function dropEventfd(ring: Ring): boolean {
  const { eventfd } = ring;
  ring.eventfd = undefined;
  eventfd?.file.release();
  return eventfd !== undefined;
}

function readyEventfd(core: Core, ring: Ring, byWorker: boolean): RingEventfd | undefined {
  const { eventfd } = ring;
  //= REG-23
  if (eventfd === undefined || (eventfd.workersOnly && !byWorker)) return undefined;
  const flags = ring.view.getUint32(CQ_FLAGS, true) & core.profile.cqRingFlags;
  //= CQ-12
  return flags & IORING_CQ_EVENTFD_DISABLED ? undefined : eventfd;
}
