/**
 * Open files as the emulator needs them: pipes, sockets, regular files, epoll sets and the rest.
 *
 * Everything here is answered at once. A file that cannot go on says -EAGAIN; the core waits.
 */

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

/** Beside the POLL* events of a wake-up: a ring caused it (Linux calls it EPOLL_URING_WAKE). */
export const WOKEN_BY_RING = 0x8000000;

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
   * The POLL* events that wake-up number `n` was about, 0 where that is not known, and
   * `WOKEN_BY_RING` where a ring caused it. Linux
   * believes a single wake-up: a poll completes although somebody has taken the data.
   */
  wakeup(n: number): number;
  /** Its own position, where it has one, and moving there. */
  readonly position?: number;
  seek?(position: number): void;
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
  /**
   * connect(2) as if the socket had O_NONBLOCK: 0 or an error. -EINPROGRESS where a connection was
   * begun, and -EALREADY while it is being made: a later call says how it went. -EAGAIN where there
   * is no room to begin it.
   */
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
  /**
   * Of an end of a FIFO that was opened without the other one: readable once that was opened, which
   * open(2) waits for. Nobody has to retain or release it.
   */
  readonly partner?: OpenFile | undefined;
  /**
   * Of a pipe: wakes those who poll an end, the one that is read or the one that is written, though
   * nothing has changed there. Linux does so at times.
   */
  wakeAgain?(reads: boolean): void;
  /** URING_CMD of any kind succeeds: /dev/null. */
  readonly takesCommands?: boolean;
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
  /** The pending errno, positive, which is cleared (SO_ERROR); 0 if there is none. */
  takeErrno(): number;
  /** SIOCINQ and SIOCOUTQ: bytes to read and bytes not sent, or an errno. Absent in AF_UNIX. */
  queued?(): number;
  unsent?(): number;
  /** getsockopt(2) of SOL_SOCKET: the value, `length` bytes at most, or an errno. */
  getOption?(option: number, length: number): Uint8Array | number;
  /**
   * setsockopt(2) with a value of `length` bytes: 0 or an errno. `read` gives its first bytes, or
   * undefined (EFAULT).
   */
  setOption?(
    level: number,
    option: number,
    length: number,
    read: (byteLength: number) => DataView | undefined,
  ): number;
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
