/**
 * Sockets of AF_UNIX that are connected to each other (unix(7)): streams and sequenced packets.
 * Tried on Linux 6.18 in every state.
 *
 * Shutting one direction shuts the matching one of the other side at once, and a socket
 * stays "connected" for all its life, so that errors differ from TCP's, and a shutdown always
 * succeeds.
 *
 * While a connection waits for room at the listener, poll says nothing; on Linux the waiting is
 * inside connect(2), and poll would say that the socket is not connected.
 */
import { EAGAIN, ECONNREFUSED, ECONNRESET, EINVAL, EISCONN } from "../../../../spec/errno.ts";
import {
  AF_UNIX,
  POLLERR,
  POLLHUP,
  POLLIN,
  POLLOUT,
  POLLRDHUP,
  POLLRDNORM,
  POLLWRBAND,
  POLLWRNORM,
} from "../../../../spec/abi/linux.ts";
import type { OpenFile } from "../../../emulator/host/host.ts";
import { newSocketInode } from "../inode.ts";
import { encodeUnix, parseUnix } from "./address.ts";
import type { Network } from "./network.ts";
import {
  backlogOf,
  NO_MORE,
  NO_RECEIVE,
  NO_SEND,
  Socket,
  type SocketKind,
  type SocketState,
  WAKE_READABLE,
} from "./socket.ts";
import { UnixBinding, type UnixNames } from "./unix-names.ts";

/** The part of the network that AF_UNIX sees. */
export interface UnixNetwork extends Network {
  readonly names: UnixNames;
}

/** What a socket of AF_UNIX is. */
export function unixKind(network: UnixNetwork, type: number): SocketKind {
  const { bufferSize: size, volume } = network;
  return { family: AF_UNIX, type, protocol: 0, sendBuffer: size, receiveBuffer: size, volume };
}

/** One end of a connection of AF_UNIX, or a listener. */
export abstract class UnixConnection extends Socket {
  protected readonly network: UnixNetwork;
  protected readonly binding: UnixBinding;
  /** Always of the same class as this one. */
  protected peer: this | undefined;
  state: SocketState = "idle";
  /** Connections that may wait to be accepted, less one. */
  #backlog = 0;
  /** Of a listener: connections to be accepted, and sockets to wake when there is room. */
  #pending: this[] = [];
  #waiting: this[] = [];
  /** The listener that had no room for this socket. */
  #waitsFor: this | undefined;

  constructor(network: UnixNetwork, type: number, flags: number) {
    super(newSocketInode(network.volume, 0o777), unixKind(network, type), flags);
    this.network = network;
    this.binding = new UnixBinding(network.names, this);
  }

  /** A new socket of the same class: the accepting end of a connection. */
  protected abstract another(): this;
  /** Whether something has arrived and was not read. */
  protected abstract hasUnread(): boolean;
  /** Whether closing loses something of it, which the other side learns. */
  protected abstract losesUnread(): boolean;
  /** Throws away what has arrived. */
  protected abstract clear(): void;
  /** Whether enough room is left at the peer: what Linux waits for. */
  abstract isWritable(): boolean;

  poll(): number {
    if (this.#waitsFor?.isFull() === true) return 0;
    let events = this.error === 0 ? 0 : POLLERR;
    if (this.closed === NO_MORE || this.state === "idle") events |= POLLHUP;
    if ((this.closed & NO_RECEIVE) !== 0) events |= POLLIN | POLLRDNORM | POLLRDHUP;
    if (this.hasUnread() || this.#pending.length > 0) events |= POLLIN | POLLRDNORM;
    if (this.state === "listening") return events;
    return this.isWritable() ? events | POLLOUT | POLLWRNORM | POLLWRBAND : events;
  }

  override bind(address: Uint8Array): number {
    return this.binding.bind(address);
  }

  override listen(backlog: number): number {
    if (!this.binding.isBound || this.state === "connected") return -EINVAL;
    this.state = "listening";
    this.#backlog = backlogOf(backlog);
    this.#wakeWaiting();
    return 0;
  }

  /** -EAGAIN while the listener has no room: call it again after a wake-up. */
  override connect(address: Uint8Array): number {
    this.#waitsFor = undefined;
    const name = parseUnix(address);
    if (typeof name === "number") return name;
    if (name === "") return -EINVAL;
    const found = this.network.names.find(name, this.type);
    if (typeof found === "number") return found;
    const listener = found as this;
    if (listener.state !== "listening" || (listener.closed & NO_RECEIVE) !== 0) {
      return -ECONNREFUSED;
    }
    if (listener.isFull()) {
      this.#waitsFor = listener;
      if (!listener.#waiting.includes(this)) listener.#waiting.push(this);
      return -EAGAIN;
    }
    if (this.state !== "idle") return this.state === "connected" ? -EISCONN : -EINVAL;
    const other = this.another();
    other.binding.borrow(listener.binding);
    this.connectWith(other);
    listener.#pending.push(other);
    listener.wake(WAKE_READABLE);
    return 0;
  }

  override accept(flags: number): { file: OpenFile; peer: Uint8Array } | number {
    const nonBlocking = Socket.acceptFlags(flags);
    if (nonBlocking < 0) return nonBlocking;
    if (this.state !== "listening") return -EINVAL;
    const file = this.#pending.shift();
    if (file === undefined) return (this.closed & NO_RECEIVE) === 0 ? -EAGAIN : -EINVAL;
    file.flags |= nonBlocking;
    this.#wakeWaiting();
    return { file, peer: file.peer?.binding.encode() ?? encodeUnix(undefined) };
  }

  override peerName(): Uint8Array | undefined {
    return this.peer?.binding.encode();
  }

  override shutdown(how: number): number {
    const bits = Socket.shutdownBits(how);
    if (bits < 0) return bits;
    this.closed |= bits;
    const { peer } = this;
    if (peer !== undefined) {
      if ((bits & NO_RECEIVE) !== 0) peer.closed |= NO_SEND;
      if ((bits & NO_SEND) !== 0) peer.closed |= NO_RECEIVE;
      peer.wake();
    }
    this.wake();
    return 0;
  }

  protected override onClosed(): void {
    this.#leave(this.losesUnread());
    for (const socket of this.#pending) {
      socket.#leave(true);
      socket.release();
    }
    this.#pending = [];
    this.state = "idle";
    this.#wakeWaiting();
    this.binding.release();
  }

  /** Whether a connection to this listener has to wait. */
  isFull(): boolean {
    return this.state === "listening" && this.#pending.length > this.#backlog;
  }

  /** Connects this socket to another new one. */
  protected connectWith(other: this): void {
    this.peer = other;
    other.peer = this;
    this.state = other.state = "connected";
    this.wake();
  }

  #wakeWaiting(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const socket of waiting) socket.wake();
  }

  /** The other side learns that this one is gone; `unread` if bytes were lost by it. */
  #leave(unread: boolean): void {
    const { peer } = this;
    if (peer === undefined) return;
    this.closed = NO_MORE;
    // The bytes that were not read give their room back.
    this.clear();
    if (peer.closed !== NO_MORE || unread) {
      peer.closed = NO_MORE;
      if (unread) peer.error = ECONNRESET;
      peer.wake();
    }
  }

  override parts(): readonly unknown[] {
    return [...super.parts(), this.#backlog, this.#pending, this.#waiting, this.#waitsFor];
  }
}
