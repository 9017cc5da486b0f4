/**
 * Making and removing names: mkdir(2), unlink(2), rmdir(2).
 *
 * A removed file lives on while something has it open: its inode is reachable from
 * the open file alone.
 */
import { EBUSY, EEXIST, EINVAL, EISDIR, ENOENT, ENOTDIR, ENOTEMPTY } from "../../../spec/errno.ts";
import {
  newDirectory,
  touchChanged,
  touchModified,
  type DirectoryInode,
  type Inode,
  type Volume,
} from "./inode.ts";
import { entry, walkToParent, type Last, type Walk } from "./walk.ts";

const DIRECTORY_PERMISSIONS = 0o1777;

/** Where a new name would come; EEXIST if the path leads to something already. */
export function newNamePlace(walk: Walk, start: DirectoryInode, path: string): Last | number {
  const last = walkToParent(walk, start, path);
  if (typeof last === "number") return last;
  if (last.kind !== "name") return -EEXIST;
  const present = entry(last.directory, last.name);
  if (typeof present === "number") return present;
  return present === undefined ? last : -EEXIST;
}

/** mkdir(2). `mode` is taken before the umask. */
export function makeDirectory(
  volume: Volume,
  walk: Walk,
  start: DirectoryInode,
  path: string,
  mode: number,
): number {
  const last = newNamePlace(walk, start, path);
  if (typeof last === "number") return last;
  const permissions = mode & DIRECTORY_PERMISSIONS & ~volume.umask;
  const inode = newDirectory(volume, permissions, last.directory);
  attach(volume, last.directory, last.name, inode);
  return 0;
}

/** unlink(2): EISDIR for a directory, whatever way it is named. */
export function unlinkFile(
  volume: Volume,
  walk: Walk,
  start: DirectoryInode,
  path: string,
): number {
  const last = walkToParent(walk, start, path);
  if (typeof last === "number") return last;
  if (last.kind !== "name") return -EISDIR;
  const inode = entry(last.directory, last.name) ?? -ENOENT;
  if (typeof inode === "number") return inode;
  if (inode.type === "directory") return -EISDIR;
  if (last.trailingSlash) return -ENOTDIR;
  detach(volume, last.directory, last.name, inode);
  return 0;
}

/** rmdir(2): the directory must be empty; "." is EINVAL, ".." ENOTEMPTY, the root EBUSY. */
export function removeDirectory(
  volume: Volume,
  walk: Walk,
  start: DirectoryInode,
  path: string,
): number {
  const last = walkToParent(walk, start, path);
  if (typeof last === "number") return last;
  if (last.kind === "dotdot") return -ENOTEMPTY;
  if (last.kind === "dot") return -EINVAL;
  if (last.kind === "root") return -EBUSY;
  const inode = entry(last.directory, last.name) ?? -ENOENT;
  if (typeof inode === "number") return inode;
  if (inode.type !== "directory") return -ENOTDIR;
  if (inode.entries.size > 0) return -ENOTEMPTY;
  detach(volume, last.directory, last.name, inode);
  return 0;
}

/** Gives an inode a name that is free. Its own link count is right already. */
export function attach(
  volume: Volume,
  directory: DirectoryInode,
  name: string,
  inode: Inode,
): void {
  directory.entries.set(name, inode);
  if (inode.type === "directory") directory.links += 1;
  else inode.fileSystem = directory.fileSystem;
  touchModified(volume, directory);
}

/** Takes a name away for good; a directory (which is empty) is dead from here on. */
export function detach(
  volume: Volume,
  directory: DirectoryInode,
  name: string,
  inode: Inode,
): void {
  directory.entries.delete(name);
  if (inode.type === "directory") {
    inode.dead = true;
    inode.links = 0;
    directory.links -= 1;
  } else {
    inode.links -= 1;
  }
  touchModified(volume, directory);
  touchChanged(volume, inode);
}
