/**
 * The order in which a cancellation with ALL or ANY comes to what it matches.
 *
 * Linux looks at the work of workers first, then at the table of polls, then at who waits for a
 * child or a futex, the last one first, then at timers: those that count completions, the one with
 * the fewest left first, then the others as they were started. That table has few buckets, picked
 * by user_data, and the last that was armed is the first of its bucket.
 */
import { IORING_OP_WAITID } from "../../../spec/abi/opcodes.ts";
import {
  BIT_BLOCKING,
  BIT_WORKER,
  PHASE_ARMED,
  PHASE_LATE,
  PHASE_PARKED,
  PHASE_TIMED,
  type Request,
} from "../state.ts";

/** The multiplier of the kernel's hash of 64 bits. */
const GOLDEN_RATIO = 0x61c8864680b583ebn;
const BUCKET_BITS_MAX = 8;

//= CANCEL-25
/** Sorts `found` into that order. */
export function sortForCancellation(found: Request[], cqEntries: number): Request[] {
  if (found.length < 2) return found;
  const bits = bucketBits(cqEntries);
  const keys = new Map(found.map((request) => [request, placeOf(request, bits)]));
  const place = (request: Request): number => keys.get(request) ?? 0;
  return found.sort((a, b) => place(a) - place(b));
}

/** The first of them in that order; undefined where there is none. */
export function firstForCancellation(equals: readonly Request[]): Request | undefined {
  const [first] = equals;
  if (first === undefined || equals.length === 1) return first;
  return sortForCancellation([...equals], first.ring.layout.cqEntries)[0];
}

/** Whether a worker has the request, or will have it. */
export function isWorkersOwn(request: Request): boolean {
  if (request.phase === PHASE_LATE) return (request.bits & BIT_WORKER) !== 0;
  return request.phase === PHASE_ARMED && (request.bits & BIT_BLOCKING) !== 0;
}

/** Sequence numbers of requests are smaller than this. */
const STRIDE = 2 ** 40;

function placeOf(request: Request, bits: number): number {
  if (isWorkersOwn(request)) return request.sequence;
  if (request.phase === PHASE_TIMED) {
    const place = request.ring.counted.indexOf(request);
    return place >= 0 ? STRIDE * 2 ** 10 + place : STRIDE * 2 ** 11 + request.arming;
  }
  if (request.phase === PHASE_PARKED) {
    const list = request.opcode === IORING_OP_WAITID ? 2 ** 9 : 2 ** 9 + 1;
    return STRIDE * list - request.sequence;
  }
  return STRIDE * (2 + bucketOf(request, bits)) - request.arming;
}

function bucketBits(cqEntries: number): number {
  return Math.min(Math.max(31 - Math.clz32(cqEntries) - 5, 1), BUCKET_BITS_MAX);
}

function bucketOf({ userDataLow, userDataHigh }: Request, bits: number): number {
  const userData = (BigInt(userDataHigh) << 32n) | BigInt(userDataLow);
  return Number(BigInt.asUintN(64, userData * GOLDEN_RATIO) >> BigInt(64 - bits));
}
