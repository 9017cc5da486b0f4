/** Chapter LINK: chains of requests that run one after the other. */
import type { Chapter } from "./types.ts";

/** Chapter LINK. */
export const LINKS: Chapter = {
  prefix: "LINK",
  title: "Links",
  introduction:
    "IO_LINK and IO_HARDLINK on an SQE tie the next one to it. A soft link breaks when its " +
    "request fails; a hard link does not. What counts as failing is not the same for every " +
    "operation.",
  clauses: [
    {
      id: "LINK-1",
      rule:
        "A chain reaches from its first SQE with IO_LINK or IO_HARDLINK to the first SQE " +
        "without.",
      observable: "requests outside of the chain do not wait for it",
      source: ["observed on 6.18", "io_uring_linked_requests(7)"],
      since: "5.3",
    },
    {
      id: "LINK-2",
      rule:
        "A member is issued when the one before it has completed, and its descriptor is looked " +
        "up then.",
      observable:
        "close(fd) linked to read(fd): the read gets -EBADF; an open into a slot linked to a " +
        "read from the slot works",
      source: ["observed on 6.18", "io_uring_linked_requests(7)"],
      since: "5.17",
    },
    {
      id: "LINK-3",
      rule:
        "When a request fails, the rest of its soft chain completes without having run, in " +
        "order.",
      observable: "-ECANCELED for each",
      source: ["observed on 6.18", "io_uring_linked_requests(7)"],
      since: "5.3",
    },
    {
      id: "LINK-4",
      rule: "With IO_HARDLINK the chain goes on when the request fails.",
      observable: "the next member runs",
      source: ["observed on 6.18", "io_uring_linked_requests(7)"],
      since: "5.5",
    },
    {
      id: "LINK-5",
      rule: "When any member is rejected nothing of the chain runs, hard links or not.",
      observable: "the rejected member its own error; all others, the earlier too, -ECANCELED",
      source: ["observed on 6.18", "io_uring/io_uring.c"],
      since: "5.15",
    },
    {
      id: "LINK-6",
      rule: "When a member fails at issue, the members before it have run.",
      observable: "their own results; later ones -ECANCELED",
      source: ["observed on 6.18"],
      since: "5.3",
    },
    {
      id: "LINK-7",
      rule:
        "A read or write, SPLICE or TEE that moves fewer bytes than asked for counts as failed; " +
        "so does the end of a file. A request for 0 bytes does not.",
      observable: "its result is the count; the rest -ECANCELED",
      source: ["observed on 6.18", "io_uring_linked_requests(7)"],
      since: "5.3",
    },
    {
      id: "LINK-8",
      rule: "A RECV or SEND that moves fewer bytes than asked for does not count as failed.",
      observable: "the next member runs",
      source: ["observed on 6.18", "io_uring_linked_requests(7)"],
      since: "5.6",
    },
    {
      id: "LINK-9",
      rule:
        "A negative result of the operation breaks a soft chain for all operations but those of " +
        "LINK-10.",
      observable:
        "the rest -ECANCELED: TIMEOUT that expires, ASYNC_CANCEL that finds nothing, CLOSE, " +
        "CONNECT, MSG_RING and so on",
      source: ["observed on 6.18", "io_uring_linked_requests(7)"],
      since: "5.3",
    },
    {
      id: "LINK-10",
      rule:
        "A negative result of FSYNC, SYNC_FILE_RANGE, FALLOCATE, FTRUNCATE, STATX, RENAMEAT, " +
        "UNLINKAT, MKDIRAT, SYMLINKAT, LINKAT, SETXATTR, FSETXATTR, GETXATTR, FGETXATTR, MADVISE " +
        "or SHUTDOWN does not break a soft chain, although the man page says that every failure " +
        "does.",
      observable: "the next member runs; after a bad descriptor or a rejection it does not",
      source: ["observed on 6.18", "io_uring/fs.c", "io_uring/sync.c"],
      since: "5.3",
    },
    {
      id: "LINK-11",
      rule: "A cancelled request breaks a soft chain.",
      observable: "all of them -ECANCELED",
      source: ["observed on 6.18"],
      since: "5.5",
    },
    {
      id: "LINK-12",
      rule: "A multishot request holds its successor back until its last CQE.",
      observable: "the successor's CQE comes after the one without F_MORE",
      source: ["observed on 6.18", "io_uring_multishot(7)"],
      since: "5.13",
    },
    {
      id: "LINK-13",
      rule:
        "A chain ends with the call that submits it: the flag on the last entry of a batch is " +
        "ignored.",
      observable: "the next batch does not wait, and is not cancelled",
      source: ["observed on 6.18", "io_uring_linked_requests(7)"],
      since: "5.3",
    },
    {
      id: "LINK-14",
      rule: "IO_HARDLINK together with IO_LINK is a hard link.",
      observable: "the chain goes on after a failure",
      source: ["observed on 6.18"],
      since: "5.5",
    },
    {
      id: "LINK-15",
      rule: "Hard and soft links may be mixed; the flag of the request that fails decides.",
      observable: "a failing soft member cancels hard members behind it",
      source: ["observed on 6.18"],
      since: "5.5",
    },
    {
      id: "LINK-16",
      rule:
        "RECV and SEND with MSG_WAITALL count as failed when they move fewer bytes than asked " +
        "for.",
      observable: "the rest -ECANCELED",
      source: ["observed on 6.18", "io_uring/net.c"],
      since: "5.12",
    },
    {
      id: "LINK-17",
      rule:
        "When a call ends a chain that it leaves open (LINK-13), the head goes to a worker, as " +
        "with IOSQE_ASYNC.",
      observable:
        "on a DEFER_TASKRUN ring the CQE of a NOP with IO_LINK, alone in its batch, is not there " +
        "when the submit returns",
      source: ["observed on 6.18", "io_uring/io_uring.c"],
      since: "5.3",
    },
    {
      id: "LINK-18",
      rule:
        "A chain goes on when the batch in which its member completed has been submitted to the " +
        "end: the CQEs of that batch come first, in order, and then the chains in the same order.",
      observable:
        "NOP with IO_LINK, NOP, NOP complete as 1, 3, 2; a broken chain's head comes before and " +
        "its other members after what else completed",
      source: ["observed on 6.18", "io_uring/io_uring.c"],
      since: "5.19",
    },
    {
      id: "LINK-30",
      rule:
        "An SQE that is rejected for its opcode, flags, personality or descriptor is no member " +
        "of its chain.",
      observable: "the rejected SQE its error; what was linked before it runs",
      source: ["fs/io_uring.c"],
      since: "5.5",
      until: "5.14",
    },
    {
      id: "LINK-31",
      rule: "A member rejected for the fields of its operation fails what was linked so far.",
      observable:
        "the rejected member its error, the first one -ECANCELED in any case; the others " +
        "-ECANCELED",
      source: ["fs/io_uring.c"],
      since: "5.5",
      until: "5.14",
    },
  ],
};
