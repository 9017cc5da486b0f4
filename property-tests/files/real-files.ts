/**
 * The real kernel's path and file calls, through libc, with results as a system call gives them:
 * a count or descriptor, or a negative errno.
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
  | "statx";

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
};

/** Calls a function of libc: its result, or -errno. */
export function real(name: Name, ...parameters: unknown[]): number {
  const result = Number(functions[name](...parameters));
  return result < 0 ? -koffi.errno() : result;
}
