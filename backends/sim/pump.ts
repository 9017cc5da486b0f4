/**
 * Turns the simulated world, one event per macrotask, while there is anything to happen.
 *
 * Between two macrotasks the program's promises settle completely, so it sees every event by
 * itself. Immediates that were queued together run in one turn of Node's event loop, with the
 * microtasks drained after each: queueing a batch ahead saves the rest of the turn. An idle pump
 * holds nothing and does not keep the process alive.
 */

const BATCH_MAX = 32;

/** Queues one macrotask that calls `turn`. */
type Queue = (turn: () => void) => void;

/** Runs steps until there are none, each in a macrotask of its own. */
export class Pump {
  readonly #step: () => boolean;
  readonly #queue: Queue;
  readonly #turn: () => void;
  #queued = 0;
  #batch = 1;
  #running = false;

  /** @param step - does one thing; false when there was nothing to do */
  constructor(step: () => boolean) {
    this.#step = step;
    this.#queue = macrotasks();
    this.#turn = () => this.#run();
  }

  /** Something may be there to do. */
  poke(): void {
    if (this.#running) return;
    this.#running = true;
    this.#batch = 1;
    if (this.#queued === 0) this.#fill();
  }

  /** Nothing more will be done until the next poke. */
  stop(): void {
    this.#running = false;
  }

  /** Whether nothing is to be done, as far as the pump knows. */
  get isIdle(): boolean {
    return !this.#running;
  }

  #run(): void {
    this.#queued -= 1;
    if (!this.#running) return;
    if (!this.#step()) this.#running = false;
    else if (this.#queued === 0) this.#fill();
  }

  #fill(): void {
    this.#queued = this.#batch;
    for (let i = 0; i < this.#batch; i++) this.#queue(this.#turn);
    this.#batch = Math.min(2 * this.#batch, BATCH_MAX);
  }
}

function macrotasks(): Queue {
  if (typeof setImmediate === "function") return (turn) => void setImmediate(turn);
  const { port1, port2 } = new MessageChannel();
  const waiting: (() => void)[] = [];
  port1.onmessage = () => waiting.shift()?.();
  return (turn) => {
    waiting.push(turn);
    port2.postMessage(undefined);
  };
}
