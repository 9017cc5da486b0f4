/**
 * The end of a request: result, CQE, and what its end sets in motion.
 *
 * Completions are collected and written in batches, as Linux does: what completes inline in one
 * submit has its CQEs written when the submit ends (so a TIMEOUT of the same batch counts them,
 * TIMEOUT-6), and only then do chains go on, as task work.
 */
import { IOSQE_CQE_SKIP_SUCCESS } from "../../spec/abi/sqe.ts";
import { postCompletion } from "./completion-queue.ts";
import type { Core } from "./core.ts";
import { countOut } from "./counted.ts";
import { releaseDeferred } from "./drain.ts";
import { setFailed } from "./failure.ts";
import { putRequestFile } from "./file-nodes.ts";
import { endChainLink } from "./links.ts";
import { unpoison } from "./poison.ts";
import { PHASE_DONE, type Request, type Ring, WORK_COMPLETE } from "./state.ts";
import { queueWork } from "./work-queue.ts";

/** Gives a request its result, from which follows whether it failed. */
export function setResult(request: Request, result: number): void {
  request.result = result;
  if (result < request.minimum) setFailed(request);
}

/** Completes a request while its ring's submit or task work runs. */
export function completeInline(request: Request): void {
  const { ring } = request;
  request.phase = PHASE_DONE;
  ring.completions[ring.completionCount] = request;
  ring.completionCount += 1;
}

/** Completes a request from elsewhere: a worker, a timer, a cancellation. */
export function completeAsWork(core: Core, request: Request): void {
  unpoison(core, request);
  queueWork(core, request, WORK_COMPLETE);
}

/** Ends a request that was stopped: -ECANCELED or the like, always a failure. */
export function failAsWork(core: Core, request: Request, result: number): void {
  setFailed(request);
  request.result = result;
  completeAsWork(core, request);
}

/** Ends a request that was refused while it was taken in or issued. */
export function failInline(request: Request, result: number): void {
  setFailed(request);
  request.result = result;
  completeInline(request);
}

/** Writes the CQEs of everything that is done, then lets go of the requests. */
export function flushCompletions(core: Core, ring: Ring): void {
  const { completions, completionCount } = ring;
  if (completionCount === 0) return;
  for (let i = 0; i < completionCount; i++) {
    const request = completions[i] as Request;
    if ((request.bits & IOSQE_CQE_SKIP_SUCCESS) === 0) postCompletion(core, request);
  }
  countOut(core, ring);
  for (let i = 0; i < completionCount; i++) {
    const request = completions[i] as Request;
    endChainLink(core, request);
    putRequestFile(core, request);
    core.free(request);
  }
  ring.completionCount = 0;
  if (ring.drainActive) releaseDeferred(core, ring);
}
