/** What a run on the real kernel showed: enough to say whether the emulator could do the same. */

/** One CQE as the ring held it. */
export interface Cqe {
  readonly userData: number;
  readonly res: number;
  readonly flags: number;
  /** The 16 further bytes of a 32-byte CQE, if they are not all 0. */
  readonly extra?: string;
}

/** One step. Times are nanoseconds of CLOCK_MONOTONIC. */
export interface StepTrace {
  /** What the call returned, or 0. */
  readonly result: number;
  readonly start: number;
  /** After the CQ was looked at. */
  readonly end: number;
  /** What is new in the CQ. */
  readonly cqes: readonly Cqe[];
  readonly sqHead: number;
  readonly dropped: number;
}

/** A file or directory in the working folder. */
export interface FileTrace {
  readonly path: string;
  /** "directory", or the content of a regular file in base64, or what else it is. */
  readonly content: string;
  readonly size: number;
}

/** Whether a path is no UTF-8: see excluded.ts. */
export function isNoText(path: string): boolean {
  return path.includes("\ufffd");
}

/** How everything lies when the program is over. */
export interface FinalState {
  readonly sqFlags: number;
  readonly cqFlags: number;
  readonly overflow: number;
  readonly descriptors: readonly number[];
  readonly files: readonly FileTrace[];
}

/** A run. */
export interface Trace {
  /** Number of the run: names its socket addresses. */
  readonly run: number;
  /** What io_uring_setup(2) returned, and its params. */
  readonly setup: number;
  readonly params: string;
  readonly start: number;
  readonly steps: readonly StepTrace[];
  /** Left out where the ring could not be made. */
  readonly final?: FinalState;
}

/** A run and the arena that it left. */
export interface Run {
  readonly trace: Trace;
  /** Undefined where it was not kept: it is not compared. */
  readonly arena: Uint8Array | undefined;
}
