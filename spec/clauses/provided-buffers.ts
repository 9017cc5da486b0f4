/** Chapter BUF: groups of buffers from which the kernel picks, as lists and as rings. */
import { exception } from "./open.ts";
import type { Chapter } from "./types.ts";

/** Chapter BUF. */
export const PROVIDED_BUFFERS: Chapter = {
  prefix: "BUF",
  title: "Provided buffers",
  introduction:
    "With IOSQE_BUFFER_SELECT a request names a group of buffers, and the kernel picks one when " +
    "it needs it; the CQE says which. A group is filled by PROVIDE_BUFFERS requests (a list) or " +
    "is a ring in shared memory (a buffer ring). The two differ in when a waiting request takes " +
    "a buffer, and in what becomes of it after an error.",
  clauses: [
    {
      id: "BUF-23",
      rule: "URING_CMD takes IOSQE_BUFFER_SELECT with IORING_URING_CMD_MULTISHOT only (CMD-7).",
      observable: "without it: -EINVAL, not -EOPNOTSUPP as ERR-3 has it for other operations",
      source: ["observed on 6.18", "io_uring/uring_cmd.c"],
      since: "6.18",
    },
    {
      id: "BUF-1",
      rule:
        "PROVIDE_BUFFERS adds fd buffers of len bytes each, one after the other in memory, with " +
        "ids that count up from off.",
      observable: "0",
      source: ["observed on 6.18", "io_uring_prep_provide_buffers(3)"],
      since: "5.7",
    },
    {
      id: "BUF-24",
      rule: "1 to 65,536 buffers are taken at a time.",
      observable: "fd 0, negative or more: -E2BIG",
      source: ["observed on 6.18", "io_uring_prep_provide_buffers(3)"],
      since: "5.7",
    },
    {
      id: "BUF-25",
      rule: "Ids are 0 to 65,535.",
      observable: "off above: -E2BIG; off + fd above 65,536: -EINVAL",
      source: ["observed on 6.18", "io_uring_prep_provide_buffers(3)"],
      since: "5.7",
    },
    {
      id: "BUF-26",
      rule: "A provided buffer has at least one byte.",
      observable: "len 0: -EINVAL",
      source: ["observed on 6.18", "io_uring/kbuf.c"],
      since: "5.7",
    },
    {
      id: "BUF-2",
      rule:
        "The buffers have to lie in user space; whether anything is mapped there is not looked " +
        "at.",
      observable: "address 8: 0; beyond the end of user space: -EFAULT; wrapping: -EOVERFLOW",
      source: ["observed on 6.18", "io_uring/kbuf.c"],
      since: "5.7",
    },
    {
      id: "BUF-27",
      rule: "PROVIDE_BUFFERS reserves rw_flags, splice_fd_in and ioprio.",
      observable: "set: -EINVAL; addr3 is ignored",
      source: ["observed on 6.18", "io_uring/kbuf.c"],
      since: "5.7",
    },
    {
      id: "BUF-28",
      rule:
        "PROVIDE_BUFFERS checks in this order: reserved fields, count, length, wrap-around, " +
        "user space, first id, last id.",
      observable: "-EINVAL, -E2BIG, -EINVAL, -EOVERFLOW, -EFAULT, -E2BIG, -EINVAL",
      source: ["observed on 6.18", "io_uring/kbuf.c"],
      since: "5.7",
    },
    {
      id: "BUF-29",
      rule:
        "A list holds 65,535 buffers. What does not fit any more is left out without a word, " +
        "and fails only if it is all.",
      observable: "10 onto 65,530: 0, and 5 are in; 1 onto 65,535: -EOVERFLOW",
      source: ["observed on 6.18", "io_uring/kbuf.c"],
      since: "6.16",
    },
    {
      id: "BUF-30",
      rule: "Ids are not checked for being unique.",
      observable: "an id provided twice is picked twice",
      source: ["observed on 6.18"],
      since: "5.7",
    },
    {
      id: "BUF-3",
      rule: "REMOVE_BUFFERS takes up to fd buffers out of a list, the oldest first.",
      observable: "the number taken, 0 if the list is empty",
      source: ["observed on 6.18", "io_uring_prep_remove_buffers(3)"],
      since: "5.7",
    },
    {
      id: "BUF-31",
      rule: "REMOVE_BUFFERS needs a group, a count of 1 to 65,536 and nothing else.",
      observable:
        "unknown group: -ENOENT; bad count, or addr, len, off, rw_flags, splice_fd_in or ioprio " +
        "set: -EINVAL",
      source: ["observed on 6.18", "io_uring_prep_remove_buffers(3)"],
      since: "5.7",
    },
    {
      id: "BUF-4",
      rule: "Buffers of a group are picked in the order in which they were provided.",
      observable: "the ids of the CQEs of one request, or of requests one after the other",
      source: ["observed on 6.18", "io_uring_provided_buffers(7)"],
      since: "5.7",
    },
    {
      id: "BUF-5",
      rule:
        "A CQE that used a buffer has F_BUFFER and the buffer's id in the upper 16 bits of its " +
        "flags.",
      observable: "res bytes of that buffer are data",
      source: ["observed on 6.18", "io_uring_provided_buffers(7)"],
      since: "5.7",
    },
    {
      id: "BUF-32",
      rule:
        "READ, RECV and RECVMSG transfer at most the smaller of len and the buffer's length; " +
        "len 0 means all of the buffer.",
      observable: "50 bytes waiting, buffer of 16: len 100 gives 16, len 4 gives 4, len 0 gives 16",
      source: ["observed on 6.18", "io_uring_provided_buffers(7)"],
      since: "5.7",
    },
    {
      id: "BUF-33",
      rule: "The address in the SQE is ignored.",
      observable: "nothing is written there",
      source: ["observed on 6.18", "io_uring_provided_buffers(7)"],
      since: "5.7",
    },
    {
      id: "BUF-6",
      rule:
        "A request of READ, RECV or RECVMSG that is issued with a missing or empty group fails " +
        "at once, also if its file has no data.",
      observable: "-ENOBUFS",
      source: ["observed on 6.18", "io_uring_provided_buffers(7)"],
      since: "5.7",
    },
    {
      id: "BUF-34",
      rule: "A missing group is another error for SEND and for bundles.",
      observable: "-ENOENT; an empty one -ENOBUFS",
      source: ["observed on 6.18", "io_uring/kbuf.c"],
      since: "6.10",
    },
    {
      id: "BUF-35",
      rule:
        "A buffer is selected after the descriptor and the kind of file were checked, and, for " +
        "READ, before the access mode.",
      observable:
        "missing group and bad descriptor: -EBADF; and RECV on no socket: -ENOTSOCK; and READ " +
        "on the write end of a pipe: -ENOBUFS",
      source: ["observed on 6.18", "io_uring/rw.c"],
      since: "5.7",
    },
    {
      id: "BUF-7",
      rule:
        "READV selects with exactly one vector, whose length limits the transfer and whose " +
        "address is ignored.",
      observable:
        "len not 1: -EINVAL; vector of length 4: at most 4 bytes; of 0: all of the buffer; " +
        "unreadable vector: -EFAULT",
      source: ["observed on 6.18", "io_uring/rw.c"],
      since: "5.7",
    },
    {
      id: "BUF-36",
      rule: "RECVMSG selects with one vector or none.",
      observable:
        "more: -EINVAL; none: all of the buffer; one: its length limits, its address is ignored",
      source: ["observed on 6.18", "io_uring/net.c"],
      since: "5.7",
    },
    {
      id: "BUF-37",
      rule: "A MSG_WAITALL receive into a selected buffer gathers until that buffer is full.",
      observable:
        "res is the length of the buffer; cancelled before: the bytes so far, with F_BUFFER",
      source: ["observed on 6.18"],
      since: "6.0",
    },
    {
      id: "BUF-38",
      rule: "A receive with MSG_PEEK uses up its buffer, though the data stays.",
      observable: "F_BUFFER; the next receive gets the same bytes in the next buffer",
      source: ["observed on 6.18"],
      since: "5.7",
    },
    {
      id: "BUF-8",
      rule: "A READ that waits holds a buffer of a list from the start.",
      observable:
        "three READs on two buffers: the third -ENOBUFS at once; REMOVE_BUFFERS does not find " +
        "the two",
      source: ["observed on 6.18", "io_uring/kbuf.c"],
      since: "5.7",
    },
    {
      id: "BUF-39",
      rule: "A RECV that waits holds no buffer of a list.",
      observable: "REMOVE_BUFFERS takes them all while it is armed",
      source: ["observed on 6.18", "io_uring/kbuf.c"],
      since: "6.0",
    },
    {
      id: "BUF-40",
      rule: "A READ that fails or is cancelled uses up the buffer of a list that it had picked.",
      observable:
        "-ECANCELED, -EFAULT, -EAGAIN, -EINVAL, -EBADF of the access mode: with F_BUFFER and " +
        "the id; the buffer is not in the list any more",
      source: ["observed on 6.18", "io_uring/rw.c"],
      since: "5.7",
    },
    {
      id: "BUF-41",
      rule: "A RECV that fails, is cancelled or meets the end of the stream uses up nothing.",
      observable: "no F_BUFFER; REMOVE_BUFFERS finds the buffer",
      source: ["observed on 6.18", "io_uring/net.c"],
      since: "6.0",
    },
    {
      id: "BUF-42",
      rule: "The end of a pipe uses up a buffer of a READ, of a list and of a ring.",
      observable: "res 0 with F_BUFFER",
      source: ["observed on 6.18"],
      since: "5.19",
    },
    {
      id: "BUF-9",
      rule: "A READ of a file that cannot be polled uses up its buffer whatever comes of it.",
      observable: "end of a regular file: 0 with F_BUFFER; directory: -EISDIR with F_BUFFER",
      source: ["observed on 6.18", "io_uring/kbuf.c"],
      since: "5.7",
    },
    {
      id: "BUF-43",
      rule: "A descriptor that is not open uses up nothing.",
      observable: "-EBADF without F_BUFFER",
      source: ["observed on 6.18"],
      since: "5.7",
    },
    {
      id: "BUF-10",
      rule:
        "REGISTER_PBUF_RING makes a ring of 1 to 32,768 entries, a power of two, in " +
        "page-aligned memory of the program.",
      observable: "0; entries 0, 3 or 65,536, or memory not aligned: -EINVAL",
      source: ["observed on 6.18", "io_uring_register_buf_ring(3)"],
      since: "5.19",
    },
    {
      id: "BUF-44",
      rule: "The memory of a ring has to be mapped for writing, for its whole length.",
      observable: "NULL, not mapped, half mapped or read-only: -EFAULT",
      source: ["observed on 6.18", "io_uring_register_buf_ring(3)"],
      since: "5.19",
    },
    {
      id: "BUF-45",
      rule:
        "REGISTER_PBUF_RING refuses unknown flags and reserved fields, and a nr_args other than " +
        "1.",
      observable: "-EINVAL; argument NULL: -EINVAL; unreadable: -EFAULT",
      source: ["observed on 6.18", "io_uring/kbuf.c"],
      since: "5.19",
    },
    {
      id: "BUF-11",
      rule: "A group has one list or one ring. A list that has become empty gives way to a ring.",
      observable: "ring or buffers there: -EEXIST; emptied list: 0",
      source: ["observed on 6.18", "io_uring_register_buf_ring(3)"],
      since: "5.19",
    },
    {
      id: "BUF-46",
      rule:
        "That a group exists is found after a bad number of entries or a bad flag, and before a " +
        "bad address.",
      observable: "-EINVAL, -EEXIST, -EFAULT",
      source: ["observed on 6.18", "io_uring/kbuf.c"],
      since: "5.19",
    },
    {
      id: "BUF-13",
      rule: "PROVIDE_BUFFERS and REMOVE_BUFFERS do not work on a ring.",
      observable: "-EINVAL",
      source: ["observed on 6.18", "io_uring/kbuf.c"],
      since: "5.19",
    },
    {
      id: "BUF-15",
      rule:
        "An entry has 16 bytes: address at 0, length at 8, id at 12. The tail is the 16-bit " +
        "word at byte 14 of the first entry.",
      observable: "buffers that are written so, and then the tail, are picked",
      source: ["observed on 6.18", "io_uring_register_buf_ring(3)"],
      since: "5.19",
    },
    {
      id: "BUF-47",
      rule:
        "Tail and head count freely in 16 bits; the entry is the count modulo the size of the " +
        "ring.",
      observable: "after 65,536 buffers the head is 0 again and picking goes on",
      source: ["observed on 6.18", "io_uring_register_buf_ring(3)"],
      since: "5.19",
    },
    {
      id: "BUF-48",
      rule: "The kernel takes the tail as it finds it, from the registration on.",
      observable:
        "memory with tail 2: two buffers are there; tail 6 ahead of the head in a ring of 4: " +
        "six picks, then -ENOBUFS",
      source: ["observed on 6.18"],
      since: "5.19",
    },
    {
      id: "BUF-49",
      rule: "PBUF_STATUS tells the kernel's head of a ring.",
      observable:
        "head; unknown group: -ENOENT; list: -EINVAL; reserved field, nr_args not 1 or NULL: " +
        "-EINVAL",
      source: ["observed on 6.18", "io_uring_buf_ring_available(3)"],
      since: "6.8",
    },
    {
      id: "BUF-12",
      rule:
        "With IOU_PBUF_RING_MMAP the kernel allocates the ring, and mmap at 0x80000000 + (bgid " +
        "<< 16) maps it.",
      observable: "0, whatever ring_addr is; mapping a group without such a ring: ENOMEM",
      source: ["observed on 6.18", "io_uring_register_buf_ring(3)"],
      since: "6.4",
    },
    {
      id: "BUF-50",
      rule: "A mapped ring outlives its unregistration in the program, and cannot be mapped anew.",
      observable: "writing to it works; mmap: ENOMEM",
      source: ["observed on 6.18", "io_uring/memmap.c"],
      since: "6.4",
    },
    {
      id: "BUF-14",
      rule: "UNREGISTER_PBUF_RING ends a ring, with buffers in it or not.",
      observable: "0; unknown group: -ENOENT; list: -EINVAL; flags or reserved fields: -EINVAL",
      source: ["observed on 6.18", "io_uring/kbuf.c"],
      since: "5.19",
    },
    {
      id: "BUF-51",
      rule: "A request that waits on a group finds what the group is when its file becomes ready.",
      observable: "unregistered: -ENOBUFS; another ring registered: a buffer of that one",
      source: ["observed on 6.18"],
      since: "5.19",
    },
    {
      id: "BUF-16",
      rule:
        "A READ or RECV that waits on a file that can be polled holds no buffer of a ring; it " +
        "takes one when data is there.",
      observable:
        "six READs on four buffers wait, head 0; each byte that comes moves the head by 1",
      source: ["observed on 6.18", "io_uring/kbuf.c"],
      since: "5.19",
    },
    {
      id: "BUF-52",
      rule:
        "A wake-up wakes all that wait on the file: those that find their ring empty fail, even " +
        "if another one has taken the data.",
      observable: "three READs on one buffer, one byte: 1, -ENOBUFS and -ENOBUFS",
      source: ["observed on 6.18"],
      since: "5.19",
    },
    {
      id: "BUF-17",
      rule: "A transfer that fails on a file that can be polled leaves the buffer in the ring.",
      observable:
        "-EFAULT of a bad address, -EAGAIN, -EINVAL, -EBADF of the access mode: no F_BUFFER, " +
        "head unchanged",
      source: ["observed on 6.18", "io_uring/kbuf.c"],
      since: "5.19",
    },
    {
      id: "BUF-53",
      rule:
        "The kernel reads an entry when it picks it: an entry that was not picked may still be " +
        "changed.",
      observable: "after -EFAULT and a corrected address the same entry works",
      source: ["observed on 6.18"],
      since: "5.19",
    },
    {
      id: "BUF-54",
      rule: "With IOSQE_ASYNC a READ takes its buffer of a ring when it starts to wait.",
      observable:
        "head is 1 while it waits; a second READ on a ring of one buffer: -ENOBUFS; cancelled: " +
        "-ECANCELED with F_BUFFER",
      source: ["observed on 6.18", "io_uring/kbuf.c"],
      since: "5.19",
    },
    {
      id: "BUF-55",
      rule: "An entry of length 0 is picked and used up by a READ.",
      observable: "res 0 with F_BUFFER; the data stays in the file",
      source: ["observed on 6.18"],
      since: "5.19",
    },
    {
      id: "BUF-22",
      rule: "Any number of requests may share a group.",
      observable:
        "no buffer is picked twice before it is provided again; which request gets which is not " +
        "promised",
      source: ["observed on 6.18", "io_uring/kbuf.c"],
      since: "5.7",
    },
    {
      id: "BUF-18",
      rule:
        "In a ring with IOU_PBUF_RING_INC a transfer of n bytes leaves the buffer in place if " +
        "more is left: its entry's address grows and its length shrinks by n.",
      observable:
        "F_BUFFER and F_BUF_MORE; head unchanged; the next transfer goes behind the first",
      source: ["observed on 6.18", "io_uring_register_buf_ring(3)"],
      since: "6.12",
    },
    {
      id: "BUF-56",
      rule:
        "The transfer that uses up an incremental buffer sets its entry's length to 0, leaves " +
        "the address, and moves the head.",
      observable: "F_BUFFER without F_BUF_MORE",
      source: ["observed on 6.18", "io_uring/kbuf.c"],
      since: "6.12",
    },
    {
      id: "BUF-57",
      rule: "With min_left a buffer of which fewer bytes are left counts as used up.",
      observable: "min_left 4: 4 left: F_BUF_MORE; 3 left: none, head moves",
      source: ["observed on 6.18", "io_uring_register_buf_ring(3)"],
      since: "6.18",
    },
    {
      id: "BUF-58",
      rule: "min_left needs IOU_PBUF_RING_INC.",
      observable: "without it: -EINVAL",
      source: ["observed on 6.18", "io_uring/kbuf.c"],
      since: "6.18",
    },
    {
      id: "BUF-59",
      rule: "A transfer of nothing leaves an incremental buffer as it is and still names it.",
      observable: "end of a pipe: res 0 with F_BUFFER and F_BUF_MORE; -EAGAIN: no flags",
      source: ["observed on 6.18"],
      since: "6.12",
    },
    {
      id: "BUF-19",
      rule:
        "On files that cannot be polled, and with IOSQE_ASYNC, 6.18 takes the length that was " +
        "asked for out of an incremental buffer, whatever was read.",
      observable: "2 of 4 bytes at the end of a file, or -EISDIR: the entry shrinks by 4",
      source: ["observed on 6.18", "io_uring/kbuf.c"],
      since: "6.12",
      open: exception(
        "a defect of 6.18 that later kernels mend; programs that read such files into " +
          "incremental buffers are left out",
      ),
    },
    {
      id: "BUF-60",
      rule: "SEND takes incremental buffers in pieces too.",
      observable: "len 4 of 10: 4 bytes sent, F_BUF_MORE; then the other 6",
      source: ["observed on 6.18"],
      since: "6.12",
    },
    {
      id: "BUF-20",
      rule: "READ_MULTISHOT picks a buffer for every read.",
      observable: "F_BUFFER and F_MORE, a new id each time",
      source: ["observed on 6.18", "io_uring_prep_read_multishot(3)"],
      since: "6.7",
    },
    {
      id: "BUF-61",
      rule:
        "SEND with a buffer of a ring sends at most len bytes of it, all of it for len 0, and " +
        "uses it up.",
      observable: "res, F_BUFFER; the next SEND takes the next buffer",
      source: ["observed on 6.18", "io_uring_prep_send(3)"],
      since: "6.10",
    },
    {
      id: "BUF-62",
      rule: "SEND with a buffer of a list ignores len and sends all of it.",
      observable: "len 5, buffer of 16: 16",
      source: ["observed on 6.18", "io_uring/kbuf.c"],
      since: "6.10",
    },
    {
      id: "BUF-63",
      rule: "A SEND that fails uses up its buffer of a ring.",
      observable: "-EPIPE with F_BUFFER",
      source: ["observed on 6.18", "io_uring/net.c"],
      since: "6.10",
    },
    {
      id: "BUF-21",
      rule:
        "With IORING_RECVSEND_BUNDLE a receive fills several buffers: the id is that of the " +
        "first, the others follow it in the group.",
      observable:
        "one CQE, res the total; every buffer but the last is full; the head moves by their " +
        "number",
      source: ["observed on 6.18", "io_uring_prep_recv(3)"],
      since: "6.10",
    },
    {
      id: "BUF-64",
      rule:
        "A bundle begins no buffer that it cannot fill, as far as it knows how much there is " +
        "(len, or what waits once it has filled its first one), unless it is the first.",
      observable: "buffers of 16, len 20: 16 bytes; len 4: 4; buffers of 8, 20 bytes waiting: 16",
      source: ["observed on 6.18", "io_uring/kbuf.c"],
      since: "6.10",
    },
    {
      id: "BUF-65",
      rule: "Lists serve bundles too, though io_uring_prep_recv(3) asks for a ring.",
      observable: "three buffers of 4, 10 bytes: res 8 with the first id, the third is left",
      source: ["observed on 6.18", "io_uring/kbuf.c"],
      since: "6.10",
    },
    {
      id: "BUF-66",
      rule:
        "A bundle over incremental buffers has F_BUF_MORE if the last one it touched is not " +
        "used up.",
      observable: "13 bytes into buffers of 10: the id of the first, F_BUF_MORE, head moves by 1",
      source: ["observed on 6.18"],
      since: "6.12",
    },
    {
      id: "BUF-67",
      rule:
        "A bundle SEND sends buffer after buffer until the group is empty; each CQE but the " +
        "last has F_MORE.",
      observable:
        "buffers of 10, 10, 10 and len 15: 10 with F_MORE, then 20; on an empty group -ENOBUFS",
      source: ["observed on 6.18", "io_uring_prep_send(3)"],
      since: "6.10",
    },
    {
      id: "BUF-68",
      rule: "RECVMSG and SENDMSG do not bundle.",
      observable: "IORING_RECVSEND_BUNDLE in ioprio: -EINVAL",
      source: ["observed on 6.18", "io_uring/net.c"],
      since: "6.10",
    },
    {
      id: "BUF-69",
      rule:
        "On 6.18 a RECV with bundles may do without IOSQE_BUFFER_SELECT, and so may a SEND, " +
        "which then posts a second CQE.",
      observable: "RECV: as without the flag; SEND of 3 bytes: 3 with F_MORE, then 0",
      source: ["observed on 6.18", "io_uring/net.c"],
      since: "6.18",
      open: exception("a defect of 6.18; 6.12 answers -EINVAL"),
    },
    {
      id: "BUF-70",
      rule:
        "On 6.18 a bundle with MSG_WAITALL that is filled in several steps moves the head by " +
        "too little.",
      observable:
        "10 bytes in two steps into buffers of 4: res 8, head moved by 1, and the next receive " +
        "writes over the second",
      source: ["observed on 6.18", "io_uring/net.c"],
      since: "6.18",
      open: exception(
        "a defect of 6.18 that loses data; programs that combine the two are left out",
      ),
    },
    {
      id: "BUF-71",
      rule: "A bundle SEND that goes to a worker waits until there is room, and fails then.",
      observable:
        "IOSQE_ASYNC: -ECANCELED without F_BUFFER, nothing is used up; a file that cannot be " +
        "polled: -EBADFD; as the open end of a chain: -ECANCELED where there is room, else it is " +
        "sent once there is; a cancellation finds it waiting: 0, -ECANCELED; another one that is " +
        "hard-linked behind it runs as usual, or goes to the worker as well",
      source: ["observed on 6.18", "io_uring/io_uring.c"],
      since: "6.18",
    },
    {
      id: "BUF-72",
      rule:
        "A buffer of a ring that holds 2 GiB or more is not used up where Linux does so before " +
        "the transfer.",
      observable:
        "READ of a file into an entry of 0xffffffff bytes: F_BUFFER with its id, and the head " +
        "stays",
      source: ["observed on 6.18", "io_uring/kbuf.c"],
      since: "6.18",
    },
    {
      id: "BUF-73",
      rule:
        "RECVMSG into such a buffer finds an empty stream at its end: it does not wait for what " +
        "it takes for less than nothing.",
      observable: "0; RECV with the same buffer waits",
      source: ["observed on 6.18", "net/unix/af_unix.c"],
      since: "6.18",
    },
    {
      id: "BUF-75",
      rule: "With MSG_WAITALL such a RECVMSG lacks nothing: it succeeds.",
      observable: "0, and what is linked to it goes on; RECV waits for more than 8 bytes",
      source: ["observed on 6.18", "io_uring/net.c"],
      since: "6.18",
    },
    {
      id: "BUF-76",
      rule: "BUNDLE changes nothing for a RECV into its own buffer.",
      observable: "len 1 where 2 bytes wait: 1, with SOCK_NONEMPTY",
      source: ["observed on 6.18", "io_uring/net.c"],
      since: "6.10",
    },
    {
      id: "BUF-77",
      rule:
        "A RECV or READ that tries again picks no more than its first buffer held; a RECVMSG " +
        "picks anew.",
      observable: "first buffer 4, next 8, and 8 bytes: RECVMSG 8, RECV 4",
      source: ["observed on 6.18", "io_uring/net.c", "io_uring/rw.c"],
      since: "5.7",
    },
    {
      id: "BUF-74",
      rule: "RECVMSG tells the id of a buffer without an address, RECV and READ do not.",
      observable: "-ENOBUFS with F_BUFFER and the id; RECV and READ: without",
      source: ["observed on 6.18", "io_uring/net.c"],
      since: "6.0",
    },
  ],
};
