/** Constants of io_uring_setup(2) and of the memory it maps. */
import * as setup from "../abi/setup.ts";
import * as cqe from "../abi/cqe.ts";
import { constant, type ConstantGroup } from "./row.ts";

/** What a ring is made with. */
export const SETUP_FLAGS: ConstantGroup = {
  name: "setup flags",
  place: "io_uring_params.flags",
  kind: "bits",
  rows: [
    constant(
      "IORING_SETUP_IOPOLL",
      setup.IORING_SETUP_IOPOLL,
      "5.1",
      "io_uring_setup(2)",
      "Completions of storage I/O are polled for, not interrupted for.",
    ),
    constant(
      "IORING_SETUP_SQPOLL",
      setup.IORING_SETUP_SQPOLL,
      "5.1",
      "io_uring_setup(2)",
      "A kernel thread takes SQEs by itself.",
    ),
    constant(
      "IORING_SETUP_SQ_AFF",
      setup.IORING_SETUP_SQ_AFF,
      "5.1",
      "io_uring_setup(2)",
      "That thread is bound to the CPU in sq_thread_cpu.",
    ),
    constant(
      "IORING_SETUP_CQSIZE",
      setup.IORING_SETUP_CQSIZE,
      "5.5",
      "io_uring_setup(2)",
      "cq_entries says how large the CQ is to be.",
    ),
    constant(
      "IORING_SETUP_CLAMP",
      setup.IORING_SETUP_CLAMP,
      "5.6",
      "io_uring_setup(2)",
      "Sizes above the limits become the limits.",
    ),
    constant(
      "IORING_SETUP_ATTACH_WQ",
      setup.IORING_SETUP_ATTACH_WQ,
      "5.6",
      "io_uring_setup(2)",
      "Shares the worker threads of the ring wq_fd.",
    ),
    constant(
      "IORING_SETUP_R_DISABLED",
      setup.IORING_SETUP_R_DISABLED,
      "5.10",
      "io_uring_setup(2)",
      "The ring takes registrations only, until it is enabled.",
    ),
    constant(
      "IORING_SETUP_SUBMIT_ALL",
      setup.IORING_SETUP_SUBMIT_ALL,
      "5.18",
      "io_uring_setup(2)",
      "A rejected SQE does not end the batch.",
    ),
    constant(
      "IORING_SETUP_COOP_TASKRUN",
      setup.IORING_SETUP_COOP_TASKRUN,
      "5.19",
      "io_uring_setup(2)",
      "Completions wait for the task to enter the kernel by itself.",
    ),
    constant(
      "IORING_SETUP_TASKRUN_FLAG",
      setup.IORING_SETUP_TASKRUN_FLAG,
      "5.19",
      "io_uring_setup(2)",
      "IORING_SQ_TASKRUN is set while completions wait so.",
    ),
    constant(
      "IORING_SETUP_SQE128",
      setup.IORING_SETUP_SQE128,
      "5.19",
      "io_uring_setup(2)",
      "SQEs are 128 bytes.",
    ),
    constant(
      "IORING_SETUP_CQE32",
      setup.IORING_SETUP_CQE32,
      "5.19",
      "io_uring_setup(2)",
      "CQEs are 32 bytes.",
    ),
    constant(
      "IORING_SETUP_SINGLE_ISSUER",
      setup.IORING_SETUP_SINGLE_ISSUER,
      "6.0",
      "io_uring_setup(2)",
      "Only one task submits.",
    ),
    constant(
      "IORING_SETUP_DEFER_TASKRUN",
      setup.IORING_SETUP_DEFER_TASKRUN,
      "6.1",
      "io_uring_setup(2)",
      "Completions are posted only when the owner asks for events.",
    ),
    constant(
      "IORING_SETUP_NO_MMAP",
      setup.IORING_SETUP_NO_MMAP,
      "6.5",
      "io_uring_setup(2)",
      "The application gives the memory of the rings.",
    ),
    constant(
      "IORING_SETUP_REGISTERED_FD_ONLY",
      setup.IORING_SETUP_REGISTERED_FD_ONLY,
      "6.5",
      "io_uring_setup(2)",
      "The result is a registered index, and there is no descriptor.",
    ),
    constant(
      "IORING_SETUP_NO_SQARRAY",
      setup.IORING_SETUP_NO_SQARRAY,
      "6.6",
      "io_uring_setup(2)",
      "SQEs are taken in order, without the index array.",
    ),
    constant(
      "IORING_SETUP_HYBRID_IOPOLL",
      setup.IORING_SETUP_HYBRID_IOPOLL,
      "6.13",
      "io_uring_setup(2)",
      "Polling for storage completions sleeps first.",
    ),
    constant(
      "IORING_SETUP_CQE_MIXED",
      setup.IORING_SETUP_CQE_MIXED,
      "6.18",
      "io_uring_setup(2)",
      "CQEs of 16 and of 32 bytes in one ring.",
    ),
    constant(
      "IORING_SETUP_SQE_MIXED",
      setup.IORING_SETUP_SQE_MIXED,
      "6.19",
      "io_uring_setup(2)",
      "SQEs of 64 and of 128 bytes in one ring.",
    ),
    constant(
      "IORING_SETUP_SQ_REWIND",
      setup.IORING_SETUP_SQ_REWIND,
      "7.0",
      "io_uring_setup(2)",
      "Each batch starts at index 0 of the SQ; head and tail stay 0.",
    ),
  ],
};

/** What a kernel says of itself when a ring is made. */
export const FEATURES: ConstantGroup = {
  name: "features",
  place: "io_uring_params.features",
  kind: "bits",
  rows: [
    constant(
      "IORING_FEAT_SINGLE_MMAP",
      setup.IORING_FEAT_SINGLE_MMAP,
      "5.4",
      "io_uring_setup(2)",
      "One mapping holds both rings.",
    ),
    constant(
      "IORING_FEAT_NODROP",
      setup.IORING_FEAT_NODROP,
      "5.5",
      "io_uring_setup(2)",
      "A full CQ loses nothing: completions wait in a backlog.",
    ),
    constant(
      "IORING_FEAT_SUBMIT_STABLE",
      setup.IORING_FEAT_SUBMIT_STABLE,
      "5.5",
      "io_uring_setup(2)",
      "What an SQE points to, data apart, is copied at submission.",
    ),
    constant(
      "IORING_FEAT_RW_CUR_POS",
      setup.IORING_FEAT_RW_CUR_POS,
      "5.6",
      "io_uring_setup(2)",
      "off = -1 means the file position.",
    ),
    constant(
      "IORING_FEAT_CUR_PERSONALITY",
      setup.IORING_FEAT_CUR_PERSONALITY,
      "5.6",
      "io_uring_setup(2)",
      "A request runs under the credentials of who submits it.",
    ),
    constant(
      "IORING_FEAT_FAST_POLL",
      setup.IORING_FEAT_FAST_POLL,
      "5.7",
      "io_uring_setup(2)",
      "What would block waits on a poll, not in a thread.",
    ),
    constant(
      "IORING_FEAT_POLL_32BITS",
      setup.IORING_FEAT_POLL_32BITS,
      "5.9",
      "io_uring_setup(2)",
      "POLL_ADD takes 32 event bits.",
    ),
    constant(
      "IORING_FEAT_SQPOLL_NONFIXED",
      setup.IORING_FEAT_SQPOLL_NONFIXED,
      "5.11",
      "io_uring_setup(2)",
      "SQPOLL rings take plain descriptors.",
    ),
    constant(
      "IORING_FEAT_EXT_ARG",
      setup.IORING_FEAT_EXT_ARG,
      "5.11",
      "io_uring_setup(2)",
      "io_uring_enter(2) takes a timeout beside the signal mask.",
    ),
    constant(
      "IORING_FEAT_NATIVE_WORKERS",
      setup.IORING_FEAT_NATIVE_WORKERS,
      "5.12",
      "io_uring_setup(2)",
      "Worker threads are threads of the process.",
    ),
    constant(
      "IORING_FEAT_RSRC_TAGS",
      setup.IORING_FEAT_RSRC_TAGS,
      "5.13",
      "io_uring_setup(2)",
      "Registered files and buffers can be tagged and updated.",
    ),
    constant(
      "IORING_FEAT_CQE_SKIP",
      setup.IORING_FEAT_CQE_SKIP,
      "5.17",
      "io_uring_setup(2)",
      "IOSQE_CQE_SKIP_SUCCESS works.",
    ),
    constant(
      "IORING_FEAT_LINKED_FILE",
      setup.IORING_FEAT_LINKED_FILE,
      "5.18",
      "io_uring_setup(2)",
      "A linked request looks its file up when it is issued.",
    ),
    constant(
      "IORING_FEAT_REG_REG_RING",
      setup.IORING_FEAT_REG_REG_RING,
      "6.3",
      "io_uring_setup(2)",
      "io_uring_register(2) takes a registered ring index.",
    ),
    constant(
      "IORING_FEAT_RECVSEND_BUNDLE",
      setup.IORING_FEAT_RECVSEND_BUNDLE,
      "6.10",
      "io_uring_setup(2)",
      "Sends and receives can take several buffers of a group.",
    ),
    constant(
      "IORING_FEAT_MIN_TIMEOUT",
      setup.IORING_FEAT_MIN_TIMEOUT,
      "6.12",
      "io_uring_setup(2)",
      "A wait can have a minimum time (min_wait_usec).",
    ),
    constant(
      "IORING_FEAT_RW_ATTR",
      setup.IORING_FEAT_RW_ATTR,
      "6.14",
      "io_uring_setup(2)",
      "Reads and writes can carry attributes.",
    ),
    constant(
      "IORING_FEAT_NO_IOWAIT",
      setup.IORING_FEAT_NO_IOWAIT,
      "6.15",
      "io_uring_setup(2)",
      "IORING_ENTER_NO_IOWAIT works.",
    ),
  ],
};

/** Which part of a ring mmap(2) maps. */
export const MMAP_OFFSETS: ConstantGroup = {
  name: "mmap offsets",
  place: "offset of mmap(2)",
  kind: "numbers",
  rows: [
    constant(
      "IORING_OFF_SQ_RING",
      setup.IORING_OFF_SQ_RING,
      "5.1",
      "io_uring_setup(2)",
      "The SQ ring, and with FEAT_SINGLE_MMAP the CQ ring behind it.",
    ),
    constant(
      "IORING_OFF_CQ_RING",
      setup.IORING_OFF_CQ_RING,
      "5.1",
      "io_uring_setup(2)",
      "The CQ ring.",
    ),
    constant(
      "IORING_OFF_SQES",
      setup.IORING_OFF_SQES,
      "5.1",
      "io_uring_setup(2)",
      "The array of SQEs.",
    ),
    constant(
      "IORING_OFF_PBUF_RING",
      setup.IORING_OFF_PBUF_RING,
      "6.4",
      "io_uring_register_buf_ring(3)",
      "A buffer ring that the kernel allocated; or in the group id, shifted.",
    ),
    constant(
      "IORING_OFF_PBUF_SHIFT",
      setup.IORING_OFF_PBUF_SHIFT,
      "6.4",
      "io_uring_register_buf_ring(3)",
      "How far to shift the group id.",
    ),
    constant(
      "IORING_OFF_MMAP_MASK",
      setup.IORING_OFF_MMAP_MASK,
      "6.4",
      "io_uring_register_buf_ring(3)",
      "The bits that say which part.",
    ),
  ],
};

/** What the kernel tells in the SQ ring. */
export const SQ_RING_FLAGS: ConstantGroup = {
  name: "SQ ring flags",
  place: "the u32 at sq_off.flags",
  kind: "bits",
  rows: [
    constant(
      "IORING_SQ_NEED_WAKEUP",
      cqe.IORING_SQ_NEED_WAKEUP,
      "5.1",
      "io_uring_setup(2)",
      "The SQPOLL thread sleeps: enter with IORING_ENTER_SQ_WAKEUP.",
    ),
    constant(
      "IORING_SQ_CQ_OVERFLOW",
      cqe.IORING_SQ_CQ_OVERFLOW,
      "5.8",
      "io_uring_setup(2)",
      "Completions wait in the backlog: enter with IORING_ENTER_GETEVENTS.",
    ),
    constant(
      "IORING_SQ_TASKRUN",
      cqe.IORING_SQ_TASKRUN,
      "5.19",
      "io_uring_setup(2)",
      "Completions wait for the task to enter the kernel.",
    ),
  ],
};

/** What the application tells in the CQ ring. */
export const CQ_RING_FLAGS: ConstantGroup = {
  name: "CQ ring flags",
  place: "the u32 at cq_off.flags",
  kind: "bits",
  rows: [
    constant(
      "IORING_CQ_EVENTFD_DISABLED",
      cqe.IORING_CQ_EVENTFD_DISABLED,
      "5.8",
      "io_uring_cq_eventfd_toggle(3)",
      "The registered eventfd is not signalled.",
    ),
  ],
};
