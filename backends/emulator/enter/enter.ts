/** io_uring_enter(2): what its flags and its argument mean (chapter ENTER). */
import { TIMESPEC_SIZE } from "../../../spec/abi/linux-structs.ts";
import {
  GETEVENTS_ARG_MIN_WAIT_USEC,
  GETEVENTS_ARG_SIGMASK,
  GETEVENTS_ARG_SIGMASK_SZ,
  GETEVENTS_ARG_SIZE,
  GETEVENTS_ARG_TS,
  IORING_ENTER_EXT_ARG,
  IORING_ENTER_EXT_ARG_REG,
  IORING_ENTER_GETEVENTS,
  IORING_ENTER_REGISTERED_RING,
  IORING_ENTER_SQ_WAIT,
  IORING_ENTER_SQ_WAKEUP,
} from "../../../spec/abi/enter.ts";
import { IORING_SETUP_DEFER_TASKRUN } from "../../../spec/abi/setup.ts";
import { EBADFD, EEXIST, EFAULT, EINVAL } from "../../../spec/errno.ts";
import { readStruct, readUnsigned } from "../issue/access.ts";
import { PLACE_COLLECT, PLACE_RETURN, PLACE_SUBMIT, PLACE_SUBMITTED } from "./call-position.ts";
import type { Core } from "../core.ts";
import { pollsInEnter } from "../setup/iopoll.ts";
import { findRing, useRing } from "../files/ring-descriptors.ts";
import { wakeSqThread } from "../submission/sq-thread.ts";
import { cqPending, sqPending } from "../ring-words.ts";
import type { Ring } from "../state.ts";
import { submit } from "../submission/submit.ts";
import { runLocalWork, runNotified, runTaskWork } from "../tasks/task-work.ts";
import {
  collect,
  passKernel,
  releaseFirst,
  type WaitArgument,
  waitForCompletions,
  type WaitLimits,
} from "./wait.ts";
import { deadline, readRegisteredArgument } from "./wait-region.ts";

const SIGSET_SIZE = 8;
const FOREVER: WaitLimits = { deadline: undefined, minimumUntil: undefined };

/** The system call. Returns the SQEs consumed, or -errno. */
export function enter(
  core: Core,
  fd: number,
  toSubmit: number,
  minComplete: number,
  flags: number,
  argAddress: number,
  argSize: number,
): number {
  //= ENTER-1
  if (flags & ~core.profile.enterFlags) return -EINVAL;
  const ring = findRing(core, fd, (flags & IORING_ENTER_REGISTERED_RING) !== 0);
  if (typeof ring === "number") return ring;
  //= ENTER-4, SETUP-20
  if (ring.disabled) return -EBADFD;
  core.inCall = true;
  //= ENTER-40
  const wanted = minComplete | 0;
  const result = enterRing(core, ring, toSubmit, wanted, flags, argAddress, argSize);
  core.inCall = false;
  core.position.place = PLACE_RETURN;
  core.position.result = result;
  //= TASK-5
  // On its way back to the program a task runs what is queued for it (TASK-5).
  const defers = (ring.flags & IORING_SETUP_DEFER_TASKRUN) !== 0;
  do {
    if (!defers) {
      releaseFirst(core);
      runTaskWork(core, ring);
    }
  } while (passKernel(core) && !defers);
  core.position.clear();
  if (core.notified.length > 0) runNotified(core);
  return result;
}

function enterRing(
  core: Core,
  ring: Ring,
  toSubmit: number,
  minComplete: number,
  flags: number,
  argAddress: number,
  argSize: number,
): number {
  const submitted = hand(core, ring, toSubmit, flags);
  //= ENTER-6, ENTER-24, CQ-13
  if (submitted !== toSubmit || (flags & IORING_ENTER_GETEVENTS) === 0) return submitted;
  const defers = (ring.flags & IORING_SETUP_DEFER_TASKRUN) !== 0;
  core.position.place = PLACE_SUBMITTED;
  //= TASK-12
  if (defers && submitted > 0) runLocalWork(core, ring, minComplete);
  core.position.place = PLACE_COLLECT;
  const waited = pollsInEnter(ring.flags)
    ? pollForEvents(core, ring, flags, argAddress, argSize)
    : getEvents(core, ring, minComplete, flags, argAddress, argSize);
  //= ENTER-7
  return submitted > 0 ? submitted : waited;
}

/** Submits, or leaves that to the SQ thread. The number consumed, or -errno. */
function hand(core: Core, ring: Ring, toSubmit: number, flags: number): number {
  const { sqThread } = ring;
  //= ENTER-20, TASK-9
  if (sqThread !== undefined) {
    //= SQPOLL-3, SQPOLL-4, SQPOLL-5, SQPOLL-7
    const asleep = sqThread.event === undefined;
    if (flags & IORING_ENTER_SQ_WAKEUP && asleep) wakeSqThread(core, sqThread);
    if (flags & IORING_ENTER_SQ_WAIT) waitForRoom(core, ring);
    return toSubmit;
  }
  if (toSubmit === 0) return 0;
  //= TASK-1
  if (ring.issuer !== undefined && ring.issuer !== core.task) return -EEXIST;
  useRing(core, ring);
  core.position.place = PLACE_SUBMIT;
  return submit(core, ring, toSubmit);
}

function waitForRoom(core: Core, ring: Ring): void {
  while (sqPending(ring) === ring.layout.sqEntries) core.block();
}

/** On an IOPOLL ring nothing is ever polled for, so there is nothing to wait for either. */
function pollForEvents(
  core: Core,
  ring: Ring,
  flags: number,
  argAddress: number,
  argSize: number,
): number {
  //= ENTER-36
  if (flags & IORING_ENTER_EXT_ARG) {
    if (flags & IORING_ENTER_EXT_ARG_REG || argSize !== GETEVENTS_ARG_SIZE) return -EINVAL;
    if (readStruct(core.memory, argAddress, GETEVENTS_ARG_SIZE) === undefined) return -EFAULT;
  }
  if (!mayRunTaskWork(core, ring)) return -EEXIST;
  collect(core, ring, 0);
  return 0;
}

//= TASK-6, TASK-7
/** Whether the calling task may run what is left to do on a DEFER_TASKRUN ring. */
function mayRunTaskWork(core: Core, ring: Ring): boolean {
  return (ring.flags & IORING_SETUP_DEFER_TASKRUN) === 0 || ring.issuer === core.task;
}

function getEvents(
  core: Core,
  ring: Ring,
  minComplete: number,
  flags: number,
  argAddress: number,
  argSize: number,
): number {
  const argument = readArgument(core, ring, flags, argAddress, argSize);
  if (typeof argument === "number") return argument;
  if (!mayRunTaskWork(core, ring)) return -EEXIST;
  //= ENTER-9
  const wanted = Math.min(minComplete, ring.layout.cqEntries);
  //= ENTER-8, CQ-18
  collect(core, ring, wanted);
  //= ENTER-10, ENTER-40
  // Compared as unsigned numbers here, and only here (ENTER-40).
  if (cqPending(ring) >= wanted >>> 0) return 0;
  //= ENTER-15
  // The mask is looked at only where the call has to wait (ENTER-15).
  const mask = readMask(core, argument);
  if (typeof mask === "number") return mask;
  return waitForCompletions(core, ring, minComplete, argument.limits, mask);
}

/** The signals that the wait holds back, undefined where it says nothing of them, or -errno. */
function readMask(
  core: Core,
  { sigmask, sigmaskSize }: WaitArgument,
): Uint8Array | undefined | number {
  if (sigmask === 0) return undefined;
  if (sigmaskSize !== SIGSET_SIZE) return -EINVAL;
  const view = readStruct(core.memory, sigmask, SIGSET_SIZE);
  return view === undefined ? -EFAULT : new Uint8Array(view.buffer, view.byteOffset, SIGSET_SIZE);
}

function readArgument(
  core: Core,
  ring: Ring,
  flags: number,
  address: number,
  byteLength: number,
): WaitArgument | number {
  //= ENTER-32
  if ((flags & IORING_ENTER_EXT_ARG) === 0) {
    return { limits: FOREVER, sigmask: address, sigmaskSize: byteLength };
  }
  //= ENTER-19
  if (flags & IORING_ENTER_EXT_ARG_REG) {
    return readRegisteredArgument(core, ring, flags, address, byteLength);
  }
  //= ENTER-14
  if (byteLength !== GETEVENTS_ARG_SIZE) return -EINVAL;
  const view = readStruct(core.memory, address, GETEVENTS_ARG_SIZE);
  if (view === undefined) return -EFAULT;
  const now = core.clock.monotonic();
  const minimum = view.getUint32(GETEVENTS_ARG_MIN_WAIT_USEC, true);
  const timeout = readUnsigned(view, GETEVENTS_ARG_TS);
  const limit = timeout === 0 ? undefined : readStruct(core.memory, timeout, TIMESPEC_SIZE);
  if (timeout !== 0 && limit === undefined) return -EFAULT;
  return {
    limits: {
      deadline: limit === undefined ? undefined : deadline(limit, 0, flags, now),
      minimumUntil: minimum === 0 ? undefined : now + minimum * 1000,
    },
    sigmask: readUnsigned(view, GETEVENTS_ARG_SIGMASK),
    sigmaskSize: view.getUint32(GETEVENTS_ARG_SIGMASK_SZ, true),
  };
}
