/**
 * What the harness and a contender say to each other: lines, so that a contender can
 * be a program in C.
 *
 *   contender: {"ready":true, ...}                              once, when it has opened its file
 *   harness:   32 100                                           one round: depth, milliseconds
 *   contender: {"operations":...,"seconds":...,"cpuSeconds":...}
 *
 * A contender ends when its standard input does.
 */

/** A contender's first line. */
export interface Ready {
  readonly ready: true;
  /** What should be said about it beside its figures. */
  readonly note?: string;
}

/** What one round gave. */
export interface Round {
  readonly operations: number;
  readonly seconds: number;
  /** Processor time of the whole process: user and system, all threads. */
  readonly cpuSeconds: number;
}

/** One way to read, inside its own process. */
export interface Contender {
  /**
   * Keeps `depth` reads in flight for that long; resolves to the reads done, none left in flight.
   */
  run(depth: number, milliseconds: number): Promise<number>;
}
