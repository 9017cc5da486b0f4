/** io_uring_enter(2): flags. */

export const IORING_ENTER_GETEVENTS = 1;
export const IORING_ENTER_SQ_WAKEUP = 2;
export const IORING_ENTER_SQ_WAIT = 4;
export const IORING_ENTER_EXT_ARG = 8;
export const IORING_ENTER_REGISTERED_RING = 0x10;
export const IORING_ENTER_ABS_TIMER = 0x20;
export const IORING_ENTER_EXT_ARG_REG = 0x40;
export const IORING_ENTER_NO_IOWAIT = 0x80;

// Byte offsets in `struct io_uring_getevents_arg` (IORING_ENTER_EXT_ARG).
export const GETEVENTS_ARG_SIZE = 24;
export const GETEVENTS_ARG_SIGMASK = 0;
export const GETEVENTS_ARG_SIGMASK_SZ = 8;
export const GETEVENTS_ARG_MIN_WAIT_USEC = 12;
export const GETEVENTS_ARG_TS = 16;

// Byte offsets in `struct io_uring_reg_wait` (IORING_ENTER_EXT_ARG_REG).
export const REG_WAIT_SIZE = 64;
export const REG_WAIT_TS_SEC = 0;
export const REG_WAIT_TS_NSEC = 8;
export const REG_WAIT_MIN_WAIT_USEC = 16;
export const REG_WAIT_FLAGS = 20;
export const REG_WAIT_SIGMASK = 24;
export const REG_WAIT_SIGMASK_SZ = 32;
export const REG_WAIT_PAD = 36;
