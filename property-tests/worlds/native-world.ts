/** A world on the real kernel: this process's own descriptors, and a temporary directory. */
import { existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import {
  AF_INET,
  AF_UNIX,
  PROT_NONE,
  PROT_READ,
  PROT_WRITE,
  SOCK_STREAM,
} from "../../spec/abi/linux.ts";
import type { Backend } from "../../src/backend.ts";
import { succeeded } from "../../backends/native/testing/kit.ts";
import { WorldMemory, type Memory } from "./memory.ts";
import { protectPages, remapPages } from "./native-pages.ts";
import {
  closesOnExec,
  duplicate,
  kit,
  limitDescriptors,
  newEpoll,
  newEventfd,
  newFifo,
  openDescriptors,
  pickPort,
  readNow,
  wakeFutex,
  writeNow,
} from "./native-descriptors.ts";
import { NativeProcess, NativeThread } from "./native-tasks.ts";
import { withoutCapabilities } from "./native-capabilities.ts";
import { NativeChild } from "./native-child.ts";
import { sleepingWorkers } from "./native-workers.ts";
import { withSignals } from "./native-signals.ts";
import type { Child, OtherTask, Pipe, SignalOptions, World } from "./world.ts";

/** How often the descriptors are looked at again: others in this process open files too. */
const LEAK_CHECKS = 10;
const LEAK_CHECK_PAUSE_MILLISECONDS = 10;

/** How long something may take before a scenario fails: never a measure of speed. */
const PATIENCE_MILLISECONDS = 5000;
/** Nobody ever notifies it: waiting for it is sleeping. */
const PAUSE = new Int32Array(new SharedArrayBuffer(4));

/** What /proc calls a pipe, a socket and a ring. */
const OURS = /^(pipe:|socket:|anon_inode:\[io_uring\])/;

export class NativeWorld implements World {
  readonly name = "native";
  readonly backend: Backend;
  readonly memory: WorldMemory;
  readonly #before = openDescriptors();
  readonly #directory: string = mkdtempSync(join(tmpdir(), "safer-ring-world-"));
  readonly #owned = new Set<number>();
  readonly #cleanups: (() => void)[] = [];
  readonly #tasks: OtherTask[] = [];
  #freesMemory = true;

  constructor(backend: Backend) {
    this.backend = backend;
    this.memory = new WorldMemory(backend);
  }

  pipe(flags = 0): Pipe {
    const [read, write] = succeeded(kit.pipe2(flags));
    return { read: this.adopt(read), write: this.adopt(write) };
  }

  eventfd(initial = 0, flags = 0): number {
    return this.adopt(newEventfd(initial, flags));
  }

  epoll(): number {
    return this.adopt(newEpoll());
  }

  socketPair(type: number = SOCK_STREAM): readonly [number, number] {
    const [one, other] = succeeded(kit.socketpair(AF_UNIX, type, 0));
    return [this.adopt(one), this.adopt(other)];
  }

  open(path: string, flags: number, mode = 0o644): number {
    return this.adopt(openSync(path, flags, mode));
  }

  /** The limit is this process's: nothing else in it may open anything meanwhile. */
  withDescriptorLimit(limit: number, body: () => void): void {
    const before = limitDescriptors(limit);
    try {
      body();
    } finally {
      limitDescriptors(before);
    }
  }

  freePort(type: number = SOCK_STREAM): number {
    return pickPort(this.memory.loopback(0).bytes, AF_INET, type);
  }

  tempPath(name: string): string {
    return join(this.#directory, name);
  }

  writeFile(path: string, content: string | Uint8Array): void {
    writeFileSync(path, content);
  }

  readFile(path: string): Uint8Array {
    return new Uint8Array(readFileSync(path));
  }

  makeDirectory(path: string): void {
    mkdirSync(path);
  }

  makeFifo(path: string): void {
    newFifo(this.memory.path(path));
  }

  symlink(target: string, path: string): void {
    symlinkSync(target, path);
  }

  exists(path: string): boolean {
    return existsSync(path);
  }

  /** The thread does without them: what its rings start is then refused as well. */
  withoutPrivileges(body: () => void): void {
    withoutCapabilities(this.backend, body);
  }

  child(): Child {
    const child = new NativeChild(this.backend);
    this.defer(() => {
      child.end();
    });
    return child;
  }

  futexWake(address: number, limit: number, isPrivate: boolean): number {
    return wakeFutex(address, limit, isPrivate);
  }

  duplicate(fd: number): number {
    return this.adopt(duplicate(fd));
  }

  adopt(fd: number): number {
    this.#owned.add(fd);
    return fd;
  }

  closeOnExec(fd: number): boolean {
    return closesOnExec(fd);
  }

  closeFd(fd: number): number {
    this.#owned.delete(fd);
    return kit.close(fd);
  }

  read(fd: number, byteLength: number): Uint8Array | number {
    return readNow(fd, byteLength);
  }

  write(fd: number, content: string | Uint8Array): number {
    return writeNow(fd, typeof content === "string" ? new TextEncoder().encode(content) : content);
  }

  until(what: string, holds: () => boolean): void {
    const deadline = performance.now() + PATIENCE_MILLISECONDS;
    while (!holds()) {
      if (performance.now() > deadline) throw new Error(`for a long time not so: ${what}`);
      Atomics.wait(PAUSE, 0, 0, 1);
    }
  }

  untilWorkersBlock(count: number): void {
    this.until(`${count} workers block`, () => sleepingWorkers() >= count);
  }

  otherTask(ringFd: number): OtherTask {
    return this.#ended(new NativeThread(ringFd));
  }

  childProcess(ringFd: number): OtherTask {
    return this.#ended(new NativeProcess(ringFd));
  }

  #ended<Task extends OtherTask>(task: Task): Task {
    this.#tasks.push(task);
    return task;
  }

  remap({ address, byteLength }: Memory): void {
    remapPages(address, byteLength);
  }

  protect({ address, byteLength }: Memory): void {
    protectPages(address, byteLength, PROT_READ);
    this.defer(() => protectPages(address, byteLength, PROT_READ | PROT_WRITE));
  }

  hide({ address, byteLength }: Memory): void {
    protectPages(address, byteLength, PROT_NONE);
    this.defer(() => protectPages(address, byteLength, PROT_READ | PROT_WRITE));
  }

  withSignals(options: SignalOptions, body: () => void): void {
    withSignals(this.backend, options, body);
  }

  /** Wake-ups happen inside the system call that causes them. */
  settle(): void {}

  defer(cleanup: () => void): void {
    this.#cleanups.push(cleanup);
  }

  keepMemory(): void {
    this.#freesMemory = false;
  }

  async dispose(): Promise<readonly string[]> {
    for (const task of this.#tasks.splice(0)) await task.end();
    for (const cleanup of this.#cleanups.splice(0).reverse()) cleanup();
    for (const fd of this.#owned) kit.close(fd);
    if (this.#freesMemory) this.memory.freeAll();
    rmSync(this.#directory, { recursive: true, force: true });
    let leaked = this.#leaked();
    for (let check = 1; check < LEAK_CHECKS && leaked.length > 0; check++) {
      await sleep(LEAK_CHECK_PAUSE_MILLISECONDS);
      leaked = this.#leaked();
    }
    return leaked;
  }

  /** New descriptors of a kind that scenarios make: the test runner opens files of its own. */
  #leaked(): string[] {
    return [...openDescriptors()]
      .filter(([fd]) => !this.#before.has(fd))
      .filter(([, what]) => OURS.test(what) || what.startsWith(this.#directory))
      .map(([fd, what]) => `descriptor ${fd} (${what}) stays open`);
  }
}
