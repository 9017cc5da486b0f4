/**
 * The emulated kernel by itself: no library, no promises, no scheduler.
 *
 * Batches of NOPs and of reads through the raw interface. Of the reads every other one goes to a
 * worker and completes with an event of its own. A transition is an SQE that is taken, or an event
 * that is run.
 */
import { Kernel } from "../../backends/emulator/kernel.ts";
import { SimClock } from "../../backends/sim/clock.ts";
import { SimFiles } from "../../backends/sim/files/index.ts";
import { SimMemory } from "../../backends/sim/memory.ts";
import { AT_FDCWD, O_RDONLY } from "../../spec/abi/linux.ts";
import {
  IORING_OFF_SQES,
  IORING_OFF_SQ_RING,
  IORING_SETUP_NO_SQARRAY,
  PARAMS_CQ_OFF_HEAD,
  PARAMS_CQ_OFF_TAIL,
  PARAMS_FLAGS,
  PARAMS_SIZE,
  PARAMS_SQ_OFF_TAIL,
} from "../../spec/abi/setup.ts";
import { SQE_SIZE } from "../../spec/abi/sqe.ts";
import { encodeNop } from "../../src/queue/encode/control.ts";
import { encodeRead } from "../../src/queue/encode/read-write.ts";
import type { Contender } from "../protocol.ts";
import { BLOCK, DEPTH_MAX } from "../workload.ts";

const FILE_BYTES = DEPTH_MAX * BLOCK;
/** Batches between two looks at the clock. */
const BATCHES = 16;

class CoreBench implements Contender {
  readonly #kernel: Kernel;
  readonly #ring: number;
  readonly #file: number;
  readonly #buffers: number;
  readonly #params: DataView;
  readonly #queues: DataView;
  readonly #sqes: DataView;
  #reads = 0;

  constructor() {
    const memory = new SimMemory();
    const clock = new SimClock();
    const files = new SimFiles({ clock });
    this.#kernel = new Kernel({
      memory,
      files,
      clock,
      decider: { choose: () => this.#reads++ & 1 },
      block: () => {
        throw new Error("nobody waits here");
      },
    });
    files.writeFile("/data", new Uint8Array(FILE_BYTES));
    const opened = files.open(AT_FDCWD, new TextEncoder().encode("/data"), O_RDONLY, 0);
    if (typeof opened === "number") throw new Error(`open: errno ${-opened}`);
    this.#file = files.install(opened, false);
    const params = memory.allocate(PARAMS_SIZE);
    this.#params = new DataView(params.buffer);
    this.#params.setUint32(PARAMS_FLAGS, IORING_SETUP_NO_SQARRAY, true);
    this.#ring = this.#kernel.setup(DEPTH_MAX, params.address);
    this.#queues = this.#map(IORING_OFF_SQ_RING);
    this.#sqes = this.#map(IORING_OFF_SQES);
    this.#buffers = memory.allocate(DEPTH_MAX * BLOCK).address;
  }

  run(depth: number, milliseconds: number): Promise<number> {
    const end = performance.now() + milliseconds;
    let transitions = 0;
    while (performance.now() < end) {
      for (let batch = 0; batch < BATCHES; batch++) transitions += this.#runBatch(depth);
    }
    return Promise.resolve(transitions);
  }

  /** Submits `depth` requests and runs what comes of them. Returns the transitions. */
  #runBatch(depth: number): number {
    const tail = this.#word(PARAMS_SQ_OFF_TAIL);
    for (let index = 0; index < depth; index++) this.#fill(tail + index, index);
    this.#setWord(PARAMS_SQ_OFF_TAIL, tail + depth);
    let transitions = this.#kernel.enter(this.#ring, depth, 0, 0, 0, 0);
    for (let event = this.#kernel.earliest(); event; event = this.#kernel.earliest()) {
      this.#kernel.run(event);
      transitions += 1;
    }
    const completed = this.#word(PARAMS_CQ_OFF_TAIL) - this.#word(PARAMS_CQ_OFF_HEAD);
    if (completed !== depth) throw new Error(`${completed} of ${depth} requests completed`);
    this.#setWord(PARAMS_CQ_OFF_HEAD, this.#word(PARAMS_CQ_OFF_TAIL));
    return transitions;
  }

  #fill(slot: number, index: number): void {
    const at = (slot & (DEPTH_MAX - 1)) * SQE_SIZE;
    if (index & 1) {
      encodeNop(this.#sqes, at);
    } else {
      const address = this.#buffers + index * BLOCK;
      encodeRead(this.#sqes, at, this.#file, address, BLOCK, index * BLOCK);
    }
  }

  #word(offset: number): number {
    return this.#queues.getUint32(this.#params.getUint32(offset, true), true);
  }

  #setWord(offset: number, value: number): void {
    this.#queues.setUint32(this.#params.getUint32(offset, true), value, true);
  }

  #map(offset: number): DataView {
    const mapped = this.#kernel.mapRing(this.#ring, offset, 1);
    if (typeof mapped === "number") throw new Error(`mmap: errno ${-mapped}`);
    return new DataView(mapped);
  }
}

export function openCore(): Promise<Contender> {
  return Promise.resolve(new CoreBench());
}
