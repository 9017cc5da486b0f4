/** How requests and events are called in traces, choices and reports. */
import {
  OPCODE_INTERRUPT,
  OPCODE_NOTIFICATION,
  OPCODE_RING_END,
  OPCODE_SIGNAL,
  OPCODE_SQ_THREAD,
  OPCODE_WAIT,
} from "./own-opcodes.ts";
import { PHASE_TIMED } from "./request-phases.ts";
import type { Request } from "./state.ts";

/** The names of the operations, by opcode. */
export type Names = readonly ({ readonly name: string } | undefined)[];

/** "read#7": the operation and the number of the request. Stable for one sequence of calls. */
export function requestName(
  operations: Names,
  request: Pick<Request, "opcode" | "sequence">,
): string {
  if (request.opcode === OPCODE_WAIT) return `wait#${request.sequence}`;
  if (request.opcode === OPCODE_SQ_THREAD) return `sq thread#${request.sequence}`;
  if (request.opcode === OPCODE_INTERRUPT) return `interrupt#${request.sequence}`;
  if (request.opcode === OPCODE_SIGNAL) return `signal#${request.sequence}`;
  if (request.opcode === OPCODE_NOTIFICATION) return `notification#${request.sequence}`;
  if (request.opcode === OPCODE_RING_END) return `end of a ring#${request.sequence}`;
  const name = operations[request.opcode]?.name ?? `opcode ${request.opcode}`;
  return `${name}#${request.sequence}`;
}

/** "complete read#7", "fire timeout#9", "run sq thread#3": what running the event will do. */
export function eventName(operations: Names, event: Request): string {
  const timed = event.phase === PHASE_TIMED;
  if (event.opcode === OPCODE_SQ_THREAD) {
    return `${timed ? "stop" : "run"} ${requestName(operations, event)}`;
  }
  const verb = timed ? "fire" : "complete";
  return `${verb} ${requestName(operations, event)}`;
}
