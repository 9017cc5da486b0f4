/**
 * What the kernel notes of a request, `request.bits`. They begin as the SQE's own flags, IOSQE_*,
 * which are bits 0 to 7; the bits from 8 on are the kernel's.
 */

/** The request failed: breaks a soft chain. */
export const BIT_FAIL = 0x100;
/** Its failure also silences the cancelled rest of the chain (SKIP-3). */
export const BIT_SKIP_LINKS = 0x200;
/** A LINK_TIMEOUT follows it, not yet started. */
export const BIT_ARM_LINK_TIMEOUT = 0x400;
/** Its LINK_TIMEOUT runs. */
export const BIT_LINK_TIMEOUT = 0x800;
/** A cancellation came too late: the request ends with its own result. */
export const BIT_UNCANCELLABLE = 0x1000;
/** Would rather fail with EAGAIN than wait. */
export const BIT_NOWAIT = 0x2000;
/** Stays armed after a completion. */
export const BIT_MULTISHOT = 0x4000;
/** Has been waiting for its file at least once (REQ_F_POLLED). */
export const BIT_POLLED = 0x8000;
/** A worker ran it, or a member of its chain before it. */
export const BIT_WORKER = 0x10000;
/** It blocks the worker that runs it, instead of being armed: a cancellation interrupts it. */
export const BIT_BLOCKING = 0x20000;
/** Its worker was told to stop, and will find EINTR. */
export const BIT_INTERRUPTED = 0x40000;
/** Its memory is a registered buffer, which it finds when it is issued. */
export const BIT_FIXED_BUFFER = 0x80000;
/** It was cancelled before its worker began with it: the worker will find ECANCELED. */
export const BIT_STOPPED = 0x100000;
/** The worker that ran the one before it in its chain is to issue it. */
export const BIT_UNISSUED = 0x200000;
/** Its worker is done with it, but for the CQE. */
export const BIT_EXECUTED = 0x400000;
/** Its LINK_TIMEOUT has fired, and lets go of it in task work: until then it cannot end. */
export const BIT_HELD = 0x800000;
/** A worker gave it its result: an eventfd for workers is signalled for it. */
export const BIT_BY_WORKER = 0x1000000;
/** It waited for its file, and is cancelled: until its task work runs it can still be found. */
export const BIT_CANCELLED = 0x2000000;
/** A read or write that brings metadata (IORING_RW_ATTR_FLAG_PI). */
export const BIT_METADATA = 0x4000000;
/** It was woken where it was parked: a wake-up or a cancellation comes too late. */
export const BIT_PARKED_WOKEN = 0x8000000;
/** A poll with EPOLLEXCLUSIVE: of several on a file, a wake-up reaches one. */
export const BIT_EXCLUSIVE = 0x10000000;
/** A SEND of bundles: it may post several CQEs, which a worker may not (BUF-71). */
export const BIT_BUNDLES = 0x20000000;
/** It would have ended, but for BIT_HELD. */
export const BIT_ENDED = 0x40000000;
