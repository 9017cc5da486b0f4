/** Limits that the kernel keeps and its header does not name. The names are the kernel's own. */

/** Most SQ entries of a ring (SETUP-22). */
export const IORING_MAX_ENTRIES = 32768;
/** Most CQ entries of a ring (SETUP-23). */
export const IORING_MAX_CQ_ENTRIES = 65536;
/** Most slots of a file table (FILE-1). */
export const IORING_MAX_FIXED_FILES = 0x100000;
/** Most registered buffers (RBUF-1). */
export const IORING_MAX_REG_BUFFERS = 16384;
/** Most restrictions of a ring: kinds, register opcodes and opcodes of 6.18 (RESTRICT-3). */
export const IORING_MAX_RESTRICTIONS = 103;
/** Registered ring descriptors of a task (REG-27). */
export const IO_RINGFD_REG_MAX = 16;
/** Most buffers that PROVIDE_BUFFERS takes, and one above the highest buffer id (BUF-1). */
export const MAX_BIDS_PER_BGID = 65536;
/** Most entries of a buffer ring (BUF-10). */
export const MAX_PBUF_RING_ENTRIES = 32768;
/** Longest registered buffer (RBUF-1). */
export const MAX_REGISTERED_BUFFER_BYTES = 0x40000000;
/** Most bytes that one read or write moves; more are asked for, fewer are done. */
export const MAX_RW_COUNT = 0x7ffff000;
/** Longest sockaddr that the kernel takes. */
export const SOCKADDR_STORAGE_SIZE = 128;
