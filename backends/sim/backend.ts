/**
 * The simulated kernel behind the library's seam.
 *
 * Memory, files and clock are simulated, the kernel is the emulator, and a scheduler decides. In
 * the default mode the world turns by itself, one event per macrotask. In driven mode it turns
 * only when somebody calls `step`: an explorer, or a test.
 */
import type { Backend, Ledger, Mapping, Region, Watch } from "../../src/backend.ts";
import type { Host, Trace } from "../emulator/core.ts";
import type { FaultPolicy } from "../emulator/host/faults.ts";
import type { Capability, Decider } from "../emulator/host/host.ts";
import { Kernel, type KernelEvent } from "../emulator/kernel.ts";
import type { KernelName } from "../emulator/profile/profile.ts";
import { RingFile } from "../emulator/setup/ring-file.ts";
import type { Ring } from "../emulator/state.ts";
import { SimChildren } from "./children.ts";
import { SimClock } from "./clock.ts";
import { SimDeadlock } from "./deadlock.ts";
import { SimFiles } from "./files/index.ts";
import { SimMemory } from "./memory.ts";
import { Pump } from "./pump.ts";
import type { Scheduler } from "./scheduler.ts";
import { SeededScheduler } from "./seeded.ts";
import { SimSignals } from "./signals.ts";

/** How a simulated kernel is made. */
export interface SimBackendOptions {
  /** Seed of the default scheduler (default 0). Ignored where `scheduler` is given. */
  readonly seed?: number;
  readonly scheduler?: Scheduler;
  /** The world turns only by `step` (default false). */
  readonly driven?: boolean;
  /** Fill the buffers of reads in flight with garbage (default: in driven mode). */
  readonly poison?: boolean;
  /**
   * Have the libraries show their books (default: in driven mode). They keep every buffer
   * listed then, also those that the program drops.
   */
  readonly audit?: boolean;
  /** Takes broken invariants of the libraries; without it they are thrown. */
  readonly onBroken?: (error: Error) => void;
  /** What may go wrong beyond what Linux does to everybody (default: nothing). */
  readonly faults?: FaultPolicy;
  /** The release of Linux that is simulated (default "6.18"). */
  readonly kernel?: KernelName;
  /** How many processors the machine has (default 2). */
  readonly processors?: number;
  /** Gets one line for every event, choice and CQE. */
  readonly trace?: Trace;
}

/** io_uring, simulated, for one process. */
export class SimBackend implements Backend {
  readonly name = "sim";
  readonly memory: SimMemory = new SimMemory();
  readonly clock: SimClock = new SimClock();
  readonly files: SimFiles;
  readonly children: SimChildren = new SimChildren();
  /** The privileges of the program, which is root unless somebody takes them away. */
  readonly capabilities: Set<Capability> = new Set<Capability>([
    "CAP_NET_ADMIN",
    "CAP_SYS_ADMIN",
    "CAP_SYS_NICE",
  ]);
  readonly kernel: Kernel;
  readonly scheduler: Scheduler;
  /** The books of the libraries that run on this kernel: an auditor reads them. */
  readonly ledgers: Set<Ledger> = new Set<Ledger>();
  /** Books of rings that were closed: what they let go of must not be held any more either. */
  readonly closedLedgers: Set<Ledger> = new Set<Ledger>();
  /** Present where the books are kept (`audit`): see `Backend`. */
  readonly attachLedger?: (ledger: Ledger) => void;
  readonly detachLedger?: (ledger: Ledger) => void;
  /** Present where `onBroken` was given: see `Backend`. */
  readonly reportBroken?: (error: Error) => void;
  /** What interrupts the calls of the program that wait. */
  readonly signals: SimSignals = new SimSignals();
  readonly #capable = (capability: Capability): boolean => this.capabilities.has(capability);
  readonly #watchers = new Map<Ring, Set<() => void>>();
  readonly #pump: Pump | undefined;

  constructor(options: SimBackendOptions = {}) {
    const driven = options.driven ?? false;
    this.scheduler = options.scheduler ?? new SeededScheduler(options.seed ?? 0);
    this.files = new SimFiles({ clock: this.clock, capable: this.#capable });
    this.kernel = new Kernel(this.#host(options, driven));
    this.children.onChange = (pid) => {
      this.kernel.childChanged(pid);
      this.poke();
    };
    this.#pump = driven ? undefined : new Pump(() => this.step());
    if (options.onBroken !== undefined) this.reportBroken = options.onBroken;
    if (options.audit ?? driven) {
      this.attachLedger = (ledger) => {
        this.ledgers.add(ledger);
      };
      this.detachLedger = (ledger) => {
        this.ledgers.delete(ledger);
        this.closedLedgers.add(ledger);
      };
    }
  }

  setup(entries: number, paramsAddress: number): number {
    return this.kernel.setup(entries, paramsAddress);
  }

  /** @throws {SimDeadlock} when it would have to wait for something that cannot happen */
  enter(
    ringFd: number,
    toSubmit: number,
    minComplete: number,
    flags: number,
    argAddress: number,
    argSize: number,
  ): number {
    // What came in the meantime has been handled.
    this.signals.interrupt();
    try {
      return this.kernel.enter(ringFd, toSubmit, minComplete, flags, argAddress, argSize);
    } finally {
      this.poke();
    }
  }

  /** @throws {SimDeadlock} as `enter` */
  register(ringFd: number, opcode: number, argAddress: number, argCount: number): number {
    this.signals.interrupt();
    try {
      return this.kernel.register(ringFd, opcode, argAddress, argCount);
    } finally {
      this.poke();
    }
  }

  /** A mapping alone keeps the ring alive (LIFE-4). */
  mapRing(ringFd: number, offset: number, byteLength: number): Mapping | number {
    const buffer = this.kernel.mapRing(ringFd, offset, byteLength);
    if (typeof buffer === "number") return buffer;
    const file = this.files.get(ringFd);
    if (!(file instanceof RingFile)) throw new Error("what was mapped is no ring");
    file.retain();
    let mapped = true;
    const unmap = (): void => {
      if (!mapped) throw new Error("ring unmapped twice");
      mapped = false;
      file.release();
      this.#forget(file.ring);
    };
    return { buffer, unmap };
  }

  allocate(byteLength: number, alignment?: number): Region {
    return this.memory.allocate(byteLength, alignment);
  }

  /**
   * `onReadable` is called once for each event that gave the ring something to read, and once
   * after a call that did; never from inside a call.
   *
   * @throws {TypeError} when `ringFd` is no ring
   */
  watch(ringFd: number, onReadable: () => void): Watch {
    const ring = this.kernel.ring(ringFd);
    if (typeof ring === "number") throw new TypeError(`descriptor ${ringFd} is no ring`);
    const callbacks = this.#watchers.get(ring) ?? new Set();
    this.#watchers.set(ring, callbacks);
    callbacks.add(onReadable);
    this.kernel.wakeIfReadable(ringFd);
    this.poke();
    return {
      // The pump holds the process while something can happen; beyond that nothing would.
      ref: () => {},
      unref: () => {},
      close: () => {
        callbacks.delete(onReadable);
        if (callbacks.size === 0) this.#watchers.delete(ring);
      },
    };
  }

  close(ringFd: number): number {
    const ring = this.kernel.ring(ringFd);
    const result = this.kernel.closeRing(ringFd);
    if (typeof ring !== "number") this.#forget(ring);
    return result;
  }

  /**
   * Lets one thing happen: an event, or telling who watches of what a call has completed inline.
   *
   * @returns false when there is nothing that could happen
   */
  step(): boolean {
    if (this.kernel.hasWoken && this.#tell()) return true;
    const event = this.scheduler.next(this.kernel);
    if (event === undefined) return false;
    this.#run(event);
    this.#tell();
    return true;
  }

  /** Something outside of the calls has changed, a file say: the world may go on. */
  poke(): void {
    this.#pump?.poke();
  }

  /** What waits, one line each: requests in the kernel, and what the libraries wait for. */
  waiting(): string[] {
    const lines = [...this.kernel.waiting()];
    for (const ledger of this.ledgers) lines.push(...ledger.waiting());
    return lines;
  }

  /** A ring may be gone: nobody can be told of it any more. */
  #forget(ring: Ring): void {
    if (ring.closed) this.#watchers.delete(ring);
    this.poke();
  }

  #run(event: KernelEvent): void {
    const now = this.clock.monotonic();
    if (event.due > now) this.clock.advanceTo(event.due);
    this.kernel.run(event);
  }

  /** The thread is blocked: an event happens, and nobody is told before the call returns. */
  #block(): void {
    const event = this.scheduler.next(this.kernel);
    const { signals } = this;
    const { due } = signals;
    if (due < (event?.due ?? Number.POSITIVE_INFINITY)) {
      this.clock.advanceTo(Math.max(due, this.clock.monotonic()));
      signals.expire();
      return;
    }
    if (event === undefined) throw new SimDeadlock("io_uring_enter", this.waiting());
    this.#run(event);
  }

  #tell(): boolean {
    let told = false;
    this.kernel.takeWoken((ring) => {
      for (const onReadable of this.#watchers.get(ring) ?? []) {
        told = true;
        onReadable();
      }
    });
    return told;
  }

  #host(options: SimBackendOptions, driven: boolean): Host {
    const { scheduler } = this;
    const { trace, faults, kernel, processors } = options;
    return {
      memory: this.memory,
      files: this.files,
      clock: this.clock,
      children: this.children,
      capable: this.#capable,
      signals: this.signals,
      decider: trace === undefined ? scheduler : tracing(scheduler, trace),
      ...(scheduler.latency === undefined ? {} : { latency: scheduler.latency }),
      ...(faults === undefined ? {} : { faults }),
      ...(trace === undefined ? {} : { trace }),
      ...(kernel === undefined ? {} : { kernel }),
      ...(processors === undefined ? {} : { processors }),
      poison: options.poison ?? driven,
      block: () => this.#block(),
    };
  }
}

/** A decider that also writes down what was decided. */
function tracing(decider: Decider, trace: Trace): Decider {
  return {
    choose: (count, point, option, kind) => {
      const index = decider.choose(count, point, option, kind);
      trace(`choose ${point()}: ${option(index)}`);
      return index;
    },
  };
}
