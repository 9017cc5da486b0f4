/** The raw driver, `src/queue`, on the real kernel: the loop of c/random-read.c in TypeScript. */
import { openSync } from "node:fs";
import type { Backend } from "../../src/backend.ts";
import { openQueue } from "../../src/open-queue.ts";
import { encodeRead } from "../../src/queue/encode/read-write.ts";
import { setUserData } from "../../src/queue/encode/entry.ts";
import type { Queue } from "../../src/queue/queue.ts";
import type { Contender } from "../protocol.ts";
import { BLOCK, Countdown, DEPTH_MAX, ENTRIES, Positions } from "../workload.ts";

class QueueReader implements Contender {
  readonly #queue: Queue;
  readonly #file: number;
  readonly #memory: number;
  readonly #positions = new Positions();

  constructor(queue: Queue, file: number, memory: number) {
    this.#queue = queue;
    this.#file = file;
    this.#memory = memory;
  }

  run(depth: number, milliseconds: number): Promise<number> {
    const queue = this.#queue;
    const countdown = new Countdown(milliseconds);
    let inFlight = depth;
    for (let slot = 0; slot < depth; slot++) this.#start(slot);
    while (inFlight > 0) {
      const result = queue.submit(1);
      if (result < 0) throw new Error(`io_uring_enter: errno ${-result}`);
      while (queue.next()) {
        if (countdown.count(queue.res)) inFlight--;
        else this.#start(queue.userDataLow);
      }
    }
    return Promise.resolve(countdown.done);
  }

  #start(slot: number): void {
    const { sqes } = this.#queue;
    const at = this.#queue.nextSqe();
    const address = this.#memory + slot * BLOCK;
    encodeRead(sqes, at, this.#file, address, BLOCK, this.#positions.next());
    setUserData(sqes, at, slot, 0);
  }
}

/** Opens a ring as `Ring` does, and one buffer per slot. */
export function openQueueReader(backend: Backend, path: string): Contender {
  const memory = backend.allocate(DEPTH_MAX * BLOCK, BLOCK);
  return new QueueReader(openQueue(backend, ENTRIES), openSync(path, "r"), memory.address);
}
