/** Constants of io_uring_register(2), apart from its opcodes. */
import * as register from "../abi/register.ts";
import * as query from "../abi/query.ts";
import { constant, type ConstantGroup } from "./row.ts";

/** Bit and end of the register opcodes. */
export const REGISTER_NUMBERS: ConstantGroup = {
  name: "register opcodes",
  place: "opcode of io_uring_register(2)",
  kind: "numbers",
  rows: [
    constant(
      "IORING_REGISTER_USE_REGISTERED_RING",
      register.IORING_REGISTER_USE_REGISTERED_RING,
      "6.3",
      "io_uring_register(2)",
      "The descriptor is the index of a registered ring.",
    ),
    {
      ...constant(
        "IORING_REGISTER_LAST",
        register.IORING_REGISTER_LAST,
        "5.2",
        "io_uring_register(2)",
        "One above the highest opcode.",
      ),
      grows: true,
    },
  ],
};

/** Flags of REGISTER_FILES2 and REGISTER_BUFFERS2. */
export const RESOURCE_FLAGS: ConstantGroup = {
  name: "resource flags",
  place: "io_uring_rsrc_register.flags",
  kind: "bits",
  rows: [
    constant(
      "IORING_RSRC_REGISTER_SPARSE",
      register.IORING_RSRC_REGISTER_SPARSE,
      "5.19",
      "io_uring_register(2)",
      "A table of empty slots.",
    ),
  ],
};

/** What an update of the file table can hold instead of a descriptor. */
export const FILE_UPDATE_VALUES: ConstantGroup = {
  name: "file update values",
  place: "the array of descriptors",
  kind: "values",
  rows: [
    constant(
      "IORING_REGISTER_FILES_SKIP",
      register.IORING_REGISTER_FILES_SKIP,
      "5.12",
      "io_uring_register_files(3)",
      "Leave the slot alone (-2 as a 32-bit number).",
    ),
  ],
};

/** What a probe says of an opcode. */
export const PROBE_FLAGS_GROUP: ConstantGroup = {
  name: "probe flags",
  place: "io_uring_probe_op.flags",
  kind: "bits",
  rows: [
    constant(
      "IO_URING_OP_SUPPORTED",
      register.IO_URING_OP_SUPPORTED,
      "5.6",
      "io_uring_register(2)",
      "This kernel has the opcode.",
    ),
  ],
};

/** The two kinds of worker threads. */
export const WORKER_TYPES: ConstantGroup = {
  name: "worker types",
  place: "index into the counts of IOWQ_MAX_WORKERS",
  kind: "values",
  rows: [
    constant(
      "IO_WQ_BOUND",
      register.IO_WQ_BOUND,
      "5.15",
      "io_uring_register_iowq_max_workers(3)",
      "For work of bounded time: regular files and block devices.",
    ),
    constant(
      "IO_WQ_UNBOUND",
      register.IO_WQ_UNBOUND,
      "5.15",
      "io_uring_register_iowq_max_workers(3)",
      "For work that may wait for ever: sockets, pipes.",
    ),
  ],
};

/** Where the memory of a region comes from. */
export const MEM_REGION_TYPES: ConstantGroup = {
  name: "region types",
  place: "io_uring_region_desc.flags",
  kind: "bits",
  rows: [
    constant(
      "IORING_MEM_REGION_TYPE_USER",
      register.IORING_MEM_REGION_TYPE_USER,
      "6.13",
      "io_uring_register_region(3)",
      "From user_addr; without it the kernel allocates.",
    ),
  ],
};

/** What a region is for. */
export const MEM_REGION_FLAGS: ConstantGroup = {
  name: "region flags",
  place: "io_uring_mem_region_reg.flags",
  kind: "bits",
  rows: [
    constant(
      "IORING_MEM_REGION_REG_WAIT_ARG",
      register.IORING_MEM_REGION_REG_WAIT_ARG,
      "6.13",
      "io_uring_register_region(3)",
      "It holds wait arguments.",
    ),
  ],
};

/** Flags of CLONE_BUFFERS. */
export const CLONE_FLAGS: ConstantGroup = {
  name: "clone flags",
  place: "io_uring_clone_buffers.flags",
  kind: "bits",
  rows: [
    constant(
      "IORING_REGISTER_SRC_REGISTERED",
      register.IORING_REGISTER_SRC_REGISTERED,
      "6.12",
      "io_uring_clone_buffers(3)",
      "The source is the index of a registered ring.",
    ),
    constant(
      "IORING_REGISTER_DST_REPLACE",
      register.IORING_REGISTER_DST_REPLACE,
      "6.13",
      "io_uring_clone_buffers(3)",
      "Buffers that are in the way are replaced.",
    ),
  ],
};

/** How a buffer ring works. */
export const PBUF_RING_FLAGS: ConstantGroup = {
  name: "buffer ring flags",
  place: "io_uring_buf_reg.flags",
  kind: "bits",
  rows: [
    constant(
      "IOU_PBUF_RING_MMAP",
      register.IOU_PBUF_RING_MMAP,
      "6.4",
      "io_uring_register_buf_ring(3)",
      "The kernel allocates the ring; map it with IORING_OFF_PBUF_RING.",
    ),
    constant(
      "IOU_PBUF_RING_INC",
      register.IOU_PBUF_RING_INC,
      "6.12",
      "io_uring_register_buf_ring(3)",
      "Buffers are used up bit by bit.",
    ),
  ],
};

/** What a restriction is about. */
export const RESTRICTION_OPS: ConstantGroup = {
  name: "restriction opcodes",
  place: "io_uring_restriction.opcode",
  kind: "values",
  rows: [
    constant(
      "IORING_RESTRICTION_REGISTER_OP",
      register.IORING_RESTRICTION_REGISTER_OP,
      "5.10",
      "io_uring_register(2)",
      "Allows a register opcode.",
    ),
    constant(
      "IORING_RESTRICTION_SQE_OP",
      register.IORING_RESTRICTION_SQE_OP,
      "5.10",
      "io_uring_register(2)",
      "Allows an SQE opcode.",
    ),
    constant(
      "IORING_RESTRICTION_SQE_FLAGS_ALLOWED",
      register.IORING_RESTRICTION_SQE_FLAGS_ALLOWED,
      "5.10",
      "io_uring_register(2)",
      "Allows SQE flags.",
    ),
    constant(
      "IORING_RESTRICTION_SQE_FLAGS_REQUIRED",
      register.IORING_RESTRICTION_SQE_FLAGS_REQUIRED,
      "5.10",
      "io_uring_register(2)",
      "Requires SQE flags.",
    ),
  ],
};

/** What IORING_REGISTER_NAPI does. */
export const NAPI_OPS: ConstantGroup = {
  name: "NAPI opcodes",
  place: "io_uring_napi.opcode",
  kind: "values",
  rows: [
    constant(
      "IO_URING_NAPI_REGISTER_OP",
      register.IO_URING_NAPI_REGISTER_OP,
      "6.13",
      "io_uring_register(2)",
      "Sets busy polling up; op_param says how ids are tracked.",
    ),
    constant(
      "IO_URING_NAPI_STATIC_ADD_ID",
      register.IO_URING_NAPI_STATIC_ADD_ID,
      "6.13",
      "io_uring_register(2)",
      "Adds the id in op_param.",
    ),
    constant(
      "IO_URING_NAPI_STATIC_DEL_ID",
      register.IO_URING_NAPI_STATIC_DEL_ID,
      "6.13",
      "io_uring_register(2)",
      "Removes it.",
    ),
  ],
};

/** How the queues to poll are found. */
export const NAPI_TRACKING: ConstantGroup = {
  name: "NAPI tracking",
  place: "io_uring_napi.op_param",
  kind: "values",
  rows: [
    constant(
      "IO_URING_NAPI_TRACKING_DYNAMIC",
      register.IO_URING_NAPI_TRACKING_DYNAMIC,
      "6.13",
      "io_uring_register(2)",
      "By the sockets that are used.",
    ),
    constant(
      "IO_URING_NAPI_TRACKING_STATIC",
      register.IO_URING_NAPI_TRACKING_STATIC,
      "6.13",
      "io_uring_register(2)",
      "By the ids that were added.",
    ),
    constant(
      "IO_URING_NAPI_TRACKING_INACTIVE",
      register.IO_URING_NAPI_TRACKING_INACTIVE,
      "6.13",
      "io_uring_register(2)",
      "Not at all: what the kernel answers when it is off.",
    ),
  ],
};

/** What IORING_REGISTER_QUERY can be asked. */
export const QUERY_OPS: ConstantGroup = {
  name: "query opcodes",
  place: "io_uring_query_hdr.query_op",
  kind: "values",
  rows: [
    constant(
      "IO_URING_QUERY_OPCODES",
      query.IO_URING_QUERY_OPCODES,
      "6.18",
      "io_uring_register_query(3)",
      "Opcodes, features and flags.",
    ),
    constant(
      "IO_URING_QUERY_ZCRX",
      query.IO_URING_QUERY_ZCRX,
      "6.19",
      "io_uring_register_query(3)",
      "Zero-copy receive.",
    ),
    constant(
      "IO_URING_QUERY_SCQ",
      query.IO_URING_QUERY_SCQ,
      "6.19",
      "io_uring_register_query(3)",
      "The header of the two rings.",
    ),
  ],
};
