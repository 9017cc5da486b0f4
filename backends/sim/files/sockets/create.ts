/**
 * socket(2): which kinds there are, and the errno for those there are not.
 *
 * Stream sockets of AF_INET, AF_INET6 and AF_UNIX. The other types that Linux has for these
 * families (datagram, raw, sequenced packet) are ESOCKTNOSUPPORT, its answer for a type that
 * a family lacks; MPTCP and SCTP are EPROTONOSUPPORT, as on a kernel built without them.
 */
import { EAFNOSUPPORT, EINVAL, EPROTONOSUPPORT, ESOCKTNOSUPPORT } from "../../../../spec/errno.ts";
import {
  AF_INET,
  AF_INET6,
  AF_UNIX,
  IPPROTO_TCP,
  SOCK_CLOEXEC,
  SOCK_NONBLOCK,
  SOCK_STREAM,
} from "../../../../spec/abi/linux.ts";
import type { DirectoryInode, Volume } from "../inode.ts";
import { DEFAULT_SOCKET_BUFFER } from "./network.ts";
import { Ports } from "./ports.ts";
import type { StreamSocket } from "./stream-socket.ts";
import { TcpSocket, type TcpNetwork } from "./tcp-socket.ts";
import { UnixSocket, type UnixNetwork } from "./unix-socket.ts";

const TYPE_MASK = 0xf;
/** SOCK_MAX, NPROTO and IPPROTO_MAX of Linux: beyond them an argument is not even looked up. */
const TYPE_LIMIT = 11;
const PROTOCOL_LIMIT = 263;

/** The sockets of one world. */
export class Sockets implements TcpNetwork, UnixNetwork {
  readonly volume: Volume;
  readonly root: DirectoryInode;
  readonly bufferSize: number;
  readonly ports: Ports<TcpSocket> = new Ports<TcpSocket>();
  readonly abstractNames: Map<string, UnixSocket> = new Map<string, UnixSocket>();
  readonly boundInodes: Map<number, UnixSocket> = new Map<number, UnixSocket>();
  nextAutobind = 0;

  constructor(volume: Volume, root: DirectoryInode, bufferSize: number = DEFAULT_SOCKET_BUFFER) {
    this.volume = volume;
    this.root = root;
    this.bufferSize = bufferSize;
  }

  /** socket(2). */
  open(domain: number, type: number, protocol: number): StreamSocket | number {
    if ((type & ~(TYPE_MASK | SOCK_CLOEXEC | SOCK_NONBLOCK)) !== 0) return -EINVAL;
    const kind = type & TYPE_MASK;
    if (domain !== AF_INET && domain !== AF_INET6 && domain !== AF_UNIX) return -EAFNOSUPPORT;
    if (kind >= TYPE_LIMIT) return -EINVAL;
    if (domain === AF_UNIX) {
      if (protocol !== 0 && protocol !== AF_UNIX) return -EPROTONOSUPPORT;
      return kind === SOCK_STREAM ? new UnixSocket(this, type) : -ESOCKTNOSUPPORT;
    }
    if (protocol < 0 || protocol >= PROTOCOL_LIMIT) return -EINVAL;
    if (kind !== SOCK_STREAM) return -ESOCKTNOSUPPORT;
    if (protocol !== 0 && protocol !== IPPROTO_TCP) return -EPROTONOSUPPORT;
    return new TcpSocket(this, domain, type);
  }

  /** socketpair(2), AF_UNIX: two sockets connected to each other. */
  pair(): [StreamSocket, StreamSocket] {
    return UnixSocket.pair(this, 0);
  }
}
