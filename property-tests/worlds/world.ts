/**
 * What a conformance scenario needs around a backend: descriptors, files and memory.
 *
 * One world serves one run of one scenario. Whatever it gives out it takes back in
 * `dispose`, and whatever is open then that was not open before is a leak: a request
 * that installed a descriptor and was cancelled, a ring that stayed open.
 */
import type { Privilege } from "./privileges.ts";
import type { Backend } from "../../src/backend.ts";
import type { Memory, WorldMemory } from "./memory.ts";

/** The two ends of a pipe. */
export interface Pipe {
  readonly read: number;
  readonly write: number;
}

/**
 * A task of its own (a thread, or a child process) that has the descriptor of one ring.
 *
 * Calls are answered one after the other. They may block: the scenario goes on meanwhile, until it
 * awaits the answer.
 */
export interface OtherTask {
  /** io_uring_enter(2) of the ring. */
  enter(toSubmit: number, minComplete?: number, flags?: number): Promise<number>;
  /** io_uring_register(2) of the ring. */
  register(opcode: number, address?: number, count?: number): Promise<number>;
  /** The task ends. */
  end(): Promise<void>;
}

/** A child process that does what it is told. */
export interface Child {
  readonly pid: number;
  exit(code: number): void;
  /** SIGKILL. */
  kill(): void;
  /** SIGSTOP and SIGCONT. */
  stop(): void;
  resume(): void;
}

/** The signal that `withSignals` sends: one that nobody else uses. */
export const SIGNAL = 40;

/** What a program has said about a signal. */
export interface SignalOptions {
  /** Its handler was installed with SA_RESTART. */
  readonly restart?: boolean;
  /** The thread blocks it. */
  readonly blocked?: boolean;
}

export interface World {
  /** For failure messages: "native", "sim with seed 3". */
  readonly name: string;
  readonly backend: Backend;
  readonly memory: WorldMemory;

  /** An empty pipe; `flags` as pipe2(2) takes them. */
  pipe(flags?: number): Pipe;
  /** eventfd(2); `flags` are EFD_*. */
  eventfd(initial?: number, flags?: number): number;
  /** An epoll set of nothing. */
  epoll(): number;
  /** Two AF_UNIX sockets connected to each other; streams when the type (SOCK_*) is left out. */
  socketPair(type?: number): readonly [number, number];
  /** open(2) outside of any ring. Throws when it fails. */
  open(path: string, flags: number, mode?: number): number;
  /** Runs `body` under this RLIMIT_NOFILE; with 0 no descriptor can be made. */
  withDescriptorLimit(limit: number, body: () => void): void;
  /** A port of 127.0.0.1 that nobody uses: of TCP, or of UDP with SOCK_DGRAM. */
  freePort(type?: number): number;

  /** The path of `name` in a directory that is this world's own. */
  tempPath(name: string): string;
  writeFile(path: string, content: string | Uint8Array): void;
  readFile(path: string): Uint8Array;
  makeDirectory(path: string): void;
  /** mkfifo(3). */
  makeFifo(path: string): void;
  /** symlink(2): makes `path` a symbolic link to `target`. */
  symlink(target: string, path: string): void;
  exists(path: string): boolean;

  /** futex(2) FUTEX_WAKE of a word; `isPrivate` as FUTEX_PRIVATE_FLAG. Returns how many it woke. */
  futexWake(address: number, limit: number, isPrivate: boolean): number;

  /** Starts a child, which ends with the world at the latest. */
  child(): Child;

  /** dup(2). */
  duplicate(fd: number): number;

  /** Runs `body` without CAP_NET_ADMIN, CAP_NET_RAW, CAP_SYS_ADMIN and CAP_SYS_NICE. */
  withoutPrivileges(body: () => void): void;

  /** Has a descriptor that came out of a ring closed with the world. Returns it. */
  adopt(fd: number): number;
  /** FD_CLOEXEC of an open descriptor. */
  closeOnExec(fd: number): boolean;
  /** close(2), now: 0 or -errno. */
  closeFd(fd: number): number;
  /** read(2) outside of any ring, never waiting: the bytes, or -errno. */
  read(fd: number, byteLength: number): Uint8Array | number;
  /** write(2) outside of any ring, never waiting: a count, or -errno. */
  write(fd: number, content: string | Uint8Array): number;

  /**
   * Waits until `holds`, without a system call on any ring.
   *
   * @throws {Error} naming `what` when it does not come to hold
   */
  until(what: string, holds: () => boolean): void;
  /** Waits until so many workers block in what they do for requests of this thread. */
  untilWorkersBlock(count: number): void;
  /** A thread of this process that uses the ring. Ends with the world. */
  otherTask(ringFd: number): OtherTask;
  /**
   * A child process that inherited the ring's descriptor, and nothing else. Ends with the world.
   */
  childProcess(ringFd: number): OtherTask;
  /** Puts new, zeroed pages at the place of a piece of whole pages: mmap(2) with MAP_FIXED. */
  remap(memory: Memory): void;
  /** From now on a piece of whole pages can only be read: mprotect(2). */
  protect(memory: Memory): void;
  /** From now on a piece of whole pages is as good as not mapped: mprotect(2) with PROT_NONE. */
  hide(memory: Memory): void;

  /** Runs `body` while SIGNAL, which has a handler, comes to its thread again and again. */
  withSignals(options: SignalOptions, body: () => void): void;

  /** Whether `body` had SIGPIPE sent to its thread, which blocks it meanwhile. */
  raisesPipeSignal(body: () => void): boolean;

  /** What can happen without the program doing anything more has happened: wake-ups, timers due. */
  settle(): void;

  /** Has `cleanup` run when the world ends, the last one first. */
  defer(cleanup: () => void): void;
  /**
   * Memory stays allocated for ever from now on: a request may still use it, or the end of a ring
   * that lies in it. A world that is left in a proper state calls this for such rings only.
   */
  keepMemory(): void;
  /** Closes and removes everything. Returns what was leaked, one line each. */
  dispose(): Promise<readonly string[]>;
}

/** A way to make worlds: one backend. */
export interface WorldKind {
  readonly name: "native" | "sim";
  /** Each scenario runs once in each of these; with `whole` no stream moves less than it could. */
  readonly variants: readonly ((whole?: boolean) => World)[];
  /** Whether the user who runs this may not do what the privilege is for. */
  readonly lacks: (privilege: Privilege) => boolean;
}

/** A backend that is not there. */
export interface MissingKind {
  readonly name: "native" | "sim";
  readonly missing: string;
}
