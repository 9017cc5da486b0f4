/** The two programs of the tour that run on the simulated kernel. */
import type { Program, SimWorld } from "../../backends/sim/index.ts";
import { copyFile } from "../../src/cli/copy-file.ts";
import { Engine } from "../../src/engine/engine.ts";
import { openQueue } from "../../src/open-queue.ts";
import { AbortError, Ring } from "../../src/index.ts";

const BLOCK = 16;

/** Copies a file of so many blocks, all in flight at once, and compares. */
export function copyProgram(blocks: number): Program {
  return async ({ backend, files }) => {
    const data = new Uint8Array(blocks * BLOCK).map((_, index) => index);
    files.writeFile("/source", data);
    const ring = await Ring.open({ entries: 8, backend });
    await copyFile(ring, "/source", "/copy", { blockSize: BLOCK, depth: blocks });
    await ring.close();
    if (!sameBytes(files.readFile("/copy"), data)) throw new Error("the copy differs");
  };
}

function sameBytes(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && left.every((byte, index) => byte === right[index]);
}

/** How a program gets its ring: with the right engine, or with a wrong one. */
export type EngineClass = new (...parameters: ConstructorParameters<typeof Engine>) => Engine;

/**
 * Reads, gives up on the read, and uses the buffer again as soon as it is back.
 * Correct, if the ring is.
 */
export function abandonedRead(engineClass: EngineClass = Engine): Program {
  return async ({ backend, files }: SimWorld) => {
    files.writeFile("/data", new Uint8Array(BLOCK).fill(0xee));
    const engine = new engineClass(backend, openQueue(backend, 8));
    const ring = new Ring(engine, { name: "sim", reason: "tour" });
    const file = await ring.openFile("/data");
    const abort = new AbortController();
    const reading = file.read(ring.alloc(BLOCK), { position: 0, signal: abort.signal });
    await ring.nop();
    abort.abort();
    const buffer = await reading.then(
      (result) => result.buffer,
      (error: unknown) => bufferOf(error),
    );
    buffer.bytes.fill(1); // ours again: nobody else may write here now
    await ring.sleep(1);
    buffer.release();
    await ring.close();
  };
}

function bufferOf(error: unknown): ReturnType<Ring["alloc"]> {
  if (error instanceof AbortError) return error.buffer as ReturnType<Ring["alloc"]>;
  throw error;
}
