/** When a request that something makes wait may go on. */
import type { Core } from "../core.ts";
import type { Request } from "../state.ts";

/** Puts a request on the agenda, due after the latency that the host gives it. */
export function schedule(core: Core, request: Request): void {
  const now = core.clock.monotonic();
  const name = core.operations[request.opcode]?.name ?? "";
  request.due = core.latency === undefined ? now : now + core.latency.sample(request, name);
  core.agenda.push(request);
}
