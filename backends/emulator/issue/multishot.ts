/** The shots of multishot requests: armed, woken by their file, tried, armed again. */
import { POLLHUP, POLLPRI, POLLRDHUP } from "../../../spec/abi/linux.ts";
import { type Core, LOOK_AGAIN, type Operation, PENDING, TAKE_TURNS } from "../core.ts";
import { BIT_POLLED } from "../request-bits.ts";
import { WORK_RETRY } from "../request-work.ts";
import type { Request } from "../state.ts";
import { queueWork } from "../tasks/work-queue.ts";
import { ALWAYS_POLLED, arm } from "./arming.ts";
import { execute, waitsAfter } from "./execute.ts";
import { readyEvents, wokenEvents } from "./readiness.ts";

/** Stands in `seen` of a request that is to look at its file itself. */
const LOOKS_ITSELF = -1;

/** Arms a multishot request; if its file is ready already, it is tried again as task work. */
export function watch(core: Core, request: Request, operation: Operation): void {
  const { file } = request;
  const events = operation.waitEvents | POLLPRI | ALWAYS_POLLED;
  const ready = (file?.poll() ?? 0) & events;
  if (ready === 0) {
    arm(core, request, events);
    return;
  }
  request.bits |= BIT_POLLED;
  request.events = events;
  request.checked = (file?.wakeups() ?? 0) - 1;
  request.seen = ready;
  queueWork(core, request, WORK_RETRY);
}

/**
 * The turn of a multishot request whose file woke it. Linux does not look for what is left after a
 * turn, but for two cases: the operation asks for it, or several wake-ups are due and one of them
 * may have been about the end of the stream.
 */
export function takeTurn(core: Core, request: Request, operation: Operation): number {
  const { file } = request;
  if (file === undefined) throw new Error("a multishot request lost its file");
  for (;;) {
    const wakes = file.wakeups() - request.checked;
    const seen = eventsSeen(request, wakes);
    if (seen === 0) break;
    const result = execute(core, request, operation);
    if (!waitsAfter(result)) return result;
    request.seen = LOOKS_ITSELF;
    if (result === TAKE_TURNS) {
      queueWork(core, request, WORK_RETRY);
      return PENDING;
    }
    const ending = (seen & (POLLHUP | POLLRDHUP)) !== 0 && wakes > 1;
    if (result !== LOOK_AGAIN && !ending) break;
    request.checked = file.wakeups() - 1;
  }
  arm(core, request, request.events);
  return PENDING;
}

/** What a woken multishot request believes to hold: what it was told, or what it finds. */
function eventsSeen(request: Request, wakes: number): number {
  if (request.seen === LOOKS_ITSELF || wakes !== 1) return readyEvents(request);
  return request.seen !== 0 ? request.seen : wokenEvents(request);
}
