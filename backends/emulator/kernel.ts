/**
 * io_uring in TypeScript: the three system calls, the mapping, and the events behind them.
 *
 * Byte for byte what Linux gives a program: ring memory laid out as 6.18 lays it out, SQEs and
 * CQEs in the kernel's own format, results as negative errnos. What the kernel does by itself
 * (completing, firing timers) it offers as events; a scheduler picks one and has it run.
 */
import { FUTEX2_PRIVATE, FUTEX_BITSET_MATCH_ANY } from "../../spec/abi/linux.ts";
import {
  IORING_OFF_CQ_RING,
  IORING_OFF_MMAP_MASK,
  IORING_OFF_PBUF_RING,
  IORING_OFF_PBUF_SHIFT,
  IORING_OFF_SQES,
  IORING_OFF_SQ_RING,
  IORING_SETUP_DEFER_TASKRUN,
} from "../../spec/abi/setup.ts";
import { EBADF, EINVAL, ENODEV, ENOMEM } from "../../spec/errno.ts";
import { childChanged } from "./waiting/child-waits.ts";
import { wake } from "./completion/completion-queue.ts";
import { PAGE_SIZE } from "./issue/access.ts";
import { Core, type Host } from "./core.ts";
import { fileOf } from "./files/descriptors.ts";
import type { CallPosition } from "./enter/call-position.ts";
import { enter } from "./enter/enter.ts";
import { earliest, run, runnable } from "./events.ts";
import { type HeldRange, holds } from "./buffers/holds.ts";
import { eventName, requestName } from "./names.ts";
import { PARAM_REGION_OFFSET } from "./setup/layout.ts";
import { operations } from "./operations/table.ts";
import { bufferRingMapping } from "./register/pbuf-ring.ts";
import { register } from "./register/index.ts";
import { isReadable, RingFile, ringOf } from "./setup/ring-file.ts";
import { wakeFutex } from "./waiting/futex-wake.ts";
import type { RingMemory } from "./holdings.ts";
import { setup } from "./setup/setup.ts";
import { restore, save, type Snapshot } from "./snapshot.ts";
import { runDeliveries, runNotified, runTaskWork } from "./tasks/task-work.ts";
import { PHASE_ARMED } from "./request-phases.ts";
import type { Request, Ring } from "./state.ts";
import { endTask, runAs } from "./tasks/tasks.ts";

/** Something that can happen next. Valid until the next event runs or the next call is made. */
export interface KernelEvent {
  /** When it is due, in nanoseconds on the monotonic clock; in the past: at once. */
  readonly due: number;
  /** Number of the request that it is about. */
  readonly sequence: number;
}

/** The emulated kernel of one process. */
export class Kernel {
  readonly #core: Core;

  constructor(host: Host) {
    this.#core = new Core(host, operations);
  }

  /** io_uring_setup(2). Returns the ring's descriptor, or -errno. */
  setup(entries: number, paramsAddress: number): number {
    return setup(this.#core, entries, paramsAddress);
  }

  /** io_uring_enter(2). Returns the SQEs consumed, or -errno. Waits by letting the host block. */
  enter(
    fd: number,
    toSubmit: number,
    minComplete: number,
    flags: number,
    argAddress: number,
    argSize: number,
  ): number {
    return enter(this.#core, fd, toSubmit, minComplete, flags, argAddress, argSize);
  }

  /** io_uring_register(2). Returns what the opcode gives, or -errno. */
  register(fd: number, opcode: number, argAddress: number, argCount: number): number {
    return register(this.#core, fd, opcode >>> 0, argAddress, argCount >>> 0);
  }

  /**
   * mmap(2) of a ring. The buffer is the whole region, whatever part was asked for (MEM-6, MEM-7).
   *
   * @returns the shared memory, or -errno
   */
  mapRing(fd: number, offset: number, byteLength: number): ArrayBuffer | number {
    const file = fileOf(this.#core, fd);
    if (file === undefined) return -EBADF;
    if (!(file instanceof RingFile)) return -ENODEV;
    if (byteLength <= 0 || offset % PAGE_SIZE !== 0) return -EINVAL;
    switch ((offset & IORING_OFF_MMAP_MASK) >>> 0) {
      //= MEM-6
      case IORING_OFF_SQ_RING:
      case IORING_OFF_CQ_RING:
        return mapped(file.ring.memory, file.ring.memory.rings);
      //= MEM-16
      case IORING_OFF_SQES:
        return mapped(file.ring.memory, file.ring.memory.sqes);
      case IORING_OFF_PBUF_RING: {
        const id = (offset & ~IORING_OFF_MMAP_MASK) >>> IORING_OFF_PBUF_SHIFT;
        //= MEM-17
        return bufferRingMapping(file.ring, id) ?? -ENOMEM;
      }
      case PARAM_REGION_OFFSET: {
        const memory = file.ring.region?.memory;
        return memory instanceof ArrayBuffer ? memory : -ENOMEM;
      }
      default:
        return -ENOMEM;
    }
  }

  /** close(2) of a ring's descriptor. 0, or -EBADF for anything else. */
  closeRing(fd: number): number {
    const ring = this.ring(fd);
    return typeof ring === "number" ? -EBADF : this.#core.files.close(fd);
  }

  /** Makes the system calls of `call` as another task of the program than the usual one (1). */
  runAs<Result>(task: number, call: () => Result): Result {
    return runAs(this.#core, task, call);
  }

  /** A task has ended: a thread that is gone, say. */
  endTask(task: number): void {
    endTask(this.#core, task);
  }

  //= FUTEX-14
  /**
   * futex_wake(2) of another thread of the program: who waits for the word at `address`.
   *
   * @param flags - FUTEX2_PRIVATE, or 0
   * @returns how many were woken, at most `limit`
   */
  wakeFutex(address: number, flags: number, limit: number): number {
    const shared = (flags & FUTEX2_PRIVATE) === 0;
    const woken = wakeFutex(this.#core, address, shared, limit, FUTEX_BITSET_MATCH_ANY);
    this.#runTaskWork();
    return woken;
  }

  /** A child of the program has ended, stopped or gone on. */
  childChanged(pid: number): void {
    childChanged(this.#core, pid);
    this.#runTaskWork();
  }

  /** Every event that may be next, in a stable order. For explorers: it lists and sorts. */
  runnable(): readonly KernelEvent[] {
    return runnable(this.#core);
  }

  /** The event that is due first, or undefined when nothing can happen. Cheap. */
  earliest(): KernelEvent | undefined {
    return earliest(this.#core);
  }

  /** Runs an event that was offered. The caller has moved the clock to `event.due` or later. */
  run(event: KernelEvent): void {
    run(this.#core, event as Request);
  }

  /** "complete read#7", "fire timeout#9". */
  describe(event: KernelEvent): string {
    return eventName(operations, event as Request);
  }

  /** What memory of the program the kernel holds now. */
  holds(): readonly HeldRange[] {
    return holds(this.#core);
  }

  /** "read#7": the request that holds a range. */
  holder(range: HeldRange): string {
    return requestName(operations, range);
  }

  /** Visits the rings that got something to read since the last call, and still have it. */
  takeWoken(visit: (ring: Ring) => void): void {
    const { woken } = this.#core;
    while (woken.length > 0) {
      const ring = woken.shift();
      if (ring === undefined) return;
      ring.woken = false;
      if (isReadable(ring)) visit(ring);
    }
  }

  /** Whether some ring got something to read since `takeWoken`. */
  get hasWoken(): boolean {
    return this.#core.woken.length > 0;
  }

  /** Lists the ring among those that got something to read, if it has something to read. */
  wakeIfReadable(fd: number): void {
    const file = fileOf(this.#core, fd);
    if (file instanceof RingFile && isReadable(file.ring)) wake(this.#core, file.ring);
  }

  /**
   * A system call that is none of the three is over, poll(2) of a ring for instance: what it has
   * set in motion there goes on (POLL-23).
   */
  leaveCall(): void {
    if (this.#core.notified.length > 0) runNotified(this.#core);
  }

  /** The ring behind a descriptor, or -errno. */
  ring(fd: number): Ring | number {
    return ringOf(fileOf(this.#core, fd));
  }

  /** Copies the present state into `snapshot`; the host's part of it is the host's to save. */
  save(snapshot: Snapshot): void {
    save(this.#core, snapshot);
  }

  /** Goes back to a state that was saved. The host has to do the same. */
  restore(snapshot: Snapshot): void {
    restore(this.#core, snapshot);
  }

  /** What somebody other than the program has set in motion goes on at once, where it may. */
  #runTaskWork(): void {
    for (const ring of this.#core.rings) {
      if ((ring.flags & IORING_SETUP_DEFER_TASKRUN) === 0) runTaskWork(this.#core, ring);
    }
    if (this.#core.deliveries.length > 0) runDeliveries(this.#core);
  }

  /** Where the running call of enter is. */
  get position(): CallPosition {
    return this.#core.position;
  }

  /** One line for each request that waits, for reports. */
  waiting(): readonly string[] {
    const lines: string[] = [];
    for (const ring of this.#core.rings) {
      for (const request of ring.live) lines.push(describeWaiting(request));
    }
    return lines;
  }

  /** What it consists of, for whoever compares states. */
  parts(): readonly unknown[] {
    return [this.#core];
  }
}

//= SETUP-27
/** What of a ring can be mapped: not what the program gave it. */
function mapped(memory: RingMemory, part: DataView<ArrayBuffer>): ArrayBuffer | number {
  return memory.pins.length > 0 ? -ENOMEM : part.buffer;
}

function describeWaiting(request: Request): string {
  const id = `user_data 0x${hex(request.userDataHigh)}${hex(request.userDataLow)}`;
  const name = requestName(operations, request);
  if (request.phase !== PHASE_ARMED) return `${name} (${id})`;
  const awaited = request.awaited ?? request.file;
  return `${name} (${id}) waits for its ${awaited?.kind ?? "file"} to become ready`;
}

function hex(word: number): string {
  return word.toString(16).padStart(8, "0");
}
