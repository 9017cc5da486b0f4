/** Flags of a CQE and of the two rings. */

export const IORING_CQE_F_BUFFER = 1;
export const IORING_CQE_F_MORE = 2;
export const IORING_CQE_F_SOCK_NONEMPTY = 4;
export const IORING_CQE_F_NOTIF = 8;
export const IORING_CQE_F_BUF_MORE = 0x10;
export const IORING_CQE_F_SKIP = 0x20;
export const IORING_CQE_F_32 = 0x8000;
export const IORING_CQE_BUFFER_SHIFT = 0x10;
export const IORING_SQ_NEED_WAKEUP = 1;
export const IORING_SQ_CQ_OVERFLOW = 2;
export const IORING_SQ_TASKRUN = 4;
export const IORING_CQ_EVENTFD_DISABLED = 1;
export const IORING_CQE_F_TSTAMP_HW = 0x10000;
export const IORING_TIMESTAMP_HW_SHIFT = 0x10;
export const IORING_TIMESTAMP_TYPE_SHIFT = 0x11;

// Byte offsets in `struct io_uring_cqe`.
export const CQE_SIZE = 16;
export const CQE32_SIZE = 32;
export const CQE_USER_DATA = 0;
export const CQE_RES = 8;
export const CQE_FLAGS = 12;
export const CQE_BIG = 16; // big_cqe: two u64 more, in a 32-byte CQE
