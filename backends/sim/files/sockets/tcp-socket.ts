/**
 * TCP over loopback (tcp(7)), for AF_INET and AF_INET6.
 *
 * Segments take no time: FIN and RST arrive in the call that sends them. What the
 * program sees follows Linux's state machine, tried on 6.18 in every state:
 * - a FIN shuts the receiving direction of the other side; when both were sent the
 *   connection is over, and poll says HUP;
 * - closing with bytes unread, or sending to a side that has closed, resets: the pending
 *   error is ECONNRESET, or EPIPE on a side that had seen the FIN;
 * - shutting the receiving direction alone is local: bytes still arrive and can be read.
 *
 * Making a connection takes two calls of connect(2), unless it waits: the first begins it, one of
 * the next ones learns how it went. In between others may take that from it.
 *
 * Not modelled: IPv4 over an IPv6 socket.
 */
import {
  EADDRINUSE,
  EADDRNOTAVAIL,
  EAGAIN,
  EALREADY,
  ECONNABORTED,
  ECONNREFUSED,
  ECONNRESET,
  EFAULT,
  EINPROGRESS,
  EINVAL,
  EISCONN,
  ENETUNREACH,
  ENOTCONN,
  EOPNOTSUPP,
  EPIPE,
} from "../../../../spec/errno.ts";
import {
  AF_UNSPEC,
  IPPROTO_TCP,
  MSG_ERRQUEUE,
  MSG_FASTOPEN,
  MSG_OOB,
  MSG_PEEK,
  MSG_TRUNC,
  POLLERR,
  POLLHUP,
  POLLIN,
  POLLOUT,
  POLLPRI,
  POLLRDHUP,
  POLLRDNORM,
  POLLWRNORM,
  SOCK_STREAM,
} from "../../../../spec/abi/linux.ts";
import type { Deliver, Fetch, ReceivedMessage, SentMessage } from "../../../emulator/host/host.ts";
import { newSocketInode } from "../inode.ts";
import {
  ANY_HOST,
  encodeInet,
  type InetAddress,
  isAny,
  isBroadcast,
  isLocal,
  LOOPBACK_HOST,
  parseBind,
  parseInet,
  sockaddrFamily,
} from "./address.ts";
import { refusesControl } from "./control.ts";
import type { Network } from "./network.ts";
import type { Ports } from "./ports.ts";
import { InetSocket } from "./inet-socket.ts";
import {
  backlogOf,
  NO_MORE,
  NO_RECEIVE,
  NO_SEND,
  Socket,
  type SocketState,
  WAKE_READABLE,
  WAKE_WRITABLE,
} from "./socket.ts";
import { StreamBuffer } from "./stream-buffer.ts";

/** What of the bytes sent the other side takes before they are read (half of tcp_rmem). */
const WINDOW = 65_536;
const SO_OOBINLINE = 10;
/** What SO_SNDBUF and SO_RCVBUF tell (tcp_wmem, tcp_rmem), and what a connection has to send. */
const BUFFERS = { sendBuffer: 16_384, receiveBuffer: 131_072 };
const CONNECTED_SEND_BUFFER = 2_626_560;

/** The part of the network that TCP sees. */
export interface TcpNetwork extends Network {
  readonly ports: Ports<TcpSocket>;
}

/** A TCP socket: one end of a connection over loopback, or a listener. */
export class TcpSocket extends InetSocket {
  state: SocketState = "idle";
  readonly incoming: StreamBuffer;
  readonly #network: TcpNetwork;
  readonly #family: InetAddress["family"];
  /** The local address of the connection, also after the port was given back. */
  #address: InetAddress | undefined;
  #remote: InetAddress | undefined;
  #peer: TcpSocket | undefined;
  /** The local port was asked for: it outlives a failed connection or the end of listening. */
  #boundByProgram = false;
  /**
   * What connect(2) goes by: begun, and not yet told how it went; made and told, which it stays
   * when the connection is over; or shut before it was told that it failed.
   */
  #told: "idle" | "connecting" | "connected" | "shut" = "idle";
  /** Bytes that were sent on the connection. */
  #sent = 0;
  #finSent = false;
  #finReceived = false;
  /** Closed by the program, although the other side still has the connection. */
  #orphaned = false;
  /** Connections that may wait to be accepted, less one. */
  #backlog = 0;
  /** Of a listener: connections to be accepted, and sockets for which there is no room yet. */
  #pending: TcpSocket[] = [];
  #waiting: TcpSocket[] = [];
  /** The listener in whose `#waiting` this socket is. */
  #waitsFor: TcpSocket | undefined;

  constructor(network: TcpNetwork, family: InetAddress["family"], flags: number) {
    const type = SOCK_STREAM;
    const { volume } = network;
    const kind = { family, type, protocol: IPPROTO_TCP, ...BUFFERS, volume };
    super(newSocketInode(volume, 0o777), kind, flags);
    this.incoming = new StreamBuffer(network.bufferSize);
    this.#network = network;
    this.#family = family;
  }

  poll(): number {
    if (this.state === "listening") return this.#pending.length > 0 ? POLLIN | POLLRDNORM : 0;
    const over = this.state === "idle" || this.closed === NO_MORE;
    let events = over ? POLLHUP : 0;
    if ((this.closed & NO_RECEIVE) !== 0) events |= POLLIN | POLLRDNORM | POLLRDHUP;
    if (this.state !== "connecting") {
      if (this.incoming.readable > 0) events |= POLLIN | POLLRDNORM;
      if (this.incoming.hasUrgent) events |= POLLPRI;
      if (this.isWritable()) events |= POLLOUT | POLLWRNORM;
    }
    return this.error === 0 ? events : events | POLLERR;
  }

  override bind(address: Uint8Array): number {
    const wanted = parseBind(address, this.#family);
    if (typeof wanted === "number") return wanted;
    if (this.state !== "idle" || this.local !== undefined) return -EINVAL;
    const refused = this.#takePort(wanted);
    if (refused === 0) this.#boundByProgram = wanted.port !== 0;
    return refused;
  }

  override listen(backlog: number): number {
    if (this.state !== "listening") {
      if (this.state !== "idle" || this.#told !== "idle") return -EINVAL;
      const refused = this.#bindToAny(ANY_HOST[this.#family]);
      if (refused < 0) return refused;
      // A socket that listened before may have left connections on its port.
      if (this.local !== undefined && this.#network.ports.isTaken(this.local, this)) {
        return -EADDRINUSE;
      }
      this.state = "listening";
    }
    this.#backlog = backlogOf(backlog);
    this.#admit();
    return 0;
  }

  override connect(address: Uint8Array): number {
    if (address.length < 2) return -EINVAL;
    if (sockaddrFamily(address) === AF_UNSPEC) return this.#disconnect();
    if (this.#told === "connecting") return this.#tell();
    if (this.#told === "shut") return -EINVAL;
    if (this.#told === "connected" || this.state !== "idle") return -EISCONN;
    const target = parseInet(address, this.#family);
    if (typeof target === "number") return target;
    if (!isAny(target) && (!isLocal(target) || isBroadcast(target))) return -ENETUNREACH;
    const host = isAny(target) ? LOOPBACK_HOST[this.#family] : target.host;
    const refused = this.#bindToAny(LOOPBACK_HOST[this.#family]);
    if (refused < 0) return refused === -EADDRINUSE ? -EADDRNOTAVAIL : refused;
    this.#connectTo({ ...target, host });
    return -EINPROGRESS;
  }

  /** Says how the connection went that was begun. */
  #tell(): number {
    if (this.state === "connecting") return -EALREADY;
    if (this.state !== "idle") {
      this.#told = "connected";
      return 0;
    }
    const error = this.takeError() || -ECONNABORTED;
    this.#disconnect();
    return error;
  }

  override accept(flags: number): { file: TcpSocket; peer: Uint8Array } | number {
    const nonBlocking = Socket.acceptFlags(flags);
    if (nonBlocking < 0) return nonBlocking;
    if (this.state !== "listening") return -EINVAL;
    const file = this.#pending.shift();
    if (file === undefined) return -EAGAIN;
    file.flags |= nonBlocking;
    this.#admit();
    const peer = file.#remote;
    if (peer === undefined) throw new Error("a connection to be accepted has no peer address");
    return { file, peer: encodeInet(peer) };
  }

  override send(length: number, flags: number, fetch: Fetch, message?: SentMessage): number {
    if ((flags & MSG_FASTOPEN) !== 0) return this.#openFast(message?.name);
    if (this.state === "connecting") return -EAGAIN;
    const peer = this.#peer;
    if (peer === undefined || this.error !== 0 || (this.closed & NO_SEND) !== 0) {
      return this.takeError() || -EPIPE;
    }
    if (message !== undefined && refusesControl(message)) return -EINVAL;
    if (length === 0) return 0;
    if (!peer.#refusesBytes()) {
      const sent = peer.#arrive(length, flags, fetch);
      this.#sent += Math.max(sent, 0);
      return sent;
    }
    // The bytes go out and come to nothing: what returns is a reset.
    const count = fetch(new Uint8Array(Math.min(length, peer.incoming.capacity)));
    if (count === 0) return -EFAULT;
    this.#reset();
    peer.#reset();
    return count;
  }

  override recv(
    length: number,
    flags: number,
    deliver: Deliver,
    message?: ReceivedMessage,
  ): number {
    if ((flags & MSG_ERRQUEUE) !== 0) return -EAGAIN;
    if (this.state === "listening") return -ENOTCONN;
    const keep = (flags & MSG_PEEK) !== 0;
    if ((flags & MSG_OOB) !== 0) {
      const urgent = this.incoming.giveUrgent(length, keep, deliver);
      if (urgent >= 0 && message !== undefined) message.flags |= MSG_OOB;
      return urgent;
    }
    // Even an urgent byte is something to read, if nothing is read.
    if (length === 0 && this.incoming.length > 0) return 0;
    const blocked = this.#peer?.isWritable() === false ? this.#peer : undefined;
    const count = this.#readOut(length, flags, deliver);
    if (blocked?.isWritable() === true) blocked.wake(WAKE_WRITABLE);
    return count === -EAGAIN ? this.#nothingToRead() : count;
  }

  /** The other side's end counts as one more; of a listener, the connections that wait. */
  override unread(): number {
    if (this.state === "listening") return this.#pending.length;
    return this.incoming.length + (this.#finReceived ? 1 : 0);
  }

  protected override get remote(): InetAddress | undefined {
    return this.state === "connected" ? this.#remote : undefined;
  }

  override queued(): number {
    if (this.state === "listening") return -EINVAL;
    return this.incoming.run(Number.POSITIVE_INFINITY);
  }

  override unsent(): number {
    return this.state === "listening" ? -EINVAL : this.#sent - this.releasedCount();
  }

  override optionChanged(option: number, words: readonly number[]): void {
    super.optionChanged(option, words);
    if (option === SO_OOBINLINE) this.incoming.inline = words[0] !== 0;
  }

  sentCount(): number {
    return this.#sent;
  }

  /** What the other side has room for leaves this one's memory at once. */
  releasedCount(): number {
    const waiting = this.#peer?.incoming.length ?? 0;
    return Math.min(this.#sent, this.#sent - waiting + WINDOW);
  }

  override shutdown(how: number): number {
    const bits = Socket.shutdownBits(how);
    if (bits < 0) return bits;
    if (this.state === "listening") {
      if ((bits & NO_RECEIVE) !== 0) this.#stopListening();
    } else if (this.state === "connecting") {
      this.#disconnect();
    } else {
      if (this.#told === "connecting") this.#told = this.state === "idle" ? "shut" : "connected";
      this.closed |= bits;
      if (this.state === "idle") {
        this.wake();
        return -ENOTCONN;
      }
      if ((bits & NO_SEND) !== 0) this.#sendFin();
    }
    this.wake();
    return 0;
  }

  protected override onClosed(): void {
    if (this.state === "listening") this.#stopListening();
    if (this.state === "connecting") this.#giveUp(0);
    const peer = this.#peer;
    this.#orphaned = true;
    if (peer !== undefined && this.incoming.length > 0) {
      this.#end();
      peer.#reset();
    } else if (peer !== undefined) {
      this.#sendFin();
      if (!this.#finReceived) this.#linger();
    }
    this.#releasePort();
  }

  /** Enough of the other side's buffer is free that a wait for room ends (a third, as on Linux). */
  isWritable(): boolean {
    const queue = this.#peer?.incoming;
    if (queue === undefined || (this.closed & NO_SEND) !== 0) return true;
    return queue.space * 3 >= queue.capacity;
  }

  #nothingToRead(): number {
    if (this.#finReceived) return 0;
    if (this.error !== 0) return this.takeError();
    if ((this.closed & NO_RECEIVE) !== 0) return 0;
    return this.state === "idle" ? -ENOTCONN : -EAGAIN;
  }

  /** MSG_TRUNC throws the bytes away without looking at the program's memory. */
  #readOut(length: number, flags: number, deliver: Deliver): number {
    const { incoming } = this;
    const keep = (flags & MSG_PEEK) !== 0;
    if ((flags & MSG_TRUNC) === 0) return incoming.give(length, keep, deliver);
    if (incoming.readable === 0) {
      // A lonely urgent byte is passed over all the same.
      if (!keep) incoming.discard(0);
      return -EAGAIN;
    }
    return keep ? incoming.run(length) : incoming.discard(length);
  }

  /** Bytes come in, the last of them urgent with MSG_OOB: how many, -EAGAIN or -EFAULT. */
  #arrive(length: number, flags: number, fetch: Fetch): number {
    const count = this.incoming.take(length, fetch);
    if (count <= 0) return count;
    if ((flags & MSG_OOB) !== 0) this.incoming.markUrgent();
    this.wake(WAKE_READABLE);
    return count;
  }

  /** TCP Fast Open, which a connection cannot do twice: the data waits for a next call. */
  #openFast(name: Uint8Array | undefined): number {
    if (name === undefined) {
      return this.#told === "connected" || this.state === "listening" ? -EISCONN : -EINVAL;
    }
    if (name.length >= 2 && sockaddrFamily(name) === AF_UNSPEC) return -EOPNOTSUPP;
    return this.connect(name);
  }

  /** connect(2) with AF_UNSPEC: the socket is as new, but for a port that the program chose. */
  #disconnect(): number {
    const peer = this.#peer;
    if (this.state === "listening") {
      this.#stopListening();
    } else if (this.state === "connecting") {
      this.#giveUp(ECONNRESET);
    } else if (peer !== undefined) {
      this.#end();
      peer.#reset();
      this.error = ECONNRESET;
    }
    this.incoming.clear();
    this.closed = 0;
    this.#told = "idle";
    this.#finSent = this.#finReceived = false;
    this.wake(POLLERR);
    return 0;
  }

  #connectTo(target: InetAddress): void {
    const listener = this.#network.ports.listener(target);
    this.error = 0;
    this.#told = "connecting";
    this.#remote = target;
    if (this.local?.host === target.host && this.local.port === target.port) {
      this.#connectToItself();
    } else if (listener === undefined) {
      this.#giveUp(ECONNREFUSED);
      this.wake();
    } else if (listener.#hasRoom()) {
      this.#establish(listener);
    } else {
      this.state = "connecting";
      this.#waitsFor = listener;
      listener.#waiting.push(this);
    }
  }

  /** Both ends of the connection are this socket (a simultaneous open). */
  #connectToItself(): void {
    this.sendBuffer = CONNECTED_SEND_BUFFER;
    this.#peer = this;
    this.state = "connected";
    if ((this.closed & NO_SEND) !== 0) this.#sendFin();
    this.wake();
  }

  #hasRoom(): boolean {
    return this.#pending.length <= this.#backlog;
  }

  /** Lets in those who wait, as far as there is room. */
  #admit(): void {
    while (this.#hasRoom()) {
      const socket = this.#waiting.shift();
      if (socket === undefined) return;
      socket.#waitsFor = undefined;
      socket.#establish(this);
    }
  }

  /** Connects this socket to a new one, which waits at the listener to be accepted. */
  #establish(listener: TcpSocket): void {
    const other = new TcpSocket(this.#network, this.#family, 0);
    other.options.inherit(listener.options);
    this.sendBuffer = other.sendBuffer = CONNECTED_SEND_BUFFER;
    const address = this.#remote;
    if (address === undefined) throw new Error("a connection without an address");
    other.local = other.#address = address;
    this.#network.ports.add(other, address);
    other.#remote = this.#source();
    other.#told = "connected";
    other.#peer = this;
    this.#peer = other;
    this.state = other.state = "connected";
    listener.#pending.push(other);
    // Directions that were shut before listening are shut in what it accepts.
    other.closed = listener.closed;
    if ((other.closed & NO_SEND) !== 0) other.#sendFin();
    listener.wake(WAKE_READABLE);
    this.wake();
  }

  /** Where a connection of this socket comes from. */
  #source(): InetAddress | undefined {
    if (this.local === undefined || !isAny(this.local)) return this.local;
    return { ...this.local, host: LOOPBACK_HOST[this.#family] };
  }

  #stopListening(): void {
    const pending = this.#pending;
    const waiting = this.#waiting;
    this.#pending = [];
    this.#waiting = [];
    this.state = "idle";
    this.closed = 0;
    for (const socket of pending) socket.#abort();
    for (const socket of waiting) {
      socket.#waitsFor = undefined;
      socket.#giveUp(ECONNREFUSED);
      socket.wake();
    }
    if (!this.#boundByProgram) this.#releasePort();
  }

  /** A connection that nobody accepted goes with its listener. */
  #abort(): void {
    const peer = this.#peer;
    this.#end();
    if (peer !== undefined) peer.#reset();
    this.release();
  }

  /** Ends an attempt to connect; the next call that looks for an error reports it. */
  #giveUp(error: number): void {
    const listener = this.#waitsFor;
    if (listener !== undefined) {
      listener.#waiting = listener.#waiting.filter((socket) => socket !== this);
    }
    this.#waitsFor = undefined;
    this.state = "idle";
    this.error = error;
    if (error === ECONNREFUSED) this.closed = NO_MORE;
    if (!this.#boundByProgram) this.#releasePort();
  }

  /** Bytes that arrive here are answered with a reset: nobody can ever read them. */
  #refusesBytes(): boolean {
    return this.#orphaned || (this.#finSent && (this.closed & NO_RECEIVE) !== 0);
  }

  #sendFin(): void {
    if (this.#finSent) return;
    this.#finSent = true;
    this.closed |= NO_SEND;
    const peer = this.#peer;
    if (peer === undefined) return;
    peer.#finReceived = true;
    peer.closed |= NO_RECEIVE;
    if (peer.#finSent) {
      this.#end();
      // The side that closed first keeps its port for a while.
      peer.#linger();
      peer.#end();
    }
    peer.wake();
  }

  /** A reset arrived: EPIPE for a side that had seen the other's FIN. */
  #reset(): void {
    this.error = this.#finReceived ? EPIPE : ECONNRESET;
    if (this.#orphaned && this.#address !== undefined) this.#network.ports.forget(this.#address);
    this.#end();
    this.wake();
  }

  /** The connection is over; what has arrived can still be read. */
  #end(): void {
    this.state = "idle";
    this.closed = NO_MORE;
    this.#peer = undefined;
    if (!this.#boundByProgram) this.#releasePort();
  }

  #bindToAny(host: string): number {
    if (this.local !== undefined) return 0;
    return this.#takePort({ family: this.#family, host, port: 0 });
  }

  #takePort(wanted: InetAddress): number {
    const address = this.#network.ports.choose(wanted, this);
    if (typeof address === "number") return address;
    this.local = this.#address = address;
    this.#network.ports.add(this, address);
    return 0;
  }

  #linger(): void {
    if (this.#address !== undefined) this.#network.ports.linger(this, this.#address);
  }

  #releasePort(): void {
    if (this.local !== undefined) this.#network.ports.remove(this, this.local);
    this.local = undefined;
  }

  override parts(): readonly unknown[] {
    return [
      ...super.parts(),
      this.#network,
      this.#family,
      this.#address,
      this.#remote,
      this.#peer,
      this.#boundByProgram,
      this.#told,
      this.#sent,
      this.#finSent,
      this.#finReceived,
      this.#orphaned,
      this.#backlog,
      this.#pending,
      this.#waiting,
      this.#waitsFor,
    ];
  }
}
