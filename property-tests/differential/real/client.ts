/**
 * The parent's end of the child: starts it, hands it programs, and starts another one where it
 * died or hung. Both are results like any other.
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import type { Program } from "../program.ts";
import type { Run } from "../trace.ts";
import { type Answer, type Command, FRAME_HEADER_BYTES } from "./protocol.ts";

/** What came of a program on the real kernel. */
export type RealResult =
  | ({ readonly kind: "ran" } & Run)
  /** The child died: by a signal, or by itself. */
  | { readonly kind: "crash"; readonly message: string }
  /** Nothing came within the time limit, and the child was killed. */
  | { readonly kind: "hang" };

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const CHILD = fileURLToPath(new URL("./child.ts", import.meta.url));
const LOADER = fileURLToPath(new URL("../../../scripts/typescript.mjs", import.meta.url));
/** In memory where that is possible: on a disk, syncing takes as long as others let it. */
const PARENT = existsSync("/dev/shm") ? "/dev/shm" : tmpdir();
const IMAGE_BYTES = 64 * 2 ** 20;
/** Long, for a machine that is busy: a child that cannot start ends the test. */
const START_MILLISECONDS = 300_000;
const RUN_MILLISECONDS = 30_000;

/** An answer and the bytes behind it. */
interface Frame {
  readonly answer: Answer;
  readonly bytes: Uint8Array;
}

/**
 * What starts the child: a shell that gives it a small ext4 of its own as its folder, in memory, so
 * that syncing is quick. Without the rights or the tools for it, nothing, and the folder is plain.
 */
function starter(folder: string): string[] {
  const image = `${folder}.ext4`;
  const script = 'mount -o loop "$1" "$2" && shift 2 && exec "$@"';
  const mounting = ["unshare", "--mount", "--", "sh", "-c", script, "sh", image, folder];
  writeFileSync(image, "");
  truncateSync(image, IMAGE_BYTES);
  // A symbolic link's target fits a block.
  const options = ["-q", "-t", "ext4", "-b", "4096", "-O", "^has_journal", image];
  const made = spawnSync("mke2fs", options).status === 0;
  return made && succeeds([...mounting, "true"]) ? mounting : [];
}

function succeeds([file = "", ...parameters]: readonly string[]): boolean {
  return spawnSync(file, parameters).status === 0;
}

/** One child process. */
class Child {
  readonly folder: string = mkdtempSync(join(PARENT, "safer-ring-differential-"));
  readonly #process: ChildProcess;
  readonly #commands: Writable;
  #chunks: Buffer[] = [];
  #byteLength = 0;
  #deliver: ((frame: Frame | undefined) => void) | undefined;
  #ended: string | undefined;

  constructor() {
    const node = [process.execPath, "--import", LOADER, CHILD, this.folder];
    const [file = "", ...parameters] = [...starter(this.folder), ...node];
    this.#process = spawn(file, parameters, {
      cwd: ROOT,
      stdio: ["ignore", "inherit", "inherit", "pipe", "pipe"],
    });
    this.#commands = this.#process.stdio[3] as Writable;
    const results = this.#process.stdio[4] as Readable;
    results.on("data", (chunk: Buffer) => this.#take(chunk));
    // What it could not write, the child did not get: it is dead, and `exit` says how.
    this.#commands.on("error", () => undefined);
    this.#process.on("exit", (code, signal) => {
      this.#ended = signal === null ? `exit status ${code}` : `signal ${signal}`;
    });
    results.on("close", () => this.#settle(undefined));
  }

  /** How the process ended; undefined while it runs. */
  get ended(): string | undefined {
    return this.#ended;
  }

  send(command: Command): void {
    const json = Buffer.from(JSON.stringify(command));
    const header = Buffer.alloc(FRAME_HEADER_BYTES);
    header.writeUInt32LE(json.length, 0);
    this.#commands.write(Buffer.concat([header, json]));
  }

  /** The next frame; undefined when none comes: `ended` says whether the process is over. */
  receive(milliseconds: number): Promise<Frame | undefined> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#settle(undefined), milliseconds);
      this.#deliver = (frame) => {
        clearTimeout(timer);
        resolve(frame);
      };
    });
  }

  /** Kills the process, if it still runs, and waits for its end. */
  async end(): Promise<void> {
    if (this.#ended === undefined) {
      const over = new Promise((resolve) => this.#process.once("exit", resolve));
      this.#process.kill("SIGKILL");
      await over;
    }
    rmSync(this.folder, { recursive: true, force: true });
    rmSync(`${this.folder}.ext4`, { force: true });
  }

  #take(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#byteLength += chunk.length;
    if (this.#byteLength < FRAME_HEADER_BYTES) return;
    const all = this.#chunks.length === 1 ? chunk : Buffer.concat(this.#chunks);
    this.#chunks = [all];
    const jsonEnd = FRAME_HEADER_BYTES + all.readUInt32LE(0);
    const end = jsonEnd + all.readUInt32LE(4);
    if (all.length < end) return;
    this.#chunks = [];
    this.#byteLength = 0;
    const text = all.toString("utf8", FRAME_HEADER_BYTES, jsonEnd);
    this.#settle({ answer: JSON.parse(text) as Answer, bytes: all.subarray(jsonEnd, end) });
  }

  #settle(frame: Frame | undefined): void {
    const deliver = this.#deliver;
    this.#deliver = undefined;
    deliver?.(frame);
  }
}

/** Runs programs on the real kernel, in a child. */
export class RealKernel {
  /** What containment the machine did not permit. */
  missing: readonly string[] = [];
  #child: Child | undefined;
  #run = (process.pid * 2_741) & 0x3fffff;

  /** @throws {Error} when no child can be started */
  async run(program: Program, quietNanoseconds: number): Promise<RealResult> {
    const child = await this.#started();
    this.#run += 1;
    child.send({ program, run: this.#run, quiet: quietNanoseconds });
    const frame = await child.receive(RUN_MILLISECONDS);
    if (frame?.answer.kind === "trace") {
      return { kind: "ran", trace: frame.answer.trace, arena: frame.bytes };
    }
    await this.stop();
    if (frame?.answer.kind === "spoiled") return this.run(program, quietNanoseconds);
    if (frame?.answer.kind === "error") throw new Error(`in the child: ${frame.answer.message}`);
    const { ended } = child;
    const killed = ended === undefined || ended === "signal SIGKILL";
    return killed ? { kind: "hang" } : { kind: "crash", message: ended };
  }

  /** Ends the child. The next program starts another one. */
  async stop(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    await child?.end();
  }

  async #started(): Promise<Child> {
    if (this.#child !== undefined) return this.#child;
    const child = new Child();
    this.#child = child;
    const frame = await child.receive(START_MILLISECONDS);
    if (frame?.answer.kind === "ready") {
      this.missing = frame.answer.missing;
      return child;
    }
    await this.stop();
    throw new Error(`the child that runs programs does not start: ${child.ended ?? "it hangs"}`);
  }
}
