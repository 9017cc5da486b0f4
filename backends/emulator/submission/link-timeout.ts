/** When the timer of a LINK_TIMEOUT runs. */
import { IORING_OP_LINK_TIMEOUT } from "../../../spec/abi/opcodes.ts";
import { ECANCELED } from "../../../spec/errno.ts";
import type { Core } from "../core.ts";
import { unlinkNext } from "./links.ts";
import { BIT_ARM_LINK_TIMEOUT, BIT_LINK_TIMEOUT } from "../request-bits.ts";
import { WORK_COMPLETE } from "../request-work.ts";
import type { Request } from "../state.ts";
import { fire, isExpired, startTimer } from "../waiting/timers.ts";
import { queueWork } from "../tasks/work-queue.ts";

//= LTIMEOUT-6
/**
 * Starts the LINK_TIMEOUT behind `request`, if one waits there: after the first try, even if that
 * brought the result (LTIMEOUT-6).
 */
export function startLinkTimeout(core: Core, request: Request): void {
  if ((request.bits & BIT_ARM_LINK_TIMEOUT) === 0) return;
  request.bits &= ~BIT_ARM_LINK_TIMEOUT;
  const timeout = request.link;
  if (timeout?.opcode !== IORING_OP_LINK_TIMEOUT) return;
  request.bits |= BIT_LINK_TIMEOUT;
  timeout.head = request;
  startTimer(core, timeout);
}

//= LTIMEOUT-2, LTIMEOUT-10
/**
 * The target ended first: its LINK_TIMEOUT is cancelled (LTIMEOUT-2, LTIMEOUT-6). One whose time is
 * over may have fired between the result and the CQE, and then finds nothing to cancel.
 */
export function cancelLinkTimeout(core: Core, request: Request): void {
  const timeout = request.link;
  if (timeout?.opcode !== IORING_OP_LINK_TIMEOUT) return;
  const started = (request.bits & BIT_LINK_TIMEOUT) !== 0;
  //= LTIMEOUT-5, ND-6
  if (started && isExpired(core, timeout) && core.choices.firesFirst(timeout)) {
    fire(core, timeout);
    return;
  }
  request.bits &= ~BIT_LINK_TIMEOUT;
  unlinkNext(request);
  timeout.head = undefined;
  core.agenda.remove(timeout);
  timeout.result = -ECANCELED;
  queueWork(core, timeout, WORK_COMPLETE);
}
