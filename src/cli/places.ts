/**
 * Which files `cp SRC DST` is about, and which it refuses: sources that may never end, and
 * destinations that a rename would destroy.
 */
import { randomBytes } from "node:crypto";
import type { Stats } from "node:fs";
import { access, chmod, chown, constants, lstat, realpath, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { attempt, explain, Failure } from "./exit.ts";
import { quote } from "./quote.ts";

const PERMISSIONS = 0o777;
/** The copy of a file that exists is nobody else's until it has that file's permissions. */
const PRIVATE = 0o600;
const NAME_MAX = 255;

/** The files of one copy. */
export interface Places {
  readonly source: string;
  /** Bytes that the source says it has. */
  readonly size: number;
  /** As a user would write it: in a directory, with the source's name. */
  readonly destination: string;
  /** The file itself, at the end of symbolic links. */
  readonly target: string;
  /** Where the data goes until it is whole: in the same directory, with a name of its own. */
  readonly partial: string;
  /** The file that will be replaced, if there is one. */
  readonly replaced: Stats | undefined;
  /** Permission bits to make the partial file with, less the umask. */
  readonly mode: number;
}

function kindOf(stats: Stats): string {
  if (stats.isDirectory()) return "directory";
  if (stats.isFIFO()) return "FIFO";
  if (stats.isSocket()) return "socket";
  return stats.isCharacterDevice() ? "character device" : "block device";
}

async function statSource(source: string): Promise<Stats> {
  const stats = await stat(source).catch((error: unknown) => {
    if (source !== "-") throw explain(`read ${quote(source)}`, error);
    throw new Failure("cannot read '-': there is no file of that name", {
      advice: "cp copies files, not standard input.",
    });
  });
  if (stats.isFile()) return stats;
  throw new Failure(`${quote(source)} is a ${kindOf(stats)}; cp copies regular files`, {
    advice: stats.isDirectory() ? undefined : "It might never end.",
  });
}

/** The stats of what `path` names, undefined where it names nothing. */
async function statIfThere(
  path: string,
  inquire: (path: string) => Promise<Stats>,
): Promise<Stats | undefined> {
  try {
    return await inquire(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw explain(`write ${quote(path)}`, error);
  }
}

async function checkNew(destination: string): Promise<void> {
  if ((await statIfThere(destination, lstat)) !== undefined) {
    throw new Failure(`${quote(destination)} is a symbolic link to a file that does not exist`, {
      advice: "Remove the link, or name the file that it should lead to.",
    });
  }
  const folder = destination.endsWith("/") ? destination : dirname(destination);
  if ((await statIfThere(folder, stat)) === undefined) {
    throw new Failure(
      `cannot create ${quote(destination)}: there is no directory ${quote(folder)}`,
      { advice: "Make it first (mkdir -p)." },
    );
  }
}

async function checkReplaceable(destination: string, there: Stats, from: Stats): Promise<void> {
  if (!there.isFile()) {
    throw new Failure(
      `${quote(destination)} is a ${kindOf(there)}; cp would put a file in its place`,
    );
  }
  if (there.ino === from.ino && there.dev === from.dev) {
    throw new Failure(`source and destination are the same file, ${quote(destination)}`);
  }
  // A rename asks for the directory's permissions only; who made a file read-only meant it.
  await attempt(`replace ${quote(destination)}`, access(destination, constants.W_OK));
}

/** `name` with `suffix`, cut to what a file system takes, between characters. */
function suffixed(name: string, suffix: string): string {
  const characters = Array.from(name);
  while (Buffer.byteLength(characters.join("") + suffix) > NAME_MAX) characters.pop();
  return characters.join("") + suffix;
}

function partialName(target: string): string {
  const suffix = `.${randomBytes(4).toString("hex")}.partial`;
  return join(dirname(target), suffixed(basename(target), suffix));
}

/**
 * Looks at both names, before anything is opened.
 *
 * @throws {Failure} for what cp refuses, and for what cannot be looked at
 */
export async function findPlaces(source: string, named: string): Promise<Places> {
  const from = await statSource(source);
  const there = await statIfThere(named, stat);
  if (there?.isDirectory() !== true) return places(source, from, named, there);
  const destination = join(named, basename(source));
  return places(source, from, destination, await statIfThere(destination, stat));
}

async function places(
  source: string,
  from: Stats,
  destination: string,
  replaced: Stats | undefined,
): Promise<Places> {
  if (replaced === undefined) await checkNew(destination);
  else await checkReplaceable(destination, replaced, from);
  const isLink = (await statIfThere(destination, lstat))?.isSymbolicLink() === true;
  const target = isLink ? await realpath(destination) : destination;
  const mode = replaced === undefined ? from.mode & PERMISSIONS : PRIVATE;
  const { size } = from;
  return { source, size, destination, target, partial: partialName(target), replaced, mode };
}

/**
 * Gives the copy the permission bits of the file that it is going to replace, and its owner
 * where this process may.
 */
export async function takeAfter(partial: string, replaced: Stats | undefined): Promise<void> {
  if (replaced === undefined) return;
  const mode = replaced.mode & PERMISSIONS;
  const giving = `give ${quote(partial)} the permissions of what it replaces`;
  const mine = await attempt(giving, stat(partial));
  if (mine.uid !== replaced.uid || mine.gid !== replaced.gid) {
    await chown(partial, replaced.uid, replaced.gid)
      .catch(() => chown(partial, mine.uid, replaced.gid))
      .catch(() => undefined);
  }
  await attempt(giving, chmod(partial, mode));
}
