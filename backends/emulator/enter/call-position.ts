/**
 * Where a running call of enter is: what its functions have in their local variables while they
 * let the world go on.
 *
 * Nothing in the emulator reads it. It is for a host that asks whether two states are the same:
 * with the same position, the same state and the same events the call goes on in the same way.
 * Each field is written where the world is let go on, since events may have written it meanwhile.
 */
import type { Request } from "../state.ts";

/** Outside of enter, or where nobody says: then nothing is known of how a call goes on. */
export const PLACE_UNKNOWN = 0;
/** It takes SQEs. */
export const PLACE_SUBMIT = 1;
/** It runs what a DEFER_TASKRUN ring left to its owner, before it waits. */
export const PLACE_SUBMITTED = 2;
/** It looks for the first time for what there is to wait for. */
export const PLACE_COLLECT = 3;
/** It sleeps. */
export const PLACE_ASLEEP = 4;
/** It was woken. */
export const PLACE_AWAKE = 5;
/** It goes back to the program. */
export const PLACE_RETURN = 6;

/** The position of the one call that runs. */
export class CallPosition {
  /** PLACE_*: the part of enter. */
  place: number = PLACE_UNKNOWN;
  /** What enter is going to return, in PLACE_RETURN. */
  result = 0;
  /** The wait: CQEs wanted in all, those missing when it fell asleep, what it compares with. */
  wanted = 0;
  missing = 0;
  timeoutsBefore = 0;
  /** Whether task work has run since it fell asleep. */
  worked = false;
  /** Its timers. */
  settle: Request | undefined = undefined;
  deadline: Request | undefined = undefined;
  /** Submission: before another SQE, behind the last one, when CQEs are written (1, 2, 3); or 0. */
  stage = 0;
  /** Task work: steps before this batch, in it, and left of it; how many completions are wanted. */
  steps = 0;
  batch = 0;
  batchLeft = 0;
  stepsWanted = 0;

  /** Writes down how far the innermost function is, in full. */
  at(stage: number, steps = 0, batch = 0, batchLeft = 0, stepsWanted = 0): void {
    this.stage = stage;
    this.steps = steps;
    this.batch = batch;
    this.batchLeft = batchLeft;
    this.stepsWanted = stepsWanted;
  }
}
