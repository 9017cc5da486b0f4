/**
 * Types that carry ownership to the compiler. Nothing here exists at run time; each
 * rule has a run-time twin that holds for JavaScript callers, aliases and casts too.
 */
declare const ringIdentity: unique symbol;

/**
 * Ties a buffer, file or socket to its ring. The parameter is invariant, so that
 * the things of two rings made by `withRing` cannot be mixed.
 */
export interface RingIdentity<in out Id> {
  readonly [ringIdentity]: Id;
}

/**
 * What a handle becomes, for the compiler, when `submitRead` and its like have
 * taken it: no bytes, only the promise of what comes back.
 */
export interface InFlight<out Result> {
  readonly bytes: never;
  readonly completion: Promise<Result>;
}

/** Refuses, with a sentence, a handle that the compiler knows to be in flight. */
export type MustBeOwned<Buffer> =
  Buffer extends InFlight<unknown>
    ? "this buffer is in flight: await its completion and use the buffer that gives back"
    : unknown;
