/** Chapter CANCEL: what ASYNC_CANCEL finds, what it answers, and what its target then says. */
import { exception } from "./open.ts";
import type { Chapter } from "./types.ts";

/** Chapter CANCEL. */
export const CANCELLATION: Chapter = {
  prefix: "CANCEL",
  title: "Cancellation",
  introduction:
    "ASYNC_CANCEL finds requests by user_data, by file, by opcode, or all of them. It changes " +
    "their future; only the CQE of the target itself says how it ended.",
  clauses: [
    {
      id: "CANCEL-1",
      rule: "A cancellation by user_data answers whether it found a request.",
      observable: "0; -ENOENT if there is none; -EALREADY if it runs and cannot be stopped",
      source: ["observed on 6.18", "io_uring_cancelation(7)"],
      since: "5.5",
    },
    {
      id: "CANCEL-2",
      rule: "The target of a successful cancellation completes without having done anything.",
      observable: "-ECANCELED; a read has taken no byte",
      source: ["observed on 6.18", "io_uring_cancelation(7)"],
      since: "5.5",
    },
    {
      id: "CANCEL-3",
      rule: "With FD the key is the open file of the descriptor.",
      observable: "a request on another file stays; a bad descriptor: -EBADF",
      source: ["observed on 6.18", "io_uring_cancelation(7)"],
      since: "5.19",
    },
    {
      id: "CANCEL-4",
      rule: "A file is one and the same by whatever descriptor or index it is named.",
      observable: "a request on a registered file is found by the ordinary descriptor of that file",
      source: ["observed on 6.18", "io_uring/cancel.c"],
      since: "5.19",
    },
    {
      id: "CANCEL-5",
      rule: "With OP the key is the opcode in len. Several keys must all match.",
      observable: "OP with USERDATA: -ENOENT if only one of them fits",
      source: ["observed on 6.18", "io_uring_cancelation(7)"],
      since: "6.6",
    },
    {
      id: "CANCEL-6",
      rule: "With ALL every match is cancelled and counted.",
      observable: "the count; 0, not -ENOENT, if there is none",
      source: ["observed on 6.18", "io_uring_cancelation(7)"],
      since: "5.19",
    },
    {
      id: "CANCEL-7",
      rule: "ANY cancels every request of the ring and counts as ALL does.",
      observable: "the count; 0 if there is none",
      source: ["observed on 6.18", "io_uring_cancelation(7)"],
      since: "5.19",
    },
    {
      id: "CANCEL-8",
      rule: "An unknown flag, off or splice_fd_in are refused.",
      observable: "-EINVAL",
      source: ["observed on 6.18", "io_uring/cancel.c"],
      since: "5.19",
    },
    {
      id: "CANCEL-9",
      rule: "Requests without a file (timeouts, futex waits, waitid) are not found by FD.",
      observable: "-ENOENT, with ALL 0",
      source: ["observed on 6.18", "io_uring/cancel.c"],
      since: "5.19",
    },
    {
      id: "CANCEL-10",
      rule: "A cancellation never finds itself.",
      observable: "-ENOENT for its own user_data; ANY does not count it",
      source: ["observed on 6.18"],
      since: "5.5",
    },
    {
      id: "CANCEL-11",
      rule: "Without ALL one of several matches is cancelled; which one is not specified.",
      observable: "0, and one -ECANCELED",
      source: ["observed on 6.18"],
      since: "5.5",
    },
    {
      id: "CANCEL-12",
      rule:
        "A cancellation does not find LINK_TIMEOUTs, nor members of a chain that have not been " +
        "issued.",
      observable: "-ENOENT",
      source: ["observed on 6.18", "io_uring/cancel.c"],
      since: "5.5",
    },
    {
      id: "CANCEL-13",
      rule:
        "On 6.18 a cancellation of a futex wait or of a waitid answers 1 where others answer 0, " +
        "and ALL counts several of them with equal user_data as 1.",
      observable: "1",
      source: ["observed on 6.18", "io_uring/cancel.c"],
      since: "6.7",
      until: "6.18",
    },
    {
      id: "CANCEL-14",
      rule:
        "Work that blocks in a worker (an open of a FIFO, a splice from an empty pipe) is " +
        "interrupted. On 6.18 its result is a number that no program should see; newer kernels " +
        "answer -EINTR.",
      observable: "cancellation -EALREADY; target -512",
      source: ["observed on 6.18"],
      since: "5.12",
      until: "6.18",
    },
    {
      id: "CANCEL-15",
      rule: "A cancellation sees what was submitted before it in the same batch.",
      observable:
        "a read from an empty pipe and its cancellation: -ECANCELED and 0; a NOP and its " +
        "cancellation: 0 and -ENOENT",
      source: ["observed on 6.18"],
      since: "5.5",
    },
    {
      id: "CANCEL-16",
      rule:
        "The CQE of the cancellation usually precedes that of its target; no " +
        "order is promised.",
      observable: "both orders are right",
      source: ["observed on 6.18", "io_uring_cancelation(7)"],
      since: "5.5",
      open: exception("nothing is promised that a test could check"),
    },
    {
      id: "CANCEL-17",
      rule: "With FD and FD_FIXED, or with IOSQE_FIXED_FILE, fd is the index of a registered file.",
      observable: "an empty slot, an index out of range, or no table: -EBADF",
      source: ["observed on 6.18", "io_uring_cancelation(7)"],
      since: "6.0",
    },
    {
      id: "CANCEL-18",
      rule: "FD_FIXED without FD is ignored.",
      observable: "as a cancellation by user_data",
      source: ["observed on 6.18"],
      since: "6.0",
    },
    {
      id: "CANCEL-19",
      rule: "With FD or OP, user_data is a key only if USERDATA is set.",
      observable: "found, whatever addr holds",
      source: ["observed on 6.18", "io_uring_cancelation(7)"],
      since: "6.6",
    },
    {
      id: "CANCEL-20",
      rule: "ANY excludes FD and OP.",
      observable: "-EINVAL",
      source: ["observed on 6.18", "io_uring/cancel.c"],
      since: "6.6",
    },
    {
      id: "CANCEL-21",
      rule:
        "A cancellation finds armed polls, reads, receives and accepts, timeouts, futex waits, " +
        "waitids, and work that waits for a worker.",
      observable: "0, or the count",
      source: ["observed on 6.18", "io_uring_cancelation(7)"],
      since: "6.7",
    },
    {
      id: "CANCEL-22",
      rule: "ALL and ANY do not count work that is running in a worker, but interrupt it.",
      observable: "0, and the target completes",
      source: ["observed on 6.18"],
      since: "5.19",
    },
    {
      id: "CANCEL-23",
      rule:
        "What waited for its file and was cancelled ends as task work, and is found by further " +
        "cancellations until then.",
      observable: "two cancellations of a read in one batch: 0 and 0; -ECANCELED once",
      source: ["observed on 6.18", "io_uring/poll.c"],
      since: "5.19",
    },
    {
      id: "CANCEL-24",
      rule:
        "What its file has woken, and is cancelled before it goes on, keeps its place in the " +
        "task work.",
      observable:
        "two reads on a DEFER_TASKRUN ring that are woken one after the other: if the first is " +
        "cancelled then, its CQE comes first all the same",
      source: ["observed on 6.18", "io_uring/poll.c"],
      since: "6.1",
    },
    {
      id: "CANCEL-25",
      rule:
        "ANY and ALL come to timers last: first to those that count completions, the one with " +
        "the fewest left first, then to the others in the order in which they were started.",
      observable: "the order of the CQEs of a batch of timeouts that were cancelled together",
      source: ["observed on 6.18", "io_uring/timeout.c"],
      since: "5.19",
    },
    {
      id: "CANCEL-26",
      rule: "Of the opcode in len, ASYNC_CANCEL keeps the low eight bits.",
      observable: "len 256 more than the opcode of the target: 0, and the target is cancelled",
      source: ["observed on 6.18", "io_uring/cancel.c"],
      since: "6.6",
    },
  ],
};
