/** Chapter OWN: who may touch memory, descriptors and structures, and until when. */
import type { Chapter } from "./types.ts";

/** Chapter OWN. */
export const OWNERSHIP: Chapter = {
  prefix: "OWN",
  title: "Ownership",
  introduction:
    "OWN-1 to OWN-16 are promises of this library; the first ten are the invariants O1 to O10 " +
    "of docs/ownership.md. From OWN-20 on stands what the kernel does, and why the promises are " +
    "what they are: it writes at addresses, late, and nothing but the CQE of the request itself " +
    "says that it will not any more.",
  clauses: [
    {
      id: "OWN-1",
      rule:
        "A buffer has exactly one owner at any moment: pool, user, operation, orphan, " +
        "registration or buffer ring, until it is leaked or freed.",
      observable: "every step is a row of TRANSITIONS; another one throws",
      source: ["docs/ownership.md"],
      since: "5.1",
    },
    {
      id: "OWN-2",
      rule: "An operation gives its buffer back with its own terminal CQE and with nothing else.",
      observable:
        "its promise is pending after the CQE of a cancellation, after close of the file and " +
        "after an enter that failed; it settles with the CQE without F_MORE",
      source: ["docs/ownership.md", "axboe/liburing#733"],
      since: "5.1",
    },
    {
      id: "OWN-3",
      rule: "A handle moves once. Using it again throws, and the error says where the buffer went.",
      observable: "the second use throws before anything is submitted",
      source: ["docs/ownership.md"],
      since: "5.1",
    },
    {
      id: "OWN-4",
      rule: "While an operation has a buffer the program has no view of it.",
      observable: "a view taken earlier has length 0",
      source: ["docs/ownership.md"],
      since: "5.1",
    },
    {
      id: "OWN-5",
      rule: "Each operation settles once, and each buffer comes back once.",
      observable: "on success, on error and on cancellation; the error carries the buffer",
      source: ["docs/ownership.md"],
      since: "5.1",
    },
    {
      id: "OWN-6",
      rule:
        "A buffer that nobody waits for any more stays with the operation until its terminal " +
        "CQE.",
      observable:
        "promise and handle dropped: the memory is not collected while the request is in " +
        "flight, and is after its CQE",
      source: ["docs/ownership.md"],
      since: "5.1",
    },
    {
      id: "OWN-7",
      rule: "An abandoned operation that makes a descriptor closes it.",
      observable:
        "an accept or open that completed after the cancellation leaves no open descriptor and " +
        "no occupied slot",
      source: ["docs/ownership.md", "io_uring_cancelation(7)"],
      since: "5.5",
    },
    {
      id: "OWN-8",
      rule:
        "Closing a ring cancels what is in flight, waits with a bound, and leaks what is in " +
        "flight then.",
      observable: "close reports the number leaked; their memory is not used again",
      source: ["docs/ownership.md"],
      since: "5.1",
    },
    {
      id: "OWN-9",
      rule: "Memory that the kernel may write does not belong to the JavaScript isolate.",
      observable:
        "a Worker that is terminated with a read in flight: the write goes to memory that " +
        "nobody else has",
      source: ["docs/ownership.md"],
      since: "5.1",
    },
    {
      id: "OWN-10",
      rule: "Bytes beyond the result are not shown as data.",
      observable: "the data of a short read has the length of its result",
      source: ["docs/ownership.md"],
      since: "5.1",
    },
    {
      id: "OWN-11",
      rule: "A CQE for an operation that has ended settles nothing and frees nothing.",
      observable:
        "user_data of an earlier generation is reported as an error and does not complete the " +
        "operation that has the slot now; a CQE after the bound of OWN-8 is taken for what it is",
      source: ["docs/ownership.md", "axboe/liburing#733"],
      since: "5.1",
    },
    {
      id: "OWN-12",
      rule: "Of two operations that get one buffer the second is refused.",
      observable: "it throws, also within one batch, and the first goes on",
      source: ["docs/ownership.md"],
      since: "5.1",
    },
    {
      id: "OWN-13",
      rule:
        "An operation keeps every structure that it points to: vectors, headers, addresses, " +
        "times, paths and places for results.",
      observable: "after the call returns they may be changed or collected without effect",
      source: ["docs/ownership.md", "axboe/liburing#975"],
      since: "5.1",
    },
    {
      id: "OWN-14",
      rule: "A descriptor of the library is not closed while an operation uses it.",
      observable:
        "close waits for the operation, or cancels it; the number is not given away before",
      source: ["docs/ownership.md", "axboe/liburing#568"],
      since: "5.1",
    },
    {
      id: "OWN-15",
      rule: "An SQE is zeroed before it is filled.",
      observable: "no flag, user_data or field of the slot's last request",
      source: ["axboe/liburing#848"],
      since: "5.1",
    },
    {
      id: "OWN-16",
      rule:
        "An operation whose SQE was published is live, whatever the enter that submitted it " +
        "returned.",
      observable:
        "after -EAGAIN, -EBUSY or -EINTR it is submitted again, not made anew, and its buffer " +
        "stays away",
      source: ["docs/ownership.md", "io_uring_enter(2)"],
      since: "5.1",
    },
    {
      id: "OWN-20",
      rule:
        "The kernel reads and writes an ordinary buffer by its address when it transfers, not " +
        "before.",
      observable:
        "buffer unmapped and mapped anew while a read waits: the bytes are in the new memory",
      source: ["observed on 6.18"],
      since: "5.1",
    },
    {
      id: "OWN-21",
      rule: "A buffer that is not mapped any more when the transfer comes fails the request.",
      observable: "-EFAULT; bytes of a pipe or stream stay",
      source: ["observed on 6.18"],
      since: "5.1",
    },
    {
      id: "OWN-22",
      rule: "A write that waits sends what its buffer holds when there is room.",
      observable: "bytes changed after the submission arrive changed",
      source: ["observed on 6.18", "axboe/liburing#1340"],
      since: "5.7",
    },
    {
      id: "OWN-23",
      rule: "The CQE of a cancellation says nothing about the memory of its target.",
      observable:
        "-EALREADY, and the target goes on until its own CQE; 0: its own CQE follows or came " +
        "before",
      source: ["observed on 6.18", "io_uring_cancelation(7)"],
      since: "5.5",
    },
    {
      id: "OWN-24",
      rule: "A cancellation and its target both complete, once each, also if they cross.",
      observable: "read of data that is there, and its cancellation: the bytes, and -ENOENT",
      source: ["observed on 6.18", "io_uring_cancelation(7)"],
      since: "5.5",
    },
    {
      id: "OWN-25",
      rule:
        "Closing a descriptor does not end requests on its file, and the file stays open for " +
        "them.",
      observable:
        "socket closed with a receive armed: the peer sees no end until the receive has ended, " +
        "by data or by cancellation",
      source: ["observed on 6.18", "io_uring_cancelation(7)"],
      since: "5.5",
    },
    {
      id: "OWN-26",
      rule: "After the close the request cannot be named by the number of the descriptor.",
      observable:
        "cancellation by FD with the number used anew: -ENOENT, or the requests of the new file",
      source: ["observed on 6.18", "io_uring_cancelation(7)"],
      since: "5.19",
    },
    {
      id: "OWN-27",
      rule:
        "Closing the descriptor of a ring whose memory is still mapped ends nothing: armed " +
        "requests go on and write.",
      observable:
        "a read armed on a plain ring takes the bytes that come after the close, and its buffer " +
        "holds them",
      source: ["observed on 6.18", "io_uring/memmap.c"],
      since: "5.1",
    },
    {
      id: "OWN-28",
      rule: "With descriptor and mappings gone, armed requests are cancelled and take nothing.",
      observable:
        "bytes that come later stay in the pipe; its writer sees that nobody reads, soon, not " +
        "at once",
      source: ["observed on 6.18", "io_uring_setup(2)"],
      since: "5.1",
    },
    {
      id: "OWN-29",
      rule: "An enter that fails before it takes an SQE leaves it in the queue.",
      observable:
        "-EINVAL for a bad flag: the head has not moved, and the next enter submits the SQE",
      source: ["observed on 6.18", "io_uring_enter(2)"],
      since: "5.1",
    },
    {
      id: "OWN-30",
      rule:
        "Structures that a request only reads are copied when it is submitted; places that it " +
        "writes to are needed until its CQE.",
      observable:
        "vectors, msghdr to send, addresses, times and paths may change after enter; ACCEPT's " +
        "address, RECVMSG's msghdr, buffers of STATX and siginfo unmapped: -EFAULT",
      source: ["observed on 6.18", "io_uring_setup(2)"],
      since: "5.5",
    },
    {
      id: "OWN-31",
      rule:
        "A descriptor that a request made belongs to the program from then on, whether its CQE " +
        "was reaped or not.",
      observable: "ring closed with the CQE of an ACCEPT in its queue: the socket stays open",
      source: ["observed on 6.18"],
      since: "5.5",
    },
    {
      id: "OWN-32",
      rule:
        "A provided buffer belongs to the kernel until a CQE names it without F_BUF_MORE, or it " +
        "is removed.",
      observable:
        "F_BUFFER may come with an error too, -ECANCELED included: the buffer is back then",
      source: ["observed on 6.18", "io_uring_provided_buffers(7)"],
      since: "5.7",
    },
    {
      id: "OWN-33",
      rule: "Unregistering a buffer ring gives back the buffers that no request has picked.",
      observable:
        "a READ with IOSQE_ASYNC writes the buffer that it had picked after " +
        "UNREGISTER_PBUF_RING returned; its CQE names it",
      source: ["observed on 6.18", "io_uring/kbuf.c"],
      since: "5.19",
    },
    {
      id: "OWN-34",
      rule:
        "A zero-copy send that was cancelled before it ran posts its error without F_MORE, and " +
        "a notification later.",
      observable: "two CQEs with one user_data, the second with F_NOTIF (NET-65)",
      source: ["observed on 6.18"],
      since: "6.1",
    },
    {
      id: "OWN-35",
      rule: "With O_DIRECT a short read may write the buffer beyond its result.",
      observable: "file of 3 bytes, 4096 asked for: res 3, and bytes behind them are zero",
      source: ["observed on 6.18"],
      since: "5.1",
    },
  ],
};
