/**
 * The phases of a request.
 *
 * A request is in exactly one phase, and every phase has one place where the request is listed:
 *
 * | phase    | meaning                                             | listed in           |
 * | -------- | --------------------------------------------------- | ------------------- |
 * | PREPARED | accepted, not started: link member, or drained      | its chain / drain   |
 * | LATE     | runs when the scheduler says (io-wq)                | agenda              |
 * | ARMED    | waits for its file; on the agenda once that is ready | core.armed          |
 * | TIMED    | a timer runs                                        | agenda              |
 * | WORK     | task work: goes on when the ring's owner is there   | ring.taskWork       |
 * | DONE     | has its result, CQE not yet written                 | ring.completions    |
 * | PARKED   | waits for a futex or a child    | core.futexes, core.childWaits           |
 * | THREAD   | no request: an SQ thread that has SQEs to take      | agenda              |
 *
 * All of them are in `ring.live` until they are retired.
 */

/** Not in use. */
export const PHASE_FREE = 0;
/** Accepted, not started; or at this moment running on a worker. */
export const PHASE_PREPARED = 1;
/** Runs when the scheduler says. */
export const PHASE_LATE = 2;
/** Waits for its file. */
export const PHASE_ARMED = 3;
/** Its timer runs. */
export const PHASE_TIMED = 4;
/** In task work. */
export const PHASE_WORK = 5;
/** Has its result. */
export const PHASE_DONE = 6;
/** Waits for what is no file: a futex, or a child process. */
export const PHASE_PARKED = 7;
/** Not a request: what an SQ thread does next, while there are SQEs for it. */
export const PHASE_THREAD = 8;
