export const EXIT_OK = 0;
export const EXIT_FAILED = 1;
export const EXIT_USAGE = 2;
export const EXIT_DIFFERENT = 3;
export const EXIT_INTERRUPTED = 130;

/** The command line makes no sense; the message says what does not. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}
