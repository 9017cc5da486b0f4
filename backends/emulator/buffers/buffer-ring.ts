/**
 * A group whose buffers stand in a ring in shared memory (BUF-15, BUF-47, BUF-48).
 *
 * The program writes entries and the tail; the kernel keeps the head to itself. Entries are read
 * when they are picked and not before, and written only to use a buffer in pieces. The ring lies in
 * the program's memory, or, with IOU_PBUF_RING_MMAP, in memory of the kernel that the program maps.
 * Linux keeps the pages of a ring; here memory that is gone counts as a ring without buffers.
 */
import {
  BUF_ADDR,
  BUF_BID,
  BUF_LEN,
  BUF_RING_TAIL,
  BUF_SIZE,
} from "../../../spec/abi/register-structs.ts";
import type { Memory } from "../host.ts";

const WORD = 2 ** 32;
const ADDRESS_AND_LENGTH = 12;

/** What a buffer ring lies in. */
export type BufferRingMemory = Pick<Memory, "read" | "write">;

/** One buffer ring. Counts are free-running and 16 bits wide; entries go by their counts. */
export class BufferRing {
  readonly kind = "ring";
  readonly #memory: BufferRingMemory;
  readonly #address: number;
  readonly #mask: number;
  /** IOU_PBUF_RING_INC: a buffer is used in pieces until nothing, or too little, is left of it. */
  readonly incremental: boolean;
  /** With `incremental`: a buffer with no more than this left counts as used up. */
  readonly spare: number;
  /** The mapped memory of IOU_PBUF_RING_MMAP. */
  readonly mapping: ArrayBuffer | undefined;
  /** How many buffers have been used. */
  head = 0;
  readonly #bytes = new Uint8Array(BUF_SIZE);
  readonly #view = new DataView(this.#bytes.buffer);
  readonly #tail = new Uint8Array(2);
  readonly #piece = new Uint8Array(this.#bytes.buffer, 0, ADDRESS_AND_LENGTH);

  constructor(
    memory: BufferRingMemory,
    address: number,
    entries: number,
    incremental: boolean,
    minimumLeft: number,
    mapping: ArrayBuffer | undefined,
  ) {
    this.#memory = memory;
    this.#address = address;
    this.#mask = entries - 1;
    this.incremental = incremental;
    this.spare = Math.max(minimumLeft - 1, 0);
    this.mapping = mapping;
  }

  /** The tail as it is in memory now. */
  get tail(): number {
    const bytes = this.#tail;
    if (this.#memory.read(this.#address + BUF_RING_TAIL, bytes) !== 2) return this.head;
    return (bytes[0] ?? 0) | ((bytes[1] ?? 0) << 8);
  }

  /** Reads the entry with this count; the getters below tell of it until the next call. */
  load(count: number): void {
    if (this.#memory.read(this.#at(count), this.#bytes) !== BUF_SIZE) this.#bytes.fill(0);
  }

  get entryAddress(): number {
    return this.#view.getUint32(BUF_ADDR + 4, true) * WORD + this.#view.getUint32(BUF_ADDR, true);
  }

  get entryLength(): number {
    return this.#view.getUint32(BUF_LEN, true);
  }

  get entryId(): number {
    return this.#view.getUint16(BUF_BID, true);
  }

  /** Writes address and length of the entry with this count. */
  store(count: number, address: number, byteLength: number): void {
    this.#view.setUint32(BUF_ADDR, address % WORD, true);
    this.#view.setUint32(BUF_ADDR + 4, Math.floor(address / WORD), true);
    this.#view.setUint32(BUF_LEN, byteLength, true);
    this.#memory.write(this.#at(count), this.#piece);
  }

  /** Counts `buffers` as used. */
  advance(buffers: number): void {
    this.head = (this.head + buffers) & 0xffff;
  }

  /**
   * Takes `byteLength` bytes out of the buffers at the head, and moves the head past those that
   * are used up (BUF-18, BUF-56, BUF-57).
   *
   * @returns whether the last buffer that was touched is used up
   */
  consume(byteLength: number): boolean {
    if (byteLength === 0) return false;
    for (let left = byteLength; left > 0;) {
      this.load(this.head);
      const taken = Math.min(left, this.entryLength);
      const rest = this.entryLength - taken;
      if (rest > this.spare || taken === 0) {
        this.store(this.head, this.entryAddress + taken, rest);
        return false;
      }
      this.store(this.head, this.entryAddress, 0);
      this.advance(1);
      left -= taken;
    }
    return true;
  }

  #at(count: number): number {
    return this.#address + (count & this.#mask) * BUF_SIZE;
  }
}

/** Memory of the kernel's own, with addresses from 0. */
export class KernelMemory implements BufferRingMemory {
  readonly #bytes: Uint8Array;

  constructor(buffer: ArrayBuffer) {
    this.#bytes = new Uint8Array(buffer);
  }

  read(address: number, into: Uint8Array): number {
    into.set(this.#bytes.subarray(address, address + into.length));
    return into.length;
  }

  write(address: number, from: Uint8Array): number {
    this.#bytes.set(from, address);
    return from.length;
  }
}
