/**
 * A simulated machine with a ring, for tests of operations: SQEs by their fields, results by the
 * number of the SQE.
 */
import { expect } from "vitest";
import { AF_INET, SOCK_STREAM } from "../../../spec/abi/linux.ts";
import * as op from "../../../spec/abi/opcodes.ts";
import { SQE_ADDR3, SQE_BUF_INDEX, SQE_IOPRIO, SQE_SPLICE_FD_IN } from "../../../spec/abi/sqe.ts";
import type { Region } from "../../../src/backend.ts";
import { encodeEntry, Queue, setSqeFlags, setU64, setUserData } from "../../../src/queue/index.ts";
import { SimBackend, type SimBackendOptions } from "../../sim/backend.ts";
import { SeededScheduler } from "../../sim/seeded.ts";

/** Where nothing is mapped. */
export const UNMAPPED = 8;

/** The fields of an SQE; 0 where left out. */
export interface Fields {
  readonly flags?: number;
  readonly fd?: number;
  readonly ioprio?: number;
  readonly off?: number;
  readonly addr?: number;
  readonly len?: number;
  readonly opFlags?: number;
  readonly bufIndex?: number;
  readonly fileIndex?: number;
  readonly addr3?: number;
}

/** A simulated machine with a ring. */
export class Machine {
  readonly backend: SimBackend;
  readonly files: SimBackend["files"];
  readonly queue: Queue;
  readonly #results = new Map<number, number>();
  readonly #flags = new Map<number, number>();
  #next = 1;

  /** Everything completes as early as it can. */
  constructor(options: SimBackendOptions = {}) {
    const scheduler = new SeededScheduler(1, { late: 0 });
    this.backend = new SimBackend({ driven: true, scheduler, ...options });
    this.files = this.backend.files;
    this.queue = Queue.open(this.backend, { entries: 16 });
  }

  /** Submits one SQE; its number is what `result` asks for. */
  start(opcode: number, fields: Fields = {}): number {
    const id = this.#next++;
    const at = this.queue.nextSqe();
    const { sqes } = this.queue;
    const { fd = 0, off = 0, addr = 0, len = 0, opFlags = 0 } = fields;
    encodeEntry(sqes, at, opcode, fd, off, addr, len, opFlags);
    sqes.setUint16(at + SQE_IOPRIO, fields.ioprio ?? 0, true);
    sqes.setUint16(at + SQE_BUF_INDEX, fields.bufIndex ?? 0, true);
    sqes.setUint32(at + SQE_SPLICE_FD_IN, fields.fileIndex ?? 0, true);
    setU64(sqes, at + SQE_ADDR3, fields.addr3 ?? 0);
    setSqeFlags(sqes, at, fields.flags ?? 0);
    setUserData(sqes, at, id, 0);
    this.queue.submit();
    return id;
  }

  /** The result of a started SQE, or undefined when the world stands still without it. */
  result(id: number): number | undefined {
    for (;;) {
      while (this.queue.next()) {
        this.#results.set(this.queue.userDataLow, this.queue.res);
        this.#flags.set(this.queue.userDataLow, this.queue.flags);
      }
      if (this.#results.has(id)) return this.#results.get(id);
      if (!this.backend.step()) return undefined;
    }
  }

  /** Starts an SQE and waits for its result. */
  run(opcode: number, fields: Fields = {}): number | undefined {
    return this.result(this.start(opcode, fields));
  }

  /** The flags of a result that has come. */
  flags(id: number): number | undefined {
    return this.#flags.get(id);
  }

  /** Memory with these bytes, or so many zeros. */
  region(bytes: Uint8Array | number): Region {
    const length = typeof bytes === "number" ? bytes : bytes.length;
    const region = this.backend.allocate(length);
    if (typeof bytes !== "number") new Uint8Array(region.buffer).set(bytes);
    return region;
  }

  /** The address of a path. */
  path(text: string): number {
    return this.region(new TextEncoder().encode(`${text}\0`)).address;
  }

  /** A sockaddr_in on the loopback, port 0 to have one picked. */
  address(port: number): number {
    const region = this.region(16);
    const view = new DataView(region.buffer);
    view.setUint16(0, AF_INET, true);
    view.setUint16(2, port, false);
    view.setUint32(4, 0x7f000001, false);
    return region.address;
  }

  /** A listening socket's descriptor. */
  listener(port: number): number {
    const fd = this.run(op.IORING_OP_SOCKET, { fd: AF_INET, off: SOCK_STREAM }) ?? -1;
    expect(this.run(op.IORING_OP_BIND, { fd, addr: this.address(port), off: 16 })).toBe(0);
    expect(this.run(op.IORING_OP_LISTEN, { fd, len: 4 })).toBe(0);
    return fd;
  }
}
