/**
 * Taking submissions: from SQEs to requests, chains and drains.
 *
 * The order of the checks is the kernel's own (ERR-1 to ERR-9): a malformed SQE is refused with
 * the error of the first check that fails.
 */
import {
  IOSQE_ASYNC,
  IOSQE_BUFFER_SELECT,
  IOSQE_CQE_SKIP_SUCCESS,
  IOSQE_IO_DRAIN,
  IOSQE_IO_HARDLINK,
  IOSQE_IO_LINK,
} from "../../spec/abi/sqe.ts";
import { IORING_SETUP_IOPOLL, IORING_SETUP_SUBMIT_ALL } from "../../spec/abi/setup.ts";
import { EACCES, ECANCELED, EINVAL, EOPNOTSUPP } from "../../spec/errno.ts";
import { failInline, flushCompletions } from "./completion.ts";
import type { Core } from "./core.ts";
import { defer } from "./drain.ts";
import { setFailed } from "./failure.ts";
import { issue, issueLate } from "./issue.ts";
import { SQ_DROPPED, SQ_HEAD } from "./layout.ts";
import { canBePolled } from "./iopoll.ts";
import { isLinked } from "./links.ts";
import { requestName } from "./names.ts";
import { usesMissingBits } from "./profile-flags.ts";
import { BIT_FAIL, PHASE_PREPARED, type Request, type Ring, sqPending } from "./state.ts";

const UNCOMMON_FLAGS = IOSQE_BUFFER_SELECT | IOSQE_CQE_SKIP_SUCCESS | IOSQE_IO_DRAIN;

/** Takes up to `toSubmit` SQEs and issues them. Returns how many it took (SQ-1, ENTER-5). */
export function submit(core: Core, ring: Ring, toSubmit: number): number {
  const { sqEntries } = ring.layout;
  const entries = Math.min(toSubmit, sqPending(ring), sqEntries);
  let taken = 0;
  while (taken < entries) {
    if (!locateSqe(ring)) break;
    taken += 1;
    ring.sqesLeft = entries - taken;
    const refused = submitOne(core, ring) < 0;
    if (refused && (ring.flags & IORING_SETUP_SUBMIT_ALL) === 0) break;
  }
  ring.sqesLeft = 0;
  // A chain ends with the call that submits it (LINK-1).
  const open = ring.linkHead;
  if (open !== undefined) {
    ring.linkHead = undefined;
    queueSlowly(core, open);
  }
  flushCompletions(core, ring);
  ring.view.setUint32(SQ_HEAD, ring.sqHead, true);
  return taken;
}

/** Moves the reader to the next SQE. False for an index that names none (SQ-3). */
function locateSqe(ring: Ring): boolean {
  const { layout, view } = ring;
  const slot = ring.sqHead & (layout.sqEntries - 1);
  ring.sqHead = (ring.sqHead + 1) >>> 0;
  let index = slot;
  if (layout.arrayOffset !== 0) {
    index = view.getUint32(layout.arrayOffset + 4 * slot, true);
    if (index >= layout.sqEntries) {
      view.setUint32(SQ_DROPPED, view.getUint32(SQ_DROPPED, true) + 1, true);
      return false;
    }
  }
  ring.sqe.base = index * layout.sqeSize;
  return true;
}

/** Takes in one SQE. Returns its error if that ends the batch (SQ-6, SQ-8), else 0. */
function submitOne(core: Core, ring: Ring): number {
  const request = core.allocate(ring);
  const error = initialize(core, ring, request);
  if (core.trace !== undefined) core.trace(`submit ${requestName(core.operations, request)}`);
  if (error < 0) return refuse(core, ring, request, error);
  const head = ring.linkHead;
  if (head !== undefined) {
    append(ring, request);
    if (!isLinked(request)) endChain(core, ring, head);
  } else if (isLinked(request)) {
    ring.linkHead = request;
    ring.linkLast = request;
  } else if (request.bits & IOSQE_ASYNC) {
    queueSlowly(core, request);
  } else {
    issue(core, request);
  }
  return 0;
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

/** A refused SQE fails its whole chain, which goes on being assembled (LINK-5). */
function refuse(core: Core, ring: Ring, request: Request, error: number): number {
  const head = ring.linkHead;
  setFailed(request);
  request.result = error;
  if (head !== undefined && (head.bits & BIT_FAIL) === 0) {
    setFailed(head);
    head.result = -ECANCELED;
  }
  if (head !== undefined) append(ring, request);
  if (isLinked(request)) {
    if (head === undefined) {
      ring.linkHead = request;
      ring.linkLast = request;
    }
    return 0;
  }
  ring.linkHead = undefined;
  queueSlowly(core, head ?? request);
  return error;
}

/** Queues a request that cannot just be issued: failed, drained, or bound for a worker. */
function queueSlowly(core: Core, request: Request): void {
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

function initialize(core: Core, ring: Ring, request: Request): number {
  const { sqe } = ring;
  const { opcode, flags } = sqe;
  request.phase = PHASE_PREPARED;
  request.task = core.task;
  request.opcode = opcode;
  request.bits = flags;
  request.userDataLow = sqe.userDataLow;
  request.userDataHigh = sqe.userDataHigh;
  const { profile } = core;
  const operation = opcode < profile.opcodes ? core.operations[opcode] : undefined;
  if (operation === undefined || (flags & ~profile.sqeFlags) !== 0) return -EINVAL;
  if (flags & UNCOMMON_FLAGS) {
    const error = checkUncommonFlags(ring, flags, operation.takesBufferSelect);
    if (error < 0) return error;
    request.bufferGroup = sqe.bufIndex;
  }
  //= ERR-5
  if (ring.restricted && ring.restrictions?.allowsSqe(opcode, flags) !== true) return -EACCES;
  if (ring.drainActive || ring.drainNext) joinDrain(ring, request);
  const ioprio = sqe.ioprio;
  if (ioprio !== 0 && !operation.takesIoprio) return -EINVAL;
  //= ERR-7
  if ((ring.flags & IORING_SETUP_IOPOLL) !== 0 && !canBePolled(opcode)) return -EINVAL;
  //= ERR-8
  const { personality } = sqe;
  if (personality !== 0 && !ring.personalities.has(personality)) return -EINVAL;
  request.ioprio = ioprio;
  request.fd = sqe.fd;
  const missing = profile.missing[opcode];
  if (missing !== undefined && usesMissingBits(missing, sqe)) return -EINVAL;
  return operation.prepare(core, request, sqe);
}

function checkUncommonFlags(ring: Ring, flags: number, takesBufferSelect: boolean): number {
  if (flags & IOSQE_BUFFER_SELECT && !takesBufferSelect) return -EOPNOTSUPP;
  if (flags & IOSQE_CQE_SKIP_SUCCESS) ring.drainDisabled = true;
  if (flags & IOSQE_IO_DRAIN) {
    if (ring.drainDisabled) return -EOPNOTSUPP;
    beginDrain(ring);
  }
  return 0;
}

/** A drain inside a chain drains the chain's head, and the chain after it (DRAIN-2). */
function beginDrain(ring: Ring): void {
  ring.drainActive = true;
  if (ring.linkHead === undefined) return;
  ring.linkHead.bits |= IOSQE_IO_DRAIN | IOSQE_ASYNC;
  ring.drainNext = true;
}

function joinDrain(ring: Ring, request: Request): void {
  if (ring.drainActive) request.bits |= IOSQE_ASYNC;
  if (ring.drainNext && ring.linkHead === undefined) {
    ring.drainNext = false;
    ring.drainActive = true;
    request.bits |= IOSQE_IO_DRAIN | IOSQE_ASYNC;
  }
}
