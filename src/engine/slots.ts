/** The table of operation slots: who is in flight, found by `user_data`. */
import { Operation, type OperationKind } from "./operation.ts";

/** Slots grow with use and never shrink; freed ones are used again, last freed first. */
export class Slots {
  readonly #slots: Operation[] = [];
  readonly #free: Operation[] = [];
  #serial = 0;

  /** Slots in use. */
  get used(): number {
    return this.#slots.length - this.#free.length;
  }

  /** A slot for a new operation. */
  acquire(kind: OperationKind): Operation {
    let operation = this.#free.pop();
    if (operation === undefined) {
      operation = new Operation(this.#slots.length, kind);
      this.#slots.push(operation);
    }
    operation.kind = kind;
    operation.state = "queued";
    operation.serial = ++this.#serial;
    return operation;
  }

  /** The operation that a CQE's `user_data` names, or undefined when it is no longer there. */
  find(low: number, high: number): Operation | undefined {
    const operation = this.#slots[low];
    if (operation?.generation !== high || operation.state === "free") return undefined;
    return operation;
  }

  release(operation: Operation): void {
    operation.reset();
    this.#free.push(operation);
  }

  /** Operations that are not over, in slot order; abandoned ones are. */
  *[Symbol.iterator](): Iterator<Operation> {
    for (const operation of this.#slots) {
      if (operation.state === "queued" || operation.state === "submitted") yield operation;
    }
  }
}
