/** A progress bar on a terminal; nothing elsewhere, or where the library is not installed. */

const MEBIBYTE = 2 ** 20;

/** Shows how far a copy is. */
export interface Progress {
  update(bytes: number): void;
  stop(): void;
}

const SILENT: Progress = {
  update() {
    // Nothing to see.
  },
  stop() {
    // Nothing was shown.
  },
};

/**
 * Opens a progress bar on standard error, if that is a terminal.
 *
 * @param total - bytes that are expected
 */
export async function openProgress(total: number): Promise<Progress> {
  if (!process.stderr.isTTY) return SILENT;
  try {
    const { default: progress } = await import("cli-progress");
    const bar = new progress.SingleBar({
      format: "  {bar} {percentage}%  {done} of {size} MiB  {duration_formatted}",
      hideCursor: true,
      clearOnComplete: true,
    });
    const size = (total / MEBIBYTE).toFixed(1);
    bar.start(total, 0, { done: "0.0", size });
    return {
      update(bytes) {
        bar.update(bytes, { done: (bytes / MEBIBYTE).toFixed(1) });
      },
      stop() {
        bar.stop();
      },
    };
  } catch {
    return SILENT;
  }
}
