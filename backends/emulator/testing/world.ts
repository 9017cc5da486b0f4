/**
 * One ring on the emulated kernel, driven by hand: the bench of the core's unit tests.
 *
 * A test puts SQEs, submits, picks events by name, and compares CQEs. Choices are answered by
 * kind; what is not set is answered with option 0, what Linux usually does.
 */
import {
  IORING_OFF_SQES,
  IORING_OFF_SQ_RING,
  IORING_SETUP_CQE32,
  PARAMS_CQ_ENTRIES,
  PARAMS_FLAGS,
  PARAMS_SIZE,
} from "../../../spec/abi/setup.ts";
import type { FaultPolicy } from "../host/faults.ts";
import type {
  ChoiceKind,
  Clock,
  Decider,
  OpenFile,
  PinnedMemory,
  ProgramMemory,
  Signals,
} from "../host/host.ts";
import { Kernel } from "../kernel.ts";
import type { KernelName } from "../profile/profile.ts";
import type { FakePipeEnd } from "./fake-files.ts";
import { FakeFiles, FakeRegular, fakePipe } from "./fake-files.ts";

/** Where the test's memory begins, and how much of it there is. */
export const BASE = 0x10000;
const MEMORY_SIZE = 0x20000;
const NANOSECONDS = 1_000_000_000;

class FlatMemory implements ProgramMemory {
  readonly bytes: Uint8Array<ArrayBuffer> = new Uint8Array(MEMORY_SIZE);

  read(address: number, into: Uint8Array): number {
    const part = this.#at(address, into.length);
    into.set(part);
    return part.length;
  }
  write(address: number, from: Uint8Array): number {
    const part = this.#at(address, from.length);
    part.set(from.subarray(0, part.length));
    return part.length;
  }
  advise(): number {
    return 0;
  }
  /** Pinned ranges that were not let go of. */
  pinned = 0;

  pin(address: number, byteLength: number): PinnedMemory | undefined {
    const part = this.#at(address, byteLength);
    if (part.length < byteLength) return undefined;
    this.pinned += 1;
    return {
      address,
      byteLength,
      read: (offset, into) => into.set(part.subarray(offset, offset + into.length)),
      write: (offset, from) => part.set(from, offset),
      share: () => new DataView(part.buffer, part.byteOffset, byteLength),
      release: () => {
        this.pinned -= 1;
      },
    };
  }
  #at(address: number, byteLength: number): Uint8Array<ArrayBuffer> {
    const offset = address - BASE;
    if (offset < 0 || offset >= MEMORY_SIZE) return new Uint8Array(0);
    return this.bytes.subarray(offset, offset + byteLength);
  }
}

class HandClock implements Clock {
  now = 1000;
  monotonic(): number {
    return this.now;
  }
  realtimeOffset(): number {
    return 5_000_000_000;
  }
}

/** The fields of an SQE, all 0 unless given. */
export interface SqeFields {
  readonly opcode?: number;
  readonly flags?: number;
  readonly ioprio?: number;
  readonly fd?: number;
  readonly off?: number;
  readonly addr?: number;
  readonly len?: number;
  readonly opFlags?: number;
  readonly bufIndex?: number;
  readonly personality?: number;
  readonly fileIndex?: number;
  readonly addr3?: number;
  readonly pad2?: number;
}

export interface WorldOptions {
  readonly entries?: number;
  readonly cqEntries?: number;
  readonly flags?: number;
  /** Further words of params, by offset. */
  readonly params?: Readonly<Record<number, number>>;
  readonly kernel?: KernelName;
  readonly poison?: boolean;
  readonly faults?: FaultPolicy;
  readonly signals?: Signals;
}

/** A CQE as tests write it: user_data, res, and flags where they are not 0. */
export type Cqe = [number, number] | [number, number, number];

export class World {
  readonly memory: FlatMemory = new FlatMemory();
  readonly clock: HandClock = new HandClock();
  readonly files: FakeFiles = new FakeFiles();
  readonly kernel: Kernel;
  readonly ringFd: number;
  readonly params: DataView;
  /** Answers by kind of choice, in the order of the questions. */
  readonly answers: Partial<Record<ChoiceKind, number[]>> = {};
  /** Every question that was asked: "read#1 inline: inline". */
  readonly asked: string[] = [];
  /** Every line of the trace. */
  readonly trace: string[] = [];
  #ring: DataView = new DataView(new ArrayBuffer(0));
  #sqes: DataView = new DataView(new ArrayBuffer(0));
  #free: number = BASE + 0x1000;

  constructor(options: WorldOptions = {}) {
    this.kernel = new Kernel({
      memory: this.memory,
      files: this.files,
      clock: this.clock,
      decider: this.#decider(),
      poison: options.poison ?? false,
      ...(options.faults === undefined ? {} : { faults: options.faults }),
      ...(options.signals === undefined ? {} : { signals: options.signals }),
      ...(options.kernel === undefined ? {} : { kernel: options.kernel }),
      trace: (line) => this.trace.push(line),
      block: () => this.#block(),
    });
    this.params = new DataView(this.memory.bytes.buffer, 0, PARAMS_SIZE);
    this.params.setUint32(PARAMS_FLAGS, options.flags ?? 0, true);
    this.params.setUint32(PARAMS_CQ_ENTRIES, options.cqEntries ?? 0, true);
    for (const [offset, value] of Object.entries(options.params ?? {})) {
      this.params.setUint32(Number(offset), value, true);
    }
    this.ringFd = this.kernel.setup(options.entries ?? 8, BASE);
    if (this.ringFd >= 0) this.#map();
  }

  /** Puts an SQE with this user_data into the queue. */
  sqe(userData: number, fields: SqeFields = {}): void {
    const entries = this.word(24);
    const tail = this.word(4);
    const index = tail & (entries - 1);
    const at = index * (this.#sqes.byteLength / entries);
    for (let i = 0; i < 64; i++) this.#sqes.setUint8(at + i, 0);
    this.#sqes.setUint8(at, fields.opcode ?? 0);
    this.#sqes.setUint8(at + 1, fields.flags ?? 0);
    this.#sqes.setUint16(at + 2, fields.ioprio ?? 0, true);
    this.#sqes.setInt32(at + 4, fields.fd ?? 0, true);
    this.#u64(at + 8, fields.off ?? 0);
    this.#u64(at + 16, fields.addr ?? 0);
    this.#sqes.setUint32(at + 24, fields.len ?? 0, true);
    this.#sqes.setUint32(at + 28, fields.opFlags ?? 0, true);
    this.#u64(at + 32, userData);
    this.#sqes.setUint16(at + 40, fields.bufIndex ?? 0, true);
    this.#sqes.setUint16(at + 42, fields.personality ?? 0, true);
    this.#sqes.setUint32(at + 44, fields.fileIndex ?? 0, true);
    this.#u64(at + 48, fields.addr3 ?? 0);
    this.#u64(at + 56, fields.pad2 ?? 0);
    const array = this.params.getUint32(64, true);
    if (array !== 0) this.#ring.setUint32(array + 4 * index, index, true);
    this.setWord(4, (tail + 1) >>> 0);
  }

  /** Enters with everything that is queued (or `count`) and returns what enter returns. */
  submit(count?: number): number {
    const queued = (this.word(4) - this.word(0)) >>> 0;
    return this.enter(count ?? queued, 0, 0);
  }

  enter(toSubmit: number, minComplete: number, flags: number, arg = 0, argSize = 0): number {
    return this.kernel.enter(this.ringFd, toSubmit, minComplete, flags, arg, argSize);
  }

  /** Takes every CQE out of the ring. */
  cqes(): Cqe[] {
    const cqes: Cqe[] = [];
    let head = this.word(8);
    const size = this.#cqeSize();
    for (; head !== this.word(12); head = (head + 1) >>> 0) {
      const at = 64 + (head & (this.word(28) - 1)) * size;
      const flags = this.#ring.getUint32(at + 12, true);
      const res = this.#ring.getInt32(at + 8, true);
      const userData = this.#ring.getUint32(at, true);
      cqes.push(flags === 0 ? [userData, res] : [userData, res, flags]);
    }
    this.setWord(8, head);
    return cqes;
  }

  /** Submits everything and takes what completed at once. */
  go(): Cqe[] {
    this.submit();
    return this.cqes();
  }

  /** The names of the events that may be next. */
  events(): string[] {
    return this.kernel.runnable().map((event) => this.kernel.describe(event));
  }

  /** Runs the event of this name, or the first one; timers move the clock. Takes the CQEs. */
  run(name?: string): Cqe[] {
    const event = this.kernel
      .runnable()
      .find((candidate) => name === undefined || this.kernel.describe(candidate) === name);
    if (event === undefined) throw new Error(`no event ${name ?? ""} in ${String(this.events())}`);
    this.clock.now = Math.max(this.clock.now, event.due);
    this.kernel.run(event);
    return this.cqes();
  }

  /** Opens a file with this content. */
  file(bytes: readonly number[]): { fd: number; file: FakeRegular } {
    const file = new FakeRegular(Uint8Array.from(bytes));
    return { fd: this.files.install(file, false), file };
  }

  /** Opens a pipe. */
  pipe(): { readFd: number; writeFd: number; reader: FakePipeEnd; writer: FakePipeEnd } {
    const { reader, writer } = fakePipe();
    const readFd = this.files.install(reader, false);
    return { readFd, writeFd: this.files.install(writer, false), reader, writer };
  }

  install(file: OpenFile): number {
    return this.files.install(file, false);
  }

  /** The address of some memory of the test's own. */
  buffer(byteLength: number): number {
    const address = this.#free;
    this.#free += Math.ceil(byteLength / 64) * 64;
    return address;
  }

  /** The address of a timespec. */
  timespec(nanoseconds: number): number {
    const address = this.buffer(16);
    const view = this.view(address, 16);
    const seconds = Math.floor(nanoseconds / NANOSECONDS);
    view.setBigInt64(0, BigInt(seconds), true);
    view.setBigInt64(8, BigInt(nanoseconds - seconds * NANOSECONDS), true);
    return address;
  }

  view(address: number, byteLength: number): DataView {
    return new DataView(this.memory.bytes.buffer, address - BASE, byteLength);
  }

  bytes(address: number, byteLength: number): number[] {
    return [...this.memory.bytes.subarray(address - BASE, address - BASE + byteLength)];
  }

  /** A word of the ring header, by byte offset. */
  word(offset: number): number {
    return this.#ring.getUint32(offset, true);
  }

  setWord(offset: number, value: number): void {
    this.#ring.setUint32(offset, value, true);
  }

  #cqeSize(): number {
    return this.params.getUint32(PARAMS_FLAGS, true) & IORING_SETUP_CQE32 ? 32 : 16;
  }

  #map(): void {
    const ring = this.kernel.mapRing(this.ringFd, IORING_OFF_SQ_RING, 1);
    const sqes = this.kernel.mapRing(this.ringFd, IORING_OFF_SQES, 1);
    if (typeof ring === "number" || typeof sqes === "number") throw new Error("not mapped");
    this.#ring = new DataView(ring);
    this.#sqes = new DataView(sqes);
  }

  #u64(at: number, value: number): void {
    this.#sqes.setUint32(at, value >>> 0, true);
    this.#sqes.setUint32(at + 4, Math.floor(value / 2 ** 32) >>> 0, true);
  }

  #decider(): Decider {
    return {
      choose: (count, point, option, kind) => {
        const index = Math.min(this.answers[kind]?.shift() ?? 0, count - 1);
        this.asked.push(`${point()}: ${option(index)}`);
        return index;
      },
    };
  }

  #block(): void {
    const event = this.kernel.earliest();
    if (event === undefined) throw new Error("blocked for ever");
    this.clock.now = Math.max(this.clock.now, event.due);
    this.kernel.run(event);
  }
}
