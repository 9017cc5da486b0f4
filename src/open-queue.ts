/** Sets a ring up with the best flags that the kernel takes. */
import {
  IORING_SETUP_COOP_TASKRUN,
  IORING_SETUP_SINGLE_ISSUER,
  IORING_SETUP_SUBMIT_ALL,
  IORING_SETUP_TASKRUN_FLAG,
} from "../spec/abi/setup.ts";
import { EINVAL } from "../spec/errno.ts";
import type { Backend } from "./backend.ts";
import { SystemError } from "./errors.ts";
import { Queue } from "./queue/queue.ts";

/**
 * Sets of flags, best first. One malformed request must not hold up its batch
 * (SUBMIT_ALL, 5.18); completions wait for the program to enter the kernel
 * instead of interrupting it (COOP_TASKRUN, 5.19; SINGLE_ISSUER, 6.0).
 */
const FLAG_SETS: readonly number[] = [
  IORING_SETUP_SUBMIT_ALL |
    IORING_SETUP_COOP_TASKRUN |
    IORING_SETUP_TASKRUN_FLAG |
    IORING_SETUP_SINGLE_ISSUER,
  IORING_SETUP_SUBMIT_ALL | IORING_SETUP_COOP_TASKRUN | IORING_SETUP_TASKRUN_FLAG,
  IORING_SETUP_SUBMIT_ALL,
  0,
];

/** @throws {SystemError} with what io_uring_setup(2) answered to the plainest request */
export function openQueue(backend: Backend, entries: number): Queue {
  let refusal: unknown;
  for (const set of FLAG_SETS) {
    try {
      return Queue.open(backend, { entries, flags: set });
    } catch (error) {
      // Only "I do not know this flag" is worth another try; a prohibition is not.
      if (!(error instanceof SystemError && error.errno === -EINVAL)) throw error;
      refusal = error;
    }
  }
  throw refusal;
}
