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
import type { OpenFile } from "./open-file.ts";

export { CURRENT_POSITION, isEventFile, WOKEN_BY_RING } from "./open-file.ts";
export type {
  ControlMessage,
  Deliver,
  EpollCalls,
  EpollEvent,
  EventFile,
  Fetch,
  OpenFile,
  ReceivedMessage,
  SentMessage,
  SocketCalls,
} from "./open-file.ts";

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

/** The program's descriptor table and the file system behind it. */
export interface Files extends FileCalls, NameCalls {
  /** RLIMIT_NOFILE: every descriptor is below it, and no table has more slots. */
  readonly descriptorLimit: number;
  /** The description behind `fd`, not retained, or undefined (EBADF). */
  get(fd: number): OpenFile | undefined;
  /** No number is free: `install` would answer -EMFILE. */
  readonly isFull: boolean;
  /**
   * Puts a description (its reference passes to the table) at the lowest free number, or at the
   * one behind `held` lower ones that are free, or -EMFILE.
   */
  install(file: OpenFile, closeOnExec: boolean, held?: number): number;
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

/** Signals of the program. */
export interface Signals {
  /**
   * Whether one with a handler has come that is not blocked: the handler runs now, and a call that
   * waits ends.
   *
   * @param mask - the signals that are blocked (sigset_t, 8 bytes) where a wait brings a mask; left
   * out: those that the program blocks by itself (sigprocmask(2))
   */
  interrupt(mask?: Uint8Array): boolean;
  /** The kernel sends one to the task that makes the running call, by its number. */
  send(signal: number): void;
}

/** A privilege that root has and others may lack (capabilities(7)), of those that are asked for. */
export type Capability = "CAP_NET_ADMIN" | "CAP_SYS_ADMIN" | "CAP_SYS_NICE";

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
 * - `match`: which of several equal targets a cancellation picks that workers have
 * - `lookup`: a worker found its file before the descriptor was closed (0), or did not (1)
 * - `worker`: a request chained behind work on a worker runs elsewhere (0), or blocks it (1)
 * - `eager`: work sent to a worker in the middle of a submit runs after it (0), or within it (1)
 * - `notice`: a SYNC_CANCEL on a DEFER_TASKRUN ring notices the end of its target (0), or not (1)
 * - `close`: work still running when its ring is closed is stopped (0), or goes on (1)
 * - `bundle`: how many buffers a bundle picks that does not know how many bytes there are: one, or
 *   as many as an earlier request of the ring had room for
 * - `number`: a new descriptor gets the lowest free number, or leaves out as many as workers may
 *   hold that are about to make one
 * - `position`: a transfer at a file's own position begins where that is (0), or was when it was
 *   sent to a worker (1)
 * - `usage`: a zero-copy send says that its bytes were copied (0), or that they were not (1)
 * - `cache`: all of a path is in the cache (0), or is not (1)
 * - `hint`: a CQE says that more is waiting in the socket (0), or leaves it out (1)
 * - `signal`: an eventfd that nobody has read counts once more (0), or not for what came right
 *   behind the last (1)
 * - `notification`: that of a zero-copy send comes with its CQE (0), or later (1)
 * - `end`: a ring that is closed lets go of its files and memory at once (0), or later (1)
 * - `rest`: what follows from a request that a worker had comes with its CQE (0), or later (1)
 * - `count`: how much a cancellation of everything counts of what workers run, or are beginning
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
  | "count"
  | "hint"
  | "end"
  | "notice"
  | "notification"
  | "number"
  | "position"
  | "rest"
  | "signal"
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
