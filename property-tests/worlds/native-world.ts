/** A world on the real kernel: this process's own descriptors, and a temporary directory. */
import { existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { AF_INET, AF_UNIX, SOCK_STREAM } from "../../spec/abi/linux.ts";
import type { Backend } from "../../src/backend.ts";
import { succeeded } from "../../backends/native/testing/kit.ts";
import { WorldMemory } from "./memory.ts";
import {
  closesOnExec,
  kit,
  limitDescriptors,
  openDescriptors,
  pickPort,
  readNow,
  writeNow,
} from "./native-descriptors.ts";
import type { Pipe, World } from "./world.ts";

/** How often the descriptors are looked at again: others in this process open files too. */
const LEAK_CHECKS = 10;
const LEAK_CHECK_PAUSE_MILLISECONDS = 10;

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
  #freesMemory = true;

  constructor(backend: Backend) {
    this.backend = backend;
    this.memory = new WorldMemory(backend);
  }

  pipe(flags = 0): Pipe {
    const [read, write] = succeeded(kit.pipe2(flags));
    return { read: this.adopt(read), write: this.adopt(write) };
  }

  socketPair(): readonly [number, number] {
    const [one, other] = succeeded(kit.socketpair(AF_UNIX, SOCK_STREAM, 0));
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

  freePort(): number {
    return pickPort(this.memory.loopback(0).bytes, AF_INET, SOCK_STREAM);
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

  exists(path: string): boolean {
    return existsSync(path);
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

  /** Wake-ups happen inside the system call that causes them. */
  settle(): void {}

  defer(cleanup: () => void): void {
    this.#cleanups.push(cleanup);
  }

  keepMemory(): void {
    this.#freesMemory = false;
  }

  async dispose(): Promise<readonly string[]> {
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
