/** What a run on the real kernel showed: enough to say whether the emulator could do the same. */

/** One CQE as the ring held it. */
export interface Cqe {
  readonly userData: number;
  readonly res: number;
  readonly flags: number;
  /** The 16 further bytes of a 32-byte CQE, if they are not all 0. */
  readonly extra?: string;
}

/** What a step showed of a ring. */
export interface RingTrace {
  /** What is new in the CQ. */
  readonly cqes: readonly Cqe[];
  readonly sqHead: number;
  readonly dropped: number;
}

/** One step, and the first ring. Times are nanoseconds of CLOCK_MONOTONIC. */
export interface StepTrace extends RingTrace {
  /** What the call returned, or 0. */
  readonly result: number;
  readonly start: number;
  /** After the CQs were looked at. */
  readonly end: number;
  /** The other ring, where there is one. */
  readonly other?: RingTrace;
}

/** What a step showed of ring 0, the first one, or 1, the other. */
export function shownOn(step: StepTrace, ring: number): RingTrace {
  if (ring === 0) return step;
  if (step.other === undefined) throw new Error("the trace shows one ring only");
  return step.other;
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

/** How a ring lies when the program is over. */
export interface RingEnd {
  readonly sqFlags: number;
  readonly cqFlags: number;
  readonly overflow: number;
}

/** How everything lies when the program is over: the first ring and the rest. */
export interface FinalState extends RingEnd {
  /** The other ring, where there is one. */
  readonly other?: RingEnd;
  readonly descriptors: readonly number[];
  readonly files: readonly FileTrace[];
}

/** What io_uring_setup(2) returned, and the params that it left. */
export interface RingSetup {
  readonly setup: number;
  readonly params: string;
}

/** A run, and the first ring. */
export interface Trace extends RingSetup {
  /** Number of the run: names its socket addresses. */
  readonly run: number;
  /** The other ring, where one was to be made. */
  readonly other?: RingSetup;
  readonly start: number;
  readonly steps: readonly StepTrace[];
  /** Left out where a ring could not be made. */
  readonly final?: FinalState;
}

/** A run and the arena that it left. */
export interface Run {
  readonly trace: Trace;
  /** Undefined where it was not kept: it is not compared. */
  readonly arena: Uint8Array | undefined;
}
