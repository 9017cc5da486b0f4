/**
 * A lease of native memory.
 *
 * Freeing moves the ArrayBuffer away from the holder, so that a view kept by
 * mistake sees nothing of what the memory is used for next.
 */
import type { Region } from "../../src/backend.ts";
import type { Transfer } from "./transfer.ts";

/**
 * What becomes of the memory: `buffer` is the only ArrayBuffer that still sees it, and
 * undefined when none does.
 */
export type Reclaim = (buffer: ArrayBuffer | undefined) => void;

/** Waits for the end of an ArrayBuffer, and with it of every view of the memory. */
const unseen = new FinalizationRegistry<Reclaim>((reclaim) => {
  reclaim(undefined);
});

export class NativeRegion implements Region {
  readonly address: number;
  readonly byteLength: number;
  buffer: ArrayBuffer;
  readonly #transfer: Transfer;
  #reclaim: Reclaim | undefined;

  constructor(address: number, buffer: ArrayBuffer, transfer: Transfer, reclaim: Reclaim) {
    this.address = address;
    this.byteLength = buffer.byteLength;
    this.buffer = buffer;
    this.#transfer = transfer;
    this.#reclaim = reclaim;
  }

  /**
   * Detaches `buffer` and gives the memory back. The kernel must be done with it.
   *
   * @throws {Error} when freed twice, or when `buffer` is not the memory's current
   *   ArrayBuffer; the memory then leaks, because someone may still have a view of it
   */
  free(): void {
    const reclaim = this.#takeReclaim();
    if (this.buffer.byteLength !== this.byteLength) {
      throw new Error("region freed while its buffer is detached: its successor was not stored");
    }
    reclaim(this.#transfer(this.buffer));
  }

  /**
   * Lets go of `buffer`, and gives the memory back when that was garbage collected.
   *
   * @throws {Error} when freed twice
   */
  freeWhenUnseen(): void {
    const reclaim = this.#takeReclaim();
    unseen.register(this.buffer, reclaim);
    this.buffer = new ArrayBuffer(0);
  }

  #takeReclaim(): Reclaim {
    const reclaim = this.#reclaim;
    if (reclaim === undefined) throw new Error("region freed twice");
    this.#reclaim = undefined;
    return reclaim;
  }
}
