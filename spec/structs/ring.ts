/** The structs of a ring: its parameters, entries, and the arguments of io_uring_enter(2). */
import * as cqe from "../abi/cqe.ts";
import * as enter from "../abi/enter.ts";
import * as setup from "../abi/setup.ts";
import * as sqe from "../abi/sqe.ts";
import { field, type FieldRow, reserved, type StructRow } from "./row.ts";

const SQ_OFFSETS: readonly [name: string, offset: number, summary: string][] = [
  ["head", setup.PARAMS_SQ_OFF_HEAD, "Index that the kernel takes from; the kernel writes it."],
  ["tail", setup.PARAMS_SQ_OFF_TAIL, "Index behind the last entry; the application writes it."],
  ["ring_mask", setup.PARAMS_SQ_OFF_RING_MASK, "Number of entries less one."],
  ["ring_entries", setup.PARAMS_SQ_OFF_RING_ENTRIES, "Number of entries."],
  ["flags", setup.PARAMS_SQ_OFF_FLAGS, "IORING_SQ_* bits; the kernel writes them."],
  ["dropped", setup.PARAMS_SQ_OFF_DROPPED, "Entries with an index out of range."],
  ["array", setup.PARAMS_SQ_OFF_ARRAY, "Indices of SQEs; 0 with IORING_SETUP_NO_SQARRAY."],
];
const CQ_OFFSETS: readonly [name: string, offset: number, summary: string][] = [
  ["head", setup.PARAMS_CQ_OFF_HEAD, "Index that the application takes from; it writes it."],
  ["tail", setup.PARAMS_CQ_OFF_TAIL, "Index behind the last entry; the kernel writes it."],
  ["ring_mask", setup.PARAMS_CQ_OFF_RING_MASK, "Number of entries less one."],
  ["ring_entries", setup.PARAMS_CQ_OFF_RING_ENTRIES, "Number of entries."],
  ["overflow", setup.PARAMS_CQ_OFF_OVERFLOW, "CQEs that were lost for want of memory."],
  ["cqes", setup.PARAMS_CQ_OFF_CQES, "The array of CQEs."],
  ["flags", setup.PARAMS_CQ_OFF_FLAGS, "IORING_CQ_* bits; the application writes them."],
];

/** Fields of an offset table: where in the mapping each part of a ring is. */
function offsetFields(
  rows: typeof SQ_OFFSETS,
  resv1: number,
  userAddr: number,
  prefix: string,
  base: number,
): readonly FieldRow[] {
  return [
    ...rows.map(([name, offset, summary]) => field(prefix + name, offset - base, "u32", summary)),
    reserved(`${prefix}resv1`, resv1 - base, "u32"),
    field(`${prefix}user_addr`, userAddr - base, "u64", "Memory for NO_MMAP; else 0.", {
      since: "6.5",
    }),
  ];
}

function sqOffsetFields(prefix: string, base: number): readonly FieldRow[] {
  const { PARAMS_SQ_OFF_RESV1, PARAMS_SQ_OFF_USER_ADDR } = setup;
  return offsetFields(SQ_OFFSETS, PARAMS_SQ_OFF_RESV1, PARAMS_SQ_OFF_USER_ADDR, prefix, base);
}

function cqOffsetFields(prefix: string, base: number): readonly FieldRow[] {
  const { PARAMS_CQ_OFF_RESV1, PARAMS_CQ_OFF_USER_ADDR } = setup;
  return offsetFields(CQ_OFFSETS, PARAMS_CQ_OFF_RESV1, PARAMS_CQ_OFF_USER_ADDR, prefix, base);
}

/** The names of the word at offset 28 of an SQE, besides the first. */
const FLAG_WORDS: readonly FieldRow[] = [
  field("fsync_flags", sqe.SQE_OP_FLAGS, "u32", "FSYNC: IORING_FSYNC_*."),
  field("poll_events", sqe.SQE_OP_FLAGS, "u16", "The lower half of poll32_events."),
  field("poll32_events", sqe.SQE_OP_FLAGS, "u32", "POLL_ADD: POLL* bits.", { since: "5.9" }),
  field("sync_range_flags", sqe.SQE_OP_FLAGS, "u32", "SYNC_FILE_RANGE: SYNC_FILE_RANGE_*."),
  field("msg_flags", sqe.SQE_OP_FLAGS, "u32", "SEND, RECV and the like: MSG_*."),
  field("timeout_flags", sqe.SQE_OP_FLAGS, "u32", "TIMEOUT and the like: IORING_TIMEOUT_*."),
  field("accept_flags", sqe.SQE_OP_FLAGS, "u32", "ACCEPT: SOCK_*."),
  field("cancel_flags", sqe.SQE_OP_FLAGS, "u32", "ASYNC_CANCEL: IORING_ASYNC_CANCEL_*."),
  field("open_flags", sqe.SQE_OP_FLAGS, "u32", "OPENAT: O_*."),
  field("statx_flags", sqe.SQE_OP_FLAGS, "u32", "STATX: AT_*."),
  field("fadvise_advice", sqe.SQE_OP_FLAGS, "u32", "FADVISE, MADVISE: the advice."),
  field("splice_flags", sqe.SQE_OP_FLAGS, "u32", "SPLICE, TEE: SPLICE_F_*."),
  field("rename_flags", sqe.SQE_OP_FLAGS, "u32", "RENAMEAT: RENAME_*."),
  field("unlink_flags", sqe.SQE_OP_FLAGS, "u32", "UNLINKAT: AT_REMOVEDIR."),
  field("hardlink_flags", sqe.SQE_OP_FLAGS, "u32", "LINKAT: AT_*."),
  field("xattr_flags", sqe.SQE_OP_FLAGS, "u32", "SETXATTR: XATTR_*."),
  field("msg_ring_flags", sqe.SQE_OP_FLAGS, "u32", "MSG_RING: IORING_MSG_RING_*."),
  field("uring_cmd_flags", sqe.SQE_OP_FLAGS, "u32", "URING_CMD: IORING_URING_CMD_*.", {
    since: "6.1",
  }),
  field("waitid_flags", sqe.SQE_OP_FLAGS, "u32", "WAITID: must be 0.", { since: "6.7" }),
  field("futex_flags", sqe.SQE_OP_FLAGS, "u32", "FUTEX_*: must be 0.", { since: "6.7" }),
  field("install_fd_flags", sqe.SQE_OP_FLAGS, "u32", "FIXED_FD_INSTALL: IORING_FIXED_FD_*.", {
    since: "6.8",
  }),
  field("nop_flags", sqe.SQE_OP_FLAGS, "u32", "NOP: IORING_NOP_*.", { since: "6.10" }),
  field("pipe_flags", sqe.SQE_OP_FLAGS, "u32", "PIPE: O_*.", { since: "6.16" }),
];

const SQE_HEAD: readonly FieldRow[] = [
  field("opcode", sqe.SQE_OPCODE, "u8", "IORING_OP_*."),
  field("flags", sqe.SQE_FLAGS, "u8", "IOSQE_* bits."),
  field("ioprio", sqe.SQE_IOPRIO, "u16", "I/O priority, or flags of the opcode."),
  field("fd", sqe.SQE_FD, "s32", "Descriptor or slot to work on."),
  field("off", sqe.SQE_OFF, "u64", "Position in the file.", {
    alternatives: [
      field("addr2", sqe.SQE_OFF, "u64", "A second address."),
      field("cmd_op", sqe.SQE_OFF, "u32", "URING_CMD: the command.", { since: "5.19" }),
    ],
  }),
  field("addr", sqe.SQE_ADDR, "u64", "Address of the buffer, or of what the opcode names.", {
    alternatives: [
      field("splice_off_in", sqe.SQE_ADDR, "u64", "SPLICE: position to read at."),
      field("level", sqe.SQE_ADDR, "u32", "Socket option: level.", { since: "6.7" }),
      field("optname", sqe.SQE_OPTNAME, "u32", "Socket option: name.", { since: "6.7" }),
    ],
  }),
  field("len", sqe.SQE_LEN, "u32", "Length in bytes, or a number of the opcode."),
  field("rw_flags", sqe.SQE_OP_FLAGS, "u32", "READ, WRITE and the like: RWF_*.", {
    alternatives: FLAG_WORDS,
  }),
  field("user_data", sqe.SQE_USER_DATA, "u64", "Comes back in every CQE of the request."),
  field("buf_index", sqe.SQE_BUF_INDEX, "u16", "Index of a registered buffer.", {
    alternatives: [field("buf_group", sqe.SQE_BUF_INDEX, "u16", "Group to pick a buffer from.")],
  }),
  field("personality", sqe.SQE_PERSONALITY, "u16", "Id of registered credentials, or 0."),
  field("splice_fd_in", sqe.SQE_SPLICE_FD_IN, "s32", "SPLICE, TEE: file to read.", {
    alternatives: [
      field("file_index", sqe.SQE_SPLICE_FD_IN, "u32", "Slot + 1 for a direct descriptor."),
      field("zcrx_ifq_idx", sqe.SQE_SPLICE_FD_IN, "u32", "RECV_ZC: the queue.", { since: "6.15" }),
      field("optlen", sqe.SQE_SPLICE_FD_IN, "u32", "Socket option: length.", { since: "6.7" }),
      field("addr_len", sqe.SQE_SPLICE_FD_IN, "u16", "SEND: length of the address.", {
        since: "6.0",
      }),
    ],
  }),
];
const ATTR_PTR = field("attr_ptr", sqe.SQE_ADDR3, "u64", "READ, WRITE: attributes.", {
  since: "6.14",
});
const OPTVAL = field("optval", sqe.SQE_ADDR3, "u64", "Socket option: address of the value.", {
  since: "6.7",
});
const ADDR3 = field("addr3", sqe.SQE_ADDR3, "u64", "A third address.", {
  since: "5.19",
  alternatives: [ATTR_PTR, OPTVAL],
});
const PAD2 = reserved("__pad2[0]", sqe.SQE_PAD2, "u64", {
  alternatives: [
    field("attr_type_mask", sqe.SQE_PAD2, "u64", "READ, WRITE: which attributes.", {
      since: "6.14",
    }),
  ],
});

/** Structs that are in the ring's memory, or describe it. */
export const RING_STRUCTS: readonly StructRow[] = [
  {
    name: "struct io_uring_params",
    size: setup.PARAMS_SIZE,
    since: "5.1",
    man: "io_uring_setup(2)",
    summary: "What a ring is to be, in; what it became, out.",
    fields: [
      field("sq_entries", setup.PARAMS_SQ_ENTRIES, "u32", "Out: entries of the SQ."),
      field("cq_entries", setup.PARAMS_CQ_ENTRIES, "u32", "Entries of the CQ; in with CQSIZE."),
      field("flags", setup.PARAMS_FLAGS, "u32", "In: IORING_SETUP_* bits."),
      field("sq_thread_cpu", setup.PARAMS_SQ_THREAD_CPU, "u32", "In: CPU of the SQPOLL thread."),
      field("sq_thread_idle", setup.PARAMS_SQ_THREAD_IDLE, "u32", "In: ms before it sleeps."),
      field("features", setup.PARAMS_FEATURES, "u32", "Out: IORING_FEAT_* bits."),
      field("wq_fd", setup.PARAMS_WQ_FD, "u32", "In: ring to share worker threads with."),
      reserved("resv", setup.PARAMS_RESV, "u32", { count: 3 }),
      ...sqOffsetFields("sq_off.", 0),
      ...cqOffsetFields("cq_off.", 0),
    ],
  },
  {
    name: "struct io_sqring_offsets",
    size: setup.PARAMS_CQ_OFF_HEAD - setup.PARAMS_SQ_OFF_HEAD,
    since: "5.1",
    man: "io_uring_setup(2)",
    summary: "Where the parts of the SQ ring are, from the start of its mapping.",
    fields: sqOffsetFields("", setup.PARAMS_SQ_OFF_HEAD),
  },
  {
    name: "struct io_cqring_offsets",
    size: setup.PARAMS_SIZE - setup.PARAMS_CQ_OFF_HEAD,
    since: "5.1",
    man: "io_uring_setup(2)",
    summary: "Where the parts of the CQ ring are, from the start of its mapping.",
    fields: cqOffsetFields("", setup.PARAMS_CQ_OFF_HEAD),
  },
  {
    name: "struct io_uring_sqe",
    size: sqe.SQE_SIZE,
    since: "5.1",
    man: "io_uring_enter(2)",
    summary: "A submission queue entry: one request.",
    fields: [...SQE_HEAD, ADDR3, PAD2],
  },
  {
    name: "struct io_uring_cqe",
    size: cqe.CQE_SIZE,
    since: "5.1",
    man: "io_uring_enter(2)",
    summary: "A completion queue entry: one result.",
    fields: [
      field("user_data", cqe.CQE_USER_DATA, "u64", "From the SQE."),
      field("res", cqe.CQE_RES, "s32", "Result, or a negative errno."),
      field("flags", cqe.CQE_FLAGS, "u32", "IORING_CQE_F_* bits; a buffer id above bit 16."),
    ],
  },
  {
    name: "struct io_uring_getevents_arg",
    size: enter.GETEVENTS_ARG_SIZE,
    since: "5.11",
    man: "io_uring_enter2(2)",
    summary: "Argument of a wait, with IORING_ENTER_EXT_ARG.",
    fields: [
      field("sigmask", enter.GETEVENTS_ARG_SIGMASK, "u64", "Address of a signal mask, or 0."),
      field("sigmask_sz", enter.GETEVENTS_ARG_SIGMASK_SZ, "u32", "Its size: 8."),
      field("min_wait_usec", enter.GETEVENTS_ARG_MIN_WAIT_USEC, "u32", "Least time to wait.", {
        since: "6.12",
      }),
      field("ts", enter.GETEVENTS_ARG_TS, "u64", "Address of a timespec, or 0."),
    ],
  },
  {
    name: "struct io_uring_reg_wait",
    size: enter.REG_WAIT_SIZE,
    since: "6.13",
    man: "io_uring_submit_and_wait_reg(3)",
    summary: "Argument of a wait, in a registered region.",
    fields: [
      field("ts.tv_sec", enter.REG_WAIT_TS_SEC, "s64", "Timeout: seconds."),
      field("ts.tv_nsec", enter.REG_WAIT_TS_NSEC, "s64", "Timeout: nanoseconds."),
      field("min_wait_usec", enter.REG_WAIT_MIN_WAIT_USEC, "u32", "Least time to wait."),
      field("flags", enter.REG_WAIT_FLAGS, "u32", "IORING_REG_WAIT_TS or 0."),
      field("sigmask", enter.REG_WAIT_SIGMASK, "u64", "Address of a signal mask, or 0."),
      field("sigmask_sz", enter.REG_WAIT_SIGMASK_SZ, "u32", "Its size: 8."),
      reserved("pad", enter.REG_WAIT_PAD, "u32", { count: 3 }),
      reserved("pad2", 48, "u64", { count: 2 }),
    ],
  },
];

/**
 * Entries of the larger formats. C has no struct of its own for them: the head is
 * that of the small format, and the rest is a flexible array at its end.
 */
export const LARGE_ENTRIES: readonly StructRow[] = [
  {
    name: "struct io_uring_sqe (128 bytes)",
    size: sqe.SQE128_SIZE,
    since: "5.19",
    man: "io_uring_setup(2)",
    summary: "An entry with IORING_SETUP_SQE128: 80 bytes of command data.",
    fields: [
      ...SQE_HEAD,
      field("cmd", sqe.SQE_ADDR3, "u8", "URING_CMD: the command's own bytes.", {
        count: 80,
        alternatives: [ADDR3, PAD2],
      }),
    ],
  },
  {
    name: "struct io_uring_cqe (32 bytes)",
    size: cqe.CQE32_SIZE,
    since: "5.19",
    man: "io_uring_setup(2)",
    summary: "An entry with IORING_SETUP_CQE32 or IORING_CQE_F_32.",
    fields: [
      field("user_data", cqe.CQE_USER_DATA, "u64", "From the SQE."),
      field("res", cqe.CQE_RES, "s32", "Result, or a negative errno."),
      field("flags", cqe.CQE_FLAGS, "u32", "IORING_CQE_F_* bits; a buffer id above bit 16."),
      field("big_cqe", cqe.CQE_BIG, "u64", "More of the result, if the opcode has more.", {
        count: 2,
      }),
    ],
  },
];
