/** Constants of an SQE. */
import * as sqe from "../abi/sqe.ts";
import { constant, type ConstantGroup } from "./row.ts";

/** Flags that every opcode understands. */
export const SQE_FLAGS_GROUP: ConstantGroup = {
  name: "SQE flags",
  place: "sqe.flags",
  kind: "bits",
  rows: [
    constant(
      "IOSQE_FIXED_FILE",
      sqe.IOSQE_FIXED_FILE,
      "5.1",
      "io_uring_enter(2)",
      "fd is a slot of the file table.",
    ),
    constant(
      "IOSQE_IO_DRAIN",
      sqe.IOSQE_IO_DRAIN,
      "5.2",
      "io_uring_enter(2)",
      "Issued only when everything before it has completed.",
    ),
    constant(
      "IOSQE_IO_LINK",
      sqe.IOSQE_IO_LINK,
      "5.3",
      "io_uring_enter(2)",
      "The next SQE is issued after this one; a failure cancels it.",
    ),
    constant(
      "IOSQE_IO_HARDLINK",
      sqe.IOSQE_IO_HARDLINK,
      "5.5",
      "io_uring_enter(2)",
      "As IO_LINK, and a failure does not cancel the next.",
    ),
    constant(
      "IOSQE_ASYNC",
      sqe.IOSQE_ASYNC,
      "5.6",
      "io_uring_enter(2)",
      "Goes to a worker thread at once.",
    ),
    constant(
      "IOSQE_BUFFER_SELECT",
      sqe.IOSQE_BUFFER_SELECT,
      "5.7",
      "io_uring_enter(2)",
      "The kernel picks a buffer of the group in buf_group.",
    ),
    constant(
      "IOSQE_CQE_SKIP_SUCCESS",
      sqe.IOSQE_CQE_SKIP_SUCCESS,
      "5.17",
      "io_uring_enter(2)",
      "No CQE when the request succeeds.",
    ),
  ],
};

/** A slot that the kernel picks. */
export const FILE_INDEX_VALUES: ConstantGroup = {
  name: "direct descriptors",
  place: "sqe.file_index",
  kind: "values",
  rows: [
    constant(
      "IORING_FILE_INDEX_ALLOC",
      sqe.IORING_FILE_INDEX_ALLOC,
      "5.19",
      "io_uring_registered_files(7)",
      "Any free slot; the result says which.",
    ),
  ],
};

/** Attributes of a read or write. */
export const RW_ATTRIBUTE_FLAGS: ConstantGroup = {
  name: "read and write attributes",
  place: "sqe.attr_type_mask",
  kind: "bits",
  rows: [
    constant(
      "IORING_RW_ATTR_FLAG_PI",
      sqe.IORING_RW_ATTR_FLAG_PI,
      "6.14",
      "io_uring_enter(2)",
      "attr_ptr names struct io_uring_attr_pi: protection information.",
    ),
  ],
};

/** Flags of NOP. */
export const NOP_FLAGS: ConstantGroup = {
  name: "NOP flags",
  place: "sqe.nop_flags",
  kind: "bits",
  rows: [
    constant(
      "IORING_NOP_INJECT_RESULT",
      sqe.IORING_NOP_INJECT_RESULT,
      "6.10",
      "io_uring_prep_nop(3)",
      "The result is len.",
    ),
    constant(
      "IORING_NOP_FILE",
      sqe.IORING_NOP_FILE,
      "6.13",
      "io_uring_prep_nop(3)",
      "fd is looked up.",
    ),
    constant(
      "IORING_NOP_FIXED_FILE",
      sqe.IORING_NOP_FIXED_FILE,
      "6.13",
      "io_uring_prep_nop(3)",
      "fd is a slot of the file table.",
    ),
    constant(
      "IORING_NOP_FIXED_BUFFER",
      sqe.IORING_NOP_FIXED_BUFFER,
      "6.13",
      "io_uring_prep_nop(3)",
      "buf_index is looked up.",
    ),
    constant(
      "IORING_NOP_TW",
      sqe.IORING_NOP_TW,
      "6.17",
      "io_uring_prep_nop(3)",
      "Completes through task work.",
    ),
    constant(
      "IORING_NOP_CQE32",
      sqe.IORING_NOP_CQE32,
      "6.18",
      "io_uring_prep_nop(3)",
      "Posts a 32-byte CQE with off and addr in it.",
    ),
  ],
};

/** Flags of FSYNC. */
export const FSYNC_FLAGS: ConstantGroup = {
  name: "FSYNC flags",
  place: "sqe.fsync_flags",
  kind: "bits",
  rows: [
    constant(
      "IORING_FSYNC_DATASYNC",
      sqe.IORING_FSYNC_DATASYNC,
      "5.1",
      "io_uring_prep_fsync(3)",
      "As fdatasync(2): without metadata that reading does not need.",
    ),
  ],
};

/** Flags of TIMEOUT, TIMEOUT_REMOVE and LINK_TIMEOUT. */
export const TIMEOUT_FLAGS: ConstantGroup = {
  name: "timeout flags",
  place: "sqe.timeout_flags",
  kind: "bits",
  rows: [
    constant(
      "IORING_TIMEOUT_ABS",
      sqe.IORING_TIMEOUT_ABS,
      "5.5",
      "io_uring_prep_timeout(3)",
      "The time is a point on the clock.",
    ),
    constant(
      "IORING_TIMEOUT_UPDATE",
      sqe.IORING_TIMEOUT_UPDATE,
      "5.11",
      "io_uring_prep_timeout_update(3)",
      "TIMEOUT_REMOVE changes the timeout.",
    ),
    constant(
      "IORING_TIMEOUT_BOOTTIME",
      sqe.IORING_TIMEOUT_BOOTTIME,
      "5.15",
      "io_uring_prep_timeout(3)",
      "The clock is CLOCK_BOOTTIME.",
    ),
    constant(
      "IORING_TIMEOUT_REALTIME",
      sqe.IORING_TIMEOUT_REALTIME,
      "5.15",
      "io_uring_prep_timeout(3)",
      "The clock is CLOCK_REALTIME.",
    ),
    constant(
      "IORING_LINK_TIMEOUT_UPDATE",
      sqe.IORING_LINK_TIMEOUT_UPDATE,
      "5.15",
      "io_uring_prep_timeout_update(3)",
      "TIMEOUT_REMOVE changes a LINK_TIMEOUT.",
    ),
    constant(
      "IORING_TIMEOUT_ETIME_SUCCESS",
      sqe.IORING_TIMEOUT_ETIME_SUCCESS,
      "5.16",
      "io_uring_prep_timeout(3)",
      "Expiry does not break a chain.",
    ),
    constant(
      "IORING_TIMEOUT_MULTISHOT",
      sqe.IORING_TIMEOUT_MULTISHOT,
      "6.4",
      "io_uring_prep_timeout(3)",
      "Fires again and again.",
    ),
    constant(
      "IORING_TIMEOUT_IMMEDIATE_ARG",
      sqe.IORING_TIMEOUT_IMMEDIATE_ARG,
      "7.1",
      "io_uring_prep_timeout(3)",
      "addr holds nanoseconds instead of an address.",
    ),
  ],
};

/** Bits of the timeout flags that belong together. */
export const TIMEOUT_MASKS: ConstantGroup = {
  name: "timeout masks",
  place: "sqe.timeout_flags",
  kind: "numbers",
  rows: [
    constant(
      "IORING_TIMEOUT_CLOCK_MASK",
      sqe.IORING_TIMEOUT_CLOCK_MASK,
      "5.15",
      "io_uring_prep_timeout(3)",
      "The clocks.",
    ),
    constant(
      "IORING_TIMEOUT_UPDATE_MASK",
      sqe.IORING_TIMEOUT_UPDATE_MASK,
      "5.15",
      "io_uring_prep_timeout_update(3)",
      "The updates.",
    ),
  ],
};

/** Flag of SPLICE and TEE beside those of splice(2). */
export const SPLICE_FLAGS: ConstantGroup = {
  name: "SPLICE flags",
  place: "sqe.splice_flags",
  kind: "bits",
  rows: [
    constant(
      "SPLICE_F_FD_IN_FIXED",
      sqe.SPLICE_F_FD_IN_FIXED,
      "5.7",
      "io_uring_prep_splice(3)",
      "splice_fd_in is a slot of the file table.",
    ),
  ],
};

/** Flags of POLL_ADD and POLL_REMOVE. */
export const POLL_FLAGS: ConstantGroup = {
  name: "poll flags",
  place: "sqe.len",
  kind: "bits",
  rows: [
    constant(
      "IORING_POLL_ADD_MULTI",
      sqe.IORING_POLL_ADD_MULTI,
      "5.13",
      "io_uring_prep_poll_add(3)",
      "Posts a CQE for each wake-up.",
    ),
    constant(
      "IORING_POLL_UPDATE_EVENTS",
      sqe.IORING_POLL_UPDATE_EVENTS,
      "5.13",
      "io_uring_prep_poll_update(3)",
      "POLL_REMOVE changes the events.",
    ),
    constant(
      "IORING_POLL_UPDATE_USER_DATA",
      sqe.IORING_POLL_UPDATE_USER_DATA,
      "5.13",
      "io_uring_prep_poll_update(3)",
      "POLL_REMOVE changes the user_data.",
    ),
    constant(
      "IORING_POLL_ADD_LEVEL",
      sqe.IORING_POLL_ADD_LEVEL,
      "6.0",
      "io_uring_prep_poll_add(3)",
      "Level triggered. Linux 6.18 refuses it (POLL-2).",
    ),
  ],
};

/** Flags of ASYNC_CANCEL and IORING_REGISTER_SYNC_CANCEL. */
export const CANCEL_FLAGS: ConstantGroup = {
  name: "cancel flags",
  place: "sqe.cancel_flags, io_uring_sync_cancel_reg.flags",
  kind: "bits",
  rows: [
    constant(
      "IORING_ASYNC_CANCEL_ALL",
      sqe.IORING_ASYNC_CANCEL_ALL,
      "5.19",
      "io_uring_prep_cancel(3)",
      "Every match, not one.",
    ),
    constant(
      "IORING_ASYNC_CANCEL_FD",
      sqe.IORING_ASYNC_CANCEL_FD,
      "5.19",
      "io_uring_prep_cancel(3)",
      "Matches the file.",
    ),
    constant(
      "IORING_ASYNC_CANCEL_ANY",
      sqe.IORING_ASYNC_CANCEL_ANY,
      "5.19",
      "io_uring_prep_cancel(3)",
      "Matches everything.",
    ),
    constant(
      "IORING_ASYNC_CANCEL_FD_FIXED",
      sqe.IORING_ASYNC_CANCEL_FD_FIXED,
      "6.0",
      "io_uring_prep_cancel(3)",
      "fd is a slot of the file table.",
    ),
    constant(
      "IORING_ASYNC_CANCEL_USERDATA",
      sqe.IORING_ASYNC_CANCEL_USERDATA,
      "6.6",
      "io_uring_prep_cancel(3)",
      "Matches user_data beside another key.",
    ),
    constant(
      "IORING_ASYNC_CANCEL_OP",
      sqe.IORING_ASYNC_CANCEL_OP,
      "6.6",
      "io_uring_prep_cancel(3)",
      "Matches the opcode.",
    ),
  ],
};

/** Flags of sends and receives. */
export const SEND_RECV_FLAGS: ConstantGroup = {
  name: "send and receive flags",
  place: "sqe.ioprio",
  kind: "bits",
  rows: [
    constant(
      "IORING_RECVSEND_POLL_FIRST",
      sqe.IORING_RECVSEND_POLL_FIRST,
      "5.19",
      "io_uring_prep_send(3)",
      "Waits for readiness before the first try.",
    ),
    constant(
      "IORING_RECV_MULTISHOT",
      sqe.IORING_RECV_MULTISHOT,
      "6.0",
      "io_uring_prep_recv(3)",
      "Receives again and again into buffers of a group.",
    ),
    constant(
      "IORING_RECVSEND_FIXED_BUF",
      sqe.IORING_RECVSEND_FIXED_BUF,
      "6.0",
      "io_uring_prep_send_zc(3)",
      "The buffer is part of a registered one.",
    ),
    constant(
      "IORING_SEND_ZC_REPORT_USAGE",
      sqe.IORING_SEND_ZC_REPORT_USAGE,
      "6.2",
      "io_uring_prep_send_zc(3)",
      "The F_NOTIF CQE says whether data was copied.",
    ),
    constant(
      "IORING_RECVSEND_BUNDLE",
      sqe.IORING_RECVSEND_BUNDLE,
      "6.10",
      "io_uring_prep_send(3)",
      "Takes as many buffers of the group as fit.",
    ),
    constant(
      "IORING_SEND_VECTORIZED",
      sqe.IORING_SEND_VECTORIZED,
      "6.17",
      "io_uring_prep_send(3)",
      "addr names an array of vectors.",
    ),
  ],
};

/** What the F_NOTIF CQE of a zero-copy send says. */
export const NOTIFICATION_RESULTS: ConstantGroup = {
  name: "notification results",
  place: "cqe.res",
  kind: "bits",
  rows: [
    constant(
      "IORING_NOTIF_USAGE_ZC_COPIED",
      sqe.IORING_NOTIF_USAGE_ZC_COPIED,
      "6.2",
      "io_uring_prep_send_zc(3)",
      "Some of the data was copied.",
    ),
  ],
};

/** Flags of ACCEPT. */
export const ACCEPT_FLAGS: ConstantGroup = {
  name: "ACCEPT flags",
  place: "sqe.ioprio",
  kind: "bits",
  rows: [
    constant(
      "IORING_ACCEPT_MULTISHOT",
      sqe.IORING_ACCEPT_MULTISHOT,
      "5.19",
      "io_uring_prep_accept(3)",
      "Accepts again and again.",
    ),
    constant(
      "IORING_ACCEPT_DONTWAIT",
      sqe.IORING_ACCEPT_DONTWAIT,
      "6.10",
      "io_uring_prep_accept(3)",
      "EAGAIN when no connection waits.",
    ),
    constant(
      "IORING_ACCEPT_POLL_FIRST",
      sqe.IORING_ACCEPT_POLL_FIRST,
      "6.10",
      "io_uring_prep_accept(3)",
      "Waits for readiness before the first try.",
    ),
  ],
};

/** What MSG_RING sends. */
export const MSG_RING_COMMANDS: ConstantGroup = {
  name: "MSG_RING commands",
  place: "sqe.addr",
  kind: "values",
  rows: [
    constant(
      "IORING_MSG_DATA",
      sqe.IORING_MSG_DATA,
      "6.0",
      "io_uring_prep_msg_ring(3)",
      "A res and a user_data.",
    ),
    constant(
      "IORING_MSG_SEND_FD",
      sqe.IORING_MSG_SEND_FD,
      "6.0",
      "io_uring_prep_msg_ring_fd(3)",
      "A file of the file table.",
    ),
  ],
};

/** Flags of MSG_RING. */
export const MSG_RING_FLAGS: ConstantGroup = {
  name: "MSG_RING flags",
  place: "sqe.msg_ring_flags",
  kind: "bits",
  rows: [
    constant(
      "IORING_MSG_RING_CQE_SKIP",
      sqe.IORING_MSG_RING_CQE_SKIP,
      "6.0",
      "io_uring_prep_msg_ring_fd(3)",
      "No CQE at the target (files only).",
    ),
    constant(
      "IORING_MSG_RING_FLAGS_PASS",
      sqe.IORING_MSG_RING_FLAGS_PASS,
      "6.3",
      "io_uring_prep_msg_ring_cqe_flags(3)",
      "The CQE at the target gets the flags in file_index.",
    ),
  ],
};

/** Flag of FIXED_FD_INSTALL. */
export const FIXED_FD_FLAGS: ConstantGroup = {
  name: "FIXED_FD_INSTALL flags",
  place: "sqe.install_fd_flags",
  kind: "bits",
  rows: [
    constant(
      "IORING_FIXED_FD_NO_CLOEXEC",
      sqe.IORING_FIXED_FD_NO_CLOEXEC,
      "6.8",
      "io_uring_prep_fixed_fd_install(3)",
      "The descriptor is not close-on-exec.",
    ),
  ],
};

/** Flags of URING_CMD. */
export const URING_CMD_FLAGS: ConstantGroup = {
  name: "URING_CMD flags",
  place: "sqe.uring_cmd_flags",
  kind: "bits",
  rows: [
    constant(
      "IORING_URING_CMD_FIXED",
      sqe.IORING_URING_CMD_FIXED,
      "6.1",
      "io_uring_prep_uring_cmd(3)",
      "The buffer is the registered one in buf_index.",
    ),
    constant(
      "IORING_URING_CMD_MULTISHOT",
      sqe.IORING_URING_CMD_MULTISHOT,
      "6.18",
      "io_uring_prep_uring_cmd(3)",
      "Posts many CQEs with buffers of a group.",
    ),
  ],
};

/** All flags of URING_CMD. */
export const URING_CMD_MASKS: ConstantGroup = {
  name: "URING_CMD mask",
  place: "sqe.uring_cmd_flags",
  kind: "numbers",
  rows: [
    {
      ...constant(
        "IORING_URING_CMD_MASK",
        sqe.IORING_URING_CMD_MASK,
        "6.7",
        "io_uring_prep_uring_cmd(3)",
        "The flags that Linux 6.18 knows; earlier ones know the first.",
      ),
      grows: true,
    },
  ],
};

/** What URING_CMD asks of a socket. */
export const SOCKET_COMMANDS: ConstantGroup = {
  name: "socket commands",
  place: "sqe.cmd_op",
  kind: "values",
  rows: [
    constant(
      "SOCKET_URING_OP_SIOCINQ",
      sqe.SOCKET_URING_OP_SIOCINQ,
      "6.7",
      "io_uring_prep_cmd_sock(3)",
      "Bytes that wait to be read.",
    ),
    constant(
      "SOCKET_URING_OP_SIOCOUTQ",
      sqe.SOCKET_URING_OP_SIOCOUTQ,
      "6.7",
      "io_uring_prep_cmd_sock(3)",
      "Bytes that wait to be sent.",
    ),
    constant(
      "SOCKET_URING_OP_GETSOCKOPT",
      sqe.SOCKET_URING_OP_GETSOCKOPT,
      "6.7",
      "io_uring_prep_cmd_sock(3)",
      "Reads an option, as getsockopt(2).",
    ),
    constant(
      "SOCKET_URING_OP_SETSOCKOPT",
      sqe.SOCKET_URING_OP_SETSOCKOPT,
      "6.7",
      "io_uring_prep_cmd_sock(3)",
      "Sets an option, as setsockopt(2).",
    ),
    constant(
      "SOCKET_URING_OP_TX_TIMESTAMP",
      sqe.SOCKET_URING_OP_TX_TIMESTAMP,
      "6.17",
      "io_uring_prep_cmd_sock(3)",
      "Delivers transmit timestamps, multishot.",
    ),
    constant(
      "SOCKET_URING_OP_GETSOCKNAME",
      sqe.SOCKET_URING_OP_GETSOCKNAME,
      "6.19",
      "io_uring_prep_cmd_getsockname(3)",
      "Reads the address, as getsockname(2).",
    ),
  ],
};
