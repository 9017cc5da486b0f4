/**
 * The emulator's questions to whoever decides what Linux leaves open.
 *
 * Each method names one kind of choice. The two naming functions that a decider may call are made
 * once and read the fields of this object, so asking costs no allocation.
 */
import { IORING_OP_CONNECT, IORING_OP_POLL_ADD } from "../../spec/abi/opcodes.ts";
import type { Fault } from "./host/faults.ts";
import type { ChoiceKind, Decider } from "./host/host.ts";
import { type Names, requestName } from "./names.ts";
import { BIT_BLOCKING, BIT_WORKER } from "./request-bits.ts";
import { PHASE_ARMED, PHASE_LATE } from "./request-phases.ts";
import type { Request } from "./state.ts";

/** How a cancellation of something that could complete now ends: it stops the target, */
export const CANCEL_WON = 0;
/** finds it completed, */
export const CANCEL_LOST = 1;
/** or past stopping: the target goes on to its own result. */
export const CANCEL_TOO_LATE = 2;
/** Too late to say so, yet the target ends with ECANCELED: a worker had not begun with it. */
export const CANCEL_UNHEARD = 3;
/** It is on its way to its next try, where nobody finds it: it goes on (ND-32). */
export const CANCEL_MISSED = 4;
/** A worker waits for an answer that came late: the target ends with EINTR (ND-34). */
export const CANCEL_INTERRUPTED = 5;
/** Linux looks twice: it stopped what a worker began with, and does not find it any more (ND-4). */
export const CANCEL_FORGOTTEN = 6;

/** How the cancellation of a request may end that a worker runs, */
const ENDS_OF_RUNNING = [CANCEL_WON, CANCEL_LOST, CANCEL_TOO_LATE, CANCEL_UNHEARD];
/** that is a poll or a timer, or blocks its worker, */
const ENDS_OF_POLL = [CANCEL_WON, CANCEL_LOST, CANCEL_TOO_LATE];
/** that is tried again and again, as Linux does with an eventfd until a worker takes it, */
const ENDS_OF_RETRIED = [CANCEL_WON, CANCEL_LOST, CANCEL_MISSED];
/** or that waits for its file. */
const ENDS_OF_WAITING = [CANCEL_WON, CANCEL_LOST];
/** How that of a request on a worker may end, where the worker goes on between two looks. */
const ENDS_SEEN_TWICE = [...ENDS_OF_RUNNING, CANCEL_FORGOTTEN];
/** How a cancellation and a worker that is done may meet. */
const ENDS_OF_DONE = [CANCEL_TOO_LATE, CANCEL_LOST];
/** The same where the worker may as well not be done, as it needs an answer from elsewhere. */
const ENDS_OF_ANSWERED = [...ENDS_OF_DONE, CANCEL_INTERRUPTED];

const OPTIONS: Record<
  Exclude<ChoiceKind, "short" | "fault" | "match" | "bundle" | "number" | "count">,
  readonly string[]
> = {
  inline: ["inline", "late"],
  cancel: ["won", "lost", "too late", "unheard", "missed", "interrupted", "forgotten"],
  lookup: ["before the close", "after the close"],
  close: ["stopped", "goes on"],
  eager: ["after the submit", "within the submit"],
  worker: ["elsewhere", "on the worker"],
  position: ["latest", "earlier"],
  usage: ["copied", "not copied"],
  cache: ["cached", "not cached"],
  notice: ["noticed", "missed"],
  hint: ["told", "not told"],
  signal: ["counted", "with the one before"],
  notification: ["at once", "later"],
  end: ["at once", "later"],
  rest: ["at once", "later"],
};

/** Asks the decider, in words. */
export class Choices {
  readonly #decider: Decider;
  readonly #operations: Names;
  readonly #point: () => string;
  readonly #option: (index: number) => string;
  #subject: Request | undefined = undefined;
  #kind: ChoiceKind = "inline";
  #amounts: readonly number[] = [];
  #faults: readonly Fault[] = [];
  #candidates: readonly Request[] = [];
  #ends: readonly number[] = ENDS_OF_POLL;

  constructor(decider: Decider, operations: Names) {
    this.#decider = decider;
    this.#operations = operations;
    this.#point = () => `${this.#name(this.#subject)} ${this.#kind}`;
    this.#option = (index) => this.#describe(index);
  }

  //= ND-1
  /** May complete at submit: does it? */
  inline(request: Request): boolean {
    return this.#ask(2, request, "inline") === 0;
  }

  //= ND-4, ND-7
  /**
   * CANCEL_*: how a cancellation of something that could complete now ends.
   *
   * @param goesOn - whether others do in the middle of a call
   */
  cancel(target: Request, goesOn: boolean): number {
    return this.#end(target, endsOfCancellation(target, goesOn));
  }

  //= ND-24
  /** How much the work counts that a cancellation of many found with workers. */
  countOfWork(most: number): number {
    return most === 0 ? 0 : this.#ask(most + 1, undefined, "count");
  }

  //= ND-34
  /** CANCEL_*: whether a worker that is done with its request ends it before a cancellation. */
  endsFirst(target: Request): number {
    const answered = target.opcode === IORING_OP_CONNECT && target.result === 0;
    return this.#end(target, answered ? ENDS_OF_ANSWERED : ENDS_OF_DONE);
  }

  //= SYNCCANCEL-4
  /** Whether a SYNC_CANCEL on a DEFER_TASKRUN ring misses the end of its target. */
  missesEnd(): boolean {
    return this.#ask(2, undefined, "notice") === 1;
  }

  //= ND-6, ND-8
  /** Whether a timeout that has expired fires before its count of completions is reached. */
  firesFirst(timeout: Request): boolean {
    return this.#end(timeout, ENDS_OF_WAITING) === CANCEL_LOST;
  }

  //= ND-35, RBUF-35
  /** Whether a worker has looked up its file before the descriptor is closed. */
  looksUpNow(request: Request): boolean {
    return this.#ask(2, request, "lookup") === 0;
  }

  //= OWN-28
  /** Whether work of a ring that is closed stops at once. */
  stopsAtClose(request: Request): boolean {
    return this.#ask(2, request, "close") === 0;
  }

  //= ND-1
  /** Whether a worker is done with a request before the submit that sent it has gone on. */
  runsWithinSubmit(request: Request): boolean {
    return this.#ask(2, request, "eager") === 1;
  }

  //= ND-25
  /** Whether a transfer begins at the position that its file had when it was sent to a worker. */
  beginsEarlier(request: Request): boolean {
    return this.#ask(2, request, "position") === 1;
  }

  //= FS-31, RW-27
  /** Whether all of a path is in the cache (RESOLVE_CACHED). */
  isCached(request: Request): boolean {
    return this.#ask(2, request, "cache") === 0;
  }

  //= ND-31
  /** Whether a member of a chain runs on the worker that ran the one before it. */
  staysOnWorker(request: Request): boolean {
    return this.#ask(2, request, "worker") === 1;
  }

  //= ASYNC-4
  /** Whether a worker that was about to wait for a file that is ready tries again, and blocks. */
  blocks(request: Request): boolean {
    return this.#ask(2, request, "worker") === 1;
  }

  //= ND-23
  /** Whether the notification of a send says that its bytes were copied (ND-23). */
  copies(send: Request): boolean {
    return this.#ask(2, send, "usage") === 0;
  }

  //= ND-23
  /** When the notification of a send comes that has no use for the memory any more. */
  notifiesLater(send: Request): boolean {
    return this.#ask(2, send, "notification") === 1;
  }

  //= ND-11
  /** Whether a CQE tells that more is waiting in the socket. */
  tellsMore(request: Request): boolean {
    return this.#ask(2, request, "hint") === 0;
  }

  //= ND-22
  /** Whether an eventfd counts what is posted together with what was posted before. */
  joinsSignal(): boolean {
    return this.#ask(2, undefined, "signal") === 1;
  }

  //= ND-26
  /** Whether a closed ring lets go of its files and memory some time after the close. */
  endsLater(): boolean {
    return this.#ask(2, undefined, "end") === 1;
  }

  //= ND-30
  /** Whether what follows from a request that a worker had comes later than its CQE. */
  leavesRest(): boolean {
    return this.#ask(2, undefined, "rest") === 1;
  }

  //= ND-13
  /** How many of `available` bytes a stream moves: all, one, or half. */
  amount(request: Request, available: number): number {
    if (available < 2) return available;
    this.#amounts = available > 2 ? [available, 1, available >> 1] : [available, 1];
    return this.#amounts[this.#ask(this.#amounts.length, request, "short")] ?? available;
  }

  //= ND-29
  /**
   * How many buffers a bundle picks that does not know how many bytes there are: one of `counts`.
   */
  bundle(request: Request, counts: readonly number[]): number {
    if (counts.length < 2) return counts[0] ?? 1;
    this.#amounts = counts;
    return counts[this.#ask(counts.length, request, "bundle")] ?? 1;
  }

  //= ND-20
  /** How many of the lowest free descriptors up to `rivals` workers hold already. */
  heldNumbers(request: Request, rivals: number): number {
    return rivals === 0 ? 0 : this.#ask(rivals + 1, request, "number");
  }

  /** The fault that happens now, of those allowed, or none. */
  fault(request: Request, allowed: readonly Fault[]): Fault | undefined {
    if (allowed.length === 0) return undefined;
    this.#faults = allowed;
    const index = this.#ask(allowed.length + 1, request, "fault");
    return index === 0 ? undefined : allowed[index - 1];
  }

  //= CANCEL-11, ND-33
  /** Which of several equal targets with workers a cancellation takes. */
  match(candidates: readonly Request[]): Request | undefined {
    if (candidates.length < 2) return candidates[0];
    this.#candidates = candidates;
    return candidates[this.#ask(candidates.length, candidates[0], "match")];
  }

  #end(target: Request, ends: readonly number[]): number {
    this.#ends = ends;
    return ends[this.#ask(ends.length, target, "cancel")] ?? CANCEL_WON;
  }

  #ask(count: number, subject: Request | undefined, kind: ChoiceKind): number {
    this.#subject = subject;
    this.#kind = kind;
    const index = this.#decider.choose(count, this.#point, this.#option, kind, subject);
    if (!(index >= 0 && index < count)) {
      throw new RangeError(`a decider answered ${index} where there are ${count} options`);
    }
    return index;
  }

  #name(request: Request | undefined): string {
    return request === undefined ? "" : requestName(this.#operations, request);
  }

  #describe(index: number): string {
    if (this.#kind === "match") return this.#name(this.#candidates[index]);
    if (this.#kind === "short") {
      return index === 0 ? "full" : `short ${this.#amounts[index] ?? 0}`;
    }
    if (this.#kind === "cancel") return OPTIONS.cancel[this.#ends[index] ?? 0] ?? "";
    if (this.#kind === "count") return `${index} counted`;
    if (this.#kind === "number") return `${index} held`;
    if (this.#kind === "bundle") return `${this.#amounts[index] ?? 0} buffers`;
    if (this.#kind === "fault") return describeFault(this.#faults[index - 1]);
    return OPTIONS[this.#kind][index] ?? "";
  }
}

function describeFault(fault: Fault | undefined): string {
  if (fault === undefined) return "none";
  return fault.kind === "error" ? `error ${fault.errno}` : `short ${fault.bytes}`;
}

/**
 * How a cancellation of `target` may end. Only what runs (on a worker), a poll and a timer can be
 * past stopping; a transfer that waits for its file is marked and stops, or has ended before. Were
 * it told "too late", it could lose its data to another one and wait for ever.
 */
function endsOfCancellation(target: Request, goesOn: boolean): readonly number[] {
  const runs = (target.bits & (BIT_WORKER | BIT_BLOCKING)) !== 0;
  if (target.phase === PHASE_LATE && runs) return goesOn ? ENDS_SEEN_TWICE : ENDS_OF_RUNNING;
  if (target.phase === PHASE_LATE) {
    return target.file?.kind === "eventfd" ? ENDS_OF_RETRIED : ENDS_OF_WAITING;
  }
  const waits = target.phase === PHASE_ARMED && target.opcode !== IORING_OP_POLL_ADD;
  return waits && !runs ? ENDS_OF_WAITING : ENDS_OF_POLL;
}
