/**
 * What every socket has: two directions that can be shut, a pending error, and those who wait.
 */
import { EAGAIN, EINVAL, ESPIPE } from "../../../../spec/errno.ts";
import {
  MSG_DONTWAIT,
  O_NONBLOCK,
  O_RDWR,
  POLLIN,
  POLLOUT,
  POLLPRI,
  POLLRDBAND,
  POLLRDNORM,
  POLLWRBAND,
  POLLWRNORM,
  SHUT_RDWR,
  SO_ACCEPTCONN,
  SO_DOMAIN,
  SO_PROTOCOL,
  SO_RCVBUF,
  SO_SNDBUF,
  SO_TYPE,
  SOCK_CLOEXEC,
  SOCK_NONBLOCK,
  SOMAXCONN,
} from "../../../../spec/abi/linux.ts";
import {
  CURRENT_POSITION,
  type Deliver,
  type Fetch,
  type SocketCalls,
} from "../../../emulator/host/host.ts";
import type { EndpointInode, Volume } from "../inode.ts";
import { OpenDescription } from "../open-file.ts";
import { Wakes } from "../wakes.ts";
import type { ReadOption } from "./option-kinds.ts";
import { type OptionSubject, SocketOptions } from "./options.ts";

/** A bit of `closed`: nothing more is received. The bits are shutdown(2)'s argument plus one. */
export const NO_RECEIVE = 1;
/** The other direction. */
export const NO_SEND = 2;
/** Both directions. */
export const NO_MORE = 3;

/** The events that Linux names when it wakes those who wait for something to read. */
export const WAKE_READABLE: number = POLLIN | POLLPRI | POLLRDNORM | POLLRDBAND;
/** The same for those who wait for room. */
export const WAKE_WRITABLE: number = POLLOUT | POLLWRNORM | POLLWRBAND;

/** Where a socket is in its life; "idle" is before a connection and after it. */
export type SocketState = "idle" | "connecting" | "listening" | "connected";

/** What a socket is, from the call that makes it on. */
export interface SocketKind {
  /** AF_*. */
  readonly family: number;
  /** SOCK_*. */
  readonly type: number;
  /** IPPROTO_*, 0 in AF_UNIX. */
  readonly protocol: number;
  /** What SO_SNDBUF and SO_RCVBUF tell at first, in bytes. */
  readonly sendBuffer: number;
  readonly receiveBuffer: number;
  /** The world's files. */
  readonly volume: Volume;
}

const SO_MEMINFO = 55;

/** listen(2)'s argument as Linux takes it: a negative or huge one is SOMAXCONN. */
export function backlogOf(backlog: number): number {
  return backlog < 0 || backlog > SOMAXCONN ? SOMAXCONN : backlog;
}

/** A socket of any family and type. */
export abstract class Socket extends OpenDescription implements SocketCalls, OptionSubject {
  readonly kind = "socket";
  readonly pollable = true;
  readonly family: number;
  readonly type: number;
  readonly socket: SocketCalls = this;
  /** Which directions are shut, by either side. */
  closed = 0;
  /** An errno that the next call which looks for it reports, and clears. */
  error = 0;
  readonly #wakes = new Wakes();

  /** What SO_SNDBUF and SO_RCVBUF tell. */
  sendBuffer: number;
  receiveBuffer: number;
  protected readonly options: SocketOptions;
  readonly #protocol: number;
  readonly #volume: Volume;

  /** `flags` are those of socket(2), of which O_NONBLOCK stays. */
  constructor(inode: EndpointInode, kind: SocketKind, flags: number) {
    super(inode, O_RDWR | (flags & O_NONBLOCK));
    this.family = kind.family;
    this.type = kind.type;
    this.#protocol = kind.protocol;
    this.sendBuffer = kind.sendBuffer;
    this.receiveBuffer = kind.receiveBuffer;
    this.#volume = kind.volume;
    this.options = new SocketOptions(this);
  }

  get isClosed(): boolean {
    return this.state === "idle";
  }

  get mayAdminister(): boolean {
    return this.#volume.capable("CAP_NET_ADMIN");
  }

  isOpen(fd: number): boolean {
    return this.#volume.isOpen(fd);
  }

  abstract get state(): SocketState;
  abstract peerName(): Uint8Array | undefined;

  getOption(option: number, length: number): Uint8Array | number {
    return this.options.get(option, length);
  }

  setOption(level: number, option: number, length: number, read: ReadOption): number {
    return this.options.set(level, option, length, read);
  }

  /** What a receive with these MSG_* answers where no datagram waits. */
  protected nothingToReceive(flags: number): number {
    // Only a call that would wait learns of the end.
    const ends = (this.closed & NO_RECEIVE) !== 0 && (flags & MSG_DONTWAIT) === 0;
    return ends ? 0 : -EAGAIN;
  }

  takeErrno(): number {
    return -this.takeError();
  }

  fixedOption(option: number): readonly number[] | undefined {
    switch (option) {
      case SO_TYPE:
        return [this.type];
      case SO_DOMAIN:
        return [this.family];
      case SO_PROTOCOL:
        return [this.#protocol];
      case SO_ACCEPTCONN:
        return [this.state === "listening" ? 1 : 0];
      case SO_SNDBUF:
        return [this.sendBuffer];
      case SO_RCVBUF:
        return [this.receiveBuffer];
      case SO_MEMINFO:
        return [0, this.receiveBuffer, 0, this.sendBuffer, 0, 0, 0, 0, 0];
      default:
        return undefined;
    }
  }

  optionChanged(option: number, words: readonly number[]): void {
    const [word = 0] = words;
    if (option === SO_SNDBUF) this.sendBuffer = word;
    else if (option === SO_RCVBUF) this.receiveBuffer = word;
  }

  override wakeups(): number {
    return this.#wakes.count;
  }

  override wakeup(n: number): number {
    return this.#wakes.at(n);
  }

  /** Whoever waits for this socket looks again; `events` is what for, where one can say. */
  wake(events = 0): void {
    this.#wakes.add(events);
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

  /** The pending errno as a result, cleared; 0 if there is none. */
  protected takeError(): number {
    const { error } = this;
    this.error = 0;
    return error === 0 ? 0 : -error;
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

  override parts(): readonly unknown[] {
    return [...super.parts(), this.#wakes, this.#protocol, this.#volume];
  }
}

/** A socket is read at its "own" position or at 0, which is the same (RW-2): 0, or an errno. */
function checkPosition(position: number): number {
  if (position < CURRENT_POSITION) return -EINVAL;
  return position > 0 ? -ESPIPE : 0;
}
