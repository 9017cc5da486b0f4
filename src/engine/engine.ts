/**
 * The engine of a ring: operations in, settled promises out.
 *
 *   launch --> waiting (back-pressure) --> SQE --> kernel --> CQE --> settle
 *
 * All SQEs of one turn go in with one `enter`, from one microtask. Completions
 * that arrive inline are settled in the same turn, but a turn has a budget: after
 * it the engine lets the event loop run, or a busy ring would starve timers and
 * sockets. Only an operation's own terminal CQE ends the kernel's ownership (O2):
 * `settle` is reached from nowhere but `#complete`, and for operations that the
 * kernel never saw.
 */
import { IORING_CQE_F_MORE } from "../../spec/abi/cqe.ts";
import { IORING_SETUP_DEFER_TASKRUN } from "../../spec/abi/setup.ts";
import { EAGAIN, EBUSY, ECANCELED, EINTR, ENOMEM } from "../../spec/errno.ts";
import type { Backend, Ledger, LedgerEntry, Watch } from "../backend.ts";
import { AbortError, RingError, SystemError } from "../errors.ts";
import { type Lease, STEPS } from "../memory/lease.ts";
import { type BufferHome, createBuffer } from "../memory/owned-buffer.ts";
import { Pool } from "../memory/pool.ts";
import { setUserData } from "../queue/encode/entry.ts";
import type { Queue } from "../queue/queue.ts";
import { AbortWatch } from "./abort-watch.ts";
import { CANCEL } from "./cancel.ts";
import { Fifo } from "./fifo.ts";
import { nextTurn } from "./next-turn.ts";
import type { HeldDescriptor, Operation, OperationKind, Returns } from "./operation.ts";
import { Slots } from "./slots.ts";

/** Completions settled before the event loop gets its turn. */
const TURN_BUDGET = 1024;

/** What the kernel leaks as the result of a cancelled running request on 6.18 (CANCEL-14). */
const ERESTARTSYS = 512;

/** Submission errors that pass: the entries stay in the SQ and are tried again. */
const TRANSIENT: readonly number[] = [-EAGAIN, -EBUSY, -EINTR, -ENOMEM];

/** What an engine counts. */
export interface EngineStats {
  /** Operations that the kernel has. */
  readonly inFlight: number;
  /** Operations that wait for room in the ring. */
  readonly queued: number;
  /** Operations launched since the ring was opened. */
  readonly launched: number;
}

/** Somebody waits until something holds; looked at after every reaping. */
interface Condition {
  readonly holds: () => boolean;
  readonly resolve: () => void;
}

/** One ring's operations. */
export class Engine implements BufferHome, Ledger, Returns {
  readonly backend: Backend;
  readonly queue: Queue;
  readonly pool: Pool;
  /** Descriptors that the library owns, and closes with the ring at the latest. */
  readonly descriptors: Set<number> = new Set<number>();
  readonly #slots = new Slots();
  readonly #waiting = new Fifo<Operation>();
  readonly #urgent = new Fifo<Operation>();
  readonly #aborts = new AbortWatch((operation) => {
    this.cancel(operation);
  });
  readonly #watch: Watch;
  readonly #deferred: boolean;
  #inFlight = 0;
  #launched = 0;
  #refusing = false;
  #destroyed = false;
  #turnScheduled = false;
  #watched = false;
  #budget = TURN_BUDGET;
  #conditions: Condition[] = [];

  constructor(backend: Backend, queue: Queue) {
    this.backend = backend;
    this.queue = queue;
    this.pool = new Pool(backend);
    this.#deferred = (queue.setupFlags & IORING_SETUP_DEFER_TASKRUN) !== 0;
    this.#watch = backend.watch(queue.ringFd, () => {
      this.#wake();
    });
    backend.attachLedger?.(this);
  }

  get stats(): EngineStats {
    const queued = this.#waiting.length + this.#urgent.length;
    return { inFlight: this.#inFlight, queued, launched: this.#launched };
  }

  // --- launching ---------------------------------------------------------------------------

  /**
   * A slot for an operation, to be filled and launched in the same turn.
   *
   * @throws {RingError} ERR_RING_CLOSED
   */
  begin(kind: OperationKind): Operation {
    this.assertOpen(kind.name);
    return this.#slots.acquire(kind);
  }

  /** A slot for an operation of the library itself, which a closing ring still takes. */
  beginInternal(kind: OperationKind): Operation {
    return this.#slots.acquire(kind);
  }

  /** @throws {RingError} ERR_RING_CLOSED once the ring began to close */
  assertOpen(what: string): void {
    if (this.#refusing) throw new RingError("ERR_RING_CLOSED", `${what}: the ring is closed`);
  }

  /** True once the ring began to close. */
  get refusing(): boolean {
    return this.#refusing;
  }

  /** No operation of the user from here on. */
  refuse(): void {
    this.#refusing = true;
  }

  /** The operations that are not over, in slot order. */
  get operations(): Iterable<Operation> {
    return this.#slots;
  }

  /** Lets the operation hold the descriptor, so that it cannot be closed before the CQE. */
  hold(operation: Operation, descriptor: HeldDescriptor | undefined): void {
    if (descriptor === undefined) return;
    operation.descriptor = descriptor;
    descriptor.enter();
  }

  /** Moves a lease of the user to the operation: from here the kernel may touch it (O2, O4). */
  lend(operation: Operation, lease: Lease): void {
    lease.step(STEPS.submit);
    lease.hide();
    lease.userDataLow = operation.slot;
    lease.userDataHigh = operation.generation;
  }

  /**
   * Auxiliary memory (path, sockaddr, iovecs) that lives as long as the operation.
   *
   * @throws {RangeError} when there is no memory; the operation is undone
   */
  scratch(operation: Operation, byteLength: number): DataView {
    const lease = this.#takeScratch(operation, byteLength);
    const view = new DataView(lease.region.buffer, 0, byteLength);
    this.lend(operation, lease);
    operation.scratch = lease;
    return view;
  }

  #takeScratch(operation: Operation, byteLength: number): Lease {
    try {
      return this.pool.take(byteLength, true);
    } catch (error) {
      operation.descriptor?.leave();
      this.#slots.release(operation);
      throw error;
    }
  }

  /** Sends the operation on its way. The promise settles with its terminal CQE. */
  launch<Result>(operation: Operation, signal?: AbortSignal): Promise<Result> {
    this.#launched++;
    const promise = new Promise<Result>((resolve, reject) => {
      operation.resolve = resolve as (value: unknown) => void;
      operation.reject = reject;
    });
    if (signal !== undefined && !this.#listen(operation, signal)) return promise;
    this.#enqueue(operation);
    return promise;
  }

  #enqueue(operation: Operation): void {
    if (this.#waiting.length > 0 || !this.#encode(operation, this.#limit)) {
      this.#waiting.push(operation);
    }
    this.#schedule();
  }

  /**
   * Operations that may be in flight: as many as the CQ holds. A closing ring sends
   * only its own, and they must get past operations that are stuck; what does not
   * fit in the CQ then waits in the kernel (CQ-3).
   */
  get #limit(): number {
    return this.#refusing ? Infinity : this.queue.cqEntries;
  }

  /** Writes the SQE if there is room for it and, within `limit` in flight, for its CQE. */
  #encode(operation: Operation, limit: number): boolean {
    if (this.#inFlight >= limit) return false;
    const at = this.queue.nextSqe();
    if (at < 0) return false;
    const { sqes } = this.queue;
    operation.kind.encode(sqes, at, operation);
    setUserData(sqes, at, operation.slot, operation.generation);
    operation.state = "submitted";
    this.#inFlight++;
    return true;
  }

  #encodeWaiting(): void {
    this.#encodeFrom(this.#urgent, Infinity);
    this.#encodeFrom(this.#waiting, this.#limit);
  }

  /** True when something waits that need not wait for an operation in flight to end. */
  get #canEncode(): boolean {
    if (this.#urgent.length > 0) return true;
    return this.#waiting.length > 0 && this.#inFlight < this.#limit;
  }

  #encodeFrom(list: Fifo<Operation>, limit: number): void {
    for (let next = list.peek(); next !== undefined; next = list.peek()) {
      if (!this.#encode(next, limit)) return;
      list.shift();
    }
  }

  // --- turns -------------------------------------------------------------------------------

  #schedule(): void {
    if (this.#turnScheduled) return;
    this.#turnScheduled = true;
    if (this.#budget > 0) queueMicrotask(this.#turn);
    else this.#yield();
  }

  #yield(): void {
    nextTurn(() => {
      this.#budget = TURN_BUDGET;
      this.#turn();
    });
  }

  readonly #turn = (): void => {
    this.#turnScheduled = false;
    if (this.#destroyed) return;
    this.#encodeWaiting();
    this.#enter();
    this.#reap();
  };

  /** Hands over what is encoded; with nothing to hand over, fetches what the CQ had no room for. */
  #enter(): void {
    const { queue } = this;
    const submits = queue.pending > 0;
    if (!submits && !queue.needsFlush) return;
    const result = submits ? queue.submit() : queue.flush();
    if (result < 0 && !TRANSIENT.includes(result)) throw new SystemError(result, "io_uring_enter");
    if (result >= 0 && queue.pending === 0) return;
    this.#budget = 0; // try again, but let the event loop run first
    this.#schedule();
  }

  #wake(): void {
    if (this.#destroyed) return;
    this.#budget = TURN_BUDGET;
    if (this.#deferred || this.queue.needsFlush) this.queue.flush();
    this.#reap();
  }

  #reap(): void {
    const { queue } = this;
    while (queue.next()) {
      this.#budget--;
      this.#complete(queue.userDataLow, queue.userDataHigh, queue.res, queue.flags);
    }
    if (queue.needsFlush || this.#canEncode) this.#schedule();
    this.#keepAlive(this.#inFlight > 0);
    if (this.#conditions.length > 0) this.#checkConditions();
  }

  #checkConditions(): void {
    const met = this.#conditions.filter(({ holds }) => holds());
    this.#conditions = this.#conditions.filter((condition) => !met.includes(condition));
    for (const { resolve } of met) resolve();
  }

  /** Resolves when `holds` does; looked at now and after every reaping. */
  until(holds: () => boolean): Promise<void> {
    if (holds()) return Promise.resolve();
    return new Promise((resolve) => {
      this.#conditions.push({ holds, resolve });
    });
  }

  /** The process lives while operations are in flight; an idle ring lets it end. */
  #keepAlive(needed: boolean): void {
    if (needed === this.#watched) return;
    this.#watched = needed;
    if (needed) this.#watch.ref();
    else this.#watch.unref();
  }

  // --- completion --------------------------------------------------------------------------

  #complete(low: number, high: number, res: number, flags: number): void {
    const operation = this.#slots.find(low, high);
    if (operation === undefined) {
      this.strayCompletion(low, high);
      return;
    }
    if (flags & IORING_CQE_F_MORE) return;
    this.#inFlight--;
    if (operation.state === "abandoned") {
      this.#discard(operation, res);
      return;
    }
    const { target } = operation;
    if (target !== undefined) this.cancelCompleted(target, res);
    this.settle(operation, res);
  }

  /**
   * A cancel request was answered. The answer says nothing about the target's
   * buffer: that stays with the kernel until the target's own CQE (OWN-23).
   */
  protected cancelCompleted(_target: Operation, _res: number): void {
    // Nothing: the target's own CQE is still to come, or has come.
  }

  /** A CQE names no operation in flight: somebody settled one too early, or twice. */
  protected strayCompletion(low: number, high: number): void {
    this.#broken(
      new RingError(
        "ERR_RING_INVARIANT",
        `a completion came for no operation (user_data ${String(low)}, ${String(high)})`,
      ),
    );
  }

  /** An invariant does not hold: the process ends, or an explorer takes it down as its find. */
  #broken(error: Error): void {
    if (this.backend.reportBroken === undefined) throw error;
    this.backend.reportBroken(error);
  }

  /** The CQE of an operation that was given up: its memory is leaked, but no descriptor is (O7). */
  #discard(operation: Operation, res: number): void {
    if (operation.kind.makesDescriptor === true && res >= 0) this.own(res);
    this.#slots.release(operation);
  }

  /** Ends the operation: gives back what it held and settles its promise, once (O5). */
  protected settle(operation: Operation, res: number): void {
    const { resolve, reject, kind } = operation;
    this.#forget(operation);
    if (res >= 0) {
      const value = kind.result(this, operation, res);
      this.#slots.release(operation);
      resolve(value);
      return;
    }
    const error = this.#failure(operation, res);
    this.#slots.release(operation);
    reject(error);
  }

  #failure(operation: Operation, res: number): Error {
    const { kind, path, dest, signal } = operation;
    const buffer = kind.reclaim(this, operation);
    const cancelled = res === -ECANCELED || res === -EINTR || res === -ERESTARTSYS;
    if (cancelled && signal?.aborted === true) {
      return new AbortError(kind.name, signal.reason, buffer);
    }
    return new SystemError(res === -ERESTARTSYS ? -EINTR : res, kind.syscall, {
      ...(path === undefined ? {} : { path }),
      ...(dest === undefined ? {} : { dest }),
      ...(buffer === undefined ? {} : { buffer }),
    });
  }

  #forget(operation: Operation): void {
    operation.descriptor?.leave();
    if (operation.signal !== undefined) this.#aborts.remove(operation.signal, operation);
  }

  // --- cancellation ------------------------------------------------------------------------

  /** Listens for the abort; false when it has happened already and the operation is over. */
  #listen(operation: Operation, signal: AbortSignal): boolean {
    operation.signal = signal;
    if (signal.aborted) {
      this.settle(operation, -ECANCELED);
      return false;
    }
    this.#aborts.add(signal, operation);
    return true;
  }

  /**
   * Asks for the end of an operation. One that the kernel has not seen ends here;
   * for the others a cancel request goes out, and their own CQE decides.
   */
  cancel(operation: Operation): void {
    if (operation.state === "queued") {
      this.#waiting.remove(operation);
      this.settle(operation, -ECANCELED);
      this.#schedule(); // somebody may wait for its end
      return;
    }
    if (operation.cancelSent) return;
    operation.cancelSent = true;
    const request = this.#slots.acquire(CANCEL);
    request.target = operation;
    request.address = operation.slot;
    request.extra = operation.generation;
    this.#urgent.push(request);
    this.#schedule();
  }

  /**
   * Ends an operation whose CQE nobody can wait for any more: its memory is never used again (O8).
   */
  abandon(operation: Operation): readonly Lease[] {
    const held = [operation.lease, operation.scratch, ...(operation.leases ?? [])];
    const leases = held.filter((lease) => lease !== undefined);
    for (const lease of leases) lease.step(STEPS.leak);
    const { reject, label } = operation;
    this.#forget(operation);
    operation.abandon();
    reject(
      new RingError(
        "ERR_RING_LEAKED",
        `${label}: the ring closed before the kernel let go; the buffer is leaked, not reused`,
      ),
    );
    return leases;
  }

  /** Gives the ring back to the kernel. Nothing may be in flight but what was abandoned. */
  destroy(): void {
    this.#destroyed = true;
    this.#watch.close();
    this.backend.detachLedger?.(this);
    this.queue.close();
    this.pool.close();
  }

  // --- memory ------------------------------------------------------------------------------

  /** The user's new handle of a lease that came back with a terminal CQE. */
  giveBack(lease: Lease): unknown {
    lease.step(STEPS.complete);
    return createBuffer(this, lease);
  }

  own(fd: number): number {
    this.descriptors.add(fd);
    return fd;
  }

  dropScratch(lease: Lease): void {
    lease.step(STEPS.complete);
    this.release(lease);
  }

  release(lease: Lease): void {
    lease.step(STEPS.release);
    this.pool.give(lease);
  }

  *entries(): Iterable<LedgerEntry> {
    for (const lease of this.pool.all) {
      yield {
        address: lease.address,
        byteLength: lease.region.byteLength,
        owner: lease.owner,
        userDataLow: lease.userDataLow,
        userDataHigh: lease.userDataHigh,
      };
    }
  }

  waiting(): readonly string[] {
    return [...this.#slots].map((operation) => {
      const about = operation.path === undefined ? "" : ` of '${operation.path}'`;
      return `${operation.label}${about} (${operation.state})`;
    });
  }
}
