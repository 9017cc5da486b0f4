/**
 * Chapter NET: connections, sending and receiving, and zero-copy sends.
 */
import { exception } from "./open.ts";
import type { Chapter } from "./types.ts";

/** Chapter NET. */
export const SOCKETS: Chapter = {
  prefix: "NET",
  title: "Sockets",
  introduction:
    "These operations do what the socket calls of their names do, but wait where the calls " +
    "would block or say so. The flags of the kernel's own making stand in ioprio. Rules about " +
    "selected buffers stand in chapter BUF, those about multishot requests in general in " +
    "chapter MSHOT, those about commands to sockets in chapter CMD.",
  clauses: [
    {
      id: "NET-1",
      rule: "ACCEPT waits for a connection and takes it.",
      observable: "a new descriptor, with O_NONBLOCK and close-on-exec as accept_flags say",
      source: ["observed on 6.18", "io_uring_prep_accept(3)"],
      since: "5.5",
    },
    {
      id: "NET-23",
      rule:
        "ACCEPT reserves len and buf_index, and knows SOCK_CLOEXEC and SOCK_NONBLOCK in " +
        "accept_flags and 1, 2 and 4 in ioprio.",
      observable: "-EINVAL, also with a bad descriptor; addr3 is ignored",
      source: ["observed on 6.18", "io_uring/net.c"],
      since: "6.10",
    },
    {
      id: "NET-24",
      rule: "ACCEPT needs a socket that listens.",
      observable:
        "no socket: -ENOTSOCK; not listening, or shut down while it waits: -EINVAL; datagram " +
        "socket: -EOPNOTSUPP",
      source: ["observed on 6.18", "accept(2)"],
      since: "5.5",
    },
    {
      id: "NET-2",
      rule:
        "IORING_ACCEPT_DONTWAIT (2) keeps ACCEPT from waiting; O_NONBLOCK on the listener does " +
        "not.",
      observable: "-EAGAIN; with O_NONBLOCK: no CQE until somebody connects",
      source: ["observed on 6.18", "io_uring_prep_accept(3)"],
      since: "6.10",
    },
    {
      id: "NET-25",
      rule: "IORING_ACCEPT_POLL_FIRST (4) changes nothing but the first try.",
      observable: "a pending connection is accepted; with DONTWAIT and none pending: -EAGAIN",
      source: ["observed on 6.18", "io_uring_prep_accept(3)"],
      since: "6.10",
    },
    {
      id: "NET-3",
      rule:
        "The peer's address is written to addr, and its length to the word at off, when the " +
        "connection is taken.",
      observable: "the address, cut to the length that stood there; the length is the full one",
      source: ["observed on 6.18", "accept(2)"],
      since: "5.5",
    },
    {
      id: "NET-26",
      rule: "An address that cannot be written costs the connection.",
      observable:
        "addr or length unmapped: -EFAULT; length negative: -EINVAL; the peer sees the end, the " +
        "next ACCEPT does not find it",
      source: ["observed on 6.18", "io_uring/net.c"],
      since: "5.5",
    },
    {
      id: "NET-27",
      rule:
        "ACCEPT at RLIMIT_NOFILE takes no connection; a direct one without a slot takes it and " +
        "closes it.",
      observable:
        "-EMFILE, the connection stays; ALLOC and none free: -ENFILE, no table: -ENXIO, slot " +
        "beyond it: -EINVAL, and the peer sees the end",
      source: ["observed on 6.18", "io_uring/net.c"],
      since: "5.15",
    },
    {
      id: "NET-4",
      rule: "A multishot ACCEPT posts a CQE with F_MORE for each connection.",
      observable: "a new descriptor each; the addr of the SQE is written for each",
      source: ["observed on 6.18", "io_uring_prep_multishot_accept(3)"],
      since: "5.19",
    },
    {
      id: "NET-28",
      rule:
        "A multishot ACCEPT can be direct with IORING_FILE_INDEX_ALLOC only, and ends when the " +
        "table is full.",
      observable: "a slot number: -EINVAL; slots in res with F_MORE, then -ENFILE",
      source: ["observed on 6.18", "io_uring_prep_multishot_accept_direct(3)"],
      since: "5.19",
    },
    {
      id: "NET-29",
      rule: "SOCK_NONEMPTY on the CQE of an ACCEPT says that more connections were pending.",
      observable: "two pending: on the first, not on the second; a hint",
      source: ["observed on 6.18", "io_uring_prep_accept(3)"],
      since: "6.10",
    },
    {
      id: "NET-30",
      rule: "A cancelled ACCEPT leaves no descriptor.",
      observable: "-ECANCELED; the next connection waits for the next ACCEPT",
      source: ["observed on 6.18"],
      since: "5.5",
    },
    {
      id: "NET-5",
      rule:
        "CONNECT waits until the connection stands or has failed, also if the socket has " +
        "O_NONBLOCK.",
      observable: "0, or the error (-ECONNREFUSED); never -EINPROGRESS",
      source: ["observed on 6.18", "io_uring_prep_connect(3)"],
      since: "5.5",
    },
    {
      id: "NET-31",
      rule: "CONNECT reserves len, buf_index, rw_flags, splice_fd_in and ioprio.",
      observable: "-EINVAL; addr3 is ignored",
      source: ["observed on 6.18", "io_uring/net.c"],
      since: "5.5",
    },
    {
      id: "NET-32",
      rule: "The address, of off bytes at addr, is copied at submission.",
      observable:
        "unreadable: -EFAULT, also with a bad descriptor; off negative or above 128: -EINVAL",
      source: ["observed on 6.18", "io_uring/net.c"],
      since: "5.5",
    },
    {
      id: "NET-33",
      rule: "CONNECT has the errors of connect(2).",
      observable:
        "connected, or listening: -EISCONN; wrong family: -EAFNOSUPPORT; too short: -EINVAL; no " +
        "socket: -ENOTSOCK; a refused socket may connect elsewhere",
      source: ["observed on 6.18", "connect(2)"],
      since: "5.5",
    },
    {
      id: "NET-6",
      rule: "SEND and RECV transfer bytes of a stream in order, or one datagram.",
      observable: "the number of bytes; MSG_PEEK leaves them",
      source: ["observed on 6.18", "io_uring_prep_send(3)", "io_uring_prep_recv(3)"],
      since: "5.6",
    },
    {
      id: "NET-34",
      rule: "SEND and RECV have no negative length.",
      observable: "len 2^31 or more: -EINVAL, also with a bad descriptor",
      source: ["observed on 6.18", "io_uring/net.c"],
      since: "6.0",
    },
    {
      id: "NET-35",
      rule:
        "RECV, RECVMSG and SENDMSG reserve off and file_index, SEND the upper half of " +
        "file_index.",
      observable: "-EINVAL; buf_index and addr3 are ignored; RECV multishot: NET-13",
      source: ["observed on 6.18", "io_uring/net.c"],
      since: "6.0",
    },
    {
      id: "NET-36",
      rule:
        "SEND and SENDMSG know POLL_FIRST and VECTORIZED in ioprio, RECV and RECVMSG POLL_FIRST " +
        "and MULTISHOT, SEND and RECV BUNDLE besides.",
      observable: "another bit: -EINVAL",
      source: ["observed on 6.18", "io_uring/net.c"],
      since: "6.17",
    },
    {
      id: "NET-37",
      rule: "Sending and receiving need a socket.",
      observable: "-ENOTSOCK, after all checks of the SQE",
      source: ["observed on 6.18", "io_uring/net.c"],
      since: "5.3",
    },
    {
      id: "NET-38",
      rule:
        "SEND to the address of addr_len bytes at off sends a datagram there; without off, " +
        "addr_len is ignored.",
      observable:
        "unreadable: -EFAULT and above 128: -EINVAL, also with a bad descriptor; on a connected " +
        "stream of AF_UNIX: -EISCONN, a lone one: -EOPNOTSUPP; no destination at all: " +
        "-EDESTADDRREQ, in AF_UNIX -ENOTCONN; nobody there: the length, and a later receive " +
        "-ECONNREFUSED if the socket is connected",
      source: ["observed on 6.18", "io_uring_prep_send_set_addr(3)"],
      since: "6.0",
    },
    {
      id: "NET-39",
      rule: "SEND with IORING_SEND_VECTORIZED takes len iovecs at addr.",
      observable: "the sum; unreadable: -EFAULT; more than 1024: -EINVAL; 0: 0",
      source: ["observed on 6.18", "io_uring_prep_send(3)"],
      since: "6.17",
    },
    {
      id: "NET-7",
      rule: "MSG_DONTWAIT keeps a request from waiting; O_NONBLOCK on the socket does not.",
      observable: "-EAGAIN at once; with O_NONBLOCK: no CQE until there is data or room",
      source: ["observed on 6.18", "io_uring_prep_recv(3)"],
      since: "5.6",
    },
    {
      id: "NET-8",
      rule:
        "With MSG_WAITALL a receive from a stream gathers until it has all, the stream ends, or " +
        "it is cancelled.",
      observable:
        "len bytes; 3 bytes and the end: 3; 3 bytes and a cancellation: the cancellation 0, the " +
        "receive 3",
      source: ["observed on 6.18", "io_uring_prep_recv(3)"],
      since: "5.19",
    },
    {
      id: "NET-40",
      rule:
        "A gathering receive that ends early is a failure to a chain, a short one without " +
        "MSG_WAITALL is none.",
      observable: "soft link behind it: -ECANCELED; it runs",
      source: ["observed on 6.18", "io_uring_linked_requests(7)"],
      since: "5.19",
    },
    {
      id: "NET-41",
      rule: "With MSG_WAITALL a send to a stream goes on until all is sent.",
      observable: "1 MiB while the peer reads: 1 MiB; without it: what fits",
      source: ["observed on 6.18", "io_uring_prep_send(3)"],
      since: "5.19",
    },
    {
      id: "NET-42",
      rule: "MSG_WAITALL with MSG_DONTWAIT transfers what it can at once.",
      observable: "3 of 10 bytes there: 3",
      source: ["observed on 6.18"],
      since: "5.19",
    },
    {
      id: "NET-43",
      rule: "A datagram is cut to the buffer; with MSG_TRUNC res is the length that it had.",
      observable: "6 bytes into 3: 3, and the rest is lost; with MSG_TRUNC: 6",
      source: ["observed on 6.18", "recv(2)"],
      since: "5.6",
    },
    {
      id: "NET-44",
      rule: "MSG_WAITALL does not join datagrams, but the records of a SOCK_SEQPACKET it does.",
      observable: "datagram of 6 of 30: 6; record of 6 of 30: no CQE until more comes",
      source: ["observed on 6.18", "io_uring/net.c"],
      since: "5.19",
    },
    {
      id: "NET-9",
      rule: "SOCK_NONEMPTY on the CQE of a receive says that bytes of the stream are left.",
      observable: "2 of 5 read: set; the rest read: not set; a hint, and none for UDP",
      source: ["observed on 6.18", "io_uring_prep_recv(3)"],
      since: "5.19",
    },
    {
      id: "NET-10",
      rule: "A send to a peer that is gone fails without a signal, whatever MSG_NOSIGNAL says.",
      observable: "-EPIPE",
      source: ["observed on 6.18", "io_uring/net.c"],
      since: "5.6",
    },
    {
      id: "NET-11",
      rule: "IORING_RECVSEND_POLL_FIRST changes nothing but the first try.",
      observable: "data that is there is received",
      source: ["observed on 6.18", "io_uring_prep_recv(3)"],
      since: "5.19",
    },
    {
      id: "NET-85",
      rule:
        "RECV and ACCEPT with POLL_FIRST wait before they look whether their file is a socket, " +
        "the others look first.",
      observable:
        "file that cannot be polled: -EAGAIN, multishot -EBADFD, SEND, SENDMSG and RECVMSG " +
        "-ENOTSOCK; every multishot request with IOSQE_ASYNC: -EBADFD",
      source: ["observed on 6.18", "io_uring/net.c"],
      since: "6.10",
    },
    {
      id: "NET-15",
      rule:
        "A receive from a stream into memory that cannot be written leaves all bytes in the " +
        "socket; a datagram of UDP is lost.",
      observable:
        "-EFAULT, also if a part of it is mapped; the next receive gets the bytes, or nothing",
      source: ["observed on 6.18"],
      since: "5.6",
    },
    {
      id: "NET-87",
      rule:
        "A stream of AF_UNIX takes bytes in pieces of up to 36544, and loses a piece of which " +
        "a part faults.",
      observable: "3 bytes and 2 that are not mapped, with SEND or WRITEV: -EFAULT, nothing sent",
      source: ["observed on 6.18", "net/unix/af_unix.c"],
      since: "5.6",
    },
    {
      id: "NET-45",
      rule:
        "A receive of no bytes waits for data, and takes none of a stream, but a whole " +
        "datagram.",
      observable:
        "empty socket: no CQE; data there: 0, with SOCK_NONEMPTY on a stream; addr is not " +
        "looked at",
      source: ["observed on 6.18"],
      since: "5.6",
    },
    {
      id: "NET-84",
      rule:
        "A receive of no bytes that blocks a worker in a socket of TCP ends with 0 when it is " +
        "cancelled.",
      observable: "cancellation -EALREADY, receive 0; of one byte, or of AF_UNIX: -EINTR",
      source: ["observed on 6.18", "net/ipv4/tcp.c"],
      since: "6.0",
    },
    {
      id: "NET-46",
      rule: "A socket that is not connected neither sends nor receives.",
      observable:
        "TCP, a listener too: RECV -ENOTCONN, SEND -EPIPE; AF_UNIX stream: RECV -EINVAL, SEND " +
        "-ENOTCONN; packets: -ENOTCONN; datagrams: they receive from anybody",
      source: ["observed on 6.18", "recv(2)"],
      since: "5.6",
    },
    {
      id: "NET-22",
      rule: "Of several receives on one socket each byte goes to exactly one.",
      observable:
        "the bytes of all CQEs are those that were sent; which request gets which is not " +
        "promised",
      source: ["observed on 6.18"],
      since: "5.6",
    },
    {
      id: "NET-12",
      rule: "A multishot RECV posts a CQE with F_MORE and F_BUFFER for each chunk.",
      observable: "res bytes in the buffer of that id",
      source: ["observed on 6.18", "io_uring_prep_recv(3)"],
      since: "6.0",
    },
    {
      id: "NET-13",
      rule:
        "In a multishot RECV len caps each chunk, and optlen is a total: the chunk that reaches " +
        "it is the last.",
      observable:
        "len 5: at most 5 bytes a CQE; optlen 7: 3 bytes with F_MORE, then a chunk without; " +
        "chunks are not cut to the total",
      source: ["observed on 6.18", "io_uring/net.c"],
      since: "6.17",
    },
    {
      id: "NET-47",
      rule: "Up to 6.16 a multishot RECV takes neither.",
      observable: "len or optlen not 0: -EINVAL",
      source: ["io_uring/net.c"],
      since: "6.0",
      until: "6.16",
    },
    {
      id: "NET-14",
      rule:
        "A multishot RECVMSG puts a header of four 32-bit words in front of each message: " +
        "namelen, controllen, payloadlen, flags. Behind it come name and control areas of the " +
        "sizes that the msghdr asks for, then the payload.",
      observable:
        "res = 16 + both areas + payload received; areas keep their sizes whatever namelen and " +
        "controllen say",
      source: ["observed on 6.18", "io_uring_recvmsg_out(3)"],
      since: "6.0",
    },
    {
      id: "NET-48",
      rule:
        "In that header namelen is the full length of the name, controllen what was written, " +
        "and flags are those of recvmsg(2).",
      observable:
        "name area of 4 for 16: namelen 16; payload cut: MSG_TRUNC; no room for control data: " +
        "MSG_CTRUNC",
      source: ["observed on 6.18", "io_uring_recvmsg_out(3)"],
      since: "6.0",
    },
    {
      id: "NET-49",
      rule: "With MSG_TRUNC payloadlen is the length that a cut datagram had.",
      observable: "200 bytes into 84: payloadlen 200, res the whole buffer",
      source: ["observed on 6.18"],
      since: "6.0",
    },
    {
      id: "NET-50",
      rule: "A multishot RECVMSG ends on a buffer that has no room for header and areas.",
      observable: "-EFAULT without F_BUFFER; room for these alone: MSHOT-12",
      source: ["observed on 6.18", "io_uring/net.c"],
      since: "6.0",
    },
    {
      id: "NET-51",
      rule: "The msghdr of a multishot RECVMSG is copied at submission and never written.",
      observable:
        "changing it afterwards has no effect; a name or control area below 0 or together too " +
        "large: -EOVERFLOW",
      source: ["observed on 6.18", "io_uring/net.c"],
      since: "6.0",
    },
    {
      id: "NET-86",
      rule: "RECV_ZC needs a queue of a network device, which only a ring with CQE32 can have.",
      observable:
        "-EINVAL, also with a bad descriptor; IOSQE_BUFFER_SELECT: -EOPNOTSUPP, as ERR-3 has it",
      source: ["observed on 6.18", "io_uring/net.c"],
      since: "6.15",
    },
    {
      id: "NET-16",
      rule:
        "The msghdr of SENDMSG and RECVMSG, and the vectors it names, are copied at submission, " +
        "before the descriptor is looked up.",
      observable: "unreadable: -EFAULT, also with a bad descriptor",
      source: ["observed on 6.18", "io_uring_prep_sendmsg(3)"],
      since: "5.3",
    },
    {
      id: "NET-52",
      rule: "A msghdr has at most 1024 vectors of lengths that are not negative.",
      observable:
        "more: -EMSGSIZE; negative length: -EINVAL; namelen negative: -EINVAL; 0 vectors to " +
        "send: 0",
      source: ["observed on 6.18", "io_uring/net.c"],
      since: "5.3",
    },
    {
      id: "NET-53",
      rule:
        "RECVMSG fills the vectors in order, and writes namelen, controllen and flags of the " +
        "msghdr when it completes.",
      observable:
        "10 bytes into 8: 8; datagram cut: MSG_TRUNC in msg_flags; name longer than its area: " +
        "msg_namelen is the full length",
      source: ["observed on 6.18", "io_uring_prep_recvmsg(3)"],
      since: "5.3",
    },
    {
      id: "NET-54",
      rule: "A RECVMSG whose msghdr cannot be written any more fails, and the message is gone.",
      observable: "-EFAULT; the next receive does not find it",
      source: ["observed on 6.18"],
      since: "5.3",
    },
    {
      id: "NET-55",
      rule: "SENDMSG and RECVMSG ignore len and buf_index.",
      observable: "as with 1 and 0",
      source: ["observed on 6.18", "io_uring/net.c"],
      since: "5.3",
    },
    {
      id: "NET-77",
      rule:
        "SENDMSG passes the descriptors in SCM_RIGHTS on over AF_UNIX; who receives them with " +
        "room for control data gets new ones.",
      observable:
        "msg_controllen: what was written; sender and receiver may close theirs; a peek makes " +
        "descriptors too",
      source: ["observed on 6.18", "unix(7)"],
      since: "5.3",
    },
    {
      id: "NET-78",
      rule: "Descriptors for which a receive has no room are closed.",
      observable:
        "RECV: none come; RECVMSG: as many as fit, none into an area that cannot be written or " +
        "at RLIMIT_NOFILE, and MSG_CTRUNC in msg_flags; res as without them",
      source: ["observed on 6.18", "unix(7)"],
      since: "5.3",
    },
    {
      id: "NET-79",
      rule: "Control data that cannot be passed on fails the send.",
      observable:
        "AF_UNIX: descriptor not open -EBADF; a ring's, more than 253 of them, an unknown type " +
        "of SOL_SOCKET, or a length below 16 or beyond the area: -EINVAL; other levels are " +
        "ignored; not readable: -EFAULT; 131072 bytes or more: -ENOBUFS; TCP ignores SCM_RIGHTS",
      source: ["observed on 6.18", "net/core/scm.c"],
      since: "5.3",
    },
    {
      id: "NET-80",
      rule: "With MSG_CMSG_CLOEXEC the descriptors that a receive makes are close-on-exec.",
      observable: "the flag stands in msg_flags too",
      source: ["observed on 6.18", "recv(2)"],
      since: "5.3",
    },
    {
      id: "NET-81",
      rule:
        "MSG_CMSG_COMPAT is taken from any program: control data then has the form that 32-bit " +
        "programs use, and so has what a receive writes, but the msghdr is read as ever.",
      observable:
        "the 64-bit form: -EINVAL; RECVMSG writes msg_controllen at byte 20 and msg_flags at " +
        "byte 24 of the msghdr",
      source: ["observed on 6.18", "net/compat.c"],
      since: "5.3",
    },
    {
      id: "NET-82",
      rule: "A RECVMSG with room for control data does not gather.",
      observable: "MSG_WAITALL, 3 of 6 bytes there: 3, and a soft chain goes on",
      source: ["observed on 6.18", "io_uring/net.c"],
      since: "5.19",
    },
    {
      id: "NET-19",
      rule: "SHUTDOWN ends the direction in len; what waits for that direction completes.",
      observable: "0; a receive that waits, on either side: 0",
      source: ["observed on 6.18", "io_uring_prep_shutdown(3)"],
      since: "5.11",
    },
    {
      id: "NET-56",
      rule: "SHUTDOWN checks the direction before the connection.",
      observable: "3 or -1: -EINVAL; not connected: -ENOTCONN; no socket: -ENOTSOCK",
      source: ["observed on 6.18", "shutdown(2)"],
      since: "5.11",
    },
    {
      id: "NET-57",
      rule: "SHUTDOWN reserves off, addr, rw_flags, buf_index, splice_fd_in and ioprio.",
      observable: "-EINVAL; addr3 is ignored",
      source: ["observed on 6.18", "io_uring/net.c"],
      since: "5.11",
    },
    {
      id: "NET-20",
      rule: "SOCKET makes a socket of the family in fd, the type in off and the protocol in len.",
      observable: "a new descriptor",
      source: ["observed on 6.18", "io_uring_prep_socket(3)"],
      since: "5.19",
    },
    {
      id: "NET-58",
      rule: "SOCKET has the errors of socket(2); it reserves addr, rw_flags, buf_index, ioprio.",
      observable:
        "unknown family: -EAFNOSUPPORT; unknown type or flag bits in it: -EINVAL; protocol of " +
        "another type: -EPROTONOSUPPORT; reserved: -EINVAL; addr3 and IOSQE_FIXED_FILE are " +
        "ignored",
      source: ["observed on 6.18", "socket(2)"],
      since: "5.19",
    },
    {
      id: "NET-21",
      rule:
        "BIND gives a socket the address of off bytes at addr, LISTEN makes it a listener with " +
        "the backlog in len.",
      observable:
        "0; bound before: -EINVAL; address taken: -EADDRINUSE; not of this host: " +
        "-EADDRNOTAVAIL; listening twice: 0",
      source: ["observed on 6.18", "io_uring_prep_bind(3)", "io_uring_prep_listen(3)"],
      since: "6.11",
    },
    {
      id: "NET-59",
      rule:
        "BIND reserves len, LISTEN addr and off, both rw_flags, buf_index, splice_fd_in and " +
        "ioprio.",
      observable: "-EINVAL; addr3 is ignored",
      source: ["observed on 6.18", "io_uring/net.c"],
      since: "6.11",
    },
    {
      id: "NET-60",
      rule: "The address of BIND is copied at submission.",
      observable:
        "unreadable: -EFAULT and off above 128: -EINVAL, also with a bad descriptor; too short: " +
        "-EINVAL",
      source: ["observed on 6.18", "io_uring/net.c"],
      since: "6.11",
    },
    {
      id: "NET-61",
      rule: "LISTEN needs a socket that can listen.",
      observable: "datagram socket: -EOPNOTSUPP; connected: -EINVAL; no socket: -ENOTSOCK",
      source: ["observed on 6.18", "listen(2)"],
      since: "6.11",
    },
    {
      id: "NET-17",
      rule:
        "SEND_ZC and SENDMSG_ZC post two CQEs: the result with F_MORE, then a notification with " +
        "F_NOTIF when the kernel is done with the memory.",
      observable: "same user_data; notification res 0, flags F_NOTIF alone",
      source: ["observed on 6.18", "io_uring_prep_send_zc(3)"],
      since: "6.1",
    },
    {
      id: "NET-62",
      rule: "The notification waits for the network, not for the program.",
      observable: "300,000 bytes on loopback: none until the peer has read; then one",
      source: ["observed on 6.18", "io_uring_prep_send_zc(3)"],
      since: "6.0",
    },
    {
      id: "NET-63",
      rule:
        "With IORING_SEND_ZC_REPORT_USAGE the notification says whether bytes were copied after " +
        "all.",
      observable:
        "res 0, or 0x80000000 if copied; a send that failed after its descriptor was looked " +
        "for: 0x80000000",
      source: ["observed on 6.18", "io_uring_prep_send_zc(3)"],
      since: "6.2",
    },
    {
      id: "NET-18",
      rule: "A zero-copy send that fails once its notification was prepared posts both CQEs too.",
      observable:
        "bad descriptor, no socket, AF_UNIX (-EOPNOTSUPP), -EFAULT, -EPIPE, bad ioprio, bad " +
        "address, cancelled: F_MORE on the error, then F_NOTIF",
      source: ["observed on 6.18", "io_uring/net.c"],
      since: "6.1",
    },
    {
      id: "NET-64",
      rule: "What is refused before that posts one CQE.",
      observable:
        "CQE_SKIP_SUCCESS, addr3 or the word behind it set: -EINVAL; IOSQE_BUFFER_SELECT: " +
        "-EOPNOTSUPP; no F_MORE, no notification",
      source: ["observed on 6.18", "io_uring/net.c"],
      since: "6.1",
    },
    {
      id: "NET-65",
      rule:
        "A zero-copy send behind the head of a chain that fails posts an error without F_MORE, " +
        "and a notification all the same.",
      observable: "-ECANCELED, or its own -EINVAL, with flags 0; then F_NOTIF",
      source: ["observed on 6.18", "io_uring/io_uring.c"],
      since: "6.1",
    },
    {
      id: "NET-95",
      rule:
        "A zero-copy send that its socket was tried for lets go of its notification there; one " +
        "that was refused before does so when it is freed, behind all that was submitted with it.",
      observable: "of two that fail, the second one tried: its notification comes first",
      source: ["observed on 6.18", "io_uring/net.c"],
      since: "6.1",
    },
    {
      id: "NET-96",
      rule: "A stream of AF_UNIX counts an urgent byte that was passed over as left for ever.",
      observable: "SOCK_NONEMPTY from then on, also where all else was read",
      source: ["observed on 6.18", "net/unix/af_unix.c"],
      since: "6.17",
    },
    {
      id: "NET-97",
      rule: "An urgent byte that was read with MSG_OOB is gone, also when another one follows it.",
      observable: "a, b urgent and read, c, d urgent: ac",
      source: ["observed on 6.18", "net/unix/af_unix.c"],
      since: "5.15",
    },
    {
      id: "NET-66",
      rule: "A cancellation does not find a notification that is outstanding.",
      observable: "-ENOENT; ANY: 0",
      source: ["observed on 6.18"],
      since: "6.0",
    },
    {
      id: "NET-67",
      rule: "A drain waits for the notifications before it.",
      observable: "the drained request completes after F_NOTIF",
      source: ["observed on 6.18"],
      since: "6.0",
    },
    {
      id: "NET-68",
      rule:
        "On 6.18 a zero-copy send that a drain holds back never runs, and nothing behind it " +
        "does.",
      observable:
        "SEND_ZC with IO_DRAIN, or submitted right behind it: no CQE, and none of later " +
        "requests",
      source: ["observed on 6.18", "io_uring/io_uring.c"],
      since: "6.18",
      open: exception(
        "a defect of 6.18 that stalls the ring for good; programs that combine the two are left " +
          "out",
      ),
    },
    {
      id: "NET-69",
      rule: "With IORING_RECVSEND_FIXED_BUF the bytes lie in the registered buffer of buf_index.",
      observable:
        "not inside, or no buffer: -EFAULT, and a notification; without the flag buf_index is " +
        "ignored",
      source: ["observed on 6.18", "io_uring_prep_send_zc_fixed(3)"],
      since: "6.0",
    },
    {
      id: "NET-83",
      rule:
        "SENDMSG_ZC looks its registered buffer up before it looks at the socket, SEND_ZC " +
        "afterwards.",
      observable: "a pipe and no buffer: -EFAULT; SEND_ZC: -ENOTSOCK",
      source: ["observed on 6.18", "io_uring/net.c"],
      since: "6.15",
    },
    {
      id: "NET-70",
      rule: "SEND_ZC with IORING_SEND_VECTORIZED takes iovecs, but not of a registered buffer.",
      observable: "the sum; with FIXED_BUF: -EINVAL and a notification, also with a bad descriptor",
      source: ["observed on 6.18", "io_uring/net.c"],
      since: "6.17",
    },
    {
      id: "NET-71",
      rule: "6.18 does not refuse a negative length of SEND_ZC, as it does for SEND.",
      observable: "len 2^32 - 1: as much as fits and is mapped",
      source: ["observed on 6.18", "io_uring/net.c"],
      since: "6.18",
    },
    {
      id: "NET-72",
      rule:
        "The CQE of the send does not give the memory back: what is written there before the " +
        "notification may be sent.",
      observable:
        "300,000 bytes changed in between: the peer reads new bytes, or old ones where the " +
        "network had copied them",
      source: ["observed on 6.18", "io_uring_prep_send_zc(3)"],
      since: "6.0",
    },
    {
      id: "NET-88",
      rule:
        "MSG_DONTWAIT holds on a worker that blocks as well, as behind the open end of a chain; " +
        "RWF_NOWAIT does not.",
      observable: "an empty socket: RECV with MSG_DONTWAIT -EAGAIN; READ with RWF_NOWAIT waits",
      source: ["observed on 6.18", "io_uring/rw.c"],
      since: "5.6",
    },
    {
      id: "NET-89",
      rule: "POLL_FIRST waits for errors and hang-ups as well.",
      observable: "on a socket that is not connected: ACCEPT -EINVAL, RECV -ENOTCONN, at once",
      source: ["observed on 6.18", "io_uring/poll.c"],
      since: "5.19",
    },
    {
      id: "NET-90",
      rule:
        "A TCP socket whose CONNECT was refused cannot listen, and has nothing more to read, " +
        "until it is connected.",
      observable: "LISTEN -EINVAL, RECV 0, SEND -EPIPE; another CONNECT goes as the first one",
      source: ["observed on 6.18", "io_uring/net.c"],
    },
    {
      id: "NET-91",
      rule: "A TCP socket that connects to the address to which it is bound connects to itself.",
      observable: "0; what it sends, it receives",
      source: ["observed on 6.18", "net/ipv4/tcp_input.c"],
      since: "5.5",
    },
    {
      id: "NET-92",
      rule:
        "Several CONNECTs of one TCP socket in a batch belong to one attempt, which any of them " +
        "may be the first to learn the end of.",
      observable: "two: both 0; where nobody listens, both -ECONNREFUSED",
      source: ["observed on 6.18", "net/ipv4/af_inet.c", "io_uring/net.c"],
      since: "5.5",
    },
    {
      id: "NET-93",
      rule:
        "A RECV or read may take the error of a CONNECT that is not over yet. That CONNECT then " +
        "begins once more.",
      observable: "where nobody listens: RECV -ECONNREFUSED, CONNECT -ECONNREFUSED",
      source: ["observed on 6.18", "io_uring/net.c"],
      since: "6.8",
    },
    {
      id: "NET-94",
      rule:
        "A receive with MSG_ERRQUEUE from an internet socket waits for an error only while the " +
        "socket has nothing else to tell: bytes, or a hang-up. A worker tries it last.",
      observable:
        "a socket that is not connected: -EAGAIN, at once on a DEFER_TASKRUN ring only with " +
        "MSG_DONTWAIT; a listener: it waits",
      source: ["observed on 6.18", "io_uring/poll.c"],
    },
  ],
};
