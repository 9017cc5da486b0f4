/** Whether what an armed request waits for has come. */
import type { Request } from "./state.ts";

/** The events that hold now, of those that the request waits for. */
export function readyEvents(request: Request): number {
  return request.file === undefined ? 0 : request.file.poll() & request.events;
}

/** Whether the request would be woken now: a new wake-up, and an event that it waits for. */
export function isReady(request: Request): boolean {
  const { file } = request;
  return file !== undefined && file.wakeups() !== request.checked && readyEvents(request) !== 0;
}
