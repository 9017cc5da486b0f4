/**
 * Issuing a request: find its file, try it, and see when it completes.
 *
 * Three ways lead on from a first try: it has its result (inline), its file would block and it is
 * armed, or it goes to a worker and runs when the scheduler says (late).
 */
import { IORING_SETUP_IOPOLL } from "../../../spec/abi/setup.ts";
import { IOSQE_BUFFER_SELECT } from "../../../spec/abi/sqe.ts";
import { EBADF, ECANCELED } from "../../../spec/errno.ts";
import { runsUnlocked } from "../buffers/select.ts";
import { completeInline, failInline, setResult } from "../completion/completion.ts";
import { type Core, type Operation, PENDING, PLACEMENT_EITHER } from "../core.ts";
import {
  BIT_BLOCKING,
  BIT_BUNDLES,
  BIT_MULTISHOT,
  BIT_NOWAIT,
  BIT_WORKER,
} from "../request-bits.ts";
import type { Request } from "../state.ts";
import { startLinkTimeout } from "../submission/link-timeout.ts";
import { assignFile } from "./assign-file.ts";
import { attempt } from "./attempt.ts";
import { operationOf } from "./execute.ts";
import { queueLate } from "./late.ts";
import { takeTurn } from "./multishot.ts";
import { decideWorker, SHOWS_WORKER } from "./worker-choice.ts";
import { watchFromWorker } from "./worker.ts";

/** Issues a request that is not forced to a worker. */
export function issue(core: Core, request: Request): void {
  const operation = operationOf(core, request);
  //= ERR-10, ERR-14
  if (operation.needsFile && !assignFile(core, request)) {
    failInline(request, -EBADF);
    return;
  }
  if (request.bits & SHOWS_WORKER && operation.waitEvents !== 0) {
    decideWorker(core, request);
    const postsMore = (request.bits & (BIT_MULTISHOT | BIT_BUNDLES)) !== 0;
    if (postsMore && request.bits & BIT_BLOCKING) {
      watchFromWorker(core, request, operation);
      return;
    }
  }
  if (goesLate(core, operation, request)) {
    const error = operation.select?.(request) ?? 0;
    if (error < 0) {
      failInline(request, error);
      return;
    }
    if (request.file?.pollable !== true) request.bits |= BIT_WORKER;
    queueLate(core, request);
    startLinkTimeout(core, request);
    return;
  }
  const result = attempt(core, request, operation);
  startLinkTimeout(core, request);
  if (result === PENDING) return;
  setResult(request, result);
  completeInline(request);
}

/** Tries an armed request again after its file woke it, in its owner's context. */
export function retry(core: Core, request: Request): void {
  const operation = operationOf(core, request);
  let result: number;
  if (operation.woken !== undefined) result = operation.woken(core, request);
  else if (request.bits & BIT_MULTISHOT) result = takeTurn(core, request, operation);
  else if (request.bits & BIT_BUNDLES && runsUnlocked(request)) result = -ECANCELED;
  else result = attempt(core, request, operation);
  // What a worker only armed is tried now for the first time.
  if (request.bits & (BIT_MULTISHOT | BIT_BUNDLES)) startLinkTimeout(core, request);
  if (result === PENDING) return;
  setResult(request, result);
  completeInline(request);
}

function goesLate(core: Core, operation: Operation, request: Request): boolean {
  if (operation.placement !== PLACEMENT_EITHER) return false;
  if (request.bits & (BIT_NOWAIT | BIT_MULTISHOT)) return false;
  // What cannot be polled for is refused at once.
  if (request.ring.flags & IORING_SETUP_IOPOLL) return false;
  const { file } = request;
  if (file?.pollable === true) {
    // Where the first try would only arm, there is nothing to choose.
    if ((file.poll() & operation.waitEvents) === 0) return false;
    // Nor where it shows: provided buffers are picked in the order of the submission (BUF-4).
    if (request.bits & IOSQE_BUFFER_SELECT) return false;
  }
  return !core.choices.inline(request);
}
