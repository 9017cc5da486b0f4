/**
 * From a path to an inode (path_resolution(7)).
 *
 * A path is looked at in two halves: `walkToParent` follows everything but the last
 * component, and tells what that one is; each call then does with it what it must.
 * `lookup` is for calls that want the file that is there.
 *
 * The program is root, so no permission is ever missing.
 */
import {
  RESOLVE_BENEATH,
  RESOLVE_IN_ROOT,
  RESOLVE_NO_SYMLINKS,
  RESOLVE_NO_XDEV,
} from "../../../spec/abi/linux.ts";
import { ELOOP, ENAMETOOLONG, ENOENT, ENOTDIR, EXDEV } from "../../../spec/errno.ts";
import type { DirectoryInode, Inode } from "./inode.ts";

/** PATH_MAX without its NUL, in bytes. */
const PATH_LIMIT = 4095;
/** NAME_MAX, in bytes. */
const NAME_LIMIT = 255;
/** Symbolic links that one path may lead through (MAXSYMLINKS of Linux). */
const SYMLINK_LIMIT = 40;

/** The state of one path call. */
export interface Walk {
  readonly root: DirectoryInode;
  /** Symbolic links followed so far. */
  links: number;
  /** RESOLVE_* of openat2(2); other calls have none. */
  readonly resolve?: number;
  /** The directory that RESOLVE_BENEATH and RESOLVE_IN_ROOT hold the path in. */
  readonly scope?: DirectoryInode;
}

/** Where the last component of a path is. */
export interface Last {
  readonly directory: DirectoryInode;
  /** Whether it is a name, or one of the three that lead to a directory by themselves. */
  readonly kind: "name" | "dot" | "dotdot" | "root";
  readonly name: string;
  /** The path ends in a slash: it must be a directory. */
  readonly trailingSlash: boolean;
}

/** A path as the program gave it, one character per byte: or ENOENT (empty), ENAMETOOLONG. */
export function pathString(path: Uint8Array): string | number {
  if (path.length === 0) return -ENOENT;
  return path.length > PATH_LIMIT ? -ENAMETOOLONG : nameString(path);
}

/** Bytes as text, one character per byte. */
export function nameString(name: Uint8Array): string {
  let text = "";
  for (const byte of name) text += String.fromCharCode(byte);
  return text;
}

/** The entry of a directory, or undefined; ENAMETOOLONG, and ENOENT for a removed directory. */
export function entry(directory: DirectoryInode, name: string): Inode | number | undefined {
  if (directory.dead) return -ENOENT;
  if (name.length > NAME_LIMIT) return -ENAMETOOLONG;
  return directory.entries.get(name);
}

/** Follows all but the last component of a path that is not empty. */
export function walkToParent(walk: Walk, start: DirectoryInode, path: string): Last | number {
  let directory = start;
  if (path.startsWith("/")) {
    const root = jumpToRoot(walk, start);
    if (typeof root === "number") return root;
    directory = root;
  }
  let index = skipSlashes(path, 0);
  if (index === path.length) {
    return { directory, kind: "root", name: "", trailingSlash: false };
  }
  for (;;) {
    const slash = path.indexOf("/", index);
    const end = slash < 0 ? path.length : slash;
    const name = path.slice(index, end);
    index = skipSlashes(path, end);
    if (index === path.length) {
      return { directory, kind: kindOf(name), name, trailingSlash: end < path.length };
    }
    const next = step(walk, directory, name);
    if (typeof next === "number") return next;
    directory = next;
  }
}

/**
 * The file at a path that is not empty. A symbolic link at its end is followed if
 * `follow` is set, or if a slash comes after it.
 */
export function lookup(
  walk: Walk,
  start: DirectoryInode,
  path: string,
  follow: boolean,
): Inode | number {
  const last = walkToParent(walk, start, path);
  if (typeof last === "number") return last;
  if (last.kind !== "name") return directoryOf(walk, last);
  let inode = entry(last.directory, last.name) ?? -ENOENT;
  if (typeof inode === "number") return inode;
  if (inode.type === "symlink" && (follow || last.trailingSlash)) {
    const tooMany = countLink(walk);
    if (tooMany < 0) return tooMany;
    inode = lookup(walk, last.directory, inode.target, true);
    if (typeof inode === "number") return inode;
  }
  if (inode.type === "directory" && leavesFileSystem(walk, last.directory, inode)) return -EXDEV;
  return last.trailingSlash && inode.type !== "directory" ? -ENOTDIR : inode;
}

/** One more symbolic link on this path: 0, or -ELOOP. */
export function countLink(walk: Walk): number {
  walk.links += 1;
  const forbidden = ((walk.resolve ?? 0) & RESOLVE_NO_SYMLINKS) !== 0;
  return forbidden || walk.links > SYMLINK_LIMIT ? -ELOOP : 0;
}

/** The directory that a last component other than a name is, or -EXDEV. */
export function directoryOf(walk: Walk, last: Last): DirectoryInode | number {
  return last.kind === "dotdot" ? goUp(walk, last.directory) : last.directory;
}

/** Goes to "..": the root and a scope are their own, but RESOLVE_BENEATH refuses to try. */
function goUp(walk: Walk, directory: DirectoryInode): DirectoryInode | number {
  if (directory === walk.scope) {
    return (walk.resolve ?? 0) & RESOLVE_BENEATH ? -EXDEV : directory;
  }
  const { parent } = directory;
  if (parent === undefined) return directory;
  return leavesFileSystem(walk, directory, parent) ? -EXDEV : parent;
}

/** Goes to "/". The path of the call itself may begin there, even on another file system. */
function jumpToRoot(walk: Walk, from: DirectoryInode): DirectoryInode | number {
  const resolve = walk.resolve ?? 0;
  if (resolve & RESOLVE_BENEATH) return -EXDEV;
  if (resolve & RESOLVE_IN_ROOT) return walk.scope ?? walk.root;
  return walk.links > 0 && leavesFileSystem(walk, from, walk.root) ? -EXDEV : walk.root;
}

/** Whether RESOLVE_NO_XDEV forbids this step. */
export function leavesFileSystem(walk: Walk, from: Inode, to: Inode): boolean {
  return ((walk.resolve ?? 0) & RESOLVE_NO_XDEV) !== 0 && from.fileSystem !== to.fileSystem;
}

/** Goes through a component that is not the last one. */
function step(walk: Walk, directory: DirectoryInode, name: string): DirectoryInode | number {
  if (name === ".") return directory;
  if (name === "..") return goUp(walk, directory);
  const inode = entry(directory, name) ?? -ENOENT;
  if (typeof inode === "number") return inode;
  if (inode.type === "directory") return leavesFileSystem(walk, directory, inode) ? -EXDEV : inode;
  if (inode.type !== "symlink") return -ENOTDIR;
  const tooMany = countLink(walk);
  if (tooMany < 0) return tooMany;
  const target = lookup(walk, directory, inode.target, true);
  if (typeof target === "number") return target;
  return target.type === "directory" ? target : -ENOTDIR;
}

function kindOf(name: string): Last["kind"] {
  if (name === ".") return "dot";
  return name === ".." ? "dotdot" : "name";
}

function skipSlashes(path: string, index: number): number {
  while (path.charCodeAt(index) === 0x2f) index += 1;
  return index;
}
