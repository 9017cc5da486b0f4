/** Chapter ASYNC: requests that are handed to a worker right away. */
import type { Chapter } from "./types.ts";

/** Chapter ASYNC. */
export const ASYNC: Chapter = {
  prefix: "ASYNC",
  title: "Asynchronous issue",
  introduction: "IOSQE_ASYNC skips the attempt to complete a request while it is submitted.",
  clauses: [
    {
      id: "ASYNC-1",
      rule: "IOSQE_ASYNC does not change the result of a request.",
      observable: "res and bytes as without it, errors included",
      source: ["observed on 6.18", "io_uring_enter(2)"],
      since: "5.6",
    },
    {
      id: "ASYNC-2",
      rule:
        "A request with IOSQE_ASYNC never completes while it is submitted, so it says nothing " +
        "about order in the batch.",
      observable: "on a DEFER_TASKRUN ring its CQE is not there when the submit returns",
      source: ["observed on 6.18", "io_uring/io_uring.c"],
      since: "5.6",
    },
    {
      id: "ASYNC-3",
      rule:
        "A request with IOSQE_ASYNC that waits for its file goes to a worker again when it is " +
        "woken, but for a multishot one and a POLL_ADD.",
      observable: "on a DEFER_TASKRUN ring a GETEVENTS that finds it woken brings no CQE",
      source: ["observed on 6.18", "io_uring/io_uring.c"],
    },
    {
      id: "ASYNC-4",
      rule:
        "A worker that finds the file ready when it is about to wait for it tries again at once, " +
        "and then it does not wait for the file, but blocks.",
      observable:
        "where another request takes the data in between, a cancellation ends with -EALREADY, " +
        "its target with -EINTR",
      source: ["observed on 6.18", "io_uring/io_uring.c"],
    },
    {
      id: "ASYNC-5",
      rule:
        "A request that is about to wait for its file for the 128th time, woken in vain each " +
        "time before, goes to a worker, and blocks.",
      observable:
        "a receive that only peeks while nothing but an urgent byte is there: a cancellation " +
        "ends with -EALREADY, its target with -EINTR",
      source: ["observed on 6.18", "io_uring/poll.c"],
    },
  ],
};
