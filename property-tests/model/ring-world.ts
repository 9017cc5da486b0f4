/**
 * A configuration of the model, run by the emulator: its program, its surroundings, and the
 * projection of the emulator's state that is compared with the model's.
 *
 * The program knows what a program knows: it writes SQEs, enters, and reads the ring's memory. The
 * projection looks inside.
 */
import { IORING_ENTER_GETEVENTS } from "../../spec/abi/enter.ts";
import { IORING_OP_ASYNC_CANCEL, IORING_OP_NOP, IORING_OP_READ } from "../../spec/abi/opcodes.ts";
import {
  IORING_OFF_SQES,
  IORING_OFF_SQ_RING,
  IORING_SETUP_CQSIZE,
  IORING_SETUP_DEFER_TASKRUN,
  IORING_SETUP_NO_SQARRAY,
  IORING_SETUP_SINGLE_ISSUER,
  IORING_SETUP_SUBMIT_ALL,
  IORING_SETUP_TASKRUN_FLAG,
  PARAMS_CQ_ENTRIES,
  PARAMS_FLAGS,
  PARAMS_SIZE,
} from "../../spec/abi/setup.ts";
import {
  IORING_NOP_INJECT_RESULT,
  IOSQE_ASYNC,
  IOSQE_IO_HARDLINK,
  IOSQE_IO_LINK,
  SQE_ADDR,
  SQE_FD,
  SQE_FLAGS,
  SQE_LEN,
  SQE_OFF,
  SQE_OP_FLAGS,
  SQE_OPCODE,
  SQE_SIZE,
  SQE_USER_DATA,
} from "../../spec/abi/sqe.ts";
import { CQE_RES, CQE_SIZE, IORING_SQ_CQ_OVERFLOW, IORING_SQ_TASKRUN } from "../../spec/abi/cqe.ts";
import type { Clock, ProgramMemory } from "../../backends/emulator/host/host.ts";
import { Kernel } from "../../backends/emulator/kernel.ts";
import {
  CQES,
  CQ_HEAD,
  CQ_TAIL,
  SQ_FLAGS,
  SQ_HEAD,
  SQ_TAIL,
} from "../../backends/emulator/setup/layout.ts";
import { Snapshot } from "../../backends/emulator/snapshot.ts";
import {
  BIT_CANCELLED,
  BIT_FAIL,
  BIT_STOPPED,
  BIT_UNCANCELLABLE,
  BIT_WORKER,
} from "../../backends/emulator/request-bits.ts";
import { PHASE_LATE, PHASE_WORK } from "../../backends/emulator/request-phases.ts";
import type { BacklogEntry, Request, Ring } from "../../backends/emulator/state.ts";
import { SimFiles } from "../../backends/sim/files/index.ts";
import type { Branching } from "../../backends/sim/search/branching.ts";
import type { Searchable } from "../../backends/sim/search/search.ts";
import type { Configuration, RequestShape } from "./configurations.ts";
import { ModelPipe, OneByte } from "./model-files.ts";

/** Steps of the program and of the world. Entering with k of n takes ENTER + 2 (k - 1) + waits. */
const PUBLISH = 0;
const READ_CQE = 1;
const FEED = 2;
const COLLECT = 3;
const ENTER = 4;
/** The event of request r. */
const EVENT = 32;

/** Before the first. */
const NO_STEP = -1;
const NO_LEVEL = -1;
/** Words of a key that every configuration has. */
const FIXED_WORDS = 5;

const BAD_OPCODE = 255;
const NO_BUFFER = -1;
const PARAMS_ADDRESS = 0x1000;
const BUFFERS_ADDRESS = 0x2000;
const MEMORY_SIZE = 0x2000;

class ModelMemory implements ProgramMemory {
  readonly bytes: Uint8Array = new Uint8Array(MEMORY_SIZE);

  read(address: number, into: Uint8Array): number {
    const from = address - PARAMS_ADDRESS;
    for (let i = 0; i < into.length; i++) into[i] = this.bytes[from + i] ?? 0;
    return into.length;
  }
  write(address: number, from: Uint8Array): number {
    this.bytes.set(from, address - PARAMS_ADDRESS);
    return from.length;
  }
  advise(): number {
    return 0;
  }
  /** The models register nothing. */
  pin(): undefined {
    return undefined;
  }
}

class StandingClock implements Clock {
  monotonic(): number {
    return 0;
  }
  realtimeOffset(): number {
    return 0;
  }
}

/** How a program and its surroundings may differ from what they should be. */
export interface RingWorldOptions {
  /** A state also tells which step led to it. */
  readonly last?: boolean;
  /**
   * The program breaks OWN-2: it takes a buffer back when it reads the CQE of a cancellation of
   * the operation that has it.
   */
  readonly careless?: boolean;
}

/** What the world keeps beside the kernel's snapshot. */
class Saved {
  readonly kernel: Snapshot = new Snapshot();
  bytes = 0;
  wakes = 0;
  feeds = 0;
  owned = 0;
  sqTail = 0;
  cqHead = 0;
}

/** One configuration in the emulator. */
export class RingWorld implements Searchable {
  readonly keyWords: number;
  /** How many words the projection has. */
  readonly projectionWords: number;
  readonly kernel: Kernel;
  readonly #configuration: Configuration;
  readonly #memory = new ModelMemory();
  readonly #pipe = new ModelPipe();
  readonly #fd: number;
  readonly #ring: Ring;
  readonly #view: DataView;
  readonly #sqes: Uint8Array;
  /** The SQE of each request. */
  readonly #templates: Uint8Array[];
  /** Each request's buffer, or NO_BUFFER. */
  readonly #buffers: readonly number[];
  readonly #saved: Saved[] = [];
  readonly #queued: Request[] = [];
  #branching: Branching | undefined = undefined;
  /** Bytes still to arrive. */
  #feeds: number;
  /** A bit for each buffer that an operation has by the program's book. */
  #owned = 0;
  #last = NO_STEP;
  /** The level whose state the kernel is in, whatever the program has done since; or NO_LEVEL. */
  #kernelLevel = NO_LEVEL;
  readonly #options: RingWorldOptions;

  constructor(configuration: Configuration, options: RingWorldOptions = {}) {
    this.#configuration = configuration;
    this.#options = options;
    const { requests, cqEntries } = configuration;
    const clock = new StandingClock();
    const files = new SimFiles({ clock });
    this.kernel = new Kernel({
      memory: this.#memory,
      files,
      clock,
      decider: { choose: (count) => this.#choose(count) },
      block: () => {
        throw new Error("nobody waits here");
      },
    });
    const fileFd = files.install(new OneByte(), false);
    const pipeFd = files.install(this.#pipe, false);
    this.#fd = this.#setup();
    this.#ring = this.#ringOf();
    this.#view = new DataView(this.#map(IORING_OFF_SQ_RING));
    this.#sqes = new Uint8Array(this.#map(IORING_OFF_SQES));
    this.#buffers = requests.map(({ buffer }) => buffer ?? NO_BUFFER);
    this.#templates = requests.map((shape, index) => encode(shape, index, fileFd, pipeFd));
    this.#feeds = configuration.feed;
    this.projectionWords = FIXED_WORDS + requests.length + ((requests.length + cqEntries + 1) >> 1);
    this.keyWords = this.projectionWords;
  }

  listSteps(steps: number[]): void {
    const { whole, requests, sqEntries } = this.#configuration;
    const tail = this.#word(SQ_TAIL);
    const pending = tail - this.#word(SQ_HEAD);
    const publishes = tail < requests.length && pending < sqEntries && !this.#isOwned(tail);
    if (publishes) steps.push(PUBLISH);
    if (!(publishes && whole)) {
      for (let count = whole ? pending : 1; count > 0 && count <= pending; count++) {
        steps.push(ENTER + 2 * (count - 1), ENTER + 2 * (count - 1) + 1);
      }
    }
    if (this.#word(SQ_FLAGS) & (IORING_SQ_CQ_OVERFLOW | IORING_SQ_TASKRUN)) steps.push(COLLECT);
    if (this.#word(CQ_HEAD) !== this.#word(CQ_TAIL)) steps.push(READ_CQE);
    if (this.#feeds > 0) steps.push(FEED);
    if (this.#ring.live.length === 0) return;
    this.#kernelLevel = NO_LEVEL;
    const events = this.kernel.runnable();
    for (let i = 0; i < events.length; i++) steps.push(EVENT + (events[i] as Request).userDataLow);
  }

  take(step: number, branching: Branching): void {
    this.#branching = branching;
    if (this.#options.last === true) this.#last = step;
    if (step >= COLLECT) this.#kernelLevel = NO_LEVEL;
    if (step >= EVENT) this.#run(step - EVENT);
    else if (step >= ENTER) this.#enter(1 + ((step - ENTER) >> 1), ((step - ENTER) & 1) !== 0);
    else if (step === COLLECT) this.#enter(0, true);
    else if (step === FEED) this.#feed();
    else if (step === READ_CQE) this.#readCqe();
    else this.#publish();
  }

  save(level: number): void {
    const saved = (this.#saved[level] ??= new Saved());
    this.kernel.save(saved.kernel);
    saved.bytes = this.#pipe.bytes;
    saved.wakes = this.#pipe.wakes;
    saved.feeds = this.#feeds;
    saved.owned = this.#owned;
    saved.sqTail = this.#word(SQ_TAIL);
    saved.cqHead = this.#word(CQ_HEAD);
    this.#kernelLevel = level;
  }

  restore(level: number): void {
    const saved = this.#saved[level];
    if (saved === undefined) throw new Error(`nothing was saved under ${level}`);
    if (this.#kernelLevel !== level) this.kernel.restore(saved.kernel);
    this.#kernelLevel = level;
    this.#view.setUint32(SQ_TAIL, saved.sqTail, true);
    this.#view.setUint32(CQ_HEAD, saved.cqHead, true);
    this.#pipe.bytes = saved.bytes;
    this.#pipe.wakes = saved.wakes;
    this.#feeds = saved.feeds;
    this.#owned = saved.owned;
  }

  writeKey(into: Int32Array): void {
    const { projectionWords } = this;
    const ring = this.#ring;
    const head = this.#word(CQ_HEAD);
    const tail = this.#word(CQ_TAIL);
    for (let word = FIXED_WORDS; word < projectionWords; word++) into[word] = 0;
    into[0] = this.#word(SQ_TAIL) | (this.#word(SQ_HEAD) << 8) | (head << 16) | (tail << 24);
    into[1] = this.#pipe.bytes | (this.#feeds << 8) | (this.#owned << 16);
    into[2] = this.#word(SQ_FLAGS) | (this.#pendingSqes() << 8);
    into[3] = ring.taskWork.isEmpty ? 0 : this.#queue();
    into[4] = this.#last;
    for (let i = 0; i < ring.live.length; i++) {
      const request = ring.live[i] as Request;
      into[FIXED_WORDS + request.userDataLow] = this.#project(request);
    }
    if (head !== tail) this.#writeCqes(into, head, tail);
    if (ring.backlog.length > 0) this.#writeBacklog(into);
  }

  /** The CQEs that are there to be read, behind the requests. */
  #writeCqes(into: Int32Array, head: number, tail: number): void {
    const { cqEntries } = this.#configuration;
    for (let index = head; index !== tail; index++) {
      const cqe = CQES + (index & (cqEntries - 1)) * CQE_SIZE;
      const result = this.#view.getInt32(cqe + CQE_RES, true);
      this.#writeCqe(into, index - head, this.#view.getUint32(cqe, true), result);
    }
  }

  /** What waits for room, behind the CQEs. */
  #writeBacklog(into: Int32Array): void {
    const { cqEntries } = this.#configuration;
    const { backlog } = this.#ring;
    for (let i = 0; i < backlog.length; i++) {
      const { userDataLow, result } = backlog[i] as BacklogEntry;
      this.#writeCqe(into, cqEntries + i, userDataLow, result);
    }
  }

  /** A CQE in half a word, never 0. Results are errnos, or small. */
  #writeCqe(into: Int32Array, place: number, userData: number, result: number): void {
    const at = FIXED_WORDS + this.#buffers.length + (place >> 1);
    const half = ((userData + 1) << 12) | (result & 0xfff);
    into[at] = (into[at] as number) | (half << (16 * (place & 1)));
  }

  /**
   * What the projection leaves out, as far as it varies, in three words: the order of the list of
   * requests, their marks that never matter here, and the wake-ups of the pipe.
   */
  leftOut(): readonly number[] {
    let order = 0;
    let marks = this.#pipe.wakes;
    for (const { userDataLow, bits, checked } of this.#ring.live) {
      order = (order << 4) | (userDataLow + 1);
      marks = Math.imul(marks, 31) + (bits >> 8) + checked * 7;
    }
    return [order, marks, this.#ring.wakeups];
  }

  /**
   * The two books: what the kernel may touch is some operation's, and of one only. And a request
   * that is under way has its buffer.
   */
  problem(): string | undefined {
    if (this.#ring.live.length === 0) return undefined;
    let held = 0;
    let holders = 0;
    for (const { userDataLow, byteLength } of this.kernel.holds()) {
      if (byteLength === 0) continue;
      const bit = 1 << (this.#buffers[userDataLow] ?? 0);
      if ((this.#owned & bit) === 0) return `request ${userDataLow} holds the program's buffer`;
      if ((held & bit) !== 0) return `request ${userDataLow} holds a buffer that another has`;
      held |= bit;
      holders |= 1 << userDataLow;
    }
    for (const { userDataLow } of this.#ring.live) {
      const has = this.#buffers[userDataLow] !== NO_BUFFER;
      if (has && (holders & (1 << userDataLow)) === 0) {
        return `request ${userDataLow} lost its buffer`;
      }
    }
    return undefined;
  }

  /** A step in words. */
  describe(step: number): string {
    if (step >= EVENT) return `event of request ${step - EVENT}`;
    if (step >= ENTER) {
      const getevents = (step - ENTER) & 1 ? ", GETEVENTS" : "";
      return `enter ${1 + ((step - ENTER) >> 1)}${getevents}`;
    }
    return ["publish", "read CQE", "byte arrives", "enter 0, GETEVENTS"][step] ?? "";
  }

  /** Phase, next step, marks and result of a request, as far as they say what comes. */
  #project(request: Request): number {
    const { phase, bits, result } = request;
    const late = phase === PHASE_LATE;
    let marks = bits & BIT_FAIL ? 1 : 0;
    if (late && bits & BIT_UNCANCELLABLE) marks |= 2;
    if (late && bits & BIT_WORKER) marks |= 4;
    if (late && bits & BIT_STOPPED) marks |= 64;
    if (request.link !== undefined) marks |= 8;
    if (request.length > 0) marks |= 16;
    if (phase === PHASE_WORK && bits & BIT_CANCELLED) marks |= 32;
    const work = phase === PHASE_WORK ? request.work : 0;
    return phase | (work << 4) | (marks << 8) | ((result & 0xffff) << 16);
  }

  /** The requests whose SQEs are published and not taken, four bits each. */
  #pendingSqes(): number {
    const mask = this.#configuration.sqEntries - 1;
    const tail = this.#word(SQ_TAIL);
    let numbers = 0;
    for (let index = this.#word(SQ_HEAD); index !== tail; index++) {
      numbers = (numbers << 3) | (this.#sqes[(index & mask) * SQE_SIZE + SQE_USER_DATA] ?? 0);
    }
    return numbers;
  }

  /** The task work that waits, in order, four bits each. */
  #queue(): number {
    const queued = this.#queued;
    while (queued.length > 0) queued.pop();
    this.#ring.taskWork.copyTo(queued);
    let numbers = 0;
    for (let i = 0; i < queued.length; i++) {
      numbers = (numbers << 4) | ((queued[i] as Request).userDataLow + 1);
    }
    return numbers;
  }

  #publish(): void {
    const tail = this.#word(SQ_TAIL);
    const template = this.#templates[tail];
    if (template === undefined) throw new Error("every request is published");
    this.#sqes.set(template, (tail & (this.#configuration.sqEntries - 1)) * SQE_SIZE);
    this.#view.setUint32(SQ_TAIL, tail + 1, true);
    const buffer = this.#buffers[tail] ?? NO_BUFFER;
    if (buffer !== NO_BUFFER) this.#owned |= 1 << buffer;
  }

  #readCqe(): void {
    const head = this.#word(CQ_HEAD);
    const at = CQES + (head & (this.#configuration.cqEntries - 1)) * CQE_SIZE;
    const userData = this.#view.getUint32(at, true);
    this.#takeBack(userData);
    const shape = this.#configuration.requests[userData];
    if (this.#options.careless === true && shape?.op === "CANCEL") this.#takeBack(shape.arg ?? 0);
    this.#view.setUint32(CQ_HEAD, head + 1, true);
  }

  #takeBack(userData: number): void {
    const buffer = this.#buffers[userData] ?? NO_BUFFER;
    if (buffer !== NO_BUFFER) this.#owned &= ~(1 << buffer);
  }

  #feed(): void {
    this.#feeds -= 1;
    this.#pipe.feed();
  }

  #enter(count: number, waits: boolean): void {
    const flags = waits ? IORING_ENTER_GETEVENTS : 0;
    const result = this.kernel.enter(this.#fd, count, 0, flags, 0, 0);
    if (result < 0) throw new Error(`io_uring_enter: errno ${-result}`);
  }

  #run(index: number): void {
    const { live } = this.#ring;
    for (let i = 0; i < live.length; i++) {
      const request = live[i] as Request;
      if (request.userDataLow === index) {
        this.kernel.run(request);
        return;
      }
    }
    throw new Error(`request ${index} is not there`);
  }

  #isOwned(index: number): boolean {
    const buffer = this.#buffers[index] ?? NO_BUFFER;
    return buffer !== NO_BUFFER && (this.#owned & (1 << buffer)) !== 0;
  }

  #choose(count: number): number {
    if (this.#branching === undefined) throw new Error("a choice outside of a step");
    return this.#branching.choose(count);
  }

  #word(offset: number): number {
    return this.#view.getUint32(offset, true);
  }

  #setup(): number {
    const { sqEntries, cqEntries, submitAll, defer } = this.#configuration;
    const params = new DataView(this.#memory.bytes.buffer, 0, PARAMS_SIZE);
    let flags = IORING_SETUP_CQSIZE | IORING_SETUP_NO_SQARRAY;
    if (submitAll) flags |= IORING_SETUP_SUBMIT_ALL;
    if (defer) {
      flags |= IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_TASKRUN_FLAG;
    }
    params.setUint32(PARAMS_FLAGS, flags, true);
    params.setUint32(PARAMS_CQ_ENTRIES, cqEntries, true);
    const fd = this.kernel.setup(sqEntries, PARAMS_ADDRESS);
    if (fd < 0) throw new Error(`io_uring_setup: errno ${-fd}`);
    return fd;
  }

  #ringOf(): Ring {
    const ring = this.kernel.ring(this.#fd);
    if (typeof ring === "number") throw new Error("no ring");
    return ring;
  }

  #map(offset: number): ArrayBuffer {
    const mapped = this.kernel.mapRing(this.#fd, offset, 1);
    if (typeof mapped === "number") throw new Error(`mmap: errno ${-mapped}`);
    return mapped;
  }
}

function encode(shape: RequestShape, index: number, fileFd: number, pipeFd: number): Uint8Array {
  const bytes = new Uint8Array(SQE_SIZE);
  const sqe = new DataView(bytes.buffer);
  const { op, flags = [], arg = 0, buffer = 0 } = shape;
  let bits = 0;
  if (flags.includes("LINK")) bits |= IOSQE_IO_LINK;
  if (flags.includes("HARD")) bits |= IOSQE_IO_HARDLINK;
  if (flags.includes("ASYNC")) bits |= IOSQE_ASYNC;
  sqe.setUint8(SQE_FLAGS, bits);
  sqe.setUint32(SQE_USER_DATA, index, true);
  switch (op) {
    case "NOP":
      sqe.setUint8(SQE_OPCODE, IORING_OP_NOP);
      sqe.setUint32(SQE_OP_FLAGS, IORING_NOP_INJECT_RESULT, true);
      sqe.setInt32(SQE_LEN, -arg, true);
      break;
    case "FILE":
    case "PIPE":
      sqe.setUint8(SQE_OPCODE, IORING_OP_READ);
      sqe.setInt32(SQE_FD, op === "FILE" ? fileFd : pipeFd, true);
      sqe.setUint32(SQE_ADDR, BUFFERS_ADDRESS + buffer, true);
      sqe.setUint32(SQE_LEN, 1, true);
      // Behind the byte the file ends.
      sqe.setUint32(SQE_OFF, op === "FILE" && arg === 0 ? 1 : 0, true);
      break;
    case "CANCEL":
      sqe.setUint8(SQE_OPCODE, IORING_OP_ASYNC_CANCEL);
      sqe.setUint32(SQE_ADDR, arg, true);
      break;
    case "BAD":
      sqe.setUint8(SQE_OPCODE, BAD_OPCODE);
  }
  return bytes;
}
