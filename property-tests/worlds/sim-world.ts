/**
 * A world on the simulated kernel: nothing outside of this object exists.
 *
 * The kernel is driven: time passes only while a scenario waits, or in `settle`.
 */
import { AT_FDCWD, FUTEX2_PRIVATE } from "../../spec/abi/linux.ts";
import { EBADF, errnoName } from "../../spec/errno.ts";
import { SimBackend } from "../../backends/sim/index.ts";
import { SeededScheduler, type SeededOptions } from "../../backends/sim/seeded.ts";
import { SimTask } from "./sim-task.ts";
import { WorldMemory, type Memory } from "./memory.ts";
import {
  SIGNAL,
  type Child,
  type OtherTask,
  type Pipe,
  type SignalOptions,
  type World,
} from "./world.ts";

/** How the simulated kernel decides what Linux leaves open. */
export interface SimVariant extends SeededOptions {
  readonly seed: number;
}

const DIRECTORY = "/tmp/world";
const SIGKILL = 9;
const FIRST_FREE_PORT = 40_000;
/** Wake-ups and short work are over after so long; the timers of scenarios run for longer. */
const SETTLING_NANOSECONDS = 500_000;

/** Work for a worker has begun after so long. */
const WORKING_NANOSECONDS = 15_000_000;
const SIGNAL_PERIOD_NANOSECONDS = 5_000_000;

const bytesOf = (content: string | Uint8Array): Uint8Array =>
  typeof content === "string" ? new TextEncoder().encode(content) : content;

export class SimWorld implements World {
  readonly name: string;
  readonly backend: SimBackend;
  readonly memory: WorldMemory;
  readonly #owned = new Set<number>();
  readonly #cleanups: (() => void)[] = [];
  #nextPort = FIRST_FREE_PORT;

  constructor({ seed, ...options }: SimVariant) {
    const { late = 0.5, short = 0 } = options;
    this.name = `sim with seed ${seed} (late ${late}, short ${short})`;
    this.backend = new SimBackend({
      scheduler: new SeededScheduler(seed, { late, short, ...options }),
      driven: true,
    });
    this.memory = new WorldMemory(this.backend);
    this.backend.files.mkdirp(DIRECTORY);
  }

  pipe(flags = 0): Pipe {
    const { reader, writer } = this.backend.files.makePipe(undefined, flags);
    return { read: this.adopt(reader), write: this.adopt(writer) };
  }

  eventfd(initial = 0, flags = 0): number {
    return this.adopt(this.backend.files.makeEventfd(initial, flags));
  }

  epoll(): number {
    return this.adopt(this.backend.files.makeEpoll());
  }

  socketPair(type?: number): readonly [number, number] {
    const { left, right } = this.backend.files.makeSocketPair(type);
    return [this.adopt(left), this.adopt(right)];
  }

  open(path: string, flags: number, mode = 0o644): number {
    const { files } = this.backend;
    const file = files.open(AT_FDCWD, bytesOf(path), flags, mode);
    if (typeof file === "number") throw new Error(`open ${path} gave ${errnoName(file)}`);
    return this.adopt(files.install(file, true));
  }

  withDescriptorLimit(limit: number, body: () => void): void {
    const { files } = this.backend;
    const before = files.descriptorLimit;
    files.descriptorLimit = limit;
    try {
      body();
    } finally {
      files.descriptorLimit = before;
    }
  }

  freePort(): number {
    return this.#nextPort++;
  }

  tempPath(name: string): string {
    return `${DIRECTORY}/${name}`;
  }

  writeFile(path: string, content: string | Uint8Array): void {
    this.backend.files.writeFile(path, bytesOf(content));
  }

  readFile(path: string): Uint8Array {
    return this.backend.files.readFile(path);
  }

  makeDirectory(path: string): void {
    this.backend.files.mkdirp(path);
  }

  makeFifo(path: string): void {
    this.backend.files.makeFifo(path);
  }

  symlink(target: string, path: string): void {
    this.backend.files.makeSymlink(target, path);
  }

  exists(path: string): boolean {
    return this.backend.files.exists(path);
  }

  withoutPrivileges(body: () => void): void {
    const { capabilities } = this.backend;
    const before = [...capabilities];
    capabilities.clear();
    try {
      body();
    } finally {
      for (const capability of before) capabilities.add(capability);
    }
  }

  child(): Child {
    const { children } = this.backend;
    const pid = children.start();
    return {
      pid,
      exit: (code) => {
        children.exit(pid, code);
      },
      kill: () => {
        children.kill(pid, SIGKILL);
      },
      stop: () => {
        children.stop(pid);
      },
      resume: () => {
        children.resume(pid);
      },
    };
  }

  futexWake(address: number, limit: number, isPrivate: boolean): number {
    return this.backend.kernel.wakeFutex(address, isPrivate ? FUTEX2_PRIVATE : 0, limit);
  }

  duplicate(fd: number): number {
    const { files } = this.backend;
    const file = files.get(fd);
    if (file === undefined) throw new Error(`descriptor ${fd} is not open`);
    file.retain();
    return this.adopt(files.install(file, false));
  }

  adopt(fd: number): number {
    this.#owned.add(fd);
    return fd;
  }

  closeOnExec(fd: number): boolean {
    return this.backend.files.closeOnExec(fd) === true;
  }

  closeFd(fd: number): number {
    this.#owned.delete(fd);
    return this.backend.files.close(fd);
  }

  read(fd: number, byteLength: number): Uint8Array | number {
    const file = this.backend.files.get(fd);
    if (file === undefined) return -EBADF;
    const taken = new Uint8Array(byteLength);
    let count = 0;
    const result = file.read(byteLength, -1, (bytes) => {
      taken.set(bytes, count);
      count += bytes.length;
      return bytes.length;
    });
    return result < 0 ? result : taken.slice(0, count);
  }

  write(fd: number, content: string | Uint8Array): number {
    const file = this.backend.files.get(fd);
    if (file === undefined) return -EBADF;
    const bytes = bytesOf(content);
    let taken = 0;
    return file.write(bytes.length, -1, (into) => {
      into.set(bytes.subarray(taken, taken + into.length));
      taken += into.length;
      return into.length;
    });
  }

  until(what: string, holds: () => boolean): void {
    while (!holds()) {
      if (!this.backend.step()) throw new Error(`nothing happens any more, and not so: ${what}`);
    }
  }

  /** They do as soon as nothing else happens. */
  untilWorkersBlock(): void {
    this.#pass(WORKING_NANOSECONDS);
  }

  otherTask(ringFd: number): OtherTask {
    return new SimTask(this.backend, ringFd);
  }

  /** A process is no more than a task here: it has no memory and no descriptors of its own. */
  childProcess(ringFd: number): OtherTask {
    return new SimTask(this.backend, ringFd);
  }

  remap(memory: Memory): void {
    this.backend.memory.remap(memory.region);
  }

  protect(memory: Memory): void {
    this.backend.memory.protect(memory.region);
  }

  hide(memory: Memory): void {
    this.backend.memory.hide(memory.region);
  }

  /** Whether a handler restarts calls shows in none that this kernel has. */
  withSignals({ blocked = false }: SignalOptions, body: () => void): void {
    const { signals, clock } = this.backend;
    if (blocked) signals.block(SIGNAL);
    signals.repeat(SIGNAL, SIGNAL_PERIOD_NANOSECONDS, clock.monotonic());
    try {
      body();
    } finally {
      signals.stop();
      if (blocked) signals.unblock(SIGNAL);
    }
  }

  settle(): void {
    this.#pass(SETTLING_NANOSECONDS);
  }

  /** Lets everything happen that is due until then. */
  #pass(nanoseconds: number): void {
    const { kernel, clock } = this.backend;
    const until = clock.monotonic() + nanoseconds;
    while ((kernel.earliest()?.due ?? Infinity) <= until) this.backend.step();
  }

  defer(cleanup: () => void): void {
    this.#cleanups.push(cleanup);
  }

  /** All memory goes with the world. */
  keepMemory(): void {}

  async dispose(): Promise<readonly string[]> {
    for (const cleanup of this.#cleanups.splice(0).reverse()) cleanup();
    for (const fd of this.#owned) this.backend.files.close(fd);
    return this.backend.files.openDescriptors().map((fd) => `descriptor ${fd} stays open`);
  }
}
