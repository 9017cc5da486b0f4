/** The timer of a LINK_TIMEOUT starts after the first try of its target (LTIMEOUT-6). */
import { IORING_OP_LINK_TIMEOUT } from "../../spec/abi/opcodes.ts";
import type { Core } from "./core.ts";
import { BIT_ARM_LINK_TIMEOUT, BIT_LINK_TIMEOUT, type Request } from "./state.ts";
import { startTimer } from "./timers.ts";

/** Starts the LINK_TIMEOUT behind `request`, if one waits there. */
export function startLinkTimeout(core: Core, request: Request): void {
  if ((request.bits & BIT_ARM_LINK_TIMEOUT) === 0) return;
  request.bits &= ~BIT_ARM_LINK_TIMEOUT;
  const timeout = request.link;
  if (timeout?.opcode !== IORING_OP_LINK_TIMEOUT) return;
  request.bits |= BIT_LINK_TIMEOUT;
  timeout.head = request;
  startTimer(core, timeout);
}
