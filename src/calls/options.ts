import { RingError } from "../errors.ts";
import { describe } from "../validate.ts";

/** Every operation can be ended early. */
export interface Abortable {
  /**
   * Ends the operation. The promise still settles only when the kernel has let
   * go: with an `AbortError`, or with the result if the operation won the race.
   */
  readonly signal?: AbortSignal | undefined;
}

/** Which part of the buffer takes part. */
export interface BufferRange {
  /** First byte of the buffer that takes part; 0 when left out. */
  readonly offset?: number | undefined;
  /** Bytes that take part. */
  readonly length?: number | undefined;
}

/** Where and how much to read or write in a file. */
export interface TransferOptions extends Abortable, BufferRange {
  /**
   * Byte position in the file. Left out (or null) it means the file's current
   * position, which the operation moves; it never means 0. Two operations in
   * flight at the current position are not ordered: give a position.
   */
  readonly position?: number | null | undefined;
}

/**
 * Checks what every operation's options have in common, and gives the signal.
 *
 * Options that are no object would be read as none, and the arguments that someone
 * passes one by one, as to `fs.read`, would be ignored: a write at position 100
 * would go to the current position.
 *
 * @throws {RingError} ERR_RING_INVALID_ARGUMENT
 */
export function checkOptions(operation: string, options: Abortable): AbortSignal | undefined {
  if (typeof options !== "object" || (options as unknown) === null) {
    refuse(`${operation}: options must be an object; got ${describe(options)}`);
  }
  const { signal } = options;
  if (signal === undefined || signal instanceof AbortSignal) return signal;
  return refuse(`${operation}: signal must be an AbortSignal; got ${describe(signal)}`);
}

function refuse(message: string): never {
  throw new RingError("ERR_RING_INVALID_ARGUMENT", message);
}
