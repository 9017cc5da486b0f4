/**
 * A ring without a driver: the system calls and the mapped memory, field by field.
 *
 * For the chapters on set-up, shared memory and the submission queue, where the driver of
 * `src/queue` would do the right thing by itself.
 */
import { CQE_FLAGS, CQE_RES, CQE_SIZE, CQE_USER_DATA } from "../../../spec/abi/cqe.ts";
import {
  IORING_OFF_SQES,
  IORING_OFF_SQ_RING,
  IORING_SETUP_CQE32,
  IORING_SETUP_SQE128,
  PARAMS_CQ_ENTRIES,
  PARAMS_CQ_OFF_CQES,
  PARAMS_CQ_OFF_HEAD,
  PARAMS_CQ_OFF_TAIL,
  PARAMS_FLAGS,
  PARAMS_SIZE,
  PARAMS_SQ_ENTRIES,
  PARAMS_SQ_OFF_ARRAY,
  PARAMS_SQ_OFF_DROPPED,
  PARAMS_SQ_OFF_TAIL,
} from "../../../spec/abi/setup.ts";
import { SQE_SIZE } from "../../../spec/abi/sqe.ts";
import { setUserData } from "../../../src/queue/index.ts";
import type { Mapping } from "../../../src/backend.ts";
import type { Memory } from "../../worlds/memory.ts";
import type { World } from "../../worlds/world.ts";
import type { Entry } from "./entries.ts";
import { resultText, type Completion } from "./expectation.ts";

/** What io_uring_setup(2) gave, and its params as the kernel left them. */
export interface SetupAnswer {
  /** The ring's descriptor, or -errno. */
  readonly result: number;
  readonly params: DataView;
  /** Closes the ring's descriptor; the end of the world does so otherwise. */
  close(): void;
}

/** Fields of `struct io_uring_params` to fill in, by their offsets. */
export type ParamsFields = Readonly<Record<number, number>>;

/** io_uring_setup(2). A ring that comes out of it is closed with the world. */
export function setup(
  world: World,
  entries: number,
  flags = 0,
  fields: ParamsFields = {},
): SetupAnswer {
  const params = world.memory.allocate(PARAMS_SIZE);
  params.view.setUint32(PARAMS_FLAGS, flags, true);
  for (const [offset, value] of Object.entries(fields)) {
    params.view.setUint32(Number(offset), value, true);
  }
  const result = world.backend.setup(entries, params.address);
  let open = result >= 0;
  const close = (): void => {
    if (open) world.backend.close(result);
    open = false;
  };
  world.defer(close);
  return { result, params: params.view, close };
}

/** Maps a part of a ring until the world ends. Throws when it cannot be mapped. */
export function mapped(world: World, fd: number, offset: number, byteLength: number): ArrayBuffer {
  return mapping(world, fd, offset, byteLength).buffer;
}

/** The same with an `unmap` that may be called earlier. */
function mapping(world: World, fd: number, offset: number, byteLength: number): Mapping {
  const made = world.backend.mapRing(fd, offset, byteLength);
  if (typeof made === "number") throw new Error(`mapRing gave ${resultText(made)}`);
  let mapped = true;
  const unmap = (): void => {
    if (mapped) made.unmap();
    mapped = false;
  };
  world.defer(unmap);
  return { buffer: made.buffer, unmap };
}

/** The memory of a ring made with NO_MMAP. */
export interface GivenMemory {
  readonly ring: Memory;
  readonly sqes: Memory;
}

export class RawRing {
  readonly fd: number;
  readonly params: DataView;
  readonly sqEntries: number;
  readonly cqEntries: number;
  /** The header, the CQEs and the SQ array; the SQEs. */
  readonly ring: DataView;
  readonly sqes: DataView;
  readonly #world: World;
  readonly #answer: SetupAnswer;
  readonly #mappings: readonly Mapping[];
  readonly #sqeSize: number;
  readonly #cqeSize: number;

  private constructor(world: World, answer: SetupAnswer, given?: GivenMemory) {
    const { result: fd, params } = answer;
    this.#answer = answer;
    const field = (offset: number): number => params.getUint32(offset, true);
    const flags = field(PARAMS_FLAGS);
    this.#world = world;
    this.fd = fd;
    this.params = params;
    this.sqEntries = field(PARAMS_SQ_ENTRIES);
    this.cqEntries = field(PARAMS_CQ_ENTRIES);
    this.#sqeSize = flags & IORING_SETUP_SQE128 ? 2 * SQE_SIZE : SQE_SIZE;
    this.#cqeSize = flags & IORING_SETUP_CQE32 ? 2 * CQE_SIZE : CQE_SIZE;
    const ringBytes = Math.max(
      field(PARAMS_SQ_OFF_ARRAY) + this.sqEntries * 4,
      field(PARAMS_CQ_OFF_CQES) + this.cqEntries * this.#cqeSize,
    );
    const sqeBytes = this.sqEntries * this.#sqeSize;
    if (given) {
      this.ring = given.ring.view;
      this.sqes = given.sqes.view;
      this.#mappings = [];
      // The end of the ring writes to it, and nothing tells when that was (LIFE-8).
      world.keepMemory();
      return;
    }
    const rings = mapping(world, fd, IORING_OFF_SQ_RING, ringBytes);
    const sqes = mapping(world, fd, IORING_OFF_SQES, sqeBytes);
    this.ring = new DataView(rings.buffer);
    this.sqes = new DataView(sqes.buffer);
    this.#mappings = [rings, sqes];
  }

  /**
   * A ring that is there already, as params describe it: mapped, or in the memory given to it.
   * Its descriptor stays its maker's to close.
   */
  static at(world: World, fd: number, params: DataView, given?: GivenMemory): RawRing {
    return new RawRing(world, { result: fd, params, close: () => {} }, given);
  }

  /** @throws {Error} when io_uring_setup(2) fails */
  static open(world: World, entries: number, flags = 0, fields: ParamsFields = {}): RawRing {
    const answer = setup(world, entries, flags, fields);
    if (answer.result < 0) throw new Error(`io_uring_setup gave ${resultText(answer.result)}`);
    return new RawRing(world, answer);
  }

  /** Closes the descriptor. The memory stays mapped. */
  close(): void {
    this.#answer.close();
  }

  /** Gives the memory back: the views of it must not be used any more. */
  unmap(): void {
    for (const { unmap } of this.#mappings) unmap();
  }

  /** The header word that params names at this offset (PARAMS_SQ_OFF_HEAD and the like). */
  word(offset: number): number {
    return this.ring.getUint32(this.params.getUint32(offset, true), true);
  }

  setWord(offset: number, value: number): void {
    this.ring.setUint32(this.params.getUint32(offset, true), value, true);
  }

  get dropped(): number {
    return this.word(PARAMS_SQ_OFF_DROPPED);
  }

  /** Writes an SQE by its index. */
  fill(index: number, userData: number, entry: Entry): void {
    entry(this.sqes, index * this.#sqeSize);
    setUserData(this.sqes, index * this.#sqeSize, userData, 0);
  }

  /** Has slot `slot` of the SQ array name the SQE `index`. */
  point(slot: number, index: number): void {
    this.ring.setUint32(this.params.getUint32(PARAMS_SQ_OFF_ARRAY, true) + slot * 4, index, true);
  }

  setTail(tail: number): void {
    this.setWord(PARAMS_SQ_OFF_TAIL, tail);
  }

  enter(toSubmit: number, minComplete = 0, flags = 0): number {
    return this.#world.backend.enter(this.fd, toSubmit, minComplete, flags, 0, 0);
  }

  /** Takes every CQE that is in the ring. */
  reap(): Completion[] {
    const taken = this.peek();
    this.setWord(PARAMS_CQ_OFF_HEAD, this.word(PARAMS_CQ_OFF_TAIL));
    return taken;
  }

  /** Looks at every CQE that is in the ring, and leaves it there. */
  peek(): Completion[] {
    const taken: Completion[] = [];
    const tail = this.word(PARAMS_CQ_OFF_TAIL);
    for (let head = this.word(PARAMS_CQ_OFF_HEAD); head !== tail; head = (head + 1) >>> 0) {
      const at = this.cqeAt(head & (this.cqEntries - 1));
      taken.push({
        userData: this.ring.getUint32(at + CQE_USER_DATA, true),
        res: this.ring.getInt32(at + CQE_RES, true),
        flags: this.ring.getUint32(at + CQE_FLAGS, true),
      });
    }
    return taken;
  }

  /** Where the CQE of this index begins in `ring`. */
  cqeAt(index: number): number {
    return this.params.getUint32(PARAMS_CQ_OFF_CQES, true) + index * this.#cqeSize;
  }
}
