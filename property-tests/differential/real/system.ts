/** The system calls of the child, through libc: results as the kernel gives them. */
import { loadLibrary } from "../../../backends/native/koffi.ts";
import type { Library, NativeFunction } from "../../../backends/native/library.ts";
import { withErrno } from "../../../backends/native/system-calls.ts";

export interface System {
  readonly view: Library["view"];
  readonly mmap: NativeFunction;
  readonly munmap: NativeFunction;
  readonly mprotect: NativeFunction;
  readonly read: NativeFunction;
  readonly write: NativeFunction;
  readonly send: NativeFunction;
  readonly recv: NativeFunction;
  readonly poll: NativeFunction;
  readonly ppoll: NativeFunction;
  readonly close: NativeFunction;
  readonly closeRange: NativeFunction;
  readonly fcntl: NativeFunction;
  readonly dup2: NativeFunction;
  readonly open: NativeFunction;
  readonly removexattr: NativeFunction;
  readonly pipe2: NativeFunction;
  readonly socket: NativeFunction;
  readonly socketpair: NativeFunction;
  readonly bind: NativeFunction;
  readonly listen: NativeFunction;
  readonly eventfd: NativeFunction;
  readonly epollCreate: NativeFunction;
  readonly ioctl: NativeFunction;
  readonly unshare: NativeFunction;
  readonly chroot: NativeFunction;
  readonly chdir: NativeFunction;
  readonly prctl: NativeFunction;
  readonly signal: NativeFunction;
  readonly setrlimit: NativeFunction;
  readonly setup: NativeFunction;
  readonly enter: NativeFunction;
  readonly register: NativeFunction;
  readonly capset: NativeFunction;
}

/** Binds all of them. Paths and structures are addresses. */
export async function bindSystem(): Promise<System> {
  const library = await loadLibrary();
  const bind = (prototype: string): NativeFunction => withErrno(library, library.bind(prototype));
  return {
    view: (address, byteLength) => library.view(address, byteLength),
    mmap: bind("intptr_t mmap(intptr_t, size_t, int, int, int, int64_t)"),
    munmap: bind("int munmap(intptr_t, size_t)"),
    mprotect: bind("int mprotect(intptr_t, size_t, int)"),
    read: bind("intptr_t read(int, intptr_t, size_t)"),
    write: bind("intptr_t write(int, intptr_t, size_t)"),
    send: bind("intptr_t send(int, intptr_t, size_t, int)"),
    recv: bind("intptr_t recv(int, intptr_t, size_t, int)"),
    poll: bind("int poll(intptr_t, unsigned long, int)"),
    ppoll: bind("int ppoll(intptr_t, unsigned long, intptr_t, intptr_t)"),
    close: bind("int close(int)"),
    fcntl: bind("int fcntl(int, int, int)"),
    dup2: bind("int dup2(int, int)"),
    open: bind("int open(intptr_t, int, unsigned int)"),
    removexattr: bind("int removexattr(intptr_t, intptr_t)"),
    pipe2: bind("int pipe2(intptr_t, int)"),
    socket: bind("int socket(int, int, int)"),
    socketpair: bind("int socketpair(int, int, int, intptr_t)"),
    bind: bind("int bind(int, intptr_t, unsigned int)"),
    listen: bind("int listen(int, int)"),
    eventfd: bind("int eventfd(unsigned int, int)"),
    epollCreate: bind("int epoll_create1(int)"),
    ioctl: bind("int ioctl(int, unsigned long, intptr_t)"),
    unshare: bind("int unshare(int)"),
    chroot: bind("int chroot(intptr_t)"),
    chdir: bind("int chdir(intptr_t)"),
    prctl: bind("int prctl(int, unsigned long, unsigned long, unsigned long, unsigned long)"),
    signal: bind("intptr_t signal(int, intptr_t)"),
    setrlimit: bind("int setrlimit(int, intptr_t)"),
    closeRange: bindNumber(bind, SYS_CLOSE_RANGE, "unsigned int, unsigned int, unsigned int"),
    capset: bindNumber(bind, SYS_CAPSET, "intptr_t, intptr_t"),
    setup: bindNumber(bind, SYS_IO_URING_SETUP, "unsigned int, intptr_t"),
    enter: bindNumber(
      bind,
      SYS_IO_URING_ENTER,
      "unsigned int, unsigned int, unsigned int, unsigned int, intptr_t, size_t",
    ),
    register: bindNumber(
      bind,
      SYS_IO_URING_REGISTER,
      "unsigned int, unsigned int, intptr_t, unsigned int",
    ),
  };
}

const SYS_CLOSE_RANGE = 436;
/** On x86-64; on arm64 it is 91. */
const SYS_CAPSET = process.arch === "arm64" ? 91 : 126;
const SYS_IO_URING_SETUP = 425;
const SYS_IO_URING_ENTER = 426;
const SYS_IO_URING_REGISTER = 427;

function bindNumber(
  bind: (prototype: string) => NativeFunction,
  number: number,
  parameters: string,
): NativeFunction {
  const call = bind(`long syscall(long, ${parameters})`);
  return (...values) => call(number, ...values);
}

/** What a call gave, or an error that names it: for what has to work. */
export function must(call: string, result: number): number {
  if (result < 0) throw new Error(`${call} failed with errno ${-result}`);
  return result;
}
