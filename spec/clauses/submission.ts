/** Chapter SQ: how io_uring_enter(2) consumes the submission queue. */
import type { Chapter } from "./types.ts";

/** Chapter SQ. */
export const SUBMISSION: Chapter = {
  prefix: "SQ",
  title: "Submission",
  introduction:
    "The program fills SQEs, names them in the SQ array, and moves the tail. io_uring_enter " +
    "takes entries from the head. A rejected entry is one that fails before it is issued: it has " +
    "a wrong opcode, flag or field.",
  clauses: [
    {
      id: "SQ-1",
      rule:
        "A call takes as many entries as it is told to, but not more than there are between the " +
        "kernel's head and the program's tail.",
      observable: "result; SQ head",
      source: ["observed on 6.18", "io_uring_enter(2)"],
    },
    {
      id: "SQ-2",
      rule:
        "With an SQ array, entry i is the SQE that array[head & mask] names, and one SQE may be " +
        "named several times.",
      observable: "one CQE for each entry",
      source: ["observed on 6.18"],
    },
    {
      id: "SQ-3",
      rule:
        "An array value that names no SQE uses its slot up, makes no request and ends the batch; " +
        "SUBMIT_ALL does not change that.",
      observable:
        "SQ head and SQ dropped go up by 1; no CQE; the slot is not counted in the result",
      source: ["observed on 6.18", "io_uring/io_uring.c"],
    },
    {
      id: "SQ-4",
      rule: "With NO_SQARRAY, entry i is the SQE head & mask.",
      observable: "CQEs in that order",
      source: ["observed on 6.18", "io_uring_setup(2)"],
      since: "6.6",
    },
    {
      id: "SQ-5",
      rule:
        "When io_uring_enter has returned, a consumed SQE and the structures that it points to " +
        "(path, iovecs, msghdr, sockaddr, timespec) may be used for something else. Data buffers " +
        "may not.",
      observable:
        "a request whose path or timespec was overwritten after the call does what it was asked",
      source: ["observed on 6.18", "io_uring_setup(2)"],
      since: "5.5",
    },
    {
      id: "SQ-6",
      rule:
        "A rejected SQE posts its error, counts as consumed, and ends the batch; what follows " +
        "stays queued for the next call.",
      observable: "CQE with the error; the result counts it; SQ head stands behind it",
      source: ["observed on 6.18", "io_uring_enter(2)"],
      since: "5.5",
    },
    {
      id: "SQ-7",
      rule: "With SUBMIT_ALL a batch goes on behind a rejected SQE.",
      observable: "the result is the whole batch",
      source: ["observed on 6.18", "io_uring_setup(2)"],
      since: "5.18",
    },
    {
      id: "SQ-8",
      rule: "A rejected SQE that links to the next one does not end the batch.",
      observable: "the result counts the rest of the chain and what follows",
      source: ["observed on 6.18", "io_uring/io_uring.c"],
      since: "5.15",
    },
    {
      id: "SQ-9",
      rule:
        "An error that is found when the request is issued (EBADF, ENOTSOCK, ENOBUFS) does not " +
        "end the batch.",
      observable: "the result is the whole batch",
      source: ["observed on 6.18"],
    },
    {
      id: "SQ-10",
      rule:
        "user_data is copied unchanged, all 64 bits, to every CQE of the request, also when it " +
        "is rejected.",
      observable: "user_data of the CQE",
      source: ["observed on 6.18", "io_uring_enter(2)"],
    },
    {
      id: "SQ-11",
      rule: "An SQ thread goes on behind a rejected SQE.",
      observable: "all CQEs appear without another call",
      source: ["observed on 6.18", "io_uring/sqpoll.c"],
    },
    {
      id: "SQ-12",
      rule: "A tail more than sq_entries ahead of the head counts as sq_entries ahead.",
      observable: "result sq_entries; slots that the program did not fill are consumed",
      source: ["observed on 6.18", "io_uring/io_uring.c"],
    },
    {
      id: "SQ-13",
      rule:
        "An array value that names no SQE also ends the chain that is being built: what was " +
        "linked so far runs.",
      observable: "CQEs of the members before it",
      source: ["observed on 6.18"],
      since: "5.3",
    },
    {
      id: "SQ-14",
      rule: "Without an SQ array no slot is ever dropped.",
      observable: "SQ dropped stays 0",
      source: ["observed on 6.18"],
      since: "6.6",
    },
    {
      id: "SQ-15",
      rule: "A rejected SQE that is the last member of a chain ends the batch behind itself.",
      observable: "the result counts the chain only",
      source: ["observed on 6.18", "io_uring/io_uring.c"],
      since: "5.19",
    },
    {
      id: "SQ-16",
      rule: "A rejected SQE does not end the batch.",
      observable: "the result is the whole batch",
      source: ["fs/io_uring.c"],
      until: "5.4",
    },
    {
      id: "SQ-17",
      rule:
        "A request that is rejected for the fields of its operation does not end the batch, if " +
        "it is in no chain.",
      observable: "the result is the whole batch",
      source: ["fs/io_uring.c"],
      since: "5.5",
      until: "5.14",
    },
  ],
};
