/** What every socket of one world needs to know of it. */
import type { DirectoryInode, Volume } from "../inode.ts";

/** Bytes that one direction of a connection holds by default (net.core.wmem_default). */
export const DEFAULT_SOCKET_BUFFER = 212_992;

/** The world as its sockets see it. */
export interface Network {
  readonly volume: Volume;
  /** Where the paths of AF_UNIX lead from. */
  readonly root: DirectoryInode;
  readonly bufferSize: number;
}
