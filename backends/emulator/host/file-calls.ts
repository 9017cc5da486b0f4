/**
 * System calls on files that io_uring only hands on: what `Files` answers beside reads and writes.
 *
 * A result is 0, a count or a negative errno, as the call of the name gives it. Positions and
 * lengths are signed 64-bit numbers of the program and come unchecked.
 */
import type { OpenFile } from "./open-file.ts";

/** Answer of `splice` and `tee`: nothing could move before the input has something to give. */
export const WAITS_FOR_INPUT = -0x7ffffff0;
/** Answer of `splice` and `tee`: nothing could move before the output has room. */
export const WAITS_FOR_OUTPUT = -0x7ffffff1;

/** Calls on open files. */
export interface FileCalls {
  /** fallocate(2): `mode` is FALLOC_FL_*. */
  allocate(file: OpenFile, mode: number, offset: number, length: number): number;
  /** sync_file_range(2). */
  syncRange(file: OpenFile, offset: number, length: number, flags: number): number;
  /** posix_fadvise(2), with the error as a negative number. */
  advise(file: OpenFile, offset: number, length: number, advice: number): number;
  /**
   * splice(2). A position of -1 is none.
   *
   * @param flags - SPLICE_F_*; where neither they nor O_NONBLOCK of a pipe forbid it, the answer
   * may be WAITS_FOR_INPUT or WAITS_FOR_OUTPUT instead of -EAGAIN
   */
  splice(
    input: OpenFile,
    inputPosition: number,
    output: OpenFile,
    outputPosition: number,
    length: number,
    flags: number,
  ): number;
  /** tee(2). May wait as `splice`. */
  tee(input: OpenFile, output: OpenFile, length: number, flags: number): number;
  /** pipe2(2): the two ends, which belong to the caller. `flags` were checked. */
  pipe(flags: number): { readonly reader: OpenFile; readonly writer: OpenFile };
}

/** Calls on names. Directories and paths are as `Files` takes them. */
export interface NameCalls {
  /** linkat(2): `flags` are AT_*. */
  link(
    oldDirectory: number,
    oldPath: Uint8Array,
    newDirectory: number,
    newPath: Uint8Array,
    flags: number,
  ): number;
  /** symlinkat(2): `path` becomes a symbolic link to `target`. */
  symlink(target: Uint8Array, directory: number, path: Uint8Array): number;
  /**
   * setxattr(2) and fsetxattr(2).
   *
   * @param target - an open file, or a path from the working directory; links are followed
   * @param name - 1 to 255 bytes
   */
  setAttribute(
    target: OpenFile | Uint8Array,
    name: Uint8Array,
    value: Uint8Array,
    flags: number,
  ): number;
  /** getxattr(2) and fgetxattr(2): the value, not to be changed, or -errno. */
  getAttribute(target: OpenFile | Uint8Array, name: Uint8Array): Uint8Array | number;
}
