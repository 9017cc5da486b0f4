/**
 * Where the emulated kernel knowingly differs from Linux 6.18, as data.
 *
 * Nothing listed here is claimed by `features` or REGISTER_PROBE.
 */

/** One difference, and what a program sees of it. */
export interface Divergence {
  /** The parts of the interface concerned, by their names in the headers where they have one. */
  readonly what: readonly string[];
  readonly linux: string;
  readonly here: string;
}

/** Every known difference. */
export const divergences: readonly Divergence[] = [
  {
    what: ["IORING_SETUP_NO_MMAP", "IORING_SETUP_REGISTERED_FD_ONLY"],
    linux: "accepted under their own rules",
    here: "EINVAL, as from a kernel that does not know them",
  },
  {
    what: ["IORING_SETUP_IOPOLL", "IORING_SETUP_HYBRID_IOPOLL"],
    linux: "reads and writes of some files opened with O_DIRECT are polled for",
    here: "no file can be polled for: EOPNOTSUPP, as from most files of Linux",
  },
  {
    what: ["REGISTER_IOWQ_AFF", "REGISTER_IOWQ_MAX_WORKERS", "sq_thread_cpu"],
    linux: "threads keep to the processors and numbers that they are given",
    here: "checked and told, without effect: there are no threads",
  },
  {
    what: ["REGISTER_PERSONALITY"],
    linux: "requests run under the registered credentials",
    here: "the program has one set of credentials",
  },
  {
    what: ["opcodes that REGISTER_PROBE does not list"],
    linux: "0 to 62 are supported",
    here: "EINVAL in the CQE",
  },
  {
    what: [
      "register opcodes other than those on files, buffers, buffer rings, ring descriptors, " +
        "personalities and workers, PROBE, ENABLE_RINGS, RESTRICTIONS, SYNC_CANCEL and " +
        "SEND_MSG_RING",
    ],
    linux: "0 to 35 are supported",
    here: "EINVAL",
  },
  {
    what: ["IORING_ENTER_EXT_ARG_REG"],
    linux: "names what was registered",
    here: "nothing can be registered: EFAULT",
  },
  {
    what: ["IORING_ACCEPT_MULTISHOT", "IORING_SEND_VECTORIZED", "IORING_NOP_CQE32"],
    linux: "supported",
    here: "EINVAL, as from a kernel that does not know them",
  },
  {
    what: ["RWF_ATOMIC"],
    linux: "supported where the file supports it",
    here: "no file does: EOPNOTSUPP",
  },
  {
    what: ["IORING_RW_ATTR_FLAG_PI"],
    linux: "metadata travels with the data where the device keeps it",
    here: "EINVAL",
  },
  {
    what: ["RLIMIT_MEMLOCK"],
    linux: "limits what a caller without CAP_IPC_LOCK can register: ENOMEM",
    here: "no limit, as for a caller who has it",
  },
  {
    what: ["signals"],
    linux: "end a wait with EINTR; a sigmask is applied",
    here: "there are none; a sigmask is checked and ignored",
  },
  {
    what: ["memory of a registered buffer ring that the program unmaps"],
    linux: "the kernel keeps its pages, and what was in them",
    here: "a ring without buffers",
  },
  {
    what: ["TIMEOUT with MULTISHOT and a period below a microsecond"],
    linux: "as often as the timer manages",
    here: "a microsecond apart",
  },
];
