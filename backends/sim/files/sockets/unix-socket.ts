/**
 * AF_UNIX stream sockets (unix(7)), tried on Linux 6.18 in every state.
 *
 * Shutting one direction shuts the matching one of the other side at once, and a socket
 * stays "connected" for all its life, so that errors differ from TCP's: EINVAL for
 * receiving and ENOTCONN for sending before there is a connection, and a shutdown that
 * always succeeds. The names are paths (an inode in the tree, which outlives the socket)
 * or abstract (they end with it).
 *
 * Not modelled: passing descriptors and credentials, urgent data (EOPNOTSUPP). While a
 * connection waits for room at the listener, poll says nothing; on Linux the waiting is
 * inside connect(2), and poll would say that the socket is not connected.
 */
import {
  EADDRINUSE,
  EAGAIN,
  ECONNREFUSED,
  ECONNRESET,
  EEXIST,
  EINVAL,
  EISCONN,
  ENOTCONN,
  EPIPE,
} from "../../../../spec/errno.ts";
import {
  MSG_OOB,
  MSG_PEEK,
  POLLERR,
  POLLHUP,
  POLLIN,
  POLLOUT,
  POLLRDHUP,
  POLLRDNORM,
  POLLWRBAND,
  POLLWRNORM,
} from "../../../../spec/abi/linux.ts";
import type { Deliver, Fetch } from "../../../emulator/host.ts";
import { newSocketInode } from "../inode.ts";
import { attach, newNamePlace } from "../names.ts";
import { lookup } from "../walk.ts";
import { encodeUnix, parseUnix } from "./address.ts";
import type { Network } from "./network.ts";
import { NO_MORE, NO_RECEIVE, NO_SEND, StreamSocket } from "./stream-socket.ts";

/** The part of the network that AF_UNIX sees. */
export interface UnixNetwork extends Network {
  /** Sockets bound to abstract names. */
  readonly abstractNames: Map<string, UnixSocket>;
  /** Sockets bound to paths, by the number of the inode that the path leads to. */
  readonly boundInodes: Map<number, UnixSocket>;
  /** The number in the next name that is chosen by autobind. */
  nextAutobind: number;
}

/** A stream socket of AF_UNIX: one end of a connection, or a listener. */
export class UnixSocket extends StreamSocket {
  readonly #network: UnixNetwork;
  /** A path, an abstract name that begins with a NUL, or none. */
  #name: string | undefined;
  /** The inode that a path leads to, if this socket was bound to one. */
  #boundInode: number | undefined;
  #peer: UnixSocket | undefined;
  /** Of a listener: connections to be accepted, and sockets to wake when there is room. */
  #pending: UnixSocket[] = [];
  #waiting: UnixSocket[] = [];
  /** The listener that had no room for this socket. */
  #waitsFor: UnixSocket | undefined;

  constructor(network: UnixNetwork, flags: number) {
    super(newSocketInode(network.volume, 0o777), flags, network.bufferSize);
    this.#network = network;
  }

  /** Two sockets connected to each other: socketpair(2). */
  static pair(network: UnixNetwork, flags: number): [UnixSocket, UnixSocket] {
    const one = new UnixSocket(network, flags);
    const other = new UnixSocket(network, flags);
    one.#connectWith(other);
    return [one, other];
  }

  poll(): number {
    if (this.#waitsFor?.isFull() === true) return 0;
    let events = this.error === 0 ? 0 : POLLERR;
    if (this.closed === NO_MORE || this.state === "idle") events |= POLLHUP;
    if ((this.closed & NO_RECEIVE) !== 0) events |= POLLIN | POLLRDNORM | POLLRDHUP;
    if (this.incoming.length > 0 || this.#pending.length > 0) events |= POLLIN | POLLRDNORM;
    return this.isWritable() ? events | POLLOUT | POLLWRNORM | POLLWRBAND : events;
  }

  override bind(address: Uint8Array): number {
    const name = parseUnix(address);
    if (typeof name === "number") return name;
    if (name === "") return this.#autobind();
    return name.startsWith("\0") ? this.#bindAbstract(name) : this.#bindPath(name);
  }

  override listen(backlog: number): number {
    if (this.#name === undefined || this.state === "connected") return -EINVAL;
    this.state = "listening";
    this.backlog = StreamSocket.backlogOf(backlog);
    this.#wakeWaiting();
    return 0;
  }

  /** -EAGAIN while the listener has no room: call it again after a wake-up. */
  override connect(address: Uint8Array): number {
    this.#waitsFor = undefined;
    const name = parseUnix(address);
    if (typeof name === "number") return name;
    if (name === "") return -EINVAL;
    const listener = this.#find(name);
    if (typeof listener === "number") return listener;
    if (listener.state !== "listening" || (listener.closed & NO_RECEIVE) !== 0) {
      return -ECONNREFUSED;
    }
    if (listener.isFull()) {
      this.#waitsFor = listener;
      if (!listener.#waiting.includes(this)) listener.#waiting.push(this);
      return -EAGAIN;
    }
    if (this.state !== "idle") return this.state === "connected" ? -EISCONN : -EINVAL;
    const other = new UnixSocket(this.#network, 0);
    other.#name = listener.#name;
    this.#connectWith(other);
    listener.#pending.push(other);
    listener.wake(POLLIN | POLLRDNORM);
    return 0;
  }

  override accept(flags: number): { file: UnixSocket; peer: Uint8Array } | number {
    const nonBlocking = StreamSocket.acceptFlags(flags);
    if (nonBlocking < 0) return nonBlocking;
    if (this.state !== "listening") return -EINVAL;
    const file = this.#pending.shift();
    if (file === undefined) return (this.closed & NO_RECEIVE) === 0 ? -EAGAIN : -EINVAL;
    file.flags |= nonBlocking;
    this.#wakeWaiting();
    return { file, peer: encodeUnix(file.#peerName()) };
  }

  override send(length: number, flags: number, fetch: Fetch): number {
    const refused = this.refusesSend(flags);
    if (refused < 0) return refused;
    const peer = this.#peer;
    if (peer === undefined) return -ENOTCONN;
    if ((this.closed & NO_SEND) !== 0) return -EPIPE;
    if (length === 0) return 0;
    if ((peer.closed & NO_RECEIVE) !== 0) return -EPIPE;
    return peer.take(length, fetch);
  }

  override recv(length: number, flags: number, deliver: Deliver): number {
    if (this.state !== "connected") return -EINVAL;
    if ((flags & MSG_OOB) !== 0) return -EINVAL;
    if (this.incoming.length === 0) {
      if (this.error !== 0) return this.takeError();
      return (this.closed & NO_RECEIVE) === 0 ? -EAGAIN : 0;
    }
    const blocked = this.#peer?.isWritable() === false ? this.#peer : undefined;
    const count = this.give(length, deliver, (flags & MSG_PEEK) !== 0);
    if (blocked?.isWritable() === true) blocked.wake(POLLOUT | POLLWRNORM);
    return count;
  }

  override shutdown(how: number): number {
    const bits = StreamSocket.shutdownBits(how);
    if (bits < 0) return bits;
    this.closed |= bits;
    const peer = this.#peer;
    if (peer !== undefined) {
      if ((bits & NO_RECEIVE) !== 0) peer.closed |= NO_SEND;
      if ((bits & NO_SEND) !== 0) peer.closed |= NO_RECEIVE;
      peer.wake();
    }
    this.wake();
    return 0;
  }

  protected override onClosed(): void {
    this.#leave(this.incoming.length > 0);
    for (const socket of this.#pending) {
      socket.#leave(true);
      socket.release();
    }
    this.#pending = [];
    this.state = "idle";
    this.#wakeWaiting();
    const name = this.#name;
    if (this.#boundInode !== undefined) {
      this.#network.boundInodes.delete(this.#boundInode);
    } else if (name !== undefined && this.#network.abstractNames.get(name) === this) {
      this.#network.abstractNames.delete(name);
    }
  }

  /** A quarter of the other side's buffer is used at most: what Linux waits for. */
  override isWritable(): boolean {
    if (this.state === "listening") return false;
    const queue = this.#peer?.incoming;
    return queue === undefined || queue.length * 4 <= queue.capacity;
  }

  /** Whether a connection to this listener has to wait. */
  isFull(): boolean {
    return this.state === "listening" && this.#pending.length > this.backlog;
  }

  #wakeWaiting(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const socket of waiting) socket.wake();
  }

  #connectWith(other: UnixSocket): void {
    this.#peer = other;
    other.#peer = this;
    this.state = other.state = "connected";
    this.wake();
  }

  /** The other side learns that this one is gone; `unread` if bytes were lost by it. */
  #leave(unread: boolean): void {
    const peer = this.#peer;
    if (peer === undefined) return;
    this.closed = NO_MORE;
    // The bytes that were not read give their room back.
    this.incoming.drop(this.incoming.length);
    if (peer.closed !== NO_MORE || unread) {
      peer.closed = NO_MORE;
      if (unread) peer.error = ECONNRESET;
      peer.wake();
    }
  }

  #peerName(): string | undefined {
    return this.#peer === undefined ? undefined : this.#peer.#name;
  }

  #find(name: string): UnixSocket | number {
    if (name.startsWith("\0")) return this.#network.abstractNames.get(name) ?? -ECONNREFUSED;
    const { root } = this.#network;
    const inode = lookup({ root, links: 0 }, root, name, true);
    if (typeof inode === "number") return inode;
    return this.#network.boundInodes.get(inode.number) ?? -ECONNREFUSED;
  }

  /** A name of five digits that is free, counted up from 0. */
  #autobind(): number {
    if (this.#name !== undefined) return 0;
    let name: string;
    do {
      name = `\0${this.#network.nextAutobind.toString(16).padStart(5, "0")}`;
      this.#network.nextAutobind += 1;
    } while (this.#network.abstractNames.has(name));
    return this.#bindAbstract(name);
  }

  #bindAbstract(name: string): number {
    if (this.#name !== undefined) return -EINVAL;
    if (this.#network.abstractNames.has(name)) return -EADDRINUSE;
    this.#network.abstractNames.set(name, this);
    this.#name = name;
    return 0;
  }

  /** The name must be free (EADDRINUSE), which is looked at before an earlier bind (EINVAL). */
  #bindPath(path: string): number {
    const { volume, root, boundInodes } = this.#network;
    const last = newNamePlace({ root, links: 0 }, root, path);
    if (typeof last === "number") return last === -EEXIST ? -EADDRINUSE : last;
    if (this.#name !== undefined) return -EINVAL;
    const inode = newSocketInode(volume, 0o777 & ~volume.umask);
    attach(volume, last.directory, last.name, inode);
    boundInodes.set(inode.number, this);
    this.#boundInode = inode.number;
    this.#name = path;
    return 0;
  }
}
