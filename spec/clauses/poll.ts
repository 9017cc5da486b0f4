/** Chapter POLL: one-shot and multishot polls, their removal and their update. */
import type { Chapter } from "./types.ts";

/** Chapter POLL. */
export const POLL: Chapter = {
  prefix: "POLL",
  title: "Poll",
  introduction:
    "POLL_ADD waits until a file is ready. One shot posts once; multishot posts with each " +
    "wake-up of the file, not for as long as it is ready.",
  clauses: [
    {
      id: "POLL-1",
      rule:
        "The result of POLL_ADD is what is ready of the events asked for, and of POLLERR, " +
        "POLLHUP, POLLNVAL and POLLRDHUP, which are always asked for.",
      observable: "a positive mask without F_MORE, at once if something is ready",
      source: ["observed on 6.18", "io_uring_enter(2)"],
    },
    {
      id: "POLL-2",
      rule:
        "len takes only MULTI 1, and off, addr and buf_index have to be 0. LEVEL 8 is refused as " +
        "well.",
      observable: "-EINVAL",
      source: ["observed on 6.18", "io_uring/poll.c"],
      since: "5.13",
    },
    {
      id: "POLL-3",
      rule:
        "A file that cannot be polled (a regular file) is ready for reading and writing at once, " +
        "also for a multishot poll, which then ends.",
      observable:
        "what was asked for of POLLIN, POLLOUT, POLLRDNORM and POLLWRNORM, without F_MORE; if " +
        "that is nothing, -EINVAL",
      source: ["observed on 6.18", "io_uring/poll.c"],
      since: "5.13",
    },
    {
      id: "POLL-4",
      rule: "A poll for no event still reports hang-up and error.",
      observable: "POLLHUP; POLLERR",
      source: ["observed on 6.18"],
    },
    {
      id: "POLL-5",
      rule:
        "A multishot poll posts what is ready at once, and again with each wake-up; what stays " +
        "ready is not reported again by itself.",
      observable: "masks with F_MORE",
      source: ["observed on 6.18", "io_uring_multishot(7)"],
      since: "5.13",
    },
    {
      id: "POLL-6",
      rule: "A hang-up does not end a multishot poll.",
      observable: "POLLHUP with F_MORE",
      source: ["observed on 6.18"],
      since: "5.13",
    },
    {
      id: "POLL-7",
      rule: "Several wake-ups may be told in one CQE.",
      observable: "1 to n CQEs for n wake-ups",
      source: ["observed on 6.18", "io_uring/poll.c"],
      since: "5.13",
    },
    {
      id: "POLL-8",
      rule: "POLL_REMOVE ends a poll by its user_data.",
      observable:
        "0, and the poll -ECANCELED; -ENOENT if there is none; -EALREADY if it is completing",
      source: ["observed on 6.18", "io_uring_enter(2)"],
    },
    {
      id: "POLL-9",
      rule:
        "POLL_REMOVE takes MULTI only in an update, events only with UPDATE_EVENTS, and off only " +
        "with UPDATE_USER_DATA.",
      observable: "-EINVAL",
      source: ["observed on 6.18", "io_uring/poll.c"],
      since: "5.13",
    },
    {
      id: "POLL-10",
      rule:
        "An update changes the events of an armed poll; if one of the new ones holds, the poll " +
        "reports it after the update's own CQE.",
      observable: "0 for the update",
      source: ["observed on 6.18", "io_uring_enter(2)"],
      since: "5.13",
    },
    {
      id: "POLL-11",
      rule:
        "A ring's own descriptor can be polled; a multishot poll that a CQE wakes becomes " +
        "one-shot, be it of the ring, of its eventfd, or of an epoll set with one of them.",
      observable: "a mask without F_MORE",
      source: ["observed on 6.18", "io_uring/poll.c"],
      since: "5.13",
    },
    {
      id: "POLL-12",
      rule: "Closing the descriptor does not end a poll: the request holds the file.",
      observable: "the poll still completes when the file becomes ready",
      source: ["observed on 6.18", "io_uring_cancelation(7)"],
    },
    {
      id: "POLL-13",
      rule: "Several polls of one file all complete, and take nothing away.",
      observable: "a mask for each; the bytes are still there",
      source: ["observed on 6.18"],
    },
    {
      id: "POLL-14",
      rule:
        "EPOLLEXCLUSIVE may be among the events: a wake-up then reaches one of the exclusive " +
        "polls.",
      observable: "of two polls of one pipe, one completes",
      source: ["observed on 6.18", "io_uring/poll.c"],
      since: "5.11",
    },
    {
      id: "POLL-15",
      rule: "POLL_ADD does not look at splice_fd_in, addr3 and the last word.",
      observable: "as with 0",
      source: ["observed on 6.18"],
    },
    {
      id: "POLL-16",
      rule: "POLL_REMOVE finds only polls.",
      observable: "-ENOENT for a read or a timeout",
      source: ["observed on 6.18"],
    },
    {
      id: "POLL-17",
      rule:
        "buf_index and splice_fd_in of POLL_REMOVE have to be 0; addr3 and the last word are not " +
        "looked at.",
      observable: "-EINVAL",
      source: ["observed on 6.18", "io_uring/poll.c"],
      since: "5.13",
    },
    {
      id: "POLL-18",
      rule: "UPDATE_USER_DATA gives the poll a new name, without a CQE under the old one.",
      observable: "later CQEs carry the new user_data",
      source: ["observed on 6.18", "io_uring_enter(2)"],
      since: "5.13",
    },
    {
      id: "POLL-19",
      rule: "MULTI in an update has no effect: a poll stays one-shot or multishot as it began.",
      observable: "F_MORE as before the update",
      source: ["observed on 6.18", "io_uring/poll.c"],
      since: "5.13",
    },
    {
      id: "POLL-20",
      rule: "A multishot poll goes on after an update.",
      observable: "a shot of the new events with F_MORE",
      source: ["observed on 6.18"],
      since: "5.13",
    },
    {
      id: "POLL-21",
      rule: "EPOLLONESHOT among the events makes a poll with MULTI a single one.",
      observable: "one CQE, without F_MORE",
      source: ["observed on 6.18", "io_uring/poll.c"],
      since: "5.13",
    },
    {
      id: "POLL-22",
      rule:
        "A CQE wakes those that wait for POLLIN of its ring, and nobody else: a request that " +
        "waits for POLLRDNORM or POLLOUT alone sleeps on.",
      observable:
        "POLLIN for a poll of POLLIN and POLLRDNORM; no CQE for one of POLLRDNORM, nor for a " +
        "write to a ring that was the last entry of a full submission queue",
      source: ["observed on 6.18", "io_uring/io_uring.h"],
      since: "5.19",
    },
    {
      id: "POLL-23",
      rule:
        "The first time that a DEFER_TASKRUN ring is polled, all that wait for it look at it " +
        "once more when that call is over, or before it sleeps.",
      observable: "a write to a ring that was full for the time of its submission: -EINVAL",
      source: ["observed on 6.18", "io_uring/io_uring.c"],
      since: "6.3",
    },
    {
      id: "POLL-24",
      rule:
        "A multishot poll that is ready when it is armed tells what it found then, though that " +
        "may be over when its owner comes to post it.",
      observable:
        "on a DEFER_TASKRUN ring: POLLIN with F_MORE, after the bytes were read in between",
      source: ["observed on 6.18", "io_uring/poll.c"],
      since: "5.19",
    },
    {
      id: "POLL-25",
      rule: "A SEND to a stream of AF_UNIX that faults wakes those who wait for room in it.",
      observable: "-EFAULT, and a multishot poll for POLLOUT has another shot",
      source: ["observed on 6.18", "net/unix/af_unix.c"],
      since: "5.13",
    },
    {
      id: "POLL-26",
      rule:
        "A multishot poll of its own ring that comes behind completions which are not posted yet " +
        "posts them first, is woken by them, and so tells at once a second time.",
      observable:
        "the CQE of a request that was cancelled together with it, then two of the poll with " +
        "F_MORE and a last one",
      source: ["observed on 6.18", "io_uring/poll.c", "io_uring/io_uring.c"],
      since: "5.19",
    },
    {
      id: "POLL-27",
      rule:
        "A request that ends without a CQE, by IOSQE_CQE_SKIP_SUCCESS, wakes those that poll its " +
        "ring all the same.",
      observable: "POLLIN for a poll of a ring whose CQ is empty",
      source: ["observed on 6.18", "io_uring/io_uring.c"],
      since: "5.19",
    },
    {
      id: "POLL-28",
      rule: "CQEs that move from the backlog into the CQ wake those that poll the ring.",
      observable: "a multishot poll that has told of the ring has another shot",
      source: ["observed on 6.18", "io_uring/io_uring.c"],
      since: "5.19",
    },
    {
      id: "POLL-29",
      rule:
        "A one-shot poll tells what the first wake-up named that was for it, and hears of no " +
        "later one; a multishot one that several have woken looks at the file again.",
      observable:
        "bytes, then a hang-up, before the owner comes to it: POLLIN alone, and POLLIN with " +
        "POLLHUP for a multishot poll",
      source: ["observed on 6.18", "io_uring/poll.c"],
    },
    {
      id: "POLL-41",
      rule: "A write to a pipe that faults wakes those who wait for bytes, though none come.",
      observable:
        "WRITE from unmapped memory: -EFAULT, and a poll of the reading end has POLLIN; a " +
        "multishot read without buffers: -ENOBUFS",
      source: ["observed on 6.18", "fs/pipe.c"],
      since: "5.13",
    },
    {
      id: "POLL-42",
      rule: "A write that finds a pipe full wakes those who poll the end that is read.",
      observable: "a multishot poll of it has POLLIN once more, also for RWF_NOWAIT",
      source: ["observed on 6.18", "fs/pipe.c"],
      since: "5.13",
    },
    {
      id: "POLL-43",
      rule:
        "A read or write of a pipe that blocked its worker wakes those who poll the same end, if " +
        "it leaves them bytes or room.",
      observable: "a multishot poll has its events once more, or once for both wake-ups",
      source: ["fs/pipe.c"],
      since: "5.5",
    },
    {
      id: "POLL-44",
      rule:
        "Work that is left to the owner of a DEFER_TASKRUN ring makes the ring readable, and " +
        "wakes nobody who polls it; the completions do when it has run.",
      observable: "poll(2) of the ring sleeps until its time is over, and finds POLLIN then",
      source: ["observed on 6.18", "io_uring/io_uring.c"],
      since: "6.3",
    },
    {
      id: "POLL-40",
      rule: "A poll that is removed completes with no events.",
      observable: "0",
      source: ["fs/io_uring.c"],
      until: "5.4",
    },
  ],
};
