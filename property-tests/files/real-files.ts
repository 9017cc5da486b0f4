/**
 * The real kernel's calls for files, pipes and sockets, through libc, with results as a system call
 * gives them: a count or descriptor, or a negative errno.
 */
import koffi from "koffi";

const libc = koffi.load(null);

type Name =
  | "openat"
  | "close"
  | "read"
  | "pread"
  | "write"
  | "pwrite"
  | "ftruncate"
  | "fsync"
  | "mkdirat"
  | "unlinkat"
  | "renameat2"
  | "symlinkat"
  | "statx"
  | "pipe2"
  | "fcntl"
  | "poll"
  | "socket"
  | "socketpair"
  | "bind"
  | "listen"
  | "connect"
  | "accept4"
  | "send"
  | "sendto"
  | "recv"
  | "recvfrom"
  | "shutdown"
  | "getsockname";

const functions: Record<Name, (...parameters: unknown[]) => unknown> = {
  openat: libc.func("int openat(int, const char *, int, unsigned int)"),
  close: libc.func("int close(int)"),
  read: libc.func("int64_t read(int, _Out_ void *, size_t)"),
  pread: libc.func("int64_t pread64(int, _Out_ void *, size_t, int64_t)"),
  write: libc.func("int64_t write(int, const void *, size_t)"),
  pwrite: libc.func("int64_t pwrite64(int, const void *, size_t, int64_t)"),
  ftruncate: libc.func("int ftruncate64(int, int64_t)"),
  fsync: libc.func("int fsync(int)"),
  mkdirat: libc.func("int mkdirat(int, const char *, unsigned int)"),
  unlinkat: libc.func("int unlinkat(int, const char *, int)"),
  renameat2: libc.func("int renameat2(int, const char *, int, const char *, unsigned int)"),
  symlinkat: libc.func("int symlinkat(const char *, int, const char *)"),
  statx: libc.func("int statx(int, const char *, int, unsigned int, _Out_ void *)"),
  pipe2: libc.func("int pipe2(_Out_ void *, int)"),
  fcntl: libc.func("int fcntl(int, int, int)"),
  poll: libc.func("int poll(_Inout_ void *, uint64_t, int)"),
  socket: libc.func("int socket(int, int, int)"),
  socketpair: libc.func("int socketpair(int, int, int, _Out_ void *)"),
  bind: libc.func("int bind(int, const void *, unsigned int)"),
  listen: libc.func("int listen(int, int)"),
  connect: libc.func("int connect(int, const void *, unsigned int)"),
  accept4: libc.func("int accept4(int, _Out_ void *, _Inout_ void *, int)"),
  send: libc.func("int64_t send(int, const void *, size_t, int)"),
  sendto: libc.func("int64_t sendto(int, const void *, size_t, int, const void *, unsigned int)"),
  recv: libc.func("int64_t recv(int, _Out_ void *, size_t, int)"),
  recvfrom: libc.func(
    "int64_t recvfrom(int, _Out_ void *, size_t, int, _Out_ void *, _Inout_ void *)",
  ),
  getsockname: libc.func("int getsockname(int, _Out_ void *, _Inout_ void *)"),
  shutdown: libc.func("int shutdown(int, int)"),
};

/** Calls a function of libc: its result, or -errno. */
export function real(name: Name, ...parameters: unknown[]): number {
  const result = Number(functions[name](...parameters));
  return result < 0 ? -koffi.errno() : result;
}

/** The poll(2) events that hold on a descriptor now, of all there are. */
export function realPoll(fd: number): number {
  const entry = new DataView(new ArrayBuffer(8));
  entry.setInt32(0, fd, true);
  entry.setInt16(4, 0x7fff, true);
  real("poll", new Uint8Array(entry.buffer), 1, 0);
  return entry.getUint16(6, true);
}
