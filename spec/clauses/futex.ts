/** Chapter FUTEX: waiting for a word in memory, and waking those who wait. */
import type { Chapter } from "./types.ts";

/** Chapter FUTEX. */
export const FUTEX: Chapter = {
  prefix: "FUTEX",
  title: "Futexes",
  introduction:
    "FUTEX_WAIT takes the address of a 32-bit word in addr, the value that it has to have in " +
    "off, a mask in addr3 and the FUTEX2 flags in fd. Threads that use futex(2) and requests of " +
    "any ring can wake each other.",
  clauses: [
    {
      id: "FUTEX-1",
      rule: "FUTEX_WAIT waits if the word has the value.",
      observable: "no CQE; another value: -EAGAIN at once",
      source: ["observed on 6.18", "io_uring_prep_futex_wait(3)"],
      since: "6.7",
    },
    {
      id: "FUTEX-5",
      rule: "Value and mask have 32 bits, and the mask is not empty.",
      observable: "above 2^32 - 1, or mask 0: -EINVAL, in FUTEX_WAKE the mask too",
      source: ["observed on 6.18", "io_uring/futex.c"],
      since: "6.7",
    },
    {
      id: "FUTEX-6",
      rule: "The word has 32 bits and is aligned to 4.",
      observable:
        "size flags other than FUTEX2_SIZE_U32 (2), an unknown flag (0x10), or an address that " +
        "is not: -EINVAL, whatever the value",
      source: ["observed on 6.18", "futex(2)"],
      since: "6.7",
    },
    {
      id: "FUTEX-7",
      rule:
        "A word that cannot be read cannot be waited for; one that is not FUTEX2_PRIVATE (128) " +
        "has to be writable.",
      observable:
        "NULL, unmapped or outside user space: -EFAULT; shared in private memory that is " +
        "read-only: -EFAULT",
      source: ["observed on 6.18", "futex(2)"],
      since: "6.7",
    },
    {
      id: "FUTEX-8",
      rule: "FUTEX_WAIT and FUTEX_WAKE reserve len, futex_flags, buf_index, file_index and ioprio.",
      observable: "-EINVAL",
      source: ["observed on 6.18", "io_uring/futex.c"],
      since: "6.7",
    },
    {
      id: "FUTEX-2",
      rule:
        "FUTEX_WAKE wakes up to off requests and threads that wait on the word with a mask that " +
        "overlaps its own.",
      observable: "their number, 0 if there are none; each woken request: 0",
      source: ["observed on 6.18", "io_uring_prep_futex_wake(3)"],
      since: "6.7",
    },
    {
      id: "FUTEX-9",
      rule: "FUTEX_WAKE of 0 wakes nobody.",
      observable: "0",
      source: ["observed on 6.18", "io_uring_prep_futex_wake(3)"],
      since: "6.7",
    },
    {
      id: "FUTEX-10",
      rule: "Those who waited longer are woken first.",
      observable: "three wait, two are woken: the first two",
      source: ["observed on 6.18", "futex(2)"],
      since: "6.7",
    },
    {
      id: "FUTEX-3",
      rule: "The CQE of a FUTEX_WAKE comes before those of the requests that it woke.",
      observable: "on one ring, seen so; not promised",
      source: ["observed on 6.18"],
      since: "6.7",
    },
    {
      id: "FUTEX-11",
      rule: "FUTEX_WAKE on a private word does not look at memory.",
      observable: "NULL or unmapped: 0; shared: -EFAULT",
      source: ["observed on 6.18", "futex(2)"],
      since: "6.7",
    },
    {
      id: "FUTEX-12",
      rule: "A private and a shared use of one word do not meet.",
      observable: "shared wait, private wake: 0; shared wake: 1",
      source: ["observed on 6.18", "futex(2)"],
      since: "6.7",
    },
    {
      id: "FUTEX-13",
      rule: "Changing the word wakes nobody.",
      observable: "no CQE until FUTEX_WAKE, which does not look at the value",
      source: ["observed on 6.18", "futex(2)"],
      since: "6.7",
    },
    {
      id: "FUTEX-14",
      rule: "futex(2) and requests of other rings wake as well.",
      observable: "FUTEX_WAKE by system call: 1, and the CQE of the request",
      source: ["observed on 6.18", "io_uring_prep_futex_wait(3)"],
      since: "6.7",
    },
    {
      id: "FUTEX-4",
      rule: "FUTEX_WAITV waits on 1 to 128 words, given by len structs of 24 bytes at addr.",
      observable:
        "the index of the word that was woken; the others are free again; 0 or 129: -EINVAL",
      source: ["observed on 6.18", "io_uring_prep_futex_waitv(3)"],
      since: "6.7",
    },
    {
      id: "FUTEX-15",
      rule: "FUTEX_WAITV fails if any of its words does not have its value.",
      observable:
        "-EAGAIN; value above 32 bits, reserved word set, size other than U32, or not aligned: " +
        "-EINVAL; unmapped: -EFAULT",
      source: ["observed on 6.18", "io_uring_prep_futex_waitv(3)"],
      since: "6.7",
    },
    {
      id: "FUTEX-16",
      rule:
        "FUTEX_WAITV copies its structs at submission and reserves fd, off, futex_flags, " +
        "buf_index, addr3 and file_index.",
      observable: "unreadable: -EFAULT; changed afterwards: no effect; reserved: -EINVAL",
      source: ["observed on 6.18", "io_uring/futex.c"],
      since: "6.7",
    },
    {
      id: "FUTEX-17",
      rule: "A word may stand in the list twice; each place counts for who wakes it.",
      observable: "FUTEX_WAKE of 1: 1, of 9: 2; FUTEX_WAITV: the first index, once",
      source: ["observed on 6.18"],
      since: "6.7",
    },
    {
      id: "FUTEX-18",
      rule: "A cancelled wait is gone from its words.",
      observable: "-ECANCELED; FUTEX_WAKE afterwards: 0; the cancellation: 1, see FUTEX-22",
      source: ["observed on 6.18", "io_uring_cancelation(7)"],
      since: "6.7",
    },
    {
      id: "FUTEX-19",
      rule: "A value that differs is a failure to a chain, being woken is none.",
      observable: "soft link behind it: -ECANCELED; it runs",
      source: ["observed on 6.18"],
      since: "6.7",
    },
    {
      id: "FUTEX-20",
      rule: "The count of FUTEX_WAKE is an int; a negative one wakes one.",
      observable: "0x80000000 or 0xffffffff: 1, however many wait",
      source: ["observed on 6.18", "kernel/futex/waitwake.c"],
      since: "6.7",
    },
    {
      id: "FUTEX-21",
      rule:
        "With FUTEX2_NUMA (4) the node of the word stands behind it, and the two are aligned to " +
        "8; a node of -1 is filled in.",
      observable:
        "the node that the caller runs on; no such node, or not aligned: -EINVAL; unmapped: " +
        "-EFAULT, for a private FUTEX_WAKE too",
      source: ["observed on 6.18", "kernel/futex/core.c"],
      since: "6.16",
    },
    {
      id: "FUTEX-22",
      rule:
        "A cancellation of requests that wait for futexes answers their number, and with ALL " +
        "counts them as one; they have no file.",
      observable:
        "ASYNC_CANCEL of one: 1, not 0; ALL of three: 1; ANY of two: 2; FD: -ENOENT; a " +
        "LINK_TIMEOUT that stops one: 1, not -ETIME",
      source: ["observed on 6.18", "io_uring/cancel.c"],
      since: "6.15",
    },
  ],
};
