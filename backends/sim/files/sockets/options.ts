/**
 * The options of one socket: getsockopt(2) of SOL_SOCKET, and setsockopt(2).
 *
 * Options that only Linux's own parts could follow (filters, devices, congestion control) are
 * ENOPROTOOPT here or checked and forgotten; `option-kinds.ts` says which there are.
 */
import {
  EADDRNOTAVAIL,
  EBADF,
  EFAULT,
  EINVAL,
  ENODATA,
  ENODEV,
  ENOENT,
  ENOPROTOOPT,
  ENOTCONN,
  EOPNOTSUPP,
  EPERM,
  EPROTO,
} from "../../../../spec/errno.ts";
import { AF_UNIX, SO_ERROR, SOCK_STREAM, SOL_SOCKET, SOL_TCP } from "../../../../spec/abi/linux.ts";
import { setHeaderOptions } from "./header-options.ts";
import {
  IP_OPTIONS,
  isPrivilegedIp,
  isPrivilegedTcp,
  isWithin,
  type OptionKind,
  optionKind,
  type ReadOption,
  type SocketFamily,
  SO_INQ,
  socketPrivilege,
  TCP_OPTIONS,
} from "./option-kinds.ts";

/** What a socket says of itself. */
export interface OptionSubject {
  /** The words of an option that cannot be set, such as SO_TYPE; undefined: not one of those. */
  fixedOption(option: number): readonly number[] | undefined;
  /** The pending errno, taken away. */
  takeErrno(): number;
  /** The peer's sockaddr, or undefined. */
  peerName(): Uint8Array | undefined;
  readonly family: number;
  readonly type: number;
  /** It is neither connected nor listening. */
  readonly isClosed: boolean;
  /** Whether the program may set everything (CAP_NET_ADMIN). */
  readonly mayAdminister: boolean;
  /** Whether the program has this descriptor. */
  isOpen(fd: number): boolean;
  /** Something was set that the socket heeds. */
  optionChanged(option: number, words: readonly number[]): void;
}

const SOL_IP = 0;
/** IP_OPTIONS. */
const IP_HEADER_OPTIONS = 4;
const SOL_UDP = 17;
const UDP_CORK = 1;
const TCP_CONGESTION = 13;
const TCP_ULP = 31;
const SO_BINDTODEVICE = 25;
const SO_GET_FILTER = 26;
const SO_DETACH_FILTER = 27;
const SO_PEERNAME = 28;
const SO_COOKIE = 57;
const SO_PEERGROUPS = 59;
const SO_NETNS_COOKIE = 71;
const SO_PEERPIDFD = 77;
const SO_PEERCRED = 17;
/** `struct ucred`: the simulated program is root, and process 1. */
const OWN_CREDENTIALS = [1, 0, 0];
const NO_CREDENTIALS = [0, -1, -1];
const WORD = 4;
const LONG = 8;
/** Options that take a filter, or the descriptor of a program: bad whatever they are given. */
const FILTERS: readonly number[] = [SO_GET_FILTER, 51];
const FILTER_SIZE = 16;
const FILTER_ADDRESS = 8;
const FILTER_STEPS_MAX = 4096;
const PROGRAMS: readonly number[] = [50, 52];
/** Options of IP that need a byte at least. */
const IP_NOT_EMPTY: readonly number[] = [2, 15, 19, 21, 33, 34, 49];
/** IP_MULTICAST_IF and _TTL, IP_ADD_MEMBERSHIP and _DROP_MEMBERSHIP; IP_UNBLOCK_SOURCE ff. */
const IP_OF_GROUPS: readonly number[] = [32, 33];
const IP_MEMBERSHIPS: readonly number[] = [35, 36];
const IP_SOURCES: readonly [first: number, last: number] = [37, 48];
const IP_UNICAST_IF = 50;
const IP_LOCAL_PORT_RANGE = 51;
/** TCP_QUEUE_SEQ, TCP_REPAIR_QUEUE, TCP_TIMESTAMP, TCP_REPAIR_WINDOW. */
const TCP_QUEUE_SEQ = 21;
const TCP_OF_REPAIR: readonly number[] = [20, 24, 29];
/** TCP_WINDOW_CLAMP of 0 and TCP_FASTOPEN_CONNECT are for closed sockets. */
const TCP_WINDOW_CLAMP = 10;
const TCP_FASTOPEN_CONNECT = 30;
const TCP_FASTOPEN_KEY = 33;
const FASTOPEN_KEY_BYTES = 16;
const SO_DEVMEM_DONTNEED = 80;

/** The options of one socket. */
export class SocketOptions {
  readonly #subject: OptionSubject;
  readonly #kind: SocketFamily;
  readonly #words = new Map<number, readonly number[]>();

  constructor(subject: OptionSubject) {
    this.#subject = subject;
    if (subject.family === AF_UNIX) this.#kind = "unix";
    else this.#kind = subject.type === SOCK_STREAM ? "tcp" : "udp";
  }

  /** Takes over what another socket was set to. */
  inherit(other: SocketOptions): void {
    for (const [option, words] of other.#words) this.#keep(option, words);
  }

  /** getsockopt(2) of SOL_SOCKET: the value cut to `length`, or an errno. */
  get(option: number, length: number): Uint8Array | number {
    if (length < 0) return -EINVAL;
    const special = this.#getSpecial(option, length);
    if (special !== undefined) return special;
    const words = this.#subject.fixedOption(option) ?? this.#valueOf(option);
    return typeof words === "number" ? words : cut(words, length);
  }

  /** setsockopt(2): 0 or an errno. `read` is called for as much as the option looks at. */
  set(level: number, option: number, length: number, read: ReadOption): number {
    if (length < 0) return -EINVAL;
    if (level === SOL_SOCKET) return this.#setOwn(option, length, read);
    if (this.#kind === "unix") return -EOPNOTSUPP;
    switch (level) {
      case SOL_IP:
        return this.#setIp(option, length, read);
      case SOL_TCP:
        if (this.#kind !== "tcp") return -ENOPROTOOPT;
        return setTcp(option, length, read, this.#subject);
      case SOL_UDP:
        return this.#kind === "udp" ? setUdp(option, length, read) : -ENOPROTOOPT;
      default:
        return -ENOPROTOOPT;
    }
  }

  #getSpecial(option: number, length: number): Uint8Array | number | undefined {
    switch (option) {
      case SO_ERROR:
        return cut([this.#subject.takeErrno()], length);
      case SO_BINDTODEVICE:
      case SO_GET_FILTER:
        return new Uint8Array(0);
      case SO_PEERNAME:
        return this.#peerName(length);
      case SO_COOKIE:
        return length < LONG ? -EINVAL : cut([1, 0], length);
      case SO_NETNS_COOKIE:
        return length === LONG ? cut([1, 0], length) : -EINVAL;
      case SO_PEERCRED:
        return cut(this.#isPaired() ? OWN_CREDENTIALS : NO_CREDENTIALS, length);
      case SO_PEERGROUPS:
        return this.#isPaired() ? new Uint8Array(0) : -ENODATA;
      case SO_PEERPIDFD:
        return -ENODATA;
      default:
        return undefined;
    }
  }

  /** Whether the peer is known to be a process of this machine: this one. */
  #isPaired(): boolean {
    return this.#kind === "unix" && this.#subject.peerName() !== undefined;
  }

  #peerName(length: number): Uint8Array | number {
    const name = this.#subject.peerName();
    if (name === undefined) return -ENOTCONN;
    return name.length < length ? -EINVAL : name.subarray(0, length);
  }

  #valueOf(option: number): readonly number[] | number {
    const kind = optionKind(option, this.#kind);
    if (kind === undefined) return -ENOPROTOOPT;
    if (kind.value !== undefined) return this.#words.get(option) ?? kind.value;
    // What is refused to those who set it is refused to those who ask as well.
    const refused = kind.set([0], []);
    return typeof refused === "number" && refused === -EOPNOTSUPP ? refused : -ENOPROTOOPT;
  }

  #setOwn(option: number, length: number, read: ReadOption): number {
    if (option === SO_BINDTODEVICE) return bindToDevice(length, read);
    if (length < WORD) return -EINVAL;
    const first = read(WORD);
    if (first === undefined) return -EFAULT;
    if (option === SO_DETACH_FILTER) return -ENOENT;
    if (option === SO_DEVMEM_DONTNEED && this.#kind !== "tcp") return -EBADF;
    const { mayAdminister } = this.#subject;
    if (option === SO_GET_FILTER && this.#kind === "tcp" && !mayAdminister) return -EPERM;
    if (FILTERS.includes(option)) return attachFilter(length, read);
    if (PROGRAMS.includes(option)) {
      // No descriptor here is of a BPF program.
      return length === WORD && !this.#subject.isOpen(first.getInt32(0, true)) ? -EBADF : -EINVAL;
    }
    if (option === SO_DEVMEM_DONTNEED) return forgetTokens(length, read);
    const kind = optionKind(option, this.#kind);
    const fixed = this.#subject.fixedOption(option) !== undefined && !isSettable(option);
    if (kind === undefined || fixed) return -ENOPROTOOPT;
    return this.#apply(option, kind, length, read);
  }

  #apply(option: number, kind: OptionKind, length: number, read: ReadOption): number {
    if (length < kind.words * WORD) return -EINVAL;
    const wide = option === SO_MAX_PACING_RATE && length >= LONG ? 2 : kind.words;
    const view = read(wide * WORD);
    if (view === undefined) return -EFAULT;
    if (option === SO_TXTIME && length !== LONG) return -EINVAL;
    if (option === SO_INQ && length !== WORD) return -EINVAL;
    const words = Array.from({ length: wide }, (_, index) => view.getInt32(index * WORD, true));
    const denied = this.#subject.mayAdminister ? 0 : socketPrivilege(option, words);
    if (denied < 0) return denied;
    const result = kind.set(words, this.#words.get(option) ?? kind.value ?? []);
    if (typeof result === "number") return result;
    this.#keep(option, result);
    return 0;
  }

  /** Most options of IP take a byte as well. */
  #setIp(option: number, length: number, read: ReadOption): number {
    const administers = this.#subject.mayAdminister;
    const refused = refuseGroups(option, this.#kind === "tcp");
    if (refused < 0) return refused;
    if (option === IP_UNICAST_IF) return setInterface(length, read);
    if (option === IP_LOCAL_PORT_RANGE) return setPortRange(length, read);
    if (option === IP_HEADER_OPTIONS) return setHeaderOptions(length, read, administers);
    const range = IP_OPTIONS.get(option);
    if (range === undefined) {
      return !administers && isPrivilegedIp(option, 0) ? -EPERM : -ENOPROTOOPT;
    }
    if (length === 0 && IP_NOT_EMPTY.includes(option)) return -EINVAL;
    const size = length >= WORD ? WORD : Math.min(length, 1);
    const view = read(size);
    if (view === undefined) return -EFAULT;
    let value = 0;
    if (size === WORD) value = view.getInt32(0, true);
    else if (size === 1) value = view.getUint8(0);
    if (!administers && isPrivilegedIp(option, value)) return -EPERM;
    return isWithin(range, value) ? 0 : -EINVAL;
  }

  #keep(option: number, words: readonly number[]): void {
    this.#words.set(option, words);
    this.#subject.optionChanged(option, words);
  }

  /** What it consists of, for whoever compares states. */
  parts(): readonly unknown[] {
    return [this.#subject, this.#kind, this.#words];
  }
}

const SO_MAX_PACING_RATE = 47;
const SO_TXTIME = 61;
const SO_SNDBUF = 7;
const SO_RCVBUF = 8;

/** Buffer sizes are told by the socket, and set all the same. */
function isSettable(option: number): boolean {
  return option === SO_SNDBUF || option === SO_RCVBUF;
}

function bindToDevice(length: number, read: ReadOption): number {
  if (length === 0) return 0;
  const name = read(Math.min(length, 15));
  if (name === undefined) return -EFAULT;
  return name.getUint8(0) === 0 ? 0 : -ENODEV;
}

/** Streams are of no group, and nobody here knows sources. 0 or an errno. */
function refuseGroups(option: number, stream: boolean): number {
  const [first, last] = IP_SOURCES;
  if (option >= first && option <= last) return -EINVAL;
  if (!stream) return option === IP_MEMBERSHIPS[0] ? -EINVAL : 0;
  if (IP_MEMBERSHIPS.includes(option)) return -EPROTO;
  return IP_OF_GROUPS.includes(option) ? -EINVAL : 0;
}

/** Steps of a filter lie where nobody can have written them. */
function attachFilter(length: number, read: ReadOption): number {
  if (length !== FILTER_SIZE) return -EINVAL;
  const view = read(FILTER_SIZE);
  if (view === undefined) return -EFAULT;
  const steps = view.getUint16(0, true);
  const nowhere = view.getBigUint64(FILTER_ADDRESS, true) === 0n;
  return nowhere || steps === 0 || steps > FILTER_STEPS_MAX ? -EINVAL : -EFAULT;
}

/** There are none to forget. */
function forgetTokens(length: number, read: ReadOption): number {
  if (length % LONG !== 0) return -EINVAL;
  return read(length) === undefined ? -EFAULT : 0;
}

function setTcp(
  option: number,
  length: number,
  read: ReadOption,
  { isClosed, mayAdminister }: OptionSubject,
): number {
  if (option === TCP_CONGESTION || option === TCP_ULP) {
    if (length === 0) return -EINVAL;
    return read(1) === undefined ? -EFAULT : -ENOENT;
  }
  if (option === TCP_FASTOPEN_KEY) return setKey(length, read);
  if (length < WORD) return -EINVAL;
  const view = read(WORD);
  if (view === undefined) return -EFAULT;
  if (!mayAdminister && isPrivilegedTcp(option)) return -EPERM;
  if (TCP_OF_REPAIR.includes(option) || (option === TCP_QUEUE_SEQ && !isClosed)) return -EPERM;
  const value = view.getInt32(0, true);
  const forClosed = option === TCP_FASTOPEN_CONNECT || (option === TCP_WINDOW_CLAMP && value === 0);
  if (forClosed && !isClosed) return -EINVAL;
  const range = TCP_OPTIONS.get(option);
  if (range === undefined) return -ENOPROTOOPT;
  return isWithin(range, value) ? 0 : -EINVAL;
}

/** One or two keys. */
function setKey(length: number, read: ReadOption): number {
  if (length !== FASTOPEN_KEY_BYTES && length !== 2 * FASTOPEN_KEY_BYTES) return -EINVAL;
  return read(length) === undefined ? -EFAULT : 0;
}

/** Only the loopback device is there. */
function setInterface(length: number, read: ReadOption): number {
  if (length !== WORD) return -EINVAL;
  const view = read(WORD);
  if (view === undefined) return -EFAULT;
  return view.getInt32(0, true) === 0 ? 0 : -EADDRNOTAVAIL;
}

/** The lowest port in the lower half, the highest in the upper; 0 is no bound. */
function setPortRange(length: number, read: ReadOption): number {
  if (length !== WORD) return -EINVAL;
  const view = read(WORD);
  if (view === undefined) return -EFAULT;
  const [low, high] = [view.getUint16(0, true), view.getUint16(2, true)];
  return low !== 0 && high !== 0 && low > high ? -EINVAL : 0;
}

function setUdp(option: number, length: number, read: ReadOption): number {
  if (length < WORD) return -EINVAL;
  if (read(WORD) === undefined) return -EFAULT;
  return option === UDP_CORK ? 0 : -ENOPROTOOPT;
}

function cut(words: readonly number[], length: number): Uint8Array {
  const bytes = new Uint8Array(Int32Array.from(words).buffer);
  return bytes.subarray(0, Math.min(length, bytes.length));
}
