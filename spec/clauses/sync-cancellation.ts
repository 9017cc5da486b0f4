/** Chapter SYNCCANCEL: cancelling by a system call that waits, instead of by a request. */
import type { Chapter } from "./types.ts";

/** Chapter SYNCCANCEL. */
export const SYNC_CANCELLATION: Chapter = {
  prefix: "SYNCCANCEL",
  title: "Cancellation by system call",
  introduction:
    "IORING_REGISTER_SYNC_CANCEL takes the keys and flags of ASYNC_CANCEL in a struct of 64 " +
    "bytes. It returns its result instead of posting it, and it can wait until a running request " +
    "is gone.",
  clauses: [
    {
      id: "SYNCCANCEL-1",
      rule: "A call for one request cancels it and returns 0.",
      observable: "0; the target -ECANCELED",
      source: ["observed on 6.18", "io_uring_register(2)"],
      since: "6.0",
    },
    {
      id: "SYNCCANCEL-2",
      rule:
        "If the target runs in a worker the call waits until it is gone, or until the time " +
        "limit.",
      observable: "0, or -ETIME; a limit of {-1, -1} is none",
      source: ["observed on 6.18", "io_uring_register(2)"],
      since: "6.0",
    },
    {
      id: "SYNCCANCEL-3",
      rule: "Unknown flags and padding that is not 0 are refused.",
      observable: "-EINVAL",
      source: ["observed on 6.18", "io_uring/cancel.c"],
      since: "6.0",
    },
    {
      id: "SYNCCANCEL-4",
      rule:
        "On a DEFER_TASKRUN ring of 6.18 the wait for a request in a worker notices its end only " +
        "if that comes at once: else it ends with the time limit, or never.",
      observable: "0, or -ETIME although the target has completed",
      source: ["observed on 6.18"],
      since: "6.1",
      until: "6.18",
    },
    {
      id: "SYNCCANCEL-5",
      rule: "A call for one request that finds none says so.",
      observable: "-ENOENT",
      source: ["observed on 6.18", "io_uring_register(2)"],
      since: "6.0",
    },
    {
      id: "SYNCCANCEL-6",
      rule: "With ALL or ANY the call counts what it cancelled.",
      observable: "the count, 0 if there was none",
      source: ["observed on 6.18", "io_uring_register(2)"],
      since: "6.0",
    },
    {
      id: "SYNCCANCEL-7",
      rule: "The argument is one struct, and readable.",
      observable: "NULL or nr_args other than 1: -EINVAL; not readable: -EFAULT",
      source: ["observed on 6.18", "io_uring/register.c"],
      since: "6.0",
    },
    {
      id: "SYNCCANCEL-8",
      rule: "With FD the descriptor or index has to be good.",
      observable: "-EBADF",
      source: ["observed on 6.18", "io_uring/cancel.c"],
      since: "6.0",
    },
    {
      id: "SYNCCANCEL-9",
      rule:
        "ANY may be combined with FD and OP, unlike in the request; with FD the descriptor is " +
        "still checked.",
      observable: "every request is cancelled; a bad descriptor: -EBADF",
      source: ["observed on 6.18", "io_uring/cancel.c"],
      since: "6.6",
    },
    {
      id: "SYNCCANCEL-10",
      rule: "What was not issued yet is not found: members of a chain, and what waits for a drain.",
      observable: "-ENOENT; ANY does not count it",
      source: ["observed on 6.18", "io_uring/cancel.c"],
      since: "6.0",
    },
    {
      id: "SYNCCANCEL-11",
      rule: "A signal ends the wait for a target.",
      observable: "-EINTR",
      source: ["io_uring/cancel.c"],
      since: "6.0",
    },
  ],
};
