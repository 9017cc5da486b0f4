/**
 * socket(2): which kinds there are, and the errno for those there are not.
 *
 * Streams and datagrams of AF_INET and AF_INET6, and streams, datagrams and packets of AF_UNIX.
 * Raw sockets and AF_PACKET are EPERM and ping sockets EACCES, as for a caller who may not; MPTCP
 * and SCTP are EPROTONOSUPPORT and other families EAFNOSUPPORT, as on a kernel without them.
 */
import {
  EACCES,
  EAFNOSUPPORT,
  EINVAL,
  EPERM,
  EPROTONOSUPPORT,
  ESOCKTNOSUPPORT,
} from "../../../../spec/errno.ts";
import {
  AF_INET,
  AF_INET6,
  AF_UNIX,
  IPPROTO_TCP,
  IPPROTO_UDP,
  SOCK_CLOEXEC,
  SOCK_DGRAM,
  SOCK_NONBLOCK,
  SOCK_RAW,
  SOCK_SEQPACKET,
  SOCK_STREAM,
} from "../../../../spec/abi/linux.ts";
import type { DirectoryInode, Volume } from "../inode.ts";
import type { InetAddress } from "./address.ts";
import { DEFAULT_SOCKET_BUFFER } from "./network.ts";
import { Ports } from "./ports.ts";
import type { Socket } from "./socket.ts";
import { TcpSocket, type TcpNetwork } from "./tcp-socket.ts";
import { UdpSocket, type UdpNetwork } from "./udp-socket.ts";
import type { UnixNetwork } from "./unix-connection.ts";
import { UnixDatagramSocket } from "./unix-datagram.ts";
import { UnixNames } from "./unix-names.ts";
import { UnixPacketSocket } from "./unix-packet.ts";
import { UnixStream } from "./unix-stream.ts";

const TYPE_MASK = 0xf;
/** SOCK_MAX, NPROTO and IPPROTO_MAX of Linux: beyond them an argument is not even looked up. */
const TYPE_LIMIT = 11;
const DOMAIN_LIMIT = 46;
const PROTOCOL_LIMIT = 263;
/** Families and types that only the privileged may open. */
const AF_PACKET = 17;
const AF_XDP = 44;
const SOCK_PACKET = 10;
const IPPROTO_ICMP = 1;
const IPPROTO_ICMPV6 = 58;
const IPPROTO_UDPLITE = 136;

/** The sockets of one world. */
export class Sockets implements TcpNetwork, UdpNetwork, UnixNetwork {
  readonly volume: Volume;
  readonly root: DirectoryInode;
  readonly bufferSize: number;
  readonly ports: Ports<TcpSocket>;
  readonly names: UnixNames;
  readonly #datagramPorts: Ports<UdpSocket>;
  readonly #litePorts: Ports<UdpSocket>;

  constructor(volume: Volume, root: DirectoryInode, bufferSize: number = DEFAULT_SOCKET_BUFFER) {
    this.volume = volume;
    this.root = root;
    this.bufferSize = bufferSize;
    this.ports = new Ports<TcpSocket>(volume.clock);
    this.#datagramPorts = new Ports<UdpSocket>(volume.clock);
    this.#litePorts = new Ports<UdpSocket>(volume.clock);
    this.names = new UnixNames(volume, root);
  }

  /** socket(2). */
  open(domain: number, type: number, protocol: number): Socket | number {
    if ((type & ~(TYPE_MASK | SOCK_CLOEXEC | SOCK_NONBLOCK)) !== 0) return -EINVAL;
    const kind = type & TYPE_MASK;
    if (domain < 0 || domain >= DOMAIN_LIMIT) return -EAFNOSUPPORT;
    if (kind >= TYPE_LIMIT) return -EINVAL;
    switch (domain) {
      case AF_UNIX:
        if (protocol !== 0 && protocol !== AF_UNIX) return -EPROTONOSUPPORT;
        return this.#openUnix(kind, type);
      case AF_INET:
        return kind === SOCK_PACKET ? -EPERM : this.#openInet(domain, kind, type, protocol);
      case AF_INET6:
        return this.#openInet(domain, kind, type, protocol);
      default:
        return domain === AF_PACKET || domain === AF_XDP ? -EPERM : -EAFNOSUPPORT;
    }
  }

  /** socketpair(2), AF_UNIX: two sockets of `type` (SOCK_*) connected to each other. */
  pair(type: number): [Socket, Socket] {
    switch (type & TYPE_MASK) {
      case SOCK_DGRAM:
        return UnixDatagramSocket.pair(this, type);
      case SOCK_SEQPACKET:
        return UnixPacketSocket.pair(this, type);
      default:
        return UnixStream.pair(this, type);
    }
  }

  #openUnix(kind: number, flags: number): Socket | number {
    switch (kind) {
      case SOCK_STREAM:
        return new UnixStream(this, flags);
      // There is nothing below a datagram, so a raw socket is the same.
      case SOCK_RAW:
      case SOCK_DGRAM:
        return new UnixDatagramSocket(this, flags);
      case SOCK_SEQPACKET:
        return new UnixPacketSocket(this, flags);
      default:
        return -ESOCKTNOSUPPORT;
    }
  }

  #openInet(
    family: InetAddress["family"],
    kind: number,
    flags: number,
    protocol: number,
  ): Socket | number {
    if (protocol < 0 || protocol >= PROTOCOL_LIMIT) return -EINVAL;
    switch (kind) {
      case SOCK_STREAM:
        if (protocol !== 0 && protocol !== IPPROTO_TCP) return -EPROTONOSUPPORT;
        return new TcpSocket(this, family, flags);
      case SOCK_DGRAM:
        return this.#openDatagram(family, flags, protocol);
      case SOCK_RAW:
        return protocol === 0 ? -EPROTONOSUPPORT : -EPERM;
      default:
        return -ESOCKTNOSUPPORT;
    }
  }

  #openDatagram(family: InetAddress["family"], flags: number, protocol: number): Socket | number {
    if (protocol === 0 || protocol === IPPROTO_UDP) {
      return new UdpSocket(this, this.#datagramPorts, family, IPPROTO_UDP, flags);
    }
    if (protocol === IPPROTO_UDPLITE) {
      return new UdpSocket(this, this.#litePorts, family, IPPROTO_UDPLITE, flags);
    }
    const ping = family === AF_INET ? IPPROTO_ICMP : IPPROTO_ICMPV6;
    return protocol === ping ? -EACCES : -EPROTONOSUPPORT;
  }

  /** What it consists of, for whoever compares states. */
  parts(): readonly unknown[] {
    return [this.#datagramPorts, this.#litePorts];
  }
}
