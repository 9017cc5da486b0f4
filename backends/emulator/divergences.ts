/**
 * Where the emulated kernel knowingly differs from Linux 6.18, as data.
 *
 * Nothing listed here is claimed by `features` or REGISTER_PROBE.
 */

/** One difference, and what a program sees of it. */
export interface Divergence {
  /** The interface concerned, by its name in the headers. */
  readonly what: string;
  readonly linux: string;
  readonly here: string;
}

export const divergences: readonly Divergence[] = [
  {
    what: "IORING_SETUP_IOPOLL, SQPOLL, SQ_AFF, ATTACH_WQ, NO_MMAP, REGISTERED_FD_ONLY, HYBRID_IOPOLL, CQE_MIXED",
    linux: "accepted under their own rules",
    here: "EINVAL, as from a kernel that does not know them",
  },
  {
    what: "opcodes that REGISTER_PROBE does not list",
    linux: "0 to 62 are supported",
    here: "EINVAL in the CQE",
  },
  {
    what: "io_uring_register opcodes other than PROBE, ENABLE_RINGS and SYNC_CANCEL",
    linux: "0 to 35 are supported",
    here: "EINVAL",
  },
  {
    what: "IORING_ENTER_REGISTERED_RING, EXT_ARG_REG",
    linux: "name what was registered",
    here: "nothing can be registered: EBADF, EFAULT",
  },
  {
    what: "IOSQE_FIXED_FILE, IOSQE_BUFFER_SELECT, direct descriptors, personalities",
    linux: "name what was registered",
    here: "nothing can be registered: EBADF, ENOBUFS, ENXIO or ENFILE, EINVAL",
  },
  {
    what: "IORING_ACCEPT_MULTISHOT, IORING_RECV_MULTISHOT, IORING_RECVSEND_BUNDLE, IORING_SEND_VECTORIZED",
    linux: "supported",
    here: "EINVAL, as from a kernel that does not know them",
  },
  {
    what: "RWF_APPEND, RWF_NOAPPEND, RWF_ATOMIC, RWF_DONTCACHE, IORING_RW_ATTR_FLAG_PI",
    linux: "supported where the file supports them",
    here: "EOPNOTSUPP; EINVAL for the attribute",
  },
  {
    what: "IORING_NOP_CQE32",
    linux: "fills the second half of a 32-byte CQE",
    here: "EINVAL",
  },
  {
    what: "cancelling work that a worker runs",
    linux: "some blocking work is interrupted and ends with EINTR or -512",
    here: "EALREADY is always followed by the target's own result",
  },
  {
    what: "signals",
    linux: "end a wait with EINTR; sigmask is applied",
    here: "there are none; sigmask is checked and ignored",
  },
  {
    what: "threads",
    linux: "SINGLE_ISSUER refuses other tasks with EEXIST",
    here: "one thread: no other task exists",
  },
];
