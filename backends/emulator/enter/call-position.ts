/**
 * Where a running call of enter is, or an event: what their functions have in their local variables
 * while they let the world go on.
 *
 * Nothing in the emulator reads it. It is for a host that asks whether two states are the same:
 * with the same position, the same state and the same events the call goes on in the same way.
 * Each field is written where the world is let go on. An event that runs there writes over some of
 * them: a host that wants them afterwards puts them back.
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

/** Task work runs. */
export const STAGE_WORK = 0;
/** Submission: before another SQE, */
export const STAGE_NEXT = 1;
/** behind the last one, */
export const STAGE_ALL_TAKEN = 2;
/** and when the CQEs are written. */
export const STAGE_POSTED = 3;
/** An event has happened, and has to interrupt the owner of its ring. */
export const STAGE_INTERRUPT = 4;
/** The call sleeps. */
export const STAGE_ASLEEP = 5;
/** The task is about to let go of files that it has closed. */
export const STAGE_RELEASE = 6;
/** Task work has run, and its CQEs are about to be written. */
export const STAGE_FLUSH = 7;

/** The position of the one call that runs, and of the event that runs last. */
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
  /** STAGE_*: where the innermost function is. */
  stage: number = STAGE_WORK;
  /** Task work: steps before this batch, in it, and left of it; how many completions are wanted. */
  steps = 0;
  batch = 0;
  batchLeft = 0;
  stepsWanted = 0;

  /** For a host that runs an event here, and puts back what that wrote over. */
  copy(): CallPosition {
    return Object.assign(new CallPosition(), this);
  }

  /** The call is over. */
  clear(): void {
    this.place = PLACE_UNKNOWN;
    this.result = 0;
    this.wanted = 0;
    this.missing = 0;
    this.timeoutsBefore = 0;
    this.worked = false;
    this.at(STAGE_WORK);
  }

  /** Writes down how far the innermost function is, in full. */
  at(stage: number, steps = 0, batch = 0, batchLeft = 0, stepsWanted = 0): void {
    this.stage = stage;
    this.steps = steps;
    this.batch = batch;
    this.batchLeft = batchLeft;
    this.stepsWanted = stepsWanted;
  }
}
