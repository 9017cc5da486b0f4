/**
 * Seeded randomness: sfc32, seeded through a 32-bit mixer, in integer arithmetic alone, so that a
 * seed gives the same numbers on every engine.
 *
 * One generator per purpose, all from one seed: asking one more question of one does not change
 * the answers of another.
 */

const WORD = 2 ** 32;
const WARM_UP = 12;

/** A stream of numbers that is a function of a seed and a purpose. */
export class Random {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  /** @param seed - a safe integer; @param purpose - names the stream */
  constructor(seed: number, purpose: string) {
    if (!Number.isSafeInteger(seed)) throw new RangeError(`seed ${seed} is no safe integer`);
    let hash = mix(seed >>> 0) ^ mix(Math.floor(seed / WORD) >>> 0);
    for (let i = 0; i < purpose.length; i++) hash = mix(hash ^ purpose.charCodeAt(i));
    this.#a = mix(hash + 1);
    this.#b = mix(hash + 2);
    this.#c = mix(hash + 3);
    for (let i = 0; i < WARM_UP; i++) this.next();
  }

  /** The next 32 bits, unsigned. */
  next(): number {
    const sum = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + sum;
    this.#c |= 0;
    return sum >>> 0;
  }

  /** An integer from 0 to `limit` - 1, for a limit from 1 to 2^20 with no bias worth a word. */
  below(limit: number): number {
    return Math.floor((this.next() * limit) / WORD);
  }

  /** True with the given probability, from 0 to 1. */
  chance(probability: number): boolean {
    return this.next() < probability * WORD;
  }
}

/** A bijection on 32-bit words that spreads every bit over all of them. */
function mix(word: number): number {
  let mixed = (word + 0x9e3779b9) | 0;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x21f0aaad);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
  return mixed ^ (mixed >>> 15);
}
