/** Chapter FS: opening, syncing, sizing, naming and joining files, and epoll. */
import type { Chapter } from "./types.ts";

/** Chapter FS. */
export const FILES: Chapter = {
  prefix: "FS",
  title: "Files and paths",
  introduction:
    "These operations do what the system calls of their names do. What follows is what can be " +
    "relied on for any file system, the fields that each one reserves, and where io_uring " +
    "differs from the call. Which of them break a chain when they fail stands in chapter LINK.",
  clauses: [
    {
      id: "FS-1",
      rule: "FSYNC writes a file back, with IORING_FSYNC_DATASYNC without its times.",
      observable: "0, for files open for reading only and for directories too",
      source: ["observed on 6.18", "io_uring_prep_fsync(3)"],
      since: "5.1",
    },
    {
      id: "FS-16",
      rule: "FSYNC reserves addr, buf_index, splice_fd_in and ioprio, and knows one flag.",
      observable: "-EINVAL, also with a bad descriptor",
      source: ["observed on 6.18", "io_uring/sync.c"],
      since: "5.1",
    },
    {
      id: "FS-17",
      rule: "FSYNC writes back [off, off + len); an off below 0 is none.",
      observable: "0, whatever the size of the file; negative off: -EINVAL",
      source: ["observed on 6.18", "io_uring/sync.c"],
      since: "5.1",
    },
    {
      id: "FS-18",
      rule: "FSYNC needs a file that can be synced.",
      observable: "pipe, socket or /dev/null: -EINVAL",
      source: ["observed on 6.18", "fsync(2)"],
      since: "5.1",
    },
    {
      id: "FS-13",
      rule: "SYNC_FILE_RANGE starts or awaits write-back as sync_file_range(2) does.",
      observable:
        "0; unknown flag or negative off: -EINVAL; pipe, socket or character device: -ESPIPE; " +
        "addr, buf_index or splice_fd_in: -EINVAL",
      source: ["observed on 6.18", "sync_file_range(2)"],
      since: "5.2",
    },
    {
      id: "FS-2",
      rule: "FALLOCATE takes the offset in off, the length in addr and the mode in len.",
      observable:
        "0; mode 0 makes a file off + length long, FALLOC_FL_KEEP_SIZE (1) leaves its size",
      source: ["observed on 6.18", "io_uring_prep_fallocate(3)"],
      since: "5.6",
    },
    {
      id: "FS-19",
      rule:
        "FALLOCATE needs a length above 0 and an offset that is not negative, before the mode " +
        "is looked at.",
      observable: "-EINVAL; then unknown mode, or PUNCH_HOLE without KEEP_SIZE: -EOPNOTSUPP",
      source: ["observed on 6.18", "fallocate(2)"],
      since: "5.6",
    },
    {
      id: "FS-20",
      rule: "FALLOCATE needs a regular file that is open for writing.",
      observable:
        "open for reading: -EBADF; pipe: -ESPIPE; socket or device: -ENODEV; beyond the largest " +
        "size: -EFBIG",
      source: ["observed on 6.18", "fallocate(2)"],
      since: "5.6",
    },
    {
      id: "FS-21",
      rule: "FALLOCATE reserves rw_flags, buf_index and splice_fd_in.",
      observable: "-EINVAL; addr3 is ignored",
      source: ["observed on 6.18", "io_uring/sync.c"],
      since: "5.6",
    },
    {
      id: "FS-62",
      rule:
        "With FALLOC_FL_PUNCH_HOLE and FALLOC_FL_ZERO_RANGE a range reads as zeros; " +
        "COLLAPSE_RANGE takes blocks out, INSERT_RANGE puts blocks of zeros in.",
      observable:
        "0, and the bytes; a mode that the file system does not have: -EOPNOTSUPP; a part of a " +
        "block, or a range that reaches the end of the file: -EINVAL",
      source: ["observed on 6.18", "fallocate(2)"],
      since: "5.6",
    },
    {
      id: "FS-3",
      rule: "FTRUNCATE makes a file off bytes long.",
      observable: "0; a longer file reads as zeros behind its old end",
      source: ["observed on 6.18", "io_uring_prep_ftruncate(3)"],
      since: "6.9",
    },
    {
      id: "FS-22",
      rule:
        "FTRUNCATE needs a regular file that is open for writing, and a size that is not " +
        "negative.",
      observable:
        "negative, open for reading, pipe, directory or device: -EINVAL; too large: -EFBIG",
      source: ["observed on 6.18", "ftruncate(2)"],
      since: "6.9",
    },
    {
      id: "FS-23",
      rule: "FTRUNCATE reserves addr, len, rw_flags, buf_index, splice_fd_in and addr3.",
      observable: "-EINVAL",
      source: ["observed on 6.18", "io_uring/truncate.c"],
      since: "6.9",
    },
    {
      id: "FS-4",
      rule:
        "OPENAT opens a path relative to fd, with flags in open_flags and the mode in len, as " +
        "openat(2).",
      observable: "the lowest free descriptor; an absolute path ignores fd",
      source: ["observed on 6.18", "io_uring_prep_openat(3)"],
      since: "5.6",
    },
    {
      id: "FS-24",
      rule: "OPENAT has the errors of openat(2).",
      observable:
        "-ENOENT, -ENOTDIR, -EISDIR, -EEXIST, -ELOOP, -ENAMETOOLONG; bad fd with a relative " +
        "path: -EBADF",
      source: ["observed on 6.18", "open(2)"],
      since: "5.6",
    },
    {
      id: "FS-25",
      rule: "The path of OPENAT is copied at submission.",
      observable: "unreadable: -EFAULT; empty: -ENOENT; changed afterwards: no effect",
      source: ["observed on 6.18", "io_uring/openclose.c"],
      since: "5.6",
    },
    {
      id: "FS-26",
      rule: "OPENAT reserves buf_index and ioprio; it ignores off and addr3.",
      observable: "-EINVAL",
      source: ["observed on 6.18", "io_uring/openclose.c"],
      since: "5.6",
    },
    {
      id: "FS-27",
      rule:
        "OPENAT ignores flag and mode bits that it does not know, as openat(2) does and OPENAT2 " +
        "does not.",
      observable: "flag 2^31: a descriptor; in open_how: -EINVAL",
      source: ["observed on 6.18", "openat2(2)"],
      since: "5.6",
    },
    {
      id: "FS-5",
      rule: "OPENAT2 takes flags, mode and resolve from the struct open_how at off, of len bytes.",
      observable: "the descriptor; len below 24: -EINVAL; unreadable: -EFAULT",
      source: ["observed on 6.18", "io_uring_prep_openat2(3)"],
      since: "5.6",
    },
    {
      id: "FS-28",
      rule: "A longer open_how has to be zero behind the part that is known.",
      observable: "zero: as 24 bytes, also beyond a page; not zero: -E2BIG; unreadable: -EFAULT",
      source: ["observed on 6.18", "openat2(2)"],
      since: "5.6",
    },
    {
      id: "FS-29",
      rule:
        "OPENAT2 refuses a mode without O_CREAT or O_TMPFILE, unknown modes and unknown resolve " +
        "bits.",
      observable: "-EINVAL; RESOLVE_BENEATH with RESOLVE_IN_ROOT: -EINVAL",
      source: ["observed on 6.18", "openat2(2)"],
      since: "5.6",
    },
    {
      id: "FS-30",
      rule: "RESOLVE_NO_SYMLINKS, RESOLVE_BENEATH and RESOLVE_IN_ROOT limit where a path leads.",
      observable: "symbolic link: -ELOOP; absolute path beneath: -EXDEV",
      source: ["observed on 6.18", "openat2(2)"],
      since: "5.6",
    },
    {
      id: "FS-31",
      rule: "RESOLVE_CACHED opens only what the cache can answer and what changes nothing.",
      observable:
        "a path in the cache: a descriptor; a path that is not, O_CREAT or O_TRUNC: -EAGAIN",
      source: ["observed on 6.18", "openat2(2)"],
      since: "5.12",
    },
    {
      id: "FS-63",
      rule: "RESOLVE_NO_XDEV keeps a path on the file system that it starts on.",
      observable: "a link to /dev/null: -EXDEV",
      source: ["observed on 6.18", "openat2(2)"],
      since: "5.6",
    },
    {
      id: "FS-64",
      rule:
        "O_TMPFILE makes a file without a name in the directory of the path; LINKAT with " +
        "AT_EMPTY_PATH gives it one, unless O_EXCL was said.",
      observable:
        "0 links; LINKAT: 0, with O_EXCL -ENOENT; path no directory: -ENOTDIR; not for writing: " +
        "-EINVAL",
      source: ["observed on 6.18", "open(2)"],
      since: "5.6",
    },
    {
      id: "FS-65",
      rule:
        "What O_PATH opens is a place: path operations start there, STATX and LINKAT take it, " +
        "CLOSE closes it, everything that needs a file finds none.",
      observable: "READ, FSYNC, POLL_ADD and the like: -EBADF; other open flags are ignored",
      source: ["observed on 6.18", "open(2)"],
      since: "5.6",
    },
    {
      id: "FS-6",
      rule: "CLOSE closes a descriptor; requests in flight keep their file.",
      observable: "0; then -EBADF",
      source: ["observed on 6.18", "io_uring_prep_close(3)"],
      since: "5.6",
    },
    {
      id: "FS-32",
      rule: "CLOSE reserves off, addr, len, rw_flags, buf_index and ioprio.",
      observable: "-EINVAL",
      source: ["observed on 6.18", "io_uring/openclose.c"],
      since: "5.6",
    },
    {
      id: "FS-7",
      rule:
        "STATX takes its flags in statx_flags, its mask in len and its buffer in off, as " +
        "statx(2).",
      observable: "0, and struct statx at off",
      source: ["observed on 6.18", "io_uring_prep_statx(3)"],
      since: "5.6",
    },
    {
      id: "FS-33",
      rule: "STATX of an empty path with AT_EMPTY_PATH asks about fd itself.",
      observable: "0, for pipes too; NULL as path: -EFAULT; without the flag: -ENOENT",
      source: ["observed on 6.18", "statx(2)"],
      since: "5.6",
    },
    {
      id: "FS-34",
      rule:
        "STATX refuses unknown flags, both sync flags together, and the reserved bit of the " +
        "mask.",
      observable: "-EINVAL, also if the path does not exist",
      source: ["observed on 6.18", "statx(2)"],
      since: "5.6",
    },
    {
      id: "FS-35",
      rule: "The path of STATX is copied at submission; its buffer is written at the end.",
      observable: "path unreadable: -EFAULT; buffer NULL or unmapped: -EFAULT, if the path exists",
      source: ["observed on 6.18", "io_uring/statx.c"],
      since: "5.6",
    },
    {
      id: "FS-36",
      rule: "STATX reserves buf_index, splice_fd_in and ioprio.",
      observable: "-EINVAL",
      source: ["observed on 6.18", "io_uring/statx.c"],
      since: "5.6",
    },
    {
      id: "FS-8",
      rule:
        "RENAMEAT moves the path addr of fd to the path off of the directory in len, over what " +
        "is there.",
      observable: "0; the old name is gone, the new one is the old file",
      source: ["observed on 6.18", "io_uring_prep_renameat(3)"],
      since: "5.11",
    },
    {
      id: "FS-37",
      rule:
        "RENAMEAT with RENAME_NOREPLACE (1) does not replace, and with RENAME_EXCHANGE (2) " +
        "swaps two files.",
      observable:
        "target exists with 1: -EEXIST; one missing with 2: -ENOENT; both flags, or unknown " +
        "bits (8): -EINVAL",
      source: ["observed on 6.18", "rename(2)"],
      since: "5.11",
    },
    {
      id: "FS-38",
      rule: "RENAMEAT has the errors of renameat2(2).",
      observable:
        "onto a directory -EISDIR, directory onto a file -ENOTDIR, onto a full directory " +
        "-ENOTEMPTY, into itself -EINVAL, other file system -EXDEV",
      source: ["observed on 6.18", "rename(2)"],
      since: "5.11",
    },
    {
      id: "FS-66",
      rule:
        "RENAME_WHITEOUT (4) leaves a character device 0, 0 where the old name was, on a file " +
        "system that has whiteouts.",
      observable: "0; opened: -ENXIO; with RENAME_EXCHANGE, or without whiteouts: -EINVAL",
      source: ["observed on 6.18", "rename(2)"],
      since: "5.11",
    },
    {
      id: "FS-9",
      rule: "UNLINKAT removes a name; the file lives on where it is open.",
      observable: "0; then -ENOENT; a symbolic link is removed, not its target",
      source: ["observed on 6.18", "io_uring_prep_unlinkat(3)"],
      since: "5.11",
    },
    {
      id: "FS-39",
      rule: "UNLINKAT removes directories with AT_REMOVEDIR (0x200) and nothing else with it.",
      observable:
        "directory without it: -EISDIR; file with it: -ENOTDIR; full directory: -ENOTEMPTY; " +
        "other flags: -EINVAL",
      source: ["observed on 6.18", "unlink(2)"],
      since: "5.11",
    },
    {
      id: "FS-10",
      rule: "MKDIRAT makes a directory with the mode in len, less the umask.",
      observable: "0; exists: -EEXIST; parent missing: -ENOENT; parent a file: -ENOTDIR",
      source: ["observed on 6.18", "io_uring_prep_mkdirat(3)"],
      since: "5.15",
    },
    {
      id: "FS-40",
      rule: "SYMLINKAT makes the path off, relative to fd, a symbolic link to the text at addr.",
      observable: "0; exists: -EEXIST; one of them empty: -ENOENT",
      source: ["observed on 6.18", "io_uring_prep_symlinkat(3)"],
      since: "5.15",
    },
    {
      id: "FS-41",
      rule: "LINKAT gives the file addr of fd the second name off in the directory len.",
      observable:
        "0, and one link more; exists: -EEXIST; directory: -EPERM; other file system: -EXDEV",
      source: ["observed on 6.18", "io_uring_prep_linkat(3)"],
      since: "5.15",
    },
    {
      id: "FS-42",
      rule: "LINKAT knows AT_SYMLINK_FOLLOW and AT_EMPTY_PATH, which links fd itself.",
      observable: "0; empty path without it: -ENOENT; other flags: -EINVAL",
      source: ["observed on 6.18", "link(2)"],
      since: "5.15",
    },
    {
      id: "FS-43",
      rule: "Paths of the *AT operations are copied at submission.",
      observable: "one of them NULL or unmapped: -EFAULT, and a chain is broken",
      source: ["observed on 6.18", "io_uring/fs.c"],
      since: "5.15",
    },
    {
      id: "FS-44",
      rule: "MKDIRAT reserves off, rw_flags, buf_index and splice_fd_in.",
      observable: "-EINVAL; addr3 is ignored",
      source: ["observed on 6.18", "io_uring/fs.c"],
      since: "5.15",
    },
    {
      id: "FS-61",
      rule:
        "RENAMEAT and LINKAT reserve buf_index and splice_fd_in, UNLINKAT off and len besides, " +
        "SYMLINKAT len and rw_flags.",
      observable: "-EINVAL; addr3 is ignored",
      source: ["observed on 6.18", "io_uring/fs.c"],
      since: "5.15",
    },
    {
      id: "FS-11",
      rule: "SPLICE moves up to len bytes from splice_fd_in to fd; one of them has to be a pipe.",
      observable:
        "the bytes moved, at most those there; none a pipe: -EINVAL; the same pipe: -EINVAL",
      source: ["observed on 6.18", "io_uring_prep_splice(3)"],
      since: "5.7",
    },
    {
      id: "FS-45",
      rule: "In SPLICE an offset is -1 for pipes, and for files that use their own position.",
      observable: "other than -1 on a pipe: -ESPIPE; below -1 on a file: -EINVAL",
      source: ["observed on 6.18", "splice(2)"],
      since: "5.7",
    },
    {
      id: "FS-46",
      rule: "SPLICE looks both descriptors up, also to move nothing.",
      observable: "-EBADF, with len 0 too; wrong end of a pipe: -EBADF",
      source: ["observed on 6.18", "io_uring/splice.c"],
      since: "5.7",
    },
    {
      id: "FS-47",
      rule:
        "SPLICE and TEE know the SPLICE_F flags 1 to 8 and SPLICE_F_FD_IN_FIXED (2^31), with " +
        "which splice_fd_in is a slot.",
      observable: "other flags: -EINVAL; empty slot or no table: -EBADF",
      source: ["observed on 6.18", "io_uring_prep_splice(3)"],
      since: "5.7",
    },
    {
      id: "FS-48",
      rule:
        "SPLICE on a pipe with O_NONBLOCK, or with SPLICE_F_NONBLOCK, does not wait; it does " +
        "not poll either.",
      observable: "empty pipe: -EAGAIN; without: it waits",
      source: ["observed on 6.18", "io_uring/splice.c"],
      since: "5.7",
    },
    {
      id: "FS-49",
      rule:
        "SPLICE from the end of a file, or of a pipe without writers, moves nothing; a file " +
        "opened with O_APPEND is no target.",
      observable: "0; -EINVAL",
      source: ["observed on 6.18", "splice(2)"],
      since: "5.7",
    },
    {
      id: "FS-12",
      rule: "TEE copies up to len bytes from pipe to pipe and leaves them in the first.",
      observable:
        "the bytes copied; no pipe, or the same pipe: -EINVAL; empty with O_NONBLOCK: -EAGAIN; " +
        "no writers: 0",
      source: ["observed on 6.18", "io_uring_prep_tee(3)"],
      since: "5.8",
    },
    {
      id: "FS-50",
      rule: "TEE has no offsets.",
      observable: "off or splice_off_in not 0, -1 included: -EINVAL",
      source: ["observed on 6.18", "io_uring/splice.c"],
      since: "5.8",
    },
    {
      id: "FS-51",
      rule:
        "FADVISE gives advice 0 to 5 about [off, off + length); the length stands in addr, or " +
        "in len if addr is 0.",
      observable:
        "0; other advice, or a negative length: -EINVAL; pipe: -ESPIPE (also with bad advice); " +
        "O_PATH: -EBADF; buf_index or splice_fd_in: -EINVAL",
      source: ["observed on 6.18", "io_uring_prep_fadvise(3)"],
      since: "6.11",
    },
    {
      id: "FS-52",
      rule:
        "MADVISE gives advice about [addr, addr + length) of the program; the length stands in " +
        "off, or in len if off is 0.",
      observable: "0; MADV_DONTNEED empties anonymous pages",
      source: ["observed on 6.18", "io_uring_prep_madvise(3)"],
      since: "6.11",
    },
    {
      id: "FS-53",
      rule: "MADVISE has the errors of madvise(2) and uses no descriptor.",
      observable:
        "unknown advice or addr not page-aligned: -EINVAL; not mapped: -ENOMEM; length 0: 0; " +
        "buf_index, splice_fd_in or ioprio: -EINVAL",
      source: ["observed on 6.18", "madvise(2)"],
      since: "5.6",
    },
    {
      id: "FS-15",
      rule:
        "SETXATTR and FSETXATTR set the attribute named at addr to the len bytes at off, of the " +
        "path in addr3 or of fd.",
      observable:
        "0; XATTR_CREATE of one that exists: -EEXIST; XATTR_REPLACE of none: -ENODATA; other " +
        "flags: -EINVAL",
      source: ["observed on 6.18", "io_uring_prep_setxattr(3)"],
      since: "5.19",
    },
    {
      id: "FS-58",
      rule: "GETXATTR and FGETXATTR copy the value of an attribute to off.",
      observable:
        "its length, with len 0 without copying; too long: -ERANGE; none: -ENODATA; unknown " +
        "prefix: -EOPNOTSUPP; xattr_flags: -EINVAL",
      source: ["observed on 6.18", "io_uring_prep_getxattr(3)"],
      since: "5.19",
    },
    {
      id: "FS-59",
      rule: "Names and paths of attributes are copied at submission.",
      observable:
        "NULL or unmapped: -EFAULT, also with a bad fd; empty or above 255 bytes: -ERANGE; " +
        "value above 65,536 bytes to set: -E2BIG",
      source: ["observed on 6.18", "io_uring/xattr.c"],
      since: "5.19",
    },
    {
      id: "FS-60",
      rule:
        "The xattr operations on paths follow symbolic links; those on descriptors ignore " +
        "addr3.",
      observable: "link to nothing: -ENOENT; FGETXATTR with addr3: as without; O_PATH: -EBADF",
      source: ["observed on 6.18", "io_uring/xattr.c"],
      since: "5.19",
    },
    {
      id: "FS-67",
      rule:
        "SETXATTR and GETXATTR refuse IOSQE_FIXED_FILE before they read anything. The xattr " +
        "operations reserve ioprio, and look at neither buf_index nor splice_fd_in.",
      observable: "-EBADF; ioprio: -EINVAL; the others: as without",
      source: ["observed on 6.18", "io_uring/xattr.c"],
      since: "5.19",
    },
    {
      id: "FS-68",
      rule:
        "SPLICE and TEE block the worker that runs them, and are found by the file that they " +
        "write to; a cancellation interrupts them.",
      observable:
        "cancelled: -EALREADY, the request: -512 (ERESTARTSYS, a number of the kernel's own), " +
        "and nothing has moved; a LINK_TIMEOUT on it does not start while it waits",
      source: ["observed on 6.18"],
      since: "5.7",
    },
    {
      id: "FS-69",
      rule:
        "PIPE makes a pipe as pipe2(2) does, and writes its two numbers to addr, the one for " +
        "reading first.",
      observable:
        "0; pipe_flags O_CLOEXEC, O_NONBLOCK and O_DIRECT (packets) do what they do there",
      source: ["observed on 6.18", "io_uring_prep_pipe(3)"],
      since: "6.16",
    },
    {
      id: "FS-70",
      rule: "PIPE reserves fd, off and addr3.",
      observable:
        "-EINVAL, as for unknown flags and for O_CLOEXEC with a slot; addr unmapped: -EFAULT, " +
        "and no descriptor is open; O_NOTIFICATION_PIPE without watch queues: -ENOPKG",
      source: ["observed on 6.18", "io_uring/openclose.c"],
      since: "6.16",
    },
    {
      id: "FS-71",
      rule:
        "PIPE with file_index puts its ends into two slots: the one that is named and the next, " +
        "or two that are picked.",
      observable:
        "0, and the numbers of the slots at addr; the next one is none: -EINVAL, and both are " +
        "empty; no table: -ENXIO, none free: -ENFILE",
      source: ["observed on 6.18", "io_uring_prep_pipe_direct(3)"],
      since: "6.16",
    },
    {
      id: "FS-72",
      rule:
        "Bytes that SPLICE or TEE puts into a pipe keep the pages that they came in, and a write " +
        "adds nothing to them.",
      observable:
        "from position 100 of a file, 16 pages: 65,436 bytes; a spliced byte and a written one " +
        "take two pages",
      source: ["observed on 6.18", "fs/splice.c"],
      since: "5.7",
    },
    {
      id: "FS-81",
      rule:
        "SPLICE from a file puts pages of the file itself into the pipe, but for O_DIRECT: until " +
        "they are read they show what is written to the file. A page that is cut off the file " +
        "keeps its bytes.",
      observable:
        "the pipe has bytes written later; zeros behind a new end within the page; the old bytes " +
        "if the file was emptied and written anew",
      source: ["observed on 6.18", "splice(2)"],
      since: "5.7",
    },
    {
      id: "FS-82",
      rule: "SPLICE and TEE close what they read from when they are done, before they complete.",
      observable:
        "DEFER_TASKRUN, the read end of a pipe that is closed since: a write to the pipe finds " +
        "EPIPE while the CQE has not come",
      source: ["observed on 6.18", "io_uring/splice.c"],
      since: "5.7",
    },
    {
      id: "FS-73",
      rule: "SPLICE reads files, /dev/zero and sockets, and writes files, /dev/null and sockets.",
      observable: "eventfd, ring, directory, or /dev/null as input: -EINVAL",
      source: ["observed on 6.18", "splice(2)"],
      since: "5.7",
    },
    {
      id: "FS-74",
      rule: "SPLICE and TEE into a pipe without readers move nothing.",
      observable: "-EPIPE; the input has its bytes",
      source: ["observed on 6.18", "splice(2)"],
      since: "5.7",
    },
    {
      id: "FS-75",
      rule: "The attributes trusted.* and security.* are set by administrators only.",
      observable: "without CAP_SYS_ADMIN: -EPERM; trusted.* are not to be seen by others: -ENODATA",
      source: ["observed on 6.18", "xattr(7)"],
      since: "5.19",
    },
    {
      id: "FS-76",
      rule:
        "STATX fills in the basic fields whatever its mask asks, and the number of the mount; a " +
        "file system may keep to itself when a file was changed and modified if neither is asked.",
      observable:
        "stx_mask: STATX_BASIC_STATS and STATX_MNT_ID, or STATX_MNT_ID_UNIQUE if it is asked; on " +
        "ext4 without STATX_MTIME and STATX_CTIME if neither is in the mask",
      source: ["observed on 6.18", "statx(2)"],
      since: "5.8",
    },
    {
      id: "FS-78",
      rule:
        "An open of a FIFO that runs in a worker waits until the other end is opened, as open(2) " +
        "does, unless it says O_NONBLOCK.",
      observable:
        "no CQE before; then a descriptor, though the other end may be closed again; O_NONBLOCK: " +
        "a descriptor, or -ENXIO for writing without a reader",
      source: ["observed on 6.18", "fifo(7)"],
      since: "5.6",
    },
    {
      id: "FS-79",
      rule:
        "In its submission an open of a FIFO waits for nobody, whatever its flags say: it is " +
        "tried with O_NONBLOCK, which the descriptor has not got then.",
      observable: "for reading a descriptor; for writing without a reader -ENXIO",
      source: ["observed on 6.18", "io_uring/openclose.c"],
      since: "5.6",
    },
    {
      id: "FS-80",
      rule: "What is in a FIFO stays while any end is open.",
      observable: "reopened after all were closed: it is empty",
      source: ["observed on 6.18", "fifo(7)"],
    },
  ],
};
