/** Chapter MSG: MSG_RING posts a CQE on another ring, or gives it a file. */
import type { Chapter } from "./types.ts";

/** Chapter MSG. */
export const MESSAGES: Chapter = {
  prefix: "MSG",
  title: "Messages between rings",
  introduction:
    "MSG_RING makes a CQE appear on another ring of which the program holds a descriptor, or " +
    "puts a registered file of its own ring into a slot of the other one's table. The sender " +
    "gets a CQE of its own.",
  clauses: [
    {
      id: "MSG-1",
      rule:
        "MSG_RING with addr IORING_MSG_DATA (0) posts a CQE on the ring in fd: user_data is " +
        "off, res is len.",
      observable: "there: off, len as a signed number, flags 0; sender: 0",
      source: ["observed on 6.18", "io_uring_prep_msg_ring(3)"],
      since: "5.18",
    },
    {
      id: "MSG-8",
      rule: "A ring may send to itself.",
      observable:
        "both CQEs: the message first on a plain ring, the sender's first with DEFER_TASKRUN; " +
        "the order is not promised",
      source: ["observed on 6.18"],
      since: "5.18",
    },
    {
      id: "MSG-9",
      rule: "On a DEFER_TASKRUN ring the message appears when its owner enters with GETEVENTS.",
      observable: "sender 0 before; then the CQE",
      source: ["observed on 6.18", "io_uring/msg_ring.c"],
      since: "6.1",
    },
    {
      id: "MSG-2",
      rule: "With IORING_MSG_RING_FLAGS_PASS (2) the CQE's flags are file_index, bit for bit.",
      observable: "flags as sent; without it file_index not 0: -EINVAL",
      source: ["observed on 6.18", "io_uring_prep_msg_ring_cqe_flags(3)"],
      since: "6.3",
    },
    {
      id: "MSG-3",
      rule: "MSG_RING needs a ring in fd.",
      observable: "not open: -EBADF; another file: -EBADFD, also with an unknown command",
      source: ["observed on 6.18", "io_uring/msg_ring.c"],
      since: "5.18",
    },
    {
      id: "MSG-10",
      rule:
        "MSG_RING refuses unknown commands and flags, and reserves buf_index, personality and " +
        "ioprio, for data addr3 as well.",
      observable:
        "-EINVAL; a bad flag, buf_index, personality or ioprio also with a bad descriptor",
      source: ["observed on 6.18", "io_uring/msg_ring.c"],
      since: "6.3",
    },
    {
      id: "MSG-11",
      rule: "IORING_MSG_RING_CQE_SKIP (1) makes no sense with data.",
      observable: "-EINVAL",
      source: ["observed on 6.18", "io_uring/msg_ring.c"],
      since: "6.0",
    },
    {
      id: "MSG-4",
      rule: "A ring that is not enabled yet takes no messages.",
      observable: "target with R_DISABLED: -EBADFD",
      source: ["observed on 6.18", "io_uring/msg_ring.c"],
      since: "6.0",
    },
    {
      id: "MSG-5",
      rule: "A message for a full completion queue goes to the target's backlog.",
      observable: "sender 0; target: CQ_OVERFLOW is set, and all messages come in order",
      source: ["observed on 6.18", "io_uring/msg_ring.c"],
      since: "6.2",
    },
    {
      id: "MSG-12",
      rule: "The result of the sender is a result like any other.",
      observable: "CQE_SKIP_SUCCESS hides it and not the message; an error breaks a soft chain",
      source: ["observed on 6.18"],
      since: "5.18",
    },
    {
      id: "MSG-6",
      rule:
        "With addr IORING_MSG_SEND_FD (1) the file in slot addr3 is put into the target's slot " +
        "file_index - 1, and off is posted there.",
      observable:
        "sender 0; target: user_data off, res 0; the file is in both tables, an occupied slot " +
        "is replaced",
      source: ["observed on 6.18", "io_uring_prep_msg_ring_fd(3)"],
      since: "6.0",
    },
    {
      id: "MSG-13",
      rule: "With IORING_FILE_INDEX_ALLOC the target picks the slot.",
      observable: "sender and target: res the number of the slot; none free, or no table: -ENFILE",
      source: ["observed on 6.18", "io_uring_prep_msg_ring_fd_alloc(3)"],
      since: "6.0",
    },
    {
      id: "MSG-14",
      rule: "SEND_FD needs a file at its source.",
      observable: "slot empty, outside, or no table: -EBADF, before the target's slot is looked at",
      source: ["observed on 6.18", "io_uring/msg_ring.c"],
      since: "6.0",
    },
    {
      id: "MSG-15",
      rule: "SEND_FD needs a slot at its target.",
      observable: "file_index 0, or outside: -EINVAL; no table: -ENXIO",
      source: ["observed on 6.18", "io_uring/msg_ring.c"],
      since: "6.0",
    },
    {
      id: "MSG-16",
      rule: "SEND_FD takes no len, and does not go to its own ring.",
      observable: "-EINVAL",
      source: ["observed on 6.18", "io_uring/msg_ring.c"],
      since: "6.0",
    },
    {
      id: "MSG-17",
      rule: "With IORING_MSG_RING_CQE_SKIP the target gets the file and no CQE.",
      observable: "sender 0, target nothing",
      source: ["observed on 6.18", "io_uring_prep_msg_ring_fd(3)"],
      since: "6.0",
    },
    {
      id: "MSG-7",
      rule:
        "SEND_MSG_RING, by io_uring_register(2) with descriptor -1 and an SQE, sends data " +
        "without a ring.",
      observable: "0, and the CQE on the ring in the SQE's fd",
      source: ["observed on 6.18", "io_uring_register_sync_msg(3)"],
      since: "6.13",
    },
    {
      id: "MSG-18",
      rule: "SEND_MSG_RING takes one SQE of MSG_RING with data and without SQE flags.",
      observable:
        "another opcode, SEND_FD, a flag, personality, nr_args not 1, NULL, or a ring in place " +
        "of -1: -EINVAL; targets as MSG-3 and MSG-4; ioprio is ignored",
      source: ["observed on 6.18", "io_uring/msg_ring.c"],
      since: "6.13",
    },
    {
      id: "MSG-19",
      rule:
        "A file for a DEFER_TASKRUN ring is taken by its owner on the way out of any call, and " +
        "its CQE is posted then.",
      observable: "the CQE is there before the owner enters with GETEVENTS, unlike data (MSG-9)",
      source: ["observed on 6.18", "io_uring/msg_ring.c"],
      since: "6.1",
    },
    {
      id: "MSG-24",
      rule:
        "Who sends a file to a DEFER_TASKRUN ring completes when that is taken: on a " +
        "DEFER_TASKRUN ring of its own not with the call that submits it, if the call waits for " +
        "no more than has completed without it.",
      observable: "of two requests the NOP has completed; the SEND_FD does with the next call",
      source: ["observed on 6.18", "io_uring/msg_ring.c"],
      since: "6.1",
    },
    {
      id: "MSG-20",
      rule: "MSG_RING looks at the low 32 bits of addr and of addr3 only.",
      observable: "addr 2^32 sends data; addr3 2^32 names slot 0, and is none where data is sent",
      source: ["observed on 6.18", "io_uring/msg_ring.c"],
      since: "6.0",
    },
    {
      id: "MSG-21",
      rule: "A message is a completion of its target: it wakes who polls it or waits for it.",
      observable: "a POLL_ADD on the target's descriptor completes; a TIMEOUT with off counts it",
      source: ["observed on 6.18"],
      since: "5.18",
    },
    {
      id: "MSG-22",
      rule:
        "A message may pass IORING_CQE_F_32 to any ring. On one without CQE_MIXED its CQE takes " +
        "one slot; it needs two free slots in a row all the same, and a filler where they would " +
        "wrap.",
      observable:
        "sender 0; the CQ tail moves by 1, by 2 with the filler (flags SKIP) in the last slot",
      source: ["observed on 6.18", "io_uring/io_uring.c"],
      since: "6.18",
    },
    {
      id: "MSG-23",
      rule:
        "On a CQE32 ring of 6.18 the filler of MSG-22 is written where it would be if CQEs had " +
        "16 bytes.",
      observable: "the last slot shows its old CQE again",
      source: ["observed on 6.18"],
      since: "6.18",
      until: "6.18",
    },
    {
      id: "MSG-25",
      rule:
        "On an IOPOLL ring, DEFER_TASKRUN or not, only one at a time may post what was sent, and " +
        "that need not be its owner: a ring that sends data to itself leaves it to a worker.",
      observable:
        "both CQEs come behind those of what was submitted after it; the message first, with " +
        "DEFER_TASKRUN before its owner enters again",
      source: ["observed on 6.18", "io_uring/msg_ring.c"],
      since: "6.3",
    },
  ],
};
