/**
 * What TCP and AF_UNIX stream sockets have in common.
 *
 * Two connected sockets point at each other; what one sends is in the other's `incoming`
 * at once. Neither the network nor the kernel holds bytes of its own, so a buffer
 * per direction stands for the sender's and the receiver's together.
 */
import { EAGAIN, EFAULT, EINVAL, EOPNOTSUPP, ESPIPE } from "../../../../spec/errno.ts";
import {
  MSG_OOB,
  O_NONBLOCK,
  O_RDWR,
  POLLIN,
  POLLRDNORM,
  SHUT_RDWR,
  SOCK_CLOEXEC,
  SOCK_NONBLOCK,
  SOMAXCONN,
} from "../../../../spec/abi/linux.ts";
import { CURRENT_POSITION, type Deliver, type Fetch } from "../../../emulator/host.ts";
import type { EndpointInode } from "../inode.ts";
import { MAX_TRANSFER, OpenDescription } from "../open-file.ts";
import { ByteQueue } from "./byte-queue.ts";

/** A bit of `closed`: nothing more is received. The bits are shutdown(2)'s argument plus one. */
export const NO_RECEIVE = 1;
/** The other direction. */
export const NO_SEND = 2;
/** Both directions. */
export const NO_MORE = 3;

/** Where a socket is in its life; "idle" is before a connection and after it. */
export type SocketState = "idle" | "connecting" | "listening" | "connected";

/** A stream socket, unconnected, listening, or one end of a connection. */
export abstract class StreamSocket extends OpenDescription {
  readonly kind = "socket";
  readonly pollable = true;
  readonly incoming: ByteQueue;
  state: SocketState = "idle";
  /** Which directions are shut, by either side. */
  closed = 0;
  /** An errno that the next call which looks for it reports, and clears. */
  error = 0;
  /** Connections that may wait to be accepted, less one. */
  protected backlog = 0;
  #wakeups = 0;
  #lastWake = 0;

  constructor(inode: EndpointInode, flags: number, capacity: number) {
    super(inode, O_RDWR | (flags & O_NONBLOCK));
    this.incoming = new ByteQueue(capacity);
  }

  override wakeups(): number {
    return this.#wakeups;
  }

  /** Whether poll says that there is room to send: Linux waits for a good part of the buffer. */
  abstract isWritable(): boolean;

  override lastWake(): number {
    return this.#lastWake;
  }

  override unread(): number {
    return this.incoming.length;
  }

  /** Whoever waits for this socket looks again; `events` is what for, where one can say. */
  wake(events = 0): void {
    this.#wakeups += 1;
    this.#lastWake = events;
  }

  override read(length: number, position: number, deliver: Deliver): number {
    const refused = checkPosition(position);
    if (refused < 0 || length === 0) return refused;
    return this.recv(length, 0, deliver);
  }

  override write(length: number, position: number, fetch: Fetch): number {
    const refused = checkPosition(position);
    return refused < 0 ? refused : this.send(length, 0, fetch);
  }

  /** Shared start of `send`: flags that are not modelled. */
  protected refusesSend(flags: number): number {
    return (flags & MSG_OOB) !== 0 ? -EOPNOTSUPP : 0;
  }

  /** The pending errno as a result, cleared; 0 if there is none. */
  protected takeError(): number {
    const { error } = this;
    this.error = 0;
    return error === 0 ? 0 : -error;
  }

  /** listen(2)'s argument as Linux takes it: a negative or huge one is SOMAXCONN. */
  protected static backlogOf(backlog: number): number {
    return backlog < 0 || backlog > SOMAXCONN ? SOMAXCONN : backlog;
  }

  /** O_NONBLOCK or 0 for the flags of accept4(2), or -EINVAL. */
  protected static acceptFlags(flags: number): number {
    if ((flags & ~(SOCK_CLOEXEC | SOCK_NONBLOCK)) !== 0) return -EINVAL;
    return flags & SOCK_NONBLOCK;
  }

  /** The bits of `closed` that shutdown(2) asks for, or -EINVAL. */
  protected static shutdownBits(how: number): number {
    return Number.isInteger(how) && how >= 0 && how <= SHUT_RDWR ? how + 1 : -EINVAL;
  }

  /** Fetches up to `length` bytes and puts them into `incoming`: how many, -EAGAIN or -EFAULT. */
  protected take(length: number, fetch: Fetch): number {
    const count = Math.min(length, MAX_TRANSFER, this.incoming.space);
    if (count === 0) return -EAGAIN;
    const bytes = new Uint8Array(count);
    const fetched = fetch(bytes);
    if (fetched === 0) return -EFAULT;
    this.incoming.push(fetched < count ? bytes.subarray(0, fetched) : bytes);
    this.wake(POLLIN | POLLRDNORM);
    return fetched;
  }

  /** Delivers from `incoming`, which is not empty; with `keep` the bytes stay (MSG_PEEK). */
  protected give(length: number, deliver: Deliver, keep: boolean): number {
    if (length === 0) return 0;
    const count = deliver(this.incoming.peek(length));
    if (count === 0) return -EFAULT;
    if (!keep) this.incoming.drop(count);
    return count;
  }
}

/** A socket is read at its "own" position or at 0, which is the same (RW-2): 0, or an errno. */
function checkPosition(position: number): number {
  if (position < CURRENT_POSITION) return -EINVAL;
  return position > 0 ? -ESPIPE : 0;
}
