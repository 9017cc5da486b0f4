/**
 * A ring driven by hand, with none of the library above the seam: enough to try
 * io_uring out (trial.ts) and to test the seam itself. Slow and simple.
 */
import type { Backend, Mapping, Region } from "../../src/backend.ts";
import { CQE_FLAGS, CQE_RES, CQE_SIZE, CQE_USER_DATA } from "../../spec/abi/cqe.ts";
import { IORING_ENTER_GETEVENTS } from "../../spec/abi/enter.ts";
import { IORING_OP_NOP, IORING_OP_READ } from "../../spec/abi/opcodes.ts";
import {
  IORING_OFF_SQES,
  IORING_OFF_SQ_RING,
  PARAMS_CQ_ENTRIES,
  PARAMS_CQ_OFF_CQES,
  PARAMS_CQ_OFF_HEAD,
  PARAMS_CQ_OFF_RING_MASK,
  PARAMS_CQ_OFF_TAIL,
  PARAMS_FLAGS,
  PARAMS_SIZE,
  PARAMS_SQ_ENTRIES,
  PARAMS_SQ_OFF_ARRAY,
  PARAMS_SQ_OFF_RING_MASK,
  PARAMS_SQ_OFF_TAIL,
  PARAMS_SQ_THREAD_IDLE,
} from "../../spec/abi/setup.ts";
import {
  SQE_ADDR,
  SQE_FD,
  SQE_LEN,
  SQE_OPCODE,
  SQE_SIZE,
  SQE_USER_DATA,
} from "../../spec/abi/sqe.ts";

/** One CQE. */
export interface RawCompletion {
  readonly userData: number;
  readonly res: number;
  readonly flags: number;
}

/** What an SQE says; what is left out is 0. */
export interface RawEntry {
  readonly opcode: number;
  readonly userData: number;
  readonly fd?: number;
  readonly address?: number;
  readonly byteLength?: number;
}

/** An entry that does nothing. */
export function nop(userData: number): RawEntry {
  return { opcode: IORING_OP_NOP, userData };
}

/** A read at offset 0. */
export function read(userData: number, fd: number, into: Region): RawEntry {
  const { address, byteLength } = into;
  return { opcode: IORING_OP_READ, userData, fd, address, byteLength };
}

/** The call that kept a ring from being opened. */
export interface RawFailure {
  readonly call: "io_uring_setup" | "mmap";
  readonly errno: number;
}

/** Offset and length of what there is to map: both rings at once (FEAT_SINGLE_MMAP), the SQEs. */
function mappedParts(params: DataView): readonly (readonly [number, number])[] {
  const field = (offset: number): number => params.getUint32(offset, true);
  const submissionEnd = field(PARAMS_SQ_OFF_ARRAY) + 4 * field(PARAMS_SQ_ENTRIES);
  const completionEnd = field(PARAMS_CQ_OFF_CQES) + CQE_SIZE * field(PARAMS_CQ_ENTRIES);
  return [
    [IORING_OFF_SQ_RING, Math.max(submissionEnd, completionEnd)],
    [IORING_OFF_SQES, SQE_SIZE * field(PARAMS_SQ_ENTRIES)],
  ];
}

/** The smallest ring that can be driven without `src/queue`: for trials and tests. */
export class RawRing {
  readonly fd: number;
  readonly #backend: Backend;
  readonly #params: DataView;
  readonly #rings: Mapping;
  readonly #entries: Mapping;

  private constructor(backend: Backend, fd: number, params: DataView, mappings: Mapping[]) {
    const [rings, entries] = mappings;
    if (rings === undefined || entries === undefined) throw new Error("a ring has two mappings");
    this.fd = fd;
    this.#backend = backend;
    this.#params = params;
    this.#rings = rings;
    this.#entries = entries;
  }

  /** Sets a ring up and maps it. `flags` are IORING_SETUP_*. */
  static open(backend: Backend, entries: number, flags = 0): RawRing | RawFailure {
    const region = backend.allocate(PARAMS_SIZE);
    const params = new DataView(region.buffer);
    params.setUint32(PARAMS_FLAGS, flags, true);
    params.setUint32(PARAMS_SQ_THREAD_IDLE, 1, true);
    const fd = backend.setup(entries, region.address);
    const copy = new DataView(region.buffer.slice(0));
    region.free();
    return fd < 0 ? { call: "io_uring_setup", errno: -fd } : RawRing.#map(backend, fd, copy);
  }

  static #map(backend: Backend, fd: number, params: DataView): RawRing | RawFailure {
    const mappings: Mapping[] = [];
    for (const [offset, byteLength] of mappedParts(params)) {
      const mapping = backend.mapRing(fd, offset, byteLength);
      if (typeof mapping === "number") {
        for (const earlier of mappings) earlier.unmap();
        backend.close(fd);
        return { call: "mmap", errno: -mapping };
      }
      mappings.push(mapping);
    }
    return new RawRing(backend, fd, params, mappings);
  }

  /** The mapped memory of SQ and CQ, to look at what becomes of it. */
  get buffer(): ArrayBuffer {
    return this.#rings.buffer;
  }

  /** Publishes entries without entering the kernel. */
  push(...entries: readonly RawEntry[]): void {
    for (const entry of entries) this.#push(entry);
  }

  /** Enters with what was pushed. Returns what `enter` does. */
  enter(toSubmit: number, minComplete = 0, flags: number = IORING_ENTER_GETEVENTS): number {
    return this.#backend.enter(this.fd, toSubmit, minComplete, flags, 0, 0);
  }

  /** Takes what is in the CQ. */
  reap(): RawCompletion[] {
    const head = this.#word(PARAMS_CQ_OFF_HEAD);
    const tail = this.#word(PARAMS_CQ_OFF_TAIL);
    const completions: RawCompletion[] = [];
    while (Atomics.load(head, 0) !== Atomics.load(tail, 0)) {
      completions.push(this.#completion(Atomics.load(head, 0)));
      Atomics.add(head, 0, 1);
    }
    return completions;
  }

  close(): number {
    this.#entries.unmap();
    this.#rings.unmap();
    return this.#backend.close(this.fd);
  }

  /** The ring word whose offset stands at `field` of the params. */
  #word(field: number): Int32Array<ArrayBuffer> {
    return new Int32Array(this.#rings.buffer, this.#params.getUint32(field, true), 1);
  }

  #push(entry: RawEntry): void {
    const tail = this.#word(PARAMS_SQ_OFF_TAIL);
    const mask = this.#word(PARAMS_SQ_OFF_RING_MASK)[0] ?? 0;
    const index = Atomics.load(tail, 0) & mask;
    const sqe = new DataView(this.#entries.buffer, index * SQE_SIZE, SQE_SIZE);
    new Uint8Array(this.#entries.buffer, index * SQE_SIZE, SQE_SIZE).fill(0);
    sqe.setUint8(SQE_OPCODE, entry.opcode);
    sqe.setInt32(SQE_FD, entry.fd ?? -1, true);
    sqe.setBigUint64(SQE_ADDR, BigInt(entry.address ?? 0), true);
    sqe.setUint32(SQE_LEN, entry.byteLength ?? 0, true);
    sqe.setUint32(SQE_USER_DATA, entry.userData, true);
    const array = this.#params.getUint32(PARAMS_SQ_OFF_ARRAY, true);
    new Uint32Array(this.#rings.buffer, array, mask + 1)[index] = index;
    Atomics.add(tail, 0, 1);
  }

  #completion(index: number): RawCompletion {
    const mask = this.#word(PARAMS_CQ_OFF_RING_MASK)[0] ?? 0;
    const start = this.#params.getUint32(PARAMS_CQ_OFF_CQES, true) + (index & mask) * CQE_SIZE;
    const cqe = new DataView(this.#rings.buffer, start, CQE_SIZE);
    return {
      userData: cqe.getUint32(CQE_USER_DATA, true),
      res: cqe.getInt32(CQE_RES, true),
      flags: cqe.getUint32(CQE_FLAGS, true),
    };
  }
}
