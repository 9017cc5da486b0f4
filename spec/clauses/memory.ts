/** Chapter MEM: the memory that a program shares with the kernel. */
import { exception } from "./open.ts";
import type { Chapter } from "./types.ts";

/** Chapter MEM. */
export const MEMORY: Chapter = {
  prefix: "MEM",
  title: "Memory layout",
  introduction:
    "A program maps one region with both rings' headers, the CQEs and the SQ array, and one with " +
    "the SQEs. It finds every field by the offsets that io_uring_setup reported; the numbers " +
    "below are those of 6.18 on 64-bit Linux, and no program should rely on them.",
  clauses: [
    {
      id: "MEM-1",
      rule:
        "The header's fields lie at fixed places: SQ head 0, tail 4; CQ head 8, tail 12; masks " +
        "16 and 20; entry counts 24 and 28; SQ dropped 32, SQ flags 36, CQ flags 40, CQ overflow " +
        "44; CQEs from 64 on.",
      observable: "sq_off and cq_off of params",
      source: ["observed on 6.18"],
    },
    {
      id: "MEM-2",
      rule:
        "The SQ array follows the CQEs, at 64 + 16 * cq_entries rounded up to a " +
        "multiple of 64.",
      observable: "sq_off.array: 128 for 1 entry, 320 for 8",
      source: ["observed on 6.18", "io_uring/io_uring.c"],
    },
    {
      id: "MEM-3",
      rule: "An SQE takes 64 bytes, or 128 with SQE128, which moves no offset in the ring.",
      observable: "with SQE128 the kernel takes entries 128 bytes apart; sq_off is the same",
      source: ["observed on 6.18", "io_uring_setup(2)"],
    },
    {
      id: "MEM-4",
      rule:
        "The fields of an SQE: opcode 0, flags 1, ioprio 2, fd 4, off 8, addr 16, len 24, the " +
        "operation's flags 28, user_data 32, buf_index or buf_group 40, personality 42, " +
        "splice_fd_in or file_index 44, addr3 48, and a last word 56.",
      observable: "offsets in the SQE",
      source: ["include/uapi/linux/io_uring.h", "io_uring/io_uring.c"],
    },
    {
      id: "MEM-5",
      rule:
        "A CQE holds user_data at 0, res at 8 and flags at 12; a CQE of 32 bytes has two more " +
        "words at 16 and 24.",
      observable: "offsets in the CQE",
      source: ["include/uapi/linux/io_uring.h"],
    },
    {
      id: "MEM-6",
      rule:
        "The offsets IORING_OFF_SQ_RING and IORING_OFF_CQ_RING map the same memory, so one " +
        "mapping is enough.",
      observable: "a store through one mapping is seen through the other",
      source: ["observed on 6.18", "io_uring_setup(2)"],
      since: "5.4",
    },
    {
      id: "MEM-7",
      rule: "A mapping may be shorter or longer than the region, read-only, or private.",
      observable: "mmap succeeds",
      source: ["observed on 6.18"],
    },
    {
      id: "MEM-8",
      rule:
        "Heads and tails are free-running 32-bit numbers, masked only where they index; they " +
        "wrap at 2^32.",
      observable: "entries keep flowing while an index passes from 0xffffffff to 0",
      source: ["io_uring/io_uring.c"],
      open: exception("more than four thousand million requests would have to pass first"),
    },
    {
      id: "MEM-9",
      rule:
        "In a new ring masks and entry counts are filled in, and everything else is 0; the SQ " +
        "array too, so it names SQE 0 everywhere.",
      observable: "the words of the header and of the SQ array",
      source: ["observed on 6.18"],
    },
    {
      id: "MEM-10",
      rule:
        "Of the four indices the kernel moves only the SQ head and the CQ tail. It moves the " +
        "head after it has read the SQEs, and the tail after it has written the CQEs.",
      observable: "head and tail words after io_uring_enter",
      source: ["observed on 6.18", "io_uring/io_uring.c"],
    },
    {
      id: "MEM-12",
      rule:
        "With CQE32 the SQ array lies at 2 * (64 + 16 * cq_entries) rounded up to a multiple of " +
        "64: the header counts twice, although the CQEs still start at 64.",
      observable: "sq_off.array: 640 for 8 entries, 192 for 1",
      source: ["observed on 6.18", "io_uring/io_uring.c"],
      since: "5.19",
    },
    {
      id: "MEM-13",
      rule: "With NO_SQARRAY there is no SQ array.",
      observable: "sq_off.array is 0",
      source: ["observed on 6.18", "io_uring_setup(2)"],
      since: "6.6",
    },
    {
      id: "MEM-14",
      rule:
        "Without NO_MMAP the kernel reports 0 as user_addr, whatever the caller put there, and 0 " +
        "in the reserved word.",
      observable: "user_addr and resv1 of sq_off and cq_off",
      source: ["observed on 6.18"],
    },
    {
      id: "MEM-15",
      rule: "A CQE takes 16 bytes, or 32 with CQE32.",
      observable: "with CQE32 the CQEs lie 32 bytes apart",
      source: ["observed on 6.18", "io_uring_setup(2)"],
      since: "5.19",
    },
    {
      id: "MEM-16",
      rule: "The offset IORING_OFF_SQES maps the SQEs.",
      observable: "an SQE written there is what io_uring_enter consumes",
      source: ["observed on 6.18", "io_uring_setup(2)"],
    },
    {
      id: "MEM-18",
      rule:
        "A ring in the program's memory is the pages that were there when it was made: a program " +
        "that maps others at their place does not reach the ring any more.",
      observable: "after a new mapping the kernel goes on with what was queued in the old pages",
      source: ["observed on 6.18", "io_uring/memmap.c"],
      since: "6.5",
    },
    {
      id: "MEM-17",
      rule:
        "An offset that means nothing, or that of a buffer ring which the kernel did not " +
        "allocate, cannot be mapped.",
      observable: "mmap fails (-ENOMEM on 6.18)",
      source: ["observed on 6.18", "io_uring/memmap.c"],
    },
  ],
};
