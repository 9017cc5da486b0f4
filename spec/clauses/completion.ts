/** Chapter CQ: how completions are posted, and what happens to those that do not fit. */
import type { Chapter } from "./types.ts";

/** Chapter CQ. */
export const COMPLETION: Chapter = {
  prefix: "CQ",
  title: "Completion and overflow",
  introduction:
    "A CQE that finds the ring full waits in a backlog in the kernel, which keeps the order. The " +
    "program sees a flag, and has to enter the kernel for the rest.",
  clauses: [
    {
      id: "CQ-1",
      rule:
        "Every request posts one CQE without F_MORE, its last, unless CQE_SKIP_SUCCESS keeps it " +
        "away; only multishot requests and zero-copy sends post others before it.",
      observable: "number of CQEs with its user_data",
      source: ["observed on 6.18", "io_uring_multishot(7)"],
    },
    {
      id: "CQ-2",
      rule:
        "The flags of a CQE are F_BUFFER 1, F_MORE 2, F_SOCK_NONEMPTY 4, F_NOTIF 8, F_BUF_MORE " +
        "16, F_SKIP 32 and F_32 0x8000; the upper 16 bits are a buffer id.",
      observable: "flags of the CQE",
      source: ["include/uapi/linux/io_uring.h"],
    },
    {
      id: "CQ-3",
      rule: "CQEs that do not fit into the ring go to a backlog, in order, and none is lost.",
      observable: "SQ flag CQ_OVERFLOW is set; CQ overflow stays 0; all CQEs arrive in the end",
      source: ["observed on 6.18", "io_uring_setup(2)"],
      since: "5.5",
    },
    {
      id: "CQ-4",
      rule: "While the backlog is not empty new CQEs join it, even if the ring has room.",
      observable: "nothing new in the ring; order is kept",
      source: ["observed on 6.18", "io_uring/io_uring.c"],
      since: "5.5",
    },
    {
      id: "CQ-5",
      rule: "A call with GETEVENTS moves as much of the backlog into the ring as fits.",
      observable: "CQ tail",
      source: ["observed on 6.18", "io_uring/io_uring.c"],
      since: "5.5",
    },
    {
      id: "CQ-6",
      rule: "The overflow counter counts only CQEs that were really lost.",
      observable: "CQ overflow stays 0 while the backlog holds everything",
      source: ["observed on 6.18", "io_uring_setup(2)"],
      since: "5.5",
    },
    {
      id: "CQ-7",
      rule:
        "A multishot request that cannot post into the ring ends: its last CQE goes to the " +
        "backlog.",
      observable: "a CQE without F_MORE that carries a result",
      source: ["observed on 6.18", "io_uring_multishot(7)"],
      since: "5.13",
    },
    {
      id: "CQ-8",
      rule: "On a CQE32 ring the second half of a CQE is 0 unless the operation fills it.",
      observable: "the words at 16 and 24",
      source: ["observed on 6.18"],
      since: "5.19",
    },
    {
      id: "CQ-9",
      rule: "On a CQE_MIXED ring a CQE of 32 bytes has F_32 and takes two slots.",
      observable: "flags; CQ tail goes up by 2",
      source: ["observed on 6.18", "io_uring_setup(2)"],
      since: "6.18",
    },
    {
      id: "CQ-10",
      rule: "A ring can be polled: it is readable while it holds CQEs or a backlog.",
      observable: "POLLIN from poll(2) and from POLL_ADD",
      source: ["observed on 6.18", "io_uring/io_uring.c"],
    },
    {
      id: "CQ-11",
      rule:
        "Requests of one batch that complete while they are submitted post in the order of " +
        "submission.",
      observable: "order of CQEs",
      source: ["observed on 6.18"],
    },
    {
      id: "CQ-12",
      rule:
        "CQ flags bit 0 (EVENTFD_DISABLED) belongs to the program: while it is set no eventfd is " +
        "signalled.",
      observable: "the eventfd's counter",
      source: ["observed on 6.18", "io_uring/register.c"],
      since: "5.8",
    },
    {
      id: "CQ-13",
      rule: "A submission without GETEVENTS does not move the backlog, also if the ring has room.",
      observable: "CQ tail stays; CQ_OVERFLOW stays set",
      source: ["observed on 6.18", "io_uring/io_uring.c"],
      since: "5.5",
    },
    {
      id: "CQ-14",
      rule: "CQ_OVERFLOW is cleared when the last of the backlog has moved into the ring.",
      observable: "SQ flags bit 1",
      source: ["observed on 6.18"],
      since: "5.8",
    },
    {
      id: "CQ-15",
      rule: "On a CQE32 ring no CQE has F_32, whether its second half is used or not.",
      observable: "flags",
      source: ["observed on 6.18"],
      since: "6.18",
    },
    {
      id: "CQ-16",
      rule:
        "When a CQE of 32 bytes would begin in the last slot before the wrap, a filler CQE with " +
        "F_SKIP and user_data 0 takes that slot.",
      observable: "CQ tail goes up by 3",
      source: ["observed on 6.18", "io_uring/io_uring.c"],
      since: "6.18",
    },
    {
      id: "CQ-17",
      rule: "A ring is writable while its submission queue is not full.",
      observable: "POLLOUT from poll(2) and from POLL_ADD",
      source: ["observed on 6.18", "io_uring/io_uring.c"],
    },
    {
      id: "CQ-18",
      rule: "A wait counts the backlog: it moves what it needs into the ring instead of sleeping.",
      observable: "0 at once, min_complete CQEs in the ring",
      source: ["observed on 6.18", "io_uring/io_uring.c"],
      since: "5.5",
    },
    {
      id: "CQ-21",
      rule: "A CQE that does not fit into the ring is lost.",
      observable: "CQ overflow goes up by 1 for each",
      source: ["fs/io_uring.c"],
      until: "5.4",
    },
    {
      id: "CQ-20",
      rule:
        "On a CQE_MIXED ring the kernel works through a run of free slots that it has seen, and " +
        "looks at the head only for a new run. A CQE of two slots that does not fit into the " +
        "run any more goes to the backlog when there is no new one, and one of a single slot " +
        "behind it still takes what is left of the run.",
      observable: "the later CQE is in the ring, the earlier one in the backlog",
      source: ["observed on 6.18", "io_uring/io_uring.c"],
      since: "6.18",
    },
    {
      id: "CQ-23",
      rule:
        "A filler is written and counted also where the CQE of 32 bytes then finds no room at " +
        "the start of the ring. The next CQE of 16 bytes overwrites the filler, while the tail " +
        "counts on.",
      observable: "the CQ tail passes a slot that was not written; an old CQE seems to come again",
      source: ["observed on 6.18", "io_uring/io_uring.c"],
      since: "6.18",
    },
    {
      id: "CQ-22",
      rule:
        "Where completions are counted, on a CQE_MIXED ring slots are: a CQE of 32 bytes counts " +
        "twice, and a filler once.",
      observable: "a TIMEOUT with a count of 3 completes after a CQE of 16 and one of 32 bytes",
      source: ["observed on 6.18", "io_uring/timeout.c"],
      since: "6.18",
    },
  ],
};
