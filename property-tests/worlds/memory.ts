/**
 * Memory that both the scenario and the kernel see, and the structures that SQEs point to.
 *
 * Every piece is a region of the backend of its own, so that on the simulated kernel an
 * access past its end faults.
 */
import type { Backend, Region } from "../../src/backend.ts";
import { AF_INET } from "../../spec/abi/linux.ts";
import { setU64 } from "../../src/queue/index.ts";

/** An address at which nothing is mapped, on any backend: the kernel answers EFAULT. */
export const UNMAPPED = 8;

/** The size of a page on every machine that the scenarios run on. */
export const PAGE_BYTES = 4096;

const LOOPBACK = Uint8Array.of(127, 0, 0, 1);
const IOVEC_SIZE = 16;

/** A piece of memory at an address. */
export class Memory {
  readonly address: number;
  readonly byteLength: number;
  /** What the backend gave. */
  readonly region: Region;

  constructor(region: Region) {
    this.region = region;
    this.address = region.address;
    this.byteLength = region.byteLength;
  }

  get bytes(): Uint8Array {
    return new Uint8Array(this.region.buffer, 0, this.byteLength);
  }

  get view(): DataView {
    return new DataView(this.region.buffer, 0, this.byteLength);
  }

  /** The first `length` bytes as text. */
  text(length: number): string {
    return new TextDecoder().decode(this.bytes.slice(0, length));
  }

  free(): void {
    this.region.free();
  }
}

/** Makes memory, and gives all of it back at once. */
export class WorldMemory {
  readonly #backend: Backend;
  readonly #pieces: Memory[] = [];

  constructor(backend: Backend) {
    this.#backend = backend;
  }

  /** Zeroed memory, at a multiple of `alignment` where one is given. */
  allocate(byteLength: number, alignment?: number): Memory {
    const memory = new Memory(this.#backend.allocate(byteLength, alignment));
    this.#pieces.push(memory);
    return memory;
  }

  /** Zeroed memory of whole pages, which nobody else has a part of. */
  pages(count: number): Memory {
    return this.allocate(count * PAGE_BYTES, PAGE_BYTES);
  }

  /** Memory that holds these bytes, or this text, and nothing more. */
  of(content: string | Uint8Array): Memory {
    const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
    const memory = this.allocate(Math.max(bytes.length, 1));
    memory.bytes.set(bytes);
    return memory;
  }

  /** The address of a NUL-terminated path. */
  path(path: string): number {
    return this.of(`${path}\0`).address;
  }

  /** A `struct __kernel_timespec`. */
  timespec(seconds: number, nanoseconds = 0): Memory {
    const memory = this.allocate(16);
    setU64(memory.view, 0, seconds);
    setU64(memory.view, 8, nanoseconds);
    return memory;
  }

  /** The address of a timespec of so many milliseconds. */
  milliseconds(milliseconds: number): number {
    const seconds = Math.floor(milliseconds / 1000);
    return this.timespec(seconds, (milliseconds - seconds * 1000) * 1e6).address;
  }

  /** An array of `struct iovec`, one for each [address, length]. */
  iovecs(pairs: readonly (readonly [address: number, length: number])[]): Memory {
    const memory = this.allocate(Math.max(pairs.length, 1) * IOVEC_SIZE);
    pairs.forEach(([address, length], index) => {
      setU64(memory.view, index * IOVEC_SIZE, address);
      setU64(memory.view, index * IOVEC_SIZE + 8, length);
    });
    return memory;
  }

  /** A `struct sockaddr_in` of 127.0.0.1 (ports are big-endian on the wire). */
  loopback(port: number): Memory {
    const memory = this.allocate(16);
    memory.view.setUint16(0, AF_INET, true);
    memory.view.setUint16(2, port, false);
    memory.bytes.set(LOOPBACK, 4);
    return memory;
  }

  /** Frees every piece: only when no request uses any of it. */
  freeAll(): void {
    for (const memory of this.#pieces.splice(0)) memory.free();
  }
}
