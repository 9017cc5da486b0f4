/** Chapter SQPOLL: a kernel thread that takes entries without a system call. */
import { exception } from "./open.ts";
import type { Chapter } from "./types.ts";

/** Chapter SQPOLL. */
export const SQ_THREAD: Chapter = {
  prefix: "SQPOLL",
  title: "The SQ thread",
  introduction:
    "With SQPOLL a thread of the kernel watches the tail. It sleeps after a time without work, " +
    "and the program then has to wake it.",
  clauses: [
    {
      id: "SQPOLL-1",
      rule: "An awake thread takes entries without io_uring_enter.",
      observable: "SQ head follows the tail",
      source: ["observed on 6.18", "io_uring/sqpoll.c"],
    },
    {
      id: "SQPOLL-2",
      rule:
        "After sq_thread_idle milliseconds without work the thread sets NEED_WAKEUP and sleeps; " +
        "0 means a second. The man page says that 0 never sleeps.",
      observable: "SQ flags bit 0",
      source: ["observed on 6.18", "io_uring/sqpoll.c"],
    },
    {
      id: "SQPOLL-3",
      rule:
        "While the thread sleeps nothing is submitted until a call with SQ_WAKEUP; a call " +
        "without it, also one with GETEVENTS, does not wake it.",
      observable: "SQ head stays",
      source: ["observed on 6.18", "io_uring/sqpoll.c"],
    },
    {
      id: "SQPOLL-4",
      rule:
        "The result of io_uring_enter is to_submit as given, whatever is queued, and even if its " +
        "wait failed.",
      observable: "7 for to_submit 7 on an empty queue",
      source: ["observed on 6.18", "io_uring/io_uring.c"],
    },
    {
      id: "SQPOLL-5",
      rule: "With SQ_WAIT the call waits until the submission queue has room.",
      observable: "0; SQ head has moved",
      source: ["observed on 6.18", "io_uring_enter(2)"],
      since: "5.10",
    },
    {
      id: "SQPOLL-6",
      rule: "When the thread has died, the ring can no longer be entered.",
      observable: "-EOWNERDEAD",
      source: ["io_uring_enter(2)", "io_uring/sqpoll.c"],
      since: "5.10",
      open: exception("no program can kill the thread without dying itself"),
    },
    {
      id: "SQPOLL-7",
      rule: "A call with SQ_WAKEUP wakes the thread, which clears NEED_WAKEUP.",
      observable: "SQ flags bit 0; SQ head moves",
      source: ["observed on 6.18", "io_uring/sqpoll.c"],
    },
    {
      id: "SQPOLL-8",
      rule:
        "The thread goes to sleep while requests are pending, and their completions appear " +
        "nevertheless.",
      observable: "a CQE after NEED_WAKEUP was set, without a call",
      source: ["observed on 6.18"],
    },
    {
      id: "SQPOLL-9",
      rule: "A new ring's thread has nothing to do and sleeps soon.",
      observable: "NEED_WAKEUP shortly after io_uring_setup",
      source: ["observed on 6.18"],
    },
    {
      id: "SQPOLL-10",
      rule:
        "A request that completes by its file or its timer wakes the thread, which then also " +
        "takes what is queued, and stays awake for its idle time.",
      observable: "SQ head moves without a call",
      source: ["observed on 6.18", "io_uring/io_uring.c"],
    },
    {
      id: "SQPOLL-11",
      rule: "The thread takes requests on registered files only.",
      observable: "-EBADF for a request on a descriptor",
      source: ["io_uring_setup(2)", "fs/io_uring.c"],
      until: "5.10",
    },
    {
      id: "SQPOLL-12",
      rule:
        "Rings that were attached to each other with ATTACH_WQ share one thread: it sleeps and " +
        "wakes for all of them.",
      observable: "waking one ring consumes the entries of the other",
      source: ["observed on 6.18", "io_uring/sqpoll.c"],
      since: "5.10",
    },
    {
      id: "SQPOLL-13",
      rule: "The thread takes nothing from a ring that is disabled.",
      observable: "SQ head stays until ENABLE_RINGS",
      source: ["observed on 6.18", "io_uring/sqpoll.c"],
      since: "5.10",
    },
  ],
};
