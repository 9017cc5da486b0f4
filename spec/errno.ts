/**
 * Linux error numbers as a table: name, number, and the text strerror(3) gives.
 *
 * A system call and a CQE carry the negative value; the helpers here take either sign.
 */
import * as errno from "./abi/errno.ts";

export * from "./abi/errno.ts";

/** Name of an error number: "ENOENT". */
export type ErrnoName = Extract<keyof typeof errno, `E${string}`>;

/** One error number. */
export interface ErrnoRow {
  readonly name: ErrnoName;
  readonly value: number;
  /** Lower case unless a name in it is not; no full stop. */
  readonly text: string;
}

/** Every error number once, in the order of the numbers. Second names have no row. */
export const ERRNO_TABLE: readonly ErrnoRow[] = [
  { name: "EPERM", value: errno.EPERM, text: "operation not permitted" },
  { name: "ENOENT", value: errno.ENOENT, text: "no such file or directory" },
  { name: "ESRCH", value: errno.ESRCH, text: "no such process" },
  { name: "EINTR", value: errno.EINTR, text: "interrupted system call" },
  { name: "EIO", value: errno.EIO, text: "input/output error" },
  { name: "ENXIO", value: errno.ENXIO, text: "no such device or address" },
  { name: "E2BIG", value: errno.E2BIG, text: "argument list too long" },
  { name: "ENOEXEC", value: errno.ENOEXEC, text: "exec format error" },
  { name: "EBADF", value: errno.EBADF, text: "bad file descriptor" },
  { name: "ECHILD", value: errno.ECHILD, text: "no child processes" },
  { name: "EAGAIN", value: errno.EAGAIN, text: "resource temporarily unavailable" },
  { name: "ENOMEM", value: errno.ENOMEM, text: "cannot allocate memory" },
  { name: "EACCES", value: errno.EACCES, text: "permission denied" },
  { name: "EFAULT", value: errno.EFAULT, text: "bad address" },
  { name: "ENOTBLK", value: errno.ENOTBLK, text: "block device required" },
  { name: "EBUSY", value: errno.EBUSY, text: "device or resource busy" },
  { name: "EEXIST", value: errno.EEXIST, text: "file exists" },
  { name: "EXDEV", value: errno.EXDEV, text: "invalid cross-device link" },
  { name: "ENODEV", value: errno.ENODEV, text: "no such device" },
  { name: "ENOTDIR", value: errno.ENOTDIR, text: "not a directory" },
  { name: "EISDIR", value: errno.EISDIR, text: "is a directory" },
  { name: "EINVAL", value: errno.EINVAL, text: "invalid argument" },
  { name: "ENFILE", value: errno.ENFILE, text: "too many open files in system" },
  { name: "EMFILE", value: errno.EMFILE, text: "too many open files" },
  { name: "ENOTTY", value: errno.ENOTTY, text: "inappropriate ioctl for device" },
  { name: "ETXTBSY", value: errno.ETXTBSY, text: "text file busy" },
  { name: "EFBIG", value: errno.EFBIG, text: "file too large" },
  { name: "ENOSPC", value: errno.ENOSPC, text: "no space left on device" },
  { name: "ESPIPE", value: errno.ESPIPE, text: "illegal seek" },
  { name: "EROFS", value: errno.EROFS, text: "read-only file system" },
  { name: "EMLINK", value: errno.EMLINK, text: "too many links" },
  { name: "EPIPE", value: errno.EPIPE, text: "broken pipe" },
  { name: "EDOM", value: errno.EDOM, text: "numerical argument out of domain" },
  { name: "ERANGE", value: errno.ERANGE, text: "numerical result out of range" },
  { name: "EDEADLK", value: errno.EDEADLK, text: "resource deadlock avoided" },
  { name: "ENAMETOOLONG", value: errno.ENAMETOOLONG, text: "file name too long" },
  { name: "ENOLCK", value: errno.ENOLCK, text: "no locks available" },
  { name: "ENOSYS", value: errno.ENOSYS, text: "function not implemented" },
  { name: "ENOTEMPTY", value: errno.ENOTEMPTY, text: "directory not empty" },
  { name: "ELOOP", value: errno.ELOOP, text: "too many levels of symbolic links" },
  { name: "ENOMSG", value: errno.ENOMSG, text: "no message of desired type" },
  { name: "EIDRM", value: errno.EIDRM, text: "identifier removed" },
  { name: "ECHRNG", value: errno.ECHRNG, text: "channel number out of range" },
  { name: "EL2NSYNC", value: errno.EL2NSYNC, text: "level 2 not synchronized" },
  { name: "EL3HLT", value: errno.EL3HLT, text: "level 3 halted" },
  { name: "EL3RST", value: errno.EL3RST, text: "level 3 reset" },
  { name: "ELNRNG", value: errno.ELNRNG, text: "link number out of range" },
  { name: "EUNATCH", value: errno.EUNATCH, text: "protocol driver not attached" },
  { name: "ENOCSI", value: errno.ENOCSI, text: "no CSI structure available" },
  { name: "EL2HLT", value: errno.EL2HLT, text: "level 2 halted" },
  { name: "EBADE", value: errno.EBADE, text: "invalid exchange" },
  { name: "EBADR", value: errno.EBADR, text: "invalid request descriptor" },
  { name: "EXFULL", value: errno.EXFULL, text: "exchange full" },
  { name: "ENOANO", value: errno.ENOANO, text: "no anode" },
  { name: "EBADRQC", value: errno.EBADRQC, text: "invalid request code" },
  { name: "EBADSLT", value: errno.EBADSLT, text: "invalid slot" },
  { name: "EBFONT", value: errno.EBFONT, text: "bad font file format" },
  { name: "ENOSTR", value: errno.ENOSTR, text: "device not a stream" },
  { name: "ENODATA", value: errno.ENODATA, text: "no data available" },
  { name: "ETIME", value: errno.ETIME, text: "timer expired" },
  { name: "ENOSR", value: errno.ENOSR, text: "out of streams resources" },
  { name: "ENONET", value: errno.ENONET, text: "machine is not on the network" },
  { name: "ENOPKG", value: errno.ENOPKG, text: "package not installed" },
  { name: "EREMOTE", value: errno.EREMOTE, text: "object is remote" },
  { name: "ENOLINK", value: errno.ENOLINK, text: "link has been severed" },
  { name: "EADV", value: errno.EADV, text: "advertise error" },
  { name: "ESRMNT", value: errno.ESRMNT, text: "srmount error" },
  { name: "ECOMM", value: errno.ECOMM, text: "communication error on send" },
  { name: "EPROTO", value: errno.EPROTO, text: "protocol error" },
  { name: "EMULTIHOP", value: errno.EMULTIHOP, text: "multihop attempted" },
  { name: "EDOTDOT", value: errno.EDOTDOT, text: "RFS specific error" },
  { name: "EBADMSG", value: errno.EBADMSG, text: "bad message" },
  { name: "EOVERFLOW", value: errno.EOVERFLOW, text: "value too large for defined data type" },
  { name: "ENOTUNIQ", value: errno.ENOTUNIQ, text: "name not unique on network" },
  { name: "EBADFD", value: errno.EBADFD, text: "file descriptor in bad state" },
  { name: "EREMCHG", value: errno.EREMCHG, text: "remote address changed" },
  { name: "ELIBACC", value: errno.ELIBACC, text: "can not access a needed shared library" },
  { name: "ELIBBAD", value: errno.ELIBBAD, text: "accessing a corrupted shared library" },
  { name: "ELIBSCN", value: errno.ELIBSCN, text: ".lib section in a.out corrupted" },
  {
    name: "ELIBMAX",
    value: errno.ELIBMAX,
    text: "attempting to link in too many shared libraries",
  },
  { name: "ELIBEXEC", value: errno.ELIBEXEC, text: "cannot exec a shared library directly" },
  {
    name: "EILSEQ",
    value: errno.EILSEQ,
    text: "invalid or incomplete multibyte or wide character",
  },
  { name: "ERESTART", value: errno.ERESTART, text: "interrupted system call should be restarted" },
  { name: "ESTRPIPE", value: errno.ESTRPIPE, text: "streams pipe error" },
  { name: "EUSERS", value: errno.EUSERS, text: "too many users" },
  { name: "ENOTSOCK", value: errno.ENOTSOCK, text: "socket operation on non-socket" },
  { name: "EDESTADDRREQ", value: errno.EDESTADDRREQ, text: "destination address required" },
  { name: "EMSGSIZE", value: errno.EMSGSIZE, text: "message too long" },
  { name: "EPROTOTYPE", value: errno.EPROTOTYPE, text: "protocol wrong type for socket" },
  { name: "ENOPROTOOPT", value: errno.ENOPROTOOPT, text: "protocol not available" },
  { name: "EPROTONOSUPPORT", value: errno.EPROTONOSUPPORT, text: "protocol not supported" },
  { name: "ESOCKTNOSUPPORT", value: errno.ESOCKTNOSUPPORT, text: "socket type not supported" },
  { name: "EOPNOTSUPP", value: errno.EOPNOTSUPP, text: "operation not supported" },
  { name: "EPFNOSUPPORT", value: errno.EPFNOSUPPORT, text: "protocol family not supported" },
  {
    name: "EAFNOSUPPORT",
    value: errno.EAFNOSUPPORT,
    text: "address family not supported by protocol",
  },
  { name: "EADDRINUSE", value: errno.EADDRINUSE, text: "address already in use" },
  { name: "EADDRNOTAVAIL", value: errno.EADDRNOTAVAIL, text: "cannot assign requested address" },
  { name: "ENETDOWN", value: errno.ENETDOWN, text: "network is down" },
  { name: "ENETUNREACH", value: errno.ENETUNREACH, text: "network is unreachable" },
  { name: "ENETRESET", value: errno.ENETRESET, text: "network dropped connection on reset" },
  { name: "ECONNABORTED", value: errno.ECONNABORTED, text: "software caused connection abort" },
  { name: "ECONNRESET", value: errno.ECONNRESET, text: "connection reset by peer" },
  { name: "ENOBUFS", value: errno.ENOBUFS, text: "no buffer space available" },
  { name: "EISCONN", value: errno.EISCONN, text: "transport endpoint is already connected" },
  { name: "ENOTCONN", value: errno.ENOTCONN, text: "transport endpoint is not connected" },
  {
    name: "ESHUTDOWN",
    value: errno.ESHUTDOWN,
    text: "cannot send after transport endpoint shutdown",
  },
  { name: "ETOOMANYREFS", value: errno.ETOOMANYREFS, text: "too many references: cannot splice" },
  { name: "ETIMEDOUT", value: errno.ETIMEDOUT, text: "connection timed out" },
  { name: "ECONNREFUSED", value: errno.ECONNREFUSED, text: "connection refused" },
  { name: "EHOSTDOWN", value: errno.EHOSTDOWN, text: "host is down" },
  { name: "EHOSTUNREACH", value: errno.EHOSTUNREACH, text: "no route to host" },
  { name: "EALREADY", value: errno.EALREADY, text: "operation already in progress" },
  { name: "EINPROGRESS", value: errno.EINPROGRESS, text: "operation now in progress" },
  { name: "ESTALE", value: errno.ESTALE, text: "stale file handle" },
  { name: "EUCLEAN", value: errno.EUCLEAN, text: "structure needs cleaning" },
  { name: "ENOTNAM", value: errno.ENOTNAM, text: "not a XENIX named type file" },
  { name: "ENAVAIL", value: errno.ENAVAIL, text: "no XENIX semaphores available" },
  { name: "EISNAM", value: errno.EISNAM, text: "is a named type file" },
  { name: "EREMOTEIO", value: errno.EREMOTEIO, text: "remote I/O error" },
  { name: "EDQUOT", value: errno.EDQUOT, text: "disk quota exceeded" },
  { name: "ENOMEDIUM", value: errno.ENOMEDIUM, text: "no medium found" },
  { name: "EMEDIUMTYPE", value: errno.EMEDIUMTYPE, text: "wrong medium type" },
  { name: "ECANCELED", value: errno.ECANCELED, text: "operation canceled" },
  { name: "ENOKEY", value: errno.ENOKEY, text: "required key not available" },
  { name: "EKEYEXPIRED", value: errno.EKEYEXPIRED, text: "key has expired" },
  { name: "EKEYREVOKED", value: errno.EKEYREVOKED, text: "key has been revoked" },
  { name: "EKEYREJECTED", value: errno.EKEYREJECTED, text: "key was rejected by service" },
  { name: "EOWNERDEAD", value: errno.EOWNERDEAD, text: "owner died" },
  { name: "ENOTRECOVERABLE", value: errno.ENOTRECOVERABLE, text: "state not recoverable" },
  { name: "ERFKILL", value: errno.ERFKILL, text: "operation not possible due to RF-kill" },
  { name: "EHWPOISON", value: errno.EHWPOISON, text: "memory page has hardware error" },
];

const ROWS: ReadonlyMap<number, ErrnoRow> = new Map(ERRNO_TABLE.map((row) => [row.value, row]));

/** "ENOENT" for 2 and for -2; "E9999" for a number that Linux has no name for. */
export function errnoName(number: number): string {
  const value = Math.abs(number);
  return ROWS.get(value)?.name ?? `E${String(value)}`;
}

/** What strerror(3) says, for 2 and for -2, beginning in lower case. */
export function errnoText(number: number): string {
  return ROWS.get(Math.abs(number))?.text ?? "unknown error";
}
