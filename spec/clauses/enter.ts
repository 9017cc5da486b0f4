/** Chapter ENTER: what io_uring_enter(2) waits for, and what it answers. */
import { exception } from "./open.ts";
import type { Chapter } from "./types.ts";

/** Chapter ENTER. */
export const ENTER: Chapter = {
  prefix: "ENTER",
  title: "Entering the kernel",
  introduction:
    "One call submits, and then waits if GETEVENTS is set. Its result counts consumed SQEs; only " +
    "a call that consumed none reports what the wait came to. With EXT_ARG a struct carries a " +
    "time limit, a signal mask and a minimum wait.",
  clauses: [
    {
      id: "ENTER-1",
      rule: "Unknown flags are refused before the descriptor is looked at.",
      observable: "-EINVAL, also for descriptor -1",
      source: ["observed on 6.18", "io_uring/io_uring.c"],
    },
    {
      id: "ENTER-2",
      rule: "The descriptor has to be that of a ring.",
      observable: "not open: -EBADF; no ring: -EOPNOTSUPP",
      source: ["observed on 6.18", "io_uring_enter(2)"],
    },
    {
      id: "ENTER-3",
      rule:
        "With REGISTERED_RING the descriptor is an index below 16 of a ring that this task " +
        "registered.",
      observable: "16 and above: -EINVAL; an empty slot: -EBADF",
      source: ["observed on 6.18", "io_uring/io_uring.c"],
      since: "5.18",
    },
    {
      id: "ENTER-4",
      rule: "A ring that is still disabled can neither submit nor wait.",
      observable: "-EBADFD",
      source: ["observed on 6.18", "io_uring_enter(2)"],
      since: "5.10",
    },
    {
      id: "ENTER-5",
      rule: "The result is the number of SQEs consumed.",
      observable: "0 if nothing is queued or to_submit is 0",
      source: ["observed on 6.18", "io_uring_enter(2)"],
    },
    {
      id: "ENTER-6",
      rule:
        "A call that consumes fewer SQEs than to_submit returns at once, whatever it was to wait " +
        "for.",
      observable: "the result is less than to_submit; no wait",
      source: ["observed on 6.18", "io_uring/io_uring.c"],
    },
    {
      id: "ENTER-7",
      rule: "A call that consumed an SQE reports how many, even if its wait then fails.",
      observable: "no -ETIME, -EINTR, -EFAULT or -EINVAL from the wait",
      source: ["observed on 6.18", "io_uring/io_uring.c"],
    },
    {
      id: "ENTER-8",
      rule:
        "GETEVENTS with min_complete 0 collects completions that are due, moves the backlog, and " +
        "does not sleep.",
      observable: "0",
      source: ["observed on 6.18", "io_uring/io_uring.c"],
    },
    {
      id: "ENTER-9",
      rule: "No call waits for more completions than the completion queue has entries.",
      observable: "0 as soon as the queue is full",
      source: ["observed on 6.18", "io_uring/io_uring.c"],
    },
    {
      id: "ENTER-40",
      rule:
        "min_complete is an int: from 2^31 on it is negative, and the call goes to sleep only to " +
        "find that enough is there.",
      observable:
        "2^32 - 1 and 2^31 + 1 on an empty queue: 0 at once, though a mask of a wrong size is " +
        "-EINVAL; 2^31 itself, too far away to be told from what is to come, waits: -ETIME",
      source: ["observed on 6.18", "io_uring/io_uring.c"],
    },
    {
      id: "ENTER-10",
      rule: "CQEs that are in the ring already count towards min_complete.",
      observable: "0 at once",
      source: ["observed on 6.18", "io_uring_enter(2)"],
    },
    {
      id: "ENTER-11",
      rule:
        "A TIMEOUT request that expires while a call waits ends the wait, with however many CQEs " +
        "there are, even if CQE_SKIP_SUCCESS keeps its own CQE away.",
      observable: "0, also where its own CQE comes a moment later",
      source: ["observed on 6.18", "io_uring/io_uring.c"],
      since: "5.4",
    },
    {
      id: "ENTER-12",
      rule: "A wait that reaches its time limit tells whether it leaves with nothing.",
      observable: "-ETIME if the completion queue is empty, else 0",
      source: ["observed on 6.18", "io_uring_enter(2)"],
      since: "5.11",
    },
    {
      id: "ENTER-13",
      rule: "A signal ends a wait.",
      observable: "-EINTR if the completion queue is empty, else 0",
      source: ["observed on 6.18", "io_uring_enter(2)"],
    },
    {
      id: "ENTER-14",
      rule:
        "With EXT_ARG and GETEVENTS the argument has to be 24 bytes long, and it and the " +
        "timespec that it names readable, also if min_complete is 0.",
      observable: "another size: -EINVAL; not readable: -EFAULT",
      source: ["observed on 6.18", "io_uring_enter(2)"],
      since: "5.11",
    },
    {
      id: "ENTER-15",
      rule:
        "The signal mask is looked at only by a call that has to wait; it has to be 8 bytes long " +
        "and readable.",
      observable: "another size: -EINVAL; not readable: -EFAULT; 0 when there is no need to wait",
      source: ["observed on 6.18", "io_uring/io_uring.c"],
    },
    {
      id: "ENTER-16",
      rule:
        "The time limit is not validated: zero and negative ones are over at once, and " +
        "nanoseconds beyond a second are added.",
      observable: "-ETIME",
      source: ["observed on 6.18"],
      since: "5.11",
    },
    {
      id: "ENTER-17",
      rule:
        "With ABS_TIMER the time limit is a moment on the ring's clock, and one in the past is " +
        "over at once.",
      observable: "-ETIME at that moment",
      source: ["observed on 6.18", "io_uring_enter(2)"],
      since: "6.12",
    },
    {
      id: "ENTER-18",
      rule:
        "With min_wait_usec a wait ends after that time if at least one CQE is there, although " +
        "min_complete are not.",
      observable: "0",
      source: ["observed on 6.18", "io_uring/io_uring.c"],
      since: "6.12",
    },
    {
      id: "ENTER-19",
      rule:
        "With EXT_ARG and EXT_ARG_REG the argument is a byte offset into the memory registered " +
        "for waits, and argsz has to be 64.",
      observable: "another argsz: -EINVAL; the wait takes its time limit from there",
      source: ["observed on 6.18", "io_uring/register.c"],
      since: "6.13",
    },
    {
      id: "ENTER-20",
      rule:
        "SQ_WAKEUP, SQ_WAIT and NO_IOWAIT are accepted on a ring without an SQ thread, and do " +
        "nothing.",
      observable: "as without them",
      source: ["observed on 6.18"],
      since: "6.15",
    },
    {
      id: "ENTER-21",
      rule:
        "When a CQE was lost because there was no memory for the backlog, one later wait says " +
        "so.",
      observable: "-EBADR",
      source: ["io_uring_enter(2)", "io_uring/io_uring.c"],
      since: "5.19",
      open: exception("the kernel would have to run out of memory"),
    },
    {
      id: "ENTER-22",
      rule: "A duplicate of the ring's descriptor is as good as the descriptor.",
      observable: "result and CQEs as with the original",
      source: ["observed on 6.18"],
    },
    {
      id: "ENTER-23",
      rule:
        "A ring with a backlog of completions takes submissions. The man page still lists " +
        "EBUSY.",
      observable: "the number consumed, not -EBUSY",
      source: ["observed on 6.18", "liburing issue 1063"],
      since: "5.15",
    },
    {
      id: "ENTER-24",
      rule: "A time limit or minimum wait is looked at only with GETEVENTS.",
      observable: "EXT_ARG without GETEVENTS: a bad argument is accepted",
      source: ["observed on 6.18"],
      since: "5.11",
    },
    {
      id: "ENTER-25",
      rule:
        "A TIMEOUT request that expired before the call began to wait does not end the wait; " +
        "only its CQE counts.",
      observable: "the wait goes on until min_complete or its limit",
      source: ["observed on 6.18", "io_uring/io_uring.c"],
      since: "5.4",
    },
    {
      id: "ENTER-26",
      rule: "A LINK_TIMEOUT that fires does not end a wait; only its CQE counts.",
      observable: "the wait goes on",
      source: ["observed on 6.18", "io_uring/timeout.c"],
      since: "5.5",
    },
    {
      id: "ENTER-27",
      rule:
        "A wait that a signal ended is not restarted, also if the handler was installed with " +
        "SA_RESTART.",
      observable: "-EINTR",
      source: ["observed on 6.18", "io_uring/io_uring.c"],
    },
    {
      id: "ENTER-28",
      rule:
        "With min_wait_usec and no time limit, a wait for which nothing came is over at its " +
        "end.",
      observable: "-ETIME after the minimum wait",
      source: ["observed on 6.18", "io_uring/io_uring.c"],
      since: "6.12",
    },
    {
      id: "ENTER-29",
      rule:
        "With min_wait_usec and a longer time limit, a wait for which nothing came goes on, and " +
        "then ends with the first CQE.",
      observable: "0 when one CQE is there, or -ETIME at the limit",
      source: ["observed on 6.18", "io_uring/io_uring.c"],
      since: "6.12",
    },
    {
      id: "ENTER-30",
      rule:
        "A registered wait argument has to lie inside the memory that was " +
        "registered for waits.",
      observable: "no such memory, or an offset beyond its end: -EFAULT",
      source: ["observed on 6.18", "io_uring/io_uring.c"],
      since: "6.13",
    },
    {
      id: "ENTER-31",
      rule: "In a registered wait argument only the flag REG_WAIT_TS is known.",
      observable: "another flag: -EINVAL",
      source: ["observed on 6.18", "io_uring/io_uring.c"],
      since: "6.13",
    },
    {
      id: "ENTER-32",
      rule: "EXT_ARG_REG without EXT_ARG is ignored.",
      observable: "as a call without both",
      source: ["observed on 6.18"],
      since: "6.13",
    },
    {
      id: "ENTER-33",
      rule: "A task that has never used a ring has no registered rings.",
      observable: "REGISTERED_RING: -EINVAL for every index",
      source: ["observed on 6.18", "io_uring/io_uring.c"],
      since: "5.18",
    },
    {
      id: "ENTER-34",
      rule: "A counted TIMEOUT request that reaches its count while a call waits ends the wait.",
      observable: "0",
      source: ["observed on 6.18", "io_uring/timeout.c"],
      since: "5.4",
    },
    {
      id: "ENTER-35",
      rule: "While the backlog is not empty, submissions are refused.",
      observable: "-EBUSY",
      source: ["io_uring_enter(2)", "liburing issue 1155"],
      since: "5.5",
      until: "5.10",
    },
    {
      id: "ENTER-36",
      rule:
        "On a ring with IOPOLL a call does not sleep when no request is being polled for. Of an " +
        "extended argument only the size and the struct itself are looked at.",
      observable:
        "0 at once, whatever min_complete is; EXT_ARG_REG or another size: -EINVAL; struct not " +
        "readable: -EFAULT; timespec not readable: 0",
      source: ["observed on 6.18", "io_uring/io_uring.c"],
    },
    {
      id: "ENTER-37",
      rule:
        "The last place of the memory for waits is out of reach: an argument there is read from " +
        "the first place instead.",
      observable: "offset size - 64: the flags and limits at offset 0 count",
      source: ["observed on 6.18", "io_uring/io_uring.c"],
      since: "6.13",
    },
    {
      id: "ENTER-38",
      rule:
        "A registered wait argument has a minimum wait, a time limit and a signal mask of the " +
        "same meaning as with EXT_ARG; its padding is not looked at.",
      observable: "as ENTER-15 to ENTER-18, ENTER-28",
      source: ["observed on 6.18", "io_uring/io_uring.c"],
      since: "6.13",
    },
    {
      id: "ENTER-39",
      rule: "While a call waits, the signal mask that it brings stands in for the thread's own.",
      observable:
        "a signal that it holds does not end the wait; one that the thread blocks, and it does " +
        "not, does: -EINTR",
      source: ["observed on 6.18", "io_uring_enter(2)"],
    },
  ],
};
