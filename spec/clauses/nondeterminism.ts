/** Chapter ND: where Linux has more than one right answer. */
import { exception } from "./open.ts";
import type { Chapter } from "./types.ts";

/** Chapter ND. */
export const NONDETERMINISM: Chapter = {
  prefix: "ND",
  title: "What may vary",
  introduction:
    "A program whose outcome depends on one of these is not portable from one run to the next. A " +
    "simulated kernel picks one of the outcomes, offers the others as choices, and may be " +
    "compared with Linux only up to these sets.",
  clauses: [
    {
      id: "ND-1",
      rule:
        "Whether a request completes inside the submit or later depends on caches, file system " +
        "and memory; IOSQE_ASYNC forces later.",
      observable:
        "compare CQEs for each user_data; only chains, drains and the shots of one request have " +
        "an order",
      source: ["observed on 6.18"],
    },
    {
      id: "ND-2",
      rule: "Independent requests of one batch may complete in any order.",
      observable: "every interleaving is right; inline ones usually come first",
      source: ["observed on 6.18"],
    },
    {
      id: "ND-3",
      rule: "CQEs of unrelated requests may come between those of a chain.",
      observable: "every position is right",
      source: ["observed on 6.18", "io_uring_linked_requests(7)"],
      since: "5.3",
    },
    {
      id: "ND-4",
      rule: "A cancellation and the completion of its target may cross.",
      observable:
        "{0, -ECANCELED}, {-ENOENT, own result, or -ECANCELED where a worker began with it}, or " +
        "{-EALREADY, and -EINTR, -ECANCELED, -512 on 6.18, or own result}",
      source: ["observed on 6.18", "io_uring_cancelation(7)"],
      since: "5.5",
    },
    {
      id: "ND-5",
      rule: "The CQE of a cancellation may precede or follow that of its target.",
      observable: "both orders are right",
      source: ["observed on 6.18", "io_uring_cancelation(7)"],
      since: "5.5",
    },
    {
      id: "ND-6",
      rule: "A LINK_TIMEOUT and the completion of its target may cross.",
      observable:
        "{-ETIME, -ECANCELED}, {-ECANCELED, own result}, or {-ENOENT or -EALREADY, own result}",
      source: ["observed on 6.18", "io_uring/timeout.c"],
      since: "5.5",
    },
    {
      id: "ND-7",
      rule: "TIMEOUT_REMOVE or POLL_REMOVE and the completion of the target may cross.",
      observable: "{0, -ECANCELED}, {-ENOENT, own result}, or {-EALREADY, own result}",
      source: ["observed on 6.18"],
      since: "5.5",
    },
    {
      id: "ND-8",
      rule:
        "A timer never fires early and may fire late by any time; timers for the same moment " +
        "fire in any order.",
      observable: "lower bounds only; periods may drift",
      source: ["observed on 6.18", "io_uring/timeout.c"],
      since: "5.4",
    },
    {
      id: "ND-9",
      rule: "A multishot poll may tell several wake-ups in one CQE.",
      observable:
        "1 to n CQEs for n wake-ups, each with what held at some moment since the wake-up",
      source: ["observed on 6.18", "io_uring/poll.c"],
      since: "5.13",
    },
    {
      id: "ND-10",
      rule:
        "How a stream is cut into the chunks of multishot receives, bundles and " +
        "reads may vary.",
      observable: "compare the bytes joined together, and the buffers in order",
      source: ["observed on 6.18"],
      since: "5.19",
    },
    {
      id: "ND-11",
      rule: "F_SOCK_NONEMPTY is a hint.",
      observable: "set or not",
      source: ["io_uring/net.c"],
      since: "5.19",
    },
    {
      id: "ND-12",
      rule:
        "Which of several requests that wait for one file gets its bytes or connections is not " +
        "specified.",
      observable: "every assignment is right, if nothing is lost or doubled",
      source: ["observed on 6.18"],
    },
    {
      id: "ND-13",
      rule: "A transfer may be short, except for a regular file before its end.",
      observable: "every count from 1 to the length that the file allows",
      source: ["observed on 6.18"],
    },
    {
      id: "ND-14",
      rule:
        "When the ring overflows, and how many CQEs lie in the ring and in the backlog, may " +
        "vary.",
      observable: "compare after everything was reaped",
      source: ["observed on 6.18"],
      since: "5.5",
    },
    {
      id: "ND-15",
      rule: "At which shot a multishot request ends when the ring is full may vary.",
      observable: "every number of shots; the last one without F_MORE",
      source: ["observed on 6.18", "io_uring_multishot(7)"],
      since: "5.13",
    },
    {
      id: "ND-16",
      rule:
        "When events, a time limit and a signal come together, a wait may report any of them, " +
        "and may leave with more CQEs than it waited for.",
      observable: "the number, 0, -ETIME or -EINTR, as far as it fits the CQEs that are there",
      source: ["observed on 6.18"],
      since: "5.11",
    },
    {
      id: "ND-17",
      rule:
        "With COOP_TASKRUN or DEFER_TASKRUN the moment when later completions become visible may " +
        "vary.",
      observable: "at the latest after the owner has entered with GETEVENTS",
      source: ["observed on 6.18", "io_uring_setup(2)"],
      since: "5.19",
    },
    {
      id: "ND-18",
      rule:
        "When an SQ thread takes entries, sleeps, and ends a batch may vary, and with the batch " +
        "the end of a chain that was left open.",
      observable: "NEED_WAKEUP set or not; end chains explicitly",
      source: ["observed on 6.18", "io_uring/sqpoll.c"],
    },
    {
      id: "ND-19",
      rule:
        "How long after a timer a request completes that is drained behind it on a ring with an " +
        "SQ thread may vary, also while the thread does not ask to be woken.",
      observable: "most within a millisecond, one in thirty after 50 to 200",
      source: ["observed on 6.18"],
    },
    {
      id: "ND-20",
      rule:
        "Which free slot a direct descriptor gets, and the numbers of new descriptors, may " +
        "vary.",
      observable: "any free slot of the range; compare by what it is used for",
      source: ["observed on 6.18"],
      since: "5.19",
    },
    {
      id: "ND-21",
      rule: "Which request gets which buffer of a shared group may vary.",
      observable: "every assignment that takes the buffers in order",
      source: ["observed on 6.18", "io_uring/kbuf.c"],
      since: "5.7",
    },
    {
      id: "ND-22",
      rule: "The count of an eventfd may be anything from 1 to the number of CQEs.",
      observable: "at least one signal after the last CQE",
      source: ["observed on 6.18", "io_uring/eventfd.c"],
      since: "5.2",
    },
    {
      id: "ND-23",
      rule:
        "When the notification of a zero-copy send comes, and whether it says that the bytes " +
        "were copied, may vary.",
      observable: "after the CQE of the send; usage 0 or 0x80000000",
      source: ["observed on 6.18", "io_uring/net.c"],
      since: "6.0",
    },
    {
      id: "ND-24",
      rule:
        "What ALL and ANY count while requests complete may vary, and on a DEFER_TASKRUN ring " +
        "requests that were cancelled before may be counted again. Linux looks twice: what a " +
        "worker is beginning with may be missed at first, and a cancellation on a worker counts " +
        "itself if another one runs at the same time.",
      observable:
        "a lower and an upper bound: one on a worker that waits and one that begins: 0 to 2; a " +
        "cancellation on a worker alone: 0",
      source: ["observed on 6.18", "io_uring/cancel.c", "io_uring/io-wq.c"],
      since: "5.19",
    },
    {
      id: "ND-25",
      rule: "Workers take requests in any order; unlinked reads and writes of one file have none.",
      observable: "every order is right",
      source: ["io_uring/io-wq.c"],
      since: "5.5",
    },
    {
      id: "ND-26",
      rule: "When a file is released after its request, slot or ring is gone may vary.",
      observable: "in the end",
      source: ["observed on 6.18"],
    },
    {
      id: "ND-27",
      rule: "Lack of memory may fail any call.",
      observable: "-ENOMEM, -EAGAIN, -EBADR: left out of comparisons",
      source: ["io_uring_enter(2)", "io_uring_setup(2)"],
      open: exception("no test can make memory scarce on purpose; the harness leaves it out"),
    },
    {
      id: "ND-28",
      rule:
        "Rules with `until` or a later `since` than the oldest kernel differ from kernel to " +
        "kernel.",
      observable: "compare with the profile of the same kernel",
      source: ["release history of Linux"],
    },
    {
      id: "ND-29",
      rule:
        "A bundle that does not know how many bytes there are picks one buffer, or as many as " +
        "an earlier request of the ring had room for; it ends a multishot RECV if these are all.",
      observable:
        "group of 3 buffers, 1 byte: with F_MORE, or without after a bundle of 3 or more; 17 " +
        "bytes, buffers of 16: 16 or 17",
      source: ["observed on 6.18", "io_uring/net.c"],
      since: "6.10",
    },
    {
      id: "ND-30",
      rule:
        "What follows from a request that a worker had (the rest of its chain, what is drained " +
        "behind it, the signal of an eventfd) may come later than its CQE: the worker or the " +
        "ring's owner sets it in motion, whoever lets go of the request last.",
      observable:
        "soft chain whose first member fails on a worker: -ECANCELED with its CQE, or some time " +
        "after; a member that no worker had: at once",
      source: ["observed on 6.18", "io_uring/io_uring.c"],
      since: "5.5",
    },
    {
      id: "ND-31",
      rule:
        "The worker that ran a member of a chain goes on with the next one, unless that member " +
        "failed, had a LINK_TIMEOUT that fired, found the CQ full, or posts on a DEFER_TASKRUN " +
        "ring: then the owner may go on instead.",
      observable:
        "a cancellation that names itself: -EALREADY on a worker, else -ENOENT; a read of an " +
        "empty pipe that is cancelled: {-EALREADY, -EINTR} there, else {0, -ECANCELED}",
      source: ["observed on 6.18", "io_uring/io_uring.c"],
      since: "5.5",
    },
    {
      id: "ND-32",
      rule:
        "A write to an eventfd that has room is tried again as task work until a worker takes " +
        "it, and between two tries no cancellation finds it.",
      observable: "{0, -ECANCELED}, or -ENOENT and later its own result",
      source: ["observed on 6.18", "io_uring/poll.c", "io_uring/io_uring.c"],
      since: "5.7",
    },
    {
      id: "ND-33",
      rule:
        "Which of several equal requests with workers a cancellation takes may vary. Of polls " +
        "and of what waits for files it takes the one that was armed last, of timers the one " +
        "that was started first.",
      observable: "any of those with workers; else always the same",
      source: ["observed on 6.18", "io_uring/io-wq.c", "io_uring/poll.c", "io_uring/timeout.c"],
      since: "5.7",
    },
    {
      id: "ND-34",
      rule:
        "The answer to a CONNECT may come late, over loopback as well. Until then it blocks its " +
        "worker, and a cancellation interrupts it, though the connection comes to stand.",
      observable: "-EINTR, or 0",
      source: ["observed on 6.18", "net/ipv4/af_inet.c"],
      since: "5.5",
    },
    {
      id: "ND-35",
      rule:
        "A worker looks up the file of its request when it begins, so what closes or replaces " +
        "that after the submit may come before or after.",
      observable: "IOSQE_ASYNC, then close: the transfer, or -EBADF",
      source: ["observed on 6.18", "io_uring/io_uring.c"],
      since: "6.15",
    },
    {
      id: "ND-36",
      rule:
        "A cancellation of many (ALL or ANY) on a worker stops one after the other, and the " +
        "owner of the ring may complete what is stopped before the next one is found.",
      observable: "two polls and an asynchronous ANY: the CQEs at once, or the first one earlier",
      source: ["observed on 6.18", "io_uring/cancel.c"],
      since: "5.19",
    },
  ],
};
