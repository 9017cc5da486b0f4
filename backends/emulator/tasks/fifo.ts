/**
 * A first-in first-out list that keeps its storage, so that filling and emptying it allocates
 * nothing. It holds on to what passed through it until the place is used again.
 */
export class Fifo<Entry> {
  readonly #entries: (Entry | undefined)[] = [];
  #head = 0;
  #tail = 0;

  get isEmpty(): boolean {
    return this.#head === this.#tail;
  }

  get length(): number {
    return this.#tail - this.#head;
  }

  /** Appends every entry to `into`, oldest first, and leaves them in place. */
  copyTo(into: Entry[]): void {
    for (let place = this.#head; place < this.#tail; place++) {
      into.push(this.#entries[place] as Entry);
    }
  }

  /** Takes everything out, and these in. */
  load(entries: readonly Entry[]): void {
    this.#head = 0;
    this.#tail = 0;
    for (let i = 0; i < entries.length; i++) this.push(entries[i] as Entry);
  }

  push(entry: Entry): void {
    this.#entries[this.#tail] = entry;
    this.#tail += 1;
  }

  /** Takes the oldest entry, or undefined. */
  shift(): Entry | undefined {
    if (this.#head === this.#tail) return undefined;
    const entry = this.#entries[this.#head];
    this.#head += 1;
    if (this.#head === this.#tail) {
      this.#head = 0;
      this.#tail = 0;
    }
    return entry;
  }

  /** Takes an entry out of the middle; the others keep their order. */
  remove(entry: Entry): void {
    const place = this.#entries.indexOf(entry, this.#head);
    if (place < 0 || place >= this.#tail) return;
    this.#entries.copyWithin(place, place + 1, this.#tail);
    this.#tail -= 1;
  }

  /** What it consists of, for whoever compares states. */
  parts(): readonly unknown[] {
    return this.#entries.slice(this.#head, this.#tail);
  }
}
