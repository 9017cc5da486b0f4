/**
 * The names of AF_UNIX sockets: paths (an inode in the tree, which outlives the socket) and
 * abstract names (which end with it). Abstract names are of one type of socket each; a path
 * leads to one socket, of whatever type.
 */
import { EADDRINUSE, ECONNREFUSED, EEXIST, EINVAL, EPROTOTYPE } from "../../../../spec/errno.ts";
import { newSocketInode, type DirectoryInode, type Volume } from "../inode.ts";
import { attach, newNamePlace } from "../names.ts";
import { lookup } from "../walk.ts";
import { encodeUnix, parseUnix } from "./address.ts";

/** A socket, as far as names care. */
export interface UnixEndpoint {
  readonly type: number;
}

/** Every name of one world. */
export class UnixNames {
  readonly volume: Volume;
  readonly root: DirectoryInode;
  /** By type and name. */
  readonly #abstract = new Map<string, UnixEndpoint>();
  /** By the number of the inode that the path leads to. */
  readonly #inodes = new Map<number, UnixEndpoint>();
  #nextAutobind = 0;

  constructor(volume: Volume, root: DirectoryInode) {
    this.volume = volume;
    this.root = root;
  }

  /** Who has this name, among sockets of `type`; or an errno. */
  find(name: string, type: number): UnixEndpoint | number {
    if (name.startsWith("\0")) return this.#abstract.get(key(type, name)) ?? -ECONNREFUSED;
    const inode = lookup({ root: this.root, links: 0 }, this.root, name, true);
    if (typeof inode === "number") return inode;
    const found = this.#inodes.get(inode.number);
    if (found === undefined) return -ECONNREFUSED;
    return found.type === type ? found : -EPROTOTYPE;
  }

  /** Gives an abstract name: false if another socket of the type has it. */
  addAbstract(name: string, owner: UnixEndpoint): boolean {
    const at = key(owner.type, name);
    if (this.#abstract.has(at)) return false;
    this.#abstract.set(at, owner);
    return true;
  }

  removeAbstract(name: string, owner: UnixEndpoint): void {
    this.#abstract.delete(key(owner.type, name));
  }

  /** A name of five digits that is free, counted up from 0. */
  newAutobind(type: number): string {
    for (;;) {
      const name = `\0${this.#nextAutobind.toString(16).padStart(5, "0")}`;
      this.#nextAutobind += 1;
      if (!this.#abstract.has(key(type, name))) return name;
    }
  }

  /** Makes the file that a path leads to: the number of its inode, or an errno. */
  addPath(path: string, owner: UnixEndpoint, bound: boolean): number {
    const { volume, root } = this;
    const last = newNamePlace({ root, links: 0 }, root, path);
    if (typeof last === "number") return last === -EEXIST ? -EADDRINUSE : last;
    // The name has to be free before it matters that the socket has one already.
    if (bound) return -EINVAL;
    const inode = newSocketInode(volume, 0o777 & ~volume.umask);
    attach(volume, last.directory, last.name, inode);
    this.#inodes.set(inode.number, owner);
    return inode.number;
  }

  removePath(inode: number): void {
    this.#inodes.delete(inode);
  }

  /** What it consists of, for whoever compares states. */
  parts(): readonly unknown[] {
    return [this.#abstract, this.#inodes, this.#nextAutobind];
  }
}

/** The name of one socket. */
export class UnixBinding {
  readonly #names: UnixNames;
  readonly #owner: UnixEndpoint;
  /** A path, an abstract name that begins with a NUL, or none. */
  #name: string | undefined;
  /** The inode that a path leads to, if this socket was bound to one. */
  #inode: number | undefined;

  constructor(names: UnixNames, owner: UnixEndpoint) {
    this.#names = names;
    this.#owner = owner;
  }

  get isBound(): boolean {
    return this.#name !== undefined;
  }

  /** bind(2). */
  bind(address: Uint8Array): number {
    const name = parseUnix(address);
    if (typeof name === "number") return name;
    if (name === "") return this.#autobind();
    return name.startsWith("\0") ? this.#bindAbstract(name) : this.#bindPath(name);
  }

  /** Has the name of another socket without being found by it, as an accepted one. */
  borrow(other: UnixBinding): void {
    this.#name = other.#name;
  }

  /** The socket is closed; a path stays where it is. */
  release(): void {
    const name = this.#name;
    if (this.#inode !== undefined) {
      this.#names.removePath(this.#inode);
    } else if (name?.startsWith("\0") && this.#names.find(name, this.#owner.type) === this.#owner) {
      this.#names.removeAbstract(name, this.#owner);
    }
  }

  /** As accept(2) and getsockname(2) tell it. */
  encode(): Uint8Array {
    return encodeUnix(this.#name);
  }

  /** As recvmsg(2) tells it: nothing where there is no name. */
  sender(): Uint8Array | undefined {
    return this.#name === undefined ? undefined : encodeUnix(this.#name);
  }

  #autobind(): number {
    if (this.#name !== undefined) return 0;
    return this.#bindAbstract(this.#names.newAutobind(this.#owner.type));
  }

  #bindAbstract(name: string): number {
    if (this.#name !== undefined) return -EINVAL;
    if (!this.#names.addAbstract(name, this.#owner)) return -EADDRINUSE;
    this.#name = name;
    return 0;
  }

  #bindPath(path: string): number {
    const inode = this.#names.addPath(path, this.#owner, this.#name !== undefined);
    if (inode < 0) return inode;
    this.#inode = inode;
    this.#name = path;
    return 0;
  }

  /** What it consists of, for whoever compares states. */
  parts(): readonly unknown[] {
    return [this.#names, this.#owner, this.#name, this.#inode];
  }
}

function key(type: number, name: string): string {
  return `${type}${name}`;
}
