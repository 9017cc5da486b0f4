/**
 * Which slot of the completion queue the next CQE goes to.
 *
 * The kernel remembers a run of free slots and looks at the program's head only when that is used
 * up. On a CQE_MIXED ring this shows: a CQE of two slots that finds no room goes to the backlog
 * while one of a single slot, behind it, still finds the last slot of the run (CQ-20); and where
 * a filler took that last slot the single one overwrites it (CQ-23).
 */
import { CQE_FLAGS, CQE_RES, CQE_SIZE, IORING_CQE_F_SKIP } from "../../../spec/abi/cqe.ts";
import { IORING_SETUP_CQE32, IORING_SETUP_CQE_MIXED } from "../../../spec/abi/setup.ts";
import { CQ_HEAD, CQ_TAIL, CQES } from "../setup/layout.ts";
import type { Ring } from "../state.ts";

/**
 * Takes the slot for one CQE, or two slots in a row for a `wide` one. The caller writes the CQE
 * and then the tail, which this has moved.
 *
 * On a ring that is not CQE_MIXED a wide one, which a message may bring, takes a single slot as
 * well, but it asks for the room of two (MSG-22).
 *
 * @param fromBacklog - false: while there is a backlog, a new run of slots is not begun
 * @returns the index of the (first) slot; -1 when there is no room
 */
export function takeSlot(ring: Ring, fromBacklog: boolean, wide: boolean): number {
  const roomy = (ring.flags & IORING_SETUP_CQE32) !== 0;
  //= MSG-22
  const needed = wide && !roomy ? 2 : 1;
  //= CQ-20
  if (ring.cqFree < needed && !beginRun(ring, fromBacklog, wide)) return -1;
  const slot = ring.cqSlot;
  //= CQ-9
  const taken = wide && ring.flags & IORING_SETUP_CQE_MIXED ? 2 : 1;
  ring.cqSlot += taken;
  ring.cqFree -= taken;
  advance(ring, taken);
  return slot;
}

/** Finds the free slots from the tail on, up to the wrap. False: not even enough for one CQE. */
function beginRun(ring: Ring, fromBacklog: boolean, wide: boolean): boolean {
  //= CQ-4
  if (!fromBacklog && ring.backlog.length > 0) return false;
  const { cqEntries } = ring.layout;
  let slot = ring.cqTail & (cqEntries - 1);
  //= CQ-16
  if (wide && slot + 1 === cqEntries) {
    if (used(ring) >= cqEntries) return false;
    //= CQ-23
    fill(ring, slot);
    slot = 0;
  }
  const free = cqEntries - Math.min(used(ring), cqEntries);
  const run = Math.min(free, cqEntries - slot);
  if (run < (wide ? 2 : 1)) return false;
  ring.cqSlot = slot;
  ring.cqFree = run;
  return true;
}

/**
 * A CQE of two slots does not wrap: a filler takes the last slot (CQ-16). The kernel counts small
 * slots for it, so on a CQE32 ring it lands elsewhere, and the last slot keeps its old CQE
 * (MSG-23).
 */
function fill(ring: Ring, slot: number): void {
  const { view } = ring;
  //= MSG-23
  const at = CQES + slot * CQE_SIZE;
  view.setUint32(at, 0, true);
  view.setUint32(at + 4, 0, true);
  view.setInt32(at + CQE_RES, 0, true);
  view.setUint32(at + CQE_FLAGS, IORING_CQE_F_SKIP, true);
  advance(ring, 1);
  view.setUint32(CQ_TAIL, ring.cqTail, true);
}

function advance(ring: Ring, slots: number): void {
  ring.cqTail = (ring.cqTail + slots) >>> 0;
  //= CQ-22
  ring.postedCount += slots;
}

/** How many slots hold CQEs that the program has not taken; more than there are if it cheats. */
function used(ring: Ring): number {
  return (ring.cqTail - ring.view.getUint32(CQ_HEAD, true)) >>> 0;
}
