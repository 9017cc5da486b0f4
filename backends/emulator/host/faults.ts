/**
 * What may go wrong beyond what Linux does to everybody.
 *
 * A policy only allows: whether an allowed fault happens is a choice like any other, so an
 * explorer tries the run with it and the run without it.
 */

/** One thing that may go wrong with one attempt of a request. */
export type Fault =
  /** The request ends with `-errno` and does nothing. */
  | { readonly kind: "error"; readonly errno: number }
  /** A transfer moves at most `bytes` bytes; also on regular files. */
  | { readonly kind: "short"; readonly bytes: number };

/** The request that is about to run, as a policy sees it. */
export interface FaultSite {
  readonly opcode: number;
  readonly sequence: number;
  readonly fd: number;
  readonly offset: number;
  readonly address: number;
  readonly length: number;
  readonly userDataLow: number;
  readonly userDataHigh: number;
}

/** Says, for each attempt, which faults may happen; none when it returns an empty list. */
export interface FaultPolicy {
  faults(site: FaultSite): readonly Fault[];
}
