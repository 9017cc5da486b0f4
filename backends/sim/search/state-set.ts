/**
 * A set of states: keys of a fixed number of 32-bit words, compared in full.
 *
 * Open addressing over an arena of keys. Nothing is lost to a collision: a hash only says where to
 * look. A state takes its words, twice at most, and two to eight words of the table.
 */
const FIRST_CAPACITY = 1 << 12;
/** Beyond this share of the table's places it grows. */
const LOAD = 0.5;
const EMPTY = 0;

/** Keys that were seen, exactly. */
export class StateSet {
  readonly #words: number;
  /** Places of the table: the number of a key, counted from 1, or EMPTY. */
  #table = new Int32Array(FIRST_CAPACITY);
  /** The keys one after the other, in the order in which they came. */
  #keys: Int32Array;
  #size = 0;

  /** @param words - how many words of 32 bits a key has, 1 or more */
  constructor(words: number) {
    this.#words = words;
    this.#keys = new Int32Array(FIRST_CAPACITY * LOAD * words);
  }

  /** How many keys are in it. */
  get size(): number {
    return this.#size;
  }

  /** Puts a copy of `key` in. False when it was there already. */
  add(key: Int32Array): boolean {
    const table = this.#table;
    const mask = table.length - 1;
    let place = this.#hash(key, 0) & mask;
    for (let index = table[place]; index !== EMPTY && index !== undefined; index = table[place]) {
      if (this.#equals(key, (index - 1) * this.#words)) return false;
      place = (place + 1) & mask;
    }
    this.#keys.set(key, this.#size * this.#words);
    this.#size += 1;
    table[place] = this.#size;
    if (this.#size > LOAD * table.length) this.#growTable();
    if ((this.#size + 1) * this.#words > this.#keys.length) this.#growKeys();
    return true;
  }

  #equals(key: Int32Array, at: number): boolean {
    const keys = this.#keys;
    for (let word = 0; word < this.#words; word++) {
      if (keys[at + word] !== key[word]) return false;
    }
    return true;
  }

  /** Murmur3's way of mixing, over the words of the key at `at`. */
  #hash(keys: Int32Array, at: number): number {
    let hash = 0;
    for (let word = 0; word < this.#words; word++) {
      let mixed = Math.imul(keys[at + word] as number, 0xcc9e2d51);
      mixed = Math.imul((mixed << 15) | (mixed >>> 17), 0x1b873593);
      hash ^= mixed;
      hash = (Math.imul((hash << 13) | (hash >>> 19), 5) + 0xe6546b64) | 0;
    }
    hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
    return hash ^ (hash >>> 16);
  }

  #growKeys(): void {
    const keys = new Int32Array(2 * this.#keys.length);
    keys.set(this.#keys);
    this.#keys = keys;
  }

  #growTable(): void {
    const capacity = 4 * this.#table.length;
    const table = new Int32Array(capacity);
    for (let index = 1; index <= this.#size; index++) {
      let place = this.#hash(this.#keys, (index - 1) * this.#words) & (capacity - 1);
      while (table[place] !== EMPTY) place = (place + 1) & (capacity - 1);
      table[place] = index;
    }
    this.#table = table;
  }
}
