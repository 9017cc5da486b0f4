/** Chapter FILE: the table of registered files, and descriptors that live in it only. */
import type { Chapter } from "./types.ts";

/** Chapter FILE. */
export const REGISTERED_FILES: Chapter = {
  prefix: "FILE",
  title: "Registered files and direct descriptors",
  introduction:
    "A ring may hold a table of files. A request with IOSQE_FIXED_FILE names a slot of it in " +
    "place of a descriptor, and some operations put the file they make into a slot: a direct " +
    "descriptor. In file_index a slot is written as its number plus 1; IORING_FILE_INDEX_ALLOC, " +
    "all ones, lets the kernel pick.",
  clauses: [
    {
      id: "FILE-1",
      rule:
        "REGISTER_FILES makes a table with a slot for each descriptor in the array; -1 leaves a " +
        "slot empty.",
      observable: "0; IOSQE_FIXED_FILE with the slot's number in fd uses the file",
      source: ["observed on 6.18", "io_uring_register(2)"],
      since: "5.5",
    },
    {
      id: "FILE-20",
      rule: "REGISTER_FILES needs a readable array, whether a table exists or not.",
      observable: "NULL or unmapped: -EFAULT",
      source: ["observed on 6.18", "io_uring_register(2)"],
      since: "5.1",
    },
    {
      id: "FILE-21",
      rule: "A ring has one table of files at a time, and none of no slots.",
      observable: "table exists: -EBUSY, also with nr_args 0; else nr_args 0: -EINVAL",
      source: ["observed on 6.18", "io_uring/rsrc.c"],
      since: "5.1",
    },
    {
      id: "FILE-22",
      rule: "A table has at most RLIMIT_NOFILE and at most 1,048,576 slots.",
      observable: "more: -EMFILE",
      source: ["observed on 6.18", "io_uring/rsrc.c"],
      since: "5.13",
    },
    {
      id: "FILE-23",
      rule:
        "A number in the array that is neither -1 nor an open descriptor fails the " +
        "registration, and nothing of it stays.",
      observable: "-EBADF for 999, -2, -3 and an O_PATH descriptor; UNREGISTER_FILES then: -ENXIO",
      source: ["observed on 6.18", "io_uring/rsrc.c"],
      since: "5.5",
    },
    {
      id: "FILE-24",
      rule: "A ring cannot be registered as a file of a ring, neither of itself nor of another.",
      observable: "-EBADF, in registrations and updates",
      source: ["observed on 6.18", "io_uring/rsrc.c"],
      since: "5.19",
    },
    {
      id: "FILE-2",
      rule: "REGISTER_FILES2 takes a struct of 32 bytes.",
      observable:
        "another size, nr 0, resv2 set, an unknown flag, or IORING_RSRC_REGISTER_SPARSE with " +
        "data: -EINVAL",
      source: ["observed on 6.18", "io_uring_register(2)"],
      since: "5.13",
    },
    {
      id: "FILE-25",
      rule: "A table without data, or a sparse one, has empty slots only.",
      observable: "0; each slot: -EBADF",
      source: ["observed on 6.18", "io_uring_register(2)"],
      since: "5.19",
    },
    {
      id: "FILE-26",
      rule: "An empty slot cannot have a tag.",
      observable:
        "tag not 0 with descriptor -1 in REGISTER_FILES2: -EINVAL, and no table; unreadable " +
        "tags: -EFAULT",
      source: ["observed on 6.18", "io_uring/rsrc.c"],
      since: "5.13",
    },
    {
      id: "FILE-3",
      rule:
        "A request with IOSQE_FIXED_FILE fails if its slot is empty or outside of the table, or " +
        "if there is no table.",
      observable: "-EBADF",
      source: ["observed on 6.18", "io_uring_registered_files(7)"],
      since: "5.1",
    },
    {
      id: "FILE-4",
      rule:
        "FILES_UPDATE, as a system call and as an operation, answers how many slots it went " +
        "through.",
      observable: "the count, slots that it skipped included",
      source: ["observed on 6.18", "io_uring_register(2)"],
      since: "5.6",
    },
    {
      id: "FILE-5",
      rule: "In an update -2 leaves a slot as it is and -1 empties it, also if it is empty.",
      observable: "{-2, fd, -1}: 3; the third slot: -EBADF",
      source: ["observed on 6.18", "io_uring_register(2)"],
      since: "5.12",
    },
    {
      id: "FILE-27",
      rule:
        "An update empties a slot before it puts a file in; a bad descriptor therefore leaves " +
        "it empty, and ends the update.",
      observable: "-EBADF if it was the first one, else the number of slots before it",
      source: ["observed on 6.18", "io_uring/rsrc.c"],
      since: "5.13",
    },
    {
      id: "FILE-28",
      rule:
        "An update checks in this order: reserved fields and a count of 0, offset plus count " +
        "beyond 32 bits, the table, its end.",
      observable: "-EINVAL, -EOVERFLOW, -ENXIO, -EINVAL",
      source: ["observed on 6.18", "io_uring/rsrc.c"],
      since: "5.13",
    },
    {
      id: "FILE-29",
      rule: "An update needs a readable array of descriptors.",
      observable: "NULL or unmapped: -EFAULT",
      source: ["observed on 6.18", "io_uring/rsrc.c"],
      since: "5.6",
    },
    {
      id: "FILE-30",
      rule: "FILES_UPDATE2 takes a struct of 32 bytes.",
      observable: "another size, or a reserved field set: -EINVAL",
      source: ["observed on 6.18", "io_uring_register(2)"],
      since: "5.13",
    },
    {
      id: "FILE-31",
      rule: "The operation FILES_UPDATE reserves rw_flags, splice_fd_in and ioprio.",
      observable: "set: -EINVAL; buf_index and addr3 are ignored",
      source: ["observed on 6.18", "io_uring/rsrc.c"],
      since: "5.6",
    },
    {
      id: "FILE-15",
      rule:
        "The operation FILES_UPDATE with off IORING_FILE_INDEX_ALLOC picks free slots and " +
        "writes their numbers over the descriptors.",
      observable: "the count; the array holds slot numbers",
      source: ["observed on 6.18", "io_uring_prep_files_update(3)"],
      since: "6.0",
    },
    {
      id: "FILE-32",
      rule: "Picking stops when the table is full.",
      observable: "the number of slots picked; -ENFILE if it is none",
      source: ["observed on 6.18", "io_uring/rsrc.c"],
      since: "6.0",
    },
    {
      id: "FILE-33",
      rule: "Picking stops at a number that is no open descriptor; -1 and -2 mean nothing here.",
      observable: "-EBADF if it is the first one, else the count before it",
      source: ["observed on 6.18", "io_uring/rsrc.c"],
      since: "6.0",
    },
    {
      id: "FILE-34",
      rule: "The operation looks at the low 32 bits of off only.",
      observable: "off 2^32 updates slot 0; off 2^64 - 1 picks slots",
      source: ["observed on 6.18", "io_uring/rsrc.c"],
      since: "6.0",
    },
    {
      id: "FILE-35",
      rule: "The system call FILES_UPDATE cannot pick slots.",
      observable: "offset 2^32 - 1: -EOVERFLOW",
      source: ["observed on 6.18", "io_uring/rsrc.c"],
      since: "6.0",
    },
    {
      id: "FILE-6",
      rule:
        "A request that was issued keeps its file when its slot is emptied, replaced or " +
        "unregistered.",
      observable: "an armed read delivers data that comes later",
      source: ["observed on 6.18", "io_uring_registered_files(7)"],
      since: "5.13",
    },
    {
      id: "FILE-7",
      rule:
        "UNREGISTER_FILES takes the table away at once, also with requests in flight on its " +
        "files.",
      observable: "0; no table: -ENXIO; arg or nr_args set: -EINVAL",
      source: ["observed on 6.18", "io_uring_register(2)"],
      since: "5.13",
    },
    {
      id: "FILE-8",
      rule:
        "OPENAT, OPENAT2, ACCEPT and SOCKET with file_index put the file into that slot and " +
        "make no descriptor.",
      observable: "0; a read on the slot works; RLIMIT_NOFILE reached does not matter",
      source: ["observed on 6.18", "io_uring_registered_files(7)"],
      since: "5.19",
    },
    {
      id: "FILE-36",
      rule: "With IORING_FILE_INDEX_ALLOC the kernel picks a free slot.",
      observable: "the number of the slot",
      source: ["observed on 6.18", "io_uring_registered_files(7)"],
      since: "5.19",
    },
    {
      id: "FILE-9",
      rule: "A direct descriptor needs a slot of an existing table.",
      observable: "slot outside: -EINVAL; no table: -ENXIO",
      source: ["observed on 6.18", "io_uring/filetable.c"],
      since: "5.15",
    },
    {
      id: "FILE-37",
      rule: "Picking a slot fails if no slot is free, or none exists.",
      observable: "full table or no table: -ENFILE",
      source: ["observed on 6.18", "io_uring/filetable.c"],
      since: "5.19",
    },
    {
      id: "FILE-38",
      rule: "The slot is looked at after the file was made: an error of the operation comes first.",
      observable: "OPENAT of a path that does not exist into a slot outside of the table: -ENOENT",
      source: ["observed on 6.18", "io_uring/openclose.c"],
      since: "5.15",
    },
    {
      id: "FILE-10",
      rule: "A direct descriptor for an occupied slot replaces its file.",
      observable: "0; the slot names the new file",
      source: ["observed on 6.18", "io_uring/filetable.c"],
      since: "5.15",
    },
    {
      id: "FILE-39",
      rule: "If the operation fails, the slot keeps its file.",
      observable: "a read on the slot works as before",
      source: ["observed on 6.18", "io_uring/filetable.c"],
      since: "5.15",
    },
    {
      id: "FILE-11",
      rule: "A direct descriptor has no close-on-exec.",
      observable: "O_CLOEXEC or SOCK_CLOEXEC with file_index: -EINVAL, before anything is made",
      source: ["observed on 6.18", "io_uring_registered_files(7)"],
      since: "5.15",
    },
    {
      id: "FILE-12",
      rule: "CLOSE with file_index, and fd 0, empties a slot.",
      observable: "0; then -EBADF",
      source: ["observed on 6.18", "io_uring_prep_close_direct(3)"],
      since: "5.15",
    },
    {
      id: "FILE-40",
      rule: "CLOSE of a slot needs an occupied slot.",
      observable:
        "empty: -EBADF; outside, IORING_FILE_INDEX_ALLOC included: -EINVAL; no table: -ENXIO",
      source: ["observed on 6.18", "io_uring/filetable.c"],
      since: "5.15",
    },
    {
      id: "FILE-41",
      rule: "CLOSE takes a descriptor or a slot, not both.",
      observable: "file_index with fd not 0 (-1 included): -EINVAL",
      source: ["observed on 6.18", "io_uring/openclose.c"],
      since: "5.15",
    },
    {
      id: "FILE-42",
      rule: "CLOSE does not know IOSQE_FIXED_FILE, though io_uring_registered_files(7) says so.",
      observable: "-EBADF, with a descriptor and with a slot",
      source: ["observed on 6.18", "io_uring/openclose.c"],
      since: "5.6",
    },
    {
      id: "FILE-43",
      rule: "CLOSE refuses rings, its own and others.",
      observable: "-EBADF; the ring stays open",
      source: ["observed on 6.18", "io_uring/openclose.c"],
      since: "5.6",
    },
    {
      id: "FILE-13",
      rule: "FILE_ALLOC_RANGE limits the slots that the kernel may pick to [off, off + len).",
      observable: "0; picks come from the range, then -ENFILE",
      source: ["observed on 6.18", "io_uring_register_file_alloc_range(3)"],
      since: "6.0",
    },
    {
      id: "FILE-44",
      rule: "The range has to lie inside of the table.",
      observable:
        "end past the table, resv set, nr_args not 0 or arg NULL: -EINVAL; beyond 32 bits: " +
        "-EOVERFLOW; unmapped: -EFAULT",
      source: ["observed on 6.18", "io_uring/filetable.c"],
      since: "6.0",
    },
    {
      id: "FILE-45",
      rule: "A range of length 0 is accepted, also where there is no table.",
      observable: "0; picking then: -ENFILE",
      source: ["observed on 6.18", "io_uring/filetable.c"],
      since: "6.0",
    },
    {
      id: "FILE-46",
      rule: "The range does not bind operations that name their slot.",
      observable: "a direct open into a slot outside of the range: 0",
      source: ["observed on 6.18", "io_uring_registered_files(7)"],
      since: "6.0",
    },
    {
      id: "FILE-14",
      rule: "Which free slot of the range is picked is not promised.",
      observable: "any; 6.18 goes on from the last one and starts again at one that was freed",
      source: ["observed on 6.18", "io_uring/filetable.c"],
      since: "5.19",
    },
    {
      id: "FILE-16",
      rule:
        "When the file of a tagged slot was removed or replaced and no request uses it any " +
        "more, a CQE tells.",
      observable: "user_data = tag, res 0, flags 0, without a request",
      source: ["observed on 6.18", "io_uring_registered_files(7)"],
      since: "5.13",
    },
    {
      id: "FILE-47",
      rule: "The CQE of a tag waits for the requests that use the file.",
      observable: "none while a read is armed; after the read's own CQE",
      source: ["observed on 6.18", "io_uring_registered_files(7)"],
      since: "5.13",
    },
    {
      id: "FILE-48",
      rule:
        "An update, CLOSE of the slot, a direct descriptor put into it, and unregistering the " +
        "table all release a tag.",
      observable: "one CQE with the tag each",
      source: ["observed on 6.18", "io_uring/rsrc.c"],
      since: "5.15",
    },
    {
      id: "FILE-17",
      rule: "In an update a tag needs a file.",
      observable: "tag not 0 with -1 or -2: -EINVAL; the old tag is not released",
      source: ["observed on 6.18", "io_uring/rsrc.c"],
      since: "5.13",
    },
    {
      id: "FILE-49",
      rule: "An update with a bad descriptor releases the tag of the slot that it emptied.",
      observable: "-EBADF, and a CQE with the old tag",
      source: ["observed on 6.18", "io_uring/rsrc.c"],
      since: "5.13",
    },
    {
      id: "FILE-18",
      rule:
        "FIXED_FD_INSTALL makes a descriptor for the file in a slot, closed on exec unless " +
        "IORING_FIXED_FD_NO_CLOEXEC is set.",
      observable: "the new descriptor; the slot stays",
      source: ["observed on 6.18", "io_uring_prep_fixed_fd_install(3)"],
      since: "6.8",
    },
    {
      id: "FILE-50",
      rule:
        "FIXED_FD_INSTALL without IOSQE_FIXED_FILE fails after its reserved fields were looked " +
        "at, and before its flags are.",
      observable: "-EBADF, also with a bad flag; with a reserved field set -EINVAL",
      source: ["observed on 6.18", "io_uring/openclose.c"],
      since: "6.8",
    },
    {
      id: "FILE-51",
      rule: "FIXED_FD_INSTALL reserves all fields but fd and its flags.",
      observable:
        "off, addr, len, buf_index, splice_fd_in, addr3, ioprio or an unknown flag: -EINVAL",
      source: ["observed on 6.18", "io_uring/openclose.c"],
      since: "6.8",
    },
    {
      id: "FILE-52",
      rule: "FIXED_FD_INSTALL does not run under a personality.",
      observable: "registered personality: -EPERM; unknown one: -EINVAL",
      source: ["observed on 6.18", "io_uring/openclose.c"],
      since: "6.8",
    },
    {
      id: "FILE-53",
      rule: "An operation that makes a descriptor is bound by RLIMIT_NOFILE.",
      observable: "OPENAT, ACCEPT, SOCKET, PIPE, FIXED_FD_INSTALL: -EMFILE",
      source: ["observed on 6.18"],
      since: "5.5",
    },
    {
      id: "FILE-56",
      rule: "A PIPE that cannot place both ends, or cannot write their numbers, keeps neither.",
      observable:
        "second slot outside: -EINVAL; one slot free: -ENFILE; no table: -ENXIO or -ENFILE; bad " +
        "addr: -EFAULT; the slots stay empty",
      source: ["observed on 6.18", "io_uring/openclose.c"],
      since: "6.16",
    },
    {
      id: "FILE-57",
      rule: "UNREGISTER_FILES releases the tags from the last slot to the first.",
      observable: "order of the tags' CQEs",
      source: ["observed on 6.18", "io_uring/rsrc.c"],
      since: "6.13",
    },
    {
      id: "FILE-58",
      rule:
        "A SOCKET that was made, and finds no slot for itself, does not count as failed. OPENAT " +
        "and ACCEPT do.",
      observable:
        "the error; yet the chain behind it goes on, and CQE_SKIP_SUCCESS keeps the CQE away",
      source: ["observed on 6.18", "io_uring/net.c"],
      since: "5.19",
    },
    {
      id: "FILE-59",
      rule:
        "A descriptor is reserved before the file is made, so a process without a free one gets " +
        "to no other error.",
      observable: "OPENAT of a path that does not exist, ACCEPT without a connection: -EMFILE",
      source: ["observed on 6.18", "io_uring/openclose.c", "io_uring/net.c"],
      since: "5.5",
    },
    {
      id: "FILE-60",
      rule: "A file opened with O_PATH may be put into a slot by OPENAT, though not registered.",
      observable: "0; a read on the slot: -EBADF",
      source: ["observed on 6.18"],
      since: "5.15",
    },
    {
      id: "FILE-61",
      rule: "When slots are picked for an array, a ring in it is refused after a slot was found.",
      observable: "full table: -ENFILE; else -EBADF",
      source: ["observed on 6.18", "io_uring/filetable.c"],
      since: "6.0",
    },
    {
      id: "FILE-62",
      rule:
        "A descriptor that was opened with O_PATH is none wherever a file is asked for: of the " +
        "ring itself, in what is registered, and in requests.",
      observable: "-EBADF, before the kind of file is looked at; ATTACH_WQ: -ENXIO",
      source: ["observed on 6.18", "io_uring/register.c", "io_uring/epoll.c"],
      since: "6.13",
    },
    {
      id: "FILE-63",
      rule: "What was opened with O_PATH can be passed on in a message, and closed by CLOSE.",
      observable: "SENDMSG with SCM_RIGHTS: the bytes sent; CLOSE: 0",
      source: ["observed on 6.18", "net/core/scm.c"],
      since: "5.6",
    },
    {
      id: "FILE-64",
      rule:
        "What is closed, or taken out of its slot, during a submission is let go of when the " +
        "task leaves the call; a worker lets go of it before it takes its next request.",
      observable: "the last read end of a pipe, then a WRITE to the pipe: the bytes, not -EPIPE",
      source: ["observed on 6.18", "fs/file_table.c"],
      since: "5.6",
    },
  ],
};
