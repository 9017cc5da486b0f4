/** SQEs that move no data: poll, timers, cancellation. Times are addresses of a timespec. */
import {
  encodeCancel,
  encodeCancelFd,
  encodeLinkTimeout,
  encodePollAdd,
  encodePollRemove,
  encodePollUpdate,
  encodeTimeout,
  encodeTimeoutRemove,
  encodeTimeoutUpdate,
} from "../../../src/queue/index.ts";
import type { Entry } from "./entries.ts";

/** POLL_ADD, one shot unless the flags say otherwise. */
export function pollAdd(fd: number, events: number, flags = 0): Entry {
  return (sqes, at) => encodePollAdd(sqes, at, fd, events, flags);
}

export function pollRemove(userData: number): Entry {
  return (sqes, at) => encodePollRemove(sqes, at, userData, 0);
}

/** POLL_REMOVE as an update; what the flags do not name stays. */
export function pollUpdate(
  userData: number,
  flags: number,
  change: { readonly events?: number; readonly userData?: number },
): Entry {
  return (sqes, at) => {
    const { events = 0, userData: renamed = 0 } = change;
    encodePollUpdate(sqes, at, userData, 0, renamed, 0, events, flags);
  };
}

/** TIMEOUT; with a count it also ends after so many completions. */
export function timeout(timespec: number, count = 0, flags = 0): Entry {
  return (sqes, at) => encodeTimeout(sqes, at, timespec, count, flags);
}

export function timeoutRemove(userData: number): Entry {
  return (sqes, at) => encodeTimeoutRemove(sqes, at, userData, 0);
}

export function timeoutUpdate(userData: number, timespec: number, flags = 0): Entry {
  return (sqes, at) => encodeTimeoutUpdate(sqes, at, userData, 0, timespec, flags);
}

export function linkTimeout(timespec: number, flags = 0): Entry {
  return (sqes, at) => encodeLinkTimeout(sqes, at, timespec, flags);
}

/** ASYNC_CANCEL by user_data. */
export function cancel(userData: number, flags = 0): Entry {
  return (sqes, at) => encodeCancel(sqes, at, userData, 0, flags);
}

/** ASYNC_CANCEL by open file. */
export function cancelFd(fd: number, flags = 0): Entry {
  return (sqes, at) => encodeCancelFd(sqes, at, fd, flags);
}
