/** Constants of a CQE. */
import * as cqe from "../abi/cqe.ts";
import { constant, type ConstantGroup } from "./row.ts";

/** What a CQE says beside its result. */
export const CQE_FLAGS_GROUP: ConstantGroup = {
  name: "CQE flags",
  place: "cqe.flags",
  kind: "bits",
  rows: [
    constant(
      "IORING_CQE_F_BUFFER",
      cqe.IORING_CQE_F_BUFFER,
      "5.7",
      "io_uring_enter(2)",
      "Bits 16 to 31 hold the id of the buffer that was used.",
    ),
    constant(
      "IORING_CQE_F_MORE",
      cqe.IORING_CQE_F_MORE,
      "5.13",
      "io_uring_enter(2)",
      "The request will post further CQEs.",
    ),
    constant(
      "IORING_CQE_F_SOCK_NONEMPTY",
      cqe.IORING_CQE_F_SOCK_NONEMPTY,
      "5.19",
      "io_uring_enter(2)",
      "The socket has more to read, or to accept.",
    ),
    constant(
      "IORING_CQE_F_NOTIF",
      cqe.IORING_CQE_F_NOTIF,
      "6.0",
      "io_uring_enter(2)",
      "The notification of a zero-copy send: its buffer is free.",
    ),
    constant(
      "IORING_CQE_F_BUF_MORE",
      cqe.IORING_CQE_F_BUF_MORE,
      "6.12",
      "io_uring_enter(2)",
      "The kernel goes on using the buffer (incremental groups).",
    ),
    constant(
      "IORING_CQE_F_SKIP",
      cqe.IORING_CQE_F_SKIP,
      "6.18",
      "io_uring_enter(2)",
      "A filler before the end of the ring: ignore it.",
    ),
    constant(
      "IORING_CQE_F_32",
      cqe.IORING_CQE_F_32,
      "6.18",
      "io_uring_enter(2)",
      "A 32-byte CQE on a ring of mixed sizes.",
    ),
  ],
};

/** How numbers are packed into the flags of a CQE. */
export const CQE_NUMBERS: ConstantGroup = {
  name: "CQE shifts",
  place: "cqe.flags",
  kind: "numbers",
  rows: [
    constant(
      "IORING_CQE_BUFFER_SHIFT",
      cqe.IORING_CQE_BUFFER_SHIFT,
      "5.7",
      "io_uring_enter(2)",
      "Where the buffer id starts.",
    ),
    constant(
      "IORING_TIMESTAMP_HW_SHIFT",
      cqe.IORING_TIMESTAMP_HW_SHIFT,
      "6.17",
      "io_uring_prep_cmd_sock(3)",
      "Bit that says a timestamp comes from hardware.",
    ),
    constant(
      "IORING_TIMESTAMP_TYPE_SHIFT",
      cqe.IORING_TIMESTAMP_TYPE_SHIFT,
      "6.17",
      "io_uring_prep_cmd_sock(3)",
      "Where the type of a timestamp starts.",
    ),
    constant(
      "IORING_CQE_F_TSTAMP_HW",
      cqe.IORING_CQE_F_TSTAMP_HW,
      "6.17",
      "io_uring_prep_cmd_sock(3)",
      "The timestamp comes from hardware.",
    ),
  ],
};
