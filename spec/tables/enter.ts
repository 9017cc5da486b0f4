/** Constants of io_uring_enter(2), apart from the SQE. */
import * as enter from "../abi/enter.ts";
import * as register from "../abi/register.ts";
import { constant, type ConstantGroup } from "./row.ts";

/** How to enter the ring. */
export const ENTER_FLAGS: ConstantGroup = {
  name: "enter flags",
  place: "flags of io_uring_enter(2)",
  kind: "bits",
  rows: [
    constant(
      "IORING_ENTER_GETEVENTS",
      enter.IORING_ENTER_GETEVENTS,
      "5.1",
      "io_uring_enter(2)",
      "Wait for min_complete completions; with 0, post what is pending.",
    ),
    constant(
      "IORING_ENTER_SQ_WAKEUP",
      enter.IORING_ENTER_SQ_WAKEUP,
      "5.1",
      "io_uring_enter(2)",
      "Wake the SQPOLL thread.",
    ),
    constant(
      "IORING_ENTER_SQ_WAIT",
      enter.IORING_ENTER_SQ_WAIT,
      "5.10",
      "io_uring_enter(2)",
      "Wait until the SQ of an SQPOLL ring has room.",
    ),
    constant(
      "IORING_ENTER_EXT_ARG",
      enter.IORING_ENTER_EXT_ARG,
      "5.11",
      "io_uring_enter(2)",
      "The argument is struct io_uring_getevents_arg.",
    ),
    constant(
      "IORING_ENTER_REGISTERED_RING",
      enter.IORING_ENTER_REGISTERED_RING,
      "5.18",
      "io_uring_enter(2)",
      "The descriptor is the index of a registered ring.",
    ),
    constant(
      "IORING_ENTER_ABS_TIMER",
      enter.IORING_ENTER_ABS_TIMER,
      "6.12",
      "io_uring_enter(2)",
      "The timeout is a point on the clock of the ring.",
    ),
    constant(
      "IORING_ENTER_EXT_ARG_REG",
      enter.IORING_ENTER_EXT_ARG_REG,
      "6.13",
      "io_uring_enter(2)",
      "The argument is an offset into the registered wait region.",
    ),
    constant(
      "IORING_ENTER_NO_IOWAIT",
      enter.IORING_ENTER_NO_IOWAIT,
      "6.15",
      "io_uring_enter(2)",
      "Waiting does not count as waiting for I/O.",
    ),
  ],
};

/** Flags of a registered wait argument. */
export const REG_WAIT_FLAGS_GROUP: ConstantGroup = {
  name: "registered wait flags",
  place: "io_uring_reg_wait.flags",
  kind: "bits",
  rows: [
    constant(
      "IORING_REG_WAIT_TS",
      register.IORING_REG_WAIT_TS,
      "6.13",
      "io_uring_submit_and_wait_reg(3)",
      "ts holds a timeout.",
    ),
  ],
};
