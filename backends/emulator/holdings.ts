/**
 * What rings and requests hold on to, as records. The files that make and use them are named with
 * each; they know the kernel's state, which knows these.
 */
import type { EventFile, PinnedMemory } from "./host/host.ts";

/**
 * The memory of a ring: both pieces (ring-memory.ts), and the program's pages behind them where
 * they are not the kernel's own.
 */
export interface RingMemory {
  readonly rings: DataView<ArrayBuffer>;
  readonly sqes: DataView<ArrayBuffer>;
  readonly pins: readonly PinnedMemory[];
}

/** An eventfd that was registered with a ring (eventfd.ts). */
export interface RingEventfd {
  readonly file: EventFile;
  /** Signalled for what workers complete, and nothing else (EVENTFD_ASYNC). */
  readonly workersOnly: boolean;
  /** The CQ's tail when it was signalled last. */
  tail: number;
  /** The wake-ups of the file when it was signalled last: as many still, and nobody has read it. */
  signalled: number;
}

/** What a request keeps of its msghdr (message-header.ts). */
export interface MessageHeader {
  /** Where it lies: RECVMSG writes to it. */
  readonly address: number;
  readonly nameAddress: number;
  /** As it stands there, if there is a name at all. */
  readonly nameLength: number;
  readonly controlAddress: number;
  readonly controlLength: number;
}
