/**
 * Chapter NOP: the operation that does nothing, and the results that it can be told to give.
 */
import { NO_SCENARIO } from "./open.ts";
import type { Chapter } from "./types.ts";

/** Chapter NOP. */
export const NOP: Chapter = {
  prefix: "NOP",
  title: "No operation",
  introduction:
    "NOP completes at once. Its flags let it look up files and buffers, run later, and give any " +
    "result: they were made to test the kernel, and serve to test programs.",
  clauses: [
    {
      id: "NOP-3",
      rule: "NOP without flags completes inside the submission and ignores its fields.",
      observable:
        "0, whatever fd, off, addr, len, buf_index, file_index and addr3 are; ioprio: -EINVAL",
      source: ["observed on 6.18", "io_uring_prep_nop(3)"],
      since: "5.1",
      open: NO_SCENARIO,
    },
    {
      id: "NOP-1",
      rule: "NOP knows six flags.",
      observable: "another bit in nop_flags: -EINVAL",
      source: ["observed on 6.18", "io_uring/nop.c"],
      since: "6.18",
    },
    {
      id: "NOP-4",
      rule: "IORING_NOP_INJECT_RESULT (1) makes len the result.",
      observable:
        "res len, as a signed number of any value; a negative one breaks a soft chain and is " +
        "not hidden by CQE_SKIP_SUCCESS",
      source: ["observed on 6.18", "io_uring/nop.c"],
      since: "6.10",
      open: NO_SCENARIO,
    },
    {
      id: "NOP-5",
      rule:
        "IORING_NOP_FILE (2) looks fd up, as a slot with IORING_NOP_FIXED_FILE (4) or " +
        "IOSQE_FIXED_FILE.",
      observable: "0; not open, or an empty slot: -EBADF; 4 without 2 does nothing",
      source: ["observed on 6.18", "io_uring/nop.c"],
      since: "6.13",
      open: NO_SCENARIO,
    },
    {
      id: "NOP-6",
      rule: "IORING_NOP_FIXED_BUFFER (8) looks the registered buffer buf_index up.",
      observable: "0; none: -EFAULT; a bad file as well: -EBADF",
      source: ["observed on 6.18", "io_uring/nop.c"],
      since: "6.13",
      open: NO_SCENARIO,
    },
    {
      id: "NOP-2",
      rule: "A look-up that fails counts for more than an injected result.",
      observable: "-EBADF or -EFAULT; the first releases of 6.18 gave the injected one",
      source: ["observed on 6.18", "io_uring/nop.c"],
      since: "6.18",
      open: NO_SCENARIO,
    },
    {
      id: "NOP-7",
      rule: "IORING_NOP_TW (16) completes the NOP as task work does.",
      observable: "DEFER_TASKRUN: no CQE after the submission, one after entering with GETEVENTS",
      source: ["observed on 6.18", "io_uring/nop.c"],
      since: "6.17",
      open: NO_SCENARIO,
    },
    {
      id: "NOP-8",
      rule: "IORING_NOP_CQE32 (32) fills the second half of a 32-byte CQE with off and addr.",
      observable: "off, then addr; without the flag 0 and 0; on a ring of 16-byte CQEs: -EINVAL",
      source: ["observed on 6.18", "io_uring/nop.c"],
      since: "6.18",
      open: NO_SCENARIO,
    },
    {
      id: "NOP-20",
      rule: "NOP does not look at its flags.",
      observable: "0, whatever nop_flags holds",
      source: ["io_uring/nop.c"],
      until: "6.9",
    },
  ],
};
