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
    what: ["REGISTER_ZCRX_IFQ"],
    linux: "a queue of a network device delivers into memory of the program",
    here: "EINVAL, as on a ring that cannot have one: there are no devices",
  },
  {
    what: ["REGISTER_NAPI"],
    linux: "a wait polls network devices for a while before it sleeps",
    here: "what is set is kept and told, without effect: there are no devices",
  },
  {
    what: ["REGISTER_MEM_REGION of the kernel's own memory"],
    linux: "as large as there is memory: ENOMEM beyond",
    here: "up to 4 GiB",
  },
  {
    what: ["IORING_ACCEPT_MULTISHOT", "IORING_SEND_VECTORIZED"],
    linux: "supported",
    here: "EINVAL, as from a kernel that does not know them",
  },
  {
    what: ["RWF_ATOMIC", "IORING_RW_ATTR_FLAG_PI"],
    linux: "supported by some devices",
    here: "EOPNOTSUPP and EINVAL, as for all other files",
  },
  {
    what: ["O_DIRECT"],
    linux: "the program's memory and each vector are aligned as the device asks for",
    here: "position and whole length are multiples of 512, memory lies anywhere",
  },
  {
    what: ["SPLICE from a file"],
    linux: "the pipe holds pages of the file, which show later writes to it",
    here: "the bytes are copied",
  },
  {
    what: ["MADV_GUARD_INSTALL", "MADV_GUARD_REMOVE"],
    linux: "pages fault, and no more",
    here: "EINVAL, as from a kernel that does not know them",
  },
  {
    what: ["access control lists"],
    linux: "kept in the attributes system.posix_acl_access and system.posix_acl_default",
    here: "there are none, and none can be made: EOPNOTSUPP",
  },
  {
    what: ["permissions and quotas"],
    linux: "EACCES, EPERM, EDQUOT",
    here: "the program is root, and its files have no owner",
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
    what: ["pages of registered buffers and rings that lie side by side"],
    linux: "what is registered or given may span several mappings",
    here: "it lies in one piece that was allocated as such",
  },
  {
    what: ["TIMEOUT with MULTISHOT and a period below a microsecond"],
    linux: "as often as the timer manages",
    here: "a microsecond apart",
  },
];
