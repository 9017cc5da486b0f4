/** SQEs that touch no data: no-op, poll, timers, cancellation. */
import {
  IORING_OP_ASYNC_CANCEL,
  IORING_OP_LINK_TIMEOUT,
  IORING_OP_NOP,
  IORING_OP_POLL_ADD,
  IORING_OP_POLL_REMOVE,
  IORING_OP_TIMEOUT,
  IORING_OP_TIMEOUT_REMOVE,
} from "../../../spec/abi/opcodes.ts";
import {
  IORING_ASYNC_CANCEL_FD,
  IORING_TIMEOUT_UPDATE,
  SQE_ADDR,
  SQE_OFF,
} from "../../../spec/abi/sqe.ts";
import { encodeEntry } from "./entry.ts";

/** Puts a user_data of two words where an operation names its target. */
function setTarget(sqes: DataView, at: number, low: number, high: number): void {
  sqes.setUint32(at + SQE_ADDR, low, true);
  sqes.setUint32(at + SQE_ADDR + 4, high, true);
}

/** IORING_OP_NOP. */
export function encodeNop(sqes: DataView, at: number): void {
  encodeEntry(sqes, at, IORING_OP_NOP, -1, 0, 0, 0, 0);
}

/** IORING_OP_POLL_ADD (poll(2)); `multishot` is 0 or IORING_POLL_ADD_MULTI. */
export function encodePollAdd(
  sqes: DataView,
  at: number,
  fd: number,
  events: number,
  multishot: number,
): void {
  encodeEntry(sqes, at, IORING_OP_POLL_ADD, fd, 0, 0, multishot, events);
}

/** IORING_OP_POLL_REMOVE of the POLL_ADD with this user_data. */
export function encodePollRemove(sqes: DataView, at: number, low: number, high: number): void {
  encodeEntry(sqes, at, IORING_OP_POLL_REMOVE, -1, 0, 0, 0, 0);
  setTarget(sqes, at, low, high);
}

/**
 * IORING_OP_POLL_REMOVE as an update (POLL-9, POLL-10). `flags` are
 * IORING_POLL_UPDATE_EVENTS, IORING_POLL_UPDATE_USER_DATA and IORING_POLL_ADD_MULTI.
 */
export function encodePollUpdate(
  sqes: DataView,
  at: number,
  low: number,
  high: number,
  newLow: number,
  newHigh: number,
  events: number,
  flags: number,
): void {
  encodeEntry(sqes, at, IORING_OP_POLL_REMOVE, -1, 0, 0, flags, events);
  setTarget(sqes, at, low, high);
  sqes.setUint32(at + SQE_OFF, newLow, true);
  sqes.setUint32(at + SQE_OFF + 4, newHigh, true);
}

/**
 * IORING_OP_TIMEOUT. `timespec` is the address of a `struct __kernel_timespec`;
 * a `count` above 0 also completes it after that many CQEs (TIMEOUT-6).
 */
export function encodeTimeout(
  sqes: DataView,
  at: number,
  timespec: number,
  count: number,
  flags: number,
): void {
  encodeEntry(sqes, at, IORING_OP_TIMEOUT, -1, count, timespec, 1, flags);
}

/** IORING_OP_TIMEOUT_REMOVE of the timeout with this user_data. */
export function encodeTimeoutRemove(sqes: DataView, at: number, low: number, high: number): void {
  encodeEntry(sqes, at, IORING_OP_TIMEOUT_REMOVE, -1, 0, 0, 0, 0);
  setTarget(sqes, at, low, high);
}

/** IORING_OP_TIMEOUT_REMOVE as an update: a new time for the timeout (TIMEOUT-15). */
export function encodeTimeoutUpdate(
  sqes: DataView,
  at: number,
  low: number,
  high: number,
  timespec: number,
  flags: number,
): void {
  const all = flags | IORING_TIMEOUT_UPDATE;
  encodeEntry(sqes, at, IORING_OP_TIMEOUT_REMOVE, -1, timespec, 0, 0, all);
  setTarget(sqes, at, low, high);
}

/** IORING_OP_LINK_TIMEOUT: bounds the linked request before it (LTIMEOUT-1). */
export function encodeLinkTimeout(
  sqes: DataView,
  at: number,
  timespec: number,
  flags: number,
): void {
  encodeEntry(sqes, at, IORING_OP_LINK_TIMEOUT, -1, 0, timespec, 1, flags);
}

/** IORING_OP_ASYNC_CANCEL by user_data (CANCEL-1); `flags` are IORING_ASYNC_CANCEL_*. */
export function encodeCancel(
  sqes: DataView,
  at: number,
  low: number,
  high: number,
  flags: number,
): void {
  encodeEntry(sqes, at, IORING_OP_ASYNC_CANCEL, -1, 0, 0, 0, flags);
  setTarget(sqes, at, low, high);
}

/** IORING_OP_ASYNC_CANCEL by open file (CANCEL-3). */
export function encodeCancelFd(sqes: DataView, at: number, fd: number, flags: number): void {
  encodeEntry(sqes, at, IORING_OP_ASYNC_CANCEL, fd, 0, 0, 0, flags | IORING_ASYNC_CANCEL_FD);
}
