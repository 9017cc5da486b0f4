/**
 * The plain data of the emulated kernel: a request, and a ring.
 *
 * Nothing in here is a callback and nothing here decides anything; the functions in the other
 * files move these records from state to state. A request names its ring, a ring lists its
 * requests and its SQ thread, and that its rings: each type needs the others, so they share a file.
 * What a request's `phase`, `work` and `bits` can be is in request-phases.ts, request-work.ts and
 * request-bits.ts.
 */
import type { BufferList } from "./buffers/buffer-list.ts";
import type { BufferRing } from "./buffers/buffer-ring.ts";
import { Fifo } from "./tasks/fifo.ts";
import type { FileNode, FileTable } from "./files/file-table.ts";
import type { OpenFile, SocketCalls } from "./host/host.ts";
import type { SpliceInput } from "./files/splice-input.ts";
import type { RingLayout } from "./setup/layout.ts";
import type { Restrictions } from "./submission/restrictions.ts";
import type { RegisteredBuffer } from "./buffers/registered-buffer.ts";
import { BusyPolling } from "./enter/busy-polling.ts";
import type { MemoryRegion } from "./buffers/memory-region.ts";
import type { MessageHeader, RingEventfd, RingMemory } from "./holdings.ts";
import { PHASE_FREE } from "./request-phases.ts";
import { WORK_COMPLETE } from "./request-work.ts";
import { SqeReader } from "./submission/sqe.ts";

/** No result is lower: a request with this `minimum` never counts as failed by its result. */
export const NEVER_FAILS = -0x80000000;

/** A cancellation of many, on its way (cancel-many.ts). */
export interface CancelProgress {
  /** Those that it has still to come to. */
  readonly rest: Request[];
  /** How many of what is parked count for nothing. */
  readonly surplus: number;
  /** Requests that it has stopped, without those of workers. */
  stopped: number;
  /** 1 if it has stopped work that waited for a worker. */
  waiting: number;
  /** 1 if a worker was just beginning with one. */
  beginning: number;
  /** Whether it has found work that runs. */
  running: boolean;
}

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
  /**
   * `off` of what has a position. TIMEOUT: the count. POLL_REMOVE: the new user_data, high word.
   * MSG_RING: the source slot. URING_CMD: the length of a socket option.
   */
  offset = 0;
  /**
   * Where the memory is. POLL_REMOVE: the new user_data, low word. MSG_RING: the command.
   * URING_CMD: where the value of a socket option is.
   */
  address = 0;
  /** Bytes, or `len`. MSG_RING: the result that it posts. ASYNC_CANCEL: the opcode looked for. */
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
  /** How far an ASYNC_CANCEL has come that a worker has left for a moment. */
  progress: CancelProgress | undefined = undefined;
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
  /** How often it was about to wait for its file (ASYNC-5). */
  tries = 0;

  // Timers: `duration` in nanoseconds as given; counted ones complete at `target` postings.
  duration = 0;
  /**
   * Periods that a multishot TIMEOUT has left. URING_CMD: the command (`cmd_op`). EPOLL_WAIT: how
   * many events there is room for.
   */
  repeats = 0;
  target = 0;
  /** The request that this LINK_TIMEOUT bounds, until the timer has fired and it was cancelled. */
  head: Request | undefined = undefined;
  /**
   * The user_data that is looked for, in two words. MSG_RING: the user_data that is posted.
   * URING_CMD: level and name of a socket option. In the low word alone, EPOLL_CTL: the descriptor
   * that is watched; futexes: the mask; MADVISE: the low word of the address.
   */
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
  /** How many vectors earlier bundles had room for, each once, the largest first. */
  readonly vectorCounts: number[] = [];
  /** The provided buffers, by group id. */
  readonly bufferGroups: Map<number, BufferGroup> = new Map<number, BufferGroup>();

  /** Its task work is running, in a world that goes on meanwhile. */
  working = false;
  /** A worker may still hold one of those that were let go last: what follows may come later. */
  heldByWorker = false;
  /** Has its owner run task work that comes from workers. */
  interrupt: Request | undefined = undefined;
  /** Has a worker signal its eventfd. */
  signal: Request | undefined = undefined;
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
