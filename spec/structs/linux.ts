/** The structs of Linux that SQEs point to, as x86-64 lays them out. */
import * as at from "../abi/linux-structs.ts";
import { field, type FieldRow, type StructRow } from "./row.ts";

/** One of the four times in struct statx. */
function statxTime(name: string, offset: number, summary: string): readonly FieldRow[] {
  const seconds = offset + at.STATX_TIMESTAMP_SEC;
  const nanoseconds = offset + at.STATX_TIMESTAMP_NSEC;
  return [
    field(`${name}.tv_sec`, seconds, "s64", `${summary}: seconds.`),
    field(`${name}.tv_nsec`, nanoseconds, "u32", `${summary}: nanoseconds.`),
  ];
}

/** iovec, timespec, msghdr, sockaddrs, open_how, statx, epoll_event, siginfo_t, futex_waitv. */
export const LINUX_STRUCTS: readonly StructRow[] = [
  {
    name: "struct iovec",
    size: at.IOVEC_SIZE,
    man: "readv(2)",
    summary: "A piece of memory.",
    fields: [
      field("iov_base", at.IOVEC_BASE, "u64", "Its address."),
      field("iov_len", at.IOVEC_LEN, "u64", "Its length."),
    ],
  },
  {
    name: "struct __kernel_timespec",
    size: at.TIMESPEC_SIZE,
    man: "io_uring_prep_timeout(3)",
    summary: "A time, the same on every architecture.",
    fields: [
      field("tv_sec", at.TIMESPEC_SEC, "s64", "Seconds."),
      field("tv_nsec", at.TIMESPEC_NSEC, "s64", "Nanoseconds."),
    ],
  },
  {
    name: "struct msghdr",
    size: at.MSGHDR_SIZE,
    man: "recvmsg(2)",
    summary: "A message: address, pieces of data, control data.",
    fields: [
      field("msg_name", at.MSGHDR_NAME, "u64", "Address of a sockaddr, or 0."),
      field("msg_namelen", at.MSGHDR_NAMELEN, "u32", "Its length; recvmsg: out as well."),
      field("msg_iov", at.MSGHDR_IOV, "u64", "Address of vectors."),
      field("msg_iovlen", at.MSGHDR_IOVLEN, "u64", "Number of vectors."),
      field("msg_control", at.MSGHDR_CONTROL, "u64", "Address of control data, or 0."),
      field("msg_controllen", at.MSGHDR_CONTROLLEN, "u64", "Its length; recvmsg: out as well."),
      field("msg_flags", at.MSGHDR_FLAGS, "s32", "recvmsg, out: MSG_* bits."),
    ],
  },
  {
    name: "struct cmsghdr",
    size: at.CMSGHDR_SIZE,
    man: "cmsg(3)",
    summary: "Head of a piece of control data.",
    fields: [
      field("cmsg_len", at.CMSGHDR_LEN, "u64", "Length, head included."),
      field("cmsg_level", at.CMSGHDR_LEVEL, "s32", "SOL_*."),
      field("cmsg_type", at.CMSGHDR_TYPE, "s32", "SCM_*."),
    ],
  },
  {
    name: "struct sockaddr_in",
    size: at.SOCKADDR_IN_SIZE,
    man: "ip(7)",
    summary: "An IPv4 address and port, in network byte order.",
    fields: [
      field("sin_family", at.SOCKADDR_IN_FAMILY, "u16", "AF_INET."),
      field("sin_port", at.SOCKADDR_IN_PORT, "u16", "Port, big-endian."),
      field("sin_addr.s_addr", at.SOCKADDR_IN_ADDR, "u32", "Address, big-endian."),
      field("sin_zero", at.SOCKADDR_IN_ZERO, "u8", "Nothing.", { count: 8 }),
    ],
  },
  {
    name: "struct sockaddr_in6",
    size: at.SOCKADDR_IN6_SIZE,
    man: "ipv6(7)",
    summary: "An IPv6 address and port, in network byte order.",
    fields: [
      field("sin6_family", at.SOCKADDR_IN6_FAMILY, "u16", "AF_INET6."),
      field("sin6_port", at.SOCKADDR_IN6_PORT, "u16", "Port, big-endian."),
      field("sin6_flowinfo", at.SOCKADDR_IN6_FLOWINFO, "u32", "Flow, big-endian."),
      field("sin6_addr.s6_addr", at.SOCKADDR_IN6_ADDR, "u8", "Address.", { count: 16 }),
      field("sin6_scope_id", at.SOCKADDR_IN6_SCOPE_ID, "u32", "Interface of a local address."),
    ],
  },
  {
    name: "struct sockaddr_un",
    size: at.SOCKADDR_UN_SIZE,
    man: "unix(7)",
    summary: "The path, or abstract name, of a local socket.",
    fields: [
      field("sun_family", at.SOCKADDR_UN_FAMILY, "u16", "AF_UNIX."),
      field("sun_path", at.SOCKADDR_UN_PATH, "s8", "Path.", { count: at.SOCKADDR_UN_PATH_SIZE }),
    ],
  },
  {
    name: "struct open_how",
    size: at.OPEN_HOW_SIZE,
    since: "5.6",
    man: "openat2(2)",
    summary: "How to open a file.",
    fields: [
      field("flags", at.OPEN_HOW_FLAGS, "u64", "O_* bits."),
      field("mode", at.OPEN_HOW_MODE, "u64", "Permissions of a new file."),
      field("resolve", at.OPEN_HOW_RESOLVE, "u64", "RESOLVE_* bits."),
    ],
  },
  {
    name: "struct statx_timestamp",
    size: at.STATX_TIMESTAMP_SIZE,
    man: "statx(2)",
    summary: "A time in struct statx.",
    fields: [
      field("tv_sec", at.STATX_TIMESTAMP_SEC, "s64", "Seconds."),
      field("tv_nsec", at.STATX_TIMESTAMP_NSEC, "u32", "Nanoseconds."),
    ],
  },
  {
    name: "struct statx",
    size: at.STATX_STRUCT_SIZE,
    man: "statx(2)",
    summary: "What is known of a file.",
    fields: [
      field("stx_mask", at.STATX_FIELD_MASK, "u32", "STATX_* bits: which fields are filled."),
      field("stx_blksize", at.STATX_FIELD_BLKSIZE, "u32", "Good size for reads and writes."),
      field("stx_attributes", at.STATX_FIELD_ATTRIBUTES, "u64", "STATX_ATTR_* bits."),
      field("stx_nlink", at.STATX_FIELD_NLINK, "u32", "Number of names."),
      field("stx_uid", at.STATX_FIELD_UID, "u32", "Owner."),
      field("stx_gid", at.STATX_FIELD_GID, "u32", "Group."),
      field("stx_mode", at.STATX_FIELD_MODE, "u16", "Type and permissions."),
      field("stx_ino", at.STATX_FIELD_INO, "u64", "Inode number."),
      field("stx_size", at.STATX_FIELD_SIZE, "u64", "Length in bytes."),
      field("stx_blocks", at.STATX_FIELD_BLOCKS, "u64", "Blocks of 512 bytes in use."),
      field("stx_attributes_mask", at.STATX_FIELD_ATTRIBUTES_MASK, "u64", "Known attributes."),
      ...statxTime("stx_atime", at.STATX_FIELD_ATIME, "Last read"),
      ...statxTime("stx_btime", at.STATX_FIELD_BTIME, "Creation"),
      ...statxTime("stx_ctime", at.STATX_FIELD_CTIME, "Last change of the inode"),
      ...statxTime("stx_mtime", at.STATX_FIELD_MTIME, "Last write"),
      field("stx_rdev_major", at.STATX_FIELD_RDEV_MAJOR, "u32", "Device that it is: major."),
      field("stx_rdev_minor", at.STATX_FIELD_RDEV_MINOR, "u32", "Device that it is: minor."),
      field("stx_dev_major", at.STATX_FIELD_DEV_MAJOR, "u32", "Device that it is on: major."),
      field("stx_dev_minor", at.STATX_FIELD_DEV_MINOR, "u32", "Device that it is on: minor."),
      field("stx_mnt_id", at.STATX_FIELD_MNT_ID, "u64", "Mount.", { since: "5.8" }),
      field("stx_dio_mem_align", at.STATX_FIELD_DIO_MEM_ALIGN, "u32", "O_DIRECT: of memory.", {
        since: "6.1",
      }),
      field("stx_dio_offset_align", at.STATX_FIELD_DIO_OFFSET_ALIGN, "u32", "Of positions.", {
        since: "6.1",
      }),
      field("stx_subvol", at.STATX_FIELD_SUBVOL, "u64", "Subvolume.", { since: "6.10" }),
      field(
        "stx_atomic_write_unit_min",
        at.STATX_FIELD_ATOMIC_WRITE_UNIT_MIN,
        "u32",
        "Shortest atomic write.",
        { since: "6.11" },
      ),
      field(
        "stx_atomic_write_unit_max",
        at.STATX_FIELD_ATOMIC_WRITE_UNIT_MAX,
        "u32",
        "Longest atomic write.",
        { since: "6.11" },
      ),
      field(
        "stx_atomic_write_segments_max",
        at.STATX_FIELD_ATOMIC_WRITE_SEGMENTS_MAX,
        "u32",
        "Most vectors of an atomic write.",
        { since: "6.11" },
      ),
      field(
        "stx_dio_read_offset_align",
        at.STATX_FIELD_DIO_READ_OFFSET_ALIGN,
        "u32",
        "O_DIRECT: of positions of reads.",
        { since: "6.14" },
      ),
    ],
  },
  {
    name: "struct epoll_event",
    size: at.EPOLL_EVENT_SIZE,
    man: "epoll_ctl(2)",
    summary: "Events of a file in an epoll set. Packed on x86-64.",
    fields: [
      field("events", at.EPOLL_EVENT_EVENTS, "u32", "EPOLL* bits."),
      field("data.u64", at.EPOLL_EVENT_DATA, "u64", "Comes back with the events."),
    ],
  },
  {
    name: "siginfo_t",
    size: at.SIGINFO_SIZE,
    man: "waitid(2)",
    summary: "Which child, and how it ended.",
    fields: [
      field("si_signo", at.SIGINFO_SIGNO, "s32", "SIGCHLD."),
      field("si_errno", at.SIGINFO_ERRNO, "s32", "0."),
      field("si_code", at.SIGINFO_CODE, "s32", "CLD_*."),
      field("si_pid", at.SIGINFO_PID, "s32", "The child."),
      field("si_uid", at.SIGINFO_UID, "u32", "Its user."),
      field("si_status", at.SIGINFO_STATUS, "s32", "Exit status or signal."),
    ],
  },
  {
    name: "struct futex_waitv",
    size: at.FUTEX_WAITV_SIZE,
    since: "5.16",
    man: "futex_waitv(2)",
    summary: "One of several futexes to wait on.",
    fields: [
      field("val", at.FUTEX_WAITV_VAL, "u64", "Value that it must hold."),
      field("uaddr", at.FUTEX_WAITV_UADDR, "u64", "Its address."),
      field("flags", at.FUTEX_WAITV_FLAGS, "u32", "FUTEX2_* bits."),
      field("__reserved", at.FUTEX_WAITV_RESERVED, "u32", "Must be 0."),
    ],
  },
];
