/**
 * The kernel's record of everything, and the shape of an operation.
 *
 * `Core` is handed to every function of the emulator. It holds state (requests, rings, agenda)
 * and the ways out (memory, files, clock, choices); the functions hold neither.
 */
import { Agenda } from "./waiting/agenda.ts";
import { type Children, NO_CHILDREN } from "./host/child-calls.ts";
import { CallPosition } from "./enter/call-position.ts";
import { Choices } from "./choices.ts";
import { Futexes } from "./waiting/futexes.ts";
import type { FaultPolicy } from "./host/faults.ts";
import type {
  Capability,
  Clock,
  Decider,
  Files,
  OpenFile,
  ProgramMemory,
  ReceivedMessage,
  Signals,
} from "./host/host.ts";
import {
  DEFAULT_KERNEL,
  type KernelName,
  type KernelProfile,
  kernelProfile,
} from "./profile/profile.ts";
import type { SqeReader } from "./submission/sqe.ts";
import { PHASE_FREE } from "./request-phases.ts";
import { Request, type Ring, type SqThread, type WorkerLimits, type WorkerOwner } from "./state.ts";
import { Transfer } from "./issue/transfer.ts";

/** Returned by an operation that wants to wait for its file before the first try. */
export const WAIT_FIRST = -0x7ffffffe;

/** Returned by a multishot operation that lets others go first, though there is more. */
export const TAKE_TURNS = -0x7ffffffd;

/** Returned by a multishot operation that wants its file looked at again after a shot. */
export const LOOK_AGAIN = -0x7ffffffc;

/** Returned by an operation that has arranged to complete later. No result is this low. */
export const PENDING = -0x7fffffff;

/**
 * Where a request that could complete at once may complete (ND-1). One that a
 * worker has to run sets IOSQE_ASYNC while it is prepared.
 */
export const PLACEMENT_INLINE = 0;
/** Completes at submit or later, as was chosen. */
export const PLACEMENT_EITHER = 1;

/** Who moves the bytes of a request's buffer. */
export type Direction = "kernel writes" | "kernel reads";

/** One opcode: how its SQE is checked, and what it does. */
export interface Operation {
  /** Name in traces and choices: "read", "link timeout". */
  readonly name: string;
  /** The SQE's fd is looked up when the request is issued (ERR-10). */
  readonly needsFile: boolean;
  readonly takesIoprio: boolean;
  readonly takesBufferSelect: boolean;
  /** PLACEMENT_*: whether it may complete after submit though nothing makes it wait. */
  readonly placement: number;
  /** POLL* events that a request waits for when the file says EAGAIN; 0: it does not wait. */
  readonly waitEvents: number;
  /** Present where the program's memory stays in use after the submit. */
  readonly direction?: Direction;
  /** False: it only answers as Linux does to who cannot use it, and REGISTER_PROBE omits it. */
  readonly isListed?: boolean;
  /** The buffer's old content has no meaning while the request runs, so it may be poisoned. */
  readonly poisons?: boolean;
  /** Checks the SQE and copies what it and the structures behind it say. 0 or -errno (ERR-9). */
  prepare(core: Core, request: Request, sqe: SqeReader): number;
  /**
   * Does it. A result, -EAGAIN to wait for `waitEvents`, WAIT_FIRST, TAKE_TURNS, LOOK_AGAIN, or
   * PENDING.
   */
  execute(core: Core, request: Request): number;
  /** Picks a provided buffer before the request goes to a worker. 0 or -errno. */
  select?(request: Request): number;
  /** With BIT_NOWAIT it does not wait on a worker either, where others do. */
  readonly refusesOnWorker?: boolean;
  /** The result where a cancellation interrupts it on its worker; -EINTR when left out. */
  readonly interrupted?: number;
  /** Where it is interrupted, it gives the provided buffer back that it had picked. */
  readonly recycles?: boolean;
  /** What to do instead of `execute` when the file woke an armed request. */
  woken?(core: Core, request: Request): number;
}

/** How late a request completes that does not complete at submit. */
export interface Latency {
  /** Nanoseconds from now until `request` is due. */
  sample(request: Request, name: string): number;
}

/** A sink for one line per thing that happened. */
export type Trace = (line: string) => void;

/** What the kernel is built over. */
export interface Host {
  readonly memory: ProgramMemory;
  readonly files: Files;
  readonly clock: Clock;
  readonly decider: Decider;
  /** Whether the program has a privilege; it has all of them when left out. */
  readonly capable?: (capability: Capability) => boolean;
  /** The child processes of the program; none when left out. */
  readonly children?: Children;
  /** Signals that the program handles; none ever come when left out. */
  readonly signals?: Signals;
  /** Left out: due at once, so that only the scheduler's pick orders completions. */
  readonly latency?: Latency;
  readonly faults?: FaultPolicy;
  /** Fill the buffers of reads in flight with garbage (default false). */
  readonly poison?: boolean;
  /**
   * Records of requests are used again (default true). A host that compares states wants blank
   * ones, without what an earlier request left in fields that nobody looks at.
   */
  readonly recycles?: boolean;
  readonly trace?: Trace;
  /** The release of Linux that is emulated (default "6.18"). */
  readonly kernel?: KernelName;
  /** How many processors the machine has (default 2). */
  readonly processors?: number;
  /**
   * Lets the world go on by one event while the caller of `enter` is blocked.
   * Throws when nothing can ever happen.
   */
  block(): void;
  /**
   * Lets the world go on, as far as it likes, in the middle of a call: other processors do not
   * wait. Left out: nothing happens during a call.
   */
  meanwhile?(): void;
}

/** The task that runs when nobody says otherwise. */
const FIRST_TASK = 1;
const PROCESSORS = 2;

/** A file that a request sends to a ring. */
export interface Delivery {
  readonly request: Request;
  readonly target: Ring;
  readonly file: OpenFile;
}

/** Everything the emulated kernel knows. */
export class Core {
  readonly memory: ProgramMemory;
  readonly files: Files;
  readonly clock: Clock;
  readonly choices: Choices;
  readonly transfer: Transfer;
  /** What the last receive found besides bytes. */
  readonly received: ReceivedMessage = { name: undefined, flags: 0, files: [] };
  readonly latency: Latency | undefined;
  readonly faults: FaultPolicy | undefined;
  readonly poison: boolean;
  readonly recycles: boolean;
  readonly trace: Trace | undefined;
  readonly block: () => void;
  readonly meanwhile: (() => void) | undefined;
  readonly operations: readonly (Operation | undefined)[];
  readonly profile: KernelProfile;
  readonly processors: number;

  /** The task that makes the running system call: a number of the host's choice. */
  task: number = FIRST_TASK;
  /** Tasks that are gone, while requests of theirs may be left. */
  readonly endedTasks: Set<number> = new Set<number>();
  /** A worker runs, and not a task of the program. */
  onWorker = false;
  /** How often a request began to wait for a file. */
  armings = 0;
  readonly position: CallPosition = new CallPosition();
  /** A task is in `enter`. */
  inCall = false;
  /** Files that were closed in the running call, retained until it ends or waits (ND-26). */
  readonly released: OpenFile[] = [];
  /** The same, where task work was waiting already: they are let go of before it runs. */
  readonly releasedFirst: OpenFile[] = [];
  /** SQ threads, of rings made with SQPOLL. */
  readonly sqThreads: Set<SqThread> = new Set<SqThread>();
  readonly workerLimits: Map<WorkerOwner, WorkerLimits> = new Map<WorkerOwner, WorkerLimits>();
  /** Timers, and requests that can complete now, by when they are due. */
  readonly agenda: Agenda<Request> = new Agenda<Request>();
  /** Requests that wait for a file. */
  readonly armed: Request[] = [];
  /** Who waits for which word of the program's memory. */
  readonly futexes: Futexes = new Futexes();
  readonly children: Children;
  readonly signals: Signals | undefined;
  readonly capable: (capability: Capability) => boolean;
  /** Requests that wait for a child, the last one first. */
  readonly childWaits: Request[] = [];
  /** Rings with requests or a descriptor. */
  readonly rings: Set<Ring> = new Set<Ring>();
  /** The registered rings of each task that has any, by index, retained. */
  readonly registeredRings: Map<number, (OpenFile | undefined)[]> = new Map<
    number,
    (OpenFile | undefined)[]
  >();
  /** Grows whenever a task ran task work of a ring without DEFER_TASKRUN. */
  worked = 0;
  /** Rings that were notified during the running call, whatever ring that is about. */
  readonly notified: Ring[] = [];
  /** Files on their way to DEFER_TASKRUN rings, whose owners have not taken them yet (MSG-19). */
  readonly deliveries: Delivery[] = [];
  /** Rings that got something to read since the host last looked. */
  readonly woken: Ring[] = [];
  nextSequence = 1;
  nextRing = 1;
  /** Records to be used again. */
  readonly pool: Request[] = [];

  constructor(host: Host, operations: readonly (Operation | undefined)[]) {
    this.memory = host.memory;
    this.files = host.files;
    this.clock = host.clock;
    this.operations = operations;
    this.choices = new Choices(host.decider, operations);
    this.transfer = new Transfer(host.memory, this.choices);
    this.latency = host.latency;
    this.faults = host.faults;
    this.poison = host.poison ?? false;
    this.recycles = host.recycles ?? true;
    this.trace = host.trace;
    this.profile = kernelProfile(host.kernel ?? DEFAULT_KERNEL);
    this.processors = host.processors ?? PROCESSORS;
    this.children = host.children ?? NO_CHILDREN;
    this.signals = host.signals;
    this.capable = host.capable ?? (() => true);
    this.block = () => host.block();
    this.meanwhile = host.meanwhile === undefined ? undefined : () => host.meanwhile?.();
  }

  /** A blank request of `ring`, listed as live. */
  allocate(ring: Ring): Request {
    const request = this.pool.pop() ?? new Request(ring);
    request.ring = ring;
    request.sequence = this.nextSequence++;
    request.liveIndex = ring.live.length;
    ring.live.push(request);
    return request;
  }

  /** A request that no SQE made, a timer or a message: it is not listed as live. */
  allocateUnlisted(ring: Ring): Request {
    const request = this.pool.pop() ?? new Request(ring);
    request.ring = ring;
    request.sequence = this.nextSequence++;
    return request;
  }

  /** Takes a request back. It must stand on no list but `live`. */
  free(request: Request): void {
    const { live } = request.ring;
    const index = request.liveIndex;
    if (index >= 0) {
      const last = live.pop() as Request;
      if (last !== request) {
        live[index] = last;
        last.liveIndex = index;
      }
    }
    if (request.file !== undefined) request.file.release();
    if (request.registered !== undefined) {
      throw new Error("a request ends with a buffer in its hands");
    }
    reset(request);
    if (this.recycles) this.pool.push(request);
  }
}

/** Puts back what the next user of the record relies on; the rest is set by prepare steps. */
export function reset(request: Request): void {
  request.phase = PHASE_FREE;
  request.vectors = undefined;
  request.bytes = undefined;
  request.secondBytes = undefined;
  request.detail = undefined;
  request.progress = undefined;
  request.message = undefined;
  request.awaited = undefined;
  request.notification = undefined;
  request.sentOn = undefined;
  request.arming = 0;
  request.tries = 0;
  request.position = -1;
  request.result = 0;
  request.cqeFlags = 0;
  request.big = undefined;
  request.buffers = 0;
  request.bufferRing = undefined;
  request.minimum = 0;
  request.done = 0;
  request.settled = 0;
  request.file = undefined;
  request.link = undefined;
  request.head = undefined;
  request.saved = undefined;
  request.liveIndex = -1;
  request.address = 0;
  request.length = 0;
}
