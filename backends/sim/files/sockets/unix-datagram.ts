/**
 * Datagram sockets of AF_UNIX (unix(7)), tried on Linux 6.18.
 *
 * Nothing is lost and nothing overtakes, but the other side takes only so many at a time, unless
 * it is connected to the sender. A socket that is connected takes datagrams of its peer alone.
 */
import {
  EAGAIN,
  ECONNREFUSED,
  ECONNRESET,
  EINVAL,
  EMSGSIZE,
  ENOTCONN,
  EOPNOTSUPP,
  EPERM,
  EPIPE,
} from "../../../../spec/errno.ts";
import {
  AF_UNSPEC,
  MSG_OOB,
  POLLERR,
  POLLHUP,
  POLLIN,
  POLLRDHUP,
  POLLRDNORM,
  SOCK_DGRAM,
} from "../../../../spec/abi/linux.ts";
import type { Deliver, Fetch, ReceivedMessage, SentMessage } from "../../../emulator/host/host.ts";
import { accountedSize, MESSAGE_OVERHEAD } from "./accounting.ts";
import { newSocketInode } from "../inode.ts";
import { parseUnix, sockaddrFamily } from "./address.ts";
import { fetchMessage, keepFiles, MessageQueue, type Sender } from "./message-queue.ts";
import {
  NO_MORE,
  NO_RECEIVE,
  NO_SEND,
  Socket,
  type SocketState,
  WAKE_READABLE,
  WAKE_WRITABLE,
} from "./socket.ts";
import { unixKind, type UnixNetwork } from "./unix-connection.ts";
import { UnixBinding } from "./unix-names.ts";

/** Datagrams that may wait at a socket, less one (net.unix.max_dgram_qlen). */
const WAITING_LIMIT = 10;

/** A datagram socket of AF_UNIX. */
export class UnixDatagramSocket extends Socket implements Sender {
  readonly #network: UnixNetwork;
  readonly #binding: UnixBinding;
  readonly #incoming: MessageQueue = new MessageQueue();
  #peer: UnixDatagramSocket | undefined;
  #isDead = false;
  /** What was sent and not read yet, as it is accounted for. */
  #sent = 0;
  /** Sockets that found this one full. */
  readonly #waiting = new Set<UnixDatagramSocket>();

  constructor(network: UnixNetwork, flags: number) {
    super(newSocketInode(network.volume, 0o777), unixKind(network, SOCK_DGRAM), flags);
    this.#network = network;
    this.#binding = new UnixBinding(network.names, this);
  }

  /** Two sockets connected to each other: socketpair(2). */
  static pair(network: UnixNetwork, flags: number): [UnixDatagramSocket, UnixDatagramSocket] {
    const one = new UnixDatagramSocket(network, flags);
    const other = new UnixDatagramSocket(network, flags);
    one.#peer = other;
    other.#peer = one;
    return [one, other];
  }

  poll(): number {
    let events = this.error === 0 ? 0 : POLLERR;
    if ((this.closed & NO_RECEIVE) !== 0) events |= POLLIN | POLLRDNORM | POLLRDHUP;
    if (this.closed === NO_MORE) events |= POLLHUP;
    if (this.#incoming.length > 0) events |= POLLIN | POLLRDNORM;
    return this.#isWritable() ? events | WAKE_WRITABLE : events;
  }

  override bind(address: Uint8Array): number {
    return this.#binding.bind(address);
  }

  override listen(): number {
    return -EOPNOTSUPP;
  }

  override accept(): number {
    return -EOPNOTSUPP;
  }

  /** Sets whom this socket talks to; AF_UNSPEC: nobody in particular. */
  override connect(address: Uint8Array): number {
    if (address.length < 2) return -EINVAL;
    let other: UnixDatagramSocket | undefined;
    if (sockaddrFamily(address) !== AF_UNSPEC) {
      const found = this.#find(address);
      if (typeof found === "number") return found;
      if (!found.#takesFrom(this)) return -EPERM;
      other = found;
    }
    const before = this.#peer;
    this.#peer = other;
    if (before !== undefined && before !== other) this.#disconnected(before);
    return 0;
  }

  override send(length: number, flags: number, fetch: Fetch, message?: SentMessage): number {
    if ((flags & MSG_OOB) !== 0) return -EOPNOTSUPP;
    // A name without a byte is none.
    const named = message?.name?.length === 0 ? undefined : message?.name;
    const target = named === undefined ? undefined : parseUnix(named);
    if (typeof target === "number" || target === "") return -EINVAL;
    if (length > this.sendBuffer - MESSAGE_OVERHEAD) return -EMSGSIZE;
    if (this.error !== 0) return this.takeError();
    if ((this.closed & NO_SEND) !== 0) return -EPIPE;
    if (this.#sent >= this.sendBuffer) return -EAGAIN;
    const bytes = fetchMessage(length, fetch);
    if (typeof bytes === "number") return bytes;
    const other = this.#destination(named);
    if (typeof other === "number") return other;
    if (!other.#takesFrom(this)) return -EPERM;
    if ((other.closed & NO_RECEIVE) !== 0) return -EPIPE;
    if (other !== this && other.#peer !== this && other.#isFull()) {
      other.#waiting.add(this);
      return -EAGAIN;
    }
    this.#sent += accountedSize(length);
    const name = this.#binding.sender();
    const files = keepFiles(message?.files);
    other.#incoming.push({ bytes, name, files, sender: this });
    other.wake(WAKE_READABLE);
    return length;
  }

  override recv(
    length: number,
    flags: number,
    deliver: Deliver,
    message?: ReceivedMessage,
  ): number {
    if ((flags & MSG_OOB) !== 0) return -EOPNOTSUPP;
    if (this.error !== 0) return this.takeError();
    if (this.#incoming.length === 0) return this.nothingToReceive(flags);
    const result = this.#incoming.give(length, flags, deliver, message);
    for (const socket of this.#waiting) socket.wake(WAKE_WRITABLE);
    this.#waiting.clear();
    return result;
  }

  override get state(): SocketState {
    return this.#peer === undefined ? "idle" : "connected";
  }

  override peerName(): Uint8Array | undefined {
    return this.#peer === undefined ? undefined : this.#peer.#binding.encode();
  }

  override shutdown(how: number): number {
    const bits = Socket.shutdownBits(how);
    if (bits < 0) return bits;
    this.closed |= bits;
    this.wake();
    return 0;
  }

  freed(size: number): void {
    this.#sent -= size;
    if (this.#sent * 4 <= this.sendBuffer) this.wake(WAKE_WRITABLE);
  }

  protected override onClosed(): void {
    this.#isDead = true;
    this.#binding.release();
    this.#incoming.clear();
    for (const socket of this.#waiting) socket.wake(WAKE_WRITABLE);
    this.#waiting.clear();
    this.#peer = undefined;
  }

  #isWritable(): boolean {
    if (this.#sent * 4 > this.sendBuffer) return false;
    const other = this.#peer;
    if (other === undefined || other.#peer === this || !other.#isFull()) return true;
    other.#waiting.add(this);
    return false;
  }

  #isFull(): boolean {
    return this.#incoming.length > WAITING_LIMIT;
  }

  #takesFrom(sender: UnixDatagramSocket): boolean {
    return this.#peer === undefined || this.#peer === sender;
  }

  #find(address: Uint8Array): UnixDatagramSocket | number {
    const name = parseUnix(address);
    if (typeof name === "number") return name;
    if (name === "") return -EINVAL;
    const found = this.#network.names.find(name, this.type);
    return typeof found === "number" ? found : (found as UnixDatagramSocket);
  }

  /** Where a datagram goes; a peer that is gone is left, and says so once. */
  #destination(name: Uint8Array | undefined): UnixDatagramSocket | number {
    if (name !== undefined) return this.#find(name);
    const peer = this.#peer;
    if (peer === undefined) return -ENOTCONN;
    if (!peer.#isDead) return peer;
    this.#peer = undefined;
    this.#disconnected(peer);
    return -ECONNREFUSED;
  }

  /** What came from an old peer is lost; if that one was connected to this socket, it learns so. */
  #disconnected(before: UnixDatagramSocket): void {
    if (this.#incoming.length === 0) return;
    this.#incoming.clear();
    if (before.#isDead || before.#peer !== this) return;
    before.error = ECONNRESET;
    before.wake(POLLERR);
  }

  override parts(): readonly unknown[] {
    return [
      ...super.parts(),
      this.#network,
      this.#binding,
      this.#incoming,
      this.#peer,
      this.#isDead,
      this.#sent,
      this.#waiting,
    ];
  }
}
