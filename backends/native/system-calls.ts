/**
 * The system calls of the backend, with results as the kernel returns them: a
 * value >= 0 or a negative errno.
 *
 * The three of io_uring have no wrapper in libc and go through syscall(2). Their
 * numbers are the same on every architecture that Linux added them to at once,
 * x86-64 and arm64 among them.
 */
import type { Library, NativeFunction } from "./library.ts";

/** Number of io_uring_setup(2), the same on every architecture. */
export const SYS_IO_URING_SETUP = 425;
/** Number of io_uring_enter(2), the same on every architecture. */
const SYS_IO_URING_ENTER = 426;
/** Number of io_uring_register(2), the same on every architecture. */
const SYS_IO_URING_REGISTER = 427;

/** sysconf(3): the same number in glibc and musl. */
const SC_PAGESIZE = 30;

/** The system calls, each with -errno as its failure. */
export interface SystemCalls {
  /** io_uring_setup(2). */
  setup(entries: number, paramsAddress: number): number;
  /** io_uring_enter(2). Never retries: -EINTR comes back as it is. */
  enter(
    ringFd: number,
    toSubmit: number,
    minComplete: number,
    flags: number,
    argAddress: number,
    argSize: number,
  ): number;
  /** io_uring_register(2). */
  register(ringFd: number, opcode: number, argAddress: number, argCount: number): number;
  /** mmap(2) at an address of the kernel's choice. */
  mmap(byteLength: number, protection: number, flags: number, fd: number, offset: number): number;
  munmap(address: number, byteLength: number): number;
  madvise(address: number, byteLength: number, advice: number): number;
  eventfd(initialCount: number, flags: number): number;
  /** Writes the two descriptors to `address`, as two i32. */
  pipe2(address: number, flags: number): number;
  dup3(oldFd: number, newFd: number, flags: number): number;
  close(fd: number): number;
  /** The size of a page in bytes: 4096 on x86-64, 4096 to 65536 on arm64. */
  readonly pageSize: number;
}

/** Turns the -1 of a libc wrapper into the negative errno that stands behind it. */
export function withErrno(library: Library, call: NativeFunction): NativeFunction {
  return (...values) => {
    const result = call(...values);
    return result < 0 ? -library.errno() : result;
  };
}

/** Binds every function once. The cost of a call is 0.3 µs for `enter`. */
export function bindSystemCalls(library: Library): SystemCalls {
  const bind = (prototype: string): NativeFunction => withErrno(library, library.bind(prototype));
  const mmap = bind("intptr_t mmap(intptr_t, size_t, int, int, int, int64_t)");
  const sysconf = bind("long sysconf(int)");
  return {
    ...bindRingCalls(library),
    mmap: (byteLength, protection, flags, fd, offset) =>
      mmap(0, byteLength, protection, flags, fd, offset),
    munmap: bind("int munmap(intptr_t, size_t)"),
    madvise: bind("int madvise(intptr_t, size_t, int)"),
    eventfd: bind("int eventfd(unsigned int, int)"),
    pipe2: bind("int pipe2(intptr_t, int)"),
    dup3: bind("int dup3(int, int, int)"),
    close: bind("int close(int)"),
    pageSize: sysconf(SC_PAGESIZE),
  };
}

/** Written out with fixed parameters: `enter` is on the hot path. */
function bindRingCalls(library: Library): Pick<SystemCalls, "setup" | "enter" | "register"> {
  const setup = library.bind("long syscall(long, unsigned int, intptr_t)");
  const enter = library.bind(
    "long syscall(long, unsigned int, unsigned int, unsigned int, unsigned int, intptr_t, size_t)",
  );
  const register = library.bind(
    "long syscall(long, unsigned int, unsigned int, intptr_t, unsigned int)",
  );
  const settle = (result: number): number => (result < 0 ? -library.errno() : result);
  return {
    setup: (entries, params) => settle(setup(SYS_IO_URING_SETUP, entries, params)),
    enter: (fd, toSubmit, minComplete, flags, arg, size) =>
      settle(enter(SYS_IO_URING_ENTER, fd, toSubmit, minComplete, flags, arg, size)),
    register: (fd, opcode, arg, count) =>
      settle(register(SYS_IO_URING_REGISTER, fd, opcode, arg, count)),
  };
}
