/** Checks of what the caller passed. Each throws a `RingError` before anything moved. */
import { RingError } from "./errors.ts";

/** Most bytes that one read or write moves on Linux (read(2), NOTES). */
export const MAX_TRANSFER = 0x7ffff000;

const PATH_MAX = 4096;

function outOfRange(message: string): never {
  throw new RingError("ERR_RING_OUT_OF_RANGE", message);
}

/** The `off` field for an optional position: -1, "the file's own position", when left out. */
export function checkPosition(operation: string, position: number | null | undefined): number {
  if (position === undefined || position === null) return -1;
  if (!Number.isSafeInteger(position) || position < 0) {
    outOfRange(
      `${operation}: position must be a whole number, 0 or more; got ${String(position)} ` +
        "(leave it out to use the file's current position)",
    );
  }
  return position;
}

/** A count of bytes between 0 and `limit`. */
export function checkCount(operation: string, name: string, value: number, limit: number): number {
  if (!Number.isInteger(value) || value < 0 || value > limit) {
    outOfRange(
      `${operation}: ${name} must be a whole number from 0 to ${String(limit)}; ` +
        `got ${String(value)}`,
    );
  }
  return value;
}

/** The bytes of a path, as the kernel takes it: UTF-8 with a NUL at the end. */
export function encodePath(operation: string, path: string): Uint8Array {
  if (typeof path !== "string" || path.includes("\0")) {
    throw new RingError(
      "ERR_RING_PATH",
      `${operation}: a path must be a string without NUL bytes; got ${JSON.stringify(path)}`,
    );
  }
  const bytes = new TextEncoder().encode(`${path}\0`);
  if (bytes.length > PATH_MAX) {
    throw new RingError(
      "ERR_RING_PATH",
      `${operation}: the path has ${String(bytes.length - 1)} bytes; Linux takes up to ` +
        String(PATH_MAX - 1),
    );
  }
  return bytes;
}

/** A descriptor passed as a bare number. */
export function checkFd(operation: string, fd: unknown): number {
  if (typeof fd !== "number" || !Number.isInteger(fd) || fd < 0 || fd > 0x7fffffff) {
    throw new RingError(
      "ERR_RING_INVALID_ARGUMENT",
      `${operation}: a file must be a handle of this ring or a descriptor number; ` +
        `got ${String(fd)}`,
    );
  }
  return fd;
}
