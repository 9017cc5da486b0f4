/**
 * A lease of native memory.
 *
 * Freeing moves the ArrayBuffer away from the holder, so that a view kept by
 * mistake sees nothing of what the memory is used for next.
 */
import { COLLECTED, type Region } from "../../src/backend.ts";
import type { Transfer } from "./transfer.ts";

/**
 * What becomes of the memory: `buffer` is the only ArrayBuffer that still sees it, or
 * undefined when none is left.
 */
export type Reclaim = (buffer: ArrayBuffer | undefined) => void;

/** A `Region` of native memory. */
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
    const reclaim = this.#reclaim;
    if (reclaim === undefined) throw new Error("region freed twice");
    this.#reclaim = undefined;
    if (this.buffer === COLLECTED) {
      reclaim(undefined);
      return;
    }
    if (this.buffer.byteLength !== this.byteLength) {
      throw new Error("region freed while its buffer is detached: its successor was not stored");
    }
    reclaim(this.#transfer(this.buffer));
  }
}
