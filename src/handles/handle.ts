/**
 * What a program holds of an open file or socket. It owns its descriptor, and
 * belongs to one ring.
 */
import type { Engine } from "../engine/engine.ts";
import { RingError } from "../errors.ts";
import type { RingIdentity } from "../types.ts";
import { checkFd } from "../validate.ts";
import type { Descriptor } from "./descriptor.ts";

// The door through which the calls of a ring reach the descriptor.
let reach: (handle: object) => Descriptor | undefined;

/** Ties the handle to its ring, for the compiler only. */
export interface Handle<in out Id = unknown> extends RingIdentity<Id> {}

/** An open descriptor of one ring. */
// eslint-disable-next-line @typescript-eslint/no-unsafe-declaration-merging -- a phantom
export abstract class Handle<in out Id = unknown> {
  readonly #descriptor: Descriptor;

  constructor(descriptor: Descriptor) {
    this.#descriptor = descriptor;
  }

  /** The descriptor number, -1 once closed. The handle goes on owning it. */
  get fd(): number {
    return this.#descriptor.fd;
  }

  /** Closes the descriptor after the operations on it have ended. Closing twice is fine. */
  close(): Promise<void> {
    return this.#descriptor.close();
  }

  /** `close`, at the end of an `await using` block. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  static {
    reach = (handle) => (#descriptor in handle ? handle.#descriptor : undefined);
  }
}

/**
 * The descriptor behind what a caller passed as a file, or undefined for a bare
 * number, which nothing keeps from being closed and reused while in flight.
 *
 * @throws {RingError} ERR_RING_FOREIGN_FILE, ERR_RING_FILE_CLOSED, ERR_RING_INVALID_ARGUMENT
 */
export function checkTarget(
  engine: Engine,
  target: object | number,
  operation: string,
): Descriptor | undefined {
  const isObject = typeof target === "object" && (target as unknown) !== null;
  const descriptor = isObject ? reach(target) : undefined;
  if (descriptor === undefined) {
    checkFd(operation, target);
    return undefined;
  }
  if (descriptor.engine !== engine) {
    throw new RingError(
      "ERR_RING_FOREIGN_FILE",
      `${operation}: this file belongs to another ring; only the ring that opened it can use it`,
    );
  }
  descriptor.require(operation);
  return descriptor;
}
