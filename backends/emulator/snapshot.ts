/**
 * Copies of the kernel's state, so that a search can go back to it.
 *
 * The state is plain data in records, and the records have identity: a request is the same object
 * in every list that names it. So a snapshot remembers who is there, what each record says, and
 * who stands in which list; putting it back writes into the same objects. It is meant to be used
 * again for the next state, and then allocates nothing.
 *
 * What belongs to the host (memory, files, the clock) is the host's to save, the references of open
 * files included. Which rings there are, and what is registered with them, is given for as long as
 * a snapshot is used. Requests that count what is registered, provided buffers and SQ threads are
 * refused. No call and no event may be under way.
 */
import { type Core, reset } from "./core.ts";
import type { Waiter } from "./waiting/futexes.ts";
import { PHASE_FREE } from "./request-phases.ts";
import { type BacklogEntry, Request, type Ring } from "./state.ts";

/** One state of a kernel. Blank until something is saved in it. */
export class Snapshot {
  readonly rings: RingCopy[] = [];
  readonly agenda: Request[] = [];
  readonly armed: Request[] = [];
  readonly futexWaiters: Waiter[] = [];
  readonly childWaits: Request[] = [];
  readonly woken: Ring[] = [];
  nextSequence = 0;
}

/** What one ring was like. */
class RingCopy {
  readonly ring: Ring;
  readonly memory: Uint8Array;
  readonly sqes: Uint8Array;
  readonly savedMemory: Uint8Array;
  readonly savedSqes: Uint8Array;
  /** Every request of the ring: those in `ring.live` first. */
  readonly requests: Request[] = [];
  liveCount = 0;
  /** What `requests` said, by place. There may be more of them, from earlier uses. */
  readonly copies: Request[] = [];
  readonly backlog: BacklogEntry[] = [];
  readonly taskWork: Request[] = [];
  readonly deferred: Request[] = [];
  readonly counted: Request[] = [];
  /** Used while a state is put back: who is there in the state before. */
  readonly present: Request[] = [];
  readonly queued: Request[] = [];
  disabled = false;
  closed = false;
  urgent = false;
  issuer: number | undefined = undefined;
  woken = false;
  drainActive = false;
  drainNext = false;
  drainDisabled = false;
  sqHead = 0;
  cqTail = 0;
  cqSlot = 0;
  cqFree = 0;
  deferredCount = 0;
  postedCount = 0;
  timeoutCount = 0;
  countedUntil = 0;
  wakeups = 0;
  polled = false;
  stirs = false;
  stirredAt = 0;

  constructor(ring: Ring) {
    this.ring = ring;
    this.memory = bytesOf(ring.memory.rings);
    this.sqes = bytesOf(ring.memory.sqes);
    this.savedMemory = new Uint8Array(this.memory.length);
    this.savedSqes = new Uint8Array(this.sqes.length);
  }
}

/** Writes the state of the kernel into `snapshot`, over what it held. */
export function save(core: Core, snapshot: Snapshot): void {
  const { notified, deliveries } = core;
  if (notified.length + deliveries.length > 0) {
    throw new Error("the kernel is in the middle of something");
  }
  let place = 0;
  for (const ring of core.rings) {
    let copy = snapshot.rings[place];
    if (copy?.ring !== ring) snapshot.rings[place] = copy = new RingCopy(ring);
    saveRing(copy);
    place += 1;
  }
  snapshot.rings.length = place;
  copyList(core.agenda.entries(), snapshot.agenda);
  copyList(core.armed, snapshot.armed);
  copyList(core.futexes.waiters, snapshot.futexWaiters);
  copyList(core.childWaits, snapshot.childWaits);
  copyList(core.woken, snapshot.woken);
  snapshot.nextSequence = core.nextSequence;
}

/** Puts the kernel back into the state that `snapshot` holds. The snapshot stays good. */
export function restore(core: Core, snapshot: Snapshot): void {
  const { rings } = snapshot;
  if (core.rings.size !== rings.length) throw new Error("a ring came or went");
  for (let i = 0; i < rings.length; i++) blankLater(rings[i] as RingCopy);
  for (let i = 0; i < rings.length; i++) restoreRing(rings[i] as RingCopy);
  restorePool(core.pool, rings);
  core.agenda.load(snapshot.agenda);
  copyList(snapshot.armed, core.armed);
  copyList(snapshot.futexWaiters, core.futexes.waiters);
  copyList(snapshot.childWaits, core.childWaits);
  copyList(snapshot.woken, core.woken);
  core.nextSequence = snapshot.nextSequence;
}

function saveRing(copy: RingCopy): void {
  const { ring, requests } = copy;
  refuse(ring);
  copy.savedMemory.set(copy.memory);
  copy.savedSqes.set(copy.sqes);
  truncate(copy.taskWork, 0);
  ring.taskWork.copyTo(copy.taskWork);
  collect(ring, copy.taskWork, requests);
  copy.liveCount = ring.live.length;
  for (let i = 0; i < requests.length; i++) {
    copyRequest(requests[i] as Request, (copy.copies[i] ??= new Request(ring)));
  }
  copyList(ring.backlog, copy.backlog);
  copyList(ring.deferred, copy.deferred);
  copyList(ring.counted, copy.counted);
  copyScalars(ring, copy);
}

function refuse(ring: Ring): void {
  if (ring.completionCount !== 0 || ring.linkHead !== undefined) {
    throw new Error("the kernel is in the middle of something");
  }
  if (ring.files !== undefined) throw new Error("a snapshot holds no registered files");
  if (ring.bufferGroups.size > 0) throw new Error("a snapshot holds no provided buffers");
  if (ring.ending) throw new Error("a ring that is about to end cannot be saved");
  if (ring.sqThread !== undefined) throw new Error("a ring with an SQ thread cannot be saved");
}

/** Whoever came later is a spare record again. */
function blankLater(copy: RingCopy): void {
  const { ring, requests, present, queued } = copy;
  truncate(queued, 0);
  ring.taskWork.copyTo(queued);
  collect(ring, queued, present);
  for (let i = 0; i < present.length; i++) {
    const request = present[i] as Request;
    if (requests[i] !== request && !requests.includes(request)) blank(request);
  }
}

/** Records that were made since are kept: a search would make them again and again. */
function restorePool(pool: Request[], rings: readonly RingCopy[]): void {
  let spare = 0;
  for (let i = 0; i < pool.length; i++) {
    const request = pool[i] as Request;
    if (request.phase === PHASE_FREE) pool[spare++] = request;
  }
  truncate(pool, spare);
  for (let i = 0; i < rings.length; i++) {
    const { present } = rings[i] as RingCopy;
    for (let j = 0; j < present.length; j++) {
      const request = present[j] as Request;
      if (request.phase === PHASE_FREE) pool.push(request);
    }
  }
}

function restoreRing(copy: RingCopy): void {
  const { ring, requests } = copy;
  copy.memory.set(copy.savedMemory);
  copy.sqes.set(copy.savedSqes);
  for (let i = 0; i < requests.length; i++) {
    copyRequest(copy.copies[i] as Request, requests[i] as Request);
  }
  copyList(requests, ring.live, copy.liveCount);
  copyList(copy.backlog, ring.backlog);
  copyList(copy.deferred, ring.deferred);
  copyList(copy.counted, ring.counted);
  ring.taskWork.load(copy.taskWork);
  copyScalars(copy, ring);
}

/** As it would be if it had left the lists on which it stood, and been freed. */
function blank(request: Request): void {
  reset(request);
  request.agendaIndex = -1;
  request.armedIndex = -1;
}

/** Every request of the ring, into `into`: also those, not live, that are only task work. */
function collect(ring: Ring, taskWork: readonly Request[], into: Request[]): void {
  copyList(ring.live, into);
  for (let i = 0; i < taskWork.length; i++) {
    const request = taskWork[i] as Request;
    if (request.liveIndex < 0) into.push(request);
  }
}

function bytesOf(view: DataView<ArrayBuffer>): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}

type Scalars = Pick<
  Ring,
  | "disabled"
  | "closed"
  | "urgent"
  | "issuer"
  | "woken"
  | "drainActive"
  | "drainNext"
  | "drainDisabled"
  | "sqHead"
  | "cqTail"
  | "cqSlot"
  | "cqFree"
  | "deferredCount"
  | "postedCount"
  | "timeoutCount"
  | "countedUntil"
  | "wakeups"
  | "polled"
  | "stirs"
  | "stirredAt"
>;

function copyScalars(from: Scalars, to: Scalars): void {
  to.disabled = from.disabled;
  to.closed = from.closed;
  to.urgent = from.urgent;
  to.issuer = from.issuer;
  to.woken = from.woken;
  to.drainActive = from.drainActive;
  to.drainNext = from.drainNext;
  to.drainDisabled = from.drainDisabled;
  to.sqHead = from.sqHead;
  to.cqTail = from.cqTail;
  to.cqSlot = from.cqSlot;
  to.cqFree = from.cqFree;
  to.deferredCount = from.deferredCount;
  to.postedCount = from.postedCount;
  to.timeoutCount = from.timeoutCount;
  to.countedUntil = from.countedUntil;
  to.wakeups = from.wakeups;
  to.polled = from.polled;
  to.stirs = from.stirs;
  to.stirredAt = from.stirredAt;
}

/** Makes `to` the first `length` entries of `from`, without allocating. */
function copyList<Entry>(from: readonly Entry[], to: Entry[], length: number = from.length): void {
  truncate(to, length);
  for (let i = 0; i < length; i++) to[i] = from[i] as Entry;
}

/** Cheaper than to set the length, for the few entries that there are. */
function truncate(list: unknown[], length: number): void {
  while (list.length > length) list.pop();
}

/** Copies every field: a test compares the list with the class. */
export function copyRequest(from: Request, to: Request): void {
  if (from.fileNode !== undefined) throw new Error("a request with a registered file is counted");
  to.ring = from.ring;
  to.sequence = from.sequence;
  to.task = from.task;
  to.opcode = from.opcode;
  to.bits = from.bits;
  to.phase = from.phase;
  to.work = from.work;
  to.fd = from.fd;
  to.offset = from.offset;
  to.address = from.address;
  to.length = from.length;
  to.opFlags = from.opFlags;
  to.ioprio = from.ioprio;
  to.fileIndex = from.fileIndex;
  to.userDataLow = from.userDataLow;
  to.userDataHigh = from.userDataHigh;
  to.bufferIndex = from.bufferIndex;
  to.vectors = from.vectors;
  to.bytes = from.bytes;
  to.secondBytes = from.secondBytes;
  to.detail = from.detail;
  to.progress = from.progress;
  to.awaited = from.awaited;
  to.bufferGroup = from.bufferGroup;
  to.buffers = from.buffers;
  to.bufferId = from.bufferId;
  to.bufferLength = from.bufferLength;
  to.bufferRing = from.bufferRing;
  to.message = from.message;
  to.notification = from.notification;
  to.sentOn = from.sentOn;
  to.result = from.result;
  to.cqeFlags = from.cqeFlags;
  to.big = from.big;
  to.minimum = from.minimum;
  to.done = from.done;
  to.settled = from.settled;
  to.wanted = from.wanted;
  to.shotLength = from.shotLength;
  to.shotsLeft = from.shotsLeft;
  to.unread = from.unread;
  to.receive = from.receive;
  to.shots = from.shots;
  to.file = from.file;
  to.fileNode = from.fileNode;
  to.registered = from.registered;
  to.link = from.link;
  to.events = from.events;
  to.checked = from.checked;
  to.seen = from.seen;
  to.due = from.due;
  to.agendaIndex = from.agendaIndex;
  to.liveIndex = from.liveIndex;
  to.armedIndex = from.armedIndex;
  to.arming = from.arming;
  to.tries = from.tries;
  to.position = from.position;
  to.duration = from.duration;
  to.repeats = from.repeats;
  to.target = from.target;
  to.head = from.head;
  to.targetLow = from.targetLow;
  to.targetHigh = from.targetHigh;
  to.saved = from.saved;
}
