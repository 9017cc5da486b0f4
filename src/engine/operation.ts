/**
 * An operation: one request from the call to its terminal CQE, and what it holds.
 *
 * Operations are slots that are used again and again. `user_data` is the slot's
 * index and its generation, so a CQE can never reach a later tenant of the slot.
 */
import type { Lease } from "../memory/lease.ts";

/** What an operation does to the descriptor it works on: keeps it open. */
export interface HeldDescriptor {
  enter(): void;
  leave(): void;
}

/** The part of the engine that kinds of operation use. */
export interface Returns {
  /** Ends the kernel's ownership of the lease and makes the user's new handle. */
  giveBack(lease: Lease): unknown;
  /**
   * Takes a new descriptor into the ring's care, at once: nobody else may ever learn of it (O7).
   */
  own(fd: number): number;
  /** Ends the kernel's ownership of auxiliary memory. */
  dropScratch(lease: Lease): void;
}

/** One kind of operation: how it is encoded, and what becomes of its result. */
export interface OperationKind {
  /** As the user calls it: `"read"`. */
  readonly name: string;
  /** As the man pages call it: `"pread"`; goes into errors. */
  readonly syscall: string;
  /** Writes the SQE at byte offset `at`; `user_data` and flags are set afterwards. */
  encode(sqes: DataView, at: number, operation: Operation): void;
  /** True when `res` is a new descriptor. */
  readonly makesDescriptor?: true;
  /** What the promise resolves to; `res` is 0 or more. Takes every lease out of the operation. */
  result(returns: Returns, operation: Operation, res: number): unknown;
  /**
   * After a failure or an abort: gives back what the operation held; the value goes to
   * `error.buffer`.
   */
  reclaim(returns: Returns, operation: Operation): unknown;
}

/** `abandoned`: given up by a closing ring; the slot stays taken, for a CQE may still come. */
export type OperationState = "free" | "queued" | "submitted" | "abandoned";

/** A slot. All fields but `slot` belong to the present tenant. */
export class Operation {
  readonly slot: number;
  generation = 0;
  state: OperationState = "free";
  /** Counts operations of the ring, for people: `read #12`. */
  serial = 0;
  kind: OperationKind;

  // What goes into the SQE; each kind says what it uses.
  fd = -1;
  address = 0;
  length = 0;
  offset = 0;
  flags = 0;
  extra = 0;

  // What the kernel may use until the terminal CQE.
  lease: Lease | undefined;
  leases: readonly Lease[] | undefined;
  scratch: Lease | undefined;
  descriptor: HeldDescriptor | undefined;

  // Where in the buffer the data starts.
  bufferOffset = 0;
  // What the operation is about, for errors.
  path: string | undefined;
  dest: string | undefined;
  /** Anything a kind needs at the end. */
  context: unknown;

  resolve: (value: unknown) => void = nobody;
  reject: (error: unknown) => void = nobody;
  signal: AbortSignal | undefined;
  /** The operation that a cancel is meant for, and whether one was sent for this. */
  target: Operation | undefined;
  cancelSent = false;

  constructor(slot: number, kind: OperationKind) {
    this.slot = slot;
    this.kind = kind;
  }

  /** Name for people, unique within the ring: `"read #12"`. */
  get label(): string {
    return `${this.kind.name} #${String(this.serial)}`;
  }

  /**
   * The program stops waiting, and what the kernel may still use is leaked: only the slot remains.
   */
  abandon(): void {
    this.state = "abandoned";
    this.lease = undefined;
    this.leases = undefined;
    this.scratch = undefined;
    this.target = undefined;
  }

  /** Empties the slot for its next tenant. */
  reset(): void {
    this.state = "free";
    this.generation = (this.generation + 1) >>> 0;
    this.fd = -1;
    this.address = 0;
    this.length = 0;
    this.offset = 0;
    this.flags = 0;
    this.extra = 0;
    this.bufferOffset = 0;
    this.lease = undefined;
    this.leases = undefined;
    this.scratch = undefined;
    this.descriptor = undefined;
    this.path = undefined;
    this.dest = undefined;
    this.context = undefined;
    this.resolve = nobody;
    this.reject = nobody;
    this.signal = undefined;
    this.target = undefined;
    this.cancelSent = false;
  }
}

function nobody(): void {
  // Nobody waits.
}
