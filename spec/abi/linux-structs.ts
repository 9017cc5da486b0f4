/**
 * Byte offsets in the structs of Linux that SQEs point to (x86-64).
 *
 * `STATX_FIELD_*` are offsets; `STATX_*` without it are the mask bits of statx(2).
 * Only `struct epoll_event` is laid out in another way on arm64 (16 bytes, data at 8).
 */

// `struct iovec` (readv(2)).
export const IOVEC_SIZE = 16;
export const IOVEC_BASE = 0;
export const IOVEC_LEN = 8;

// `struct __kernel_timespec`: two signed 64-bit numbers.
export const TIMESPEC_SIZE = 16;
export const TIMESPEC_SEC = 0;
export const TIMESPEC_NSEC = 8;

// `struct msghdr` (recvmsg(2)).
export const MSGHDR_SIZE = 56;
export const MSGHDR_NAME = 0;
export const MSGHDR_NAMELEN = 8;
export const MSGHDR_IOV = 16;
export const MSGHDR_IOVLEN = 24;
export const MSGHDR_CONTROL = 32;
export const MSGHDR_CONTROLLEN = 40;
export const MSGHDR_FLAGS = 48;

// `struct cmsghdr` (cmsg(3)): its data follows, aligned to 8.
export const CMSGHDR_SIZE = 16;
export const CMSGHDR_LEN = 0;
export const CMSGHDR_LEVEL = 8;
export const CMSGHDR_TYPE = 12;

// The first member of every sockaddr is its family, a u16.
export const SOCKADDR_FAMILY = 0;

// `struct sockaddr_in` (ip(7)): port and address in network byte order.
export const SOCKADDR_IN_SIZE = 16;
export const SOCKADDR_IN_FAMILY = 0;
export const SOCKADDR_IN_PORT = 2;
export const SOCKADDR_IN_ADDR = 4;
export const SOCKADDR_IN_ZERO = 8;

// `struct sockaddr_in6` (ipv6(7)): port, flow and address in network byte order.
export const SOCKADDR_IN6_SIZE = 28;
export const SOCKADDR_IN6_FAMILY = 0;
export const SOCKADDR_IN6_PORT = 2;
export const SOCKADDR_IN6_FLOWINFO = 4;
export const SOCKADDR_IN6_ADDR = 8;
export const SOCKADDR_IN6_SCOPE_ID = 24;

// `struct sockaddr_un` (unix(7)): path ended by a NUL, or abstract when it starts with one.
export const SOCKADDR_UN_SIZE = 110;
export const SOCKADDR_UN_FAMILY = 0;
export const SOCKADDR_UN_PATH = 2;
export const SOCKADDR_UN_PATH_SIZE = 108;

// `struct open_how` (openat2(2)).
export const OPEN_HOW_SIZE = 24;
export const OPEN_HOW_FLAGS = 0;
export const OPEN_HOW_MODE = 8;
export const OPEN_HOW_RESOLVE = 16;

// `struct statx_timestamp` (statx(2)).
export const STATX_TIMESTAMP_SIZE = 16;
export const STATX_TIMESTAMP_SEC = 0;
export const STATX_TIMESTAMP_NSEC = 8;

// `struct statx` (statx(2)).
export const STATX_STRUCT_SIZE = 256;
export const STATX_FIELD_MASK = 0;
export const STATX_FIELD_BLKSIZE = 4;
export const STATX_FIELD_ATTRIBUTES = 8;
export const STATX_FIELD_NLINK = 16;
export const STATX_FIELD_UID = 20;
export const STATX_FIELD_GID = 24;
export const STATX_FIELD_MODE = 28;
export const STATX_FIELD_INO = 32;
export const STATX_FIELD_SIZE = 40;
export const STATX_FIELD_BLOCKS = 48;
export const STATX_FIELD_ATTRIBUTES_MASK = 56;
export const STATX_FIELD_ATIME = 64;
export const STATX_FIELD_BTIME = 80;
export const STATX_FIELD_CTIME = 96;
export const STATX_FIELD_MTIME = 112;
export const STATX_FIELD_RDEV_MAJOR = 128;
export const STATX_FIELD_RDEV_MINOR = 132;
export const STATX_FIELD_DEV_MAJOR = 136;
export const STATX_FIELD_DEV_MINOR = 140;
export const STATX_FIELD_MNT_ID = 144;
export const STATX_FIELD_DIO_MEM_ALIGN = 152;
export const STATX_FIELD_DIO_OFFSET_ALIGN = 156;
export const STATX_FIELD_SUBVOL = 160;
export const STATX_FIELD_ATOMIC_WRITE_UNIT_MIN = 168;
export const STATX_FIELD_ATOMIC_WRITE_UNIT_MAX = 172;
export const STATX_FIELD_ATOMIC_WRITE_SEGMENTS_MAX = 176;
export const STATX_FIELD_DIO_READ_OFFSET_ALIGN = 180;

// `struct epoll_event` (epoll_ctl(2)): packed on x86-64.
export const EPOLL_EVENT_SIZE = 12;
export const EPOLL_EVENT_EVENTS = 0;
export const EPOLL_EVENT_DATA = 4;

// `siginfo_t` as waitid(2) fills it: the part that says which child, and how it ended.
export const SIGINFO_SIZE = 128;
export const SIGINFO_SIGNO = 0;
export const SIGINFO_ERRNO = 4;
export const SIGINFO_CODE = 8;
export const SIGINFO_PID = 16;
export const SIGINFO_UID = 20;
export const SIGINFO_STATUS = 24;

// `struct futex_waitv` (futex_waitv(2)).
export const FUTEX_WAITV_SIZE = 24;
export const FUTEX_WAITV_VAL = 0;
export const FUTEX_WAITV_UADDR = 8;
export const FUTEX_WAITV_FLAGS = 16;
export const FUTEX_WAITV_RESERVED = 20;
