/** RWF_*: what reads and writes may ask of their file (preadv2(2); RW-19 to RW-22). */
import {
  RWF_APPEND,
  RWF_ATOMIC,
  RWF_DONTCACHE,
  RWF_DSYNC,
  RWF_HIPRI,
  RWF_NOAPPEND,
  RWF_NOSIGNAL,
  RWF_NOWAIT,
  RWF_SYNC,
} from "../../../spec/abi/linux.ts";
import { EINVAL, EOPNOTSUPP } from "../../../spec/errno.ts";
import type { OpenFile } from "../host.ts";

const KNOWN =
  RWF_HIPRI |
  RWF_DSYNC |
  RWF_SYNC |
  RWF_NOWAIT |
  RWF_APPEND |
  RWF_NOAPPEND |
  RWF_ATOMIC |
  RWF_DONTCACHE |
  RWF_NOSIGNAL;
const EXCLUSIVE = RWF_APPEND | RWF_NOAPPEND;

/** Whether `file` can do what the flags ask. 0, -EOPNOTSUPP or -EINVAL. */
export function checkFlags(flags: number, file: OpenFile): number {
  if (flags === 0) return 0;
  if (flags & ~KNOWN) return -EOPNOTSUPP;
  if ((flags & EXCLUSIVE) === EXCLUSIVE) return -EINVAL;
  if (flags & RWF_NOWAIT && mayBlock(file)) return -EOPNOTSUPP;
  // No file here writes atomically.
  if (flags & RWF_ATOMIC) return -EOPNOTSUPP;
  return flags & RWF_DONTCACHE && file.kind !== "regular" ? -EOPNOTSUPP : 0;
}

/** Whether a write goes to the end of its file; undefined where the file itself says so. */
export function appends(flags: number): boolean | undefined {
  if (flags & RWF_APPEND) return true;
  return flags & RWF_NOAPPEND ? false : undefined;
}

/** Files that never promise not to block: RWF_NOWAIT means nothing to them. */
function mayBlock(file: OpenFile): boolean {
  return file.kind === "directory" || file.kind === "ring";
}
