/** Standard output and standard error, when nobody reads them or the disk behind them is full. */
import { EXIT_FAILED } from "./exit.ts";

/**
 * Keeps a failing output from ending the process with a stack.
 *
 * Who closes the pipe (`| head`) has read enough: that is no failure, and what the command
 * does besides writing goes on. Any other error is one, because something is missing.
 */
export function guardOutput(): void {
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") return;
    process.exitCode = EXIT_FAILED;
    warn(`cannot write to standard output: ${error.message}`);
  });
  // There is no place left to complain.
  process.stderr.on("error", () => undefined);
}

/** A line on standard error. */
export function warn(text: string): void {
  process.stderr.write(`safer-ring: ${text}\n`);
}

/** A line on standard output. */
export function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
