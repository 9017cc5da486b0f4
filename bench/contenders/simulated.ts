/** The simulated kernel: reads through the Ring API, and explored schedules. */
import { explore, SimBackend, type SimWorld } from "../../backends/sim/index.ts";
import { Ring } from "../../src/index.ts";
import type { Contender } from "../protocol.ts";
import { BLOCK, FILE_BYTES } from "../workload.ts";
import { openRingReader } from "./ring.ts";

const PATH = "/data";

/** The same reads as on the real kernel, of a file in the simulated one. */
export function openSimReader(): Promise<Contender> {
  const backend = new SimBackend({ seed: 1 });
  backend.files.writeFile(PATH, new Uint8Array(FILE_BYTES));
  return openRingReader(backend, PATH, false);
}

const RUNS = 20;
const READS = 3;

/** One task: open, three reads, close; five completions. */
async function task(ring: Ring): Promise<void> {
  const file = await ring.openFile(PATH);
  let buffer = ring.alloc(BLOCK);
  for (let count = 0; count < READS; count++) {
    ({ buffer } = await ring.read(file, buffer, { position: count * BLOCK }));
  }
  buffer.release();
  await file.close();
}

/** Random schedules of `depth` such tasks side by side, each in a world of its own, all audited. */
class Explorer implements Contender {
  #seed = 0;

  async run(depth: number, milliseconds: number): Promise<number> {
    const content = new Uint8Array(READS * BLOCK);
    const program = async ({ backend, files }: SimWorld): Promise<void> => {
      files.writeFile(PATH, content);
      const ring = await Ring.open({ backend });
      await Promise.all(Array.from({ length: depth }, () => task(ring)));
      await ring.close();
    };
    const end = performance.now() + milliseconds;
    let schedules = 0;
    while (performance.now() < end) {
      const seed = ++this.#seed;
      const found = await explore(program, { strategy: "random", runs: RUNS, seed });
      if (found.violation !== undefined) throw new Error(found.violation.message);
      schedules += found.schedules;
    }
    return schedules;
  }
}

export function openExplorer(): Promise<Contender> {
  return Promise.resolve(new Explorer());
}
