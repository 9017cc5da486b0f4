/**
 * The argument of a wait, read where EXT_ARG_REG says: in the region that the ring was given for
 * waits (ENTER-19, ENTER-30, ENTER-31). It is memory that both sides have, so nothing is copied in.
 */
import {
  IORING_ENTER_ABS_TIMER,
  REG_WAIT_FLAGS,
  REG_WAIT_MIN_WAIT_USEC,
  REG_WAIT_SIGMASK,
  REG_WAIT_SIGMASK_SZ,
  REG_WAIT_SIZE,
  REG_WAIT_TS_SEC,
} from "../../../spec/abi/enter.ts";
import { IORING_REG_WAIT_TS } from "../../../spec/abi/register.ts";
import { EFAULT, EINVAL } from "../../../spec/errno.ts";
import { readSigned, readUnsigned } from "../issue/access.ts";
import type { Core } from "../core.ts";
import type { Ring } from "../state.ts";
import type { WaitArgument } from "./wait.ts";

/** Offsets are multiples of a word. */
const WORD_SIZE = 8;
const NANOSECONDS = 1_000_000_000;
const MICROSECOND = 1000;

/**
 * @param offset - of the struct io_uring_reg_wait in the region
 * @param byteLength - what the call gives as its size
 */
export function readRegisteredArgument(
  core: Core,
  ring: Ring,
  flags: number,
  offset: number,
  byteLength: number,
): WaitArgument | number {
  //= ENTER-19
  if (byteLength !== REG_WAIT_SIZE) return -EINVAL;
  const { region } = ring;
  const size = region?.servesWaits === true ? region.view.byteLength : 0;
  //= ENTER-30
  if (offset % WORD_SIZE !== 0 || offset + REG_WAIT_SIZE > size || region === undefined) {
    return -EFAULT;
  }
  //= ENTER-37
  // A guard against speculation takes the last place for one that is out of bounds (ENTER-37).
  const at = offset === size - REG_WAIT_SIZE ? 0 : offset;
  const { view } = region;
  const waitFlags = view.getUint32(at + REG_WAIT_FLAGS, true);
  //= ENTER-31
  if (waitFlags & ~IORING_REG_WAIT_TS) return -EINVAL;
  const now = core.clock.monotonic();
  const minimum = view.getUint32(at + REG_WAIT_MIN_WAIT_USEC, true);
  const limited = (waitFlags & IORING_REG_WAIT_TS) !== 0;
  //= ENTER-38
  return {
    limits: {
      deadline: limited ? deadline(view, at + REG_WAIT_TS_SEC, flags, now) : undefined,
      minimumUntil: minimum === 0 ? undefined : now + minimum * MICROSECOND,
    },
    sigmask: readUnsigned(view, at + REG_WAIT_SIGMASK),
    sigmaskSize: view.getUint32(at + REG_WAIT_SIGMASK_SZ, true),
  };
}

/**
 * When a time limit is reached, on the monotonic clock. Any timespec will do: a negative one is
 * over at once (ENTER-16, ENTER-17).
 */
export function deadline(view: DataView, at: number, flags: number, now: number): number {
  //= ENTER-16
  const duration = readSigned(view, at) * NANOSECONDS + readSigned(view, at + 8);
  //= ENTER-17
  const due = flags & IORING_ENTER_ABS_TIMER ? duration : now + duration;
  return Math.min(due, Number.MAX_SAFE_INTEGER);
}
