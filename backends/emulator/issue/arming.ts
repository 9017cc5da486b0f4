/**
 * Requests that wait for a file: armed until it has one of the events that they ask for.
 *
 * `Core.armed` lists them, and each knows its place in it, so that leaving the list costs no
 * search. Whether what they wait for has come is asked in `readiness.ts`.
 */
import { POLLERR, POLLHUP, POLLNVAL, POLLRDHUP } from "../../../spec/abi/linux.ts";
import type { Core } from "../core.ts";
import type { OpenFile } from "../host/host.ts";
import { BIT_MULTISHOT, BIT_POLLED, BIT_UNCANCELLABLE } from "../request-bits.ts";
import { PHASE_ARMED } from "../request-phases.ts";
import type { Request } from "../state.ts";
import { poison } from "./poison.ts";

/** Events that wake a waiter whatever it asked for. */
export const ALWAYS_POLLED: number = POLLERR | POLLHUP | POLLNVAL | POLLRDHUP;

/** Makes a request wait until its file has one of `events`. */
export function arm(core: Core, request: Request, events: number): void {
  const { file } = request;
  if (file === undefined) throw new Error("a request without a file cannot wait for one");
  armOn(core, request, file, events);
}

/** Makes a request wait until a file, its own or another that it holds, has one of `events`. */
export function armOn(core: Core, request: Request, file: OpenFile, events: number): void {
  if (file !== request.file) request.awaited = file;
  poison(core, request);
  request.phase = PHASE_ARMED;
  request.bits = (request.bits | BIT_POLLED) & ~BIT_UNCANCELLABLE;
  request.events = events;
  request.checked = file.wakeups();
  request.seen = 0;
  if (request.arming === 0 || (request.bits & BIT_MULTISHOT) === 0) {
    core.armings += 1;
    request.arming = core.armings;
  }
  request.armedIndex = core.armed.length;
  core.armed.push(request);
}

/** Takes an armed request off the lists of those that wait. */
export function disarm(core: Core, request: Request): void {
  core.agenda.remove(request);
  const { armed } = core;
  const last = armed.pop() as Request;
  if (last !== request) {
    armed[request.armedIndex] = last;
    last.armedIndex = request.armedIndex;
  }
  request.armedIndex = -1;
  request.awaited = undefined;
}
