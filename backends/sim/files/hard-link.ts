/** Second names and symbolic links: link(2) and symlink(2). */
import { ENOENT, EPERM, EXDEV } from "../../../spec/errno.ts";
import { newSymlink, touchChanged, type DirectoryInode, type Inode, type Volume } from "./inode.ts";
import { attach, newNamePlace } from "./names.ts";
import type { Last, Walk } from "./walk.ts";

/** Gives a file one more name: not a directory, and within one file system. */
export function addLink(
  volume: Volume,
  inode: Inode,
  walk: Walk,
  start: DirectoryInode,
  path: string,
): number {
  const last = fileNamePlace(walk, start, path);
  if (typeof last === "number") return last;
  if (inode.fileSystem !== last.directory.fileSystem) return -EXDEV;
  if (inode.type === "directory") return -EPERM;
  if (inode.links === 0 && !isLinkable(inode)) return -ENOENT;
  inode.links += 1;
  attach(volume, last.directory, last.name, inode);
  touchChanged(volume, inode);
  return 0;
}

/** Makes a symbolic link to `target`, which is not empty and may lead anywhere. */
export function addSymlink(
  volume: Volume,
  target: string,
  walk: Walk,
  start: DirectoryInode,
  path: string,
): number {
  const last = fileNamePlace(walk, start, path);
  if (typeof last === "number") return last;
  attach(volume, last.directory, last.name, newSymlink(volume, target));
  return 0;
}

/** Where a name comes that is no directory's: ENOENT if a slash says otherwise. */
function fileNamePlace(walk: Walk, start: DirectoryInode, path: string): Last | number {
  const last = newNamePlace(walk, start, path);
  return typeof last !== "number" && last.trailingSlash ? -ENOENT : last;
}

/** Whether a file without a name was made so (O_TMPFILE), and may get one. */
function isLinkable(inode: Inode): boolean {
  return inode.type === "regular" && inode.linkable;
}
