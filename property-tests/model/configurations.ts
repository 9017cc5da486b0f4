/**
 * The configurations in which model and emulator are compared.
 *
 * The fields are the definitions that spec/model/ring.pml is parameterised by, under the same
 * names and with the same meaning; `states` and `transitions` are what both sides have to find.
 */

/** What a request does. */
export const OPERATIONS = { NOP: 0, FILE: 1, PIPE: 2, CANCEL: 3, BAD: 4 } as const;

/** A flag of a request; several are joined by "+". */
export const REQUEST_FLAGS = { LINK: 1, HARD: 2, ASYNC: 4 } as const;

/** One request: what it does, its flags, what `ARGS` says of it, and its buffer. */
export interface RequestShape {
  readonly op: keyof typeof OPERATIONS;
  readonly flags?: readonly (keyof typeof REQUEST_FLAGS)[];
  /** NOP: the errno it fails with. FILE: bytes that it moves, of 1. CANCEL: its target. */
  readonly arg?: number;
  readonly buffer?: number;
}

/** One configuration, and what a search of it finds. */
export interface Configuration {
  readonly name: string;
  /** What it is for. */
  readonly about: string;
  readonly requests: readonly RequestShape[];
  readonly sqEntries: number;
  readonly cqEntries: number;
  /** Bytes that arrive in the pipe. */
  readonly feed: number;
  /** The program publishes what it can before it enters, and submits all of it. */
  readonly whole: boolean;
  readonly submitAll: boolean;
  readonly defer: boolean;
  readonly states: number;
  readonly transitions: number;
}
