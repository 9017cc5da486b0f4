/**
 * Byte offsets in the arguments of io_uring_register(2), and in the shared
 * memory that some of them set up. `spec/structs` describes every field.
 */

// `struct io_uring_files_update`, and `struct io_uring_rsrc_update` with `data` for `fds`.
export const FILES_UPDATE_SIZE = 16;
export const FILES_UPDATE_OFFSET = 0;
export const FILES_UPDATE_RESV = 4;
export const FILES_UPDATE_FDS = 8;

// `struct io_uring_rsrc_register`.
export const RSRC_REGISTER_SIZE = 32;
export const RSRC_REGISTER_NR = 0;
export const RSRC_REGISTER_FLAGS = 4;
export const RSRC_REGISTER_RESV2 = 8;
export const RSRC_REGISTER_DATA = 16;
export const RSRC_REGISTER_TAGS = 24;

// `struct io_uring_rsrc_update2`.
export const RSRC_UPDATE2_SIZE = 32;
export const RSRC_UPDATE2_OFFSET = 0;
export const RSRC_UPDATE2_RESV = 4;
export const RSRC_UPDATE2_DATA = 8;
export const RSRC_UPDATE2_TAGS = 16;
export const RSRC_UPDATE2_NR = 24;
export const RSRC_UPDATE2_RESV2 = 28;

// `struct io_uring_probe`, followed by `ops_len` entries of `struct io_uring_probe_op`.
export const PROBE_SIZE = 16;
export const PROBE_LAST_OP = 0;
export const PROBE_OPS_LEN = 1;
export const PROBE_RESV = 2;
export const PROBE_RESV2 = 4;
export const PROBE_OPS = 16;
export const PROBE_OP_SIZE = 8;
export const PROBE_OP_OP = 0;
export const PROBE_OP_RESV = 1;
export const PROBE_OP_FLAGS = 2;
export const PROBE_OP_RESV2 = 4;

// `struct io_uring_restriction`.
export const RESTRICTION_SIZE = 16;
export const RESTRICTION_OPCODE = 0;
export const RESTRICTION_OPERAND = 2; // register_op, sqe_op, sqe_flags
export const RESTRICTION_RESV = 3;
export const RESTRICTION_RESV2 = 4;

// `struct io_uring_buf`, an entry of a buffer ring. The ring's tail is `resv` of entry 0.
export const BUF_SIZE = 16;
export const BUF_ADDR = 0;
export const BUF_LEN = 8;
export const BUF_BID = 12;
export const BUF_RESV = 14;
export const BUF_RING_TAIL = 14;

// `struct io_uring_buf_reg`.
export const BUF_REG_SIZE = 40;
export const BUF_REG_RING_ADDR = 0;
export const BUF_REG_RING_ENTRIES = 8;
export const BUF_REG_BGID = 12;
export const BUF_REG_FLAGS = 14;
export const BUF_REG_MIN_LEFT = 16;
export const BUF_REG_RESV = 20;

// `struct io_uring_buf_status`.
export const BUF_STATUS_SIZE = 40;
export const BUF_STATUS_BUF_GROUP = 0;
export const BUF_STATUS_HEAD = 4;
export const BUF_STATUS_RESV = 8;

// `struct io_uring_sync_cancel_reg`.
export const SYNC_CANCEL_SIZE = 64;
export const SYNC_CANCEL_ADDR = 0;
export const SYNC_CANCEL_FD = 8;
export const SYNC_CANCEL_FLAGS = 12;
export const SYNC_CANCEL_TIMEOUT_SEC = 16;
export const SYNC_CANCEL_TIMEOUT_NSEC = 24;
export const SYNC_CANCEL_OPCODE = 32;
export const SYNC_CANCEL_PAD = 33;
export const SYNC_CANCEL_PAD2 = 40;

// `struct io_uring_file_index_range`.
export const FILE_INDEX_RANGE_SIZE = 16;
export const FILE_INDEX_RANGE_OFF = 0;
export const FILE_INDEX_RANGE_LEN = 4;
export const FILE_INDEX_RANGE_RESV = 8;

// `struct io_uring_clock_register`.
export const CLOCK_REGISTER_SIZE = 16;
export const CLOCK_REGISTER_CLOCKID = 0;
export const CLOCK_REGISTER_RESV = 4;

// `struct io_uring_clone_buffers`.
export const CLONE_BUFFERS_SIZE = 32;
export const CLONE_BUFFERS_SRC_FD = 0;
export const CLONE_BUFFERS_FLAGS = 4;
export const CLONE_BUFFERS_SRC_OFF = 8;
export const CLONE_BUFFERS_DST_OFF = 12;
export const CLONE_BUFFERS_NR = 16;
export const CLONE_BUFFERS_PAD = 20;

// `struct io_uring_region_desc`.
export const REGION_DESC_SIZE = 64;
export const REGION_DESC_USER_ADDR = 0;
export const REGION_DESC_BYTES = 8; // the kernel's name is `size`
export const REGION_DESC_FLAGS = 16;
export const REGION_DESC_ID = 20;
export const REGION_DESC_MMAP_OFFSET = 24;
export const REGION_DESC_RESV = 32;

// `struct io_uring_mem_region_reg`.
export const MEM_REGION_REG_SIZE = 32;
export const MEM_REGION_REG_REGION_UPTR = 0;
export const MEM_REGION_REG_FLAGS = 8;
export const MEM_REGION_REG_RESV = 16;

// `struct io_uring_napi`.
export const NAPI_SIZE = 16;
export const NAPI_BUSY_POLL_TO = 0;
export const NAPI_PREFER_BUSY_POLL = 4;
export const NAPI_OPCODE = 5;
export const NAPI_PAD = 6;
export const NAPI_OP_PARAM = 8;
export const NAPI_RESV = 12;

// `struct io_uring_recvmsg_out`, in front of what a multishot RECVMSG delivers.
export const RECVMSG_OUT_SIZE = 16;
export const RECVMSG_OUT_NAMELEN = 0;
export const RECVMSG_OUT_CONTROLLEN = 4;
export const RECVMSG_OUT_PAYLOADLEN = 8;
export const RECVMSG_OUT_FLAGS = 12;

// `struct io_uring_attr_pi`, which `sqe.attr_ptr` names.
export const ATTR_PI_SIZE = 32;
export const ATTR_PI_FLAGS = 0;
export const ATTR_PI_APP_TAG = 2;
export const ATTR_PI_LEN = 4;
export const ATTR_PI_ADDR = 8;
export const ATTR_PI_SEED = 16;
export const ATTR_PI_RSVD = 24;

// `struct io_uring_zcrx_ifq_reg`, and the sizes of what belongs to it.
export const ZCRX_IFQ_SIZE = 96;
export const ZCRX_IFQ_IF_IDX = 0;
export const ZCRX_IFQ_IF_RXQ = 4;
export const ZCRX_IFQ_RQ_ENTRIES = 8;
export const ZCRX_IFQ_FLAGS = 12;
export const ZCRX_IFQ_AREA_PTR = 16;
export const ZCRX_IFQ_REGION_PTR = 24;
export const ZCRX_IFQ_ID = 64;
export const ZCRX_IFQ_RESV = 68;
export const ZCRX_AREA_SIZE = 48;
export const ZCRX_RQE_SIZE = 16;
