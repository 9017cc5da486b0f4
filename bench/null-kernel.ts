/**
 * A kernel that does nothing, at once: what is left is what the library costs.
 *
 * The ring, its memory and the wake-up are the real ones; only io_uring_enter(2) is
 * replaced. Every request succeeds within the call, with its length as the result.
 * Without a kernel's work and its noise a change of a few nanoseconds shows.
 */
import type { Backend, Mapping, Region, Watch } from "../src/backend.ts";
import { CQE_FLAGS, CQE_RES, CQE_SIZE, CQE_USER_DATA } from "../spec/abi/cqe.ts";
import {
  IORING_OFF_SQES,
  PARAMS_CQ_ENTRIES,
  PARAMS_CQ_OFF_CQES,
  PARAMS_CQ_OFF_TAIL,
  PARAMS_SQ_ENTRIES,
  PARAMS_SQ_OFF_HEAD,
} from "../spec/abi/setup.ts";
import { SQE_LEN, SQE_SIZE, SQE_USER_DATA } from "../spec/abi/sqe.ts";

/** Drives one ring. */
export class NullKernel implements Backend {
  readonly name: Backend["name"];
  readonly #real: Backend;
  readonly #regions = new Map<number, Region>();
  /** A copy of the `struct io_uring_params` of the ring. */
  #params = new DataView(new ArrayBuffer(0));
  /** The mapping of both queues, and that of the SQEs. */
  #queues = new DataView(new ArrayBuffer(0));
  #sqes = new DataView(new ArrayBuffer(0));
  #sqHead = 0;
  #cqTail = 0;

  constructor(real: Backend) {
    this.#real = real;
    this.name = real.name;
  }

  setup(entries: number, paramsAddress: number): number {
    const ringFd = this.#real.setup(entries, paramsAddress);
    const region = this.#regions.get(paramsAddress);
    if (region !== undefined) this.#params = new DataView(region.buffer.slice(0));
    return ringFd;
  }

  enter(_ringFd: number, toSubmit: number): number {
    for (let count = 0; count < toSubmit; count++) this.#complete();
    this.#queues.setUint32(this.#field(PARAMS_SQ_OFF_HEAD), this.#sqHead, true);
    this.#queues.setUint32(this.#field(PARAMS_CQ_OFF_TAIL), this.#cqTail, true);
    return toSubmit;
  }

  /** The oldest SQE in the ring becomes the newest CQE. */
  #complete(): void {
    const sqes = this.#sqes;
    const cqes = this.#queues;
    const sqe = (this.#sqHead % this.#field(PARAMS_SQ_ENTRIES)) * SQE_SIZE;
    const slot = this.#cqTail % this.#field(PARAMS_CQ_ENTRIES);
    const cqe = this.#field(PARAMS_CQ_OFF_CQES) + slot * CQE_SIZE;
    cqes.setUint32(cqe + CQE_USER_DATA, sqes.getUint32(sqe + SQE_USER_DATA, true), true);
    cqes.setUint32(cqe + CQE_USER_DATA + 4, sqes.getUint32(sqe + SQE_USER_DATA + 4, true), true);
    cqes.setInt32(cqe + CQE_RES, sqes.getInt32(sqe + SQE_LEN, true), true);
    cqes.setUint32(cqe + CQE_FLAGS, 0, true);
    this.#sqHead = (this.#sqHead + 1) >>> 0;
    this.#cqTail = (this.#cqTail + 1) >>> 0;
  }

  #field(offset: number): number {
    return this.#params.getUint32(offset, true);
  }

  register(ringFd: number, opcode: number, argAddress: number, argCount: number): number {
    return this.#real.register(ringFd, opcode, argAddress, argCount);
  }

  mapRing(ringFd: number, offset: number, byteLength: number): Mapping | number {
    const mapping = this.#real.mapRing(ringFd, offset, byteLength);
    if (typeof mapping === "number") return mapping;
    const view = new DataView(mapping.buffer);
    if (offset === IORING_OFF_SQES) this.#sqes = view;
    else this.#queues = view;
    return mapping;
  }

  allocate(byteLength: number, alignment?: number): Region {
    const region = this.#real.allocate(byteLength, alignment);
    this.#regions.set(region.address, region);
    return region;
  }

  watch(ringFd: number, onReadable: () => void): Watch {
    return this.#real.watch(ringFd, onReadable);
  }

  close(ringFd: number): number {
    return this.#real.close(ringFd);
  }
}
