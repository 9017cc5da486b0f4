/**
 * A contender's process, as the harness sees it.
 *
 * Each contender has one of its own for the whole run, so that what the compiler of
 * one learns, and what its garbage collector has to do, disturbs no other.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { Ready, Round } from "./protocol.ts";

/** What to start. */
export interface ContenderProgram {
  /** Key of the contender in the results. */
  readonly name: string;
  /** As the table calls it. */
  readonly title: string;
  /** Whether it waits for other threads or processes; if not, it should always be running. */
  readonly waits: boolean;
  readonly command: string;
  readonly parameters: readonly string[];
}

/** A contender that runs, and waits for rounds. */
export class ContenderProcess {
  readonly program: ContenderProgram;
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  private constructor(
    program: ContenderProgram,
    child: ChildProcess,
    lines: AsyncIterator<string>,
  ) {
    this.program = program;
    this.#child = child;
    this.#lines = lines;
  }

  /** @throws {Error} when it does not start, with what it wrote on its standard error */
  static async start(program: ContenderProgram): Promise<ContenderProcess> {
    const { command, parameters } = program;
    const child = spawn(command, parameters, { stdio: ["pipe", "pipe", "inherit"] });
    child.on("error", () => child.stdout.destroy());
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const started = new ContenderProcess(program, child, lines);
    await started.#answer<Ready>();
    return started;
  }

  /** One round. */
  async run(depth: number, milliseconds: number): Promise<Round> {
    this.#child.stdin?.write(`${depth} ${milliseconds}\n`);
    return this.#answer<Round>();
  }

  /** Lets it go. */
  end(): void {
    this.#child.stdin?.end();
  }

  async #answer<Message>(): Promise<Message> {
    const line = await this.#lines.next();
    if (line.done === true) throw new Error(`contender '${this.program.name}' ended early`);
    return JSON.parse(line.value) as Message;
  }
}
