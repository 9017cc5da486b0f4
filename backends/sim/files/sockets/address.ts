/**
 * Socket addresses: `struct sockaddr_in`, `sockaddr_in6` and `sockaddr_un`, read and written.
 */
import { EADDRNOTAVAIL, EAFNOSUPPORT, EINVAL } from "../../../../spec/errno.ts";
import { AF_INET, AF_INET6, AF_UNIX, AF_UNSPEC } from "../../../../spec/abi/linux.ts";

/** sizeof(struct sockaddr_storage): no call takes a longer address. */
const ADDRESS_LIMIT = 128;

const INET_LENGTH = 16;
const INET_HOST = 4;
/** struct sockaddr_in6 without its scope, which RFC 2133 did not have. */
const INET6_LENGTH = 24;
const INET6_FULL_LENGTH = 28;
const INET6_HOST = 8;
const UNIX_LIMIT = 110;
const UNIX_PATH = 2;

/** An Internet address. `host` is the bytes of the address, one character each. */
export interface InetAddress {
  readonly family: typeof AF_INET | typeof AF_INET6;
  readonly host: string;
  readonly port: number;
}

/** INADDR_ANY and its like: all addresses of this machine. */
export const ANY_HOST: Readonly<Record<InetAddress["family"], string>> = {
  [AF_INET]: "\0\0\0\0",
  [AF_INET6]: "\0".repeat(16),
};

/** 127.0.0.1 and ::1. */
export const LOOPBACK_HOST: Readonly<Record<InetAddress["family"], string>> = {
  [AF_INET]: "\x7f\0\0\x01",
  [AF_INET6]: `${"\0".repeat(15)}\x01`,
};

/** Whether the address is one of this machine's: 127.0.0.0/8, or ::1. */
export function isLocal(address: InetAddress): boolean {
  if (address.family === AF_INET) return address.host.startsWith("\x7f");
  return address.host === LOOPBACK_HOST[AF_INET6];
}

/** Whether the address is the wildcard of its family. */
export function isAny(address: InetAddress): boolean {
  return address.host === ANY_HOST[address.family];
}

/** Whether nobody in particular has the address, but everybody: of IPv4 alone. */
export function isBroadcast(address: InetAddress): boolean {
  return address.host === "\xff\xff\xff\xff" || address.host === "\x7f\xff\xff\xff";
}

/** Whether the address is that of a group: 224.0.0.0/4, or ff00::/8. */
function isMulticast(address: InetAddress): boolean {
  const first = address.host.charCodeAt(0);
  return address.family === AF_INET ? first >> 4 === 0xe : first === 0xff;
}

/**
 * The sockaddr that bind(2) takes for a socket of `family`; EINVAL, EAFNOSUPPORT, EADDRNOTAVAIL.
 */
export function parseBind(bytes: Uint8Array, family: InetAddress["family"]): InetAddress | number {
  let wanted = parseInet(bytes, family);
  if (wanted === -EAFNOSUPPORT && family === AF_INET && sockaddrFamily(bytes) === AF_UNSPEC) {
    // The wildcard without a family, as old programs give it.
    const named = bytes.slice();
    named[0] = AF_INET;
    wanted = parseInet(named, family);
    if (typeof wanted !== "number" && !isAny(wanted)) return -EAFNOSUPPORT;
  }
  if (typeof wanted === "number") return wanted;
  const known = isAny(wanted) || isLocal(wanted) || isBroadcast(wanted) || isMulticast(wanted);
  return known ? wanted : -EADDRNOTAVAIL;
}

/** The sockaddr for a socket of `family`; EINVAL (length) or EAFNOSUPPORT. */
export function parseInet(bytes: Uint8Array, family: InetAddress["family"]): InetAddress | number {
  const needed = family === AF_INET ? INET_LENGTH : INET6_LENGTH;
  if (bytes.length < needed || bytes.length > ADDRESS_LIMIT) return -EINVAL;
  if (sockaddrFamily(bytes) !== family) return -EAFNOSUPPORT;
  const port = new DataView(bytes.buffer, bytes.byteOffset).getUint16(2, false);
  const host =
    family === AF_INET
      ? byteString(bytes.subarray(INET_HOST, INET_HOST + 4))
      : byteString(bytes.subarray(INET6_HOST, INET6_HOST + 16));
  return { family, host, port };
}

/** The sockaddr that accept(2) gives. */
export function encodeInet(address: InetAddress): Uint8Array {
  const isV4 = address.family === AF_INET;
  const bytes = new Uint8Array(isV4 ? INET_LENGTH : INET6_FULL_LENGTH);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, address.family, true);
  view.setUint16(2, address.port, false);
  bytes.set(bytesOf(address.host), isV4 ? INET_HOST : INET6_HOST);
  return bytes;
}

/**
 * The name in a sockaddr_un: a path, or an abstract name, which begins with a NUL (unix(7)).
 * EINVAL for every fault; an address that is nothing but its family is "" (autobind).
 */
export function parseUnix(bytes: Uint8Array): string | number {
  if (bytes.length < UNIX_PATH || bytes.length > UNIX_LIMIT) return -EINVAL;
  if (sockaddrFamily(bytes) !== AF_UNIX) return -EINVAL;
  const name = bytes.subarray(UNIX_PATH);
  if (name.length === 0 || name[0] === 0) return byteString(name);
  const end = name.indexOf(0);
  return byteString(end < 0 ? name : name.subarray(0, end));
}

/** The sockaddr_un of a name; of a socket without one, the family alone. */
export function encodeUnix(name: string | undefined): Uint8Array {
  const isPath = name !== undefined && !name.startsWith("\0");
  const path = bytesOf(isPath ? `${name}\0` : (name ?? ""));
  const bytes = new Uint8Array(UNIX_PATH + path.length);
  bytes[0] = AF_UNIX;
  bytes.set(path, UNIX_PATH);
  return bytes;
}

/** The family that a sockaddr of two bytes or more begins with. */
export function sockaddrFamily(bytes: Uint8Array): number {
  return (bytes[0] ?? 0) | ((bytes[1] ?? 0) << 8);
}

function byteString(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}

function bytesOf(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}
