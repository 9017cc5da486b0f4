/** Chapter SKIP: requests that say nothing when they succeed. */
import type { Chapter } from "./types.ts";

/** Chapter SKIP. */
export const SKIP: Chapter = {
  prefix: "SKIP",
  title: "Silent success",
  introduction:
    "CQE_SKIP_SUCCESS keeps the CQE of a successful request away. What counts as a failure is " +
    "the same question as in chapter LINK, so some errors are silent.",
  clauses: [
    {
      id: "SKIP-1",
      rule:
        "A request with CQE_SKIP_SUCCESS that succeeds posts no CQE; one that counts as failed " +
        "posts.",
      observable: "no CQE; a CQE with the error",
      source: ["observed on 6.18", "io_uring_enter(2)"],
      since: "5.17",
    },
    {
      id: "SKIP-2",
      rule: "A read or write that moves fewer bytes than asked for counts as failed and posts.",
      observable: "a CQE with the count",
      source: ["observed on 6.18"],
      since: "5.17",
    },
    {
      id: "SKIP-3",
      rule:
        "When a silent member of a chain fails, it posts, and the cancelled rest of the chain " +
        "says nothing.",
      observable: "one CQE",
      source: ["observed on 6.18", "io_uring_enter(2)"],
      since: "5.17",
    },
    {
      id: "SKIP-4",
      rule: "A silent LINK_TIMEOUT posts nothing, whether it fired or was stopped.",
      observable: "no CQE",
      source: ["observed on 6.18", "io_uring/timeout.c"],
      since: "5.17",
    },
    {
      id: "SKIP-5",
      rule: "Multishot POLL_ADD, SEND_ZC and SENDMSG_ZC refuse CQE_SKIP_SUCCESS.",
      observable: "-EINVAL",
      source: ["observed on 6.18", "io_uring/poll.c", "io_uring/net.c"],
      since: "6.1",
    },
    {
      id: "SKIP-6",
      rule: "A CQE that was kept away does not count for a counted TIMEOUT.",
      observable: "the timeout waits for another CQE",
      source: ["observed on 6.18"],
      since: "5.17",
    },
    {
      id: "SKIP-7",
      rule:
        "An error of the operations in LINK-10 does not count as failure: with CQE_SKIP_SUCCESS " +
        "it is lost.",
      observable: "no CQE for FSYNC of a pipe, or for UNLINKAT of a path that does not exist",
      source: ["observed on 6.18", "io_uring/fs.c"],
      since: "5.17",
    },
    {
      id: "SKIP-8",
      rule:
        "When a member without the flag fails, the rest of the chain posts, also members with " +
        "the flag.",
      observable: "-ECANCELED for each",
      source: ["observed on 6.18", "io_uring_enter(2)"],
      since: "5.17",
    },
    {
      id: "SKIP-9",
      rule:
        "When a later member of a chain is rejected and the first member is silent, only the " +
        "first member posts.",
      observable: "-ECANCELED for the first; no CQE for the rejected one and the others",
      source: ["observed on 6.18", "io_uring/io_uring.c"],
      since: "5.17",
    },
    {
      id: "SKIP-10",
      rule:
        "A silent multishot TIMEOUT posts its shots with F_MORE; its last one posts unless " +
        "ETIME_SUCCESS makes it a success.",
      observable: "three shots: three CQEs, or two with ETIME_SUCCESS",
      source: ["observed on 6.18", "io_uring/timeout.c"],
      since: "6.4",
    },
  ],
};
