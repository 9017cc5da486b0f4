/** Chapter LTIMEOUT: a LINK_TIMEOUT bounds the request that it is linked to. */
import { exception } from "./open.ts";
import type { Chapter } from "./types.ts";

/** Chapter LTIMEOUT. */
export const LINK_TIMEOUTS: Chapter = {
  prefix: "LTIMEOUT",
  title: "Link timeouts",
  introduction:
    "LINK_TIMEOUT stands directly behind its target in a chain. It is no member that runs in " +
    "turn: its timer runs while the target does.",
  clauses: [
    {
      id: "LTIMEOUT-1",
      rule: "A LINK_TIMEOUT has to follow an SQE with IO_LINK or IO_HARDLINK.",
      observable: "alone, or behind an SQE without a link: -EINVAL",
      source: ["observed on 6.18", "io_uring_linked_requests(7)"],
      since: "5.5",
    },
    {
      id: "LTIMEOUT-2",
      rule:
        "When the target completes first, the timer is stopped and the chain goes on behind the " +
        "LINK_TIMEOUT.",
      observable: "LINK_TIMEOUT -ECANCELED; the target its result",
      source: ["observed on 6.18", "io_uring_enter(2)"],
      since: "5.5",
    },
    {
      id: "LTIMEOUT-3",
      rule:
        "When the timer fires first, the target is cancelled, and with it what is soft-linked to " +
        "it.",
      observable:
        "LINK_TIMEOUT -ETIME; target -ECANCELED, or -EINTR or its own result if it was running; " +
        "followers -ECANCELED",
      source: ["observed on 6.18", "io_uring_enter(2)"],
      since: "5.5",
    },
    {
      id: "LTIMEOUT-4",
      rule:
        "When the timer fires, LINK_TIMEOUT usually posts before its target; no order is " +
        "promised.",
      observable: "order of the two CQEs",
      source: ["observed on 6.18"],
      since: "5.5",
      open: exception("nothing is promised that a test could check"),
    },
    {
      id: "LTIMEOUT-5",
      rule: "When timer and completion meet, the LINK_TIMEOUT may find its target gone.",
      observable: "-ENOENT or -EALREADY instead of -ETIME; the target its own result",
      source: ["io_uring/timeout.c", "liburing issue 1208"],
      since: "5.5",
    },
    {
      id: "LTIMEOUT-6",
      rule: "The timer starts when the target is issued, not when the chain is submitted.",
      observable: "a target that waits for its predecessor is not timed meanwhile",
      source: ["observed on 6.18", "io_uring/timeout.c"],
      since: "5.5",
    },
    {
      id: "LTIMEOUT-7",
      rule: "off has to be 0 and len 1; if not, the chain fails as in LINK-5.",
      observable: "-EINVAL; target -ECANCELED",
      source: ["observed on 6.18", "io_uring/timeout.c"],
      since: "5.5",
    },
    {
      id: "LTIMEOUT-8",
      rule: "A LINK_TIMEOUT cannot have a LINK_TIMEOUT of its own; the chain fails as in LINK-5.",
      observable: "the second one -EINVAL, target and first one -ECANCELED",
      source: ["observed on 6.18", "io_uring/timeout.c"],
      since: "5.5",
    },
    {
      id: "LTIMEOUT-9",
      rule: "When the timer fires, what is hard-linked to the target runs.",
      observable: "LINK_TIMEOUT -ETIME; target -ECANCELED; follower its result",
      source: ["observed on 6.18", "io_uring_linked_requests(7)"],
      since: "5.5",
    },
    {
      id: "LTIMEOUT-10",
      rule: "A target that fails or is cancelled stops the timer.",
      observable: "LINK_TIMEOUT -ECANCELED",
      source: ["observed on 6.18"],
      since: "5.5",
    },
    {
      id: "LTIMEOUT-11",
      rule:
        "Which link the LINK_TIMEOUT itself carries decides only how far the chain reaches; " +
        "whether it breaks is decided by the link of the target.",
      observable:
        "hard-linked target, soft-linked LINK_TIMEOUT: the follower runs; the other way round it " +
        "is cancelled",
      source: ["observed on 6.18", "io_uring/timeout.c"],
      since: "5.5",
    },
    {
      id: "LTIMEOUT-12",
      rule:
        "Its flags are ABS, BOOTTIME, REALTIME, ETIME_SUCCESS and MULTISHOT, the last two " +
        "without effect.",
      observable: "any other flag, two clocks, or MULTISHOT with ABS: -EINVAL, and the chain fails",
      source: ["observed on 6.18", "io_uring/timeout.c"],
      since: "6.4",
    },
    {
      id: "LTIMEOUT-13",
      rule: "A timespec that cannot be read, or is negative, makes the chain fail as in LINK-5.",
      observable: "-EFAULT, -EINVAL; target -ECANCELED",
      source: ["observed on 6.18", "io_uring/timeout.c"],
      since: "5.5",
    },
    {
      id: "LTIMEOUT-14",
      rule: "A chain may hold several LINK_TIMEOUTs, each behind a target of its own.",
      observable: "each timer runs with its target only",
      source: ["observed on 6.18"],
      since: "5.5",
    },
    {
      id: "LTIMEOUT-15",
      rule:
        "A LINK_TIMEOUT that has fired holds its target until its own CQE is due: what is " +
        "chained behind a target that ended meanwhile goes on, or is cancelled, after that.",
      observable: "LINK_TIMEOUT -ENOENT, then other chains that broke, then the rest of this one",
      source: ["observed on 6.18", "io_uring/timeout.c"],
    },
  ],
};
