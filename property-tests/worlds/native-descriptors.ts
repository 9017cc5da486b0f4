/** The process's own descriptors: made through libc, listed through /proc. */
import { readdirSync, readlinkSync } from "node:fs";
import { EAGAIN } from "../../spec/errno.ts";
import { POLLIN, POLLOUT } from "../../spec/abi/linux.ts";
import type { Region } from "../../src/backend.ts";
import { openNativeBackend } from "../../backends/native/index.ts";
import { nativeTestKit, type NativeTestKit } from "../../backends/native/testing/kit.ts";

export const kit: NativeTestKit = await nativeTestKit();
const poll = kit.bind("int poll(intptr_t, unsigned long, int)");
const syscall = kit.bind("long syscall(long, intptr_t, int, int, intptr_t, intptr_t, int)");
const SYS_FUTEX = 202;
const FUTEX_WAKE = 1;
const FUTEX_PRIVATE_FLAG = 128;
const epollCreate1 = kit.bind("int epoll_create1(int)");
const eventfd = kit.bind("int eventfd(unsigned int, int)");
const mkfifo = kit.bind("int mkfifo(intptr_t, unsigned int)");
const socket = kit.bind("int socket(int, int, int)");
const bind = kit.bind("int bind(int, intptr_t, unsigned int)");
const getsockname = kit.bind("int getsockname(int, intptr_t, intptr_t)");
const fcntl = kit.bind("int fcntl(int, int)");
const dup = kit.bind("int dup(int)");
const F_GETFD = 1;
const FD_CLOEXEC = 1;
const getrlimit = kit.bind("int getrlimit(int, intptr_t)");
const setrlimit = kit.bind("int setrlimit(int, intptr_t)");
const RLIMIT_NOFILE = 7;
const scratch: Region = (await openNativeBackend()).allocate(64);

function checked(call: string, result: number): number {
  if (result < 0) throw new Error(`${call} failed with errno ${-result}`);
  return result;
}

function isReady(fd: number, events: number): boolean {
  const view = new DataView(scratch.buffer);
  view.setInt32(0, fd, true);
  view.setUint32(4, events, true); // and revents, cleared
  return checked("poll", poll(scratch.address, 1, 0)) > 0;
}

/** read(2) that never waits. */
export function readNow(fd: number, byteLength: number): Uint8Array | number {
  return isReady(fd, POLLIN) ? kit.readBytes(fd, byteLength) : -EAGAIN;
}

/** write(2) that never waits, as long as what is written fits in a pipe buffer. */
export function writeNow(fd: number, bytes: Uint8Array): number {
  return isReady(fd, POLLOUT) ? kit.writeBytes(fd, bytes) : -EAGAIN;
}

/** A port that the kernel picks for the socket address in `scratch`; it is free again at once. */
export function pickPort(loopback: Uint8Array, domain: number, type: number): number {
  const fd = checked("socket", socket(domain, type, 0));
  const bytes = new Uint8Array(scratch.buffer);
  const view = new DataView(scratch.buffer);
  bytes.fill(0);
  bytes.set(loopback);
  checked("bind", bind(fd, scratch.address, loopback.length));
  view.setUint32(32, loopback.length, true);
  checked("getsockname", getsockname(fd, scratch.address, scratch.address + 32));
  kit.close(fd);
  return view.getUint16(2, false);
}

/** futex(2) FUTEX_WAKE. */
export function wakeFutex(address: number, limit: number, isPrivate: boolean): number {
  const operation = isPrivate ? FUTEX_WAKE | FUTEX_PRIVATE_FLAG : FUTEX_WAKE;
  return checked("futex", syscall(SYS_FUTEX, address, operation, limit, 0, 0, 0));
}

/** epoll_create1(2). */
export function newEpoll(): number {
  return checked("epoll_create1", epollCreate1(0));
}

/** eventfd(2). */
export function newEventfd(initial: number, flags: number): number {
  return checked("eventfd", eventfd(initial, flags));
}

/** mkfifo(3) of the path at an address. */
export function newFifo(path: number): void {
  checked("mkfifo", mkfifo(path, 0o600));
}

/** dup(2). */
export function duplicate(fd: number): number {
  return checked("dup", dup(fd));
}

/** Whether FD_CLOEXEC is set. */
export function closesOnExec(fd: number): boolean {
  return (checked("fcntl", fcntl(fd, F_GETFD)) & FD_CLOEXEC) !== 0;
}

/** Sets the soft RLIMIT_NOFILE. Returns what it was. */
export function limitDescriptors(limit: number): number {
  const view = new DataView(scratch.buffer);
  checked("getrlimit", getrlimit(RLIMIT_NOFILE, scratch.address));
  const before = view.getUint32(0, true);
  view.setUint32(0, limit, true);
  checked("setrlimit", setrlimit(RLIMIT_NOFILE, scratch.address));
  return before;
}

/** What each open descriptor is, by number, as /proc names it. */
export function openDescriptors(): Map<number, string> {
  const open = new Map<number, string>();
  for (const name of readdirSync("/proc/self/fd")) {
    try {
      open.set(Number(name), readlinkSync(`/proc/self/fd/${name}`));
    } catch {
      // The descriptor of the listing itself, closed again by now.
    }
  }
  return open;
}
