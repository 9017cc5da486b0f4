/**
 * Inodes: what a file is, apart from its names and from who has it open.
 *
 * Plain data. A directory maps names to inodes; a name is kept byte for byte, as a
 * string with one character per byte. Times are nanoseconds of the monotonic
 * clock: what statx shows adds the realtime offset (a double would not hold the sum).
 */
import { S_IFCHR, S_IFDIR, S_IFIFO, S_IFLNK, S_IFREG, S_IFSOCK } from "../../../spec/abi/linux.ts";
import type { Capability, Clock } from "../../emulator/host/host.ts";
import { Content } from "./content.ts";
import { PIPE_SLOT, PipeBuffer } from "./pipe-buffer.ts";

/** Bytes that a new pipe holds. */
export const PIPE_CAPACITY = 65_536;

/** The tree, but for /dev. */
export const FILE_SYSTEM_ROOT = 0;
/** /dev, which is mounted there. */
const FILE_SYSTEM_DEVICES = 1;
/** What has no name: pipes, sockets, eventfds, rings. */
export const FILE_SYSTEM_NONE = 2;

interface Attributes {
  readonly number: number;
  /** Type (S_IF*) and permission bits. */
  readonly mode: number;
  /** Names that lead here; a directory counts 2, and 1 for each directory in it. */
  links: number;
  accessed: number;
  modified: number;
  changed: number;
  readonly born: number;
  /** FILE_SYSTEM_*: names and renames do not lead from one into another. */
  fileSystem: number;
  /** Extended attributes by name, one character per byte; made with the first one. */
  extended: Map<string, Uint8Array> | undefined;
}

/** A file with bytes. */
export interface RegularInode extends Attributes {
  readonly type: "regular";
  readonly content: Content;
  /** Made without a name (O_TMPFILE), and may be given one: linkat(2). */
  linkable: boolean;
}

/** A directory, in one place of the tree: there are no hard links to it. */
export interface DirectoryInode extends Attributes {
  readonly type: "directory";
  readonly entries: Map<string, Inode>;
  /** What ".." is; undefined for the root, where ".." stays. */
  parent: DirectoryInode | undefined;
  /** Removed while something still has it open: nothing can be made in it. */
  dead: boolean;
}

/** A symbolic link; `target` as it was given, one character per byte. */
export interface SymlinkInode extends Attributes {
  readonly type: "symlink";
  readonly target: string;
}

/** One of the devices there are: the last is what RENAME_WHITEOUT leaves, and cannot be opened. */
export interface DeviceInode extends Attributes {
  readonly type: "device";
  readonly device: "null" | "zero" | "whiteout";
  readonly major: number;
  readonly minor: number;
}

/** A pipe, a socket (open, or the name that one was bound to), or a file without a type. */
export interface EndpointInode extends Attributes {
  readonly type: "pipe" | "socket" | "anonymous";
}

/** A pipe with a name. */
export interface FifoInode extends Attributes {
  readonly type: "fifo";
  readonly pipe: PipeBuffer;
}

/** Whatever a name or an open file can lead to. */
export type Inode =
  RegularInode | DirectoryInode | SymlinkInode | DeviceInode | EndpointInode | FifoInode;

/** What the files of one world have in common. */
export interface Volume {
  readonly clock: Clock;
  /** Whether the program has a privilege. */
  readonly capable: (capability: Capability) => boolean;
  /** Whether the program has this descriptor. */
  readonly isOpen: (fd: number) => boolean;
  /** The largest size of a file, in bytes. */
  readonly maxFileSize: number;
  /** Bytes of storage that there are. Not counted down: no call may ask for more at once. */
  readonly capacity: number;
  /** Bits that open(2) and mkdir(2) take away from a mode. */
  readonly umask: number;
  /** The number that the next inode gets. */
  nextInode: number;
}

const NAMELESS = { fileSystem: FILE_SYSTEM_NONE } as const;

function attributes(volume: Volume, mode: number, links: number): Attributes {
  const now = volume.clock.monotonic();
  const number = volume.nextInode++;
  return {
    number,
    mode,
    links,
    accessed: now,
    modified: now,
    changed: now,
    born: now,
    fileSystem: FILE_SYSTEM_ROOT,
    extended: undefined,
  };
}

/** An empty file, which has no name yet but counts the one it gets. */
export function newRegular(volume: Volume, permissions: number): RegularInode {
  const base = attributes(volume, S_IFREG | permissions, 1);
  return { ...base, type: "regular", content: new Content(), linkable: false };
}

/** A directory that is not in its parent yet; without one it is the root. */
export function newDirectory(
  volume: Volume,
  permissions: number,
  parent?: DirectoryInode,
): DirectoryInode {
  const base = attributes(volume, S_IFDIR | permissions, 2);
  base.fileSystem = parent?.fileSystem ?? FILE_SYSTEM_ROOT;
  return { ...base, type: "directory", entries: new Map(), parent, dead: false };
}

/** A symbolic link, which has no name yet. */
export function newSymlink(volume: Volume, target: string): SymlinkInode {
  return { ...attributes(volume, S_IFLNK | 0o777, 1), type: "symlink", target };
}

/** What is mounted at /dev. */
export function newDeviceDirectory(volume: Volume, parent: DirectoryInode): DirectoryInode {
  return { ...newDirectory(volume, 0o755, parent), fileSystem: FILE_SYSTEM_DEVICES };
}

/** What RENAME_WHITEOUT leaves behind: a character device 0, 0. */
export function newWhiteout(volume: Volume): DeviceInode {
  const base = attributes(volume, S_IFCHR, 1);
  return { ...base, type: "device", device: "whiteout", major: 0, minor: 0 };
}

/** /dev/null (1, 3) or /dev/zero (1, 5). */
export function newDevice(volume: Volume, device: "null" | "zero"): DeviceInode {
  const base = attributes(volume, S_IFCHR | 0o666, 1);
  return { ...base, type: "device", device, major: 1, minor: device === "null" ? 3 : 5 };
}

/** What both ends of a pipe show. */
export function newPipeInode(volume: Volume): EndpointInode {
  return { ...attributes(volume, S_IFIFO | 0o600, 1), ...NAMELESS, type: "pipe" };
}

/** A FIFO, which has no name yet but counts the one it gets. */
export function newFifo(volume: Volume, permissions: number): FifoInode {
  const pipe = new PipeBuffer(PIPE_CAPACITY / PIPE_SLOT);
  return { ...attributes(volume, S_IFIFO | permissions, 1), type: "fifo", pipe };
}

/** A socket; or, once it is attached to a directory, the file that a path of AF_UNIX leads to. */
export function newSocketInode(volume: Volume, permissions: number): EndpointInode {
  return { ...attributes(volume, S_IFSOCK | permissions, 1), ...NAMELESS, type: "socket" };
}

/** What statx shows of open files that are not of this file system, such as rings. */
export function newAnonymousInode(volume: Volume): EndpointInode {
  return { ...attributes(volume, 0o600, 1), ...NAMELESS, type: "anonymous" };
}

/** The content or the entries changed. */
export function touchModified(volume: Volume, inode: Inode): void {
  inode.modified = inode.changed = volume.clock.monotonic();
}

/** The inode itself changed: its links, its name. */
export function touchChanged(volume: Volume, inode: Inode): void {
  inode.changed = volume.clock.monotonic();
}

const DAY = 86_400e9;

/** The content was read. As with "relatime": only if it changed since, or a day ago. */
export function touchAccessed(volume: Volume, inode: Inode): void {
  const now = volume.clock.monotonic();
  const { accessed, modified, changed } = inode;
  if (accessed <= modified || accessed <= changed || now - accessed >= DAY) inode.accessed = now;
}
