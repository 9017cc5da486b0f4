/**
 * The orders that io_uring promises, looked for in what Linux showed: where CQEs of different
 * requests may come in any order, these may not.
 */
import { IORING_CQE_F_NOTIF } from "../../spec/abi/cqe.ts";
import {
  IORING_OP_LINK_TIMEOUT,
  IORING_OP_MSG_RING,
  IORING_OP_POLL_REMOVE,
} from "../../spec/abi/opcodes.ts";
import { IOSQE_CQE_SKIP_SUCCESS, IOSQE_IO_HARDLINK, IOSQE_IO_LINK } from "../../spec/abi/sqe.ts";
import { wordValue } from "./encode.ts";
import { entriesOf, type Entry, type Program, ringNumber, setupsOf } from "./program.ts";
import { shownOn, type Trace } from "./trace.ts";

/** What these have in `off` becomes the user_data of a CQE. */
const GIVERS: ReadonlySet<number> = new Set([IORING_OP_MSG_RING, IORING_OP_POLL_REMOVE]);
const LINKS = IOSQE_IO_LINK | IOSQE_IO_HARDLINK;

/** Says which promise was broken, or undefined. */
export function brokenOrder(program: Program, trace: Trace): string | undefined {
  for (const ring of setupsOf(program).keys()) {
    const broken = brokenOn(ring, program, trace);
    if (broken !== undefined) return broken;
  }
  return undefined;
}

function brokenOn(ring: number, program: Program, trace: Trace): string | undefined {
  // The notification of a zero-copy send comes when it comes (ND-23).
  const cqes = trace.steps
    .flatMap((step) => shownOn(step, ring).cqes)
    .filter(({ flags }) => (flags & IORING_CQE_F_NOTIF) === 0);
  const order = cqes.map(({ userData }) => userData);
  const given = namesGiven(program);
  for (const [one, next] of linkedPairs(ring, program, trace)) {
    if (given.has(one.userData) || given.has(next.userData)) continue;
    const last = order.lastIndexOf(one.userData);
    // What is rejected may be told twice, and the replay sees to that.
    if (last !== order.indexOf(one.userData)) continue;
    const first = order.indexOf(next.userData);
    if (last >= 0 && first >= 0 && first < last) {
      return `CQE ${next.userData} comes before CQE ${one.userData} of its chain (LINK-2, LINK-3)`;
    }
  }
  return undefined;
}

/** Every user_data that a CQE may have besides those of its own SQE: a message's, a new name. */
function namesGiven(program: Program): ReadonlySet<number> {
  const givers = program.steps.flatMap(entriesOf).filter(({ opcode }) => GIVERS.has(opcode));
  return new Set(givers.map(({ off = 0 }) => Number(wordValue(off))));
}

/**
 * Members of a chain, each with the next one. Only where a submit step takes all that is queued:
 * what is left for another one may be in another chain; and an SQE that is named twice has two sets
 * of CQEs.
 */
function linkedPairs(ring: number, program: Program, trace: Trace): [Entry, Entry][] {
  const { steps } = program;
  const repeats = (entry: Entry): boolean => entry.index !== undefined;
  if (steps.some((step) => step.do === "submit" && step.entries.some(repeats))) return [];
  const pairs: [Entry, Entry][] = [];
  let room = powerOfTwo(setupsOf(program)[ring]?.entries ?? 0);
  let tail = 0;
  let head = 0;
  steps.forEach((step, index) => {
    const fills = step.do === "submit" && ringNumber(step) === ring;
    const filled = fills ? step.entries.slice(0, room - (tail - head)) : [];
    tail += filled.length;
    const seen = trace.steps[index];
    const resized = step.do === "resize" && ringNumber(step) === ring && seen?.result === 0;
    if (resized) room = powerOfTwo(step.entries);
    if (seen !== undefined) head = shownOn(seen, ring).sqHead;
    if (head === tail) pairs.push(...pairsOf(filled));
  });
  return pairs;
}

function powerOfTwo(entries: number): number {
  let power = 1;
  while (power < entries) power *= 2;
  return power;
}

function pairsOf(entries: readonly Entry[]): [Entry, Entry][] {
  return entries.slice(1).flatMap((next, index): [Entry, Entry][] => {
    const one = entries[index];
    return one !== undefined && isOrdered(one, next) ? [[one, next]] : [];
  });
}

/** A timeout of the chain ends when its target does, or before. */
function isOrdered(one: Entry, next: Entry): boolean {
  const { flags = 0 } = one;
  if ((flags & LINKS) === 0 || (flags & IOSQE_CQE_SKIP_SUCCESS) !== 0) return false;
  return one.opcode !== IORING_OP_LINK_TIMEOUT && next.opcode !== IORING_OP_LINK_TIMEOUT;
}
