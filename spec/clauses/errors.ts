/** Chapter ERR: which error an SQE with several faults gets. */
import type { Chapter } from "./types.ts";

/** Chapter ERR. */
export const ERRORS: Chapter = {
  prefix: "ERR",
  title: "Precedence of errors",
  introduction:
    "An SQE is checked in stages, and the first that fails decides the result: the opcode and " +
    "flags of the entry, restrictions, priority, personality, the fields of the operation, the " +
    "descriptor, and only then the operation itself.",
  clauses: [
    {
      id: "ERR-1",
      rule: "An opcode that the kernel does not have is refused.",
      observable: "-EINVAL",
      source: ["observed on 6.18", "io_uring/io_uring.c"],
    },
    {
      id: "ERR-2",
      rule: "SQE flag bit 7 is not defined, and refused.",
      observable: "-EINVAL",
      source: ["observed on 6.18", "io_uring/io_uring.c"],
    },
    {
      id: "ERR-3",
      rule:
        "BUFFER_SELECT is refused by every operation that cannot select a buffer, before ioprio " +
        "is looked at. On 6.18 READ, READV, READ_MULTISHOT, RECV, RECVMSG, SEND and URING_CMD " +
        "can.",
      observable: "-EOPNOTSUPP, also with a bad ioprio",
      source: ["observed on 6.18", "io_uring/opdef.c"],
      since: "5.7",
    },
    {
      id: "ERR-4",
      rule:
        "IO_DRAIN is refused on a ring that has seen CQE_SKIP_SUCCESS before, or on the same " +
        "SQE.",
      observable: "-EOPNOTSUPP",
      source: ["observed on 6.18", "io_uring/io_uring.c"],
      since: "5.17",
    },
    {
      id: "ERR-5",
      rule:
        "What a restricted ring forbids is refused after the checks of opcode and flags, and " +
        "before the check of ioprio.",
      observable:
        "-EACCES; an undefined flag on a forbidden operation: -EINVAL; a bad ioprio on one: " +
        "-EACCES",
      source: ["observed on 6.18", "io_uring/io_uring.c"],
      since: "5.10",
    },
    {
      id: "ERR-6",
      rule: "An ioprio that is not 0 is refused by operations that take none.",
      observable: "-EINVAL",
      source: ["observed on 6.18", "io_uring/opdef.c"],
    },
    {
      id: "ERR-7",
      rule:
        "On a ring with IOPOLL an operation that cannot be polled for is refused before its own " +
        "fields and its descriptor are looked at.",
      observable:
        "-EINVAL for all but NOP, the reads and writes, FILES_UPDATE, PROVIDE_BUFFERS, " +
        "REMOVE_BUFFERS, MSG_RING and URING_CMD",
      source: ["observed on 6.18", "io_uring/opdef.c"],
    },
    {
      id: "ERR-8",
      rule: "A personality that is not registered is refused before the descriptor is looked at.",
      observable: "-EINVAL, also with a bad descriptor",
      source: ["observed on 6.18", "io_uring/io_uring.c"],
      since: "5.6",
    },
    {
      id: "ERR-9",
      rule:
        "A field or an operation flag that the operation reserves is refused before the " +
        "descriptor is looked at.",
      observable: "-EINVAL, also with a bad descriptor",
      source: ["observed on 6.18"],
    },
    {
      id: "ERR-10",
      rule:
        "The descriptor, or the index of a registered file, is looked up when all checks of the " +
        "entry have passed.",
      observable: "-EBADF only if nothing else is wrong with the entry",
      source: ["observed on 6.18", "io_uring/io_uring.c"],
      since: "5.18",
    },
    {
      id: "ERR-11",
      rule:
        "Once the file is found its type is checked, then a buffer is selected, then the " +
        "operation runs.",
      observable:
        "RECV with a missing buffer group: bad descriptor -EBADF, no socket -ENOTSOCK, else " +
        "-ENOBUFS",
      source: ["observed on 6.18", "io_uring/net.c"],
      since: "5.7",
    },
    {
      id: "ERR-12",
      rule:
        "A data buffer in user space that is not mapped fails only when bytes are copied: READ, " +
        "WRITE, SEND and RECV do not look at it earlier.",
      observable:
        "-EFAULT at that time; a read from an empty pipe into it waits, and a write of it to " +
        "/dev/null succeeds",
      source: ["observed on 6.18"],
    },
    {
      id: "ERR-13",
      rule: "READ_FIXED and WRITE_FIXED look their descriptor up before the registered buffer.",
      observable: "bad descriptor and bad buf_index: -EBADF",
      source: ["observed on 6.18", "io_uring/rw.c"],
      since: "6.15",
    },
    {
      id: "ERR-14",
      rule: "Operations that use no descriptor ignore IOSQE_FIXED_FILE.",
      observable: "NOP, TIMEOUT and POLL_REMOVE answer as without it",
      source: ["observed on 6.18"],
    },
    {
      id: "ERR-15",
      rule: "A field that an operation neither uses nor reserves is ignored.",
      observable:
        "READ with buf_index, splice_fd_in or addr3, NOP with fd, off, addr and len, TIMEOUT " +
        "with fd, ASYNC_CANCEL with buf_index, addr3 and len: as with 0",
      source: ["observed on 6.18"],
    },
    {
      id: "ERR-16",
      rule:
        "An SQE counts as having shown CQE_SKIP_SUCCESS when it got past the checks of opcode, " +
        "flags and BUFFER_SELECT, even if it is then rejected.",
      observable:
        "after a NOP with the flag and a bad ioprio, IO_DRAIN gives -EOPNOTSUPP; after a bad " +
        "opcode with the flag it works",
      source: ["observed on 6.18", "io_uring/io_uring.c"],
      since: "5.17",
    },
    {
      id: "ERR-17",
      rule:
        "A structure that the kernel copies while it prepares the request (path, iovecs, msghdr, " +
        "sockaddr, timespec, open_how) has to be readable, and this is found before the " +
        "descriptor is looked at.",
      observable: "-EFAULT, also with a bad descriptor",
      source: ["observed on 6.18"],
    },
    {
      id: "ERR-18",
      rule:
        "READ, WRITE, SEND and RECV refuse a buffer address outside user space before their " +
        "descriptor is looked at.",
      observable: "0xffff800000000000: -EFAULT, also with a bad descriptor",
      source: ["observed on 6.18", "io_uring/rw.c"],
      since: "6.10",
    },
    {
      id: "ERR-19",
      rule: "TIMEOUT_REMOVE and FILES_UPDATE refuse IOSQE_FIXED_FILE.",
      observable: "-EINVAL",
      source: ["observed on 6.18"],
      since: "5.6",
    },
    {
      id: "ERR-20",
      rule:
        "Operations on paths, and CLOSE, refuse IOSQE_FIXED_FILE: no registered file can stand " +
        "for a directory.",
      observable:
        "OPENAT, CLOSE, STATX, UNLINKAT, RENAMEAT, MKDIRAT, SYMLINKAT, LINKAT, SETXATTR, " +
        "GETXATTR: -EBADF",
      source: ["observed on 6.18"],
      since: "5.19",
    },
    {
      id: "ERR-21",
      rule: "The descriptor is looked up before ioprio and the fields of the operation.",
      observable: "-EBADF, also with a bad field",
      source: ["fs/io_uring.c"],
      until: "5.17",
    },
    {
      id: "ERR-22",
      rule:
        "A buffer address outside user space is found when the request is issued, behind a bad " +
        "descriptor.",
      observable: "bad descriptor: -EBADF; else -EFAULT, also if there is nothing to transfer",
      source: ["io_uring/rw.c"],
      until: "6.9",
    },
  ],
};
