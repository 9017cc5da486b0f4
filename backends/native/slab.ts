/**
 * Slots of one size, cut from slabs.
 *
 * A slab is one mapping of SLAB_BYTES at a multiple of SLAB_BYTES, so a slot of
 * 2^n bytes is aligned to 2^n. Slots are handed out in address order, then from a
 * free list. A slab is never unmapped: its pages cost address space until they are
 * touched, and a slot may be free while its neighbour is in the kernel's hands.
 *
 * A free slot keeps the ArrayBuffer of its last lease (moved, so nobody else has a
 * view), because making a new one costs five times a transfer.
 */

/** Size and alignment of a slab in bytes. */
export const SLAB_BYTES: number = 1 << 20;

/** The largest slot in bytes; anything bigger gets a mapping of its own. */
export const LARGEST_SLOT_BYTES: number = SLAB_BYTES / 2;

/** A piece of a slab. The slab it came from never goes away. */
export interface Slot {
  readonly address: number;
  /** The ArrayBuffer of the last lease while the slot is free. */
  buffer: ArrayBuffer | undefined;
  /** True once the slot was leased: its bytes are no longer known to be zero. */
  used: boolean;
}

/** Maps one more slab. Returns its address or -errno. */
export type MapSlab = () => number;

/** The slots of one size. */
export class SlotPool {
  readonly slotBytes: number;
  readonly #mapSlab: MapSlab;
  readonly #free: Slot[] = [];
  /** The part of the newest slab that was never handed out. */
  #freshStart = 0;
  #freshEnd = 0;

  constructor(slotBytes: number, mapSlab: MapSlab) {
    this.slotBytes = slotBytes;
    this.#mapSlab = mapSlab;
  }

  /** A slot, or -errno when a slab was needed and there is no memory. */
  take(): Slot | number {
    const recycled = this.#free.pop();
    if (recycled !== undefined) return recycled;
    if (this.#freshStart === this.#freshEnd) {
      const slab = this.#mapSlab();
      if (slab < 0) return slab;
      this.#freshStart = slab;
      this.#freshEnd = slab + SLAB_BYTES;
    }
    const address = this.#freshStart;
    this.#freshStart += this.slotBytes;
    return { address, buffer: undefined, used: false };
  }

  /**
   * Takes a slot back. `buffer` is its memory, if an ArrayBuffer of it is left; nobody has a view.
   */
  give(slot: Slot, buffer: ArrayBuffer | undefined): void {
    slot.buffer = buffer;
    slot.used = true;
    this.#free.push(slot);
  }
}
