/**
 * One run of a program in a world of its own.
 *
 * The program runs on real promises. Between two events of the kernel it gets a
 * whole macrotask, so that everything it does in answer to the first has happened
 * before the second is chosen. After every event the books are compared.
 */
import type { Scheduler } from "../scheduler.ts";
import { SimBackend, type SimBackendOptions } from "../backend.ts";
import { SimDeadlock } from "../deadlock.ts";
import { Pump } from "../pump.ts";
import type { ChoiceKind } from "../../emulator/host/host.ts";
import type { Kernel, KernelEvent } from "../../emulator/kernel.ts";
import { audit } from "./audit.ts";
import type { Choice } from "./choice-list.ts";
import { OwnerLog } from "./owners.ts";
import { NondeterminismError, type Strategy } from "./strategy.ts";
import type { ExploredKind, ExploreOptions, Program, SimWorld, ViolationKind } from "./types.ts";

/** Macrotasks with nothing to do before a waiting program counts as stuck: it may use turns too. */
const QUIET_TURNS = 96;

/** What went wrong in a run. */
export interface Failure {
  readonly kind: ViolationKind;
  readonly message: string;
  readonly cause?: unknown;
}

/** Answers the kernel's questions from a strategy and writes the answers down. */
class Chooser implements Scheduler {
  readonly choices: number[] = [];
  /** The choices in words; kept only when a run is to be told. */
  readonly named: Choice[] | undefined;
  readonly #strategy: Strategy;
  readonly #onNondeterminism: (error: NondeterminismError) => void;
  readonly #fix: NonNullable<ExploreOptions["fix"]>;

  constructor(
    strategy: Strategy,
    fix: ExploreOptions["fix"],
    named: boolean,
    onNondeterminism: (error: NondeterminismError) => void,
  ) {
    this.#strategy = strategy;
    this.#onNondeterminism = onNondeterminism;
    this.#fix = fix ?? {};
    if (named) this.named = [];
  }

  next(kernel: Kernel): KernelEvent | undefined {
    const events = kernel.runnable();
    if (events.length < 2) return events[0];
    const index = this.#pick(
      events.length,
      () => "next event",
      (at) => describe(kernel, events[at]),
      "order",
    );
    return events[index];
  }

  choose(
    count: number,
    point: () => string,
    option: (index: number) => string,
    kind: ChoiceKind,
  ): number {
    return this.#pick(count, point, option, kind);
  }

  #pick(
    count: number,
    point: () => string,
    option: (index: number) => string,
    kind: ExploredKind,
  ): number {
    const fixed = this.#fix[kind];
    if (fixed !== undefined) return Math.min(fixed, count - 1);
    const index = this.#ask(count, kind);
    this.choices.push(index);
    this.named?.push({ index, count, point: point(), option: option(index) });
    return index;
  }

  /** The kernel asks in the middle of a call of the program, which must not see our exceptions. */
  #ask(count: number, kind: ExploredKind): number {
    try {
      return this.#strategy.choose(this.choices.length, count, kind);
    } catch (error) {
      if (!(error instanceof NondeterminismError)) throw error;
      this.#onNondeterminism(error);
      return 0;
    }
  }
}

function describe(kernel: Kernel, event: KernelEvent | undefined): string {
  return event === undefined ? "" : kernel.describe(event);
}

/** One schedule of a program. */
export class Run {
  readonly backend: SimBackend;
  readonly #strategy: Strategy;
  readonly #chooser: Chooser;
  readonly #program: Program;
  readonly #stepLimit: number;
  /** Only when the run is to be told. */
  readonly #owners: OwnerLog | undefined;
  #settled = false;
  #quiet = 0;
  #steps = 0;
  #failure: Failure | undefined;
  #finish: () => void = () => undefined;

  constructor(
    program: Program,
    strategy: Strategy,
    options: ExploreOptions,
    trace?: (line: string) => void,
  ) {
    this.#strategy = strategy;
    this.#chooser = new Chooser(strategy, options.fix, trace !== undefined, (error) => {
      this.#fail("nondeterminism", error.message, error);
    });
    this.#program = program;
    this.#stepLimit = options.maxSteps ?? 10_000;
    const backendOptions: SimBackendOptions = {
      driven: true,
      scheduler: this.#chooser,
      onBroken: (cause) => {
        this.#fail("ownership", cause.message, cause);
      },
      ...(options.faults === undefined ? {} : { faults: options.faults }),
      ...(trace === undefined ? {} : { trace }),
    };
    this.backend = new SimBackend(backendOptions);
    if (trace !== undefined) this.#owners = new OwnerLog(this.backend, trace);
  }

  get choices(): readonly number[] {
    return this.#chooser.choices;
  }

  get named(): readonly Choice[] {
    return this.#chooser.named ?? [];
  }

  /** Events of the kernel that were run. */
  get steps(): number {
    return this.#steps;
  }

  /** Runs the program to its end. Resolves to what went wrong, if something did. */
  async go(): Promise<Failure | undefined> {
    const world: SimWorld = {
      backend: this.backend,
      files: this.backend.files,
      clock: this.backend.clock,
    };
    const finished = new Promise<void>((resolve) => {
      this.#finish = resolve;
    });
    const pump = new Pump(() => this.#guardedTurn());
    const program = this.#start(world);
    pump.poke();
    await finished;
    pump.stop();
    // A program that is stuck stays so: it is given up with its world, not awaited.
    program.catch(() => undefined);
    return this.#failure;
  }

  async #start(world: SimWorld): Promise<void> {
    try {
      await this.#program(world);
    } catch (cause) {
      this.#fail(classify(cause), message(cause), cause);
    }
    this.#settled = true;
  }

  #fail(kind: ViolationKind, text: string, cause?: unknown): void {
    this.#failure ??= { kind, message: text, ...(cause === undefined ? {} : { cause }) };
  }

  #guardedTurn(): boolean {
    try {
      if (this.#turn()) return true;
    } catch (cause) {
      this.#fail(classify(cause), message(cause), cause);
    }
    this.#finish();
    return false;
  }

  /** One macrotask. False when the run is over. */
  #turn(): boolean {
    this.#audit(); // what the program did in answer to the last event
    if (this.#failure !== undefined) return false;
    if (this.backend.step()) {
      this.#quiet = 0;
      this.#audit();
      return this.#count();
    }
    if (this.#settled) {
      this.#checkEnd();
      return false;
    }
    this.#quiet++;
    if (this.#quiet < QUIET_TURNS) return true;
    this.#fail(
      "deadlock",
      `nothing can happen any more, and the program waits for\n  ${this.#waits()}`,
    );
    return false;
  }

  #count(): boolean {
    this.#steps++;
    if (this.#failure !== undefined) return false;
    if (this.#steps < this.#stepLimit) return true;
    this.#fail("livelock", `the program is not done after ${String(this.#stepLimit)} events`);
    return false;
  }

  #audit(): void {
    this.#owners?.look();
    const problem = audit(this.backend);
    if (problem !== undefined) this.#fail("ownership", problem);
  }

  /** The program is done: it must not have left anything behind with the kernel. */
  #checkEnd(): void {
    const left = [...this.backend.ledgers].flatMap((ledger) => ledger.waiting());
    if (left.length === 0) {
      this.#strategy.end();
      return;
    }
    this.#fail("unfinished", `the program ended and left behind\n  ${left.join("\n  ")}`);
  }

  #waits(): string {
    const waiting = this.backend.waiting();
    return waiting.length === 0 ? "something outside the ring" : waiting.join("\n  ");
  }
}

function classify(cause: unknown): ViolationKind {
  if (cause instanceof NondeterminismError) return "nondeterminism";
  if (cause instanceof SimDeadlock) return "deadlock";
  const { code } = cause as { code?: unknown };
  return code === "ERR_RING_INVARIANT" ? "ownership" : "error";
}

function message(cause: unknown): string {
  return cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
}
