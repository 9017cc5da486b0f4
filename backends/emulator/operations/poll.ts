/** POLL_ADD and POLL_REMOVE (chapter POLL). */
import { IORING_CQE_F_MORE } from "../../../spec/abi/cqe.ts";
import {
  EPOLLEXCLUSIVE,
  EPOLLONESHOT,
  POLLIN,
  POLLOUT,
  POLLRDNORM,
  POLLWRNORM,
} from "../../../spec/abi/linux.ts";
import { IORING_OP_POLL_ADD } from "../../../spec/abi/opcodes.ts";
import {
  IORING_POLL_ADD_MULTI,
  IORING_POLL_UPDATE_EVENTS,
  IORING_POLL_UPDATE_USER_DATA,
  IOSQE_CQE_SKIP_SUCCESS,
} from "../../../spec/abi/sqe.ts";
import { EALREADY, EBADF, EINVAL, ENOENT } from "../../../spec/errno.ts";
import { cancelOne, hasUserData, isCancellable, withdraw } from "../cancel/cancel.ts";
import { firstForCancellation } from "../cancel/cancel-order.ts";
import { CANCEL_TOO_LATE } from "../choices.ts";
import { completeAsWork, postCompleted, postShot, setResult } from "../completion/completion.ts";
import { type Core, type Operation, PENDING } from "../core.ts";
import { ALWAYS_POLLED, arm } from "../issue/arming.ts";
import { readyEvents, skipForeignWakes, wokenByRing, wokenEvents } from "../issue/readiness.ts";
import {
  BIT_CANCELLED,
  BIT_EXCLUSIVE,
  BIT_EXECUTED,
  BIT_MULTISHOT,
  BIT_POLLED,
} from "../request-bits.ts";
import { PHASE_LATE, PHASE_WORK } from "../request-phases.ts";
import { WORK_RETRY } from "../request-work.ts";
import type { Request, Ring } from "../state.ts";
import { queueWork } from "../tasks/work-queue.ts";
import { defineOperation } from "./define.ts";

/** The bits of poll(2); of others EPOLLEXCLUSIVE and EPOLLONESHOT mean something. */
const POLL_BITS = 0x27ff;
/** What poll(2) says of a file that cannot be polled (POLL-3). */
const UNPOLLABLE: number = POLLIN | POLLOUT | POLLRDNORM | POLLWRNORM;
const UPDATES = IORING_POLL_UPDATE_EVENTS | IORING_POLL_UPDATE_USER_DATA;

/** Completes when its file has one of the events; with MULTI, each time. */
export const pollAdd: Operation = defineOperation({
  name: "poll",
  needsFile: true,
  prepare(_core, request, sqe) {
    //= POLL-2, POLL-15
    if (sqe.bufIndex !== 0 || sqe.off !== 0 || sqe.addr !== 0) return -EINVAL;
    const flags = sqe.len;
    //= POLL-2
    if (flags & ~IORING_POLL_ADD_MULTI) return -EINVAL;
    if (flags & IORING_POLL_ADD_MULTI) {
      //= SKIP-5
      if (request.bits & IOSQE_CQE_SKIP_SUCCESS) return -EINVAL;
      //= POLL-21
      if ((sqe.opFlags & EPOLLONESHOT) === 0) request.bits |= BIT_MULTISHOT;
    }
    //= POLL-1, POLL-4
    request.events = (sqe.opFlags & POLL_BITS) | ALWAYS_POLLED;
    //= POLL-14
    if (sqe.opFlags & EPOLLEXCLUSIVE) request.bits |= BIT_EXCLUSIVE;
    return 0;
  },
  execute(core, request) {
    const { file } = request;
    if (file === undefined) return -EBADF;
    //= POLL-3
    if (!file.pollable) return request.events & UNPOLLABLE || -EINVAL;
    return watch(core, request);
  },
  woken(core, request) {
    // Not armed yet: a multishot that found its file ready at once.
    const armed = (request.bits & BIT_POLLED) !== 0;
    const events = armed ? wokenEvents(request) : eventsAtOnce(request);
    if (events === 0) {
      arm(core, request, request.events);
      return PENDING;
    }
    if ((request.bits & BIT_MULTISHOT) === 0) return events;
    //= POLL-11
    // Woken by a CQE, and its own would wake it for ever, it has its last shot (POLL-11).
    if (armed && wokenByRing(request)) return events;
    //= POLL-5, POLL-6
    return postEvents(core, request, events);
  },
});

/** Posts a shot, and waits for the next one. The events, or PENDING. */
function postEvents(core: Core, request: Request, events: number): number {
  const { file } = request;
  const before = file?.wakeups() ?? 0;
  postCompleted(core, request.ring);
  //= POLL-26
  const wokeItself = file?.kind === "ring" && file.wakeups() !== before;
  const seen = file?.wakeups() ?? 0;
  if (!postShot(core, request, events, IORING_CQE_F_MORE)) return events;
  if (wokeItself && (request.events & POLLIN) !== 0) {
    const again = readyEvents(request);
    if (again !== 0 && !postShot(core, request, again, IORING_CQE_F_MORE)) return again;
  }
  arm(core, request, request.events);
  request.checked = seen;
  return PENDING;
}

/** Stops a POLL_ADD, or gives it new events or another user_data. */
export const pollRemove: Operation = defineOperation({
  name: "poll remove",
  prepare(_core, request, sqe) {
    //= POLL-17
    if (sqe.bufIndex !== 0 || sqe.fileIndex !== 0) return -EINVAL;
    const flags = sqe.len;
    //= POLL-9
    if (flags & ~(UPDATES | IORING_POLL_ADD_MULTI)) return -EINVAL;
    if (flags === IORING_POLL_ADD_MULTI) return -EINVAL;
    const newUserData = sqe.offLow !== 0 || sqe.offHigh !== 0;
    if ((flags & IORING_POLL_UPDATE_USER_DATA) === 0 && newUserData) return -EINVAL;
    if ((flags & IORING_POLL_UPDATE_EVENTS) === 0 && sqe.opFlags !== 0) return -EINVAL;
    request.opFlags = flags;
    request.events = (sqe.opFlags & POLL_BITS) | ALWAYS_POLLED;
    request.targetLow = sqe.addrLow;
    request.targetHigh = sqe.addrHigh;
    request.address = sqe.offLow;
    request.offset = sqe.offHigh;
    return 0;
  },
  execute(core, request) {
    const target = findPoll(request.ring, request.targetLow, request.targetHigh);
    //= POLL-8
    if (target === undefined) return isLeaving(core, request) ? -EALREADY : -ENOENT;
    // What is about to tell of its file has left it, until it has told.
    if (target.bits & BIT_CANCELLED || target.phase === PHASE_WORK) return -EALREADY;
    if ((request.opFlags & UPDATES) === 0) return remove(core, target);
    withdraw(core, target);
    //= POLL-10, POLL-19
    if (request.opFlags & IORING_POLL_UPDATE_EVENTS) target.events = request.events;
    //= POLL-18
    if (request.opFlags & IORING_POLL_UPDATE_USER_DATA) {
      const { address: newLow, offset: newHigh } = request;
      target.userDataLow = newLow;
      target.userDataHigh = newHigh;
    }
    //= POLL-20
    const result = watch(core, target);
    if (result !== PENDING) {
      setResult(target, result);
      completeAsWork(core, target);
    }
    return 0;
  },
});

/** Stops a poll, which others do not find any more then. 0, -ENOENT or -EALREADY. */
function remove(core: Core, target: Request): number {
  if (core.profile.behaves.removedPollIsCanceled) {
    const result = cancelOne(core, target);
    target.bits &= ~BIT_CANCELLED;
    return result;
  }
  //= POLL-40
  withdraw(core, target);
  target.result = 0;
  completeAsWork(core, target);
  return 0;
}

/** The events that hold already, or PENDING with the request armed; a multishot is always armed. */
function watch(core: Core, request: Request): number {
  const events = readyEvents(request);
  if (events === 0) {
    arm(core, request, request.events);
    return PENDING;
  }
  if ((request.bits & BIT_MULTISHOT) === 0) return events;
  request.seen = events;
  request.checked = request.file?.wakeups() ?? 0;
  queueWork(core, request, WORK_RETRY);
  return PENDING;
}

//= POLL-24
/** What a multishot tells that found its file ready: what it found, unless it was woken since. */
function eventsAtOnce(request: Request): number {
  skipForeignWakes(request);
  const wakeups = request.file?.wakeups() ?? 0;
  return wakeups === request.checked ? request.seen : readyEvents(request);
}

//= ND-7
/** Whether a worker is still about to tell of a poll that found its file ready. */
function isLeaving(core: Core, { ring, targetLow, targetHigh }: Request): boolean {
  const leaving = ring.live.find(
    (one) =>
      one.opcode === IORING_OP_POLL_ADD &&
      (one.bits & BIT_EXECUTED) !== 0 &&
      hasUserData(one, targetLow, targetHigh),
  );
  return leaving !== undefined && core.choices.endsFirst(leaving) === CANCEL_TOO_LATE;
}

//= POLL-16
function findPoll(ring: Ring, low: number, high: number): Request | undefined {
  const found = ring.live.filter(
    (request) =>
      request.opcode === IORING_OP_POLL_ADD &&
      isCancellable(request) &&
      request.phase !== PHASE_LATE &&
      hasUserData(request, low, high),
  );
  return firstForCancellation(found);
}
