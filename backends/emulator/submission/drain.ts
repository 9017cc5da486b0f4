/**
 * IOSQE_IO_DRAIN: a barrier in the submission order (chapter DRAIN).
 *
 * While a drain is active every new chain joins the deferred list. What leaves the list runs
 * late, as on Linux, where it goes to a worker. The drain stays active until a request that does
 * not drain leaves the list empty behind it, so the first one after a drain waits as well.
 */
import { IOSQE_IO_DRAIN } from "../../../spec/abi/sqe.ts";
import type { Core } from "../core.ts";
import { chainLength } from "./links.ts";
import { WORK_ISSUE } from "../request-work.ts";
import type { Request, Ring } from "../state.ts";
import { queueWork } from "../tasks/work-queue.ts";

/** Puts a request (the head of its chain) behind the drain. */
export function defer(core: Core, request: Request): void {
  const { ring } = request;
  const drains = (request.bits & IOSQE_IO_DRAIN) !== 0;
  ring.deferred.push(request);
  ring.deferredCount += chainLength(request);
  releaseDeferred(core, ring);
  const waits = drains && core.profile.behaves.drainWaitsForCompletion;
  if (!waits && ring.deferred.length === 0) ring.drainActive = false;
}

/**
 * Starts what no longer has to wait, in order: the front when nothing but deferred requests is
 * left, and what follows it up to the next drain. So what is behind a drained request waits until
 * that has completed; earlier kernels let it go once the drained one was issued.
 */
export function releaseDeferred(core: Core, ring: Ring): void {
  const { deferred } = ring;
  const { drainWaitsForCompletion } = core.profile.behaves;
  let released = 0;
  let drainSeen = false;
  for (const request of deferred) {
    const drains = (request.bits & IOSQE_IO_DRAIN) !== 0;
    drainSeen ||= drains;
    //= DRAIN-6, DRAIN-7
    const waits = drainWaitsForCompletion ? drainSeen || released === 0 : drains;
    //= DRAIN-1, DRAIN-3
    if (waits && ring.live.length !== ring.deferredCount) break;
    ring.deferredCount -= chainLength(request);
    queueWork(core, request, WORK_ISSUE);
    released += 1;
  }
  if (released > 0) deferred.splice(0, released);
}
