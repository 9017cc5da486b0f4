/**
 * rename(2), with RENAME_NOREPLACE, RENAME_EXCHANGE and RENAME_WHITEOUT.
 *
 * The checks come in the order of Linux.
 */
import {
  EBUSY,
  EEXIST,
  EINVAL,
  EISDIR,
  ENOENT,
  ENOTDIR,
  ENOTEMPTY,
  EXDEV,
} from "../../../spec/errno.ts";
import { RENAME_EXCHANGE, RENAME_NOREPLACE, RENAME_WHITEOUT } from "../../../spec/abi/linux.ts";
import {
  newWhiteout,
  touchChanged,
  touchModified,
  type DirectoryInode,
  type Inode,
  type Volume,
} from "./inode.ts";
import { attach, detach } from "./names.ts";
import { entry, type Last } from "./walk.ts";

/** The errno of flags that do not go together or do not exist, or 0. */
export function checkRenameFlags(flags: number): number {
  const known = RENAME_NOREPLACE | RENAME_EXCHANGE | RENAME_WHITEOUT;
  if ((flags & ~known) !== 0) return -EINVAL;
  const exchange = (flags & RENAME_EXCHANGE) !== 0;
  return exchange && (flags & ~RENAME_EXCHANGE) !== 0 ? -EINVAL : 0;
}

/** Moves what `from` names to `to`. The flags were checked. */
export function renameEntry(volume: Volume, from: Last, to: Last, flags: number): number {
  const exchange = (flags & RENAME_EXCHANGE) !== 0;
  const keep = (flags & RENAME_NOREPLACE) !== 0;
  if (from.directory.fileSystem !== to.directory.fileSystem) return -EXDEV;
  if (from.kind !== "name") return -EBUSY;
  if (to.kind !== "name") return keep ? -EEXIST : -EBUSY;
  const source = entry(from.directory, from.name) ?? -ENOENT;
  if (typeof source === "number") return source;
  const target = entry(to.directory, to.name);
  if (typeof target === "number") return target;
  if (keep && target !== undefined) return -EEXIST;
  if (exchange && target === undefined) return -ENOENT;
  const refused = checkPlaces(from, to, source, target, exchange);
  if (refused < 0) return refused;
  if (source === target) return 0;
  if (exchange && target !== undefined) {
    swap(volume, from, to, source, target);
    return 0;
  }
  const unfit = target === undefined ? 0 : checkReplacement(source, target);
  if (unfit < 0) return unfit;
  move(volume, from, to, source, target);
  if ((flags & RENAME_WHITEOUT) !== 0) {
    attach(volume, from.directory, from.name, newWhiteout(volume));
  }
  return 0;
}

/** Slashes after what is no directory, and directories that would come to lie in themselves. */
function checkPlaces(
  from: Last,
  to: Last,
  source: Inode,
  target: Inode | undefined,
  exchange: boolean,
): number {
  if (exchange && target?.type !== "directory" && to.trailingSlash) return -ENOTDIR;
  if (source.type !== "directory") {
    if (from.trailingSlash || (!exchange && to.trailingSlash)) return -ENOTDIR;
  }
  if (source.type === "directory" && isWithin(to.directory, source)) return -EINVAL;
  if (target?.type === "directory" && isWithin(from.directory, target)) {
    return exchange ? -EINVAL : -ENOTEMPTY;
  }
  return 0;
}

function checkReplacement(source: Inode, target: Inode): number {
  if (source.type === "directory") {
    if (target.type !== "directory") return -ENOTDIR;
    return target.entries.size > 0 ? -ENOTEMPTY : 0;
  }
  return target.type === "directory" ? -EISDIR : 0;
}

function isWithin(directory: DirectoryInode, ancestor: DirectoryInode): boolean {
  let at: DirectoryInode | undefined = directory;
  while (at !== undefined && at !== ancestor) at = at.parent;
  return at === ancestor;
}

function move(volume: Volume, from: Last, to: Last, source: Inode, target?: Inode): void {
  if (target !== undefined) detach(volume, to.directory, to.name, target);
  from.directory.entries.delete(from.name);
  if (source.type === "directory") from.directory.links -= 1;
  attach(volume, to.directory, to.name, source);
  if (source.type === "directory") source.parent = to.directory;
  touchModified(volume, from.directory);
  touchChanged(volume, source);
}

function swap(volume: Volume, from: Last, to: Last, source: Inode, target: Inode): void {
  place(from.directory, from.name, target, source);
  place(to.directory, to.name, source, target);
  for (const directory of [from.directory, to.directory]) touchModified(volume, directory);
  for (const inode of [source, target]) touchChanged(volume, inode);
}

function place(directory: DirectoryInode, name: string, inode: Inode, before: Inode): void {
  directory.entries.set(name, inode);
  if (before.type === "directory") directory.links -= 1;
  if (inode.type !== "directory") return;
  directory.links += 1;
  inode.parent = directory;
}
