/**
 * A program: what a process does with a ring, or with two, as data.
 *
 * It is built by the generator, run on the real kernel (real/) and replayed on the emulator
 * (emulated/), and kept as JSON when the two disagree. So it holds nothing but plain values: an
 * SQE is its fields, memory is bytes at addresses of the arena, descriptors are numbers of the
 * closed set in fixtures.ts.
 */

/** A 64-bit field: a number where a number holds it, else hexadecimal digits ("0xffff..."). */
export type Word = number | string;

/** Bytes that the program stores before it goes on. */
export interface Patch {
  readonly at: number;
  readonly hex: string;
}

/** One SQE. Fields that are left out are 0. */
export interface Entry {
  readonly opcode: number;
  readonly flags?: number;
  readonly ioprio?: number;
  readonly fd?: number;
  readonly off?: Word;
  readonly addr?: Word;
  readonly len?: number;
  readonly opFlags?: number;
  readonly userData: number;
  readonly bufIndex?: number;
  readonly personality?: number;
  readonly fileIndex?: number;
  readonly addr3?: Word;
  readonly pad2?: Word;
  /** What the SQ array names instead of this SQE. */
  readonly index?: number;
  /** The structures that the SQE points to. */
  readonly memory?: readonly Patch[];
}

/** A buffer as a ring of them holds it. */
export interface ProvidedBuffer {
  readonly addr: Word;
  readonly len: number;
  readonly id: number;
}

/** io_uring_setup(2). */
export interface Setup {
  readonly entries: number;
  readonly flags: number;
  readonly cqEntries?: number;
  /** wq_fd: whose workers it shares. */
  readonly attachTo?: number;
  /** sq_thread_idle, in milliseconds. */
  readonly idle?: number;
}

/** How an enter waits: never without an end. */
export interface Wait {
  readonly count: number;
  readonly microseconds: number;
}

/** Which ring a step is about: the first one, or the other. */
interface OnRing {
  readonly on?: "other";
}

/** One thing that the program does. */
export type Step =
  | (OnRing & {
      /** Fills SQEs as long as there is room, then calls enter. */
      readonly do: "submit";
      readonly entries: readonly Entry[];
      /** Left out: as many as are queued. */
      readonly toSubmit?: number;
      readonly wait?: Wait;
      /** More IORING_ENTER_* flags. */
      readonly flags?: number;
    })
  /** Takes up to `count` CQEs, or all that were seen. */
  | (OnRing & { readonly do: "reap"; readonly count?: number })
  /** write(2) of the pattern; does not wait. */
  | { readonly do: "write"; readonly fd: number; readonly length: number }
  /** read(2) to an address of the arena; does not wait. */
  | { readonly do: "read"; readonly fd: number; readonly length: number; readonly at: number }
  | { readonly do: "close"; readonly fd: number }
  | (OnRing & {
      /** io_uring_register(2) on the ring. */
      readonly do: "register";
      /** Left out: the ring's. */
      readonly fd?: number;
      readonly opcode: number;
      readonly address: number;
      readonly count: number;
      readonly memory?: readonly Patch[];
      /** An SQE at the address: a message of no ring. */
      readonly entry?: Entry;
    })
  | {
      /** Adds buffers to the buffer ring at an address of the arena, of so many entries. */
      readonly do: "provide";
      readonly ring: number;
      readonly entries: number;
      readonly buffers: readonly ProvidedBuffer[];
    }
  | (OnRing & {
      /** REGISTER_RESIZE_RINGS; what was mapped is mapped anew. */
      readonly do: "resize";
      readonly entries: number;
      readonly flags: number;
      readonly cqEntries: number;
    })
  /** Takes CQEs of all rings until nothing more comes: what can happen has happened. */
  | { readonly do: "settle" };

/** A whole program. */
export interface Program {
  readonly setup: Setup;
  /** The other ring, if there is one: it is made right after the first. */
  readonly other?: Setup;
  readonly steps: readonly Step[];
}

/** Which ring a step is about: 0 is the first one, 1 the other. */
export function ringNumber(step: Step): number {
  return "on" in step ? 1 : 0;
}

/** The SQEs of a step. */
export function entriesOf(step: Step): readonly Entry[] {
  if (step.do === "submit") return step.entries;
  return step.do === "register" && step.entry !== undefined ? [step.entry] : [];
}

/** How its rings are made, in order. */
export function setupsOf({ setup, other }: Program): readonly Setup[] {
  return other === undefined ? [setup] : [setup, other];
}
