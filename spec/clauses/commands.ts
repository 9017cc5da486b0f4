/** Chapter CMD: commands to files, which sockets have some of. */
import { exception } from "./open.ts";
import type { Chapter } from "./types.ts";

/** Chapter CMD. */
export const COMMANDS: Chapter = {
  prefix: "CMD",
  title: "Commands to files",
  introduction:
    "URING_CMD hands a file the command in cmd_op (the lower half of off). What the other fields " +
    "mean is the command's affair. Of the files that a program comes by without a device, " +
    "sockets have commands: two numbers of bytes, and their options.",
  clauses: [
    {
      id: "CMD-1",
      rule:
        "A socket of IP answers SIOCINQ (0) with the bytes to read, for UDP those of the next " +
        "datagram, and SIOCOUTQ (1) with those not sent.",
      observable: "the number; listener: -EINVAL; AF_UNIX: -EOPNOTSUPP",
      source: ["observed on 6.18", "io_uring_prep_cmd_sock(3)"],
      since: "6.7",
    },
    {
      id: "CMD-2",
      rule:
        "GETSOCKOPT (2) writes the option optname of the level SOL_SOCKET to optval, optlen " +
        "bytes at most, for sockets of any family.",
      observable:
        "the length, cut to optlen; other level: -EOPNOTSUPP; unknown option: -ENOPROTOOPT; " +
        "optlen negative: -EINVAL; optval unmapped: -EFAULT",
      source: ["observed on 6.18", "io_uring_prep_cmd_sock(3)", "getsockopt(2)"],
      since: "6.7",
    },
    {
      id: "CMD-3",
      rule: "SETSOCKOPT (3) sets the option optname of any level to the optlen bytes at optval.",
      observable:
        "0; optlen 0, too small or negative: -EINVAL; optval unmapped: -EFAULT; unknown or " +
        "read-only option, or one of another protocol: -ENOPROTOOPT; AF_UNIX and a level other " +
        "than SOL_SOCKET: -EOPNOTSUPP",
      source: ["observed on 6.18", "io_uring_prep_cmd_sock(3)", "setsockopt(2)"],
      since: "6.7",
    },
    {
      id: "CMD-4",
      rule:
        "URING_CMD fails on files without commands, and for commands that the file does not " +
        "know.",
      observable:
        "pipe, regular file, eventfd, epoll, ring, cmd_op 99: -EOPNOTSUPP; GETSOCKNAME (5) " +
        "before 6.19: -EOPNOTSUPP; not open: -EBADF",
      source: ["observed on 6.18", "io_uring/uring_cmd.c"],
      since: "5.19",
    },
    {
      id: "CMD-5",
      rule:
        "URING_CMD refuses unknown uring_cmd_flags and the word behind cmd_op before its " +
        "descriptor is looked up.",
      observable:
        "-EINVAL, also with a bad descriptor; ioprio: -EINVAL; addr, len and buf_index are the " +
        "command's",
      source: ["observed on 6.18", "io_uring/uring_cmd.c"],
      since: "5.19",
    },
    {
      id: "CMD-6",
      rule:
        "IORING_URING_CMD_FIXED (1) has no registered buffer looked up unless the command uses " +
        "one.",
      observable: "SIOCINQ with the flag and no table of buffers: as without",
      source: ["observed on 6.18", "io_uring/uring_cmd.c"],
      since: "6.15",
    },
    {
      id: "CMD-7",
      rule:
        "IORING_URING_CMD_MULTISHOT (2) and IOSQE_BUFFER_SELECT go together, and not with " +
        "IORING_URING_CMD_FIXED.",
      observable: "-EINVAL, also with a bad descriptor; a command that fails has its error as ever",
      source: ["observed on 6.18", "io_uring/uring_cmd.c"],
      since: "6.18",
    },
    {
      id: "CMD-10",
      rule:
        "A command that knows nothing of many results and succeeds with " +
        "IORING_URING_CMD_MULTISHOT never completes.",
      observable: "SIOCINQ: no CQE, not even when cancelled; the ring is not freed any more",
      source: ["io_uring/uring_cmd.c"],
      since: "6.18",
      open: exception("a defect of 6.18 that would leave a request in the kernel for good"),
    },
    {
      id: "CMD-8",
      rule:
        "TX_TIMESTAMP (4) waits for the times at which packets were sent, on rings with CQE32 " +
        "or CQE_MIXED only.",
      observable: "on others: -EINVAL; no time was asked for: no CQE until it is cancelled",
      source: ["observed on 6.18", "io_uring/cmd_net.c"],
      since: "6.17",
    },
    {
      id: "CMD-9",
      rule: "The device /dev/null takes every command, and does nothing.",
      observable: "0; /dev/zero: -EOPNOTSUPP",
      source: ["observed on 6.18", "drivers/char/mem.c"],
      since: "6.0",
    },
    {
      id: "CMD-11",
      rule: "Some options of SETSOCKOPT need CAP_NET_ADMIN, or CAP_NET_RAW where that will do.",
      observable:
        "without it: SO_DEBUG -EACCES, SO_RCVBUFFORCE and a priority above 6 -EPERM; " +
        "TCP_REPAIR -EPERM",
      source: ["observed on 6.18", "socket(7)"],
      since: "6.7",
    },
    {
      id: "CMD-12",
      rule: "On IOPOLL rings a file whose commands cannot be polled for takes none.",
      observable: "-EOPNOTSUPP, from sockets and /dev/null",
      source: ["observed on 6.18", "io_uring/uring_cmd.c"],
      since: "6.1",
    },
  ],
};
