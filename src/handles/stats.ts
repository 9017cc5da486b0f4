import { S_IFDIR, S_IFIFO, S_IFLNK, S_IFMT, S_IFREG, S_IFSOCK } from "../../spec/abi/linux.ts";

// Byte offsets in `struct statx` (statx(2)).
const BLKSIZE = 4;
const NLINK = 16;
const UID = 20;
const GID = 24;
const MODE = 28;
const INO = 32;
const SIZE = 40;
const BLOCKS = 48;
const ATIME = 64;
const BTIME = 80;
const CTIME = 96;
const MTIME = 112;
const DEV_MAJOR = 136;
const DEV_MINOR = 140;

function u64(view: DataView, at: number): number {
  return view.getUint32(at, true) + view.getUint32(at + 4, true) * 2 ** 32;
}

function milliseconds(view: DataView, at: number): number {
  const seconds = view.getUint32(at, true) + view.getInt32(at + 4, true) * 2 ** 32;
  return seconds * 1000 + view.getUint32(at + 8, true) / 1e6;
}

/** What statx(2) says of a file, with the names of Node's `fs.Stats`. */
export class Stats {
  /** File type and permission bits. */
  readonly mode: number;
  /** Bytes. */
  readonly size: number;
  readonly ino: number;
  /** Device of the file system: major times 2^20 plus minor. */
  readonly dev: number;
  readonly nlink: number;
  readonly uid: number;
  readonly gid: number;
  readonly blksize: number;
  /** Units of 512 bytes. */
  readonly blocks: number;
  /** Milliseconds since 1970. */
  readonly atimeMs: number;
  readonly mtimeMs: number;
  readonly ctimeMs: number;
  readonly birthtimeMs: number;

  /** @param statx - a `struct statx` as the kernel filled it; copied, not kept */
  constructor(statx: DataView) {
    this.mode = statx.getUint16(MODE, true);
    this.size = u64(statx, SIZE);
    this.ino = u64(statx, INO);
    this.dev = statx.getUint32(DEV_MAJOR, true) * 2 ** 20 + statx.getUint32(DEV_MINOR, true);
    this.nlink = statx.getUint32(NLINK, true);
    this.uid = statx.getUint32(UID, true);
    this.gid = statx.getUint32(GID, true);
    this.blksize = statx.getUint32(BLKSIZE, true);
    this.blocks = u64(statx, BLOCKS);
    this.atimeMs = milliseconds(statx, ATIME);
    this.mtimeMs = milliseconds(statx, MTIME);
    this.ctimeMs = milliseconds(statx, CTIME);
    this.birthtimeMs = milliseconds(statx, BTIME);
  }

  isFile(): boolean {
    return this.#is(S_IFREG);
  }

  isDirectory(): boolean {
    return this.#is(S_IFDIR);
  }

  isSymbolicLink(): boolean {
    return this.#is(S_IFLNK);
  }

  isFIFO(): boolean {
    return this.#is(S_IFIFO);
  }

  isSocket(): boolean {
    return this.#is(S_IFSOCK);
  }

  #is(type: number): boolean {
    return (this.mode & S_IFMT) === type;
  }
}
