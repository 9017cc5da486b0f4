/**
 * `cp --backend sim`: the same copy, on the simulated kernel.
 *
 * The simulated kernel has files of its own, in memory. The source is carried in
 * through the ring, copied there, and the copy is carried out.
 */
import { open, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import type { OwnedBuffer } from "../memory/owned-buffer.ts";
import { Ring } from "../ring.ts";

const BLOCK_SIZE = 2 ** 20;

/** The parts of a `cp` command that name files. */
interface Paths {
  readonly source: string;
  readonly destination: string;
}

/** Makes every directory above `path`; those that exist may stay. */
async function makeParents(ring: Ring, path: string): Promise<void> {
  const parents: string[] = [];
  for (let parent = dirname(path); parent !== "/"; parent = dirname(parent))
    parents.unshift(parent);
  for (const parent of parents) await ring.mkdir(parent).catch(() => undefined);
}

async function carryIn(ring: Ring, path: string): Promise<void> {
  await makeParents(ring, path);
  const from = await open(path);
  const to = await ring.openFile(path, "w", { mode: (await from.stat()).mode & 0o777 });
  try {
    let buffer: OwnedBuffer = ring.alloc(BLOCK_SIZE);
    for (;;) {
      const { bytesRead } = await from.read(buffer.resize(BLOCK_SIZE).bytes);
      if (bytesRead === 0) break;
      ({ buffer } = await to.write(buffer.resize(bytesRead)));
    }
    buffer.release();
  } finally {
    await Promise.all([from.close(), to.close()]);
  }
}

async function carryOut(ring: Ring, path: string): Promise<void> {
  const partial = `${path}.${String(process.pid)}.partial`;
  const from = await ring.openFile(path);
  const to = await open(partial, "wx", (await from.stat()).mode & 0o777);
  try {
    for (let read = await from.read(ring.alloc(BLOCK_SIZE)); read.bytesRead > 0;) {
      await to.writeFile(read.buffer.bytes);
      read = await from.read(read.buffer);
    }
    await to.sync();
    await rename(partial, path);
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  } finally {
    await Promise.all([from.close(), to.close()]);
  }
}

/**
 * Runs `copy` on a simulated kernel that has the source, and writes what it made.
 *
 * @returns the exit code of `copy`
 */
export async function copyThroughSim<Command extends Paths>(
  command: Command,
  copy: (ring: Ring, command: Command, signal: AbortSignal) => Promise<number>,
  signal: AbortSignal,
): Promise<number> {
  const source = resolve(command.source);
  const named = resolve(command.destination);
  const existing = await stat(named).catch(() => undefined);
  const destination = existing?.isDirectory() === true ? join(named, basename(source)) : named;
  const ring = await Ring.open({ backend: "sim" });
  try {
    await carryIn(ring, source);
    await makeParents(ring, destination);
    const code = await copy(ring, { ...command, source, destination }, signal);
    await carryOut(ring, destination);
    return code;
  } finally {
    await ring.close();
  }
}
