/**
 * Where the paths of a call begin and lead: descriptors and AT_FDCWD, as path calls take them.
 */
import { AT_FDCWD, RESOLVE_BENEATH, RESOLVE_IN_ROOT } from "../../../spec/abi/linux.ts";
import { EBADF, ENOTDIR } from "../../../spec/errno.ts";
import type { OpenFile } from "../../emulator/host/host.ts";
import type { Descriptors } from "./descriptors.ts";
import type { DirectoryInode, Inode } from "./inode.ts";
import { OpenDescription } from "./open-file.ts";
import { lookup, pathString, walkToParent, type Last, type Walk } from "./walk.ts";

/** A path and the directory that it starts from. */
export interface Place {
  readonly walk: Walk;
  readonly start: DirectoryInode;
  /** Not empty. */
  readonly path: string;
}

/** Finds what the paths of one world mean. The working directory is the root. */
export class Places {
  readonly #root: DirectoryInode;
  readonly #descriptors: Descriptors;
  /** What open files that are of no file system show. */
  readonly #anonymous: Inode;

  constructor(root: DirectoryInode, descriptors: Descriptors, anonymous: Inode) {
    this.#root = root;
    this.#descriptors = descriptors;
    this.#anonymous = anonymous;
  }

  /**
   * The beginning of a path: an absolute one does not even look at the descriptor.
   *
   * @param resolve - RESOLVE_* of openat2(2)
   */
  place(directory: number, path: Uint8Array, resolve = 0): Place | number {
    const text = pathString(path);
    if (typeof text === "number") return text;
    const scoped = (resolve & (RESOLVE_BENEATH | RESOLVE_IN_ROOT)) !== 0;
    const absolute = text.startsWith("/") && (resolve & RESOLVE_IN_ROOT) === 0;
    const start = absolute ? this.#root : this.#directory(directory);
    if (typeof start === "number") return start;
    const walk = { root: this.#root, links: 0, resolve };
    return { walk: scoped ? { ...walk, scope: start } : walk, start, path: text };
  }

  /** What a path leads to. */
  find(directory: number, path: Uint8Array, follow: boolean): Inode | number {
    const place = this.place(directory, path);
    if (typeof place === "number") return place;
    return lookup(place.walk, place.start, place.path, follow);
  }

  /** All but the last component of a path. */
  last(directory: number, path: Uint8Array): Last | number {
    const place = this.place(directory, path);
    return typeof place === "number" ? place : walkToParent(place.walk, place.start, place.path);
  }

  /** What a descriptor or AT_FDCWD stands for. */
  inodeOf(fd: number): Inode | number {
    if (fd === AT_FDCWD) return this.#root;
    const file = this.#descriptors.get(fd);
    return file === undefined ? -EBADF : this.inode(file);
  }

  /** What an open file is of. */
  inode(file: OpenFile): Inode {
    return file instanceof OpenDescription ? file.inode : this.#anonymous;
  }

  #directory(fd: number): DirectoryInode | number {
    const inode = this.inodeOf(fd);
    if (typeof inode === "number") return inode;
    return inode.type === "directory" ? inode : -ENOTDIR;
  }

  /** What it consists of, for whoever compares states. */
  parts(): readonly unknown[] {
    return [this.#root, this.#descriptors, this.#anonymous];
  }
}
