/**
 * Moves the bytes of one request between a file and the program's memory.
 *
 * One object serves the whole kernel: the callbacks that a file gets are made once, and read here
 * which request they work for. A stream may be told to move fewer bytes than it could (ND-13):
 * the file hears it as "the program took no more", so the rest stays where it is.
 */
import type { Choices } from "../choices.ts";
import { EFAULT } from "../../../spec/errno.ts";
import type { Deliver, Fetch, Memory } from "../host/host.ts";
import { readMemory, writeMemory } from "./request-memory.ts";
import type { Request } from "../state.ts";

const NO_LIMIT = Number.POSITIVE_INFINITY;

/** The copying end of reads and writes. */
export class Transfer {
  readonly deliver: Deliver;
  readonly fetch: Fetch;
  readonly #memory: Memory;
  readonly #choices: Choices;
  #request: Request | undefined = undefined;
  #started = 0;
  #moved = 0;
  /** Bytes from which on a short transfer is offered; a stream's alone. */
  #splitsFrom = NO_LIMIT;
  #faulted = false;
  /** A fault leaves nothing moved, as it does in a socket (NET-15). */
  #whole = false;
  /** At most this many bytes, by order of the fault policy. Used up by the next transfer. */
  limit: number = NO_LIMIT;

  constructor(memory: Memory, choices: Choices) {
    this.#memory = memory;
    this.#choices = choices;
    this.deliver = (bytes, granule = 1) => this.#move(bytes, true, granule, 0);
    this.fetch = (into, granule = 1, first = 0) => this.#move(into, false, granule, first);
  }

  /**
   * Starts a transfer behind the bytes of its buffer that earlier attempts moved.
   *
   * @param splitsFrom - offer a short transfer when at least so many bytes could move
   * @param whole - what the program's memory cannot take or give in one piece does not move
   */
  begin(request: Request, splitsFrom: number = NO_LIMIT, whole: boolean = false): void {
    this.#request = request;
    this.#started = request.done - request.settled;
    this.#moved = this.#started;
    this.#splitsFrom = splitsFrom;
    this.#faulted = false;
    this.#whole = whole;
  }

  /** The result of the transfer, from what the file returned: EFAULT when nothing could move. */
  end(result: number): number {
    this.limit = NO_LIMIT;
    //= OWN-21, ERR-12
    return this.#faulted && result === 0 ? -EFAULT : result;
  }

  #move(bytes: Uint8Array, toProgram: boolean, granule: number, first: number): number {
    const request = this.#request;
    if (request === undefined) throw new Error("a file moved bytes outside of a transfer");
    const allowed = this.#allowed(request, bytes.length);
    const part = allowed === bytes.length ? bytes : bytes.subarray(0, allowed);
    const touched =
      request.vectors === undefined
        ? this.#copy(request, request.address + this.#moved, part, toProgram)
        : this.#copyVectors(request, request.vectors, part, toProgram);
    this.#faulted ||= touched < part.length;
    const moved = this.#faulted ? wholePieces(touched, granule, first) : touched;
    //= NET-15
    if (this.#faulted && this.#whole) return 0;
    this.#moved += moved;
    return moved;
  }

  #allowed(request: Request, offered: number): number {
    let allowed = offered;
    if (this.limit !== NO_LIMIT) {
      allowed = Math.min(allowed, Math.max(0, this.limit - (this.#moved - this.#started)));
    }
    //= ND-13
    return allowed >= this.#splitsFrom ? this.#choices.amount(request, allowed) : allowed;
  }

  #copy(request: Request, address: number, bytes: Uint8Array, toProgram: boolean): number {
    const copy = toProgram ? writeMemory : readMemory;
    return copy(this.#memory, request, address, bytes);
  }

  #copyVectors(
    request: Request,
    vectors: readonly number[],
    bytes: Uint8Array,
    toProgram: boolean,
  ): number {
    let skip = this.#moved;
    let moved = 0;
    for (let i = 0; i < vectors.length && moved < bytes.length; i += 2) {
      const length = vectors[i + 1] ?? 0;
      if (skip >= length) {
        skip -= length;
        continue;
      }
      const want = Math.min(length - skip, bytes.length - moved);
      const part = bytes.subarray(moved, moved + want);
      const got = this.#copy(request, (vectors[i] ?? 0) + skip, part, toProgram);
      moved += got;
      if (got < want) break;
      skip = 0;
    }
    return moved;
  }
}

function wholePieces(touched: number, granule: number, first: number): number {
  return touched < first ? 0 : touched - ((touched - first) % granule);
}
