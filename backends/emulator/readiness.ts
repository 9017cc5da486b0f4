/** Whether what an armed request waits for has come. */
import { IORING_OP_POLL_ADD } from "../../spec/abi/opcodes.ts";
import type { Request } from "./state.ts";

/** The events that hold now, of those that the request waits for. */
export function readyEvents(request: Request): number {
  return request.file === undefined ? 0 : request.file.poll() & request.events;
}

/**
 * Whether the request would be woken now: a new wake-up, and an event that it waits for; or,
 * for a poll, a wake-up that said so.
 */
export function isReady(request: Request): boolean {
  const { file } = request;
  if (file === undefined || file.wakeups() === request.checked) return false;
  return readyEvents(request) !== 0 || wokenEvents(request) !== 0;
}

/**
 * What a poll was woken for by the one wake-up since it was armed, although it may not hold
 * any more; 0 after several, which make Linux look again. Other requests try, and wait again.
 */
export function wokenEvents(request: Request): number {
  const { file } = request;
  if (request.opcode !== IORING_OP_POLL_ADD || file === undefined) return 0;
  const wakeups = file.wakeups() - request.checked;
  // A ring that is polled was readable each time, and Linux looks before the program can reap.
  const believed = wakeups === 1 || (wakeups > 1 && file.kind === "ring");
  return believed ? file.lastWake() & request.events : 0;
}
