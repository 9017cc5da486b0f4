/** How the command ends: exit codes, and the errors that are answers rather than defects. */
import type { ErrnoName } from "../../spec/errno.ts";
import { ERRNO_TABLE } from "../../spec/errno.ts";

/** Done. */
export const EXIT_OK = 0;
/** It failed, or io_uring cannot be used; standard error says why. */
export const EXIT_FAILED = 1;
/** The arguments are wrong; nothing was done. */
export const EXIT_USAGE = 2;
/** `--verify` found a difference. */
export const EXIT_DIFFERENT = 3;

/** The command line makes no sense; the message says what does not. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** What a failure carries beside its message. */
export interface FailureDetails {
  /** What the user can do about it, in a sentence. */
  readonly advice?: string | undefined;
  /** EXIT_FAILED when left out. */
  readonly exitCode?: number;
  readonly cause?: unknown;
}

/** The command cannot do what was asked. The message says what happened and why, without a stop. */
export class Failure extends Error {
  override readonly name = "Failure";
  readonly advice: string | undefined;
  readonly exitCode: number;

  constructor(message: string, details: FailureDetails = {}) {
    super(message, "cause" in details ? { cause: details.cause } : undefined);
    this.advice = details.advice;
    this.exitCode = details.exitCode ?? EXIT_FAILED;
  }
}

const ADVICE: Readonly<Partial<Record<ErrnoName, string>>> = {
  EACCES: "Check the permissions of the file and of the folders above it.",
  EDQUOT: "The quota is used up: free some space there, or choose another place.",
  EFBIG: "Raise the limit (ulimit -f), or choose a file system that takes files of this size.",
  EIO: "The device failed; the kernel's log says more (dmesg).",
  EMFILE: "Raise the limit of open files (ulimit -n).",
  ENOENT: "Check the name.",
  ENOMEM: "Use a smaller --block-size or --depth.",
  ENOSPC: "Free some space there, or choose another place.",
  EROFS: "Choose another place.",
};

/** A system error as libuv and this library make them. */
interface SystemFailure extends Error {
  readonly code: ErrnoName;
}

function isSystemFailure(error: unknown): error is SystemFailure {
  return error instanceof Error && "errno" in error && "code" in error;
}

/**
 * `error` as an answer to the user, when the system gave it; any other error as it is.
 *
 * @param doing - what could not be done: `"read 'a.txt'"`
 */
export function explain(doing: string, error: unknown): unknown {
  if (!isSystemFailure(error)) return error;
  const { code } = error;
  // By name: the numbers of Node's own errors differ from system to system.
  const text = ERRNO_TABLE.find(({ name }) => name === code)?.text ?? error.message;
  return new Failure(`cannot ${doing}: ${text} (${code})`, { advice: ADVICE[code], cause: error });
}

/** What `promise` gives; its system error as a `Failure` to do what `doing` says. */
export async function attempt<Result>(doing: string, promise: Promise<Result>): Promise<Result> {
  try {
    return await promise;
  } catch (error) {
    throw explain(doing, error);
  }
}
