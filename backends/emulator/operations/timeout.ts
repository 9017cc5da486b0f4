/** TIMEOUT, TIMEOUT_REMOVE and LINK_TIMEOUT (chapters TIMEOUT and LTIMEOUT). */
import { IORING_OP_LINK_TIMEOUT, IORING_OP_TIMEOUT } from "../../../spec/abi/opcodes.ts";
import {
  IORING_LINK_TIMEOUT_UPDATE,
  IORING_TIMEOUT_ABS,
  IORING_TIMEOUT_CLOCK_MASK,
  IORING_TIMEOUT_ETIME_SUCCESS,
  IORING_TIMEOUT_MULTISHOT,
  IORING_TIMEOUT_UPDATE,
  IORING_TIMEOUT_UPDATE_MASK,
  IOSQE_FIXED_FILE,
} from "../../../spec/abi/sqe.ts";
import { EALREADY, EINVAL, ENOENT } from "../../../spec/errno.ts";
import { readTimespec } from "../issue/access.ts";
import { cancelOne, detach, hasUserData } from "../cancel/cancel.ts";
import { firstForCancellation } from "../cancel/cancel-order.ts";
import { CANCEL_LOST, CANCEL_TOO_LATE } from "../choices.ts";
import { startCounting } from "../waiting/counted.ts";
import { type Core, type Operation, PENDING } from "../core.ts";
import type { SqeReader } from "../submission/sqe.ts";
import { BIT_ARM_LINK_TIMEOUT, BIT_UNCANCELLABLE } from "../request-bits.ts";
import { PHASE_TIMED } from "../request-phases.ts";
import type { Request, Ring } from "../state.ts";
import { countsCompletions, fire, isExpired, startTimer } from "../waiting/timers.ts";
import { defineOperation } from "./define.ts";

const VALID =
  IORING_TIMEOUT_ABS |
  IORING_TIMEOUT_CLOCK_MASK |
  IORING_TIMEOUT_ETIME_SUCCESS |
  IORING_TIMEOUT_MULTISHOT;
const REPEATED_AT_A_TIME = IORING_TIMEOUT_MULTISHOT | IORING_TIMEOUT_ABS;

/** Completes at a time, or after a number of CQEs. */
export const timeout: Operation = defineOperation({
  name: "timeout",
  prepare: prepareTimeout,
  execute(core, request) {
    //= TIMEOUT-6
    if (countsCompletions(request)) startCounting(request);
    startTimer(core, request);
    return PENDING;
  },
});

/** Bounds the request before it in the chain. */
export const linkTimeout: Operation = defineOperation({
  name: "link timeout",
  prepare(core, request, sqe) {
    //= LTIMEOUT-7
    if (sqe.offLow !== 0) return -EINVAL;
    //= LTIMEOUT-12, LTIMEOUT-13
    const error = prepareTimeout(core, request, sqe);
    if (error < 0) return error;
    const { linkHead, linkLast } = request.ring;
    //= LTIMEOUT-1
    if (linkHead === undefined || linkLast === undefined) return -EINVAL;
    //= LTIMEOUT-8
    if (linkLast.opcode === IORING_OP_LINK_TIMEOUT) return -EINVAL;
    //= LTIMEOUT-14
    linkLast.bits |= BIT_ARM_LINK_TIMEOUT;
    return 0;
  },
  // Its target starts it; it is never issued by itself.
  execute: () => -EINVAL,
});

/** Stops a running timeout, or gives it a new time. */
export const timeoutRemove: Operation = defineOperation({
  name: "timeout remove",
  prepare(core, request, sqe) {
    //= ERR-19
    if (request.bits & IOSQE_FIXED_FILE) return -EINVAL;
    //= TIMEOUT-14
    if (sqe.hasAddr3 || sqe.hasPad2) return -EINVAL;
    if (sqe.bufIndex !== 0 || sqe.len !== 0 || sqe.fileIndex !== 0) return -EINVAL;
    request.targetLow = sqe.addrLow;
    request.targetHigh = sqe.addrHigh;
    request.opFlags = sqe.opFlags;
    if ((request.opFlags & IORING_TIMEOUT_UPDATE_MASK) === 0) {
      return request.opFlags === 0 ? 0 : -EINVAL;
    }
    //= TIMEOUT-27
    if (request.opFlags & ~(IORING_TIMEOUT_UPDATE_MASK | IORING_TIMEOUT_ABS)) return -EINVAL;
    //= TIMEOUT-26
    request.duration = readTimespec(core.memory, sqe.addr2);
    return Math.min(request.duration, 0);
  },
  execute(core, request) {
    const { ring, opFlags } = request;
    const updates = (opFlags & IORING_TIMEOUT_UPDATE) !== 0;
    const linked = updates && (opFlags & IORING_LINK_TIMEOUT_UPDATE) !== 0;
    //= TIMEOUT-17
    const opcode = linked ? IORING_OP_LINK_TIMEOUT : IORING_OP_TIMEOUT;
    const target = findTimer(ring, opcode, request);
    //= TIMEOUT-13
    if (target === undefined) return -ENOENT;
    return updates ? restart(core, target, request) : cancelOne(core, target);
  },
});

function prepareTimeout(core: Core, request: Request, sqe: SqeReader): number {
  //= TIMEOUT-2
  if (sqe.hasAddr3 || sqe.hasPad2) return -EINVAL;
  if (sqe.bufIndex !== 0 || sqe.len !== 1 || sqe.fileIndex !== 0) return -EINVAL;
  request.opFlags = sqe.opFlags;
  //= TIMEOUT-4
  if (request.opFlags & ~VALID) return -EINVAL;
  //= TIMEOUT-21
  if ((request.opFlags & IORING_TIMEOUT_CLOCK_MASK) === IORING_TIMEOUT_CLOCK_MASK) return -EINVAL;
  if ((request.opFlags & REPEATED_AT_A_TIME) === REPEATED_AT_A_TIME) return -EINVAL;
  request.offset = sqe.offLow;
  //= TIMEOUT-11, TIMEOUT-24
  request.repeats = request.opFlags & IORING_TIMEOUT_MULTISHOT ? request.offset : 0;
  //= TIMEOUT-3, TIMEOUT-18
  request.duration = readTimespec(core.memory, sqe.addr);
  return Math.min(request.duration, 0);
}

//= TIMEOUT-25
function findTimer(ring: Ring, opcode: number, request: Request): Request | undefined {
  const found = ring.live.filter(
    (other) =>
      other.opcode === opcode &&
      other.phase === PHASE_TIMED &&
      hasUserData(other, request.targetLow, request.targetHigh),
  );
  return firstForCancellation(found);
}

//= TIMEOUT-15
/** Gives a running timer a new time; it keeps its clock and stops counting (TIMEOUT-15, -16). */
function restart(core: Core, target: Request, request: Request): number {
  if (isExpired(core, target)) {
    const late = (target.bits & BIT_UNCANCELLABLE) !== 0;
    const outcome = late ? CANCEL_TOO_LATE : core.choices.cancel(target, false);
    if (outcome === CANCEL_TOO_LATE) {
      target.bits |= BIT_UNCANCELLABLE;
      return -EALREADY;
    }
    if (outcome === CANCEL_LOST) {
      fire(core, target);
      return -ENOENT;
    }
  }
  detach(core, target);
  //= TIMEOUT-16, TIMEOUT-28
  target.offset = 0;
  target.duration = request.duration;
  const absolute = request.opFlags & IORING_TIMEOUT_ABS;
  target.opFlags = (target.opFlags & ~IORING_TIMEOUT_ABS) | absolute;
  startTimer(core, target);
  return 0;
}
