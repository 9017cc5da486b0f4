/**
 * What a conformance scenario needs around a backend: descriptors, files and memory.
 *
 * One world serves one run of one scenario. Whatever it gives out it takes back in
 * `dispose`, and whatever is open then that was not open before is a leak: a request
 * that installed a descriptor and was cancelled, a ring that stayed open.
 */
import type { Backend } from "../../src/backend.ts";
import type { WorldMemory } from "./memory.ts";

/** The two ends of a pipe. */
export interface Pipe {
  readonly read: number;
  readonly write: number;
}

export interface World {
  /** For failure messages: "native", "sim with seed 3". */
  readonly name: string;
  readonly backend: Backend;
  readonly memory: WorldMemory;

  /** An empty pipe; `flags` as pipe2(2) takes them. */
  pipe(flags?: number): Pipe;
  /** Two connected AF_UNIX stream sockets. */
  socketPair(): readonly [number, number];
  /** open(2) outside of any ring. Throws when it fails. */
  open(path: string, flags: number, mode?: number): number;
  /** Runs `body` under this RLIMIT_NOFILE; with 0 no descriptor can be made. */
  withDescriptorLimit(limit: number, body: () => void): void;
  /** A TCP port of 127.0.0.1 that nobody uses. */
  freePort(): number;

  /** The path of `name` in a directory that is this world's own. */
  tempPath(name: string): string;
  writeFile(path: string, content: string | Uint8Array): void;
  readFile(path: string): Uint8Array;
  makeDirectory(path: string): void;
  exists(path: string): boolean;

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

  /** What can happen without the program doing anything more has happened: wake-ups, timers due. */
  settle(): void;

  /** Has `cleanup` run when the world ends, the last one first. */
  defer(cleanup: () => void): void;
  /**
   * Memory stays allocated for ever from now on: a request may still use it. A world that is
   * left in a proper state never calls this.
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
}

/** A backend that is not there. */
export interface MissingKind {
  readonly name: "native" | "sim";
  readonly missing: string;
}
