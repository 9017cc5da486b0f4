/** Reading two files through a ring and finding the first byte in which they differ. */
import type { FileHandle } from "../handles/file-handle.ts";
import type { OwnedBuffer } from "../memory/owned-buffer.ts";
import type { Ring } from "../ring.ts";
import { Blocks } from "./blocks.ts";

const BLOCK_SIZE = 512 * 1024;
const DEPTH = 4;

/** How to compare. */
export interface CompareOptions {
  /** Called after every block with the bytes compared so far. */
  readonly onProgress?: (bytes: number) => void;
  readonly signal?: AbortSignal | undefined;
}

/** Reads up to `length` bytes: fewer only where the file ends. */
async function fill(
  file: FileHandle,
  buffer: OwnedBuffer,
  start: number,
  length: number,
  signal: AbortSignal | undefined,
): Promise<OwnedBuffer> {
  let current = buffer.resize(0);
  for (let offset = 0; offset < length;) {
    const options = { offset, position: start + offset, length: length - offset, signal };
    const read = await file.read(current, options);
    current = read.buffer;
    if (read.bytesRead === 0) break;
    offset += read.bytesRead;
  }
  return current;
}

/** The first byte in which two blocks of `length` bytes differ, or -1: most often one memcmp. */
function firstDifference(left: Uint8Array, right: Uint8Array, length: number): number {
  if (Buffer.compare(left, right) === 0 && left.length === length) return -1;
  const common = Math.min(left.length, right.length);
  for (let index = 0; index < common; index++) if (left[index] !== right[index]) return index;
  return common;
}

/**
 * Compares the first `size` bytes of two files.
 *
 * @returns the position of the first difference (a file that ends early differs there), or -1
 */
export async function compareFiles(
  ring: Ring,
  left: FileHandle,
  right: FileHandle,
  size: number,
  { onProgress, signal }: CompareOptions = {},
): Promise<number> {
  const blocks = new Blocks(size, BLOCK_SIZE);
  let difference = Infinity;
  let compared = 0;
  await blocks.share(DEPTH, async () => {
    let pair = [ring.allocUnsafe(BLOCK_SIZE), ring.allocUnsafe(BLOCK_SIZE)] as const;
    for (let block = blocks.take(); block !== undefined; block = blocks.take()) {
      const { position, length } = block;
      pair = await Promise.all([
        fill(left, pair[0], position, length, signal),
        fill(right, pair[1], position, length, signal),
      ]);
      const index = firstDifference(pair[0].bytes, pair[1].bytes, length);
      if (index >= 0) difference = Math.min(difference, position + index);
      compared += length;
      onProgress?.(compared);
      if (difference < Infinity) break; // blocks before this one are with other workers
    }
    for (const buffer of pair) buffer.release();
  });
  return difference === Infinity ? -1 : difference;
}
