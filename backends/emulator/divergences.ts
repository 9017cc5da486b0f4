/**
 * Where the emulated kernel knowingly differs from Linux, as data.
 *
 * A feature bit or an opcode of REGISTER_PROBE says that something is there, on Linux as here, and
 * not that all of it is the same: `claimedBy` names those that an entry is a part of.
 */
import type { KernelName } from "./profile/profile.ts";

/** One difference, and what a program sees of it. */
export interface Divergence {
  /** The parts of the interface concerned, by their names in the headers where they have one. */
  readonly what: readonly string[];
  readonly linux: string;
  readonly here: string;
  /** The features and opcodes that are offered all the same; left out: none. */
  readonly claimedBy?: readonly string[];
  /** The profiles of older kernels that differ from those kernels; left out: 6.18 does. */
  readonly kernels?: readonly KernelName[];
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
    claimedBy: ["IORING_FEAT_CUR_PERSONALITY"],
  },
  {
    what: ["REGISTER_ZCRX_IFQ", "IORING_OP_RECV_ZC"],
    linux: "a queue of a network device delivers into memory of the program",
    here:
      "all is checked, then ENODEV: there is no device but the loopback. RECV_ZC is not listed " +
      "by REGISTER_PROBE and has EINVAL, as on a ring without a queue",
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
    what: ["SEND_ZC", "SENDMSG_ZC"],
    linux: "what is changed before the notification may be sent",
    here: "the bytes are copied when they are sent, which Linux may do as well",
    claimedBy: ["IORING_OP_SEND_ZC", "IORING_OP_SENDMSG_ZC"],
  },
  {
    what: ["SOCKET_URING_OP_TX_TIMESTAMP"],
    linux: "tells when packets were sent, where SO_TIMESTAMPING asked for it",
    here: "waits until it is cancelled: nothing is stamped",
    claimedBy: ["IORING_OP_URING_CMD"],
  },
  {
    what: ["socket options"],
    linux: "are heeded by protocols, devices and filters",
    here:
      "are checked and told; SO_REUSEADDR, SO_REUSEPORT, SO_OOBINLINE and the buffer sizes of " +
      "AF_UNIX and UDP are heeded; filters, congestion control and devices cannot be named",
  },
  {
    what: ["families and types of sockets"],
    linux: "what the kernel was built with",
    here:
      "AF_UNIX, and TCP and UDP of AF_INET and AF_INET6, on a loopback network that takes no " +
      "time and loses nothing",
  },
  {
    what: ["RWF_ATOMIC", "IORING_RW_ATTR_FLAG_PI"],
    linux: "supported by some devices",
    here: "EOPNOTSUPP and EINVAL, as for all other files",
    claimedBy: ["IORING_FEAT_RW_ATTR"],
  },
  {
    what: ["O_DIRECT"],
    linux: "the program's memory and each vector are aligned as the device asks for",
    here: "position and whole length are multiples of 512, memory lies anywhere",
  },
  {
    what: ["SPLICE of several pages from a file that is cut within them"],
    linux: "behind the new end the pipe shows zeros as far as one large folio reaches",
    here: "zeros to the end of that page; the other pages keep their bytes",
    claimedBy: ["IORING_OP_SPLICE"],
  },
  {
    what: ["SPLICE from a socket that has nothing"],
    linux: "the pipe is locked until it has: others that write to the pipe or read it wait",
    here: "the pipe can be used meanwhile",
    claimedBy: ["IORING_OP_SPLICE"],
  },
  {
    what: ["SPLICE from a pipe that holds pages of a file to a socket"],
    linux: "the socket holds the pages, which show later writes to the file",
    here: "the bytes are copied",
    claimedBy: ["IORING_OP_SPLICE"],
  },
  {
    what: ["SPLICE to a socket that has room for a part"],
    linux: "waits until the socket has taken all",
    here: "moves what there is room for",
    claimedBy: ["IORING_OP_SPLICE"],
  },
  {
    what: ["WAITID with P_PIDFD"],
    linux: "waits for the child of a descriptor that pidfd_open(2) gave",
    here: "EBADF: there are no such descriptors",
    claimedBy: ["IORING_OP_WAITID"],
  },
  {
    what: ["MADV_GUARD_INSTALL", "MADV_GUARD_REMOVE"],
    linux: "pages fault, and no more",
    here: "EINVAL, as from a kernel that does not know them",
    claimedBy: ["IORING_OP_MADVISE"],
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
    linux: "every task has its own; files with O_ASYNC send SIGIO",
    here: "those of the task that makes the running call; there is no SIGIO",
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
    claimedBy: ["IORING_OP_TIMEOUT"],
  },
  {
    what: ["snapshots, for the state-hashed search"],
    linux: "none",
    here: "rings with registered files, provided buffers or an SQ thread cannot be saved",
  },
  {
    what: ["reserved fields, and the order in which fields are checked"],
    linux: "fewer fields were checked, and some in another order",
    here: "as in 6.18, where no rule says otherwise",
    kernels: ["5.4", "5.10", "5.15", "6.1", "6.6", "6.12"],
  },
  {
    what: ["unregistering and updating what requests in flight use"],
    linux: "unregistering waited until they had completed, EINTR by a signal",
    here: "returns at once, and what is used lives on, as in 6.18",
    kernels: ["5.4", "5.10", "5.15", "6.1", "6.6", "6.12"],
  },
  {
    what: ["io_uring_register(2) while requests are in flight"],
    linux: "most opcodes waited until the ring was idle, EINTR by a signal",
    here: "no opcode waits",
    kernels: ["5.4", "5.10"],
  },
  {
    what: ["reads and writes of pipes and sockets, before IORING_FEAT_FAST_POLL"],
    linux: "wait in a worker, which a signal ends: a RECVMSG could complete with -512",
    here: "wait for their file as in later kernels",
    kernels: ["5.4"],
  },
  {
    what: ["provided buffers that were picked and not used"],
    linux: "6.12 may name the id of a buffer in two completions (axboe/liburing#1530)",
    here: "each buffer is picked once",
    kernels: ["6.12"],
  },
  {
    what: ["defects of single stable releases, such as the ENOBUFS of 6.1.7"],
    linux: "axboe/liburing#778: receives fail though there are buffers",
    here: "a profile is the first release of its series",
    kernels: ["6.1"],
  },
];
