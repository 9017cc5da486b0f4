/**
 * A group whose buffers stand in a ring in shared memory (BUF-15, BUF-47, BUF-48).
 *
 * The program writes entries and the tail; the kernel keeps the head to itself. Entries are read
 * when they are picked and not before, and written only to use a buffer in pieces. The ring lies in
 * the program's memory, whose pages the kernel holds, or, with IOU_PBUF_RING_MMAP, in memory of the
 * kernel that the program maps.
 */
import {
  BUF_ADDR,
  BUF_BID,
  BUF_LEN,
  BUF_RING_TAIL,
  BUF_SIZE,
} from "../../../spec/abi/register-structs.ts";
import type { PinnedMemory } from "../host/host.ts";

const WORD = 2 ** 32;

/** One buffer ring. Counts are free-running and 16 bits wide; entries go by their counts. */
export class BufferRing {
  readonly kind = "ring";
  readonly #shared: DataView;
  readonly #pin: PinnedMemory | undefined;
  readonly #mask: number;
  /** IOU_PBUF_RING_INC: a buffer is used in pieces until nothing, or too little, is left of it. */
  readonly incremental: boolean;
  /** With `incremental`: a buffer with no more than this left counts as used up. */
  readonly spare: number;
  /** The mapped memory of IOU_PBUF_RING_MMAP. */
  readonly mapping: ArrayBuffer | undefined;
  /** How many buffers have been used. */
  head = 0;
  // The entry that `load` read.
  #address = 0;
  #length = 0;
  #id = 0;

  /** @param memory - the program's pages, the ring's until `release`; or memory to be mapped */
  constructor(
    memory: PinnedMemory | ArrayBuffer,
    entries: number,
    incremental: boolean,
    minimumLeft: number,
  ) {
    const own = memory instanceof ArrayBuffer;
    this.#shared = own ? new DataView(memory) : memory.share();
    this.#pin = own ? undefined : memory;
    this.#mask = entries - 1;
    this.incremental = incremental;
    this.spare = Math.max(minimumLeft - 1, 0);
    this.mapping = own ? memory : undefined;
  }

  /** Lets go of the program's pages. */
  release(): void {
    this.#pin?.release();
  }

  /** The tail as it is in memory now. */
  get tail(): number {
    //= BUF-15, BUF-48
    return this.#shared.getUint16(BUF_RING_TAIL, true);
  }

  //= BUF-15, BUF-53
  /** Reads the entry with this count; the getters below tell of it until the next call. */
  load(count: number): void {
    const at = this.#at(count);
    const low = this.#shared.getUint32(at + BUF_ADDR, true);
    this.#address = this.#shared.getUint32(at + BUF_ADDR + 4, true) * WORD + low;
    this.#length = this.#shared.getUint32(at + BUF_LEN, true);
    this.#id = this.#shared.getUint16(at + BUF_BID, true);
  }

  get entryAddress(): number {
    return this.#address;
  }

  get entryLength(): number {
    return this.#length;
  }

  get entryId(): number {
    return this.#id;
  }

  /** Moves the entry at the head by `moved` bytes, exactly: its address may be any of 64 bits. */
  #move(moved: number, byteLength: number): void {
    const at = this.#at(this.head);
    const shared = this.#shared;
    const low = shared.getUint32(at + BUF_ADDR, true) + moved;
    const high = shared.getUint32(at + BUF_ADDR + 4, true);
    shared.setUint32(at + BUF_ADDR, low % WORD, true);
    shared.setUint32(at + BUF_ADDR + 4, low < WORD ? high : high + 1, true);
    shared.setUint32(at + BUF_LEN, byteLength, true);
  }

  /** Counts `buffers` as used. */
  advance(buffers: number): void {
    //= BUF-47
    this.head = (this.head + buffers) & 0xffff;
  }

  //= BUF-18, BUF-56, BUF-57
  /**
   * Takes `byteLength` bytes out of the buffers at the head, and moves the head past those that
   * are used up (BUF-18, BUF-56, BUF-57).
   *
   * @returns whether the last buffer that was touched is used up
   */
  consume(byteLength: number): boolean {
    //= BUF-59
    if (byteLength === 0) return false;
    for (let left = byteLength; left > 0;) {
      this.load(this.head);
      const taken = Math.min(left, this.entryLength);
      const rest = this.entryLength - taken;
      if (rest > this.spare || taken === 0) {
        this.#move(taken, rest);
        return false;
      }
      this.#move(0, 0);
      this.advance(1);
      left -= taken;
    }
    return true;
  }

  #at(count: number): number {
    return (count & this.#mask) * BUF_SIZE;
  }

  /** What it consists of, for whoever compares states. */
  parts(): readonly unknown[] {
    return [this.#shared, this.#pin, this.#mask, this.#address, this.#length, this.#id];
  }
}
