/** Checks of what the caller passed. Each throws a `RingError` before anything moved. */
import { RingError } from "./errors.ts";

/** Most bytes that one read or write moves on Linux (read(2), NOTES). */
export const MAX_TRANSFER = 0x7ffff000;

const PATH_MAX = 4096;
const SHOWN_CHARACTERS = 200;

function outOfRange(message: string): never {
  throw new RingError("ERR_RING_OUT_OF_RANGE", message);
}

/** The `off` field for an optional position: -1, "the file's own position", when left out. */
export function checkPosition(operation: string, position: number | null | undefined): number {
  if (position === undefined || position === null) return -1;
  if (!Number.isSafeInteger(position) || position < 0) {
    outOfRange(
      `${operation}: position must be a whole number, 0 or more; got ${describe(position)} ` +
        "(leave it out to use the file's current position)",
    );
  }
  return position;
}

/** What a caller passed, for a message: never throws, and never goes on for pages. */
export function describe(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.slice(0, SHOWN_CHARACTERS));
  if (typeof value === "bigint") return `${String(value)}n`;
  if (typeof value === "symbol") return String(value);
  if (value === null || (typeof value !== "object" && typeof value !== "function")) {
    return String(value);
  }
  return Array.isArray(value) ? "an array" : typeof value === "object" ? "an object" : "a function";
}

/** A whole number from `least` to `limit`. */
export function checkCount(
  operation: string,
  name: string,
  value: number,
  limit: number,
  least = 0,
): number {
  if (!Number.isInteger(value) || value < least || value > limit) {
    outOfRange(
      `${operation}: ${name} must be a whole number from ${String(least)} to ${String(limit)}; ` +
        `got ${describe(value)}`,
    );
  }
  return value;
}

/** Flags of a system call: 32 bits, none when left out. */
export function checkFlags(operation: string, flags: number | undefined): number {
  return flags === undefined ? 0 : checkCount(operation, "flags", flags, 0xffffffff);
}

/** Bytes to copy: a view of another element type would be copied element by element. */
export function checkBytes(operation: string, data: unknown): Uint8Array {
  const tag = (data as { [Symbol.toStringTag]?: unknown } | null | undefined)?.[Symbol.toStringTag];
  if (tag === "Uint8Array" && ArrayBuffer.isView(data)) return data as Uint8Array;
  throw new RingError(
    "ERR_RING_INVALID_ARGUMENT",
    `${operation}: the data must be a Uint8Array; got ${describe(data)}`,
  );
}

/** The bytes of a path, as the kernel takes it: UTF-8 with a NUL at the end. */
export function encodePath(operation: string, path: string): Uint8Array {
  if (typeof path !== "string" || path.includes("\0")) {
    throw new RingError(
      "ERR_RING_PATH",
      `${operation}: a path must be a string without NUL bytes; got ${describe(path)}`,
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
        `got ${describe(fd)}`,
    );
  }
  return fd;
}
