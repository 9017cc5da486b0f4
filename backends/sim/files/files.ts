/**
 * The simulated kernel's descriptor table and file system: `Files` of the emulator.
 *
 * One tree, made new for every world: `/tmp`, `/dev/null` and `/dev/zero` are there. The
 * working directory is the root, the umask 022, and the program is root itself: nothing
 * answers EACCES, and little EPERM. Names are case-sensitive bytes. Data is on the disk as soon
 * as it is written; unsynced loss is not modelled here.
 */
import { EEXIST, EINVAL, errnoName } from "../../../spec/errno.ts";
import {
  AT_EMPTY_PATH,
  AT_FDCWD,
  AT_REMOVEDIR,
  AT_SYMLINK_FOLLOW,
  AT_SYMLINK_NOFOLLOW,
  O_CREAT,
  O_TRUNC,
  O_WRONLY,
  SOCK_STREAM,
} from "../../../spec/abi/linux.ts";
import type { Capability, Clock, Files, OpenFile } from "../../emulator/host/host.ts";
import { getAttribute, setAttribute } from "./attributes.ts";
import { Descriptors } from "./descriptors.ts";
import { EventDescription } from "./eventfd.ts";
import { addLink, addSymlink } from "./hard-link.ts";
import {
  newAnonymousInode,
  newDevice,
  newDeviceDirectory,
  newDirectory,
  type DirectoryInode,
  type EndpointInode,
  newFifo,
  PIPE_CAPACITY,
  type Inode,
  type Volume,
} from "./inode.ts";
import { attach, makeDirectory, newNamePlace, removeDirectory, unlinkFile } from "./names.ts";
import { EpollFile } from "./epoll.ts";
import { checkOpenFlags, openPath } from "./open.ts";
import { newPipe } from "./pipe.ts";
import { Places } from "./places.ts";
import { RegularFile } from "./regular.ts";
import { checkRenameFlags, renameEntry } from "./rename.ts";
import { Sockets } from "./sockets/create.ts";
import { splice, tee } from "./splice.ts";
import { checkStatx, fillStatx } from "./statx.ts";
import { advise, allocate, syncRange } from "./storage.ts";
import { lookup, nameString, pathString, type Walk } from "./walk.ts";

/** How the world is made. */
export interface SimFilesOptions {
  readonly clock: Clock;
  /** Whether the program has a privilege; it has all of them when left out. */
  readonly capable?: (capability: Capability) => boolean;
  /** RLIMIT_NOFILE: descriptor numbers stay below it. 1024 when left out. */
  readonly descriptorLimit?: number;
  /** The lowest descriptor; 3 when left out. */
  readonly firstDescriptor?: number;
  /** Largest file in bytes; 16 TiB less a page when left out, as on ext4. */
  readonly maxFileSize?: number;
  /** Bytes of storage; 64 GiB when left out. */
  readonly capacity?: number;
  /** Bytes that one direction of a connection holds; 212992 when left out. */
  readonly socketBuffer?: number;
}

const DEFAULT_DESCRIPTOR_LIMIT = 1024;
const DEFAULT_MAX_FILE_SIZE = 2 ** 44 - 4096;
const DEFAULT_CAPACITY = 2 ** 36;
const LINK_FLAGS = AT_SYMLINK_FOLLOW | AT_EMPTY_PATH;
const UMASK = 0o022;

/** Descriptors, tree, pipes and sockets of one world. Nothing in it is shared with another. */
export class SimFiles implements Files {
  readonly #volume: Volume;
  readonly #root: DirectoryInode;
  readonly #descriptors: Descriptors;
  readonly #anonymous: EndpointInode;
  readonly #places: Places;
  readonly #sockets: Sockets;

  constructor(options: SimFilesOptions) {
    this.#volume = {
      clock: options.clock,
      capable: options.capable ?? (() => true),
      isOpen: (fd) => this.#descriptors.get(fd) !== undefined,
      maxFileSize: options.maxFileSize ?? DEFAULT_MAX_FILE_SIZE,
      capacity: options.capacity ?? DEFAULT_CAPACITY,
      umask: UMASK,
      nextInode: 2,
    };
    this.#root = newDirectory(this.#volume, 0o755);
    const limit = options.descriptorLimit ?? DEFAULT_DESCRIPTOR_LIMIT;
    this.#descriptors = new Descriptors(limit, options.firstDescriptor);
    attach(this.#volume, this.#root, "tmp", newDirectory(this.#volume, 0o1777, this.#root));
    const devices = newDeviceDirectory(this.#volume, this.#root);
    attach(this.#volume, this.#root, "dev", devices);
    attach(this.#volume, devices, "null", newDevice(this.#volume, "null"));
    attach(this.#volume, devices, "zero", newDevice(this.#volume, "zero"));
    this.#anonymous = newAnonymousInode(this.#volume);
    this.#places = new Places(this.#root, this.#descriptors, this.#anonymous);
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
  install(file: OpenFile, closeOnExec: boolean, held?: number): number {
    return this.#descriptors.install(file, closeOnExec, held);
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

  open(
    directory: number,
    path: Uint8Array,
    flags: number,
    mode: number,
    resolve = 0,
  ): OpenFile | number {
    const text = pathString(path);
    if (typeof text === "number") return text;
    const refused = checkOpenFlags(flags);
    if (refused < 0) return refused;
    const place = this.#places.place(directory, path, resolve);
    if (typeof place === "number") return place;
    return openPath(this.#volume, place.walk, place.start, text, flags, mode);
  }

  statx(
    directory: number,
    path: Uint8Array,
    flags: number,
    mask: number,
    into: Uint8Array,
  ): number {
    const byDescriptor = path.length === 0 && (flags & AT_EMPTY_PATH) !== 0;
    const text = byDescriptor ? undefined : pathString(path);
    if (typeof text === "number") return text;
    const refused = checkStatx(flags, mask);
    if (refused < 0) return refused;
    const follow = (flags & AT_SYMLINK_NOFOLLOW) === 0;
    const inode = byDescriptor
      ? this.#places.inodeOf(directory)
      : this.#places.find(directory, path, follow);
    if (typeof inode === "number") return inode;
    fillStatx(into, inode, mask, this.#volume.clock);
    return 0;
  }

  unlink(directory: number, path: Uint8Array, flags: number): number {
    if ((flags & ~AT_REMOVEDIR) !== 0) return -EINVAL;
    const place = this.#places.place(directory, path);
    if (typeof place === "number") return place;
    const remove = (flags & AT_REMOVEDIR) !== 0 ? removeDirectory : unlinkFile;
    return remove(this.#volume, place.walk, place.start, place.path);
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
    const from = this.#places.last(oldDirectory, oldPath);
    if (typeof from === "number") return from;
    const to = this.#places.last(newDirectory, newPath);
    if (typeof to === "number") return to;
    return renameEntry(this.#volume, from, to, flags);
  }

  mkdir(directory: number, path: Uint8Array, mode: number): number {
    const place = this.#places.place(directory, path);
    if (typeof place === "number") return place;
    return makeDirectory(this.#volume, place.walk, place.start, place.path, mode);
  }

  link(
    oldDirectory: number,
    oldPath: Uint8Array,
    newDirectory: number,
    newPath: Uint8Array,
    flags: number,
  ): number {
    if ((flags & ~LINK_FLAGS) !== 0) return -EINVAL;
    const byDescriptor = oldPath.length === 0 && (flags & AT_EMPTY_PATH) !== 0;
    const inode = byDescriptor
      ? this.#places.inodeOf(oldDirectory)
      : this.#places.find(oldDirectory, oldPath, (flags & AT_SYMLINK_FOLLOW) !== 0);
    if (typeof inode === "number") return inode;
    const place = this.#places.place(newDirectory, newPath);
    if (typeof place === "number") return place;
    return addLink(this.#volume, inode, place.walk, place.start, place.path);
  }

  symlink(target: Uint8Array, directory: number, path: Uint8Array): number {
    const text = pathString(target);
    if (typeof text === "number") return text;
    const place = this.#places.place(directory, path);
    if (typeof place === "number") return place;
    return addSymlink(this.#volume, text, place.walk, place.start, place.path);
  }

  setAttribute(
    target: OpenFile | Uint8Array,
    name: Uint8Array,
    value: Uint8Array,
    flags: number,
  ): number {
    const inode = this.#target(target);
    if (typeof inode === "number") return inode;
    return setAttribute(this.#volume, inode, nameString(name), value, flags);
  }

  getAttribute(target: OpenFile | Uint8Array, name: Uint8Array): Uint8Array | number {
    const inode = this.#target(target);
    return typeof inode === "number" ? inode : getAttribute(this.#volume, inode, nameString(name));
  }

  allocate(file: OpenFile, mode: number, offset: number, length: number): number {
    const inode = this.#places.inode(file);
    return allocate(this.#volume, inode, file.flags, mode, offset, length);
  }

  syncRange(file: OpenFile, offset: number, length: number, flags: number): number {
    return syncRange(this.#places.inode(file), offset, length, flags);
  }

  advise(file: OpenFile, _offset: number, length: number, advice: number): number {
    return advise(this.#places.inode(file), length, advice);
  }

  splice(
    input: OpenFile,
    inputPosition: number,
    output: OpenFile,
    outputPosition: number,
    length: number,
    flags: number,
  ): number {
    return splice(input, inputPosition, output, outputPosition, length, flags);
  }

  tee(input: OpenFile, output: OpenFile, length: number, flags: number): number {
    return tee(input, output, length, flags);
  }

  pipe(flags: number): { readonly reader: OpenFile; readonly writer: OpenFile } {
    return newPipe(this.#volume, PIPE_CAPACITY, flags);
  }

  socket(domain: number, type: number, protocol: number): OpenFile | number {
    return this.#sockets.open(domain, type, protocol);
  }

  /**
   * pipe2(2): two installed descriptors. For tests and tools: it throws if there are none free.
   *
   * @param flags - O_NONBLOCK
   */
  makePipe(capacity: number = PIPE_CAPACITY, flags = 0): { reader: number; writer: number } {
    const { reader, writer } = newPipe(this.#volume, capacity, flags);
    return { reader: this.#installed(reader), writer: this.#installed(writer) };
  }

  /** epoll_create1(2): an installed descriptor. For tests and tools, as `makePipe`. */
  makeEpoll(): number {
    return this.#installed(new EpollFile(this.#anonymous));
  }

  /** eventfd(2): an installed descriptor. For tests and tools, as `makePipe`. */
  makeEventfd(initial = 0, flags = 0): number {
    return this.#installed(new EventDescription(this.#anonymous, initial, flags));
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

  /** mkfifo(3), from the root. For tests and tools: it throws. */
  makeFifo(path: string): void {
    const place = newNamePlace(this.#walk(), this.#root, byteString(path));
    if (typeof place === "number") throw refusal("make", path, place);
    attach(this.#volume, place.directory, place.name, newFifo(this.#volume, 0o600));
  }

  /** symlink(2), from the root. For tests and tools: it throws. */
  makeSymlink(target: string, path: string): void {
    const result = this.symlink(utf8(target), AT_FDCWD, utf8(path));
    if (result < 0) throw refusal("link", path, result);
  }

  #installed(file: OpenFile): number {
    const fd = this.install(file, false);
    if (fd < 0) throw new Error(`no descriptor: ${errnoName(fd)}`);
    return fd;
  }

  #walk(): Walk {
    return { root: this.#root, links: 0 };
  }

  #target(target: OpenFile | Uint8Array): Inode | number {
    return target instanceof Uint8Array
      ? this.#places.find(AT_FDCWD, target, true)
      : this.#places.inode(target);
  }

  /** What it consists of, for whoever compares states. */
  parts(): readonly unknown[] {
    return [
      this.#volume,
      this.#root,
      this.#descriptors,
      this.#anonymous,
      this.#places,
      this.#sockets,
    ];
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
