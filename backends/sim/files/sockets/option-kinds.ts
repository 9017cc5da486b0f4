/**
 * Socket options as data (socket(7), tcp(7), ip(7)): how each is read and set, as tried on Linux
 * 6.18 by a program that may do everything. What an option does is not said here, and most do
 * nothing on a simulated network.
 */
import { EACCES, EDOM, EINVAL, ENOPROTOOPT, EOPNOTSUPP, EPERM } from "../../../../spec/errno.ts";

/** What setsockopt(2) makes of the words it is given: the words to keep, or an errno. */
export type Setter = (words: readonly number[], before: readonly number[]) => number | number[];

/** One option of SOL_SOCKET. */
export interface OptionKind {
  /** Its value at first, in words of 32 bits; undefined: it cannot be read. */
  readonly value: readonly number[] | undefined;
  /** How many words setting it takes at least. */
  readonly words: number;
  readonly set: Setter;
}

const WMEM_MAX = 4_194_304;
const SMALLEST_SEND = 4608;
const SMALLEST_RECEIVE = 2304;
const HIGHEST_FLAGS = 0x3fff;
const ONE_SECOND = 1_000_000;
/** Which of SO_SNDBUF and SO_RCVBUF are locked. */
const BUFFER_LOCKS = 3;
/** To be told the bytes that are left (AF_UNIX). */
export const SO_INQ = 84;
const SO_TXTIME = 61;
const TXTIME_FLAGS = 3;
const CLOCK_MONOTONIC = 1;
/** CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_TAI. */
const TXTIME_CLOCKS: readonly number[] = [0, CLOCK_MONOTONIC, 11];

const boolean: Setter = ([word = 0]) => [word === 0 ? 0 : 1];
const integer: Setter = ([word = 0]) => [word];
const notNegative: Setter = ([word = 0]) => (word < 0 ? -EINVAL : [word]);
const pair: Setter = ([low = 0, high = 0]) => [low, high];
const ignored: Setter = (_words, before) => [...before];
const locked: Setter = ([word = 0], [before = 0]) => {
  if (before !== 0 && word === 0) return -EPERM;
  return [word === 0 ? 0 : 1];
};
const flags: Setter = ([word = 0]) => (word >>> 0 > HIGHEST_FLAGS ? -EINVAL : [word, 0]);
const atMostOne: Setter = ([word = 0]) => (word >>> 0 > 1 ? -EINVAL : [word]);
const rehash: Setter = ([word = 0]) => {
  if (word < -1 || word > 1) return -EINVAL;
  return [word === -1 ? 1 : word];
};
const reserve: Setter = ([word = 0]) => (word < 0 ? -EINVAL : -EOPNOTSUPP);
const rate: Setter = ([low = 0, high]) => [low, high ?? (low === -1 ? -1 : 0)];
const bufferLock: Setter = ([word = 0]) => ((word & ~BUFFER_LOCKS) === 0 ? [word] : -EINVAL);
const transmitTime: Setter = ([clock = 0, word = 0]) =>
  (word & ~TXTIME_FLAGS) === 0 && TXTIME_CLOCKS.includes(clock) ? [clock, word] : -EINVAL;
const timeout: Setter = ([low = 0, high = 0, micro = 0, rest = 0]) => {
  if (rest !== 0 || micro < 0 || micro >= ONE_SECOND) return -EDOM;
  return [low, high, micro, rest];
};

function refuses(errno: number): Setter {
  return () => -errno;
}

/** The kernel keeps twice what is asked for, within its limits. */
function buffer(smallest: number): Setter {
  return ([word = 0]) => [Math.max(2 * Math.min(word >>> 0, WMEM_MAX), smallest)];
}

function lowest(most: number): Setter {
  return ([word = 0]) => [Math.min(word < 0 ? most : word === 0 ? 1 : word, most)];
}

const NONE: readonly number[] = [0];
const READ_ONLY = refuses(ENOPROTOOPT);

function kind(
  value: readonly number[] | undefined,
  set: Setter,
  words = value === undefined ? 1 : set === READ_ONLY ? 1 : value.length,
): OptionKind {
  return { value, words, set };
}

/** The kinds by option. What a socket has to say is apart. */
const SOCKET_OPTIONS: ReadonlyMap<number, OptionKind> = new Map<number, OptionKind>([
  ...[1, 2, 5, 6, 9, 10, 11, 15, 29, 35, 40, 41, 43, 45, 63, 64, 69, 75, 82].map(
    (option) => [option, kind(NONE, boolean)] as const,
  ),
  ...[12, 36, 42, 49].map((option) => [option, kind(NONE, integer)] as const),
  ...[46, 62].map((option) => [option, kind(NONE, notNegative)] as const),
  ...[32, 33, 53].map((option) => [option, kind(undefined, ignored)] as const),
  ...[16, 34, 76, 83].map((option) => [option, kind(undefined, refuses(EOPNOTSUPP))] as const),
  ...[20, 21, 66, 67].map((option) => [option, kind([0, 0, 0, 0], timeout)] as const),
  ...[37, 65].map((option) => [option, kind([0, 0], flags, 1)] as const),
  [7, kind(NONE, buffer(SMALLEST_SEND))],
  [8, kind(NONE, buffer(SMALLEST_RECEIVE))],
  [13, kind([0, 0], pair)],
  [14, kind(NONE, ignored)],
  [17, kind([0, -1, -1], READ_ONLY)],
  [18, kind([1], lowest(0x7fffffff))],
  [19, kind([1], READ_ONLY)],
  [42, kind([-1], integer)],
  [44, kind(NONE, locked)],
  [47, kind([-1, -1], rate, 1)],
  [48, kind([64], READ_ONLY)],
  [49, kind([-1], integer)],
  [56, kind(NONE, READ_ONLY)],
  [60, kind(NONE, atMostOne)],
  [SO_TXTIME, kind([0, 0], transmitTime)],
  [68, kind(undefined, refuses(EINVAL))],
  [70, kind(undefined, notNegative)],
  [72, kind(NONE, bufferLock)],
  [73, kind(NONE, reserve)],
  [74, kind([1], rehash)],
]);

/** Which sockets differ in their options. */
export type SocketFamily = "tcp" | "udp" | "unix";

const SEGMENT_MAX = 16_777_216;

/** What is another option in TCP, */
const OF_TCP: ReadonlyMap<number, OptionKind> = new Map<number, OptionKind>([
  [18, kind([1], lowest(SEGMENT_MAX))],
]);
/** in UDP, */
const OF_UDP: ReadonlyMap<number, OptionKind> = new Map<number, OptionKind>([
  [74, kind(undefined, refuses(EOPNOTSUPP))],
]);
/** and in AF_UNIX. */
const OF_UNIX: ReadonlyMap<number, OptionKind> = new Map<number, OptionKind>([
  [15, kind(NONE, ([word = 0]) => (word === 0 ? NONE.slice() : -EOPNOTSUPP))],
  ...[16, 34, 76].map((option) => [option, kind(NONE, boolean)] as const),
  [60, kind(NONE, refuses(EOPNOTSUPP))],
  [74, kind(undefined, refuses(EOPNOTSUPP))],
  [83, kind([1], boolean)],
  [SO_INQ, kind(undefined, atMostOne)],
]);
const BY_FAMILY: Readonly<Record<SocketFamily, ReadonlyMap<number, OptionKind>>> = {
  tcp: OF_TCP,
  udp: OF_UDP,
  unix: OF_UNIX,
};

/** What an option of SOL_SOCKET is to a socket; undefined: unknown. */
export function optionKind(option: number, family: SocketFamily): OptionKind | undefined {
  return BY_FAMILY[family].get(option) ?? SOCKET_OPTIONS.get(option);
}

/** A range of values, with further ones: what most options of other levels take. */
type Range = readonly [least: number, most: number, ...others: number[]];
const ANY: Range = [-0x80000000, 0x7fffffff];
const NOT_NEGATIVE: Range = [0, 0x7fffffff];
/** In microseconds; depends on how often the clock of Linux ticks. */
const SHORTEST_DELAY = 4001;

/** What options of SOL_TCP take. */
export const TCP_OPTIONS: ReadonlyMap<number, Range> = new Map<number, Range>([
  ...[1, 3, 8, 9, 10, 12, 25].map((option) => [option, ANY] as const),
  [2, [88, 32_767, 0]],
  ...[4, 5].map((option) => [option, [1, 32_767]] as const),
  ...[6, 7].map((option) => [option, [1, 127]] as const),
  ...[14, 21, 22, 32].map((option) => [option, [1, 0]] as const),
  ...[16, 17, 30, 34, 36].map((option) => [option, [0, 1]] as const),
  ...[18, 23].map((option) => [option, NOT_NEGATIVE] as const),
  [19, [-1, 1]],
  [27, [0, 2]],
  [37, [0, 0xfffffff]],
  [44, [1000, 120_000]],
  ...[45, 46].map((option) => [option, [SHORTEST_DELAY, 200_000]] as const),
]);

/** A copy of `byteLength` bytes of the program's memory, or undefined (EFAULT). */
export type ReadOption = (byteLength: number) => DataView | undefined;

/** What options of SOL_IP take. */
export const IP_OPTIONS: ReadonlyMap<number, Range> = new Map<number, Range>([
  ...[1, 6, 7, 8, 11, 12, 13, 18, 20, 23, 24].map((option) => [option, ANY] as const),
  ...[15, 19, 34].map((option) => [option, ANY] as const),
  [2, [1, 255, -1]],
  [26, [0, 1]],
  ...[5, 25].map((option) => [option, [1, 0]] as const),
  [10, [0, 5]],
  [21, [0, 255]],
  [33, [-1, 255]],
  [49, [0, 1]],
]);

/** Whether an option takes this value. */
export function isWithin([least, most, ...others]: Range, value: number): boolean {
  return (value >= least && value <= most) || others.includes(value);
}

/** What some values of an option are without CAP_NET_ADMIN. */
interface Privilege {
  readonly errno: number;
  readonly needed: (words: readonly number[]) => boolean;
}

const always = (): boolean => true;
const unlessZero = ([word = 0]: readonly number[]): boolean => word !== 0;
const HIGHEST_PRIORITY = 6;

const PRIVILEGED_SOCKET: ReadonlyMap<number, Privilege> = new Map<number, Privilege>([
  [1, { errno: EACCES, needed: unlessZero }],
  [12, { errno: EPERM, needed: ([word = 0]) => word < 0 || word > HIGHEST_PRIORITY }],
  ...[32, 33, 36].map((option) => [option, { errno: EPERM, needed: always }] as const),
  [SO_TXTIME, { errno: EPERM, needed: isForeignClock }],
  [69, { errno: EPERM, needed: unlessZero }],
  [70, { errno: EPERM, needed: ([word = 0]) => word > 0 }],
]);

/** The time of a clock that packet schedulers cannot be trusted with. */
function isForeignClock([clock = 0, word = 0]: readonly number[]): boolean {
  return (word & ~TXTIME_FLAGS) === 0 && clock !== CLOCK_MONOTONIC;
}

/** IP_TRANSPARENT. */
const IP_TRANSPARENT = 19;
/** IP_IPSEC_POLICY, IP_XFRM_POLICY, tables of packet filters. */
const PRIVILEGED_IP: readonly number[] = [16, 17, 64, 65, 96, 97];
/** TCP_REPAIR, TCP_AO_REPAIR. */
const PRIVILEGED_TCP: readonly number[] = [19, 42];

/** The errno of an option of SOL_SOCKET that the program may not set to this value, or 0. */
export function socketPrivilege(option: number, words: readonly number[]): number {
  const privilege = PRIVILEGED_SOCKET.get(option);
  return privilege?.needed(words) === true ? -privilege.errno : 0;
}

/** Whether an option of SOL_IP is for the privileged alone, with this value. */
export function isPrivilegedIp(option: number, value: number): boolean {
  return option === IP_TRANSPARENT ? value !== 0 : PRIVILEGED_IP.includes(option);
}

/** Whether an option of SOL_TCP is for the privileged alone. */
export function isPrivilegedTcp(option: number): boolean {
  return PRIVILEGED_TCP.includes(option);
}
