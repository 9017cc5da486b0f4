/** One program on the real kernel. */
import { IORING_ENTER_GETEVENTS, IORING_ENTER_SQ_WAKEUP } from "../../../spec/abi/enter.ts";
import {
  IORING_CQE_F_MORE,
  IORING_CQE_F_NOTIF,
  IORING_SQ_NEED_WAKEUP,
} from "../../../spec/abi/cqe.ts";
import { hexOf } from "../encode.ts";
import { OTHER_RING, RING } from "../fixtures.ts";
import { beginSettling, clearHarness, openRing, perform, setUp } from "../machine.ts";
import { type Program, ringNumber, setupsOf, type Step } from "../program.ts";
import type { RingView } from "../ring-view.ts";
import type { Cqe, FinalState, RingTrace, StepTrace, Trace } from "../trace.ts";
import { listFolder, renewFolder } from "./folder.ts";
import type { RealMachine } from "./real-machine.ts";

/** CLOCK_MONOTONIC in nanoseconds. */
function now(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1e9 + nanoseconds;
}

/** Each call does one step of a chain that completes in silence. */
const IDLE_CALLS = 6;
/** For how long an SQ thread may take nothing, and how often that is looked at: nanoseconds. */
const THREAD_PATIENCE = 50e6;
const THREAD_LOOK = 20_000;
/** Of the rings, in order. */
const FDS = [RING, OTHER_RING];

/** How far the kernel is with the SQEs. */
type Head = Omit<RingTrace, "cqes">;

/** One run of a program in a fresh world. */
export class RealRun {
  readonly #machine: RealMachine;
  readonly #program: Program;
  readonly #rings: RingView[] = [];
  /** Of each ring, when it was last looked at. */
  #heads: readonly Head[] = [];
  /** For how long nothing must happen before a `settle` believes that nothing will. */
  readonly #quiet: number;
  /** SQEs that were taken and have not had their last CQE; some will never have one. */
  #pending = 0;
  /** user_data of every SQE: messages between rings have others. */
  readonly #known: ReadonlySet<number>;
  /** user_data of requests whose last CQE had F_MORE. */
  readonly #unended = new Set<number>();

  constructor(machine: RealMachine, program: Program, quiet: number) {
    this.#machine = machine;
    this.#program = program;
    this.#quiet = quiet;
    const entries = program.steps.flatMap((step) => (step.do === "submit" ? step.entries : []));
    this.#known = new Set(entries.map(({ userData }) => userData));
  }

  /** The trace; the arena is left as the program left it. */
  go(run: number): Trace {
    const machine = this.#machine;
    renewFolder();
    machine.begin(run);
    const start = now();
    const made = setupsOf(this.#program).map((setup) => setUp(machine, setup));
    const [first, other] = made.map(({ result, params }) => ({
      setup: result,
      params: hexOf(params),
    }));
    if (first === undefined) throw new Error("a program without a ring");
    const begun = { run, start, ...first, ...(other === undefined ? {} : { other }) };
    try {
      if (made.some(({ result }) => result < 0)) return { ...begun, steps: [] };
      made.forEach(({ result, params }, index) => {
        if (result !== FDS[index]) throw new Error(`a ring is descriptor ${result}`);
        this.#rings.push(openRing(machine, result, params));
      });
      return { ...begun, ...this.#steps() };
    } finally {
      machine.end();
    }
  }

  #steps(): { steps: StepTrace[]; final: FinalState } {
    const steps = this.#program.steps.map((step) => this.#step(step));
    return { steps, final: this.#final() };
  }

  #step(step: Step): StepTrace {
    const cqes = this.#rings.map((): Cqe[] => []);
    const ring = this.#rings[ringNumber(step)];
    if (ring === undefined) throw new Error("the program has one ring only");
    const start = now();
    let result = 0;
    if (step.do === "settle") {
      this.#settle(cqes);
    } else {
      result = perform(this.#machine, ring, step);
      if (step.do === "submit") {
        if (ring.hasThread) this.#awaitThread(ring, step.flags);
        else this.#pending += Math.max(result, 0);
      }
      // These make no call: what a worker left for the thread would be late by an interrupt.
      if (step.do === "provide" || step.do === "reap") this.#machine.passKernel();
      this.#look(cqes);
    }
    const end = now();
    if (step.do === "reap") ring.reap(step.count);
    const [first, other] = this.#heads.map((head, index): RingTrace => {
      return { cqes: cqes[index] ?? [], ...head };
    });
    if (first === undefined) throw new Error("there is no ring");
    return { result, start, end, ...first, ...(other === undefined ? {} : { other }) };
  }

  /**
   * Waits until the SQ thread has taken everything, unless it sleeps: what it is in the middle of
   * is no moment to look.
   */
  #awaitThread(ring: RingView, flags = 0): void {
    const wakes = (flags & IORING_ENTER_SQ_WAKEUP) !== 0;
    const deadline = now() + THREAD_PATIENCE;
    while (ring.queued > 0 && now() < deadline) {
      if (!wakes && ring.sqFlags & IORING_SQ_NEED_WAKEUP) return;
      this.#machine.awaitCompletion([], THREAD_LOOK);
    }
  }

  /** Takes note of what has come to each ring by one moment, and what has been taken. */
  #look(cqes: readonly Cqe[][]): void {
    const { tails, heads } = this.#moment();
    this.#rings.forEach((ring, index) => {
      const taken = (heads[index]?.sqHead ?? 0) - (this.#heads[index]?.sqHead ?? 0);
      if (ring.hasThread) this.#pending += taken;
    });
    this.#heads = heads;
    this.#rings.forEach((ring, index) => {
      ring.look((cqe) => {
        cqes[index]?.push(cqe);
        if (this.#isLast(cqe)) this.#pending -= 1;
        return true;
      }, tails[index]);
    });
  }

  /** Read again until none has moved meanwhile: one moment at which all were like this. */
  #moment(): { tails: readonly number[]; heads: readonly Head[] } {
    for (;;) {
      const tails = this.#rings.map(({ cqTail }) => cqTail);
      const heads = this.#rings.map(({ sqHead, dropped }) => ({ sqHead, dropped }));
      const isOne = this.#rings.every(
        ({ cqTail, sqHead }, index) => cqTail === tails[index] && sqHead === heads[index]?.sqHead,
      );
      if (isOne) return { tails, heads };
    }
  }

  /** Whether a request has had its last CQE. A send that was never tried has a CQE too many. */
  #isLast({ userData, flags }: Cqe): boolean {
    if (!this.#known.has(userData)) return false;
    if (flags & IORING_CQE_F_MORE) {
      this.#unended.add(userData);
      return false;
    }
    const announced = this.#unended.delete(userData);
    return announced || (flags & IORING_CQE_F_NOTIF) === 0;
  }

  /**
   * Reaps until so much time has gone by without a CQE, or everybody has had the last one. Each
   * call asks for no completion: how many are wanted shows in what a DEFER_TASKRUN ring leaves
   * undone.
   */
  #settle(cqes: readonly Cqe[][]): void {
    beginSettling(this.#machine, this.#rings);
    const rings = this.#rings.map(({ fd }) => fd);
    let deadline = now() + this.#quiet;
    let idle = 0;
    while (idle < IDLE_CALLS) {
      const before = cqes.flat().length;
      for (const fd of rings) this.#machine.enter(fd, 0, 0, IORING_ENTER_GETEVENTS, 0, 0);
      this.#look(cqes);
      for (const ring of this.#rings) ring.reap();
      idle += 1;
      if (cqes.flat().length > before) {
        deadline = now() + this.#quiet;
        idle = 0;
      } else if (this.#isWaiting && now() < deadline) {
        this.#machine.awaitCompletion(rings, deadline - now());
        idle = 0;
      }
    }
  }

  /** Whether something is still to come, or for an SQ thread to take. */
  get #isWaiting(): boolean {
    return this.#pending > 0 || this.#rings.some((ring) => ring.hasThread && ring.queued > 0);
  }

  #final(): FinalState {
    const [first, other] = this.#rings.map(({ end }) => end);
    if (first === undefined) throw new Error("there is no ring");
    const descriptors = this.#machine.descriptors();
    clearHarness(this.#machine.arena);
    const rest = { descriptors, files: listFolder() };
    return { ...first, ...rest, ...(other === undefined ? {} : { other }) };
  }
}
