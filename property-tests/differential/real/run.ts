/** One program on the real kernel. */
import { IORING_ENTER_GETEVENTS } from "../../../spec/abi/enter.ts";
import { IORING_CQE_F_MORE, IORING_CQE_F_NOTIF } from "../../../spec/abi/cqe.ts";
import { hexOf } from "../encode.ts";
import { RING } from "../fixtures.ts";
import { clearHarness, openRing, perform, setUp } from "../machine.ts";
import type { Program, Step } from "../program.ts";
import type { RingView } from "../ring-view.ts";
import type { Cqe, FinalState, StepTrace, Trace } from "../trace.ts";
import { listFolder, renewFolder } from "./folder.ts";
import type { RealMachine } from "./real-machine.ts";

/** CLOCK_MONOTONIC in nanoseconds. */
function now(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1e9 + nanoseconds;
}

/** Each call does one step of a chain that completes in silence. */
const IDLE_CALLS = 6;

/** One run of a program in a fresh world. */
export class RealRun {
  readonly #machine: RealMachine;
  readonly #program: Program;
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
    const { result, params } = setUp(machine, this.#program.setup);
    const begun = { run, start, setup: result, params: hexOf(params) };
    try {
      if (result < 0) return { ...begun, steps: [] };
      if (result !== RING) throw new Error(`the ring is descriptor ${result}`);
      return { ...begun, ...this.#steps(params) };
    } finally {
      machine.end();
    }
  }

  #steps(params: Uint8Array): { steps: StepTrace[]; final: FinalState } {
    const ring = openRing(this.#machine, params);
    const steps = this.#program.steps.map((step) => this.#step(ring, step));
    return { steps, final: this.#final(ring) };
  }

  #step(ring: RingView, step: Step): StepTrace {
    const cqes: Cqe[] = [];
    const start = now();
    let result = 0;
    if (step.do === "settle") {
      this.#settle(ring, cqes);
    } else {
      result = perform(this.#machine, ring, step);
      // These make no call: what a worker left for the thread would be late by an interrupt.
      if (step.do === "provide" || step.do === "reap") this.#machine.passKernel();
      this.#look(ring, cqes);
    }
    if (step.do === "submit" && result > 0) this.#pending += result;
    const end = now();
    if (step.do === "reap") ring.reap(step.count);
    return { result, start, end, cqes, sqHead: ring.sqHead, dropped: ring.dropped };
  }

  #look(ring: RingView, cqes: Cqe[]): void {
    ring.look((cqe) => {
      cqes.push(cqe);
      if (this.#isLast(cqe)) this.#pending -= 1;
    });
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
  #settle(ring: RingView, cqes: Cqe[]): void {
    let deadline = now() + this.#quiet;
    let idle = 0;
    while (idle < IDLE_CALLS) {
      const before = cqes.length;
      this.#machine.enter(0, 0, IORING_ENTER_GETEVENTS, 0, 0);
      this.#look(ring, cqes);
      ring.reap();
      idle += 1;
      if (cqes.length > before) {
        deadline = now() + this.#quiet;
        idle = 0;
      } else if (this.#pending > 0 && now() < deadline) {
        this.#machine.awaitCompletion(deadline - now());
        idle = 0;
      }
    }
  }

  #final(ring: RingView): FinalState {
    const { sqFlags, cqFlags, overflow } = ring;
    const descriptors = this.#machine.descriptors();
    clearHarness(this.#machine.arena);
    return { sqFlags, cqFlags, overflow, descriptors, files: listFolder() };
  }
}
