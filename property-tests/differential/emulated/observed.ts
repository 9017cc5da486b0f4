/**
 * What Linux showed of a ring, as a replay walks along it: the CQEs in the order in which they
 * came, and how far each step got.
 */
import { type Cqe, shownOn, type Trace } from "../trace.ts";

/** The CQEs of a ring in a trace. */
export class Observed {
  readonly cqes: readonly Cqe[];
  /** How many CQEs had been seen when each step was over. */
  readonly until: readonly number[];

  /** @param ring - 0: the first one, 1: the other */
  constructor(trace: Trace, ring: number) {
    const cqes: Cqe[] = [];
    const until: number[] = [];
    for (const step of trace.steps) {
      cqes.push(...shownOn(step, ring).cqes);
      until.push(cqes.length);
    }
    this.cqes = cqes;
    this.until = until;
  }
}

/** How far one replay has come among them. */
export class Progress {
  /** How many CQEs agreed. */
  shown = 0;
  /** How many may be shown by the end of the present step. */
  #allowed = 0;
  readonly #observed: Observed;
  readonly #inOrder: boolean;
  readonly #matched: boolean[];

  /** @param inOrder - CQEs must come in the very order, not only those of one request */
  constructor(observed: Observed, inOrder: boolean) {
    this.#observed = observed;
    this.#inOrder = inOrder;
    this.#matched = observed.cqes.map(() => false);
  }

  /** Step number `index` begins. */
  begin(index: number): void {
    this.#allowed = this.#observed.until[index] ?? 0;
  }

  /** Whether something is still to be shown in the present step. */
  get isBehind(): boolean {
    return this.shown < this.#allowed;
  }

  /** The place of the next CQE of a request among those of the steps so far, or -1. */
  place(userData: number): number {
    return this.#next(userData, this.#allowed);
  }

  /** The next CQE of a request, in whatever step. */
  ever(userData: number): Cqe | undefined {
    const { cqes } = this.#observed;
    return cqes[this.#next(userData, cqes.length)];
  }

  #next(userData: number, to: number): number {
    const { cqes } = this.#observed;
    for (let i = 0; i < to; i++) {
      if (!this.#matched[i] && cqes[i]?.userData === userData) return i;
    }
    return -1;
  }

  /** Whether Linux showed this CQE next; then it is done with. */
  take(cqe: Cqe): boolean {
    const place = this.#inOrder ? this.shown : this.place(cqe.userData);
    const seen = place < this.#allowed ? this.#observed.cqes[place] : undefined;
    if (seen === undefined || !equalCqes(cqe, seen)) return false;
    this.#matched[place] = true;
    this.shown += 1;
    return true;
  }

  /** What it consists of, for whoever compares states and knows the step. */
  parts(): readonly unknown[] {
    return [this.#matched];
  }

  /** The first CQE that has not come yet, of those of the steps so far. */
  get missing(): Cqe | undefined {
    const place = this.#matched.indexOf(false);
    return place >= 0 && place < this.#allowed ? this.#observed.cqes[place] : undefined;
  }
}

/** A CQE in words. */
export function cqeText({ userData, res, flags, extra }: Cqe): string {
  return `CQE ${userData} res ${res} flags ${flags}${extra === undefined ? "" : ` ${extra}`}`;
}

function equalCqes(a: Cqe, b: Cqe): boolean {
  return a.userData === b.userData && a.res === b.res && a.flags === b.flags && a.extra === b.extra;
}
