/**
 * One listener per `AbortSignal`, however many operations share it: a program may
 * give the same signal to a thousand reads.
 */
import type { Operation } from "./operation.ts";

interface Watched {
  readonly operations: Set<Operation>;
  readonly listener: () => void;
}

/** Which operations end when a signal fires. */
export class AbortWatch {
  readonly #watched = new Map<AbortSignal, Watched>();
  readonly #cancel: (operation: Operation) => void;

  /** @param cancel - asks for the end of an operation whose signal fired */
  constructor(cancel: (operation: Operation) => void) {
    this.#cancel = cancel;
  }

  add(signal: AbortSignal, operation: Operation): void {
    const watched = this.#watched.get(signal) ?? this.#listen(signal);
    watched.operations.add(operation);
  }

  /** The operation is over. With its last operation the signal is forgotten. */
  remove(signal: AbortSignal, operation: Operation): void {
    const watched = this.#watched.get(signal);
    if (watched === undefined) return;
    watched.operations.delete(operation);
    if (watched.operations.size > 0) return;
    signal.removeEventListener("abort", watched.listener);
    this.#watched.delete(signal);
  }

  #listen(signal: AbortSignal): Watched {
    const operations = new Set<Operation>();
    const listener = (): void => {
      for (const operation of [...operations]) this.#cancel(operation);
    };
    const watched = { operations, listener };
    this.#watched.set(signal, watched);
    signal.addEventListener("abort", listener, { once: true });
    return watched;
  }
}
