/** A try of a request, and how it waits for its file where that would block. */
import { O_NONBLOCK, POLLPRI } from "../../../spec/abi/linux.ts";
import { IORING_OP_EPOLL_WAIT, IORING_OP_READ_MULTISHOT } from "../../../spec/abi/opcodes.ts";
import { EAGAIN, EBADFD, EINVAL } from "../../../spec/errno.ts";
import { recycleBuffer } from "../buffers/select.ts";
import { type Core, type Operation, PENDING, WAIT_FIRST } from "../core.ts";
import { PLACE_UNKNOWN } from "../enter/call-position.ts";
import type { OpenFile } from "../host/host.ts";
import {
  BIT_BLOCKING,
  BIT_MULTISHOT,
  BIT_NOWAIT,
  BIT_POLLED,
  BIT_WORKER,
} from "../request-bits.ts";
import { WORK_AGAIN } from "../request-work.ts";
import type { Request } from "../state.ts";
import { queueWork } from "../tasks/work-queue.ts";
import { ALWAYS_POLLED, arm } from "./arming.ts";
import { execute, waitsAfter } from "./execute.ts";
import { queueLate } from "./late.ts";
import { watch } from "./multishot.ts";
import { isReady } from "./readiness.ts";
import { blocksWorker, isForcedLate } from "./worker-choice.ts";

/** So many times a request is about to wait for its file; the last time it does not (ASYNC-5). */
const TRIES_AT_MOST = 128;

/** Executes once, with the fault that was chosen; arms the request if its file would block. */
export function attempt(core: Core, request: Request, operation: Operation): number {
  const result = execute(core, request, operation);
  if (!waitsAfter(result)) return result;
  const { file } = request;
  const { waitEvents: waits } = operation;
  if (waits === 0 || file?.pollable !== true) return giveUpPolling(core, request);
  // A worker that blocks does not poll, neither first nor later.
  const blocks = blocksWorker(core, request);
  const refused = refusal(request, file, operation, result, blocks);
  if (refused < 0) return refused;
  if (request.bits & BIT_MULTISHOT) {
    watch(core, request, operation);
    return PENDING;
  }
  if (!blocks) request.tries += 1;
  //= ASYNC-5
  if (request.tries === TRIES_AT_MOST && !blocks) return blockOnWorker(core, request);
  //= ASYNC-4
  const polls = core.onWorker && isForcedLate(request) && !blocks;
  if (polls && file.poll() & (waits | ALWAYS_POLLED)) {
    request.bits |= BIT_POLLED | BIT_BLOCKING;
    return attempt(core, request, operation);
  }
  waitFor(core, request, file, waits, result === WAIT_FIRST);
  return PENDING;
}

/** The file cannot be polled: -EAGAIN, and for a multishot request what a worker says. */
function giveUpPolling(core: Core, request: Request): number {
  if ((request.bits & BIT_MULTISHOT) === 0 || request.bits & BIT_NOWAIT) return -EAGAIN;
  // A worker takes no multishot request that it cannot poll for, and says so itself.
  if (core.onWorker) return -EBADFD;
  request.bits |= BIT_WORKER;
  queueLate(core, request);
  return PENDING;
}

/** Has a worker try the request, and block. */
function blockOnWorker(core: Core, request: Request): number {
  request.bits |= BIT_WORKER | BIT_BLOCKING;
  queueLate(core, request);
  return PENDING;
}

/** -errno of a request that does not wait, though its file would have it wait; else 0. */
function refusal(
  request: Request,
  file: OpenFile,
  operation: Operation,
  result: number,
  blocks: boolean,
): number {
  //= NET-88
  const waitsAnyway = blocks && operation.refusesOnWorker !== true;
  //= MSHOT-19, RW-26
  if (request.bits & BIT_NOWAIT && !waitsAnyway) return -EAGAIN;
  //= RW-57
  if (waitsAnyway && file.flags & O_NONBLOCK) return -EAGAIN;
  if (blocks && result === WAIT_FIRST) return -EAGAIN;
  // Rings and epoll sets only pretend that one could wait for a transfer.
  const pretends = file.kind === "ring" || file.epoll !== undefined;
  return blocks && pretends ? answerOfPretender(request) : 0;
}

function answerOfPretender(request: Request): number {
  if (request.opcode === IORING_OP_EPOLL_WAIT) return -EAGAIN;
  //= MSHOT-31
  // Its last CQE names no buffer (MSHOT-31).
  if (request.opcode === IORING_OP_READ_MULTISHOT) {
    recycleBuffer(request);
    request.buffers = 0;
  }
  return -EINVAL;
}

/** Waits for one of the events `waits` of the request's file, or tries again if one has come. */
function waitFor(
  core: Core,
  request: Request,
  file: OpenFile,
  waits: number,
  waitsFirst: boolean,
): void {
  const events = file.poll();
  //= NET-89
  // Errors and hang-ups count as well (NET-89).
  const polled = waits | POLLPRI | ALWAYS_POLLED;
  // Ready although it was in vain: MSG_WAITALL had some bytes, or a peek saw an urgent one.
  // An eventfd with room for less than a write waits for somebody who reads it.
  const goesOn = request.tries < TRIES_AT_MOST && file.kind !== "eventfd" && events & waits;
  if (goesOn || (waitsFirst && events & polled)) {
    request.bits |= BIT_POLLED;
    if (core.meanwhile !== undefined && core.armed.some(isReady)) letOthersFirst(core);
    queueWork(core, request, WORK_AGAIN);
    return;
  }
  //= RW-6
  arm(core, request, polled);
}

//= ND-2
/** Whom the try has woken, as a CONNECT does an ACCEPT, comes before the next try. */
function letOthersFirst({ position, meanwhile }: Core): void {
  const { place } = position;
  position.place = PLACE_UNKNOWN;
  meanwhile?.();
  position.place = place;
}
