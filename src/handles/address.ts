/**
 * Socket addresses: what people write, and the `struct sockaddr_*` that the
 * kernel takes. Names are not resolved here; `node:dns` does that.
 */
import { AF_INET, AF_INET6, AF_UNIX } from "../../spec/abi/linux.ts";
import { RingError } from "../errors.ts";
import { describe } from "../validate.ts";
import { formatIpv6, parseIpv4, parseIpv6 } from "./ip-address.ts";

/** An Internet address, or the path of a UNIX socket. */
export type SocketAddress =
  { readonly host?: string | undefined; readonly port: number } | { readonly path: string };

/** Room for any socket address: `sizeof(struct sockaddr_storage)`. */
export const SOCKADDR_BYTES = 128;
const UNIX_PATH_BYTES = 108;
const LOOPBACK = "127.0.0.1";

function refuse(message: string): never {
  throw new RingError("ERR_RING_INVALID_ARGUMENT", message);
}

function encodeUnix(path: string): Uint8Array {
  if (typeof path !== "string" || path.includes("\0")) {
    const message = `a path must be a string without NUL bytes; got ${describe(path)}`;
    throw new RingError("ERR_RING_PATH", message);
  }
  const bytes = new TextEncoder().encode(path);
  if (bytes.length === 0 || bytes.length >= UNIX_PATH_BYTES) {
    refuse(
      `a UNIX socket path has 1 to ${String(UNIX_PATH_BYTES - 1)} bytes; got ${describe(path)}`,
    );
  }
  const sockaddr = new Uint8Array(2 + bytes.length + 1);
  new DataView(sockaddr.buffer).setUint16(0, AF_UNIX, true);
  sockaddr.set(bytes, 2);
  return sockaddr;
}

function encodeInet(host: string, port: number): Uint8Array {
  if (typeof host !== "string") refuse(`the host must be a string; got ${describe(host)}`);
  if (!Number.isInteger(port) || port < 0 || port > 0xffff) {
    refuse(`a port is a whole number from 0 to 65535; got ${describe(port)}`);
  }
  const quad = parseIpv4(host);
  const groups = quad === undefined ? parseIpv6(host) : undefined;
  const view = new DataView(new ArrayBuffer(quad === undefined ? 28 : 16));
  view.setUint16(2, port, false); // network order
  if (quad !== undefined) {
    view.setUint16(0, AF_INET, true);
    quad.forEach((byte, index) => {
      view.setUint8(4 + index, byte);
    });
  } else if (groups !== undefined) {
    view.setUint16(0, AF_INET6, true);
    groups.forEach((group, index) => {
      view.setUint16(8 + 2 * index, group, false);
    });
  } else {
    refuse(`the host must be an IP address, not a name (resolve it first); got ${describe(host)}`);
  }
  return new Uint8Array(view.buffer);
}

/** The `struct sockaddr_in`, `sockaddr_in6` or `sockaddr_un` of an address. */
export function encodeAddress(address: SocketAddress): Uint8Array {
  if (typeof address !== "object" || (address as unknown) === null) {
    refuse(`an address is { host, port } or { path }; got ${describe(address)}`);
  }
  if ("path" in address) return encodeUnix(address.path);
  return encodeInet(address.host ?? LOOPBACK, address.port);
}

/** The address family of an encoded address: AF_INET, AF_INET6 or AF_UNIX. */
export function familyOf(sockaddr: Uint8Array): number {
  return (sockaddr[0] ?? 0) | ((sockaddr[1] ?? 0) << 8);
}

/** What a peer's sockaddr says, or undefined when it says nothing (an unnamed UNIX socket). */
export function decodeAddress(view: DataView, length: number): SocketAddress | undefined {
  if (length < 2) return undefined;
  const family = view.getUint16(0, true);
  if (family === AF_INET) {
    const bytes = [4, 5, 6, 7].map((at) => view.getUint8(at));
    return { host: bytes.join("."), port: view.getUint16(2, false) };
  }
  if (family === AF_INET6) {
    const groups = [8, 10, 12, 14, 16, 18, 20, 22].map((at) => view.getUint16(at, false));
    return { host: formatIpv6(groups), port: view.getUint16(2, false) };
  }
  if (family !== AF_UNIX || length <= 2) return undefined;
  const path = new Uint8Array(view.buffer, view.byteOffset + 2, length - 2);
  return { path: new TextDecoder().decode(path).replace(/\0.*$/s, "") };
}
