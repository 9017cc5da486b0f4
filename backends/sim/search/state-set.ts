/**
 * A set of states: keys of a fixed number of 32-bit words, compared in full.
 *
 * Open addressing over an arena of keys. Nothing is lost to a collision: a hash only says where to
 * look, and which of the keys there are worth a look, for most are not in the processor's cache.
 * A state takes its words, twice at most, and four to eight words of the table.
 */
const FIRST_CAPACITY = 1 << 12;
/** Beyond this share of the table's places it grows. */
const LOAD = 0.5;
const EMPTY = 0;

/** Keys that were seen, exactly. */
export class StateSet {
  readonly #words: number;
  /** For each place the number of a key, counted from 1, or EMPTY; and the hash of that key. */
  #table = new Int32Array(2 * FIRST_CAPACITY);
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
    const words = this.#words;
    const table = this.#table;
    const keys = this.#keys;
    const mask = table.length - 1;
    const hash = hashOf(key, words);
    let place = (2 * hash) & mask;
    for (let index = table[place] as number; index !== EMPTY; index = table[place] as number) {
      if (table[place + 1] === hash && equals(keys, (index - 1) * words, key, words)) return false;
      place = (place + 2) & mask;
    }
    const at = this.#size * words;
    for (let word = 0; word < words; word++) keys[at + word] = key[word] as number;
    this.#size += 1;
    table[place] = this.#size;
    table[place + 1] = hash;
    if (2 * this.#size > LOAD * table.length) this.#growTable();
    if (at + 2 * words > keys.length) this.#growKeys();
    return true;
  }

  #growKeys(): void {
    const keys = new Int32Array(2 * this.#keys.length);
    keys.set(this.#keys);
    this.#keys = keys;
  }

  #growTable(): void {
    const old = this.#table;
    const table = new Int32Array(2 * old.length);
    const mask = table.length - 1;
    for (let from = 0; from < old.length; from += 2) {
      if (old[from] === EMPTY) continue;
      const hash = old[from + 1] as number;
      let place = (2 * hash) & mask;
      while (table[place] !== EMPTY) place = (place + 2) & mask;
      table[place] = old[from] as number;
      table[place + 1] = hash;
    }
    this.#table = table;
  }
}

function equals(keys: Int32Array, at: number, key: Int32Array, words: number): boolean {
  for (let word = 0; word < words; word++) {
    if (keys[at + word] !== key[word]) return false;
  }
  return true;
}

/**
 * Words are rotated and multiplied in, in two rows that do not wait for one another; in the end all
 * bits of the hash depend on all of them.
 */
function hashOf(key: Int32Array, words: number): number {
  let even = 0;
  let odd = 0;
  for (let word = 1; word < words; word += 2) {
    even = Math.imul(((even << 5) | (even >>> 27)) ^ (key[word - 1] as number), 0x9e3779b1);
    odd = Math.imul(((odd << 5) | (odd >>> 27)) ^ (key[word] as number), 0x85ebca6b);
  }
  if (words & 1) even = Math.imul(even ^ (key[words - 1] as number), 0x9e3779b1);
  let hash = Math.imul(even ^ (even >>> 16) ^ ((odd << 13) | (odd >>> 19)), 0xc2b2ae35);
  hash = Math.imul(hash ^ (hash >>> 13), 0x27d4eb2f);
  return hash ^ (hash >>> 16);
}
