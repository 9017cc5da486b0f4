/**
 * The simulated kernel's descriptor table and file system: `Files` of the emulator.
 *
 * One tree, made new for every world: `/tmp`, `/dev/null` and `/dev/zero` are there. The
 * working directory is the root, the umask 022, and the program is root itself: nothing
 * answers EACCES or EPERM. Names are case-sensitive bytes. Data is on the disk as soon
 * as it is written; unsynced loss is not modelled here.
 */
import { EBADF, EEXIST, EINVAL, ENOTDIR, errnoName } from "../../../spec/errno.ts";
import {
  AT_EMPTY_PATH,
  AT_FDCWD,
  AT_REMOVEDIR,
  AT_SYMLINK_NOFOLLOW,
  O_CREAT,
  O_TRUNC,
  O_WRONLY,
  SOCK_STREAM,
} from "../../../spec/abi/linux.ts";
import type { Clock, Files, OpenFile } from "../../emulator/host.ts";
import { Descriptors } from "./descriptors.ts";
import {
  newAnonymousInode,
  newDevice,
  newDirectory,
  newSymlink,
  type DirectoryInode,
  type EndpointInode,
  type Inode,
  type Volume,
} from "./inode.ts";
import { attach, makeDirectory, removeDirectory, unlinkFile } from "./names.ts";
import { EpollFile } from "./epoll.ts";
import { OpenDescription } from "./open-file.ts";
import { checkOpenFlags, openPath } from "./open.ts";
import { newPipe } from "./pipe.ts";
import { RegularFile } from "./regular.ts";
import { checkRenameFlags, renameEntry } from "./rename.ts";
import { Sockets } from "./sockets/create.ts";
import { checkStatx, fillStatx } from "./statx.ts";
import { lookup, pathString, walkToParent, type Last, type Walk } from "./walk.ts";

/** How the world is made. */
export interface SimFilesOptions {
  readonly clock: Clock;
  /** RLIMIT_NOFILE: descriptor numbers stay below it. 1024 when left out. */
  readonly descriptorLimit?: number;
  /** Largest file in bytes; 16 TiB less a page when left out, as on ext4. */
  readonly maxFileSize?: number;
  /** Bytes that one direction of a connection holds; 212992 when left out. */
  readonly socketBuffer?: number;
}

const DEFAULT_DESCRIPTOR_LIMIT = 1024;
const DEFAULT_MAX_FILE_SIZE = 2 ** 44 - 4096;
const DEFAULT_PIPE_CAPACITY = 65_536;
const UMASK = 0o022;

/** Descriptors, tree, pipes and sockets of one world. Nothing in it is shared with another. */
export class SimFiles implements Files {
  readonly #volume: Volume;
  readonly #root: DirectoryInode;
  readonly #descriptors: Descriptors;
  readonly #anonymous: EndpointInode;
  readonly #sockets: Sockets;

  constructor(options: SimFilesOptions) {
    this.#volume = {
      clock: options.clock,
      maxFileSize: options.maxFileSize ?? DEFAULT_MAX_FILE_SIZE,
      umask: UMASK,
      nextInode: 2,
    };
    this.#root = newDirectory(this.#volume, 0o755);
    this.#descriptors = new Descriptors(options.descriptorLimit ?? DEFAULT_DESCRIPTOR_LIMIT);
    attach(this.#volume, this.#root, "tmp", newDirectory(this.#volume, 0o1777, this.#root));
    const devices = newDirectory(this.#volume, 0o755, this.#root);
    attach(this.#volume, this.#root, "dev", devices);
    attach(this.#volume, devices, "null", newDevice(this.#volume, "null"));
    attach(this.#volume, devices, "zero", newDevice(this.#volume, "zero"));
    this.#anonymous = newAnonymousInode(this.#volume);
    this.#sockets = new Sockets(this.#volume, this.#root, options.socketBuffer);
  }

  get(fd: number): OpenFile | undefined {
    return this.#descriptors.get(fd);
  }

  get isFull(): boolean {
    return this.#descriptors.isFull;
  }

  get descriptorLimit(): number {
    return this.#descriptors.limit;
  }

  /** setrlimit(2) of RLIMIT_NOFILE. What is open stays open. */
  set descriptorLimit(limit: number) {
    this.#descriptors.limit = limit;
  }

  /** As the interface says; on -EMFILE the caller still has its reference. */
  install(file: OpenFile, closeOnExec: boolean): number {
    return this.#descriptors.install(file, closeOnExec);
  }

  close(fd: number): number {
    return this.#descriptors.close(fd);
  }

  /** The open descriptors, in order: what a test compares before and after. */
  openDescriptors(): number[] {
    return this.#descriptors.open();
  }

  /** FD_CLOEXEC of an open descriptor; undefined if it is not open. */
  closeOnExec(fd: number): boolean | undefined {
    return this.#descriptors.closeOnExec(fd);
  }

  open(directory: number, path: Uint8Array, flags: number, mode: number): OpenFile | number {
    const text = pathString(path);
    if (typeof text === "number") return text;
    const refused = checkOpenFlags(flags);
    if (refused < 0) return refused;
    const start = this.#start(directory, text);
    if (typeof start === "number") return start;
    return openPath(this.#volume, this.#walk(), start, text, flags, mode);
  }

  statx(
    directory: number,
    path: Uint8Array,
    flags: number,
    mask: number,
    into: Uint8Array,
  ): number {
    const byDescriptor = path.length === 0 && (flags & AT_EMPTY_PATH) !== 0;
    const place = byDescriptor ? undefined : pathString(path);
    if (typeof place === "number") return place;
    const refused = checkStatx(flags, mask);
    if (refused < 0) return refused;
    const inode = byDescriptor ? this.#inodeOf(directory) : this.#find(directory, path, flags);
    if (typeof inode === "number") return inode;
    fillStatx(into, inode, mask, this.#volume.clock);
    return 0;
  }

  unlink(directory: number, path: Uint8Array, flags: number): number {
    if ((flags & ~AT_REMOVEDIR) !== 0) return -EINVAL;
    const place = this.#place(directory, path);
    if (typeof place === "number") return place;
    const remove = (flags & AT_REMOVEDIR) !== 0 ? removeDirectory : unlinkFile;
    return remove(this.#volume, this.#walk(), place.start, place.path);
  }

  rename(
    oldDirectory: number,
    oldPath: Uint8Array,
    newDirectory: number,
    newPath: Uint8Array,
    flags: number,
  ): number {
    const oldText = pathString(oldPath);
    if (typeof oldText === "number") return oldText;
    const newText = pathString(newPath);
    if (typeof newText === "number") return newText;
    const refused = checkRenameFlags(flags);
    if (refused < 0) return refused;
    const from = this.#last(oldDirectory, oldText);
    if (typeof from === "number") return from;
    const to = this.#last(newDirectory, newText);
    if (typeof to === "number") return to;
    return renameEntry(this.#volume, from, to, flags);
  }

  mkdir(directory: number, path: Uint8Array, mode: number): number {
    const place = this.#place(directory, path);
    if (typeof place === "number") return place;
    return makeDirectory(this.#volume, this.#walk(), place.start, place.path, mode);
  }

  socket(domain: number, type: number, protocol: number): OpenFile | number {
    return this.#sockets.open(domain, type, protocol);
  }

  /** pipe(2): two installed descriptors. For tests and tools: it throws if there are none free. */
  makePipe(capacity: number = DEFAULT_PIPE_CAPACITY): { reader: number; writer: number } {
    const { reader, writer } = newPipe(this.#volume, capacity);
    return { reader: this.#installed(reader), writer: this.#installed(writer) };
  }

  /** epoll_create1(2): an installed descriptor. For tests and tools, as `makePipe`. */
  makeEpoll(): number {
    return this.#installed(new EpollFile(this.#anonymous));
  }

  /** socketpair(2), AF_UNIX: two installed descriptors. For tests and tools, as `makePipe`. */
  makeSocketPair(type: number = SOCK_STREAM): { left: number; right: number } {
    const [left, right] = this.#sockets.pair(type);
    return { left: this.#installed(left), right: this.#installed(right) };
  }

  /** Makes a file or replaces its bytes. For tests and tools: it throws. */
  writeFile(path: string, bytes: Uint8Array): void {
    const flags = O_WRONLY | O_CREAT | O_TRUNC;
    const file = this.open(AT_FDCWD, utf8(path), flags, 0o644);
    if (!(file instanceof RegularFile)) throw refusal("write", path, file);
    file.inode.content.write(0, bytes);
    file.release();
  }

  /** A copy of a file's bytes. For tests and tools: it throws. */
  readFile(path: string): Uint8Array {
    const inode = lookup(this.#walk(), this.#root, path === "" ? "." : byteString(path), true);
    if (typeof inode === "number" || inode.type !== "regular") {
      throw refusal("read", path, inode);
    }
    return inode.content.slice(0, inode.content.size).slice();
  }

  /** The names in a directory, sorted. For tests and tools: it throws. */
  readDirectory(path: string): string[] {
    const inode = lookup(this.#walk(), this.#root, byteString(path), true);
    if (typeof inode === "number" || inode.type !== "directory") {
      throw refusal("list", path, inode);
    }
    return [...inode.entries.keys()].map(textOf).sort();
  }

  /** Whether a path leads to something, symbolic links followed. */
  exists(path: string): boolean {
    return typeof lookup(this.#walk(), this.#root, byteString(path), true) !== "number";
  }

  /** Makes a directory and those above it that are missing. For tests and tools: it throws. */
  mkdirp(path: string): void {
    const parts = path.split("/").filter((part) => part !== "");
    for (let i = 1; i <= parts.length; i++) {
      const result = this.mkdir(AT_FDCWD, utf8(`/${parts.slice(0, i).join("/")}`), 0o755);
      if (result < 0 && result !== -EEXIST) throw refusal("make", path, result);
    }
  }

  /** symlink(2): makes `path` a symbolic link to `target`. For tests and tools: it throws. */
  symlink(target: string, path: string): void {
    const last = walkToParent(this.#walk(), this.#root, byteString(path));
    if (typeof last === "number" || last.kind !== "name" || last.trailingSlash) {
      throw refusal("link", path, last);
    }
    if (target === "" || last.directory.entries.has(last.name)) {
      throw refusal("link", path, -EEXIST);
    }
    attach(this.#volume, last.directory, last.name, newSymlink(this.#volume, byteString(target)));
  }

  #installed(file: OpenFile): number {
    const fd = this.install(file, false);
    if (fd < 0) throw new Error(`no descriptor: ${errnoName(fd)}`);
    return fd;
  }

  #walk(): Walk {
    return { root: this.#root, links: 0 };
  }

  #place(directory: number, path: Uint8Array): { start: DirectoryInode; path: string } | number {
    const text = pathString(path);
    if (typeof text === "number") return text;
    const start = this.#start(directory, text);
    return typeof start === "number" ? start : { start, path: text };
  }

  /** Where a path begins: an absolute one does not even look at the descriptor. */
  #start(directory: number, path: string): DirectoryInode | number {
    if (path.startsWith("/")) return this.#root;
    const inode = this.#inodeOf(directory);
    if (typeof inode === "number") return inode;
    return inode.type === "directory" ? inode : -ENOTDIR;
  }

  #inodeOf(fd: number): Inode | number {
    if (fd === AT_FDCWD) return this.#root;
    const file = this.get(fd);
    if (file === undefined) return -EBADF;
    return file instanceof OpenDescription ? file.inode : this.#anonymous;
  }

  #find(directory: number, path: Uint8Array, flags: number): Inode | number {
    const place = this.#place(directory, path);
    if (typeof place === "number") return place;
    const follow = (flags & AT_SYMLINK_NOFOLLOW) === 0;
    return lookup(this.#walk(), place.start, place.path, follow);
  }

  #last(directory: number, path: string): Last | number {
    const start = this.#start(directory, path);
    return typeof start === "number" ? start : walkToParent(this.#walk(), start, path);
  }
}

function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function byteString(text: string): string {
  const path = pathString(utf8(text));
  if (typeof path === "number") throw refusal("find", text, path);
  return path;
}

function textOf(name: string): string {
  return new TextDecoder().decode(Uint8Array.from(name, (character) => character.charCodeAt(0)));
}

function refusal(verb: string, path: string, result: unknown): Error {
  const reason = typeof result === "number" ? errnoName(result) : "not that kind of file";
  return new Error(`cannot ${verb} ${JSON.stringify(path)}: ${reason}`);
}
