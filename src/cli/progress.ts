/** A progress bar on a terminal; nothing elsewhere, or where the library is not installed. */
import type { CopyPhase } from "./copy-file.ts";

const MEBIBYTE = 2 ** 20;
const LONGEST_BAR = 40;
/** Columns of everything beside the bar. */
const TEXT_COLUMNS = 58;

/** Shows how far a copy is. */
export interface Progress {
  update(phase: CopyPhase, bytes: number): void;
  /** Takes the bar away and gives the cursor back. More than once is fine. */
  stop(): void;
}

const SILENT: Progress = { update() {}, stop() {} };

/**
 * Opens a progress bar on standard error, if that is a terminal that can move its cursor.
 *
 * @param total - bytes that are expected
 * @param signal - takes the bar away at once
 */
export async function openProgress(total: number, signal: AbortSignal): Promise<Progress> {
  const { isTTY, columns } = process.stderr;
  if (!isTTY || process.env["TERM"] === "dumb") return SILENT;
  const library = await import("cli-progress").catch(() => undefined);
  if (library === undefined || signal.aborted) return SILENT;
  const bar = new library.default.SingleBar({
    format: "  {bar} {percentage}%  {done} of {size} MiB, {rate} MiB/s  {phase}",
    barsize: Math.max(5, Math.min(LONGEST_BAR, columns - TEXT_COLUMNS)),
    barCompleteChar: "#",
    barIncompleteChar: "-",
    hideCursor: true,
    clearOnComplete: true,
  });
  const started = performance.now();
  bar.start(total, 0, { done: "0.0", size: mebibytes(total), rate: "0", phase: "copying" });
  const stop = (): void => {
    bar.stop();
  };
  signal.addEventListener("abort", stop, { once: true });
  return {
    update(phase, bytes) {
      const rate = (bytes / MEBIBYTE / (performance.now() - started)) * 1000;
      const pace = phase === "copying" ? { rate: rate.toFixed(0) } : {};
      bar.update(bytes, { done: mebibytes(bytes), phase, ...pace });
    },
    stop,
  };
}

function mebibytes(bytes: number): string {
  return (bytes / MEBIBYTE).toFixed(1);
}
