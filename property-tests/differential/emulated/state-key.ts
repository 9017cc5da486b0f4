/**
 * A key of the state that a replay is in: equal keys, equal futures.
 *
 * Everything that can be reached is walked through, each object by its public fields and by what
 * its `parts()` tell of its private ones; an object that comes again counts by its number, so that
 * who shares what with whom is part of the key. Only what is listed here is left out or put in
 * order, each with its reason: whatever else differs makes another key. A field that nobody thought
 * of can make two equal states look different, which costs time, but not the reverse.
 */
import { Core } from "../../../backends/emulator/core.ts";
import { CQES } from "../../../backends/emulator/setup/layout.ts";
import { PHASE_TIMED } from "../../../backends/emulator/request-phases.ts";
import { Request, Ring } from "../../../backends/emulator/state.ts";

/** Fields that say nothing about what will happen, by the class of the object. */
const LEFT_OUT = new Map<unknown, readonly (keyof Core | keyof Request | keyof Ring)[]>([
  [
    Core,
    [
      // The same in every replay of a program.
      "operations",
      "profile",
      // Of use within one transfer or one question only.
      "choices",
      "transfer",
      "received",
      // Blank records.
      "pool",
      // Counts that are compared with what they were, which CallPosition tells.
      "worked",
      // Numbers are given in a rising order; those that were given stand in the requests.
      "armings",
      // Of interest in a call only: whoever is in one gives it as a root of its own.
      "position",
    ],
  ],
  // Places in lists, and what is put in order below.
  [Request, ["agendaIndex", "liveIndex", "armedIndex", "due", "arming"]],
  // Shared memory: what the program sees of it is told by its RingView.
  [Ring, ["memory", "view", "sqe", "live"]],
]);

/** What is in private fields. */
interface Parted {
  parts?(): readonly unknown[];
}

/** The objects of one class. */
interface Kind {
  readonly number: number;
  /** Those that count. */
  readonly fields: readonly string[];
}

/** Their numbers begin here, above what else says what a value is. */
const KINDS = 100;

const float = new Float64Array(1);
const halves = new Int32Array(float.buffer);

/** Makes keys. One is enough for many states. */
export class StateKeys {
  readonly #numbers = new Map<object, number>();
  readonly #kinds = new Map<unknown, Kind>();
  /** Two sums of 32 bits. */
  #first = 0;
  #second = 0;
  /** When requests began to wait for a file. */
  #armings: number[] = [];

  /** The key of everything that can be reached from `roots`. */
  of(...roots: readonly unknown[]): string {
    this.#first = 0;
    this.#second = 0;
    this.#numbers.clear();
    for (const root of roots) this.#add(root);
    return `${this.#first >>> 0} ${this.#second >>> 0}`;
  }

  #word(word: number): void {
    const first = Math.imul(this.#first ^ word, 0x9e37_79b1);
    this.#first = first ^ (first >>> 15);
    const second = Math.imul((this.#second + word + 1) | 0, 0x85eb_ca6b);
    this.#second = second ^ (second >>> 13);
  }

  #add(value: unknown): void {
    switch (typeof value) {
      case "number":
        this.#number(value);
        return;
      case "object":
        if (value === null) this.#word(1);
        else this.#object(value);
        return;
      case "boolean":
        this.#word(value ? 2 : 3);
        return;
      // Functions are made once, or hold nothing that changes.
      case "function":
      case "undefined":
        this.#word(4);
        return;
      default:
        this.#text(String(value));
    }
  }

  #number(value: number): void {
    if ((value | 0) === value) {
      this.#word(5);
      this.#word(value);
      return;
    }
    float[0] = value;
    this.#word(6);
    this.#word(halves[0] ?? 0);
    this.#word(halves[1] ?? 0);
  }

  #text(text: string): void {
    this.#word(7);
    this.#word(text.length);
    for (let i = 0; i < text.length; i++) this.#word(text.charCodeAt(i));
  }

  #object(object: object): void {
    const number = this.#numbers.get(object);
    this.#word(number === undefined ? 8 : 9);
    if (number !== undefined) {
      this.#word(number);
      return;
    }
    this.#numbers.set(object, this.#numbers.size);
    if (Array.isArray(object)) this.#list(object);
    else if (object instanceof Map || object instanceof Set) this.#list([...object]);
    else if (object instanceof ArrayBuffer) this.#bytes(new Uint8Array(object));
    else if (ArrayBuffer.isView(object)) this.#bytes(bytesOf(object));
    else this.#record(object);
  }

  #list(list: readonly unknown[]): void {
    this.#word(10);
    this.#word(list.length);
    for (let i = 0; i < list.length; i++) this.#add(list[i]);
  }

  /** Zeroes are passed over: most memory is nothing but zeroes. */
  #bytes(bytes: Uint8Array): void {
    this.#word(11);
    this.#word(bytes.length);
    const words = bytes.byteOffset % 4 === 0 ? bytes.length >> 2 : 0;
    if (words > 0) {
      const view = new Int32Array(bytes.buffer, bytes.byteOffset, words);
      for (let i = 0; i < words; i++) this.#place(i, view[i] as number);
    }
    for (let i = 4 * words; i < bytes.length; i++) this.#place(i, bytes[i] as number);
  }

  #place(at: number, word: number): void {
    if (word === 0) return;
    this.#word(at);
    this.#word(word);
  }

  #record(object: Parted & object): void {
    const kind = this.#kindOf(object);
    this.#word(kind.number);
    if (object instanceof Core) this.#armings = armings(object);
    if (object instanceof Request) this.#request(object);
    if (object instanceof Ring) this.#ring(object);
    for (const field of kind.fields) this.#add(object[field as keyof typeof object]);
    const parts = object.parts?.();
    if (parts !== undefined) this.#list(parts);
  }

  /** Records without a class are of one kind where they have the same fields. */
  #kindOf(object: object): Kind {
    const { constructor } = object;
    const name = constructor === Object ? Object.keys(object).join() : constructor;
    let kind = this.#kinds.get(name);
    if (kind === undefined) {
      const leftOut: readonly string[] = LEFT_OUT.get(constructor) ?? [];
      const fields = Object.keys(object).filter((field) => !leftOut.includes(field));
      kind = { number: KINDS + this.#kinds.size, fields };
      this.#kinds.set(name, kind);
    }
    return kind;
  }

  /** Only timers are due at a time; who began to wait before whom counts, not when. */
  #request({ phase, due, arming }: Request): void {
    this.#number(phase === PHASE_TIMED ? due : 0);
    this.#word(this.#armings.indexOf(arming));
  }

  /** Requests in no order, and the words of the header: nobody reads a CQE again. */
  #ring({ live, view }: Ring): void {
    this.#list([...live].sort((a, b) => a.sequence - b.sequence));
    this.#bytes(bytesOf(view).subarray(0, CQES));
  }
}

/** In their order. That of a request that is not listed as live is 0. */
function armings({ rings }: Core): number[] {
  const all = [...rings].flatMap(({ live }) => live.map(({ arming }) => arming));
  return [0, ...all].sort((a, b) => a - b);
}

function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/** The states that a search has seen. */
export class VisitedStates {
  readonly #keys = new StateKeys();
  readonly #visited = new Set<string>();

  /** Whether nobody has been in this state. From then on somebody has. */
  enter(...roots: readonly unknown[]): boolean {
    const { size } = this.#visited;
    this.#visited.add(this.#keys.of(...roots));
    return this.#visited.size > size;
  }
}
