/**
 * What the emulator needs from its surroundings, and reaches in no other way.
 *
 * The core (everything else in this folder) is io_uring: rings, requests, links,
 * timers, cancellation. It owns no clock, no randomness and does no I/O. Memory
 * and files come through `Memory` and `Files`, time through `Clock`, and
 * whatever Linux leaves open is asked of a `Decider`. On the simulated kernel all
 * four are simulated; on the epoll backend they are this process's own.
 */

import type { FileCalls, NameCalls } from "./file-calls.ts";

/** The program's memory. An access may stop early where nothing is mapped (EFAULT). */
export interface Memory {
  /** Copies from `address` into `into`; returns the bytes copied before the first unmapped one. */
  read(address: number, into: Uint8Array): number;
  /** Copies `from` to `address`; returns the bytes copied before the first unmapped one. */
  write(address: number, from: Uint8Array): number;
  /**
   * Holds on to the pages of a range, so that they can be used whatever becomes of the mapping.
   *
   * @returns the pages, the caller's until `release`; undefined (EFAULT) where a byte of the
   * range is not mapped or cannot be written
   */
  pin(address: number, byteLength: number): PinnedMemory | undefined;
}

/**
 * Pages of the program that the kernel holds: registered buffers, and rings in the program's
 * memory. A program that unmaps the range, or maps something else there, changes its own view
 * and not these pages (RBUF-17).
 */
export interface PinnedMemory {
  /** Where the first byte was when the range was pinned. */
  readonly address: number;
  readonly byteLength: number;
  /** Copies from byte `offset` on; the range is inside. */
  read(offset: number, into: Uint8Array): void;
  /** Copies to byte `offset` and on; the range is inside. */
  write(offset: number, from: Uint8Array): void;
  /**
   * The pages themselves, shared with the program. Good as long as the program does not detach
   * the ArrayBuffer that it sees them through.
   */
  share(): DataView<ArrayBuffer>;
  /** Lets go of the pages, once. */
  release(): void;
}

/** All of the memory of a program, and what else it can do with it. */
export interface ProgramMemory extends Memory {
  /**
   * madvise(2) of pages: both numbers are multiples of the page size, and `advice` is known.
   * 0, -ENOMEM where a part is not mapped, or what the advice gives.
   */
  advise(address: number, byteLength: number, advice: number): number;
}

/**
 * Takes the bytes that a file has to give. Returns how many it took: fewer than
 * offered means that the program's memory faulted, and the rest stays in the file.
 *
 * @param granule - a fault takes back what is no whole multiple of it; 1 when left out
 */
export type Deliver = (bytes: Uint8Array, granule?: number) => number;

/**
 * Fills `into` with the bytes that a file is to take. Returns how many it could
 * read from the program's memory: fewer than asked means that it faulted.
 *
 * @param granule - a fault takes back what is no whole piece of this length; 1 when left out
 * @param first - length of a piece that comes before those; 0 when left out
 */
export type Fetch = (into: Uint8Array, granule?: number, first?: number) => number;

/** Position argument that means "the file's own position" (`off` = -1 in an SQE). */
export const CURRENT_POSITION = -1;

/**
 * An open file description: what a descriptor refers to (open(2)).
 *
 * Results are counts or negative errnos. An operation that would block returns
 * -EAGAIN whatever O_NONBLOCK says; the core then waits on `poll` and tries again.
 * Counted: whoever stores one retains it, the last release closes it.
 */
export interface OpenFile {
  readonly kind: "regular" | "directory" | "pipe" | "socket" | "eventfd" | "ring" | "other";
  /** Access mode and status flags as open(2) takes them. */
  readonly flags: number;
  /** False for regular files and directories: they never wait, and poll(2) has no meaning. */
  readonly pollable: boolean;
  /** The POLL* events that hold now, not masked by what anyone asked for. */
  poll(): number;
  /**
   * A number that grows whenever a waiter on this file would be woken. It lets a
   * multishot poll tell a new wake-up from an old level.
   */
  wakeups(): number;
  /**
   * The POLL* events that the last wake-up was about, 0 where that is not known. Linux
   * believes a single wake-up: a poll completes although somebody has taken the data.
   */
  lastWake(): number;
  read(length: number, position: number, deliver: Deliver): number;
  /** @param end - at the end of the file, whatever `position`; when left out: if O_APPEND is on */
  write(length: number, position: number, fetch: Fetch, end?: boolean): number;
  retain(): void;
  release(): void;

  fsync(datasync: boolean, offset: number, length: number): number;
  truncate(length: number): number;

  /** Socket calls: -ENOTSOCK from anything that is not a socket. */
  bind(address: Uint8Array): number;
  listen(backlog: number): number;
  /** 0, or -EAGAIN while the connection is being made, or the error. */
  connect(address: Uint8Array): number;
  /** The accepted socket and its peer's sockaddr, or -EAGAIN, or an error. */
  accept(flags: number): { file: OpenFile; peer: Uint8Array } | number;
  /** `flags` are MSG_*. What else a message carries is in `message`. */
  send(length: number, flags: number, fetch: Fetch, message?: SentMessage): number;
  /** Bytes that a receive would find now, where the file can tell (SIOCINQ). */
  unread?(): number;
  /** Puts what else came with the bytes into `message`, on success. */
  recv(length: number, flags: number, deliver: Deliver, message?: ReceivedMessage): number;
  shutdown(how: number): number;

  /** What else a socket can do; only sockets have it. */
  readonly socket?: SocketCalls;
  /** What an epoll set can do; only epoll sets have it. */
  readonly epoll?: EpollCalls;
  /** Nobody retains it any more: what only refers to it forgets it. */
  readonly isReleased?: boolean;
}

/** `struct epoll_event` (epoll_ctl(2)). */
export interface EpollEvent {
  /** EPOLL* bits. */
  readonly events: number;
  readonly dataLow: number;
  readonly dataHigh: number;
}

/** The calls that are for epoll sets alone. */
export interface EpollCalls {
  /**
   * epoll_ctl(2). The set does not retain `file`.
   *
   * @returns 0, -EEXIST, -ENOENT, -EPERM, -EINVAL or -ELOOP
   */
  control(operation: number, fd: number, file: OpenFile, event: EpollEvent): number;
  /**
   * epoll_wait(2) that does not wait. `tell` takes each event, or refuses it (EFAULT).
   *
   * @returns how many were told, up to `limit`; or -EFAULT
   */
  take(limit: number, tell: (index: number, event: EpollEvent) => boolean): number;
}

/** What goes into a socket besides bytes (sendmsg(2)). */
export interface SentMessage {
  /** Where it goes, as a sockaddr; undefined: to the peer. */
  readonly name: Uint8Array | undefined;
  /** Descriptions to pass on (SCM_RIGHTS). The socket retains those that it takes. */
  readonly files: readonly OpenFile[];
  /** All control data, up to the first piece that is not well-formed (cmsg(3)). */
  readonly control: readonly ControlMessage[];
  /** There is such a piece. */
  readonly malformed: boolean;
}

/** One piece of control data (`struct cmsghdr`). */
export interface ControlMessage {
  readonly level: number;
  readonly type: number;
  readonly data: Uint8Array;
}

/** What comes out of a socket besides bytes (recvmsg(2)). */
export interface ReceivedMessage {
  /** Who sent it, as a sockaddr; undefined: nobody says. */
  name: Uint8Array | undefined;
  /** MSG_TRUNC and others that the socket found. */
  flags: number;
  /** Descriptions that were passed on. Their references belong to who called. */
  files: readonly OpenFile[];
}

/** The calls that are for sockets alone. */
export interface SocketCalls {
  /** Bytes that were sent, ever; absent where a send needs the program's memory only once. */
  sentCount?(): number;
  /** How many of them the network does not need the program's memory for any more. */
  releasedCount?(): number;
  /** AF_*. */
  readonly family: number;
  /** SOCK_STREAM, SOCK_DGRAM or SOCK_SEQPACKET. */
  readonly type: number;
}

/** An eventfd: what REGISTER_EVENTFD is given. */
export interface EventFile extends OpenFile {
  readonly kind: "eventfd";
  /** eventfd_signal() of Linux: adds 1, stops at 2^64 - 1, and wakes who waits. */
  signal(): void;
}

/** Whether a file is an eventfd. */
export function isEventFile(file: OpenFile): file is EventFile {
  return file.kind === "eventfd";
}

/** The program's descriptor table and the file system behind it. */
export interface Files extends FileCalls, NameCalls {
  /** RLIMIT_NOFILE: every descriptor is below it, and no table has more slots. */
  readonly descriptorLimit: number;
  /** The description behind `fd`, not retained, or undefined (EBADF). */
  get(fd: number): OpenFile | undefined;
  /** No number is free: `install` would answer -EMFILE. */
  readonly isFull: boolean;
  /**
   * Puts a description (its reference passes to the table) at the lowest free number,
   * or -EMFILE.
   */
  install(file: OpenFile, closeOnExec: boolean): number;
  /** 0 or -EBADF. The description lives on while something retains it. */
  close(fd: number): number;

  /**
   * Path calls: `directory` is a descriptor or AT_FDCWD; `path` is as the program gave it,
   * without the NUL.
   *
   * @param resolve - RESOLVE_* (openat2(2)), 0 when left out
   */
  open(
    directory: number,
    path: Uint8Array,
    flags: number,
    mode: number,
    resolve?: number,
  ): OpenFile | number;
  /** Fills `into` (a zeroed `struct statx`, 256 bytes). 0 or -errno. */
  statx(directory: number, path: Uint8Array, flags: number, mask: number, into: Uint8Array): number;
  unlink(directory: number, path: Uint8Array, flags: number): number;
  rename(
    oldDirectory: number,
    oldPath: Uint8Array,
    newDirectory: number,
    newPath: Uint8Array,
    flags: number,
  ): number;
  mkdir(directory: number, path: Uint8Array, mode: number): number;
  socket(domain: number, type: number, protocol: number): OpenFile | number;
}

/** Time in nanoseconds. The core never waits; it asks, and offers timers as events. */
export interface Clock {
  /** CLOCK_MONOTONIC, counted from the start of the world. */
  monotonic(): number;
  /**
   * How late it may be, at most, before the present call is over: a timer that is due until then
   * may have fired. Left out: time stands still during a call.
   */
  latest?(): number;
  /** What CLOCK_REALTIME is ahead of `monotonic()`, in nanoseconds. */
  realtimeOffset(): number;
}

/**
 * What a choice is about, so that a decider can weigh it without reading its name.
 *
 * - `inline`: a request that could complete at submit does (0), or completes later (1)
 * - `short`: a stream moves all it could (0), or fewer bytes
 * - `fault`: a request runs as it should (0), or with a fault that the policy allows
 * - `cancel`: a cancellation wins (0), loses (1), is too late (2), or stops work on a worker
 *   although it was told that it is too late (3)
 * - `match`: which of several equal targets a cancellation picks
 * - `lookup`: a worker found its file before the descriptor was closed (0), or did not (1)
 * - `worker`: a request chained behind work on a worker runs elsewhere (0), or blocks it (1)
 * - `eager`: work sent to a worker in the middle of a submit runs after it (0), or within it (1)
 * - `notice`: a SYNC_CANCEL on a DEFER_TASKRUN ring notices the end of its target (0), or not (1)
 * - `close`: work still running when its ring is closed is stopped (0), or goes on (1)
 * - `bundle`: how many buffers a bundle picks that does not know how many bytes there are: one, or
 *   as many as an earlier request of the ring had room for
 * - `usage`: a zero-copy send says that its bytes were copied (0), or that they were not (1)
 * - `cache`: all of a path is in the cache (0), or is not (1)
 */
export type ChoiceKind =
  | "inline"
  | "short"
  | "fault"
  | "cancel"
  | "match"
  | "lookup"
  | "close"
  | "worker"
  | "eager"
  | "bundle"
  | "cache"
  | "notice"
  | "usage";

/** The request that a choice is about, for a decider that knows the program. */
export interface ChoiceSubject {
  readonly userDataLow: number;
  readonly userDataHigh: number;
}

/**
 * Decides what Linux leaves open.
 *
 * `point` names the choice (`"read#7 result"`), `option(i)` names its i-th
 * continuation (`"short 512"`). Both are called only when somebody wants to read
 * them, and only during the call. Asked only where `count` is 2 or more: a forced
 * move is no choice. Option 0 is what Linux usually does.
 */
export interface Decider {
  choose(
    count: number,
    point: () => string,
    option: (index: number) => string,
    kind: ChoiceKind,
    subject?: ChoiceSubject,
  ): number;
}
