/**
 * The configurations in which model and emulator are compared.
 *
 * The fields are the definitions that spec/model/ring.pml is parameterised by, with the same
 * meaning; the numbers of states and transitions are what both sides have to find.
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
  /** The same where a state also tells which step led to it (`LAST`). */
  readonly withLast: Counted;
}

/** What a search counts. */
export interface Counted {
  readonly states: number;
  readonly transitions: number;
}

const USUAL = {
  sqEntries: 4,
  cqEntries: 4,
  feed: 0,
  whole: false,
  submitAll: false,
  defer: false,
} as const;

/** In the order of the table in docs/model.md. */
export const CONFIGURATIONS: readonly Configuration[] = [
  {
    ...USUAL,
    name: "batches",
    about: "batches of any size, one of them cut short by a rejected SQE; the SQ wraps",
    requests: [
      { op: "NOP" },
      { op: "FILE", arg: 1, buffer: 0 },
      { op: "BAD" },
      { op: "FILE", arg: 1, buffer: 1 },
      { op: "NOP" },
    ],
    sqEntries: 2,
    states: 190,
    transitions: 564,
    withLast: { states: 541, transitions: 1629 },
  },
  {
    ...USUAL,
    name: "soft chain",
    about: "a chain of soft links that may break at a short read, and is cut by partial batches",
    requests: [
      { op: "NOP", flags: ["LINK"] },
      { op: "FILE", flags: ["LINK"], arg: 0, buffer: 0 },
      { op: "FILE", flags: ["LINK"], arg: 1, buffer: 1 },
      { op: "NOP" },
      { op: "NOP" },
    ],
    states: 1324,
    transitions: 3600,
    withLast: { states: 3137, transitions: 8897 },
  },
  {
    ...USUAL,
    name: "hard chain",
    about: "hard links hold through failures, a soft one behind them does not",
    requests: [
      { op: "NOP", flags: ["HARD"], arg: 5 },
      { op: "FILE", flags: ["HARD", "LINK"], arg: 0, buffer: 0 },
      { op: "NOP", flags: ["LINK"], arg: 5 },
      { op: "NOP", flags: ["HARD"] },
      { op: "FILE", arg: 1, buffer: 1 },
    ],
    states: 2125,
    transitions: 6139,
    withLast: { states: 5343, transitions: 16203 },
  },
  {
    ...USUAL,
    name: "rejected chain",
    about: "a rejected member fails its chain, hard links included; SUBMIT_ALL goes on behind it",
    requests: [
      { op: "NOP", flags: ["HARD"] },
      { op: "BAD", flags: ["HARD"] },
      { op: "FILE", arg: 1, buffer: 0 },
      { op: "NOP", flags: ["LINK"] },
      { op: "BAD" },
      { op: "NOP", flags: ["ASYNC"] },
    ],
    submitAll: true,
    states: 2997,
    transitions: 9308,
    withLast: { states: 7845, transitions: 25470 },
  },
  {
    ...USUAL,
    name: "overflow",
    about: "more completions than the CQ holds, posted by calls and by workers",
    requests: [
      { op: "NOP" },
      { op: "FILE", arg: 1, buffer: 0 },
      { op: "NOP", flags: ["ASYNC"] },
      { op: "FILE", arg: 1, buffer: 1 },
      { op: "NOP", flags: ["LINK"] },
      { op: "NOP" },
    ],
    sqEntries: 2,
    cqEntries: 2,
    states: 3256,
    transitions: 9966,
    withLast: { states: 7768, transitions: 25071 },
  },
  {
    ...USUAL,
    name: "readers of a pipe",
    about: "three reads wait for two bytes, and cancellations for two of the reads",
    requests: [
      { op: "PIPE", buffer: 0 },
      { op: "PIPE", buffer: 1 },
      { op: "PIPE", buffer: 2 },
      { op: "CANCEL", arg: 0 },
      { op: "CANCEL", arg: 1 },
    ],
    feed: 2,
    states: 1267,
    transitions: 5666,
    withLast: { states: 4300, transitions: 19974 },
  },
  {
    ...USUAL,
    name: "work cancelled",
    about: "a cancellation of what a worker has wins, loses, or is too late; a chain depends on it",
    requests: [
      { op: "FILE", flags: ["ASYNC", "LINK"], arg: 1, buffer: 0 },
      { op: "NOP" },
      { op: "CANCEL", flags: ["LINK"], arg: 0 },
      { op: "CANCEL", flags: ["ASYNC"], arg: 0 },
      { op: "NOP" },
    ],
    states: 1326,
    transitions: 3552,
    withLast: { states: 3123, transitions: 8843 },
  },
  {
    ...USUAL,
    name: "one buffer",
    about: "reads share a buffer one after the other, while cancellations cross with them",
    requests: [
      { op: "FILE", flags: ["ASYNC"], arg: 1, buffer: 0 },
      { op: "CANCEL", arg: 0 },
      { op: "PIPE", buffer: 0 },
      { op: "CANCEL", arg: 2 },
      { op: "FILE", arg: 1, buffer: 0 },
    ],
    feed: 1,
    states: 101,
    transitions: 316,
    withLast: { states: 292, transitions: 859 },
  },
  {
    ...USUAL,
    name: "deferred task work",
    about: "on a DEFER_TASKRUN ring everything but the inline waits for a call with GETEVENTS",
    requests: [
      { op: "PIPE", buffer: 0 },
      { op: "FILE", flags: ["LINK"], arg: 0, buffer: 1 },
      { op: "NOP" },
      { op: "CANCEL", arg: 0 },
      { op: "PIPE", buffer: 2 },
    ],
    feed: 1,
    defer: true,
    states: 2057,
    transitions: 7125,
    withLast: { states: 5525, transitions: 19637 },
  },
  {
    ...USUAL,
    name: "a pipe in a chain",
    about:
      "a waiting read holds its chain up, is served or cancelled, and the chain goes on or not",
    requests: [
      { op: "PIPE", flags: ["LINK"], buffer: 0 },
      { op: "PIPE", flags: ["HARD"], buffer: 1 },
      { op: "NOP" },
      { op: "CANCEL", arg: 0 },
      { op: "CANCEL", arg: 1 },
      { op: "NOP" },
    ],
    sqEntries: 8,
    cqEntries: 8,
    feed: 2,
    whole: true,
    states: 80,
    transitions: 143,
    withLast: { states: 131, transitions: 231 },
  },
  {
    ...USUAL,
    name: "all at once",
    about: "workers, a waiting read, a chain that breaks, cancellations and overflow together",
    requests: [
      { op: "FILE", flags: ["ASYNC"], arg: 1, buffer: 0 },
      { op: "FILE", flags: ["ASYNC"], arg: 1, buffer: 1 },
      { op: "PIPE", buffer: 2 },
      { op: "FILE", flags: ["LINK"], arg: 0, buffer: 3 },
      { op: "CANCEL", arg: 0 },
      { op: "CANCEL", arg: 2 },
    ],
    feed: 2,
    states: 23105,
    transitions: 84023,
    withLast: { states: 67299, transitions: 252449 },
  },
  {
    ...USUAL,
    name: "all at once, deferred",
    about: "much of the same on a DEFER_TASKRUN ring",
    requests: [
      { op: "FILE", flags: ["ASYNC"], arg: 1, buffer: 0 },
      { op: "FILE", flags: ["ASYNC"], arg: 1, buffer: 1 },
      { op: "PIPE", buffer: 2 },
      { op: "FILE", flags: ["LINK"], arg: 0, buffer: 3 },
      { op: "NOP" },
      { op: "CANCEL", arg: 2 },
    ],
    feed: 2,
    defer: true,
    states: 59623,
    transitions: 218525,
    withLast: { states: 157543, transitions: 603410 },
  },
];
