/**
 * Copies of the kernel's state, so that a search can go back to it.
 *
 * The state is plain data in records, and the records have identity: a request is the same object
 * in every list that names it. So a snapshot remembers who is there, what each record says, and
 * who stands in which list; putting it back writes into the same objects. It is meant to be used
 * again for the next state, and then allocates nothing.
 *
 * What belongs to the host (memory, files, the clock) is the host's to save, references of open
 * files included. What a program registers is taken as given for the whole search, and so is which
 * rings there are; groups of provided buffers are refused. No call and no event may be under way.
 */
import { type Core, reset } from "./core.ts";
import { type BacklogEntry, Request, type Ring } from "./state.ts";

/** One state of a kernel. Blank until something is saved in it. */
export class Snapshot {
  readonly rings: RingCopy[] = [];
  readonly agenda: Request[] = [];
  readonly armed: Request[] = [];
  readonly woken: Ring[] = [];
  readonly pool: Request[] = [];
  nextSequence = 0;
}

/** What one ring was like. */
class RingCopy {
  readonly ring: Ring;
  readonly memory: Uint8Array;
  readonly sqes: Uint8Array;
  readonly savedMemory: Uint8Array;
  readonly savedSqes: Uint8Array;
  readonly live: Request[] = [];
  /** What the requests in `live` said, by place. There may be more of them, from earlier uses. */
  readonly copies: Request[] = [];
  readonly backlog: BacklogEntry[] = [];
  readonly taskWork: Request[] = [];
  readonly deferred: Request[] = [];
  readonly counted: Request[] = [];
  disabled = false;
  closed = false;
  urgent = false;
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
  wakeups = 0;

  constructor(ring: Ring) {
    this.ring = ring;
    this.memory = new Uint8Array(ring.memory);
    this.sqes = new Uint8Array(ring.sqes);
    this.savedMemory = new Uint8Array(ring.memory.byteLength);
    this.savedSqes = new Uint8Array(ring.sqes.byteLength);
  }
}

/** Writes the state of the kernel into `snapshot`, over what it held. */
export function save(core: Core, snapshot: Snapshot): void {
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
  copyList(core.woken, snapshot.woken);
  copyList(core.pool, snapshot.pool);
  snapshot.nextSequence = core.nextSequence;
}

/** Puts the kernel back into the state that `snapshot` holds. The snapshot stays good. */
export function restore(core: Core, snapshot: Snapshot): void {
  if (core.rings.size !== snapshot.rings.length) throw new Error("a ring came or went");
  for (const copy of snapshot.rings) restoreRing(copy);
  core.agenda.load(snapshot.agenda);
  copyList(snapshot.armed, core.armed);
  copyList(snapshot.woken, core.woken);
  copyList(snapshot.pool, core.pool);
  core.nextSequence = snapshot.nextSequence;
}

function saveRing(copy: RingCopy): void {
  const { ring } = copy;
  if (ring.completionCount !== 0 || ring.linkHead !== undefined) {
    throw new Error("the kernel is in the middle of something");
  }
  if (ring.bufferGroups.size > 0) throw new Error("a snapshot holds no provided buffers");
  copy.savedMemory.set(copy.memory);
  copy.savedSqes.set(copy.sqes);
  const { live } = ring;
  copyList(live, copy.live);
  for (let i = 0; i < live.length; i++) {
    copyRequest(live[i] as Request, (copy.copies[i] ??= new Request(ring)));
  }
  copyList(ring.backlog, copy.backlog);
  copyList(ring.deferred, copy.deferred);
  copyList(ring.counted, copy.counted);
  copy.taskWork.length = 0;
  ring.taskWork.copyTo(copy.taskWork);
  copyScalars(ring, copy);
}

function restoreRing(copy: RingCopy): void {
  const { ring } = copy;
  // Whoever came later is a spare record again.
  for (let i = 0; i < ring.live.length; i++) reset(ring.live[i] as Request);
  copy.memory.set(copy.savedMemory);
  copy.sqes.set(copy.savedSqes);
  const { live } = copy;
  copyList(live, ring.live);
  for (let i = 0; i < live.length; i++) {
    copyRequest(copy.copies[i] as Request, live[i] as Request);
  }
  copyList(copy.backlog, ring.backlog);
  copyList(copy.deferred, ring.deferred);
  copyList(copy.counted, ring.counted);
  ring.taskWork.load(copy.taskWork);
  copyScalars(copy, ring);
}

type Scalars = Pick<
  Ring,
  | "disabled"
  | "closed"
  | "urgent"
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
  | "wakeups"
>;

function copyScalars(from: Scalars, to: Scalars): void {
  to.disabled = from.disabled;
  to.closed = from.closed;
  to.urgent = from.urgent;
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
  to.wakeups = from.wakeups;
}

/** Makes `to` equal to `from`, without allocating. */
function copyList<Entry>(from: readonly Entry[], to: Entry[]): void {
  const { length } = from;
  if (to.length > length) to.length = length;
  for (let i = 0; i < length; i++) to[i] = from[i] as Entry;
}

/** Copies every field: a test compares the list with the class. */
export function copyRequest(from: Request, to: Request): void {
  to.ring = from.ring;
  to.sequence = from.sequence;
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
  to.bufferGroup = from.bufferGroup;
  to.buffers = from.buffers;
  to.bufferId = from.bufferId;
  to.bufferLength = from.bufferLength;
  to.bufferRing = from.bufferRing;
  to.message = from.message;
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
  to.registered = from.registered;
  to.link = from.link;
  to.events = from.events;
  to.checked = from.checked;
  to.due = from.due;
  to.agendaIndex = from.agendaIndex;
  to.liveIndex = from.liveIndex;
  to.armedIndex = from.armedIndex;
  to.duration = from.duration;
  to.repeats = from.repeats;
  to.target = from.target;
  to.head = from.head;
  to.hasTarget = from.hasTarget;
  to.targetLow = from.targetLow;
  to.targetHigh = from.targetHigh;
  to.saved = from.saved;
}
