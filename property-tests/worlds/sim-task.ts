/** Another task on the simulated kernel: a number under which system calls are made. */
import type { SimBackend } from "../../backends/sim/index.ts";
import type { OtherTask } from "./world.ts";

/** The scenario itself is task 1. */
let lastTask = 1;

export class SimTask implements OtherTask {
  readonly #backend: SimBackend;
  readonly #ringFd: number;
  readonly #task = ++lastTask;

  constructor(backend: SimBackend, ringFd: number) {
    this.#backend = backend;
    this.#ringFd = ringFd;
  }

  enter(toSubmit: number, minComplete = 0, flags = 0): Promise<number> {
    return this.#run(() => {
      return this.#backend.enter(this.#ringFd, toSubmit, minComplete, flags, 0, 0);
    });
  }

  register(opcode: number, address = 0, count = 0): Promise<number> {
    return this.#run(() => this.#backend.register(this.#ringFd, opcode, address, count));
  }

  end(): Promise<void> {
    this.#backend.kernel.endTask(this.#task);
    return Promise.resolve();
  }

  #run(call: () => number): Promise<number> {
    return Promise.resolve(this.#backend.kernel.runAs(this.#task, call));
  }
}
