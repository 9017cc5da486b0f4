/** Chapter DRAIN: requests that wait until everything before them is over. */
import type { Chapter } from "./types.ts";

/** Chapter DRAIN. */
export const DRAIN: Chapter = {
  prefix: "DRAIN",
  title: "Drain",
  introduction:
    "IO_DRAIN makes a request a barrier: it waits for all earlier requests of the ring, and " +
    "later ones wait for it.",
  clauses: [
    {
      id: "DRAIN-1",
      rule:
        "A drained request is issued when all earlier requests have completed, failed ones " +
        "included.",
      observable: "its CQE comes after theirs",
      source: ["observed on 6.18", "io_uring_enter(2)"],
      since: "5.2",
    },
    {
      id: "DRAIN-2",
      rule: "IO_DRAIN on any member of a chain holds the whole chain.",
      observable: "no member runs while an earlier request is pending",
      source: ["observed on 6.18", "io_uring/io_uring.c"],
      since: "5.3",
    },
    {
      id: "DRAIN-3",
      rule: "An armed multishot request holds a drain until its last CQE.",
      observable: "the drained CQE comes after the one without F_MORE",
      source: ["observed on 6.18", "io_uring_multishot(7)"],
      since: "5.13",
    },
    {
      id: "DRAIN-4",
      rule: "A request that waits for a drain is not found by a cancellation.",
      observable: "SYNC_CANCEL by user_data: -ENOENT; ANY does not count it",
      source: ["observed on 6.18", "io_uring/cancel.c"],
      since: "6.0",
    },
    {
      id: "DRAIN-5",
      rule: "A cancellation submitted behind a drained request waits as any other request.",
      observable: "-ENOENT, when its target has completed in the meantime",
      source: ["observed on 6.18"],
      since: "5.5",
    },
    {
      id: "DRAIN-6",
      rule: "Requests submitted behind a drained one are issued when it has completed.",
      observable: "nothing of them while the drained request is pending",
      source: ["observed on 6.18", "io_uring_enter(2)"],
      since: "6.16",
    },
    {
      id: "DRAIN-7",
      rule:
        "Requests submitted behind a drained one are issued, in order, once it " +
        "has been issued.",
      observable: "they may complete before it",
      source: ["io_uring/io_uring.c"],
      since: "5.2",
      until: "6.15",
    },
    {
      id: "DRAIN-8",
      rule: "A rejected SQE with IO_DRAIN tells its error at once.",
      observable: "its CQE does not wait for earlier requests",
      source: ["observed on 6.18", "io_uring/io_uring.c"],
      since: "5.2",
    },
    {
      id: "DRAIN-9",
      rule: "What follows a chain with a drained member waits until the chain is over.",
      observable: "its CQE comes after those of the chain",
      source: ["observed on 6.18", "io_uring/io_uring.c"],
      since: "5.3",
    },
    {
      id: "DRAIN-10",
      rule:
        "Requests behind a rejected SQE with IO_DRAIN wait all the same, as if it had " +
        "been a barrier.",
      observable: "their CQEs come after those of the requests before it",
      source: ["observed on 6.18", "io_uring/io_uring.c"],
      since: "6.16",
    },
    {
      id: "DRAIN-11",
      rule:
        "A request that a worker has completed is waited for until its ring's owner has entered " +
        "the kernel, or was interrupted, though its CQE can be seen.",
      observable:
        "what is submitted as soon as the CQE of a drained request was seen may count as behind " +
        "the drain (ND-30), and then so does what is submitted later; after another entry not",
      source: ["observed on 6.18", "io_uring/io_uring.c"],
      since: "6.16",
    },
  ],
};
