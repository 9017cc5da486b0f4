/**
 * One replay of a program on the emulator, along what Linux showed.
 *
 * Whatever may happen by itself (a worker gets on, a timer fires) happens between the program's
 * steps or while it waits, and what happens is chosen. The replay ends as soon as it shows a CQE
 * or a result that Linux did not show there.
 *
 * Time is the trace's: a step begins when it began there, and what is due later than the step's end
 * cannot have happened in it. A timer is armed at some time of the step, so timers that are that
 * close together fire in any order.
 */
import type { ChoiceSubject, Clock, Decider } from "../../../backends/emulator/host/host.ts";
import {
  type CallPosition,
  PLACE_UNKNOWN,
} from "../../../backends/emulator/enter/call-position.ts";
import type { KernelName } from "../../../backends/emulator/profile/profile.ts";
import type { KernelEvent } from "../../../backends/emulator/kernel.ts";
import type { Request } from "../../../backends/emulator/state.ts";
import {
  OPCODE_INTERRUPT,
  OPCODE_SIGNAL,
  OPCODE_SQ_THREAD,
  OPCODE_WAIT,
} from "../../../backends/emulator/own-opcodes.ts";
import { PHASE_TIMED } from "../../../backends/emulator/request-phases.ts";
import { IORING_CQE_F_SKIP } from "../../../spec/abi/cqe.ts";
import { IORING_ENTER_GETEVENTS } from "../../../spec/abi/enter.ts";
import { ECANCELED } from "../../../spec/errno.ts";
import { hexOf } from "../encode.ts";
import { OTHER_RING, RING } from "../fixtures.ts";
import { beginSettling, clearHarness, openRing, perform, setUp } from "../machine.ts";
import { type Program, ringNumber, type Setup, type Step } from "../program.ts";
import type { RingView } from "../ring-view.ts";
import {
  type Cqe,
  type FinalState,
  type RingSetup,
  shownOn,
  type StepTrace,
  type Trace,
} from "../trace.ts";
import { Chooser } from "./chooser.ts";
import { EmulatedMachine } from "./emulated-machine.ts";
import { giveWay, refuse } from "./mismatch.ts";
import { cqeText, type Observed, Progress } from "./observed.ts";
import type { VisitedStates } from "./state-key.ts";

/** By how much timers of one step may be swapped beyond the step's length: Linux's timer slack. */
const TIMER_SLACK = 60_000;
/** A timer that was due so long before the end of a settling has fired. */
const SETTLED = 400_000;
/** Events that one replay may run: a guard against worlds that never rest. */
const EVENTS_MAX = 10_000;
/** No program has so many CQEs. */
const CQES_MAX = 1000;
const WORD = 2 ** 32;

class ReplayClock implements Clock {
  now = 0;
  /** The end of the present step. */
  end = 0;

  monotonic(): number {
    return this.now;
  }

  latest(): number {
    return Math.max(this.now, this.end);
  }

  /** Programs use this clock only for times long past. */
  realtimeOffset(): number {
    return 1_700_000_000 * 1e9;
  }
}

/** What a replay need not show as Linux did. */
export interface Leniency {
  /** When the program settled, things may still have been to come. */
  readonly mayBeSlow: boolean;
  /** CQEs of different requests may come in another order, where no rule has one. */
  readonly order: "as seen" | "any";
  /** The release that is emulated; the newest when left out (ND-28). */
  readonly kernel?: KernelName | undefined;
}

/** Where in a step it is that something may happen. */
type Moment = "before" | "after" | "settling" | "in a call";

/** An event that is under way. */
interface Frame {
  readonly moment: string;
  readonly sequence: number;
  readonly opcode: number;
  /** Where the call was, or the event before it. */
  readonly position: CallPosition;
}

export class Replay implements Decider {
  readonly chooser: Chooser;
  readonly machine: EmulatedMachine;
  readonly #program: Program;
  readonly #trace: Trace;
  readonly #leniency: Leniency;
  readonly #clock = new ReplayClock();
  readonly #rings: RingView[] = [];
  /** One for each ring. */
  readonly #progress: readonly Progress[];
  #stepNumber = 0;
  /** How far timers may be swapped. */
  #slack = TIMER_SLACK;
  #events = 0;
  /** Where it is that something happens now. */
  #moment = "";
  /** Events that are under way, while which others run: each with where it has begun. */
  readonly #frames: Frame[] = [];
  readonly #visited: VisitedStates | undefined;

  /**
   * @param observed - what Linux showed of each ring
   * @param visited - states from which the replay need not go on; left out: it goes on from all
   */
  constructor(
    program: Program,
    trace: Trace,
    observed: readonly Observed[],
    path: readonly number[],
    leniency: Leniency,
    visited?: VisitedStates,
  ) {
    this.#visited = visited;
    this.chooser = new Chooser(path, () => this.reach);
    this.#program = program;
    this.#trace = trace;
    this.#leniency = leniency;
    const inOrder = leniency.order === "as seen";
    this.#progress = observed.map((ring) => new Progress(ring, inOrder));
    this.#clock.now = trace.start;
    this.machine = new EmulatedMachine(trace.run, {
      clock: this.#clock,
      decider: this,
      block: () => this.#block(),
      meanwhile: () => this.#pause("in a call"),
      ...(leniency.kernel === undefined ? {} : { kernel: leniency.kernel }),
    });
  }

  /** How far it is: greater is farther. First counts the step, then how many CQEs agreed. */
  get reach(): number {
    const shown = this.#progress.reduce((sum, progress) => sum + progress.shown, 0);
    return this.#stepNumber * CQES_MAX + shown;
  }

  /** The number of the step at which it is. */
  get stepNumber(): number {
    return this.#stepNumber;
  }

  /**
   * Replays the program.
   *
   * @returns how everything lies in the end, or undefined where a ring cannot be made
   * @throws {Mismatch} where it shows what Linux did not
   * @throws {Revisit} where it comes to a state that was visited
   */
  go(): FinalState | undefined {
    const { setup, other, steps } = this.#program;
    if (!this.#open(setup, this.#trace, RING)) return undefined;
    if (other !== undefined) {
      if (!this.#open(other, this.#trace.other, OTHER_RING)) return undefined;
    }
    steps.forEach((step, index) => {
      this.#step(step, index);
    });
    // What the last step set in motion may have got as far as the rings' flags.
    this.#pause("after");
    this.#look();
    return this.#final();
  }

  /** Makes a ring. Whether there is one. */
  #open(setup: Setup, seen: RingSetup | undefined, fd: number): boolean {
    const { machine } = this;
    const { result, params } = setUp(machine, setup);
    if (result !== seen?.setup) {
      refuse(() => `io_uring_setup gives ${result}, Linux ${seen?.setup}`);
    }
    const written = hexOf(params);
    if (written !== seen.params) refuse(() => `params ${written}, Linux ${seen.params}`);
    if (result < 0) return false;
    this.#rings.push(openRing(machine, fd, params));
    return true;
  }

  choose(
    count: number,
    _point: () => string,
    _option: (index: number) => string,
    kind: string,
    subject?: ChoiceSubject,
  ): number {
    // Linux has never been seen to be wrong about it: a program that is compared gets no other.
    if (kind === "hint") return 0;
    return this.chooser.option(count, this.#likely(count, kind, subject));
  }

  #likely(count: number, kind: string, subject: ChoiceSubject | undefined): number {
    if (subject === undefined) return 0;
    const userData = subject.userDataHigh * WORD + subject.userDataLow;
    if (kind === "inline") return this.#place(userData) >= 0 ? 0 : 1;
    if (kind === "cancel") {
      const next = this.#ever(userData);
      if (next === undefined || next.res === -ECANCELED) return 0;
      return Math.min(1, count - 1);
    }
    return 0;
  }

  #ever(userData: number): Cqe | undefined {
    for (const progress of this.#progress) {
      const next = progress.ever(userData);
      if (next !== undefined) return next;
    }
    return undefined;
  }

  #step(step: Step, index: number): void {
    const seen = this.#trace.steps[index];
    if (seen === undefined) throw new Error("the trace is shorter than the program");
    this.#stepNumber = index;
    for (const progress of this.#progress) progress.begin(index);
    this.#clock.end = seen.start;
    this.#pause("before");
    this.#clock.now = Math.max(this.#clock.now, seen.start);
    this.#clock.end = seen.end;
    this.#slack = Math.max(this.#slack, TIMER_SLACK + seen.end - seen.start);
    if (step.do === "settle") {
      this.#settle();
    } else {
      this.#call(step, seen);
      this.#reach();
      this.#look();
    }
    if (step.do === "reap") this.#ringOf(step).reap(step.count);
    this.#rings.forEach((ring, number) => {
      const { sqHead, dropped } = shownOn(seen, number);
      if (ring.sqHead === sqHead && ring.dropped === dropped) return;
      refuse(() => `SQ head ${ring.sqHead}, dropped ${ring.dropped}; Linux ${sqHead}, ${dropped}`);
    });
  }

  /** The ring that a step is about. */
  #ringOf(step: Step): RingView {
    const ring = this.#rings[ringNumber(step)];
    if (ring === undefined) throw new Error("the program has one ring only");
    return ring;
  }

  #call(step: Exclude<Step, { do: "settle" }>, seen: StepTrace): void {
    const ring = this.#ringOf(step);
    const result = perform(this.machine, ring, step);
    if (result !== seen.result) refuse(() => `${step.do} gives ${result}, Linux ${seen.result}`);
    this.#look(true);
  }

  /** Between two steps, and in the middle of a call, anything may happen, or nothing. */
  #pause(moment: Moment): void {
    for (;;) {
      const event = this.#pick(moment, true);
      if (event === undefined) return;
      this.#run(event);
    }
  }

  /** After a call things go on until all is shown that Linux showed. */
  #reach(): void {
    while (this.#isBehind) {
      this.#run(this.#pick("after", false) ?? this.#stuck());
    }
  }

  /** Whether something is still to be shown in the present step. */
  get #isBehind(): boolean {
    return this.#progress.some(({ isBehind }) => isBehind) || this.#isThreadBehind;
  }

  /** Whether an SQ thread is still to take what it has taken on Linux. */
  get #isThreadBehind(): boolean {
    const seen = this.#trace.steps[this.#stepNumber];
    return this.#rings.some((ring, number) => {
      return ring.hasThread && seen !== undefined && ring.sqHead < shownOn(seen, number).sqHead;
    });
  }

  /** Everything happens that can, and CQEs are taken all the time. */
  #settle(): void {
    beginSettling(this.machine, this.#rings);
    for (;;) {
      this.#collect();
      const event = this.#pick("settling", this.#isSettled());
      if (event === undefined) break;
      this.#run(event);
    }
    if (this.#isBehind) this.#stuck();
  }

  /** Enters and reaps until that brings nothing, and nothing waits for it. */
  #collect(): void {
    for (;;) {
      for (const { fd } of this.#rings) {
        this.machine.enter(fd, 0, 0, IORING_ENTER_GETEVENTS, 0, 0);
      }
      this.#look();
      const room = this.#rings.some(({ unreaped }) => unreaped > 0);
      for (const ring of this.#rings) ring.reap();
      if (!room && !this.#hasTaskWork()) return;
    }
  }

  #hasTaskWork(): boolean {
    return this.#rings.some(({ fd }) => {
      const state = this.machine.kernel.ring(fd);
      return typeof state !== "number" && !state.taskWork.isEmpty;
    });
  }

  /** Whether nothing has to happen any more. */
  #isSettled(): boolean {
    if (this.#leniency.mayBeSlow) return true;
    const must = this.#clock.end - SETTLED;
    return !this.#runnable().some((event) => !isTimer(event) || event.due <= must);
  }

  /** The caller of `enter` is blocked. */
  #block(): void {
    this.#run(this.#pick("in a call", false) ?? this.#stuck());
    this.#look(true);
  }

  /** A CQE that is still to be shown. */
  get #missing(): Cqe | undefined {
    return this.#progress.find(({ missing }) => missing !== undefined)?.missing;
  }

  #stuck(): never {
    const next = this.#missing;
    const linux = (): string => (next === undefined ? "goes on" : `posts ${cqeText(next)}`);
    return refuse(() => `nothing can happen, but Linux ${linux()}`);
  }

  /** What happens next; undefined where nothing does. */
  #pick(moment: Moment, mayStop: boolean): KernelEvent | undefined {
    const events = this.#runnable();
    if (events.length === 0) return undefined;
    const ranked = this.#ranked(events, mayStop);
    this.#moment = `${moment} ${mayStop}`;
    if (ranked.length < 2) return ranked[0];
    this.#visit(moment);
    return ranked[this.chooser.rank(ranked.length)];
  }

  /**
   * Ends the replay where it comes to a state from which another one has gone on: that one has all
   * that may follow. In the middle of an event or a call, what the functions under way are about
   * to do is part of the state; where the kernel does not tell, the replay goes on.
   */
  #visit(moment: Moment): void {
    if (this.#visited === undefined || !this.chooser.isFree) return;
    const { kernel } = this.machine;
    const inCall = moment === "in a call";
    if (inCall && !this.#isKnown()) return;
    const position = inCall ? kernel.position : undefined;
    const where = [this.#stepNumber, this.#moment, position, this.#frames];
    const own = [this.#rings, this.#progress, this.#clock, this.#slack];
    if (!this.#visited.enter(kernel, where, own)) giveWay();
  }

  /** First what Linux showed next; then doing nothing, where that is possible; then the rest. */
  #ranked(events: readonly KernelEvent[], mayStop: boolean): (KernelEvent | undefined)[] {
    const places = new Map(events.map((event) => [event, this.#placeOf(event)]));
    const place = (event: KernelEvent): number => places.get(event) ?? -1;
    const wanted = events.filter((event) => place(event) >= 0);
    const others = events.filter((event) => place(event) < 0);
    wanted.sort((a, b) => place(a) - place(b));
    return mayStop ? [...wanted, undefined, ...others] : [...wanted, ...others];
  }

  /** The place of the CQE that the event is about; task work usually runs at once. */
  #placeOf(event: KernelEvent): number {
    const { opcode } = event as Request;
    if (opcode === OPCODE_INTERRUPT || opcode === OPCODE_SIGNAL) return 0;
    return this.#place(userDataOf(event));
  }

  /** Whether the kernel tells all about the functions that are under way. */
  #isKnown(): boolean {
    const { kernel } = this.machine;
    const isCall = this.#frames[0]?.moment.startsWith("in a call") ?? true;
    if (isCall && kernel.position.place === PLACE_UNKNOWN) return false;
    // An SQ thread submits, and the end of a ring runs what is left of it.
    if (this.#frames.some(({ opcode }) => opcode === OPCODE_SQ_THREAD)) return false;
    return this.#frames.length === 0 || typeof kernel.ring(RING) !== "number";
  }

  #runnable(): readonly KernelEvent[] {
    const { kernel } = this.machine;
    const clock = this.#clock;
    const { now } = clock;
    const first = kernel.earliest();
    if (first === undefined) return [];
    // As if it were a little later: timers up to there count as expired together.
    const timers = kernel.runnable().filter(isTimer);
    const soonest = Math.min(...timers.map(({ due }) => due));
    clock.now = Math.max(now, Math.min(this.#clock.end, soonest + this.#slack));
    const events = kernel
      .runnable()
      .filter((event) => !isTimer(event) || event.due <= this.#clock.end);
    clock.now = now;
    return events;
  }

  #run(event: KernelEvent): void {
    this.#events += 1;
    if (this.#events > EVENTS_MAX) throw new Error("the replay does not come to an end");
    this.#clock.now = Math.max(this.#clock.now, Math.min(event.due, this.#clock.end));
    const { kernel } = this.machine;
    const position = kernel.position.copy();
    const { sequence, opcode } = event as Request;
    const moment = this.#moment;
    this.#frames.push({ moment, sequence, opcode, position });
    kernel.run(event);
    this.#frames.pop();
    Object.assign(kernel.position, position);
    this.#look(true);
  }

  /**
   * Compares what is new in the CQs with what Linux showed.
   *
   * @param passing - the program does not look now: a filler at the end, which a CQE may still
   *   overwrite (CQ-23), is left for later where Linux did not show it
   */
  #look(passing = false): void {
    this.#rings.forEach((ring, number) => {
      const progress = this.#progress[number];
      ring.look((cqe, isLast) => {
        if (progress?.take(cqe)) return true;
        if (passing && isLast && cqe.flags & IORING_CQE_F_SKIP) return false;
        const seen = progress?.missing;
        const linux = seen === undefined ? "nothing" : cqeText(seen);
        return refuse(() => `${cqeText(cqe)}, Linux ${linux}`);
      });
    });
  }

  /** The place of the next CQE of a request among those of its ring, or -1. */
  #place(userData: number): number {
    for (const progress of this.#progress) {
      const place = progress.place(userData);
      if (place >= 0) return place;
    }
    return -1;
  }

  #final(): FinalState {
    clearHarness(this.machine.arena);
    const { machine } = this;
    const [first, other] = this.#rings.map(({ end }) => end);
    if (first === undefined) throw new Error("there is no ring");
    const rest = { descriptors: machine.descriptors(), files: machine.listFolder() };
    return { ...first, ...rest, ...(other === undefined ? {} : { other }) };
  }
}

function isTimer(event: KernelEvent): boolean {
  return (event as Request).phase === PHASE_TIMED;
}

function userDataOf(event: KernelEvent): number {
  const { opcode, userDataHigh, userDataLow } = event as Request;
  return opcode >= OPCODE_WAIT ? -1 : userDataHigh * WORD + userDataLow;
}
