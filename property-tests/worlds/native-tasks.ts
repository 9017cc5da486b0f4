/**
 * Other tasks on the real kernel: a Worker thread, and a child process.
 *
 * Both run the same few lines of JavaScript: they make the system calls that they are told to,
 * by number, and answer with the result. A Worker does not pass through the test runner's loader,
 * so the lines are plain text.
 */
import { fork, type ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { SYS_io_uring_enter, SYS_io_uring_register } from "../../spec/abi/linux.ts";
import type { OtherTask } from "./world.ts";

const KOFFI = createRequire(import.meta.url).resolve("koffi");
/** Where a child process finds the ring: behind its standard streams and the channel. */
const INHERITED_FD = 4;

const PROGRAM = `
const koffi = require(${JSON.stringify(KOFFI)});
const call = koffi.load(null).func("long syscall(long, long, long, long, long, long, long)");
function answer(numbers) {
  const result = Number(call(...numbers));
  return result < 0 ? -koffi.errno() : result;
}
`;
const THREAD_PROGRAM = `${PROGRAM}
const { parentPort } = require("node:worker_threads");
parentPort.on("message", (numbers) => parentPort.postMessage(answer(numbers)));
`;
const PROCESS_PROGRAM = `${PROGRAM}
process.on("message", (numbers) => process.send(answer(numbers)));
`;

type SystemCall = readonly number[];

/** Hands calls over one after the other, and gives each its answer. */
abstract class Answering implements OtherTask {
  readonly #ringFd: number;
  readonly #asked: ((result: number) => void)[] = [];

  constructor(ringFd: number) {
    this.#ringFd = ringFd;
  }

  enter(toSubmit: number, minComplete = 0, flags = 0): Promise<number> {
    return this.#ask([SYS_io_uring_enter, this.#ringFd, toSubmit, minComplete, flags, 0, 0]);
  }

  register(opcode: number, address = 0, count = 0): Promise<number> {
    return this.#ask([SYS_io_uring_register, this.#ringFd, opcode, address, count, 0, 0]);
  }

  abstract end(): Promise<void>;

  protected abstract hand(call: SystemCall): void;

  protected answered(result: number): void {
    this.#asked.shift()?.(result);
  }

  #ask(call: SystemCall): Promise<number> {
    return new Promise((resolve) => {
      this.#asked.push(resolve);
      this.hand(call);
    });
  }
}

/** A thread of this process. */
export class NativeThread extends Answering {
  readonly #worker: Worker = new Worker(THREAD_PROGRAM, { eval: true });
  readonly #gone: Promise<void>;

  constructor(ringFd: number) {
    super(ringFd);
    this.#worker.on("message", (result: number) => {
      this.answered(result);
    });
    this.#gone = new Promise((resolve) => this.#worker.once("exit", () => resolve()));
  }

  async end(): Promise<void> {
    await this.#worker.terminate();
    await this.#gone;
  }

  protected hand(call: SystemCall): void {
    this.#worker.postMessage(call);
  }
}

/** A process with a duplicate of the ring's descriptor. */
export class NativeProcess extends Answering {
  readonly #folder: string = mkdtempSync(join(tmpdir(), "safer-ring-child-"));
  readonly #child: ChildProcess;
  readonly #gone: Promise<void>;

  constructor(ringFd: number) {
    super(INHERITED_FD);
    const program = join(this.#folder, "child.cjs");
    writeFileSync(program, PROCESS_PROGRAM);
    this.#child = fork(program, {
      execArgv: [],
      stdio: ["ignore", "inherit", "inherit", "ipc", ringFd],
    });
    this.#child.on("message", (result) => {
      this.answered(Number(result));
    });
    this.#gone = new Promise((resolve) => this.#child.once("exit", () => resolve()));
  }

  async end(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#gone;
    rmSync(this.#folder, { recursive: true, force: true });
  }

  protected hand(call: SystemCall): void {
    this.#child.send(call);
  }
}
