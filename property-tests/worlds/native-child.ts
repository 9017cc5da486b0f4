/**
 * A real child process, made without the event loop: Node.js would wait for its own children.
 *
 * It is a shell that reads its exit code from a pipe.
 */
import type { Backend, Region } from "../../src/backend.ts";
import { setU64 } from "../../src/queue/index.ts";
import { succeeded } from "../../backends/native/testing/kit.ts";
import { kit } from "./native-descriptors.ts";
import type { Child } from "./world.ts";

const spawn = kit.bind(
  "int posix_spawn(intptr_t, intptr_t, intptr_t, intptr_t, intptr_t, intptr_t)",
);
const initialize = kit.bind("int posix_spawn_file_actions_init(intptr_t)");
const duplicate = kit.bind("int posix_spawn_file_actions_adddup2(intptr_t, int, int)");
const destroy = kit.bind("int posix_spawn_file_actions_destroy(intptr_t)");
const waitpid = kit.bind("int waitpid(int, intptr_t, int)");

const O_CLOEXEC = 0o2000000;
const WNOHANG = 1;
const SHELL = "/bin/sh";
const ARGUMENTS = ["sh", "-c", 'read code; exit "$code"'];
const MEMORY = 1024;
// What of that memory is what.
const PID = 0;
const ACTIONS = 64;
const VECTOR = 256;
const STRINGS = 320;

export class NativeChild implements Child {
  readonly pid: number;
  readonly #input: number;

  constructor(backend: Backend) {
    const memory = backend.allocate(MEMORY);
    const [read, write] = succeeded(kit.pipe2(O_CLOEXEC));
    this.#input = write;
    this.pid = start(memory, read);
    kit.close(read);
    memory.free();
  }

  exit(code: number): void {
    kit.writeBytes(this.#input, new TextEncoder().encode(`${code}\n`));
  }

  kill(): void {
    process.kill(this.pid, "SIGKILL");
  }

  stop(): void {
    process.kill(this.pid, "SIGSTOP");
  }

  resume(): void {
    process.kill(this.pid, "SIGCONT");
  }

  /** Ends the child, unless somebody has waited for it: then its number may be another's. */
  end(): void {
    kit.close(this.#input);
    if (waitpid(this.pid, 0, WNOHANG) !== 0) return;
    this.kill();
    waitpid(this.pid, 0, 0);
  }
}

/** Spawns the shell, with `input` as its standard input. */
function start(memory: Region, input: number): number {
  const view = new DataView(memory.buffer);
  const bytes = new Uint8Array(memory.buffer);
  let free = STRINGS;
  ARGUMENTS.forEach((argument, index) => {
    setU64(view, VECTOR + 8 * index, memory.address + free);
    bytes.set(new TextEncoder().encode(argument), free);
    free += argument.length + 1;
  });
  const actions = memory.address + ACTIONS;
  initialize(actions);
  duplicate(actions, input, 0);
  bytes.set(new TextEncoder().encode(SHELL), free);
  const shell = memory.address + free;
  const result = spawn(memory.address + PID, shell, actions, 0, memory.address + VECTOR, 0);
  destroy(actions);
  if (result !== 0) throw new Error(`posix_spawn failed with errno ${result}`);
  return view.getInt32(PID, true);
}
