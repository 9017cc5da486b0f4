/** Calls on paths: the path travels in memory that the operation owns. */
import { AT_FDCWD, AT_REMOVEDIR, AT_SYMLINK_NOFOLLOW } from "../../spec/abi/linux.ts";
import type { Engine } from "../engine/engine.ts";
import type { Operation, OperationKind } from "../engine/operation.ts";
import { Descriptor } from "../handles/descriptor.ts";
import { FileHandle } from "../handles/file-handle.ts";
import { openFlags, type OpenFlags } from "../handles/open-flags.ts";
import type { Stats } from "../handles/stats.ts";
import { MKDIR, OPEN, RENAME, UNLINK } from "../operations/plain.ts";
import { STAT, STATX_BYTES } from "../operations/stat.ts";
import { checkCount, checkFlags, encodePath } from "../validate.ts";
import { withoutResult } from "./files.ts";
import { type Abortable, checkOptions } from "./options.ts";

const MODE_MASK = 0o7777;
const DEFAULT_FILE_MODE = 0o666;
const DEFAULT_DIRECTORY_MODE = 0o777;

/** A slot for an operation on `path`, with room for `before` bytes ahead of it. */
function begin(engine: Engine, kind: OperationKind, path: string, before = 0): Operation {
  const bytes = encodePath(kind.name, path);
  const operation = engine.begin(kind);
  const scratch = engine.scratch(operation, before + bytes.length);
  new Uint8Array(scratch.buffer).set(bytes, before);
  operation.address = operation.scratch?.address ?? 0;
  operation.path = path;
  return operation;
}

/** Options of `Ring.open`-like calls that make something. */
export interface ModeOptions extends Abortable {
  /** Permission bits, less the umask. */
  readonly mode?: number | undefined;
}

/** See `Ring.openFile`. */
export function openFile<Id>(
  engine: Engine,
  path: string,
  flags: OpenFlags,
  options: ModeOptions,
): Promise<FileHandle<Id>> {
  const signal = checkOptions("open", options);
  const bits = openFlags(flags);
  const mode = checkCount("open", "mode", options.mode ?? DEFAULT_FILE_MODE, MODE_MASK);
  const operation = begin(engine, OPEN, path);
  operation.flags = bits;
  operation.extra = mode;
  const opened = engine.launch<number>(operation, signal);
  return opened.then((fd) => new FileHandle<Id>(new Descriptor(engine, fd, "file")));
}

/** See `Ring.unlink` and `Ring.rmdir`. */
export function unlink(
  engine: Engine,
  path: string,
  directory: boolean,
  options: Abortable,
): Promise<void> {
  const signal = checkOptions("unlink", options);
  const operation = begin(engine, UNLINK, path);
  operation.flags = directory ? AT_REMOVEDIR : 0;
  return withoutResult(engine.launch(operation, signal));
}

/** See `Ring.rename`. */
export function rename(
  engine: Engine,
  from: string,
  to: string,
  options: Abortable & { readonly flags?: number | undefined },
): Promise<void> {
  const signal = checkOptions("rename", options);
  const flags = checkFlags("rename", options.flags);
  const target = encodePath("rename", to);
  const operation = begin(engine, RENAME, from, target.length);
  const { scratch } = operation;
  if (scratch !== undefined) new Uint8Array(scratch.region.buffer).set(target);
  operation.extra = operation.address;
  operation.address += target.length;
  operation.dest = to;
  operation.flags = flags;
  return withoutResult(engine.launch(operation, signal));
}

/** See `Ring.mkdir`. */
export function mkdir(engine: Engine, path: string, options: ModeOptions): Promise<void> {
  const signal = checkOptions("mkdir", options);
  const mode = checkCount("mkdir", "mode", options.mode ?? DEFAULT_DIRECTORY_MODE, MODE_MASK);
  const operation = begin(engine, MKDIR, path);
  operation.extra = mode;
  return withoutResult(engine.launch(operation, signal));
}

/** See `Ring.stat` and `Ring.lstat`. */
export function stat(
  engine: Engine,
  path: string,
  follow: boolean,
  options: Abortable,
): Promise<Stats> {
  const signal = checkOptions("stat", options);
  const operation = begin(engine, STAT, path, STATX_BYTES);
  operation.fd = AT_FDCWD;
  operation.flags = follow ? 0 : AT_SYMLINK_NOFOLLOW;
  return engine.launch(operation, signal);
}
