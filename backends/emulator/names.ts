/** How requests and events are called in traces, choices and reports. */
import { OPCODE_WAIT, PHASE_TIMED, type Request } from "./state.ts";

/** The names of the operations, by opcode. */
export type Names = readonly ({ readonly name: string } | undefined)[];

/** "read#7": the operation and the number of the request. Stable for one sequence of calls. */
export function requestName(
  operations: Names,
  request: Pick<Request, "opcode" | "sequence">,
): string {
  if (request.opcode === OPCODE_WAIT) return `wait#${request.sequence}`;
  const name = operations[request.opcode]?.name ?? `opcode ${request.opcode}`;
  return `${name}#${request.sequence}`;
}

/** "complete read#7", "fire timeout#9": what running the event will do. */
export function eventName(operations: Names, event: Request): string {
  const verb = event.phase === PHASE_TIMED ? "fire" : "complete";
  return `${verb} ${requestName(operations, event)}`;
}
