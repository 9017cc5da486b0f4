/**
 * open(2): from a path and flags to an open file.
 *
 * The checks come in the order of Linux, since the order decides which errno a
 * call with two faults gets.
 */
import {
  EEXIST,
  EINVAL,
  EISDIR,
  ELOOP,
  ENOENT,
  ENOTDIR,
  ENXIO,
  EXDEV,
} from "../../../spec/errno.ts";
import {
  O_ACCMODE,
  O_CLOEXEC,
  O_CREAT,
  O_DIRECT,
  O_DIRECTORY,
  O_EXCL,
  O_NOCTTY,
  O_NOFOLLOW,
  O_PATH,
  O_RDONLY,
  O_TMPFILE,
  O_TRUNC,
} from "../../../spec/abi/linux.ts";
import { openFifo } from "./fifo.ts";
import {
  newRegular,
  touchModified,
  type DirectoryInode,
  type Inode,
  type Volume,
} from "./inode.ts";
import { attach } from "./names.ts";
import { PathFile, type OpenDescription } from "./open-file.ts";
import { RegularFile } from "./regular.ts";
import { DeviceFile, DirectoryFile } from "./special.ts";
import {
  countLink,
  directoryOf,
  entry,
  leavesFileSystem,
  lookup,
  walkToParent,
  type Last,
  type Walk,
} from "./walk.ts";

/** The bit that O_TMPFILE has beside O_DIRECTORY. */
const TMPFILE_BIT = O_TMPFILE & ~O_DIRECTORY;
const PATH_FLAGS = O_DIRECTORY | O_NOFOLLOW | O_PATH | O_CLOEXEC;
/** Flags that act at open and are not kept. */
const OPENING_FLAGS = O_CREAT | O_EXCL | O_NOCTTY | O_TRUNC | O_CLOEXEC;
const PERMISSIONS = 0o7777;

interface Request {
  readonly flags: number;
  readonly permissions: number;
  readonly follow: boolean;
}

interface Found {
  readonly inode: Inode;
  readonly created: boolean;
}

/**
 * Opens `path` (not empty) relative to `start`. The flags were checked.
 *
 * @param mode - permission bits of a new file, before the umask
 */
export function openPath(
  volume: Volume,
  walk: Walk,
  start: DirectoryInode,
  path: string,
  flags: number,
  mode: number,
): OpenDescription | number {
  const request = requestOf(volume, flags, mode);
  if ((request.flags & O_PATH) !== 0) return openPlace(walk, start, path, request);
  if ((request.flags & TMPFILE_BIT) !== 0) {
    return openTemporary(volume, walk, start, path, request);
  }
  const found = findOrCreate(volume, walk, start, path, request);
  if (typeof found === "number") return found;
  return openFound(volume, found, request.flags);
}

/** The errno of flags that exclude each other, or 0. Checked before the path is followed. */
export function checkOpenFlags(flags: number): number {
  if ((flags & O_PATH) !== 0) return 0;
  if ((flags & O_CREAT) !== 0 && (flags & O_DIRECTORY) !== 0) return -EINVAL;
  if ((flags & TMPFILE_BIT) === 0) return 0;
  return (flags & O_DIRECTORY) === 0 || !wantsWrite(flags & ~O_TRUNC) ? -EINVAL : 0;
}

function requestOf(volume: Volume, given: number, mode: number): Request {
  const flags = (given & O_PATH) !== 0 ? given & PATH_FLAGS : given;
  const exclusive = (flags & O_CREAT) !== 0 && (flags & O_EXCL) !== 0;
  return {
    flags,
    permissions: mode & PERMISSIONS & ~volume.umask,
    follow: !exclusive && (flags & O_NOFOLLOW) === 0,
  };
}

function wantsWrite(flags: number): boolean {
  return (flags & O_ACCMODE) !== O_RDONLY || (flags & O_TRUNC) !== 0;
}

function openPlace(
  walk: Walk,
  start: DirectoryInode,
  path: string,
  request: Request,
): PathFile | number {
  const inode = lookup(walk, start, path, request.follow);
  if (typeof inode === "number") return inode;
  if ((request.flags & O_DIRECTORY) !== 0 && inode.type !== "directory") return -ENOTDIR;
  return new PathFile(inode, request.flags);
}

/** A file without a name, which linkat(2) may give it one unless O_EXCL was said. */
function openTemporary(
  volume: Volume,
  walk: Walk,
  start: DirectoryInode,
  path: string,
  request: Request,
): RegularFile | number {
  const directory = lookup(walk, start, path, request.follow);
  if (typeof directory === "number") return directory;
  if (directory.type !== "directory") return -ENOTDIR;
  const inode = newRegular(volume, request.permissions);
  inode.links = 0;
  inode.linkable = (request.flags & O_EXCL) === 0;
  inode.fileSystem = directory.fileSystem;
  return new RegularFile(volume, inode, request.flags & ~OPENING_FLAGS);
}

function findOrCreate(
  volume: Volume,
  walk: Walk,
  start: DirectoryInode,
  path: string,
  request: Request,
): Found | number {
  const last = walkToParent(walk, start, path);
  if (typeof last === "number") return last;
  if (last.kind !== "name") {
    const directory = directoryOf(walk, last);
    return typeof directory === "number" ? directory : { inode: directory, created: false };
  }
  const creates = (request.flags & O_CREAT) !== 0;
  if (creates && last.trailingSlash) return -EISDIR;
  const inode = entry(last.directory, last.name);
  if (typeof inode === "number") return inode;
  if (inode === undefined) return creates ? create(volume, last, request) : -ENOENT;
  if (inode.type === "symlink" && (request.follow || last.trailingSlash)) {
    const tooMany = countLink(walk);
    if (tooMany < 0) return tooMany;
    // What lies behind the link is opened as if its path had been given, and so may be created.
    const follow = { ...request, follow: true };
    const found = findOrCreate(volume, walk, last.directory, inode.target, follow);
    return last.trailingSlash ? mustBeDirectory(found) : found;
  }
  if (inode.type === "directory" && leavesFileSystem(walk, last.directory, inode)) return -EXDEV;
  return last.trailingSlash
    ? mustBeDirectory({ inode, created: false })
    : { inode, created: false };
}

function mustBeDirectory(found: Found | number): Found | number {
  if (typeof found === "number" || found.inode.type === "directory") return found;
  return -ENOTDIR;
}

function create(volume: Volume, last: Last, request: Request): Found {
  const inode = newRegular(volume, request.permissions);
  attach(volume, last.directory, last.name, inode);
  return { inode, created: true };
}

function openFound(volume: Volume, found: Found, flags: number): OpenDescription | number {
  const { inode, created } = found;
  if ((flags & O_CREAT) !== 0 && !created) {
    if ((flags & O_EXCL) !== 0) return -EEXIST;
    if (inode.type === "directory") return -EISDIR;
  }
  if ((flags & O_DIRECTORY) !== 0 && inode.type !== "directory") return -ENOTDIR;
  const kept = flags & ~OPENING_FLAGS;
  const unfit = (flags & O_DIRECT) !== 0 && inode.type !== "regular";
  switch (inode.type) {
    case "symlink":
      return -ELOOP;
    case "directory":
      if (wantsWrite(flags)) return -EISDIR;
      return unfit ? -EINVAL : new DirectoryFile(inode, kept);
    case "device":
      if (inode.device === "whiteout") return -ENXIO;
      return unfit ? -EINVAL : new DeviceFile(inode, kept);
    case "fifo":
      return openFifo(inode, kept);
    case "pipe":
    case "socket":
    case "anonymous":
      return -ENXIO;
    case "regular":
      break;
  }
  if ((flags & O_TRUNC) !== 0 && !created) {
    inode.content.resize(0);
    touchModified(volume, inode);
  }
  return new RegularFile(volume, inode, kept);
}
