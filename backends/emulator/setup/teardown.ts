/**
 * The end of a ring (LIFE-1).
 *
 * Closing stops what waits. Work that runs already may go on for a while and touch the program's
 * memory after close has returned: whether it does is a choice, and what goes on is still listed
 * by `holds`. No CQE is posted any more; the mapped memory stays readable (LIFE-2).
 */
import { IORING_SQ_CQ_OVERFLOW } from "../../../spec/abi/cqe.ts";
import { ECANCELED } from "../../../spec/errno.ts";
import { releaseTable } from "../buffers/registered-buffers.ts";
import { isCancellable, stop } from "../cancel/cancel.ts";
import type { Core } from "../core.ts";
import { dropEventfd } from "../completion/eventfd.ts";
import { leaveSqThread } from "../submission/sq-thread.ts";
import { releaseRegion } from "../buffers/memory-region.ts";
import { CQ_TAIL } from "./layout.ts";
import { releaseRingMemory } from "./ring-memory.ts";
import { OPCODE_RING_END } from "../own-opcodes.ts";
import { PHASE_LATE } from "../request-phases.ts";
import { WORK_FAIL_LINKS } from "../request-work.ts";
import { setSqFlag } from "../ring-words.ts";
import type { Request, Ring } from "../state.ts";
import { unregisterFiles } from "../files/registered-files.ts";
import { schedule } from "../tasks/schedule.ts";
import { runTaskWork } from "../tasks/task-work.ts";
import { queueWork } from "../tasks/work-queue.ts";

/** Ends the ring: everything that can be stopped is, and its requests are let go. */
export function teardown(core: Core, ring: Ring): void {
  ring.closed = true;
  leaveSqThread(core, ring);
  dropEventfd(ring);
  for (const request of ring.deferred.splice(0)) queueWork(core, request, WORK_FAIL_LINKS);
  ring.deferredCount = 0;
  for (const request of ring.live.slice()) {
    //= OWN-28
    if (isCancellable(request) && !goesOn(core, request)) stop(core, request, -ECANCELED);
  }
  runTaskWork(core, ring);
  const holds = ring.files !== undefined || ring.memory.pins.length > 0;
  //= ND-26
  if (holds && core.choices.endsLater()) {
    const event = core.allocateUnlisted(ring);
    event.opcode = OPCODE_RING_END;
    event.bits = 0;
    event.phase = PHASE_LATE;
    ring.ending = true;
    schedule(core, event);
  } else {
    letGo(core, ring);
  }
}

/** The end of a ring that came later than its close. */
export function endLater(core: Core, event: Request): void {
  const { ring } = event;
  core.agenda.remove(event);
  core.free(event);
  ring.ending = false;
  letGo(core, ring);
}

function letGo(core: Core, ring: Ring): void {
  releaseTable(core, ring);
  unregisterFiles(core, ring);
  endIfIdle(core, ring);
}

/** A closed ring ends with its last request: it is gone, and so is its hold on memory. */
export function endIfIdle(core: Core, ring: Ring): void {
  if (!ring.closed || ring.ending || ring.live.length > 0 || !core.rings.delete(ring)) return;
  //= LIFE-8
  ring.view.setUint32(CQ_TAIL, ring.cqTail, true);
  setSqFlag(ring, IORING_SQ_CQ_OVERFLOW, false);
  releaseRingMemory(ring.memory);
  if (ring.region !== undefined) releaseRegion(ring.region);
  for (const group of ring.bufferGroups.values()) if (group.kind === "ring") group.release();
}

function goesOn(core: Core, request: Request): boolean {
  return request.phase === PHASE_LATE && !core.choices.stopsAtClose(request);
}
