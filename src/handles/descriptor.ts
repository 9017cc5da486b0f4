/**
 * A descriptor that the library owns: what `FileHandle`, `Socket` and `Listener` share.
 *
 * While an operation uses it, it stays open: closing a number that is in flight
 * would let the kernel give it to another file, and the operation would reach
 * that one (OWN-14). `close` therefore waits for the last operation.
 */
import type { Engine } from "../engine/engine.ts";
import type { HeldDescriptor } from "../engine/operation.ts";
import { RingError } from "../errors.ts";
import { CLOSE } from "../operations/plain.ts";

/** Closes what a program dropped without closing it, and says so. */
const dropped = new FinalizationRegistry<{ engine: Engine; fd: number }>(({ engine, fd }) => {
  if (!engine.descriptors.has(fd)) return;
  const { process } = globalThis as { process?: { emitWarning?(text: string): void } };
  process?.emitWarning?.(`safer-ring: descriptor ${String(fd)} was dropped without close()`);
  void closeFd(engine, fd).catch(() => undefined);
});

/** Closes a number that the library owns, also while the ring is closing. */
export function closeFd(engine: Engine, fd: number): Promise<void> {
  engine.descriptors.delete(fd);
  const operation = engine.beginInternal(CLOSE);
  operation.fd = fd;
  return engine.launch<undefined>(operation);
}

/** One open descriptor and the operations on it. */
export class Descriptor implements HeldDescriptor {
  readonly engine: Engine;
  readonly #fd: number;
  readonly #what: string;
  #holders = 0;
  #closed: Promise<void> | undefined;

  /**
   * @param fd - in the ring's care already (`Returns.own`); closed by this object
   * @param what - for errors: `"file"`, `"socket"`
   */
  constructor(engine: Engine, fd: number, what: string) {
    this.engine = engine;
    this.#fd = fd;
    this.#what = what;
    // Collection is no event of a simulated world: there, what is dropped stays open.
    if (engine.backend.name !== "sim") dropped.register(this, { engine, fd }, this);
  }

  /** The number, or -1 once it is closed or closing, or its ring is. */
  get fd(): number {
    return this.#closed === undefined && !this.engine.refusing ? this.#fd : -1;
  }

  /** @throws {RingError} ERR_RING_FILE_CLOSED */
  require(operation: string): number {
    if (this.#closed !== undefined) {
      throw new RingError("ERR_RING_FILE_CLOSED", `${operation}: this ${this.#what} is closed`);
    }
    return this.#fd;
  }

  enter(): void {
    this.#holders++;
  }

  leave(): void {
    this.#holders--;
  }

  /** Ends every operation on the descriptor, each with its own CQE. */
  cancelAll(): void {
    for (const operation of [...this.engine.operations]) {
      if (operation.descriptor === this) this.engine.cancel(operation);
    }
  }

  /** Waits for the operations on it, then closes it. A second call waits for the first. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    dropped.unregister(this);
    await this.engine.until(() => this.#holders === 0);
    // A ring that closed in the meantime has closed its descriptors.
    if (this.engine.descriptors.has(this.#fd)) await closeFd(this.engine, this.#fd);
  }
}
