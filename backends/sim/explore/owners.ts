/** Writes down, between two looks at the books, which buffers changed hands. */
import type { SimBackend } from "../backend.ts";

/** Follows the owners of every buffer in the ledgers of a world. */
export class OwnerLog {
  readonly #backend: SimBackend;
  readonly #write: (line: string) => void;
  readonly #owners = new Map<number, string>();
  readonly #names = new Map<number, string>();

  constructor(backend: SimBackend, write: (line: string) => void) {
    this.#backend = backend;
    this.#write = write;
  }

  /** Compares with the last look and writes `buffer A user -> operation` for each change. */
  look(): void {
    const present = new Map<number, string>();
    for (const ledger of [...this.#backend.ledgers, ...this.#backend.closedLedgers]) {
      for (const { address, owner } of ledger.entries()) present.set(address, owner);
    }
    for (const [address, owner] of present) this.#note(address, owner);
    for (const address of this.#owners.keys()) {
      if (!present.has(address)) this.#note(address, "freed");
    }
  }

  #note(address: number, owner: string): void {
    const before = this.#owners.get(address) ?? "pool";
    this.#owners.set(address, owner);
    if (before === owner) return;
    this.#write(`buffer ${this.#name(address)} ${before} -> ${owner}`);
  }

  #name(address: number): string {
    let name = this.#names.get(address);
    if (name === undefined) {
      name = `0x${address.toString(16)}`;
      this.#names.set(address, name);
    }
    return name;
  }
}
