/** Chapter WAITID: waiting for a change of a child process. */
import type { Chapter } from "./types.ts";

/** Chapter WAITID. */
export const WAITID: Chapter = {
  prefix: "WAITID",
  title: "Waiting for children",
  introduction:
    "WAITID takes the kind of id in len, the id in fd, the options in file_index and the place " +
    "for a siginfo_t in off. It waits until a child has done what the options name.",
  clauses: [
    {
      id: "WAITID-1",
      rule: "WAITID completes when a child exits, stops or goes on, as the options say.",
      observable: "0; si_signo SIGCHLD, si_pid, si_uid, si_code and si_status are filled in",
      source: ["observed on 6.18", "io_uring_prep_waitid(3)"],
      since: "6.7",
    },
    {
      id: "WAITID-2",
      rule: "Without a child that fits there is nothing to wait for.",
      observable: "-ECHILD; siginfo is set to zeros",
      source: ["observed on 6.18", "waitid(2)"],
      since: "6.7",
    },
    {
      id: "WAITID-3",
      rule: "The options name at least one change, and nothing unknown.",
      observable: "0, WNOHANG alone, or an unknown bit: -EINVAL",
      source: ["observed on 6.18", "waitid(2)"],
      since: "6.7",
    },
    {
      id: "WAITID-4",
      rule: "The kind is P_ALL, P_PID, P_PGID or P_PIDFD, and the id has to fit.",
      observable:
        "unknown kind, P_PID 0 or negative, P_PGID or P_PIDFD negative: -EINVAL; no pidfd: " +
        "-EBADF",
      source: ["observed on 6.18", "waitid(2)"],
      since: "6.7",
    },
    {
      id: "WAITID-5",
      rule: "With WNOHANG, or by a pidfd with O_NONBLOCK, WAITID does not wait.",
      observable: "nothing has changed: 0, and si_pid 0; no -EAGAIN, unlike waitid(2)",
      source: ["observed on 6.18", "io_uring/waitid.c"],
      since: "6.7",
    },
    {
      id: "WAITID-6",
      rule: "WAITID reserves addr, buf_index, addr3, waitid_flags and ioprio.",
      observable: "-EINVAL",
      source: ["observed on 6.18", "io_uring/waitid.c"],
      since: "6.7",
    },
    {
      id: "WAITID-7",
      rule: "The siginfo is written when the request completes, also with an error.",
      observable:
        "NULL: nothing is written; unmapped: -EFAULT in place of any result, and the child has " +
        "been reaped",
      source: ["observed on 6.18", "io_uring/waitid.c"],
      since: "6.7",
    },
    {
      id: "WAITID-8",
      rule: "With WNOWAIT the child can be waited for again.",
      observable: "the same siginfo; without it then: -ECHILD",
      source: ["observed on 6.18", "waitid(2)"],
      since: "6.7",
    },
    {
      id: "WAITID-9",
      rule: "A child is reaped once: other requests for it find none.",
      observable: "two wait for one child: one 0, the other -ECHILD; waitpid(2) may win as well",
      source: ["observed on 6.18"],
      since: "6.7",
    },
    {
      id: "WAITID-10",
      rule: "A cancelled WAITID reaps nobody.",
      observable: "-ECANCELED, siginfo all zeros; the cancellation: 1, see WAITID-12",
      source: ["observed on 6.18", "io_uring_cancelation(7)"],
      since: "6.7",
    },
    {
      id: "WAITID-11",
      rule: "Of several requests that wait, the last one looks at the child first.",
      observable: "three wait for one exit: the third 0, the others -ECHILD",
      source: ["observed on 6.18", "io_uring/waitid.c"],
      since: "6.7",
    },
    {
      id: "WAITID-12",
      rule:
        "A cancellation answers the number of waits that it ended, and with ALL counts them as " +
        "one; they have no file.",
      observable: "ASYNC_CANCEL of one: 1; ALL of two: 1; FD: -ENOENT; a LINK_TIMEOUT: 1",
      source: ["observed on 6.18", "io_uring/cancel.c"],
      since: "6.15",
    },
    {
      id: "WAITID-13",
      rule: "An error of WAITID is a failure to a chain.",
      observable: "-ECHILD: the next is -ECANCELED; 0: it runs, also with WNOHANG and no change",
      source: ["observed on 6.18"],
      since: "6.7",
    },
  ],
};
