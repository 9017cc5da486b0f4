/** Reading two files through a ring and finding the first byte in which they differ. */
import type { FileHandle } from "../handles/file-handle.ts";
import type { OwnedBuffer } from "../memory/owned-buffer.ts";
import type { Ring } from "../ring.ts";

const BLOCK_SIZE = 1024 * 1024;

/** Reads until the buffer is full or the file ends. */
async function readBlock(
  file: FileHandle,
  buffer: OwnedBuffer,
  position: number,
): Promise<OwnedBuffer> {
  let { buffer: current } = await file.read(buffer, { position });
  while (current.length > 0 && current.length < current.capacity) {
    const offset = current.length;
    const next = await file.read(current, { offset, position: position + offset });
    current = next.buffer;
    if (next.bytesRead === 0) break;
  }
  return current;
}

/** The first byte in which two blocks differ, or -1. */
function firstDifference(left: Uint8Array, right: Uint8Array): number {
  const common = Math.min(left.length, right.length);
  for (let index = 0; index < common; index++) if (left[index] !== right[index]) return index;
  return left.length === right.length ? -1 : common;
}

/**
 * Compares two files byte by byte.
 *
 * @returns the position of the first difference (a file that ends early differs there), or -1
 */
export async function compareFiles(ring: Ring, left: string, right: string): Promise<number> {
  const [a, b] = await Promise.all([ring.openFile(left), ring.openFile(right)]);
  try {
    let buffers = [ring.allocUnsafe(BLOCK_SIZE), ring.allocUnsafe(BLOCK_SIZE)] as const;
    for (let position = 0; ; position += BLOCK_SIZE) {
      buffers = await Promise.all([
        readBlock(a, buffers[0], position),
        readBlock(b, buffers[1], position),
      ]);
      const difference = firstDifference(buffers[0].bytes, buffers[1].bytes);
      if (difference >= 0) return position + difference;
      if (buffers[0].length < BLOCK_SIZE) return -1;
    }
  } finally {
    await Promise.all([a.close(), b.close()]);
  }
}
