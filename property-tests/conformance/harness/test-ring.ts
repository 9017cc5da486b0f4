/**
 * A ring as scenarios use it: SQEs in by `user_data`, completions out by `user_data`.
 *
 * Completions are collected in whatever order they come, and compared per request; an order
 * is compared only where a scenario asks for it. The ring itself checks what holds in every
 * scenario: a completion belongs to a request in flight, a request completes for good once
 * (CQ-1), the kernel loses nothing (CQ-6), and in the end nothing is left over.
 */
import { IORING_CQE_F_MORE } from "../../../spec/abi/cqe.ts";
import {
  IOSQE_CQE_SKIP_SUCCESS,
  IORING_ASYNC_CANCEL_ALL,
  IORING_ASYNC_CANCEL_ANY,
  SQE_FLAGS,
} from "../../../spec/abi/sqe.ts";
import { EINTR, ETIME } from "../../../spec/errno.ts";
import { encodeCancel, Queue, setUserData, type QueueOptions } from "../../../src/queue/index.ts";
import type { World } from "../../worlds/world.ts";
import type { Entry } from "./entries.ts";
import { completionText, equal, setOf, type Completion, type Expected } from "./expectation.ts";

/** How long a completion may take before the scenario fails: never a measure of speed. */
const PATIENCE_NANOSECONDS = 5e9;
/** How long nothing must happen for a scenario to believe that nothing will. */
const QUIET_NANOSECONDS = 15e6;
/** user_data of the cancellation that ends a scenario. */
const FINAL_CANCEL = 0x7fffffff;

/** Requests by user_data, submitted in ascending order of it. */
export type Entries = Readonly<Record<number, Entry>>;
export type Expectations = Readonly<Record<number, Expected>>;

export class TestRing {
  readonly queue: Queue;
  readonly #world: World;
  /** How many completions (without F_MORE) are owed to each user_data. */
  readonly #inFlight = new Map<number, number>();
  /** user_data of requests that complete in silence if they succeed. */
  readonly #silent = new Set<number>();
  /** What came and was not yet asked for, and everything that ever came. */
  readonly #arrived: Completion[] = [];
  readonly #log: Completion[] = [];

  private constructor(world: World, queue: Queue) {
    this.#world = world;
    this.queue = queue;
  }

  /** Opens a ring that the world closes. */
  static open(world: World, options: QueueOptions): TestRing {
    const queue = Queue.open(world.backend, options);
    world.defer(() => queue.close());
    return new TestRing(world, queue);
  }

  /** Fills SQEs, and submits nothing. */
  push(entries: Entries): void {
    for (const [userData, entry] of Object.entries(entries)) this.pushOne(Number(userData), entry);
  }

  /** Fills one SQE: for requests that share a user_data. */
  pushOne(userData: number, entry: Entry): void {
    const { queue } = this;
    const at = queue.nextSqe();
    if (at < 0) throw new Error(`the scenario has more SQEs than the ring (${queue.sqEntries})`);
    entry(queue.sqes, at);
    setUserData(queue.sqes, at, userData, 0);
    this.#inFlight.set(userData, (this.#inFlight.get(userData) ?? 0) + 1);
    if (queue.sqes.getUint8(at + SQE_FLAGS) & IOSQE_CQE_SKIP_SUCCESS) this.#silent.add(userData);
  }

  /** A CQE that belongs to no request will come: a message, or the tag of a resource. */
  announce(userData: number): void {
    this.#inFlight.set(userData, (this.#inFlight.get(userData) ?? 0) + 1);
  }

  /** Fills SQEs and submits all of them. Returns the number consumed, or -errno. */
  submit(entries: Entries): number {
    this.push(entries);
    return this.queue.submit();
  }

  /** Shows the kernel what was pushed, submitting nothing: for `enter`. Flushes the backlog. */
  publish(entries: Entries): void {
    this.push(entries);
    equal("enter to publish", this.queue.flush(), 0);
  }

  get fd(): number {
    return this.queue.ringFd;
  }

  /** io_uring_enter(2) as it is. The kernel sees the SQEs that were published. */
  enter(toSubmit: number, minComplete = 0, flags = 0, address = 0, size = 0): number {
    const { backend } = this.#world;
    return backend.enter(this.queue.ringFd, toSubmit, minComplete, flags, address, size);
  }

  /** Waits until each of these requests has one completion, and compares all of them. */
  expect(expected: Expectations): void {
    this.expectOneOf([expected]);
  }

  /** The same where several joint outcomes are legal. All alternatives name the same requests. */
  expectOneOf(alternatives: readonly Expectations[]): void {
    const requests = Object.keys(alternatives[0] ?? {}).map(Number);
    const got = new Map(requests.map((userData) => [userData, this.next(userData)]));
    const fits = alternatives.some((expected) =>
      requests.every((userData) => {
        const completion = got.get(userData);
        const wanted = expected[userData];
        return (
          completion !== undefined && wanted !== undefined && setOf(wanted).matches(completion)
        );
      }),
    );
    if (fits) return;
    const wanted = alternatives.map((one) => list(requests, (id) => setOf(one[id] ?? 0).text));
    const seen = list(requests, (id) => completionText(got.get(id) as Completion));
    throw new Error(`expected ${wanted.join(", or ")}; got ${seen}`);
  }

  /** Waits for the next completion of one request. */
  next(userData: number): Completion {
    return this.nextOf([userData]);
  }

  /** Waits for the next completion of any of these requests. */
  nextOf(requests: readonly number[]): Completion {
    for (;;) {
      this.poll();
      const index = this.#arrived.findIndex(({ userData }) => requests.includes(userData));
      const [completion] = index < 0 ? [] : this.#arrived.splice(index, 1);
      if (completion !== undefined) return completion;
      if (!this.#wait(PATIENCE_NANOSECONDS)) this.#giveUp(requests);
    }
  }

  /** Waits for one completion of this user_data and compares it. */
  expectNext(userData: number, expected: Expected): void {
    const completion = this.next(userData);
    const set = setOf(expected);
    if (set.matches(completion)) return;
    throw new Error(
      `user_data ${userData}: expected ${set.text}, got ${completionText(completion)}`,
    );
  }

  /** Takes what is in the completion queue, waiting for nothing. Returns how many came. */
  poll(): number {
    const { queue } = this;
    let count = 0;
    for (; queue.next(); count++) {
      const userData = queue.userDataHigh * 2 ** 32 + queue.userDataLow;
      this.#arrive({ userData, res: queue.res, flags: queue.flags });
    }
    return count;
  }

  /** Nothing completes now, nor for a moment. What came earlier does not count. */
  expectQuiet(): void {
    this.poll();
    const before = this.#log.length;
    this.#wait(QUIET_NANOSECONDS);
    this.poll();
    const surprise = this.#log.slice(before).map(named);
    if (surprise.length > 0) throw new Error(`expected no completion, got ${surprise.join(", ")}`);
  }

  /** This request is still in flight: no final completion of it has come. */
  expectPending(userData: number): void {
    this.poll();
    if (this.#inFlight.has(userData)) return;
    const seen = this.#log
      .filter((one) => one.userData === userData)
      .map(named)
      .join(", ");
    throw new Error(`user_data ${userData} should still be in flight; it completed: ${seen}`);
  }

  /** These requests are over, and said nothing (CQE_SKIP_SUCCESS): waits a moment to see. */
  expectSilent(...requests: readonly number[]): void {
    this.expectQuiet();
    for (const userData of requests) {
      if (this.#arrived.some((completion) => completion.userData === userData)) {
        throw new Error(`user_data ${userData}: expected no completion, got one`);
      }
      this.#inFlight.delete(userData);
    }
  }

  /** A request got another user_data: what it owes is owed under that. */
  rename(from: number, to: number): void {
    const owed = this.#inFlight.get(from);
    if (owed === undefined) throw new Error(`user_data ${from} is not in flight`);
    this.#inFlight.delete(from);
    this.#inFlight.set(to, owed);
  }

  /** The first completions of these requests came in this order (where a rule promises it). */
  expectOrder(...requests: readonly number[]): void {
    const order = this.#log
      .map(({ userData }) => userData)
      .filter((id, index, all) => requests.includes(id) && all.indexOf(id) === index);
    if (order.join() !== requests.join()) {
      throw new Error(`expected completions in the order ${requests.join()}, got ${order.join()}`);
    }
  }

  /**
   * Ends the scenario: cancels what is in flight and waits for it.
   *
   * @returns what is wrong: completions nobody asked for, requests that never complete
   */
  finish(): readonly string[] {
    this.queue.flush();
    this.poll();
    const wrong = this.#arrived.map((one) => `unexpected completion of ${named(one)}`);
    for (const userData of this.#silent) this.#inFlight.delete(userData);
    if (this.#inFlight.size > 0) this.#cancelAll();
    for (const userData of this.#inFlight.keys()) {
      wrong.push(`user_data ${userData} never completes, not even when cancelled`);
    }
    if (this.#silent.size > 0 || wrong.length > 0) this.#world.keepMemory();
    if (this.queue.overflowCount > 0) wrong.push("the kernel lost completions");
    return wrong;
  }

  #cancelAll(): void {
    this.submit({
      [FINAL_CANCEL]: (sqes, at) =>
        encodeCancel(sqes, at, 0, 0, IORING_ASYNC_CANCEL_ANY | IORING_ASYNC_CANCEL_ALL),
    });
    this.poll();
    while (this.#inFlight.size > 0 && this.#wait(PATIENCE_NANOSECONDS)) this.poll();
  }

  /** Waits for one more completion in the ring. False when the time is over. */
  #wait(nanoseconds: number): boolean {
    for (;;) {
      const result = this.queue.wait(1, nanoseconds);
      const ended = result === -EINTR || result === -ETIME;
      if (result < 0 && !ended) throw new Error(`the wait failed: ${result}`);
      if (this.queue.ready > 0) return true;
      // A timer that fires ends the wait as well, and its CQE may come after that (ENTER-11).
      if (result === -ETIME) return false;
    }
  }

  #arrive(completion: Completion): void {
    const { userData, flags } = completion;
    const owed = this.#inFlight.get(userData);
    if (owed === undefined) throw new Error(`no such request in flight: ${named(completion)}`);
    if ((flags & IORING_CQE_F_MORE) === 0) {
      if (owed === 1) this.#inFlight.delete(userData);
      else this.#inFlight.set(userData, owed - 1);
      this.#silent.delete(userData);
    }
    this.#arrived.push(completion);
    this.#log.push(completion);
  }

  #giveUp(requests: readonly number[]): never {
    const seen = this.#log.map(named).join(", ");
    throw new Error(`user_data ${requests.join()} does not complete; so far: ${seen || "nothing"}`);
  }
}

function named(completion: Completion): string {
  return `user_data ${completion.userData}: ${completionText(completion)}`;
}

function list(requests: readonly number[], text: (userData: number) => string): string {
  return `{ ${requests.map((userData) => `${userData}: ${text(userData)}`).join("; ")} }`;
}
