/**
 * UDP over loopback (udp(7)), for AF_INET and AF_INET6, tried on Linux 6.18.
 *
 * A datagram arrives within the call that sends it, or never: where no socket has the port, a
 * connected sender finds ECONNREFUSED at its next call; where the receiver's buffer is full, it is
 * gone without a word. Nothing but this machine can be reached.
 */
import {
  EACCES,
  EAGAIN,
  ECONNREFUSED,
  EDESTADDRREQ,
  EINVAL,
  EMSGSIZE,
  ENETUNREACH,
  ENOTCONN,
  EOPNOTSUPP,
  EPIPE,
} from "../../../../spec/errno.ts";
import {
  AF_INET,
  AF_INET6,
  AF_UNSPEC,
  MSG_CONFIRM,
  MSG_ERRQUEUE,
  MSG_MORE,
  MSG_OOB,
  POLLERR,
  POLLHUP,
  POLLIN,
  POLLRDHUP,
  POLLRDNORM,
  SOCK_DGRAM,
} from "../../../../spec/abi/linux.ts";
import type { Deliver, Fetch, ReceivedMessage, SentMessage } from "../../../emulator/host/host.ts";
import { accountedSize } from "./accounting.ts";
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
import { fetchMessage, MessageQueue } from "./message-queue.ts";
import { InetSocket } from "./inet-socket.ts";
import type { Network } from "./network.ts";
import type { Ports } from "./ports.ts";
import {
  NO_MORE,
  NO_RECEIVE,
  NO_SEND,
  Socket,
  type SocketState,
  WAKE_READABLE,
  WAKE_WRITABLE,
} from "./socket.ts";

/** Largest datagram: 65535 less the headers of IPv4 and UDP, or of UDP alone. */
const LARGEST: Readonly<Record<InetAddress["family"], number>> = {
  [AF_INET]: 65_507,
  [AF_INET6]: 65_527,
};
/** What the headers add to the bytes that are accounted for. */
const HEADERS = 48;
/** Not even looked at: longer than any datagram (the length of one has 16 bits). */
const LENGTH_LIMIT = 0xffff;
const MSG_PROBE = 0x10;
/** Only asks whether the way is still good. */
const MSG_CONFIRM_PROBE: number = MSG_CONFIRM | MSG_PROBE;
const NO_FILES: readonly never[] = [];

/** The part of the network that UDP sees. */
export type UdpNetwork = Network;

/** A datagram that is put together by several sends (MSG_MORE). */
interface Corked {
  readonly parts: Uint8Array[];
  byteLength: number;
  target: InetAddress;
}

/** A UDP socket, connected or not. */
export class UdpSocket extends InetSocket {
  readonly #ports: Ports<UdpSocket>;
  readonly #family: InetAddress["family"];
  readonly #incoming: MessageQueue = new MessageQueue();
  /** The peer of a connected socket. */
  #remote: InetAddress | undefined;
  /** What of its local address the program has chosen: a disconnected socket keeps it. */
  #ownHost = false;
  #ownPort = false;
  #corked: Corked | undefined;

  constructor(
    network: UdpNetwork,
    ports: Ports<UdpSocket>,
    family: InetAddress["family"],
    protocol: number,
    flags: number,
  ) {
    const { bufferSize: size, volume } = network;
    const buffers = { sendBuffer: size, receiveBuffer: size };
    const kind = { family, type: SOCK_DGRAM, protocol, ...buffers, volume };
    super(newSocketInode(volume, 0o777), kind, flags);
    this.#ports = ports;
    this.#family = family;
  }

  protected override get remote(): InetAddress | undefined {
    return this.#remote;
  }

  override queued(): number {
    return this.#incoming.firstLength;
  }

  /** What is put together still, as it is accounted for. */
  override unsent(): number {
    return this.#corked === undefined ? 0 : accountedSize(this.#corked.byteLength + HEADERS);
  }

  override get state(): SocketState {
    return this.#remote === undefined ? "idle" : "connected";
  }

  poll(): number {
    let events: number = WAKE_WRITABLE;
    if (this.error !== 0) events |= POLLERR;
    if ((this.closed & NO_RECEIVE) !== 0) events |= POLLIN | POLLRDNORM | POLLRDHUP;
    if (this.closed === NO_MORE) events |= POLLHUP;
    return this.#incoming.length > 0 ? events | POLLIN | POLLRDNORM : events;
  }

  override bind(address: Uint8Array): number {
    const wanted = parseBind(address, this.#family);
    if (typeof wanted === "number") return wanted;
    if (this.#remote !== undefined || this.local !== undefined) return -EINVAL;
    const refused = this.#takePort(wanted);
    if (refused < 0) return refused;
    this.#ownHost = !isAny(wanted);
    this.#ownPort = wanted.port !== 0;
    return 0;
  }

  override listen(): number {
    return -EOPNOTSUPP;
  }

  override accept(): number {
    return -EOPNOTSUPP;
  }

  /** Sets the peer; AF_UNSPEC: nobody in particular. */
  override connect(address: Uint8Array): number {
    if (address.length < 2) return -EINVAL;
    if (sockaddrFamily(address) === AF_UNSPEC) return this.#disconnect();
    const refused = this.#autobind();
    if (refused < 0) return refused;
    const target = this.#routed(address);
    if (typeof target === "number") return target;
    this.#remote = target;
    // What is being put together goes there as well: Linux keeps one destination for both.
    if (this.#corked !== undefined) this.#corked.target = target;
    if (this.local !== undefined && isAny(this.local)) {
      this.#moveTo({ ...this.local, host: LOOPBACK_HOST[this.#family] });
    }
    return 0;
  }

  override send(length: number, flags: number, fetch: Fetch, message?: SentMessage): number {
    const unbound = this.#autobind();
    if (unbound < 0) return unbound;
    if (length > LENGTH_LIMIT) return -EMSGSIZE;
    if ((flags & MSG_OOB) !== 0) return -EOPNOTSUPP;
    const target = this.#corked?.target ?? this.#target(message);
    if (typeof target === "number") return target;
    if (length === 0 && (flags & MSG_CONFIRM_PROBE) === MSG_CONFIRM_PROBE) return 0;
    const more = (flags & MSG_MORE) !== 0;
    if ((flags & MSG_PROBE) !== 0 && this.#corked === undefined) return length;
    const total = length + (this.#corked?.byteLength ?? 0);
    if (total > LARGEST[this.#family]) return this.#drop(-EMSGSIZE);
    if (this.#corked === undefined) {
      if (this.error !== 0) return this.takeError();
      if ((this.closed & NO_SEND) !== 0) return -EPIPE;
    }
    const bytes = fetchMessage(length, fetch);
    if (typeof bytes === "number") return this.#drop(bytes);
    this.#append(bytes, target, more);
    return length;
  }

  override recv(
    length: number,
    flags: number,
    deliver: Deliver,
    message?: ReceivedMessage,
  ): number {
    if ((flags & MSG_ERRQUEUE) !== 0) return -EAGAIN;
    if (this.error !== 0) return this.takeError();
    if (this.#incoming.length === 0) return this.nothingToReceive(flags);
    return this.#incoming.give(length, flags, deliver, message);
  }

  override shutdown(how: number): number {
    const bits = Socket.shutdownBits(how);
    if (bits < 0) return bits;
    this.closed |= bits;
    this.wake();
    return this.#remote === undefined ? -ENOTCONN : 0;
  }

  protected override onClosed(): void {
    this.#incoming.clear();
    if (this.local !== undefined) this.#ports.remove(this, this.local);
    this.local = undefined;
  }

  /** Where a message goes, or why it goes nowhere. */
  #target(message: SentMessage | undefined): InetAddress | number {
    const name = message?.name;
    const target = name === undefined ? this.#remote : this.#named(name);
    if (target === undefined) return -EDESTADDRREQ;
    if (typeof target === "number") return target;
    if (message !== undefined && refusesControl(message)) return -EINVAL;
    return name === undefined ? target : route(target);
  }

  /** The address that a message is sent to, which has to have a port. */
  #named(name: Uint8Array): InetAddress | number {
    const target = parseInet(withFamily(name, this.#family), this.#family);
    if (typeof target === "number") return target;
    return target.port === 0 ? -EINVAL : target;
  }

  #routed(address: Uint8Array): InetAddress | number {
    const target = parseInet(address, this.#family);
    return typeof target === "number" ? target : route(target);
  }

  /** Adds to the datagram that is being put together, and sends it unless more is to come. */
  #append(bytes: Uint8Array, target: InetAddress, more: boolean): void {
    const corked = (this.#corked ??= { parts: [], byteLength: 0, target });
    corked.parts.push(bytes);
    corked.byteLength += bytes.length;
    if (more) return;
    this.#corked = undefined;
    const whole = corked.parts.length === 1 ? bytes : joined(corked);
    this.#transmit(whole, corked.target);
  }

  /** What was put together so far is lost with the send that failed. */
  #drop(error: number): number {
    this.#corked = undefined;
    return error;
  }

  #transmit(bytes: Uint8Array, target: InetAddress): void {
    const source = this.#source();
    const receiver = this.#receiver(target, source);
    if (receiver === undefined) this.#bounce(target);
    else receiver.#arrive(bytes, source);
    this.wake(WAKE_WRITABLE);
  }

  #arrive(bytes: Uint8Array, source: InetAddress): void {
    if (this.#incoming.used + accountedSize(bytes.length + HEADERS) > this.receiveBuffer) return;
    this.#incoming.push({ bytes, name: encodeInet(source), files: NO_FILES, sender: undefined });
    this.wake(WAKE_READABLE);
  }

  /** Nobody has the port: only a socket that is connected to it learns so. */
  #bounce(target: InetAddress): void {
    if (!isSame(this.#remote, target)) return;
    this.error = ECONNREFUSED;
    this.wake(POLLERR);
  }

  /** Who gets a datagram: who is connected to the sender, has the address, or has the port. */
  #receiver(target: InetAddress, source: InetAddress): UdpSocket | undefined {
    const fits = this.#ports
      .at(target)
      .filter(({ local }) => local !== undefined && (local.host === target.host || isAny(local)))
      .filter((one) => one.#remote === undefined || isSame(one.#remote, source));
    return (
      fits.findLast((one) => one.#remote !== undefined) ??
      fits.findLast(({ local }) => local?.host === target.host) ??
      fits.at(-1)
    );
  }

  #source(): InetAddress {
    const { local } = this;
    if (local === undefined) throw new Error("a socket sends before it has a port");
    return isAny(local) ? { ...local, host: LOOPBACK_HOST[this.#family] } : local;
  }

  #disconnect(): number {
    this.#remote = undefined;
    const { local } = this;
    if (local === undefined) return 0;
    if (!this.#ownPort) {
      this.#ports.remove(this, local);
      this.local = undefined;
    } else if (!this.#ownHost) {
      this.#moveTo({ ...local, host: ANY_HOST[this.#family] });
    }
    return 0;
  }

  #autobind(): number {
    if (this.local !== undefined) return 0;
    const refused = this.#takePort({
      family: this.#family,
      host: ANY_HOST[this.#family],
      port: 0,
    });
    return refused < 0 ? -EAGAIN : 0;
  }

  #takePort(wanted: InetAddress): number {
    const address = this.#ports.choose(wanted, this);
    if (typeof address === "number") return address;
    this.local = address;
    this.#ports.add(this, address);
    return 0;
  }

  /** Another local address, with the same port. */
  #moveTo(address: InetAddress): void {
    this.local = address;
  }

  override parts(): readonly unknown[] {
    return [
      ...super.parts(),
      this.#ports,
      this.#family,
      this.#incoming,
      this.#remote,
      this.#ownHost,
      this.#ownPort,
      this.#corked,
    ];
  }
}

/** Where an address leads on a machine that only has itself. */
function route(target: InetAddress): InetAddress | number {
  if (isAny(target)) return { ...target, host: LOOPBACK_HOST[target.family] };
  if (isBroadcast(target)) return -EACCES;
  return isLocal(target) ? target : -ENETUNREACH;
}

/** A sockaddr_in without a family is taken as one of IPv4. */
function withFamily(name: Uint8Array, family: InetAddress["family"]): Uint8Array {
  if (family !== AF_INET || name.length < 2 || sockaddrFamily(name) !== AF_UNSPEC) return name;
  const named = name.slice();
  named[0] = AF_INET;
  return named;
}

function isSame(one: InetAddress | undefined, other: InetAddress): boolean {
  return one?.host === other.host && one.port === other.port;
}

function joined(corked: Corked): Uint8Array {
  const bytes = new Uint8Array(corked.byteLength);
  let at = 0;
  for (const part of corked.parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
