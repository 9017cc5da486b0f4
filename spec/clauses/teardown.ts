/** Chapter LIFE: what happens to requests when a ring, a thread or a process ends. */
import type { Chapter } from "./types.ts";

/** Chapter LIFE. */
export const TEARDOWN: Chapter = {
  prefix: "LIFE",
  title: "Teardown",
  introduction:
    "A ring lives as long as anything refers to it: a descriptor, a duplicate in another " +
    "process, or a mapping of its memory.",
  clauses: [
    {
      id: "LIFE-1",
      rule:
        "When the last descriptor and the last mapping of a ring are gone, its requests are " +
        "cancelled, and their files released soon after.",
      observable: "the other end of a pipe sees that nobody reads any more",
      source: ["observed on 6.18", "io_uring/io_uring.c"],
    },
    {
      id: "LIFE-2",
      rule: "A mapped ring stays readable after its descriptor was closed.",
      observable: "CQEs that were posted before",
      source: ["observed on 6.18", "io_uring/memmap.c"],
    },
    {
      id: "LIFE-3",
      rule: "The end of a thread interrupts what its requests do in workers.",
      observable: "a blocked open completes with an error",
      source: ["observed on 6.18", "io_uring/io_uring.c"],
      since: "5.12",
    },
    {
      id: "LIFE-4",
      rule: "A mapping alone keeps a ring and its armed requests alive.",
      observable: "after close of the descriptor the file of a poll is not released",
      source: ["observed on 6.18", "io_uring/memmap.c"],
    },
    {
      id: "LIFE-5",
      rule:
        "Requests that are armed when their thread ends stay armed; one that waits for a file " +
        "then completes as cancelled when the file becomes ready, a TIMEOUT completes as usual.",
      observable: "no CQE at the end of the thread; later -ECANCELED, or -ETIME",
      source: ["observed on 6.18", "io_uring/io_uring.c"],
    },
    {
      id: "LIFE-6",
      rule: "A duplicate of the descriptor keeps a ring alive.",
      observable: "requests complete after the original was closed",
      source: ["observed on 6.18"],
    },
    {
      id: "LIFE-7",
      rule:
        "The end of a child process that inherited a ring does not cancel the parent's " +
        "requests.",
      observable: "the parent's poll completes when its file becomes ready",
      source: ["observed on 6.18"],
    },
    {
      id: "LIFE-8",
      rule:
        "The end of a ring, some time after its last descriptor was closed, stores the tail of " +
        "its completions and clears IORING_SQ_CQ_OVERFLOW once more. Memory that a program gave " +
        "with NO_MMAP is not its own again before that, and nothing tells it when.",
      observable:
        "the header filled with 0xff before the close: later the tail, and flags without 2",
      source: ["observed on 6.18", "io_uring/io_uring.c"],
      since: "6.5",
    },
  ],
};
