/** Chapter SYNCCANCEL: cancelling by a system call that waits, instead of by a request. */
import { NO_SCENARIO } from "./open.ts";
import type { Chapter } from "./types.ts";

/** The rules of IORING_REGISTER_SYNC_CANCEL. */
export const SYNC_CANCELLATION: Chapter = {
  prefix: "SYNCCANCEL",
  title: "Cancellation by system call",
  introduction:
    "IORING_REGISTER_SYNC_CANCEL takes the same keys and flags as ASYNC_CANCEL in a struct of 64 " +
    "bytes. It returns its result instead of posting it, and it can wait until a running request " +
    "is gone.",
  clauses: [
    {
      id: "SYNCCANCEL-1",
      rule: "A call without ALL or ANY that finds one request cancels it and returns 0.",
      observable: "result 0; the target's CQE has res -ECANCELED",
      source: ["io_uring_register(2)", "observed on 6.18"],
      since: "6.0",
      open: NO_SCENARIO,
    },
  ],
};
