/** Chapter RBUF: memory that a ring has pinned, and the operations on it. */
import type { Chapter } from "./types.ts";

/** Chapter RBUF. */
export const REGISTERED_BUFFERS: Chapter = {
  prefix: "RBUF",
  title: "Registered buffers",
  introduction:
    "A registered buffer is pinned once; READ_FIXED, WRITE_FIXED, their vectored forms and " +
    "zero-copy sends then name it by its index in buf_index. The kernel holds the pages, not " +
    "the addresses, until the buffer is unregistered and nothing uses it any more.",
  clauses: [
    {
      id: "RBUF-1",
      rule: "A table of buffers has 1 to 16,384 entries, and a ring has one table at a time.",
      observable: "nr 0 or more: -EINVAL; table exists: -EBUSY, also with nr 0",
      source: ["observed on 6.18", "io_uring_register(2)"],
      since: "5.13",
    },
    {
      id: "RBUF-7",
      rule: "REGISTER_BUFFERS needs a readable array of iovecs.",
      observable: "NULL or unmapped: -EFAULT",
      source: ["observed on 6.18", "io_uring_register(2)"],
      since: "5.1",
    },
    {
      id: "RBUF-8",
      rule: "A buffer is mapped memory that can be written, of 1 byte to 1 GiB.",
      observable:
        "length 0 with an address, longer than 1 GiB, NULL with a length, not mapped, or " +
        "read-only: -EFAULT",
      source: ["observed on 6.18", "io_uring_registered_buffers(7)"],
      since: "5.1",
    },
    {
      id: "RBUF-9",
      rule: "A buffer lies in one piece in the address space.",
      observable: "address plus length wraps: -EOVERFLOW; length beyond the signed range: -EINVAL",
      source: ["observed on 6.18", "io_uring/rsrc.c"],
      since: "5.13",
    },
    {
      id: "RBUF-10",
      rule: "An iovec of NULL and 0 is an empty entry, which no operation can use.",
      observable: "0; READ_FIXED on it: -EFAULT, also for length 0",
      source: ["observed on 6.18", "io_uring_registered_buffers(7)"],
      since: "5.13",
    },
    {
      id: "RBUF-11",
      rule: "One bad iovec fails the registration, and nothing of it stays.",
      observable: "its errno; UNREGISTER_BUFFERS then: -ENXIO",
      source: ["observed on 6.18", "io_uring/rsrc.c"],
      since: "5.1",
    },
    {
      id: "RBUF-2",
      rule: "UNREGISTER_BUFFERS returns at once; requests in flight finish on the old memory.",
      observable: "0; an armed READ_FIXED delivers; no table: -ENXIO; arg or nr_args set: -EINVAL",
      source: ["observed on 6.18", "io_uring_registered_buffers(7)"],
      since: "5.13",
    },
    {
      id: "RBUF-3",
      rule: "READ_FIXED and WRITE_FIXED transfer within the buffer that buf_index names.",
      observable: "[addr, addr + len) not inside of it: -EFAULT; its last byte is inside",
      source: ["observed on 6.18", "io_uring_enter(2)"],
      since: "5.1",
    },
    {
      id: "RBUF-12",
      rule: "An index without a buffer fails the operation.",
      observable: "empty entry, index outside, or no table: -EFAULT",
      source: ["observed on 6.18", "io_uring/rw.c"],
      since: "5.1",
    },
    {
      id: "RBUF-13",
      rule: "A transfer of no bytes still has to name a place in the buffer, its end included.",
      observable: "0; address outside: -EFAULT",
      source: ["observed on 6.18", "io_uring/rsrc.c"],
      since: "5.13",
    },
    {
      id: "RBUF-14",
      rule: "The buffer is looked up before the access mode of the file is checked.",
      observable: "READ_FIXED on the write end of a pipe with a bad index: -EFAULT",
      source: ["observed on 6.18", "io_uring/rw.c"],
      since: "6.15",
    },
    {
      id: "RBUF-15",
      rule: "The fixed operations transfer short as READ and WRITE do.",
      observable: "6 bytes in a pipe, 40 asked for: 6",
      source: ["observed on 6.18"],
      since: "5.1",
    },
    {
      id: "RBUF-16",
      rule: "A registered buffer and a selected one exclude each other.",
      observable: "IOSQE_BUFFER_SELECT on a fixed operation: -EOPNOTSUPP",
      source: ["observed on 6.18", "io_uring/opdef.c"],
      since: "5.19",
    },
    {
      id: "RBUF-17",
      rule:
        "The kernel writes the pages that were registered, whatever is mapped at their " +
        "addresses later.",
      observable:
        "after munmap and a new mapping at the place: res is the length, the new memory is " +
        "untouched",
      source: ["observed on 6.18", "io_uring_registered_buffers(7)"],
      since: "5.1",
    },
    {
      id: "RBUF-4",
      rule: "READV_FIXED and WRITEV_FIXED transfer within one registered buffer, vector by vector.",
      observable: "a vector not inside of it: -EFAULT, and nothing is transferred",
      source: ["observed on 6.18", "io_uring_prep_readv_fixed(3)"],
      since: "6.15",
    },
    {
      id: "RBUF-18",
      rule: "A vector of length 0 is refused in READV_FIXED and WRITEV_FIXED, unlike in READV.",
      observable: "-EFAULT, wherever it points",
      source: ["observed on 6.18", "io_uring/rsrc.c"],
      since: "6.15",
    },
    {
      id: "RBUF-46",
      rule:
        "Before it looks at the vectors, the kernel makes room for what it keeps of each page of " +
        "them, and of two more for each vector: up to 262144.",
      observable: "more: -ENOMEM; more than 2^31 - 1: -EOVERFLOW; no such buffer: -EFAULT",
      source: ["observed on 6.18", "io_uring/rsrc.c"],
      since: "6.15",
    },
    {
      id: "RBUF-19",
      rule: "Up to 1024 vectors are taken, and none at all is a transfer of no bytes.",
      observable: "1025, or a vector of negative length: -EINVAL; 0: 0",
      source: ["observed on 6.18", "io_uring/rw.c"],
      since: "6.15",
    },
    {
      id: "RBUF-34",
      rule:
        "So many vectors that their array cannot be allocated in one piece, more than 262,144, " +
        "are an error of their own.",
      observable: "-ENOMEM, also with a bad descriptor and unreadable vectors",
      source: ["observed on 6.18", "io_uring/rsrc.c"],
      since: "6.15",
    },
    {
      id: "RBUF-20",
      rule: "The vectors are copied at submission, before the descriptor is looked up.",
      observable:
        "unreadable: -EFAULT, also with a bad descriptor; changing them while the request waits " +
        "has no effect",
      source: ["observed on 6.18", "io_uring/rw.c"],
      since: "6.15",
    },
    {
      id: "RBUF-35",
      rule:
        "A request that goes to a worker at once looks its buffer up there, so an update or " +
        "UNREGISTER may come before or after.",
      observable: "IOSQE_ASYNC: the old buffer's transfer, or -EFAULT where it is gone",
      source: ["observed on 6.18", "io_uring/rsrc.c"],
      since: "6.15",
    },
    {
      id: "RBUF-36",
      rule:
        "Priority and the fields that READ reserves are checked before the buffer and the " +
        "descriptor.",
      observable: "a bad ioprio, or an unknown attr_type_mask: -EINVAL, also with a bad buf_index",
      source: ["observed on 6.18", "io_uring/rw.c"],
      since: "6.15",
    },
    {
      id: "RBUF-5",
      rule: "REGISTER_BUFFERS2 takes a struct of 32 bytes.",
      observable:
        "another size, nr 0 or above 16,384, resv2 set, an unknown flag, or " +
        "IORING_RSRC_REGISTER_SPARSE with data: -EINVAL",
      source: ["observed on 6.18", "io_uring_register(2)"],
      since: "5.13",
    },
    {
      id: "RBUF-21",
      rule: "A table without data, or a sparse one, has empty entries only.",
      observable: "0; each entry: -EFAULT",
      source: ["observed on 6.18", "io_uring_register(2)"],
      since: "5.19",
    },
    {
      id: "RBUF-22",
      rule: "An empty entry cannot have a tag.",
      observable: "at registration -EINVAL, and no table",
      source: ["observed on 6.18", "io_uring/rsrc.c"],
      since: "5.13",
    },
    {
      id: "RBUF-23",
      rule: "BUFFERS_UPDATE replaces entries and answers how many.",
      observable: "the count; NULL and 0 empties an entry",
      source: ["observed on 6.18", "io_uring_register(2)"],
      since: "5.13",
    },
    {
      id: "RBUF-24",
      rule: "A request in flight stays on the buffer that its entry held when it was issued.",
      observable: "its bytes arrive in the old memory, not in the new one",
      source: ["observed on 6.18", "io_uring_registered_buffers(7)"],
      since: "5.13",
    },
    {
      id: "RBUF-25",
      rule: "An update stops at the first entry that it cannot register, which keeps its buffer.",
      observable:
        "its errno if it is the first one, else the count before it; the entry works as before",
      source: ["observed on 6.18", "io_uring/rsrc.c"],
      since: "5.13",
    },
    {
      id: "RBUF-26",
      rule:
        "An update checks in this order: struct and count, offset plus count beyond 32 bits, " +
        "the table, its end.",
      observable: "-EINVAL, -EOVERFLOW, -ENXIO, -EINVAL; data unreadable: -EFAULT",
      source: ["observed on 6.18", "io_uring/rsrc.c"],
      since: "5.13",
    },
    {
      id: "RBUF-27",
      rule: "In an update a tag needs a buffer.",
      observable: "tag not 0 for NULL and 0: -EINVAL, or the count before it",
      source: ["observed on 6.18", "io_uring/rsrc.c"],
      since: "5.13",
    },
    {
      id: "RBUF-28",
      rule:
        "When a tagged buffer was replaced or unregistered and no request uses it any more, a " +
        "CQE tells.",
      observable:
        "user_data = tag, res 0, flags 0; with a READ_FIXED in flight only after that one's CQE",
      source: ["observed on 6.18", "io_uring_registered_buffers(7)"],
      since: "5.13",
    },
    {
      id: "RBUF-29",
      rule:
        'The operations without "fixed" in their name ignore buf_index, but for zero-copy ' +
        "sends and commands that ask for it by flag.",
      observable: "READ with buf_index 77 and no table: as with 0",
      source: ["observed on 6.18"],
      since: "5.6",
    },
    {
      id: "RBUF-6",
      rule: "CLONE_BUFFERS gives a ring the buffers of another one.",
      observable: "0; READ_FIXED on the clone works, also after the source unregistered them",
      source: ["observed on 6.18", "io_uring_clone_buffers(3)"],
      since: "6.12",
    },
    {
      id: "RBUF-30",
      rule:
        "CLONE_BUFFERS checks in this order: argument, flags, buffers of its own, padding, the " +
        "source, offsets without a count, the source's buffers.",
      observable:
        "-EINVAL, -EINVAL, -EBUSY, -EINVAL, -EBADF (not open) or -EOPNOTSUPP (no ring), -EINVAL, " +
        "-ENXIO",
      source: ["observed on 6.18", "io_uring/rsrc.c"],
      since: "6.12",
    },
    {
      id: "RBUF-31",
      rule:
        "With src_off, dst_off and nr a part of the table is cloned; entries of the clone " +
        "before dst_off are empty.",
      observable:
        "0; more than the source has, an offset without a count, or past 16,384 entries: " +
        "-EINVAL; src_off + nr past the source, or a sum beyond 32 bits: -EOVERFLOW",
      source: ["observed on 6.18", "io_uring_clone_buffers(3)"],
      since: "6.13",
    },
    {
      id: "RBUF-32",
      rule:
        "IORING_REGISTER_DST_REPLACE lets a ring that has buffers replace them, from itself " +
        "too. Entries outside of the range stay.",
      observable: "0 in place of -EBUSY",
      source: ["observed on 6.18", "io_uring_clone_buffers(3)"],
      since: "6.13",
    },
    {
      id: "RBUF-33",
      rule: "With IORING_REGISTER_SRC_REGISTERED the source is the index of a registered ring.",
      observable: "no ring at the index: -EBADF; an index of 16 or more: -EINVAL",
      source: ["observed on 6.18", "io_uring_clone_buffers(3)"],
      since: "6.12",
    },
    {
      id: "RBUF-37",
      rule:
        "Entries of a clone have no tags. With DST_REPLACE an entry that is replaced tells its " +
        "tag, and one outside of the range keeps it.",
      observable: "a CQE for the entries that were replaced",
      source: ["observed on 6.18", "io_uring/rsrc.c"],
      since: "6.13",
    },
    {
      id: "RBUF-38",
      rule:
        "An eventfd takes as many bytes of a WRITEV_FIXED as that has vectors, whatever their " +
        "lengths.",
      observable: "one vector of 8 bytes: -EINVAL; WRITE_FIXED of 8 bytes: 8",
      source: ["observed on 6.18", "io_uring/rw.c"],
      since: "6.15",
    },
  ],
};
