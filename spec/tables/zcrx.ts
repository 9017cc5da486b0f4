/** Constants of zero-copy receive and of BPF filters. */
import * as zcrx from "../abi/zcrx.ts";
import * as bpf from "../abi/bpf-filter.ts";
import { constant, type ConstantGroup } from "./row.ts";

/** How an offset into a receive area is packed. */
export const ZCRX_NUMBERS: ConstantGroup = {
  name: "zcrx offsets",
  place: "io_uring_zcrx_cqe.off",
  kind: "numbers",
  rows: [
    constant(
      "IORING_ZCRX_AREA_SHIFT",
      zcrx.IORING_ZCRX_AREA_SHIFT,
      "6.15",
      "io_uring_register_ifq(3)",
      "Where the id of the area starts.",
    ),
    constant(
      "IORING_ZCRX_AREA_MASK",
      zcrx.IORING_ZCRX_AREA_MASK,
      "6.15",
      "io_uring_register_ifq(3)",
      "The bits of the id, 64 wide.",
    ),
  ],
};

/** Flags of a receive area. */
export const ZCRX_AREA_FLAGS: ConstantGroup = {
  name: "zcrx area flags",
  place: "io_uring_zcrx_area_reg.flags",
  kind: "bits",
  rows: [
    constant(
      "IORING_ZCRX_AREA_DMABUF",
      zcrx.IORING_ZCRX_AREA_DMABUF,
      "6.16",
      "io_uring_register_ifq(3)",
      "The area is the dma-buf in dmabuf_fd.",
    ),
  ],
};

/** Flags of a receive queue. */
export const ZCRX_REG_FLAGS: ConstantGroup = {
  name: "zcrx registration flags",
  place: "io_uring_zcrx_ifq_reg.flags",
  kind: "bits",
  rows: [
    constant(
      "ZCRX_REG_IMPORT",
      zcrx.ZCRX_REG_IMPORT,
      "6.19",
      "io_uring_register_ifq(3)",
      "Takes over a queue that another ring exported.",
    ),
    constant(
      "ZCRX_REG_NODEV",
      zcrx.ZCRX_REG_NODEV,
      "7.1",
      "io_uring_register_ifq(3)",
      "No network device: everything is copied.",
    ),
  ],
};

/** What a kernel can do. */
export const ZCRX_FEATURES: ConstantGroup = {
  name: "zcrx features",
  place: "io_uring_query_zcrx.features",
  kind: "bits",
  rows: [
    constant(
      "ZCRX_FEATURE_RX_PAGE_SIZE",
      zcrx.ZCRX_FEATURE_RX_PAGE_SIZE,
      "7.0",
      "io_uring_register_query(3)",
      "rx_buf_len can be asked for.",
    ),
  ],
};

/** What IORING_REGISTER_ZCRX_CTRL does. */
export const ZCRX_CTRL_OPS: ConstantGroup = {
  name: "zcrx control opcodes",
  place: "zcrx_ctrl.op",
  kind: "values",
  rows: [
    constant(
      "ZCRX_CTRL_FLUSH_RQ",
      zcrx.ZCRX_CTRL_FLUSH_RQ,
      "6.19",
      "io_uring_register_zcrx_ctrl(3)",
      "Takes what waits in the refill queue.",
    ),
    constant(
      "ZCRX_CTRL_EXPORT",
      zcrx.ZCRX_CTRL_EXPORT,
      "6.19",
      "io_uring_register_zcrx_ctrl(3)",
      "Makes a descriptor that another ring can import.",
    ),
  ],
};

/** Flags of a BPF filter. */
export const BPF_FILTER_FLAGS: ConstantGroup = {
  name: "BPF filter flags",
  place: "io_uring_bpf_filter.flags",
  kind: "bits",
  rows: [
    constant(
      "IO_URING_BPF_FILTER_DENY_REST",
      bpf.IO_URING_BPF_FILTER_DENY_REST,
      "7.0",
      "io_uring_register_bpf_filter(3)",
      "Opcodes without a filter are denied.",
    ),
    constant(
      "IO_URING_BPF_FILTER_SZ_STRICT",
      bpf.IO_URING_BPF_FILTER_SZ_STRICT,
      "7.0",
      "io_uring_register_bpf_filter(3)",
      "A different idea of pdu_size is an error.",
    ),
  ],
};

/** What IORING_REGISTER_BPF_FILTER does. */
export const BPF_COMMANDS: ConstantGroup = {
  name: "BPF commands",
  place: "io_uring_bpf.cmd_type",
  kind: "values",
  rows: [
    constant(
      "IO_URING_BPF_CMD_FILTER",
      bpf.IO_URING_BPF_CMD_FILTER,
      "7.0",
      "io_uring_register_bpf_filter(3)",
      "Adds a filter.",
    ),
  ],
};
