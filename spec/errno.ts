/**
 * Linux error numbers (errno(3), x86-64 and arm64) with the text strerror(3) gives.
 *
 * A system call and a CQE carry the negative value.
 */
export interface ErrnoRow {
  readonly name: string;
  readonly value: number;
  readonly text: string;
}

export const EPERM = 1;
export const ENOENT = 2;
export const ESRCH = 3;
export const EINTR = 4;
export const EIO = 5;
export const ENXIO = 6;
export const E2BIG = 7;
export const ENOEXEC = 8;
export const EBADF = 9;
export const ECHILD = 10;
export const EAGAIN = 11;
export const ENOMEM = 12;
export const EACCES = 13;
export const EFAULT = 14;
export const ENOTBLK = 15;
export const EBUSY = 16;
export const EEXIST = 17;
export const EXDEV = 18;
export const ENODEV = 19;
export const ENOTDIR = 20;
export const EISDIR = 21;
export const EINVAL = 22;
export const ENFILE = 23;
export const EMFILE = 24;
export const ENOTTY = 25;
export const ETXTBSY = 26;
export const EFBIG = 27;
export const ENOSPC = 28;
export const ESPIPE = 29;
export const EROFS = 30;
export const EMLINK = 31;
export const EPIPE = 32;
export const EDOM = 33;
export const ERANGE = 34;
export const EDEADLK = 35;
export const ENAMETOOLONG = 36;
export const ENOLCK = 37;
export const ENOSYS = 38;
export const ENOTEMPTY = 39;
export const ELOOP = 40;
export const ENOMSG = 42;
export const EIDRM = 43;
export const ECHRNG = 44;
export const EL2NSYNC = 45;
export const EL3HLT = 46;
export const EL3RST = 47;
export const ELNRNG = 48;
export const EUNATCH = 49;
export const ENOCSI = 50;
export const EL2HLT = 51;
export const EBADE = 52;
export const EBADR = 53;
export const EXFULL = 54;
export const ENOANO = 55;
export const EBADRQC = 56;
export const EBADSLT = 57;
export const EBFONT = 59;
export const ENOSTR = 60;
export const ENODATA = 61;
export const ETIME = 62;
export const ENOSR = 63;
export const ENONET = 64;
export const ENOPKG = 65;
export const EREMOTE = 66;
export const ENOLINK = 67;
export const EADV = 68;
export const ESRMNT = 69;
export const ECOMM = 70;
export const EPROTO = 71;
export const EMULTIHOP = 72;
export const EDOTDOT = 73;
export const EBADMSG = 74;
export const EOVERFLOW = 75;
export const ENOTUNIQ = 76;
export const EBADFD = 77;
export const EREMCHG = 78;
export const ELIBACC = 79;
export const ELIBBAD = 80;
export const ELIBSCN = 81;
export const ELIBMAX = 82;
export const ELIBEXEC = 83;
export const EILSEQ = 84;
export const ERESTART = 85;
export const ESTRPIPE = 86;
export const EUSERS = 87;
export const ENOTSOCK = 88;
export const EDESTADDRREQ = 89;
export const EMSGSIZE = 90;
export const EPROTOTYPE = 91;
export const ENOPROTOOPT = 92;
export const EPROTONOSUPPORT = 93;
export const ESOCKTNOSUPPORT = 94;
export const EOPNOTSUPP = 95;
export const EPFNOSUPPORT = 96;
export const EAFNOSUPPORT = 97;
export const EADDRINUSE = 98;
export const EADDRNOTAVAIL = 99;
export const ENETDOWN = 100;
export const ENETUNREACH = 101;
export const ENETRESET = 102;
export const ECONNABORTED = 103;
export const ECONNRESET = 104;
export const ENOBUFS = 105;
export const EISCONN = 106;
export const ENOTCONN = 107;
export const ESHUTDOWN = 108;
export const ETOOMANYREFS = 109;
export const ETIMEDOUT = 110;
export const ECONNREFUSED = 111;
export const EHOSTDOWN = 112;
export const EHOSTUNREACH = 113;
export const EALREADY = 114;
export const EINPROGRESS = 115;
export const ESTALE = 116;
export const EUCLEAN = 117;
export const ENOTNAM = 118;
export const ENAVAIL = 119;
export const EISNAM = 120;
export const EREMOTEIO = 121;
export const EDQUOT = 122;
export const ENOMEDIUM = 123;
export const EMEDIUMTYPE = 124;
export const ECANCELED = 125;
export const ENOKEY = 126;
export const EKEYEXPIRED = 127;
export const EKEYREVOKED = 128;
export const EKEYREJECTED = 129;
export const EOWNERDEAD = 130;
export const ENOTRECOVERABLE = 131;
export const ERFKILL = 132;

/** Every number above, in order. */
export const ERRNO_TABLE: readonly ErrnoRow[] = [
  { name: "EPERM", value: EPERM, text: "operation not permitted" },
  { name: "ENOENT", value: ENOENT, text: "no such file or directory" },
  { name: "ESRCH", value: ESRCH, text: "no such process" },
  { name: "EINTR", value: EINTR, text: "interrupted system call" },
  { name: "EIO", value: EIO, text: "input/output error" },
  { name: "ENXIO", value: ENXIO, text: "no such device or address" },
  { name: "E2BIG", value: E2BIG, text: "argument list too long" },
  { name: "ENOEXEC", value: ENOEXEC, text: "exec format error" },
  { name: "EBADF", value: EBADF, text: "bad file descriptor" },
  { name: "ECHILD", value: ECHILD, text: "no child processes" },
  { name: "EAGAIN", value: EAGAIN, text: "resource temporarily unavailable" },
  { name: "ENOMEM", value: ENOMEM, text: "cannot allocate memory" },
  { name: "EACCES", value: EACCES, text: "permission denied" },
  { name: "EFAULT", value: EFAULT, text: "bad address" },
  { name: "ENOTBLK", value: ENOTBLK, text: "block device required" },
  { name: "EBUSY", value: EBUSY, text: "device or resource busy" },
  { name: "EEXIST", value: EEXIST, text: "file exists" },
  { name: "EXDEV", value: EXDEV, text: "invalid cross-device link" },
  { name: "ENODEV", value: ENODEV, text: "no such device" },
  { name: "ENOTDIR", value: ENOTDIR, text: "not a directory" },
  { name: "EISDIR", value: EISDIR, text: "is a directory" },
  { name: "EINVAL", value: EINVAL, text: "invalid argument" },
  { name: "ENFILE", value: ENFILE, text: "too many open files in system" },
  { name: "EMFILE", value: EMFILE, text: "too many open files" },
  { name: "ENOTTY", value: ENOTTY, text: "inappropriate ioctl for device" },
  { name: "ETXTBSY", value: ETXTBSY, text: "text file busy" },
  { name: "EFBIG", value: EFBIG, text: "file too large" },
  { name: "ENOSPC", value: ENOSPC, text: "no space left on device" },
  { name: "ESPIPE", value: ESPIPE, text: "illegal seek" },
  { name: "EROFS", value: EROFS, text: "read-only file system" },
  { name: "EMLINK", value: EMLINK, text: "too many links" },
  { name: "EPIPE", value: EPIPE, text: "broken pipe" },
  { name: "EDOM", value: EDOM, text: "numerical argument out of domain" },
  { name: "ERANGE", value: ERANGE, text: "numerical result out of range" },
  { name: "EDEADLK", value: EDEADLK, text: "resource deadlock avoided" },
  { name: "ENAMETOOLONG", value: ENAMETOOLONG, text: "file name too long" },
  { name: "ENOLCK", value: ENOLCK, text: "no locks available" },
  { name: "ENOSYS", value: ENOSYS, text: "function not implemented" },
  { name: "ENOTEMPTY", value: ENOTEMPTY, text: "directory not empty" },
  { name: "ELOOP", value: ELOOP, text: "too many levels of symbolic links" },
  { name: "ENOMSG", value: ENOMSG, text: "no message of desired type" },
  { name: "EIDRM", value: EIDRM, text: "identifier removed" },
  { name: "ECHRNG", value: ECHRNG, text: "channel number out of range" },
  { name: "EL2NSYNC", value: EL2NSYNC, text: "level 2 not synchronized" },
  { name: "EL3HLT", value: EL3HLT, text: "level 3 halted" },
  { name: "EL3RST", value: EL3RST, text: "level 3 reset" },
  { name: "ELNRNG", value: ELNRNG, text: "link number out of range" },
  { name: "EUNATCH", value: EUNATCH, text: "protocol driver not attached" },
  { name: "ENOCSI", value: ENOCSI, text: "no CSI structure available" },
  { name: "EL2HLT", value: EL2HLT, text: "level 2 halted" },
  { name: "EBADE", value: EBADE, text: "invalid exchange" },
  { name: "EBADR", value: EBADR, text: "invalid request descriptor" },
  { name: "EXFULL", value: EXFULL, text: "exchange full" },
  { name: "ENOANO", value: ENOANO, text: "no anode" },
  { name: "EBADRQC", value: EBADRQC, text: "invalid request code" },
  { name: "EBADSLT", value: EBADSLT, text: "invalid slot" },
  { name: "EBFONT", value: EBFONT, text: "bad font file format" },
  { name: "ENOSTR", value: ENOSTR, text: "device not a stream" },
  { name: "ENODATA", value: ENODATA, text: "no data available" },
  { name: "ETIME", value: ETIME, text: "timer expired" },
  { name: "ENOSR", value: ENOSR, text: "out of streams resources" },
  { name: "ENONET", value: ENONET, text: "machine is not on the network" },
  { name: "ENOPKG", value: ENOPKG, text: "package not installed" },
  { name: "EREMOTE", value: EREMOTE, text: "object is remote" },
  { name: "ENOLINK", value: ENOLINK, text: "link has been severed" },
  { name: "EADV", value: EADV, text: "advertise error" },
  { name: "ESRMNT", value: ESRMNT, text: "srmount error" },
  { name: "ECOMM", value: ECOMM, text: "communication error on send" },
  { name: "EPROTO", value: EPROTO, text: "protocol error" },
  { name: "EMULTIHOP", value: EMULTIHOP, text: "multihop attempted" },
  { name: "EDOTDOT", value: EDOTDOT, text: "rFS specific error" },
  { name: "EBADMSG", value: EBADMSG, text: "bad message" },
  { name: "EOVERFLOW", value: EOVERFLOW, text: "value too large for defined data type" },
  { name: "ENOTUNIQ", value: ENOTUNIQ, text: "name not unique on network" },
  { name: "EBADFD", value: EBADFD, text: "file descriptor in bad state" },
  { name: "EREMCHG", value: EREMCHG, text: "remote address changed" },
  { name: "ELIBACC", value: ELIBACC, text: "can not access a needed shared library" },
  { name: "ELIBBAD", value: ELIBBAD, text: "accessing a corrupted shared library" },
  { name: "ELIBSCN", value: ELIBSCN, text: ".lib section in a.out corrupted" },
  { name: "ELIBMAX", value: ELIBMAX, text: "attempting to link in too many shared libraries" },
  { name: "ELIBEXEC", value: ELIBEXEC, text: "cannot exec a shared library directly" },
  { name: "EILSEQ", value: EILSEQ, text: "invalid or incomplete multibyte or wide character" },
  { name: "ERESTART", value: ERESTART, text: "interrupted system call should be restarted" },
  { name: "ESTRPIPE", value: ESTRPIPE, text: "streams pipe error" },
  { name: "EUSERS", value: EUSERS, text: "too many users" },
  { name: "ENOTSOCK", value: ENOTSOCK, text: "socket operation on non-socket" },
  { name: "EDESTADDRREQ", value: EDESTADDRREQ, text: "destination address required" },
  { name: "EMSGSIZE", value: EMSGSIZE, text: "message too long" },
  { name: "EPROTOTYPE", value: EPROTOTYPE, text: "protocol wrong type for socket" },
  { name: "ENOPROTOOPT", value: ENOPROTOOPT, text: "protocol not available" },
  { name: "EPROTONOSUPPORT", value: EPROTONOSUPPORT, text: "protocol not supported" },
  { name: "ESOCKTNOSUPPORT", value: ESOCKTNOSUPPORT, text: "socket type not supported" },
  { name: "EOPNOTSUPP", value: EOPNOTSUPP, text: "operation not supported" },
  { name: "EPFNOSUPPORT", value: EPFNOSUPPORT, text: "protocol family not supported" },
  { name: "EAFNOSUPPORT", value: EAFNOSUPPORT, text: "address family not supported by protocol" },
  { name: "EADDRINUSE", value: EADDRINUSE, text: "address already in use" },
  { name: "EADDRNOTAVAIL", value: EADDRNOTAVAIL, text: "cannot assign requested address" },
  { name: "ENETDOWN", value: ENETDOWN, text: "network is down" },
  { name: "ENETUNREACH", value: ENETUNREACH, text: "network is unreachable" },
  { name: "ENETRESET", value: ENETRESET, text: "network dropped connection on reset" },
  { name: "ECONNABORTED", value: ECONNABORTED, text: "software caused connection abort" },
  { name: "ECONNRESET", value: ECONNRESET, text: "connection reset by peer" },
  { name: "ENOBUFS", value: ENOBUFS, text: "no buffer space available" },
  { name: "EISCONN", value: EISCONN, text: "transport endpoint is already connected" },
  { name: "ENOTCONN", value: ENOTCONN, text: "transport endpoint is not connected" },
  { name: "ESHUTDOWN", value: ESHUTDOWN, text: "cannot send after transport endpoint shutdown" },
  { name: "ETOOMANYREFS", value: ETOOMANYREFS, text: "too many references: cannot splice" },
  { name: "ETIMEDOUT", value: ETIMEDOUT, text: "connection timed out" },
  { name: "ECONNREFUSED", value: ECONNREFUSED, text: "connection refused" },
  { name: "EHOSTDOWN", value: EHOSTDOWN, text: "host is down" },
  { name: "EHOSTUNREACH", value: EHOSTUNREACH, text: "no route to host" },
  { name: "EALREADY", value: EALREADY, text: "operation already in progress" },
  { name: "EINPROGRESS", value: EINPROGRESS, text: "operation now in progress" },
  { name: "ESTALE", value: ESTALE, text: "stale file handle" },
  { name: "EUCLEAN", value: EUCLEAN, text: "structure needs cleaning" },
  { name: "ENOTNAM", value: ENOTNAM, text: "not a XENIX named type file" },
  { name: "ENAVAIL", value: ENAVAIL, text: "no XENIX semaphores available" },
  { name: "EISNAM", value: EISNAM, text: "is a named type file" },
  { name: "EREMOTEIO", value: EREMOTEIO, text: "remote I/O error" },
  { name: "EDQUOT", value: EDQUOT, text: "disk quota exceeded" },
  { name: "ENOMEDIUM", value: ENOMEDIUM, text: "no medium found" },
  { name: "EMEDIUMTYPE", value: EMEDIUMTYPE, text: "wrong medium type" },
  { name: "ECANCELED", value: ECANCELED, text: "operation canceled" },
  { name: "ENOKEY", value: ENOKEY, text: "required key not available" },
  { name: "EKEYEXPIRED", value: EKEYEXPIRED, text: "key has expired" },
  { name: "EKEYREVOKED", value: EKEYREVOKED, text: "key has been revoked" },
  { name: "EKEYREJECTED", value: EKEYREJECTED, text: "key was rejected by service" },
  { name: "EOWNERDEAD", value: EOWNERDEAD, text: "owner died" },
  { name: "ENOTRECOVERABLE", value: ENOTRECOVERABLE, text: "state not recoverable" },
  { name: "ERFKILL", value: ERFKILL, text: "operation not possible due to RF-kill" },
];

const NAMES: ReadonlyMap<number, ErrnoRow> = new Map(ERRNO_TABLE.map((row) => [row.value, row]));

/** `"ENOENT"` for 2 and for -2; `"E9999"` for a number that Linux does not use. */
export function errnoName(errno: number): string {
  const value = Math.abs(errno);
  return NAMES.get(value)?.name ?? `E${String(value)}`;
}

/** What strerror(3) says, beginning in lower case. */
export function errnoText(errno: number): string {
  return NAMES.get(Math.abs(errno))?.text ?? "unknown error";
}
