/**
 * `cp --backend sim`: the same copy, on the simulated kernel.
 *
 * The simulated kernel has files of its own, in memory. The source is carried in through the
 * ring, copied there, and the copy is carried out to a partial file like any other.
 */
import { type FileHandle as NodeFile, open, rename, rm } from "node:fs/promises";
import type { OwnedBuffer } from "../memory/owned-buffer.ts";
import { Ring } from "../ring.ts";
import { copyFile, type CopyOptions, differs } from "./copy-file.ts";
import { attempt, Failure } from "./exit.ts";
import type { Places } from "./places.ts";
import { quote } from "./quote.ts";

const BLOCK_SIZE = 2 ** 20;
/** The source and its copy both lie in memory. */
const LARGEST = 256 * 2 ** 20;
const SOURCE = "/source";
const COPY = "/copy";

function checkSize(source: string, bytes: number): void {
  if (bytes <= LARGEST) return;
  throw new Failure(
    `${quote(source)} has more than ${LARGEST} bytes, and the simulated kernel keeps its files ` +
      "in memory",
    { advice: "Use --backend native." },
  );
}

async function carryIn(ring: Ring, source: string, signal?: AbortSignal): Promise<void> {
  const from = await attempt(`read ${quote(source)}`, open(source));
  try {
    await using to = await ring.openFile(SOURCE, "w");
    let buffer: OwnedBuffer = ring.alloc(BLOCK_SIZE);
    for (let total = 0; ;) {
      signal?.throwIfAborted();
      const reading = from.read(buffer.resize(BLOCK_SIZE).bytes);
      const { bytesRead } = await attempt(`read ${quote(source)}`, reading);
      if (bytesRead === 0) break;
      total += bytesRead;
      checkSize(source, total);
      ({ buffer } = await to.write(buffer.resize(bytesRead)));
    }
    buffer.release();
  } finally {
    await from.close();
  }
}

async function writeOut(ring: Ring, to: NodeFile, signal?: AbortSignal): Promise<void> {
  await using from = await ring.openFile(COPY);
  for (let read = await from.read(ring.alloc(BLOCK_SIZE)); read.bytesRead > 0;) {
    signal?.throwIfAborted();
    await to.writeFile(read.buffer.bytes);
    read = await from.read(read.buffer);
  }
}

/** The first byte in which two files differ, or -1. */
async function firstDifference(left: string, right: string): Promise<number> {
  const files = await Promise.all([open(left), open(right)]);
  try {
    for (let position = 0; ;) {
      const [a, b] = await Promise.all(
        files.map(async (file) => {
          const { buffer, bytesRead } = await file.read(Buffer.alloc(BLOCK_SIZE), { position });
          return buffer.subarray(0, bytesRead);
        }),
      );
      if (a === undefined || b === undefined || a.length + b.length === 0) return -1;
      if (!a.equals(b)) return position + a.findIndex((byte, index) => byte !== b[index]);
      position += a.length;
    }
  } finally {
    await Promise.all(files.map((file) => file.close()));
  }
}

async function carryOut(ring: Ring, places: Places, options: CopyOptions): Promise<void> {
  const { partial, source, destination, target, mode } = places;
  const to = await attempt(`create ${quote(partial)}`, open(partial, "wx", mode));
  try {
    try {
      await attempt(`write ${quote(destination)}`, writeOut(ring, to, options.signal));
      if (options.sync !== false) await attempt(`write ${quote(destination)}`, to.sync());
    } finally {
      await to.close();
    }
    if (options.verify === true) {
      const difference = await firstDifference(source, partial);
      if (difference >= 0) throw differs(source, difference);
    }
    await options.onWhole?.(partial);
    options.signal?.throwIfAborted();
    const renaming = rename(partial, target);
    await attempt(`rename ${quote(partial)} to ${quote(destination)}`, renaming);
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
}

/** What a copy on some backend came to. */
export interface Outcome {
  readonly bytes: number;
  /** From the first read to the whole copy, on this backend. */
  readonly milliseconds: number;
  readonly backend: string;
}

/**
 * Copies on a simulated kernel.
 *
 * @throws {Failure} and the abort error, as `copyFile`
 */
export async function copyThroughSim(places: Places, options: CopyOptions): Promise<Outcome> {
  checkSize(places.source, places.size);
  const ring = await Ring.open({ backend: "sim" });
  try {
    await carryIn(ring, places.source, options.signal);
    const { partial: _partial, onWhole: _onWhole, ...simulated } = options;
    const started = performance.now();
    const bytes = await copyFile(ring, SOURCE, COPY, simulated);
    const milliseconds = performance.now() - started;
    await carryOut(ring, places, options);
    return { bytes, milliseconds, backend: "sim" };
  } finally {
    await ring.close();
  }
}
