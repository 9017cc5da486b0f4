/**
 * Taking submissions: from SQEs to requests, chains and drains.
 *
 * The order of the checks is the kernel's own (chapter ERR): a malformed SQE is refused with
 * the error of the first check that fails.
 */
import {
  IOSQE_ASYNC,
  IOSQE_BUFFER_SELECT,
  IOSQE_CQE_SKIP_SUCCESS,
  IOSQE_FIXED_FILE,
  IOSQE_IO_DRAIN,
} from "../../../spec/abi/sqe.ts";
import { IORING_OP_SEND, IORING_OP_URING_CMD } from "../../../spec/abi/opcodes.ts";
import { IORING_SETUP_IOPOLL, IORING_SETUP_SUBMIT_ALL } from "../../../spec/abi/setup.ts";
import { EACCES, EBADF, EBUSY, EINVAL, EOPNOTSUPP } from "../../../spec/errno.ts";
import { assemble, endOpenChain, refuse } from "./assembly.ts";
import { assignFile } from "../issue/assign-file.ts";
import { flushCompletions } from "../completion/completion.ts";
import { flushBacklog } from "../completion/completion-queue.ts";
import type { Core, Operation } from "../core.ts";
import { STAGE_ALL_TAKEN, STAGE_NEXT, STAGE_POSTED } from "../enter/call-position.ts";
import { canBePolled } from "../setup/iopoll.ts";
import { SQ_DROPPED, SQ_HEAD } from "../setup/layout.ts";
import { requestName } from "../names.ts";
import { usesMissingBits } from "../profile/profile-flags.ts";
import { PHASE_PREPARED } from "../request-phases.ts";
import { sqPending } from "../ring-words.ts";
import type { Request, Ring } from "../state.ts";

const UNCOMMON_FLAGS = IOSQE_BUFFER_SELECT | IOSQE_CQE_SKIP_SUCCESS | IOSQE_IO_DRAIN;

/** Takes up to `toSubmit` SQEs and issues them. How many it took (SQ-1, ENTER-5), or -errno. */
export function submit(core: Core, ring: Ring, toSubmit: number): number {
  const { sqEntries } = ring.layout;
  const { behaves } = core.profile;
  //= ENTER-23
  if (behaves.backlogRefusesSubmissions && !moveBacklog(core, ring)) return -EBUSY;
  //= SQ-1, SQ-12
  const entries = Math.min(toSubmit, sqPending(ring), sqEntries);
  let taken = 0;
  ring.submitting = true;
  while (taken < entries) {
    if (taken > 0) pause(core, STAGE_NEXT);
    if (!locateSqe(ring)) break;
    taken += 1;
    ring.sqesLeft = entries - taken;
    const refused = submitOne(core, ring) < 0;
    //= SQ-6, SQ-7
    if (refused && (ring.flags & IORING_SETUP_SUBMIT_ALL) === 0) break;
  }
  ring.sqesLeft = 0;
  //= LINK-13, SQ-13
  endOpenChain(core, ring);
  pause(core, STAGE_ALL_TAKEN);
  ring.submitting = false;
  flushCompletions(core, ring, true);
  pause(core, STAGE_POSTED);
  //= MEM-10
  ring.view.setUint32(SQ_HEAD, ring.sqHead, true);
  //= ENTER-5
  return taken;
}

/** Other processors do not wait. */
function pause(core: Core, stage: number): void {
  core.position.at(stage);
  core.meanwhile?.();
}

//= ENTER-35
/** Makes room in the backlog, as each submission did once. Whether nothing is left of it. */
function moveBacklog(core: Core, ring: Ring): boolean {
  flushBacklog(core, ring);
  return ring.backlog.length === 0;
}

/** Moves the reader to the next SQE. False for an index that names none (SQ-3). */
function locateSqe(ring: Ring): boolean {
  const { layout, view } = ring;
  //= SQ-4
  const slot = ring.sqHead & (layout.sqEntries - 1);
  //= MEM-8
  ring.sqHead = (ring.sqHead + 1) >>> 0;
  let index = slot;
  //= SQ-2, SQ-14
  if (layout.arrayOffset !== 0) {
    index = view.getUint32(layout.arrayOffset + 4 * slot, true);
    //= SQ-3
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
  let error = initialize(core, ring, request);
  const prepared = error === 0;
  if (prepared) error = prepare(core, ring, request);
  if (core.trace !== undefined) core.trace(`submit ${requestName(core.operations, request)}`);
  if (error < 0) return refuse(core, ring, request, error, prepared);
  //= SQ-9
  assemble(core, ring, request);
  return 0;
}

function initialize(core: Core, ring: Ring, request: Request): number {
  const { sqe } = ring;
  const { opcode, flags } = sqe;
  request.phase = PHASE_PREPARED;
  request.task = core.task;
  request.opcode = opcode;
  request.bits = flags;
  //= SQ-10
  request.userDataLow = sqe.userDataLow;
  request.userDataHigh = sqe.userDataHigh;
  const { profile } = core;
  //= ERR-1
  const operation = opcode < profile.opcodes ? core.operations[opcode] : undefined;
  //= ERR-2
  if (operation === undefined || (flags & ~profile.sqeFlags) !== 0) return -EINVAL;
  if (flags & UNCOMMON_FLAGS) {
    const selects = operation.takesBufferSelect && !isTooEarly(core, opcode);
    const error = checkUncommonFlags(ring, flags, selects);
    if (error < 0) return error;
    request.bufferGroup = sqe.bufIndex;
  }
  //= ERR-5, RESTRICT-11
  if (ring.restricted && ring.restrictions?.allowsSqe(opcode, flags) !== true) return -EACCES;
  if (ring.drainActive || ring.drainNext) joinDrain(ring, request);
  request.fd = sqe.fd;
  if (!profile.behaves.fileAfterPrepare) {
    const error = findFileFirst(core, ring, request, operation);
    if (error < 0) return error;
  }
  const ioprio = sqe.ioprio;
  //= ERR-6
  if (ioprio !== 0 && !operation.takesIoprio) return -EINVAL;
  //= ERR-7
  if ((ring.flags & IORING_SETUP_IOPOLL) !== 0 && !canBePolled(opcode)) return -EINVAL;
  request.ioprio = ioprio;
  return hasPersonality(ring) ? 0 : -EINVAL;
}

//= ERR-8
function hasPersonality({ sqe, personalities }: Ring): boolean {
  const { personality } = sqe;
  return personality === 0 || personalities.has(personality);
}

/** Has the operation check its fields (ERR-9). 0 or -errno. */
function prepare(core: Core, ring: Ring, request: Request): number {
  const { opcode } = request;
  const missing = core.profile.missing[opcode];
  if (missing !== undefined && usesMissingBits(missing, ring.sqe)) return -EINVAL;
  //= ERR-9, ERR-17
  return (core.operations[opcode] as Operation).prepare(core, request, ring.sqe);
}

//= ERR-21, SQPOLL-11
/** Kernels that found the file of a request before they looked at its fields. 0 or -errno. */
function findFileFirst(core: Core, ring: Ring, request: Request, operation: Operation): number {
  if (!hasPersonality(ring)) return -EINVAL;
  if (!operation.needsFile) return 0;
  const fixed = (request.bits & IOSQE_FIXED_FILE) !== 0;
  const barred = ring.sqThread !== undefined && !core.profile.behaves.threadTakesAnyFile;
  return (barred && !fixed) || !assignFile(core, request) ? -EBADF : 0;
}

/** SEND learned to select its buffer later than the others (BUF-61). */
function isTooEarly(core: Core, opcode: number): boolean {
  const { behaves } = core.profile;
  if (opcode === IORING_OP_SEND) return !behaves.sendSelectsBuffer;
  return opcode === IORING_OP_URING_CMD && !behaves.commandSelectsBuffer;
}

function checkUncommonFlags(ring: Ring, flags: number, takesBufferSelect: boolean): number {
  //= ERR-3
  if (flags & IOSQE_BUFFER_SELECT && !takesBufferSelect) return -EOPNOTSUPP;
  //= ERR-16
  if (flags & IOSQE_CQE_SKIP_SUCCESS) ring.drainDisabled = true;
  if (flags & IOSQE_IO_DRAIN) {
    //= ERR-4
    if (ring.drainDisabled) return -EOPNOTSUPP;
    //= DRAIN-10
    beginDrain(ring);
  }
  return 0;
}

/** A drain inside a chain drains the chain's head, and the chain after it (DRAIN-2). */
function beginDrain(ring: Ring): void {
  ring.drainActive = true;
  if (ring.linkHead === undefined) return;
  //= DRAIN-2
  ring.linkHead.bits |= IOSQE_IO_DRAIN | IOSQE_ASYNC;
  ring.drainNext = true;
}

function joinDrain(ring: Ring, request: Request): void {
  //= DRAIN-5
  if (ring.drainActive) request.bits |= IOSQE_ASYNC;
  //= DRAIN-9
  if (ring.drainNext && ring.linkHead === undefined) {
    ring.drainNext = false;
    ring.drainActive = true;
    request.bits |= IOSQE_IO_DRAIN | IOSQE_ASYNC;
  }
}
