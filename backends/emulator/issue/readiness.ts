/**
 * Whether what an armed request waits for has come.
 *
 * A wake-up may name its events. Linux lets go by what names only others, and believes a single
 * wake-up: a poll completes with what it named, even if somebody has taken the data since, and
 * without the other events that hold as well. After several, which only a multishot hears of, it
 * looks at the file again (POLL-1).
 */
import { POLLPRI } from "../../../spec/abi/linux.ts";
import { IORING_OP_POLL_ADD } from "../../../spec/abi/opcodes.ts";
import { needsBuffer } from "../buffers/select.ts";
import { type OpenFile, WOKEN_BY_RING } from "../host/host.ts";
import { isDue } from "../completion/notification.ts";
import { OPCODE_NOTIFICATION } from "../own-opcodes.ts";
import { BIT_MULTISHOT } from "../request-bits.ts";
import type { Request } from "../state.ts";

/** The file that an armed request waits for. */
function awaitedFile(request: Request): OpenFile | undefined {
  return request.awaited ?? request.file;
}

/** The events that hold now, of those that the request waits for. */
export function readyEvents(request: Request): number {
  const file = awaitedFile(request);
  return file === undefined ? 0 : file.poll() & request.events;
}

/** Whether the request would be woken now: a new wake-up, and an event that it waits for. */
export function isReady(request: Request): boolean {
  if (request.opcode === OPCODE_NOTIFICATION) return isDue(request);
  const file = awaitedFile(request);
  if (file === undefined || file.wakeups() === request.checked) return false;
  // Tried again although the data is gone, a request finds at least that no buffer is left.
  const picks = needsBuffer(request);
  //= BUF-52
  if (picks && (request.bits & BIT_MULTISHOT) === 0) return true;
  const believes = picks || request.opcode === IORING_OP_POLL_ADD;
  if (believes) return wokenEvents(request) !== 0;
  return readyEvents(request) !== 0 || isStirred(file, request);
}

//= POLL-23
/** Whether a ring has woken a transfer without a word on why: that is tried again, if in vain. */
function isStirred(file: OpenFile, { bits, checked }: Request): boolean {
  if (file.kind !== "ring" || bits & BIT_MULTISHOT) return false;
  return file.wakeup(checked + 1) === 0;
}

//= POLL-7, ND-9
/** What a poll reports of the wake-ups since it was armed. */
export function wokenEvents(request: Request): number {
  const file = awaitedFile(request);
  if (file === undefined) return 0;
  const { checked, events } = request;
  const count = file.wakeups();
  if (count === checked) return readyEvents(request);
  let believed = 0;
  for (let n = checked + 1; n <= count; n++) {
    const named = file.wakeup(n);
    if (isForeign(request, named)) continue;
    if (named === 0 || believed !== 0) return readyEvents(request);
    believed = named & events;
    if (listensOnce(named, request)) break;
  }
  return believed;
}

//= POLL-29
/**
 * Whether what the first wake-up named is all that is known: a poll with a single shot leaves the
 * file's queue with it, and so does one that a CQE woke, which has its last (POLL-11).
 */
function listensOnce(named: number, { bits }: Request): boolean {
  return (bits & BIT_MULTISHOT) === 0 || (named & WOKEN_BY_RING) !== 0;
}

//= POLL-11
/** Whether a CQE woke it: the first of the wake-ups that concern it counts. */
export function wokenByRing(request: Request): boolean {
  const file = awaitedFile(request);
  const count = file?.wakeups() ?? 0;
  for (let n = request.checked + 1; n <= count; n++) {
    const named = file?.wakeup(n) ?? 0;
    if (!isForeign(request, named)) return (named & WOKEN_BY_RING) !== 0;
  }
  return false;
}

/** Lets wake-ups go by that were about other events. */
export function skipForeignWakes(request: Request): void {
  const file = awaitedFile(request);
  if (file === undefined) return;
  const count = file.wakeups();
  while (request.checked < count && isForeign(request, file.wakeup(request.checked + 1))) {
    request.checked += 1;
  }
}

/** A wake-up that names other events. POLLPRI alone never makes one that names any one's own. */
function isForeign(request: Request, named: number): boolean {
  return named !== 0 && (named & request.events & ~POLLPRI) === 0;
}
