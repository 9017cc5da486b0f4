/**
 * The plain data of the emulated kernel: a request, and a ring.
 *
 * Nothing in here is a callback and nothing here decides anything; the functions in the other
 * files move these records from state to state. A request is in exactly one phase, and every
 * phase has one place where the request is listed:
 *
 * | phase    | meaning                                             | listed in           |
 * | -------- | --------------------------------------------------- | ------------------- |
 * | PREPARED | accepted, not started: link member, or drained      | its chain / drain   |
 * | LATE     | runs when the scheduler says (io-wq)                | agenda              |
 * | ARMED    | waits for its file; on the agenda once that is ready | core.armed          |
 * | TIMED    | a timer runs                                        | agenda              |
 * | WORK     | task work: goes on when the ring's owner is there   | ring.taskWork       |
 * | DONE     | has its result, CQE not yet written                 | ring.completions    |
 * | PARKED   | waits for a futex or a child    | core.futexes, core.childWaits           |
 * | THREAD   | no request: an SQ thread that has SQEs to take      | agenda              |
 *
 * All of them are in `ring.live` until they are retired.
 */
import type { BufferList } from "./buffers/buffer-list.ts";
import type { BufferRing } from "./buffers/buffer-ring.ts";
import { Fifo } from "./tasks/fifo.ts";
import type { FileNode, FileTable } from "./files/file-table.ts";
import type { OpenFile, SocketCalls } from "./host/host.ts";
import type { SpliceInput } from "./files/splice-input.ts";
import type { RingLayout } from "./setup/layout.ts";
import type { Restrictions } from "./submission/restrictions.ts";
import { CQ_HEAD, CQ_TAIL, SQ_FLAGS, SQ_TAIL } from "./setup/layout.ts";
import type { RegisteredBuffer } from "./buffers/registered-buffer.ts";
import { BusyPolling } from "./enter/busy-polling.ts";
import type { MemoryRegion } from "./buffers/memory-region.ts";
import type { MessageHeader, RingEventfd, RingMemory } from "./holdings.ts";
import { SqeReader } from "./submission/sqe.ts";

/** Not in use. */
export const PHASE_FREE = 0;
/** Accepted, not started; or at this moment running on a worker. */
export const PHASE_PREPARED = 1;
/** Runs when the scheduler says. */
export const PHASE_LATE = 2;
/** Waits for its file. */
export const PHASE_ARMED = 3;
/** Its timer runs. */
export const PHASE_TIMED = 4;
/** In task work. */
export const PHASE_WORK = 5;
/** Has its result. */
export const PHASE_DONE = 6;
/** Waits for what is no file: a futex, or a child process. */
export const PHASE_PARKED = 7;
/** Not a request: what an SQ thread does next, while there are SQEs for it. */
export const PHASE_THREAD = 8;

/** What a request in task work does next. */
export const WORK_COMPLETE = 0;
/** Issue it. */
export const WORK_ISSUE = 1;
/** Try it again: its file woke it. */
export const WORK_RETRY = 2;
/** Its timer fired. */
export const WORK_TIMEOUT = 3;
/** Its timer fired: cancel the target. */
export const WORK_LINK_TIMEOUT = 4;
/** Cancel it and all that follow it in the chain. */
export const WORK_FAIL_LINKS = 5;
/** It is a message from another ring: post it. */
export const WORK_MESSAGE = 6;
/** It waited for a child, which has done something. */
export const WORK_CHILD = 7;
/** It waited for a futex, and was woken. */
export const WORK_FUTEX = 8;
/** Try it again: its file was ready when it was to wait for it. No cancellation finds it. */
export const WORK_AGAIN = 9;
/** Be forgotten: its CQE is written. */
export const WORK_FREE = 10;

// `bits` begins as the SQE's own flags (bits 0 to 7); these are the kernel's.
/** The request failed: breaks a soft chain. */
export const BIT_FAIL = 0x100;
/** Its failure also silences the cancelled rest of the chain (SKIP-3). */
export const BIT_SKIP_LINKS = 0x200;
/** A LINK_TIMEOUT follows it, not yet started. */
export const BIT_ARM_LINK_TIMEOUT = 0x400;
/** Its LINK_TIMEOUT runs. */
export const BIT_LINK_TIMEOUT = 0x800;
/** A cancellation came too late: the request ends with its own result. */
export const BIT_UNCANCELLABLE = 0x1000;
/** Would rather fail with EAGAIN than wait. */
export const BIT_NOWAIT = 0x2000;
/** Stays armed after a completion. */
export const BIT_MULTISHOT = 0x4000;
/** Has been waiting for its file at least once (REQ_F_POLLED). */
export const BIT_POLLED = 0x8000;

/** A worker ran it, or a member of its chain before it. */
export const BIT_WORKER = 0x10000;
/** It blocks the worker that runs it, instead of being armed: a cancellation interrupts it. */
export const BIT_BLOCKING = 0x20000;

/** Its worker was told to stop, and will find EINTR. */
export const BIT_INTERRUPTED = 0x40000;
/** It was cancelled before its worker began with it: the worker will find ECANCELED. */
export const BIT_STOPPED = 0x100000;
/** The worker that ran the one before it in its chain is to issue it. */
export const BIT_UNISSUED = 0x200000;
/** Its worker is done with it, but for the CQE. */
export const BIT_EXECUTED = 0x400000;
/** A poll with EPOLLEXCLUSIVE: of several on a file, a wake-up reaches one. */
export const BIT_EXCLUSIVE = 0x10000000;
/** A SEND of bundles: it may post several CQEs, which a worker may not (BUF-71). */
export const BIT_BUNDLES = 0x20000000;

/** It was woken where it was parked: a wake-up or a cancellation comes too late. */
export const BIT_PARKED_WOKEN = 0x8000000;

/** A read or write that brings metadata (IORING_RW_ATTR_FLAG_PI). */
export const BIT_METADATA = 0x4000000;

/** A worker gave it its result: an eventfd for workers is signalled for it. */
export const BIT_BY_WORKER = 0x1000000;
/** Its LINK_TIMEOUT has fired, and lets go of it in task work: until then it cannot end. */
export const BIT_HELD = 0x800000;
/** It would have ended, but for that. */
export const BIT_ENDED = 0x40000000;
/** Its memory is a registered buffer, which it finds when it is issued. */
export const BIT_FIXED_BUFFER = 0x80000;

/** It waited for its file, and is cancelled: until its task work runs it can still be found. */
export const BIT_CANCELLED = 0x2000000;

/** Opcode of the timers that a blocked `enter` uses: no SQE can have it. */
export const OPCODE_WAIT = 256;
/** Opcode of the events of an SQ thread. */
export const OPCODE_SQ_THREAD = 257;
/** Opcode of what has the owner of a ring run its task work. */
export const OPCODE_INTERRUPT = 260;
/** Opcode of the notifications of zero-copy sends. */
export const OPCODE_NOTIFICATION = 258;
/** The end of a ring that comes later than its close. */
export const OPCODE_RING_END = 259;

/** No result is lower: a request with this `minimum` never counts as failed by its result. */
export const NEVER_FAILS = -0x80000000;

/** One request, from the moment its SQE is taken until its last CQE is written. Pooled. */
export class Request {
  ring: Ring;
  /** Number of the request since the kernel started: its name in traces. */
  sequence = 0;
  /** The task that submitted it. */
  task = 0;
  opcode = 0;
  bits = 0;
  phase: number = PHASE_FREE;
  work: number = WORK_COMPLETE;

  // The SQE's fields, as the operation's prepare step took them.
  fd = -1;
  offset = 0;
  address = 0;
  length = 0;
  opFlags = 0;
  ioprio = 0;
  fileIndex = 0;
  userDataLow = 0;
  userDataHigh = 0;
  bufferIndex = 0;

  // Copies of what the SQE pointed to.
  /** Pairs of address and length. */
  vectors: number[] | undefined = undefined;
  /** A path or a sockaddr. */
  bytes: Uint8Array | undefined = undefined;
  secondBytes: Uint8Array | undefined = undefined;
  /** What a rare operation keeps besides: the value of an extended attribute, the other file. */
  detail: Uint8Array | SpliceInput | undefined = undefined;
  /** The msghdr of SENDMSG and RECVMSG. */
  message: MessageHeader | undefined = undefined;
  /** Of a zero-copy send: the request that tells when its memory is free. */
  notification: Request | undefined = undefined;
  /** Of a notification: the socket that uses the memory, until it has come as far as `target`. */
  sentOn: SocketCalls | undefined = undefined;

  // Provided buffers (buffers/select.ts): the group asked for, and what is picked of it.
  bufferGroup = 0;
  buffers = 0;
  bufferId = 0;
  bufferLength = 0;
  /** The ring that was picked from, while the pick is not yet used up. */
  bufferRing: BufferRing | undefined = undefined;

  result = 0;
  cqeFlags = 0;
  /** The second half of its CQE, 16 bytes, where that has one and it is not zero. */
  big: Uint8Array | undefined = undefined;
  /** A result below this breaks a soft chain (LINK-7, LINK-10). */
  minimum = 0;
  /** Bytes moved by earlier attempts (MSG_WAITALL). */
  done = 0;
  /** How many of those are not in the buffers that are picked now (bundles). */
  settled = 0;
  // Receives (operations/receive.ts).
  /** What the next pick of a buffer is limited to; 0: nothing. */
  wanted = 0;
  /** Multishot: the limit of one shot, and what is left of the limit of all; 0: none. */
  shotLength = 0;
  shotsLeft = 0;
  /** Bytes that were waiting after the last transfer, -1 if unknown. */
  unread = 0;
  receive = 0;
  shots = 0;
  /** Retained while it is set, by itself or by `fileNode`. */
  file: OpenFile | undefined = undefined;
  /** The registered buffer that it uses, held while it is set. */
  registered: RegisteredBuffer | undefined = undefined;
  /** Where `file` came from a slot of the ring's table: holds it. */
  fileNode: FileNode | undefined = undefined;
  /** The next member of the chain. */
  link: Request | undefined = undefined;

  /** What it waits for while it is armed, if that is not `file`. */
  awaited: OpenFile | undefined = undefined;
  /** Poll events waited for, and `wakeups()` of the file when it was looked at last. */
  events = 0;
  checked = 0;
  /** The events that a multishot request was told of, 0 where the wake-up says. */
  seen = 0;

  due = 0;
  agendaIndex = -1;
  liveIndex = -1;
  armedIndex = -1;
  /** The position of its file when it was sent to a worker; -1: not known, or of no interest. */
  position = -1;
  /** Its number among all that began to wait for a file; 0: it never has. */
  arming = 0;

  // Timers: `duration` in nanoseconds as given; counted ones complete at `target` postings.
  duration = 0;
  repeats = 0;
  target = 0;
  /** The request that this LINK_TIMEOUT bounds, until the timer has fired and it was cancelled. */
  head: Request | undefined = undefined;
  targetLow = 0;
  targetHigh = 0;

  /** What the program had in a buffer that is poisoned now. */
  saved: Uint8Array[] | undefined = undefined;

  constructor(ring: Ring) {
    this.ring = ring;
  }
}

/** A group of provided buffers. */
export type BufferGroup = BufferList | BufferRing;

/** A CQE that found the ring full. */
export interface BacklogEntry {
  readonly userDataLow: number;
  readonly userDataHigh: number;
  readonly result: number;
  readonly flags: number;
  /** The second half of a CQE of 32 bytes; undefined where it has none, or zeroes. */
  readonly big: Uint8Array | undefined;
}

/** One ring: its shared memory and what the kernel knows about it. */
export class Ring {
  /** Number of the ring since the kernel started. */
  readonly id: number;
  readonly flags: number;
  // What REGISTER_RESIZE_RINGS replaces: sizes, memory, and the views of it.
  layout: RingLayout;
  memory: RingMemory;
  /** Both rings and the SQ array. */
  view: DataView;
  sqe: SqeReader;

  /** IORING_SETUP_R_DISABLED, until REGISTER_ENABLE_RINGS. */
  disabled: boolean;
  /** The descriptor is gone; what still runs posts nothing. */
  closed = false;
  /** The only task that may submit and register (SINGLE_ISSUER), once there is one. */
  issuer: number | undefined = undefined;
  /** What is allowed, while registered; it counts from ENABLE_RINGS on (RESTRICT-5). */
  restrictions: Restrictions | undefined = undefined;
  restricted = false;
  /** Ids of registered credentials, and where the search for a free one begins. */
  readonly personalities: Set<number> = new Set<number>();
  /** The tasks that have used it, and the limits of workers that were set on it; 0: none. */
  readonly users: number[] = [];
  readonly workerLimits: WorkerLimits = [0, 0];
  nextPersonality = 1;
  eventfd: RingEventfd | undefined = undefined;
  /** With SQPOLL, who takes its SQEs; milliseconds until it falls asleep. */
  sqThread: SqThread | undefined = undefined;
  sqThreadIdle = 0;

  /** The kernel's own copies of the indices it writes: the program may spoil the shared ones. */
  sqHead = 0;
  cqTail = 0;
  /** The next slot for a CQE, and how many from there on are known to be free. */
  cqSlot = 0;
  cqFree = 0;
  readonly backlog: BacklogEntry[] = [];

  /** Every request that holds anything. Order is not meaningful. */
  readonly live: Request[] = [];
  /** Done, CQE not yet written; the first `completionCount` of the list. */
  completions: Request[] = [];
  completionCount = 0;
  /** CQEs with F_MORE were written since completions were flushed: timeouts have to count them. */
  hasShots = false;
  readonly taskWork: Fifo<Request> = new Fifo<Request>();

  /** SQEs that the running submit has still to take. */
  sqesLeft = 0;
  /** A submit runs: task work has to wait. */
  submitting = false;
  /** The chain that the running submit is building. */
  linkHead: Request | undefined = undefined;
  linkLast: Request | undefined = undefined;

  /** Heads that wait behind a drain, in order, and how many requests their chains hold. */
  readonly deferred: Request[] = [];
  deferredCount = 0;
  drainActive = false;
  drainNext = false;
  drainDisabled = false;

  /** Closed, but its end comes later. */
  ending = false;

  /** Registered files. */
  files: FileTable | undefined = undefined;

  /** Timeouts that also count completions, soonest first. */
  readonly counted: Request[] = [];
  /** CQEs written, and timeouts that fired or were counted out: TIMEOUT-6, TIMEOUT-7, ENTER-11. */
  postedCount = 0;
  timeoutCount = 0;
  /** The count of completions at the last look at the counted timeouts. */
  countedUntil = 0;

  /** What REGISTER_NAPI was told. */
  readonly busyPolling: BusyPolling = new BusyPolling();
  /** The region of memory that the ring was given, and whether waits find their arguments there. */
  region: MemoryRegion | undefined = undefined;
  /** Registered buffers; an empty entry is undefined. */
  registered: (RegisteredBuffer | undefined)[] | undefined = undefined;
  /** The provided buffers, by group id. */
  /** How many vectors earlier bundles had room for, each once, the largest first. */
  readonly vectorCounts: number[] = [];
  readonly bufferGroups: Map<number, BufferGroup> = new Map<number, BufferGroup>();

  /** Its task work is running, in a world that goes on meanwhile. */
  working = false;
  /** A worker may still hold one of those that were let go last: what follows may come later. */
  heldByWorker = false;
  /** Has its owner run task work that comes from workers. */
  interrupt: Request | undefined = undefined;
  /** Grows with every CQE: `wakeups()` of the ring's own descriptor. */
  wakeups = 0;
  /** Somebody has polled it. */
  polled = false;
  /** Who waits is to look again when the running call ends (POLL-23). */
  stirs = false;
  /** Which of the wake-ups that was: it names no events. */
  stirredAt = 0;
  /** Among its task work is some that a waiter hears of at once (TASK-10). */
  urgent = false;
  /** On `core.woken`: somebody who watches should look. */
  woken = false;

  constructor(
    id: number,
    flags: number,
    layout: RingLayout,
    memory: RingMemory,
    disabled: boolean,
  ) {
    this.id = id;
    this.flags = flags;
    this.layout = layout;
    this.memory = memory;
    this.view = memory.rings;
    this.sqe = new SqeReader(memory.sqes);
    this.disabled = disabled;
  }
}

/** Gives the ring other memory, of another size. What was in the old one is the caller's. */
export function useMemory(ring: Ring, layout: RingLayout, memory: RingMemory): void {
  ring.layout = layout;
  ring.memory = memory;
  ring.view = memory.rings;
  ring.sqe = new SqeReader(memory.sqes);
  ring.cqFree = 0;
}

/** How many SQEs the program has published and the kernel not yet taken; may be nonsense. */
export function sqPending(ring: Ring): number {
  return (ring.view.getUint32(SQ_TAIL, true) - ring.sqHead) >>> 0;
}

/** How many CQEs lie in the ring, unread by the program. */
export function cqPending(ring: Ring): number {
  return (ring.view.getUint32(CQ_TAIL, true) - ring.view.getUint32(CQ_HEAD, true)) >>> 0;
}

/** Sets or clears one of the IORING_SQ_* bits that the program sees. */
export function setSqFlag(ring: Ring, bit: number, on: boolean): void {
  const flags = ring.view.getUint32(SQ_FLAGS, true);
  ring.view.setUint32(SQ_FLAGS, on ? flags | bit : flags & ~bit, true);
}

/** One SQ thread. */
export class SqThread {
  readonly rings: Ring[] = [];
  /** When it falls asleep unless there is something to do, on the monotonic clock. */
  idleUntil = 0;
  /** What it does next; undefined while it sleeps. */
  event: Request | undefined = undefined;
}

/** Who has workers: a task, by its number, or an SQ thread. */
export type WorkerOwner = number | SqThread;

/** Two limits: workers for work that ends by itself, and for work that may take for ever. */
export type WorkerLimits = [bounded: number, unbounded: number];
