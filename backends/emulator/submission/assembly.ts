/**
 * Assembling chains while a submit takes SQEs in, and what a rejected SQE does to its chain.
 *
 * A rejected member fails its whole chain, which goes on being assembled (LINK-5). Before 5.15 it
 * did not become a member: what was linked so far ran, unless it was the fields of the operation
 * that were wrong (LINK-30, LINK-31).
 */
import { IOSQE_ASYNC, IOSQE_IO_HARDLINK, IOSQE_IO_LINK } from "../../../spec/abi/sqe.ts";
import { ECANCELED } from "../../../spec/errno.ts";
import { failInline } from "../completion/completion.ts";
import type { Core } from "../core.ts";
import { defer } from "./drain.ts";
import { setFailed } from "../completion/failure.ts";
import { issue } from "../issue/issue.ts";
import { issueLate } from "../issue/worker.ts";
import { isLinked } from "./links.ts";
import { BIT_FAIL } from "../request-bits.ts";
import type { Request, Ring } from "../state.ts";

/** Takes in a request that was accepted: into its chain, or on its way. */
export function assemble(core: Core, ring: Ring, request: Request): void {
  const head = ring.linkHead;
  if (head !== undefined) {
    append(ring, request);
    //= LINK-1
    if (!isLinked(request)) endChain(core, ring, head);
  } else if (isLinked(request)) {
    beginChain(ring, request);
  } else if (request.bits & IOSQE_ASYNC) {
    //= ASYNC-2
    queueSlowly(core, request);
  } else {
    issue(core, request);
  }
}

/**
 * Takes in a request that was rejected with `error`.
 *
 * @param prepared - whether it was the operation that rejected it
 * @returns the error if that ends the batch (SQ-6, SQ-8), else 0
 */
export function refuse(
  core: Core,
  ring: Ring,
  request: Request,
  error: number,
  prepared: boolean,
): number {
  const { behaves } = core.profile;
  if (behaves.rejectionFailsChain) return refuseMember(core, ring, request, error);
  const result = prepared
    ? refusePrepared(core, ring, request, error)
    : refuseEntry(core, ring, request, error);
  //= SQ-16
  return behaves.rejectionEndsBatch ? result : 0;
}

/** Ends the chain that is being assembled, if there is one: the call is over (LINK-13). */
export function endOpenChain(core: Core, ring: Ring): void {
  const open = ring.linkHead;
  if (open === undefined) return;
  ring.linkHead = undefined;
  //= LINK-17
  queueSlowly(core, open);
}

function beginChain(ring: Ring, head: Request): void {
  ring.linkHead = head;
  ring.linkLast = head;
}

function append(ring: Ring, request: Request): void {
  if (ring.linkLast !== undefined) ring.linkLast.link = request;
  ring.linkLast = request;
}

function endChain(core: Core, ring: Ring, head: Request): void {
  ring.linkHead = undefined;
  if (head.bits & (IOSQE_ASYNC | BIT_FAIL)) queueSlowly(core, head);
  else issue(core, head);
}

//= LINK-5
function refuseMember(core: Core, ring: Ring, request: Request, error: number): number {
  const head = ring.linkHead;
  setFailed(request);
  request.result = error;
  if (head !== undefined) {
    //= SKIP-9
    cancelHead(head);
    append(ring, request);
  }
  //= SQ-8
  if (isLinked(request)) {
    if (head === undefined) beginChain(ring, request);
    return 0;
  }
  ring.linkHead = undefined;
  queueSlowly(core, head ?? request);
  //= SQ-6, SQ-15
  return head === undefined || core.profile.behaves.rejectedTailEndsBatch ? error : 0;
}

function cancelHead(head: Request): void {
  if (head.bits & BIT_FAIL) return;
  setFailed(head);
  head.result = -ECANCELED;
}

//= LINK-30
/** It never became a member: what was linked so far runs. */
function refuseEntry(core: Core, ring: Ring, request: Request, error: number): number {
  const head = ring.linkHead;
  if (head !== undefined) endChain(core, ring, head);
  failInline(request, error);
  return error;
}

//= LINK-31, SQ-17
/** Alone it fails as if it had been issued; in a chain nothing of that runs. */
function refusePrepared(core: Core, ring: Ring, request: Request, error: number): number {
  const head = ring.linkHead;
  if (head === undefined && isLinked(request)) {
    cancelHead(request);
    beginChain(ring, request);
    return 0;
  }
  failInline(request, error);
  if (head === undefined) return 0;
  ring.linkHead = undefined;
  cancelHead(head);
  queueSlowly(core, head);
  return error;
}

/** Queues a request that cannot just be issued: failed, drained, or bound for a worker. */
function queueSlowly(core: Core, request: Request): void {
  //= DRAIN-8
  if (request.bits & BIT_FAIL) {
    // All fail together: hard links hold no better than soft ones.
    request.bits = (request.bits & ~IOSQE_IO_HARDLINK) | IOSQE_IO_LINK;
    failInline(request, request.result);
  } else if (request.ring.drainActive) {
    defer(core, request);
  } else {
    issueLate(core, request);
  }
}
