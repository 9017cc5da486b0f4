/**
 * What is due when: a binary heap over (due, sequence), with removal from the middle.
 *
 * An entry knows its own place in the heap, so that a cancelled timer or a request that was
 * taken out of order leaves in O(log n). Entries that are due at the same time come out in the
 * order of their sequence numbers: the order is a function of the contents alone.
 */

/** Something that stands on an agenda: when it is due, in nanoseconds, and its place there. */
export interface Scheduled {
  due: number;
  readonly sequence: number;
  /** Place in the heap; -1 while it stands on none. Written by the agenda only. */
  agendaIndex: number;
}

/** A priority queue of things that are due. */
export class Agenda<Entry extends Scheduled> {
  readonly #heap: Entry[] = [];

  /** How many entries stand on it. */
  get size(): number {
    return this.#heap.length;
  }

  /** The entry that is due first, left in place. */
  first(): Entry | undefined {
    return this.#heap[0];
  }

  /** Every entry, in the order of the heap. Not to be kept or changed. */
  entries(): readonly Entry[] {
    return this.#heap;
  }

  /** Puts back what `entries()` gave once; every entry knows its place then as it did then. */
  load(entries: readonly Entry[]): void {
    const heap = this.#heap;
    while (heap.length > entries.length) heap.pop();
    for (let i = 0; i < entries.length; i++) heap[i] = entries[i] as Entry;
  }

  /** Puts an entry on the agenda. It must not stand there already. */
  push(entry: Entry): void {
    const heap = this.#heap;
    heap.push(entry);
    this.#rise(entry, heap.length - 1);
  }

  /** Takes an entry off. Does nothing if it does not stand there. */
  remove(entry: Entry): void {
    const index = entry.agendaIndex;
    if (index < 0) return;
    entry.agendaIndex = -1;
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || last === entry) return;
    this.#sink(last, index);
    if (last.agendaIndex === index) this.#rise(last, index);
  }

  #rise(entry: Entry, from: number): void {
    const heap = this.#heap;
    let index = from;
    while (index > 0) {
      const parentIndex = (index - 1) >> 1;
      const parent = heap[parentIndex] as Entry;
      if (!before(entry, parent)) break;
      heap[index] = parent;
      parent.agendaIndex = index;
      index = parentIndex;
    }
    heap[index] = entry;
    entry.agendaIndex = index;
  }

  #sink(entry: Entry, from: number): void {
    const heap = this.#heap;
    const size = heap.length;
    let index = from;
    for (let childIndex = 2 * index + 1; childIndex < size; childIndex = 2 * index + 1) {
      let child = heap[childIndex] as Entry;
      const sibling = heap[childIndex + 1];
      if (sibling !== undefined && before(sibling, child)) {
        child = sibling;
        childIndex += 1;
      }
      if (!before(child, entry)) break;
      heap[index] = child;
      child.agendaIndex = index;
      index = childIndex;
    }
    heap[index] = entry;
    entry.agendaIndex = index;
  }

  /** What it consists of, for whoever compares states. */
  parts(): readonly unknown[] {
    return [...this.#heap].sort((a, b) => a.sequence - b.sequence);
  }
}

function before(a: Scheduled, b: Scheduled): boolean {
  return a.due < b.due || (a.due === b.due && a.sequence < b.sequence);
}
