import { error, type ErrorUse, type FieldUse, use } from "./row.ts";

/** Fields that mean the same in every SQE. */
export const COMMON_FIELDS: readonly FieldUse[] = [
  use("opcode", "opcode", "an IORING_OP_* number"),
  use("flags", "flags", "IOSQE_* bits"),
  use("user_data", "user_data", "copied unchanged into every CQE of the request (SQ-10)"),
  use("personality", "personality", "0, or the id of registered credentials to run under"),
];

/**
 * What is checked of every SQE, in this order; the first check that fails gives
 * the result (ERR-1 to ERR-10). Only then come the opcode's own errors.
 */
export const COMMON_ERRORS: readonly ErrorUse[] = [
  error("EINVAL", "the opcode is not known (ERR-1)"),
  error("EINVAL", "bit 7 of flags is set (ERR-2)"),
  error("EOPNOTSUPP", "IOSQE_BUFFER_SELECT on an opcode without bufferSelect (ERR-3)"),
  error("EOPNOTSUPP", "IOSQE_IO_DRAIN on a ring that has seen IOSQE_CQE_SKIP_SUCCESS (ERR-4)"),
  error("EACCES", "the ring's restrictions forbid the opcode or its flags (ERR-5)"),
  error("EINVAL", "ioprio is set on an opcode that does not take it (ERR-6)"),
  error("EINVAL", "an opcode without iopoll on an IORING_SETUP_IOPOLL ring (ERR-7)"),
  error("EINVAL", "personality is not registered (ERR-8)"),
  error("EINVAL", "a field that the opcode checks and does not use is set (ERR-9)"),
  error("EFAULT", "a structure that is read at submission is not mapped (ERR-9)"),
  error("EBADF", "fd is not open, or the fixed slot is empty or out of range (ERR-10)"),
  error("ECANCELED", "the request was cancelled, or an earlier member of its chain failed"),
  error("EINTR", "a cancel interrupted the request while it ran in a worker thread"),
];
