/** Chapter SETUP: what io_uring_setup(2) takes, refuses and answers. */
import { exception } from "./open.ts";
import type { Chapter } from "./types.ts";

/** Chapter SETUP. */
export const SETUP: Chapter = {
  prefix: "SETUP",
  title: "Set-up",
  introduction:
    "io_uring_setup takes a number of entries and a struct of 120 bytes that says what ring is " +
    "wanted. It answers a descriptor, and fills the struct with sizes and offsets. Where several " +
    "things are wrong the checks run in the order: readable struct, reserved fields, known " +
    "flags, flags that fit together, sizes, memory.",
  clauses: [
    {
      id: "SETUP-1",
      rule:
        "A params pointer that cannot be read is an error of its own, found before entries and " +
        "flags are looked at.",
      observable: "-EFAULT, also with 0 entries",
      source: ["observed on 6.18", "io_uring/io_uring.c"],
    },
    {
      id: "SETUP-2",
      rule: "The three reserved words of params have to be 0.",
      observable: "-EINVAL",
      source: ["observed on 6.18", "io_uring/io_uring.c"],
    },
    {
      id: "SETUP-3",
      rule: "A flag that the kernel does not know is refused. On 6.18 it knows bits 0 to 18.",
      observable: "-EINVAL",
      source: ["observed on 6.18", "io_uring_setup(2)"],
    },
    {
      id: "SETUP-4",
      rule: "A ring has at least one submission entry; CLAMP does not round 0 up.",
      observable: "entries 0: -EINVAL",
      source: ["observed on 6.18", "io_uring_setup(2)"],
    },
    {
      id: "SETUP-5",
      rule: "The number of entries is rounded up to a power of two and written back.",
      observable: "sq_entries of params: 5 becomes 8, 129 becomes 256",
      source: ["observed on 6.18", "io_uring_setup(2)"],
    },
    {
      id: "SETUP-6",
      rule:
        "Without CQSIZE the completion queue has twice as many entries as the submission queue, " +
        "whatever the caller put into sq_entries and cq_entries.",
      observable: "cq_entries of params is 2 * sq_entries",
      source: ["observed on 6.18", "io_uring_setup(2)"],
    },
    {
      id: "SETUP-7",
      rule:
        "With CQSIZE the completion queue gets cq_entries, rounded up to a power of two; it may " +
        "be as small as the submission queue.",
      observable: "5 entries with cq_entries 7 give 8 and 8; 4 with 33 give 4 and 64",
      source: ["observed on 6.18", "io_uring_setup(2)"],
      since: "5.5",
    },
    {
      id: "SETUP-8",
      rule: "SQPOLL cannot be combined with COOP_TASKRUN, TASKRUN_FLAG or DEFER_TASKRUN.",
      observable: "-EINVAL",
      source: ["observed on 6.18", "io_uring_setup(2)"],
      since: "6.1",
    },
    {
      id: "SETUP-9",
      rule: "TASKRUN_FLAG needs COOP_TASKRUN or DEFER_TASKRUN.",
      observable: "alone -EINVAL",
      source: ["observed on 6.18", "io_uring_setup(2)"],
      since: "5.19",
    },
    {
      id: "SETUP-10",
      rule: "DEFER_TASKRUN needs SINGLE_ISSUER.",
      observable: "alone -EINVAL",
      source: ["observed on 6.18", "io_uring_setup(2)"],
      since: "6.1",
    },
    {
      id: "SETUP-11",
      rule: "SQ_AFF needs SQPOLL.",
      observable: "alone -EINVAL",
      source: ["observed on 6.18", "io_uring_setup(2)"],
    },
    {
      id: "SETUP-12",
      rule: "REGISTERED_FD_ONLY needs NO_MMAP.",
      observable: "alone -EINVAL",
      source: ["observed on 6.18", "io_uring_setup(2)"],
      since: "6.5",
    },
    {
      id: "SETUP-13",
      rule:
        "With NO_MMAP both addresses of the caller's memory have to be page aligned, mapped and " +
        "writable. The rings' is looked at first.",
      observable: "not aligned: -EINVAL; 0, not mapped or read-only: -EFAULT; wraps: -EOVERFLOW",
      source: ["observed on 6.18", "io_uring/memmap.c"],
      since: "6.5",
    },
    {
      id: "SETUP-14",
      rule: "CQE32 and CQE_MIXED exclude each other.",
      observable: "-EINVAL",
      source: ["observed on 6.18", "io_uring/io_uring.c"],
      since: "6.18",
    },
    {
      id: "SETUP-15",
      rule: "HYBRID_IOPOLL needs IOPOLL.",
      observable: "alone -EINVAL",
      source: ["observed on 6.18", "io_uring/io_uring.c"],
      since: "6.13",
    },
    {
      id: "SETUP-16",
      rule:
        "With ATTACH_WQ, wq_fd has to be the descriptor of a ring. The man page promises ENXIO " +
        "for both errors.",
      observable: "not open: -ENXIO; open but no ring: -EINVAL",
      source: ["observed on 6.18", "io_uring/sqpoll.c"],
      since: "5.6",
    },
    {
      id: "SETUP-17",
      rule: "The features word is output only: the kernel overwrites it with what it offers.",
      observable: "features of params: set before the call, changed after it",
      source: ["observed on 6.18", "io_uring_setup(2)"],
      since: "5.4",
    },
    {
      id: "SETUP-39",
      rule: "The features are the same for every ring, whatever flags it is made with.",
      observable: "features of params: 0x3ffff on 6.18, bits 0 to 17",
      source: ["observed on 6.18", "io_uring/io_uring.h"],
      since: "6.18",
    },
    {
      id: "SETUP-18",
      rule: "A refused call leaves params as the caller filled it.",
      observable: "params unchanged after -EINVAL, -ENXIO and -EFAULT",
      source: ["observed on 6.18", "io_uring/io_uring.c"],
    },
    {
      id: "SETUP-19",
      rule: "The ring's descriptor is close-on-exec and open for reading and writing.",
      observable:
        "F_GETFD gives FD_CLOEXEC, F_GETFL gives O_RDWR; the link in /proc/self/fd is " +
        "anon_inode:[io_uring]",
      source: ["observed on 6.18", "io_uring/io_uring.c"],
    },
    {
      id: "SETUP-20",
      rule:
        "A ring made with R_DISABLED takes register calls, and refuses to be entered until " +
        "ENABLE_RINGS.",
      observable: "register works; io_uring_enter -EBADFD",
      source: ["observed on 6.18", "io_uring_setup(2)"],
      since: "5.10",
    },
    {
      id: "SETUP-21",
      rule:
        "Where the system setting kernel.io_uring_disabled forbids io_uring (2: for everybody, " +
        "1: for who is neither CAP_SYS_ADMIN nor in the io_uring group), no ring is made, " +
        "whatever the arguments.",
      observable: "-EPERM",
      source: ["io_uring_setup(2)", "io_uring/io_uring.c"],
      since: "6.6",
      open: exception("a test would have to change a setting of the whole system"),
    },
    {
      id: "SETUP-22",
      rule: "More than 32768 entries are refused, or made 32768 where CLAMP asks for it.",
      observable: "32769: -EINVAL; with CLAMP sq_entries 32768, cq_entries 65536",
      source: ["observed on 6.18", "io_uring_setup(2)"],
      since: "5.6",
    },
    {
      id: "SETUP-23",
      rule:
        "With CQSIZE, cq_entries has to be 1 to 65536; with CLAMP a larger number becomes " +
        "65536.",
      observable: "0 and 65537: -EINVAL; 65537 with CLAMP: 65536",
      source: ["observed on 6.18", "io_uring_setup(2)"],
      since: "5.6",
    },
    {
      id: "SETUP-24",
      rule:
        "With CQSIZE, a completion queue that is smaller than the submission queue after both " +
        "were rounded up is refused.",
      observable: "8 entries with cq_entries 4: -EINVAL",
      source: ["observed on 6.18", "io_uring_setup(2)"],
      since: "5.5",
    },
    {
      id: "SETUP-25",
      rule:
        "With SQPOLL and SQ_AFF, sq_thread_cpu has to be a processor that this task may use; " +
        "without SQ_AFF nobody looks at it.",
      observable: "processor 9999: -EINVAL with SQ_AFF, success without",
      source: ["observed on 6.18", "io_uring/sqpoll.c"],
    },
    {
      id: "SETUP-26",
      rule:
        "With REGISTERED_FD_ONLY the result is no descriptor but the index of a registered ring " +
        "of the calling task, ready for ENTER_REGISTERED_RING and for register calls with bit " +
        "31.",
      observable: "the result is 0 to 15; no descriptor is opened",
      source: ["observed on 6.18", "io_uring_setup(2)"],
      since: "6.5",
    },
    {
      id: "SETUP-27",
      rule:
        "With NO_MMAP both rings lie at the address in cq_off.user_addr, and the SQEs at the one " +
        "in sq_off.user_addr; the ring cannot be mapped as well.",
      observable: "masks and counts appear in the caller's memory; mmap of the ring fails",
      source: ["observed on 6.18", "io_uring/memmap.c"],
      since: "6.5",
    },
    {
      id: "SETUP-38",
      rule:
        "With NO_MMAP the kernel clears the header, the first 64 bytes of the rings' memory, and " +
        "writes sizes into it. CQEs, SQ array and SQEs stay as the program left them. It writes " +
        "nothing before both pieces of memory were found good.",
      observable: "memory filled with 0xff: 0 in the header, 0xff behind it",
      source: ["observed on 6.18"],
      since: "6.5",
    },
    {
      id: "SETUP-28",
      rule: "CQE_MIXED needs a completion queue of at least two entries.",
      observable: "1 entry with cq_entries 1: -EOVERFLOW",
      source: ["observed on 6.18", "io_uring/io_uring.c"],
      since: "6.18",
    },
    {
      id: "SETUP-29",
      rule:
        "A ring with SQPOLL cannot attach to a ring without an SQ thread; a ring without SQPOLL " +
        "attaches to any ring.",
      observable: "-EINVAL; success",
      source: ["observed on 6.18", "io_uring/sqpoll.c"],
      since: "5.6",
    },
    {
      id: "SETUP-30",
      rule: "Without ATTACH_WQ nobody looks at wq_fd.",
      observable: "wq_fd -1 is accepted",
      source: ["observed on 6.18"],
      since: "5.6",
    },
    {
      id: "SETUP-31",
      rule: "The flags word comes back as the caller filled it.",
      observable: "flags of params",
      source: ["observed on 6.18"],
    },
    {
      id: "SETUP-32",
      rule: "The descriptor of a ring is neither read nor written, and has no position.",
      observable: "read, write: -EINVAL; pread, lseek: -ESPIPE",
      source: ["observed on 6.18"],
    },
    {
      id: "SETUP-33",
      rule: "Params that can be read but not written are an error, and no ring is left behind.",
      observable: "-EFAULT",
      source: ["observed on 6.18", "io_uring/io_uring.c"],
    },
    {
      id: "SETUP-34",
      rule:
        "On a ring with IOPOLL, a read or write of a file that cannot be polled for is refused: " +
        "one not opened with O_DIRECT, or whose driver cannot poll.",
      observable: "-EOPNOTSUPP in the CQE; a wrong access mode is still -EBADF",
      source: ["observed on 6.18", "io_uring/rw.c"],
    },
    {
      id: "SETUP-35",
      rule: "HYBRID_IOPOLL changes how a call waits, and refuses what IOPOLL refuses.",
      observable: "-EOPNOTSUPP; -EINVAL for an operation that cannot be polled for",
      source: ["observed on 6.18", "io_uring/rw.c"],
      since: "6.13",
    },
    {
      id: "SETUP-36",
      rule:
        "With SQPOLL and ATTACH_WQ the thread is there already, and nobody looks at " +
        "sq_thread_cpu.",
      observable: "processor 9999 with SQ_AFF: success",
      source: ["observed on 6.18", "io_uring/sqpoll.c"],
      since: "5.10",
    },
    {
      id: "SETUP-37",
      rule: "What a flag leaves unused in sq_off and cq_off comes back as the caller filled it.",
      observable: "sq_off.array with NO_SQARRAY",
      source: ["observed on 6.18", "io_uring/io_uring.c"],
      since: "6.6",
    },
  ],
};
