/**
 * What Linux showed, as a replay walks along it: the CQEs in the order in which they came, and how
 * far each step got.
 */
import type { Cqe, Trace } from "../trace.ts";

/** The CQEs of a trace. */
export class Observed {
  readonly cqes: readonly Cqe[];
  /** How many CQEs had been seen when each step was over. */
  readonly until: readonly number[];

  constructor(trace: Trace) {
    const cqes: Cqe[] = [];
    const until: number[] = [];
    for (const step of trace.steps) {
      cqes.push(...step.cqes);
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
  readonly #observed: Observed;
  readonly #inOrder: boolean;
  readonly #matched: boolean[];

  /** @param inOrder - CQEs must come in the very order, not only those of one request */
  constructor(observed: Observed, inOrder: boolean) {
    this.#observed = observed;
    this.#inOrder = inOrder;
    this.#matched = observed.cqes.map(() => false);
  }

  /** The place of the next CQE of a request among those that come before place `to`, or -1. */
  next(userData: number, to: number): number {
    const { cqes } = this.#observed;
    for (let i = 0; i < to; i++) {
      if (!this.#matched[i] && cqes[i]?.userData === userData) return i;
    }
    return -1;
  }

  /** Whether Linux showed this CQE next; then it is done with. */
  take(cqe: Cqe, to: number): boolean {
    const place = this.#inOrder ? Math.min(this.shown, to) : this.next(cqe.userData, to);
    const seen = place < to ? this.#observed.cqes[place] : undefined;
    if (seen === undefined || !equalCqes(cqe, seen)) return false;
    this.#matched[place] = true;
    this.shown += 1;
    return true;
  }

  /** What it consists of, for whoever compares states. */
  parts(): readonly unknown[] {
    return [this.#matched];
  }

  /** The first CQE that has not come yet, of those before place `to`. */
  missing(to: number): Cqe | undefined {
    const place = this.#matched.indexOf(false);
    return place >= 0 && place < to ? this.#observed.cqes[place] : undefined;
  }
}

/** A CQE in words. */
export function cqeText({ userData, res, flags, extra }: Cqe): string {
  return `CQE ${userData} res ${res} flags ${flags}${extra === undefined ? "" : ` ${extra}`}`;
}

function equalCqes(a: Cqe, b: Cqe): boolean {
  return a.userData === b.userData && a.res === b.res && a.flags === b.flags && a.extra === b.extra;
}
