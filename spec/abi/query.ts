/**
 * IORING_REGISTER_QUERY: what can be asked, and the structs asked with (linux/io_uring/query.h).
 */

export const IO_URING_QUERY_OPCODES = 0;
export const IO_URING_QUERY_ZCRX = 1;
export const IO_URING_QUERY_SCQ = 2;

// Byte offsets in `struct io_uring_query_hdr`.
export const QUERY_HDR_SIZE = 40;
export const QUERY_HDR_NEXT_ENTRY = 0;
export const QUERY_HDR_QUERY_DATA = 8;
export const QUERY_HDR_QUERY_OP = 16;
export const QUERY_HDR_DATA_SIZE = 20;
export const QUERY_HDR_RESULT = 24;
export const QUERY_HDR_RESV = 28;

// Byte offsets in `struct io_uring_query_opcode`.
export const QUERY_OPCODE_SIZE = 48;
export const QUERY_OPCODE_NR_REQUEST_OPCODES = 0;
export const QUERY_OPCODE_NR_REGISTER_OPCODES = 4;
export const QUERY_OPCODE_FEATURE_FLAGS = 8;
export const QUERY_OPCODE_RING_SETUP_FLAGS = 16;
export const QUERY_OPCODE_ENTER_FLAGS = 24;
export const QUERY_OPCODE_SQE_FLAGS = 32;
export const QUERY_OPCODE_NR_QUERY_OPCODES = 40;
export const QUERY_OPCODE_PAD = 44;
