/**
 * What the sockets of one world share: the ports, the names of AF_UNIX, and the size of buffers.
 */
import type { DirectoryInode, Volume } from "../inode.ts";
import type { TcpSocket } from "./tcp-socket.ts";
import type { UnixSocket } from "./unix-socket.ts";
import { Ports } from "./ports.ts";

/** Bytes that one direction of a connection holds, unless told otherwise (net.core.wmem_default). */
export const DEFAULT_SOCKET_BUFFER = 212_992;

export class Network {
  readonly volume: Volume;
  readonly root: DirectoryInode;
  readonly bufferSize: number;
  readonly ports: Ports<TcpSocket> = new Ports<TcpSocket>();
  /** Sockets bound to abstract names. */
  readonly abstractNames: Map<string, UnixSocket> = new Map<string, UnixSocket>();
  /** Sockets bound to paths, by the number of the inode that the path leads to. */
  readonly boundInodes: Map<number, UnixSocket> = new Map<number, UnixSocket>();
  /** The number in the next name that is chosen by autobind. */
  nextAutobind = 0;

  constructor(volume: Volume, root: DirectoryInode, bufferSize: number) {
    this.volume = volume;
    this.root = root;
    this.bufferSize = bufferSize;
  }
}
