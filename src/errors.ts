/**
 * The two kinds of error.
 *
 * `RingError`: a mistake of the caller, thrown at once, before anything was
 * submitted; nothing moved. Its `code` is stable and starts with ERR_RING_.
 *
 * `SystemError`: the kernel's answer to an operation, with the shape of Node's
 * own system errors, and with the buffer that came back.
 *
 * Both are recognised by `code`, never by `instanceof` alone: two copies of the
 * package have two classes.
 */
import { errnoName, errnoText } from "../spec/errno.ts";

/** Codes of misuse. Stable: they may be added to, not renamed. */
export type RingErrorCode =
  /** The ring was closed, or is closing. */
  | "ERR_RING_CLOSED"
  /** `entries` is not a whole number from 1 to 32768. */
  | "ERR_RING_ENTRIES"
  /** The handle is dead: its buffer was handed to an operation (`movedTo` says which). */
  | "ERR_RING_BUFFER_MOVED"
  /** The handle is dead: the buffer was given back with `release`. */
  | "ERR_RING_BUFFER_RELEASED"
  /** The buffer belongs to another ring. */
  | "ERR_RING_FOREIGN_BUFFER"
  /** The file or socket belongs to another ring. */
  | "ERR_RING_FOREIGN_FILE"
  /** The file or socket was closed. */
  | "ERR_RING_FILE_CLOSED"
  /** A position, length or offset is negative, fractional, or past the end. */
  | "ERR_RING_OUT_OF_RANGE"
  /** An argument has the wrong type or an unknown value. */
  | "ERR_RING_INVALID_ARGUMENT"
  /** A path holds a NUL byte, or is longer than PATH_MAX. */
  | "ERR_RING_PATH"
  /** The backend that was asked for cannot be used here (`reason`, `remedy`). */
  | "ERR_RING_BACKEND_UNAVAILABLE"
  /** The ring closed before the operation's CQE came; its buffer stays with the kernel. */
  | "ERR_RING_LEAKED"
  /** A defect in this library: an ownership rule did not hold. */
  | "ERR_RING_INVARIANT";

/** Facts that some misuse errors carry beside the message. */
export interface RingErrorDetails {
  /** The operation that a dead handle's buffer moved to, such as `"read #12"`. */
  readonly movedTo?: string;
  readonly reason?: string;
  readonly remedy?: string;
  readonly cause?: unknown;
}

/** A mistake of the caller. Thrown synchronously; nothing was submitted and nothing moved. */
export class RingError extends Error {
  override readonly name = "RingError";
  readonly code: RingErrorCode;
  /** The operation that a dead handle's buffer moved to, such as `"read #12"`. */
  declare readonly movedTo?: string;
  /** Why a backend cannot be used, and what to do about it. */
  declare readonly reason?: string;
  declare readonly remedy?: string;

  constructor(code: RingErrorCode, message: string, details: RingErrorDetails = {}) {
    super(message, "cause" in details ? { cause: details.cause } : undefined);
    this.code = code;
    if (details.movedTo !== undefined) this.movedTo = details.movedTo;
    if (details.reason !== undefined) this.reason = details.reason;
    if (details.remedy !== undefined) this.remedy = details.remedy;
  }
}

/** What a system error carries beside its number. */
export interface SystemErrorDetails {
  /** The path that the operation was about. */
  readonly path?: string;
  /** The second path of a rename. */
  readonly dest?: string;
  /** The buffer that comes back although the operation failed. */
  readonly buffer?: unknown;
}

/** The kernel refused or failed an operation. */
export class SystemError extends Error {
  override readonly name: string = "SystemError";
  /** Symbolic name: `"ENOENT"`. */
  readonly code: string;
  /** Negative, as a CQE and Node carry it: -2. */
  readonly errno: number;
  /** Man page name of the call: `"openat"`. */
  readonly syscall: string;
  declare readonly path?: string;
  declare readonly dest?: string;
  /**
   * The buffer, in a new handle that the receiver of this error owns; absent when none was given.
   */
  declare buffer?: unknown;

  constructor(errno: number, syscall: string, details: SystemErrorDetails = {}) {
    const code = errnoName(errno);
    super(`${code}: ${errnoText(errno)}, ${syscall}${subject(details)}`);
    this.code = code;
    this.errno = errno;
    this.syscall = syscall;
    if (details.path !== undefined) this.path = details.path;
    if (details.dest !== undefined) this.dest = details.dest;
    if (details.buffer !== undefined) this.buffer = details.buffer;
  }
}

function subject({ path, dest }: SystemErrorDetails): string {
  if (path === undefined) return "";
  return dest === undefined ? ` '${path}'` : ` '${path}' -> '${dest}'`;
}

/**
 * An operation ended because its `AbortSignal` fired: the `AbortError` that Node's
 * own calls give, with `cause` the signal's reason and the buffer that came back.
 */
export class AbortError extends Error {
  override readonly name = "AbortError";
  readonly code = "ABORT_ERR";
  /**
   * The buffer, in a new handle that the receiver of this error owns; absent when none was given.
   */
  declare buffer?: unknown;

  constructor(operation: string, cause: unknown, buffer?: unknown) {
    super(`The ${operation} was aborted`, { cause });
    if (buffer !== undefined) this.buffer = buffer;
  }
}
