/** Chapter EPOLL: epoll sets, changed and waited for through a ring. */
import type { Chapter } from "./types.ts";

/** Chapter EPOLL. */
export const EPOLL: Chapter = {
  prefix: "EPOLL",
  title: "Epoll sets",
  introduction:
    "EPOLL_CTL and EPOLL_WAIT do what the system calls of their names do (epoll(7)), so that a " +
    "program can move from epoll to io_uring one file at a time. EPOLL_WAIT is polled for like " +
    "a read: it waits without a worker, and without a limit of its own.",
  clauses: [
    {
      id: "EPOLL-1",
      rule:
        "EPOLL_CTL does the operation in len for the descriptor in off on the set in fd, with " +
        "the event at addr.",
      observable:
        "0; ADD twice: -EEXIST; MOD or DEL of none: -ENOENT; unknown: -EINVAL; regular file: " +
        "-EPERM; itself, or fd no epoll: -EINVAL",
      source: ["observed on 6.18", "io_uring_prep_epoll_ctl(3)", "epoll_ctl(2)"],
      since: "5.6",
    },
    {
      id: "EPOLL-2",
      rule: "EPOLL_CTL reads the event at submission, unless the operation is DEL.",
      observable:
        "unreadable: -EFAULT, also with a bad fd or an unknown operation; for DEL it does not " +
        "matter",
      source: ["observed on 6.18", "io_uring/epoll.c"],
      since: "5.6",
    },
    {
      id: "EPOLL-3",
      rule: "EPOLL_CTL looks its descriptors up itself.",
      observable:
        "fd or off not open: -EBADF; IOSQE_FIXED_FILE, rw_flags, addr3 and the upper half of " +
        "off are ignored; buf_index, splice_fd_in or ioprio: -EINVAL",
      source: ["observed on 6.18", "io_uring/epoll.c"],
      since: "5.6",
    },
    {
      id: "EPOLL-4",
      rule: "EPOLL_WAIT waits on the set in fd and writes up to len events to addr.",
      observable:
        "the number of events, 1 or more, those first that were ready first; cancelled: " +
        "-ECANCELED, and no event is taken",
      source: ["observed on 6.18", "io_uring_prep_epoll_wait(3)"],
      since: "6.15",
    },
    {
      id: "EPOLL-5",
      rule:
        "EPOLL_WAIT reserves off, rw_flags, buf_index and splice_fd_in; after the descriptor it " +
        "checks the count, then the range of addresses, then that this is an epoll set.",
      observable:
        "-EINVAL; bad fd: -EBADF; len 0, negative or above 178956970: -EINVAL; beyond the " +
        "program's addresses: -EFAULT; no epoll: -EINVAL; events that cannot be written: " +
        "-EFAULT; addr3 is ignored",
      source: ["observed on 6.18", "io_uring/epoll.c", "fs/eventpoll.c"],
      since: "6.15",
    },
    {
      id: "EPOLL-6",
      rule:
        "An entry is told by every wait as long as one of its events holds, EPOLLERR and " +
        "EPOLLHUP whether asked for or not.",
      observable: "1 event each time; after the last byte was read: none",
      source: ["observed on 6.18", "epoll(7)"],
      since: "6.15",
    },
    {
      id: "EPOLL-7",
      rule:
        "With EPOLLET an entry is told once for each wake-up, with EPOLLONESHOT once until it is " +
        "changed.",
      observable: "a second wait goes on waiting; after MOD it completes",
      source: ["observed on 6.18", "epoll_ctl(2)"],
      since: "6.15",
    },
    {
      id: "EPOLL-8",
      rule:
        "EPOLLEXCLUSIVE is for ADD alone, with no events but IN, OUT, ERR, HUP, WAKEUP and ET, " +
        "and not for sets.",
      observable: "-EINVAL; MOD of such an entry: -EINVAL",
      source: ["observed on 6.18", "epoll_ctl(2)"],
      since: "5.6",
    },
    {
      id: "EPOLL-9",
      rule: "Sets may lie in sets, not in a circle and not too deep.",
      observable: "ready when an inner one is; circle, or four sets below the one added: -ELOOP",
      source: ["observed on 6.18", "epoll_ctl(2)"],
      since: "5.6",
    },
    {
      id: "EPOLL-10",
      rule: "An entry goes when its file is closed for good, not when its descriptor is.",
      observable: "with a duplicate open: still told; afterwards: not any more",
      source: ["observed on 6.18", "epoll(7)"],
      since: "5.6",
    },
    {
      id: "EPOLL-11",
      rule: "POLL_ADD waits for a set, and a set for rings.",
      observable: "POLLIN when an entry is ready; ADD of the ring's own descriptor: 0",
      source: ["observed on 6.18"],
      since: "5.6",
    },
    {
      id: "EPOLL-12",
      rule: "EPOLL_WAIT never blocks a worker.",
      observable:
        "with IOSQE_ASYNC it is polled for; behind a request in a worker it may find nothing: " +
        "-EAGAIN",
      source: ["observed on 6.18", "io_uring/epoll.c"],
      since: "6.15",
    },
  ],
};
