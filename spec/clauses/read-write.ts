/** Chapter RW: READ, WRITE and their vectored forms on files, pipes, sockets and eventfds. */
import type { Chapter } from "./types.ts";

/** Chapter RW. */
export const READ_WRITE: Chapter = {
  prefix: "RW",
  title: "Read and write",
  introduction:
    "READ and WRITE do what pread(2) and pwrite(2) do, READV and WRITEV what preadv2(2) and " +
    "pwritev2(2) do, and one thing more: where the call would block, or say that it would, the " +
    "request waits. Rules that name READ hold for READV as well, unless they say so.",
  clauses: [
    {
      id: "RW-1",
      rule:
        "off -1 reads and writes at the file's own position and moves it; any other off leaves " +
        "the position alone.",
      observable: "the bytes from there; lseek(2) tells the position, moved by res",
      source: ["observed on 6.18", "io_uring_enter(2)"],
      since: "5.6",
    },
    {
      id: "RW-14",
      rule: "An off below -1 is no position.",
      observable: "-EINVAL, on files and on streams",
      source: ["observed on 6.18", "io_uring/rw.c"],
      since: "5.6",
    },
    {
      id: "RW-2",
      rule: "Pipes and eventfds have no positions and ignore off.",
      observable: "off 5: as off 0",
      source: ["observed on 6.18", "io_uring/rw.c"],
      since: "5.6",
    },
    {
      id: "RW-15",
      rule: "Sockets have no positions either, and take off 0 and -1 only.",
      observable: "off 5: -ESPIPE",
      source: ["observed on 6.18", "net/socket.c"],
      since: "5.6",
    },
    {
      id: "RW-3",
      rule:
        "At and beyond the end of a file there is nothing to read; before it, a read stops " +
        "there.",
      observable: "0; the bytes up to the end",
      source: ["observed on 6.18", "pread(2)"],
      since: "5.6",
    },
    {
      id: "RW-16",
      rule: "A transfer of no bytes does nothing and does not wait.",
      observable: "0, at once, on an empty pipe or socket too, with any addr in user space",
      source: ["observed on 6.18"],
      since: "5.6",
    },
    {
      id: "RW-17",
      rule: "A length beyond 2^31 - 1 - 4095 is cut to it.",
      observable: "len 2^32 - 1 on a short file: all of the file",
      source: ["observed on 6.18", "io_uring/rw.c"],
      since: "5.6",
    },
    {
      id: "RW-4",
      rule: "A file that was not opened for the direction, or with O_PATH, is a bad descriptor.",
      observable: "-EBADF",
      source: ["observed on 6.18", "read(2)"],
      since: "5.6",
    },
    {
      id: "RW-18",
      rule: "A directory cannot be read.",
      observable: "-EISDIR; written to: -EBADF",
      source: ["observed on 6.18", "read(2)"],
      since: "5.6",
    },
    {
      id: "RW-19",
      rule:
        "A file that has no reads at all, but can be polled, is waited for before it is " +
        "refused.",
      observable:
        "an epoll or a ring that is not readable: no CQE; a ring that has become readable: " +
        "-EINVAL; a write to a ring: -EINVAL at once",
      source: ["observed on 6.18", "io_uring/rw.c"],
      since: "5.7",
    },
    {
      id: "RW-5",
      rule: "Unknown rw_flags are refused after the descriptor was looked up.",
      observable: "-EOPNOTSUPP; bad descriptor: -EBADF",
      source: ["observed on 6.18", "preadv2(2)"],
      since: "5.6",
    },
    {
      id: "RW-20",
      rule: "RWF_APPEND and RWF_NOAPPEND exclude each other.",
      observable: "-EINVAL, in reads too",
      source: ["observed on 6.18", "preadv2(2)"],
      since: "6.9",
    },
    {
      id: "RW-21",
      rule: "RWF_HIPRI needs a ring with IORING_SETUP_IOPOLL.",
      observable: "-EINVAL",
      source: ["observed on 6.18", "io_uring/rw.c"],
      since: "5.6",
    },
    {
      id: "RW-22",
      rule:
        "RWF_DSYNC, RWF_SYNC, RWF_APPEND and RWF_NOSIGNAL are accepted in reads, where they say " +
        "nothing.",
      observable: "as without",
      source: ["observed on 6.18"],
      since: "6.18",
    },
    {
      id: "RW-23",
      rule: "ioprio is a class of 1 to 3 and a level, or 0.",
      observable:
        "class 4 to 7, or a level without a class: -EINVAL; before the buffer and the " +
        "descriptor are looked at",
      source: ["observed on 6.18", "ioprio_set(2)"],
      since: "5.6",
    },
    {
      id: "RW-24",
      rule: "The real-time class is for the privileged.",
      observable: "without CAP_SYS_NICE and CAP_SYS_ADMIN: -EPERM, also with a bad descriptor",
      source: ["observed on 6.18", "ioprio_set(2)"],
      since: "5.6",
    },
    {
      id: "RW-25",
      rule: "attr_type_mask knows protection information (1) only.",
      observable:
        "another bit: -EINVAL; 1 with an unreadable attr_ptr: -EFAULT; attr_ptr without a mask " +
        "is ignored",
      source: ["observed on 6.18", "io_uring/rw.c"],
      since: "6.14",
    },
    {
      id: "RW-6",
      rule:
        "A read finds nothing, or a write no room: the request waits, also if the file has " +
        "O_NONBLOCK.",
      observable: "no CQE until there is something: pipes, eventfds, sockets",
      source: ["observed on 6.18", "io_uring_enter(2)"],
      since: "5.7",
    },
    {
      id: "RW-26",
      rule: "RWF_NOWAIT keeps it from waiting.",
      observable: "-EAGAIN",
      source: ["observed on 6.18", "preadv2(2)"],
      since: "5.6",
    },
    {
      id: "RW-27",
      rule: "RWF_NOWAIT on a regular file that has its pages in the cache reads as usual.",
      observable: "the bytes; a write may be -EAGAIN, as the file system likes",
      source: ["observed on 6.18"],
      since: "5.6",
    },
    {
      id: "RW-7",
      rule: "A read of a pipe or socket takes what is there.",
      observable: "6 bytes there, 40 asked for: 6; 4 asked for: 4, then 2",
      source: ["observed on 6.18", "pipe(7)"],
      since: "5.6",
    },
    {
      id: "RW-28",
      rule: "A pipe whose writers are gone has ended.",
      observable: "0, also for a read that waits",
      source: ["observed on 6.18", "pipe(7)"],
      since: "5.6",
    },
    {
      id: "RW-8",
      rule:
        "A write that is larger than the free pages of a pipe fills these and ends; one that " +
        "finds no room waits.",
      observable: "10,000 bytes into an empty pipe of 4096: 4096; 1 byte into a full pipe: no CQE",
      source: ["observed on 6.18", "pipe(7)"],
      since: "5.7",
    },
    {
      id: "RW-29",
      rule: "A pipe without readers is broken.",
      observable: "-EPIPE",
      source: ["observed on 6.18", "pipe(7)"],
      since: "5.6",
    },
    {
      id: "RW-30",
      rule:
        "A WRITE to a broken pipe or socket that runs in the submission sends SIGPIPE to the " +
        "submitter.",
      observable: "one signal; none with RWF_NOSIGNAL, with IOSQE_ASYNC, or for SEND",
      source: ["observed on 6.18", "pipe(7)"],
      since: "5.6",
    },
    {
      id: "RW-9",
      rule: "READV fills, and WRITEV empties, one vector after the other.",
      observable: "res is the sum of what was transferred",
      source: ["observed on 6.18", "readv(2)"],
      since: "5.1",
    },
    {
      id: "RW-31",
      rule: "Up to 1024 vectors are taken, of lengths that are not negative.",
      observable: "1025, or a negative length: -EINVAL; 0 vectors: 0",
      source: ["observed on 6.18", "readv(2)"],
      since: "5.1",
    },
    {
      id: "RW-32",
      rule: "The array of vectors is copied at submission, before the descriptor is looked up.",
      observable: "unreadable: -EFAULT, also with a bad descriptor; changed afterwards: no effect",
      source: ["observed on 6.18", "io_uring/rw.c"],
      since: "5.6",
    },
    {
      id: "RW-33",
      rule: "On a regular file a transfer that meets unmapped memory ends before it.",
      observable: "third vector unmapped: the bytes of the first two; the first: -EFAULT",
      source: ["observed on 6.18", "readv(2)"],
      since: "5.1",
    },
    {
      id: "RW-34",
      rule: "On a pipe or socket it fails as a whole, and takes nothing.",
      observable: "10 bytes, memory for 4 of them: -EFAULT; all 10 are still there",
      source: ["observed on 6.18", "fs/pipe.c"],
      since: "5.6",
    },
    {
      id: "RW-35",
      rule: "Memory that cannot be written is as good as unmapped to a read.",
      observable: "-EFAULT",
      source: ["observed on 6.18"],
      since: "5.6",
    },
    {
      id: "RW-10",
      rule: "A file opened with O_APPEND is written at its end, whatever off says.",
      observable:
        "the bytes stand at the end; RWF_APPEND does the same to any file, RWF_NOAPPEND undoes " +
        "O_APPEND",
      source: ["observed on 6.18", "open(2)"],
      since: "5.6",
    },
    {
      id: "RW-11",
      rule: "A write beyond the end makes the file longer, and the gap reads as zeros.",
      observable: "size off + res",
      source: ["observed on 6.18", "pwrite(2)"],
      since: "5.6",
    },
    {
      id: "RW-54",
      rule: "A write beyond the end whose first byte faults makes the file longer all the same.",
      observable: "-EFAULT, and size off, on ext4 and tmpfs; not with O_DIRECT",
      source: ["observed on 6.18"],
      since: "5.6",
    },
    {
      id: "RW-55",
      rule: "RWF_NOWAIT is not for files that cannot promise it.",
      observable: "directories, rings and epoll sets: -EOPNOTSUPP",
      source: ["observed on 6.18", "io_uring/rw.c"],
      since: "5.6",
    },
    {
      id: "RW-12",
      rule: "An eventfd is read and written in 8 bytes.",
      observable: "more asked for: 8; less: -EINVAL; writing 2^64 - 1: -EINVAL",
      source: ["observed on 6.18", "eventfd(2)"],
      since: "5.6",
    },
    {
      id: "RW-36",
      rule: "A write that an eventfd has no room for waits.",
      observable: "counter 2^64 - 2, plus 1: no CQE until it is read",
      source: ["observed on 6.18", "eventfd(2)"],
      since: "5.7",
    },
    {
      id: "RW-13",
      rule: "A read of a regular file is short at the end of the file only.",
      observable: "1,000,000 bytes asked for, before the end: all of them",
      source: ["io_uring/rw.c", "observed on 6.18"],
      since: "5.10",
    },
    {
      id: "RW-37",
      rule:
        "Bytes of the buffer beyond res keep what they held, if the file is not opened with " +
        "O_DIRECT.",
      observable: "3 of 32 bytes from a pipe or a cached file: the other 29 are as before",
      source: ["observed on 6.18"],
      since: "5.6",
    },
    {
      id: "RW-38",
      rule: "A cancelled request has transferred nothing, or says how much.",
      observable: "-ECANCELED: the pipe still has its bytes",
      source: ["observed on 6.18", "io_uring_cancelation(7)"],
      since: "5.5",
    },
    {
      id: "RW-39",
      rule: "A request waits on its file, not on the number of its descriptor.",
      observable:
        "closed, and the number used again: the request completes with data of the old file",
      source: ["observed on 6.18", "io_uring_cancelation(7)"],
      since: "5.7",
    },
    {
      id: "RW-40",
      rule:
        "RWF_APPEND and RWF_NOAPPEND choose the end of the file or the position; RWF_DONTCACHE " +
        "and RWF_ATOMIC need a file that has them.",
      observable:
        "the bytes there; a pipe with DONTCACHE, an ordinary file with ATOMIC: -EOPNOTSUPP",
      source: ["observed on 6.18", "preadv2(2)"],
      since: "6.14",
    },
    {
      id: "RW-41",
      rule:
        "Protection information is copied at submission, from 32 bytes at attr_ptr, and needs a " +
        "file that keeps it.",
      observable:
        "its reserved word set: -EINVAL; another file: -EINVAL, after the checks of the " +
        "descriptor and the flags",
      source: ["observed on 6.18", "io_uring/rw.c"],
      since: "6.14",
    },
    {
      id: "RW-42",
      rule: "A transfer ends at 2^63 - 1 at the latest.",
      observable: "off plus the length beyond it: -EINVAL, on pipes too; nothing to move: 0",
      source: ["observed on 6.18", "fs/read_write.c"],
      since: "5.6",
    },
    {
      id: "RW-43",
      rule:
        "O_DIRECT moves whole sectors from and to positions that are multiples of them, on file " +
        "systems that do not use the cache for it.",
      observable: "a part of a sector: -EINVAL; at and beyond the end: 0; on tmpfs: as without",
      source: ["observed on 6.18", "open(2)"],
      since: "5.1",
    },
    {
      id: "RW-50",
      rule:
        "A read of an eventfd fills its vectors as one buffer, and the counter is gone even if " +
        "they cannot hold it; each vector of a write is a write by itself, and waits for room.",
      observable:
        "read to unmapped memory: -EFAULT, and the counter is 0; written from 8 and 8 bytes: 16; " +
        "from 3 and 5, or from 16 in one: -EINVAL; canceled at the second: 8",
      source: ["observed on 6.18", "fs/eventfd.c"],
      since: "5.6",
    },
    {
      id: "RW-51",
      rule: "With RWF_NOWAIT an eventfd is written only if it has EFD_NONBLOCK.",
      observable: "without: -EAGAIN, room or no room",
      source: ["observed on 6.18", "io_uring/rw.c"],
      since: "5.6",
    },
    {
      id: "RW-52",
      rule: "An eventfd polls readable above 0, and writable as long as 1 can be added.",
      observable: "POLLIN, POLLOUT, without POLLRDNORM or POLLWRNORM; 2^64 - 2: not writable",
      source: ["observed on 6.18", "eventfd(2)"],
      since: "5.1",
    },
    {
      id: "RW-56",
      rule: "A write at the file's own position that faults after some bytes does not move it.",
      observable: "3 bytes, then unmapped memory: res 3; the next write begins at 0",
      source: ["observed on 6.18", "io_uring/rw.c"],
      since: "6.0",
    },
    {
      id: "RW-57",
      rule:
        "Behind the open end of a chain, on a worker that blocks, O_NONBLOCK keeps a read or " +
        "write from waiting, and RWF_NOWAIT does not.",
      observable:
        "READ of an empty pipe with O_NONBLOCK: -EAGAIN; WRITE with RWF_NOWAIT to an eventfd " +
        "without: 8",
      source: ["observed on 6.18", "io_uring/rw.c"],
      since: "5.7",
    },
  ],
};
