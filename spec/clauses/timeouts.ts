/** Chapter TIMEOUT: timers, timers that count completions, their removal and their update. */
import type { Chapter } from "./types.ts";

/** Chapter TIMEOUT. */
export const TIMEOUTS: Chapter = {
  prefix: "TIMEOUT",
  title: "Timeouts",
  introduction:
    "A TIMEOUT request completes at a time, or after a number of completions, whichever comes " +
    "first. TIMEOUT_REMOVE ends one early or gives it a new time.",
  clauses: [
    {
      id: "TIMEOUT-1",
      rule:
        "A TIMEOUT that expires tells so; one that is removed or cancelled is cancelled; one " +
        "that reaches its count succeeds.",
      observable: "-ETIME; -ECANCELED; 0",
      source: ["observed on 6.18", "io_uring_enter(2)"],
      since: "5.5",
    },
    {
      id: "TIMEOUT-2",
      rule: "len has to be 1, and buf_index, splice_fd_in, addr3 and the last word 0.",
      observable: "-EINVAL",
      source: ["observed on 6.18", "io_uring/timeout.c"],
      since: "5.4",
    },
    {
      id: "TIMEOUT-3",
      rule: "The timespec has to be readable and not negative.",
      observable: "not readable or NULL: -EFAULT; seconds or nanoseconds below 0: -EINVAL",
      source: ["observed on 6.18", "io_uring/timeout.c"],
      since: "5.4",
    },
    {
      id: "TIMEOUT-4",
      rule: "The flags are ABS 1, BOOTTIME 4, REALTIME 8, ETIME_SUCCESS 32 and MULTISHOT 64.",
      observable: "UPDATE 2, LINK_UPDATE 16 or another flag: -EINVAL",
      source: ["observed on 6.18", "io_uring_enter(2)"],
      since: "6.4",
    },
    {
      id: "TIMEOUT-5",
      rule:
        "Without flags the time is relative, on the clock CLOCK_MONOTONIC; zero is over at " +
        "once.",
      observable: "-ETIME",
      source: ["observed on 6.18", "io_uring_enter(2)"],
      since: "5.4",
    },
    {
      id: "TIMEOUT-6",
      rule:
        "With off = N a TIMEOUT completes when N further CQEs have been posted after it was " +
        "issued; earlier ones do not count.",
      observable: "0",
      source: ["observed on 6.18", "io_uring_enter(2)"],
      since: "5.4",
    },
    {
      id: "TIMEOUT-7",
      rule:
        "The CQE of a TIMEOUT that expired or that reached its count does not count for another " +
        "one.",
      observable: "the other waits for one more CQE",
      source: ["observed on 6.18", "io_uring/timeout.c"],
      since: "5.4",
    },
    {
      id: "TIMEOUT-8",
      rule: "Several counted TIMEOUTs complete in the order in which their counts are reached.",
      observable: "order of CQEs",
      source: ["observed on 6.18", "io_uring/timeout.c"],
      since: "5.4",
    },
    {
      id: "TIMEOUT-9",
      rule: "The CQEs that make up the count are posted before that of the TIMEOUT.",
      observable: "order of CQEs",
      source: ["observed on 6.18"],
      since: "5.4",
    },
    {
      id: "TIMEOUT-10",
      rule:
        "With ETIME_SUCCESS an expired TIMEOUT does not count as failed, though its result is " +
        "the same.",
      observable: "-ETIME; a soft chain goes on",
      source: ["observed on 6.18", "io_uring_enter(2)"],
      since: "5.16",
    },
    {
      id: "TIMEOUT-11",
      rule: "A MULTISHOT TIMEOUT with off = N fires N times.",
      observable: "-ETIME with F_MORE, the last without",
      source: ["observed on 6.18", "io_uring_enter(2)"],
      since: "6.4",
    },
    {
      id: "TIMEOUT-12",
      rule:
        "The next period of a MULTISHOT TIMEOUT begins when its shot is posted, so it may " +
        "drift.",
      observable: "shots are never closer than the period",
      source: ["observed on 6.18", "io_uring/timeout.c"],
      since: "6.4",
    },
    {
      id: "TIMEOUT-13",
      rule: "TIMEOUT_REMOVE ends a TIMEOUT by its user_data.",
      observable:
        "0, and the TIMEOUT -ECANCELED; -ENOENT if there is none; -EALREADY if it is expiring",
      source: ["observed on 6.18", "io_uring_enter(2)"],
      since: "5.5",
    },
    {
      id: "TIMEOUT-14",
      rule:
        "TIMEOUT_REMOVE takes no flags but those of an update, and len, buf_index, splice_fd_in, " +
        "addr3 and the last word have to be 0.",
      observable: "-EINVAL",
      source: ["observed on 6.18", "io_uring/timeout.c"],
      since: "5.5",
    },
    {
      id: "TIMEOUT-15",
      rule:
        "TIMEOUT_REMOVE with UPDATE gives a TIMEOUT the time at addr2; with ABS it " +
        "is a moment.",
      observable: "0; the TIMEOUT expires at the new time",
      source: ["observed on 6.18", "io_uring_enter(2)"],
      since: "5.11",
    },
    {
      id: "TIMEOUT-16",
      rule: "An update makes a counted TIMEOUT a plain timer.",
      observable: "it no longer completes by its count",
      source: ["observed on 6.18", "io_uring/timeout.c"],
      since: "5.11",
    },
    {
      id: "TIMEOUT-17",
      rule:
        "A LINK_TIMEOUT is updated with LINK_UPDATE and its own user_data, and cannot be " +
        "removed.",
      observable: "UPDATE alone, TIMEOUT_REMOVE, or the target's user_data: -ENOENT",
      source: ["observed on 6.18", "io_uring_enter(2)"],
      since: "5.15",
    },
    {
      id: "TIMEOUT-18",
      rule: "The timespec is copied when the request is submitted.",
      observable: "changing it afterwards changes nothing",
      source: ["observed on 6.18", "io_uring/timeout.c"],
      since: "5.5",
    },
    {
      id: "TIMEOUT-19",
      rule:
        "On a DEFER_TASKRUN ring an expired TIMEOUT posts when its owner " +
        "enters with GETEVENTS.",
      observable: "no CQE before",
      source: ["observed on 6.18"],
      since: "6.1",
    },
    {
      id: "TIMEOUT-20",
      rule: "Nanoseconds of a second or more are accepted, and added.",
      observable: "no error",
      source: ["observed on 6.18"],
      since: "5.4",
    },
    {
      id: "TIMEOUT-21",
      rule: "Two clocks, or MULTISHOT with ABS, are refused.",
      observable: "-EINVAL",
      source: ["observed on 6.18", "io_uring/timeout.c"],
      since: "6.4",
    },
    {
      id: "TIMEOUT-22",
      rule: "With ABS the time is a moment on the chosen clock, and one in the past fires at once.",
      observable: "-ETIME",
      source: ["observed on 6.18", "io_uring_enter(2)"],
      since: "5.4",
    },
    {
      id: "TIMEOUT-23",
      rule:
        "The CQE of a TIMEOUT that was removed or cancelled counts for another one, as any CQE " +
        "does.",
      observable: "the other completes with 0",
      source: ["observed on 6.18", "io_uring/timeout.c"],
      since: "5.5",
    },
    {
      id: "TIMEOUT-24",
      rule: "A MULTISHOT TIMEOUT with off = 0 fires until it is removed.",
      observable: "-ETIME with F_MORE for each period; at the end a CQE without F_MORE",
      source: ["observed on 6.18", "io_uring_enter(2)"],
      since: "6.4",
    },
    {
      id: "TIMEOUT-25",
      rule: "TIMEOUT_REMOVE finds only TIMEOUTs, and removes one of several with equal user_data.",
      observable: "-ENOENT for a poll or a read; one -ECANCELED",
      source: ["observed on 6.18", "io_uring/timeout.c"],
      since: "5.5",
    },
    {
      id: "TIMEOUT-26",
      rule: "The time of an update has to be readable and not negative.",
      observable: "-EFAULT; -EINVAL; the TIMEOUT stays as it was",
      source: ["observed on 6.18", "io_uring/timeout.c"],
      since: "5.11",
    },
    {
      id: "TIMEOUT-27",
      rule:
        "An update takes no clock and no ETIME_SUCCESS or MULTISHOT: the TIMEOUT " +
        "keeps its own.",
      observable: "-EINVAL",
      source: ["observed on 6.18", "io_uring/timeout.c"],
      since: "5.16",
    },
    {
      id: "TIMEOUT-28",
      rule:
        "An update of a counted MULTISHOT TIMEOUT makes it endless, and may be absolute. Newer " +
        "kernels keep the count and refuse ABS.",
      observable: "shots beyond the count",
      source: ["observed on 6.18", "io_uring/timeout.c"],
      since: "6.4",
      until: "6.18",
    },
    {
      id: "TIMEOUT-29",
      rule:
        "A counted TIMEOUT that completes by its count in silence (CQE_SKIP_SUCCESS) completes " +
        "all other counted ones.",
      observable: "counts 1 (silent) and 50: one NOP completes both",
      source: ["observed on 6.18", "io_uring/timeout.c"],
      since: "5.17",
    },
    {
      id: "TIMEOUT-30",
      rule:
        "An update of a multishot TIMEOUT with ABS says when its next shot comes; the same time " +
        "is its period from then on. An update takes the number of shots away.",
      observable: "ABS with second 1: one -ETIME at once, the next a second later",
      source: ["observed on 6.18", "io_uring/timeout.c"],
      since: "6.4",
    },
  ],
};
